//! A stage of a run by the way that leads to it: a test or a property may look inside the workflows that are called.

use crate::base::span::Span;
use crate::sema::hir::{StageId, WorkflowId};

/// `sub.stage`, `loads[7].loaded`: from a stage of the workflow that runs to one further inside. At least one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagePath {
    /// From the outside in.
    pub steps: Vec<Step>,
    /// Its place.
    pub span: Span,
}

/// One stage on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Where it is declared: several where the arms of the stage around have stages of one name, of which one runs.
    pub stages: Vec<(WorkflowId, StageId)>,
    /// `[i]`: the item of a map; without it all of them.
    pub item: Option<u32>,
}

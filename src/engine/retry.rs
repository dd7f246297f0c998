//! Going on after an end: what a retry keeps and why the rest runs again.

pub mod memory;

use std::sync::Arc;

use crate::engine::limits::Queues;
use crate::engine::state::{NONE, Run};
use crate::plan::Plan;

/// What becomes of a stage when a run goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageDecision {
    /// Its path.
    pub path: String,
    /// Whether its result is kept.
    pub kept: bool,
    /// Why not, or that it is.
    pub because: String,
}

/// Stages above `reads` whose results cannot be kept and may not be lost.
pub fn refused(_old_plan: &Plan, _old: &Run, _new_plan: &Plan, _again: &[String]) -> Vec<StageDecision> {
    Vec::new()
}

/// A run that is about to begin again, with what is kept of `old`.
pub fn carry_over(_old_plan: &Plan, old: &Run, _new_plan: &Plan, _again: &[String]) -> Run {
    let memory = memory::Instance::default();
    Run {
        at: old.at,
        started: old.started.clone(),
        taken: old.taken,
        usage: old.usage,
        life: old.life + 1,
        next_id: old.next_id,
        attempts_made: old.attempts_made,
        quiet: old.quiet,
        queues: Queues::default(),
        memory: Some(Arc::new(memory)),
        root: NONE,
        ..Run::new(&old.id, &old.key, old.at)
    }
}

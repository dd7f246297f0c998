//! Where a run has been: conditions decided, arms and handlers taken, ends of stages. Noted on a replay that asks for it, never
//! while a run is driven.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::agent::Usage;
use crate::engine::recover::Loaded;
use crate::engine::report::Report;
use crate::engine::{RunError, state};
use crate::plan::Plan;
use crate::store::{RunInfo, Store};

/// Something that happened, by positions in the plan: of the workflow, then inside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// A condition had this truth.
    Condition(u32, u32, bool),
    /// An arm of a `match` stage was taken.
    Arm(u32, u32, u32),
    /// An `on failure` of a stage applied.
    Handler(u32, u32, u32),
    /// A person whom a failure of a stage asks said that.
    Said(u32, u32, Word),
    /// A stage succeeded.
    Succeeded(u32, u32),
    /// A stage failed, handled or not.
    Failed(u32, u32),
    /// A workflow succeeded.
    Returned(u32),
    /// A workflow failed.
    Broken(u32),
}

/// What a person says about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Word {
    /// It is tried again.
    Retry,
    /// It is done without.
    Skip,
    /// This value stands for the result.
    Value,
    /// It fails; so does silence.
    Fail,
}

impl Word {
    /// Every one, as a person is offered them.
    pub const ALL: [Self; 4] = [Self::Retry, Self::Skip, Self::Value, Self::Fail];
}

/// All that happened, each once.
pub type Marks = BTreeSet<Mark>;

/// What a replay tells of a run.
#[derive(Debug, Clone, Default)]
pub struct Retraced {
    /// What was reported while it was driven, but for lines of output, in order.
    pub reports: Vec<Report>,
    /// Where it has been.
    pub marks: Marks,
    /// What it cost.
    pub usage: Usage,
}

/// Replays the journal of a run.
///
/// # Errors
/// As [`load`](crate::engine::recover::load).
pub async fn retrace(store: &dyn Store, info: &RunInfo, plan: &Arc<Plan>) -> Result<Retraced, RunError> {
    let mut reports = Vec::new();
    let run = Loaded::retraced(store, info, plan, &mut |report| reports.push(report.clone())).await?.run;
    Ok(Retraced { reports, usage: run.usage, marks: run.marks.map(|marks| *marks).unwrap_or_default() })
}

impl state::Run {
    /// Notes from here on where the run goes.
    pub(super) fn keep_marks(&mut self) {
        self.marks = Some(Box::default());
    }
}

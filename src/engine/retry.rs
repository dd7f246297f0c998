//! Going on after an end: what a retry keeps and why the rest runs again.
//!
//! A result is kept if it succeeded, its definition is the same in both plans, and everything that it read is kept. The run then
//! begins again with what is kept as its memory: each stage looks there when its turn comes.

mod decide;
pub mod memory;
mod same;
mod undo;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::engine::retry::decide::Decider;
use crate::engine::state::{Mail, Run};
use crate::plan::{Plan, WorkflowId};
use crate::value::Value;

/// What becomes of a stage when a run goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageDecision {
    /// Its path.
    pub path: String,
    /// What becomes of it.
    pub fate: Fate,
    /// Why, in a few words.
    pub because: String,
}

/// What becomes of a stage when a run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Its result is kept.
    Kept,
    /// It runs again, or goes on where it stood.
    Again,
    /// It has not started before.
    New,
    /// A person is asked before it goes on.
    Asks,
    /// It succeeded, wrote, and cannot be kept: the retry is refused unless it is named.
    Refused,
}

/// Decides for every stage of a run that has ended what becomes of it on `new_plan`, in the order of the file.
///
/// `inputs` are the values of the new plan's parameters; `again` names stages that may run again although they succeeded.
pub fn plan_retry(
    old_plan: &Plan,
    old: &Run,
    new_plan: &Plan,
    inputs: &[Value],
    again: &[String],
) -> Vec<StageDecision> {
    decide(old_plan, old, new_plan, inputs, again).1
}

/// A run that is about to begin again, with what is kept of `old` as its memory.
pub(super) fn carry_over(old_plan: &Plan, old: &Run, new_plan: &Plan, inputs: &[Value], again: &[String]) -> Run {
    let (memory, _) = decide(old_plan, old, new_plan, inputs, again);
    Run {
        started: old.started.clone(),
        taken: old.taken,
        heard: old.heard,
        texts: old.texts.clone(),
        mail: Mail { listening: BTreeMap::new(), ..old.mail.clone() },
        requesters: old.requesters.clone(),
        usage: old.usage,
        begun_before: old.rates.begun(old_plan),
        life: old.life + 1,
        next_id: old.next_id,
        attempts_made: old.attempts_made,
        quiet: old.quiet,
        memory: Some(Arc::new(memory)),
        ..Run::new(&old.id, &old.key, old.at)
    }
}

fn decide(
    old_plan: &Plan,
    old: &Run,
    new_plan: &Plan,
    inputs: &[Value],
    again: &[String],
) -> (memory::Instance, Vec<StageDecision>) {
    let again: BTreeSet<String> = again.iter().cloned().collect();
    let mut decider = Decider { old_plan, old, new_plan, again: &again, decisions: Vec::new() };
    let memory = match old.instances.get(old.root) {
        Some(_) => decider.instance(old.root, WorkflowId(0), inputs, String::new()),
        None => memory::Instance::default(),
    };
    (memory, decider.decisions)
}

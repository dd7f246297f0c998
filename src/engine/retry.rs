//! Going on after an end, or on another plan: what is kept and why the rest runs again.
//!
//! A result is kept if it succeeded, its definition is the same in both plans, and everything that it read is kept. The run then
//! begins again with what is kept as its memory: each stage looks there when its turn comes. Of a run that has not ended what is
//! under way is kept too, where it is the same: it goes on where it stood.

mod decide;
mod earlier;
mod inside;
mod lost;
pub mod memory;
pub mod moving;
mod reach;
mod same;
mod stands;
mod undo;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::engine::journal::FORMAT;
use crate::engine::locks::{self, Claimed};
use crate::engine::retry::decide::Decider;
use crate::engine::state::{Mail, Run};
use crate::engine::step::take_back_planned;
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
    /// It is not in the plan any more.
    Gone,
    /// It succeeded, wrote, and cannot be kept: the run does not go on unless it is named.
    Refused,
    /// Nobody knows whether its latest attempt happened, and it is not the same any more: that is to be settled first.
    Unsettled,
}

impl Fate {
    /// Whether it keeps the run from going on.
    pub fn prevents(self) -> bool {
        matches!(self, Self::Refused | Self::Unsettled)
    }
}

/// How a run goes on.
#[derive(Debug, Clone, Copy)]
pub struct Going<'a> {
    /// The plan that it had.
    pub old_plan: &'a Plan,
    /// The plan on which it goes on.
    pub plan: &'a Plan,
    /// Values of the parameters of the new plan.
    pub inputs: &'a [Value],
    /// Stages that may run again although they succeeded.
    pub again: &'a [String],
    /// It has not ended: what is under way goes on.
    pub moves: bool,
}

impl Going<'_> {
    /// Decides for every stage what becomes of it, in the order of the file.
    ///
    /// Of a run that has not ended no attempt may be under way: see [`moving`].
    pub fn decisions(&self, old: &Run) -> Vec<StageDecision> {
        self.decide(&without_planned(self.old_plan, old), FORMAT).1
    }

    /// The run as it is about to begin again, with what is kept as its memory. It was, or is, decided by the rules of this format
    /// of the journal.
    pub(super) fn carry_over(&self, old: &Run, journal: u32) -> Run {
        let old = &*without_planned(self.old_plan, old);
        let (memory, _) = self.decide(old, journal);
        let place = |held: &Claimed| (locks::path(self.old_plan, old, held.holder), held.lock.clone());
        let claims = old.locks.iter().map(|(claim, held)| (place(held), (claim.id, held.clone())));
        Run {
            started: old.started.clone(),
            taken: old.taken,
            texts: old.texts.clone(),
            mail: Mail { listening: BTreeMap::new(), ..old.mail.clone() },
            requesters: old.requesters.clone(),
            usage: old.usage,
            begun_before: old.rates.begun(self.old_plan),
            life: old.life + 1,
            next_id: old.next_id,
            attempts_made: old.attempts_made,
            quiet: old.quiet,
            marks: old.marks.clone(),
            shelf: old.shelf.clone(),
            claims_before: claims.collect(),
            memory: Some(Arc::new(memory)),
            ..Run::new(&old.id, &old.key, old.at)
        }
    }

    fn decide(&self, old: &Run, journal: u32) -> (memory::Instance, Vec<StageDecision>) {
        let again: BTreeSet<String> = self.again.iter().cloned().collect();
        let Self { old_plan, plan: new_plan, moves, .. } = *self;
        let mut decider = Decider { old_plan, old, new_plan, again: &again, moves, journal, decisions: Vec::new() };
        let memory = match old.instances.get(old.root) {
            Some(_) => decider.instance(old.root, WorkflowId(0), self.inputs, String::new()),
            None => memory::Instance::default(),
        };
        (memory, decider.decisions)
    }
}

/// The run without attempts that were to start and did not: they may start on any plan.
fn without_planned<'a>(plan: &Plan, run: &'a Run) -> Cow<'a, Run> {
    let mut run = Cow::Borrowed(run);
    if run.attempts().next().is_some() {
        take_back_planned(plan, run.to_mut());
    }
    run
}

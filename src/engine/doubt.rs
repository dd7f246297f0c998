//! Attempts whose outcome nobody knows, and how that is found out: by the probe of the action, or by a person.

use crate::engine::state::{Call, Run, StageError};
use crate::plan::{Action, AgentId, Plan};
use crate::value::Value;

/// An attempt of an action that writes, of which nobody knows whether it happened: nothing of its call starts again before
/// that is settled.
#[derive(Debug, Clone, PartialEq)]
pub struct Unsettled {
    /// The class with which it ended.
    pub(super) class: String,
    /// What it was called with, as the one who carried it out takes it.
    pub(super) args: Vec<Value>,
    /// Its idempotency key.
    pub(super) key: String,
    /// How often its probe was asked.
    pub(super) probes: u32,
    /// Its probe does not know, or is another one by now: only a person can tell.
    pub(super) for_person: bool,
}

/// A probe that is to be asked, or is being asked.
#[derive(Debug, Clone)]
pub struct Probe {
    /// How often it has failed so far.
    pub(super) failures: u32,
    /// What the call fails with if it did not happen or the probe does not know; none where `wfc` died over the attempt.
    pub(super) failure: Option<Box<(StageError, Option<i64>)>>,
}

impl Unsettled {
    /// What its probe is called with.
    pub(super) fn question(&self) -> Vec<Value> {
        self.args.iter().cloned().chain([Value::text(self.key.as_str())]).collect()
    }
}

/// The probe of who carries a call out, with its agent's position and its own. Of a pool that is the member whose attempt is
/// under way or of unknown outcome.
pub(super) fn probe_of<'a>(plan: &'a Plan, run: &Run, call: &Call) -> Option<(usize, usize, &'a Action)> {
    probe_by(plan, run.doer(plan, call)?)
}

/// The probe of an action of an agent.
pub(super) fn probe_by(plan: &Plan, (agent, action): (AgentId, u32)) -> Option<(usize, usize, &Action)> {
    let actions = &plan.agents[agent.index()].actions;
    let position = actions[action as usize].probe? as usize;
    actions.get(position).map(|probe| (agent.index(), position, probe))
}

impl Call {
    /// Whether the next or present attempt is one of the probe.
    pub(super) fn probes(&self) -> bool {
        self.probe.is_some()
    }

    /// The number of the next or present attempt, of the action or its probe.
    pub(super) fn number(&mut self) -> &mut u32 {
        match (&self.probe, &mut self.unsettled) {
            (Some(_), Some(unsettled)) => &mut unsettled.probes,
            _ => &mut self.attempt,
        }
    }
}

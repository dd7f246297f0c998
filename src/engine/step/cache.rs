//! Calls that are answered by the result of an equal one. What was found is recorded: a replay looks nowhere.

use std::sync::Arc;

use crate::engine::cache::{Recall, recall};
use crate::engine::journal::Payload;
use crate::engine::state::{AttemptId, CallId, CallState, Run};
use crate::engine::step::call::{here, plan_call};
use crate::engine::step::{Core, Effect};
use crate::plan::{Plan, Target};
use crate::value::Value;

impl Core<'_> {
    /// Looks for the result of an equal call before a workflow is entered. Gives whether it is looked for; an action is looked
    /// for when its attempt is about to start.
    pub(super) fn looks_first(&mut self, id: CallId) -> bool {
        let call = &self.run.calls[id];
        if call.looked || call.memory.is_some() || recall(self.plan, self.run, call).is_none() {
            return false;
        }
        self.run.attempts_made += 1;
        let attempt = self.run.attempts_made;
        self.run.attempts.insert(attempt, id);
        let call = &mut self.run.calls[id];
        (call.looked, call.state) = (true, CallState::Planned(attempt));
        self.effects.push(Effect::Start(attempt));
        true
    }

    /// The result of an equal call was found, or none for a workflow, which is entered then.
    pub(super) fn recalled(&mut self, attempt: AttemptId, key: &str, result: Option<Payload>) {
        let id = self.run.attempts.get(&attempt).copied();
        let id = id.filter(|id| self.run.calls[*id].state == CallState::Planned(attempt));
        let Some(id) = id else { return self.mismatch(format!("attempt {attempt} is recalled unasked")) };
        self.unplan(attempt, id);
        match result.map(here) {
            None => self.start_free(id),
            Some(None) => self.mismatch("a result that was not fetched"),
            Some(Some(value)) => {
                self.run.calls[id].recalled = Some(Arc::from(key));
                self.report_recalled(id, &value);
                self.gave(id, value);
            }
        }
    }

    /// Lets a result answer equal calls from now on.
    pub(super) fn remember_result(&mut self, id: CallId, value: &Value) {
        if self.run.quiet {
            return;
        }
        if let Some(recall) = recall(self.plan, self.run, &self.run.calls[id]) {
            self.effects.push(Effect::Remember { recall: Box::new(recall), value: value.clone() });
        }
    }
}

impl Run {
    /// What is looked for before a planned attempt starts, and whether it is no attempt but a workflow to be entered.
    pub fn recall(&self, plan: &Plan, attempt: AttemptId) -> Option<(Recall, bool)> {
        let call = &self.calls[*self.attempts.get(&attempt)?];
        if call.probes() {
            return None;
        }
        let planned = plan_call(plan, self, call.place);
        Some((recall(plan, self, call)?, matches!(planned.target, Target::Workflow(_))))
    }
}

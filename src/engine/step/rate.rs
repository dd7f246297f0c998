//! `rate`: an attempt that would be one too many waits, without a slot, until it is not.

use crate::engine::limits::{Entry, Startable};
use crate::engine::report::WaitReason;
use crate::engine::state::{CallId, CallState, Run, Timer};
use crate::engine::step::{Core, is_wanted_in};
use crate::plan::Target;

impl Core<'_> {
    /// Whether what is about to start has to wait for the rate of its agent; then it does.
    pub(super) fn waits_for_rate(&mut self, entry: Entry) -> bool {
        let Target::Action { agent, .. } = self.planned(self.place_of(&entry)).target else { return false };
        let agent = agent.0;
        let Some(due) = self.run.rates.held_back(agent, self.run.at) else { return false };
        if let Startable::Call(call) = entry.what {
            self.report_waiting(call, WaitReason::Rate, Some(due));
        }
        self.run.rates.park(agent, entry);
        true
    }

    /// Lets the first of those go on who wait for a rate and need not any more; the others get a timer. Gives whether there
    /// was one.
    pub(super) fn wake_rates(&mut self) -> bool {
        let Run { rates, calls, maps, queues, at, .. } = &mut *self.run;
        if let Some(entry) = rates.pop(*at, |entry| is_wanted_in(calls, maps, entry)) {
            queues.push(entry, true);
            return true;
        }
        for (agent, due) in self.run.rates.unwatched() {
            let timer = self.set_timer(due.saturating_sub(self.run.at), Timer::Rate(agent));
            if let Some(gate) = self.run.rates.gate_mut(agent) {
                gate.timer = Some(timer);
            }
        }
        false
    }

    /// Somebody who waits may have had enough of it: looked at when this step is over.
    pub(super) fn rate_due(&mut self, agent: u32) {
        if let Some(gate) = self.run.rates.gate_mut(agent) {
            gate.timer = None;
        }
    }

    /// The agent whose rate an attempt of a call counts for.
    pub(super) fn rated(&self, id: CallId) -> Option<u32> {
        self.run.doer(self.plan, &self.run.calls[id]).map(|(agent, _)| agent.0)
    }

    /// The agents of the attempts that were planned and have not begun.
    pub(super) fn planned_agents(&self) -> Vec<u32> {
        let planned = |id: &&CallId| matches!(self.run.calls[**id].state, CallState::Planned(_));
        self.run.attempts.values().filter(planned).filter_map(|id| self.rated(*id)).collect()
    }
}

//! `rate`: an attempt that would be one too many waits, without a slot, until it is not.

use crate::engine::limits::{Entry, Startable};
use crate::engine::report::WaitReason;
use crate::engine::state::{CallState, Place, Run, Timer};
use crate::engine::step::{Core, is_wanted_in};
use crate::plan::Target;

impl Core<'_> {
    /// Whether what is about to start has to wait for the rate of its agent; then it does.
    pub(super) fn waits_for_rate(&mut self, entry: Entry) -> bool {
        let place = match entry.what {
            Startable::Call(call) => self.run.calls[call].place,
            Startable::Item(map) => self.item_place(map),
        };
        let Some(agent) = self.rated(place) else { return false };
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

    /// The agent whose rate an attempt at this place counts for.
    pub(super) fn rated(&self, place: Place) -> Option<u32> {
        match self.planned(place).target {
            Target::Action { agent, .. } => Some(agent.0),
            _ => None,
        }
    }

    /// The agents of the attempts that were planned and have not begun.
    pub(super) fn planned_agents(&self) -> Vec<u32> {
        let calls = self.run.attempts.values().map(|call| &self.run.calls[*call]);
        let planned = calls.filter(|call| matches!(call.state, CallState::Planned(_)));
        planned.filter_map(|call| self.rated(call.place)).collect()
    }
}

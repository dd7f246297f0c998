//! Rates of agents: in every window of its length no more attempts begin than a rate allows, across processes too, for when
//! they began stands in the journal.

use std::collections::{BTreeMap, VecDeque};

use crate::engine::limits::Entry;
use crate::engine::state::TimerKey;
use crate::engine::turns::Turns;
use crate::plan::Plan;
use crate::value::settings::Rate;

/// The rates of a run, by position of the agent.
#[derive(Debug, Clone, Default)]
pub struct Rates(BTreeMap<u32, Gate>);

/// The rate of one agent, and who waits for it.
#[derive(Debug, Clone)]
pub struct Gate {
    rate: Rate,
    /// When the latest attempts began.
    begun: VecDeque<i64>,
    parked: Turns,
    /// When somebody who is parked may begin.
    pub timer: Option<TimerKey>,
}

impl Rates {
    /// The rates of a plan. When attempts of agents of the same names began is taken over.
    pub fn of(plan: &Plan, before: &BTreeMap<String, VecDeque<i64>>) -> Self {
        let rated = (0..).zip(&plan.agents).filter_map(|(index, agent)| Some((index, agent, agent.rate?)));
        let gates = rated.map(|(index, agent, rate)| {
            let begun = before.get(&agent.name).cloned().unwrap_or_default();
            (index, Gate { rate, begun, parked: Turns::default(), timer: None })
        });
        Self(gates.collect())
    }

    /// When the latest attempts of each agent began, by its name.
    pub fn begun(&self, plan: &Plan) -> BTreeMap<String, VecDeque<i64>> {
        let name = |agent: &u32| plan.agents.get(*agent as usize).map(|agent| agent.name.clone());
        self.0.iter().filter_map(|(agent, gate)| Some((name(agent)?, gate.begun.clone()))).collect()
    }

    /// When an attempt of this agent may begin, if that is later than now.
    pub fn held_back(&self, agent: u32, now: i64) -> Option<i64> {
        self.0.get(&agent)?.next().filter(|next| *next > now)
    }

    /// Notes that an attempt begins.
    pub fn begin(&mut self, agent: u32, now: i64) {
        let Some(gate) = self.0.get_mut(&agent) else { return };
        gate.begun.push_back(now);
        // Some more than are needed: the last ones may be taken back.
        while gate.begun.len() > 2 * gate.count() {
            gate.begun.pop_front();
        }
    }

    /// The attempt that was noted last does not begin.
    pub fn take_back(&mut self, agent: u32) {
        if let Some(gate) = self.0.get_mut(&agent) {
            gate.begun.pop_back();
        }
    }

    /// Lets an entry wait for its turn.
    pub fn park(&mut self, agent: u32, entry: Entry) {
        if let Some(gate) = self.0.get_mut(&agent) {
            gate.parked.push(entry);
        }
    }

    /// Takes out the first of those who may begin now. `valid` tells whether an entry is still wanted.
    pub fn pop(&mut self, now: i64, valid: impl Fn(&Entry) -> bool) -> Option<Entry> {
        for gate in self.0.values_mut() {
            while gate.next().is_none_or(|next| next <= now)
                && let Some(entry) = gate.parked.pop()
            {
                if valid(&entry) {
                    return Some(entry);
                }
            }
        }
        None
    }

    /// Gates at which somebody waits and that no timer opens, with the time at which they do.
    pub fn unwatched(&self) -> Vec<(u32, i64)> {
        let waits = self.0.iter().filter(|(_, gate)| !gate.parked.is_empty() && gate.timer.is_none());
        waits.filter_map(|(agent, gate)| Some((*agent, gate.next()?))).collect()
    }

    /// The gate of an agent.
    pub fn gate_mut(&mut self, agent: u32) -> Option<&mut Gate> {
        self.0.get_mut(&agent)
    }
}

impl Gate {
    /// When the next attempt may begin; at any time where fewer began than are allowed.
    fn next(&self) -> Option<i64> {
        let last_of_window = self.begun.len().checked_sub(self.count())?;
        Some(self.begun.get(last_of_window)?.saturating_add(self.rate.per))
    }

    fn count(&self) -> usize {
        self.rate.count.max(1) as usize
    }
}

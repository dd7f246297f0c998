//! Pools: the member that carries an attempt out is picked when it has a slot, by the strategy of the pool.

use crate::engine::limits::{Entry, Startable};
use crate::engine::report::WaitReason;
use crate::engine::state::{Call, CallId, Place, Run};
use crate::engine::step::Core;
use crate::engine::step::call::plan_call;
use crate::plan::{AgentId, Plan, PoolId, Target};
use crate::value::Value;
use crate::value::eval::eval;
use crate::value::policy::Strategy;

/// The version of the journal since which a retry goes to a member that has not failed, whatever the strategy.
const FAILOVER: u32 = 4;

/// Members are told apart as bits; of more than there are bits the last are never avoided.
fn bit(member: u32) -> u32 {
    1_u32.checked_shl(member).unwrap_or(0)
}

impl Core<'_> {
    /// Starts an attempt with a member that has room, or lets it wait for all of them.
    pub(super) fn start_from_pool(&mut self, entry: Entry, place: Place, pool: PoolId) {
        let around: Vec<u32> = self.run.instances[place.instance].limits.to_vec();
        if !self.run.queues.have_room(&around) {
            self.run.queues.take(entry, &around);
            return;
        }
        let candidates = self.candidates(entry, pool);
        let members = &self.plan.pools[pool.index()].members;
        let limit = |member: u32| members[member as usize].0 + 1;
        let free = candidates.iter().copied().find(|member| {
            let rated = self.run.rates.held_back(limit(*member) - 1, self.run.at);
            rated.is_none() && self.run.queues.have_room(&[limit(*member)])
        });
        let Some(member) = free else { return self.wait_for_members(entry, &candidates, pool) };
        self.run.turns.insert(pool.0, member + 1);
        let limits: Vec<u32> = std::iter::once(limit(member)).chain(around).collect();
        self.picked = Some(member);
        if self.run.queues.take(entry, &limits) {
            self.start_entry(entry, false);
        }
        self.picked = None;
    }

    /// The members that may be picked, in the order of the strategy.
    fn candidates(&self, entry: Entry, pool: PoolId) -> Vec<u32> {
        // What repeats past an unknown outcome, or looks for it, goes to whom it was, who knows its key.
        let declared = &self.plan.pools[pool.index()];
        if let Startable::Call(call) = entry.what
            && let Some(member) = self.run.calls[call].member.filter(|member| declared.members.len() > *member as usize)
        {
            return vec![member];
        }
        let mut members: Vec<u32> = (0..).zip(&declared.members).map(|(member, _)| member).collect();
        match declared.strategy {
            Strategy::FirstAvailable => {}
            Strategy::LeastBusy => {
                members.sort_by_key(|member| self.run.queues.used(declared.members[*member as usize].0 + 1));
            }
            Strategy::RoundRobin => {
                let turn = self.run.turns.get(&pool.0).copied().unwrap_or(0) as usize;
                let count = members.len().max(1);
                members.rotate_left(turn % count);
            }
        }
        if let (Startable::Call(call), FAILOVER..) = (entry.what, self.run.journal) {
            let avoided = self.run.calls[call].avoided;
            members.sort_by_key(|member| avoided & bit(*member) != 0);
        }
        members
    }

    /// Parks an entry at each of these members: whoever has room first takes it, and what is parked elsewhere is then not wanted.
    fn wait_for_members(&mut self, entry: Entry, candidates: &[u32], pool: PoolId) {
        let members = &self.plan.pools[pool.index()].members;
        let mut due = None;
        for agent in candidates.iter().map(|member| members[*member as usize].0) {
            match self.run.rates.held_back(agent, self.run.at) {
                Some(next) => {
                    due = Some(due.map_or(next, |due: i64| due.min(next)));
                    self.run.rates.park(agent, entry);
                }
                None => self.run.queues.park(agent + 1, entry),
            }
        }
        if let (Startable::Call(call), Some(due)) = (entry.what, due) {
            self.report_waiting(call, WaitReason::Rate, Some(due));
        }
    }

    /// Who carries an attempt of a call out is settled, or open again.
    pub(super) fn assign(&mut self, id: CallId) {
        if let Some(member) = self.picked.take() {
            self.run.calls[id].member = Some(member);
        }
    }

    /// The member has failed, and nothing of its attempt is open: the next one is rather another's.
    pub(super) fn avoid(&mut self, id: CallId) {
        if let (Some(member), Target::Pool { pool, .. }) =
            (self.run.calls[id].member, &self.planned(self.run.calls[id].place).target)
        {
            let members = 0..self.plan.pools[pool.index()].members.len() as u32;
            let avoided = self.run.calls[id].avoided | bit(member);
            // Where all have failed, only not the same one again at once.
            let all = members.map(bit).all(|of| avoided & of != 0);
            self.run.calls[id].avoided = if all { bit(member) } else { avoided };
        }
        self.unassign(id);
    }

    /// The next attempt may be carried out by another member.
    pub(super) fn unassign(&mut self, id: CallId) {
        self.run.calls[id].member = None;
    }

    /// An attempt does not start after all: another member may do it, unless it repeats or looks for one of unknown outcome.
    pub(super) fn unassign_unless_bound(&mut self, id: CallId) {
        let call = &self.run.calls[id];
        let bound = call.unsettled.is_some() || call.error.as_ref().is_some_and(|error| error.maybe_happened);
        if !bound {
            self.unassign(id);
        }
    }
}

impl Run {
    /// The agent and the action that carry the attempt of a call out; nothing for what is no action.
    pub fn doer(&self, plan: &Plan, call: &Call) -> Option<(AgentId, u32)> {
        carrier(plan, &plan_call(plan, self, call.place).target, call.member)
    }

    /// The arguments as the one who carries the attempt out takes them.
    pub(in crate::engine) fn arguments(&self, plan: &Plan, call: &Call) -> Vec<Value> {
        let (Target::Pool { pool, action }, Some(member)) = (&plan_call(plan, self, call.place).target, call.member)
        else {
            return call.args.clone();
        };
        let pool = &plan.pools[pool.index()];
        let of = &pool.actions[*action as usize].members[member as usize];
        let params = &plan.agents[pool.members[member as usize].index()].actions[of.action as usize].params;
        let arguments = params.iter().zip(&of.args).map(|(param, position)| match (position, &param.default) {
            (Some(position), _) => call.args.get(*position as usize).cloned().unwrap_or(Value::Null),
            (None, Some(default)) => eval(default, &crate::engine::begin::Empty).unwrap_or(Value::Null),
            (None, None) => Value::Null,
        });
        arguments.collect()
    }
}

/// The agent and the action that carry something out; of a pool those of this member.
pub(in crate::engine) fn carrier(plan: &Plan, target: &Target, member: Option<u32>) -> Option<(AgentId, u32)> {
    match target {
        Target::Pool { .. } => plan.carriers(target).nth(member? as usize),
        _ => plan.carriers(target).next(),
    }
}

/// Whether an attempt of it needs a slot.
pub(super) fn needs_slot(target: &Target) -> bool {
    matches!(target, Target::Action { .. } | Target::Pool { .. })
}

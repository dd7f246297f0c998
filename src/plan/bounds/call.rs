//! What a call comes to at most, with its own clauses.

use super::action::{Attempt, attempts_of, pauses};
use super::{Amount, Cause, Reader, Spent};
use crate::base::span::Span;
use crate::plan::{Call, PoolId, Target, WorkflowId};
use crate::value::Value;
use crate::value::expr::{Expr, ExprKind};

/// Time (milliseconds) and what is spent.
#[derive(Debug, Clone, Default)]
pub(super) struct Worst {
    pub time: Amount,
    /// Of what still runs once something around it has ended it: a probe, what tidies up. No limit around it cuts that.
    pub late: Amount,
    pub spent: Spent,
}

impl Worst {
    /// The one after the other.
    pub fn then(self, other: &Self, at: Span) -> Self {
        Self {
            time: self.time.and(&other.time, at),
            late: self.late.or(&other.late, at),
            spent: self.spent.and(&other.spent, at),
        }
    }

    /// The one or the other.
    pub fn or(self, other: &Self, at: Span) -> Self {
        Self {
            time: self.time.or(&other.time, at),
            late: self.late.or(&other.late, at),
            spent: self.spent.or(&other.spent, at),
        }
    }

    /// So often, one after the other.
    pub fn times(self, count: i64) -> Self {
        Self { time: self.time.times(count), late: self.late, spent: self.spent.times(count) }
    }

    /// Something ends it there at the latest.
    pub fn cut(self, limit: Option<i64>, at: Span) -> Self {
        Self { time: self.time.cut(limit, &self.late, at), ..self }
    }
}

impl Reader<'_> {
    /// A call with all its rounds and attempts.
    pub(super) fn call(&self, call: &Call) -> Worst {
        let attempts = attempts_of(call.retry.as_deref());
        let once = self.once(call);
        let pauses = Amount::from(pauses(call.retry.as_deref()));
        // The attempt that succeeds is undone by the caller, if at all.
        let undone = self.undo_time(call).times(attempts - 1);
        let time = once.time.times(attempts).and(&pauses, call.span).and(&undone, call.span);
        let all = Worst { time, late: once.late, spent: once.spent.times(attempts) };
        let round = all.cut(call.deadline, call.span);
        let Some(repeat) = &call.repeat else { return round };
        let between = repeat.every.unwrap_or(0).saturating_mul(i64::from(repeat.up_to.saturating_sub(1)));
        let rounds = round.times(i64::from(repeat.up_to));
        Worst { time: rounds.time.and(&Amount::from(between), call.span), ..rounds }
    }

    /// One attempt, and the probe that finds out about it.
    fn once(&self, call: &Call) -> Worst {
        let limited = |time: Amount| Worst { time: time.within(call.timeout), ..Worst::default() };
        match &call.target {
            Target::Action { agent, action } => attempted(&self.attempts[agent.index()][*action as usize], call),
            Target::Pool { pool, action } => self.pooled(*pool, *action, call),
            Target::Workflow(id) => {
                let inner = &self.found.workflows[id.index()];
                let all = Worst { time: inner.time.clone(), late: inner.late.clone(), spent: inner.spent.clone() };
                all.cut(call.timeout, call.span)
            }
            Target::Wait(duration) => limited(waited(duration)),
            Target::Ask(_) | Target::Event(_) => {
                let open = Cause { span: call.span, why: "nothing says how long it waits" };
                limited(Amount::Endless(open))
            }
        }
    }

    /// Any member may carry it out.
    fn pooled(&self, pool: PoolId, action: u32, call: &Call) -> Worst {
        let pool = &self.plan.pools[pool.index()];
        let members = pool.members.iter().zip(&pool.actions[action as usize].members);
        let each =
            members.map(|(agent, member)| attempted(&self.attempts[agent.index()][member.action as usize], call));
        each.reduce(|worst, member| worst.or(&member, call.span)).unwrap_or_default()
    }

    /// Of undoing what a call of a workflow did, milliseconds.
    pub(super) fn undo_time(&self, call: &Call) -> Amount {
        match call.target {
            Target::Workflow(id) => self.undo_time_of(id),
            _ => Amount::NOTHING,
        }
    }

    fn undo_time_of(&self, id: WorkflowId) -> Amount {
        self.found.workflows[id.index()].undo_time.clone()
    }
}

fn attempted(attempt: &Attempt, call: &Call) -> Worst {
    let time = attempt.time.clone().within(call.timeout);
    let late = attempt.probe_time.clone();
    Worst { time: time.and(&late, call.span), late, spent: attempt.spent.clone() }
}

/// How long a timer waits.
pub(super) fn waited(duration: &Expr) -> Amount {
    match &duration.kind {
        ExprKind::Literal(Value::Duration(ms)) => Amount::from(*ms),
        _ => Amount::Endless(Cause { span: duration.span, why: "how long it waits is known when it starts" }),
    }
}

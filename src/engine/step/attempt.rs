//! Attempts of actions: planned, recorded as intended, ended, lost.

use crate::agent::{Failure, Lack, Usage};
use crate::engine::doubt::{Unsettled, probe_of};
use crate::engine::journal::Payload;
use crate::engine::report::WaitReason;
use crate::engine::state::{AttemptId, CallId, CallState, Run, StageError, Stop};
use crate::engine::step::call::here;
use crate::engine::step::pool::needs_slot;
use crate::engine::step::{Core, Effect};
use crate::plan::{AgentId, Call, Plan, Target};
use crate::value::Value;
use crate::value::policy::Effects;
use crate::value::types::Type;

impl Core<'_> {
    /// Plans the next attempt of a call that has its slots, if its budgets allow it.
    pub(super) fn plan_attempt(&mut self, id: CallId) {
        self.assign(id);
        if !self.reserve(id) {
            return;
        }
        if let Some(agent) = self.rated(id) {
            self.run.rates.begin(agent, self.run.at);
        }
        self.run.attempts_made += 1;
        let attempt = self.run.attempts_made;
        self.run.attempts.insert(attempt, id);
        let call = &mut self.run.calls[id];
        *call.number() += 1;
        call.state = CallState::Planned(attempt);
        self.effects.push(Effect::Start(attempt));
    }

    /// Takes a planned attempt back: nothing has started.
    pub(super) fn unplan(&mut self, attempt: AttemptId, id: CallId) {
        self.run.attempts.remove(&attempt);
        // A workflow is only looked for so: it has no slot.
        if needs_slot(&self.planned(self.run.calls[id].place).target) {
            *self.run.calls[id].number() -= 1;
            self.release(id);
            self.take_cost_back(id);
            if let Some(agent) = self.rated(id) {
                self.run.rates.take_back(agent);
            }
            self.unassign_unless_bound(id);
        }
    }

    pub(super) fn release(&mut self, id: CallId) {
        let call = &self.run.calls[id];
        let limits = self.limits_at(call.place, call.member);
        self.run.queues.release(&limits);
    }

    /// From here on the outcome of an attempt is unknown until it is recorded.
    pub(super) fn intent(&mut self, attempt: AttemptId, key: &str) {
        let planned = self.run.attempts.get(&attempt).copied();
        let planned = planned.filter(|id| self.run.calls[*id].state == CallState::Planned(attempt));
        match planned {
            Some(id) if self.key(id) == key => {
                let at = self.run.at;
                self.run.calls[id].state = CallState::Running(attempt, at);
                self.report_started(id, key);
            }
            Some(id) => self.mismatch(format!("attempt {attempt} has the key `{key}`, expected `{}`", self.key(id))),
            None => self.mismatch(format!("attempt {attempt} starts unasked")),
        }
    }

    /// Takes an attempt that has ended out; gives its call.
    fn close(&mut self, attempt: AttemptId) -> Option<CallId> {
        let id = self.run.attempts.get(&attempt).copied();
        let id = id.filter(|id| matches!(self.run.calls[*id].state, CallState::Running(..)));
        let Some(id) = id else {
            self.mismatch(format!("attempt {attempt} ends without having started"));
            return None;
        };
        self.run.attempts.remove(&attempt);
        self.release(id);
        Some(id)
    }

    /// An attempt gave a result. It counts even where it was being ended: what happened has happened.
    pub(super) fn attempt_succeeded(&mut self, attempt: AttemptId, result: Payload, usage: Usage) {
        let Some(value) = here(result) else { return self.mismatch("a result that was not fetched") };
        let Some(id) = self.close(attempt) else { return };
        let usage = self.settle_cost(id, usage);
        if self.run.calls[id].probes() {
            return self.probe_answered(id, &value);
        }
        self.remember_result(id, &value);
        self.report_attempt_succeeded(id, &value, usage);
        self.gave(id, value);
    }

    /// An attempt failed.
    pub(super) fn attempt_failed(&mut self, attempt: AttemptId, failure: &Failure) {
        let Some(id) = self.close(attempt) else { return };
        self.settle_cost(id, Usage::default());
        if self.run.calls[id].probes() {
            return self.probe_failed(id, failure);
        }
        let effects = self.effects_of(id);
        let mut error = StageError::new(&failure.class, failure.message.clone());
        error.details = failure.details.clone();
        error.maybe_happened = !failure.outcome_known && effects > Effects::Reads;
        if !error.maybe_happened {
            self.avoid(id);
        }
        if failure.outcome_known {
            self.run.calls[id].known += 1;
        } else if error.maybe_happened && self.has_probe(id) {
            self.doubt(id, &failure.class);
            self.run.calls[id].error = Some(Box::new(error.clone()));
            return self.begin_probe(id, Some((error, failure.retry_after)));
        } else if !effects.repeats_after_unknown() {
            self.doubt(id, &failure.class);
        }
        self.failed(id, error, failure.retry_after);
    }

    /// Notes that nobody knows what became of the latest attempt.
    fn doubt(&mut self, id: CallId, class: &str) {
        let (class, key) = (class.to_owned(), self.key(id));
        let args = self.run.arguments(self.plan, &self.run.calls[id]);
        let unsettled = Unsettled { class, args, key, probes: 0, for_person: false };
        self.run.calls[id].unsettled = Some(Box::new(unsettled));
    }

    /// Nobody knows what became of an attempt: the effects of its action decide.
    pub(super) fn attempt_lost(&mut self, attempt: AttemptId, because: &str) {
        let Some(id) = self.close(attempt) else { return };
        self.settle_cost(id, Usage::default());
        if self.run.calls[id].probes() {
            return self.queue(id);
        }
        let effects = self.effects_of(id);
        if effects <= Effects::Reads {
            self.unassign(id);
        }
        let call = &mut self.run.calls[id];
        let mut error = StageError::new("crashed", because);
        error.attempts = call.attempt;
        error.maybe_happened = effects > Effects::Reads;
        call.error = Some(Box::new(error));
        let stop = call.stop;
        if !effects.repeats_after_unknown() {
            self.doubt(id, "crashed");
            if self.has_probe(id) {
                return self.begin_probe(id, None);
            }
        }
        match stop {
            Some(_) => self.stopped(id),
            // The death of the process is not the call's fault: it does not count for its policy.
            None => self.enqueue(id),
        }
    }

    /// An attempt that was recorded as intended never started: the very same one may.
    pub(super) fn attempt_not_started(&mut self, attempt: AttemptId) {
        let Some(id) = self.close(attempt) else { return };
        self.take_cost_back(id);
        self.unassign_unless_bound(id);
        let call = &mut self.run.calls[id];
        *call.number() -= 1;
        match call.stop {
            Some(_) if !call.probes() => self.stopped(id),
            _ => self.enqueue(id),
        }
    }

    /// An attempt could not start for want of something: it waits for another process, which may have it.
    pub(super) fn attempt_lacking(&mut self, attempt: AttemptId, lack: Lack, because: &str) {
        let Some(id) = self.close(attempt) else { return };
        self.take_cost_back(id);
        self.unassign_unless_bound(id);
        let call = &mut self.run.calls[id];
        *call.number() -= 1;
        if call.stop.is_some() && !call.probes() {
            return self.stopped(id);
        }
        call.state = CallState::Lacking(lack);
        self.run.lacking.insert(id);
        self.report_line(id, because.to_owned());
        self.report_waiting(id, WaitReason::of(lack), None);
    }

    /// What was missing may be there now.
    pub(super) fn bring(&mut self) {
        for id in std::mem::take(&mut self.run.lacking) {
            self.enqueue(id);
        }
    }

    /// What the latest attempt of an action does to the world: of a pool what its member does, at most what the pool does.
    pub(super) fn effects_of(&self, id: CallId) -> Effects {
        let call = &self.run.calls[id];
        let own = self.run.doer(self.plan, call).map(|(agent, action)| self.plan.action(agent, action).effects);
        own.or_else(|| self.effects(self.planned(call.place))).unwrap_or(Effects::Irreversible)
    }
}

/// All that is needed to carry an attempt out.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Position of the agent in the plan.
    pub agent: usize,
    /// Position of the action in the agent.
    pub action: usize,
    /// Values of its parameters.
    pub arguments: Vec<Value>,
    /// What the answer must fit.
    pub result: Type,
    /// Path of the stage.
    pub stage: String,
    /// From 1.
    pub attempt: u32,
    /// The idempotency key.
    pub key: String,
    /// How long it may take, milliseconds.
    pub timeout: Option<i64>,
    /// Since when it runs, milliseconds since 1970; none before its intent is recorded.
    pub since: Option<i64>,
    /// Whether it is being ended.
    pub stopping: bool,
}

/// What an answer must fit: of a pool that of the member, which fits the call as it is.
fn result_of(plan: &Plan, planned: &Call, agent: AgentId, action: u32) -> Type {
    match planned.target {
        Target::Pool { .. } => plan.agents[agent.index()].actions[action as usize].result.clone(),
        _ => planned.result.clone(),
    }
}

impl Run {
    /// An attempt that has been asked for and has not ended.
    pub fn attempt(&self, plan: &Plan, attempt: AttemptId) -> Option<Attempt> {
        let id = *self.attempts.get(&attempt)?;
        let call = &self.calls[id];
        let planned = super::call::plan_call(plan, self, call.place);
        let (agent, action) = self.doer(plan, call)?;
        let since = match call.state {
            CallState::Running(_, since) => Some(since),
            _ => None,
        };
        let attempt = Attempt {
            agent: agent.index(),
            action: action as usize,
            arguments: self.arguments(plan, call),
            result: result_of(plan, planned, agent, action),
            stage: crate::engine::key::call_path(plan, self, call),
            attempt: call.attempt,
            key: crate::engine::key::key(plan, self, call),
            timeout: planned.timeout,
            since,
            stopping: call.stop > Some(Stop::Drain),
        };
        Some(match (&call.unsettled, probe_of(plan, self, call).filter(|_| call.probes())) {
            (Some(unsettled), Some((_, action, probe))) => Attempt {
                action,
                arguments: unsettled.question(),
                result: probe.result.clone(),
                attempt: unsettled.probes,
                timeout: probe.timeout,
                // What is ended because something around it ends is asked after all the same.
                stopping: false,
                ..attempt
            },
            _ => attempt,
        })
    }

    /// Attempts that have been asked for and have not ended, in the order in which they were asked for.
    pub fn attempts(&self) -> impl Iterator<Item = AttemptId> {
        self.attempts.keys().copied()
    }
}

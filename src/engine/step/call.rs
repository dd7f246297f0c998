//! Calls: arguments, turns, attempts one after another, and what they come to.

use std::sync::LazyLock;

use crate::base::span::{FileId, Span};
use crate::engine::journal::Payload;
use crate::engine::limits::{Entry, Startable};
use crate::engine::scope::{Fault, Local};
use crate::engine::state::{
    BodyRef, Call, CallId, CallState, InstanceId, Phase, Place, Run, Site, StageError, Stop, Timer, Work,
};
use crate::engine::step::Core;
use crate::engine::step::pool::needs_slot;
use crate::engine::step::stage::Over;
use crate::plan::{self, ArmBody, Body, HandlerAction, Target};
use crate::value::Value;
use crate::value::expr::{Expr, ExprKind};
use crate::value::policy::Effects;
use crate::value::types::Type;

impl<'a> Core<'a> {
    /// Begins the call at this place: evaluates its arguments and queues it.
    pub(super) fn begin_call(&mut self, place: Place, item: Value) {
        let call = self.make_call(place, item);
        if self.prepare(call) && !self.take_up(call) {
            self.enqueue(call);
        }
    }

    /// Makes a call that nothing has happened to yet, or one that goes on where it stood before a retry.
    pub(super) fn make_call(&mut self, place: Place, item: Value) -> CallId {
        let stamp = self.next_id();
        let call = Call {
            place,
            stamp,
            began: self.run.at,
            since: 0,
            state: CallState::Ready,
            args: Vec::new(),
            item,
            round: u32::from(self.planned(place).repeat.is_some()),
            spent: 0,
            result: None,
            previous: None,
            attempt: 0,
            counted: 0,
            known: 0,
            undone: 0,
            stop: None,
            deadline: None,
            timer: None,
            error: None,
            unsettled: None,
            probe: None,
            looked: false,
            recalled: None,
            inner: None,
            handler: None,
            question: None,
            listens_to: None,
            usage: Default::default(),
            reserved: Default::default(),
            member: None,
            avoided: 0,
            memory: None,
            standing: None,
        };
        let id = self.run.calls.insert(call);
        self.attach(id, place);
        self.remember(id);
        if let Some(limit) = self.planned(place).deadline {
            let began = self.run.calls[id].began;
            self.run.calls[id].deadline = Some(self.set_timer_since(began, limit, Timer::CallDeadline(id)));
        }
        id
    }

    /// Notes the call where it can be found: at its stage, its map, or the call whose failure it handles.
    fn attach(&mut self, id: CallId, place: Place) {
        if place.site == Site::Undo {
            return;
        }
        let slot = &mut self.run.instances[place.instance].stages[place.stage as usize];
        let holder = match slot.body {
            BodyRef::Race(race) => {
                let race = &mut self.run.races[race];
                match place.site {
                    Site::Alternative(_) => {
                        race.calls.push(id);
                        None
                    }
                    // A person was asked about the whole: what follows handles that.
                    _ if race.handler.is_some() => race.handler,
                    _ => {
                        race.handler = Some(id);
                        None
                    }
                }
            }
            BodyRef::Map(map) => {
                let live = self.run.maps[map].live.get(&place.item).copied();
                self.run.maps[map].live.entry(place.item).or_insert(id);
                live
            }
            BodyRef::Call(call) => Some(call),
            BodyRef::None => {
                slot.body = BodyRef::Call(id);
                None
            }
        };
        if let Some(holder) = holder {
            self.run.calls[holder].handler = Some(id);
        }
    }

    /// Lets a call that is over go on as if it had not ended: attempts and keys are counted on.
    pub(super) fn revive(&mut self, id: CallId) {
        let place = self.run.calls[id].place;
        let deadline = self.planned(place).deadline.map(|limit| self.set_timer(limit, Timer::CallDeadline(id)));
        let call = &mut self.run.calls[id];
        (call.state, call.stop, call.error, call.counted, call.deadline) = (CallState::Ready, None, None, 0, deadline);
    }

    /// Evaluates the arguments, unless they are known from before. Gives whether the call can go on.
    pub(super) fn prepare(&mut self, id: CallId) -> bool {
        let place = self.run.calls[id].place;
        let local = match place.site {
            Site::Undo => self.round_local(id),
            _ => Local::of(&self.run.calls[id]),
        };
        if !self.run.calls[id].args.is_empty() {
            return true;
        }
        let planned = &self.planned(place).args;
        let mut args = Vec::with_capacity(planned.len());
        for arg in planned {
            match self.evaluate(place.instance, &local, arg) {
                Ok(value) => args.push(value),
                Err(fault) => {
                    self.call_fault(id, fault);
                    return false;
                }
            }
        }
        self.run.calls[id].args = args;
        self.forget_if_changed(id);
        true
    }

    /// An expression of the call's own clauses failed.
    pub(super) fn call_fault(&mut self, id: CallId, fault: Fault) {
        match fault {
            Fault::Own(error) => {
                let error = self.calculation_error(self.call_path(id), &error);
                self.handle(id, error);
            }
            Fault::Shared(_) => self.call_over(id, Over::Cancelled),
        }
    }

    /// Queues a call for its turn, unless an attempt of it has to be settled first.
    pub(super) fn enqueue(&mut self, id: CallId) {
        let call = &self.run.calls[id];
        match call.unsettled.is_some() && !call.probes() {
            true => self.settle_unknown(id),
            false => self.queue(id),
        }
    }

    /// Queues a call, or the probe of it, for its turn.
    pub(super) fn queue(&mut self, id: CallId) {
        let place = self.run.calls[id].place;
        let needs_slot = needs_slot(&self.planned(place).target);
        let call = &mut self.run.calls[id];
        (call.state, call.looked, call.recalled) = (CallState::Ready, false, None);
        let entry = self.entry(place, Startable::Call(id), self.run.calls[id].stamp);
        self.run.queues.push(entry, needs_slot);
    }

    /// The entry of a queue for something at this place.
    pub(super) fn entry(&self, place: Place, what: Startable, stamp: u64) -> Entry {
        let stage = self.stage(place.instance, place.stage);
        let instance = self.run.instances[place.instance].order;
        let (priority, height) = (stage.priority, stage.height);
        Entry { priority, height, instance, stage: place.stage, item: place.item, what, stamp }
    }

    /// Starts a call that needs no slot.
    pub(super) fn start_free(&mut self, id: CallId) {
        match &self.planned(self.run.calls[id].place).target {
            Target::Workflow(_) if self.looks_first(id) => {}
            Target::Workflow(workflow) => {
                let call = &mut self.run.calls[id];
                call.attempt += 1;
                call.state = CallState::Inside;
                let (args, memory, before) = (call.args.clone(), call.memory.take(), call.inner.take());
                // The failed attempt before this one is kept no longer: a retry starts from nothing.
                self.run.graveyard.extend(before);
                let inner = self.make_instance(*workflow, Some(id), args, memory);
                self.run.calls[id].inner = Some(inner);
            }
            Target::Ask(ask) => self.ask_form(id, ask),
            Target::Wait(length) => self.wait(id, length),
            Target::Event(event) => self.listen(id, event),
            Target::Action { .. } | Target::Pool { .. } => self.plan_attempt(id),
        }
    }

    /// The workflow that a call made has come to its end.
    pub(super) fn inner_over(&mut self, id: CallId, inner: InstanceId, over: Over) {
        match over {
            Over::Value(value) => {
                self.note_residue(id);
                self.run.calls[id].inner = None;
                self.remember_result(id, &value);
                self.gave_by(id, value, Some(inner));
            }
            Over::Failed(error) => self.failed(id, error, None),
            Over::Cancelled => self.stopped(id),
        }
    }

    /// An attempt gave a value.
    pub(super) fn gave(&mut self, id: CallId, value: Value) {
        self.gave_by(id, value, None);
    }

    /// An attempt, or the workflow that it was, gave a value.
    fn gave_by(&mut self, id: CallId, value: Value, inner: Option<InstanceId>) {
        let call = &mut self.run.calls[id];
        (call.unsettled, call.error, call.avoided) = (None, None, 0);
        self.unassign(id);
        self.note_undo(id, &value, inner);
        match &self.planned(self.run.calls[id].place).repeat {
            Some(repeat) => self.round_over(id, repeat, value),
            None => self.call_over(id, Over::Value(value)),
        }
    }

    /// An attempt failed: it is tried again, handled, or passed on.
    pub(super) fn failed(&mut self, id: CallId, mut error: StageError, retry_after: Option<i64>) {
        let call = &mut self.run.calls[id];
        error.attempts = call.attempt;
        call.counted += 1;
        let stop = call.stop;
        match stop {
            Some(Stop::Cancel | Stop::Deadline) => {
                self.run.calls[id].error = Some(Box::new(error));
                self.stopped(id);
            }
            _ if self.may_retry(id, &error) => self.back_off(id, error, retry_after),
            _ => self.handle(id, error),
        }
    }

    fn may_retry(&self, id: CallId, error: &StageError) -> bool {
        let call = &self.run.calls[id];
        let planned = self.planned(call.place);
        let Some(policy) = &planned.retry else { return false };
        // Past an unknown outcome only the same idempotent call may be repeated, not one around it.
        let repeats = self.effects(planned).is_some() && self.effects_of(id).repeats_after_unknown();
        let repeatable = !error.maybe_happened || repeats;
        // Nothing inside a workflow begins once more before it is known how it stands.
        let repeatable = repeatable && !error.undo_incomplete;
        call.counted < policy.attempts
            && policy.on.contains(&error.class)
            && repeatable
            && call.stop.is_none()
            && (call.place.site == Site::Undo || self.goes_on(call.place.instance))
    }

    fn back_off(&mut self, id: CallId, error: StageError, retry_after: Option<i64>) {
        let call = &self.run.calls[id];
        let Some(policy) = &self.planned(call.place).retry else { return };
        let delay = self.delay(policy, call.counted, call.stamp, retry_after);
        let timer = self.set_timer(delay, Timer::Go(id));
        self.report_retrying(id, &error, delay);
        let call = &mut self.run.calls[id];
        call.error = Some(Box::new(error));
        (call.state, call.timer) = (CallState::Pausing, Some(timer));
    }

    /// What a call with all its attempts, rounds and handlers came to.
    pub(super) fn call_over(&mut self, id: CallId, over: Over) {
        // A shared `let` that fails in the middle of something ends the call before that something comes to its end.
        if self.run.calls[id].state == CallState::Over {
            return;
        }
        self.disarm_call(id);
        self.note_residue(id);
        let call = &mut self.run.calls[id];
        call.state = CallState::Over;
        let (place, attempt, undone) = (call.place, call.attempt, call.undone);
        let slot = &mut self.run.instances[place.instance].stages[place.stage as usize];
        // Whatever begins anew after this one meets none of its keys.
        slot.undone = slot.undone.max(undone);
        match (slot.body, place.site) {
            (_, Site::Undo) => self.undo_over(place.instance, over),
            (BodyRef::Map(map), _) => self.item_over(map, place.item, over),
            (BodyRef::Race(race), Site::Alternative(number)) => self.alternative_over(race, number, over),
            _ => {
                slot.attempts = slot.attempts.max(attempt);
                self.end_stage(place.instance, place.stage, over);
            }
        }
    }

    /// Ends a call early, as far as it can be ended; an attempt under way is waited for.
    pub(super) fn stop_call(&mut self, id: CallId, stop: Stop) {
        let id = self.run.calls[id].handler.unwrap_or(id);
        let call = &mut self.run.calls[id];
        let before = call.stop;
        call.stop = before.max(Some(stop));
        if call.probes() {
            // What it has done is to be known first, whatever follows.
            return;
        }
        match call.state {
            CallState::Ready
            | CallState::Pausing
            | CallState::Asking(_)
            | CallState::Waiting
            | CallState::Lacking(_)
            | CallState::Listening => self.stopped(id),
            CallState::Planned(attempt) => {
                self.unplan(attempt, id);
                self.stopped(id);
            }
            CallState::Running(attempt, _) if stop > Stop::Drain && before <= Some(Stop::Drain) => {
                self.effects.push(super::Effect::Kill(attempt));
            }
            // Queued rather than called: calls nest as deep as the program says.
            CallState::Inside => self.run.work.extend(call.inner.map(|inner| Work::Stop(inner, stop))),
            CallState::Running(..) | CallState::Over => {}
        }
    }

    /// A call that was to end has nothing under way any more.
    pub(super) fn stopped(&mut self, id: CallId) {
        let call = &self.run.calls[id];
        if call.stop != Some(Stop::Deadline) {
            return self.call_over(id, Over::Cancelled);
        }
        let limit = self.deadline_of(call.place);
        let message = format!("it did not end within its deadline of {}", crate::base::unit::format_duration(limit));
        let mut error = StageError::new("timeout", message);
        error.attempts = call.attempt;
        error.place(self.call_path(id), self.planned(call.place).span);
        self.residue_of(id).add_to(&mut error);
        self.handle(id, error);
    }

    fn deadline_of(&self, place: Place) -> i64 {
        let own = self.planned(place).deadline;
        [own, self.stage(place.instance, place.stage).deadline].into_iter().flatten().min().unwrap_or(0)
    }

    /// Takes the timers of a call away and what a person was asked for it.
    pub(super) fn disarm_call(&mut self, id: CallId) {
        let call = &mut self.run.calls[id];
        for timer in [call.timer.take(), call.deadline.take()].into_iter().flatten() {
            self.run.timers.remove(&timer);
        }
        self.run.lacking.remove(&id);
        self.withdraw_question(id);
        self.stop_listening(id);
    }

    /// Whether the instance still starts something.
    pub(super) fn goes_on(&self, instance: InstanceId) -> bool {
        matches!(self.run.instances[instance].phase, Phase::Running | Phase::Undoing | Phase::Finally)
    }

    /// The call of the plan at this place.
    pub(super) fn planned(&self, place: Place) -> &'a plan::Call {
        plan_call(self.plan, self.run, place)
    }

    /// What an action does to the world; nothing is said of calls of workflows and people.
    pub(super) fn effects(&self, planned: &plan::Call) -> Option<Effects> {
        match planned.target {
            Target::Action { agent, action } => Some(self.plan.agents[agent.index()].actions[action as usize].effects),
            Target::Pool { pool, action } => Some(self.plan.pools[pool.index()].actions[action as usize].effects),
            Target::Workflow(_) => None,
            Target::Ask(_) | Target::Wait(_) | Target::Event(_) => Some(Effects::None),
        }
    }

    /// Every limit that an attempt at this place needs a slot of, but that of the run.
    pub(super) fn limits_at(&self, place: Place, member: Option<u32>) -> Vec<u32> {
        let agent = match self.planned(place).target {
            Target::Action { agent, .. } => Some(agent.0 + 1),
            Target::Pool { pool, .. } => {
                member.and_then(|member| self.plan.pools[pool.index()].members.get(member as usize)).map(|of| of.0 + 1)
            }
            _ => None,
        };
        agent.into_iter().chain(self.run.instances[place.instance].limits.iter().copied()).collect()
    }
}

/// The value of a result that is here.
pub(super) fn here(payload: Payload) -> Option<Value> {
    match payload {
        Payload::Value(value) => Some(value),
        Payload::Blob(_) => None,
    }
}

/// What stands for the call of a stage that is asked about as a whole: it does nothing.
static NO_CALL: LazyLock<plan::Call> = LazyLock::new(|| {
    let span = Span::start_of(FileId(0));
    let nothing = Expr { kind: ExprKind::Literal(Value::Null), span };
    plan::Call {
        target: Target::Wait(Box::new(nothing)),
        args: Vec::new(),
        result: Type::null(),
        retry: None,
        timeout: None,
        deadline: None,
        repeat: None,
        cache: None,
        span,
    }
});

/// The type of what a person may put in the place of a result.
pub fn answer_type<'a>(plan: &'a plan::Plan, run: &Run, place: Place) -> &'a Type {
    match place.site {
        Site::Whole => {
            let workflow = &plan.workflows[run.instances[place.instance].workflow.index()];
            &workflow.stages[place.stage as usize].ty
        }
        _ => &plan_call(plan, run, place).result,
    }
}

/// The call of the plan at this place.
pub fn plan_call<'a>(plan: &'a plan::Plan, run: &Run, place: Place) -> &'a plan::Call {
    let workflow = &plan.workflows[run.instances[place.instance].workflow.index()];
    let stage = &workflow.stages[place.stage as usize];
    let found = match (place.site, &stage.body) {
        (Site::Main, Body::Call(call)) => Some(call),
        (Site::Main, Body::Map(map)) => Some(&map.call),
        (Site::Arm(arm), Body::Match(branches)) => match branches.arms.get(arm as usize).map(|arm| &arm.body) {
            Some(ArmBody::Call(call)) => Some(call),
            _ => None,
        },
        (Site::Alternative(number), Body::Race(race)) => race.alternatives.get(number as usize).map(|one| &one.call),
        (Site::Undo, _) => stage.undo.as_deref(),
        (Site::Whole, _) => Some(&*NO_CALL),
        (Site::Handler(handler), _) => match stage.handlers.get(handler as usize).map(|handler| &handler.action) {
            Some(HandlerAction::Call(call)) => Some(call),
            _ => None,
        },
        _ => None,
    };
    found.expect("calls are made only at places where the plan has one")
}

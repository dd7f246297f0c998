//! Stages: begun when they are ready, ended with a value, a failure, or neither.

use crate::engine::locks::Holder;
use crate::engine::marks::Mark;
use crate::engine::report::Event;
use crate::engine::scope::{Fault, Local};
use crate::engine::state::{
    BodyRef, CallId, InstanceId, NONE, Phase, Place, Site, StageError, StageState, Timer, Work,
};
use crate::engine::step::Core;
use crate::plan::{ArmBody, Body, Match, Stage, Term};
use crate::value::Value;
use crate::value::expr::Pattern;

/// How a stage or call ended.
pub(super) enum Over {
    /// With this value.
    Value(Value),
    /// With this failure.
    Failed(StageError),
    /// Because what is around it ends.
    Cancelled,
}

impl<'a> Core<'a> {
    /// Begins a stage that is ready.
    pub(super) fn begin_stage(&mut self, id: InstanceId, index: u32) {
        let instance = &mut self.run.instances[id];
        let slot = &mut instance.stages[index as usize];
        (slot.state, slot.since) = (StageState::Active, self.run.at);
        instance.active += 1;
        if self.keep_stage(id, index) {
            return;
        }
        self.report_ready(place(id, index, Site::Main), &Value::Null);
        let memory = self.memory_of(id, index);
        let (since, in_hand) = memory.map(|memory| (memory.since, memory.in_hand.clone())).unwrap_or_default();
        if let Some(since) = since {
            self.run.instances[id].stages[index as usize].since = since;
        }
        self.arm_stage(id, index);
        self.open_stage_purse(id, index);
        if self.has_lock(id, index) {
            match in_hand {
                Some((site, error)) => self.take_in_hand(id, index, site, error),
                None => self.begin_body(id, index),
            }
        }
    }

    /// Whether a stage has its lock, or needs none; else it goes on when it has.
    fn has_lock(&mut self, id: InstanceId, index: u32) -> bool {
        let lock = self.stage(id, index).lock.as_ref();
        lock.is_none_or(|lock| self.holds(lock, Holder::Stage(id, index)))
    }

    /// Begins what a stage does: it has its lock.
    pub(super) fn begin_body(&mut self, id: InstanceId, index: u32) {
        let stage = self.stage(id, index);
        match &stage.body {
            Body::Call(_) => self.begin_call(place(id, index, Site::Main), Value::Null),
            Body::Map(map) => self.begin_map(id, index, map),
            Body::Match(branches) => self.begin_match(id, index, branches),
            Body::Race(race) => self.begin_race(id, index, race),
            Body::Fail(text) => {
                let message = self.evaluate(id, &Local::default(), text);
                let over = self.over_of(id, index, message, |value| {
                    Over::Failed(StageError::new("failed", value.as_str().unwrap_or("failed").to_owned()))
                });
                self.end_stage(id, index, over);
            }
        }
    }

    /// Begins what a stage does once more: a person, asked about the whole, wants another try.
    pub(super) fn begin_again(&mut self, asked: CallId) {
        let at = self.run.calls[asked].place;
        self.disarm_call(asked);
        match self.run.instances[at.instance].stages[at.stage as usize].body {
            BodyRef::Race(race) => {
                self.forget_call(asked);
                self.race_again(race);
            }
            _ => {
                self.forget_body(at.instance, at.stage);
                if self.has_lock(at.instance, at.stage) {
                    self.begin_body(at.instance, at.stage);
                }
            }
        }
    }

    fn begin_match(&mut self, id: InstanceId, index: u32, branches: &'a Match) {
        let subject = match self.evaluate(id, &Local::default(), &branches.subject) {
            Ok(subject) => subject,
            Err(fault) => return self.fault_stage(id, index, fault),
        };
        let arm = (0..).zip(&branches.arms).find(|(_, arm)| arm.patterns.iter().any(|p| fits(p, &subject)));
        if let Some((number, _)) = arm {
            self.note(id, |workflow| Mark::Arm(workflow, index, number));
        }
        match arm.map(|(number, arm)| (number, &arm.body)) {
            Some((number, ArmBody::Call(_))) => self.begin_call(place(id, index, Site::Arm(number)), Value::Null),
            Some((_, ArmBody::Use(value))) => {
                let value = self.evaluate(id, &Local::default(), value);
                let over = self.over_of(id, index, value, Over::Value);
                self.stage_over(id, index, over);
            }
            // The checker has seen that an arm fits.
            Some((_, ArmBody::Skip)) | None => self.end_stage(id, index, Over::Value(Value::Null)),
        }
    }

    fn fault_stage(&mut self, id: InstanceId, index: u32, fault: Fault) {
        let over = self.over_of(id, index, Err(fault), Over::Value);
        self.stage_over(id, index, over);
    }

    /// What the value of an expression, or its failure, means for the stage that evaluates it.
    pub(super) fn over_of(
        &self,
        id: InstanceId,
        index: u32,
        value: Result<Value, Fault>,
        then: impl FnOnce(Value) -> Over,
    ) -> Over {
        match value {
            Ok(value) => then(value),
            Err(Fault::Own(error)) => Over::Failed(self.calculation_error(self.stage_path(id, index), &error)),
            Err(Fault::Shared(_)) => Over::Cancelled,
        }
    }

    /// What a stage without a call under way came to: its handlers apply.
    pub(super) fn stage_over(&mut self, id: InstanceId, index: u32, over: Over) {
        match over {
            Over::Failed(error) => self.handle_without_call(id, index, error),
            over => self.end_stage(id, index, over),
        }
    }

    /// The guard is false, for want of this: nothing of it ever runs.
    pub(super) fn skip_stage(&mut self, id: InstanceId, index: u32, unmet: Term) {
        let because = self.unmet_text(id, unmet);
        self.report(Some(self.stage_path(id, index)), || Event::StageSkipped { because });
        self.close_stage(id, index, StageState::Skipped);
    }

    /// Ends a stage that was under way.
    pub(super) fn end_stage(&mut self, id: InstanceId, index: u32, over: Over) {
        self.run.instances[id].active -= 1;
        match over {
            Over::Value(value) => {
                self.report_stage_succeeded(id, index, &value);
                self.run.instances[id].stages[index as usize].value = value;
                self.forget_body(id, index);
                self.close_stage(id, index, StageState::Succeeded);
            }
            Over::Failed(error) => self.end_failed(id, index, error),
            Over::Cancelled => {
                let maybe_happened = self.maybe_happened(id, index);
                self.report(Some(self.stage_path(id, index)), || Event::StageCancelled { maybe_happened });
                self.close_stage(id, index, StageState::Cancelled);
            }
        }
        self.run.work.push_back(Work::Settle(id));
    }

    fn end_failed(&mut self, id: InstanceId, index: u32, mut error: StageError) {
        let stage = self.stage(id, index);
        error.place(self.stage_path(id, index), stage.span);
        let handled = stage.observed;
        self.report_stage_failed(id, index, &error, handled);
        self.run.instances[id].stages[index as usize].error = Some(Box::new(error.clone()));
        self.close_stage(id, index, if handled { StageState::Handled } else { StageState::Failed });
        if !handled {
            self.fail_instance(id, error);
        }
    }

    /// Ends a stage whose failure a handler has taken: its value stays `null`.
    pub(super) fn end_handled(&mut self, id: InstanceId, index: u32, error: StageError) {
        self.run.instances[id].active -= 1;
        self.run.instances[id].stages[index as usize].error = Some(Box::new(error));
        self.close_stage(id, index, StageState::Handled);
        self.run.work.push_back(Work::Settle(id));
    }

    /// Notes the end of a stage and wakes those that wait for it.
    fn close_stage(&mut self, id: InstanceId, index: u32, state: StageState) {
        self.disarm_stage(id, index);
        self.unlock(Holder::Stage(id, index));
        let instance = &mut self.run.instances[id];
        let slot = &mut instance.stages[index as usize];
        slot.state = state;
        self.note_end(id, index, state);
        let slot = &mut self.run.instances[id].stages[index as usize];
        let first = std::mem::replace(&mut slot.link.watchers, NONE);
        let finally = self.stage(id, index).finally;
        let instance = &mut self.run.instances[id];
        if finally == (instance.phase == Phase::Finally) {
            instance.open -= 1;
        }
        self.wake(id, first);
        if self.run.instances[id].open == 0 {
            self.run.work.push_back(Work::Settle(id));
        }
    }

    fn forget_body(&mut self, id: InstanceId, index: u32) {
        let body = std::mem::replace(&mut self.run.instances[id].stages[index as usize].body, BodyRef::None);
        let mut doomed = Vec::new();
        self.free_body(body, &mut doomed);
        self.run.graveyard.extend(doomed);
    }

    /// Sets the timer of the deadline: it runs from here on.
    fn arm_stage(&mut self, id: InstanceId, index: u32) {
        if let Some(deadline) = self.stage(id, index).deadline {
            let since = self.run.instances[id].stages[index as usize].since;
            let timer = self.set_timer_since(since, deadline, Timer::StageDeadline(id, index));
            self.run.deadlines.insert((id, index), timer);
        }
    }

    fn disarm_stage(&mut self, id: InstanceId, index: u32) {
        if let Some(timer) = self.run.deadlines.remove(&(id, index)) {
            self.run.timers.remove(&timer);
        }
    }

    pub(super) fn stage(&self, id: InstanceId, index: u32) -> &'a Stage {
        &self.workflow(id).stages[index as usize]
    }
}

/// The place of a call that belongs to no item.
pub(super) fn place(instance: InstanceId, stage: u32, site: Site) -> Place {
    Place { instance, stage, item: NONE, site }
}

fn fits(pattern: &Pattern, value: &Value) -> bool {
    match (pattern, value) {
        (Pattern::Any, _) => true,
        (Pattern::String(text), Value::String(value)) => text == value,
        (Pattern::Int(number), Value::Int(value)) => number == value,
        (Pattern::Bool(truth), Value::Bool(value)) => truth == value,
        _ => false,
    }
}

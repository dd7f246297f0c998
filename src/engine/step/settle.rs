//! The phases of an instance: it runs, settles after a failure, tidies up, and is over.

use crate::engine::locks::Holder;
use crate::engine::marks::Mark;
use crate::engine::scope::{self, Fault, Local};
use crate::engine::state::{BodyRef, End, InstanceId, Phase, StageError, StageState, Stop, Work};
use crate::engine::step::Core;
use crate::engine::step::instance::count;
use crate::engine::step::stage::Over;
use crate::value::Value;

impl Core<'_> {
    /// Looks whether an instance has come to the end of its phase.
    pub(super) fn settle(&mut self, id: InstanceId) {
        let Some(instance) = self.run.instances.get(id) else { return };
        match instance.phase {
            Phase::Running if instance.open == 0 => self.conclude(id),
            Phase::Draining | Phase::Killing if instance.active == 0 => self.conclude(id),
            Phase::Finally if instance.open == 0 => self.end_instance(id),
            _ => {}
        }
    }

    /// An unhandled failure: nothing new starts. The first one is the instance's.
    pub(super) fn fail_instance(&mut self, id: InstanceId, error: StageError) {
        let cancel = self.workflow(id).cancel_on_failure;
        let instance = &mut self.run.instances[id];
        if instance.phase == Phase::Ended {
            return;
        }
        let was_running = instance.phase == Phase::Running;
        instance.failure.get_or_insert(Box::new(error));
        if was_running {
            instance.phase = if cancel { Phase::Killing } else { Phase::Draining };
            self.stop_active(id, if cancel { Stop::Cancel } else { Stop::Drain });
        }
        self.run.work.push_back(Work::Settle(id));
    }

    /// What is around it ends.
    pub(super) fn stop_instance(&mut self, id: InstanceId, stop: Stop) {
        match stop {
            Stop::Drain => self.drain_instance(id),
            Stop::Cancel => self.kill_instance(id, StageError::cancelled()),
            Stop::Deadline => self.kill_instance(id, StageError::new("timeout", "the deadline has passed")),
        }
    }

    /// Attempts under way may end, nothing else starts.
    fn drain_instance(&mut self, id: InstanceId) {
        if self.run.instances[id].phase == Phase::Running {
            self.run.instances[id].phase = Phase::Draining;
            self.stop_active(id, Stop::Drain);
            self.run.work.push_back(Work::Settle(id));
        }
    }

    /// Ends all that runs in it, with this failure. What tidies up is not stopped.
    pub(super) fn kill_instance(&mut self, id: InstanceId, error: StageError) {
        let instance = &mut self.run.instances[id];
        if matches!(instance.phase, Phase::Undoing | Phase::Finally | Phase::Ended) {
            return;
        }
        instance.failure.get_or_insert(Box::new(error));
        instance.phase = Phase::Killing;
        self.stop_active(id, Stop::Cancel);
        self.run.work.push_back(Work::Settle(id));
    }

    /// `wfc runs cancel`.
    pub(super) fn cancel_run(&mut self) {
        if !matches!(self.run.instances[self.run.root].phase, Phase::Undoing | Phase::Finally | Phase::Ended) {
            self.run.cancelled = true;
            self.kill_instance(self.run.root, StageError::cancelled());
        }
    }

    fn stop_active(&mut self, id: InstanceId, stop: Stop) {
        for index in 0..self.run.instances[id].stages.len() {
            let slot = &self.run.instances[id].stages[index];
            match slot.body {
                BodyRef::Call(call) if slot.state == StageState::Active => self.stop_call(call, stop),
                BodyRef::Map(map) if slot.state == StageState::Active => self.stop_map(map, stop),
                BodyRef::Race(race) if slot.state == StageState::Active => self.stop_race(race, stop),
                BodyRef::None if slot.state == StageState::Active => _ = self.stop_locking(id, index as u32, stop),
                _ => {}
            }
        }
    }

    /// The body is over: what it gives is decided, what has to be undone is, then `finally` runs.
    fn conclude(&mut self, id: InstanceId) {
        self.give_result(id);
        if self.waits_for_lock(Holder::Instance(id)) {
            // It never began: there is nothing to undo or to tidy up.
            return self.end_instance(id);
        }
        let instance = &mut self.run.instances[id];
        if let Some(timer) = instance.timer.take() {
            self.run.timers.remove(&timer);
        }
        if instance.failure.is_some() {
            instance.phase = Phase::Undoing;
            self.run.work.push_back(Work::Undo(id));
        } else {
            self.tidy_up(id);
        }
    }

    /// Runs `finally`, if there is one.
    pub(super) fn tidy_up(&mut self, id: InstanceId) {
        let finally = count(self.workflow(id).stages.iter().filter(|stage| stage.finally));
        let outcome = self.outcome(id);
        let instance = &mut self.run.instances[id];
        (instance.phase, instance.open, instance.outcome) = (Phase::Finally, finally, outcome);
        if finally == 0 {
            return self.end_instance(id);
        }
        self.forget_watchers(id);
        for (index, _) in (0..).zip(&self.workflow(id).stages).filter(|(_, stage)| stage.finally) {
            self.run.work.push_back(Work::Advance(id, index));
        }
    }

    fn give_result(&mut self, id: InstanceId) {
        let instance = &mut self.run.instances[id];
        if instance.failure.is_none() && instance.was_cut_short() {
            instance.failure = Some(Box::new(StageError::cancelled()));
        }
        if instance.failure.is_some() {
            return;
        }
        let Some(returns) = &self.workflow(id).returns else { return };
        match self.evaluate(id, &Local::default(), returns) {
            Ok(value) => self.run.instances[id].result = value,
            Err(Fault::Own(error)) => self.fail_at(id, &error),
            Err(Fault::Shared(_)) => {}
        }
    }

    /// `{ status, error }`.
    fn outcome(&self, id: InstanceId) -> Value {
        let failure = self.failure_of(id);
        let failure = failure.as_deref();
        let status = match failure {
            None => "succeeded",
            Some(_) if self.run.cancelled && id == self.run.root => "cancelled",
            Some(error) if error.class == "cancelled" => "cancelled",
            Some(_) => "failed",
        };
        let error = failure.filter(|_| status == "failed").map_or(Value::Null, scope::error_value);
        Value::record([("status", Value::text(status)), ("error", error)])
    }

    fn end_instance(&mut self, id: InstanceId) {
        let instance = &mut self.run.instances[id];
        if instance.phase == Phase::Ended {
            return;
        }
        instance.phase = Phase::Ended;
        self.unlock(Holder::Instance(id));
        let instance = &mut self.run.instances[id];
        let (own_limit, caller) = (instance.own_limit.take(), instance.caller);
        let result = instance.result.clone();
        let failure = self.failure_of(id);
        if let Some(limit) = own_limit {
            self.run.queues.remove_limit(limit);
        }
        match &failure {
            None => self.note(id, Mark::Returned),
            Some(_) => self.note(id, Mark::Broken),
        }
        match (caller, failure) {
            (None, failure) => self.end_run(result, failure.map(|failure| *failure)),
            (Some(call), None) => self.inner_over(call, id, Over::Value(result)),
            (Some(call), Some(error)) if error.class == "cancelled" => self.inner_over(call, id, Over::Cancelled),
            (Some(call), Some(error)) => self.inner_over(call, id, Over::Failed(*error)),
        }
    }

    fn end_run(&mut self, result: Value, failure: Option<StageError>) {
        let end = match failure {
            // That it was cancelled says less than that something still stands that should not.
            Some(error) if error.undo_incomplete => End::Failed(error),
            _ if self.run.cancelled => End::Cancelled(failure.filter(|error| error.class != "cancelled")),
            Some(error) => End::Failed(error),
            None => End::Succeeded(result),
        };
        self.report_end(&end);
        self.run.end = Some(end);
    }
}

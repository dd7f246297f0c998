//! Rounds of a `repeat`: tested after each, bounded, with durable pauses.

use crate::engine::scope::{Fault, Local};
use crate::engine::state::{CallId, CallState, StageError, Timer};
use crate::engine::step::Core;
use crate::engine::step::stage::Over;
use crate::plan::Repeat;
use crate::value::Value;

impl Core<'_> {
    /// A round gave `value`: the call is over, goes into the next round, or fails.
    pub(super) fn round_over(&mut self, id: CallId, repeat: &Repeat, value: Value) {
        let call = &mut self.run.calls[id];
        call.result = Some(Box::new(value.clone()));
        let (round, spent) = (call.round, call.spent);
        let instance = call.place.instance;
        let local = self.round_local(id);
        match self.evaluate_bool(instance, &local, &repeat.until) {
            Ok(true) => return self.call_over(id, Over::Value(value)),
            Ok(false) => {}
            Err(fault) => return self.call_fault(id, fault),
        }
        match self.has_stalled(id, repeat, &local) {
            Ok(true) => self.handle(id, stalled(round)),
            Ok(false) if round - spent >= repeat.up_to => self.handle(id, exhausted(round)),
            Ok(false) if self.run.calls[id].stop.is_some() => self.stopped(id),
            Ok(false) => self.next_round(id, repeat, &local),
            Err(fault) => self.call_fault(id, fault),
        }
    }

    fn has_stalled(&mut self, id: CallId, repeat: &Repeat, local: &Local) -> Result<bool, Fault> {
        match &repeat.stop_when {
            Some(stop_when) if self.run.calls[id].round > 1 => {
                self.evaluate_bool(self.run.calls[id].place.instance, local, stop_when)
            }
            _ => Ok(false),
        }
    }

    /// What the clauses of a round see.
    pub(super) fn round_local(&self, id: CallId) -> Local {
        let call = &self.run.calls[id];
        Local {
            result: call.result.as_deref().cloned(),
            previous: call.previous.as_deref().cloned(),
            ..Local::of(call)
        }
    }

    /// The class with which the rounds of a call ended, if it is one of rounds.
    pub(super) fn ends_of_rounds(&self, id: CallId) -> Option<&'static str> {
        let call = &self.run.calls[id];
        let class = call.error.as_ref().filter(|_| call.round > 0 && call.result.is_some())?.class.as_str();
        ["exhausted", "stalled"].into_iter().find(|one| *one == class)
    }

    /// Goes on after the last of the rounds that were allowed, with as many again.
    pub(super) fn more_rounds(&mut self, id: CallId) {
        let Some(repeat) = &self.planned(self.run.calls[id].place).repeat else { return };
        self.run.calls[id].spent = self.run.calls[id].round;
        let local = self.round_local(id);
        self.next_round(id, repeat, &local);
    }

    fn next_round(&mut self, id: CallId, repeat: &Repeat, local: &Local) {
        let mut args = self.run.calls[id].args.clone();
        for (position, next) in &repeat.with {
            match self.evaluate(self.run.calls[id].place.instance, local, next) {
                Ok(value) => args[*position as usize] = value,
                Err(fault) => return self.call_fault(id, fault),
            }
        }
        let call = &mut self.run.calls[id];
        call.previous = call.result.take();
        (call.args, call.round) = (args, call.round + 1);
        (call.attempt, call.counted, call.known) = (0, 0, 0);
        match repeat.every {
            Some(pause) => self.pause(id, pause),
            None => self.enqueue(id),
        }
    }

    /// Lets a call wait before it goes on.
    fn pause(&mut self, id: CallId, pause: i64) {
        let timer = self.set_timer(pause, Timer::Go(id));
        let call = &mut self.run.calls[id];
        (call.state, call.timer) = (CallState::Pausing, Some(timer));
        self.report_pause(id, timer.0);
    }
}

fn stalled(round: u32) -> StageError {
    StageError::new("stalled", format!("round {round} made no progress"))
}

fn exhausted(round: u32) -> StageError {
    StageError::new("exhausted", format!("`until` does not hold after {round} rounds"))
}

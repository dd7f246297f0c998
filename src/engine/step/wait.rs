//! `wait`: durable timers. They are due at a time of the journal, so that a run may be away meanwhile.

use crate::engine::scope::Local;
use crate::engine::state::{CallId, CallState, StageError, Timer};
use crate::engine::step::Core;
use crate::value::Value;
use crate::value::expr::Expr;

impl Core<'_> {
    /// Lets a call wait as long as `length` says, or until its `timeout` if that comes first.
    pub(super) fn wait(&mut self, id: CallId, length: &Expr) {
        let place = self.run.calls[id].place;
        let local = Local::of(&self.run.calls[id]);
        let length = match self.evaluate(place.instance, &local, length) {
            Ok(Value::Duration(length)) => length,
            // The checker has seen that it is a duration.
            Ok(_) => 0,
            Err(fault) => return self.call_fault(id, fault),
        };
        self.run.calls[id].attempt += 1;
        if length < 0 {
            let message = format!("`wait` of {}", crate::base::unit::format_duration(length));
            return self.failed(
                id,
                StageError::new("invalid_value", format!("{message}: it cannot be negative")),
                None,
            );
        }
        let since = self.since(id);
        let timer = match self.planned(place).timeout {
            Some(limit) if limit < length => self.set_timer_since(since, limit, Timer::Answer(id)),
            _ => self.set_timer_since(since, length, Timer::Passed(id)),
        };
        let call = &mut self.run.calls[id];
        (call.state, call.timer) = (CallState::Waiting, Some(timer));
        self.report_pause(id, timer.0);
    }

    /// The time has come.
    pub(super) fn wait_over(&mut self, id: CallId) {
        self.run.calls[id].timer = None;
        self.gave(id, Value::Null);
    }
}

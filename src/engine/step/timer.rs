//! Timers: absolute, in the journal's time, so that they survive the process; each fires once.

use crate::engine::marks::Word;
use crate::engine::state::{Asked, BodyRef, CallId, CallState, InstanceId, Run, StageError, Stop, Timer, TimerKey};
use crate::engine::step::Core;
use crate::engine::step::stage::Over;
use crate::value::policy::{Backoff, Retry};

/// Longest pause that the other side may ask for where the policy states none.
const RETRY_AFTER_MS_MAX: i64 = 60_000;

impl Core<'_> {
    /// Sets a timer that is due in `delay` milliseconds.
    pub(super) fn set_timer(&mut self, delay: i64, timer: Timer) -> TimerKey {
        self.set_timer_since(self.run.at, delay, timer)
    }

    /// Sets a timer that is due `delay` milliseconds after `since`.
    pub(super) fn set_timer_since(&mut self, since: i64, delay: i64, timer: Timer) -> TimerKey {
        let key = (since.saturating_add(delay.max(0)), self.next_id());
        self.run.timers.insert(key, timer);
        key
    }

    /// Fires all that is due, in the order of their times.
    pub(super) fn fire_timers(&mut self) {
        self.fire_before(self.run.at.saturating_add(1));
    }

    /// Fires what was due before a word from outside was said: what came too late does not count, also where nobody drove the run
    /// meanwhile.
    pub(super) fn fire_before_word(&mut self, said_at: i64) {
        self.fire_before(said_at.min(self.run.at));
    }

    fn fire_before(&mut self, end: i64) {
        while let Some(entry) = self.run.timers.first_entry()
            && entry.key().0 < end
        {
            let timer = entry.remove();
            self.fire(timer);
        }
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::Go(call) => {
                self.run.calls[call].timer = None;
                self.enqueue(call);
            }
            Timer::Passed(call) => self.wait_over(call),
            Timer::Answer(call) => self.no_answer(call),
            Timer::CallDeadline(call) => {
                self.run.calls[call].deadline = None;
                self.stop_call(call, Stop::Deadline);
            }
            Timer::StageDeadline(instance, stage) => self.stage_deadline(instance, stage),
            Timer::InstanceTimeout(instance) => self.instance_timeout(instance),
            Timer::Lock(holder) => self.lock_overdue(holder),
            Timer::Rate(agent) => self.rate_due(agent),
        }
    }

    fn stage_deadline(&mut self, instance: InstanceId, stage: u32) {
        self.run.deadlines.remove(&(instance, stage));
        match self.run.instances[instance].stages[stage as usize].body {
            BodyRef::Call(call) => self.stop_call(call, Stop::Deadline),
            BodyRef::Map(map) => self.stop_map(map, Stop::Deadline),
            BodyRef::Race(race) => self.stop_race(race, Stop::Deadline),
            BodyRef::None => _ = self.stop_locking(instance, stage, Stop::Deadline),
        }
    }

    fn instance_timeout(&mut self, id: InstanceId) {
        self.run.instances[id].timer = None;
        let path = self.instance_path(id);
        let mut error = StageError::new("timeout", "it did not end within its timeout");
        if !path.is_empty() {
            error.place(path, self.workflow(id).span);
        }
        self.kill_instance(id, error);
    }

    /// Nobody has answered in time.
    fn no_answer(&mut self, id: CallId) {
        self.run.calls[id].timer = None;
        let asked = self.run.calls[id].state;
        self.withdraw_question(id);
        match asked {
            CallState::Asking(Asked::Failure) => {
                self.note_word(id, Word::Fail);
                let error = self.run.calls[id].error.as_deref().cloned().unwrap_or_else(StageError::cancelled);
                self.call_over(id, Over::Failed(error));
            }
            CallState::Listening => {
                self.stop_listening(id);
                self.failed(id, StageError::new("timeout", "no such event came in time"), None);
            }
            CallState::Waiting => self.failed(id, StageError::new("timeout", "it waits for longer than it may"), None),
            _ => self.failed(id, StageError::new("timeout", "nobody answered in time"), None),
        }
    }

    /// The pause before the next attempt. Its chance comes from the run's seed, so the journal holds it.
    pub(super) fn delay(&self, policy: &Retry, failures: u32, stamp: u64, retry_after: Option<i64>) -> i64 {
        let chance = mix(self.run.seed ^ mix(stamp) ^ u64::from(failures));
        let delay = policy.backoff.delay_ms(failures, (chance >> 32) as u32);
        let max = match policy.backoff {
            Backoff::Fixed { delay } => delay.max(RETRY_AFTER_MS_MAX),
            Backoff::Linear { max, .. } | Backoff::Exponential { max, .. } => max,
        };
        delay.max(retry_after.unwrap_or(0).min(max))
    }
}

/// A well-mixed number for each number (splitmix64).
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

impl Run {
    /// When the next timer is due, milliseconds since 1970.
    pub fn next_due(&self) -> Option<i64> {
        self.timers.first_key_value().map(|((due, _), _)| *due)
    }

    /// Whether nothing at all could make the run go on: that would be a mistake of this program.
    pub fn waits_for_nothing(&self) -> bool {
        let silent = self.questions.is_empty() && self.mail.listening.is_empty() && self.lacking.is_empty();
        silent && self.attempts.is_empty() && self.timers.is_empty() && !self.held
    }

    /// Whether it waits for nothing but what this process cannot have: there is no use in waiting on.
    pub fn waits_for_another_process(&self) -> bool {
        !self.lacking.is_empty() && self.questions.is_empty() && self.mail.listening.is_empty()
    }

    /// Whether the run can only go on by a word from outside: no attempt, no pause that ends by itself.
    pub fn waits_for_people(&self) -> bool {
        let asks = !self.questions.is_empty() || !self.mail.listening.is_empty() || !self.lacking.is_empty();
        asks && self.attempts.is_empty()
            && !self.waits_for_a_lock()
            && !self.timers.values().any(|timer| timer.goes_on())
    }
}

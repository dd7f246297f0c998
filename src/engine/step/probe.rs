//! Probes: actions that look whether another one happened. Asked at once about a write of unknown outcome, and first of all
//! when a run goes on (rulings 20).

use crate::agent::Failure;
use crate::engine::doubt::{Probe, probe_of};
use crate::engine::state::{CallId, CallState, StageError, Stop, Timer};
use crate::engine::step::Core;
use crate::value::Value;

impl Core<'_> {
    /// Finds out what became of an attempt before anything of its call starts: by its probe, else by a person.
    pub(super) fn settle_unknown(&mut self, id: CallId) {
        let call = &self.run.calls[id];
        let for_person = call.unsettled.as_ref().is_none_or(|unsettled| unsettled.for_person);
        match self.has_probe(id) && !for_person {
            true => self.begin_probe(id, None),
            false => self.ask_unknown(id),
        }
    }

    pub(super) fn has_probe(&self, id: CallId) -> bool {
        probe_of(self.plan, self.run, &self.run.calls[id]).is_some()
    }

    /// Asks the probe about the attempt that is unsettled. `failure` is what the call fails with unless it happened.
    pub(super) fn begin_probe(&mut self, id: CallId, failure: Option<(StageError, Option<i64>)>) {
        self.run.calls[id].probe = Some(Box::new(Probe { failures: 0, failure: failure.map(Box::new) }));
        self.queue(id);
    }

    /// The probe has looked.
    pub(super) fn probe_answered(&mut self, id: CallId, answer: &Value) {
        match answer.field("kind").and_then(Value::as_str) {
            Some("done") => {
                self.report_probe(id, "it happened");
                self.run.calls[id].probe = None;
                self.gave(id, answer.field("result").cloned().unwrap_or(Value::Null));
            }
            Some("not_done") => {
                self.report_probe(id, "it did not happen");
                self.not_done(id);
            }
            _ => {
                self.report_probe(id, "it does not know");
                self.still_unknown(id);
            }
        }
    }

    /// The probe failed: it is asked again as its policy says, then it does not know.
    pub(super) fn probe_failed(&mut self, id: CallId, failure: &Failure) {
        let call = &mut self.run.calls[id];
        let Some(probe) = &mut call.probe else { return };
        probe.failures += 1;
        let (failures, stamp, stop) = (probe.failures, call.stamp, call.stop);
        self.report_probe(id, &format!("it failed: {}, {}", failure.class, failure.message));
        let policy = probe_of(self.plan, self.run, &self.run.calls[id]).and_then(|(.., probe)| probe.retry.as_ref());
        match policy.filter(|policy| failures < policy.attempts && policy.on.contains(&failure.class)) {
            Some(policy) if stop <= Some(Stop::Drain) => {
                let delay = self.delay(policy, failures, stamp, failure.retry_after);
                let timer = self.set_timer(delay, Timer::Go(id));
                let call = &mut self.run.calls[id];
                (call.state, call.timer) = (CallState::Pausing, Some(timer));
            }
            _ => self.still_unknown(id),
        }
    }

    /// Nothing has happened: the call goes on as after a failure that leaves nothing open, with the same key.
    fn not_done(&mut self, id: CallId) {
        self.avoid(id);
        let call = &mut self.run.calls[id];
        call.unsettled = None;
        if let Some(error) = &mut call.error {
            error.maybe_happened = false;
        }
        let failure = call.probe.take().and_then(|probe| probe.failure);
        match (failure.map(|failure| *failure), call.stop) {
            (Some((mut error, retry_after)), _) => {
                error.maybe_happened = false;
                self.failed(id, error, retry_after);
            }
            (None, Some(_)) => self.stopped(id),
            (None, None) => self.enqueue(id),
        }
    }

    /// Whether it happened is as open as before.
    pub(super) fn still_unknown(&mut self, id: CallId) {
        let repeats = self.effects_of(id).repeats_after_unknown();
        let call = &mut self.run.calls[id];
        let failure = call.probe.take().and_then(|probe| probe.failure);
        match &mut call.unsettled {
            // The very same idempotent call may be repeated all the same.
            unsettled if repeats && failure.is_some() => *unsettled = None,
            unsettled => unsettled.iter_mut().for_each(|unsettled| unsettled.for_person = true),
        }
        match (failure.map(|failure| *failure), call.stop) {
            (Some((error, retry_after)), _) => self.failed(id, error, retry_after),
            (None, Some(_)) => self.stopped(id),
            (None, None) => self.enqueue(id),
        }
    }

    /// A line below the stage: what its probe is asked and says.
    pub(super) fn report_probe(&mut self, id: CallId, what: &str) {
        if self.run.quiet {
            return;
        }
        let Some((agent, _, probe)) = probe_of(self.plan, self.run, &self.run.calls[id]) else { return };
        self.report_line(id, format!("probe `{}.{}`: {what}", self.plan.agents[agent].name, probe.name));
    }
}

//! What people are told: built here, delivered once the event behind it is committed.

use crate::agent::Usage;
use crate::base::unit::format_duration;
use crate::engine::key;
use crate::engine::report::{Awaited, ErrorInfo, Event, Question, WaitReason};
use crate::engine::scope::Local;
use crate::engine::state::{Address, BodyRef, Call, CallId, End, InstanceId, NONE, Place, Run, Site, StageError};
use crate::engine::step::{Core, Effect, Notice};
use crate::plan::{AgentId, Body, Plan, Term};
use crate::store::Decision;
use crate::value::Value;
use crate::value::eval::EvalError;

pub(super) use crate::value::schema::schema;

impl Core<'_> {
    pub(super) fn report(&mut self, stage: Option<String>, event: impl FnOnce() -> Event) {
        if !self.run.quiet {
            self.effects.push(Effect::Report(Notice::Of { stage, event: Box::new(event()) }));
        }
    }

    fn report_call(&mut self, id: CallId, event: impl FnOnce(&Call) -> Event) {
        if !self.run.quiet {
            let call = &self.run.calls[id];
            let notice = Notice::Of { stage: Some(self.path_of(call)), event: Box::new(event(call)) };
            self.effects.push(Effect::Report(notice));
        }
    }

    /// A stage, or an item of its map, is ready.
    pub(super) fn report_ready(&mut self, place: Place, item: &Value) {
        if self.run.quiet {
            return;
        }
        let stage = self.stage(place.instance, place.stage);
        let is_item = place.item != NONE;
        let label = stage.label.as_ref().filter(|_| is_item || !matches!(stage.body, Body::Map(_)));
        if label.is_none() && !is_item {
            let instance = &self.run.instances[place.instance];
            let (prefix, workflow) = (instance.prefix.clone(), instance.workflow);
            self.effects.push(Effect::Report(Notice::Ready { prefix, workflow, stage: place.stage }));
            return;
        }
        let local = Local { item: is_item.then(|| (item.clone(), place.item)), ..Local::default() };
        // A label is for people: what it reads is not kept, and where it fails there is none.
        let label = label.and_then(|label| {
            let instance = &self.run.instances[place.instance];
            let (value, _) = crate::engine::scope::evaluate(self.plan, self.run, instance, &local, label);
            value.ok().and_then(|value| value.as_str().map(str::to_owned))
        });
        let mut path = self.stage_path(place.instance, place.stage);
        if is_item {
            path.push_str(&format!("[{}]", place.item));
        }
        let items = match self.run.instances[place.instance].stages[place.stage as usize].body {
            BodyRef::Map(map) if is_item => Some(self.run.maps[map].items.len() as u64),
            _ => None,
        };
        self.report(Some(path), || Event::StageReady { label, items });
    }

    pub(super) fn report_started(&mut self, id: CallId, key: &str) {
        if self.run.quiet {
            return;
        }
        if self.run.calls[id].probes() {
            return self.report_probe(id, "is asked whether it happened");
        }
        let agent = self.run.doer(self.plan, &self.run.calls[id]);
        let agent = agent.map(|(agent, action)| action_name(self.plan, agent, action)).unwrap_or_default();
        self.report_call(id, |call| Event::StageStarted {
            attempt: call.attempt,
            agent,
            key: key.to_owned(),
            adopted: false,
        });
    }

    /// The end of an attempt is worth a word where it is not that of the stage: in a round.
    pub(super) fn report_attempt_succeeded(&mut self, id: CallId, value: &Value, usage: Usage) {
        self.run.calls[id].usage = usage;
        if self.is_round(id) {
            self.report_item_succeeded(id, value);
        }
    }

    /// A round that was answered by the result of an equal call.
    pub(super) fn report_recalled(&mut self, id: CallId, value: &Value) {
        self.run.calls[id].usage = Usage::default();
        if self.is_round(id) {
            self.report_item_succeeded(id, value);
        }
    }

    /// What undoes a round has its number too, and is told when it is over.
    fn is_round(&self, id: CallId) -> bool {
        let call = &self.run.calls[id];
        call.round > 0 && call.place.site != Site::Undo
    }

    pub(super) fn report_item_succeeded(&mut self, id: CallId, value: &Value) {
        self.report_call(id, |call| Event::StageSucceeded {
            attempt: call.attempt,
            result: value.into(),
            kept: call.recalled.is_some(),
            cache: call.recalled.as_deref().map(str::to_owned),
            usage: call.usage,
        });
    }

    pub(super) fn report_stage_succeeded(&mut self, id: InstanceId, index: u32, value: &Value) {
        if self.run.quiet {
            return;
        }
        let slot = &self.run.instances[id].stages[index as usize];
        let (usage, cache) = match slot.body {
            crate::engine::state::BodyRef::Call(call) => {
                let call = &self.run.calls[call];
                (call.usage, call.recalled.as_deref().map(str::to_owned))
            }
            _ => Default::default(),
        };
        let (attempt, kept) = (slot.attempts, slot.kept || cache.is_some());
        let result = value.into();
        let event = Event::StageSucceeded { attempt, result, kept, cache, usage };
        self.report(Some(self.stage_path(id, index)), || event);
    }

    pub(super) fn report_stage_failed(&mut self, id: InstanceId, index: u32, error: &StageError, handled: bool) {
        let path = self.stage_path(id, index);
        let attempt = error.attempts;
        let error = error_info(error, Some(&path));
        self.report(Some(path), || Event::StageFailed { attempt, error, handled, kept: false });
    }

    pub(super) fn report_call_failed(&mut self, id: CallId, error: &StageError, handled: bool) {
        self.report_call(id, |call| Event::StageFailed {
            attempt: call.attempt,
            error: error_info(error, Some(&error.stage)),
            handled,
            kept: false,
        });
    }

    /// A failure that a retry keeps: the run goes on with it.
    pub(super) fn report_failure_kept(&mut self, id: InstanceId, index: u32, error: &StageError) {
        let path = self.stage_path(id, index);
        let (attempt, error) = (error.attempts, error_info(error, Some(&path)));
        self.report(Some(path), || Event::StageFailed { attempt, error, handled: true, kept: true });
    }

    pub(super) fn report_retrying(&mut self, id: CallId, error: &StageError, delay: i64) {
        let until = Some(rfc3339(self.run.at.saturating_add(delay)));
        let error = error_info(error, None);
        self.report_call(id, |call| Event::StageRetrying { attempt: call.attempt, error, delay });
        self.report_call(id, |_| Event::waits(WaitReason::Retry, until));
    }

    pub(super) fn report_pause(&mut self, id: CallId, due: i64) {
        self.report_waiting(id, WaitReason::Timer, Some(due));
    }

    pub(super) fn report_waiting(&mut self, id: CallId, reason: WaitReason, due: Option<i64>) {
        let until = due.map(rfc3339);
        self.report_call(id, |_| Event::waits(reason, until));
    }

    pub(super) fn report_listening(&mut self, id: CallId, (name, key): Address, due: Option<i64>) {
        self.report_call(id, |_| Event::listens(Awaited { name, key }, due.map(rfc3339)));
    }

    pub(super) fn report_asked(&mut self, id: CallId, question: Question, due: Option<i64>) {
        self.report_call(id, |_| Event::asks(question, due.map(rfc3339)));
    }

    /// A person has allowed something that others have to allow too.
    pub(super) fn report_allowed(&mut self, id: CallId, by: &str, given: usize, quorum: u32) {
        self.report_line(id, format!("allowed by {by}: {given} of {quorum}"));
    }

    /// A person's answer counts: what the stage gives comes from them.
    pub(super) fn report_answered(&mut self, id: CallId, by: &str) {
        self.report_line(id, format!("answered by {by}"));
    }

    /// A line below a stage.
    pub(super) fn report_line(&mut self, id: CallId, line: String) {
        self.report_call(id, |call| Event::Log { attempt: call.attempt, stream: crate::agent::Stream::Runtime, line });
    }

    /// A person's word that does not count: told of the run, for it is nothing that became of the stage.
    pub(super) fn refuse(&mut self, stage: &str, by: &str, why: &str) {
        let line = format!("an answer of {by} to `{stage}` does not count: {why}");
        self.report(None, || Event::Log { attempt: 0, stream: crate::agent::Stream::Runtime, line });
    }

    pub(super) fn report_end(&mut self, end: &End) {
        let usage = self.run.usage;
        self.report(None, || match end {
            End::Succeeded(value) => Event::RunSucceeded { result: value.into(), usage },
            End::Failed(error) => Event::RunFailed { error: error_info(error, None) },
            End::Cancelled(error) => Event::RunCancelled { error: error.as_ref().map(|error| error_info(error, None)) },
        });
    }

    pub(super) fn calculation_error(&self, stage: String, error: &EvalError) -> StageError {
        let mut failure = StageError::new("invalid_value", error.message.clone());
        (failure.stage, failure.span) = (stage, Some(error.span));
        failure
    }

    /// A condition as it was written, with the truth that it has and must not have.
    pub(super) fn unmet_text(&self, id: InstanceId, unmet: Term) -> String {
        let condition = self.plan.written(self.workflow(id).conditions[unmet.condition as usize].value.span);
        if condition.is_empty() { condition } else { format!("{condition} is {}", !unmet.holds) }
    }

    pub(super) fn stage_path(&self, id: InstanceId, index: u32) -> String {
        key::stage_path(self.plan, self.run, id, index)
    }

    pub(super) fn call_path(&self, id: CallId) -> String {
        self.path_of(&self.run.calls[id])
    }

    fn path_of(&self, call: &Call) -> String {
        key::call_path(self.plan, self.run, call)
    }

    pub(super) fn key(&self, id: CallId) -> String {
        key::key(self.plan, self.run, &self.run.calls[id])
    }

    /// Path of the call that made an instance; empty for the root.
    pub(super) fn instance_path(&self, id: InstanceId) -> String {
        self.run.instances[id].prefix.trim_end_matches('.').to_owned()
    }
}

/// `agent.action`.
pub(super) fn action_name(plan: &Plan, agent: AgentId, action: u32) -> String {
    let agent = &plan.agents[agent.index()];
    format!("{}.{}", agent.name, agent.actions[action as usize].name)
}

/// A failure as it is reported; `here` is the path that the report is about.
pub fn error_info(error: &StageError, here: Option<&str>) -> ErrorInfo {
    ErrorInfo {
        class: error.class.clone(),
        message: error.message.clone(),
        attempts: error.attempts,
        stage: Some(error.stage.clone()).filter(|stage| !stage.is_empty() && here != Some(stage)),
        details: error.details.clone(),
        maybe_happened: error.maybe_happened,
        undo_incomplete: error.undo_incomplete,
        span: error.span,
    }
}

pub(super) fn decision_name(decision: &Decision) -> &'static str {
    match decision {
        Decision::Value(_) => "a form",
        Decision::Approve { .. } => "`--approve`",
        Decision::Refuse { .. } => "`--refuse`",
        Decision::Happened(_) => "`--happened`",
        Decision::DidNotHappen => "`--did-not-happen`",
        Decision::Retry => "`--retry`",
        Decision::Skip => "`--skip`",
        Decision::Replace(_) => "`--value`",
        Decision::Fail => "`--fail`",
    }
}

/// A time as RFC 3339 with milliseconds, in UTC.
pub fn rfc3339(at_ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(at_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    format!("{time:.3}")
}

impl Run {
    /// What an attempt that took too long fails with.
    pub fn timeout_message(limit_ms: i64) -> String {
        format!("it took longer than {}", format_duration(limit_ms))
    }
}

//! People: asked for a form, about a failure, about an outcome that nobody knows; and their answers.

use serde_json::Value as Json;

use crate::engine::marks::Word;
use crate::engine::report::{Approval, MAYBE_HAPPENED, Question, QuestionKind};
use crate::engine::scope::Local;
use crate::engine::state::{Asked, CallId, CallState, Run, Site, StageError, Timer};
use crate::engine::step::Core;
use crate::engine::step::call::answer_type;
use crate::engine::step::notice::{self, schema};
use crate::engine::step::stage::Over;
use crate::plan::{self, Ask, Target};
use crate::store::{Decision, Message, MessageBody};
use crate::value::types::Type;
use crate::value::{Value, json};

/// What is to be allowed is shown whole: it must not be larger than a person can look at.
const SHOWN_BYTES_MAX: usize = 64 << 10;

impl Core<'_> {
    /// Asks for what an `ask` stage wants to know.
    pub(super) fn ask_form(&mut self, id: CallId, ask: &Ask) {
        let place = self.run.calls[id].place;
        let planned = self.planned(place);
        let local = Local::of(&self.run.calls[id]);
        let text = match self.evaluate(place.instance, &local, &ask.question) {
            Ok(text) => text.as_str().unwrap_or_default().to_owned(),
            Err(fault) => return self.call_fault(id, fault),
        };
        let show = match ask.show.as_ref().map(|show| self.evaluate(place.instance, &local, show)).transpose() {
            Ok(show) => show.as_ref().map(json::encode),
            Err(fault) => return self.call_fault(id, fault),
        };
        self.run.calls[id].attempt += 1;
        if let Some(approval) = &ask.approves {
            let question =
                Question { show, role: ask.role.clone(), ..question(QuestionKind::Approval, text, &Type::bool()) };
            return self.ask_approval(id, approval, question);
        }
        let question = Question { show, role: ask.role.clone(), ..question(QuestionKind::Ask, text, &planned.result) };
        self.ask(id, Asked::Form, question, planned.timeout);
    }

    /// Asks for leave to go on with a value, which is shown whole.
    fn ask_approval(&mut self, id: CallId, wanted: &plan::Approval, question: Question) {
        let place = self.run.calls[id].place;
        let local = Local::of(&self.run.calls[id]);
        let value = match self.evaluate(place.instance, &local, &wanted.value) {
            Ok(value) => value,
            Err(fault) => return self.call_fault(id, fault),
        };
        let Some(canonical) = json::canonical_within(&value, SHOWN_BYTES_MAX) else {
            let message = "what is to be allowed is larger than 64 KiB: nobody could look at all of it";
            return self.failed(id, StageError::new("invalid_input", message), None);
        };
        let hash = blake3::hash(canonical.as_bytes()).to_hex().to_string();
        let approval = Approval {
            value: json::encode(&value),
            given: self.allowed_before(id, &hash),
            hash,
            quorum: wanted.quorum,
            not_requester: wanted.not_requester,
            requesters: self.run.requesters.iter().filter(|_| wanted.not_requester).cloned().collect(),
        };
        self.run.calls[id].result = Some(Box::new(value));
        let limit = self.planned(place).timeout;
        self.ask(id, Asked::Approval, Question { approval: Some(approval), ..question }, limit);
    }

    /// Who allowed the very same before the run moved to this plan, and may still.
    fn allowed_before(&self, id: CallId, hash: &str) -> Vec<String> {
        let standing = self.run.calls[id].standing.as_ref();
        let before = standing.and_then(|standing| standing.approval.as_ref()).filter(|before| before.hash == hash);
        let Some(before) = before else { return Vec::new() };
        let barred = |by: &str| before.not_requester && self.run.requesters.contains(by);
        before.given.iter().filter(|by| !barred(by)).cloned().collect()
    }

    /// Asks what to do about a failure.
    pub(super) fn ask_failure(&mut self, id: CallId, error: &StageError, limit: i64) {
        let place = self.run.calls[id].place;
        let stage = self.stage(place.instance, place.stage);
        let open = self.leaves_open(id, error);
        let text = format!("`{}` failed: {}, {}", self.call_path(id), error.class, error.message);
        let text = text + &what_is_open(error);
        let result = answer_type(self.plan, self.run, place).clone();
        let may_skip = stage.may_be_skipped();
        self.run.calls[id].stop = None;
        let question = Question { may_skip, open, ..question(QuestionKind::Failure, text, &result) };
        self.ask(id, Asked::Failure, question, Some(limit));
    }

    /// Whether a failed call may not begin once more before somebody has said how it left the world.
    fn leaves_open(&self, id: CallId, error: &StageError) -> bool {
        let call = &self.run.calls[id];
        match self.planned(call.place).target {
            Target::Workflow(_) => error.maybe_happened || error.undo_incomplete,
            // The very same idempotent call may be repeated.
            _ => call.unsettled.is_some(),
        }
    }

    /// Asks whether the effect of an attempt happened. Without an end: nobody else can know.
    pub(super) fn ask_unknown(&mut self, id: CallId) {
        let planned = self.planned(self.run.calls[id].place);
        let action = match planned.target {
            Target::Action { agent, action } => notice::action_name(self.plan, agent, action),
            _ => self.call_path(id),
        };
        let text = format!("nobody knows whether `{action}` happened");
        self.ask(id, Asked::Unknown, question(QuestionKind::UnknownOutcome, text, &planned.result), None);
    }

    fn ask(&mut self, id: CallId, asked: Asked, question: Question, limit: Option<i64>) {
        let since = self.since(id);
        let timer = limit.map(|limit| self.set_timer_since(since, limit, Timer::Answer(id)));
        let path = self.call_path(id);
        let call = &mut self.run.calls[id];
        (call.state, call.timer) = (CallState::Asking(asked), timer);
        call.question = Some(Box::new(question.clone()));
        self.run.questions.insert(path, id);
        self.report_asked(id, question, timer.map(|(due, _)| due));
    }

    /// Nobody needs to answer any more.
    pub(super) fn withdraw_question(&mut self, id: CallId) {
        if self.run.calls[id].question.take().is_some() {
            let path = self.call_path(id);
            self.run.questions.remove(&path);
            if let Some(timer) = self.run.calls[id].timer.take() {
                self.run.timers.remove(&timer);
            }
        }
    }

    /// Takes a word from outside. Each is taken once, in the order of the store.
    pub(super) fn message(&mut self, message: Message) {
        if message.id <= self.run.taken {
            return;
        }
        self.run.taken = message.id;
        self.fire_before_word(message.at);
        match message.body {
            MessageBody::Cancel => self.cancel_run(),
            // Those are for every run.
            MessageBody::Event { .. } => {}
            MessageBody::Answer { stage, decision } => match self.run.questions.get(&stage).copied() {
                Some(id) => self.answer(id, &message.by, decision),
                None => self.refuse(&stage, &message.by, "nobody is asked there"),
            },
        }
    }

    fn answer(&mut self, id: CallId, by: &str, decision: Decision) {
        let CallState::Asking(asked) = self.run.calls[id].state else { return };
        match (asked, decision) {
            (Asked::Form, Decision::Value(json)) => self.answer_value(id, by, &json, |core, id, value| {
                core.note_giver(by);
                core.gave(id, value);
            }),
            (Asked::Approval, Decision::Approve { hash }) => self.approve(id, by, &hash),
            (Asked::Approval, Decision::Refuse { because }) => {
                self.withdraw_question(id);
                let because = because.map(|because| format!(": {because}")).unwrap_or_default();
                self.failed(id, StageError::new("denied", format!("{by} refused{because}")), None);
            }
            (_, Decision::Happened(json)) if self.asks_what_happened(id) => {
                self.answer_value(id, by, &json, |core, id, value| {
                    core.run.requesters.insert(by.to_owned());
                    // What it was about, where a workflow was called, is settled with that.
                    let before = core.run.calls[id].inner.take();
                    core.run.graveyard.extend(before);
                    core.gave(id, value);
                });
            }
            (Asked::Failure, Decision::Replace(json)) => {
                self.answer_value(id, by, &json, |core, id, value| {
                    core.run.requesters.insert(by.to_owned());
                    core.note_word(id, Word::Value);
                    core.call_over(id, Over::Value(value));
                });
            }
            (Asked::Failure, Decision::Retry) if !self.asks_what_happened(id) => {
                self.note_word(id, Word::Retry);
                self.try_again(id);
            }
            (_, Decision::DidNotHappen) if self.asks_what_happened(id) => {
                let error = self.run.calls[id].error.iter_mut();
                error.for_each(|error| (error.maybe_happened, error.undo_incomplete) = (false, false));
                self.try_again(id);
            }
            (Asked::Failure, Decision::Skip) if self.may_skip(id) => {
                let error = self.last_error(id);
                self.note_word(id, Word::Skip);
                self.skip_failure(id, error);
            }
            (Asked::Failure, Decision::Fail) => {
                let error = self.last_error(id);
                self.note_word(id, Word::Fail);
                self.call_over(id, Over::Failed(error));
            }
            (Asked::Unknown, Decision::Fail) => self.give_up(id),
            (_, decision) => {
                let path = self.call_path(id);
                self.refuse(&path, by, &format!("{} is no answer to this question", notice::decision_name(&decision)));
            }
        }
    }

    /// Who fills a form in gives a value to the run. Journals of the first format were written as if not.
    fn note_giver(&mut self, by: &str) {
        if self.run.journal > 1 {
            self.run.requesters.insert(by.to_owned());
        }
    }

    /// A person allows what was shown. Each counts once; enough of them end the wait.
    fn approve(&mut self, id: CallId, by: &str, hash: &str) {
        let question = self.run.calls[id].question.as_deref();
        let Some(approval) = question.and_then(|question| question.approval.as_ref()) else { return };
        let why_not = self.run.why_not_approve(approval, by);
        let why_not = why_not.or((approval.hash != hash).then_some("what was shown to them is not what is asked for"));
        if let Some(why) = why_not {
            return self.refuse(&self.call_path(id), by, why);
        }
        let call = &mut self.run.calls[id];
        let due = call.timer.map(|(due, _)| due);
        let Some(question) = call.question.as_deref_mut() else { return };
        let Some(approval) = question.approval.as_mut() else { return };
        approval.given.push(by.to_owned());
        if (approval.given.len() as u64) < u64::from(approval.quorum) {
            let (given, quorum) = (approval.given.len(), approval.quorum);
            let question = question.clone();
            self.report_allowed(id, by, given, quorum);
            return self.report_asked(id, question, due);
        }
        self.withdraw_question(id);
        self.report_answered(id, by);
        let value = self.run.calls[id].result.take().map_or(Value::Null, |value| *value);
        self.gave(id, value);
    }

    fn answer_value(&mut self, id: CallId, by: &str, answer: &Json, then: impl FnOnce(&mut Self, CallId, Value)) {
        match json::decode(answer, answer_type(self.plan, self.run, self.run.calls[id].place)) {
            Ok(value) => {
                self.withdraw_question(id);
                self.report_answered(id, by);
                then(self, id, value);
            }
            Err(mismatch) => {
                let path = self.call_path(id);
                self.refuse(&path, by, &format!("the answer does not fit: {mismatch}"));
            }
        }
    }

    /// A person has settled what was unknown or wants another try: the policy counts anew.
    fn try_again(&mut self, id: CallId) {
        self.withdraw_question(id);
        let call = &mut self.run.calls[id];
        if call.unsettled.is_some() {
            call.member = None;
        }
        (call.counted, call.unsettled, call.stop) = (0, None, None);
        if call.place.site == Site::Whole {
            return self.begin_again(id);
        }
        match self.ends_of_rounds(id) {
            Some("exhausted") => self.more_rounds(id),
            Some(_) => {
                // The result of this round is not kept.
                self.run.calls[id].undone += 1;
                self.enqueue(id);
            }
            None => self.enqueue(id),
        }
    }

    fn give_up(&mut self, id: CallId) {
        let unsettled = self.run.calls[id].unsettled.take();
        let class = unsettled.map_or_else(|| "crashed".into(), |unsettled| unsettled.class);
        let mut error = self.last_error(id);
        (error.class, error.maybe_happened) = (class, true);
        self.handle(id, error);
    }

    fn last_error(&self, id: CallId) -> StageError {
        let unknown = || StageError::new("crashed", "nobody knows whether it happened");
        self.run.calls[id].error.as_deref().cloned().unwrap_or_else(unknown)
    }

    fn asks_what_happened(&self, id: CallId) -> bool {
        let question = self.run.calls[id].question.as_ref();
        question.is_some_and(|question| question.open || question.kind == QuestionKind::UnknownOutcome)
    }

    fn may_skip(&self, id: CallId) -> bool {
        self.run.calls[id].question.as_ref().is_some_and(|question| question.may_skip)
    }
}

fn question(kind: QuestionKind, text: String, answer: &Type) -> Question {
    let (spelled, schema) = (answer.to_string(), schema(answer));
    let (show, role, approval) = (None, None, None);
    Question { kind, text, show, answer: spelled, schema, role, may_skip: false, open: false, approval }
}

/// What a failure says of the world.
fn what_is_open(error: &StageError) -> String {
    let maybe = error.maybe_happened.then(|| format!("; its effect {MAYBE_HAPPENED}"));
    let incomplete = error.undo_incomplete.then(|| "; something in it could not be undone".to_owned());
    maybe.into_iter().chain(incomplete).collect()
}

/// A question that is open.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenQuestion {
    /// Path of the stage: what an answer is addressed to.
    pub stage: String,
    /// What is asked.
    pub question: Question,
    /// Type of the answer.
    pub answer: Type,
    /// Until when, milliseconds since 1970.
    pub until: Option<i64>,
}

impl Run {
    /// Why the word of this account does not count for an approval, if it does not.
    pub fn why_not_approve(&self, approval: &Approval, by: &str) -> Option<&'static str> {
        if approval.not_requester && self.requesters.contains(by) {
            return Some("who asks for it cannot allow it");
        }
        approval.given.iter().any(|given| given == by).then_some("they have allowed it already")
    }

    /// What people are asked, by path.
    pub fn questions(&self, plan: &crate::plan::Plan) -> Vec<OpenQuestion> {
        let calls = self.questions.iter().filter_map(|(path, id)| Some((path, self.calls.get(*id)?)));
        calls
            .filter_map(|(path, call)| {
                let question = call.question.as_deref()?.clone();
                let answer = answer_type(plan, self, call.place).clone();
                Some(OpenQuestion { stage: path.clone(), question, answer, until: call.timer.map(|(due, _)| due) })
            })
            .collect()
    }
}

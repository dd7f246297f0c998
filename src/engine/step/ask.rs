//! People: asked for a form, about a failure, about an outcome that nobody knows; and their answers.

use serde_json::Value as Json;

use crate::engine::report::{Question, QuestionKind};
use crate::engine::scope::Local;
use crate::engine::state::{Asked, CallId, CallState, Run, StageError, Timer};
use crate::engine::step::Core;
use crate::engine::step::notice::{self, schema};
use crate::engine::step::stage::Over;
use crate::plan::{Ask, HandlerAction, Target};
use crate::store::{Decision, Message, MessageBody};
use crate::value::types::Type;
use crate::value::{Value, json};

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
        let question = Question { show, role: ask.role.clone(), ..question(QuestionKind::Ask, text, &planned.result) };
        self.ask(id, Asked::Form, question, planned.timeout);
    }

    /// Asks what to do about a failure.
    pub(super) fn ask_failure(&mut self, id: CallId, error: &StageError, limit: i64) {
        let place = self.run.calls[id].place;
        let stage = self.stage(place.instance, place.stage);
        let text = format!("`{}` failed: {}, {}", self.call_path(id), error.class, error.message);
        let result = self.planned(place).result.clone();
        let may_skip =
            stage.observed || stage.handlers.iter().any(|handler| matches!(handler.action, HandlerAction::Skip));
        self.run.calls[id].stop = None;
        let question = Question { may_skip, ..question(QuestionKind::Failure, text, &result) };
        self.ask(id, Asked::Failure, question, Some(limit));
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
        let timer = limit.map(|limit| self.set_timer(limit, Timer::Answer(id)));
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
        match message.body {
            MessageBody::Cancel => self.cancel_run(),
            MessageBody::Answer { stage, decision } => match self.run.questions.get(&stage).copied() {
                Some(id) => self.answer(id, &message.by, decision),
                None => self.refuse(&stage, &message.by, "nobody is asked there"),
            },
        }
    }

    fn answer(&mut self, id: CallId, by: &str, decision: Decision) {
        let CallState::Asking(asked) = self.run.calls[id].state else { return };
        match (asked, decision) {
            (Asked::Form, Decision::Value(json)) => self.answer_value(id, by, &json, Self::gave),
            (Asked::Unknown, Decision::Happened(json)) => self.answer_value(id, by, &json, Self::gave),
            (Asked::Failure, Decision::Replace(json)) => {
                self.answer_value(id, by, &json, |core, id, value| core.call_over(id, Over::Value(value)));
            }
            (Asked::Failure, Decision::Retry) | (Asked::Unknown, Decision::DidNotHappen) => self.try_again(id),
            (Asked::Failure, Decision::Skip) if self.may_skip(id) => {
                let error = self.last_error(id);
                self.skip_failure(id, error);
            }
            (Asked::Failure, Decision::Fail) => {
                let error = self.last_error(id);
                self.call_over(id, Over::Failed(error));
            }
            (Asked::Unknown, Decision::Fail) => self.give_up(id),
            (_, decision) => {
                let path = self.call_path(id);
                self.refuse(&path, by, &format!("{} is no answer to this question", notice::decision_name(&decision)));
            }
        }
    }

    fn answer_value(&mut self, id: CallId, by: &str, answer: &Json, then: impl FnOnce(&mut Self, CallId, Value)) {
        match json::decode(answer, &self.planned(self.run.calls[id].place).result) {
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
        (call.counted, call.unsettled, call.stop) = (0, None, None);
        self.enqueue(id);
    }

    fn give_up(&mut self, id: CallId) {
        let class = self.run.calls[id].unsettled.take().unwrap_or_else(|| "crashed".into());
        let mut error = self.last_error(id);
        (error.class, error.maybe_happened) = (class, true);
        self.handle(id, error);
    }

    fn last_error(&self, id: CallId) -> StageError {
        let unknown = || StageError::new("crashed", "nobody knows whether it happened");
        self.run.calls[id].error.as_deref().cloned().unwrap_or_else(unknown)
    }

    fn may_skip(&self, id: CallId) -> bool {
        self.run.calls[id].question.as_ref().is_some_and(|question| question.may_skip)
    }
}

fn question(kind: QuestionKind, text: String, answer: &Type) -> Question {
    let (spelled, schema) = (answer.to_string(), schema(answer));
    Question { kind, text, show: None, answer: spelled, schema, role: None, may_skip: false }
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
    /// What people are asked, by path.
    pub fn questions(&self, plan: &crate::plan::Plan) -> Vec<OpenQuestion> {
        let calls = self.questions.iter().filter_map(|(path, id)| Some((path, self.calls.get(*id)?)));
        calls
            .filter_map(|(path, call)| {
                let question = call.question.as_deref()?.clone();
                let answer = super::call::plan_call(plan, self, call.place).result.clone();
                Some(OpenQuestion { stage: path.clone(), question, answer, until: call.timer.map(|(due, _)| due) })
            })
            .collect()
    }
}

//! People and senders of events: what a stage asks or waits for is answered as the mocks of the test say.
//!
//! Who has been asked outlives the process that drives the run: an answer that was on its way when it died still comes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::AbortHandle;

use super::drive::{RUN, START_MS};
use super::replay::Recording;
use super::script::{NEVER, Reply, Said, Trouble, Unanswered, World};
use crate::base::span::Span;
use crate::engine::Control;
use crate::engine::clock::Clock;
use crate::engine::report::{Event, Question, QuestionKind, Report, Reporter, WaitReason};
use crate::store::memory::MemoryStore;
use crate::store::{Decision, EVERY_RUN, MessageBody, Store};
use crate::value::json;

/// Who has been asked, and what is on its way.
#[derive(Default)]
pub(super) struct Mailbox {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    next: u64,
    /// What was asked last at each stage.
    asked: BTreeMap<String, Asked>,
    /// Of a recorded run, how many had answered at each stage.
    answered: BTreeMap<String, usize>,
    /// Messages that have not been stored yet.
    on_the_way: BTreeMap<u64, Letter>,
}

#[derive(Clone)]
struct Asked {
    reply: Reply,
    mock: Span,
    /// How many had answered when it was asked.
    given: usize,
}

/// A message on its way.
#[derive(Clone)]
struct Letter {
    /// Milliseconds since 1970.
    due: i64,
    to: &'static str,
    by: String,
    body: MessageBody,
}

impl Mailbox {
    /// What people say whatever the run does: that it is to be cancelled.
    pub fn of(recording: Option<&Recording>) -> Self {
        let mailbox = Self::default();
        for word in recording.iter().flat_map(|recording| &recording.cancels) {
            let letter = Letter { due: START_MS + word.at, to: RUN, by: word.by.clone(), body: MessageBody::Cancel };
            mailbox.add(letter);
        }
        mailbox
    }

    /// The run goes on after its end: it asks anew, and what was to cancel it before counts no more.
    pub fn begin_anew(&self, now: i64) {
        let mut inner = self.inner();
        inner.answered.clear();
        inner.on_the_way.retain(|_, letter| letter.due > now || letter.body != MessageBody::Cancel);
    }

    fn add(&self, letter: Letter) -> u64 {
        let mut inner = self.inner();
        inner.next += 1;
        let id = inner.next;
        inner.on_the_way.insert(id, letter);
        id
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one process has of the world: it listens to the run and carries letters.
#[derive(Clone)]
pub(super) struct People {
    pub world: Arc<World>,
    pub mailbox: Arc<Mailbox>,
    pub store: MemoryStore,
    pub clock: Arc<dyn Clock>,
    pub control: UnboundedSender<Control>,
    /// Those who carry letters; they end with the process.
    pub carriers: Arc<Mutex<Vec<AbortHandle>>>,
    /// What is told now was known before the process began.
    pub resuming: bool,
}

impl Reporter for People {
    fn report(&mut self, report: &Report) {
        let stage = report.stage.as_deref().unwrap_or_default();
        match &report.event {
            Event::RunStarted { resumed, .. } => self.resuming = *resumed,
            Event::StageWaiting { reason: WaitReason::Person, question: Some(question), .. } => {
                self.asked(stage, question);
            }
            Event::StageWaiting { reason: WaitReason::Event, awaited: Some(awaited), .. } => {
                self.awaited(stage, &awaited.name, &awaited.key);
            }
            Event::StageSucceeded { kept: true, .. } | Event::StageStarted { adopted: true, .. } => {}
            Event::StageStarted { .. } => {
                self.resuming = false;
                // Whatever is asked about this attempt was not asked before.
                self.mailbox.inner().answered.remove(stage);
            }
            _ => self.resuming = false,
        }
    }
}

impl People {
    /// Carries again what was on its way when the process before this one died.
    pub fn carry_on(&self) {
        let letters: Vec<(u64, Letter)> =
            self.mailbox.inner().on_the_way.iter().map(|(id, letter)| (*id, letter.clone())).collect();
        letters.into_iter().for_each(|(id, letter)| self.carry(id, letter));
    }

    fn asked(&self, stage: &str, question: &Question) {
        if self.world.ready.recording.is_some() {
            return self.asked_of_recording(stage, question);
        }
        // No mock stands for whoever knows what became of an attempt.
        if question.kind == QuestionKind::UnknownOutcome {
            return;
        }
        let given = question.approval.as_ref().map_or(0, |approval| approval.given.len());
        let before = self.mailbox.inner().asked.get(stage).cloned();
        let asked = match before {
            // Asked before this process began: the answer has come, or is on its way.
            Some(before) if self.resuming && before.given >= given => return,
            // Of several who have to allow it the next one is asked: all of them answer at the same time.
            Some(before) if given > 0 => Asked { given, ..before },
            _ => match self.world.asked(stage, wanted(question.kind), self.clock.now_ms()) {
                Some((reply, mock)) => Asked { reply, mock, given },
                None => return self.give_up(),
            },
        };
        self.mailbox.inner().asked.insert(stage.to_owned(), asked.clone());
        let who = format!("person {}", given + 1);
        match decision(question, &asked.reply.said) {
            Ok(Some(decision)) => {
                let body = MessageBody::Answer { stage: stage.to_owned(), decision };
                self.post(Letter { due: asked.reply.due, to: RUN, by: who, body });
            }
            Ok(None) => {}
            Err(what) => {
                self.world.trouble(Trouble::Answer { mock: asked.mock, stage: stage.to_owned(), what });
                self.give_up();
            }
        }
    }

    /// In a recorded run people said what they said, when they said it.
    fn asked_of_recording(&self, stage: &str, question: &Question) {
        let given = question.approval.as_ref().map_or(0, |approval| approval.given.len());
        let known = self.mailbox.inner().answered.get(stage).copied();
        if self.resuming && known.is_some_and(|known| known > given) {
            return;
        }
        let Some(word) = self.world.recorded_answer(stage, question) else { return self.give_up_if_wrong() };
        self.mailbox.inner().answered.insert(stage.to_owned(), given + 1);
        let body = MessageBody::Answer { stage: stage.to_owned(), decision: word.said };
        self.post(Letter { due: START_MS + word.at, to: RUN, by: word.by, body });
    }

    fn give_up_if_wrong(&self) {
        if !self.world.troubles().is_empty() {
            self.give_up();
        }
    }

    fn awaited(&self, stage: &str, name: &str, key: &str) {
        if self.world.ready.recording.is_some() {
            let known = self.mailbox.inner().answered.contains_key(stage);
            if self.resuming && known {
                return;
            }
            let Some(word) = self.world.recorded_event(stage, name, key) else {
                return self.give_up_if_wrong();
            };
            self.mailbox.inner().answered.insert(stage.to_owned(), 1);
            let body = MessageBody::Event { name: name.to_owned(), key: key.to_owned(), id: None, payload: word.said };
            return self.post(Letter { due: START_MS + word.at, to: EVERY_RUN, by: word.by, body });
        }
        if self.resuming && self.mailbox.inner().asked.contains_key(stage) {
            return;
        }
        let Some((reply, mock)) = self.world.asked(stage, WAITS, self.clock.now_ms()) else {
            return self.give_up();
        };
        let asked = Asked { reply: reply.clone(), mock, given: 0 };
        self.mailbox.inner().asked.insert(stage.to_owned(), asked);
        let payload = match &reply.said {
            Said::Value(value, _) => json::encode(value),
            // Nothing comes in time.
            Said::Never => return,
            Said::Fails(class) if class == "timeout" => return,
            Said::Fails(class) => {
                let what =
                    format!("an event cannot fail with `{class}`: it comes, or it does not come in time (`timeout`)");
                self.world.trouble(Trouble::Answer { mock, stage: stage.to_owned(), what });
                return self.give_up();
            }
            Said::Decides(_) | Said::Ended(_) | Said::Lost { .. } => return,
        };
        let body = MessageBody::Event { name: name.to_owned(), key: key.to_owned(), id: None, payload };
        self.post(Letter { due: reply.due, to: EVERY_RUN, by: "somebody".into(), body });
    }

    fn give_up(&self) {
        // Whoever drives the run may be gone.
        let _ = self.control.send(Control::Kill);
    }

    fn post(&self, letter: Letter) {
        let id = self.mailbox.add(letter.clone());
        self.carry(id, letter);
    }

    fn carry(&self, id: u64, letter: Letter) {
        let people = self.clone();
        let carrier = tokio::spawn(async move {
            people.clock.sleep_until(letter.due.min(NEVER)).await;
            // A store that was stopped takes it when it is opened again.
            if people.store.send(letter.to, &letter.by, letter.body).await.is_ok() {
                people.mailbox.inner().on_the_way.remove(&id);
                let _ = people.control.send(Control::Look);
            }
        });
        self.carriers.lock().unwrap_or_else(PoisonError::into_inner).push(carrier.abort_handle());
    }
}

const WAITS: Unanswered = Unanswered { what: "waits for an event", answer: "returns …" };

fn wanted(kind: QuestionKind) -> Unanswered {
    match kind {
        QuestionKind::Approval => Unanswered { what: "asks a person to allow something", answer: "approves" },
        QuestionKind::Failure => Unanswered { what: "asks a person what becomes of its failure", answer: "retries" },
        _ => Unanswered { what: "asks a person", answer: "returns …" },
    }
}

/// What a person says; nothing where nobody ever does.
fn decision(question: &Question, said: &Said) -> Result<Option<Decision>, String> {
    let approval = question.approval.as_ref();
    Ok(Some(match (question.kind, said) {
        (_, Said::Never) => return Ok(None),
        (QuestionKind::Ask | QuestionKind::Approval, Said::Fails(class)) if class == "timeout" => return Ok(None),
        (QuestionKind::Ask, Said::Value(value, _)) => Decision::Value(json::encode(value)),
        (QuestionKind::Failure, Said::Value(value, _)) => Decision::Replace(json::encode(value)),
        (QuestionKind::Failure, Said::Fails(_)) => Decision::Fail,
        (QuestionKind::Approval, Said::Fails(class)) if class == "denied" => Decision::Refuse { because: None },
        (QuestionKind::Approval, Said::Decides(Decision::Approve { .. })) => {
            Decision::Approve { hash: approval.map(|approval| approval.hash.clone()).unwrap_or_default() }
        }
        (QuestionKind::Failure, Said::Decides(Decision::Retry)) if question.open => {
            return Err("nobody knows whether what failed happened: it is not tried again".into());
        }
        (QuestionKind::Failure, Said::Decides(Decision::Skip)) if !question.may_skip => {
            return Err("its result is needed: it cannot be skipped".into());
        }
        (QuestionKind::Failure, Said::Decides(decision @ (Decision::Retry | Decision::Skip))) => decision.clone(),
        (QuestionKind::Approval, Said::Fails(class)) => {
            return Err(format!(
                "people who are to allow something refuse (`denied`) or are too late (`timeout`), not `{class}`"
            ));
        }
        (QuestionKind::Ask, Said::Fails(class)) => {
            return Err(format!(
                "people who are asked answer or are too late (`timeout`): nothing fails with `{class}`"
            ));
        }
        _ => return Err("that is no answer to this question".into()),
    }))
}

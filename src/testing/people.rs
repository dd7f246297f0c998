//! People and senders of events: what a stage asks or waits for is answered as the mocks of the test say.
//!
//! Who has been asked outlives the process that drives the run: an answer that was on its way when it died still comes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::AbortHandle;

use super::drive::{RUN, START_MS};
use super::replay::{Recording, Word};
use super::script::{NEVER, Reply, Said, Trouble, Unanswered, World};
use crate::base::span::Span;
use crate::engine::Control;
use crate::engine::clock::Clock;
use crate::engine::journal;
use crate::engine::report::{Event, Question, QuestionKind, Report, Reporter, WaitReason};
use crate::store::memory::MemoryStore;
use crate::store::{Decision, EVERY_RUN, MessageBody, Record, Store};
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
    /// Of a recorded run, the stages that have asked since it began, or went on after an end.
    heard: BTreeSet<String>,
    /// When that was, milliseconds since 1970.
    since: i64,
    /// Messages in the order in which they were posted.
    letters: BTreeMap<u64, Posted>,
}

#[derive(Clone)]
struct Asked {
    reply: Reply,
    mock: Span,
    /// How many had answered when it was asked.
    given: usize,
    /// Until when it is asked.
    until: Option<String>,
    /// The answer; none where nobody ever does.
    letter: Option<u64>,
}

/// A message.
#[derive(Clone)]
struct Letter {
    /// Milliseconds since 1970.
    due: i64,
    to: &'static str,
    by: String,
    body: MessageBody,
}

impl Letter {
    fn answers(&self, stage: &str) -> bool {
        matches!(&self.body, MessageBody::Answer { stage: to, .. } if to == stage)
    }
}

#[derive(Clone)]
struct Posted {
    letter: Letter,
    /// Its number in the store; none while it is on its way.
    stored: Option<u64>,
}

impl Posted {
    /// Whether the run has taken it in, of whose journal these are the words.
    fn is_taken(&self, taken: &BTreeSet<u64>) -> bool {
        self.stored.is_some_and(|id| taken.contains(&id))
    }
}

impl Mailbox {
    /// What was said to a recorded run comes whatever the run does: it is on its way from the start.
    pub fn of(recording: Option<&Recording>) -> Self {
        let mailbox = Self::default();
        for Word { at, by, said } in recording.iter().flat_map(|recording| &recording.words) {
            let to = if matches!(said, MessageBody::Event { .. }) { EVERY_RUN } else { RUN };
            mailbox.add(Letter { due: START_MS + at, to, by: by.clone(), body: said.clone() });
        }
        mailbox
    }

    /// The run goes on after its end: it asks anew, and what was to cancel it before counts no more.
    pub fn begin_anew(&self, now: i64) {
        let mut inner = self.inner();
        inner.heard.clear();
        inner.since = now;
        let counts = |posted: &Posted| posted.letter.due > now || posted.letter.body != MessageBody::Cancel;
        inner.letters.retain(|_, posted| posted.stored.is_some() || counts(posted));
    }

    fn add(&self, letter: Letter) -> u64 {
        let mut inner = self.inner();
        inner.next += 1;
        let number = inner.next;
        inner.letters.insert(number, Posted { letter, stored: None });
        number
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
            Event::StageWaiting { reason: WaitReason::Person, question: Some(question), until, .. } => {
                self.asked(stage, question, until.as_deref());
            }
            Event::StageWaiting { reason: WaitReason::Event, awaited: Some(awaited), until, .. } => {
                self.awaited(stage, &awaited.name, &awaited.key, until.as_deref());
            }
            Event::StageSucceeded { kept: true, .. }
            | Event::StageFailed { kept: true, .. }
            | Event::StageStarted { adopted: true, .. } => {}
            _ => self.resuming = false,
        }
    }
}

impl People {
    /// Carries again what was on its way when the process before this one died.
    pub fn carry_on(&self) {
        let letters: Vec<(u64, Posted)> =
            self.mailbox.inner().letters.iter().map(|(number, posted)| (*number, posted.clone())).collect();
        for (number, posted) in letters.into_iter().filter(|(_, posted)| posted.stored.is_none()) {
            self.carry(number, posted.letter);
        }
    }

    fn asked(&self, stage: &str, question: &Question, until: Option<&str>) {
        if self.world.ready.recording.is_some() {
            return self.asked_of_recording(stage, question);
        }
        // No mock stands for whoever knows what became of an attempt.
        if question.kind == QuestionKind::UnknownOutcome {
            return;
        }
        let given = question.approval.as_ref().map_or(0, |approval| approval.given.len());
        let before = self.mailbox.inner().asked.get(stage).cloned();
        let (reply, mock) = match before {
            Some(before) if before.given >= given && self.was_asked_before(&before, until) => return,
            // Of several who have to allow it the next one is asked: all of them answer at the same time.
            Some(before) if given > 0 => (before.reply, before.mock),
            _ => match self.world.asked(stage, wanted(question.kind), self.clock.now_ms()) {
                Some(found) => found,
                None => return self.give_up(),
            },
        };
        let letter = match decision(question, &reply.said) {
            Ok(Some(decision)) => {
                let body = MessageBody::Answer { stage: stage.to_owned(), decision };
                let by = format!("person {}", given + 1);
                Some(self.post(Letter { due: reply.due, to: RUN, by, body }))
            }
            Ok(None) => None,
            Err(what) => {
                self.world.trouble(Trouble::Answer { mock, stage: stage.to_owned(), what });
                return self.give_up();
            }
        };
        let asked = Asked { reply, mock, given, until: until.map(str::to_owned), letter };
        self.mailbox.inner().asked.insert(stage.to_owned(), asked);
    }

    /// Whether what is asked was asked before this process began: its answer is on its way, or has not been taken in yet. A
    /// question whose answer the run has is another one.
    fn was_asked_before(&self, before: &Asked, until: Option<&str>) -> bool {
        if !self.resuming || before.until.as_deref() != until {
            return false;
        }
        let posted = before.letter.and_then(|number| self.mailbox.inner().letters.get(&number).cloned());
        posted.is_none_or(|posted| !posted.is_taken(&self.taken()))
    }

    /// Numbers of the words that the run has taken in.
    fn taken(&self) -> BTreeSet<u64> {
        let records = self.store.journal(RUN);
        let words = records.iter().filter(|record| record.body.starts_with("{\"message\""));
        let id = |record: &Record| match serde_json::from_str(&record.body) {
            Ok(journal::Event::Message(message)) => Some(message.id),
            _ => None,
        };
        words.filter_map(id).collect()
    }

    /// In a recorded run people said what they said, when they said it. A program that asks later than the recorded one did gets
    /// then what was said before it asked, if nothing more is to come.
    fn asked_of_recording(&self, stage: &str, question: &Question) {
        let taken = self.taken();
        let (past, mut to_come, late) = {
            let mut inner = self.mailbox.inner();
            let since = inner.since;
            let to_it = inner.letters.values().filter(|posted| posted.letter.answers(stage));
            let (past, to_come): (Vec<Posted>, Vec<Posted>) =
                to_it.cloned().partition(|posted| posted.is_taken(&taken));
            let past = past.into_iter().map(|posted| posted.letter).filter(|letter| letter.due > since);
            let past: Vec<Letter> = past.collect();
            let to_come: Vec<Letter> = to_come.into_iter().map(|posted| posted.letter).collect();
            let late = inner.heard.insert(stage.to_owned()) && to_come.is_empty();
            (past, to_come, late)
        };
        if late {
            to_come = past.into_iter().map(|letter| Letter { due: self.clock.now_ms(), ..letter }).collect();
        }
        if shows_other(question, &to_come) {
            self.world.shows_other(stage);
            return self.give_up();
        }
        if late {
            to_come.into_iter().for_each(|letter| _ = self.post(letter));
        }
    }

    fn awaited(&self, stage: &str, name: &str, key: &str, until: Option<&str>) {
        // What was sent to a recorded run is on its way.
        if self.world.ready.recording.is_some() {
            return;
        }
        let before = self.mailbox.inner().asked.get(stage).cloned();
        if self.resuming && before.is_some_and(|before| before.until.as_deref() == until) {
            return;
        }
        let Some((reply, mock)) = self.world.asked(stage, WAITS, self.clock.now_ms()) else {
            return self.give_up();
        };
        let until = until.map(str::to_owned);
        let asked = Asked { reply: reply.clone(), mock, given: 0, until, letter: None };
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

    fn post(&self, letter: Letter) -> u64 {
        let number = self.mailbox.add(letter.clone());
        self.carry(number, letter);
        number
    }

    fn carry(&self, number: u64, letter: Letter) {
        let people = self.clone();
        let carrier = tokio::spawn(async move {
            people.clock.sleep_until(letter.due.min(NEVER)).await;
            // A store that was stopped takes it when it is opened again.
            if let Ok(id) = people.store.send(letter.to, &letter.by, letter.body).await {
                if let Some(posted) = people.mailbox.inner().letters.get_mut(&number) {
                    posted.stored = Some(id);
                }
                let _ = people.control.send(Control::Look);
            }
        });
        self.carriers.lock().unwrap_or_else(PoisonError::into_inner).push(carrier.abort_handle());
    }
}

/// Whether what is to be allowed is not what was allowed in the recorded run.
fn shows_other(question: &Question, words: &[Letter]) -> bool {
    let Some(approval) = &question.approval else { return false };
    let fits = |letter: &Letter| match &letter.body {
        MessageBody::Answer { decision: Decision::Approve { hash }, .. } => *hash == approval.hash,
        _ => true,
    };
    !words.is_empty() && !words.iter().any(fits)
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

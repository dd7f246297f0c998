//! What a run tells: one log of events, three renderers (terminal, plain, JSON lines).

use std::sync::Arc;

use serde::Serialize;

use crate::agent::{Lack, Stream, Usage};
use crate::value::json::Plain;

/// Version of the events that this binary writes.
pub const FORMAT: u32 = 1;

/// How an effect is told of which nobody knows whether it happened.
pub const MAYBE_HAPPENED: &str = "may have happened all the same";

/// One event. As JSON it is one line of `wfc run --json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Id of the run.
    pub run: Arc<str>,
    /// Dense, from 0, over the life of the process.
    pub seq: u64,
    /// RFC 3339 with milliseconds, in UTC; virtual under a virtual clock.
    pub time: Arc<str>,
    /// Path of the stage that it concerns: `a.b[3]#2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[expect(missing_docs, reason = "`runtime.md` and `docs/events.md` describe every field")]
pub enum Event {
    RunStarted {
        format: u32,
        workflow: String,
        plan: String,
        inputs: serde_json::Value,
        /// Whether it goes on rather than starts.
        resumed: bool,
    },
    StageReady {
        #[serde(skip_serializing_if = "Option::is_none")]
        label: Option<String>,
        /// Of an item of a map: how many there are. Only for those who count; the journal does not hold it.
        #[serde(skip)]
        items: Option<u64>,
    },
    /// `because`: the condition of its guard that is not met, as it was written, and the truth that it has.
    StageSkipped {
        because: String,
    },
    StageCancelled {
        /// Its effect, or one inside it, may have happened all the same.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        maybe_happened: bool,
    },
    StageStarted {
        attempt: u32,
        /// `agent.action`.
        agent: String,
        key: String,
        /// A process before this one started it, and it goes on.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        adopted: bool,
    },
    StageWaiting {
        #[serde(rename = "for")]
        reason: WaitReason,
        /// RFC 3339.
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<String>,
        /// What a person is asked.
        #[serde(skip_serializing_if = "Option::is_none")]
        question: Option<Question>,
        /// The message that is awaited.
        #[serde(skip_serializing_if = "Option::is_none")]
        awaited: Option<Awaited>,
        /// The lock that is awaited; by the run itself where the report names no stage.
        #[serde(skip_serializing_if = "Option::is_none")]
        lock: Option<AwaitedLock>,
    },
    StageRetrying {
        attempt: u32,
        error: ErrorInfo,
        /// Milliseconds.
        delay: i64,
    },
    StageSucceeded {
        attempt: u32,
        result: Plain,
        /// It came from the store or the cache.
        kept: bool,
        /// The key under which it was found: it is the result of an equal call.
        #[serde(skip_serializing_if = "Option::is_none")]
        cache: Option<String>,
        usage: Usage,
    },
    StageFailed {
        attempt: u32,
        error: ErrorInfo,
        handled: bool,
        /// It failed before the run went on.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        kept: bool,
    },
    Log {
        attempt: u32,
        stream: Stream,
        line: String,
    },
    RunSucceeded {
        result: Plain,
        usage: Usage,
    },
    RunFailed {
        error: ErrorInfo,
    },
    RunCancelled {
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<ErrorInfo>,
    },
    RunWaiting {
        #[serde(rename = "for")]
        waits: Vec<Wait>,
    },
    RunSuspended {
        #[serde(rename = "for")]
        waits: Vec<Wait>,
        /// Attempts that were killed: their outcome is unknown.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        killed: Vec<String>,
    },
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words say it")]
pub enum WaitReason {
    Retry,
    Timer,
    Event,
    Person,
    Lock,
    Rate,
    Secret,
    Disk,
}

impl WaitReason {
    /// A wait for what only people can bring.
    pub fn of(lack: Lack) -> Self {
        match lack {
            Lack::Secret => Self::Secret,
            Lack::Disk => Self::Disk,
        }
    }
}

/// A message that is awaited: what `wfc runs send` takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Awaited {
    /// Its name.
    pub name: String,
    /// Which of them.
    pub key: String,
}

/// A lock that is awaited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AwaitedLock {
    /// Its name.
    pub name: String,
    /// Another run that comes first; none where that is another stage of this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Whether that run goes on by itself: a process drives it.
    pub driven: bool,
}

impl AwaitedLock {
    /// Who comes first.
    pub fn who(&self) -> String {
        match &self.run {
            None => "another stage of this run comes first".into(),
            Some(run) if self.driven => format!("run {run} comes first"),
            Some(run) => format!("run {run} has it and stands still"),
        }
    }

    /// The run that has to be gone on with before this one can get the lock.
    pub fn stands_still(&self) -> Option<&str> {
        self.run.as_deref().filter(|_| !self.driven)
    }

    /// What is waited for, and what to do about it.
    pub fn told(&self) -> String {
        let way_on = self.stands_still().map(|run| format!("; `wfc resume {run}` goes on"));
        format!("waits for lock `{}`: {}{}", self.name, self.who(), way_on.unwrap_or_default())
    }
}

impl Event {
    /// A wait for something that needs no more words.
    pub fn waits(reason: WaitReason, until: Option<String>) -> Self {
        Self::StageWaiting { reason, until, question: None, awaited: None, lock: None }
    }

    /// A wait for a person.
    pub fn asks(question: Question, until: Option<String>) -> Self {
        let (reason, question) = (WaitReason::Person, Some(question));
        Self::StageWaiting { reason, until, question, awaited: None, lock: None }
    }

    /// A wait for a message.
    pub fn listens(awaited: Awaited, until: Option<String>) -> Self {
        let (reason, awaited) = (WaitReason::Event, Some(awaited));
        Self::StageWaiting { reason, until, question: None, awaited, lock: None }
    }

    /// A wait for a lock.
    pub fn locked_out(lock: AwaitedLock, until: Option<String>) -> Self {
        let (reason, lock) = (WaitReason::Lock, Some(lock));
        Self::StageWaiting { reason, until, question: None, awaited: None, lock }
    }
}

/// What a person is asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Question {
    /// What kind of decision is wanted.
    pub kind: QuestionKind,
    /// The question, or what happened.
    pub text: String,
    /// What is shown with it, plain JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub show: Option<serde_json::Value>,
    /// Type of the answer, as it is spelled.
    pub answer: String,
    /// The same as JSON Schema, for a form.
    pub schema: serde_json::Value,
    /// Who may answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Whether `--skip` is possible (`on failure ask`).
    pub may_skip: bool,
    /// Nobody knows how what failed has left the world: it is tried again only by a word that says so (`--did-not-happen`).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub open: bool,
    /// What is to be allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
}

/// What people are to allow (`ask … approves`).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Approval {
    /// The value, whole, plain JSON.
    pub value: serde_json::Value,
    /// BLAKE3 (hexadecimal) of its canonical form: an approval is one of this very value.
    pub hash: String,
    /// How many persons have to allow it.
    pub quorum: u32,
    /// Nobody who started the run may.
    pub not_requester: bool,
    /// Those whom that keeps out: who has started or retried the run, or given a value to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub requesters: Vec<String>,
    /// Who has allowed it so far.
    pub given: Vec<String>,
}

impl Approval {
    /// How many have allowed it, where some have and it takes more.
    pub fn so_far(&self) -> Option<String> {
        let given = self.given.len();
        (given > 0).then(|| format!("{given} of {} have allowed it", self.quorum))
    }
}

/// What kind of decision is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// `ask`.
    Ask,
    /// `ask … approves`.
    Approval,
    /// `on failure ask`.
    Failure,
    /// An attempt of unknown outcome.
    UnknownOutcome,
}

/// A failure as it is reported.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ErrorInfo {
    /// Its class.
    pub class: String,
    /// What happened.
    pub message: String,
    /// How many attempts there were.
    pub attempts: u32,
    /// Path of the stage, where it is not that of the report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// Facts below the message.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// Whether the effect may have happened all the same.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub maybe_happened: bool,
    /// Something that was to be undone was not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub undo_incomplete: bool,
    /// Where in the plan's sources.
    #[serde(skip)]
    pub span: Option<crate::base::span::Span>,
}

/// Something that a parked or suspended run waits for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Wait {
    /// Path of the stage.
    pub stage: String,
    /// `person`, `event`, `secret`, `disk`, `attempt`, `timer`, `lock`.
    pub kind: String,
    /// The command that goes on from there.
    pub command: String,
}

/// Takes reports as they happen.
pub trait Reporter: Send {
    /// One report. Must not block for long.
    fn report(&mut self, report: &Report);
}

//! The contract with those who do the work: one trait for the shipped kinds and for those that an embedding program adds.
//!
//! The runtime, not the agent, does: validation of arguments and results, retries, timeouts, limits, redaction, journalling.

pub mod files;
pub mod secret;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use crate::value::types::Type;
use crate::value::{Value, json};

/// Somebody who does the work of one agent of a plan.
#[async_trait]
pub trait Agent: Send + Sync {
    /// Carries out one attempt.
    ///
    /// Must return soon after `context.cancel` is cancelled, leaving no process behind.
    ///
    /// # Errors
    /// A [`Failure`] says why, and whether it is known that nothing happened.
    async fn call(&self, request: Request, context: &Context) -> Result<Reply, Failure>;

    /// Finds out what became of an attempt that was under way when the process that drove it died.
    ///
    /// The default knows nothing. An agent that outlives the engine waits here for what it has started.
    async fn recover(&self, _request: Request, _context: &Context) -> Recovery {
        Recovery::Unknown
    }

    /// Gives up what is kept for an attempt, its folder: called once its end is in the journal, durably.
    ///
    /// Until then a new process may still ask what became of it. Fails silently: what is left takes room and nothing else.
    async fn forget(&self, _context: &Context) {}

    /// Whether anything may be kept for an attempt: where not, [`forget`](Self::forget) is not called, and a task less is started
    /// for each attempt.
    fn keeps(&self) -> bool {
        true
    }
}

/// Waits. Under a virtual clock no real time passes.
#[async_trait]
pub trait Sleep: Send + Sync {
    /// Returns when the time has passed.
    async fn sleep(&self, duration: Duration);
}

/// What became of an attempt under way when its engine died.
#[derive(Debug)]
pub enum Recovery {
    /// It ended so; the attempt is not started again.
    Ended(Result<Reply, Failure>),
    /// It never started: the very same attempt may start.
    NotStarted,
    /// Nobody knows: the effects of the action decide.
    Unknown,
}

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Request {
    /// Position of the action in the plan's agent.
    pub action: usize,
    /// Its name.
    pub name: String,
    /// Values of its parameters, in order.
    pub arguments: Vec<Value>,
    /// What the answer must fit.
    pub result: Type,
}

impl Request {
    /// An argument as JSON; `null` where there is none at this position.
    pub fn argument(&self, position: usize) -> serde_json::Value {
        self.arguments.get(position).map_or(serde_json::Value::Null, json::encode)
    }
}

/// The circumstances of one attempt.
#[derive(Clone)]
pub struct Context {
    /// Id of the run.
    pub run: String,
    /// Path of the stage: `a.b[3]#2`.
    pub stage: String,
    /// From 1.
    pub attempt: u32,
    /// The idempotency key: the same after an unknown outcome, another after a known failure.
    pub key: String,
    /// How long the attempt may take.
    pub timeout: Option<Duration>,
    /// Cancelled when the attempt is to end now.
    pub cancel: CancellationToken,
    /// Takes lines for the run's log.
    pub log: Arc<dyn Log>,
    /// W3C trace context for `TRACEPARENT`.
    pub trace_parent: String,
    /// A folder for this attempt alone; not there yet.
    pub attempt_dir: PathBuf,
    /// The project's root: working folder of processes.
    pub root: PathBuf,
    /// Where `wfc` was called.
    pub call_dir: PathBuf,
    /// The content of files, by hash.
    pub files: Arc<dyn files::Files>,
    /// Whether this process still drives the run.
    pub hold: Arc<dyn Hold>,
}

/// The right of this process to drive the run, which another may have taken over meanwhile.
#[async_trait]
pub trait Hold: Send + Sync {
    /// Whether it still has that right; an error says why that cannot be told. An agent asks once it has left a mark that whoever takes the run over finds, and before it
    /// does anything to the world: then one of the two sees the other.
    async fn is_ours(&self) -> Result<bool, String>;
}

/// Nobody can take anything over: for runs that no other process can reach.
#[derive(Debug, Clone, Copy, Default)]
pub struct Undisputed;

#[async_trait]
impl Hold for Undisputed {
    async fn is_ours(&self) -> Result<bool, String> {
        Ok(true)
    }
}

/// Takes lines of output.
pub trait Log: Send + Sync {
    /// One line without its end. Never blocks for long; may drop lines under pressure, and says so.
    fn line(&self, stream: Stream, line: &str);
}

/// Where a line comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// The runtime itself.
    Runtime,
}

/// A good answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The result, not yet checked against the type.
    pub result: Answer,
    /// What it cost.
    pub usage: Usage,
}

/// An answer as the agent has it.
#[derive(Debug, Clone)]
pub enum Answer {
    /// JSON, to be read as the action's type.
    Json(serde_json::Value),
    /// A value of the language.
    Value(Value),
}

/// What a call cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Usage {
    /// Tokens in and out.
    pub tokens: i64,
    /// Millionths of a dollar.
    pub money: i64,
}

/// A bad answer, or none.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, thiserror::Error)]
#[error("{class}: {message}")]
pub struct Failure {
    /// A failure class.
    pub class: String,
    /// What happened, for people.
    pub message: String,
    /// Facts below the message: exit status, last lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// Whether it is known that the effect did not happen, or only half did and repeating it is a new effect. `false` after a
    /// timeout, a crash, an answer that cannot be read.
    pub outcome_known: bool,
    /// What it could not start for want of, where only people can bring that: nothing has happened, and it is tried again when
    /// the run is taken up by another process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lacking: Option<Lack>,
    /// The least pause before the next attempt that the other side asked for, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<i64>,
}

/// What only people can bring.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lack {
    /// A secret that is not there.
    #[default]
    Secret,
    /// Room on the disk, or a disk that does what it is told.
    Disk,
}

impl Lack {
    /// Its name in reports, for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Disk => "disk",
        }
    }

    /// What is waited for, for people.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Secret => "a secret",
            Self::Disk => "the disk",
        }
    }

    pub(crate) fn is_secret(&self) -> bool {
        *self == Self::Secret
    }
}

impl Failure {
    /// A failure whose outcome is known unless the class leaves it open.
    pub fn new(class: &str, message: impl Into<String>) -> Self {
        let open = crate::value::policy::UNKNOWN_OUTCOME_CLASSES.contains(&class);
        Self {
            class: class.to_owned(),
            message: message.into(),
            details: Vec::new(),
            outcome_known: !open,
            lacking: None,
            retry_after: None,
        }
    }

    /// Something that only people can bring is not there.
    pub fn lacking(lack: Lack, what: impl Into<String>) -> Self {
        Self { lacking: Some(lack), ..Self::new("failed", what) }
    }

    /// Adds a fact.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.details.push(detail.into());
        self
    }
}

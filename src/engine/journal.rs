//! What a run records: the events that `step` is fed with, in their order. Their JSON is the body of a journal's records.

use serde::{Deserialize, Serialize};

use crate::agent::{Failure, Lack, Usage};
use crate::store::Message;
use crate::value::Value;

/// Version of the journal that this binary writes, and the newest that it reads.
pub const FORMAT: u32 = 4;

/// Something that happened to a run. With the time at which it happened it decides all that follows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The run begins.
    Started {
        /// [`FORMAT`].
        journal: u32,
        /// Hash of the plan.
        plan: String,
        /// Values of the workflow's parameters.
        inputs: Vec<Value>,
        /// The account that started it.
        #[serde(default)]
        by: String,
        /// All chance of the run comes from here.
        seed: u64,
        /// Limits of this process.
        limits: Limits,
    },
    /// Another process goes on with a run whose process has died or was suspended.
    Resumed {
        /// [`FORMAT`].
        journal: u32,
        /// Limits of this process.
        limits: Limits,
    },
    /// A run that had ended goes on.
    Retried(Continuation),
    /// A run that has not ended goes on on another plan.
    Moved(Continuation),
    /// An attempt is about to start: from here on its outcome is unknown until it is recorded.
    Intent {
        /// The attempt.
        id: u64,
        /// Path of the stage.
        stage: String,
        /// Its number, from 1.
        attempt: u32,
        /// The idempotency key.
        key: String,
        /// `agent.action`.
        call: String,
    },
    /// The result of an equal call was looked for, before an attempt that then never starts, or a workflow.
    Recalled {
        /// The attempt.
        id: u64,
        /// The key under which it was looked for.
        key: String,
        /// What was found; for a workflow perhaps nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        result: Option<Payload>,
    },
    /// An attempt gave this result.
    Succeeded {
        /// The attempt.
        id: u64,
        /// The result.
        result: Payload,
        /// What it cost.
        #[serde(default, skip_serializing_if = "is_free")]
        usage: Usage,
    },
    /// An attempt failed.
    Failed {
        /// The attempt.
        id: u64,
        /// Why.
        failure: Failure,
    },
    /// The process that drove an attempt died or killed it, and nobody can tell what became of it.
    Lost {
        /// The attempt.
        id: u64,
        /// What happened, for people.
        because: String,
    },
    /// An attempt that was about to start never did.
    NotStarted {
        /// The attempt.
        id: u64,
    },
    /// An attempt did not start for want of something that only people can bring. It is tried again when the run is resumed.
    Lacking {
        /// The attempt.
        id: u64,
        /// What that is.
        #[serde(default, skip_serializing_if = "Lack::is_secret")]
        lack: Lack,
        /// What is missing, for people.
        because: String,
    },
    /// Time has passed: whatever was due fires.
    Tick,
    /// A word from outside to this run.
    Message(Message),
    /// A message to every run.
    Heard(Message),
    /// A claim to a lock holds.
    Locked {
        /// Its number.
        claim: u64,
    },
    /// A claim to a lock has to wait: it is told once.
    Behind {
        /// Its number.
        claim: u64,
        /// The run that comes first.
        by: String,
        /// Whether a process drove that run.
        driven: bool,
    },
    /// Nothing new starts until the run is resumed.
    Suspended,
}

impl Event {
    /// The version of the journal from here on, where the event states one.
    pub fn journal(&self) -> Option<u32> {
        match self {
            Self::Started { journal, .. } | Self::Resumed { journal, .. } => Some(*journal),
            Self::Retried(next) | Self::Moved(next) => Some(next.journal),
            _ => None,
        }
    }
}

/// With what a run begins again, keeping what it can.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Continuation {
    /// [`FORMAT`].
    pub journal: u32,
    /// Hash of the plan on which it goes on.
    pub plan: String,
    /// Values of the workflow's parameters.
    pub inputs: Vec<Value>,
    /// Stages that may run again although they succeeded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub again: Vec<String>,
    /// The account that wanted it.
    #[serde(default)]
    pub by: String,
    /// Number of the last message before: what was said to the run as it was does not count for what it is now.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub taken: u64,
    /// All chance from here on.
    pub seed: u64,
    /// Limits of this process.
    pub limits: Limits,
}

/// A result, or where it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payload {
    /// Here.
    Value(Value),
    /// As the tagged JSON of a value in a blob of this hash.
    Blob(String),
}

/// Limits that a process brings along. They are journalled, because the order of starts depends on them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Limits {
    /// Attempts at once.
    pub parallel: u32,
    /// Attempts at once of each agent of the plan.
    pub agents: Vec<u32>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

fn is_free(usage: &Usage) -> bool {
    *usage == Usage::default()
}

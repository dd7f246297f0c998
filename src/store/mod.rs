//! The journal and the run history on disk. Knows records as bytes with a number; what they mean is the engine's.

pub mod chain;
pub mod export;
pub mod hashes;
pub mod id;
pub mod locks;
pub mod lookup;
pub mod memory;
pub mod sqlite;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::store::locks::{Claim, Claims, Holds};
use crate::value::shelf::Shelf;

/// One record of a run's journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Dense, from 0.
    pub seq: u64,
    /// Milliseconds since 1970, never decreasing.
    pub at: i64,
    /// The engine's record as JSON.
    pub body: String,
}

/// What the history knows of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// Ten characters, or the name given with `--id`.
    pub id: String,
    /// Random, made with the run: the first part of every idempotency key.
    pub key: String,
    /// Name of the workflow.
    pub workflow: String,
    /// Hash of the plan that it runs on now.
    pub plan: String,
    /// The inputs, plain JSON.
    pub inputs: serde_json::Value,
    /// How it stands.
    pub status: Status,
    /// Milliseconds since 1970.
    pub started: i64,
    /// Milliseconds since 1970, once it has ended.
    pub ended: Option<i64>,
    /// One line on why it stands so: the failed stage and class, who is waited for.
    pub because: Option<String>,
    /// The result, plain JSON, once succeeded.
    pub result: Option<serde_json::Value>,
    /// Account that started it.
    pub requester: String,
    /// The project's root folder.
    pub root: String,
    /// The file that its plan was read from, as given.
    pub file: String,
    /// Where `wfc` was called.
    pub call_dir: String,
}

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Under way, or its process died.
    Running,
    /// Parked: only people or events are left.
    Waiting,
    /// Stopped by Ctrl-C or TERM; goes on with `wfc resume`.
    Suspended,
    /// Ended well.
    Succeeded,
    /// Ended badly.
    Failed,
    /// Cancelled by `wfc runs cancel`.
    Cancelled,
}

impl Status {
    /// Every one.
    pub const ALL: [Self; 6] =
        [Self::Running, Self::Waiting, Self::Suspended, Self::Succeeded, Self::Failed, Self::Cancelled];

    /// As it is spelled: `suspended`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Suspended => "suspended",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads what [`as_str`](Self::as_str) gives.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Whether it has ended.
    pub fn ended(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

/// A word from outside to a run: written by whoever receives it, taken by the process that drives the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Dense over the store, given by the store.
    pub id: u64,
    /// Milliseconds since 1970.
    pub at: i64,
    /// The account that sent it.
    pub by: String,
    /// What it says.
    pub body: MessageBody,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageBody {
    /// `wfc runs answer RUN STAGE …`.
    Answer {
        /// Path of the stage.
        stage: String,
        /// The decision.
        decision: Decision,
    },
    /// `wfc runs cancel RUN`.
    Cancel,
    /// `wfc runs send NAME --key K JSON`: to every run that waits for it.
    Event {
        /// Its name.
        name: String,
        /// Which of them.
        key: String,
        /// Of two with the same one, a run takes the first only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// What it says, plain JSON.
        payload: serde_json::Value,
    },
}

/// A result that answers equal calls for a while. Nothing depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// When it was kept, milliseconds since 1970.
    pub at: i64,
    /// After this nobody may want it any more.
    pub until: i64,
    /// The engine's form of the result.
    pub body: Vec<u8>,
}

/// Whom a message is for that any run may take: no run has this name.
pub const EVERY_RUN: &str = "*";

/// What a person decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The form of an `ask`, plain JSON, already checked against its type.
    Value(serde_json::Value),
    /// `--approve`: what is asked for is allowed, as it was shown.
    Approve {
        /// BLAKE3 (hexadecimal) of the value that was shown.
        hash: String,
    },
    /// `--refuse`: it is not allowed.
    Refuse {
        /// Why, if the person says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        because: Option<String>,
    },
    /// `--happened JSON` of an unknown outcome.
    Happened(serde_json::Value),
    /// `--did-not-happen`.
    DidNotHappen,
    /// `--retry` of `on failure ask`.
    Retry,
    /// `--skip`.
    Skip,
    /// `--value JSON`.
    Replace(serde_json::Value),
    /// `--fail`.
    Fail,
}

/// A line of a stage's output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogLine {
    /// Milliseconds since 1970.
    pub at: i64,
    /// Path of the stage.
    pub stage: String,
    /// The attempt.
    pub attempt: u32,
    /// `stdout`, `stderr`, `runtime`.
    pub stream: String,
    /// The line, redacted.
    pub line: String,
}

/// Why the store cannot do what is asked. Every one names the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The folder or file cannot be opened or made.
    #[error("cannot open the store {path}: {cause}")]
    Open {
        /// The file.
        path: String,
        /// What the system says.
        cause: String,
    },
    /// Reading or writing failed.
    #[error("the store {path} cannot be {doing}: {cause}")]
    Io {
        /// The file.
        path: String,
        /// `read`, `written`.
        doing: &'static str,
        /// What the system says.
        cause: String,
    },
    /// A record does not match its checksum.
    #[error("the store {path} is damaged: {what}")]
    Damaged {
        /// The file.
        path: String,
        /// Which run and record.
        what: String,
    },
    /// Written by a newer version.
    #[error("the store {path} has format {found}; this wfc reads up to {known}")]
    Newer {
        /// The file.
        path: String,
        /// Its format.
        found: i64,
        /// The newest known.
        known: i64,
    },
    /// Another process drives the run.
    #[error("run {run} is driven by process {pid} since {since}")]
    Busy {
        /// The run.
        run: String,
        /// The process.
        pid: u32,
        /// When it took the run, RFC 3339.
        since: String,
    },
    /// This process lost the run to another.
    #[error("run {run} was taken over by another process")]
    Fenced {
        /// The run.
        run: String,
    },
    /// There is no such run.
    #[error("there is no run `{run}`")]
    NoRun {
        /// What was asked for.
        run: String,
        /// Ids that look like it, nearest first.
        near: Vec<String>,
    },
    /// A run cannot be made: its id is taken.
    #[error("there is a run `{0}` already")]
    Exists(String),
    /// A run cannot have this id.
    #[error("`{run}` cannot name a run: {why}")]
    BadName {
        /// The id.
        run: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A prefix fits several runs.
    #[error("`{0}` fits several runs: {1}")]
    Ambiguous(String, String),
}

/// Where runs are kept. The shipped one is SQLite; its twin in memory serves tests and crash simulation.
///
/// Whatever returns `Ok` from [`append_with`](Store::append_with) with `sync` survives `kill -9` and power loss, together with
/// everything appended before it.
#[async_trait]
pub trait Store: Send + Sync {
    /// Makes a run that has no record yet, and keeps its plan (JSON) under its hash.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where a run of this id exists, [`StoreError::BadName`] where it cannot name one.
    async fn create(&self, info: &RunInfo, plan: &str) -> Result<(), StoreError>;

    /// Takes the run for this process: an OS-level lock and the next fencing number. Released when the lease is dropped.
    ///
    /// # Errors
    /// [`StoreError::Busy`] names the holder, unless `takeover`: then its number is outdated and its next append fails.
    async fn lease(&self, run: &str, takeover: bool) -> Result<Lease, StoreError>;

    /// The process that drives a run now, if one does; 0 where it has not said yet who it is.
    async fn driver(&self, run: &str) -> Result<Option<u32>, StoreError>;

    /// Whether a lease of this number is still the newest of its run.
    async fn holds(&self, run: &str, fence: u64) -> Result<bool, StoreError>;

    /// Appends records, writes what the history knows of the run, and lays claim to locks or gives claims up, in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] where the lease is outdated: nothing is written then.
    async fn append_with(
        &self,
        lease: &Lease,
        records: Vec<Record>,
        info: Option<&RunInfo>,
        claims: Claims,
        sync: bool,
    ) -> Result<(), StoreError>;

    /// As [`append_with`](Store::append_with), with no word on locks.
    ///
    /// # Errors
    /// As [`append_with`](Store::append_with).
    async fn append(
        &self,
        lease: &Lease,
        records: Vec<Record>,
        info: Option<&RunInfo>,
        sync: bool,
    ) -> Result<(), StoreError> {
        self.append_with(lease, records, info, Claims::default(), sync).await
    }

    /// Takes the lock that a claim of this run is for, if it is its turn. Claims of runs that have ended do not count; one that
    /// holds keeps the lock whatever became of its process; one that waits is passed by while nobody drives its run.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] where the lease is outdated, [`StoreError::Damaged`] where there is no such claim.
    async fn take_lock(&self, lease: &Lease, claim: &Claim) -> Result<Holds, StoreError>;

    /// Leaves a run with these claims and no others: what its journal says when it is taken up. With each stands whether it
    /// holds its lock.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] where the lease is outdated.
    async fn set_claims(&self, lease: &Lease, claims: &[(Claim, bool)]) -> Result<(), StoreError>;

    /// Reads up to `limit` records from number `from` on, each checked.
    async fn records(&self, run: &str, from: u64, limit: usize) -> Result<Vec<Record>, StoreError>;

    /// Keeps a plan (JSON) under its hash.
    async fn put_plan(&self, hash: &str, plan: &str) -> Result<(), StoreError>;

    /// A plan by its hash.
    async fn plan(&self, hash: &str) -> Result<String, StoreError>;

    /// Keeps bytes; gives their BLAKE3 in hexadecimal. Durable with the next synced append.
    async fn put_blob(&self, bytes: Vec<u8>) -> Result<String, StoreError>;

    /// Bytes by their hash, checked.
    async fn blob(&self, hash: &str) -> Result<Vec<u8>, StoreError>;

    /// Whether there are bytes of this hash.
    async fn has_blob(&self, hash: &str) -> Result<bool, StoreError>;

    /// Keeps a result for equal calls of any run, in the place of an older one. It may be lost at any time.
    async fn remember(&self, key: &str, kept: Kept) -> Result<(), StoreError>;

    /// The result that is kept under a key, if there is one and it is whole.
    async fn recall(&self, key: &str) -> Result<Option<Kept>, StoreError>;

    /// Leaves a message for a run, or for [`EVERY_RUN`], durably; gives its number.
    async fn send(&self, run: &str, by: &str, body: MessageBody) -> Result<u64, StoreError>;

    /// Messages for a run with a number above `after`, in order: all that there are, or an error.
    async fn messages(&self, run: &str, after: u64) -> Result<Vec<Message>, StoreError>;

    /// Keeps a line of output. Never waits: it is written with the next commit or soon.
    fn log(&self, run: &str, line: LogLine);

    /// Lines of output of a run from position `from` on, with the position after the last; where a stage is named, its own
    /// and those of what is inside it.
    async fn logs(
        &self,
        run: &str,
        stage: Option<&str>,
        from: u64,
        limit: usize,
    ) -> Result<(Vec<LogLine>, u64), StoreError>;

    /// Runs, newest first.
    async fn runs(&self, filter: &RunFilter) -> Result<Vec<RunInfo>, StoreError>;

    /// The run of a whole id, a unique prefix or `@latest`.
    ///
    /// # Errors
    /// [`StoreError::NoRun`] with ids that look like it, [`StoreError::Ambiguous`].
    async fn find(&self, name: &str) -> Result<RunInfo, StoreError>;

    /// A shelf for what a run of this process does not hold in memory; nothing on it outlives the process. None where there is no
    /// better place than memory.
    fn shelf(&self) -> Option<Arc<Shelf>> {
        None
    }
}

/// Which runs are listed.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// Only in this state.
    pub status: Option<Status>,
    /// Only of this workflow.
    pub workflow: Option<String>,
    /// Only started at or after, milliseconds since 1970.
    pub since: Option<i64>,
    /// At most so many.
    pub limit: Option<usize>,
}

impl RunFilter {
    /// Whether a run is listed, the limit apart.
    pub fn admits(&self, info: &RunInfo) -> bool {
        self.status.is_none_or(|status| status == info.status)
            && self.workflow.as_ref().is_none_or(|workflow| *workflow == info.workflow)
            && self.since.is_none_or(|since| info.started >= since)
    }
}

/// The right to drive a run. Dropping it gives the run free.
pub struct Lease {
    /// The run.
    pub run: String,
    /// The fencing number: of two leases the one with the higher number is right.
    pub fence: u64,
    /// What holds the lock of the operating system; opaque.
    pub guard: Option<Box<dyn std::any::Any + Send + Sync>>,
}

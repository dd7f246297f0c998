//! Carries a plan out: state, step, retry, recovery, the runner.
//!
//! `step` is pure: no clock, no I/O, no randomness. Knows nothing of the compiler.

mod begin;
pub mod budget;
pub mod cache;
mod claim;
pub mod clock;
mod context;
mod doubt;
mod encode;
pub mod export;
pub mod files;
pub mod journal;
pub mod key;
pub mod limits;
pub mod locks;
pub mod mail;
pub mod marks;
pub mod outlook;
pub mod rates;
mod recall;
pub mod recover;
pub mod report;
mod rest;
pub mod retry;
pub mod runner;
pub mod scope;
pub mod slab;
pub mod state;
pub mod step;
mod tell;
mod turns;
mod unsupported;
pub mod wait;
pub mod worker;

use std::path::PathBuf;
use std::sync::Arc;

use crate::agent::Agent;
use crate::agent::secret::Redactor;
use crate::engine::report::{ErrorInfo, Reporter, Wait};
use crate::plan::Plan;
use crate::store::{Status, Store, StoreError};

pub use unsupported::unsupported;

/// All that a run needs from outside. Time, chance, store and agents are handed in.
pub struct Setup {
    /// What is run.
    pub plan: Arc<Plan>,
    /// One for each agent of the plan, in its order.
    pub agents: Vec<Arc<dyn Agent>>,
    /// Where it is kept.
    pub store: Arc<dyn Store>,
    /// Time.
    pub clock: Arc<dyn clock::Clock>,
    /// Uniform 64-bit numbers: for jitter and ids. The same sequence gives the same journal.
    pub random: Box<dyn FnMut() -> u64 + Send>,
    /// Keeps secrets out of results and logs.
    pub redactor: Redactor,
    /// Who is told.
    pub reporter: Box<dyn Reporter>,
    /// Signals and answers from the terminal.
    pub control: tokio::sync::mpsc::UnboundedReceiver<Control>,
    /// What may be chosen.
    pub options: Options,
}

/// What may be chosen for a run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `--parallel N`: attempts at once in the whole run; the plan's or 64 where left out.
    pub parallel: Option<u32>,
    /// Limits that another run had, in place of `parallel` and of those of this machine. What its agents were limited to counts
    /// where there are as many of them.
    pub limits: Option<journal::Limits>,
    /// The account that drives it.
    pub account: String,
    /// Wait for people, rather than park when only they are left.
    pub wait: bool,
    /// Under a virtual clock: what people are asked runs out in its time, where it can, rather than that the run parks.
    pub expires: bool,
    /// The project's root: working folder of processes.
    pub root: PathBuf,
    /// Where `wfc` was called.
    pub call_dir: PathBuf,
    /// Below it each attempt has a folder: `RUN/HASH-OF-KEY-ATTEMPT`.
    pub attempts_dir: PathBuf,
    /// Where the plan at hand was read from, for the history of a run that goes on on it.
    pub file: Option<String>,
}

/// What the edge tells a run that is under way.
#[derive(Debug, Clone)]
pub enum Control {
    /// Ctrl-C once: start nothing, let attempts end, then suspend.
    Suspend,
    /// Ctrl-C twice, or TERM after its grace: kill attempts (outcome unknown), then suspend.
    Kill,
    /// There may be a message in the store: look now rather than at the next poll.
    Look,
    /// Nobody at the terminal will answer: from now on behave as if [`Options::wait`] were false.
    Park,
}

/// How a run is taken up.
#[derive(Debug, Clone)]
pub enum Mode {
    /// A new run; `create` has been called. Inputs are in its `RunInfo`, already checked.
    Start {
        /// The run.
        run: String,
    },
    /// A run that has not ended.
    Resume {
        /// The run.
        run: String,
        /// Take it from a process that is stuck.
        takeover: bool,
    },
    /// A run that failed or was cancelled, on [`Setup::plan`], which may be another than before.
    Retry {
        /// The run.
        run: String,
        /// Stages above `reads` that may run again although they succeeded.
        again: Vec<String>,
    },
    /// A run that has not ended: what was under way is asked after, what has come meanwhile is taken in, and nothing starts.
    Settle {
        /// The run.
        run: String,
        /// Take it from a process that is stuck.
        takeover: bool,
    },
    /// A run that has not ended and was settled, on [`Setup::plan`], which is another than before.
    Move {
        /// The run.
        run: String,
        /// Stages above `reads` that may run again although they succeeded.
        again: Vec<String>,
    },
}

/// How it ended, or why it stopped.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// With this result, plain JSON.
    Succeeded(serde_json::Value),
    /// Because of this.
    Failed(ErrorInfo),
    /// By `wfc runs cancel`.
    Cancelled,
    /// Only people or events are left.
    Waiting(Vec<Wait>),
    /// Ctrl-C or TERM.
    Suspended(Vec<Wait>),
}

impl Outcome {
    /// Whether the run has ended, and does not stand still only.
    pub fn is_end(&self) -> bool {
        !matches!(self, Self::Waiting(_) | Self::Suspended(_))
    }
}

/// Drives a run until it ends, parks or is suspended.
///
/// # Errors
/// [`RunError`]: whatever keeps it from going on that is no failure of the run itself.
pub async fn run(setup: Setup, mode: Mode) -> Result<Outcome, RunError> {
    if let Some(found) = unsupported(&setup.plan).first() {
        return Err(RunError::Unsupported(found.message.clone()));
    }
    runner::run(setup, mode).await
}

/// As [`run`], for a rehearsal: whoever stands for the agents, every kind of them is carried out.
///
/// # Errors
/// As [`run`].
pub async fn rehearse(setup: Setup, mode: Mode) -> Result<Outcome, RunError> {
    runner::run(setup, mode).await
}

/// Why a run cannot go on here and now. The run itself stays as it was last committed.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The plan asks for something that this engine cannot carry out.
    #[error("the plan cannot be run: {0}")]
    Unsupported(String),
    /// The store cannot do what it must.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The runtime was shut down under it.
    #[error("the run was stopped from outside")]
    Stopped,
    /// The records of a run do not make a run.
    #[error("the journal of run {run} is damaged at record {record}: {what}")]
    Damaged {
        /// The run.
        run: String,
        /// The record.
        record: u64,
        /// What does not fit.
        what: String,
    },
    /// The records of a run are whole, and this version does something else with them than the one that wrote them.
    #[error(
        "run {run} cannot be gone on with: what follows from record {record} of its journal is not what this wfc makes of it \
         ({what}); another version of wfc wrote it, and may go on with it"
    )]
    Differs {
        /// The run.
        run: String,
        /// The record.
        record: u64,
        /// What does not follow.
        what: String,
    },
    /// The journal was written by a newer version.
    #[error("the journal of run {run} has format {found}; this wfc reads up to {known}")]
    Newer {
        /// The run.
        run: String,
        /// Its format.
        found: u32,
        /// The newest known.
        known: u32,
    },
    /// A stored plan cannot be read.
    #[error("the stored plan {hash} cannot be read: {what}")]
    Plan {
        /// Its hash.
        hash: String,
        /// What is wrong.
        what: String,
    },
    /// A stored result cannot be read.
    #[error("the stored result {hash} cannot be read: {what}")]
    Blob {
        /// Its hash.
        hash: String,
        /// What is wrong.
        what: String,
    },
    /// What was laid aside to save memory cannot be read. All of it is in the journal still.
    #[error(
        "run {run} stops here: results that were laid aside to save memory cannot be read: {what}; `wfc resume {run}` goes on with it"
    )]
    Shelf {
        /// The run.
        run: String,
        /// What the system says.
        what: String,
    },
    /// A run that has ended cannot be resumed, and one that succeeded cannot be retried.
    #[error("run {run} has ended: it {}", match .status { Status::Succeeded => "succeeded", Status::Failed => "failed", _ => "was cancelled" })]
    Ended {
        /// The run.
        run: String,
        /// How it ended.
        status: Status,
    },
    /// A run that has not ended cannot be retried.
    #[error("run {run} has not ended")]
    NotEnded {
        /// The run.
        run: String,
    },
    /// A run goes on on the plan that it has.
    #[error("run {run} runs on plan {hash}")]
    OtherPlan {
        /// The run.
        run: String,
        /// Its plan.
        hash: String,
    },
    /// An input does not fit its parameter.
    #[error("input `{name}`: {what}")]
    Input {
        /// The parameter.
        name: String,
        /// What is wrong.
        what: String,
    },
    /// A run cannot be moved to another plan as it stands.
    #[error("run {run} cannot be moved now: {because}")]
    Unmovable {
        /// The run.
        run: String,
        /// What stands in the way.
        because: String,
    },
    /// Going on would repeat effects that cannot be kept and are not named in `again`, or leave one behind of which nobody knows
    /// whether it happened.
    #[error("run {run} is not {}: {}", if *.moves { "moved" } else { "retried" }, .stages.iter().map(|stage| format!("`{}` {}", stage.path, stage.because)).collect::<Vec<_>>().join(", "))]
    Refused {
        /// The run.
        run: String,
        /// It has not ended.
        moves: bool,
        /// The stages.
        stages: Vec<retry::StageDecision>,
    },
}

#[cfg(test)]
mod tests;

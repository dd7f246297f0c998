//! Carries a plan out: state, step, retry, recovery, the runner.
//!
//! `step` is pure: no clock, no I/O, no randomness. Knows nothing of the compiler.

pub mod report;

use std::path::PathBuf;
use std::sync::Arc;

use crate::agent::Agent;
use crate::agent::secret::Redactor;
use crate::engine::report::{ErrorInfo, Reporter, Wait};
use crate::plan::Plan;
use crate::store::Store;

pub mod clock;

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
    /// Wait for people, rather than park when only they are left.
    pub wait: bool,
    /// The project's root: working folder of processes.
    pub root: PathBuf,
    /// Where `wfc` was called.
    pub call_dir: PathBuf,
    /// Below it each attempt has a folder: `RUN/HASH-OF-KEY-ATTEMPT`.
    pub attempts_dir: PathBuf,
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

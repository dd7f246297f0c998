//! The circumstances of an attempt, as its agent is told them.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::agent::{Context, Hold};
use crate::engine::Setup;
use crate::engine::files::RunFiles;
use crate::engine::runner::Runner;
use crate::engine::step::attempt::Attempt;
use crate::engine::worker::{AttemptLog, Line, RunLog};
use crate::store::{Lease, Store};

/// What the circumstances of all attempts of a run have in common.
pub(super) struct Shared {
    log: Arc<RunLog>,
    /// The folder of the folders of attempts.
    attempts: PathBuf,
    files: Arc<RunFiles>,
    hold: Arc<RunHold>,
}

impl Shared {
    pub fn of(setup: &Setup, lease: &Lease, shown: mpsc::Sender<Line>, dropped: Arc<AtomicU64>) -> Self {
        let store = setup.store.clone();
        let (redactor, run, clock) = (setup.redactor.clone(), lease.run.clone(), setup.clock.clone());
        Self {
            log: Arc::new(RunLog { store: store.clone(), redactor, run, shown, dropped, clock }),
            attempts: setup.options.attempts_dir.join(&lease.run),
            files: Arc::new(RunFiles { store: store.clone(), redactor: setup.redactor.clone() }),
            hold: Arc::new(RunHold { store, run: lease.run.clone(), fence: lease.fence }),
        }
    }
}

/// The lease of this process, as agents ask for it.
struct RunHold {
    store: Arc<dyn Store>,
    run: String,
    fence: u64,
}

#[async_trait]
impl Hold for RunHold {
    async fn is_ours(&self) -> Result<bool, String> {
        self.store.holds(&self.run, self.fence).await.map_err(|error| error.to_string())
    }
}

impl Runner {
    pub(super) fn context(&self, attempt: &Attempt, cancel: CancellationToken) -> Context {
        let options = &self.setup.options;
        let hash = blake3::hash(attempt.key.as_bytes()).to_hex();
        let of = self.shared.log.clone();
        let log = AttemptLog { of, stage: attempt.stage.clone(), attempt: attempt.attempt };
        Context {
            run: self.info.id.clone(),
            stage: attempt.stage.clone(),
            attempt: attempt.attempt,
            key: attempt.key.clone(),
            timeout: attempt.timeout.and_then(|ms| u64::try_from(ms).ok()).map(Duration::from_millis),
            cancel,
            log: Arc::new(log),
            trace_parent: format!("00-{}-{}-01", self.trace, &hash[..16]),
            attempt_dir: self.shared.attempts.join(format!("{}-{}", &hash[..16], attempt.attempt)),
            root: options.root.clone(),
            call_dir: options.call_dir.clone(),
            files: self.shared.files.clone(),
            hold: self.shared.hold.clone(),
        }
    }
}

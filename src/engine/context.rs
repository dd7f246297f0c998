//! The circumstances of an attempt, as its agent is told them.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::agent::Context;
use crate::engine::files::RunFiles;
use crate::engine::runner::Runner;
use crate::engine::step::attempt::Attempt;
use crate::engine::worker::AttemptLog;

impl Runner {
    pub(super) fn context(&self, attempt: &Attempt, cancel: CancellationToken) -> Context {
        let options = &self.setup.options;
        let hash = blake3::hash(attempt.key.as_bytes()).to_hex();
        let log = AttemptLog {
            store: self.setup.store.clone(),
            redactor: self.setup.redactor.clone(),
            run: self.info.id.clone(),
            stage: attempt.stage.clone(),
            attempt: attempt.attempt,
            shown: self.lines_sender.clone(),
            dropped: self.lines_dropped.clone(),
            clock: self.setup.clock.clone(),
        };
        Context {
            run: self.info.id.clone(),
            stage: attempt.stage.clone(),
            attempt: attempt.attempt,
            key: attempt.key.clone(),
            timeout: attempt.timeout.and_then(|ms| u64::try_from(ms).ok()).map(Duration::from_millis),
            cancel,
            log: Arc::new(log),
            trace_parent: format!("00-{}-{}-01", self.trace, &hash[..16]),
            attempt_dir: options.attempts_dir.join(&self.info.id).join(format!("{}-{}", &hash[..16], attempt.attempt)),
            root: options.root.clone(),
            call_dir: options.call_dir.clone(),
            files: Arc::new(RunFiles { store: self.setup.store.clone(), redactor: self.setup.redactor.clone() }),
        }
    }
}

//! How a run stands: what the history is told of it, whether it rests here, what it came to.

use crate::engine::report;
use crate::engine::runner::Runner;
use crate::engine::state::End;
use crate::engine::step::notice::error_info;
use crate::engine::{Outcome, RunError, wait};
use crate::store::Status;

impl Runner {
    /// Brings what the history knows of the run up to date. Gives whether that has changed.
    pub(super) fn decide(&mut self) -> bool {
        let Some(end) = &self.run.end else {
            let because = wait::locked_out(&self.setup.plan, &self.run);
            let same = self.info.plan == self.setup.plan.hash && self.info.because == because;
            let known = self.info.status == Status::Running && same;
            (self.info.status, self.info.because, self.info.ended) = (Status::Running, because, None);
            self.info.plan.clone_from(&self.setup.plan.hash);
            return !known || self.next_report == 0;
        };
        (self.info.ended, self.info.because) = (Some(self.run.at), None);
        match end {
            End::Succeeded(value) => {
                self.info.status = Status::Succeeded;
                self.info.result = Some(crate::value::json::encode(value));
            }
            End::Failed(error) => {
                self.info.status = Status::Failed;
                self.info.because = Some(wait::because(error));
            }
            End::Cancelled(_) => self.info.status = Status::Cancelled,
        }
        true
    }

    /// The outcome of a run that has ended.
    pub(super) fn ended(&self) -> Option<Outcome> {
        self.run.end.as_ref().map(|end| match end {
            End::Succeeded(value) => Outcome::Succeeded(crate::value::json::encode(value)),
            End::Failed(error) => Outcome::Failed(error_info(error, None)),
            End::Cancelled(_) => Outcome::Cancelled,
        })
    }

    /// Nothing has happened: whether the run rests here.
    pub(super) async fn rest(&mut self) -> Result<Option<Outcome>, RunError> {
        if self.run.held && self.running.is_empty() {
            return self.stop(Status::Suspended).await.map(Some);
        }
        if !self.run.held && self.running.is_empty() && self.run.waits_for_people() {
            // The last look: what was sent meanwhile is taken now rather than by the next process.
            self.read_messages().await?;
            let expires = self.setup.options.expires && self.run.next_due().is_some();
            let waits = expires || self.setup.options.wait && !self.run.waits_for_another_process();
            if self.inputs.is_empty() && !waits {
                return self.stop(Status::Waiting).await.map(Some);
            }
        }
        if self.inputs.is_empty() && self.running.is_empty() && self.run.waits_for_nothing() {
            let what = "it waits for nothing and has not ended".to_owned();
            return Err(RunError::Damaged { run: self.info.id.clone(), record: self.next_record, what });
        }
        Ok(None)
    }

    async fn stop(&mut self, status: Status) -> Result<Outcome, RunError> {
        let waits = wait::waits(&self.setup.plan, &self.run, &self.info.id);
        self.info.status = status;
        self.info.because = waits.first().map(|first| wait::waiting_for(&self.run, first));
        self.run.check_shelf()?;
        self.setup.store.append(&self.lease, Vec::new(), Some(&self.info), true).await?;
        if status == Status::Waiting {
            self.report(None, report::Event::RunWaiting { waits: waits.clone() });
            return Ok(Outcome::Waiting(waits));
        }
        let killed = std::mem::take(&mut self.killed);
        self.report(None, report::Event::RunSuspended { waits: waits.clone(), killed });
        Ok(Outcome::Suspended(waits))
    }
}

//! Asks the store whose turn it is for the locks that a run wants.

use crate::engine::RunError;
use crate::engine::journal::Event;
use crate::engine::locks::Ahead;
use crate::engine::runner::Runner;
use crate::plan::Workflow;
use crate::store::locks::Holds;

impl Runner {
    /// Claims to locks follow the journal.
    pub(super) async fn set_claims(&mut self) -> Result<(), RunError> {
        let locks = |workflow: &Workflow| workflow.lock.is_some() || workflow.stages.iter().any(|s| s.lock.is_some());
        if self.next_record > 0 && self.setup.plan.workflows.iter().any(locks) {
            let claims: Vec<_> = self.run.locks.iter().map(|(claim, claimed)| (claim, claimed.held)).collect();
            self.setup.store.set_claims(&self.lease, &claims).await?;
        }
        Ok(())
    }

    /// Takes the locks whose turn has come.
    pub(super) async fn take_locks(&mut self) -> Result<(), RunError> {
        self.kept_waiting = false;
        if self.run.held || self.run.end.is_some() {
            return Ok(());
        }
        for (claim, known) in self.run.next_claims() {
            match self.setup.store.take_lock(&self.lease, &claim).await? {
                Holds::Yes => self.inputs.push_back(Event::Locked { claim: claim.id }),
                Holds::No { by, driven } => {
                    self.kept_waiting |= driven && by != self.info.id;
                    // Told anew when another comes first, or the one that did is left or taken up.
                    let ahead = Ahead { run: by, driven };
                    if known.as_ref() != Some(&ahead) {
                        self.inputs.push_back(Event::Behind { claim: claim.id, by: ahead.run, driven });
                    }
                }
            }
        }
        Ok(())
    }
}

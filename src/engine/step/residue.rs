//! What calls leave open when they are over: noted at their stage, told with the failures around it.

use crate::engine::state::{CallId, InstanceId, NONE, Residue, Site, StageError};
use crate::engine::step::Core;
use crate::plan::Target;

/// Why a run fails in which all else went well.
const NOT_UNDONE: &str = "it came to its end, and something in it could not be undone";

impl Core<'_> {
    /// Notes what a call that is over has left open.
    pub(super) fn note_residue(&mut self, id: CallId) {
        let place = self.run.calls[id].place;
        let mut residue = self.residue_of(id);
        if place.site == Site::Undo {
            // That it failed says so.
            residue.forget_maybe();
        }
        self.add_residue(place.instance, place.stage, place.item, residue);
    }

    /// What a call has left open so far: its latest attempt, or the workflow that this was.
    pub(super) fn residue_of(&self, id: CallId) -> Residue {
        let call = &self.run.calls[id];
        if let Target::Workflow(_) = self.planned(call.place).target {
            return match (call.inner.and_then(|inner| self.run.instances.get(inner)), &call.error) {
                (Some(inner), _) => Residue::sum(inner.residues.values()),
                // It failed before the run moved to this plan.
                (None, Some(error)) => Residue::of_failure(self.call_path(id), error),
                (None, None) => Residue::default(),
            };
        }
        let maybe = call.unsettled.is_some() || call.error.as_ref().is_some_and(|error| error.maybe_happened);
        if maybe { Residue::maybe(self.call_path(id)) } else { Residue::default() }
    }

    /// Notes what is left open at a stage, or an item of it. What undoes a success leaves it where that is undone.
    pub(super) fn add_residue(&mut self, id: InstanceId, stage: u32, item: u32, residue: Residue) {
        if residue.is_empty() {
            return;
        }
        let mut at = (id, stage, item);
        while let Some(outer) = self.run.instances[at.0].undone_for {
            at = outer;
        }
        self.run.instances[at.0].residues.entry((at.1, at.2)).or_default().add(residue);
    }

    /// What is left open at a stage, its items included.
    pub(super) fn stage_residue(&self, id: InstanceId, stage: u32) -> Residue {
        let of_stage = self.run.instances[id].residues.range((stage, 0)..=(stage, NONE));
        Residue::sum(of_stage.map(|(_, residue)| residue))
    }

    /// Whether something at a stage may have happened.
    pub(super) fn maybe_happened(&self, id: InstanceId, stage: u32) -> bool {
        let mut of_stage = self.run.instances[id].residues.range((stage, 0)..=(stage, NONE));
        of_stage.any(|(_, residue)| residue.maybe_happened())
    }

    /// Why an instance failed, with all that it leaves open. A run in which something was not undone has failed, whatever was
    /// made of that on the way.
    pub(super) fn failure_of(&self, id: InstanceId) -> Option<Box<StageError>> {
        let instance = &self.run.instances[id];
        let residue = Residue::sum(instance.residues.values());
        let incomplete = id == self.run.root && residue.undo_incomplete();
        let incomplete = || incomplete.then(|| Box::new(StageError::new("failed", NOT_UNDONE)));
        let mut failure = instance.failure.clone().or_else(incomplete)?;
        residue.add_to(&mut failure);
        Some(failure)
    }
}

//! Notes where a run goes, if a replay asks for it.

use crate::engine::marks::{Mark, Word};
use crate::engine::state::{CallId, InstanceId, Place, StageState};
use crate::engine::step::Core;

impl Core<'_> {
    pub(super) fn note(&mut self, id: InstanceId, mark: impl FnOnce(u32) -> Mark) {
        let workflow = self.run.instances[id].workflow.0;
        if let Some(marks) = &mut self.run.marks {
            marks.insert(mark(workflow));
        }
    }

    /// What a person said about the failure of a call.
    pub(super) fn note_word(&mut self, id: CallId, word: Word) {
        let Place { instance, stage, .. } = self.run.calls[id].place;
        self.note(instance, |workflow| Mark::Said(workflow, stage, word));
    }

    pub(super) fn note_end(&mut self, id: InstanceId, index: u32, state: StageState) {
        match state {
            StageState::Succeeded => self.note(id, |workflow| Mark::Succeeded(workflow, index)),
            StageState::Failed | StageState::Handled => self.note(id, |workflow| Mark::Failed(workflow, index)),
            StageState::Pending | StageState::Active | StageState::Skipped | StageState::Cancelled => {}
        }
    }
}

//! Notes where a run goes, if a replay asks for it.

use crate::engine::marks::Mark;
use crate::engine::state::{InstanceId, StageState};
use crate::engine::step::Core;

impl Core<'_> {
    pub(super) fn note(&mut self, id: InstanceId, mark: impl FnOnce(u32) -> Mark) {
        let workflow = self.run.instances[id].workflow.0;
        if let Some(marks) = &mut self.run.marks {
            marks.insert(mark(workflow));
        }
    }

    pub(super) fn note_end(&mut self, id: InstanceId, index: u32, state: StageState) {
        match state {
            StageState::Succeeded => self.note(id, |workflow| Mark::Succeeded(workflow, index)),
            StageState::Failed | StageState::Handled => self.note(id, |workflow| Mark::Failed(workflow, index)),
            StageState::Pending | StageState::Active | StageState::Skipped | StageState::Cancelled => {}
        }
    }
}

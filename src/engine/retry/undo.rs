//! What undoes the successes that a retry keeps: noted as before, with what it needs of the workflows that were called.

use std::sync::Arc;

use crate::engine::retry::decide::Decider;
use crate::engine::retry::memory;
use crate::engine::state::{BodyRef, Instance, InstanceId, UndoHow, Undoable};
use crate::plan::{Plan, Stage, Workflow, WorkflowId};

impl Decider<'_> {
    /// What undoes the successes of a stage whose successor is `new`.
    pub fn undo_of(&self, id: InstanceId, stage: u32, new: &Stage) -> Vec<memory::Undo> {
        let noted = self.old.instances[id].undo.iter().filter(|undoable| undoable.stage == stage);
        noted.filter_map(|undoable| self.undo(undoable, new)).collect()
    }

    /// A stage that states an `undo` is undone by that alone.
    fn undo(&self, undoable: &Undoable, new: &Stage) -> Option<memory::Undo> {
        let how = match &undoable.how {
            how @ UndoHow::Call { .. } if new.undo.is_some() => memory::UndoHow::Call(how.clone()),
            UndoHow::Inner(inner) if new.undo.is_none() => memory::UndoHow::Inner(Arc::new(self.ended(*inner)?)),
            _ => return None,
        };
        Some(memory::Undo { seq: undoable.seq, item: undoable.item, how })
    }

    fn ended(&self, id: InstanceId) -> Option<memory::Ended> {
        let instance = &self.old.instances[id];
        let old = &self.old_plan.workflows[instance.workflow.index()];
        let new =
            self.new_plan.workflows.iter().find(|new| new.name == old.name && new.definition == old.definition)?;
        let undo = instance.undo.iter().filter_map(|undoable| {
            Some((undoable.stage, self.undo(undoable, new.stages.get(undoable.stage as usize)?)?))
        });
        let undo = undo.collect();
        let workflow = (old.name.clone(), old.definition.clone());
        Some(memory::Ended { instance: without_work(instance), workflow, undo })
    }

    /// What undoes a success that was kept before and is kept on, not taken up since.
    pub fn undo_once_more(&self, undo: &memory::Undo, new: &Stage) -> Option<memory::Undo> {
        let stays = match &undo.how {
            memory::UndoHow::Call(_) => new.undo.is_some(),
            memory::UndoHow::Inner(ended) => new.undo.is_none() && ended.position(self.new_plan).is_some(),
        };
        stays.then(|| undo.clone())
    }
}

impl memory::Ended {
    /// Where its workflow stands in a plan.
    pub fn position(&self, plan: &Plan) -> Option<WorkflowId> {
        let same = |workflow: &Workflow| (&workflow.name, &workflow.definition) == (&self.workflow.0, &self.workflow.1);
        plan.workflows.iter().position(same).map(WorkflowId::new)
    }
}

/// An instance that is over: nothing in it leads to a call of the run before.
fn without_work(instance: &Instance) -> Instance {
    let mut over = Instance {
        caller: None,
        undo: Vec::new(),
        limits: Arc::default(),
        own_limit: None,
        timer: None,
        memory: None,
        ..instance.clone()
    };
    over.stages.iter_mut().for_each(|slot| slot.body = BodyRef::None);
    over
}

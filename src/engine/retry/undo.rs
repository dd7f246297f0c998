//! What undoes the successes that a retry keeps: noted as before, with what it needs of the workflows that were called. An `undo`
//! that the plan did not have before applies to them too.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::engine::retry::decide::{Decider, Pair};
use crate::engine::retry::memory;
use crate::engine::state::{BodyRef, Instance, InstanceId, Undoable};
use crate::plan::{Plan, Stage, Target, Workflow, WorkflowId};

impl Decider<'_> {
    /// What may undo the successes of a stage: by item, then in their order.
    pub fn undo_of(&self, pair: &Pair<'_>, stage: u32) -> Vec<memory::Undo> {
        let noted = pair.undo.get(&stage).into_iter().flatten();
        let mut undo: Vec<memory::Undo> = noted.map(|undoable| self.undo(undoable)).collect();
        undo.sort_by_key(|undo| (undo.item, undo.seq));
        undo
    }

    fn undo(&self, undoable: &Undoable) -> memory::Undo {
        let inner = undoable.inner.map(|inner| Arc::new(self.ended(inner)));
        memory::Undo { seq: undoable.seq, item: undoable.item, seen: undoable.seen.clone(), inner }
    }

    fn ended(&self, id: InstanceId) -> memory::Ended {
        let instance = &self.old.instances[id];
        let workflow = &self.old_plan.workflows[instance.workflow.index()];
        let noted = instance.undo.iter().chain(&instance.left);
        let name = |stage: u32| workflow.stages[stage as usize].name.clone();
        memory::Ended {
            instance: without_work(instance),
            workflow: (workflow.name.clone(), workflow.definition.clone()),
            stages: workflow.stages.iter().map(|stage| stage.name.clone()).collect(),
            undo: noted.map(|undoable| (name(undoable.stage), self.undo(undoable))).collect(),
        }
    }

    /// Whether the new plan undoes something inside a stage that cannot be undone any more: all that is known of the workflow
    /// that was called is its result.
    pub fn comes_too_late(&self, old: &Stage, new: &Stage, undo: &[memory::Undo]) -> bool {
        let before = undos(self.old_plan, old);
        undos(self.new_plan, new).iter().any(|undo| !before.contains(undo))
            && undo.iter().any(|undo| self.is_out_of_reach(new, undo))
    }

    fn is_out_of_reach(&self, stage: &Stage, undo: &memory::Undo) -> bool {
        let Some(ended) = undo.inner.as_ref().filter(|_| stage.undo.is_none()) else {
            return stage.undo.is_none() && !undos(self.new_plan, stage).is_empty();
        };
        let Some(workflow) = ended.position(self.new_plan) else { return true };
        let stages = &self.new_plan.workflows[workflow.index()].stages;
        let stages: HashMap<&str, &Stage> = stages.iter().map(|stage| (stage.name.as_str(), stage)).collect();
        let out_of_reach =
            |name: &String, undo| stages.get(name.as_str()).is_some_and(|s| self.is_out_of_reach(s, undo));
        ended.undo.iter().any(|(name, undo)| out_of_reach(name, undo))
    }
}

/// Stages with an `undo` inside the workflows that a stage calls: by workflow and name.
fn undos<'a>(plan: &'a Plan, stage: &'a Stage) -> BTreeSet<(&'a str, &'a str)> {
    let (mut undos, mut seen, mut open) = (BTreeSet::new(), BTreeSet::new(), vec![stage]);
    while let Some(stage) = open.pop() {
        stage.calls(&mut |call| {
            let Target::Workflow(id) = call.target else { return };
            if seen.insert(id) {
                let workflow = &plan.workflows[id.index()];
                let stated = workflow.stages.iter().filter(|stage| stage.undo.is_some());
                undos.extend(stated.map(|stage| (workflow.name.as_str(), stage.name.as_str())));
                open.extend(&workflow.stages);
            }
        });
    }
    undos
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
        left: Vec::new(),
        limits: Arc::default(),
        own_limit: None,
        timer: None,
        memory: None,
        ..instance.clone()
    };
    over.stages.iter_mut().for_each(|slot| slot.body = BodyRef::None);
    over
}

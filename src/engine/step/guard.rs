//! When a stage may start: early exits decided, guard true from the outside in, everything that it needs ended.
//!
//! A stage or condition waits in the list of one other at a time and never looks at a met requirement again, so deciding all
//! stages costs as much as there are edges.

use crate::engine::marks::Mark;
use crate::engine::scope::{Fault, Local};
use crate::engine::state::{InstanceId, Link, NONE, Phase, StageState, Work};
use crate::engine::step::Core;
use crate::plan::{Stage, Term, Workflow};
use crate::value::Value;

/// What a stage or condition still waits for.
enum Next {
    /// Everything is there.
    Go,
    /// The guard is false: this condition did not have its truth.
    Skip(Term),
    /// Wait for this stage or condition.
    Wait(u32),
    /// It never comes to that: something shared failed.
    Never,
}

impl<'a> Core<'a> {
    /// Looks again at a stage, or above the stages a condition, that may have got what it waited for.
    pub(super) fn advance(&mut self, id: InstanceId, entity: u32) {
        let workflow = self.workflow(id);
        match workflow.stages.get(entity as usize) {
            Some(stage) => self.advance_stage(id, entity, stage),
            None => self.advance_condition(id, entity - stages(workflow)),
        }
    }

    fn advance_stage(&mut self, id: InstanceId, index: u32, stage: &Stage) {
        let phase = if stage.finally { Phase::Finally } else { Phase::Running };
        let instance = &self.run.instances[id];
        if instance.phase != phase || instance.stages[index as usize].state != StageState::Pending {
            return;
        }
        match self.next_of(id, index, stage) {
            Next::Go => self.begin_stage(id, index),
            Next::Skip(term) => self.skip_stage(id, index, term),
            Next::Wait(entity) => self.watch(id, index, entity),
            Next::Never => {}
        }
    }

    fn next_of(&mut self, id: InstanceId, index: u32, stage: &Stage) -> Next {
        let (exits, guard) = (stage.exits.len(), stage.guard.len());
        loop {
            let at = self.run.instances[id].stages[index as usize].link.cursor as usize;
            let next = if at < exits {
                self.has_ended(id, stage.exits[at].0)
            } else if at < exits + guard {
                let term = stage.guard[at - exits];
                match self.truth(id, term.condition) {
                    Ok(Some(truth)) if truth == term.holds => Next::Go,
                    Ok(Some(_)) => Next::Skip(term),
                    Ok(None) => Next::Wait(stages(self.workflow(id)) + term.condition),
                    Err(_) => Next::Never,
                }
            } else if at < exits + guard + stage.needs.len() {
                self.has_ended(id, stage.needs[at - exits - guard].0)
            } else {
                return Next::Go;
            };
            match next {
                Next::Go => self.run.instances[id].stages[index as usize].link.cursor += 1,
                other => return other,
            }
        }
    }

    /// In `finally` every stage of the body counts as ended, whatever became of it.
    fn has_ended(&self, id: InstanceId, stage: u32) -> Next {
        let instance = &self.run.instances[id];
        let over = instance.phase == Phase::Finally && !self.workflow(id).stages[stage as usize].finally;
        let ended = over || instance.stages[stage as usize].state.ended();
        if ended { Next::Go } else { Next::Wait(stage) }
    }

    /// The truth of a condition; decides it if all that it needs has ended, else sets it waiting.
    fn truth(&mut self, id: InstanceId, index: u32) -> Result<Option<bool>, Fault> {
        let workflow = self.workflow(id);
        let condition = &workflow.conditions[index as usize];
        loop {
            let slot = &self.run.instances[id].conditions[index as usize];
            if slot.truth.is_some() || slot.waiting {
                return Ok(slot.truth);
            }
            let Some(need) = condition.needs.get(slot.link.cursor as usize) else { break };
            match self.has_ended(id, need.0) {
                Next::Wait(stage) => {
                    self.run.instances[id].conditions[index as usize].waiting = true;
                    self.watch(id, stages(workflow) + index, stage);
                    return Ok(None);
                }
                _ => self.run.instances[id].conditions[index as usize].link.cursor += 1,
            }
        }
        let truth = match self.evaluate(id, &Local::default(), &condition.value) {
            Err(Fault::Own(error)) => {
                self.fail_at(id, &error);
                return Err(Fault::Shared(error));
            }
            other => other? == Value::Bool(true),
        };
        self.decide(id, index, truth);
        Ok(Some(truth))
    }

    fn advance_condition(&mut self, id: InstanceId, index: u32) {
        let instance = &mut self.run.instances[id];
        instance.conditions[index as usize].waiting = false;
        if !matches!(instance.phase, Phase::Running | Phase::Finally) {
            return;
        }
        // Who waits for the condition is woken when it is decided; where it fails nobody is.
        let _ = self.truth(id, index);
    }

    /// Notes the truth of a condition and wakes those that wait for it.
    pub(super) fn decide(&mut self, id: InstanceId, index: u32, truth: bool) {
        let slot = &mut self.run.instances[id].conditions[index as usize];
        if slot.truth.is_none() {
            slot.truth = Some(truth);
            let first = std::mem::replace(&mut slot.link.watchers, NONE);
            self.note(id, |workflow| Mark::Condition(workflow, index, truth));
            self.wake(id, first);
        }
    }

    /// Puts `entity` into the list of `target`.
    fn watch(&mut self, id: InstanceId, entity: u32, target: u32) {
        let first = std::mem::replace(&mut self.link(id, target).watchers, entity);
        self.link(id, entity).next = first;
    }

    /// Wakes a whole list, in the order of the file.
    pub(super) fn wake(&mut self, id: InstanceId, first: u32) {
        let mut woken = Vec::new();
        let mut entity = first;
        while entity != NONE {
            woken.push(entity);
            entity = std::mem::replace(&mut self.link(id, entity).next, NONE);
        }
        woken.sort_unstable();
        self.run.work.extend(woken.into_iter().map(|entity| Work::Advance(id, entity)));
    }

    /// Forgets who waits for stages of the body: in `finally` those never end, and count as ended.
    pub(super) fn forget_watchers(&mut self, id: InstanceId) {
        let instance = &mut self.run.instances[id];
        for slot in &mut instance.stages {
            slot.link = Link::default();
        }
        for slot in &mut instance.conditions {
            (slot.waiting, slot.link) = (false, Link::default());
        }
    }

    fn link(&mut self, id: InstanceId, entity: u32) -> &mut Link {
        let instance = &mut self.run.instances[id];
        let stages = instance.stages.len();
        match instance.stages.get_mut(entity as usize) {
            Some(slot) => &mut slot.link,
            None => &mut instance.conditions[entity as usize - stages].link,
        }
    }

    pub(super) fn workflow(&self, id: InstanceId) -> &'a Workflow {
        &self.plan.workflows[self.run.instances[id].workflow.index()]
    }
}

fn stages(workflow: &Workflow) -> u32 {
    u32::try_from(workflow.stages.len()).unwrap_or(NONE)
}

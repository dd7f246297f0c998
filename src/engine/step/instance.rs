//! Instances of workflows: made with all their stages waiting, freed when nothing can ask for them any more.

use std::sync::Arc;

use crate::engine::key;
use crate::engine::locks::Holder;
use crate::engine::retry::memory;
use crate::engine::state::{BodyRef, CallId, ConditionSlot, Instance, InstanceId, Phase, StageSlot, Timer, Work};
use crate::engine::step::Core;
use crate::plan::WorkflowId;
use crate::value::Value;

impl Core<'_> {
    /// Makes an instance and sets its stages going, once it has its lock.
    pub(super) fn make_instance(
        &mut self,
        workflow: WorkflowId,
        caller: Option<CallId>,
        args: Vec<Value>,
        memory: Option<Arc<memory::Instance>>,
    ) -> InstanceId {
        let declared = &self.plan.workflows[workflow.index()];
        let (prefix, key_prefix) = match caller.map(|call| &self.run.calls[call]) {
            Some(call) => {
                (format!("{}.", key::call_path(self.plan, self.run, call)), key::key_prefix(self.plan, self.run, call))
            }
            None => Default::default(),
        };
        let order = self.next_id();
        // The limit of the root is that of the run.
        let own_limit = declared.parallel.filter(|_| caller.is_some()).map(|max| self.run.queues.add_limit(max));
        let instance = Instance {
            workflow,
            caller,
            prefix: prefix.into(),
            key_prefix: key_prefix.into(),
            order,
            args,
            phase: Phase::Running,
            stages: vec![StageSlot::default(); declared.stages.len()],
            conditions: vec![ConditionSlot::default(); declared.conditions.len()],
            lets: vec![None; declared.lets.len()],
            errors: Default::default(),
            open: count(declared.stages.iter().filter(|stage| !stage.finally)),
            active: 0,
            failure: None,
            result: Value::Null,
            outcome: Value::Null,
            undo: Vec::new(),
            left: Vec::new(),
            residues: Default::default(),
            undoing: None,
            undone_for: None,
            limits: self.limits_inside(caller, own_limit),
            own_limit,
            since: 0,
            timer: None,
            memory,
        };
        let id = self.run.instances.insert(instance);
        self.open_purse(id);
        match &declared.lock {
            Some(lock) if !self.holds(lock, Holder::Instance(id)) => {}
            _ => self.open_instance(id),
        }
        id
    }

    /// Sets the stages of an instance going. Its time runs from here on.
    pub(super) fn open_instance(&mut self, id: InstanceId) {
        let before = self.run.instances[id].memory.as_ref().and_then(|memory| memory.since);
        self.run.instances[id].since = before.unwrap_or(self.run.at);
        self.arm_instance(id, self.run.instances[id].caller);
        for (index, _) in (0..).zip(&self.workflow(id).stages).filter(|(_, stage)| !stage.finally) {
            self.run.work.push_back(Work::Advance(id, index));
        }
        self.run.work.push_back(Work::Settle(id));
    }

    /// Sets the timer of an instance: the shorter one of its workflow's `timeout` and that of the call.
    fn arm_instance(&mut self, id: InstanceId, caller: Option<CallId>) {
        let own = self.plan.workflows[self.run.instances[id].workflow.index()].timeout;
        let of_call = caller.and_then(|call| self.planned(self.run.calls[call].place).timeout);
        let Some(limit) = [own, of_call].into_iter().flatten().min() else { return };
        let timer = self.set_timer_since(self.run.instances[id].since, limit, Timer::InstanceTimeout(id));
        self.run.instances[id].timer = Some(timer);
    }

    /// The limits on attempts inside an instance that `caller` makes, its own first.
    fn limits_inside(&self, caller: Option<CallId>, own: Option<u32>) -> Arc<[u32]> {
        let around = caller.map(|call| self.run.instances[self.run.calls[call].place.instance].limits.clone());
        let around = around.unwrap_or_default();
        own.map_or(around.clone(), |own| [&[own], &*around].concat().into())
    }

    /// Takes an ended instance out, with all that is kept of its failed calls.
    pub(super) fn free_instance(&mut self, id: InstanceId) {
        // A list rather than recursion: calls nest as deep as the program says.
        let mut doomed = vec![id];
        while let Some(id) = doomed.pop() {
            let Some(instance) = self.run.instances.remove(id) else { continue };
            self.close_purses(id);
            for slot in &instance.stages {
                self.free_body(slot.body, &mut doomed);
            }
            doomed.extend(instance.undo.iter().chain(&instance.left).filter_map(|undoable| undoable.inner));
        }
    }

    /// Takes out what is kept for a stage.
    pub(super) fn free_body(&mut self, body: BodyRef, doomed: &mut Vec<InstanceId>) {
        match body {
            BodyRef::None => {}
            BodyRef::Call(call) => self.free_call(call, doomed),
            BodyRef::Race(race) => {
                let race = self.run.races.remove(race);
                let calls = race.into_iter().flat_map(|race| race.calls.into_iter().chain(race.handler));
                calls.for_each(|call| self.free_call(call, doomed));
            }
            BodyRef::Map(map) => {
                let failed = self.run.maps.remove(map).map(|map| map.failed).unwrap_or_default();
                failed.into_values().for_each(|call| self.free_call(call, doomed));
            }
        }
    }

    /// Takes out a call and the one that handled its failure.
    pub(super) fn free_call(&mut self, call: CallId, doomed: &mut Vec<InstanceId>) {
        let mut next = Some(call);
        while let Some(call) = next.and_then(|call| self.run.calls.remove(call)) {
            doomed.extend(call.inner);
            next = call.handler;
        }
    }
}

pub(super) fn count<T>(things: impl Iterator<Item = T>) -> u32 {
    u32::try_from(things.count()).unwrap_or(u32::MAX)
}

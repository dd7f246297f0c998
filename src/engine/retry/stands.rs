//! Whether something that a stage did to the world stands, or may: what a retry cannot go about as if it had never been.

use crate::engine::key;
use crate::engine::retry::decide::Decider;
use crate::engine::retry::inside::results;
use crate::engine::retry::memory;
use crate::engine::retry::reach::{of_call, strongest};
use crate::engine::state::{BodyRef, Call, CallId, InstanceId, MapState, Reversal, StageError, StageSlot, StageState};
use crate::engine::step::call::plan_call;
use crate::plan::{Body, Stage};
use crate::value::policy::Effects;

impl Decider<'_> {
    /// Whether a stage has written and that stands: it succeeded, something inside it did, or nobody knows what became of it.
    /// What was begun and is known to have come to nothing does not, nor does what was named.
    pub fn stands(&self, id: InstanceId, index: usize) -> bool {
        let instance = &self.old.instances[id];
        let stage = &self.old_plan.workflows[instance.workflow.index()].stages[index];
        let slot = &instance.stages[index];
        if stage.finally || strongest(self.old_plan, stage) <= Effects::Reads || self.is_named(&self.path(id, stage)) {
            return false;
        }
        match slot.state {
            StageState::Succeeded => slot.attempts > 0 && slot.reversal == Reversal::None,
            StageState::Skipped => false,
            StageState::Pending => instance
                .memory
                .as_ref()
                .is_some_and(|memory| memory.stages.get(stage.name.as_str()).is_some_and(memory::Stage::stands)),
            _ => self.is_left_open(id, index, slot) || self.inside_stands(id, stage, slot),
        }
    }

    fn path(&self, id: InstanceId, stage: &Stage) -> String {
        format!("{}{}", self.old.instances[id].prefix, stage.name)
    }

    fn is_left_open(&self, id: InstanceId, index: usize, slot: &StageSlot) -> bool {
        slot.error.as_deref().is_some_and(is_open) || self.residues(id, index).any(|(_, residue)| !residue.is_empty())
    }

    fn inside_stands(&self, id: InstanceId, stage: &Stage, slot: &StageSlot) -> bool {
        match slot.body {
            BodyRef::None => false,
            BodyRef::Call(call) => self.calls_stand(call, slot.reversal),
            BodyRef::Race(race) => {
                let race = &self.old.races[race];
                race.calls.iter().chain(&race.handler).any(|call| self.calls_stand(*call, slot.reversal))
            }
            BodyRef::Map(map) => self.items_stand(&self.path(id, stage), stage, &self.old.maps[map]),
        }
    }

    fn items_stand(&self, path: &str, stage: &Stage, map: &MapState) -> bool {
        let Body::Map(planned) = &stage.body else { return false };
        let wrote = of_call(self.old_plan, &planned.call) > Effects::Reads;
        let stands = |item: &u32| !map.reversed.contains_key(item) && !self.is_named(&format!("{path}[{item}]"));
        let calls = map.live.iter().chain(&map.failed);
        let reversal = |item: &u32| map.reversed.get(item).copied().unwrap_or(Reversal::None);
        (wrote && results(map).keys().any(stands))
            || calls.into_iter().any(|(item, call)| self.calls_stand(*call, reversal(item)))
    }

    /// A call, or one of those that handle its failure.
    fn calls_stand(&self, first: CallId, reversal: Reversal) -> bool {
        let mut next = Some(first);
        while let Some(call) = next.and_then(|id| self.old.calls.get(id)) {
            if self.call_stands(call, reversal) {
                return true;
            }
            next = call.handler;
        }
        false
    }

    fn call_stands(&self, call: &Call, reversal: Reversal) -> bool {
        if self.is_named(&key::call_path(self.old_plan, self.old, call)) {
            return false;
        }
        let rounds = call.round > 1 || (call.round > 0 && call.result.is_some());
        let written = || of_call(self.old_plan, plan_call(self.old_plan, self.old, call.place)) > Effects::Reads;
        let inside = |inner: InstanceId| {
            let stages = 0..self.old.instances[inner].stages.len();
            stages.into_iter().any(|index| self.stands(inner, index))
        };
        call.unsettled.is_some()
            || call.error.as_deref().is_some_and(is_open)
            || (rounds && reversal == Reversal::None && written())
            || call.inner.is_some_and(inside)
            || call.memory.as_ref().is_some_and(|memory| memory.stages.values().any(memory::Stage::stands))
    }
}

fn is_open(error: &StageError) -> bool {
    error.maybe_happened || error.undo_incomplete
}

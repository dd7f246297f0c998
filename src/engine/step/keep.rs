//! What a retry keeps, taken up where the run comes to it again.

use std::sync::Arc;

use crate::engine::retry::memory;
use crate::engine::state::{CallId, CallState, InstanceId, MapId, Place, StageError, Timer};
use crate::engine::step::Core;
use crate::engine::step::stage::Over;
use crate::plan::Target;
use crate::value::Value;
use crate::value::shelf::Slot;

impl Core<'_> {
    /// Ends a stage whose result is kept. Gives whether it was.
    pub(super) fn keep_stage(&mut self, id: InstanceId, index: u32) -> bool {
        let Some(stage) = self.memory_of(id, index) else { return false };
        let (undone, kept) = (stage.undone, stage.kept.clone());
        let (mut undo, residues) = (stage.undo.clone(), stage.residues.clone());
        let slot = &mut self.run.instances[id].stages[index as usize];
        slot.undone = undone;
        let Some(kept) = kept else { return false };
        (slot.kept, slot.attempts) = (true, kept.attempts);
        if let Some(errors) = kept.errors {
            self.run.instances[id].errors.insert(index, errors);
        }
        for (item, residue) in residues {
            self.add_residue(id, index, item, residue);
        }
        undo.sort_by_key(|undo| undo.seq);
        for undo in &undo {
            self.note_undo_again(id, index, undo);
        }
        match kept.handled {
            Some(error) => {
                self.report_failure_kept(id, index, &error);
                self.end_handled(id, index, *error);
            }
            None => self.end_stage(id, index, Over::Value(kept.value)),
        }
        true
    }

    /// Notes again what undoes an item or the rounds of a call that are kept.
    pub(super) fn keep_undo(&mut self, place: Place) {
        let Some(stage) = self.memory_of(place.instance, place.stage) else { return };
        let from = stage.undo.partition_point(|undo| undo.item < place.item);
        let undo = stage.undo[from..].iter().take_while(|undo| undo.item == place.item);
        let undo: Vec<memory::Undo> = undo.cloned().collect();
        for undo in &undo {
            self.note_undo_again(place.instance, place.stage, undo);
        }
    }

    /// Notes again what is left open in an item, or the rounds of a call, that are kept.
    pub(super) fn keep_residue(&mut self, place: Place) {
        let memory = self.memory_of(place.instance, place.stage);
        let residue = memory.and_then(|stage| stage.residues.get(&place.item).cloned());
        self.add_residue(place.instance, place.stage, place.item, residue.unwrap_or_default());
    }

    pub(super) fn memory_of(&self, id: InstanceId, index: u32) -> Option<&memory::Stage> {
        let name = &self.stage(id, index).name;
        self.run.instances[id].memory.as_ref()?.stages.get(name.as_str())
    }

    /// The result of an item that is kept, if it is still the same item.
    pub(super) fn kept_item(&self, id: u32, index: u32, item: &Value) -> Option<Slot> {
        let memory = self.run.maps[id].memory.as_ref()?;
        let same = memory.items.get(index as usize).as_deref() == Some(item);
        memory.results.get(&index).filter(|_| same).cloned()
    }

    /// Gives a new call what it had before the retry: numbers, rounds, what is known of its attempts, what is inside it.
    pub(super) fn remember(&mut self, id: CallId) {
        let place = self.run.calls[id].place;
        let Some(stage) = self.memory_of(place.instance, place.stage) else { return };
        let undone = stage.undone;
        let found = self.remembered(place, stage).cloned();
        let call = &mut self.run.calls[id];
        call.undone = undone;
        let Some(before) = found else { return };
        call.undone = before.undone;
        (call.attempt, call.known, call.unsettled) =
            (before.attempt, before.known, before.unsettled.clone().map(Box::new));
        call.error = before.error.clone().map(Box::new);
        if let (Some(error), None) = (&mut call.error, &before.standing) {
            // A retry has asked about that.
            error.undo_incomplete = false;
        }
        call.member = before.member;
        if let Some(rounds) = &before.rounds {
            (call.round, call.args) = (rounds.round, rounds.args.clone());
            (call.previous, call.result) = (rounds.previous.clone(), rounds.result.clone());
            call.spent = rounds.spent;
            self.keep_undo(place);
            // An attempt of an action is settled by itself.
            if matches!(self.planned(place).target, Target::Workflow(_)) {
                self.keep_residue(place);
            }
        }
        let call = &mut self.run.calls[id];
        if let Some(standing) = &before.standing {
            (call.stamp, call.counted, call.began) = (standing.stamp, standing.counted, standing.began);
            (call.probe, call.standing) = (standing.probe.clone(), Some(standing.clone()));
        }
        if let Some(inner) = &before.inner {
            // The same attempt of the workflow goes on: its number is given anew when it starts.
            call.attempt = call.attempt.saturating_sub(1);
            call.memory = Some(inner.clone());
        }
    }

    fn remembered<'m>(&self, place: Place, stage: &'m memory::Stage) -> Option<&'m Arc<memory::Call>> {
        match (&stage.map, place.site) {
            (Some(map), site) => {
                let same = map.items.get(place.item as usize).as_deref() == Some(&self.item_at(place));
                map.calls.get(&place.item).filter(|_| same)?.get(&site)
            }
            (None, _) => stage.calls.get(&place.site),
        }
    }

    fn item_at(&self, place: Place) -> Value {
        match self.run.instances[place.instance].stages[place.stage as usize].body {
            crate::engine::state::BodyRef::Map(map) => self.run.maps[map].item(place.item),
            _ => Value::Null,
        }
    }

    /// What is inside a call is kept only where its arguments are what they were.
    pub(super) fn forget_if_changed(&mut self, id: CallId) {
        let call = &self.run.calls[id];
        let Some(memory) = &call.memory else { return };
        let Target::Workflow(workflow) = self.planned(call.place).target else { return };
        let params = &self.plan.workflows[workflow.index()].params;
        let same = memory.args.len() == params.len()
            && params.iter().zip(&call.args).all(|(param, arg)| memory.args.get(param.name.as_str()) == Some(arg));
        if !same {
            let call = &mut self.run.calls[id];
            // What ran inside under this number must not meet its keys again with other arguments.
            (call.memory, call.attempt) = (None, call.attempt + 1);
        }
    }

    /// The failure of an item that was handled, if it is still the same item.
    pub(super) fn handled_item(&self, id: MapId, index: u32, item: &Value) -> Option<StageError> {
        let memory = self.run.maps[id].memory.as_ref()?;
        let same = memory.items.get(index as usize).as_deref() == Some(item);
        memory.handled.iter().find(|(handled, _)| same && *handled == index).map(|(_, error)| error.clone())
    }

    /// Goes on where a call stood. Gives whether it is under way, or over, with that.
    pub(super) fn take_up(&mut self, id: CallId) -> bool {
        let call = &mut self.run.calls[id];
        let Some(standing) = call.standing.as_deref() else { return self.goes_into_next_round(id) };
        let (failed, pause, waits) = (standing.failed, standing.pause, standing.since.is_some());
        if failed {
            let error = call.error.take().map_or_else(StageError::cancelled, |error| *error);
            self.handle(id, error);
        } else if let Some(due) = pause {
            call.standing = None;
            let timer = self.set_timer_since(due, 0, Timer::Go(id));
            let call = &mut self.run.calls[id];
            (call.state, call.timer) = (CallState::Pausing, Some(timer));
            self.report_pause(id, due);
        } else if !waits {
            call.standing = None;
        }
        failed || pause.is_some()
    }

    /// Since when a call that begins to wait does: from before the run moved to this plan, if it waited then.
    pub(super) fn since(&mut self, id: CallId) -> i64 {
        let at = self.run.at;
        let call = &mut self.run.calls[id];
        call.since = call.standing.take().and_then(|standing| standing.since).unwrap_or(at);
        call.since
    }

    /// Goes on after a round that had ended before the retry. Gives whether there was one.
    fn goes_into_next_round(&mut self, id: CallId) -> bool {
        let call = &self.run.calls[id];
        let (Some(repeat), Some(result)) = (&self.planned(call.place).repeat, call.result.as_deref().cloned()) else {
            return false;
        };
        self.round_over(id, repeat, result);
        true
    }

    pub(super) fn forget_call(&mut self, id: CallId) {
        let mut doomed = Vec::new();
        self.free_call(id, &mut doomed);
        self.run.graveyard.extend(doomed);
    }
}

//! `undo`: after a failure, once all has settled, what succeeded is undone one by one, newest first.
//!
//! What a workflow that was called did is undone by its own `undo`s, at its place in the order of the caller, unless the call
//! states one. An `undo` that fails is recorded, and the others go on.

use crate::engine::locks::Holder;
use crate::engine::retry::memory;
use crate::engine::state::{
    BodyRef, CallId, Instance, InstanceId, Place, Reversal, Site, StageError, UndoHow, Undoable, Work,
};
use crate::engine::step::Core;
use crate::engine::step::stage::Over;
use crate::value::Value;

impl Undoable {
    /// The instance inside which it is undone.
    pub(super) fn inner(&self) -> Option<InstanceId> {
        match self.how {
            UndoHow::Inner(inner) => Some(inner),
            UndoHow::Call { .. } => None,
        }
    }
}

impl Core<'_> {
    /// Notes that a call gave something that a later failure undoes.
    pub(super) fn note_undo(&mut self, id: CallId, result: &Value) {
        let call = &self.run.calls[id];
        let place = call.place;
        if place.site == Site::Undo || self.stage(place.instance, place.stage).undo.is_none() {
            return;
        }
        let how = UndoHow::Call { round: call.round, item: call.item.clone(), result: result.clone() };
        self.push_undo(place, how);
    }

    fn push_undo(&mut self, place: Place, how: UndoHow) {
        let life = self.run.life;
        let undo = &mut self.run.instances[place.instance].undo;
        let number = undo.last().filter(|last| last.seq.0 == life).map_or(0, |last| last.seq.1 + 1);
        undo.push(Undoable { seq: (life, number), stage: place.stage, item: place.item, how });
    }

    /// Notes a success from before a retry, at its place in the order.
    pub(super) fn note_undo_again(&mut self, id: InstanceId, stage: u32, kept: &memory::Undo) {
        let how = match &kept.how {
            memory::UndoHow::Call(how) => how.clone(),
            memory::UndoHow::Inner(ended) => {
                // Kept only where the plan has it.
                let Some(workflow) = ended.position(self.plan) else { return };
                let inner = self.run.instances.insert(Instance { workflow, ..ended.instance.clone() });
                for (stage, undo) in &ended.undo {
                    self.note_undo_again(inner, *stage, undo);
                }
                UndoHow::Inner(inner)
            }
        };
        let undo = &mut self.run.instances[id].undo;
        let at = undo.partition_point(|other| other.seq <= kept.seq);
        undo.insert(at, Undoable { seq: kept.seq, stage, item: kept.item, how });
    }

    /// Keeps an instance that has succeeded for as long as what it did may have to be undone. Gives whether it is kept.
    pub(super) fn keep_for_undo(&mut self, id: CallId, inner: InstanceId) -> bool {
        let place = self.run.calls[id].place;
        let replaced = self.stage(place.instance, place.stage).undo.is_some();
        if replaced || place.site == Site::Undo || self.run.instances[inner].undo.is_empty() {
            return false;
        }
        self.push_undo(place, UndoHow::Inner(inner));
        true
    }

    /// Undoes the newest of what is left; when nothing is, goes on with what comes after.
    pub(super) fn undo_next(&mut self, id: InstanceId) {
        if !self.holds_to_undo(id) {
            return;
        }
        let Some(undoable) = self.run.instances[id].undo.pop() else { return self.all_undone(id) };
        let (stage, item) = (undoable.stage, undoable.item);
        match &undoable.how {
            UndoHow::Inner(inner) => {
                let inner = *inner;
                // Its own limits are gone: what undoes it keeps to those around.
                let limits = self.run.instances[id].limits.clone();
                let instance = &mut self.run.instances[inner];
                (instance.undone_for, instance.limits) = (Some((id, stage, item)), limits);
                self.mark(id, stage, item, Reversal::Done);
                self.run.work.push_back(Work::Undo(inner));
            }
            UndoHow::Call { round, item: value, result } => {
                let (round, value, result) = (*round, value.clone(), result.clone());
                let call = self.make_call(Place { instance: id, stage, item, site: Site::Undo }, value);
                (self.run.calls[call].round, self.run.calls[call].result) = (round, Some(result));
                self.run.instances[id].undoing = Some((undoable, call));
                if self.prepare(call) {
                    self.enqueue(call);
                }
            }
        }
    }

    fn all_undone(&mut self, id: InstanceId) {
        match self.run.instances[id].undone_for {
            None => self.tidy_up(id),
            Some((outer, ..)) => {
                self.unlock(Holder::Reopened(id));
                self.unlock(Holder::Undoing(outer));
                self.run.graveyard.push(id);
                self.run.work.push_back(Work::Undo(outer));
            }
        }
    }

    /// What undoes a success came to this.
    pub(super) fn undo_over(&mut self, id: InstanceId, over: Over) {
        let Some((undoable, call)) = self.run.instances[id].undoing.take() else { return };
        let reversal = match over {
            Over::Value(value) => {
                self.report_item_succeeded(call, &value);
                Reversal::Done
            }
            Over::Failed(error) => {
                self.report_call_failed(call, &error, false);
                self.note_incomplete(id, &self.call_path(call), &error);
                Reversal::Failed
            }
            Over::Cancelled => {
                self.note_incomplete(id, &self.call_path(call), &StageError::cancelled());
                Reversal::Failed
            }
        };
        self.mark(id, undoable.stage, undoable.item, reversal);
        self.unlock(Holder::Undoing(id));
        self.forget_call(call);
        self.run.work.push_back(Work::Undo(id));
    }

    /// Adds to the failure that leads to all this what could not be undone.
    pub(super) fn note_incomplete(&mut self, id: InstanceId, path: &str, error: &StageError) {
        let detail = format!("undo_incomplete: `{path}`: {}, {}", error.class, error.message);
        let mut outermost = id;
        while let Some((outer, stage, item)) = self.run.instances[outermost].undone_for {
            self.mark(outer, stage, item, Reversal::Failed);
            outermost = outer;
        }
        if let Some(failure) = &mut self.run.instances[outermost].failure {
            failure.details.push(detail);
            failure.undo_incomplete = true;
        }
    }

    pub(super) fn mark(&mut self, id: InstanceId, stage: u32, item: u32, reversal: Reversal) {
        let slot = &mut self.run.instances[id].stages[stage as usize];
        slot.reversal = slot.reversal.max(reversal);
        if let BodyRef::Map(map) = slot.body {
            let mark = self.run.maps[map].reversed.entry(item).or_insert(reversal);
            *mark = (*mark).max(reversal);
        }
    }
}

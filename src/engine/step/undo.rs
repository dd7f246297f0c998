//! `undo`: after a failure, once all has settled, what succeeded is undone one by one, newest first.
//!
//! What a workflow that was called did is undone by its own `undo`s, at its place in the order of the caller, unless the call
//! states one. An `undo` that fails is recorded, and the others go on.

use std::collections::HashMap;

use crate::engine::locks::Holder;
use crate::engine::retry::memory;
use crate::engine::state::{
    BodyRef, CallId, ConditionSlot, Instance, InstanceId, NONE, Place, Residue, Reversal, Seen, Site, StageError,
    Undoable, Work,
};
use crate::engine::step::Core;
use crate::engine::step::stage::Over;
use crate::plan::Stage;
use crate::value::Value;
use crate::value::policy::Effects;
use crate::value::shelf::Slot;

impl Core<'_> {
    /// Notes that a call gave something that a later failure undoes, or may once the run goes on on a plan that says how. `inner`
    /// is the workflow that it called.
    pub(super) fn note_undo(&mut self, id: CallId, result: &Value, inner: Option<InstanceId>) {
        let call = &self.run.calls[id];
        let place = call.place;
        let round = call.round;
        let stage = self.stage(place.instance, place.stage);
        let own = stage.undo.is_some();
        if place.site == Site::Undo || stage.finally || !(own || self.wrote(place, inner)) {
            return self.run.graveyard.extend(inner);
        }
        let stated = inner.is_some_and(|inner| self.states_undo(inner));
        // Of items and rounds there may be more than a plan lets one see: of them only what is needed is kept.
        let kept = !own && (stated || (place.item == NONE && round == 0));
        self.run.graveyard.extend(inner.filter(|_| !kept));
        let seen = self.seen(id, result);
        self.push_undo(place, seen, inner.filter(|_| kept), own || stated);
    }

    /// What is kept of a success. Of items there may be many: theirs may be laid aside.
    fn seen(&self, id: CallId, result: &Value) -> Seen {
        let call = &self.run.calls[id];
        let (place, round) = (call.place, call.round);
        let item = match self.run.instances[place.instance].stages[place.stage as usize].body {
            BodyRef::Map(map) => self.run.maps[map].items.slot(place.item as usize),
            _ => None,
        };
        let item = item.unwrap_or_else(|| Slot::Here(call.item.clone()));
        let result = if place.item == NONE { Slot::Here(result.clone()) } else { self.run.lay(result.clone()) };
        Seen { round, item, result }
    }

    /// Whether a success changed something.
    fn wrote(&self, place: Place, inner: Option<InstanceId>) -> bool {
        match inner {
            Some(inner) => !self.run.instances[inner].undo.is_empty(),
            None => self.effects(self.planned(place)).is_some_and(|effects| effects > Effects::Reads),
        }
    }

    /// Whether the plan says how something inside is undone.
    fn states_undo(&self, id: InstanceId) -> bool {
        self.run.instances[id].undo.iter().any(|undoable| undoable.stated)
    }

    fn push_undo(&mut self, place: Place, seen: Seen, inner: Option<InstanceId>, stated: bool) {
        let life = self.run.life;
        let undo = &mut self.run.instances[place.instance].undo;
        let number = undo.last().filter(|last| last.seq.0 == life).map_or(0, |last| last.seq.1 + 1);
        undo.push(Undoable { seq: (life, number), stage: place.stage, item: place.item, seen, inner, stated });
    }

    /// Notes a success from before a retry, at its place in the order.
    pub(super) fn note_undo_again(&mut self, id: InstanceId, stage: u32, kept: &memory::Undo) {
        let inner = kept.inner.as_ref().and_then(|ended| self.reopen(ended));
        let stated = self.stage(id, stage).undo.is_some() || inner.is_some_and(|inner| self.states_undo(inner));
        let (seq, item, seen) = (kept.seq, kept.item, kept.seen.clone());
        let undo = &mut self.run.instances[id].undo;
        let at = undo.partition_point(|other| other.seq <= seq);
        undo.insert(at, Undoable { seq, stage, item, seen, inner, stated });
    }

    /// A workflow that had ended before a retry, as the plan has it now: what it computed from its stages it computes again.
    fn reopen(&mut self, ended: &memory::Ended) -> Option<InstanceId> {
        let workflow = ended.position(self.plan)?;
        let declared = &self.plan.workflows[workflow.index()];
        let before: HashMap<&str, u32> = ended.stages.iter().map(String::as_str).zip(0..).collect();
        let now: HashMap<&str, u32> = declared.stages.iter().map(|stage| stage.name.as_str()).zip(0..).collect();
        let before = |stage: &Stage| before.get(stage.name.as_str()).copied();
        let stages = declared.stages.iter().map(|stage| Some(ended.instance.stages[before(stage)? as usize].clone()));
        let errors = (0..).zip(&declared.stages).filter_map(|(index, stage)| {
            let errors = ended.instance.errors.get(&before(stage)?)?;
            Some((index, errors.clone()))
        });
        let inner = self.run.instances.insert(Instance {
            workflow,
            stages: stages.map(Option::unwrap_or_default).collect(),
            errors: errors.collect(),
            lets: vec![None; declared.lets.len()],
            conditions: vec![ConditionSlot::default(); declared.conditions.len()],
            ..ended.instance.clone()
        });
        for (name, undo) in &ended.undo {
            if let Some(stage) = now.get(name.as_str()).copied() {
                self.note_undo_again(inner, stage, undo);
            }
        }
        Some(inner)
    }

    /// Puts aside the newest successes that nothing undoes: the last one that is left, if one is, is the next to be undone.
    pub(super) fn leave_what_stands(&mut self, id: InstanceId) {
        let instance = &mut self.run.instances[id];
        while let Some(stands) = instance.undo.pop_if(|undoable| !undoable.stated) {
            instance.left.push(stands);
        }
    }

    /// Undoes the newest of what is left; when nothing is, goes on with what comes after.
    pub(super) fn undo_next(&mut self, id: InstanceId) {
        self.leave_what_stands(id);
        if !self.holds_to_undo(id) {
            return;
        }
        let Some(undoable) = self.run.instances[id].undo.pop() else { return self.all_undone(id) };
        let (stage, item) = (undoable.stage, undoable.item);
        match undoable.inner {
            Some(inner) if self.stage(id, stage).undo.is_none() => {
                // Its own limits are gone: what undoes it keeps to those around.
                let limits = self.run.instances[id].limits.clone();
                let instance = &mut self.run.instances[inner];
                (instance.undone_for, instance.limits) = (Some((id, stage, item)), limits);
                self.mark(id, stage, item, Reversal::Done);
                self.run.work.push_back(Work::Undo(inner));
            }
            inner => {
                self.run.graveyard.extend(inner);
                let Seen { round, item, result } = &undoable.seen;
                let (round, value, result) = (*round, self.run.look(item), self.run.look(result));
                let call = self.make_call(Place { instance: id, stage, item: undoable.item, site: Site::Undo }, value);
                (self.run.calls[call].round, self.run.calls[call].result) = (round, Some(Box::new(result)));
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
                self.note_incomplete(id, &undoable, &self.call_path(call), &error);
                Reversal::Failed
            }
            Over::Cancelled => {
                self.note_incomplete(id, &undoable, &self.call_path(call), &StageError::cancelled());
                Reversal::Failed
            }
        };
        self.mark(id, undoable.stage, undoable.item, reversal);
        self.unlock(Holder::Undoing(id));
        self.forget_call(call);
        self.run.work.push_back(Work::Undo(id));
    }

    /// Notes what could not be undone: the failure that leads to all this is to say so.
    pub(super) fn note_incomplete(&mut self, id: InstanceId, undoable: &Undoable, path: &str, error: &StageError) {
        let mut at = id;
        while let Some((outer, stage, item)) = self.run.instances[at].undone_for {
            self.mark(outer, stage, item, Reversal::Failed);
            at = outer;
        }
        self.add_residue(id, undoable.stage, undoable.item, Residue::not_undone(path, error));
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

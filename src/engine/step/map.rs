//! Maps: items start in order as slots become free, results are kept by index, only items under way have a state.

use std::borrow::Cow;

use crate::engine::limits::Startable;
use crate::engine::report::Event;
use crate::engine::retry::memory;
use crate::engine::scope::Local;
use crate::engine::state::{
    BodyRef, CallId, CallState, InstanceId, MapId, MapState, Place, Residue, Site, StageError, Stop,
};
use crate::engine::step::Core;
use crate::engine::step::pool::needs_slot;
use crate::engine::step::stage::Over;
use crate::plan::{Body, Map, Need, Target};
use crate::value::Value;
use crate::value::list::List;
use crate::value::shelf::Slot;

/// Items under way at once that hold no slot (workflows, people) where the map states no limit.
const WINDOW: u32 = 10_000;

impl<'a> Core<'a> {
    /// Begins the map of a stage.
    pub(super) fn begin_map(&mut self, id: InstanceId, index: u32, map: &Map) {
        let items = match self.evaluate(id, &Local::default(), &map.source) {
            Ok(Value::List(items)) => items,
            // The checker has seen that it is a list, or `null` where that cannot be.
            Ok(_) => Default::default(),
            Err(fault) => return self.fault_map(id, index, fault),
        };
        let length = u32::try_from(items.len()).unwrap_or(u32::MAX);
        if let Some(up_to) = map.up_to.filter(|up_to| u64::from(length) > *up_to) {
            let message = format!("there are {length} items, and at most {up_to} are allowed");
            return self.end_stage(id, index, Over::Failed(StageError::new("invalid_input", message)));
        }
        let stamp = self.next_id();
        let state = MapState {
            instance: id,
            stage: index,
            stamp,
            results: vec![Slot::default(); items.len()],
            items,
            next: 0,
            live: Default::default(),
            succeeded: 0,
            errors: Vec::new(),
            failure: None,
            stop: None,
            queued: false,
            failed: Default::default(),
            reversed: Default::default(),
            attempts: 0,
            memory: self.memory_of_map(id, index),
        };
        let map = self.run.maps.insert(state);
        self.run.instances[id].stages[index as usize].body = BodyRef::Map(map);
        self.settle_map(map);
    }

    fn fault_map(&mut self, id: InstanceId, index: u32, fault: crate::engine::scope::Fault) {
        let over = self.over_of(id, index, Err(fault), Over::Value);
        self.end_stage(id, index, over);
    }

    /// Queues the next item if there is one that may start.
    fn queue_next(&mut self, id: MapId) {
        let map = &self.run.maps[id];
        let planned = self.planned_map(map);
        let needs_slot = needs_slot(&planned.call.target);
        let window = planned.parallel.unwrap_or(if needs_slot { u32::MAX } else { WINDOW });
        let room = map.live.len() < window as usize && (map.next as usize) < map.items.len();
        if map.queued || !room || map.stop.is_some() || map.failure.is_some() {
            return;
        }
        let entry = self.entry(self.item_place(id), Startable::Item(id), map.stamp);
        self.run.maps[id].queued = true;
        self.run.queues.push(entry, needs_slot);
    }

    /// The place of the next item.
    pub(super) fn item_place(&self, id: MapId) -> Place {
        let map = &self.run.maps[id];
        Place { instance: map.instance, stage: map.stage, item: map.next, site: Site::Main }
    }

    /// Starts the next item. Its slots are taken if it needs any.
    pub(super) fn start_item(&mut self, id: MapId, has_slots: bool) {
        let place = self.item_place(id);
        let map = &mut self.run.maps[id];
        (map.next, map.queued) = (map.next + 1, false);
        let (item, stamp) = (map.item(place.item), map.stamp);
        let used = self.start_item_call(id, place, item);
        if has_slots && !used {
            let limits = self.limits_at(place, self.picked);
            self.run.queues.release(&limits);
        }
        if self.run.maps.get(id).is_some_and(|map| map.stamp == stamp) {
            self.settle_map(id);
        }
    }

    /// Gives whether the slots of the item are in use.
    fn start_item_call(&mut self, id: MapId, place: Place, item: Value) -> bool {
        if let Some(kept) = self.kept_item(id, place.item, &item) {
            let map = &mut self.run.maps[id];
            map.results[place.item as usize] = kept;
            map.succeeded += 1;
            self.keep_undo(place);
            self.keep_residue(place);
            return false;
        }
        if self.keep_handled_item(id, place, &item) {
            return false;
        }
        self.report_ready(place, &item);
        let call = self.make_call(place, item);
        if !self.prepare(call) || self.take_up(call) {
            return false;
        }
        if self.run.calls[call].unsettled.is_some() {
            self.enqueue(call);
            return false;
        }
        match self.planned(place).target {
            Target::Action { .. } | Target::Pool { .. } => self.plan_attempt(call),
            _ => self.start_free(call),
        }
        true
    }

    /// Lets an item go whose failure was handled before. Gives whether it was.
    fn keep_handled_item(&mut self, id: MapId, place: Place, item: &Value) -> bool {
        let Some(error) = self.handled_item(id, place.item, item) else { return false };
        let call = self.make_call(place, item.clone());
        self.disarm_call(call);
        self.run.calls[call].state = CallState::Over;
        self.keep_residue(place);
        self.leave(id, place.item);
        let map = &mut self.run.maps[id];
        map.failed.insert(place.item, call);
        map.errors.push((place.item, error));
        true
    }

    /// An item came to this.
    pub(super) fn item_over(&mut self, id: MapId, item: u32, over: Over) {
        let Some(call) = self.leave(id, item) else { return };
        match over {
            Over::Value(value) => {
                self.report_item_succeeded(call, &value);
                let slot = self.run.lay(value);
                let map = &mut self.run.maps[id];
                map.results[item as usize] = slot;
                map.succeeded += 1;
                self.forget_call(call);
            }
            Over::Failed(error) => self.item_failed(id, item, call, error),
            Over::Cancelled => {
                let place = self.run.calls[call].place;
                let residue = self.run.instances[place.instance].residues.get(&(place.stage, item));
                let maybe_happened = residue.is_some_and(Residue::maybe_happened);
                self.report(Some(self.call_path(call)), || Event::StageCancelled { maybe_happened });
                self.run.maps[id].failed.insert(item, call);
            }
        }
        self.settle_map(id);
    }

    fn item_failed(&mut self, id: MapId, item: u32, call: CallId, mut error: StageError) {
        let span = self.planned(self.run.calls[call].place).span;
        error.place(self.call_path(call), span);
        self.report_call_failed(call, &error, false);
        let map = &mut self.run.maps[id];
        map.failed.insert(item, call);
        map.failure.get_or_insert(Box::new(error));
    }

    /// A handler lets an item go: its result is `null`.
    pub(super) fn item_skipped(&mut self, id: MapId, item: u32, mut error: StageError) {
        let Some(call) = self.leave(id, item) else { return };
        let span = self.planned(self.run.calls[call].place).span;
        error.place(self.call_path(call), span);
        let map = &mut self.run.maps[id];
        map.failed.insert(item, call);
        map.errors.push((item, error));
        self.settle_map(id);
    }

    fn leave(&mut self, id: MapId, item: u32) -> Option<CallId> {
        let map = &mut self.run.maps[id];
        let call = map.live.remove(&item)?;
        map.attempts = map.attempts.max(self.run.calls[call].attempt);
        Some(call)
    }

    /// Goes on with a map after something in it has ended, or ends it.
    fn settle_map(&mut self, id: MapId) {
        let map = &self.run.maps[id];
        let all = map.next as usize == map.items.len();
        if map.live.is_empty() && (all || map.stop.is_some() || map.failure.is_some()) {
            self.map_over(id, all);
        } else {
            self.queue_next(id);
        }
    }

    fn map_over(&mut self, id: MapId, all: bool) {
        let (instance, stage) = (self.run.maps[id].instance, self.run.maps[id].stage);
        self.keep_errors(id);
        let map = &mut self.run.maps[id];
        map.queued = false;
        self.run.instances[instance].stages[stage as usize].attempts = map.attempts;
        let complete = all && map.failure.is_none() && map.succeeded as usize + map.errors.len() == map.items.len();
        let (stop, failure) = (map.stop, map.failure.clone());
        let over = match failure {
            _ if complete => self.map_value(id),
            _ if stop == Some(Stop::Deadline) => {
                let mut error = StageError::new("timeout", "it did not end within its deadline");
                error.place(self.stage_path(instance, stage), self.stage(instance, stage).span);
                self.stage_residue(instance, stage).add_to(&mut error);
                Over::Failed(error)
            }
            Some(failure) => Over::Failed(*failure),
            None => Over::Cancelled,
        };
        self.end_stage(instance, stage, over);
    }

    /// The value of a map whose items have all ended, if enough of them succeeded.
    fn map_value(&mut self, id: MapId) -> Over {
        let map = &self.run.maps[id];
        let length = map.items.len() as u64;
        let needed = match self.planned_map(map).need {
            Some(Need::Count(count)) => count,
            Some(Need::Percent(share)) => (length * share).div_ceil(100),
            None => 0,
        };
        if u64::from(map.succeeded) < needed {
            let message = format!("{} of {length} items succeeded, and {needed} must", map.succeeded);
            return Over::Failed(StageError::new("insufficient", message));
        }
        let results = std::mem::take(&mut self.run.maps[id].results);
        Over::Value(Value::List(List::of_slots(results, self.run.shelf.as_ref())))
    }

    /// Keeps what `errors(stage)` says, whatever becomes of the map.
    fn keep_errors(&mut self, id: MapId) {
        let map = &self.run.maps[id];
        let failed = map.errors.iter().map(|(item, error)| (*item, error));
        let errors: Vec<Value> = failed
            .map(|(item, error)| {
                Value::record([
                    ("index", Value::Int(i64::from(item))),
                    ("item", map.item(item)),
                    ("class", Value::text(error.class.as_str())),
                    ("message", Value::text(error.message.as_str())),
                ])
            })
            .collect();
        if !errors.is_empty() {
            let (instance, stage) = (map.instance, map.stage);
            self.run.instances[instance].errors.insert(stage, Value::list(errors));
        }
    }

    /// Ends a map early, as far as it can be ended.
    pub(super) fn stop_map(&mut self, id: MapId, stop: Stop) {
        let map = &mut self.run.maps[id];
        let (stamp, live) = (map.stamp, map.live.values().copied().collect::<Vec<_>>());
        map.stop = map.stop.max(Some(stop));
        for call in live {
            self.stop_call(call, stop.min(Stop::Cancel));
        }
        let settled = self.run.maps.get(id).is_none_or(|map| map.stamp != stamp);
        if !settled && self.run.maps[id].live.is_empty() && self.is_active(id) {
            self.settle_map(id);
        }
    }

    fn is_active(&self, id: MapId) -> bool {
        let map = &self.run.maps[id];
        !self.run.instances[map.instance].stages[map.stage as usize].state.ended()
    }

    fn planned_map(&self, map: &MapState) -> &'a Map {
        match &self.stage(map.instance, map.stage).body {
            Body::Map(planned) => planned,
            _ => unreachable!("a map is under way only for a stage that is one"),
        }
    }

    fn memory_of_map(&self, id: InstanceId, index: u32) -> Option<std::sync::Arc<memory::Map>> {
        self.memory_of(id, index).and_then(|stage| stage.map.clone())
    }
}

impl MapState {
    /// The item of this number.
    pub(super) fn item(&self, item: u32) -> Value {
        self.items.get(item as usize).map_or(Value::Null, Cow::into_owned)
    }
}

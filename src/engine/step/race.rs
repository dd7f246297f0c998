//! Races: all alternatives start, the first that succeed decide, what has not ended then is ended and waited for.

use crate::engine::report::Event;
use crate::engine::state::{BodyRef, CallId, CallState, InstanceId, RaceId, RaceState, Site, StageError, Stop};
use crate::engine::step::Core;
use crate::engine::step::instance::count;
use crate::engine::step::stage::{Over, place};
use crate::plan::{Body, Race, RaceKind};
use crate::value::Value;

impl<'a> Core<'a> {
    /// Begins the race of a stage: every alternative is queued.
    pub(super) fn begin_race(&mut self, id: InstanceId, index: u32, race: &Race) {
        let state = RaceState {
            instance: id,
            stage: index,
            calls: Vec::with_capacity(race.alternatives.len()),
            live: count(race.alternatives.iter()),
            won: Vec::new(),
            failure: None,
            decided: false,
            busy: true,
            stop: None,
            handler: None,
        };
        let state = self.run.races.insert(state);
        self.run.instances[id].stages[index as usize].body = BodyRef::Race(state);
        // All are there before the first can end.
        let numbers = 0..self.run.races[state].live;
        let calls: Vec<CallId> =
            numbers.map(|number| self.make_call(place(id, index, Site::Alternative(number)), Value::Null)).collect();
        self.end_alternatives_again(state);
        for call in calls {
            // A `let` that fails for one of them ends them all.
            if self.run.calls[call].state == CallState::Ready && self.prepare(call) && !self.take_up(call) {
                self.enqueue(call);
            }
        }
        self.run.races[state].busy = false;
        self.settle_race(state);
    }

    /// Ends the alternatives that had ended before the run moved to this plan, in the same order.
    fn end_alternatives_again(&mut self, id: RaceId) {
        let (instance, stage) = (self.run.races[id].instance, self.run.races[id].stage);
        let Some(before) = self.memory_of(instance, stage).and_then(|memory| memory.race.clone()) else { return };
        let won = before.won.into_iter().map(|(number, value)| (number, Over::Value(value)));
        let failed = before.failed.into_iter().map(|(number, error)| (number, Over::Failed(*error)));
        for (number, over) in won.chain(failed) {
            let call = self.run.races[id].calls[number as usize];
            self.call_over(call, over);
        }
    }

    /// Lets the alternatives that did not succeed try again, with the numbers that they have.
    pub(super) fn race_again(&mut self, id: RaceId) {
        let race = &mut self.run.races[id];
        let won: Vec<u32> = race.won.iter().map(|(number, _)| *number).collect();
        let calls = (0..).zip(race.calls.clone()).filter(|(number, _)| !won.contains(number));
        let calls: Vec<CallId> = calls.map(|(_, call)| call).collect();
        (race.live, race.failure, race.decided, race.stop, race.handler) =
            (count(calls.iter()), None, false, None, None);
        race.busy = true;
        for call in &calls {
            self.revive(*call);
        }
        for call in calls {
            // A `let` that fails for one of them ends them all.
            if self.run.calls[call].state == CallState::Ready && self.prepare(call) {
                self.enqueue(call);
            }
        }
        self.run.races[id].busy = false;
        self.settle_race(id);
    }

    /// An alternative came to this.
    pub(super) fn alternative_over(&mut self, id: RaceId, number: u32, over: Over) {
        let race = &mut self.run.races[id];
        race.live -= 1;
        let (call, decided) = (race.calls[number as usize], race.decided);
        match over {
            Over::Value(value) if !decided => {
                self.report_item_succeeded(call, &value);
                self.run.races[id].won.push((number, value));
            }
            Over::Failed(mut error) if !decided => {
                let span = self.planned(self.run.calls[call].place).span;
                error.place(self.call_path(call), span);
                self.report_call_failed(call, &error, true);
                self.run.races[id].failure = Some((number, Box::new(error)));
            }
            // What has lost is not told as a success or a failure of its own.
            _ => self.report(Some(self.call_path(call)), || Event::StageCancelled { maybe_happened: false }),
        }
        self.settle_race(id);
    }

    /// Decides a race that can be decided, and ends it once nothing of it is under way.
    fn settle_race(&mut self, id: RaceId) {
        let race = &self.run.races[id];
        if race.busy {
            return;
        }
        let (needed, won) = (self.needed(race), race.won.len());
        if !race.decided && (won >= needed || won + (race.live as usize) < needed) {
            self.run.races[id].decided = true;
            self.stop_alternatives(id, Stop::Cancel);
        }
        let race = &self.run.races[id];
        let (instance, stage) = (race.instance, race.stage);
        if race.live == 0 {
            let attempts = race.calls.iter().map(|call| self.run.calls[*call].attempt).max();
            self.run.instances[instance].stages[stage as usize].attempts = attempts.unwrap_or(0);
            let over = self.race_value(id);
            self.stage_over(instance, stage, over);
        }
    }

    fn stop_alternatives(&mut self, id: RaceId, stop: Stop) {
        let busy = std::mem::replace(&mut self.run.races[id].busy, true);
        for call in self.run.races[id].calls.clone() {
            self.stop_call(call, stop);
        }
        self.run.races[id].busy = busy;
    }

    /// What a race gives of which nothing is under way.
    fn race_value(&mut self, id: RaceId) -> Over {
        let (needed, kind) = (self.needed(&self.run.races[id]), self.planned_race(&self.run.races[id]).kind);
        let race = &mut self.run.races[id];
        if race.won.len() < needed {
            return match (race.stop, &race.failure) {
                (Some(Stop::Deadline), _) => {
                    Over::Failed(StageError::new("timeout", "it did not end within its deadline"))
                }
                (None, Some((_, failure))) => Over::Failed((**failure).clone()),
                _ => Over::Cancelled,
            };
        }
        let mut won = std::mem::take(&mut race.won);
        won.truncate(needed);
        let race = &self.run.races[id];
        let tag = |number: u32| self.planned_race(race).alternatives[number as usize].tag.as_deref();
        match (kind, won.pop()) {
            (RaceKind::Any(_), last) => Over::Value(Value::list(won.into_iter().chain(last).map(|(_, v)| v).collect())),
            (RaceKind::First, Some((_, value))) => Over::Value(value),
            (RaceKind::Tagged, Some((number, value))) => {
                let tag = Value::text(tag(number).unwrap_or_default());
                Over::Value(Value::record([("won", tag), ("value", value)]))
            }
            (_, None) => Over::Cancelled,
        }
    }

    /// Ends a race early, as far as it can be ended.
    pub(super) fn stop_race(&mut self, id: RaceId, stop: Stop) {
        let race = &mut self.run.races[id];
        if let Some(handler) = race.handler {
            return self.stop_call(handler, stop);
        }
        race.stop = race.stop.max(Some(stop));
        self.stop_alternatives(id, stop.min(Stop::Cancel));
        self.settle_race(id);
    }

    fn needed(&self, race: &RaceState) -> usize {
        match self.planned_race(race).kind {
            RaceKind::First | RaceKind::Tagged => 1,
            RaceKind::Any(count) => count as usize,
        }
    }

    fn planned_race(&self, race: &RaceState) -> &'a Race {
        match &self.stage(race.instance, race.stage).body {
            Body::Race(planned) => planned,
            _ => unreachable!("a race is under way only for a stage that is one"),
        }
    }
}

//! What is kept inside a stage that did not end well, or is under way: calls, rounds, items.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::engine::doubt::{Unsettled, probe_by};
use crate::engine::key::key;
use crate::engine::outlook;
use crate::engine::retry::Fate;
use crate::engine::retry::decide::{Decider, Pair};
use crate::engine::retry::memory;
use crate::engine::retry::reach::of_call;
use crate::engine::retry::same::same_arguments;
use crate::engine::state::{
    Asked, BodyRef, Call, CallId, CallState, MapState, RaceState, Residue, Reversal, Site, StageError, StageSlot,
};
use crate::engine::step::call::plan_call;
use crate::engine::step::pool::carrier;
use crate::plan::{self, Body, Stage, Target};
use crate::value::policy::Effects;
use crate::value::shelf::Slot;

/// A stage whose inside is gone through.
pub(super) struct Inside<'p, 'a> {
    pub pair: &'p Pair<'a>,
    pub stage: &'a Stage,
    pub path: String,
    /// Neither its definition nor what it reads changed.
    pub same: bool,
    /// What it reads did not change.
    pub same_reads: bool,
    /// It is under way and the same: it goes on where it stands.
    pub goes_on: bool,
    /// Why it runs again.
    pub because: &'p str,
}

impl<'a> Decider<'a> {
    /// A stage that failed or was cancelled: what succeeded inside it is kept as far as it can be.
    pub fn unfinished(&mut self, inside: &Inside<'_, 'a>, slot: &StageSlot) -> memory::Stage {
        let index = inside.pair.names[inside.stage.name.as_str()] as u32;
        let undo = self.undo_of(inside.pair, index);
        let since = inside.goes_on.then_some(slot.since);
        let residues = self.residues(inside.pair.id, index as usize);
        let residues = residues.map(|(item, residue)| (item, residue.clone())).collect();
        let mut memory = memory::Stage { undone: slot.undone, undo, residues, since, ..memory::Stage::default() };
        match slot.body {
            BodyRef::None if inside.goes_on => self.tell(inside.path.clone(), Fate::New, "waits for its lock"),
            BodyRef::None => self.tell(inside.path.clone(), Fate::Again, inside.because),
            BodyRef::Call(call) => {
                memory.calls = self.calls(inside, call, &inside.path);
                memory.in_hand = Some(&self.old.calls[call]).filter(|_| inside.goes_on).and_then(in_hand);
            }
            BodyRef::Race(race) => self.race(inside, &self.old.races[race], &mut memory),
            BodyRef::Map(map) => {
                if !inside.goes_on {
                    self.tell(inside.path.clone(), Fate::Again, inside.because);
                }
                let begun = self.old.maps[map].next;
                let before = self.earlier(inside.pair, inside.stage);
                if let Some(before) = before {
                    memory.undo.extend(before.undo.iter().filter(|undo| undo.item >= begun).cloned());
                    let open = before.residues.range(begun..).map(|(item, residue)| (*item, residue.clone()));
                    memory.residues.extend(open);
                }
                if self.comes_too_late(inside.pair.old_stage(inside.stage), inside.stage, &memory.undo) {
                    self.tell_too_late(inside.path.clone());
                }
                let (map, lost) = self.map(inside, &self.old.maps[map], &memory.residues);
                memory.undone += u32::from(lost);
                memory.map = Some(Arc::new(map));
            }
        }
        self.add_earlier(inside.pair, inside.stage, &mut memory, inside.same, &inside.path);
        // What undoes a success has the number of its stage: above that of every call whose successes it has undone.
        memory.undone = memory.undone.max(highest_undone(&memory));
        memory
    }

    fn race(&mut self, inside: &Inside<'_, 'a>, race: &'a RaceState, memory: &mut memory::Stage) {
        let from = self.decisions.len();
        memory.calls =
            race.calls.iter().chain(&race.handler).flat_map(|id| self.calls(inside, *id, &inside.path)).collect();
        if !inside.goes_on {
            // Its alternatives are told as one: what becomes of each is not for people to weigh.
            self.decisions.truncate(from + 1);
            return;
        }
        memory.in_hand = race.handler.and_then(|handler| in_hand(&self.old.calls[handler]));
        memory.race = Some(memory::Race { won: race.won.clone(), failed: self.failed_of(race) });
        for call in memory.calls.values_mut() {
            // What is over is ended again by its race.
            let over = call.standing.as_ref().is_some_and(|standing| standing.failed);
            if over {
                Arc::make_mut(call).standing = None;
            }
        }
    }

    /// Alternatives that have failed; none once the failure of the whole is in hand: another try is one of theirs too.
    fn failed_of(&self, race: &RaceState) -> Vec<(u32, Box<StageError>)> {
        let latest = race.failure.as_ref().map(|(number, _)| *number);
        let failed = (0..).zip(&race.calls).filter_map(|(number, id)| {
            let call = &self.old.calls[*id];
            let over = call.state == CallState::Over && !race.won.iter().any(|(won, _)| *won == number);
            let error = call.error.clone().unwrap_or_else(|| Box::new(StageError::cancelled()));
            (over && race.handler.is_none()).then_some((number, error))
        });
        let mut failed: Vec<(u32, Box<StageError>)> = failed.collect();
        failed.sort_by_key(|(number, _)| Some(*number) == latest);
        failed
    }

    /// A call, and those that handle its failure.
    fn calls(&mut self, inside: &Inside<'_, 'a>, first: CallId, path: &str) -> memory::Calls {
        let mut calls = BTreeMap::new();
        let mut next = Some(first);
        while let Some(call) = next.and_then(|id| self.old.calls.get(id)) {
            calls.insert(call.place.site, Arc::new(self.call(inside, call, path.to_owned())));
            next = call.handler;
        }
        calls
    }

    fn call(&mut self, inside: &Inside<'_, 'a>, call: &'a Call, path: String) -> memory::Call {
        let old_call = plan_call(self.old_plan, self.old, call.place);
        let successor = planned(inside.stage, call.place.site);
        let same_args = inside.same_reads
            && successor.is_some_and(|new| same_arguments(inside.pair.old, old_call, inside.pair.new, new));
        let unsettled = self.unsettled(inside, call, old_call, successor);
        self.tell_call(inside, call, unsettled.as_ref(), &path);
        let mut memory = memory::Call {
            attempt: call.attempt,
            known: call.known,
            undone: call.undone + u32::from(!inside.same),
            // Only the very same idempotent call repeats past an unknown outcome.
            unsettled,
            member: call
                .member
                .filter(|_| successor.is_some_and(|new| self.same_target(&old_call.target, &new.target))),
            error: call.error.as_deref().cloned(),
            rounds: None,
            inner: None,
            standing: None,
        };
        if inside.goes_on {
            stand(call, &mut memory);
        } else {
            self.rounds(inside, &mut memory, call, old_call, successor.filter(|_| same_args), &path);
        }
        let keeps = same_args && !(inside.goes_on && call.state == CallState::Pausing);
        let inner_path = format!("{}.", with_round(path, call.round));
        match (call.inner, &call.memory, successor.map(|new| &new.target)) {
            (Some(inner), _, Some(Target::Workflow(new))) if keeps => {
                let args = call.args.clone();
                memory.undone = call.undone;
                memory.inner = Some(Arc::new(self.instance(inner, *new, &args, inner_path)));
            }
            (None, Some(before), Some(_)) if keeps && inside.same => {
                // It has not started in this life: its number is that of the attempt that goes on.
                memory.attempt += 1;
                memory.inner = Some(before.clone());
            }
            // What is tried again starts from nothing.
            (Some(_), ..) if inside.goes_on && same_args => {}
            (Some(inner), ..) => self.lose(inner, &inner_path),
            (None, ..) => {}
        }
        memory
    }

    fn tell_call(&mut self, inside: &Inside<'_, 'a>, call: &'a Call, unsettled: Option<&Unsettled>, path: &str) {
        match unsettled {
            _ if inside.goes_on => {
                self.decisions
                    .extend(outlook::of_call(self.old_plan, self.old, call).filter(|_| call.handler.is_none()));
            }
            Some(_) if self.moves && call.unsettled.is_some() && call.state != CallState::Over => {
                self.tell_unsettled(path.to_owned());
            }
            Some(unsettled) if !unsettled.for_person => {
                self.tell(path.to_owned(), Fate::Again, "unknown outcome: its probe is asked first");
            }
            Some(_) => self.tell(path.to_owned(), Fate::Asks, "nobody knows whether it happened"),
            None if matches!(call.place.site, Site::Handler(_)) => {}
            None => self.tell(path.to_owned(), Fate::Again, inside.because),
        }
    }

    /// An attempt of a call that has to be settled before anything of it starts. Its probe can tell only of the same action.
    fn unsettled(
        &self,
        inside: &Inside<'_, 'a>,
        call: &'a Call,
        old: &plan::Call,
        new: Option<&plan::Call>,
    ) -> Option<Unsettled> {
        let maybe = call.error.as_ref().filter(|error| error.maybe_happened && !inside.same && is_action(old));
        let doubted = |class: &String| Unsettled {
            class: class.clone(),
            args: self.old.arguments(self.old_plan, call),
            key: key(self.old_plan, self.old, call),
            probes: 0,
            for_person: false,
        };
        let unsettled = call.unsettled.as_deref().cloned().or_else(|| maybe.map(|error| doubted(&error.class)))?;
        if inside.goes_on {
            return Some(unsettled);
        }
        // A pool that does the same has the same members in the same order.
        let same = new.filter(|new| self.same_target(&old.target, &new.target));
        let doer = same.and_then(|new| carrier(self.new_plan, &new.target, call.member));
        let probe = doer.and_then(|doer| probe_by(self.new_plan, doer));
        Some(Unsettled { for_person: probe.is_none(), ..unsettled })
    }

    /// Rounds that have ended are kept if the next ones follow from them as before.
    fn rounds(
        &mut self,
        inside: &Inside<'_, 'a>,
        memory: &mut memory::Call,
        call: &Call,
        old_call: &plan::Call,
        successor: Option<&plan::Call>,
        path: &str,
    ) {
        if call.round == 0 {
            return;
        }
        let class = call.error.as_ref().map_or("", |error| error.class.as_str());
        let reversed = self.reversal(inside, call);
        let goes_on = successor.and_then(|new| new.repeat.as_ref()).is_some_and(|repeat| match class {
            "stalled" => false,
            // As many again, or as many more as there are now.
            "exhausted" => true,
            _ => repeat.up_to >= call.round - call.spent,
        });
        let goes_on = goes_on
            && reversed == Reversal::None
            && successor.is_some_and(|new| self.same_target(&old_call.target, &new.target));
        if goes_on {
            let (previous, result, args) = (call.previous.clone(), call.result.clone(), call.args.clone());
            let used_up = successor
                .and_then(|new| new.repeat.as_ref())
                .is_some_and(|repeat| class == "exhausted" && repeat.up_to <= call.round - call.spent);
            let spent = if used_up { call.round } else { call.spent };
            memory.rounds = Some(memory::Rounds { round: call.round, spent, args, previous, result });
            return;
        }
        let ended = call.round > 1 || call.result.is_some();
        let wrote = ended && of_call(self.old_plan, old_call) > Effects::Reads;
        match reversed {
            Reversal::None if wrote => self.tell_again(path.to_owned(), true, "its rounds begin anew"),
            Reversal::Failed => self.tell_again(path.to_owned(), true, "it could not be undone"),
            Reversal::None | Reversal::Done => {}
        }
        (memory.attempt, memory.known, memory.undone) = (0, 0, call.undone + 1);
    }

    /// Whether rounds of a call that did not succeed were undone.
    fn reversal(&self, inside: &Inside<'_, 'a>, call: &Call) -> Reversal {
        let slot = &self.old.instances[inside.pair.id].stages[inside.pair.names[inside.stage.name.as_str()]];
        match slot.body {
            BodyRef::Map(map) => self.old.maps[map].reversed.get(&call.place.item).copied().unwrap_or(Reversal::None),
            _ => slot.reversal,
        }
    }

    /// Items that succeeded are kept by index and value. Gives also whether some were lost.
    fn map(
        &mut self,
        inside: &Inside<'_, 'a>,
        map: &'a MapState,
        residues: &BTreeMap<u32, Residue>,
    ) -> (memory::Map, bool) {
        let old_stage = inside.pair.old_stage(inside.stage);
        let (Body::Map(old), Body::Map(new)) = (&old_stage.body, &inside.stage.body) else {
            return (memory::Map::default(), true);
        };
        let same_call = inside.same_reads
            && same_arguments(inside.pair.old, &old.call, inside.pair.new, &new.call)
            && self.same_target(&old.call.target, &new.call.target);
        let mut results = results(map);
        let not_undone = |item: &u32| residues.get(item).is_some_and(|residue| residue.undo_incomplete());
        let open: BTreeSet<u32> = results.keys().copied().filter(|item| !self.moves && not_undone(item)).collect();
        let all_kept = same_call && inside.same && map.reversed.is_empty() && open.is_empty();
        let lost = !results.is_empty() && !all_kept;
        if lost && !(same_call && inside.same) && of_call(self.old_plan, &old.call) > Effects::Reads {
            self.tell_again(inside.path.clone(), true, "its items may not be the same");
        }
        for (item, _) in map.reversed.iter().filter(|(_, reversal)| **reversal == Reversal::Failed) {
            self.tell_again(format!("{}[{item}]", inside.path), true, "it could not be undone");
        }
        for item in open.iter().filter(|item| !map.reversed.contains_key(item)) {
            self.tell_again(format!("{}[{item}]", inside.path), true, "something in it could not be undone");
        }
        let calls = self.items(inside, map, same_call);
        results.retain(|item, _| same_call && !map.reversed.contains_key(item) && !open.contains(item));
        for index in results.keys() {
            self.tell_kept(format!("{}[{index}]", inside.path));
        }
        let left = map.items.len() - map.next as usize;
        if inside.goes_on && left > 0 {
            self.tell(inside.path.clone(), Fate::New, &format!("{left} more items not started before"));
        }
        let handled = if inside.goes_on { map.errors.clone() } else { Vec::new() };
        (memory::Map { items: map.items.clone(), results, calls, handled }, lost)
    }

    /// Items that have not succeeded, those included that the run had not come to since it last went on.
    fn items(&mut self, inside: &Inside<'_, 'a>, map: &'a MapState, same_call: bool) -> BTreeMap<u32, memory::Calls> {
        let mut calls: BTreeMap<u32, memory::Calls> = BTreeMap::new();
        for (index, id) in map.live.iter().chain(&map.failed) {
            let path = format!("{}[{index}]", inside.path);
            let from = self.decisions.len();
            let live = map.live.contains_key(index);
            let item = Inside { goes_on: inside.goes_on && live, path: path.clone(), ..*inside };
            let item = if live { item } else { Inside { because: "it failed", ..item } };
            calls.insert(*index, self.calls(&item, *id, &path));
            if inside.goes_on && map.errors.iter().any(|(handled, _)| handled == index) {
                self.decisions.truncate(from);
            }
        }
        let before = map.memory.as_ref().filter(|_| inside.same && same_call);
        for (index, before) in before.iter().flat_map(|before| before.calls.range(map.next..)) {
            calls.entry(*index).or_insert_with(|| before.clone());
        }
        calls
    }
}

fn highest_undone(memory: &memory::Stage) -> u32 {
    let items = memory.map.iter().flat_map(|map| map.calls.values());
    let calls = items.chain([&memory.calls]).flat_map(|calls| calls.values());
    calls.map(|call| call.undone).max().unwrap_or(0)
}

/// Results of a map by index: its own, and those that were kept before and that it had not come to.
pub(super) fn results(map: &MapState) -> BTreeMap<u32, Slot> {
    let succeeded = (0..map.next).filter(|index| !map.failed.contains_key(index) && !map.live.contains_key(index));
    let own = succeeded.map(|index| (index, map.results[index as usize].clone()));
    let same = |before: &&Arc<memory::Map>, index: u32| {
        before.items.get(index as usize).is_some_and(|item| map.items.get(index as usize) == Some(item))
    };
    let before = map
        .memory
        .iter()
        .flat_map(|before| before.results.range(map.next..).filter(move |(index, _)| same(&before, **index)));
    own.chain(before.map(|(index, value)| (*index, value.clone()))).collect()
}

/// Notes where a call stands that goes on from there.
fn stand(call: &Call, memory: &mut memory::Call) {
    let waits = matches!(
        call.state,
        CallState::Asking(Asked::Form | Asked::Approval) | CallState::Waiting | CallState::Listening
    );
    // It begins to wait once more, under the same number.
    memory.attempt -= u32::from(waits);
    if call.round > 0 {
        let (round, spent, args) = (call.round, call.spent, call.args.clone());
        let (previous, result) = (call.previous.clone(), call.result.clone());
        memory.rounds = Some(memory::Rounds { round, spent, args, previous, result });
    }
    memory.standing = Some(Box::new(memory::Standing {
        stamp: call.stamp,
        counted: call.counted,
        began: call.began,
        since: (waits || matches!(call.state, CallState::Asking(_))).then_some(call.since),
        pause: call.timer.map(|(due, _)| due).filter(|_| call.state == CallState::Pausing),
        failed: matches!(call.state, CallState::Asking(Asked::Failure) | CallState::Over),
        probe: call.probe.clone(),
        approval: call.question.as_ref().and_then(|question| question.approval.clone()),
    }));
}

/// The failure of a whole stage that is in hand, if this is the call that has it.
fn in_hand(call: &Call) -> Option<(Site, Option<Box<StageError>>)> {
    match call.place.site {
        site @ (Site::Handler(_) | Site::Whole) => Some((site, call.error.clone())),
        _ => None,
    }
}

/// The call of a stage at this site.
fn planned(stage: &Stage, site: Site) -> Option<&plan::Call> {
    match (site, &stage.body) {
        (Site::Main, Body::Call(call)) => Some(call),
        (Site::Main, Body::Map(map)) => Some(&map.call),
        (Site::Arm(arm), Body::Match(branches)) => match &branches.arms.get(arm as usize)?.body {
            plan::ArmBody::Call(call) => Some(call),
            _ => None,
        },
        (Site::Alternative(number), Body::Race(race)) => Some(&race.alternatives.get(number as usize)?.call),
        (Site::Undo, _) => stage.undo.as_deref(),
        (Site::Handler(handler), _) => match &stage.handlers.get(handler as usize)?.action {
            plan::HandlerAction::Call(call) => Some(call),
            _ => None,
        },
        _ => None,
    }
}

fn is_action(call: &plan::Call) -> bool {
    matches!(call.target, Target::Action { .. } | Target::Pool { .. })
}

fn with_round(path: String, round: u32) -> String {
    if round == 0 { path } else { format!("{path}#{round}") }
}

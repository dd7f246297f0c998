//! What a run that is resumed will do, stage by stage, before it does it.
//!
//! Nothing is decided here: the run is stepped on by what is known already, and as it would be if nobody knew what became of what
//! is under way, and then told as it stands.

use std::collections::BTreeSet;

use crate::engine::journal::Event;
use crate::engine::key;
use crate::engine::mail;
use crate::engine::retry::{Fate, StageDecision};
use crate::engine::state::{
    Asked, BodyRef, Call, CallId, CallState, InstanceId, MapState, Phase, Reversal, Run, StageSlot, StageState,
    Undoable,
};
use crate::engine::step::call::plan_call;
use crate::engine::step::step;
use crate::plan::{Plan, Stage};
use crate::store::Message;
use crate::value::policy::Effects;

/// Of an attempt of which the process before has not seen the end.
const ASKED_AFTER: &str = "what became of it is asked";
/// Of what undoes a success.
const UNDOES: &str = "undoes what succeeded";

/// What was said to a run and lies in the store.
#[derive(Debug, Clone, Copy, Default)]
pub struct Said<'a> {
    /// Words to this run that it has not taken.
    pub to_it: &'a [Message],
    /// Messages to every run.
    pub to_all: &'a [Message],
    /// When the run began, milliseconds since 1970: what was sent before is not for it.
    pub since: i64,
}

/// A run that has not ended as it will stand when it is resumed at `now` (milliseconds since 1970), before anything of it starts:
/// what people have said is heard, what is due fires.
pub fn foreseen(plan: &Plan, run: &Run, said: Said<'_>, now: i64) -> Run {
    let mut run = run.clone();
    run.quiet = true;
    let words = said.to_it.iter().cloned().map(Event::Message);
    for event in [Event::Suspended].into_iter().chain(words) {
        if run.end.is_none() {
            step(plan, &mut run, now, event);
        }
    }
    mail::hear(plan, &mut run, said, now);
    run
}

/// The same if nobody knows what became of what is under way.
pub fn foreseen_lost(plan: &Plan, run: &Run) -> Run {
    let mut lost = run.clone();
    lost.quiet = true;
    for id in run.attempts().filter(|id| run.is_running(*id)) {
        if lost.end.is_none() {
            step(plan, &mut lost, run.at, Event::Lost { id, because: "the process that drove it died".into() });
        }
    }
    lost
}

/// Says for every stage of a run that has not ended and is as it was [`foreseen`] what becomes of it when it is resumed: outer
/// stages before inner ones, each workflow in the order of the file.
pub fn plan_resume(plan: &Plan, run: &Run) -> Vec<StageDecision> {
    let view = View { plan, run, lost: &foreseen_lost(plan, run) };
    let mut decisions = Vec::new();
    run.walk(plan, |path, id, index| {
        let slot = &run.instances[id].stages[index];
        let undone = view.undone(id, index as u32);
        match (slot.state, slot.body) {
            (StageState::Succeeded, _) if undone.is_empty() && slot.reversal == Reversal::None => {
                decisions.push(decision(path, Fate::Kept, "kept"));
            }
            // What failed and was left out stays so: nothing of it runs again.
            (StageState::Handled, _) => decisions.push(decision(path, Fate::Kept, "kept")),
            (StageState::Pending, _) if run.instances[id].phase == Phase::Running => {
                decisions.push(decision(path, Fate::New, "not started before"));
            }
            (StageState::Pending, _) if view.tidies_up(id, index) => {
                decisions.push(decision(path, Fate::New, "runs at the end"));
            }
            (StageState::Active, BodyRef::None) => decisions.push(decision(path, Fate::New, "waits for its lock")),
            (StageState::Active, BodyRef::Call(call)) => {
                decisions.extend(view.call(run.calls[call].handler.unwrap_or(call)));
            }
            (StageState::Active, BodyRef::Map(map)) => view.map(&run.maps[map], path, &mut decisions),
            (StageState::Active, BodyRef::Race(race)) => {
                let race = &run.races[race];
                let calls = race.handler.map_or_else(|| race.calls.clone(), |handler| vec![handler]);
                decisions.extend(calls.iter().filter_map(|call| view.call(*call)));
            }
            _ => {}
        }
        decisions.extend(undone);
    });
    decisions
}

/// A run that is about to be resumed.
struct View<'a> {
    plan: &'a Plan,
    run: &'a Run,
    /// The same if nobody knows what became of what is under way.
    lost: &'a Run,
}

impl View<'_> {
    /// Whether this is of `finally`, and is come to although the body ends early.
    fn tidies_up(&self, id: InstanceId, index: usize) -> bool {
        let instance = &self.run.instances[id];
        let stage = &self.plan.workflows[instance.workflow.index()].stages[index];
        stage.finally && instance.phase != Phase::Ended
    }

    /// What is undone of a stage, the newest success first.
    fn undone(&self, id: InstanceId, stage: u32) -> Vec<StageDecision> {
        let instance = &self.run.instances[id];
        let under_way = instance.undoing.iter().filter(|(undoable, _)| undoable.stage == stage);
        let mut decisions: Vec<StageDecision> = under_way.filter_map(|(_, call)| self.call(*call)).collect();
        for decision in decisions.iter_mut().filter(|decision| decision.fate == Fate::New) {
            decision.because = UNDOES.into();
        }
        if self.is_undone(id) {
            for undoable in instance.undo.iter().rev().filter(|undoable| undoable.stage == stage) {
                self.add_undone(id, undoable, &mut decisions);
            }
        }
        decisions
    }

    /// Whether what succeeded in an instance is going to be undone: it has failed, or cannot come to its end.
    fn is_undone(&self, id: InstanceId) -> bool {
        let instance = &self.run.instances[id];
        let stages = &self.plan.workflows[instance.workflow.index()].stages;
        let cut = |(stage, slot): (&Stage, &StageSlot)| {
            !stage.finally && matches!(slot.state, StageState::Pending | StageState::Cancelled)
        };
        match instance.phase {
            Phase::Undoing => true,
            Phase::Draining | Phase::Killing => {
                instance.failure.is_some() || stages.iter().zip(&instance.stages).any(cut)
            }
            Phase::Running | Phase::Finally | Phase::Ended => false,
        }
    }

    fn add_undone(&self, id: InstanceId, undoable: &Undoable, decisions: &mut Vec<StageDecision>) {
        let instance = &self.run.instances[id];
        let stage = &self.plan.workflows[instance.workflow.index()].stages[undoable.stage as usize];
        match undoable.inner {
            _ if stage.undo.is_some() => {
                let path = key::undo_path(self.plan, self.run, id, undoable);
                decisions.push(decision(path, Fate::New, UNDOES));
            }
            Some(inner) => {
                for undoable in self.run.instances[inner].undo.iter().rev() {
                    self.add_undone(inner, undoable, decisions);
                }
            }
            None => {}
        }
    }

    fn map(&self, map: &MapState, path: String, decisions: &mut Vec<StageDecision>) {
        let undo = self.run.instances[map.instance].undo.iter();
        let undone: BTreeSet<u32> = undo
            .filter(|undoable| undoable.stage == map.stage && undoable.stated && self.is_undone(map.instance))
            .map(|undoable| undoable.item)
            .collect();
        let over = |index: &u32| !map.live.contains_key(index) && !map.failed.contains_key(index);
        for index in (0..map.next).filter(over).filter(|index| !undone.contains(index)) {
            decisions.push(decision(format!("{path}[{index}]"), Fate::Kept, "kept"));
        }
        decisions.extend(map.live.values().filter_map(|call| self.call(*call)));
        let left = map.items.len() - map.next as usize;
        if left > 0 && map.failure.is_none() && map.stop.is_none() {
            decisions.push(decision(path, Fate::New, format!("{left} more items not started before")));
        }
    }

    fn call(&self, id: CallId) -> Option<StageDecision> {
        let call = &self.run.calls[id];
        match call.state {
            CallState::Running(..) if !call.probes() => Some(self.under_way(id, call)),
            _ => of_call(self.plan, self.run, call),
        }
    }

    /// An attempt that the process before began: its end may be known to whoever carried it out.
    fn under_way(&self, id: CallId, call: &Call) -> StageDecision {
        let path = key::call_path(self.plan, self.run, call);
        let effects = effects(self.plan, self.run, call);
        let agent = self.run.doer(self.plan, call).map(|(agent, _)| &self.plan.agents[agent.index()]);
        let lives_on = agent.is_some_and(|agent| agent.runs_processes());
        let lost = self.lost.calls.get(id).filter(|lost| lost.stamp == call.stamp);
        match lost {
            Some(lost) if lives_on => {
                let then = if_lost(lost, effects);
                decision(path, Fate::Again, format!("taken up where it is; if lost, {then}"))
            }
            lost => lost
                .and_then(|lost| told(self.plan, self.lost, lost, effects))
                .unwrap_or_else(|| decision(path, Fate::Again, ASKED_AFTER)),
        }
    }
}

/// What follows where nobody knows what became of an attempt with these effects.
fn if_lost(lost: &Call, effects: Effects) -> &'static str {
    match lost.state {
        _ if lost.probes() => "its probe is asked",
        CallState::Asking(Asked::Unknown) => "a person is asked",
        CallState::Ready | CallState::Planned(_) if effects <= Effects::Reads => "again",
        CallState::Ready | CallState::Planned(_) => "again, same key",
        _ => "it ends with what is around it",
    }
}

/// What becomes of a call that goes on where it stands, if there is something to say of it.
pub(super) fn of_call(plan: &Plan, run: &Run, call: &Call) -> Option<StageDecision> {
    told(plan, run, call, effects(plan, run, call))
}

/// The same, with what its latest attempt may have done to the world.
fn told(plan: &Plan, run: &Run, call: &Call, effects: Effects) -> Option<StageDecision> {
    let path = key::call_path(plan, run, call);
    Some(match call.state {
        _ if call.probes() => decision(path, Fate::Again, "unknown outcome: its probe is asked"),
        CallState::Running(..) => decision(path, Fate::Again, ASKED_AFTER),
        CallState::Waiting => decision(path, Fate::Kept, "its timer goes on"),
        CallState::Listening => decision(path, Fate::Asks, "an event is awaited"),
        CallState::Asking(Asked::Unknown) => {
            decision(path, Fate::Asks, format!("unknown outcome, {}: a person is asked", effects.as_str()))
        }
        CallState::Asking(_) => decision(path, Fate::Asks, "a person is asked"),
        CallState::Lacking(lack) => decision(path, Fate::Again, format!("it waited for {}", lack.phrase())),
        CallState::Ready | CallState::Planned(_) | CallState::Pausing => {
            let (fate, because) = starts(plan, run, call, effects);
            decision(path, fate, because)
        }
        CallState::Inside | CallState::Over => return None,
    })
}

/// A call of which an attempt is to start.
fn starts(plan: &Plan, run: &Run, call: &Call, effects: Effects) -> (Fate, String) {
    let Some(error) = &call.error else { return (Fate::New, "not started before".into()) };
    if error.class == "crashed" && effects <= Effects::Reads {
        return (Fate::Again, format!("again: unknown outcome, effects {}", effects.as_str()));
    }
    if error.maybe_happened && effects == Effects::WritesIdempotent {
        return (Fate::Again, "again, same key: unknown, writes idempotent".into());
    }
    let of = plan_call(plan, run, call.place).retry.as_ref();
    let of = of.map(|retry| format!(" of {}", retry.attempts)).unwrap_or_default();
    let next = call.attempt + u32::from(!matches!(call.state, CallState::Planned(_)));
    (Fate::Again, format!("attempt {next}{of}; the one before was {}", error.class))
}

fn effects(plan: &Plan, run: &Run, call: &Call) -> Effects {
    let effects = |(agent, action)| plan.action(agent, action).effects;
    // Of a pool whose member is open, what any of them may do.
    let any = || plan.carriers(&plan_call(plan, run, call.place).target).map(effects).max();
    run.doer(plan, call).map(effects).or_else(any).unwrap_or(Effects::None)
}

fn decision(path: String, fate: Fate, because: impl Into<String>) -> StageDecision {
    StageDecision { path, fate, because: because.into() }
}

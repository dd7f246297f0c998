//! What a run that is resumed will do, stage by stage, before it does it.

use crate::engine::doubt::probe_of;
use crate::engine::key;
use crate::engine::retry::{Fate, StageDecision};
use crate::engine::state::{BodyRef, Call, CallState, MapState, Run, StageState};
use crate::engine::step::call::plan_call;
use crate::plan::Plan;
use crate::value::policy::Effects;

/// Says for every stage of a run that has not ended what becomes of it when it is resumed: outer stages before inner ones, each
/// workflow in the order of the file.
pub fn plan_resume(plan: &Plan, run: &Run) -> Vec<StageDecision> {
    let mut decisions = Vec::new();
    run.walk(plan, |path, id, index| {
        let slot = &run.instances[id].stages[index];
        match (slot.state, slot.body) {
            (StageState::Succeeded, _) => decisions.push(decision(path, Fate::Kept, "kept")),
            (StageState::Pending, _) if !run.is_ending() => {
                decisions.push(decision(path, Fate::New, "not started before"));
            }
            (StageState::Active, BodyRef::None) => decisions.push(decision(path, Fate::New, "waits for its lock")),
            (StageState::Active, BodyRef::Call(call)) => {
                let call = &run.calls[call];
                let call = call.handler.map_or(call, |handler| &run.calls[handler]);
                decisions.extend(of_call(plan, run, call));
            }
            (StageState::Active, BodyRef::Map(map)) => of_map(plan, run, &run.maps[map], path, &mut decisions),
            (StageState::Active, BodyRef::Race(race)) => {
                let race = &run.races[race];
                let calls = race.handler.map_or_else(|| race.calls.clone(), |handler| vec![handler]);
                decisions.extend(calls.iter().filter_map(|call| of_call(plan, run, &run.calls[*call])));
            }
            _ => {}
        }
    });
    decisions
}

fn of_map(plan: &Plan, run: &Run, map: &MapState, path: String, decisions: &mut Vec<StageDecision>) {
    for index in (0..map.next).filter(|index| !map.live.contains_key(index) && !map.failed.contains_key(index)) {
        decisions.push(decision(format!("{path}[{index}]"), Fate::Kept, "kept"));
    }
    decisions.extend(map.live.values().filter_map(|call| of_call(plan, run, &run.calls[*call])));
    let left = map.items.len() - map.next as usize;
    if left > 0 {
        decisions.push(decision(path, Fate::New, format!("{left} more items not started before")));
    }
}

/// What becomes of a call that goes on where it stands, if there is something to say of it.
pub(super) fn of_call(plan: &Plan, run: &Run, call: &Call) -> Option<StageDecision> {
    let path = key::call_path(plan, run, call);
    let planned = plan_call(plan, run, call.place);
    let doer = run.doer(plan, call);
    let effects = doer.map_or(Effects::None, |(agent, action)| plan.action(agent, action).effects);
    Some(match call.state {
        CallState::Running(..) | CallState::Ready | CallState::Planned(_) if call.probes() => {
            decision(path, Fate::Again, "unknown outcome: its probe is asked")
        }
        CallState::Running(..) if probe_of(plan, run, call).is_some() && !effects.repeats_after_unknown() => {
            decision(path, Fate::Again, "unknown outcome: its probe is asked")
        }
        CallState::Running(..) => unknown(path, effects),
        CallState::Waiting => decision(path, Fate::Kept, "its timer goes on"),
        CallState::Listening => decision(path, Fate::Asks, "an event is awaited"),
        CallState::Asking(_) => decision(path, Fate::Asks, "a person is asked"),
        CallState::Ready | CallState::Planned(_) if call.error.as_ref().is_some_and(|e| e.class == "crashed") => {
            unknown(path, effects)
        }
        CallState::Lacking(lack) => decision(path, Fate::Again, format!("it waited for {}", lack.phrase())),
        CallState::Ready | CallState::Planned(_) | CallState::Pausing => match &call.error {
            Some(error) => {
                let of = planned.retry.as_ref().map(|retry| format!(" of {}", retry.attempts)).unwrap_or_default();
                let next = call.attempt + u32::from(call.state == CallState::Pausing);
                decision(path, Fate::Again, format!("attempt {next}{of}; the one before was {}", error.class))
            }
            None => decision(path, Fate::New, "not started before"),
        },
        CallState::Inside | CallState::Over => return None,
    })
}

fn unknown(path: String, effects: Effects) -> StageDecision {
    match effects {
        Effects::None | Effects::Reads => {
            decision(path, Fate::Again, format!("again: unknown outcome, effects {}", effects.as_str()))
        }
        Effects::WritesIdempotent => decision(path, Fate::Again, "again, same key: unknown, writes idempotent"),
        Effects::Writes | Effects::Irreversible => {
            decision(path, Fate::Asks, format!("unknown outcome, {}: a person is asked", effects.as_str()))
        }
    }
}

fn decision(path: String, fate: Fate, because: impl Into<String>) -> StageDecision {
    StageDecision { path, fate, because: because.into() }
}

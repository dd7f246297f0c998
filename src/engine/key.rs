//! Paths of stages, as people read them, and idempotency keys, as services get them.
//!
//! A key is `run/path/round/index/u/k`. Its path also carries the attempt of each enclosing call of a workflow (`~2`), the place of
//! the call (`@arm1`, `@use0`, `~2@probe` for the probe of attempt 2) and, for a stage of `finally`, which end of the run it belongs to (`!1`). After an unknown outcome
//! it stays the same; after a known failure `k` changes; when a result is not kept, `u` does.

use std::fmt::Write;

use crate::engine::state::{Call, NONE, Place, Run, Site, Undoable};
use crate::plan::{Body, Plan, Stage};

/// Path of a stage: `a.b`.
pub fn stage_path(plan: &Plan, run: &Run, instance: u32, stage: u32) -> String {
    let instance = &run.instances[instance];
    let name = &plan.workflows[instance.workflow.index()].stages[stage as usize].name;
    format!("{}{name}", instance.prefix)
}

/// Path of a call: that of its stage, with alternative, item and round: `a.b[3]#2`, `a.paid`, `a.0`, `a[3].undo`.
pub fn call_path(plan: &Plan, run: &Run, call: &Call) -> String {
    let mut path = stage_path(plan, run, call.place.instance, call.place.stage);
    if let Site::Alternative(number) = call.place.site {
        let workflow = &plan.workflows[run.instances[call.place.instance].workflow.index()];
        let tag = match &workflow.stages[call.place.stage as usize].body {
            Body::Race(race) => race.alternatives.get(number as usize).and_then(|one| one.tag.clone()),
            _ => None,
        };
        // Writing to a string cannot fail.
        let _ = write!(path, ".{}", tag.unwrap_or_else(|| number.to_string()));
    }
    push_item_and_round(&mut path, call.place.item, call.round);
    if call.place.site == Site::Undo {
        path.push_str(UNDO);
    }
    path
}

/// Path of the call that will undo a success: `a.b[3]#2.undo`.
pub fn undo_path(plan: &Plan, run: &Run, instance: u32, undoable: &Undoable) -> String {
    let mut path = stage_path(plan, run, instance, undoable.stage);
    push_item_and_round(&mut path, undoable.item, undoable.seen.round);
    path.push_str(UNDO);
    path
}

/// What stands after the path of what is undone.
const UNDO: &str = ".undo";

/// The idempotency key of the next or present attempt of a call.
pub fn key(plan: &Plan, run: &Run, call: &Call) -> String {
    let mut key = String::with_capacity(96);
    // Writing to a string cannot fail.
    let _ = write!(key, "{}/", run.key);
    push_place(&mut key, plan, run, call.place);
    if call.probes() {
        let _ = write!(key, "~{}@probe", call.attempt);
    }
    for (number, none) in [(call.round, 0), (call.place.item, NONE)] {
        let _ = if number == none { write!(key, "/-") } else { write!(key, "/{number}") };
    }
    let _ = write!(key, "/{}/{}", call.undone, call.known);
    key
}

/// What stands in keys for a call around the stages inside it.
pub fn key_prefix(plan: &Plan, run: &Run, call: &Call) -> String {
    let mut path = String::new();
    push_place(&mut path, plan, run, call.place);
    push_item_and_round(&mut path, call.place.item, call.round);
    // What was not kept must not meet its old keys again, whichever attempt it is.
    let undone = if call.undone > 0 { format!("^{}", call.undone) } else { String::new() };
    format!("{path}{undone}~{}.", call.attempt)
}

fn push_place(path: &mut String, plan: &Plan, run: &Run, place: Place) {
    let instance = &run.instances[place.instance];
    let stage: &Stage = &plan.workflows[instance.workflow.index()].stages[place.stage as usize];
    let _ = write!(path, "{}{}", instance.key_prefix, stage.name);
    if stage.finally {
        let _ = write!(path, "!{}", run.life);
    }
    match place.site {
        Site::Main | Site::Whole => {}
        Site::Arm(arm) => _ = write!(path, "@arm{arm}"),
        Site::Alternative(number) => _ = write!(path, "@alt{number}"),
        Site::Handler(handler) => _ = write!(path, "@use{handler}"),
        Site::Undo => path.push_str("@undo"),
    }
}

fn push_item_and_round(path: &mut String, item: u32, round: u32) {
    if item != NONE {
        let _ = write!(path, "[{item}]");
    }
    if round > 0 {
        let _ = write!(path, "#{round}");
    }
}

//! Checks of one workflow: its tables, its stages, and that what it waits for is what it reads.

use std::collections::HashSet;

use super::expr::{self, Sees};
use super::{Checked, Invalid, ensure, invalid, verify_duration, verify_params, verify_span};
use crate::plan::flow::{NoFlow, READS_MAX};
use crate::plan::{
    Body, Budget, Call, HandlerAction, Lock, Map, Need, Plan, Race, RaceKind, Stage, StageId, Target, Term, Workflow,
    flow, graph,
};
use crate::value::policy::{Backoff, Retry};

pub(super) fn verify(plan: &Plan, workflow: &Workflow) -> Checked {
    verify_span(plan, workflow.span)?;
    verify_params(plan, &workflow.params)?;
    verify_duration("timeout", workflow.timeout)?;
    ensure(workflow.parallel != Some(0), || "`parallel` is 0".into())?;
    verify_limits(plan, workflow.lock.as_ref(), workflow.budget.as_ref())?;
    verify_tables(plan, workflow)?;
    let mut names = HashSet::new();
    for stage in &workflow.stages {
        let checked = ensure(names.insert(&stage.name), || "its name stands twice".into())
            .and_then(|()| verify_stage(plan, workflow, stage));
        checked.map_err(|e| e.within(format!("stage `{}`", stage.name)))?;
    }
    verify_flow(workflow)
}

fn sees(workflow: &Workflow) -> Sees {
    Sees {
        params: workflow.params.len(),
        lets: workflow.lets.len(),
        stages: workflow.stages.len(),
        run: true,
        ..Sees::default()
    }
}

fn verify_tables(plan: &Plan, workflow: &Workflow) -> Checked {
    let sees = Sees { outcome: true, ..sees(workflow) };
    for condition in &workflow.conditions {
        expr::verify(plan, &condition.value, sees)?;
        verify_stages(workflow, &condition.needs)?;
    }
    for item in &workflow.lets {
        let checked = expr::verify(plan, &item.value, sees)
            .and_then(|()| verify_guard(workflow, &item.guard))
            .and_then(|()| verify_stages(workflow, &item.needs));
        checked.map_err(|e| e.within(format!("let `{}`", item.name)))?;
    }
    match &workflow.returns {
        Some(returns) => {
            expr::verify(plan, returns, Sees { outcome: false, ..sees }).map_err(|e| e.within("return".into()))
        }
        None => Ok(()),
    }
}

fn verify_guard(workflow: &Workflow, guard: &[Term]) -> Checked {
    let known = guard.iter().all(|term| (term.condition as usize) < workflow.conditions.len());
    ensure(known, || "it is guarded by a condition that is not there".into())
}

/// A list of stages is ascending and leads nowhere else.
fn verify_stages(workflow: &Workflow, stages: &[StageId]) -> Checked {
    ensure(stages.is_sorted_by(|a, b| a < b), || "a list of stages is not ascending".into())?;
    let known = stages.last().is_none_or(|last| last.index() < workflow.stages.len());
    ensure(known, || "it waits for a stage that is not there".into())
}

fn verify_stage(plan: &Plan, workflow: &Workflow, stage: &Stage) -> Checked {
    ensure(is_name(&stage.name), || "it is not a name".into())?;
    verify_span(plan, stage.span)?;
    verify_guard(workflow, &stage.guard)?;
    verify_stages(workflow, &stage.needs)?;
    verify_stages(workflow, &stage.reads)?;
    verify_exits(workflow, stage)?;
    verify_duration("deadline", stage.deadline)?;
    verify_limits(plan, stage.lock.as_deref(), stage.budget.as_deref())?;
    verify_body(stage)?;
    verify_stage_exprs(plan, workflow, stage)?;
    let mut checked = Ok(());
    stage.all_calls(&mut |call| {
        if checked.is_ok() {
            checked = verify_call(plan, call);
        }
    });
    checked
}

/// Names become parts of paths, also of paths of folders.
fn is_name(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && name.bytes().next().is_some_and(|b| !b.is_ascii_digit())
}

fn verify_exits(workflow: &Workflow, stage: &Stage) -> Checked {
    let is_fail = |exit: &StageId| workflow.stages.get(exit.index()).is_some_and(|s| matches!(s.body, Body::Fail(_)));
    ensure(stage.exits.iter().all(is_fail), || "it waits for a `fail` that is not there".into())
}

fn verify_body(stage: &Stage) -> Checked {
    for handler in &stage.handlers {
        if let HandlerAction::Ask(wait) = handler.action {
            verify_duration("wait for a person", Some(wait))?;
        }
    }
    match &stage.body {
        Body::Map(map) => {
            let Map { parallel, need, .. } = &**map;
            ensure(*parallel != Some(0), || "`parallel` is 0".into())?;
            ensure(!matches!(need, Some(Need::Percent(101..))), || "it needs more than 100 %".into())
        }
        Body::Match(matched) => ensure(!matched.arms.is_empty(), || "it has no arm".into()),
        Body::Fail(_) => ensure(!stage.finally && stage.handlers.is_empty(), || "a `fail` cannot be handled".into()),
        Body::Call(_) => Ok(()),
        Body::Race(race) => verify_race(race),
    }
}

fn verify_race(race: &Race) -> Checked {
    let wanted = match race.kind {
        RaceKind::First | RaceKind::Tagged => 1,
        RaceKind::Any(count) => count as usize,
    };
    ensure((1..=race.alternatives.len()).contains(&wanted), || {
        format!("{wanted} of {} alternatives have to succeed", race.alternatives.len())
    })?;
    let mut tags = HashSet::new();
    let told_apart = race.alternatives.iter().all(|one| match (&one.tag, race.kind) {
        (Some(tag), RaceKind::Tagged) => tags.insert(tag),
        (None, RaceKind::First | RaceKind::Any(_)) => true,
        _ => false,
    });
    ensure(told_apart, || "its alternatives have the wrong tags".into())
}

fn verify_limits(plan: &Plan, lock: Option<&Lock>, budget: Option<&Budget>) -> Checked {
    if let Some(lock) = lock {
        verify_span(plan, lock.span)?;
        ensure(!lock.name.is_empty(), || "its lock has no name".into())?;
    }
    if let Some(budget) = budget {
        verify_span(plan, budget.span)?;
        let (money, tokens) = (budget.money, budget.tokens);
        ensure(money.is_some() || tokens.is_some(), || "its budget bounds nothing".into())?;
        ensure(money.is_none_or(|n| n >= 0) && tokens.is_none_or(|n| n >= 0), || "its budget is below zero".into())?;
    }
    Ok(())
}

fn verify_stage_exprs(plan: &Plan, workflow: &Workflow, stage: &Stage) -> Checked {
    let sees = Sees { outcome: stage.finally, ..sees(workflow) };
    let mut checked = Ok(());
    stage.exprs(&mut |place, expr| {
        if checked.is_ok() {
            checked = expr::verify(plan, expr, Sees { item: place.item, result: place.result, ..sees });
        }
    });
    checked
}

fn verify_call(plan: &Plan, call: &Call) -> Checked {
    verify_span(plan, call.span)?;
    let params = match &call.target {
        Target::Ask(ask) => {
            let quorum = ask.approves.as_ref().map_or(1, |approval| approval.quorum);
            ensure(quorum > 0, || "nobody has to allow it".into())?;
            0
        }
        Target::Wait(_) | Target::Event(_) => 0,
        Target::Action { agent, action } => {
            let agent = plan.agents.get(agent.index());
            let action = agent.and_then(|agent| agent.actions.get(*action as usize));
            action.ok_or_else(|| invalid("it calls an action that is not there"))?.params.len()
        }
        Target::Pool { pool, action } => {
            let pool = plan.pools.get(pool.index());
            let action = pool.and_then(|pool| pool.actions.get(*action as usize));
            action.ok_or_else(|| invalid("it calls an action of a pool that is not there"))?.params.len()
        }
        Target::Workflow(id) => {
            let workflow = plan.workflows.get(id.index());
            workflow.ok_or_else(|| invalid("it calls a workflow that is not there"))?.params.len()
        }
    };
    ensure(call.args.len() == params, || format!("{} arguments for {params} parameters", call.args.len()))?;
    verify_duration("timeout", call.timeout)?;
    verify_duration("deadline", call.deadline)?;
    verify_duration("cache", call.cache)?;
    if let Some(repeat) = &call.repeat {
        ensure(repeat.up_to > 0, || "it repeats up to 0".into())?;
        verify_duration("pause", repeat.every)?;
        let known = repeat.with.iter().all(|(position, _)| (*position as usize) < params);
        ensure(known, || "`with` gives an argument that is not there".into())?;
    }
    call.retry.as_deref().map_or(Ok(()), verify_retry)
}

pub(super) fn verify_retry(retry: &Retry) -> Checked {
    ensure(retry.attempts > 0, || "it has 0 attempts".into())?;
    let (delay, max) = match retry.backoff {
        Backoff::Fixed { delay } => (delay, delay),
        Backoff::Linear { delay, max } => (delay, max),
        Backoff::Exponential { delay, factor, max, .. } => {
            ensure(factor >= 1.0, || "its back-off shrinks".into())?;
            (delay, max)
        }
    };
    verify_duration("back-off", Some(delay))?;
    verify_duration("back-off", Some(max))
}

/// What waits for what is at least what reads what, and nothing waits for itself.
fn verify_flow(workflow: &Workflow) -> Checked {
    let flow = flow::flow(workflow).map_err(|why| match why {
        NoFlow::Circle(index) => {
            invalid(format!("let `{}` reads itself, perhaps through others", workflow.lets[index].name))
        }
        NoFlow::TooMany => invalid(format!("its stages are read more than {READS_MAX} times")),
    })?;
    let stale = |what: String| move || format!("{what} reads a stage that it does not wait for");
    for (index, (condition, reads)) in workflow.conditions.iter().zip(&flow.conditions).enumerate() {
        ensure(contains(&condition.needs, reads), stale(format!("condition {index}")))?;
    }
    for (item, reads) in workflow.lets.iter().zip(&flow.lets) {
        ensure(contains(&item.needs, reads), stale(format!("let `{}`", item.name)))?;
    }
    for ((stage, reads), asides) in workflow.stages.iter().zip(&flow.reads).zip(&flow.asides) {
        let waits = contains(&stage.needs, reads) && contains(&stage.needs, asides);
        ensure(waits && stage.reads == *reads, stale(format!("stage `{}`", stage.name)))?;
    }
    verify_finally(workflow)?;
    let heights = graph::heights(&workflow.graph()).ok_or_else(|| invalid("its stages wait in a circle"))?;
    let same = workflow.stages.iter().zip(heights).all(|(stage, height)| stage.height == height);
    ensure(same, || "a height is wrong".into())
}

/// Whether every element of the ascending list `part` is in the ascending list `all`.
fn contains(all: &[StageId], part: &[StageId]) -> bool {
    part.len() <= all.len() && part.iter().all(|stage| all.binary_search(stage).is_ok())
}

/// What runs before the end waits for nothing that runs at the end.
fn verify_finally(workflow: &Workflow) -> Checked {
    let late = |stages: &[StageId]| stages.iter().any(|stage| workflow.stages[stage.index()].finally);
    let late_conditions: Vec<bool> = workflow.conditions.iter().map(|condition| late(&condition.needs)).collect();
    let waits = |stage: &Stage| {
        let guarded = stage.guard.iter().any(|term| late_conditions[term.condition as usize]);
        late(&stage.needs) || late(&stage.exits) || guarded
    };
    match workflow.stages.iter().find(|stage| !stage.finally && waits(stage)) {
        Some(stage) => {
            Err(Invalid { at: format!("stage `{}`", stage.name), problem: "it waits for a stage of `finally`".into() })
        }
        None => Ok(()),
    }
}

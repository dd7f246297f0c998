//! What is inside each workflow: its strongest effects, whom it waits for, its locks. Its callers are judged by that.

use crate::base::span::Span;
use crate::sema::context::Context;
use crate::sema::hir::{ArmBody, Body, Call, Handler, HandlerAction, Stage, Target, Workflow};
use crate::sema::order::order;
use crate::value::policy::Effects;

/// What is inside a workflow, and inside what that calls.
#[derive(Debug, Clone, Default)]
pub(super) struct Inside {
    /// The strongest effects, with their stage; nothing if it has none.
    pub effects: Option<Strongest>,
    /// The same of the stages that have no `undo`.
    pub not_undone: Option<Strongest>,
    /// A stage that waits for people or an event.
    pub waits: Option<(String, Span)>,
    /// The lock that comes first in the order of names.
    pub lock: Option<(String, Span)>,
}

/// The strongest effects and the stage that has them.
#[derive(Debug, Clone)]
pub(super) struct Strongest {
    /// Above `none`.
    pub effects: Effects,
    /// Its name.
    pub stage: String,
    /// Its place.
    pub span: Span,
}

/// What is inside of every workflow, by position.
pub(super) fn of_all(ctx: &Context<'_>) -> Vec<Inside> {
    let needs: Vec<Vec<usize>> = ctx.bodies.iter().map(|body| body.as_ref().map_or_else(Vec::new, callees)).collect();
    let mut found = vec![Inside::default(); needs.len()];
    for index in order(needs.len(), &needs).sequence {
        if let Some(workflow) = &ctx.bodies[index] {
            found[index] = of_workflow(ctx, &found, workflow);
        }
    }
    found
}

fn of_workflow(ctx: &Context<'_>, known: &[Inside], workflow: &Workflow) -> Inside {
    let mut inside = Inside::default();
    if let Some(lock) = &workflow.lock {
        inside.take_lock(&lock.name, lock.span);
    }
    for stage in &workflow.stages {
        if let Some(lock) = &stage.lock {
            inside.take_lock(&lock.name, lock.span);
        }
        for call in calls(stage) {
            inside.add_call(ctx, known, stage, call);
        }
        if let Some((name, span)) = stage.undo.as_deref().and_then(|undo| lock_in(known, undo)) {
            inside.take_lock(name, span);
        }
    }
    inside
}

impl Inside {
    fn add_call(&mut self, ctx: &Context<'_>, known: &[Inside], stage: &Stage, call: &Call) {
        let (effects, not_undone) = effects_of(ctx, known, call);
        stronger(&mut self.effects, effects, stage);
        if stage.undo.is_none() {
            stronger(&mut self.not_undone, not_undone, stage);
        }
        if let Some((name, span)) = waits_in(known, stage, call)
            && self.waits.is_none()
        {
            self.waits = Some((name, span));
        }
        if let Some((name, span)) = lock_in(known, call) {
            self.take_lock(name, span);
        }
    }

    fn take_lock(&mut self, name: &str, span: Span) {
        if self.lock.as_ref().is_none_or(|(first, _)| name < first.as_str()) {
            self.lock = Some((name.to_owned(), span));
        }
    }
}

/// The stage that waits for people or an event in a call, itself or inside what it calls.
pub(super) fn waits_in(known: &[Inside], stage: &Stage, call: &Call) -> Option<(String, Span)> {
    match &call.target {
        Target::Ask(_) | Target::Event(_) => Some((stage.name.clone(), call.span)),
        Target::Workflow(id) => known[id.index()].waits.clone(),
        Target::Action(_, _) | Target::Bound { .. } | Target::Wait(_) => None,
    }
}

/// The first lock that is taken inside what is called.
pub(super) fn lock_in<'a>(known: &'a [Inside], call: &Call) -> Option<(&'a str, Span)> {
    match call.target {
        Target::Workflow(id) => known[id.index()].lock.as_ref().map(|(name, span)| (name.as_str(), *span)),
        _ => None,
    }
}

fn stronger(best: &mut Option<Strongest>, effects: Effects, stage: &Stage) {
    if effects > best.as_ref().map_or(Effects::None, |best| best.effects) {
        *best = Some(Strongest { effects, stage: stage.name.clone(), span: stage.span });
    }
}

fn effects_of(ctx: &Context<'_>, known: &[Inside], call: &Call) -> (Effects, Effects) {
    let of = |strongest: &Option<Strongest>| strongest.as_ref().map_or(Effects::None, |best| best.effects);
    match &call.target {
        Target::Action(agent, action) | Target::Bound { interface: agent, action, .. } => {
            let agent = ctx.checked_agents.get(agent.index());
            let action = agent.and_then(|agent| agent.actions.get(*action));
            let effects = action.map_or(Effects::None, |action| action.effects);
            (effects, effects)
        }
        Target::Workflow(id) => (of(&known[id.index()].effects), of(&known[id.index()].not_undone)),
        Target::Ask(_) | Target::Wait(_) | Target::Event(_) => (Effects::None, Effects::None),
    }
}

/// The workflows that a workflow may call.
pub(super) fn callees(workflow: &Workflow) -> Vec<usize> {
    let all = workflow.stages.iter().flat_map(|stage| calls(stage).into_iter().chain(stage.undo.as_deref()));
    all.filter_map(|call| match call.target {
        Target::Workflow(id) => Some(id.index()),
        _ => None,
    })
    .collect()
}

/// The calls that a stage may make on its way to a result.
pub(super) fn calls(stage: &Stage) -> Vec<&Call> {
    let mut found = body_calls(&stage.body);
    found.extend(stage.handlers.iter().filter_map(handler_call));
    found
}

/// The calls of a body.
pub(super) fn body_calls(body: &Body) -> Vec<&Call> {
    match body {
        Body::Call(call) => vec![call],
        Body::Map(map) => vec![&map.call],
        Body::Match(of) => of.arms.iter().filter_map(|arm| arm_call(&arm.body)).collect(),
        Body::Race(race) => race.alternatives.iter().map(|alternative| &alternative.call).collect(),
        Body::Fail(_) => Vec::new(),
    }
}

/// The call of an arm.
pub(super) fn arm_call(arm: &ArmBody) -> Option<&Call> {
    match arm {
        ArmBody::Call(call) => Some(call),
        ArmBody::Use(_) | ArmBody::Skip => None,
    }
}

/// The call of a handler.
pub(super) fn handler_call(handler: &Handler) -> Option<&Call> {
    match &handler.action {
        HandlerAction::Call(call) => Some(call),
        _ => None,
    }
}

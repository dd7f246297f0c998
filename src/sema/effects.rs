//! What calls of workflows do to the world: the strongest effect inside decides whether they may be repeated.

use crate::sema::context::Context;
use crate::sema::errors::policies as errors;
use crate::sema::hir::{ArmBody, Body, Call, HandlerAction, Target, Workflow};
use crate::sema::order::order;
use crate::value::policy::Effects;

/// Judges the retries of calls of workflows.
pub(super) fn check(ctx: &mut Context<'_>) {
    let strongest = strongest(ctx);
    for deferred in std::mem::take(&mut ctx.deferred) {
        let Some(Strongest { effects, stage: Some((name, span)) }) = &strongest[deferred.workflow] else { continue };
        if *effects > Effects::Reads {
            ctx.report(errors::repeats_a_workflow(deferred.at, name, *span, *effects));
        }
    }
}

/// The strongest effect of a workflow and the stage that has it.
#[derive(Debug, Clone)]
struct Strongest {
    effects: Effects,
    stage: Option<(String, crate::base::span::Span)>,
}

fn strongest(ctx: &Context<'_>) -> Vec<Option<Strongest>> {
    let needs: Vec<Vec<usize>> = ctx.bodies.iter().map(|body| body.as_ref().map_or_else(Vec::new, callees)).collect();
    let mut found: Vec<Option<Strongest>> = vec![None; needs.len()];
    for index in order(needs.len(), &needs).sequence {
        let Some(workflow) = &ctx.bodies[index] else { continue };
        let mut best = Strongest { effects: Effects::None, stage: None };
        for stage in &workflow.stages {
            for call in calls(&stage.body, &stage.handlers) {
                let effects = effects_of(ctx, &found, call);
                if effects > best.effects {
                    best = Strongest { effects, stage: Some((stage.name.clone(), stage.span)) };
                }
            }
        }
        found[index] = Some(best);
    }
    found
}

fn callees(workflow: &Workflow) -> Vec<usize> {
    let all = workflow.stages.iter().flat_map(|stage| calls(&stage.body, &stage.handlers));
    all.filter_map(|call| match call.target {
        Target::Workflow(id) => Some(id.index()),
        _ => None,
    })
    .collect()
}

/// Every call that a stage may make.
pub(super) fn calls<'a>(body: &'a Body, handlers: &'a [crate::sema::hir::Handler]) -> Vec<&'a Call> {
    let mut found = match body {
        Body::Call(call) => vec![call],
        Body::Map(map) => vec![&map.call],
        Body::Match(of) => of
            .arms
            .iter()
            .filter_map(|arm| match &arm.body {
                ArmBody::Call(call) => Some(call),
                _ => None,
            })
            .collect(),
        Body::Race(race) => race.alternatives.iter().map(|alternative| &alternative.call).collect(),
        Body::Fail(_) => Vec::new(),
    };
    found.extend(handlers.iter().filter_map(|handler| match &handler.action {
        HandlerAction::Call(call) => Some(call),
        _ => None,
    }));
    found
}

fn effects_of(ctx: &Context<'_>, found: &[Option<Strongest>], call: &Call) -> Effects {
    match &call.target {
        Target::Action(agent, action) | Target::Bound { interface: agent, action, .. } => {
            let agent = ctx.checked_agents.get(agent.index());
            agent.and_then(|agent| agent.actions.get(*action)).map_or(Effects::None, |action| action.effects)
        }
        Target::Workflow(id) => found[id.index()].as_ref().map_or(Effects::None, |best| best.effects),
        Target::Ask(_) | Target::Wait(_) | Target::Event(_) => Effects::None,
    }
}

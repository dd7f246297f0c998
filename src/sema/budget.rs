//! Budgets: what a run may spend at most is known before it starts, and is within them (rulings 13).

mod cost;
mod instance;
mod worst;

use std::collections::BTreeSet;

use crate::base::span::Span;
use crate::diag::Diagnostic;
use crate::sema::context::Context;
use crate::sema::errors::bounds::{self as errors, Unit};
use crate::sema::hir::{ActionKind, Agent, Budget, Workflow};
use crate::sema::prices;
use cost::Costs;
use instance::{Instance, Instances};
use worst::Worst;

/// Checks every budget. Without any, nothing is calculated.
pub(super) fn check(ctx: &mut Context<'_>) {
    let found = {
        let workflows: Vec<&Workflow> = ctx.bodies.iter().flatten().collect();
        let any =
            |workflow: &&Workflow| workflow.budget.is_some() || workflow.stages.iter().any(|s| s.budget.is_some());
        // A body that is missing is an error that is reported already.
        match workflows.len() == ctx.bodies.len() && workflows.iter().any(any) {
            true => found(&ctx.checked_agents, &workflows, &listed(ctx)),
            false => Vec::new(),
        }
    };
    found.into_iter().for_each(|diagnostic| ctx.report(diagnostic));
}

/// The models whose price is the one of the table.
fn listed<'a>(ctx: &'a Context<'_>) -> BTreeSet<&'a str> {
    let actions = ctx.checked_agents.iter().flat_map(|agent| &agent.actions);
    let models = actions.filter_map(|action| match &action.kind {
        ActionKind::Llm(llm) => Some(&*llm.model),
        _ => None,
    });
    models.filter(|model| prices::is_listed(ctx.world, model)).collect()
}

fn found<'a>(agents: &'a [Agent], workflows: &[&'a Workflow], listed: &BTreeSet<&'a str>) -> Vec<Diagnostic> {
    let instances = Instances::of(workflows);
    let known = worst::of_all(agents, workflows, &instances, listed);
    let mut judge = Judge { told: BTreeSet::new(), found: Vec::new() };
    for (position, Instance { workflow, agents: bound }) in instances.list.iter().enumerate() {
        let workflow = workflows[*workflow];
        let costs = Costs { workflow, agents, bound, instances: &instances, known: &known, listed };
        let stages = workflow.stages.iter().map(|stage| (stage.span, stage.budget.as_deref(), costs.of_stage(stage)));
        let stages: Vec<_> = stages.collect();
        if let Some(budget) = workflow.budget {
            let parts: Vec<_> = stages.iter().map(|(span, _, worst)| (*span, *worst)).collect();
            judge.budget(budget, known[position], &parts);
        }
        for (_, budget, worst) in &stages {
            budget.iter().for_each(|budget| judge.budget(**budget, *worst, &[]));
        }
    }
    judge.found
}

/// Collects what is wrong; a budget that several instances of its workflow break is reported once.
struct Judge {
    told: BTreeSet<(Span, Unit)>,
    found: Vec<Diagnostic>,
}

impl Judge {
    fn budget(&mut self, budget: Budget, worst: Worst<'_>, parts: &[(Span, Worst<'_>)]) {
        for (unit, most) in [(Unit::Money, budget.money), (Unit::Tokens, budget.tokens)] {
            let Some(most) = most else { continue };
            let found = match worst.of(unit) {
                Ok(total) if total > most => {
                    let known = parts.iter().filter_map(|(span, part)| Some((*span, part.of(unit).ok()?)));
                    let dearest = known.max_by_key(|(_, part)| *part);
                    let found = errors::budget_too_small(unit, budget.span, most, total, dearest);
                    match worst.listed.filter(|_| unit == Unit::Money) {
                        Some(model) => errors::with_listed_price(found, model),
                        None => found,
                    }
                }
                Ok(_) => continue,
                Err(cause) => errors::budget_unbounded(unit, budget.span, cause.span, cause.unknown),
            };
            if self.told.insert((budget.span, unit)) {
                self.found.push(found);
            }
        }
    }
}

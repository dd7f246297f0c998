//! Budgets: what a run may spend at most is known before it starts, and is within them (rulings 13).

mod cost;
mod instance;
mod worst;

use std::collections::BTreeSet;

use crate::base::span::Span;
use crate::diag::Diagnostic;
use crate::sema::context::Context;
use crate::sema::errors::bounds::{self as errors, Unit};
use crate::sema::hir::{Agent, Budget, Workflow};
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
            true => found(&ctx.checked_agents, &workflows),
            false => Vec::new(),
        }
    };
    found.into_iter().for_each(|diagnostic| ctx.report(diagnostic));
}

fn found(agents: &[Agent], workflows: &[&Workflow]) -> Vec<Diagnostic> {
    let instances = Instances::of(workflows);
    let known = worst::of_all(agents, workflows, &instances);
    let mut judge = Judge { told: BTreeSet::new(), found: Vec::new() };
    for (position, Instance { workflow, agents: bound }) in instances.list.iter().enumerate() {
        let workflow = workflows[*workflow];
        let costs = Costs { agents, bound, instances: &instances, known: &known };
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
                    errors::budget_too_small(unit, budget.span, most, total, known.max_by_key(|(_, part)| *part))
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

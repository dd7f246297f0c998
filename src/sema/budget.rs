//! Budgets: what a run may spend at most is known before it starts, and is within them (rulings 13).

use std::collections::BTreeMap;

use crate::base::span::Span;
use crate::sema::context::Context;
use crate::sema::errors::bounds::{self as errors, Unit};
use crate::sema::hir::{Body, Budget, Call, Cost, Map, Match, Stage, Target, Workflow};
use crate::sema::inside::{arm_call, callees, handler_call};
use crate::sema::order::order;

/// Why nobody knows how much something costs.
#[derive(Debug, Clone, Copy)]
struct Cause {
    span: Span,
    why: &'static str,
    help: &'static str,
}

type Amount = Result<i64, Cause>;

/// What something costs at most.
#[derive(Debug, Clone, Copy)]
struct Worst {
    money: Amount,
    tokens: Amount,
}

/// Checks every budget. Without any, nothing is calculated.
pub(super) fn check(ctx: &mut Context<'_>) {
    let bodies = std::mem::take(&mut ctx.bodies);
    let workflows: Vec<&Workflow> = bodies.iter().flatten().collect();
    // A body that is missing is an error that is reported already.
    let any = |workflow: &&Workflow| workflow.budget.is_some() || workflow.stages.iter().any(|s| s.budget.is_some());
    if workflows.len() == bodies.len() && workflows.iter().any(any) {
        let known = of_all(ctx, &workflows);
        for (workflow, worst) in workflows.iter().zip(&known) {
            if let Some(budget) = workflow.budget {
                let stages = workflow.stages.iter().map(|stage| (stage.span, of_stage(ctx, &known, stage)));
                report(ctx, budget, *worst, &stages.collect::<Vec<_>>());
            }
            for stage in &workflow.stages {
                if let Some(budget) = stage.budget {
                    let worst = of_stage(ctx, &known, stage);
                    report(ctx, budget, worst, &[]);
                }
            }
        }
    }
    ctx.bodies = bodies;
}

fn report(ctx: &mut Context<'_>, budget: Budget, worst: Worst, parts: &[(Span, Worst)]) {
    for (unit, most) in [(Unit::Money, budget.money), (Unit::Tokens, budget.tokens)] {
        let Some(most) = most else { continue };
        match worst.of(unit) {
            Ok(total) if total > most => {
                let known = parts.iter().filter_map(|(span, part)| Some((*span, part.of(unit).ok()?)));
                let dearest = known.max_by_key(|(_, part)| *part);
                ctx.report(errors::budget_too_small(unit, budget.span, most, total, dearest));
            }
            Ok(_) => {}
            Err(cause) => {
                ctx.report(errors::budget_unbounded(unit, budget.span, cause.span, cause.why, cause.help));
            }
        }
    }
}

/// The worst case of every workflow, those that are called first.
fn of_all(ctx: &Context<'_>, workflows: &[&Workflow]) -> Vec<Worst> {
    let needs: Vec<Vec<usize>> = workflows.iter().map(|workflow| callees(workflow)).collect();
    let mut found = vec![Worst::NOTHING; workflows.len()];
    for index in order(workflows.len(), &needs).sequence {
        let stages: Vec<&Stage> = workflows[index].stages.iter().collect();
        found[index] = of_stages(ctx, &found, &stages, 0);
    }
    found
}

/// Stages under the same first `depth` conditions. Of the two sides of a further condition only one is run.
fn of_stages(ctx: &Context<'_>, known: &[Worst], stages: &[&Stage], depth: usize) -> Worst {
    let mut total = Worst::NOTHING;
    let mut sides: BTreeMap<usize, [Vec<&Stage>; 2]> = BTreeMap::new();
    for stage in stages {
        match stage.guard.get(depth) {
            Some(term) => sides.entry(term.condition.index()).or_default()[usize::from(term.holds)].push(stage),
            None => total = total.and(of_stage(ctx, known, stage)),
        }
    }
    for [otherwise, then] in sides.values() {
        let sides = [then, otherwise].map(|side| of_stages(ctx, known, side, depth + 1));
        total = total.and(sides[0].or(sides[1]));
    }
    total
}

fn of_stage(ctx: &Context<'_>, known: &[Worst], stage: &Stage) -> Worst {
    let handled = stage.handlers.iter().filter_map(handler_call).map(|call| of_call(ctx, known, call));
    let handled = handled.fold(Worst::NOTHING, Worst::or);
    let undone = stage.undo.as_deref().map_or(Worst::NOTHING, |call| of_call(ctx, known, call));
    let around = |call: &Call| of_call(ctx, known, call).and(handled).and(undone.times(rounds(call)));
    match &stage.body {
        Body::Call(call) => around(call),
        Body::Map(map) => of_items(map, around(&map.call)),
        Body::Match(Match { arms, .. }) => {
            let arms = arms.iter().filter_map(|arm| arm_call(&arm.body)).map(|call| of_call(ctx, known, call));
            arms.fold(Worst::NOTHING, Worst::or).and(handled).and(undone)
        }
        Body::Race(race) => {
            let all = race.alternatives.iter().map(|one| of_call(ctx, known, &one.call));
            all.fold(Worst::NOTHING, Worst::and).and(handled)
        }
        Body::Fail(_) => Worst::NOTHING,
    }
}

fn of_items(map: &Map, item: Worst) -> Worst {
    match map.up_to {
        Some(most) => item.times(i64::try_from(most).unwrap_or(i64::MAX)),
        None => item.without_bound(Cause {
            span: map.source.span,
            why: "nobody knows how many items there are",
            help: "say how many there may be: `for x in list up to 50 => …`",
        }),
    }
}

fn rounds(call: &Call) -> i64 {
    call.repeat.as_ref().map_or(1, |repeat| i64::from(repeat.up_to))
}

fn of_call(ctx: &Context<'_>, known: &[Worst], call: &Call) -> Worst {
    let once = match call.target {
        Target::Action(agent, action) | Target::Bound { interface: agent, action, .. } => {
            let agent = ctx.checked_agents.get(agent.index());
            let cost = agent.and_then(|agent| agent.actions.get(action)).map_or(Cost::NOTHING, |action| action.cost);
            of_cost(cost, call.span)
        }
        Target::Workflow(id) => known[id.index()],
        Target::Ask(_) | Target::Wait(_) | Target::Event(_) => Worst::NOTHING,
    };
    let attempts = call.retry.as_ref().map_or(1, |retry| i64::from(retry.attempts));
    once.times(attempts).times(rounds(call))
}

fn of_cost(cost: Cost, span: Span) -> Worst {
    let price = Cause {
        span,
        why: "the price of this is not known",
        help: "state it: `cost` of the action, or the price of the model in `wf.toml`",
    };
    let size = Cause {
        span,
        why: "the tokens of this are not bounded",
        help: "bound them: `max_input` and `max_output` of the action",
    };
    Worst { money: cost.money.ok_or(price), tokens: cost.tokens.ok_or(size) }
}

impl Worst {
    const NOTHING: Self = Self { money: Ok(0), tokens: Ok(0) };

    fn of(&self, unit: Unit) -> Amount {
        match unit {
            Unit::Money => self.money,
            Unit::Tokens => self.tokens,
        }
    }

    fn each(self, other: Self, one: fn(i64, i64) -> i64) -> Self {
        let of = |a: Amount, b: Amount| Ok(one(a?, b?));
        Self { money: of(self.money, other.money), tokens: of(self.tokens, other.tokens) }
    }

    /// Both happen.
    fn and(self, other: Self) -> Self {
        self.each(other, i64::saturating_add)
    }

    /// One of them happens.
    fn or(self, other: Self) -> Self {
        self.each(other, i64::max)
    }

    fn times(self, count: i64) -> Self {
        let of = |amount: Amount| amount.map(|amount| amount.saturating_mul(count));
        Self { money: of(self.money), tokens: of(self.tokens) }
    }

    /// It happens nobody knows how often: what costs nothing still costs nothing.
    fn without_bound(self, cause: Cause) -> Self {
        let of = |amount: Amount| amount.and_then(|amount| if amount == 0 { Ok(0) } else { Err(cause) });
        Self { money: of(self.money), tokens: of(self.tokens) }
    }
}

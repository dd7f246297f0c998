//! What something costs at most, and why nobody knows it.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::span::Span;
use crate::sema::budget::cost::Costs;
use crate::sema::budget::instance::Instances;
use crate::sema::errors::bounds::{Unit, Unknown};
use crate::sema::hir::{Agent, Cost, Stage, Workflow};
use crate::sema::order::order;

/// Why nobody knows how much something costs.
#[derive(Debug, Clone, Copy)]
pub struct Cause<'a> {
    /// Where.
    pub span: Span,
    /// What is not known.
    pub unknown: Unknown<'a>,
}

type Amount<'a> = Result<i64, Cause<'a>>;

/// What something costs at most.
#[derive(Debug, Clone, Copy)]
pub struct Worst<'a> {
    money: Amount<'a>,
    tokens: Amount<'a>,
    /// A model in it whose price is the one of the table.
    pub listed: Option<&'a str>,
}

/// Where the prices of the models that an action calls come from.
#[derive(Debug, Clone, Copy)]
pub struct Prices<'a> {
    /// One whose price nobody knows.
    pub missing: Option<&'a str>,
    /// One whose price is the one of the table.
    pub listed: Option<&'a str>,
}

/// The worst case of every instance.
pub fn of_all<'a>(
    agents: &'a [Agent],
    workflows: &[&'a Workflow],
    instances: &Instances,
    listed: &BTreeSet<&'a str>,
) -> Vec<Worst<'a>> {
    let mut known = vec![Worst::NOTHING; instances.list.len()];
    for index in order(instances.list.len(), &instances.callees).sequence {
        let instance = &instances.list[index];
        let workflow = workflows[instance.workflow];
        let stages: Vec<&Stage> = workflow.stages.iter().collect();
        known[index] = of_stages(
            &Costs { workflow, agents, bound: &instance.agents, instances, known: &known, listed },
            &stages,
            0,
        );
    }
    known
}

/// Stages under the same first `depth` conditions. Of the two sides of a further condition only one is run.
fn of_stages<'a>(costs: &Costs<'a, '_>, stages: &[&'a Stage], depth: usize) -> Worst<'a> {
    let mut total = Worst::NOTHING;
    let mut sides: BTreeMap<usize, [Vec<&Stage>; 2]> = BTreeMap::new();
    for stage in stages {
        match stage.guard.get(depth) {
            Some(term) => sides.entry(term.condition.index()).or_default()[usize::from(term.holds)].push(stage),
            None => total = total.and(costs.of_stage(stage)),
        }
    }
    for [otherwise, then] in sides.values() {
        let sides = [then, otherwise].map(|side| of_stages(costs, side, depth + 1));
        total = total.and(sides[0].or(sides[1]));
    }
    total
}

impl<'a> Worst<'a> {
    /// What costs nothing.
    pub const NOTHING: Self = Self { money: Ok(0), tokens: Ok(0), listed: None };

    /// The cost of an action.
    pub fn of_action(cost: Cost, prices: Prices<'a>, span: Span) -> Self {
        let cause = Cause { span, unknown: Unknown::Price(prices.missing.unwrap_or_default()) };
        Self { money: cost.money.ok_or(cause), tokens: Ok(cost.tokens), listed: prices.listed }
    }

    /// The amount of one unit.
    pub fn of(&self, unit: Unit) -> Amount<'a> {
        match unit {
            Unit::Money => self.money,
            Unit::Tokens => self.tokens,
        }
    }

    fn each(self, other: Self, one: fn(i64, i64) -> i64) -> Self {
        let of = |a: Amount<'a>, b: Amount<'a>| Ok(one(a?, b?));
        let listed = self.listed.or(other.listed);
        Self { money: of(self.money, other.money), tokens: of(self.tokens, other.tokens), listed }
    }

    /// Both happen.
    pub fn and(self, other: Self) -> Self {
        self.each(other, i64::saturating_add)
    }

    /// One of them happens.
    pub fn or(self, other: Self) -> Self {
        self.each(other, i64::max)
    }

    /// It happens so often.
    pub fn times(self, count: i64) -> Self {
        let of = |amount: Amount<'a>| amount.map(|amount| amount.saturating_mul(count));
        Self { money: of(self.money), tokens: of(self.tokens), listed: self.listed }
    }

    /// It happens nobody knows how often: what costs nothing still costs nothing.
    pub fn without_bound(self, span: Span) -> Self {
        let cause = Cause { span, unknown: Unknown::Items };
        let of = |amount: Amount<'a>| amount.and_then(|amount| if amount == 0 { Ok(0) } else { Err(cause) });
        Self { money: of(self.money), tokens: of(self.tokens), listed: self.listed }
    }
}

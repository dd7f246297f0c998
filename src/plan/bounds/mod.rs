//! What a run of a plan comes to at most: time, attempts, answers of models, tokens and money, as numbers or as formulas in the
//! sizes of lists that are known later, and what makes a bound endless.
//!
//! Waiting for a free slot, for the rate of an agent, for a lock, and what people let run again is not in the times: nobody knows it.

mod action;
mod amount;
mod call;
mod path;
mod stages;

use crate::base::span::Span;
use crate::plan::definition::callees_first;
use crate::plan::flow::Reads;
use crate::plan::{Map, Plan, StageId, Workflow, WorkflowId};
use crate::value::expr::Expr;
use crate::value::length::items_max;
use crate::value::policy::Effects;

pub use amount::{Amount, Cause};

/// The bounds of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bounds {
    /// The lists whose lengths stand in formulas: positions in amounts are positions here.
    pub sizes: Vec<Size>,
    /// One for each workflow of the plan.
    pub workflows: Vec<OfWorkflow>,
}

/// How many items a map goes through: nobody knows before the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Size {
    /// The workflow of the map.
    pub workflow: WorkflowId,
    /// The map.
    pub stage: StageId,
    /// The stages after which it is known, ascending. Without any it is known from the inputs of the workflow.
    pub after: Vec<StageId>,
    /// Where the list stands.
    pub span: Span,
}

/// What a workflow comes to at most.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfWorkflow {
    /// Of all of it, `finally` included and what undoes it apart; milliseconds.
    pub time: Amount,
    /// Of what still runs once something around it has ended it, what undoes it apart; milliseconds.
    pub late: Amount,
    /// Of undoing all that it did, after a failure; milliseconds.
    pub undo_time: Amount,
    /// Of all its paths, without `finally` and what limits it as a whole; milliseconds.
    pub body_time: Amount,
    /// Of the stages on its longest path, one after the other; milliseconds.
    pub path_time: Amount,
    /// The longest path, from its first stage to its last; those of `finally` are not on it.
    pub path: Vec<StageId>,
    /// Of all of it, `finally` and what undoes it included.
    pub spent: Spent,
    /// What it does to the world at most.
    pub effects: Option<Effects>,
    /// One for each stage.
    pub stages: Vec<OfStage>,
}

/// What a stage comes to at most.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfStage {
    /// From its start to its end, milliseconds.
    pub time: Amount,
    /// Of what still runs once something around it has ended it: probes, `finally` of what it calls; milliseconds.
    pub late: Amount,
    /// Of undoing it, milliseconds.
    pub undo_time: Amount,
    /// Of all of it, what undoes it included.
    pub spent: Spent,
    /// How many items it goes through, if it is a map.
    pub items: Option<Amount>,
    /// What its calls do to the world at most, what undoes it included; nothing if it calls nobody.
    pub effects: Option<Effects>,
}

/// What is spent, beside time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spent {
    /// Attempts of actions: calls of tools and probes among them.
    pub attempts: Amount,
    /// Answers of models, repairs included.
    pub answers: Amount,
    /// Tokens.
    pub tokens: Amount,
    /// Millionths of a dollar.
    pub money: Amount,
}

/// Computes the bounds of a plan; it must have been verified.
pub fn bounds(plan: &Plan) -> Bounds {
    let attempts = action::attempts(plan);
    let mut found = Bounds { sizes: Vec::new(), workflows: vec![OfWorkflow::default(); plan.workflows.len()] };
    for id in callees_first(plan) {
        let mut reader = Reader { plan, workflow: id, attempts: &attempts, found: &mut found };
        let bound = reader.workflow();
        found.workflows[id.index()] = bound;
    }
    found
}

/// Computes the bounds of one workflow, those that it calls being known.
struct Reader<'a> {
    plan: &'a Plan,
    workflow: WorkflowId,
    /// By agent and action: what one attempt comes to.
    attempts: &'a [Vec<action::Attempt>],
    found: &'a mut Bounds,
}

impl<'a> Reader<'a> {
    fn of(&self) -> &'a Workflow {
        &self.plan.workflows[self.workflow.index()]
    }

    /// How many items a map goes through.
    fn items(&mut self, stage: StageId, map: &Map) -> Amount {
        match items_max(&map.source, map.up_to, self.of()) {
            Some(count) => Amount::from(i64::try_from(count).unwrap_or(i64::MAX)),
            None => {
                let size = Size {
                    workflow: self.workflow,
                    stage,
                    after: self.known_after(&map.source),
                    span: map.source.span,
                };
                self.found.sizes.push(size);
                let last = u32::try_from(self.found.sizes.len() - 1).unwrap_or(u32::MAX);
                Amount::from(1).times_size(last)
            }
        }
    }

    fn known_after(&self, source: &Expr) -> Vec<StageId> {
        let mut reads = Reads::default();
        reads.add(source);
        let through = reads.lets.iter().flat_map(|item| &self.of().lets[*item as usize].needs).copied();
        let mut stages: Vec<StageId> = reads.stages.iter().map(|stage| StageId(*stage)).chain(through).collect();
        stages.sort_unstable();
        stages.dedup();
        stages
    }
}

impl Spent {
    /// Both happen.
    fn and(self, other: &Self, at: Span) -> Self {
        self.merge(other, |one, other| one.and(other, at))
    }

    /// One of them happens.
    fn or(self, other: &Self, at: Span) -> Self {
        self.merge(other, |one, other| one.or(other, at))
    }

    /// So often.
    fn times(self, count: i64) -> Self {
        self.each(|amount| amount.times(count))
    }

    fn each(self, change: impl Fn(Amount) -> Amount) -> Self {
        Self {
            attempts: change(self.attempts),
            answers: change(self.answers),
            tokens: change(self.tokens),
            money: change(self.money),
        }
    }

    fn merge(self, other: &Self, both: impl Fn(Amount, &Amount) -> Amount) -> Self {
        Self {
            attempts: both(self.attempts, &other.attempts),
            answers: both(self.answers, &other.answers),
            tokens: both(self.tokens, &other.tokens),
            money: both(self.money, &other.money),
        }
    }
}

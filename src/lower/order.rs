//! What the parts of a workflow wait for, once it is known that nothing waits for itself.

use super::{convert, errors, reads};
use crate::diag::Bag;
use crate::plan::flow::{self, Direct, NoFlow};
use crate::plan::graph::{self, Awaits, Graph};
use crate::plan::{self, StageId, Term};
use crate::sema::hir;

/// What the parts of a workflow wait for, each by its position there.
#[derive(Debug, Default)]
pub struct Order {
    /// [`plan::Condition::needs`].
    conditions: Vec<Vec<StageId>>,
    /// [`plan::Let::needs`].
    lets: Vec<Vec<StageId>>,
    stages: Vec<Stage>,
}

/// What follows for a stage of a plan from the graph.
#[derive(Debug)]
struct Stage {
    needs: Vec<StageId>,
    reads: Vec<StageId>,
    exits: Vec<StageId>,
    guard: Vec<Term>,
    height: u32,
}

/// The order of a workflow without circles; `None`, and a message, if its stages are read too often.
pub fn of(source: &hir::Workflow, bag: &mut Bag) -> Option<Order> {
    let lets = source.lets.iter().map(|item| (&item.value, item.guard.iter().map(|term| term.condition.index())));
    let direct = Direct::new(source.conditions.iter().map(|condition| &condition.value), lets);
    let flow = match flow::resolve(&direct, source.stages.iter().map(reads::of)) {
        Ok(flow) => flow,
        Err(NoFlow::TooMany) => {
            bag.push(errors::too_many_reads(source));
            return None;
        }
        Err(NoFlow::Circle(_)) => unreachable!("a workflow without circles has none among its `let`s"),
    };
    let read = flow.reads.into_iter().zip(flow.asides);
    let stages = source.stages.iter().zip(read).map(|(stage, (reads, asides))| waiting(stage, reads, asides)).collect();
    let mut order = Order { conditions: flow.conditions, lets: flow.lets, stages };
    let heights = graph::heights(&order.graph()).expect("a workflow without circles has an order");
    order.stages.iter_mut().zip(heights).for_each(|(stage, height)| stage.height = height);
    Some(order)
}

fn waiting(source: &hir::Stage, reads: Vec<StageId>, asides: Vec<StageId>) -> Stage {
    let after = source.after.iter().map(|(stage, _)| StageId(stage.0));
    let mut needs = Vec::with_capacity(reads.len() + asides.len() + after.len());
    needs.extend(reads.iter().copied().chain(asides).chain(after));
    needs.sort_unstable();
    needs.dedup();
    let exits = source.exits.iter().map(|exit| StageId(exit.0)).collect();
    Stage { needs, reads, exits, guard: convert::guard(&source.guard), height: 0 }
}

impl Order {
    /// The graph of the workflow.
    pub fn graph(&self) -> Graph {
        let stages = self.stages.iter().map(|stage| Awaits {
            needs: &stage.needs,
            reads: &stage.reads,
            exits: &stage.exits,
            guard: &stage.guard,
        });
        graph::graph(stages, self.conditions.iter().map(Vec::as_slice))
    }

    /// Fills in what follows from the graph. What waits for what is the same in every instance.
    pub fn fill(&self, workflow: &mut plan::Workflow) {
        for (condition, needs) in workflow.conditions.iter_mut().zip(&self.conditions) {
            condition.needs.clone_from(needs);
        }
        for (item, needs) in workflow.lets.iter_mut().zip(&self.lets) {
            item.needs.clone_from(needs);
        }
        for (stage, known) in workflow.stages.iter_mut().zip(&self.stages) {
            stage.needs.clone_from(&known.needs);
            stage.reads.clone_from(&known.reads);
            stage.height = known.height;
        }
    }
}

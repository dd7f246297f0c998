//! Lowers a checked program to plans. Knows both; nothing else does.
//!
//! What can only be seen on the graph is reported here: circles of stages and of calls, writes that race.

mod bind;
mod calls;
mod convert;
mod cycles;
mod dependencies;
mod edit;
mod errors;
mod instance;
mod limits;
mod order;
mod races;
mod reads;
#[cfg(test)]
mod tests;

use crate::base::source::Sources;
use crate::diag::Bag;
use crate::plan::Plan;
use crate::sema::hir;
use order::Order;

/// Lowers one workflow with all that it calls. The program may have errors: circles are reported all the same.
///
/// Nothing is made when `bag` holds an error, from here or from before.
pub fn lower(program: &hir::Program, workflow: hir::WorkflowId, sources: &Sources, bag: &mut Bag) -> Option<Plan> {
    let checked = check(program, sources, bag);
    if bag.has_errors() { None } else { instance(program, &checked, workflow, sources) }
}

/// The graphs of all workflows of a program, each checked once.
#[derive(Debug)]
pub struct Graphs {
    /// What the parts of each workflow wait for, by its position in the program; empty where they wait in a circle.
    orders: Vec<Order>,
    /// How long each may take, milliseconds.
    limits: Vec<Option<i64>>,
    /// Whether anything waits for itself, or calls itself, or waits for more than a plan can hold.
    circular: bool,
}

/// Makes the graph of every workflow, no plan yet, and reports what is wrong with it, whoever calls it and however often.
pub fn check(program: &hir::Program, sources: &Sources, bag: &mut Bag) -> Graphs {
    let mut circular = calls::check(program, bag);
    let mut orders = Vec::with_capacity(program.workflows.len());
    for source in &program.workflows {
        let order = if cycles::check(source, sources, bag) { None } else { order::of(source, bag) };
        circular |= order.is_none();
        orders.push(order.unwrap_or_default());
    }
    if !circular {
        bind::check(program, bag);
    }
    if !circular {
        races::check(program, &orders, sources, bag);
    }
    Graphs { orders, limits: limits::of_all(program), circular }
}

/// The plan of one workflow; `None` if anything in the program goes in a circle, or if the workflow has agent parameters without
/// defaults: such a one is only called.
pub fn instance(program: &hir::Program, graphs: &Graphs, workflow: hir::WorkflowId, sources: &Sources) -> Option<Plan> {
    let agents = bind::defaults(&program.workflows[workflow.index()])?;
    instance_with(program, graphs, workflow, agents, sources)
}

/// As [`instance`], with one agent for each agent parameter.
pub fn instance_with(
    program: &hir::Program,
    graphs: &Graphs,
    workflow: hir::WorkflowId,
    agents: Vec<hir::AgentId>,
    sources: &Sources,
) -> Option<Plan> {
    (!graphs.circular).then(|| instance::build(program, graphs, (workflow.index(), agents), sources))
}

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
#[cfg(test)]
mod tests;

use crate::base::source::Sources;
use crate::diag::Bag;
use crate::plan::{self, Plan};
use crate::sema::hir;

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
    /// By position in the program; ids inside are still those of the program.
    workflows: Vec<plan::Workflow>,
    /// How long each may take, milliseconds.
    limits: Vec<Option<i64>>,
    /// Whether anything waits for itself, or calls itself, or waits for more than a plan can hold.
    circular: bool,
}

/// Makes the graph of every workflow and reports what is wrong with it, whoever calls it and however often.
pub fn check(program: &hir::Program, sources: &Sources, bag: &mut Bag) -> Graphs {
    let mut circular = calls::check(program, bag);
    let mut workflows = Vec::with_capacity(program.workflows.len());
    let limits = limits::of_all(program);
    for (source, limit) in program.workflows.iter().zip(&limits) {
        let mut workflow = convert::workflow(program, source, *limit, None);
        let mut found = cycles::check(source, &workflow, sources, bag);
        if !found && order::fill(source, &mut workflow).is_err() {
            bag.push(errors::too_many_reads(source));
            found = true;
        }
        circular |= found;
        workflows.push(workflow);
    }
    if !circular {
        bind::check(program, bag);
    }
    if !circular {
        races::check(program, &workflows, sources, bag);
    }
    Graphs { workflows, limits, circular }
}

/// The plan of one workflow; `None` if anything in the program goes in a circle, or if the workflow has agent parameters without
/// defaults: such a one is only called.
pub fn instance(program: &hir::Program, graphs: &Graphs, workflow: hir::WorkflowId, sources: &Sources) -> Option<Plan> {
    let agents = bind::defaults(&program.workflows[workflow.index()]).filter(|_| !graphs.circular)?;
    Some(instance::build(program, graphs, (workflow.index(), agents), sources))
}

//! Fills in what waits for what, once it is known that nothing waits for itself.

use crate::plan::flow::NoFlow;
use crate::plan::{self, StageId, flow, graph};
use crate::sema::hir;

/// Fills in `needs`, `reads` and `height` of a workflow without circles; not if its stages are read too often.
pub fn fill(source: &hir::Workflow, workflow: &mut plan::Workflow) -> Result<(), TooMany> {
    let flow = match flow::flow(workflow) {
        Ok(flow) => flow,
        Err(NoFlow::TooMany) => return Err(TooMany),
        Err(NoFlow::Circle(_)) => unreachable!("a workflow without circles has none among its `let`s"),
    };
    for (condition, needs) in workflow.conditions.iter_mut().zip(flow.conditions) {
        condition.needs = needs;
    }
    for (item, needs) in workflow.lets.iter_mut().zip(flow.lets) {
        item.needs = needs;
    }
    let read = flow.reads.into_iter().zip(flow.asides);
    for ((stage, written), (reads, asides)) in workflow.stages.iter_mut().zip(&source.stages).zip(read) {
        let after = written.after.iter().map(|(stage, _)| StageId(stage.0));
        stage.needs = reads.iter().copied().chain(asides).chain(after).collect();
        stage.needs.sort_unstable();
        stage.needs.dedup();
        stage.reads = reads;
    }
    let heights = graph::heights(&workflow.graph()).expect("a workflow without circles has an order");
    for (stage, height) in workflow.stages.iter_mut().zip(heights) {
        stage.height = height;
    }
    Ok(())
}

/// Stages are read more than [`flow::READS_MAX`] times.
#[derive(Debug)]
pub struct TooMany;

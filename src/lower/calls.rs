//! Workflows that call each other: no circle, and not too deep.

use petgraph::graph::{DiGraph, NodeIndex};

use super::cycles;
use super::errors;
use crate::base::span::Span;
use crate::diag::Bag;
use crate::plan::verify::CALL_DEPTH_MAX;
use crate::sema::hir;

/// Workflows, and where the one calls the other.
type Calls = DiGraph<(), Span>;

/// Reports workflows that call each other in a circle or too deeply, and says whether there are any.
pub fn check(program: &hir::Program, bag: &mut Bag) -> bool {
    let graph = graph(program);
    let circles = cycles::shortest(&graph);
    for circle in &circles {
        let edges = circle.iter().filter_map(|&edge| Some((graph.edge_endpoints(edge)?.0, graph[edge])));
        let calls = edges.map(|(caller, span)| (&program.workflows[caller.index()], span)).collect();
        bag.push(errors::recursion(calls));
    }
    !circles.is_empty() || is_too_deep(program, &graph, bag)
}

/// The workflows, each after those that it calls; none may call itself.
pub fn callees_first(program: &hir::Program) -> Vec<usize> {
    let order = petgraph::algo::toposort(&graph(program), None).expect("circles are reported before");
    order.into_iter().rev().map(NodeIndex::index).collect()
}

fn graph(program: &hir::Program) -> Calls {
    let mut graph = Calls::new();
    for _ in &program.workflows {
        graph.add_node(());
    }
    for (index, workflow) in program.workflows.iter().enumerate() {
        for call in workflow.stages.iter().flat_map(|stage| calls(stage).into_iter().chain(stage.undo.as_deref())) {
            if let hir::Target::Workflow(callee) = call.target {
                graph.add_edge(NodeIndex::new(index), NodeIndex::new(callee.index()), call.span);
            }
        }
    }
    graph
}

/// The calls that a stage may make on its way to a result.
pub fn calls(stage: &hir::Stage) -> Vec<&hir::Call> {
    let mut calls = Vec::new();
    match &stage.body {
        hir::Body::Call(call) => calls.push(call),
        hir::Body::Map(map) => calls.push(&map.call),
        hir::Body::Match(matched) => calls.extend(matched.arms.iter().filter_map(|arm| match &arm.body {
            hir::ArmBody::Call(call) => Some(call),
            hir::ArmBody::Use(_) | hir::ArmBody::Skip => None,
        })),
        hir::Body::Race(race) => calls.extend(race.alternatives.iter().map(|alternative| &alternative.call)),
        hir::Body::Fail(_) => {}
    }
    calls.extend(stage.handlers.iter().filter_map(|handler| match &handler.action {
        hir::HandlerAction::Call(call) => Some(call),
        _ => None,
    }));
    calls
}

/// Whether a workflow stands above more than [`CALL_DEPTH_MAX`] others; the first one that does is reported.
fn is_too_deep(program: &hir::Program, graph: &Calls, bag: &mut Bag) -> bool {
    let order = petgraph::algo::toposort(graph, None).expect("circles are reported before");
    let mut depths = vec![1usize; graph.node_count()];
    for &node in order.iter().rev() {
        let below = graph.neighbors(node).map(|callee| depths[callee.index()]).max().unwrap_or(0);
        depths[node.index()] = below + 1;
        if below == CALL_DEPTH_MAX {
            let call = graph.edges(node).next().map_or(program.workflows[node.index()].span, |edge| *edge.weight());
            bag.push(errors::too_deep(call));
            return true;
        }
    }
    false
}

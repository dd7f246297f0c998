//! The longest path through a workflow.

use petgraph::Direction;
use petgraph::graph::NodeIndex;

use super::{Amount, OfStage};
use crate::plan::graph::{Graph, Node};
use crate::plan::{Body, StageId, Workflow};

/// A path from the first stage to the last.
#[derive(Debug, Clone, Default)]
pub(super) struct Path {
    /// What all paths take at most, milliseconds.
    pub all: Amount,
    /// What the longest takes by itself, milliseconds.
    pub time: Amount,
    /// The stages of the longest.
    pub stages: Vec<StageId>,
}

/// The longest path among the stages of `finally`, or among all others.
pub(super) fn longest(workflow: &Workflow, stages: &[OfStage], finally: bool) -> Path {
    let graph = workflow.graph();
    let order = petgraph::algo::toposort(&graph, None).unwrap_or_default();
    let mut ends = vec![Amount::NOTHING; graph.node_count()];
    for node in order {
        let before = graph.neighbors_directed(node, Direction::Incoming);
        let start = before.fold(Amount::NOTHING, |start, before| start.or(&ends[before.index()], workflow.span));
        ends[node.index()] = match graph[node] {
            Node::Stage(id) if workflow.stages[id.index()].finally == finally => {
                start.and(&stages[id.index()].time, workflow.span)
            }
            Node::Stage(_) | Node::Condition(_) => start,
        };
    }
    let all = workflow.stages.iter().zip(&ends).filter(|(stage, _)| stage.finally == finally);
    let all = all.fold(Amount::NOTHING, |time, (_, end)| time.or(end, workflow.span));
    let path = walk(workflow, &graph, &ends, finally);
    let time = path.iter().map(|id| &stages[id.index()].time);
    let time = time.fold(Amount::NOTHING, |sum, time| sum.and(time, workflow.span));
    Path { all, time, stages: path }
}

/// From the stage that ends last back to one that waits for nobody; a `fail` takes no time.
fn walk(workflow: &Workflow, graph: &Graph, ends: &[Amount], finally: bool) -> Vec<StageId> {
    let of = |index: &usize| workflow.stages[*index].finally == finally;
    let last =
        (0..workflow.stages.len()).filter(of).max_by(|a, b| rank(&ends[*a]).cmp(&rank(&ends[*b])).then(b.cmp(a)));
    let mut path = Vec::new();
    let mut at = last.map(NodeIndex::new);
    while let Some(node) = at {
        if let Node::Stage(id) = graph[node]
            && !matches!(workflow.stages[id.index()].body, Body::Fail(_))
        {
            path.push(id);
        }
        let before = graph.neighbors_directed(node, Direction::Incoming);
        at = before.max_by(|a, b| rank(&ends[a.index()]).cmp(&rank(&ends[b.index()])).then(b.cmp(a)));
    }
    path.reverse();
    path
}

/// Which of two amounts is taken for the larger: without end, then more lists, then larger numbers.
fn rank(amount: &Amount) -> (bool, usize, i64) {
    match amount {
        Amount::Endless(_) => (true, 0, 0),
        Amount::Sum(terms) => {
            let most = terms.keys().map(Vec::len).max().unwrap_or(0);
            (false, most, terms.values().copied().fold(0, i64::saturating_add))
        }
    }
}

//! The graph of one workflow of a plan, for building and analysis. The engine makes flat arrays of its own from it.

use petgraph::graph::{DiGraph, NodeIndex};

use super::{Plan, StageId, Term, Workflow, WorkflowId};

/// What a node stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Node {
    /// A stage; its node has the same index.
    Stage(StageId),
    /// A condition: one node however many stages it guards.
    Condition(u32),
}

/// Why the one waits for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Edge {
    /// The result flows from one stage into another.
    Data,
    /// Only the order matters: `after`, or read by a label.
    Order,
    /// A condition reads a stage.
    Reads,
    /// A condition guards a stage; its truth.
    Guard(bool),
    /// A `fail` is decided before the stage starts.
    Exit,
}

/// Edges go from what is awaited to what waits.
pub type Graph = DiGraph<Node, Edge>;

impl Plan {
    /// The graph of one of its workflows.
    pub fn graph(&self, workflow: WorkflowId) -> Graph {
        self.workflows[workflow.index()].graph()
    }
}

impl Workflow {
    /// Its stages and conditions as a graph; every index must be in range.
    pub fn graph(&self) -> Graph {
        let stages = self.stages.iter().map(|stage| Awaits {
            needs: &stage.needs,
            reads: &stage.reads,
            exits: &stage.exits,
            guard: &stage.guard,
        });
        graph(stages, self.conditions.iter().map(|condition| condition.needs.as_slice()))
    }

    /// For each stage the front in which it can start, from 1: one more than the last of those that it waits for.
    pub fn fronts(&self) -> Vec<usize> {
        let graph = self.graph();
        let order = petgraph::algo::toposort(&graph, None).unwrap_or_default();
        let mut fronts = vec![0usize; graph.node_count()];
        for node in order {
            fronts[node.index()] += usize::from(matches!(graph[node], Node::Stage(_)));
            for next in graph.neighbors(node) {
                fronts[next.index()] = fronts[next.index()].max(fronts[node.index()]);
            }
        }
        fronts.truncate(self.stages.len());
        fronts
    }
}

/// What one stage waits for; each list as in [`Stage`](super::Stage).
#[derive(Debug, Clone, Copy)]
pub struct Awaits<'a> {
    /// Stages that must have ended.
    pub needs: &'a [StageId],
    /// Those whose results it reads.
    pub reads: &'a [StageId],
    /// `fail`s that must have been decided.
    pub exits: &'a [StageId],
    /// Conditions.
    pub guard: &'a [Term],
}

/// The graph of stages, and of conditions each with the stages that it reads; every index must be in range.
pub fn graph<'a>(
    stages: impl ExactSizeIterator<Item = Awaits<'a>>,
    conditions: impl ExactSizeIterator<Item = &'a [StageId]>,
) -> Graph {
    let count = stages.len();
    let mut graph = Graph::with_capacity(count + conditions.len(), count * 2);
    for index in 0..count {
        graph.add_node(Node::Stage(StageId::new(index)));
    }
    for (index, needs) in (0..).zip(conditions) {
        let node = graph.add_node(Node::Condition(index));
        for &stage in needs {
            graph.add_edge(node_of(stage), node, Edge::Reads);
        }
    }
    for (index, stage) in stages.enumerate() {
        add_edges(&mut graph, NodeIndex::new(index), count, stage);
    }
    graph
}

fn add_edges(graph: &mut Graph, node: NodeIndex, stages: usize, of: Awaits<'_>) {
    for &need in of.needs {
        let kind = if of.reads.binary_search(&need).is_ok() { Edge::Data } else { Edge::Order };
        graph.add_edge(node_of(need), node, kind);
    }
    for &exit in of.exits {
        graph.add_edge(node_of(exit), node, Edge::Exit);
    }
    for term in of.guard {
        let condition = NodeIndex::new(stages + term.condition as usize);
        graph.add_edge(condition, node, Edge::Guard(term.holds));
    }
}

/// The node of a stage.
pub fn node_of(stage: StageId) -> NodeIndex {
    NodeIndex::new(stage.index())
}

/// For each stage the longest path that hangs on it, in stages, itself included; `None` where stages wait in a circle.
pub fn heights(graph: &Graph) -> Option<Vec<u32>> {
    let order = petgraph::algo::toposort(graph, None).ok()?;
    let mut heights = vec![0u32; graph.node_count()];
    for &node in order.iter().rev() {
        let below = graph.neighbors(node).map(|next| heights[next.index()]).max().unwrap_or(0);
        heights[node.index()] = below + u32::from(matches!(graph[node], Node::Stage(_)));
    }
    heights.truncate(graph.node_indices().take_while(|&n| matches!(graph[n], Node::Stage(_))).count());
    Some(heights)
}

/// How many stages the widest front has.
pub fn widest(fronts: &[usize]) -> usize {
    let mut sorted = fronts.to_vec();
    sorted.sort_unstable();
    sorted.chunk_by(|a, b| a == b).map(<[usize]>::len).max().unwrap_or(0)
}

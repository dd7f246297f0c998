//! Circles: one shortest for each knot of things that wait for each other.

use std::collections::VecDeque;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, EdgeIndex, NodeIndex};
use petgraph::visit::EdgeRef;

use super::dependencies::{self, Dependencies, Item, Reason, Use};
use super::errors::{self, Step, Who, WhoKind};
use crate::base::source::Sources;
use crate::diag::Bag;
use crate::sema::hir;

/// Reports the circles of a workflow and says whether there are any.
pub fn check(source: &hir::Workflow, sources: &Sources, bag: &mut Bag) -> bool {
    let graph = dependencies::of(source);
    let found = shortest(&graph);
    for circle in &found {
        let mut steps = steps(source, &graph, circle);
        match steps.iter().position(|step| step.reason == Reason::Exit) {
            Some(below) => {
                let count = steps.len();
                steps.rotate_left((below + 1) % count);
                bag.push(errors::exit_waits(&steps));
            }
            None => bag.push(errors::circle(&steps, sources)),
        }
    }
    !found.is_empty()
}

/// The circle as it is told: from one name to the next, conditions passed over, the first in the file first.
fn steps<'a>(source: &'a hir::Workflow, graph: &Dependencies, circle: &[EdgeIndex]) -> Vec<Step<'a>> {
    let waiting = |edge: EdgeIndex| graph[start(graph, edge)];
    let mut edges = circle.to_vec();
    let named = edges.iter().position(|&edge| !matches!(waiting(edge), Item::Condition(_)));
    edges.rotate_left(named.unwrap_or(0));
    let mut steps: Vec<Step<'a>> = Vec::new();
    for edge in edges {
        let Use { reason, span } = graph[edge];
        // Exits wait for those before them: a row of them is told as its last.
        if reason == Reason::Exit && steps.last().is_some_and(|step| step.reason == Reason::Exit) {
            continue;
        }
        match (who(source, waiting(edge)), steps.last_mut()) {
            (Some(who), _) => steps.push(Step { who, reason, span }),
            // The step begins at what is guarded; the place to show is in the condition.
            (None, Some(step)) => step.span = span,
            (None, None) => {}
        }
    }
    let earliest = (0..steps.len()).min_by_key(|&at| steps[at].who.span).unwrap_or(0);
    steps.rotate_left(earliest);
    steps
}

fn who(source: &hir::Workflow, item: Item) -> Option<Who<'_>> {
    match item {
        Item::Stage(index) => {
            let stage = &source.stages[index];
            let kind = if matches!(stage.body, hir::Body::Fail(_)) { WhoKind::Fail } else { WhoKind::Stage };
            Some(Who { name: &stage.name, span: stage.span, kind })
        }
        Item::Let(index) => {
            let item = &source.lets[index];
            Some(Who { name: &item.name, span: item.span, kind: WhoKind::Let })
        }
        Item::Condition(_) => None,
    }
}

fn start<N, E>(graph: &DiGraph<N, E>, edge: EdgeIndex) -> NodeIndex {
    graph.edge_endpoints(edge).expect("the edge is of this graph").0
}

/// Edges that are looked at in one knot before the shortest circle found so far is good enough.
const EFFORT: usize = 4_000_000;

/// For each knot (strongly connected component) its shortest circle, as edges in order; of several the one through the
/// smallest node. In a very large knot the shortest through its first nodes.
pub fn shortest<N, E>(graph: &DiGraph<N, E>) -> Vec<Vec<EdgeIndex>> {
    let mut knots = kosaraju_scc(graph);
    let mut knot_of = vec![usize::MAX; graph.node_count()];
    for (index, knot) in knots.iter_mut().enumerate() {
        knot.sort_unstable();
        for node in knot {
            knot_of[node.index()] = index;
        }
    }
    knots.sort_unstable();
    let mut search = Search { graph, knot_of, reached_by: vec![None; graph.node_count()], effort: 0 };
    knots.iter().filter_map(|knot| search.shortest(knot)).collect()
}

struct Search<'a, N, E> {
    graph: &'a DiGraph<N, E>,
    knot_of: Vec<usize>,
    /// The edge by which a node was reached in the search under way.
    reached_by: Vec<Option<EdgeIndex>>,
    effort: usize,
}

impl<N, E> Search<'_, N, E> {
    fn shortest(&mut self, knot: &[NodeIndex]) -> Option<Vec<EdgeIndex>> {
        self.effort = 0;
        let mut best: Option<Vec<EdgeIndex>> = None;
        for &node in knot {
            if let Some(circle) = self.through(node)
                && best.as_ref().is_none_or(|best| circle.len() < best.len())
            {
                best = Some(circle);
            }
            if self.effort > EFFORT || best.as_ref().is_some_and(|best| best.len() <= 2) {
                break;
            }
        }
        best
    }

    /// The shortest circle through a node: breadth first, inside its knot.
    fn through(&mut self, first: NodeIndex) -> Option<Vec<EdgeIndex>> {
        let mut queue = VecDeque::from([first]);
        let mut touched = Vec::new();
        let mut last = None;
        while let (Some(node), None) = (queue.pop_front(), last) {
            for edge in self.graph.edges(node) {
                self.effort += 1;
                let next = edge.target();
                if next == first {
                    last = Some(edge.id());
                    break;
                }
                let outside = self.knot_of[next.index()] != self.knot_of[first.index()];
                if !outside && self.reached_by[next.index()].is_none() {
                    self.reached_by[next.index()] = Some(edge.id());
                    touched.push(next);
                    queue.push_back(next);
                }
            }
        }
        let circle = last.map(|last| self.path(first, last));
        for node in touched {
            self.reached_by[node.index()] = None;
        }
        circle
    }

    fn path(&self, first: NodeIndex, last: EdgeIndex) -> Vec<EdgeIndex> {
        let mut edges = vec![last];
        let mut node = start(self.graph, last);
        while node != first {
            let edge = self.reached_by[node.index()].expect("every node on the way was reached");
            edges.push(edge);
            node = start(self.graph, edge);
        }
        edges.reverse();
        edges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(nodes: usize, edges: &[(u32, u32)]) -> DiGraph<(), ()> {
        let mut graph = DiGraph::new();
        for _ in 0..nodes {
            graph.add_node(());
        }
        graph.extend_with_edges(edges);
        graph
    }

    fn names(graph: &DiGraph<(), ()>) -> Vec<Vec<usize>> {
        let circles = shortest(graph);
        circles.iter().map(|circle| circle.iter().map(|&edge| start(graph, edge).index()).collect()).collect()
    }

    #[test]
    fn a_long_chain_has_no_circle_and_needs_no_stack() {
        let edges: Vec<(u32, u32)> = (0..99_999).map(|n| (n, n + 1)).collect();
        assert!(shortest(&graph(100_000, &edges)).is_empty());
    }

    #[test]
    fn one_shortest_circle_for_each_knot() {
        let edges = [(0, 1), (1, 2), (2, 0), (2, 3), (3, 2), (4, 4), (5, 4)];
        assert_eq!(names(&graph(6, &edges)), [vec![2, 3], vec![4]]);
    }

    #[test]
    fn a_circle_of_a_hundred_thousand_is_found_whole() {
        let edges: Vec<(u32, u32)> = (0..100_000).map(|n| (n, (n + 1) % 100_000)).collect();
        assert_eq!(names(&graph(100_000, &edges))[0].len(), 100_000);
    }
}

//! Writes that race (rulings 25): two stages in no order on the same agent, or the items of one map.

use std::collections::{BTreeMap, BTreeSet};

use super::{calls, edit, errors};
use crate::base::source::Sources;
use crate::diag::{Applicability, Bag, Fix};
use crate::plan;
use crate::sema::hir;
use crate::value::policy::Effects;

/// Earlier writers of the same agent that a writer is compared with.
const COMPARED: usize = 64;

/// Reports the races of every workflow.
pub fn check(program: &hir::Program, graphs: &[plan::Workflow], sources: &Sources, bag: &mut Bag) {
    for (source, workflow) in program.workflows.iter().zip(graphs) {
        if source.parallel == Some(1) {
            continue;
        }
        for (agent, stages) in writers(program, source) {
            for &stage in &stages {
                check_map(program, &source.stages[stage], agent, bag);
            }
            if stages.len() > 1 {
                check_pairs(&program.agents[agent].name, source, workflow, &stages, sources, bag);
            }
        }
    }
}

/// For each agent the stages that may write through it, in the order of the file.
fn writers(program: &hir::Program, source: &hir::Workflow) -> BTreeMap<usize, Vec<usize>> {
    let mut writers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, stage) in source.stages.iter().enumerate() {
        for agent in calls::calls(stage).into_iter().filter_map(|call| written(program, call)) {
            let stages = writers.entry(agent).or_default();
            if stages.last() != Some(&index) {
                stages.push(index);
            }
        }
    }
    writers
}

/// The agent through which a call writes: one that may do several things at once, and for which twice is not once.
fn written(program: &hir::Program, call: &hir::Call) -> Option<usize> {
    let hir::Target::Action(agent, action) = call.target else { return None };
    let of = &program.agents[agent.index()];
    let races = of.parallel != Some(1) && of.actions[action].effects >= Effects::Writes;
    races.then_some(agent.index())
}

fn check_map(program: &hir::Program, stage: &hir::Stage, agent: usize, bag: &mut Bag) {
    let hir::Body::Map(map) = &stage.body else { return };
    let one_at_once = map.parallel == Some(1) || map.up_to == Some(1);
    if !one_at_once && written(program, &map.call) == Some(agent) {
        bag.push(errors::map_race(&program.agents[agent].name, stage, map.call.span));
    }
}

/// Each writer is compared with the nearest earlier one that can run in the same run: k stages give k - 1 warnings at most.
fn check_pairs(
    agent: &str,
    source: &hir::Workflow,
    workflow: &plan::Workflow,
    stages: &[usize],
    sources: &Sources,
    bag: &mut Bag,
) {
    let ordered = Ordered::new(workflow, stages);
    for (at, &second) in ordered.writers.iter().enumerate() {
        let together = |first: usize| !disjoint(&source.stages[first], &source.stages[second]);
        let earlier = ordered.writers[at.saturating_sub(COMPARED)..at].iter().rev().copied();
        let racing = earlier.filter(|&first| together(first)).find(|&first| !ordered.is_before(first, second));
        if let Some(first) = racing {
            let (first, second) = (first.min(second), first.max(second));
            let (first, second) = (&source.stages[first], &source.stages[second]);
            bag.push(errors::race(agent, first, second, fix(first, second, sources)));
        }
    }
}

/// Whether two stages are never under way together whatever the graph: one runs at the end, or a condition lets only one run.
fn disjoint(a: &hir::Stage, b: &hir::Stage) -> bool {
    a.finally != b.finally
        || a.guard.iter().any(|x| b.guard.iter().any(|y| x.condition == y.condition && x.holds != y.holds))
}

fn fix(first: &hir::Stage, second: &hir::Stage, sources: &Sources) -> Option<Fix> {
    let call = match &second.body {
        hir::Body::Call(call) => call,
        hir::Body::Map(map) => &map.call,
        hir::Body::Match(_) | hir::Body::Fail(_) => return None,
    };
    let last_after = second.after.last().map(|(_, span)| *span);
    let edits = vec![edit::add_after(sources, call.span, last_after, &first.name)];
    let title = format!("run `{}` after `{}`", second.name, first.name);
    Some(Fix { title, applicability: Applicability::Suggested, edits })
}

/// The writers of one agent in an order that the graph allows, and which of them come before which.
struct Ordered {
    /// Stages.
    writers: Vec<usize>,
    /// For each stage that writes, its position among the writers.
    position: BTreeMap<usize, usize>,
    /// For each writer those before it: one bit each, as far as they are few, and the latest of them.
    before: Vec<(u64, Option<usize>)>,
}

impl Ordered {
    fn new(workflow: &plan::Workflow, stages: &[usize]) -> Self {
        let graph = workflow.graph();
        let order = petgraph::algo::toposort(&graph, None).expect("circles are reported before");
        let writes: BTreeSet<usize> = stages.iter().copied().collect();
        let mut ordered = Self { writers: Vec::new(), position: BTreeMap::new(), before: Vec::new() };
        let mut reached: Vec<(u64, Option<usize>)> = vec![(0, None); graph.node_count()];
        for node in order {
            let (mut mask, mut latest) = reached[node.index()];
            if writes.contains(&node.index()) {
                let position = ordered.writers.len();
                ordered.writers.push(node.index());
                ordered.position.insert(node.index(), position);
                ordered.before.push((mask, latest));
                mask |= 1u64.checked_shl(u32::try_from(position).unwrap_or(u32::MAX)).unwrap_or(0);
                latest = Some(position);
            }
            for next in graph.neighbors(node) {
                let entry = &mut reached[next.index()];
                *entry = (entry.0 | mask, entry.1.max(latest));
            }
        }
        ordered
    }

    /// Exact among the first 64 writers and between neighbours; of other pairs it says yes when in doubt.
    fn is_before(&self, first: usize, second: usize) -> bool {
        let (first, (mask, latest)) = (self.position[&first], self.before[self.position[&second]]);
        match u32::try_from(first).ok().and_then(|first| 1u64.checked_shl(first)) {
            Some(bit) => mask & bit != 0,
            None => latest.is_some_and(|latest| latest >= first),
        }
    }
}

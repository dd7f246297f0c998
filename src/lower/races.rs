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

/// Reports the races of every workflow; no workflow may call itself.
pub fn check(program: &hir::Program, graphs: &[plan::Workflow], sources: &Sources, bag: &mut Bag) {
    let writes = Writes::of(program);
    // Where something is wrong, what gives the order may be missing.
    let broken: Vec<bool> = sources.iter().map(|(file, _)| bag.has_errors_in(file)).collect();
    for (source, workflow) in program.workflows.iter().zip(graphs) {
        // One thing at a time: nothing races, in whatever order it comes.
        if source.parallel != Some(1) && !broken.get(source.span.file.index()).is_some_and(|broken| *broken) {
            check_maps(program, source, &writes, bag);
            check_pairs(program, source, workflow, &writes, sources, bag);
        }
    }
}

/// For each workflow the agents through which it writes, itself or through what it calls.
struct Writes {
    of_workflow: Vec<BTreeSet<usize>>,
}

impl Writes {
    fn of(program: &hir::Program) -> Self {
        let mut writes = Self { of_workflow: vec![BTreeSet::new(); program.workflows.len()] };
        for index in calls::callees_first(program) {
            let stages = program.workflows[index].stages.iter();
            let agents = stages.flat_map(|stage| writes.of_stage(program, stage)).collect();
            writes.of_workflow[index] = agents;
        }
        writes
    }

    fn of_stage(&self, program: &hir::Program, stage: &hir::Stage) -> BTreeSet<usize> {
        calls::calls(stage).into_iter().flat_map(|call| self.of_call(program, call)).collect()
    }

    /// The agents that may do several things at once, and for which twice is not once.
    fn of_call(&self, program: &hir::Program, call: &hir::Call) -> BTreeSet<usize> {
        match call.target {
            hir::Target::Ask(_) | hir::Target::Wait(_) | hir::Target::Event(_) => BTreeSet::new(),
            hir::Target::Workflow(id) => self.of_workflow[id.index()].clone(),
            hir::Target::Action(agent, action) | hir::Target::Bound { interface: agent, action, .. } => {
                let of = &program.agents[agent.index()];
                let races = of.parallel != Some(1) && of.actions[action].effects >= Effects::Writes;
                BTreeSet::from_iter(races.then_some(agent.index()))
            }
        }
    }
}

fn check_maps(program: &hir::Program, source: &hir::Workflow, writes: &Writes, bag: &mut Bag) {
    for stage in &source.stages {
        let hir::Body::Map(map) = &stage.body else { continue };
        let one_at_once = map.parallel == Some(1) || map.up_to == Some(1);
        let agents = writes.of_call(program, &map.call);
        if !one_at_once && !agents.is_empty() {
            bag.push(errors::map_race(&names(program, agents), stage, map.call.span));
        }
    }
}

fn names(program: &hir::Program, agents: impl IntoIterator<Item = usize>) -> Vec<&str> {
    agents.into_iter().map(|agent| program.agents[agent].name.as_str()).collect()
}

/// Each writer is compared with the nearest earlier one that can run in the same run: k stages give k - 1 warnings at most.
fn check_pairs(
    program: &hir::Program,
    source: &hir::Workflow,
    workflow: &plan::Workflow,
    writes: &Writes,
    sources: &Sources,
    bag: &mut Bag,
) {
    let mut racing: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for (agent, stages) in writers(program, source, writes) {
        for pair in pairs(source, &Ordered::new(workflow, &stages)) {
            racing.entry(pair).or_default().push(agent);
        }
    }
    for ((first, second), agents) in racing {
        let (first, second) = (&source.stages[first], &source.stages[second]);
        bag.push(errors::race(&names(program, agents), first, second, fix(first, second, sources)));
    }
}

/// For each agent with several the stages that may write through it, in the order of the file.
fn writers(program: &hir::Program, source: &hir::Workflow, writes: &Writes) -> BTreeMap<usize, Vec<usize>> {
    let mut writers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, stage) in source.stages.iter().enumerate() {
        for agent in writes.of_stage(program, stage) {
            writers.entry(agent).or_default().push(index);
        }
    }
    writers.retain(|_, stages| stages.len() > 1);
    writers
}

fn pairs(source: &hir::Workflow, ordered: &Ordered) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for (at, &second) in ordered.writers.iter().enumerate() {
        let together = |first: &usize| !disjoint(&source.stages[*first], &source.stages[second]);
        let earlier = ordered.writers[at.saturating_sub(COMPARED)..at].iter().rev().copied();
        let racing = earlier.filter(together).find(|&first| !ordered.is_before(first, second));
        pairs.extend(racing.map(|first| (first.min(second), first.max(second))));
    }
    pairs
}

/// Whether two stages are never under way together whatever the graph: one runs at the end, a condition lets only one run, or a
/// lock that both hold.
fn disjoint(a: &hir::Stage, b: &hir::Stage) -> bool {
    let lock = |stage: &hir::Stage| stage.lock.as_ref().map(|lock| lock.name.clone());
    a.finally != b.finally
        || (a.lock.is_some() && lock(a) == lock(b))
        || a.guard.iter().any(|x| b.guard.iter().any(|y| x.condition == y.condition && x.holds != y.holds))
}

fn fix(first: &hir::Stage, second: &hir::Stage, sources: &Sources) -> Option<Fix> {
    let call = match &second.body {
        hir::Body::Call(call) => call,
        hir::Body::Map(map) => &map.call,
        hir::Body::Match(_) | hir::Body::Race(_) | hir::Body::Fail(_) => return None,
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

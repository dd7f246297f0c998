//! Writes that race (rulings 25): two stages in no order on the same agent, or the items of one map.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::graph::NodeIndex;

use super::order::Order;
use super::{bind, calls, edit, errors};
use crate::base::source::Sources;
use crate::diag::{Applicability, Bag, Fix};
use crate::plan::graph::Graph;
use crate::sema::hir::{self, AgentArg, AgentId};
use crate::value::policy::Effects;

/// Earlier writers of the same agent that a writer is compared with.
const COMPARED: usize = 64;

/// Reports the races of every workflow; no workflow may call itself.
pub fn check(program: &hir::Program, orders: &[Order], sources: &Sources, bag: &mut Bag) {
    let writes = Writes::of(program);
    // Where something is wrong, what gives the order may be missing.
    let broken: Vec<bool> = sources.iter().map(|(file, _)| bag.has_errors_in(file)).collect();
    for (source, order) in program.workflows.iter().zip(orders) {
        // One thing at a time: nothing races, in whatever order it comes.
        if source.parallel != Some(1) && !broken.get(source.span.file.index()).is_some_and(|broken| *broken) {
            check_maps(program, source, &writes, bag);
            check_pairs(program, source, order, &writes, sources, bag);
        }
    }
}

/// Through whom something is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Writer {
    /// An agent.
    Agent(usize),
    /// An agent parameter, by that action of its interface.
    Param(usize, AgentId, usize),
}

/// What two writers have in common if they may get in each other's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Same {
    Agent(usize),
    Param(usize),
}

impl Writer {
    fn same(self) -> Same {
        match self {
            Self::Agent(agent) => Same::Agent(agent),
            Self::Param(param, _, _) => Same::Param(param),
        }
    }
}

/// For each workflow through whom it writes, itself or through what it calls.
struct Writes {
    of_workflow: Vec<BTreeSet<Writer>>,
}

impl Writes {
    fn of(program: &hir::Program) -> Self {
        let mut writes = Self { of_workflow: vec![BTreeSet::new(); program.workflows.len()] };
        for index in calls::callees_first(program) {
            let stages = program.workflows[index].stages.iter();
            let writers = stages.flat_map(|stage| writes.of_stage(program, stage)).collect();
            writes.of_workflow[index] = writers;
        }
        writes
    }

    fn of_stage(&self, program: &hir::Program, stage: &hir::Stage) -> BTreeSet<Writer> {
        calls::calls(stage).into_iter().flat_map(|call| self.of_call(program, call)).collect()
    }

    fn of_call(&self, program: &hir::Program, call: &hir::Call) -> BTreeSet<Writer> {
        match call.target {
            hir::Target::Ask(_) | hir::Target::Wait(_) | hir::Target::Event(_) => BTreeSet::new(),
            hir::Target::Workflow(id) => {
                let inside = self.of_workflow[id.index()].iter();
                inside.flat_map(|writer| bound(program, call, *writer)).collect()
            }
            hir::Target::Action(_, _) => agents(program, bind::carriers(program, None, call)),
            hir::Target::Bound { param, interface, action } => {
                let writes = program.agents[interface.index()].actions[action].effects >= Effects::Writes;
                BTreeSet::from_iter(writes.then_some(Writer::Param(param, interface, action)))
            }
        }
    }
}

/// Whoever writes inside a workflow that is called, seen from outside.
fn bound(program: &hir::Program, call: &hir::Call, writer: Writer) -> BTreeSet<Writer> {
    match writer {
        Writer::Agent(_) => BTreeSet::from([writer]),
        Writer::Param(param, interface, action) => match call.agents[param] {
            AgentArg::Agent(agent) => agents(program, bind::stands_for(program, agent, interface, action)),
            AgentArg::Param(outer) => BTreeSet::from([Writer::Param(outer, interface, action)]),
        },
    }
}

/// Of agents with an action each, those that may do several things at once, and for which twice is not once.
fn agents(program: &hir::Program, carriers: Vec<(AgentId, usize)>) -> BTreeSet<Writer> {
    let races = |(agent, action): &(AgentId, usize)| {
        let of = &program.agents[agent.index()];
        of.parallel != Some(1) && of.actions[*action].effects >= Effects::Writes
    };
    carriers.into_iter().filter(races).map(|(agent, _)| Writer::Agent(agent.index())).collect()
}

fn check_maps(program: &hir::Program, source: &hir::Workflow, writes: &Writes, bag: &mut Bag) {
    for stage in &source.stages {
        let hir::Body::Map(map) = &stage.body else { continue };
        // A lock of the map itself is held once for all of its items.
        let inner = match map.call.target {
            hir::Target::Workflow(id) => program.workflows[id.index()].lock.is_some(),
            _ => false,
        };
        let one_at_once = map.parallel == Some(1) || map.up_to == Some(1) || inner;
        let writers: BTreeSet<Same> = writes.of_call(program, &map.call).into_iter().map(Writer::same).collect();
        if !one_at_once && !writers.is_empty() {
            bag.push(errors::map_race(&names(program, source, writers), stage, map.call.span));
        }
    }
}

fn names<'a>(
    program: &'a hir::Program,
    source: &'a hir::Workflow,
    writers: impl IntoIterator<Item = Same>,
) -> Vec<&'a str> {
    let name = |writer| match writer {
        Same::Agent(agent) => program.agents[agent].name.as_str(),
        Same::Param(param) => source.agents[param].name.as_str(),
    };
    writers.into_iter().map(name).collect()
}

/// Each writer is compared with the nearest earlier one that can run in the same run: k stages give k - 1 warnings at most.
fn check_pairs(
    program: &hir::Program,
    source: &hir::Workflow,
    order: &Order,
    writes: &Writes,
    sources: &Sources,
    bag: &mut Bag,
) {
    let mut racing: BTreeMap<(usize, usize), Vec<Same>> = BTreeMap::new();
    let writers = writers(program, source, writes);
    if writers.is_empty() {
        return;
    }
    let graph = order.graph();
    let sorted = petgraph::algo::toposort(&graph, None).expect("circles are reported before");
    for (agent, stages) in writers {
        for pair in pairs(source, &Ordered::new(&graph, &sorted, &stages)) {
            racing.entry(pair).or_default().push(agent);
        }
    }
    for ((first, second), agents) in racing {
        let (first, second) = (&source.stages[first], &source.stages[second]);
        bag.push(errors::race(&names(program, source, agents), first, second, fix(first, second, sources)));
    }
}

/// For each agent with several the stages that may write through it, in the order of the file.
fn writers(program: &hir::Program, source: &hir::Workflow, writes: &Writes) -> BTreeMap<Same, Vec<usize>> {
    let mut writers: BTreeMap<Same, Vec<usize>> = BTreeMap::new();
    for (index, stage) in source.stages.iter().enumerate() {
        let of_stage: BTreeSet<Same> = writes.of_stage(program, stage).into_iter().map(Writer::same).collect();
        for writer in of_stage {
            writers.entry(writer).or_default().push(index);
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
    /// `sorted` are the nodes of the graph, each after what it waits for.
    fn new(graph: &Graph, sorted: &[NodeIndex], stages: &[usize]) -> Self {
        let writes: BTreeSet<usize> = stages.iter().copied().collect();
        let mut ordered = Self { writers: Vec::new(), position: BTreeMap::new(), before: Vec::new() };
        let mut reached: Vec<(u64, Option<usize>)> = vec![(0, None); graph.node_count()];
        for &node in sorted {
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

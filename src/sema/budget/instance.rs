//! Workflows with the agents that stand for their agent parameters: what a template costs depends on whom it is given.

use std::collections::{HashMap, HashSet};

use crate::sema::hir::{AgentArg, AgentId, Call, Target, Workflow};
use crate::sema::inside::calls;

/// Instances of templates that are looked at. A program with more is refused elsewhere.
const INSTANCES_MAX: usize = 10_000;

/// A workflow with the agents that stand for its agent parameters. An interface stands for all that implement it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Instance {
    /// Its position.
    pub workflow: usize,
    /// One for each agent parameter.
    pub agents: Vec<AgentId>,
}

/// The instances of a program, each once.
#[derive(Debug, Default)]
pub struct Instances {
    /// In the order in which they are met.
    pub list: Vec<Instance>,
    /// By instance: those that it calls.
    pub callees: Vec<Vec<usize>>,
    positions: HashMap<Instance, usize>,
    templates: usize,
}

impl Instances {
    /// Those that begin with nobody to choose, what they lead to, and the templates that nobody gives agents to.
    pub fn of(workflows: &[&Workflow]) -> Self {
        let mut found = Self::default();
        let known = |workflow: &Workflow| workflow.agents.iter().map(|param| param.default).collect::<Option<_>>();
        let roots = workflows.iter().enumerate();
        roots.filter_map(|(workflow, of)| Some(Instance { workflow, agents: known(of)? })).for_each(|one| {
            found.position_or_new(one);
        });
        found.follow(workflows);
        let reached: HashSet<usize> = found.list.iter().map(|instance| instance.workflow).collect();
        for (workflow, of) in workflows.iter().enumerate().filter(|(workflow, _)| !reached.contains(workflow)) {
            let agents = of.agents.iter().map(|param| param.default.unwrap_or(param.interface)).collect();
            found.position_or_new(Instance { workflow, agents });
        }
        found.follow(workflows);
        found
    }

    /// The instance that a call leads to in an instance with these agents; nothing where there are too many.
    pub fn called(&self, call: &Call, bound: &[AgentId]) -> Option<usize> {
        self.positions.get(&callee(call, bound)?).copied()
    }

    fn follow(&mut self, workflows: &[&Workflow]) {
        while let Some(Instance { workflow, agents }) = self.list.get(self.callees.len()).cloned() {
            let stages = workflows[workflow].stages.iter();
            let all = stages.flat_map(|stage| calls(stage).into_iter().chain(stage.undo.as_deref()));
            let callees = all.filter_map(|call| self.position_or_new(callee(call, &agents)?)).collect();
            self.callees.push(callees);
        }
    }

    fn position_or_new(&mut self, instance: Instance) -> Option<usize> {
        if let Some(known) = self.positions.get(&instance) {
            return Some(*known);
        }
        let template = !instance.agents.is_empty();
        if template && self.templates >= INSTANCES_MAX {
            return None;
        }
        self.templates += usize::from(template);
        let position = self.list.len();
        self.positions.insert(instance.clone(), position);
        self.list.push(instance);
        Some(position)
    }
}

fn callee(call: &Call, bound: &[AgentId]) -> Option<Instance> {
    let Target::Workflow(id) = call.target else { return None };
    let agent = |arg: &AgentArg| match arg {
        AgentArg::Agent(agent) => Some(*agent),
        AgentArg::Param(param) => bound.get(*param).copied(),
    };
    Some(Instance { workflow: id.index(), agents: call.agents.iter().map(agent).collect::<Option<_>>()? })
}

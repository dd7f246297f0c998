//! Picks from the program what one workflow needs, and numbers it anew.

use std::collections::BTreeSet;

use super::convert;
use crate::base::source::Sources;
use crate::plan::{self, Plan, Target};
use crate::sema::hir;
use crate::value::expr::{ExprKind, Var};
use crate::value::settings::Tool;

/// Builds the plan of `root` from graphs without circles.
pub fn build(program: &hir::Program, graphs: &[plan::Workflow], root: hir::WorkflowId, sources: &Sources) -> Plan {
    let reached = reached(graphs, root.index());
    let picked = Picked::new(program, graphs, &reached);
    let mut plan = Plan {
        format: plan::FORMAT,
        name: program.workflows[root.index()].name.clone(),
        workflows: reached.iter().map(|&index| graphs[index].clone()).collect(),
        agents: picked.agents(program),
        pools: Vec::new(),
        secrets: picked.secrets(program),
        sources: sources.iter().map(|(_, source)| source_file(source)).collect(),
        hash: String::new(),
    };
    let new_workflow = positions(graphs.len(), reached.iter().copied());
    for stage in plan.workflows.iter_mut().flat_map(|workflow| &mut workflow.stages) {
        stage.all_calls_mut(&mut |call| match &mut call.target {
            Target::Action { agent, action } => (*agent, *action) = picked.action(agent.index(), *action as usize),
            Target::Workflow(id) => id.0 = new_workflow[id.index()],
            Target::Pool { .. } | Target::Ask(_) | Target::Wait(_) | Target::Event(_) => {}
        });
    }
    plan.define();
    plan
}

fn source_file(source: &crate::base::source::Source) -> plan::SourceFile {
    plan::SourceFile { path: source.path.clone(), text: source.text.clone() }
}

/// What `root` calls, itself first, in the order of the calls.
fn reached(graphs: &[plan::Workflow], root: usize) -> Vec<usize> {
    let mut seen = vec![false; graphs.len()];
    seen[root] = true;
    let mut reached = vec![root];
    let mut next = 0;
    while let Some(&index) = reached.get(next) {
        next += 1;
        for stage in &graphs[index].stages {
            stage.all_calls(&mut |call| {
                if let Target::Workflow(callee) = call.target
                    && !std::mem::replace(&mut seen[callee.index()], true)
                {
                    reached.push(callee.index());
                }
            });
        }
    }
    reached
}

/// For each old position the new one; those that are not picked have any.
fn positions(size: usize, picked: impl Iterator<Item = usize>) -> Vec<u32> {
    let mut new = vec![0; size];
    for (position, old) in (0..).zip(picked) {
        new[old] = position;
    }
    new
}

/// The actions and secrets that are needed, in the order of the program.
struct Picked {
    /// For each agent its actions; empty for one that nobody calls.
    actions: Vec<BTreeSet<usize>>,
    secrets: BTreeSet<usize>,
    new_agent: Vec<u32>,
    /// For each agent for each old position of an action the new one.
    new_action: Vec<Vec<u32>>,
    new_secret: Vec<u32>,
}

impl Picked {
    fn new(program: &hir::Program, graphs: &[plan::Workflow], reached: &[usize]) -> Self {
        let mut actions = vec![BTreeSet::new(); program.agents.len()];
        for stage in reached.iter().flat_map(|&index| &graphs[index].stages) {
            stage.all_calls(&mut |call| {
                if let Target::Action { agent, action } = call.target {
                    actions[agent.index()].insert(action as usize);
                }
            });
        }
        add_helpers(program, &mut actions);
        let secrets = secrets_of(program, &actions);
        let called = actions.iter().enumerate().filter(|(_, actions)| !actions.is_empty()).map(|(agent, _)| agent);
        let new_action = actions.iter().zip(&program.agents);
        Self {
            new_agent: positions(program.agents.len(), called),
            new_action: new_action.map(|(set, agent)| positions(agent.actions.len(), set.iter().copied())).collect(),
            new_secret: positions(program.secrets.len(), secrets.iter().copied()),
            actions,
            secrets,
        }
    }

    fn action(&self, agent: usize, action: usize) -> (plan::AgentId, u32) {
        (plan::AgentId(self.new_agent[agent]), self.new_action[agent][action])
    }

    fn agents(&self, program: &hir::Program) -> Vec<plan::Agent> {
        let called = self.actions.iter().enumerate().filter(|(_, actions)| !actions.is_empty());
        called.map(|(index, actions)| self.agent(index, &program.agents[index], actions)).collect()
    }

    fn tool(&self, tool: Tool) -> Tool {
        let (agent, action) = self.action(tool.agent as usize, tool.action as usize);
        Tool { agent: agent.0, action }
    }

    fn agent(&self, index: usize, agent: &hir::Agent, actions: &BTreeSet<usize>) -> plan::Agent {
        let mut actions: Vec<plan::Action> =
            actions.iter().map(|&index| convert::action(&agent.actions[index])).collect();
        for action in &mut actions {
            action.probe = action.probe.map(|probe| self.new_action[index][probe as usize]);
            if let plan::Settings::Llm(llm) = &mut action.settings {
                llm.tools.iter_mut().for_each(|tool| *tool = self.tool(*tool));
            }
            action.settings.exprs_mut(&mut |expr| {
                expr.walk_mut(|part| {
                    if let ExprKind::Var(Var::Secret(secret)) = &mut part.kind {
                        *secret = self.new_secret[*secret as usize];
                    }
                });
            });
        }
        let kind = actions.first().map_or("", |action| action.settings.kind()).to_owned();
        plan::Agent {
            name: agent.name.clone(),
            doc: agent.doc.clone(),
            kind,
            parallel: agent.parallel,
            rate: agent.rate,
            capabilities: agent.capabilities.clone(),
            actions,
            span: agent.span,
        }
    }

    fn secrets(&self, program: &hir::Program) -> Vec<plan::Secret> {
        let secret = |&index: &usize| {
            let secret = &program.secrets[index];
            plan::Secret { name: secret.name.clone(), from: secret.from.clone() }
        };
        self.secrets.iter().map(secret).collect()
    }
}

/// Adds what those actions call themselves: probes, and tools with all that these call in turn.
fn add_helpers(program: &hir::Program, picked: &mut [BTreeSet<usize>]) {
    let all = picked.iter().enumerate().flat_map(|(agent, actions)| actions.iter().map(move |&action| (agent, action)));
    let mut open: Vec<(usize, usize)> = all.collect();
    while let Some((agent, action)) = open.pop() {
        let action = &program.agents[agent].actions[action];
        let mut helpers: Vec<(usize, usize)> = action.probe.map(|probe| (agent, probe)).into_iter().collect();
        if let hir::ActionKind::Llm(llm) = &action.kind {
            helpers.extend(llm.tools.iter().map(|tool| (tool.agent as usize, tool.action as usize)));
        }
        open.extend(helpers.into_iter().filter(|&(agent, action)| picked[agent].insert(action)));
    }
}

fn secrets_of(program: &hir::Program, picked: &[BTreeSet<usize>]) -> BTreeSet<usize> {
    let mut secrets = BTreeSet::new();
    for (agent, actions) in program.agents.iter().zip(picked) {
        for &action in actions {
            convert::settings(&agent.actions[action].kind).exprs(&mut |expr| {
                expr.walk(|part| {
                    if let ExprKind::Var(Var::Secret(secret)) = part.kind {
                        secrets.insert(secret as usize);
                    }
                });
            });
        }
    }
    secrets
}

//! Picks from the program what one workflow needs, and numbers it anew.

use std::collections::{BTreeMap, BTreeSet};

use super::bind::{self, Binding, Instance, Instances};
use super::{Graphs, convert};
use crate::base::source::Sources;
use crate::plan::{self, Plan, Target};
use crate::sema::hir;
use crate::value::Value;
use crate::value::expr::{ExprKind, Var};
use crate::value::settings::Tool;

/// Builds the plan of `root` from graphs without circles.
pub fn build(program: &hir::Program, graphs: &Graphs, root: Instance, sources: &Sources) -> Plan {
    let name = program.workflows[root.0].name.clone();
    let instances = Instances::of(program, root);
    let mut workflows: Vec<plan::Workflow> =
        instances.list.iter().map(|instance| bound(program, graphs, &instances, instance)).collect();
    // The one that runs is known by its own name, whatever its agents.
    workflows[0].name.clone_from(&name);
    let picked = Picked::new(program, &workflows);
    for stage in workflows.iter_mut().flat_map(|workflow| &mut workflow.stages) {
        stage.all_calls_mut(&mut |call| picked.renumber(&mut call.target));
    }
    let mut plan = Plan {
        format: plan::FORMAT,
        name,
        workflows,
        agents: picked.agents(program),
        pools: picked.pools(program),
        secrets: picked.secrets(program),
        sources: sources.iter().map(|(_, source)| source_file(source)).collect(),
        files: Vec::new(),
        hash: String::new(),
    };
    plan.files = files(program, &plan);
    plan.define();
    plan
}

/// One instance; its agents are still numbered as in the program.
fn bound(program: &hir::Program, graphs: &Graphs, instances: &Instances, instance: &Instance) -> plan::Workflow {
    let (index, agents) = instance;
    let binding = Binding { program, agents, instances };
    let mut workflow = convert::workflow(program, &program.workflows[*index], graphs.limits[*index], &binding);
    workflow.name = bind::name(program, instance);
    graphs.orders[*index].fill(&mut workflow);
    workflow
}

/// The content of the files that values of the plan name.
fn files(program: &hir::Program, plan: &Plan) -> Vec<plan::IncludedFile> {
    let mut named: BTreeSet<&str> = BTreeSet::new();
    plan.files_named(&mut |file| {
        named.insert(&file.hash);
    });
    let content = |hash: &str| Some((hash.to_owned(), program.files.get(hash)?.clone()));
    let found = named.into_iter().filter_map(content);
    found.map(|(hash, content)| plan::IncludedFile { hash, content }).collect()
}

fn source_file(source: &crate::base::source::Source) -> plan::SourceFile {
    plan::SourceFile { path: source.path.clone(), text: source.text.clone() }
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
    /// The pools that are called, by their places among the agents, each with its actions.
    pools: BTreeMap<usize, BTreeSet<usize>>,
    secrets: BTreeSet<usize>,
    new_agent: Vec<u32>,
    /// For each agent for each old position of an action the new one.
    new_action: Vec<Vec<u32>>,
    new_pool: Vec<u32>,
    new_secret: Vec<u32>,
}

impl Picked {
    fn new(program: &hir::Program, workflows: &[plan::Workflow]) -> Self {
        let mut actions = vec![BTreeSet::new(); program.agents.len()];
        let mut pools: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for stage in workflows.iter().flat_map(|workflow| &workflow.stages) {
            stage.all_calls(&mut |call| match call.target {
                Target::Action { agent, action } => {
                    actions[agent.index()].insert(action as usize);
                }
                Target::Pool { pool, action } => {
                    pools.entry(pool.index()).or_default().insert(action as usize);
                }
                Target::Workflow(_) | Target::Ask(_) | Target::Wait(_) | Target::Event(_) => {}
            });
        }
        for (&pool, called) in &pools {
            for &action in called {
                for (agent, action) in bind::members(program, pool, action) {
                    actions[agent].insert(action);
                }
            }
        }
        add_helpers(program, &mut actions);
        let mut secrets = secrets_of(program, &actions);
        secrets.extend(handed_over(program, workflows));
        let called = actions.iter().enumerate().filter(|(_, actions)| !actions.is_empty()).map(|(agent, _)| agent);
        let new_action = actions.iter().enumerate();
        let called_of = |agent: usize, own: &BTreeSet<usize>| match pools.get(&agent) {
            Some(called) => positions(program.agents[agent].actions.len(), called.iter().copied()),
            None => positions(program.agents[agent].actions.len(), own.iter().copied()),
        };
        Self {
            new_agent: positions(program.agents.len(), called),
            new_action: new_action.map(|(agent, own)| called_of(agent, own)).collect(),
            new_pool: positions(program.agents.len(), pools.keys().copied()),
            new_secret: positions(program.secrets.len(), secrets.iter().copied()),
            actions,
            pools,
            secrets,
        }
    }

    fn renumber(&self, target: &mut Target) {
        match target {
            Target::Action { agent, action } => {
                *action = self.new_action[agent.index()][*action as usize];
                agent.0 = self.new_agent[agent.index()];
            }
            Target::Pool { pool, action } => {
                *action = self.new_action[pool.index()][*action as usize];
                pool.0 = self.new_pool[pool.index()];
            }
            Target::Workflow(_) | Target::Ask(_) | Target::Wait(_) | Target::Event(_) => {}
        }
    }

    fn pools(&self, program: &hir::Program) -> Vec<plan::Pool> {
        self.pools.iter().filter_map(|(&pool, called)| self.pool(program, &program.agents[pool], called)).collect()
    }

    fn pool(&self, program: &hir::Program, agent: &hir::Agent, called: &BTreeSet<usize>) -> Option<plan::Pool> {
        let hir::Role::Pool(pool) = &agent.role else { return None };
        let mut actions: Vec<plan::PoolAction> =
            called.iter().map(|&action| bind::pool_action(program, pool, &agent.actions[action])).collect();
        for (member, agent) in actions.iter_mut().flat_map(|action| action.members.iter_mut().zip(&pool.members)) {
            member.action = self.new_action[agent.index()][member.action as usize];
        }
        Some(plan::Pool {
            name: agent.name.clone(),
            doc: agent.doc.clone(),
            strategy: pool.strategy,
            members: pool.members.iter().map(|agent| plan::AgentId(self.new_agent[agent.index()])).collect(),
            actions,
        })
    }

    fn agents(&self, program: &hir::Program) -> Vec<plan::Agent> {
        let called = self.actions.iter().enumerate().filter(|(_, actions)| !actions.is_empty());
        called.map(|(index, actions)| self.agent(index, &program.agents[index], actions)).collect()
    }

    fn tool(&self, tool: Tool) -> Tool {
        let agent = self.new_agent[tool.agent as usize];
        let action = self.new_action[tool.agent as usize][tool.action as usize];
        Tool { agent, action }
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

/// The secrets that calls hand over, by their names.
fn handed_over(program: &hir::Program, workflows: &[plan::Workflow]) -> BTreeSet<usize> {
    let mut secrets = BTreeSet::new();
    for stage in workflows.iter().flat_map(|workflow| &workflow.stages) {
        stage.all_calls(&mut |call| {
            let takes: Vec<bool> = match call.target {
                Target::Action { agent, action } => takes_secrets(&program.agents[agent.index()], action),
                Target::Pool { pool, action } => takes_secrets(&program.agents[pool.index()], action),
                Target::Workflow(id) => {
                    workflows[id.index()].params.iter().map(|param| param.ty.has_secret()).collect()
                }
                Target::Ask(_) | Target::Wait(_) | Target::Event(_) => Vec::new(),
            };
            let next = call.repeat.iter().flat_map(|repeat| &repeat.with).map(|(at, value)| (*at as usize, value));
            for (_, value) in call.args.iter().enumerate().chain(next).filter(|(at, _)| takes.get(*at) == Some(&true)) {
                if let ExprKind::Literal(Value::String(name)) = &value.kind {
                    secrets.extend(program.secrets.iter().position(|secret| *secret.name == **name));
                }
            }
        });
    }
    secrets
}

fn takes_secrets(agent: &hir::Agent, action: u32) -> Vec<bool> {
    agent.actions[action as usize].params.iter().map(|param| param.ty.has_secret()).collect()
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

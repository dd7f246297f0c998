//! Binding: which agents stand for the agent parameters of a workflow, and what its calls become then.
//!
//! A workflow with agent parameters is a template: it has one instance for each combination of agents that it is called with.

use std::collections::HashMap;

use super::{calls, convert, errors};
use crate::base::span::Span;
use crate::diag::Bag;
use crate::plan;
use crate::sema::hir::{self, AgentArg, AgentId, Role, Target};
use crate::value::Value;
use crate::value::expr::{Expr, ExprKind};
use crate::value::operator::needs_widening;

/// Instances of templates that the workflows of a program lead to at most. Each combination of agents is one, and templates that
/// pass their agents on in another order multiply them.
pub const INSTANCES_MAX: usize = 10_000;

/// A workflow with the agents that stand for its agent parameters.
pub type Instance = (usize, Vec<AgentId>);

/// The instances that something leads to, each once.
#[derive(Debug, Default)]
pub struct Instances {
    /// In the order in which they are met.
    pub list: Vec<Instance>,
    positions: HashMap<Instance, u32>,
}

impl Instances {
    /// Those that an instance leads to, itself first, in the order of the calls.
    pub fn of(program: &hir::Program, root: Instance) -> Self {
        let mut found = Self::default();
        found.add(root);
        let mut next = 0;
        while let Some(instance) = found.list.get(next).cloned() {
            next += 1;
            for (callee, _) in callees(program, &instance) {
                found.add(callee);
            }
        }
        found
    }

    /// Whether it is new.
    fn add(&mut self, instance: Instance) -> bool {
        let position = u32::try_from(self.list.len()).expect("instances are bounded");
        let new = !self.positions.contains_key(&instance);
        if new {
            self.positions.insert(instance.clone(), position);
            self.list.push(instance);
        }
        new
    }

    fn position(&self, instance: &Instance) -> u32 {
        self.positions[instance]
    }
}

/// The agents that stand for the agent parameters of a workflow that nobody calls: their defaults. `None` where one has none.
pub fn defaults(workflow: &hir::Workflow) -> Option<Vec<AgentId>> {
    workflow.agents.iter().map(|param| param.default).collect()
}

/// Reports templates whose instances grow beyond all bounds.
pub fn check(program: &hir::Program, bag: &mut Bag) {
    let mut found = Instances::default();
    for (index, workflow) in program.workflows.iter().enumerate().filter(|(_, workflow)| !workflow.inline) {
        if let Some(agents) = defaults(workflow) {
            found.add((index, agents));
        }
    }
    let mut bound = 0;
    let mut next = 0;
    while let Some(instance) = found.list.get(next).cloned() {
        next += 1;
        for (callee, span) in callees(program, &instance) {
            let template = !callee.1.is_empty();
            bound += usize::from(found.add(callee) && template);
            if bound > INSTANCES_MAX {
                bag.push(errors::too_many_instances(span, INSTANCES_MAX));
                return;
            }
        }
    }
}

fn callees(program: &hir::Program, (index, agents): &Instance) -> Vec<(Instance, Span)> {
    let stages = program.workflows[*index].stages.iter();
    let calls = stages.flat_map(|stage| stage.undo.as_deref().into_iter().chain(calls::calls(stage)));
    calls
        .filter_map(|call| match call.target {
            Target::Workflow(id) => Some(((id.index(), given(call, agents)), call.span)),
            _ => None,
        })
        .collect()
}

/// The agents that a call gives, in an instance with these agents.
fn given(call: &hir::Call, agents: &[AgentId]) -> Vec<AgentId> {
    let bound = |arg: &AgentArg| match arg {
        AgentArg::Agent(agent) => *agent,
        AgentArg::Param(param) => agents[*param],
    };
    call.agents.iter().map(bound).collect()
}

/// One instance among those of its plan: what its calls lead to.
pub struct Binding<'a> {
    /// The program.
    pub program: &'a hir::Program,
    /// The agents that stand for its agent parameters.
    pub agents: &'a [AgentId],
    /// All instances of the plan.
    pub instances: &'a Instances,
}

impl Binding<'_> {
    /// What a call leads to. Actions and pools are still numbered as in the program, a pool by its place among the agents.
    pub fn bind(&self, call: &hir::Call, made: &mut plan::Call) {
        match call.target {
            Target::Workflow(id) => {
                let position = self.instances.position(&(id.index(), given(call, self.agents)));
                made.target = plan::Target::Workflow(plan::WorkflowId(position));
            }
            Target::Action(agent, action) => {
                if let Role::Pool(_) = self.program.agents[agent.index()].role {
                    made.target = pool_target(agent, action);
                }
            }
            Target::Bound { param, interface, action } => {
                let agent = self.agents[param];
                match self.program.agents[agent.index()].role {
                    // A pool has the actions of its interface, in the same order.
                    Role::Pool(_) => made.target = pool_target(agent, action),
                    _ => self.hand_over(agent, interface, action, made),
                }
            }
            Target::Ask(_) | Target::Wait(_) | Target::Event(_) => {}
        }
    }

    /// Makes a call of an interface's action one of the agent's own: arguments go by name.
    fn hand_over(&self, agent: AgentId, interface: AgentId, action: usize, made: &mut plan::Call) {
        let model = &self.program.agents[interface.index()].actions[action];
        let own_action = implementation(self.program, agent, model).expect(IMPLEMENTED);
        let own = &self.program.agents[agent.index()].actions[own_action];
        let places = places(model, own);
        let given = std::mem::take(&mut made.args);
        made.args = (places.iter().zip(&own.params))
            .map(|(place, param)| match place {
                Some(place) => widened(given[*place].clone(), &model.params[*place], param),
                None => param
                    .default
                    .clone()
                    .unwrap_or_else(|| Expr { kind: ExprKind::Literal(Value::Null), span: made.span }),
            })
            .collect();
        for (position, value) in made.repeat.iter_mut().flat_map(|repeat| &mut repeat.with) {
            let from = *position as usize;
            let to =
                places.iter().position(|place| *place == Some(from)).expect("an agent takes what its interface gives");
            *value = widened(value.clone(), &model.params[from], &own.params[to]);
            *position = convert::position(to);
        }
        made.target = plan::Target::Action { agent: plan::AgentId(agent.0), action: convert::position(own_action) };
    }
}

fn pool_target(pool: AgentId, action: usize) -> plan::Target {
    plan::Target::Pool { pool: plan::PoolId(pool.0), action: convert::position(action) }
}

/// The same value in the form that a wider parameter takes.
fn widened(value: Expr, given: &hir::Param, takes: &hir::Param) -> Expr {
    if !needs_widening(&given.ty, &takes.ty) {
        return value;
    }
    let span = value.span;
    Expr { kind: ExprKind::Widen(Box::new(value), Box::new(takes.ty.without_labels())), span }
}

/// What the checker has made sure of before anything is bound.
const IMPLEMENTED: &str = "an agent has the actions of its interface";

/// The agent's own action for one of its interface.
fn implementation(program: &hir::Program, agent: AgentId, model: &hir::Action) -> Option<usize> {
    program.agents[agent.index()].actions.iter().position(|action| action.name == model.name)
}

/// For each parameter of an action the one of the interface's that it is given.
fn places(model: &hir::Action, own: &hir::Action) -> Vec<Option<usize>> {
    own.params.iter().map(|param| model.params.iter().position(|given| given.name == param.name)).collect()
}

/// Who may carry a call out: each agent with its action. Nobody for an agent parameter before it is bound.
pub fn carriers(program: &hir::Program, agents: Option<&[AgentId]>, call: &hir::Call) -> Vec<(AgentId, usize)> {
    match call.target {
        Target::Action(agent, action) => stands_for(program, agent, agent, action),
        Target::Bound { param, interface, action } => {
            agents.map_or_else(Vec::new, |agents| stands_for(program, agents[param], interface, action))
        }
        Target::Workflow(_) | Target::Ask(_) | Target::Wait(_) | Target::Event(_) => Vec::new(),
    }
}

/// Who carries out an action of an interface that an agent or pool stands for. Who lacks the action, which is a mistake that is
/// reported, is left out.
pub fn stands_for(program: &hir::Program, agent: AgentId, interface: AgentId, action: usize) -> Vec<(AgentId, usize)> {
    let model = &program.agents[interface.index()].actions[action];
    let of = |agent: &AgentId| Some((*agent, implementation(program, *agent, model)?));
    match &program.agents[agent.index()].role {
        Role::Pool(pool) => pool.members.iter().filter_map(of).collect(),
        Role::Interface => Vec::new(),
        Role::Agent(_) => of(&agent).into_iter().collect(),
    }
}

/// The agents, each with its action, that carry out an action of a pool.
pub fn members(program: &hir::Program, pool: usize, action: usize) -> Vec<(usize, usize)> {
    let Role::Pool(of) = &program.agents[pool].role else { return Vec::new() };
    let model = &program.agents[pool].actions[action];
    of.members.iter().map(|agent| (agent.index(), implementation(program, *agent, model).expect(IMPLEMENTED))).collect()
}

/// An action of a pool with what its members do; those are numbered as in the program.
pub fn pool_action(program: &hir::Program, pool: &hir::Pool, action: &hir::Action) -> plan::PoolAction {
    let member = |agent: &AgentId| {
        let own_action = implementation(program, *agent, action).expect(IMPLEMENTED);
        let own = &program.agents[agent.index()].actions[own_action];
        let args = places(action, own).into_iter().map(|place| place.map(convert::position)).collect();
        plan::MemberAction { action: convert::position(own_action), args }
    };
    plan::PoolAction {
        name: action.name.clone(),
        params: convert::params(&action.params),
        result: action.result.clone(),
        effects: action.effects,
        members: pool.members.iter().map(member).collect(),
        definition: String::new(),
    }
}

/// What an instance is called: a template by its agents too, as `review_loop[alice, bob]`.
pub fn name(program: &hir::Program, (index, agents): &Instance) -> String {
    let workflow = &program.workflows[*index];
    if workflow.inline || agents.is_empty() {
        return workflow.name.clone();
    }
    let agents: Vec<&str> = agents.iter().map(|agent| program.agents[agent.index()].name.as_str()).collect();
    format!("{}[{}]", workflow.name, agents.join(", "))
}

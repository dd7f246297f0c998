//! Mocks that nothing can reach: of actions that the run never calls, and behind mocks that answer every call.

use std::collections::{HashMap, HashSet};

use crate::base::span::Span;
use crate::sema::context::Context;
use crate::sema::errors::testing as errors;
use crate::sema::expr::Body;
use crate::sema::hir::test::{Mock, MockTarget};
use crate::sema::hir::{self, AgentArg, AgentId, Target, WorkflowId};
use crate::sema::inside::calls;
use crate::syntax::ast::SettingValue;

/// A workflow with what stands for its agent parameters.
type Bound = (WorkflowId, Vec<AgentId>);

/// By what is run, the actions that it may call, in whatever it runs in turn; found when first asked for.
#[derive(Default)]
pub(super) struct Reach {
    found: HashMap<Bound, Option<HashSet<(AgentId, usize)>>>,
}

impl Reach {
    /// Whether a run may call the action.
    fn may_call(&mut self, ctx: &Context<'_>, run: &Bound, action: (AgentId, usize)) -> bool {
        if !self.found.contains_key(run) {
            self.found.insert(run.clone(), reached(ctx, run));
        }
        self.found[run].as_ref().is_none_or(|actions| actions.contains(&action))
    }
}

/// Nothing where a part of it is not known.
fn reached(ctx: &Context<'_>, root: &Bound) -> Option<HashSet<(AgentId, usize)>> {
    let mut actions = HashSet::new();
    let mut seen = HashSet::from([root.clone()]);
    let mut open = vec![root.clone()];
    while let Some((workflow, agents)) = open.pop() {
        let body = ctx.bodies[workflow.index()].as_ref()?;
        if ctx.wrong.contains(&body.span.file) {
            return None;
        }
        for call in body.stages.iter().flat_map(made_by) {
            match call.target {
                // What stands for an interface is not known.
                Target::Action(agent, _) if is_interface(ctx, agent) => return None,
                Target::Action(agent, action) => add(ctx, agent, action, &mut actions),
                Target::Bound { param, interface, action } => {
                    let agent = *agents.get(param)?;
                    let name = &ctx.checked_agents.get(interface.index())?.actions.get(action)?.name;
                    add(ctx, agent, position(ctx, agent, name)?, &mut actions);
                }
                Target::Workflow(id) => {
                    let next = (id, bound(&call.agents, &agents)?);
                    if seen.insert(next.clone()) {
                        open.push(next);
                    }
                }
                _ => {}
            }
        }
    }
    Some(actions)
}

fn is_interface(ctx: &Context<'_>, agent: AgentId) -> bool {
    ctx.checked_agents.get(agent.index()).is_some_and(|agent| matches!(agent.role, hir::Role::Interface))
}

/// What stands for the agent parameters of a workflow that is called.
fn bound(given: &[AgentArg], around: &[AgentId]) -> Option<Vec<AgentId>> {
    let one = |arg: &AgentArg| match arg {
        AgentArg::Agent(agent) => Some(*agent),
        AgentArg::Param(param) => around.get(*param).copied(),
    };
    given.iter().map(one).collect()
}

/// Adds an action with its named probe; of a pool also those of its members.
fn add(ctx: &Context<'_>, agent: AgentId, action: usize, actions: &mut HashSet<(AgentId, usize)>) {
    actions.insert((agent, action));
    actions.extend(named_probe(ctx, agent, action).map(|probe| (agent, probe)));
    let Some(of) = ctx.checked_agents.get(agent.index()) else { return };
    if let (hir::Role::Pool(pool), Some(called)) = (&of.role, of.actions.get(action)) {
        for &member in &pool.members {
            let Some(action) = position(ctx, member, &called.name) else { continue };
            actions.insert((member, action));
            actions.extend(named_probe(ctx, member, action).map(|probe| (member, probe)));
        }
    }
}

fn position(ctx: &Context<'_>, agent: AgentId, name: &str) -> Option<usize> {
    ctx.checked_agents.get(agent.index())?.actions.iter().position(|action| action.name == name)
}

fn made_by(stage: &hir::Stage) -> Vec<&hir::Call> {
    let mut made = calls(stage);
    made.extend(stage.undo.as_deref());
    made
}

/// The action of the same agent that finds out whether another one happened.
fn named_probe(ctx: &Context<'_>, agent: AgentId, action: usize) -> Option<usize> {
    let agent = ctx.agents.get(agent.index())?.as_ref()?;
    let settings = &agent.written.get(action)?.settings;
    let name = settings.iter().find_map(|setting| match &setting.value {
        SettingValue::Probe(path) => path.parts.last(),
        _ => None,
    })?;
    agent.actions.get_index_of(&name.text)
}

/// The mocks of one test so far.
pub(super) struct Reached<'r> {
    /// Nothing where an agent of the run is not known.
    run: Option<Bound>,
    at: Span,
    reach: &'r mut Reach,
    /// By what they stand for, those that answer every call.
    whole: HashMap<String, Span>,
}

impl<'r> Reached<'r> {
    /// No mock yet, in a test that makes this call of a workflow.
    pub fn new(ctx: &Context<'_>, workflow: WorkflowId, run: &hir::Call, reach: &'r mut Reach) -> Self {
        // An interface stands where the agent is missing or wrong.
        let known = |agent: &AgentId| {
            ctx.checked_agents.get(agent.index()).is_some_and(|agent| !matches!(agent.role, hir::Role::Interface))
        };
        let agents = bound(&run.agents, &[]).filter(|agents| agents.iter().all(known));
        Self { run: agents.map(|agents| (workflow, agents)), at: run.span, reach, whole: HashMap::new() }
    }
}

impl Body<'_, '_> {
    /// Reports a mock that never answers: it would fail its test. `every` is whether it names no arguments.
    pub(super) fn check_reached(&mut self, mock: &Mock, every: bool, so_far: &mut Reached<'_>) {
        let key = key(&mock.target);
        if let Some(before) = so_far.whole.get(&key) {
            return self.report(errors::mock_shadowed(&mock.name, mock.span, *before));
        }
        if let MockTarget::Action(agent, action) | MockTarget::Probe(agent, action) = mock.target
            && let Some(run) = &so_far.run
            && !so_far.reach.may_call(self.ctx, run, (agent, action))
        {
            let called = self.ctx.workflows[run.0.index()].name.clone();
            self.report(errors::mock_of_nobody_called(&mock.name, &called, mock.span, so_far.at));
        }
        let endless = mock.steps.last().is_none_or(|step| step.times.is_none());
        if every && endless {
            so_far.whole.insert(key, mock.span);
        }
    }
}

/// What a mock stands for, as a text: mocks of one text answer for the same.
fn key(target: &MockTarget) -> String {
    match target {
        MockTarget::Action(agent, action) => format!("{} {action}", agent.index()),
        MockTarget::Probe(agent, action) => format!("{} {action} probe", agent.index()),
        MockTarget::Stage(path, tag) => format!("{:?} {tag:?}", path.steps),
    }
}

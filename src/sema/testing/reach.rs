//! Mocks that nothing can reach: of actions that the run never calls, and behind mocks that answer every call.

use std::collections::{HashMap, HashSet};

use crate::base::span::Span;
use crate::sema::context::Context;
use crate::sema::effects::calls;
use crate::sema::errors::testing as errors;
use crate::sema::expr::Body;
use crate::sema::hir::test::{Mock, MockTarget};
use crate::sema::hir::{self, AgentId, Target, WorkflowId};
use crate::sema::testing::path::is_unknown;
use crate::syntax::ast::SettingValue;

/// By workflow, the actions that it may call, in whatever it runs; found when first asked for.
#[derive(Default)]
pub(super) struct Reach {
    found: HashMap<WorkflowId, Option<HashSet<(AgentId, usize)>>>,
}

impl Reach {
    /// Whether a run of the workflow may call the action.
    fn may_call(&mut self, ctx: &Context<'_>, workflow: WorkflowId, action: (AgentId, usize)) -> bool {
        let found = self.found.entry(workflow).or_insert_with(|| reached(ctx, workflow));
        found.as_ref().is_none_or(|actions| actions.contains(&action))
    }
}

/// Nothing where a part of it is not known.
fn reached(ctx: &Context<'_>, root: WorkflowId) -> Option<HashSet<(AgentId, usize)>> {
    let mut actions = HashSet::new();
    let mut seen = HashSet::from([root]);
    let mut open = vec![root];
    while let Some(workflow) = open.pop() {
        let body = ctx.bodies[workflow.index()].as_ref()?;
        if ctx.before.has_errors_in(body.span.file) || body.stages.iter().any(is_unknown) {
            return None;
        }
        for call in body.stages.iter().flat_map(made_by) {
            match call.target {
                Target::Action(agent, action) => {
                    actions.insert((agent, action));
                    actions.extend(named_probe(ctx, agent, action).map(|probe| (agent, probe)));
                }
                Target::Workflow(id) if seen.insert(id) => open.push(id),
                _ => {}
            }
        }
    }
    Some(actions)
}

fn made_by(stage: &hir::Stage) -> Vec<&hir::Call> {
    let mut made = calls(&stage.body, &stage.handlers);
    made.extend(&stage.undo);
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
    workflow: WorkflowId,
    run: Span,
    reach: &'r mut Reach,
    /// By what they stand for, those that answer every call.
    whole: HashMap<String, Span>,
}

impl<'r> Reached<'r> {
    /// No mock yet, in a test that runs `workflow` at `run`.
    pub fn new(workflow: WorkflowId, run: Span, reach: &'r mut Reach) -> Self {
        Self { workflow, run, reach, whole: HashMap::new() }
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
            && !so_far.reach.may_call(self.ctx, so_far.workflow, (agent, action))
        {
            let called = self.ctx.workflows[so_far.workflow.index()].name.clone();
            self.report(errors::mock_of_nobody_called(&mock.name, &called, mock.span, so_far.run));
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

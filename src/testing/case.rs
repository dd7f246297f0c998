//! A test that is ready to run: its plan, what it hands over, who answers, what it looks at.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::errors;
use super::path::Wanted;
use super::replay::Recording;
use super::scope::{Contents, TestScope};
use super::script::{self, Answer, Mock, Place, Step};
use crate::base::span::Span;
use crate::base::world::World;
use crate::diag::Diagnostic;
use crate::pipeline::Checked;
use crate::plan::{self, Plan};
use crate::sema::hir;
use crate::sema::hir::test::{self as checked_test, Answers, Observation};
use crate::store::Decision;
use crate::value::eval::{EvalError, eval};
use crate::value::expr::Expr;
use crate::value::{Value, json};

/// A test.
#[derive(Debug, Clone)]
pub struct Case {
    /// What it is called.
    pub name: String,
    /// The file that it stands in, by its path from the root.
    pub file: String,
    /// The name's place.
    pub span: Span,
    /// `crash everywhere`.
    pub crash_everywhere: bool,
    /// The workflow that it runs.
    pub workflow: String,
    /// Why it cannot be run.
    pub(super) problems: Vec<Diagnostic>,
    pub(super) ready: Option<Arc<Ready>>,
}

/// What is needed to run it.
#[derive(Debug)]
pub(super) struct Ready {
    pub plan: Arc<Plan>,
    /// The plan as it is stored.
    pub text: Arc<str>,
    /// By the names of the parameters, plain JSON.
    pub inputs: Json,
    pub files: Contents,
    pub lets: Vec<Value>,
    pub mocks: Vec<Mock>,
    /// `replay`: in place of mocks.
    pub recording: Option<Recording>,
    pub expectations: Vec<checked_test::Expectation>,
    pub looks: Vec<Look>,
    /// Where the run is stated.
    pub run: Span,
}

/// What an expectation looks at.
#[derive(Debug, Clone)]
pub(super) enum Look {
    Result,
    Outcome,
    Elapsed,
    Spent,
    Attempts(Wanted),
    Calls(Vec<Place>, Vec<(String, usize)>),
    Order(Wanted, Wanted),
    Undone(Wanted),
    Succeeded(Wanted),
    Failed(Wanted),
    Skipped(Wanted),
}

/// The tests of the files that were asked for, in their order; recorded runs are read from the world. A program with errors has none that can run.
pub fn cases(checked: &Checked, world: &dyn World) -> Vec<Case> {
    let own = |test: &&checked_test::Test| checked.mains.contains(&test.span.file);
    let plans = RefCell::default();
    checked.program.tests.iter().filter(own).map(|test| case(&Maker { checked, world, test, plans: &plans })).collect()
}

fn case(maker: &Maker<'_>) -> Case {
    let Maker { checked, test, .. } = *maker;
    let (problems, ready) = match maker.ready() {
        Ok(ready) => (Vec::new(), Some(Arc::new(ready))),
        Err(problem) => (vec![*problem], None),
    };
    Case {
        name: test.name.clone(),
        file: checked.path(test.span.file).unwrap_or_default().to_owned(),
        span: test.span,
        crash_everywhere: test.crash_everywhere,
        workflow: checked.program.workflows[test.workflow.index()].name.clone(),
        problems,
        ready,
    }
}

struct Maker<'a> {
    checked: &'a Checked,
    world: &'a dyn World,
    test: &'a checked_test::Test,
    plans: &'a RefCell<Plans>,
}

/// Plans that were made, each with its text: a plan holds its whole sources, and many tests run the same workflow.
type Plans = BTreeMap<(usize, Vec<usize>), (Arc<Plan>, Arc<str>)>;

impl Case {
    /// What it runs; nothing where it cannot be run.
    pub fn plan(&self) -> Option<&Plan> {
        self.ready.as_deref().map(|ready| &*ready.plan)
    }
}

impl Maker<'_> {
    fn ready(&self) -> Result<Ready, Box<Diagnostic>> {
        let (plan, text) = self.plan().ok_or_else(|| Box::new(errors::no_plan(self.test.run.span)))?;
        let program = &self.checked.program;
        let mut files: Contents =
            program.files.iter().map(|(hash, content)| (hash.clone(), content.0.clone())).collect();
        let mut lets = vec![Value::Null; self.test.lets.len()];
        for item in &self.test.lets {
            lets[item.index as usize] = evaluate(&item.value, &lets, &mut files)?;
        }
        let params = &program.workflows[self.test.workflow.index()].params;
        let mut inputs = serde_json::Map::new();
        for (param, arg) in params.iter().zip(&self.test.run.args) {
            inputs.insert(param.name.clone(), json::encode(&evaluate(arg, &lets, &mut files)?));
        }
        let (mocks, recording) = match &self.test.answers {
            Answers::Mocks(mocks) => (mocks.as_slice(), None),
            Answers::Replay(path) => (Default::default(), Some(self.recording(path)?)),
        };
        if let Some(recording) = &recording {
            files.extend(recording.files.clone());
        }
        let mocks = mocks.iter().map(|mock| self.mock(&plan, mock, &lets, &mut files)).collect::<Result<_, _>>()?;
        Ok(Ready {
            looks: self.test.observations.iter().map(|observation| self.look(&plan, observation)).collect(),
            expectations: self.test.expectations.clone(),
            text,
            plan,
            inputs: Json::Object(inputs),
            files,
            lets,
            mocks,
            recording,
            run: self.test.run.span,
        })
    }

    fn recording(&self, path: &str) -> Result<Recording, Box<Diagnostic>> {
        let unfit = |why: String| Box::new(errors::no_replay(&self.world.shown(path), self.test.run.span, &why));
        let bytes = self.world.read(path).map_err(|error| unfit(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|error| unfit(error.to_string()))?;
        Recording::read(&text).map_err(|error| unfit(error.to_string()))
    }

    fn plan(&self) -> Option<(Arc<Plan>, Arc<str>)> {
        let agent = |arg: &hir::AgentArg| match arg {
            hir::AgentArg::Agent(agent) => Some(*agent),
            hir::AgentArg::Param(_) => None,
        };
        let agents = self.test.run.agents.iter().map(agent).collect::<Option<Vec<_>>>()?;
        let id = (self.test.workflow.index(), agents.iter().map(|agent| agent.index()).collect());
        if let Some(known) = self.plans.borrow().get(&id) {
            return Some(known.clone());
        }
        let plan = self.checked.plan_with(self.test.workflow, agents)?;
        let text = plan.to_json().into();
        let made: (Arc<Plan>, Arc<str>) = (Arc::new(plan), text);
        self.plans.borrow_mut().insert(id, made.clone());
        Some(made)
    }

    fn mock(
        &self,
        plan: &Plan,
        mock: &checked_test::Mock,
        lets: &[Value],
        files: &mut Contents,
    ) -> Result<Mock, Box<Diagnostic>> {
        let mut matching = Vec::new();
        for (place, value) in &mock.matching {
            matching.push((*place, evaluate(value, lets, files)?));
        }
        let target = match &mock.target {
            checked_test::MockTarget::Action(agent, action) => {
                script::Target::Calls(self.places(plan, *agent, *action, false))
            }
            checked_test::MockTarget::Probe(agent, action) => {
                script::Target::Calls(self.places(plan, *agent, *action, true))
            }
            checked_test::MockTarget::Stage(path, tag) => {
                let wanted = Wanted::of(&self.checked.program, path);
                script::Target::Question(match tag {
                    Some(tag) => wanted.tagged(tag),
                    None => wanted,
                })
            }
        };
        let steps = mock.steps.iter().map(step).collect();
        Ok(Mock { name: mock.name.clone(), target, matching, steps, span: mock.span })
    }

    fn look(&self, plan: &Plan, observation: &Observation) -> Look {
        let wanted = |path| Wanted::of(&self.checked.program, path);
        match observation {
            Observation::Result => Look::Result,
            Observation::Outcome => Look::Outcome,
            Observation::Elapsed => Look::Elapsed,
            Observation::Spent => Look::Spent,
            Observation::Attempts(stage) => Look::Attempts(wanted(stage)),
            Observation::Calls(agent, action, probe) => {
                Look::Calls(self.places(plan, *agent, *action, *probe), self.shown(*agent, *action, *probe))
            }
            Observation::Order(first, second) => Look::Order(wanted(first), wanted(second)),
            Observation::Undone(stage) => Look::Undone(wanted(stage)),
            Observation::Succeeded(stage) => Look::Succeeded(wanted(stage)),
            Observation::Failed(stage) => Look::Failed(wanted(stage)),
            Observation::Skipped(stage) => Look::Skipped(wanted(stage)),
        }
    }

    /// The arguments that an expectation sees, with their places: all but secrets.
    fn shown(&self, agent: hir::AgentId, action: usize, probe: bool) -> Vec<(String, usize)> {
        let params = &self.checked.program.agents[agent.index()].actions[action].params;
        let open = params.iter().enumerate().filter(|(_, param)| !param.ty.labels.secret);
        let mut shown: Vec<(String, usize)> = open.map(|(place, param)| (param.name.clone(), place)).collect();
        if probe {
            shown.push(("key".into(), params.len()));
        }
        shown
    }

    /// Where calls of an action arrive: at its agent; of a pool at its members. Nowhere if the plan makes none.
    fn places(&self, plan: &Plan, agent: hir::AgentId, action: usize, probe: bool) -> Vec<Place> {
        let of = &self.checked.program.agents[agent.index()];
        let name = match probe {
            true => format!("{}.probe", of.actions[action].name),
            false => of.actions[action].name.clone(),
        };
        if let hir::Role::Pool(_) = of.role {
            return places_of_pool(plan, &of.name, &name);
        }
        let at = plan.agents.iter().position(|one| one.span == of.span && one.name == of.name);
        let action_at = |agent: usize| plan.agents[agent].actions.iter().position(|one| one.name == name);
        let place = at.and_then(|agent| Some(Place { agent, action: action_at(agent)?, order: None }));
        place.into_iter().collect()
    }
}

fn places_of_pool(plan: &Plan, pool: &str, action: &str) -> Vec<Place> {
    let Some(pool) = plan.pools.iter().find(|one| one.name == pool) else { return Vec::new() };
    let Some(action) = pool.actions.iter().find(|one| one.name == action) else { return Vec::new() };
    let place = |(agent, member): (&plan::AgentId, &plan::MemberAction)| Place {
        agent: agent.index(),
        action: member.action as usize,
        order: Some(order(action.params.len(), member)),
    };
    pool.members.iter().zip(&action.members).map(place).collect()
}

/// For each parameter of a pool's action the position among the arguments of a member.
fn order(params: usize, member: &plan::MemberAction) -> Vec<Option<usize>> {
    let at = |param: usize| member.args.iter().position(|given| given.is_some_and(|given| given as usize == param));
    (0..params).map(at).collect()
}

fn step(step: &checked_test::Step) -> Step {
    let answer = match &step.answer {
        checked_test::Answer::Returns(value) => Answer::Returns(value.clone()),
        checked_test::Answer::Fails(class) => Answer::Fails(class.clone()),
        checked_test::Answer::Approves => Answer::Decides(Decision::Approve { hash: String::new() }),
        checked_test::Answer::Retries => Answer::Decides(Decision::Retry),
        checked_test::Answer::Skips => Answer::Decides(Decision::Skip),
        checked_test::Answer::Never => Answer::Never,
    };
    Step { takes: step.takes.clone(), answer, times: step.times }
}

/// A value before the run; files that it makes are added.
fn evaluate(expr: &Expr, lets: &[Value], files: &mut Contents) -> Result<Value, Box<Diagnostic>> {
    let none = Contents::new();
    let scope = TestScope::new(lets, &[], [files, &none]);
    let value = eval(expr, &scope).map_err(|error: EvalError| Box::new(errors::calculation(&error)))?;
    let made: BTreeMap<_, _> = scope.into_made();
    files.extend(made);
    Ok(value)
}

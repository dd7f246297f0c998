//! Small plans for tests, built by hand.

use crate::base::span::{FileId, Span};
use crate::plan::{
    self, Action, Agent, AgentId, Alternative, Body, Call, Condition, Handler, HandlerAction, Lock, Map, Param, Plan,
    Race, RaceKind, Repeat, Settings, Stage, StageId, Target, Term, Workflow, WorkflowId,
};
use crate::value::Value;
use crate::value::expr::{BinaryOp, Expr, ExprKind, Observe, Var};
use crate::value::policy::{Backoff, Effects, Retry};
use crate::value::types::{Kind, Type};

pub const NONE: u32 = 0;
pub const READS: u32 = 1;
pub const IDEMPOTENT: u32 = 2;
pub const WRITES: u32 = 3;
/// Writes, and has a probe that sees whether it did.
pub const PROBED: u32 = 4;
/// The same, idempotent.
pub const SAFE_PROBED: u32 = 5;

pub fn span() -> Span {
    Span::start_of(FileId(0))
}

pub fn ty(kind: Kind) -> Type {
    Type::of(kind)
}

pub fn expr(kind: ExprKind) -> Expr {
    Expr { kind, span: span() }
}

pub fn text(text: &str) -> Expr {
    expr(ExprKind::Literal(Value::text(text)))
}

pub fn int(number: i64) -> Expr {
    expr(ExprKind::Literal(Value::Int(number)))
}

pub fn var(var: Var) -> Expr {
    expr(ExprKind::Var(var))
}

pub fn of(stage: u32) -> Expr {
    var(Var::Stage(stage))
}

pub fn observe(what: Observe, stage: u32) -> Expr {
    expr(ExprKind::Observe(what, stage))
}

pub fn binary(op: BinaryOp, left: Expr, right: Expr) -> Expr {
    expr(ExprKind::Binary(op, Box::new(left), Box::new(right)))
}

pub fn list(items: Vec<Expr>) -> Expr {
    expr(ExprKind::List(items))
}

/// A plan of one workflow, with an agent for each class of effects.
pub fn plan(stages: Vec<Stage>, returns: Expr) -> Plan {
    let agents = [
        ("calm", Effects::None),
        ("reader", Effects::Reads),
        ("safe", Effects::WritesIdempotent),
        ("writer", Effects::Writes),
    ];
    Plan {
        format: plan::FORMAT,
        name: "main".into(),
        workflows: vec![workflow("main", stages, returns)],
        agents: agents.into_iter().map(|(name, effects)| agent(name, effects)).chain(probed()).collect(),
        pools: Vec::new(),
        secrets: Vec::new(),
        sources: vec![plan::SourceFile { path: "main.wf".into(), text: "the guard".into() }],
        files: Vec::new(),
        hash: "plan-1".into(),
    }
}

fn agent(name: &str, effects: Effects) -> Agent {
    let mock = plan::Mock { takes: None, returns: None, fails: None, fails_times: None };
    let action = Action {
        params: vec![Param { name: "x".into(), doc: None, ty: ty(Kind::Json), default: None }],
        effects,
        definition: name.into(),
        ..Action::new("act", ty(Kind::Json), Settings::Mock(mock), span())
    };
    Agent::new(name, vec![action], span())
}

fn probed() -> [Agent; 2] {
    [("prober", Effects::Writes), ("safe_prober", Effects::WritesIdempotent)].map(|(name, effects)| {
        let mut agent = agent(name, effects);
        let mut look = Action { name: "look".into(), effects: Effects::Reads, ..agent.actions[0].clone() };
        look.params.push(Param { name: "key".into(), doc: None, ty: ty(Kind::String), default: None });
        look.timeout = Some(60_000);
        agent.actions[0].probe = Some(1);
        agent.actions.push(look);
        agent
    })
}

pub fn workflow(name: &str, stages: Vec<Stage>, returns: Expr) -> Workflow {
    Workflow {
        name: name.into(),
        doc: None,
        inline: false,
        params: Vec::new(),
        result: ty(Kind::Json),
        timeout: None,
        parallel: None,
        cancel_on_failure: false,
        lock: None,
        budget: None,
        conditions: Vec::new(),
        lets: Vec::new(),
        stages,
        returns: Some(returns),
        span: span(),
        definition: name.into(),
    }
}

pub fn condition(value: Expr, needs: &[u32]) -> Condition {
    Condition { value, needs: needs.iter().map(|need| StageId(*need)).collect() }
}

pub fn act(agent: u32, arg: Expr) -> Call {
    call(Target::Action { agent: AgentId(agent), action: 0 }, vec![arg])
}

pub fn sub(workflow: u32, args: Vec<Expr>) -> Call {
    call(Target::Workflow(WorkflowId(workflow)), args)
}

pub fn ask(question: &str, timeout: i64) -> Call {
    let ask = plan::Ask { question: text(question), show: None, role: None, approves: None };
    Call { timeout: Some(timeout), result: ty(Kind::Int), ..call(Target::Ask(Box::new(ask)), Vec::new()) }
}

/// A message to every run.
pub fn event(name: &str, key: &str, timeout: i64) -> Call {
    let event = plan::Event { name: name.into(), key: text(key) };
    Call { timeout: Some(timeout), result: ty(Kind::Int), ..call(Target::Event(Box::new(event)), Vec::new()) }
}

/// A timer.
pub fn wait(length: i64) -> Call {
    call(Target::Wait(Box::new(expr(ExprKind::Literal(Value::Duration(length))))), Vec::new())
}

/// A race of these, tagged where a tag is given.
pub fn race(kind: RaceKind, alternatives: Vec<(&str, Call)>) -> Body {
    let tag = |tag: &str| (!tag.is_empty()).then(|| tag.to_owned());
    let alternatives = alternatives.into_iter().map(|(name, call)| Alternative { tag: tag(name), call }).collect();
    Body::Race(Race { kind, alternatives, span: span() })
}

pub fn call(target: Target, args: Vec<Expr>) -> Call {
    Call {
        target,
        args,
        result: ty(Kind::Json),
        retry: None,
        timeout: None,
        deadline: None,
        repeat: None,
        cache: None,
        span: span(),
    }
}

pub fn map(source: Expr, call: Call) -> Map {
    Map { source, item: ty(Kind::Json), up_to: None, call, parallel: None, need: None }
}

pub fn repeat(up_to: u32, until: Expr) -> Repeat {
    Repeat { up_to, every: None, until, with: Vec::new(), stop_when: None }
}

pub fn lock(name: &str) -> Lock {
    Lock { name: name.into(), span: span() }
}

/// Retries with a fixed pause of one second.
pub fn retry(attempts: u32, on: &[&str]) -> Retry {
    let on = on.iter().map(|class| (*class).to_owned()).collect();
    Retry { attempts, backoff: Backoff::Fixed { delay: 1_000 }, on }
}

pub fn stage(name: &str, body: impl Into<Body>) -> Stage {
    Stage {
        name: name.into(),
        doc: None,
        ty: ty(Kind::Json),
        guard: Vec::new(),
        exits: Vec::new(),
        needs: Vec::new(),
        reads: Vec::new(),
        finally: false,
        body: body.into(),
        deadline: None,
        priority: 0,
        height: 1,
        label: None,
        handlers: Vec::new(),
        undo: None,
        lock: None,
        budget: None,
        observed: false,
        span: span(),
        definition: name.into(),
    }
}

impl From<Call> for Body {
    fn from(call: Call) -> Self {
        Self::Call(call)
    }
}

impl From<Map> for Body {
    fn from(map: Map) -> Self {
        Self::Map(Box::new(map))
    }
}

impl Stage {
    pub fn reads(mut self, stages: &[u32]) -> Self {
        self.needs = stages.iter().map(|stage| StageId(*stage)).collect();
        self.reads = self.needs.clone();
        self
    }

    pub fn after(mut self, stages: &[u32]) -> Self {
        self.needs = stages.iter().map(|stage| StageId(*stage)).collect();
        self
    }

    pub fn when(mut self, condition: u32, holds: bool) -> Self {
        self.guard.push(Term { condition, holds });
        self
    }

    pub fn exits(mut self, stages: &[u32]) -> Self {
        self.exits = stages.iter().map(|stage| StageId(*stage)).collect();
        self
    }

    pub fn priority(mut self, priority: i64) -> Self {
        self.priority = priority;
        self
    }

    pub fn height(mut self, height: u32) -> Self {
        self.height = height;
        self
    }

    pub fn finally(mut self) -> Self {
        self.finally = true;
        self
    }

    pub fn observed(mut self) -> Self {
        self.observed = true;
        self
    }

    pub fn deadline(mut self, deadline: i64) -> Self {
        self.deadline = Some(deadline);
        self
    }

    pub fn on_failure(mut self, of: Option<&[&str]>, action: HandlerAction) -> Self {
        let of = of.map(|of| of.iter().map(|class| (*class).to_owned()).collect());
        self.handlers.push(Handler { of, action });
        self
    }

    pub fn undo(mut self, call: Call) -> Self {
        self.undo = Some(Box::new(call));
        self
    }

    pub fn lock(mut self, name: &str) -> Self {
        self.lock = Some(Box::new(lock(name)));
        self
    }

    pub fn define(mut self, definition: &str) -> Self {
        self.definition = definition.into();
        self
    }
}

impl Call {
    pub fn retry(mut self, attempts: u32, on: &[&str]) -> Self {
        self.retry = Some(Box::new(retry(attempts, on)));
        self
    }

    pub fn timeout(mut self, timeout: i64) -> Self {
        self.timeout = Some(timeout);
        self
    }

    pub fn repeat(mut self, repeat: Repeat) -> Self {
        self.repeat = Some(Box::new(repeat));
        self
    }
}

/// The same plan with one more stage and one more agent in front of all others: nothing stands where it stood.
pub fn shifted(plan: &Plan) -> Plan {
    let mut plan = Plan { hash: format!("{}, shifted", plan.hash), ..plan.clone() };
    plan.agents.insert(0, agent("new", Effects::None));
    for workflow in &mut plan.workflows {
        for stage in &mut workflow.stages {
            stage.all_calls_mut(&mut |call| {
                if let Target::Action { agent, .. } = &mut call.target {
                    agent.0 += 1;
                }
            });
        }
    }
    let main = &mut plan.workflows[0];
    let further = |expr: &mut Expr| {
        expr.walk_mut(|part| match &mut part.kind {
            ExprKind::Var(Var::Stage(index)) | ExprKind::Observe(_, index) => *index += 1,
            _ => {}
        });
    };
    for stage in &mut main.stages {
        stage.exprs_mut(&mut |_, expr| further(expr));
        [&mut stage.reads, &mut stage.needs, &mut stage.exits].into_iter().flatten().for_each(|id| id.0 += 1);
    }
    for condition in &mut main.conditions {
        further(&mut condition.value);
        condition.needs.iter_mut().for_each(|id| id.0 += 1);
    }
    main.returns.iter_mut().for_each(further);
    main.stages.insert(0, stage("in_front", act(0, int(1))));
    plan
}

//! Plans of many equal stages, of agents that answer at once or of programs that end at once.

use wfc::base::span::{FileId, Span};
use wfc::plan::{
    Action, Agent, AgentId, Body, Call, FORMAT, Lock, Mock, Param, Plan, Settings, Stage, StageId, Target, Workflow,
};
use wfc::value::Value;
use wfc::value::expr::{Expr, ExprKind, Var};
use wfc::value::settings::{Exec, Output, Stdin, Word};
use wfc::value::types::{Kind, Type};

/// How stages hang on each other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Each on the one before.
    Chain,
    /// All others on the first.
    FanOut,
    /// On none, but all under one lock.
    Locked,
}

/// Stages that an agent in the process answers at once.
pub fn of_mocks(size: usize, shape: Shape) -> Plan {
    let param = Param { name: "x".into(), doc: None, ty: Type::of(Kind::Int), default: None };
    let returns = Some(of(ExprKind::Var(Var::Param(0))));
    let mock = Settings::Mock(Mock { takes: None, returns, fails: None, fails_times: None });
    let action = Action { params: vec![param], ..Action::new("act", Type::of(Kind::Int), mock, span()) };
    let agent = Agent { parallel: Some(64), ..Agent::new("mock", vec![action], span()) };
    plan(agent, (0..size).map(|index| dependent(index, shape)).collect())
}

/// Stages that do not hang on each other, each a program.
pub fn of_programs(size: usize, program: &str) -> Plan {
    let text = of(ExprKind::Literal(Value::text(program)));
    let command = vec![Word { value: text, splice: false }];
    let exec =
        Exec { command, stdin: Stdin::None, output: Output::Nothing, cwd: None, env: Vec::new(), pass: Vec::new() };
    let action = Action::new("act", Type::null(), Settings::Exec(exec), span());
    let agent = Agent { kind: "exec".into(), ..Agent::new("program", vec![action], span()) };
    plan(agent, (0..size).map(|index| stage(index, Vec::new(), Type::null(), Vec::new())).collect())
}

/// A stage that takes so many milliseconds once others have ended, which are given by their positions.
pub struct Timed {
    pub takes: u64,
    pub needs: Vec<usize>,
}

/// Stages that take as long as they are told, all of one height.
pub fn of_timed(stages: &[Timed]) -> Plan {
    let param = Param { name: "x".into(), doc: None, ty: Type::of(Kind::Duration), default: None };
    let takes = Some(of(ExprKind::Var(Var::Param(0))));
    let mock = Settings::Mock(Mock { takes, returns: None, fails: None, fails_times: None });
    let action = Action { params: vec![param], ..Action::new("act", Type::null(), mock, span()) };
    let agent = Agent { parallel: Some(u32::MAX), ..Agent::new("mock", vec![action], span()) };
    let timed = |(index, timed): (usize, &Timed)| {
        let takes = i64::try_from(timed.takes).expect("a time fits");
        let needs = timed.needs.iter().map(|need| StageId::new(*need)).collect();
        stage(index, needs, Type::null(), vec![of(ExprKind::Literal(Value::Duration(takes)))])
    };
    plan(agent, stages.iter().enumerate().map(timed).collect())
}

fn plan(agent: Agent, stages: Vec<Stage>) -> Plan {
    let last = Var::Stage(u32::try_from(stages.len() - 1).expect("a size fits"));
    let workflow = Workflow {
        name: "bench".into(),
        doc: None,
        inline: false,
        params: Vec::new(),
        result: Type::of(Kind::Json),
        timeout: None,
        parallel: None,
        cancel_on_failure: false,
        lock: None,
        budget: None,
        conditions: Vec::new(),
        lets: Vec::new(),
        stages,
        returns: Some(of(ExprKind::Var(last))),
        span: span(),
        definition: "bench".into(),
    };
    Plan {
        format: FORMAT,
        name: "bench".into(),
        workflows: vec![workflow],
        agents: vec![agent],
        pools: Vec::new(),
        secrets: Vec::new(),
        sources: Vec::new(),
        files: Vec::new(),
        hash: "bench".into(),
    }
}

fn dependent(index: usize, shape: Shape) -> Stage {
    let read = match shape {
        Shape::Chain => index.checked_sub(1),
        Shape::FanOut => Some(0).filter(|_| index > 0),
        Shape::Locked => None,
    };
    let read = read.map(StageId::new);
    let argument = read.map_or(ExprKind::Literal(Value::Int(1)), |read| ExprKind::Var(Var::Stage(read.0)));
    let lock = (shape == Shape::Locked).then(|| Box::new(Lock { name: "db".into(), span: span() }));
    Stage { lock, ..stage(index, read.into_iter().collect(), Type::of(Kind::Int), vec![of(argument)]) }
}

fn stage(index: usize, reads: Vec<StageId>, ty: Type, args: Vec<Expr>) -> Stage {
    let call = Call {
        target: Target::Action { agent: AgentId(0), action: 0 },
        args,
        result: ty.clone(),
        retry: None,
        timeout: None,
        deadline: None,
        repeat: None,
        cache: None,
        span: span(),
    };
    Stage {
        name: format!("stage_{index}"),
        doc: None,
        ty,
        guard: Vec::new(),
        exits: Vec::new(),
        needs: reads.clone(),
        reads,
        finally: false,
        body: Body::Call(call),
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
        definition: String::new(),
    }
}

fn of(kind: ExprKind) -> Expr {
    Expr { kind, span: span() }
}

fn span() -> Span {
    Span::start_of(FileId(0))
}

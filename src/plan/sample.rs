//! A plan in which every kind of thing occurs: for tests of forms and checks.

mod agents;

use std::sync::Arc;

use super::*;
use crate::base::span::FileId;
use crate::value::builtin::Builtin;
use crate::value::expr::{BinaryOp, Entry, ExprKind, MatchArm, Observe, Part, Pattern, Var};
use crate::value::policy::{Backoff, Retry, Strategy};
use crate::value::types::{Field, Kind, Labels};
use crate::value::{FileRef, Value};

/// A sound plan with everything in it.
pub fn rich() -> Plan {
    let mut plan = Plan {
        format: FORMAT,
        name: "main".into(),
        workflows: vec![main_workflow(), body()],
        agents: agents::all(),
        pools: vec![pool()],
        secrets: agents::secrets(),
        sources: vec![SourceFile { path: "a.wf".into(), text: "workflow main() {}\n".into() }],
        files: vec![IncludedFile {
            hash: blake3::hash(b"x").to_hex().to_string(),
            content: Content(b"x".as_slice().into()),
        }],
        hash: String::new(),
    };
    plan.define();
    plan
}

fn span() -> Span {
    Span::new(FileId(0), 0, 8)
}

fn expr(kind: ExprKind) -> Expr {
    Expr { kind, span: span() }
}

fn var(var: Var) -> Expr {
    expr(ExprKind::Var(var))
}

fn value(value: Value) -> Expr {
    expr(ExprKind::Literal(value))
}

fn text(text: &str) -> Expr {
    value(Value::text(text))
}

fn boxed(expr: Expr) -> Box<Expr> {
    Box::new(expr)
}

fn param(name: &str, ty: Type, default: Option<Expr>) -> Param {
    Param { name: name.into(), doc: Some("A parameter.".into()), ty, default }
}

fn pool() -> Pool {
    let action = PoolAction {
        name: "any".into(),
        params: vec![param("x", Type::string(), None), param("rest", Type::list(Type::string()), None)],
        result: Type::json(),
        effects: Effects::Writes,
        members: vec![
            MemberAction { action: 0, args: vec![Some(0), Some(1)] },
            MemberAction { action: 0, args: Vec::new() },
        ],
        definition: String::new(),
    };
    Pool {
        name: "both".into(),
        doc: Some("A pool.".into()),
        strategy: Strategy::RoundRobin,
        members: vec![AgentId(0), AgentId(1)],
        actions: vec![action],
    }
}

fn call(target: Target, args: Vec<Expr>) -> Call {
    let result = Type::json();
    Call { target, args, result, retry: None, timeout: None, deadline: None, repeat: None, cache: None, span: span() }
}

fn tool(action: u32, args: Vec<Expr>) -> Call {
    call(Target::Action { agent: AgentId(0), action }, args)
}

fn pooled() -> Call {
    call(Target::Pool { pool: PoolId(0), action: 0 }, vec![text("x"), text("y")])
}

fn stage(name: &str, body: Body, height: u32) -> Stage {
    Stage {
        name: name.into(),
        doc: None,
        ty: Type::json(),
        guard: Vec::new(),
        exits: Vec::new(),
        needs: Vec::new(),
        reads: Vec::new(),
        finally: false,
        body,
        deadline: None,
        priority: 0,
        height,
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

fn ids(ids: &[u32]) -> Vec<StageId> {
    ids.iter().map(|&id| StageId(id)).collect()
}

fn body() -> Workflow {
    Workflow {
        name: "each".into(),
        doc: None,
        inline: true,
        params: vec![param("file", every_type(), None)],
        result: Type::json(),
        timeout: None,
        parallel: None,
        cancel_on_failure: false,
        lock: None,
        budget: None,
        conditions: Vec::new(),
        lets: Vec::new(),
        stages: vec![stage("inner", Body::Call(call(Target::Action { agent: AgentId(1), action: 0 }, vec![])), 1)],
        returns: Some(var(Var::Stage(0))),
        span: span(),
        definition: String::new(),
    }
}

/// A record with a field of every kind, under every label.
fn every_type() -> Type {
    let literals = Type::of(Kind::Union(Arc::new(vec![Type::literal("a"), Type::literal("b")])));
    let labelled = Labels { secret: true, untrusted: true, trusted: true, approved: true };
    let kinds = [
        Type::unknown(),
        Type::never(),
        Type::null(),
        Type::bool(),
        Type::int(),
        Type::float(),
        Type { labels: labelled, ..Type::string() },
        Type::duration(),
        Type::money(),
        Type::tokens(),
        Type::size(),
        Type::file(),
        Type::json(),
        literals,
        Type::of(Kind::Map(Arc::new(Type::int()))),
        Type::of(Kind::Optional(Arc::new(Type::int()))),
    ];
    let field = |(index, ty)| (Arc::from(format!("f{index}")), Field { ty, optional: index == 3 });
    Type::of(Kind::Record(Arc::new(kinds.into_iter().enumerate().map(field).collect())))
}

/// Every kind of value.
fn every_value() -> Value {
    Value::list(vec![
        Value::Null,
        Value::Bool(true),
        Value::Int(-1),
        Value::Float(0.5),
        Value::text("x"),
        Value::Duration(1_000),
        Value::Money(1_000_000),
        Value::Tokens(5),
        Value::Size(1_024),
        Value::File(Arc::new(FileRef::of("a.txt", b"x").expect("a name"))),
        Value::record([("a", Value::Int(1))]),
        Value::record([("$a", Value::Int(1))]),
    ])
}

/// Every kind of expression that reads nothing.
fn every_expression() -> Expr {
    let one = || value(Value::Int(1));
    let local = || var(Var::Local(0));
    expr(ExprKind::List(vec![
        value(every_value()),
        expr(ExprKind::Field(boxed(var(Var::Param(0))), "a".into())),
        expr(ExprKind::OptionalField(boxed(var(Var::Param(0))), "a".into())),
        expr(ExprKind::Index(boxed(var(Var::Param(0))), boxed(one()))),
        expr(ExprKind::Not(boxed(value(Value::Bool(true))))),
        expr(ExprKind::Negate(boxed(one()))),
        expr(ExprKind::Binary(BinaryOp::Add, boxed(one()), boxed(one()))),
        expr(ExprKind::If(boxed(value(Value::Bool(true))), boxed(one()), boxed(one()))),
        expr(ExprKind::Match(
            boxed(one()),
            vec![
                MatchArm { patterns: vec![Pattern::Int(1), Pattern::Bool(true)], value: one() },
                MatchArm { patterns: vec![Pattern::String("a".into()), Pattern::Any], value: one() },
            ],
        )),
        expr(ExprKind::Comprehension {
            local: 0,
            source: boxed(var(Var::Param(0))),
            condition: Some(boxed(local())),
            body: boxed(local()),
        }),
        expr(ExprKind::Comprehension {
            local: 1,
            source: boxed(var(Var::Param(0))),
            condition: None,
            body: boxed(var(Var::Local(1))),
        }),
        expr(ExprKind::Record(vec![Entry::Spread(var(Var::Param(0))), Entry::Field("a".into(), one())])),
        expr(ExprKind::Interpolate(vec![Part::Text("a ".into()), Part::Value(var(Var::RunId))])),
        expr(ExprKind::Call(Builtin::Len, vec![var(Var::RunWorkflow)])),
        expr(ExprKind::As(boxed(var(Var::RunStarted)), Box::new(Type::string()))),
        expr(ExprKind::Widen(boxed(one()), Box::new(Type::float()))),
    ]))
}

fn main_workflow() -> Workflow {
    Workflow {
        name: "main".into(),
        doc: Some("What runs.".into()),
        inline: false,
        params: vec![param("input", Type::json(), Some(text("x")))],
        result: Type::json(),
        timeout: Some(7_200_000),
        parallel: Some(8),
        cancel_on_failure: true,
        lock: Some(lock()),
        budget: Some(budget()),
        conditions: vec![Condition { value: var(Var::Stage(0)), needs: ids(&[0]) }],
        lets: vec![Let {
            name: "through".into(),
            ty: Type::json(),
            guard: vec![Term { condition: 0, holds: true }],
            value: expr(ExprKind::Observe(Observe::Error, 1)),
            needs: ids(&[0, 1]),
        }],
        stages: vec![
            first(),
            called(),
            mapped(),
            matched(),
            failing(),
            asked(),
            last(),
            first_of(),
            tagged(),
            any_of(),
        ],
        returns: Some(var(Var::Let(0))),
        span: span(),
        definition: String::new(),
    }
}

fn first() -> Stage {
    let list = Type::list(Type::json());
    Stage {
        doc: Some("The first.".into()),
        ty: list,
        ..stage("first", Body::Call(tool(0, vec![every_expression(), text("y")])), 4)
    }
}

/// A call with everything that a call can have.
fn called() -> Stage {
    let repeat = Repeat {
        up_to: 3,
        every: Some(1_000),
        until: var(Var::Result),
        with: vec![(0, var(Var::Result))],
        stop_when: Some(var(Var::Previous)),
    };
    let backoff = Backoff::Exponential { delay: 1_000, factor: 2.0, max: 60_000, jitter: true };
    let call = Call {
        retry: Some(Box::new(Retry { attempts: 3, backoff, on: vec!["timeout".into()] })),
        timeout: Some(1_000),
        repeat: Some(Box::new(repeat)),
        cache: Some(1_000),
        ..tool(1, vec![var(Var::Stage(0)), text("y")])
    };
    let handlers = vec![
        Handler { of: Some(vec!["timeout".into()]), action: HandlerAction::Use(var(Var::Result)) },
        Handler { of: Some(vec!["crashed".into()]), action: HandlerAction::Call(pooled()) },
        Handler { of: None, action: HandlerAction::Call(tool(2, vec![text("x"), text("y")])) },
        Handler { of: None, action: HandlerAction::Ask(1_000) },
        Handler { of: None, action: HandlerAction::Skip },
        Handler { of: None, action: HandlerAction::Fail },
    ];
    Stage {
        guard: vec![Term { condition: 0, holds: true }],
        needs: ids(&[0]),
        reads: ids(&[0]),
        deadline: Some(60_000),
        priority: 10,
        label: Some(Box::new(var(Var::Stage(0)))),
        handlers,
        undo: Some(Box::new(tool(3, vec![var(Var::Result), text("y")]))),
        lock: Some(Box::new(lock())),
        budget: Some(Box::new(budget())),
        observed: true,
        ..stage("called", Body::Call(call), 2)
    }
}

fn lock() -> Lock {
    Lock { name: "database".into(), span: span() }
}

fn budget() -> Budget {
    Budget { money: Some(5_000_000), tokens: Some(200_000), span: span() }
}

fn mapped() -> Stage {
    let linear = Backoff::Linear { delay: 1, max: 5 };
    let call = Call {
        retry: Some(Box::new(Retry { attempts: 2, backoff: linear, on: Vec::new() })),
        ..call(Target::Workflow(WorkflowId(1)), vec![var(Var::Item)])
    };
    let map = Map {
        source: var(Var::Stage(0)),
        item: Type::json(),
        up_to: Some(50),
        call,
        parallel: Some(4),
        need: Some(Need::Percent(80)),
    };
    Stage {
        needs: ids(&[0, 1]),
        reads: ids(&[0]),
        label: Some(Box::new(var(Var::ItemIndex))),
        ..stage("mapped", Body::Map(Box::new(map)), 1)
    }
}

fn matched() -> Stage {
    let fixed = Backoff::Fixed { delay: 1 };
    let call = Call {
        retry: Some(Box::new(Retry { attempts: 2, backoff: fixed, on: Vec::new() })),
        deadline: Some(1_000),
        ..tool(3, vec![text("x"), text("y")])
    };
    let arms = vec![
        Arm { patterns: vec![Pattern::String("a".into())], body: ArmBody::Call(call) },
        Arm { patterns: vec![Pattern::String("b".into())], body: ArmBody::Use(text("x")) },
        Arm { patterns: vec![Pattern::Any], body: ArmBody::Skip },
    ];
    let body = Body::Match(Match { subject: var(Var::Param(0)), arms });
    Stage { exits: ids(&[4]), ..stage("matched", body, 2) }
}

fn failing() -> Stage {
    Stage { guard: vec![Term { condition: 0, holds: false }], ..stage("fail", Body::Fail(text("stopped")), 3) }
}

fn asked() -> Stage {
    let approval = Approval { value: var(Var::Param(0)), quorum: 2, not_requester: true };
    let ask = Ask {
        question: text("Go on?"),
        show: Some(text("this")),
        role: Some("release".into()),
        approves: Some(approval),
    };
    let call = Call { timeout: Some(86_400_000), ..call(Target::Ask(Box::new(ask)), Vec::new()) };
    Stage { exits: ids(&[4]), needs: ids(&[3]), ..stage("asked", Body::Call(call), 1) }
}

fn first_of() -> Stage {
    raced("first_of", RaceKind::First, [None, None, None])
}

fn tagged() -> Stage {
    raced("tagged", RaceKind::Tagged, [Some("done"), Some("paid"), Some("late")])
}

fn any_of() -> Stage {
    raced("any_of", RaceKind::Any(2), [None, None, None])
}

/// Races of every kind, between calls of every kind.
fn raced(name: &str, kind: RaceKind, tags: [Option<&str>; 3]) -> Stage {
    let event = Event { name: "paid".into(), key: text("k") };
    let calls = [
        tool(2, vec![text("x"), text("y")]),
        call(Target::Event(Box::new(event)), Vec::new()),
        call(Target::Wait(Box::new(value(Value::Duration(5)))), Vec::new()),
    ];
    let alternative = |(tag, call): (Option<&str>, Call)| Alternative { tag: tag.map(Into::into), call };
    let alternatives = tags.into_iter().zip(calls).map(alternative).collect();
    stage(name, Body::Race(Race { kind, alternatives, span: span() }), 1)
}

fn last() -> Stage {
    let map = Map {
        source: var(Var::Outcome),
        item: Type::json(),
        up_to: None,
        call: tool(4, vec![var(Var::Item), text("y")]),
        parallel: None,
        need: Some(Need::Count(1)),
    };
    Stage { finally: true, ..stage("last", Body::Map(Box::new(map)), 1) }
}

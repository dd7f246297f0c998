//! What this engine cannot carry out is refused by name before anything starts.

use super::plans::{NONE, act, ask, call, int, lock, of, plan, span, stage, text};
use crate::engine::unsupported;
use crate::plan::{Alternative, Approval, Body, Event, Plan, PoolId, Race, RaceKind, Target};
use crate::value::Value;
use crate::value::expr::{Expr, ExprKind};

fn messages(plan: &Plan) -> Vec<String> {
    unsupported(plan).into_iter().map(|found| found.message).collect()
}

fn pause() -> Expr {
    Expr { kind: ExprKind::Literal(Value::Duration(5)), span: span() }
}

#[test]
fn what_the_engine_knows_is_not_refused() {
    let stages = vec![stage("a", act(NONE, int(1))), stage("b", ask("Go on?", 1_000))];
    assert_eq!(messages(&plan(stages, of(0))), [] as [&str; 0]);
}

#[test]
fn each_thing_is_named_once() {
    let alternative = |target| Alternative { tag: None, call: call(target, Vec::new()) };
    let event = Target::Event(Box::new(Event { name: "paid".into(), key: text("k") }));
    let race = |kind| Race {
        kind,
        alternatives: vec![alternative(event.clone()), alternative(Target::Wait(Box::new(pause())))],
        span: span(),
    };
    let mut approved = ask("Ship?", 1_000);
    if let Target::Ask(ask) = &mut approved.target {
        ask.approves = Some(Approval { value: int(1), quorum: 1, not_requester: false });
    }
    let mut undone = stage("undone", act(NONE, int(1)));
    undone.undo = Some(Box::new(act(NONE, int(2))));
    undone.lock = Some(Box::new(lock("db")));
    let stages = vec![
        stage("first", Body::Race(race(RaceKind::First))),
        stage("any", Body::Race(race(RaceKind::Any(2)))),
        stage("approved", approved),
        undone,
        stage("pooled", call(Target::Pool { pool: PoolId(0), action: 0 }, Vec::new())),
    ];
    let mut plan = plan(stages, of(0));
    plan.agents[0].kind = "mcp".into();
    assert_eq!(messages(&plan), ["`uses mcp` is not carried out yet"]);
}

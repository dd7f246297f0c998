//! Sub-workflows, maps, rounds, arms.

use serde_json::json;

use super::plans::*;
use super::world::*;
use crate::engine::Outcome;
use crate::plan::{Arm, ArmBody, Body, HandlerAction, Match, Need, Param};
use crate::value::expr::{BinaryOp, ExprKind, Observe, Pattern, Var};
use crate::value::types::Kind;

fn failed(outcome: Outcome) -> (String, Option<String>) {
    match outcome {
        Outcome::Failed(error) => (error.class, error.stage),
        other => panic!("it fails, not {other:?}"),
    }
}

fn param(name: &str) -> Param {
    Param { name: name.into(), doc: None, ty: ty(Kind::Json), default: None }
}

#[tokio::test]
async fn a_sub_workflow_settles_tidies_up_and_fails_its_caller() {
    let inner = vec![
        stage("one", act(NONE, var(Var::Param(0)))),
        stage("two", act(NONE, of(0))).reads(&[0]),
        stage("tidy", act(NONE, int(1))).finally(),
    ];
    let mut called = workflow("called", inner, of(1));
    called.params.push(param("x"));
    let stages = vec![stage("call", sub(1, vec![int(4)])), stage("next", act(NONE, of(0))).reads(&[0])];
    let mut plan = plan(stages, of(1));
    plan.workflows.push(called);
    let mut world = World::new(plan.clone(), Script::default());
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(4)));
    assert_eq!(world.script.stages(), ["call.one", "call.two", "call.tidy", "next"]);
    assert_eq!(world.script.of("call.two")[0].key, "K/call~1.two/-/-/0/0");

    let mut world = World::new(plan, Script::default().on("call.two", [fails("denied")]));
    assert_eq!(failed(world.start().await.unwrap()), ("denied".into(), Some("call.two".into())));
    assert_eq!(world.script.stages(), ["call.one", "call.two", "call.tidy"]);
}

#[tokio::test]
async fn a_retry_of_a_sub_workflow_starts_from_nothing() {
    let inner = vec![stage("one", act(NONE, int(1))), stage("two", act(READS, of(0))).reads(&[0])];
    let mut plan = plan(vec![stage("call", sub(1, vec![]).retry(3, &["temporary"]))], of(0));
    plan.workflows.push(workflow("called", inner, of(1)));
    let script = Script::default().on("call.two", [fails("temporary"), gives(8)]);
    let mut world = World::new(plan, script);
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(8)));
    let keys: Vec<_> = world.script.of("call.one").into_iter().map(|call| call.key).collect();
    assert_eq!(keys, ["K/call~1.one/-/-/0/0", "K/call~2.one/-/-/0/0"]);
}

#[tokio::test]
async fn a_timeout_of_a_sub_workflow_kills_what_is_inside() {
    let inner = vec![stage("one", act(NONE, int(1))), stage("tidy", act(NONE, int(1))).finally()];
    let stages =
        vec![stage("call", sub(1, vec![]).timeout(1_000)).on_failure(Some(&["timeout"]), HandlerAction::Use(int(3)))];
    let mut plan = plan(stages, of(0));
    plan.workflows.push(workflow("called", inner, of(0)));
    let mut world = World::new(plan, Script::default().on("call.one", [gives(1).takes(9_000)]));
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(3)));
    assert_eq!(world.script.stages(), ["call.one", "call.tidy"]);
    assert_eq!(world.clock_ms - START_MS, 1_000);
}

#[tokio::test]
async fn drain_reaches_into_sub_workflows_and_their_finally_runs() {
    let inner = vec![
        stage("one", act(NONE, int(1))),
        stage("two", act(NONE, of(0))).reads(&[0]),
        stage("tidy", act(NONE, int(1))).finally(),
    ];
    let stages = vec![stage("call", sub(1, vec![])), stage("bad", act(NONE, int(1)))];
    let mut plan = plan(stages, int(0));
    plan.workflows.push(workflow("called", inner, of(1)));
    let script = Script::default().on("call.one", [gives(1).takes(500)]).on("bad", [fails("denied").takes(100)]);
    let mut world = World::new(plan, script);
    assert_eq!(failed(world.start().await.unwrap()).0, "denied");
    assert_eq!(world.script.stages(), ["bad", "call.one", "call.tidy"]);
    assert!(world.events().contains(&"call cancelled".to_owned()));
}

#[tokio::test]
async fn a_workflow_whose_last_stage_was_cut_short_gives_nothing() {
    let inner = vec![stage("one", act(NONE, int(1)).retry(2, &["temporary"]))];
    let stages = vec![stage("call", sub(1, vec![])), stage("bad", act(NONE, int(1)))];
    let mut plan = plan(stages, of(0));
    plan.workflows.push(workflow("called", inner, of(0)));
    let script = Script::default()
        .on("call.one", [fails("temporary").takes(50), gives(4)])
        .on("bad", [fails("denied").takes(100), gives(5)]);
    let mut world = World::new(plan, script);
    assert_eq!(failed(world.start().await.unwrap()).0, "denied");
    assert!(world.events().contains(&"call cancelled".to_owned()), "{:#?}", world.events());
    assert_eq!(world.retry(&[]).await.unwrap(), Outcome::Succeeded(json!(4)), "nothing was there to be kept");
}

#[tokio::test]
async fn a_map_gives_results_in_the_order_of_its_items() {
    let source = list((0..5).map(int).collect());
    let mut mapped = map(source, act(NONE, var(Var::Item)));
    mapped.parallel = Some(2);
    let script = Script::default().on("m[0]", [gives("first").takes(1_000)]);
    let mut world = World::new(plan(vec![stage("m", mapped)], of(0)), script);
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(["first", 1, 2, 3, 4])));
    assert_eq!(world.script.stages(), ["m[0]", "m[1]", "m[2]", "m[3]", "m[4]"]);
    assert_eq!(world.script.of("m[4]")[0].at, START_MS);
    assert_eq!(world.script.of("m[4]")[0].key, "K/m/-/4/0/0");
}

#[tokio::test]
async fn the_first_failed_item_stops_new_ones() {
    let mut mapped = map(list((0..5).map(int).collect()), act(NONE, var(Var::Item)));
    mapped.parallel = Some(2);
    let script = Script::default().on("m[0]", [gives(0).takes(100)]).on("m[1]", [fails("denied").takes(50)]);
    let mut world = World::new(plan(vec![stage("m", mapped)], of(0)), script);
    assert_eq!(failed(world.start().await.unwrap()), ("denied".into(), Some("m[1]".into())));
    assert_eq!(world.script.stages(), ["m[0]", "m[1]"]);
    assert_eq!(world.clock_ms - START_MS, 100);
}

#[tokio::test]
async fn skipped_items_are_null_and_enough_must_succeed() {
    let mapped = |need| {
        let mut mapped = map(list((0..5).map(int).collect()), act(NONE, var(Var::Item)));
        mapped.need = Some(need);
        stage("m", mapped).on_failure(None, HandlerAction::Skip)
    };
    let script = || Script::default().on("m[1]", [fails("denied")]).on("m[3]", [fails("crashed")]);
    let errors = list(vec![of(0), observe(Observe::Errors, 0)]);
    let mut world = World::new(plan(vec![mapped(Need::Percent(60))], errors), script());
    let expected = json!([[0, null, 2, null, 4], [
        { "index": 1, "item": 1, "class": "denied", "message": "as told" },
        { "index": 3, "item": 3, "class": "crashed", "message": "as told" },
    ]]);
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(expected));

    let mut world = World::new(plan(vec![mapped(Need::Percent(61))], int(0)), script());
    assert_eq!(failed(world.start().await.unwrap()).0, "insufficient");
    let mut world = World::new(plan(vec![mapped(Need::Count(6))], int(0)), Script::default());
    assert_eq!(failed(world.start().await.unwrap()).0, "insufficient");
}

#[tokio::test]
async fn a_map_may_be_empty_or_too_long() {
    let mut mapped = map(list(vec![]), act(NONE, var(Var::Item)));
    mapped.up_to = Some(2);
    let mut world = World::new(plan(vec![stage("m", mapped.clone())], of(0)), Script::default());
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!([])));

    mapped.source = list((0..3).map(int).collect());
    let mut world = World::new(plan(vec![stage("m", mapped)], of(0)), Script::default());
    assert_eq!(failed(world.start().await.unwrap()).0, "invalid_input");
    assert!(world.script.stages().is_empty());
}

#[tokio::test]
async fn items_retry_by_themselves_and_may_be_workflows() {
    let inner = vec![stage("kind", act(NONE, var(Var::Param(0))).retry(2, &["temporary"]))];
    let mut body = workflow("body", inner, of(0));
    body.params.push(param("x"));
    let mapped = map(list((0..3).map(int).collect()), sub(1, vec![var(Var::Item)]));
    let mut plan = plan(vec![stage("m", mapped)], of(0));
    plan.workflows.push(body);
    let script = Script::default().on("m[1].kind", [fails("temporary"), gives("late")]);
    let mut world = World::new(plan, script);
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!([0, "late", 2])));
    assert_eq!(world.script.of("m[1].kind")[1].key, "K/m[1]~1.kind/-/-/0/1");
}

#[tokio::test]
async fn rounds_go_on_until_they_are_good() {
    let until = binary(BinaryOp::Equal, var(Var::Result), int(3));
    let mut rounds = repeat(5, until);
    rounds.every = Some(60_000);
    rounds.with = vec![(0, var(Var::Result))];
    let script = Script::default();
    let call = act(IDEMPOTENT, int(1)).repeat(rounds);
    let script = script.on("r#1", [gives(2)]).on("r#2", [gives(3)]);
    let mut world = World::new(plan(vec![stage("r", call)], of(0)), script);
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(3)));
    assert_eq!(world.script.stages(), ["r#1", "r#2"]);
    assert_eq!(world.script.of("r#2")[0].key, "K/r/2/-/0/0");
    assert_eq!(world.clock_ms - START_MS, 60_000);
}

#[tokio::test]
async fn rounds_end_exhausted_or_stalled() {
    let never = || expr(ExprKind::Literal(crate::value::Value::Bool(false)));
    let call = act(NONE, int(1)).repeat(repeat(3, never()));
    let used = stage("r", call).on_failure(Some(&["exhausted"]), HandlerAction::Use(var(Var::Result)));
    let script = Script::default().on("r#3", [gives("last")]);
    let mut world = World::new(plan(vec![used], of(0)), script);
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!("last")));

    let mut rounds = repeat(9, never());
    rounds.stop_when = Some(binary(BinaryOp::Equal, var(Var::Result), var(Var::Previous)));
    let script = Script::default().on("r#2", [gives(2)]).on("r#3", [gives(2)]);
    let mut world = World::new(plan(vec![stage("r", act(NONE, int(1)).repeat(rounds))], of(0)), script);
    assert_eq!(failed(world.start().await.unwrap()).0, "stalled");
    assert_eq!(world.script.stages(), ["r#1", "r#2", "r#3"]);
}

#[tokio::test]
async fn the_arm_that_matches_is_taken() {
    let arms = || {
        let arm = |pattern, body| Arm { patterns: vec![pattern], body };
        vec![
            arm(Pattern::String("call".into()), ArmBody::Call(act(WRITES, int(1)))),
            arm(Pattern::Int(5), ArmBody::Use(int(6))),
            arm(Pattern::Any, ArmBody::Skip),
        ]
    };
    for (subject, expected, calls) in [(text("call"), json!(1), 1), (int(5), json!(6), 0), (int(7), json!(null), 0)] {
        let body = Body::Match(Match { subject, arms: arms() });
        let returns = list(vec![of(0), observe(Observe::Succeeded, 0)]);
        let mut world = World::new(plan(vec![stage("a", body)], returns), Script::default());
        assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!([expected, true])));
        assert_eq!(world.script.stages().len(), calls);
        if calls == 1 {
            assert_eq!(world.script.of("a")[0].key, "K/a@arm0/-/-/0/0");
        }
    }
}

//! What starts when: priority, height, file; limits that nest; guards; early exits; `let`s.

use serde_json::json;

use super::plans::*;
use super::world::*;
use crate::engine::{Options, Outcome};
use crate::plan::Let;
use crate::value::expr::{BinaryOp, Observe, Var};
use crate::value::types::Kind;

fn one_at_a_time() -> Options {
    Options { parallel: Some(1), ..Options::default() }
}

#[tokio::test]
async fn ready_stages_start_by_priority_then_height_then_file() {
    let stages = vec![
        stage("low", act(NONE, int(1))).priority(-10).height(9),
        stage("plain", act(NONE, int(1))),
        stage("plain2", act(NONE, int(1))),
        stage("tall", act(NONE, int(1))).height(5),
        stage("high", act(NONE, int(1))).priority(10),
    ];
    let mut world = World::new(plan(stages, int(0)), Script::default());
    world.options = one_at_a_time();
    world.start().await.unwrap();
    assert_eq!(world.script.stages(), ["high", "tall", "plain", "plain2", "low"]);
}

#[tokio::test]
async fn an_agent_takes_only_as_many_as_it_allows_and_others_go_past() {
    let mut stages: Vec<_> = (0..6).map(|n| stage(&format!("s{n}"), act(WRITES, int(1)))).collect();
    stages.push(stage("other", act(NONE, int(1))));
    let mut plan = plan(stages, int(0));
    plan.agents[WRITES as usize].parallel = Some(2);
    let mut script = Script::default();
    for n in 0..6 {
        script = script.on(&format!("s{n}"), [gives(1).takes(100)]);
    }
    let mut world = World::new(plan, script);
    world.start().await.unwrap();
    let starts: Vec<_> =
        world.script.calls.lock().unwrap().iter().map(|c| (c.stage.clone(), c.at - START_MS)).collect();
    let expected = [("s0", 0), ("s1", 0), ("other", 0), ("s2", 100), ("s3", 100), ("s4", 200), ("s5", 200)];
    let mut seen: Vec<_> = starts.iter().map(|(stage, at)| (stage.as_str(), *at)).collect();
    seen.sort_by_key(|(stage, at)| (*at, *stage == "other", stage.to_string()));
    assert_eq!(seen, expected);
}

/// Rows 73 and 74: what is ready at once waits its turn.
#[tokio::test]
async fn ten_thousand_that_are_ready_at_once_take_their_turns() {
    let items = map(list((0..10_000).map(int).collect()), act(NONE, var(Var::Item)));
    let script = Script::default().told_by(|_| gives(0).takes(10));
    let mut world = World::new(plan(vec![stage("m", items)], of(0)), script);
    world.options.parallel = Some(50);
    world.plan = {
        let mut plan = (*world.plan).clone();
        plan.agents.iter_mut().for_each(|agent| agent.parallel = Some(50));
        std::sync::Arc::new(plan)
    };
    assert!(matches!(world.start().await.unwrap(), Outcome::Succeeded(_)));
    assert_eq!((world.script.most_at_once(), world.script.stages().len()), (50, 10_000));
}

#[tokio::test]
async fn a_workflow_keeps_its_own_limit() {
    let inner: Vec<_> = (0..4).map(|n| stage(&format!("i{n}"), act(NONE, int(1)))).collect();
    let mut plan = plan(vec![stage("a", sub(1, vec![])), stage("b", sub(1, vec![]))], int(0));
    let mut called = workflow("called", inner, int(0));
    called.parallel = Some(1);
    plan.workflows.push(called);
    let mut script = Script::default();
    for call in ["a", "b"] {
        for n in 0..4 {
            script = script.on(&format!("{call}.i{n}"), [gives(1).takes(10)]);
        }
    }
    let mut world = World::new(plan, script);
    world.start().await.unwrap();
    let at = |stage: &str| world.script.of(stage)[0].at - START_MS;
    assert_eq!([at("a.i0"), at("b.i0"), at("a.i1"), at("b.i3")], [0, 0, 10, 30]);
}

#[tokio::test]
async fn a_false_guard_skips_as_soon_as_it_is_decided() {
    let stages = vec![
        stage("fast", act(NONE, int(1))),
        stage("slow", act(NONE, int(1))),
        stage("guarded", act(NONE, of(1))).reads(&[1]).when(0, true),
        stage("otherwise", act(NONE, int(3))).when(0, false),
        stage("last", act(NONE, int(4))).after(&[2]),
    ];
    let mut plan = plan(stages, list(vec![of(2), of(3), observe(Observe::Skipped, 2)]));
    plan.workflows[0].conditions.push(condition(binary(BinaryOp::Equal, of(0), int(2)), &[0]));
    let mut world = World::new(plan, Script::default().on("slow", [gives(1).takes(1_000)]));
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!([null, 3, true])));
    assert_eq!(world.script.of("last")[0].at, START_MS);
    assert!(world.events().contains(&"guarded skipped:".to_owned()));
}

#[tokio::test]
async fn what_follows_an_early_exit_waits_until_it_is_decided() {
    let stages = vec![
        stage("check", act(NONE, int(1))),
        stage("exit", crate::plan::Body::Fail(text("no"))).when(0, true),
        stage("work", act(NONE, int(5))).exits(&[1]),
        stage("work2", act(NONE, int(5))).exits(&[1]).when(0, false),
    ];
    let mut plan = plan(stages, of(2));
    plan.workflows[0].conditions.push(condition(binary(BinaryOp::Equal, of(0), int(2)), &[0]));
    let mut world = World::new(plan.clone(), Script::default());
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(5)));
    assert_eq!(world.script.stages(), ["check", "work", "work2"]);

    let mut world = World::new(plan, Script::default().on("check", [gives(2)]));
    let Outcome::Failed(error) = world.start().await.unwrap() else { panic!("it fails") };
    assert_eq!((error.class.as_str(), error.message.as_str(), error.stage.as_deref()), ("failed", "no", Some("exit")));
    assert_eq!(world.script.stages(), ["check"]);
}

#[tokio::test]
async fn a_let_is_evaluated_by_its_first_reader_and_fails_the_run() {
    let broken = binary(BinaryOp::Divide, int(1), of(0));
    let stages = vec![
        stage("zero", act(NONE, int(0))),
        stage("unread", act(NONE, int(1))),
        stage("reader", act(NONE, var(Var::Let(0)))).reads(&[0]).observed(),
    ];
    let mut plan = plan(stages, int(0));
    plan.workflows[0].stages[0].body =
        crate::plan::Body::Call(crate::plan::Call { result: ty(Kind::Int), ..act(NONE, int(0)) });
    plan.workflows[0].lets.push(Let {
        name: "broken".into(),
        ty: ty(Kind::Int),
        guard: Vec::new(),
        value: broken,
        needs: vec![],
    });
    let mut world = World::new(plan, Script::default());
    let Outcome::Failed(error) = world.start().await.unwrap() else { panic!("it fails") };
    assert_eq!((error.class.as_str(), error.stage), ("invalid_value", None));
    assert_eq!(world.script.stages(), ["zero", "unread"]);
}

#[tokio::test]
async fn a_chain_of_lets_of_any_length_is_evaluated() {
    let mut plan = plan(vec![], var(Var::Let(0)));
    for index in 0..20_000 {
        let value = binary(BinaryOp::Add, var(Var::Let(index + 1)), int(1));
        let value = if index == 19_999 { int(1) } else { value };
        plan.workflows[0].lets.push(Let {
            name: format!("l{index}"),
            ty: ty(Kind::Int),
            guard: Vec::new(),
            value,
            needs: vec![],
        });
    }
    let mut world = World::new(plan, Script::default());
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(20_000)));
}

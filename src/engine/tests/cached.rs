//! `cache`: a call is answered by the result of an equal one, of whatever run, and that is recorded.

use serde_json::{Value as Json, json};

use super::plans::*;
use super::world::*;
use crate::engine::Outcome;
use crate::engine::report::Event;
use crate::plan::{Body, Call, HandlerAction, Param, Plan};
use crate::store::memory::{Crash, MemoryStore, Verdict};
use crate::value::expr::{BinaryOp, Var};
use crate::value::types::Kind;

const HOUR: i64 = 3_600_000;

fn cached(mut call: Call, age: i64) -> Call {
    call.cache = Some(age);
    call
}

/// Agents that are no mocks, as far as the plan says.
fn earnest(mut plan: Plan) -> Plan {
    plan.agents.iter_mut().for_each(|agent| agent.kind = "exec".into());
    plan
}

fn one(call: Call) -> Plan {
    earnest(plan(vec![stage("a", call)], of(0)))
}

/// A run of its own over the results that another store keeps.
fn world(plan: Plan, script: Script, store: Option<&MemoryStore>) -> World {
    let mut world = World::new(plan, script);
    world.real = true;
    if let Some(store) = store {
        world.store = store.reopen(Crash::Kill);
        world.store.cut(RUN, 0);
    }
    world
}

/// Runs anew over the results of a run before, and gives the result and how often an agent was called.
async fn again(plan: Plan, before: &World, later: i64) -> (Json, usize) {
    let mut world = world(plan, Script::default().on("a", [gives("anew")]), Some(&before.store));
    world.clock_ms = before.clock_ms + later;
    let Outcome::Succeeded(result) = world.resume().await.unwrap() else { panic!("it succeeds") };
    (result, world.script.stages().len())
}

async fn first(plan: Plan) -> World {
    let mut world = world(plan, Script::default().on("a", [gives("first")]), None);
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!("first")));
    world
}

#[tokio::test]
async fn an_equal_call_of_another_run_is_answered_for_so_long() {
    let before = first(one(cached(act(READS, int(1)), HOUR))).await;
    let same = || one(cached(act(READS, int(1)), HOUR));
    assert_eq!(again(same(), &before, HOUR - 1).await, (json!("first"), 0));
    assert_eq!(again(same(), &before, HOUR).await, (json!("anew"), 1), "it is too old");
    assert_eq!(again(same(), &before, -1).await, (json!("anew"), 1), "the clock has jumped back");
    // The call says how old a result may be, not the one that was kept.
    assert_eq!(again(one(cached(act(READS, int(1)), 10)), &before, 10).await, (json!("anew"), 1));
    assert_eq!(again(one(act(READS, int(1))), &before, 0).await, (json!("anew"), 1), "it does not ask for one");
    assert_eq!(again(one(cached(act(READS, int(2)), HOUR)), &before, 0).await, (json!("anew"), 1), "another argument");
    assert_eq!(again(one(cached(act(NONE, int(1)), HOUR)), &before, 0).await, (json!("anew"), 1), "another action");
    let mut changed = same();
    changed.agents[READS as usize].actions[0].definition = "another".into();
    assert_eq!(again(changed, &before, 0).await, (json!("anew"), 1), "its definition changed");
}

#[tokio::test]
async fn what_writes_and_mocks_and_virtual_time_are_never_answered_so() {
    for call in [act(IDEMPOTENT, int(1)), act(WRITES, int(1))] {
        let before = first(one(cached(call.clone(), HOUR))).await;
        assert_eq!(again(one(cached(call, HOUR)), &before, 0).await, (json!("anew"), 1));
    }
    let mock = || plan(vec![stage("a", cached(act(READS, int(1)), HOUR))], of(0));
    let before = first(mock()).await;
    assert_eq!(again(mock(), &before, 0).await, (json!("anew"), 1));

    let same = || one(cached(act(READS, int(1)), HOUR));
    let mut unreal = World::new(same(), Script::default());
    unreal.start().await.unwrap();
    assert_eq!(again(same(), &unreal, 0).await, (json!("anew"), 1), "virtual time fills nothing");
    let before = first(same()).await;
    let mut unreal = World::new(same(), Script::default());
    unreal.store = before.store.reopen(Crash::Kill);
    unreal.store.cut(RUN, 0);
    assert_eq!(unreal.resume().await.unwrap(), Outcome::Succeeded(json!(1)), "and reads nothing");
}

#[tokio::test]
async fn a_result_that_cannot_be_read_is_none() {
    let same = || one(cached(act(READS, int(1)), HOUR));
    let before = first(same()).await;
    before.store.spoil(|kept| kept.body = b"{".to_vec());
    assert_eq!(again(same(), &before, 0).await, (json!("anew"), 1));
}

#[tokio::test]
async fn what_has_become_a_secret_is_not_taken() {
    let same = || one(cached(act(READS, int(1)), HOUR));
    let before = first(same()).await;
    let mut world = world(same(), Script::default(), Some(&before.store));
    world.redactor = crate::agent::secret::Redactor::new([&secrecy::SecretString::from("\"first\"".to_owned())]);
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!(1)));
}

#[tokio::test]
async fn failures_and_what_people_say_are_not_kept() {
    let call = || cached(act(READS, int(1)), HOUR);
    let asked = |call| {
        let asked = stage("a", call).on_failure(None, HandlerAction::Use(text("instead")));
        earnest(plan(vec![asked], of(0)))
    };
    let mut failing = world(asked(call()), Script::default().on("a", [fails("denied")]), None);
    assert_eq!(failing.start().await.unwrap(), Outcome::Succeeded(json!("instead")));
    assert_eq!(again(one(call()), &failing, 0).await, (json!("anew"), 1));
}

/// Items, rounds, and a workflow as a whole.
fn many() -> Plan {
    let mut called = workflow("called", vec![stage("x", act(READS, var(Var::Param(0))))], of(0));
    called.params.push(Param { name: "p".into(), doc: None, ty: ty(Kind::Json), default: None });
    let mut rounds = repeat(4, binary(BinaryOp::Equal, var(Var::Result), int(3)));
    rounds.with = vec![(0, binary(BinaryOp::Add, var(Var::Result), int(1)))];
    let items = map(list(vec![int(1), int(2), int(1)]), cached(act(READS, var(Var::Item)), HOUR));
    let stages = vec![
        stage("m", items),
        stage("r", Body::Call(cached(act(NONE, int(1)), HOUR).repeat(rounds))).reads(&[0]),
        stage("s", cached(sub(1, vec![of(0)]), HOUR)).reads(&[0, 1]),
    ];
    let mut plan = plan(stages, list(vec![of(0), of(1), of(2)]));
    plan.workflows.push(called);
    earnest(plan)
}

#[tokio::test]
async fn items_rounds_and_workflows_are_answered_too_and_it_is_told() {
    let mut before = world(many(), Script::default(), None);
    let end = before.start().await.unwrap();
    assert_eq!(end, Outcome::Succeeded(json!([[1, 2, 1], 3, [1, 2, 1]])));
    let mut world = world(many(), Script::default(), Some(&before.store));
    assert_eq!(world.resume().await.unwrap(), end);
    assert_eq!(world.script.stages(), [] as [&str; 0]);
    let told = world.events();
    for line in ["m[1] gave 2, cached", "r#1 gave 1, cached", "r gave 3, cached", "s gave [1,2,1], cached"] {
        assert!(told.contains(&line.to_owned()), "{line} in {told:?}");
    }
    let reports = world.told.0.lock().unwrap();
    let key = reports.iter().find_map(|report| match &report.event {
        Event::StageSucceeded { cache, kept: true, .. } => cache.clone(),
        _ => None,
    });
    assert_eq!(key.map(|key| key.len()), Some(64));
    assert!(world.journal().iter().filter(|record| record.contains(r#"{"recalled""#)).count() >= 7);
}

#[tokio::test]
async fn killed_at_any_commit_what_was_found_stays_found() {
    let mut before = world(many(), Script::default(), None);
    let end = before.start().await.unwrap();
    // Half of it is known: one of the items, the first round.
    for commit in 1..before.store.commits() {
        for verdict in [Verdict::StopAfter, Verdict::StopBefore] {
            let mut killed = world(many(), Script::default(), None);
            killed.store.set_hook(move |this| if this.number == commit { verdict } else { Verdict::Commit });
            let died = killed.start().await;
            killed.store = killed.store.reopen(Crash::Kill);
            if died.is_err() && killed.find().await.result.is_none() {
                assert_eq!(killed.resume().await.unwrap(), end, "killed at commit {commit}");
            }
            // What it found does not change any more, whatever becomes of what is kept.
            killed.store.spoil(|kept| kept.body.clear());
            let info = killed.find().await;
            let loaded = crate::engine::recover::load(&killed.store, &info, &killed.plan).await.unwrap();
            assert_eq!(loaded.run.end, Some(crate::engine::state::End::Succeeded(end_value(&end))));
        }
    }
}

fn end_value(end: &Outcome) -> crate::value::Value {
    let Outcome::Succeeded(json) = end else { panic!("it succeeds") };
    crate::value::json::decode(json, &ty(Kind::Json)).unwrap()
}

#[tokio::test]
async fn a_long_result_that_was_found_is_kept_beside_the_journal() {
    let long = "x".repeat(100_000);
    let same = || one(cached(act(READS, int(1)), HOUR));
    let mut before = world(same(), Script::default().on("a", [gives(long.clone())]), None);
    before.start().await.unwrap();
    let mut world = world(same(), Script::default(), Some(&before.store));
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!(long)));
    assert!(world.journal().iter().all(|record| record.len() < 1_000));
    let loaded = crate::engine::recover::load(&world.store, &world.find().await, &world.plan).await.unwrap();
    assert!(loaded.run.end.is_some());
}

/// `a` and `b` make the same call at the same time, `c` another.
fn twins() -> Plan {
    let call = |x| cached(act(READS, int(x)), HOUR);
    let stages = vec![stage("a", call(1)), stage("b", call(1)), stage("c", call(2)), stage("d", call(1)).reads(&[2])];
    let mut plan = earnest(plan(stages, list(vec![of(0), of(1), of(2), of(3)])));
    plan.agents.iter_mut().for_each(|agent| agent.parallel = Some(4));
    plan
}

#[tokio::test]
async fn of_equal_calls_at_the_same_time_one_is_carried_out() {
    let script = Script::default().on("a", [gives("first").takes(500)]).on("c", [gives("other").takes(100)]);
    let mut world = world(twins(), script, None);
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(["first", "first", "other", "first"])));
    assert_eq!(world.script.stages(), ["a", "c"]);
    let told = world.events();
    for line in ["b gave \"first\", cached", "d gave \"first\", cached"] {
        assert!(told.contains(&line.to_owned()), "{line} in {told:?}");
    }
}

#[tokio::test]
async fn where_it_fails_the_next_of_them_is_carried_out() {
    let mut plan = twins();
    plan.workflows[0].stages[0].handlers =
        stage("a", act(READS, int(1))).on_failure(None, HandlerAction::Skip).handlers;
    let script = || Script::default().on("a", [fails("denied").takes(500)]).on("b", [gives("second").takes(300)]);
    let end = Outcome::Succeeded(json!([null, "second", 2, "second"]));
    let mut one = world(plan.clone(), script(), None);
    assert_eq!(one.start().await.unwrap(), end);
    assert_eq!(one.script.stages(), ["a", "c", "b"]);
    assert_eq!(one.script.of("b")[0].at - START_MS, 500);
    for commit in 1..one.store.commits() {
        for verdict in [Verdict::StopAfter, Verdict::StopBefore] {
            let mut killed = world(plan.clone(), script(), None);
            killed.store.set_hook(move |this| if this.number == commit { verdict } else { Verdict::Commit });
            let died = killed.start().await;
            killed.store = killed.store.reopen(Crash::Kill);
            if died.is_err() && killed.find().await.result.is_none() {
                let Outcome::Succeeded(result) = killed.resume().await.unwrap() else { panic!("killed at {commit}") };
                // Any of the three may come first then, and answers the others; only `a` can fail.
                assert!(result[0].is_null() || result[0] == result[1], "killed at commit {commit}: {result}");
                assert_eq!((&result[1], &result[2]), (&result[3], &json!(2)), "killed at commit {commit}");
            }
        }
    }
}

#[tokio::test]
async fn what_waits_for_an_equal_call_ends_with_what_is_around_it() {
    let mut plan = twins();
    plan.workflows[0].stages[1].deadline = Some(200);
    plan.workflows[0].cancel_on_failure = true;
    let mut world = world(plan, Script::default().on("a", [gives("first").takes(500)]), None);
    let Outcome::Failed(error) = world.start().await.unwrap() else { panic!("`b` has not so much time") };
    assert_eq!((error.class.as_str(), error.stage.as_deref()), ("timeout", Some("b")));
    assert_eq!(world.script.stages(), ["a", "c"]);
}

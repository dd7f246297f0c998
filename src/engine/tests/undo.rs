//! `undo`: newest first, once all has settled, each success by itself; and what a retry makes of what was undone.

use serde_json::json;

use super::plans::*;
use super::world::*;
use crate::engine::Outcome;
use crate::plan::{Param, Plan};
use crate::store::memory::{Crash, Verdict};
use crate::value::expr::{BinaryOp, Var};
use crate::value::types::Kind;

fn undone() -> crate::plan::Call {
    act(IDEMPOTENT, list(vec![text("undo"), var(Var::Result)]))
}

/// `a`, then `b` and `c` one after the other, then something that fails.
fn chain() -> Plan {
    let stages = vec![
        stage("a", act(IDEMPOTENT, int(1))).undo(undone()),
        stage("b", act(IDEMPOTENT, int(2))).reads(&[0]).undo(undone().retry(3, &["temporary"])),
        stage("quiet", act(IDEMPOTENT, int(3))).reads(&[1]),
        stage("bad", act(NONE, int(4))).reads(&[2]),
        stage("tidy", act(IDEMPOTENT, int(5))).finally(),
    ];
    plan(stages, of(3))
}

fn failed(outcome: Outcome) -> (String, bool, Vec<String>) {
    match outcome {
        Outcome::Failed(error) => (error.class, error.undo_incomplete, error.details),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_succeeded_is_undone_newest_first_before_finally() {
    let script = Script::default().on("bad", [fails("denied")]).on("b.undo", [fails("temporary"), gives("ok")]);
    let mut world = World::new(chain(), script);
    assert_eq!(failed(world.start().await.unwrap()), ("denied".into(), false, vec![]));
    assert_eq!(world.script.stages(), ["a", "b", "quiet", "bad", "b.undo", "b.undo", "a.undo", "tidy"]);
    let keys: Vec<String> = world.script.of("b.undo").into_iter().map(|call| call.key).collect();
    assert_eq!(keys, ["K/b@undo/-/-/0/0", "K/b@undo/-/-/0/1"]);
    assert!(world.events().contains(&"a.undo gave [\"undo\",1]".to_owned()), "{:?}", world.events());
}

#[tokio::test]
async fn a_run_that_succeeds_undoes_nothing() {
    let mut world = World::new(chain(), Script::default());
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(4)));
    assert_eq!(world.script.stages(), ["a", "b", "quiet", "bad", "tidy"]);
}

#[tokio::test]
async fn an_undo_that_fails_is_recorded_and_the_others_go_on() {
    let script = Script::default().on("bad", [fails("denied")]).on("b.undo", [fails("denied")]);
    let mut world = World::new(chain(), script);
    let (class, incomplete, details) = failed(world.start().await.unwrap());
    assert_eq!((class.as_str(), incomplete), ("denied", true));
    assert_eq!(details, ["undo_incomplete: `b.undo`: denied, as told"]);
    assert_eq!(world.script.stages()[4..], ["b.undo", "a.undo", "tidy"]);
    // What could not be undone is for a person to look at, before its stage runs again.
    let refused = world.retry(&[]).await.unwrap_err().to_string();
    assert!(refused.contains('b'), "{refused}");
    world.script = Script::default();
    assert_eq!(world.retry(&["b", "quiet"]).await.unwrap(), Outcome::Succeeded(json!(4)));
    assert_eq!(world.script.of("b")[0].key, "K/b/-/-/1/0");
}

#[tokio::test]
async fn what_was_undone_runs_again_under_other_keys_and_the_rest_is_kept_where_it_can_be() {
    let mut first = chain();
    first.workflows[0].stages.insert(0, stage("alone", act(IDEMPOTENT, int(9))));
    for stage in &mut first.workflows[0].stages {
        stage.needs.iter_mut().chain(&mut stage.reads).for_each(|id| id.0 += 1);
    }
    first.workflows[0].returns = Some(of(4));
    let mut world = World::new(first, Script::default().on("bad", [fails("denied"), gives("good")]));
    assert_eq!(failed(world.start().await.unwrap()).0, "denied");
    world.script.calls.lock().unwrap().clear();
    assert_eq!(world.retry(&["quiet"]).await.unwrap(), Outcome::Succeeded(json!("good")));
    assert_eq!(world.script.stages(), ["a", "b", "quiet", "bad", "tidy"]);
    assert_eq!(world.script.of("a")[0].key, "K/a/-/-/1/0");
}

#[tokio::test]
async fn cancelled_runs_undo_too() {
    let stages = vec![stage("a", act(IDEMPOTENT, int(1))).undo(undone()), stage("long", wait(1_000_000)).reads(&[0])];
    let mut world = World::new(plan(stages, of(0)), Script::default());
    let signals = [(START_MS + 10, crate::engine::Control::Suspend)];
    assert!(matches!(world.start_with(&signals).await.unwrap(), Outcome::Suspended(_)));
    world.send(crate::store::MessageBody::Cancel).await;
    assert_eq!(world.resume().await.unwrap(), Outcome::Cancelled);
    assert_eq!(world.script.stages(), ["a", "a.undo"]);
}

#[tokio::test]
async fn each_item_and_each_round_is_undone_by_itself() {
    let mut rounds = repeat(3, binary(BinaryOp::Equal, var(Var::Result), int(3)));
    rounds.with = vec![(0, binary(BinaryOp::Add, var(Var::Result), int(1)))];
    let items = map(list((0..3).map(int).collect()), act(IDEMPOTENT, var(Var::Item)));
    let of_item = act(IDEMPOTENT, list(vec![var(Var::Item), var(Var::Result)]));
    let stages = vec![
        stage("items", items).undo(of_item),
        stage("rounds", act(IDEMPOTENT, int(1)).repeat(rounds)).reads(&[0]).undo(undone()),
        stage("bad", act(NONE, int(4))).reads(&[1]),
    ];
    let script = Script::default().on("bad", [fails("denied")]).on("items[1]", [gives("b").takes(50)]);
    let mut world = World::new(plan(stages, of(2)), script);
    failed(world.start().await.unwrap());
    let undone: Vec<String> = world.script.stages().into_iter().filter(|stage| stage.ends_with("undo")).collect();
    let expected = ["rounds#3", "rounds#2", "rounds#1", "items[1]", "items[2]", "items[0]"];
    assert_eq!(undone, expected.map(|path| format!("{path}.undo")));
    assert!(world.events().contains(&"items[1].undo gave [1,\"b\"]".to_owned()), "{:?}", world.events());
}

/// A workflow of two stages with `undo`, called between two others.
fn nested(own: bool) -> Plan {
    let mut called = workflow(
        "called",
        vec![
            stage("x", act(IDEMPOTENT, var(Var::Param(0)))).undo(undone()),
            stage("y", act(IDEMPOTENT, int(2))).reads(&[0]).undo(undone()),
        ],
        of(1),
    );
    called.params.push(Param { name: "p".into(), doc: None, ty: ty(Kind::Json), default: None });
    let mut call = stage("s", sub(1, vec![of(0)])).reads(&[0]);
    call.undo = own.then(undone).map(Box::new);
    let stages = vec![
        stage("a", act(IDEMPOTENT, int(1))).undo(undone()),
        call,
        stage("c", act(IDEMPOTENT, int(3))).reads(&[1]).undo(undone()),
        stage("bad", act(NONE, int(4))).reads(&[2]),
    ];
    let mut plan = plan(stages, of(3));
    plan.workflows.push(called);
    plan
}

#[tokio::test]
async fn what_a_workflow_did_is_undone_at_its_place_unless_the_call_says_how() {
    let script = || Script::default().on("bad", [fails("denied")]);
    let mut world = World::new(nested(false), script());
    failed(world.start().await.unwrap());
    assert_eq!(world.script.stages()[5..], ["c.undo", "s.y.undo", "s.x.undo", "a.undo"]);
    let mut world = World::new(nested(true), script());
    failed(world.start().await.unwrap());
    assert_eq!(world.script.stages()[5..], ["c.undo", "s.undo", "a.undo"]);
}

#[tokio::test]
async fn a_workflow_that_fails_undoes_what_it_did_before_its_caller_hears_of_it() {
    let mut plan = nested(false);
    plan.workflows[1].stages[1].body = act(IDEMPOTENT, int(2)).into();
    let mut world = World::new(plan, Script::default().on("s.y", [fails("denied")]));
    failed(world.start().await.unwrap());
    assert_eq!(world.script.stages(), ["a", "s.x", "s.y", "s.x.undo", "a.undo"]);
}

#[tokio::test]
async fn an_inner_undo_that_fails_is_told_at_the_outermost() {
    let script = Script::default().on("bad", [fails("denied")]).on("s.x.undo", [fails("denied")]);
    let mut world = World::new(nested(false), script);
    let (_, incomplete, details) = failed(world.start().await.unwrap());
    assert!(incomplete);
    assert_eq!(details, ["undo_incomplete: `s.x.undo`: denied, as told"]);
}

#[tokio::test]
async fn death_at_any_commit_undoes_everything_once() {
    for (plan, expected) in [(chain(), 2), (nested(false), 4)] {
        for death in 1..40 {
            let script = Script::default().on("bad", [fails("denied").takes(5)]).by_key();
            let mut world = World::new(plan.clone(), script);
            let mut left = death;
            world.store.set_hook(move |commit| {
                left -= u64::from(!commit.records.is_empty() && left > 0);
                if left == 0 { Verdict::StopAfter } else { Verdict::Commit }
            });
            if world.start().await.is_err() {
                world.store = world.store.reopen(Crash::Kill);
                let info = world.find().await;
                if info.status == crate::store::Status::Running {
                    assert_eq!(failed(world.resume().await.unwrap()).0, "denied", "death {death}");
                }
            }
            let calls = world.script.calls.lock().unwrap();
            let mut undone: Vec<&str> = calls.iter().filter(|c| c.ended).map(|c| c.key.as_str()).collect();
            undone.retain(|key| key.contains("@undo"));
            undone.dedup();
            assert_eq!(undone.len(), expected, "death {death}: {undone:?}");
        }
    }
}

/// Nothing has been undone where `finally` alone failed: what a retry keeps is undone if that fails.
#[tokio::test]
async fn what_a_retry_keeps_is_undone_when_it_fails_later() {
    let mut plan = nested(false);
    plan.workflows[1].parallel = Some(1);
    let twice = map(list(vec![int(1), int(2)]), sub(1, vec![var(Var::Item)]));
    let mut rounds = repeat(2, binary(BinaryOp::Equal, var(Var::Result), int(2)));
    rounds.with = vec![(0, int(2))];
    plan.workflows[0].stages.push(stage("m", twice).reads(&[3]));
    plan.workflows[0].stages.push(stage("r", act(IDEMPOTENT, int(1)).repeat(rounds)).reads(&[4]).undo(undone()));
    plan.workflows[0].stages.push(stage("last", act(NONE, int(5))).reads(&[5]));
    plan.workflows[0].stages.push(stage("tidy", act(IDEMPOTENT, int(6))).finally());
    let script = Script::default().on("tidy", [fails("denied"), fails("denied"), gives(6)]);
    let mut world = World::new(plan, script);
    assert_eq!(failed(world.start().await.unwrap()).0, "denied");
    assert!(world.script.stages().iter().all(|stage| !stage.ends_with("undo")), "the body has succeeded");
    // Kept once more, and through a death of the process, before it fails in the end.
    assert_eq!(failed(world.retry(&[]).await.unwrap()).0, "denied");
    world.script = Script::default().on("last", [fails("denied")]);
    world.store.set_hook(|commit| match commit.records.iter().any(|record| record.body.contains("K/s~1.y@undo")) {
        true => Verdict::StopBefore,
        false => Verdict::Commit,
    });
    assert!(world.retry(&["last"]).await.is_err());
    world.store = world.store.reopen(Crash::Kill);
    assert_eq!(failed(world.resume().await.unwrap()).0, "denied");
    let mut undone = world.script.stages();
    undone.retain(|stage| stage.ends_with("undo"));
    // What was under way when the process died was carried out once more, under the same key.
    undone.dedup();
    let expected =
        ["r#2.undo", "r#1.undo", "m[1].y.undo", "m[1].x.undo", "m[0].y.undo", "m[0].x.undo", "c.undo", "s.y.undo"];
    assert_eq!(undone[..8], expected);
    assert_eq!(undone[8..], ["s.x.undo", "a.undo"]);
}

fn keys(world: &World, stage: &str) -> Vec<String> {
    world.script.of(stage).into_iter().map(|call| call.key).collect()
}

#[tokio::test]
async fn what_undoes_rounds_has_other_keys_in_each_life() {
    let rounds = || repeat(2, binary(BinaryOp::Equal, var(Var::Result), text("never")));
    let one = plan(vec![stage("r", act(WRITES, int(1)).repeat(rounds())).undo(undone())], of(0));
    let items = map(list(vec![int(1)]), act(WRITES, var(Var::Item)).repeat(rounds()));
    let item = plan(vec![stage("r", items).undo(undone())], of(0));
    for (plan, path, index) in [(one, "r#2", "-"), (item, "r[0]#2", "0")] {
        let mut world = World::new(plan, Script::default());
        assert_eq!(failed(world.start().await.unwrap()).0, "exhausted");
        for _ in 0..2 {
            assert_eq!(failed(world.retry(&[]).await.unwrap()).0, "exhausted");
        }
        let lives = |site: &str| (0..3).map(|life| format!("K/r{site}/2/{index}/{life}/0")).collect::<Vec<_>>();
        assert_eq!(keys(&world, path), lives(""));
        assert_eq!(keys(&world, &format!("{path}.undo")), lives("@undo"));
    }
}

#[tokio::test]
async fn what_undoes_inside_a_workflow_that_succeeded_is_tried_again_as_it_says() {
    let mut plan = nested(false);
    plan.workflows[1].stages[1].undo = Some(Box::new(undone().retry(3, &["temporary"])));
    let script = Script::default().on("bad", [fails("denied")]);
    let script = script.on("s.y.undo", [fails("temporary"), fails("temporary"), gives(1)]);
    let mut world = World::new(plan, script);
    assert_eq!(failed(world.start().await.unwrap()), ("denied".into(), false, vec![]));
    assert_eq!(world.script.stages()[5..], ["c.undo", "s.y.undo", "s.y.undo", "s.y.undo", "s.x.undo", "a.undo"]);
    assert_eq!(keys(&world, "s.y.undo")[2], "K/s~1.y@undo/-/-/0/2");
}

#[tokio::test]
async fn what_undoes_a_round_is_told_once() {
    let mut rounds = repeat(3, binary(BinaryOp::Equal, var(Var::Result), int(2)));
    rounds.with = vec![(0, int(2))];
    let stages = vec![
        stage("r", act(WRITES, int(1)).repeat(rounds)).undo(act(WRITES, int(9))),
        stage("bad", act(NONE, int(3))).after(&[0]),
    ];
    let script = Script::default().on("bad", [fails("denied")]);
    let mut world = World::new(plan(stages, of(0)), script);
    world.start().await.unwrap();
    let events = world.events();
    let told = |line: &str| events.iter().filter(|event| *event == line).count();
    assert_eq!((told("r#2 gave 2"), told("r#2.undo gave 9"), told("r#1.undo gave 9")), (1, 1, 1), "{events:?}");
}

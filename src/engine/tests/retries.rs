//! `wfc runs retry`: what is kept, on the same and on a changed plan.

use serde_json::json;

use super::plans::*;
use super::world::*;
use crate::engine::retry::Fate;
use crate::engine::{Outcome, RunError};
use crate::plan::{HandlerAction, Param, Plan};
use crate::store::{Decision, MessageBody, Status};
use crate::value::expr::{BinaryOp, Var};
use crate::value::types::Kind;

fn chain(agent: u32) -> Plan {
    let stages = vec![
        stage("a", act(agent, int(1))),
        stage("b", act(NONE, of(0))).reads(&[0]),
        stage("c", act(NONE, of(1))).reads(&[1]),
        stage("tidy", act(NONE, int(1))).finally(),
    ];
    plan(stages, of(2))
}

async fn failed(plan: Plan, script: Script) -> World {
    let mut world = World::new(plan, script);
    assert!(matches!(world.start().await.unwrap(), Outcome::Failed(_)));
    world
}

fn changed(plan: &Plan, stage: usize, definition: &str) -> std::sync::Arc<Plan> {
    let mut plan = plan.clone();
    plan.hash = "plan-2".into();
    plan.workflows[0].stages[stage].definition = definition.into();
    std::sync::Arc::new(plan)
}

#[tokio::test]
async fn what_succeeded_is_kept_and_the_rest_runs() {
    let script = Script::default().on("b", [fails("denied"), gives("b")]);
    let mut world = failed(chain(WRITES), script).await;
    assert_eq!(world.retry(&[]).await.unwrap(), Outcome::Succeeded(json!("b")));
    assert_eq!(world.script.stages(), ["a", "b", "tidy", "b", "c", "tidy"]);
    assert!(world.events().contains(&"a gave 1, kept".to_owned()));
    let (b, tidy) = (world.script.of("b"), world.script.of("tidy"));
    assert_eq!((b[1].attempt, b[1].key.as_str()), (2, "K/b/-/-/0/1"));
    assert_eq!([tidy[0].key.as_str(), tidy[1].key.as_str()], ["K/tidy!1/-/-/0/0", "K/tidy!2/-/-/0/0"]);
    let info = world.find().await;
    assert_eq!((info.status, info.because), (Status::Succeeded, None));
    assert!(matches!(world.retry(&[]).await, Err(RunError::Ended { .. })), "it succeeded");
}

/// A result is kept if it succeeded (rulings 3): a failure has none. One that the workflow does without stays all the same where
/// something has been written on the strength of that.
#[tokio::test]
async fn a_failure_that_is_done_without_is_tried_again_unless_something_has_written_after_it() {
    let stages = |agent| {
        vec![
            stage("maybe", act(READS, int(1))).on_failure(None, HandlerAction::Skip),
            stage("then", act(agent, of(0))).reads(&[0]),
            stage("last", act(NONE, int(3))).after(&[1]),
        ]
    };
    let script = || {
        let script = Script::default().on("maybe", [fails("denied"), gives(1)]);
        script.on("last", [fails("denied"), gives("end")])
    };
    let mut world = failed(plan(stages(READS), of(2)), script()).await;
    assert_eq!(world.retry(&[]).await.unwrap(), Outcome::Succeeded(json!("end")));
    assert_eq!(world.script.stages(), ["maybe", "then", "last", "maybe", "then", "last"]);

    let mut world = failed(plan(stages(WRITES), of(2)), script()).await;
    assert_eq!(world.retry(&[]).await.unwrap(), Outcome::Succeeded(json!("end")));
    assert_eq!(world.script.stages(), ["maybe", "then", "last", "last"]);

    let mut world = failed(plan(stages(WRITES), of(2)), script()).await;
    let refused = world.retry(&["maybe"]).await;
    let Err(RunError::Refused { stages: refused, .. }) = refused else { panic!("`then` wrote: {refused:?}") };
    assert_eq!((refused[0].path.as_str(), refused[0].fate), ("then", Fate::Refused));
    assert_eq!(world.retry(&["then"]).await.unwrap(), Outcome::Succeeded(json!("end")));
    assert_eq!(world.script.stages(), ["maybe", "then", "last", "maybe", "then", "last"]);
}

/// What was begun and came to nothing, or never began, is no reason to keep a failure: the next life has the value.
#[tokio::test]
async fn a_write_that_came_to_nothing_keeps_no_failure() {
    let skipped = || stage("maybe", act(READS, int(1))).on_failure(None, HandlerAction::Skip);
    let script = || Script::default().on("maybe", [fails("denied"), gives(1)]);
    let stages = vec![skipped(), stage("then", act(WRITES, of(0))).reads(&[0])];
    let mut world = failed(plan(stages, of(1)), script().on("then", [fails("denied"), gives("end")])).await;
    assert_eq!(world.retry(&[]).await.unwrap(), Outcome::Succeeded(json!("end")));
    assert_eq!(world.script.stages(), ["maybe", "then", "maybe", "then"]);
    assert_eq!(world.script.of("then")[1].given, [json!(1)]);

    // It waited for its turn, and never had it.
    let stages = vec![
        stage("first", act(WRITES, int(7))),
        skipped(),
        stage("then", act(WRITES, of(1))).reads(&[1]),
        stage("both", act(NONE, of(2))).reads(&[0, 2]),
    ];
    let mut queued = plan(stages, of(3));
    queued.agents[WRITES as usize].parallel = Some(1);
    let mut world = failed(queued, script().on("first", [fails("denied").takes(10), gives(7)])).await;
    assert!(world.script.of("then").is_empty());
    assert_eq!(world.retry(&[]).await.unwrap(), Outcome::Succeeded(json!(1)));
    assert_eq!((world.script.of("maybe").len(), world.script.of("then").len()), (2, 1));
}

/// What has written inside a stage that failed stands, and so does what nobody knows.
#[tokio::test]
async fn a_write_inside_a_failed_stage_keeps_a_failure() {
    let called = |first: u32| {
        let inner = vec![stage("one", act(first, var(Var::Param(0)))), stage("two", act(WRITES, of(0))).reads(&[0])];
        let mut called = workflow("called", inner, of(1));
        called.params.push(Param { name: "x".into(), doc: None, ty: ty(Kind::Json), default: None });
        let skipped = stage("maybe", act(READS, int(1))).on_failure(None, HandlerAction::Skip);
        let mut plan = plan(vec![skipped, stage("call", sub(1, vec![of(0)])).reads(&[0])], of(1));
        plan.workflows.push(called);
        plan
    };
    let script = || Script::default().on("maybe", [fails("denied"), gives(1)]);
    for (first, times) in [(WRITES, 1), (READS, 2)] {
        let script = script().on("call.two", [fails("denied"), gives("two")]);
        let mut world = failed(called(first), script).await;
        assert_eq!(world.retry(&[]).await.unwrap(), Outcome::Succeeded(json!("two")));
        assert_eq!(world.script.of("maybe").len(), times, "{first}");
        assert_eq!(world.script.of("call.one").len(), times, "{first}");
    }

    let items = || {
        let skipped = stage("maybe", act(READS, int(1))).on_failure(None, HandlerAction::Skip);
        let mut items = map(list(vec![of(0), int(5)]), act(WRITES, var(Var::Item)));
        items.parallel = Some(1);
        plan(vec![skipped, stage("m", items).reads(&[0])], of(1))
    };
    for (fails_at, times) in [("m[0]", 2), ("m[1]", 1)] {
        let mut world = failed(items(), script().on(fails_at, [fails("denied"), gives("end")])).await;
        assert!(matches!(world.retry(&[]).await.unwrap(), Outcome::Succeeded(_)));
        assert_eq!(world.script.of("maybe").len(), times, "{fails_at}");
    }
}

/// What `failed(s)` handles may be why the run failed: it is tried again.
#[tokio::test]
async fn a_failure_that_is_looked_at_is_tried_again() {
    let stages = vec![
        stage("test", act(READS, int(1))).observed(),
        stage("tell", act(WRITES, of(0))).reads(&[0]),
        stage("last", act(NONE, int(3))).after(&[1]),
    ];
    let script = Script::default().on("test", [fails("denied"), gives(1)]);
    let mut world = failed(plan(stages, of(2)), script.on("last", [fails("denied"), gives("end")])).await;
    assert!(matches!(world.retry(&[]).await, Err(RunError::Refused { .. })), "`tell` wrote");
    assert_eq!(world.retry(&["tell"]).await.unwrap(), Outcome::Succeeded(json!("end")));
    assert_eq!(world.script.of("test").len(), 2);
}

#[tokio::test]
async fn a_changed_stage_and_all_that_reads_it_run_again() {
    let script = Script::default().on("c", [fails("denied"), gives("c")]);
    let mut world = failed(chain(READS), script).await;
    world.plan = changed(&world.plan, 0, "other");
    assert_eq!(world.retry(&[]).await.unwrap(), Outcome::Succeeded(json!("c")));
    assert_eq!(world.script.stages(), ["a", "b", "c", "tidy", "a", "b", "c", "tidy"]);
    assert_eq!(world.script.of("a")[1].key, "K/a/-/-/1/0", "a result was not kept");
    assert_eq!(world.find().await.plan, "plan-2");
}

#[tokio::test]
async fn a_write_that_cannot_be_kept_is_repeated_only_when_it_is_named() {
    let script = Script::default().on("c", [fails("denied"), gives("c")]);
    let mut world = failed(chain(WRITES), script).await;
    world.plan = changed(&world.plan, 0, "other");
    match world.retry(&[]).await {
        Err(RunError::Refused { stages, .. }) => {
            assert_eq!(stages.iter().map(|stage| stage.path.as_str()).collect::<Vec<_>>(), ["a"]);
            assert_eq!(stages[0].because, "wrote and cannot be kept: its definition changed");
        }
        other => panic!("it is refused, not {other:?}"),
    }
    assert_eq!(world.find().await.status, Status::Failed, "nothing was written");
    assert_eq!(world.retry(&["a"]).await.unwrap(), Outcome::Succeeded(json!("c")));
    assert_eq!(world.script.of("a").len(), 2);
}

#[tokio::test]
async fn what_succeeded_inside_a_failed_call_is_kept() {
    let inner = vec![stage("one", act(WRITES, var(Var::Param(0)))), stage("two", act(NONE, of(0))).reads(&[0])];
    let mut called = workflow("called", inner, of(1));
    called.params.push(Param { name: "x".into(), doc: None, ty: ty(Kind::Json), default: None });
    let mut plan = plan(vec![stage("call", sub(1, vec![int(4)]))], of(0));
    plan.workflows.push(called);
    let mut world = failed(plan.clone(), Script::default().on("call.two", [fails("denied"), gives("two")])).await;
    assert_eq!(world.retry(&[]).await.unwrap(), Outcome::Succeeded(json!("two")));
    assert_eq!(world.script.stages(), ["call.one", "call.two", "call.two"]);
    assert_eq!(world.script.of("call.two")[1].key, "K/call~1.two/-/-/0/1", "the attempt of the call stays");

    // The inner stage is mended: the call is another, what it did before stays.
    let mut world = failed(plan.clone(), Script::default().on("call.two", [fails("denied"), gives("two")])).await;
    let mut mended = plan.clone();
    mended.hash = "plan-2".into();
    mended.workflows[1].stages[1].definition = "mended".into();
    mended.workflows[1].definition = "mended".into();
    mended.workflows[0].stages[0].definition = "mended".into();
    world.plan = std::sync::Arc::new(mended);
    assert_eq!(world.retry(&[]).await.unwrap(), Outcome::Succeeded(json!("two")));
    assert_eq!(world.script.stages(), ["call.one", "call.two", "call.two"]);

    // Other arguments: what it wrote may not be lost unasked.
    let mut world = failed(plan.clone(), Script::default().on("call.two", [fails("denied"), gives("two")])).await;
    let mut other = plan;
    other.hash = "plan-3".into();
    other.workflows[0].stages[0] = stage("call", sub(1, vec![int(5)])).define("other");
    world.plan = std::sync::Arc::new(other);
    match world.retry(&[]).await {
        Err(RunError::Refused { stages, .. }) => assert_eq!(stages[0].path, "call.one"),
        other => panic!("it is refused, not {other:?}"),
    }
    assert_eq!(world.retry(&["call.one"]).await.unwrap(), Outcome::Succeeded(json!("two")));
    assert_eq!(world.script.of("call.one")[1].key, "K/call^1~2.one/-/-/0/0");
}

#[tokio::test]
async fn items_and_rounds_are_kept() {
    let mut items = map(list((0..4).map(int).collect()), act(WRITES, var(Var::Item)));
    items.parallel = Some(1);
    let script = Script::default().on("m[2]", [fails("denied"), gives("two")]);
    let mut world = failed(plan(vec![stage("m", items)], of(0)), script).await;
    assert_eq!(world.retry(&[]).await.unwrap(), Outcome::Succeeded(json!([0, 1, "two", 3])));
    assert_eq!(world.script.stages(), ["m[0]", "m[1]", "m[2]", "m[2]", "m[3]"]);

    let mut rounds = repeat(5, binary(BinaryOp::Equal, var(Var::Result), int(3)));
    rounds.with = vec![(0, var(Var::Result))];
    let script = Script::default().on("r#1", [gives(2)]).on("r#2", [fails("denied"), gives(3)]);
    let mut world = failed(plan(vec![stage("r", act(WRITES, int(1)).repeat(rounds))], of(0)), script).await;
    assert_eq!(world.retry(&[]).await.unwrap(), Outcome::Succeeded(json!(3)));
    assert_eq!(world.script.stages(), ["r#1", "r#2", "r#2"]);
    assert_eq!(world.script.of("r#2")[1].key, "K/r/2/-/0/1");
}

#[tokio::test]
async fn exhausted_rounds_go_on_with_as_many_again() {
    let rounds = |up_to| repeat(up_to, binary(BinaryOp::Equal, var(Var::Result), int(3)));
    let staged = |up_to| plan(vec![stage("r", act(READS, int(1)).repeat(rounds(up_to)))], of(0));
    let script = || Script::default().on("r#4", [gives(3)]);
    let mut world = failed(staged(2), script()).await;
    assert_eq!(world.retry(&[]).await.unwrap(), Outcome::Succeeded(json!(3)));
    assert_eq!(world.script.stages(), ["r#1", "r#2", "r#3", "r#4"]);
    assert_eq!(world.script.of("r#3")[0].key, "K/r/3/-/0/0");

    let mut world = failed(staged(1), script()).await;
    for _ in 0..2 {
        let Outcome::Failed(error) = world.retry(&[]).await.unwrap() else {
            panic!("one round more, and exhausted again")
        };
        assert_eq!(error.class, "exhausted");
    }
    assert_eq!(world.script.stages(), ["r#1", "r#2", "r#3"]);

    let mut world = failed(staged(2), script()).await;
    let mut more = staged(3);
    more.hash = "plan-2".into();
    more.workflows[0].stages[0].definition = "more rounds".into();
    world.plan = std::sync::Arc::new(more);
    assert!(matches!(world.retry(&[]).await.unwrap(), Outcome::Failed(_)));
    assert_eq!(world.script.stages(), ["r#1", "r#2", "r#3"], "up to as many as there are now");
}

#[tokio::test]
async fn an_unknown_outcome_is_settled_before_anything_starts_again() {
    let stages = vec![stage("w", act(WRITES, int(1)).timeout(1_000))];
    let script = Script::default().on("w", [gives(1).takes(60_000), gives(2)]);
    let mut world = failed(plan(stages, of(0)), script).await;
    assert!(matches!(world.retry(&[]).await.unwrap(), Outcome::Waiting(_)));
    assert_eq!(world.script.of("w").len(), 1);
    let body = MessageBody::Answer { stage: "w".into(), decision: Decision::DidNotHappen };
    world.send(body).await;
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!(2)));
    assert_eq!(world.script.of("w")[1].attempt, 2);
}

#[tokio::test]
async fn only_the_same_idempotent_call_repeats_past_an_unknown_outcome() {
    let staged = || plan(vec![stage("w", act(IDEMPOTENT, int(1)).timeout(1_000))], of(0));
    let script = || Script::default().on("w", [gives(1).takes(60_000), gives(2)]);
    let mut world = failed(staged(), script()).await;
    assert_eq!(world.retry(&[]).await.unwrap(), Outcome::Succeeded(json!(2)));
    let calls = world.script.of("w");
    assert_eq!(calls[0].key, calls[1].key);

    let mut world = failed(staged(), script()).await;
    world.plan = changed(&world.plan, 0, "other");
    assert!(matches!(world.retry(&[]).await.unwrap(), Outcome::Waiting(_)));
}

#[tokio::test]
async fn the_decisions_are_told_stage_by_stage() {
    let stages = vec![
        stage("a", act(WRITES, int(1))),
        stage("skipped", act(NONE, int(1))).when(0, true),
        stage("b", act(NONE, of(0))).reads(&[0]),
        stage("rescued", act(NONE, int(1))).on_failure(None, HandlerAction::Skip),
        stage("c", act(NONE, of(2))).reads(&[2]),
    ];
    let mut plan = plan(stages, of(4));
    plan.workflows[0].conditions.push(condition(binary(BinaryOp::Equal, of(0), int(2)), &[0]));
    let script = Script::default().on("b", [fails("denied").takes(5)]).on("rescued", [fails("crashed")]);
    let world = failed(plan, script).await;
    let loaded = crate::engine::recover::load(&world.store, &world.info(), &world.plan).await.unwrap();
    let decisions = decisions(&world.plan, &loaded.run, &world.plan, false);
    let told: Vec<_> = decisions.iter().map(|d| (d.path.as_str(), d.fate, d.because.as_str())).collect();
    let expected = [
        ("a", Fate::Kept, "kept"),
        ("b", Fate::Again, "it failed"),
        ("rescued", Fate::Again, "it failed"),
        ("c", Fate::New, "not started before"),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_retry_can_be_killed_and_resumed_and_retried() {
    let script = Script::default().on("b", [fails("denied"), fails("denied"), gives("b")]);
    let mut world = failed(chain(WRITES), script).await;
    assert!(matches!(world.retry(&[]).await.unwrap(), Outcome::Failed(_)));
    let records = world.store.journal(RUN).len();
    let before = world.store.reopen(crate::store::memory::Crash::Kill);
    assert_eq!(world.retry(&[]).await.unwrap(), Outcome::Succeeded(json!("b")));
    let journal = world.store.journal(RUN);
    for cut in records + 1..journal.len() {
        let mut again = World::new(chain(WRITES), Script::default());
        again.store = world.store.reopen(crate::store::memory::Crash::Kill);
        again.store.cut(RUN, cut);
        again.clock_ms = world.clock_ms;
        let outcome = again.resume().await.unwrap();
        assert!(matches!(outcome, Outcome::Succeeded(_)), "cut after {cut}");
        assert!(again.script.of("a").is_empty());
    }
    assert_eq!(before.journal(RUN).len(), records);
}

#[tokio::test]
async fn what_one_retry_kept_and_did_not_come_to_the_next_one_keeps() {
    let mut items = map(list((0..4).map(int).collect()), act(WRITES, var(Var::Item)));
    items.parallel = Some(4);
    let stages = vec![
        stage("first", act(READS, int(1))),
        stage("kept", act(WRITES, int(2))),
        stage("after", act(WRITES, of(0))).reads(&[0]),
        stage("m", items).after(&[0]),
        stage("bad", act(READS, list(vec![of(2), of(3)]))).reads(&[2, 3]),
    ];
    let script = Script::default()
        .on("first", [gives(1), fails("denied"), gives(1)])
        .on("m[0]", [fails("denied").takes(10), gives(0)]);
    let mut world = failed(plan(stages, of(4)), script).await;
    // What all read is another, and fails before they begin.
    world.plan = changed(&world.plan, 0, "other");
    assert!(matches!(world.retry(&["after"]).await.unwrap(), Outcome::Failed(_)));
    assert!(matches!(world.retry(&["after"]).await.unwrap(), Outcome::Succeeded(_)));
    for (stage, calls) in [("kept", 1), ("after", 2), ("m[0]", 2), ("m[1]", 1), ("m[2]", 1), ("m[3]", 1)] {
        assert_eq!(world.script.of(stage).len(), calls, "{stage}");
    }
    assert_eq!(world.script.of("after")[1].key, "K/after/-/-/1/0", "a result was not kept");
    assert_eq!(world.script.of("m[0]")[1].key, "K/m/-/0/0/1", "after a known failure");
}

#[tokio::test]
async fn a_stage_that_goes_and_comes_back_meets_none_of_its_keys() {
    let script = Script::default().on("c", [fails("denied"), fails("denied"), gives("c")]);
    let mut world = failed(chain(IDEMPOTENT), script).await;
    let whole = world.plan.clone();
    let mut without = Plan { hash: "plan-2".into(), ..(*whole).clone() };
    without.workflows[0].stages[0].name = "other".into();
    world.plan = std::sync::Arc::new(without);
    assert!(matches!(world.retry(&[]).await.unwrap(), Outcome::Failed(_)));
    world.plan = whole;
    assert_eq!(world.retry(&[]).await.unwrap(), Outcome::Succeeded(json!("c")));
    let keys: Vec<String> = world.script.of("a").into_iter().map(|call| call.key).collect();
    assert_eq!(keys, ["K/a/-/-/0/0", "K/a/-/-/1/0"]);
}

#[tokio::test]
async fn a_cancel_that_came_too_late_does_not_hit_the_next_life() {
    let script = Script::default().on("b", [fails("denied"), gives("b")]);
    let mut world = failed(chain(WRITES), script).await;
    world.send(MessageBody::Cancel).await;
    assert_eq!(world.retry(&[]).await.unwrap(), Outcome::Succeeded(json!("b")));
}

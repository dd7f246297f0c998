//! What calls leave open: effects that may have happened, and what could not be undone. Nothing around them is tried again, and
//! the end of the run says so.

use std::sync::Arc;

use super::plans::*;
use super::world::*;
use crate::engine::report::ErrorInfo;
use crate::engine::{Control, Outcome};
use crate::plan::{Body, HandlerAction, Plan, Stage};
use crate::store::{Decision, MessageBody};

const ANY: &[&str] = &["failed", "timeout", "denied"];

/// `s` calls a workflow of these stages, and tries that three times.
fn tried(inner: Vec<Stage>) -> Plan {
    calling(sub(1, vec![]).retry(3, ANY), inner)
}

fn calling(call: crate::plan::Call, inner: Vec<Stage>) -> Plan {
    let mut plan = plan(vec![stage("s", call)], of(0));
    plan.workflows.push(workflow("called", inner, of(0)));
    plan
}

fn write(name: &str) -> Stage {
    stage(name, act(WRITES, int(1))).undo(act(WRITES, int(2)))
}

fn slow() -> [Step; 1] {
    [gives(1).takes(60_000)]
}

fn failure(outcome: Outcome) -> ErrorInfo {
    match outcome {
        Outcome::Failed(error) => error,
        other => panic!("it fails, not {other:?}"),
    }
}

#[tokio::test]
async fn a_call_is_not_tried_again_when_its_timeout_has_killed_a_write() {
    let plan = calling(sub(1, vec![]).timeout(1_000).retry(3, ANY), vec![write("a")]);
    let mut world = World::new(plan, Script::default().on("s.a", slow()));
    let error = failure(world.start().await.unwrap());
    assert_eq!((error.class.as_str(), error.maybe_happened), ("timeout", true));
    assert_eq!(error.details, ["`s.a` may have happened all the same"]);
    assert_eq!(world.script.stages(), ["s.a"]);
}

#[tokio::test]
async fn a_call_is_not_tried_again_when_a_failure_beside_a_write_has_killed_it() {
    let mut plan = tried(vec![write("a"), stage("b", act(READS, int(1)))]);
    plan.workflows[1].cancel_on_failure = true;
    let mut world = World::new(plan, Script::default().on("s.a", slow()).on("s.b", [fails("failed").takes(100)]));
    let error = failure(world.start().await.unwrap());
    assert_eq!((error.class.as_str(), error.maybe_happened), ("failed", true));
    assert_eq!((world.script.of("s.a").len(), world.script.of("s.b").len()), (1, 1));
}

#[tokio::test]
async fn a_call_is_not_tried_again_when_a_write_of_unknown_outcome_was_let_go() {
    let replaced = || HandlerAction::Call(act(READS, int(7)));
    for action in [HandlerAction::Skip, HandlerAction::Use(int(7)), replaced()] {
        let timed = stage("a", act(WRITES, int(1)).timeout(1_000)).undo(act(WRITES, int(2)));
        let inner = vec![timed.on_failure(None, action), stage("b", act(READS, int(1))).after(&[0])];
        let mut world = World::new(tried(inner), Script::default().on("s.a", slow()).on("s.b", [fails("failed")]));
        let error = failure(world.start().await.unwrap());
        assert_eq!((error.class.as_str(), error.maybe_happened), ("failed", true));
        let writes = world.script.of("s.a").into_iter().filter(|call| !call.key.contains("@use"));
        assert_eq!(writes.count(), 1);
    }
}

#[tokio::test]
async fn a_call_is_not_tried_again_when_an_undo_in_it_failed() {
    let inner = vec![write("a"), stage("b", act(READS, int(1))).after(&[0])];
    let script = Script::default().on("s.b", [fails("failed")]).on("s.a.undo", [fails("denied")]);
    let mut world = World::new(tried(inner), script);
    let error = failure(world.start().await.unwrap());
    assert_eq!((error.maybe_happened, error.undo_incomplete), (false, true));
    assert_eq!(error.details, ["undo_incomplete: `s.a.undo`: denied, as told"]);
    assert_eq!(world.script.stages(), ["s.a", "s.b", "s.a.undo"]);
}

/// Two calls deep, in an item, with the inner failure handled: what is open is told at the outermost.
#[tokio::test]
async fn what_is_open_reaches_the_outermost_call_from_however_deep() {
    let items = map(list(vec![int(1), int(2)]), sub(2, vec![]));
    let between = vec![
        stage("m", Body::from(items)).on_failure(None, HandlerAction::Skip),
        stage("b", act(READS, int(1))).after(&[0]),
    ];
    let mut plan = tried(between);
    let inner = vec![write("w"), stage("long", act(WRITES, int(1)).timeout(1_000)).after(&[0])];
    plan.workflows.push(workflow("innermost", inner, of(0)));
    let told = |key: &str| match key {
        _ if key.contains("long") => gives(1).takes(60_000),
        _ if key.contains(".b/") => fails("failed"),
        _ if key.contains("undo") => fails("denied"),
        _ => gives(1),
    };
    let mut world = World::new(plan, Script::default().told_by(told));
    let error = failure(world.start().await.unwrap());
    assert_eq!((error.class.as_str(), error.stage.as_deref()), ("failed", Some("s.b")));
    assert!(error.maybe_happened && error.undo_incomplete);
    let expected = [
        "`s.m[0].long` and 1 more may have happened all the same",
        "undo_incomplete: `s.m[0].w.undo`: denied, as told",
        "undo_incomplete: `s.m[1].w.undo`: denied, as told",
    ];
    assert_eq!(error.details, expected);
    assert_eq!(world.script.of("s.b").len(), 1);
}

/// What is known in the end stands in the way of nothing.
#[tokio::test]
async fn a_call_is_tried_again_once_it_is_known_what_happened() {
    let inner = vec![
        stage("a", act(IDEMPOTENT, int(1)).timeout(1_000).retry(2, &["timeout"])).undo(act(WRITES, int(2))),
        stage("b", act(READS, int(1))).after(&[0]),
    ];
    let script = Script::default().on("s.a", [gives(1).takes(60_000), gives(1)]).on("s.b", [fails("failed"), gives(2)]);
    let mut world = World::new(tried(inner), script);
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(1.into()));
    assert_eq!(world.script.stages(), ["s.a", "s.a", "s.b", "s.a.undo", "s.a", "s.b"]);
}

/// A retry of the run goes on inside the same attempt of the call: what was open there still is.
#[tokio::test]
async fn what_is_open_in_what_a_retry_keeps_stays_open() {
    let timed = act(WRITES, int(1)).timeout(1_000);
    let inner = vec![
        stage("a", timed.clone()).undo(act(WRITES, int(2))).on_failure(None, HandlerAction::Use(int(7))),
        stage("m", map(list(vec![int(1), int(2)]), timed))
            .after(&[0])
            .on_failure(Some(&["timeout"]), HandlerAction::Use(int(7))),
        stage("b", act(READS, int(1))).after(&[0, 1]),
    ];
    let failing = || [fails("failed")];
    let script = || Script::default().on("s.a", slow()).on("s.m[0]", slow()).on("s.b", failing());
    let mut world = World::new(tried(inner), script().on("s.m[1]", [fails("denied").takes(9)]));
    assert!(failure(world.start().await.unwrap()).maybe_happened);
    world.script = script();
    for _ in 0..2 {
        let error = failure(world.retry(&[]).await.unwrap());
        assert_eq!(error.stage.as_deref(), Some("s.b"));
        assert_eq!(error.details, ["`s.a` and 1 more may have happened all the same"]);
    }
    assert_eq!(world.script.stages(), ["s.m[1]", "s.b", "s.b"]);
}

/// Something handled a failure inside of which an `undo` had failed: that is settled before the run goes on.
#[tokio::test]
async fn what_could_not_be_undone_is_settled_before_a_retry() {
    let failing = || vec![write("w"), stage("no", act(READS, int(1))).after(&[0])];
    let items = map(list(vec![int(1), int(2), int(3)]), sub(1, vec![]));
    let stages = vec![
        stage("s", sub(1, vec![])).on_failure(None, HandlerAction::Use(int(7))),
        stage("m", items).on_failure(Some(&["failed"]), HandlerAction::Use(int(7))).after(&[0]),
        stage("b", act(READS, int(1))).after(&[0]),
    ];
    let mut plan = plan(stages, of(2));
    plan.workflows.push(workflow("called", failing(), of(0)));
    let told = |denied: &'static str| {
        move |key: &str| match key {
            _ if key.contains("m[2]") => gives(1),
            _ if key.contains("undo") => fails("denied"),
            _ if key.contains("m[1]~1.no/") => fails(denied),
            _ if key.contains(".no/") => fails("failed"),
            _ => gives(1),
        }
    };
    let mut world = World::new(plan, Script::default().told_by(told("timeout")));
    let error = failure(world.start().await.unwrap());
    assert_eq!((error.stage.as_deref(), error.undo_incomplete), (Some("m[1].no"), true));
    let refused = world.retry(&[]).await.unwrap_err().to_string();
    for path in ["s", "m[0]", "m[1].w"] {
        assert!(refused.contains(&format!("`{path}`")) || refused.contains(path), "{path}: {refused}");
    }
    world.script = Script::default();
    assert_eq!(world.retry(&["s", "m[0]", "m[1].w"]).await.unwrap(), Outcome::Succeeded(1.into()));
    let mut made = world.script.stages();
    made.sort();
    assert_eq!(made, ["m[0].no", "m[0].w", "m[1].no", "m[1].w", "m[2].no", "m[2].w", "s.no", "s.w"]);
}

#[tokio::test]
async fn writes_that_are_killed_are_said_to_have_happened_perhaps() {
    let agents = [WRITES, IDEMPOTENT, READS];
    let stages = ["a", "b", "c"].into_iter().zip(agents).map(|(name, agent)| stage(name, act(agent, int(1)))).collect();
    let script = ["a", "b", "c"].into_iter().fold(Script::default(), |script, name| script.on(name, slow()));
    let mut world = World::new(plan(stages, int(0)), script);
    let signals = [(START_MS + 10, Control::Suspend), (START_MS + 20, Control::Kill)];
    assert!(matches!(world.start_with(&signals).await.unwrap(), Outcome::Suspended(_)));
    world.send(MessageBody::Cancel).await;
    assert_eq!(world.resume().await.unwrap(), Outcome::Cancelled);
    let cancelled: Vec<String> = world.events().into_iter().filter(|line| line.contains(" cancelled")).collect();
    assert_eq!(
        cancelled,
        ["a cancelled, maybe happened", "b cancelled, maybe happened", "c cancelled", "run cancelled"]
    );
}

#[tokio::test]
async fn a_run_that_asks_what_happened_says_so_when_it_is_cancelled() {
    let mut world = World::new(plan(vec![stage("a", act(WRITES, int(1)))], of(0)), Script::default().on("a", slow()));
    let signals = [(START_MS + 10, Control::Suspend), (START_MS + 20, Control::Kill)];
    assert!(matches!(world.start_with(&signals).await.unwrap(), Outcome::Suspended(_)));
    assert!(matches!(world.resume().await.unwrap(), Outcome::Waiting(_)));
    world.send(MessageBody::Cancel).await;
    assert_eq!(world.resume().await.unwrap(), Outcome::Cancelled);
    assert!(world.events().contains(&"a cancelled, maybe happened".to_owned()), "{:?}", world.events());
}

#[tokio::test]
async fn the_deadline_of_a_map_of_writes_says_what_may_have_happened() {
    let items = map(list(vec![int(1), int(2), int(3)]), act(WRITES, int(1)));
    let script = Script::default().on("m[0]", slow()).on("m[2]", slow());
    let mut world = World::new(plan(vec![stage("m", items).deadline(1_000)], of(0)), script);
    let error = failure(world.start().await.unwrap());
    assert_eq!((error.class.as_str(), error.maybe_happened), ("timeout", true));
    assert_eq!(error.details, ["`m[0]` and 1 more may have happened all the same"]);
    let cancelled: Vec<String> = world.events().into_iter().filter(|line| line.contains(" cancelled")).collect();
    assert_eq!(cancelled, ["m[0] cancelled, maybe happened", "m[2] cancelled, maybe happened"]);
}

/// A failed `undo` inside a call, then one of: a handler, a word to cancel, a failure of something else before it.
fn with_failed_undo(stages: Vec<Stage>) -> World {
    let mut plan = plan(stages, of(0));
    let inner = vec![write("w"), stage("no", act(READS, int(1))).after(&[0])];
    plan.workflows.push(workflow("called", inner, of(0)));
    let script = Script::default().on("s.no", [fails("failed").takes(500)]).on("s.w.undo", [fails("denied")]);
    World::new(plan, script)
}

const NOT_UNDONE: [&str; 1] = ["undo_incomplete: `s.w.undo`: denied, as told"];

#[tokio::test]
async fn a_run_whose_workflow_handled_a_failed_undo_fails_with_it() {
    let status = crate::value::expr::Var::Outcome;
    let stages = vec![
        stage("s", sub(1, vec![])).on_failure(None, HandlerAction::Use(int(7))),
        stage("tidy", act(READS, var(status))).finally(),
    ];
    let mut world = with_failed_undo(stages);
    let error = failure(world.start().await.unwrap());
    assert_eq!((error.class.as_str(), error.undo_incomplete), ("failed", true));
    assert_eq!(error.details, NOT_UNDONE);
    assert_eq!(world.script.of("tidy")[0].given[0]["status"], "failed");
    assert!(world.events().contains(&"s gave 7".to_owned()), "{:?}", world.events());
    // A person has looked at it, and lets it run again.
    assert!(world.retry(&[]).await.is_err());
    world.script = Script::default();
    assert_eq!(world.retry(&["s"]).await.unwrap(), Outcome::Succeeded(1.into()));
}

#[tokio::test]
async fn a_failed_undo_is_told_when_the_run_is_cancelled() {
    let mut world = with_failed_undo(vec![stage("s", sub(1, vec![]))]);
    world.script = world.script.clone().on("s.no", slow());
    let signals = [(START_MS + 10, Control::Suspend), (START_MS + 20, Control::Kill)];
    assert!(matches!(world.start_with(&signals).await.unwrap(), Outcome::Suspended(_)));
    world.send(MessageBody::Cancel).await;
    let error = failure(world.resume().await.unwrap());
    assert_eq!((error.class.as_str(), error.undo_incomplete), ("cancelled", true));
    assert_eq!(error.details, NOT_UNDONE);
}

#[tokio::test]
async fn a_failed_undo_is_told_where_another_failure_was_first() {
    let bad = stage("bad", act(READS, int(1)));
    let mut world = with_failed_undo(vec![stage("s", sub(1, vec![])), bad]);
    world.script = world.script.clone().on("bad", [fails("temporary").takes(100)]);
    let error = failure(world.start().await.unwrap());
    assert_eq!((error.class.as_str(), error.undo_incomplete), ("temporary", true));
    assert_eq!(error.details, NOT_UNDONE);
}

fn answer(stage: &str, decision: Decision) -> MessageBody {
    MessageBody::Answer { stage: stage.into(), decision }
}

#[tokio::test]
async fn what_is_open_goes_with_a_run_that_moves() {
    let handled = stage("s", sub(1, vec![])).on_failure(None, HandlerAction::Use(int(7)));
    let mut world = with_failed_undo(vec![handled, stage("q", ask("Go on?", 86_400_000)).after(&[0])]);
    assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
    let moved = Arc::new(shifted(&world.plan));
    assert!(matches!(world.move_to(moved, &[]).await.unwrap(), Outcome::Waiting(_)));
    world.send(answer("q", Decision::Value(1.into()))).await;
    let error = failure(world.resume().await.unwrap());
    assert!(error.undo_incomplete);
    assert_eq!(error.details, NOT_UNDONE);
}

/// What failed is not under way: its writes are settled first.
#[tokio::test]
async fn what_is_open_is_asked_about_before_a_move() {
    let asked = stage("s", sub(1, vec![])).on_failure(None, HandlerAction::Ask(86_400_000));
    let mut world = with_failed_undo(vec![asked]);
    assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
    let moved = Arc::new(shifted(&world.plan));
    assert!(world.move_to(moved, &[]).await.unwrap_err().to_string().contains("s.w"));
    world.send(answer("s", Decision::Retry)).await;
    assert!(matches!(world.resume().await.unwrap(), Outcome::Waiting(_)), "that does not say how it is");
    world.send(answer("s", Decision::Replace(9.into()))).await;
    let error = failure(world.resume().await.unwrap());
    assert_eq!((error.class.as_str(), error.undo_incomplete), ("failed", true));
    assert_eq!(world.script.of("s.w").len(), 1);
}

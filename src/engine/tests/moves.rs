//! `wfc resume --plan`: a run that has not ended goes on on another plan.

use std::sync::Arc;

use serde_json::json;

use super::crash::{answer, end, finish, results, rich, whole_run};
use super::plans::*;
use super::world::*;
use crate::engine::retry::Fate;
use crate::engine::{Control, Outcome, RunError};
use crate::plan::{HandlerAction, Plan, RaceKind};
use crate::store::memory::Crash;
use crate::store::{Decision, MessageBody, Record};

const HOUR: i64 = 3_600_000;

/// What both plans do, whatever end of the run it belongs to.
fn common(journal: &[Record]) -> Vec<(String, serde_json::Value)> {
    let own = |key: &str| key.contains("in_front") || key.contains("tidy!");
    results(journal).into_iter().filter(|(key, _)| !own(key)).collect()
}

/// The rich run, cut after so many records.
fn cut_after(whole: &World, cut: usize) -> World {
    let (plan, script) = rich();
    let mut world = World::new(plan, script);
    world.store = whole.store.reopen(Crash::Kill);
    world.store.cut(RUN, cut);
    world.clock_ms = whole.store.journal(RUN)[cut.saturating_sub(1)].at;
    world
}

/// Moves a run to the plan in which nothing stands where it stood, and goes on to the end.
async fn move_and_finish(world: &mut World) -> Outcome {
    match world.move_to(Arc::new(shifted(&rich().0)), &[]).await {
        Ok(Outcome::Waiting(_)) => {
            answer(world).await;
            finish(world).await
        }
        Err(RunError::Unmovable { because, .. }) => {
            assert_eq!(because, "it is over but for its `finally`");
            finish(world).await
        }
        outcome => outcome.expect("it goes on"),
    }
}

#[tokio::test]
async fn moved_at_every_cut_of_the_journal_it_comes_to_the_same_end() {
    let whole = whole_run().await;
    let journal = whole.store.journal(RUN);
    let finished = common(&journal);
    for cut in 1..journal.len() {
        let mut world = cut_after(&whole, cut);
        let before = results(&journal[..cut]);
        assert_eq!(move_and_finish(&mut world).await, end(), "cut after {cut} records");
        assert_eq!(common(&world.store.journal(RUN)), finished, "cut after {cut} records");
        for call in world.script.calls.lock().unwrap().iter() {
            assert!(!before.contains_key(&call.key), "{} is not called again, cut after {cut}", call.key);
        }
    }
}

#[tokio::test]
async fn death_at_any_record_after_the_move_changes_nothing() {
    let whole = whole_run().await;
    let journal = whole.store.journal(RUN);
    let finished = common(&journal);
    for cut in (1..journal.len()).step_by(9) {
        let mut world = cut_after(&whole, cut);
        move_and_finish(&mut world).await;
        let moved = world.store.journal(RUN);
        for second in cut..moved.len() {
            let mut again = World::new((*world.plan).clone(), rich().1);
            again.store = world.store.reopen(Crash::Kill);
            again.store.cut(RUN, second);
            again.clock_ms = moved[second - 1].at;
            if !moved[..second].iter().any(|record| record.body.starts_with(r#"{"moved"#)) {
                again.plan = Arc::new(rich().0);
            }
            let before = results(&moved[..second]);
            assert_eq!(finish(&mut again).await, end(), "cut after {cut}, then after {second}");
            assert_eq!(common(&again.store.journal(RUN)), finished, "cut after {cut}, then after {second}");
            for call in again.script.calls.lock().unwrap().iter() {
                assert!(!before.contains_key(&call.key), "{} is not called again", call.key);
            }
        }
    }
}

/// A plan on which the definition of one stage is another.
fn changed(plan: &Plan, stage: usize) -> Arc<Plan> {
    let mut plan = Plan { hash: "plan-2".into(), ..plan.clone() };
    plan.workflows[0].stages[stage].definition = "other".into();
    Arc::new(plan)
}

/// The same plan under another hash.
fn renamed(plan: &Plan) -> Arc<Plan> {
    Arc::new(shifted(plan))
}

async fn parked(plan: Plan, script: Script) -> World {
    let mut world = World::new(plan, script);
    let outcome = world.start().await.unwrap();
    assert!(matches!(outcome, Outcome::Waiting(_)), "{outcome:?}");
    world
}

/// The run once its process was killed in the middle of what it did.
async fn killed(plan: Plan, script: Script) -> World {
    let mut world = World::new(plan, script);
    let outcome = world.start_with(&[(START_MS + 50, Control::Kill)]).await.unwrap();
    assert!(matches!(outcome, Outcome::Suspended(_)), "{outcome:?}");
    world
}

async fn say(world: &World, stage: &str, decision: Decision) {
    world.send(MessageBody::Answer { stage: stage.into(), decision }).await;
}

fn refused(outcome: Result<Outcome, RunError>) -> Vec<(String, Fate)> {
    match outcome {
        Err(RunError::Refused { moves: true, stages, .. }) => {
            stages.into_iter().map(|stage| (stage.path, stage.fate)).collect()
        }
        other => panic!("it is refused, not {other:?}"),
    }
}

#[tokio::test]
async fn timers_and_waits_for_people_go_on_from_when_they_began() {
    let stages = vec![
        stage("pause", wait(2 * HOUR)),
        stage("form", ask("How many?", 3 * HOUR)).on_failure(Some(&["timeout"]), HandlerAction::Use(int(0))),
        stage("message", event("paid", "k", 4 * HOUR)).on_failure(Some(&["timeout"]), HandlerAction::Use(int(0))),
        stage("bounded", event("never", "k", 90 * HOUR))
            .deadline(5 * HOUR)
            .on_failure(None, HandlerAction::Use(int(0))),
        stage("after_pause", act(NONE, int(1))).after(&[0]),
        stage("after_form", act(NONE, of(1))).reads(&[1]),
        stage("after_message", act(NONE, of(2))).reads(&[2]),
        stage("after_all", act(NONE, of(3))).reads(&[3]),
    ];
    let names = ["after_pause", "after_form", "after_message", "after_all"];
    let mut world = World::new(plan(stages, int(0)), Script::default());
    let outcome = world.start_with(&[(START_MS + HOUR, Control::Suspend)]).await.unwrap();
    assert!(matches!(outcome, Outcome::Suspended(_)));
    world.options.wait = true;
    let outcome = world.move_to(renamed(&world.plan), &[]).await.unwrap();
    assert_eq!(outcome, Outcome::Succeeded(json!(0)));
    let at = names.map(|name| (world.script.of(name)[0].at - START_MS) / HOUR);
    assert_eq!(at, [2, 3, 4, 5]);
}

#[tokio::test]
async fn an_answer_stays_and_an_open_question_is_asked_on() {
    let stages = vec![
        stage("known", ask("How many?", HOUR)),
        stage("open", ask("And now?", HOUR)).reads(&[0]),
        stage("last", act(NONE, list(vec![of(0), of(1)]))).reads(&[0, 1]),
    ];
    let mut world = parked(plan(stages, of(2)), Script::default()).await;
    say(&world, "known", Decision::Value(json!(3))).await;
    assert!(matches!(world.resume().await.unwrap(), Outcome::Waiting(_)));
    // An answer that nobody has taken in yet is one to the question as it was.
    say(&world, "open", Decision::Value(json!(4))).await;
    assert_eq!(world.move_to(changed(&world.plan, 2), &[]).await.unwrap(), Outcome::Succeeded(json!([3, 4])));
}

#[tokio::test]
async fn who_has_allowed_something_has_allowed_it_after_the_move_too() {
    let mut call = ask("Ship it?", 24 * HOUR);
    if let crate::plan::Target::Ask(ask) = &mut call.target {
        ask.approves = Some(crate::plan::Approval { value: of(0), quorum: 2, not_requester: false });
    }
    let stages = vec![stage("build", act(NONE, text("b1"))), stage("go", call).reads(&[0])];
    let mut world = parked(plan(stages, of(1)), Script::default()).await;
    let hash = blake3::hash(b"\"b1\"").to_hex().to_string();
    let allow = || MessageBody::Answer { stage: "go".into(), decision: Decision::Approve { hash: hash.clone() } };
    use crate::store::Store;
    world.store.send(RUN, "bob", allow()).await.unwrap();
    assert!(matches!(world.move_to(renamed(&world.plan), &[]).await.unwrap(), Outcome::Waiting(_)));
    world.store.send(RUN, "bob", allow()).await.unwrap();
    assert!(matches!(world.resume().await.unwrap(), Outcome::Waiting(_)), "once each");
    world.store.send(RUN, "carol", allow()).await.unwrap();
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!("b1")));
}

#[tokio::test]
async fn a_stage_that_was_mended_runs_again_in_the_place_of_a_question_about_its_failure() {
    let stages = vec![
        stage("a", act(WRITES, int(1))),
        stage("b", act(READS, of(0))).reads(&[0]).on_failure(None, HandlerAction::Ask(HOUR)),
    ];
    let script = Script::default().on("b", [fails("denied"), gives("b")]);
    let mut world = parked(plan(stages, of(1)), script).await;
    assert_eq!(world.move_to(changed(&world.plan, 1), &[]).await.unwrap(), Outcome::Succeeded(json!("b")));
    assert_eq!(world.script.stages(), ["a", "b", "b"]);
    let keys: Vec<String> = world.script.of("b").into_iter().map(|call| call.key).collect();
    assert_eq!(keys, ["K/b/-/-/0/0", "K/b/-/-/1/1"]);
}

#[tokio::test]
async fn a_question_about_a_failure_that_is_the_same_is_asked_on() {
    let race = race(RaceKind::Any(2), vec![("", act(READS, int(1))), ("", act(READS, int(2)))]);
    let stages = vec![
        stage("b", act(READS, int(1))).on_failure(None, HandlerAction::Ask(HOUR)),
        stage("r", race).on_failure(None, HandlerAction::Ask(HOUR)),
    ];
    let script = || Script::default().on("b", [fails("denied"), gives("b")]).on("r.1", [fails("denied"), gives(3)]);
    let mut world = parked(plan(stages, list(vec![of(0), of(1)])), script()).await;
    assert!(matches!(world.move_to(renamed(&world.plan), &[]).await.unwrap(), Outcome::Waiting(_)));
    assert_eq!(world.script.stages(), ["b", "r.0", "r.1", "in_front"]);
    say(&world, "b", Decision::Retry).await;
    say(&world, "r", Decision::Retry).await;
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!(["b", [1, 3]])));
    assert_eq!(world.script.of("r.0").len(), 1, "what had won is not tried again");
    assert_eq!(world.script.of("b")[1].key, "K/b/-/-/0/1");
}

#[tokio::test]
async fn handlers_items_and_races_go_on_where_they_stood() {
    let mut items = map(list((0..4).map(int).collect()), act(WRITES, var(crate::value::expr::Var::Item)));
    items.parallel = Some(2);
    let race = race(RaceKind::Any(2), vec![("", act(READS, int(1))), ("", act(READS, int(2))), ("", wait(HOUR))]);
    let stages = vec![
        stage("h", act(READS, int(1)))
            .on_failure(None, HandlerAction::Call(act(READS, int(9)).retry(3, &["temporary"]))),
        stage("m", items).on_failure(None, HandlerAction::Skip),
        stage("r", race),
        stage("skipped", act(READS, int(1))).on_failure(None, HandlerAction::Skip),
        stage("next", act(NONE, observe(crate::value::expr::Observe::Errors, 1))).reads(&[1]),
        stage("slow", ask("?", 2 * HOUR)),
    ];
    let script = Script::default()
        .on("h", [fails("denied"), fails("temporary").takes(10), gives("rescued")])
        .on("m[0]", [fails("denied")])
        .on("m[2]", [gives("two").takes(20)])
        .on("r.1", [fails("denied")])
        .on("skipped", [fails("denied")]);
    let returns = list(vec![of(0), of(1), of(2), of(3), of(4)]);
    let mut world = World::new(plan(stages, returns), script);
    let outcome = world.start_with(&[(START_MS + 50, Control::Suspend)]).await.unwrap();
    assert!(matches!(outcome, Outcome::Suspended(_)));
    let calls = world.script.stages();
    assert_eq!(calls.iter().filter(|stage| *stage == "h").count(), 2, "failed, then its handler: {calls:?}");
    assert!(matches!(world.move_to(renamed(&world.plan), &[]).await.unwrap(), Outcome::Waiting(_)));
    say(&world, "slow", Decision::Value(json!(1))).await;
    let Outcome::Succeeded(result) = world.resume().await.unwrap() else { panic!("it succeeds") };
    assert_eq!(result[0], json!("rescued"));
    assert_eq!(result[1], json!([null, 1, "two", 3]));
    assert_eq!(result[2], json!([1, null]));
    assert_eq!(result[3], json!(null));
    assert_eq!(result[4].as_array().map(Vec::len), Some(1), "{result}");
    assert_eq!(world.script.of("h").len(), 3);
    for once in ["m[0]", "m[1]", "m[2]", "m[3]", "r.0", "r.1", "skipped"] {
        assert_eq!(world.script.of(once).len(), 1, "{once}");
    }
}

#[tokio::test]
async fn of_an_attempt_that_was_under_way_its_effects_decide() {
    let stages = || {
        vec![
            stage("reads", act(READS, int(1))),
            stage("safe", act(IDEMPOTENT, int(1))),
            stage("writes", act(WRITES, int(1))),
            stage("probed", act(PROBED, int(1))),
        ]
    };
    let slow = || [gives(1).takes(1_000_000), gives(2)];
    let script = || {
        ["reads", "safe", "writes", "probed"]
            .into_iter()
            .fold(Script::default(), |script, stage| script.on(stage, slow()))
    };
    let returns = || list((0..4).map(of).collect());
    let mut world = killed(plan(stages(), returns()), script()).await;
    assert!(matches!(world.move_to(renamed(&world.plan), &[]).await.unwrap(), Outcome::Waiting(_)));
    for stage in ["reads", "safe"] {
        let calls = world.script.of(stage);
        assert_eq!((calls.len(), calls[1].attempt), (2, 2));
        assert_eq!(calls[0].key, calls[1].key, "the outcome of the first is unknown");
    }
    assert_eq!(world.script.of("writes").len(), 1, "never repeated unasked");
    say(&world, "writes", Decision::Happened(json!("by hand"))).await;
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!([2, 2, "by hand", 2])));

    // What may have happened is settled before a changed stage begins, or one goes that was there.
    for index in [2, 3] {
        let mut world = killed(plan(stages(), returns()), script()).await;
        let stage = world.plan.workflows[0].stages[index].name.clone();
        let changed = changed(&world.plan, index);
        assert_eq!(refused(world.move_to(changed.clone(), &[]).await), [(stage.clone(), Fate::Unsettled)]);
        let mut without = Plan { hash: "plan-3".into(), ..(*world.plan).clone() };
        without.workflows[0].stages.remove(index);
        without.workflows[0].returns = Some(int(0));
        assert_eq!(refused(world.move_to(Arc::new(without), &[]).await), [(stage, Fate::Unsettled)]);
    }
    let mut world = killed(plan(stages(), returns()), script()).await;
    let changed = changed(&world.plan, 2);
    refused(world.move_to(changed.clone(), &[]).await);
    say(&world, "writes", Decision::DidNotHappen).await;
    assert_eq!(world.move_to(changed, &[]).await.unwrap(), Outcome::Succeeded(json!([2, 2, 2, 2])));
}

#[tokio::test]
async fn a_write_that_cannot_be_kept_stands_in_the_way_unless_it_is_named() {
    let stages =
        vec![stage("a", act(WRITES, int(1))), stage("b", act(READS, of(0))).reads(&[0]), stage("form", ask("?", HOUR))];
    let mut world = parked(plan(stages, list(vec![of(1), of(2)])), Script::default()).await;
    let next = changed(&world.plan, 0);
    assert_eq!(refused(world.move_to(next.clone(), &[]).await), [("a".to_owned(), Fate::Refused)]);
    assert!(matches!(world.move_to(next, &["a"]).await.unwrap(), Outcome::Waiting(_)));
    assert_eq!(world.script.stages(), ["a", "b", "a", "b"]);
    assert_eq!(world.script.of("a")[1].key, "K/a/-/-/1/0");
    say(&world, "form", Decision::Value(json!(3))).await;
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!([1, 3])));
}

#[tokio::test]
async fn what_ends_already_is_not_moved() {
    let undone = || {
        vec![
            stage("a", act(IDEMPOTENT, int(1))).undo(act(IDEMPOTENT, int(2))),
            stage("bad", act(READS, of(0))).reads(&[0]),
            stage("tidy", act(IDEMPOTENT, int(1))).finally(),
        ]
    };
    let cases = [("a.undo", "it has failed, and undoes what it did"), ("tidy", "it is over but for its `finally`")];
    for (slow, expected) in cases {
        let script = Script::default().on("bad", [fails("denied")]).on(slow, [gives(1).takes(1_000), gives(1)]);
        let mut world = killed(plan(undone(), of(1)), script).await;
        match world.move_to(renamed(&world.plan), &[]).await {
            Err(RunError::Unmovable { because, .. }) => assert_eq!(because, expected),
            other => panic!("it cannot be moved, not {other:?}"),
        }
        assert!(matches!(world.resume().await.unwrap(), Outcome::Failed(_)), "it ends as it would have");
    }
}

#[tokio::test]
async fn a_lock_stays_held_and_a_claim_keeps_its_turn() {
    let stages = vec![
        stage("first", act(WRITES, int(1))).lock("db"),
        stage("second", act(WRITES, int(2))).lock("db"),
        stage("gone", act(READS, int(3))).lock("other"),
    ];
    let script = Script::default().on("first", [gives(1).takes(1_000)]).on("gone", [gives(1).takes(1_000)]);
    let mut world = killed(plan(stages, list(vec![of(0), of(1)])), script).await;
    assert_eq!(world.store.claims(), 3);
    let mut without = shifted(&world.plan);
    without.workflows[0].stages.retain(|stage| stage.name != "gone");
    assert!(matches!(world.move_to(Arc::new(without), &[]).await.unwrap(), Outcome::Waiting(_)));
    assert_eq!(world.store.claims(), 2, "what is not there any more claims nothing");
    assert!(world.script.of("second").is_empty(), "the first may have happened, and has the lock");
    say(&world, "first", Decision::Happened(json!(1))).await;
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!([1, 2])));
    assert_eq!(world.store.claims(), 0);
}

#[tokio::test]
async fn what_becomes_of_each_stage_is_told() {
    let stages = vec![
        stage("a", act(READS, int(1))),
        stage("b", act(READS, of(0))).reads(&[0]),
        stage("pause", wait(HOUR)),
        stage("form", ask("?", HOUR)),
        stage("old", act(WRITES, int(1))),
        stage("later", act(NONE, of(3))).reads(&[3]),
    ];
    let mut world = World::new(plan(stages, of(5)), Script::default());
    world.start_with(&[(START_MS + 50, Control::Suspend)]).await.unwrap();
    let loaded = crate::engine::recover::load(&world.store, &world.info(), &world.plan).await.unwrap();
    let mut next = Plan::clone(&changed(&world.plan, 1));
    next.workflows[0].stages.remove(4);
    next.workflows[0].returns = Some(int(0));
    let told = decisions(&world.plan, &loaded.run, &next, true);
    let told: Vec<_> = told.iter().map(|d| (d.path.as_str(), d.fate, d.because.as_str())).collect();
    let expected = [
        ("a", Fate::Kept, "kept"),
        ("b", Fate::Again, "its definition changed"),
        ("pause", Fate::Kept, "its timer goes on"),
        ("form", Fate::Asks, "a person is asked"),
        ("later", Fate::New, "not started before"),
        ("old", Fate::Gone, "not in the plan any more; what it wrote stays"),
    ];
    assert_eq!(told, expected);
}

//! Death at any moment: the journal is cut after every record, also again during recovery, and the end is the same.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::plans::*;
use super::world::*;
use crate::engine::{Outcome, RunError};
use crate::plan::{Body, HandlerAction, Param, Plan, RaceKind};
use crate::store::memory::Crash;
use crate::store::{Decision, MessageBody, Record, Store};
use crate::value::expr::{BinaryOp, Observe, Var};
use crate::value::types::Kind;

/// A chain, a map of workflows, a retry in back-off, a `repeat` with pauses, a question, a handled failure, a guard, a deadline,
/// a `finally`.
pub(super) fn rich() -> (Plan, Script) {
    let param = Param { name: "x".into(), doc: None, ty: ty(Kind::Json), default: None };
    let mut item = workflow(
        "item",
        vec![
            stage("first", act(IDEMPOTENT, var(Var::Param(0)))),
            stage("second", act(READS, of(0)).retry(3, &["temporary"])).reads(&[0]),
        ],
        of(1),
    );
    item.params.push(param);
    let mut rounds = repeat(4, binary(BinaryOp::Equal, var(Var::Result), int(3)));
    (rounds.every, rounds.with) = (Some(5_000), vec![(0, var(Var::Result))]);
    let mut items = map(list((0..5).map(int).collect()), sub(1, vec![var(Var::Item)]));
    items.parallel = Some(3);
    let stages = vec![
        stage("a", act(IDEMPOTENT, int(10))),
        stage("b", act(IDEMPOTENT, of(0)).retry(4, &["temporary"])).reads(&[0]),
        stage("items", items).reads(&[1]),
        stage("rounds", act(IDEMPOTENT, int(1)).repeat(rounds)).reads(&[0]).deadline(900_000),
        stage("form", ask("How many?", 86_400_000)).reads(&[1]),
        stage("bad", act(NONE, int(1))).on_failure(None, HandlerAction::Call(act(IDEMPOTENT, int(7)))),
        stage("guarded", act(NONE, int(1))).when(0, true),
        stage("exit", Body::Fail(text("no"))).when(0, true),
        stage("last", act(IDEMPOTENT, list(vec![of(2), of(3), of(4), of(5)]))).reads(&[2, 3, 4, 5]).exits(&[7]),
        stage("tidy", act(IDEMPOTENT, observe(Observe::Succeeded, 8))).finally(),
        stage("pause", wait(40)).reads(&[0]),
        stage("race", race(RaceKind::Tagged, vec![("slow", act(READS, int(1))), ("fast", act(READS, int(2)))]))
            .reads(&[1]),
    ];
    let mut plan = plan(stages, of(8));
    plan.workflows[0].conditions.push(condition(binary(BinaryOp::Equal, of(0), int(11)), &[0]));
    plan.workflows.push(item);
    let script = Script::default()
        .on("b", [fails("temporary").takes(10), fails("temporary").takes(10), gives("b").takes(10)])
        .on("items[1].second", [fails("temporary").takes(20), gives("one").takes(5)])
        .on("items[3].first", [gives("three").takes(400)])
        .on("rounds#1", [gives(2).takes(30)])
        .on("rounds#2", [gives(3).takes(30)])
        .on("race.slow", [gives(1).takes(500)])
        .on("race.fast", [gives(2).takes(5)])
        .on("bad", [fails("denied").takes(3), gives("rescued").takes(3)])
        .by_key();
    (plan, script)
}

pub(super) fn end() -> Outcome {
    Outcome::Succeeded(json!([[0, "one", 2, "three", 4], 3, 6, "rescued"]))
}

pub(super) async fn answer(world: &World) {
    let decision = Decision::Value(json!(6));
    world.send(MessageBody::Answer { stage: "form".into(), decision }).await;
}

/// Goes on until the end, whoever has to answer.
pub(super) async fn finish(world: &mut World) -> Outcome {
    loop {
        match world.resume().await.expect("it goes on") {
            Outcome::Waiting(_) => answer(world).await,
            outcome => return outcome,
        }
    }
}

pub(super) async fn whole_run() -> World {
    let (plan, script) = rich();
    let mut world = World::new(plan, script);
    assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
    answer(&world).await;
    assert_eq!(world.resume().await.unwrap(), end());
    world
}

/// Results that a journal holds, by the key of their attempt.
pub(super) fn results(journal: &[crate::store::Record]) -> BTreeMap<String, Json> {
    let mut keys = BTreeMap::new();
    let mut results = BTreeMap::new();
    for record in journal {
        let event: Json = serde_json::from_str(&record.body).unwrap();
        if let Some(intent) = event.get("intent") {
            keys.insert(intent["id"].clone().to_string(), intent["key"].as_str().unwrap().to_owned());
        }
        if let Some(success) = event.get("succeeded") {
            let before = results.insert(keys[&success["id"].to_string()].clone(), success["result"].clone());
            assert_eq!(before, None, "a result is accepted once");
        }
    }
    results
}

#[tokio::test]
async fn every_cut_of_the_journal_leads_to_the_same_end() {
    let whole = whole_run().await;
    let journal = whole.store.journal(RUN);
    let finished = results(&journal);
    assert!(journal.len() > 45, "{}", journal.len());
    for cut in 0..journal.len() {
        let (plan, script) = rich();
        let mut world = World::new(plan, script);
        world.store = whole.store.reopen(Crash::Kill);
        world.store.cut(RUN, cut);
        world.clock_ms = journal[cut.saturating_sub(1)].at;
        let before = results(&journal[..cut]);
        assert_eq!(finish(&mut world).await, end(), "cut after {cut} records");
        let after = results(&world.store.journal(RUN));
        assert_eq!(after, finished, "cut after {cut} records");
        for call in world.script.calls.lock().unwrap().iter() {
            assert!(!before.contains_key(&call.key), "{} is not called again, cut after {cut}", call.key);
        }
    }
}

#[tokio::test]
async fn death_during_recovery_at_any_depth_changes_nothing() {
    let whole = whole_run().await;
    let journal = whole.store.journal(RUN);
    let finished = results(&journal);
    for cut in (0..journal.len()).step_by(7) {
        let (plan, script) = rich();
        let mut world = World::new(plan, script);
        world.store = whole.store.reopen(Crash::Kill);
        world.store.cut(RUN, cut);
        world.clock_ms = journal[cut.saturating_sub(1)].at;
        for depth in 1..4_u64 {
            let store = world.store.clone();
            // Every process makes a few commits, then it dies: before a commit or right after it.
            let mut left = depth + cut as u64 % 3;
            store.set_hook(move |_| {
                left = left.saturating_sub(1);
                match (left, cut % 2) {
                    (0, 0) => crate::store::memory::Verdict::StopBefore,
                    (0, _) => crate::store::memory::Verdict::StopAfter,
                    _ => crate::store::memory::Verdict::Commit,
                }
            });
            let outcome = world.resume().await;
            world.store = world.store.reopen(Crash::Kill);
            if outcome.is_ok() {
                break;
            }
        }
        answer(&world).await;
        if world.find().await.status.ended() {
            continue;
        }
        assert_eq!(finish(&mut world).await, end(), "cut after {cut} records");
        assert_eq!(results(&world.store.journal(RUN)), finished);
    }
}

#[tokio::test]
async fn the_same_seed_gives_the_same_journal() {
    let (one, two) = (whole_run().await, whole_run().await);
    assert_eq!(one.journal(), two.journal());
    let times: Vec<i64> = one.store.journal(RUN).iter().map(|record| record.at).collect();
    assert!(times.is_sorted());
}

#[tokio::test]
async fn an_attempt_that_outlived_the_process_is_not_started_again() {
    for (recovery, calls, result) in [("ended", 0, json!("recovered")), ("not started", 1, json!(1))] {
        let stages = vec![stage("w", act(WRITES, int(1)))];
        let mut world = World::new(plan(stages, of(0)), Script::default());
        world.start().await.unwrap();
        world.store = world.store.reopen(Crash::Kill);
        // Started and intended.
        world.store.cut(RUN, 2);
        world.script = Script::default();
        world.script.recovery.lock().unwrap().insert("w".into(), recovery);
        assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(result));
        let seen: Vec<_> = world.script.of("w").iter().map(|call| (call.attempt, call.key.clone())).collect();
        assert_eq!(seen, vec![(1, "K/w/-/-/0/0".to_owned()); calls]);
    }
}

#[tokio::test]
async fn a_clock_that_jumped_back_lengthens_no_pause_and_fires_nothing_twice() {
    let stages = vec![stage("a", act(NONE, int(1)).retry(2, &["temporary"]))];
    for jump in [-315_360_000_000, 0, 400, 315_360_000_000] {
        let script = Script::default().on("a", [fails("temporary"), gives(2)]);
        let mut world = World::new(plan(stages.clone(), of(0)), script);
        world.start().await.unwrap();
        world.store = world.store.reopen(Crash::Kill);
        // Started, intended, failed: in the middle of the back-off of one second.
        world.store.cut(RUN, 3);
        world.script = Script::default().on("a", [gives(2)]);
        world.clock_ms = START_MS + jump;
        let from = world.clock_ms;
        assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!(2)));
        assert!((0..=1_000).contains(&(world.clock_ms - from)), "{jump}: {}", world.clock_ms - from);
        assert_eq!(world.script.of("a").len(), 1);
        assert_eq!(world.script.of("a")[0].attempt, 2);
        let times: Vec<i64> = world.store.journal(RUN).iter().map(|record| record.at).collect();
        assert!(times.is_sorted());
    }
}

#[tokio::test]
async fn a_process_that_lost_its_run_writes_nothing_more() {
    let stages = vec![stage("a", act(NONE, int(1))), stage("b", act(NONE, of(0))).reads(&[0])];
    let mut world = World::new(plan(stages, of(1)), Script::default());
    let mut seizes = gives(5);
    seizes.seizes = Some(world.store.clone());
    world.script = Script::default().on("a", [seizes, gives(6)]);
    let outcome = world.start().await;
    assert!(
        matches!(outcome, Err(crate::engine::RunError::Store(crate::store::StoreError::Fenced { .. }))),
        "{outcome:?}"
    );
    assert_eq!(world.journal().len(), 2, "the late result is not taken");
    assert_eq!(world.script.stages(), ["a"]);
    assert!(!world.events().iter().any(|line| line.contains("gave")), "nor told");
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!(6)));
}

#[tokio::test]
async fn a_journal_of_another_plan_is_refused_by_name() {
    let mut world = World::new(plan(vec![stage("a", act(NONE, int(1)))], of(0)), Script::default());
    world.start().await.unwrap();
    let mut other = plan(vec![stage("z", act(NONE, int(1)))], of(0));
    other.hash = world.plan.hash.clone();
    world.store = world.store.reopen(Crash::Kill);
    world.store.cut(RUN, 2);
    world.plan = std::sync::Arc::new(other);
    let error = world.resume().await.unwrap_err().to_string();
    assert_eq!(
        error,
        "run run-1 cannot be gone on with: what follows from record 1 of its journal is not what this wfc makes of it (attempt 1 has \
         the key `K/a/-/-/0/0`, expected `K/z/-/-/0/0`); another version of wfc wrote it, and may go on with it"
    );
}

#[tokio::test]
async fn nothing_is_told_or_started_before_it_is_durable() {
    let (plan, script) = rich();
    let mut world = World::new(plan, script);
    let (told, calls) = (world.told.clone(), world.script.calls.clone());
    let (mut ends, mut intents) = (0, 0);
    world.store.set_hook(move |commit| {
        let is_end = |report: &crate::engine::report::Report| {
            use crate::engine::report::Event;
            matches!(
                report.event,
                Event::StageSucceeded { .. } | Event::StageRetrying { .. } | Event::StageFailed { .. }
            )
        };
        let told = told.0.lock().unwrap();
        let stages: std::collections::BTreeSet<_> =
            told.iter().filter(|report| is_end(report)).filter_map(|report| report.stage.clone()).collect();
        // Every stage that was told to have ended has at least one end of an attempt in the journal; a map and a handled
        // failure are told on top of those.
        assert!(ends > 0 || stages.is_empty());
        assert!(calls.lock().unwrap().len() <= intents);
        let with = |word: &str| commit.records.iter().filter(|record| record.body.starts_with(word)).count();
        ends += with(r#"{"succeeded"#) + with(r#"{"failed"#);
        intents += with(r#"{"intent"#);
        crate::store::memory::Verdict::Commit
    });
    assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
}

#[tokio::test]
async fn a_long_result_is_kept_beside_the_journal_and_found_again() {
    let stages = vec![stage("a", act(WRITES, int(1))), stage("b", act(NONE, of(0))).reads(&[0])];
    let long = "x".repeat(100_000);
    let mut world = World::new(plan(stages, of(1)), Script::default().on("a", [gives(long.clone())]));
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(long.clone())));
    assert!(world.journal().iter().all(|record| record.len() < 1_000));
    world.store = world.store.reopen(Crash::Kill);
    world.store.cut(RUN, 4);
    world.script = Script::default();
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!(long)));
    assert_eq!(world.script.stages(), ["b"]);
}

#[tokio::test]
async fn of_a_map_that_was_half_done_only_the_other_half_runs() {
    let items = map(list((0..500).map(int).collect()), act(IDEMPOTENT, var(Var::Item)));
    let mut whole = World::new(plan(vec![stage("m", items)], of(0)), Script::default());
    let end = whole.start().await.unwrap();
    let journal = whole.store.journal(RUN);
    for cut in [1, 17, 300, 501, 777, journal.len() - 1] {
        let done = results(&journal[..cut]);
        let mut world = World::new((*whole.plan).clone(), Script::default());
        world.store = whole.store.reopen(Crash::Kill);
        world.store.cut(RUN, cut);
        assert_eq!(world.resume().await.unwrap(), end, "results come in the order of the items");
        let called: Vec<String> = world.script.calls.lock().unwrap().iter().map(|call| call.key.clone()).collect();
        assert_eq!(called.len(), 500 - done.len(), "cut after {cut}");
        assert!(called.iter().all(|key| !done.contains_key(key)));
    }
}

/// What an earlier version has tried again and this one does not: a write that may have happened.
#[tokio::test]
async fn a_journal_that_goes_on_otherwise_is_refused_in_words() {
    use crate::agent::Failure;
    use crate::engine::journal::Event;
    let stages = vec![stage("a", act(WRITES, int(1)).retry(3, &["crashed"]))];
    let mut world = World::new(plan(stages, of(0)), Script::default());
    world.start().await.unwrap();
    world.store = world.store.reopen(Crash::Kill);
    let intent = world.store.journal(RUN)[1].body.clone();
    world.store.cut(RUN, 2);
    let again = intent.replace(r#""id":1"#, r#""id":2"#).replace(r#""attempt":1"#, r#""attempt":2"#);
    let failed = Event::Failed { id: 1, failure: Failure::new("crashed", "it died") };
    let bodies = [serde_json::to_string(&failed).unwrap(), serde_json::to_string(&Event::Tick).unwrap(), again];
    let records = (2..).zip(bodies).map(|(seq, body)| Record { seq, at: START_MS + 60_000, body }).collect();
    let lease = world.store.lease(RUN, false).await.unwrap();
    world.store.append(&lease, records, None, true).await.unwrap();
    drop(lease);
    let error = world.resume().await.unwrap_err();
    assert!(matches!(error, RunError::Differs { record: 4, .. }), "{error:?}");
    assert!(error.to_string().contains("another version of wfc wrote it"), "{error}");
}

//! Locks: one holder at a time, in the order of claims, whatever becomes of the processes.

use std::sync::Arc;

use serde_json::json;
use tokio::sync::Notify;

use super::plans::*;
use super::world::*;
use crate::engine::report::{Event, Report};
use crate::engine::{Control, Outcome};
use crate::plan::{HandlerAction, Plan};
use crate::store::memory::{Crash, Verdict};
use crate::store::{MessageBody, Status};
use crate::value::expr::Observe;

const DAY: i64 = 86_400_000;

/// One stage under `lock "db"` that takes this long, then one that tells that it is over.
fn holds(takes: i64) -> (Plan, Script) {
    let stages = vec![stage("work", act(WRITES, int(1))).lock("db"), stage("next", act(NONE, of(0))).reads(&[0])];
    (plan(stages, of(1)), Script::default().on("work", [gives(5).takes(takes)]))
}

/// Another run in the same store.
fn beside(world: &World, plan: Plan, script: Script) -> World {
    let mut other = World::new(plan, script);
    (other.id, other.store) = ("run-2", world.store.clone());
    other
}

/// When the calls of a stage began, after the start.
fn at(world: &World, stage: &str) -> Vec<i64> {
    world.script.of(stage).iter().map(|call| call.at - START_MS).collect()
}

/// Waits, in time that is paused, for what another run does.
async fn until(done: impl Fn() -> bool) {
    while !done() {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn stages_under_one_lock_run_one_after_the_other_in_their_order() {
    let items = map(list((0..3).map(int).collect()), act(WRITES, int(1)));
    let stages = vec![
        stage("a", act(WRITES, int(1))).lock("db"),
        stage("items", items).lock("db"),
        stage("c", act(WRITES, int(1))).lock("db"),
        stage("other", act(WRITES, int(1))).lock("other"),
    ];
    let mut script = Script::default();
    for name in ["a", "items[0]", "items[1]", "items[2]", "c", "other"] {
        script = script.on(name, [gives(1).takes(100)]);
    }
    let mut world = World::new(plan(stages, int(0)), script);
    world.start().await.unwrap();
    let seen = ["a", "other", "items[0]", "items[2]", "c"].map(|stage| at(&world, stage)[0]);
    assert_eq!(seen, [0, 0, 100, 100, 200], "a map holds its lock as a whole");
    assert!(world.events().contains(&"items waits for Lock".to_owned()), "{:?}", world.events());
    let told = "items log waits for lock `db`: another stage of this run comes first";
    assert!(world.events().contains(&told.to_owned()), "{:?}", world.events());
    assert!(!world.events().contains(&"other waits for Lock".to_owned()), "what is free is not waited for");
    assert_eq!(world.store.claims(), 0);
}

#[tokio::test(start_paused = true)]
async fn two_runs_with_one_lock_wait_for_each_other() {
    let go_on = Arc::new(Notify::new());
    let (plan, script) = holds(1_000);
    let mut first = World::new(plan.clone(), Script::default().on("work", [gives(6).until(&go_on)]));
    let mut second = beside(&first, plan, script);
    let told = second.told.clone();
    let behind = "waits for lock `db`: run run-1 comes first";
    let answer = async {
        let is_behind = |report: &Report| matches!(&report.event, Event::Log { line, .. } if line == behind);
        until(|| told.0.lock().unwrap().iter().any(is_behind)).await;
        go_on.notify_one();
    };
    let calls = first.script.calls.clone();
    let second_run = async {
        until(|| !calls.lock().unwrap().is_empty()).await;
        second.start().await
    };
    let (one, two, ()) = tokio::join!(first.start(), second_run, answer);
    assert_eq!(one.unwrap(), Outcome::Succeeded(json!(6)));
    assert_eq!(two.unwrap(), Outcome::Succeeded(json!(5)));
    assert_eq!(at(&second, "work"), [0], "no virtual time passes while another process is waited for");
    assert_eq!(first.store.claims(), 0);
}

/// A run that died while it worked under its lock.
async fn died(takes: i64) -> World {
    let (plan, script) = holds(takes);
    let mut world = World::new(plan, script);
    dies_under_its_lock(&mut world).await;
    world
}

async fn dies_under_its_lock(world: &mut World) {
    let mut commits = 0;
    world.store.set_hook(move |commit| {
        commits += u64::from(!commit.records.is_empty());
        // The claim, the intent under it, then death before the result.
        if commits == 3 { Verdict::StopBefore } else { Verdict::Commit }
    });
    world.start().await.unwrap_err();
    world.store = world.store.reopen(Crash::Kill);
}

#[tokio::test]
async fn a_lock_whose_process_died_under_it_stays_held_until_its_run_goes_on() {
    let mut dead = died(50).await;
    let (plan, script) = holds(50);
    let mut waits = beside(&dead, plan, script);
    let Outcome::Failed(error) = waits.start().await.unwrap() else { panic!("it does not get it") };
    assert_eq!((error.class.as_str(), waits.clock_ms - START_MS), ("timeout", DAY));
    assert_eq!(error.message, "lock `db` did not become free within 1d: run run-1 comes first");
    let told = "work log waits for lock `db`: run run-1 has it and stands still; `wfc resume run-1` goes on";
    assert!(waits.events().contains(&told.to_owned()), "{:?}", waits.events());
    assert!(waits.script.stages().is_empty());
    dead.script.recovery.lock().unwrap().insert("work".into(), "ended");
    assert_eq!(dead.resume().await.unwrap(), Outcome::Succeeded(json!("recovered")));
    assert_eq!(waits.retry(&[]).await.unwrap(), Outcome::Succeeded(json!(5)));
    assert_eq!(waits.store.claims(), 0);
}

#[tokio::test]
async fn a_cancelled_run_sets_its_locks_free() {
    let mut dead = died(50).await;
    dead.script.recovery.lock().unwrap().insert("work".into(), "ended");
    dead.send(MessageBody::Cancel).await;
    assert_eq!(dead.resume().await.unwrap(), Outcome::Cancelled);
    let (plan, script) = holds(50);
    let mut next = beside(&dead, plan, script);
    assert_eq!(next.start().await.unwrap(), Outcome::Succeeded(json!(5)));
}

#[tokio::test]
async fn a_suspended_run_keeps_its_lock_and_goes_on_under_it() {
    let (mut slow, script) = holds(500);
    slow.workflows[0].lock = Some(lock("a"));
    let mut world = World::new(slow, script);
    let outcome = world.start_with(&[(START_MS + 100, Control::Suspend)]).await.unwrap();
    assert!(matches!(outcome, Outcome::Suspended(_)), "{outcome:?}");
    assert_eq!(world.store.claims(), 1, "the stage has ended, the workflow has not");
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!(5)));
    assert_eq!(world.store.claims(), 0);
}

#[tokio::test]
async fn a_run_suspended_while_it_waits_says_so_and_is_passed_by() {
    let mut dead = died(50).await;
    let (plan, script) = holds(50);
    let mut waits = beside(&dead, plan, script);
    let Outcome::Suspended(list) = waits.start_with(&[(START_MS + 100, Control::Suspend)]).await.unwrap() else {
        panic!("it is suspended")
    };
    assert_eq!((list[0].stage.as_str(), list[0].kind.as_str()), ("work", "lock"));
    assert_eq!(waits.find().await.status, Status::Suspended);
    dead.script.recovery.lock().unwrap().insert("work".into(), "ended");
    dead.resume().await.unwrap();
    let (plan, script) = holds(50);
    let mut third = beside(&dead, plan, script);
    third.id = "run-3";
    assert_eq!(third.start().await.unwrap(), Outcome::Succeeded(json!(5)));
    assert_eq!(waits.resume().await.unwrap(), Outcome::Succeeded(json!(5)));
}

#[tokio::test]
async fn a_deadline_bounds_the_wait_for_a_lock_and_failures_are_handled() {
    let dead = died(50).await;
    let rescued = || act(NONE, int(9));
    let stages = vec![
        stage("late", act(WRITES, int(1))).lock("db").deadline(700).on_failure(None, HandlerAction::Use(int(7))),
        stage("called", act(WRITES, int(1))).lock("db").deadline(900).on_failure(None, HandlerAction::Call(rescued())),
        stage("items", map(list(vec![int(1)]), act(WRITES, int(1)))).lock("db").deadline(800).observed(),
    ];
    let returns = list(vec![of(0), of(1), observe(Observe::Failed, 2)]);
    let mut waits = beside(&dead, plan(stages, returns), Script::default());
    assert_eq!(waits.start().await.unwrap(), Outcome::Succeeded(json!([7, 9, true])));
    assert_eq!((waits.clock_ms - START_MS, waits.script.stages()), (900, vec!["called".to_owned()]));
}

#[tokio::test]
async fn a_deadline_may_wait_for_a_lock_longer_than_a_day() {
    let stages = vec![
        stage("holds", act(WRITES, int(1))).lock("db"),
        stage("patient", act(WRITES, int(2))).lock("db").deadline(4 * DAY),
        stage("other", act(WRITES, int(2))).lock("db").observed(),
    ];
    let script = Script::default().on("holds", [gives(1).takes(2 * DAY)]);
    let mut world = World::new(plan(stages, list(vec![of(1), observe(Observe::Failed, 2)])), script);
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!([2, true])));
    assert_eq!(at(&world, "patient"), [2 * DAY]);
}

#[tokio::test]
async fn what_never_got_its_lock_never_began() {
    let dead = died(50).await;
    let mut locked = plan(vec![stage("a", act(WRITES, int(1))), stage("tidy", act(NONE, int(1))).finally()], of(0));
    locked.workflows[0].lock = Some(lock("db"));
    for cancel in [false, true] {
        let mut waits = beside(&dead, locked.clone(), Script::default());
        (waits.id, waits.cancels) = (if cancel { "run-3" } else { "run-2" }, cancel);
        match waits.start().await.unwrap() {
            Outcome::Failed(error) => assert_eq!((error.class.as_str(), cancel), ("timeout", false)),
            outcome => assert_eq!((outcome, cancel), (Outcome::Cancelled, true)),
        }
        assert!(waits.script.stages().is_empty(), "neither its stages nor its `finally`");
    }
}

#[tokio::test]
async fn a_called_workflow_holds_its_lock_until_its_finally_has_ended() {
    let inner = vec![stage("i", act(WRITES, int(1))), stage("tidy", act(WRITES, int(1))).finally()];
    let mut plan = plan(vec![stage("a", sub(1, vec![])), stage("b", sub(1, vec![]))], list(vec![of(0), of(1)]));
    let mut called = workflow("called", inner, of(0));
    (called.lock, called.timeout) = (Some(lock("db")), Some(25));
    plan.workflows.push(called);
    let mut script = Script::default();
    for call in ["a", "b"] {
        script = script.on(&format!("{call}.i"), [gives(1).takes(20)]).on(&format!("{call}.tidy"), [gives(1).takes(5)]);
    }
    let mut world = World::new(plan, script);
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!([1, 1])), "its time runs from its lock on");
    let seen = ["a.i", "a.tidy", "b.i", "b.tidy"].map(|stage| at(&world, stage)[0]);
    assert_eq!(seen, [0, 20, 25, 45]);
    assert!(world.events().contains(&"b waits for Lock".to_owned()), "{:?}", world.events());
}

/// `a` and a workflow `sub`, both under `lock "db"`, and then a failure: both are undone.
fn undone() -> (Plan, Script) {
    let inner = vec![stage("i", act(WRITES, int(1))).undo(act(WRITES, int(2))).lock("rows")];
    let stages = vec![
        stage("a", act(WRITES, int(1))).undo(act(WRITES, int(3))).lock("db"),
        stage("sub", sub(1, vec![])).after(&[0]),
        stage("bad", act(NONE, int(1))).after(&[1]),
    ];
    let mut plan = plan(stages, of(0));
    let mut called = workflow("called", inner, of(0));
    called.lock = Some(lock("db"));
    plan.workflows.push(called);
    (plan, Script::default().on("bad", [fails("denied").takes(100)]).on("a.undo", [gives(1).takes(30)]))
}

#[tokio::test]
async fn what_was_done_under_a_lock_is_undone_under_it() {
    let (plan, script) = undone();
    let mut world = World::new(plan, script);
    assert!(matches!(world.start().await.unwrap(), Outcome::Failed(error) if !error.undo_incomplete));
    assert_eq!(world.script.stages(), ["a", "sub.i", "bad", "sub.i.undo", "a.undo"]);
    let granted = world.journal().iter().filter(|record| record.contains("locked")).count();
    assert_eq!(granted, 6, "of `a`, the workflow and its stage, each done and undone");
    assert_eq!(world.store.claims(), 0);
}

#[tokio::test]
async fn what_cannot_be_locked_is_not_undone_and_that_is_said() {
    for dies in [false, true] {
        let (plan, script) = undone();
        let mut world = World::new(plan, script);
        // It stops when all is done and nothing is undone yet, with its locks free.
        let outcome = world.start_with(&[(START_MS + 50, Control::Suspend)]).await.unwrap();
        assert!(matches!(outcome, Outcome::Suspended(_)), "{outcome:?}");
        let (held, slow) = holds(50);
        let mut other = beside(&world, held, slow);
        if dies {
            dies_under_its_lock(&mut other).await;
        } else {
            other.start().await.unwrap();
        }
        world.store = other.store.clone();
        let Outcome::Failed(error) = world.resume().await.unwrap() else { panic!("it fails") };
        assert_eq!((error.class.as_str(), error.undo_incomplete), ("denied", dies));
        let late = "timeout, lock `db` did not become free within 1d: run run-2 comes first";
        let details = ["a.undo", "sub.i.undo"].map(|path| format!("undo_incomplete: `{path}`: {late}"));
        assert_eq!(error.details, if dies { details.to_vec() } else { Vec::new() });
        assert_eq!(world.script.of("a.undo").len(), usize::from(!dies));
    }
}

#[tokio::test]
async fn every_cut_of_a_journal_with_locks_leads_to_the_same_end_and_frees_them() {
    let (plan, script) = undone();
    let mut whole = World::new(plan, script.by_key());
    let Outcome::Failed(end) = whole.start().await.unwrap() else { panic!("it fails") };
    let journal = whole.store.journal(RUN);
    assert!(journal.len() > 16, "{}", journal.len());
    for cut in 0..journal.len() {
        let (plan, script) = undone();
        let mut world = World::new(plan, script.by_key());
        world.store = whole.store.reopen(Crash::Kill);
        world.store.cut(RUN, cut);
        for recovery in ["a", "sub.i", "sub.i.undo", "a.undo"] {
            world.script.recovery.lock().unwrap().insert(recovery.into(), "not started");
        }
        world.clock_ms = journal[cut.saturating_sub(1)].at;
        let Outcome::Failed(error) = world.resume().await.unwrap() else { panic!("it fails, cut after {cut}") };
        assert_eq!((error.class, error.undo_incomplete), (end.class.clone(), end.undo_incomplete), "cut after {cut}");
        assert_eq!(world.store.claims(), 0, "cut after {cut}");
    }
}

//! What is told of a run before it is resumed is what becomes of it then.

use serde_json::json;

use super::plans::*;
use super::world::*;
use crate::engine::outlook::{Said, foreseen, plan_resume};
use crate::engine::recover::load;
use crate::engine::retry::Fate;
use crate::plan::Plan;
use crate::store::memory::Crash;
use crate::store::{Decision, EVERY_RUN, MessageBody, Store};

/// What is told of each stage before the run is resumed.
async fn told(world: &World) -> Vec<(String, Fate, String)> {
    let loaded = load(&world.store, &world.find().await, &world.plan).await.unwrap();
    let to_it = world.store.messages(RUN, loaded.run.taken).await.unwrap();
    let to_all = world.store.messages(EVERY_RUN, 0).await.unwrap();
    let said = Said { to_it: &to_it, to_all: &to_all, since: START_MS };
    let run = foreseen(&loaded.plan, &loaded.run, said, world.clock_ms);
    plan_resume(&loaded.plan, &run).into_iter().map(|one| (one.path, one.fate, one.because)).collect()
}

fn one(path: &str, fate: Fate, because: &str) -> (String, Fate, String) {
    (path.into(), fate, because.into())
}

/// A run that died over the attempt of its first stage.
async fn died(plan: Plan) -> World {
    let mut world = World::new(plan, Script::default());
    world.start().await.unwrap();
    world.store = world.store.reopen(Crash::Kill);
    // Started and intended.
    world.store.cut(RUN, 2);
    world
}

fn chain(agent: u32) -> Plan {
    plan(vec![stage("a", act(agent, int(1))), stage("b", act(NONE, of(0))).reads(&[0])], of(1))
}

#[tokio::test]
async fn a_program_may_have_outlived_wfc_and_then_goes_on() {
    let then = [
        (READS, "again"),
        (IDEMPOTENT, "again, same key"),
        (WRITES, "a person is asked"),
        (PROBED, "its probe is asked"),
    ];
    for (agent, then) in then {
        let mut plan = chain(agent);
        plan.agents.iter_mut().for_each(|agent| agent.kind = "exec".into());
        let world = died(plan).await;
        let because = format!("taken up where it is; if lost, {then}");
        let expected = [one("a", Fate::Again, &because), one("b", Fate::New, "not started before")];
        assert_eq!(told(&world).await, expected);
    }
}

#[tokio::test]
async fn of_what_ran_in_the_process_that_died_nobody_knows() {
    let world = died(chain(WRITES)).await;
    assert_eq!(told(&world).await[0], one("a", Fate::Asks, "unknown outcome, writes: a person is asked"));
}

#[tokio::test]
async fn what_a_person_has_said_meanwhile_counts() {
    let mut world = died(chain(WRITES)).await;
    world.resume().await.unwrap();
    assert_eq!(told(&world).await[0].1, Fate::Asks);
    world.send(MessageBody::Answer { stage: "a".into(), decision: Decision::DidNotHappen }).await;
    assert_eq!(told(&world).await[0], one("a", Fate::Again, "attempt 2; the one before was crashed"));

    let stages = vec![stage("a", ask("How many?", 86_400_000)), stage("b", act(NONE, of(0))).reads(&[0])];
    let mut world = World::new(plan(stages, of(1)), Script::default());
    world.start().await.unwrap();
    assert_eq!(told(&world).await[0], one("a", Fate::Asks, "a person is asked"));
    world.send(MessageBody::Answer { stage: "a".into(), decision: Decision::Value(json!(1)) }).await;
    let expected = [one("a", Fate::Kept, "kept"), one("b", Fate::New, "not started before")];
    assert_eq!(told(&world).await, expected);
}

#[tokio::test]
async fn an_event_that_was_sent_meanwhile_counts() {
    let stages = vec![stage("a", event("paid", "k", 86_400_000)), stage("b", act(NONE, of(0))).reads(&[0])];
    let mut world = World::new(plan(stages, of(1)), Script::default());
    world.start().await.unwrap();
    assert_eq!(told(&world).await[0], one("a", Fate::Asks, "an event is awaited"));
    let body = MessageBody::Event { name: "paid".into(), key: "k".into(), id: None, payload: json!(1) };
    world.store.send(EVERY_RUN, "bob", body).await.unwrap();
    assert_eq!(told(&world).await[0], one("a", Fate::Kept, "kept"));
}

#[tokio::test]
async fn a_run_that_is_cancelled_starts_nothing() {
    let stages = vec![stage("a", ask("How many?", 86_400_000)), stage("b", act(NONE, of(0))).reads(&[0])];
    let mut world = World::new(plan(stages, of(1)), Script::default());
    world.start().await.unwrap();
    world.send(MessageBody::Cancel).await;
    assert_eq!(told(&world).await, []);
}

/// A run that has failed while an attempt is under way: it was suspended, and that attempt has ended.
async fn failing(stages: Vec<crate::plan::Stage>) -> World {
    let script = Script::default().on("slow", [gives(1).takes(5_000)]).on("bad", [fails("denied").takes(10)]);
    let mut world = World::new(plan(stages, int(0)), script);
    world.start_with(&[(START_MS + 1_000, crate::engine::Control::Suspend)]).await.unwrap();
    world
}

/// What is told of it, without what is kept, and what it then does, in the order of names.
async fn told_and_done(mut world: World) -> (Vec<String>, Vec<String>) {
    let told = told(&world).await.into_iter().filter(|(_, fate, _)| *fate != Fate::Kept);
    let mut told: Vec<String> = told.map(|(path, ..)| path).collect();
    let before = world.script.stages().len();
    assert!(matches!(world.resume().await.unwrap(), crate::engine::Outcome::Failed(_)));
    let mut done = world.script.stages().split_off(before);
    told.sort();
    done.sort();
    (told, done)
}

#[tokio::test]
async fn a_run_that_has_failed_undoes_and_tidies_up() {
    let stages = || {
        let written = stage("written", act(WRITES, int(1))).undo(act(WRITES, int(2)));
        let stood = stage("stood", act(WRITES, int(3)));
        let bad = stage("bad", act(NONE, int(4))).after(&[0, 1]);
        let never = stage("never", act(NONE, int(5))).after(&[2, 4]);
        vec![written, stood, bad, never, stage("slow", act(NONE, int(6))), stage("last", act(NONE, int(7))).finally()]
    };
    let world = failing(stages()).await;
    let expected = [
        one("written.undo", Fate::New, "undoes what succeeded"),
        one("stood", Fate::Kept, "kept"),
        one("slow", Fate::Kept, "kept"),
        one("last", Fate::New, "runs at the end"),
    ];
    assert_eq!(told(&world).await, expected);
    let (told, done) = told_and_done(world).await;
    assert_eq!(told, done);
}

#[tokio::test]
async fn a_map_that_has_failed_begins_no_more_items() {
    let mut items = map(list((0..5).map(int).collect()), act(READS, var(crate::value::expr::Var::Item)));
    items.parallel = Some(2);
    let stages = vec![stage("m", items)];
    let script = Script::default().on("m[0]", [fails("denied")]).on("m[1]", [gives(1).takes(5_000)]);
    let mut world = World::new(plan(stages, of(0)), script);
    // Its process dies while the other item is under way.
    world.store.set_hook(|commit| {
        match commit.records.iter().any(|record| record.body.starts_with(r#"{"succeeded"#)) {
            true => crate::store::memory::Verdict::StopBefore,
            false => crate::store::memory::Verdict::Commit,
        }
    });
    assert!(world.start().await.is_err(), "the process dies");
    world.store = world.store.reopen(Crash::Kill);
    assert!(told(&world).await.iter().all(|(path, ..)| path == "m[1]"), "{:?}", told(&world).await);
    let (told, done) = told_and_done(world).await;
    assert_eq!(told, done);
}

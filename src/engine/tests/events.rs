//! Events: sent to every run, taken once, oldest first, by the stage that has waited longest.

use serde_json::{Value as Json, json};

use super::plans::*;
use super::world::*;
use crate::engine::Outcome;
use crate::plan::{Plan, RaceKind};
use crate::store::{EVERY_RUN, MessageBody, Store};

async fn send(world: &World, name: &str, key: &str, id: Option<&str>, payload: Json) {
    let body = MessageBody::Event { name: name.into(), key: key.into(), id: id.map(str::to_owned), payload };
    world.store.send(EVERY_RUN, "bob", body).await.unwrap();
}

/// Two stages that wait for the same event, one after the other.
fn two() -> Plan {
    let stages =
        vec![stage("a", event("paid", "k", 86_400_000)), stage("b", event("paid", "k", 86_400_000)).after(&[0])];
    plan(stages, list(vec![of(0), of(1)]))
}

#[tokio::test]
async fn a_run_parks_until_its_events_have_come() {
    let mut world = World::new(two(), Script::default());
    let outcome = world.start().await.unwrap();
    let Outcome::Waiting(waits) = outcome else { panic!("{outcome:?}") };
    assert_eq!((waits[0].kind.as_str(), waits[0].command.as_str()), ("event", "wfc runs send paid --key k JSON"));
    send(&world, "paid", "other key", None, json!(9)).await;
    send(&world, "refunded", "k", None, json!(9)).await;
    send(&world, "paid", "k", None, json!(1)).await;
    send(&world, "paid", "k", None, json!(2)).await;
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!([1, 2])));
}

#[tokio::test]
async fn an_id_counts_once() {
    let mut world = World::new(two(), Script::default());
    assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
    for number in [1, 1, 2] {
        send(&world, "paid", "k", Some(&format!("id-{number}")), json!(number)).await;
    }
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!([1, 2])));
}

#[tokio::test]
async fn those_who_wait_take_turns_and_what_comes_early_is_kept() {
    let stages = vec![
        stage("slow", act(NONE, int(1))),
        stage("a", event("paid", "k", 86_400_000)).after(&[0]),
        stage("first", event("paid", "k", 86_400_000)),
    ];
    let script = Script::default().on("slow", [gives(1).takes(1_000)]);
    let mut world = World::new(plan(stages, list(vec![of(1), of(2)])), script);
    world.store.create(&world.info(), &world.plan.to_json()).await.unwrap();
    send(&world, "paid", "k", None, json!(1)).await;
    send(&world, "paid", "k", None, json!(2)).await;
    let mode = crate::engine::Mode::Start { run: RUN.into() };
    assert_eq!(world.drive(mode, &[]).await.unwrap(), Outcome::Succeeded(json!([2, 1])));
}

#[tokio::test]
async fn what_does_not_fit_fails_and_what_does_not_come_in_time_too() {
    let mut world = World::new(plan(vec![stage("a", event("paid", "k", 1_000)).observed()], of(0)), Script::default());
    world.options.wait = true;
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(null)));
    assert!(world.events().contains(&"a failed: timeout, handled".to_owned()), "{:?}", world.events());
    let mut world = World::new(two(), Script::default());
    assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
    send(&world, "paid", "k", None, json!("not a number")).await;
    assert!(matches!(world.resume().await.unwrap(), Outcome::Failed(error) if error.class == "invalid_output"));
}

#[tokio::test]
async fn an_event_or_a_deadline_whichever_comes_first() {
    let body = || race(RaceKind::Tagged, vec![("paid", event("paid", "k", 86_400_000)), ("late", wait(1_000))]);
    let mut world = World::new(plan(vec![stage("e", body())], of(0)), Script::default());
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!({"won": "late", "value": null})));
    let mut world = World::new(plan(vec![stage("e", body())], of(0)), Script::default());
    world.store.create(&world.info(), &world.plan.to_json()).await.unwrap();
    send(&world, "paid", "k", None, json!(5)).await;
    let mode = crate::engine::Mode::Start { run: RUN.into() };
    assert_eq!(world.drive(mode, &[]).await.unwrap(), Outcome::Succeeded(json!({"won": "paid", "value": 5})));
}

#[tokio::test]
async fn what_a_kept_stage_took_is_not_taken_again_by_a_retry() {
    let stages = vec![
        stage("a", event("paid", "k", 86_400_000)),
        stage("b", act(NONE, of(0))).reads(&[0]),
        stage("c", event("paid", "k", 86_400_000)).after(&[1]),
    ];
    let script = Script::default().on("b", [fails("denied"), gives(7)]);
    let mut world = World::new(plan(stages, list(vec![of(0), of(2)])), script);
    assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
    send(&world, "paid", "k", None, json!(1)).await;
    assert!(matches!(world.resume().await.unwrap(), Outcome::Failed(_)));
    assert!(matches!(world.retry(&[]).await.unwrap(), Outcome::Waiting(_)));
    send(&world, "paid", "k", None, json!(2)).await;
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!([1, 2])));
}

/// How many messages to every run the journal holds.
fn recorded(world: &World) -> usize {
    world.journal().iter().filter(|record| record.contains("\"heard\"")).count()
}

#[tokio::test]
async fn what_nobody_waits_for_is_not_recorded() {
    let stages = vec![
        stage("a", event("paid", "k", 86_400_000)),
        stage("b", event("paid", "later", 86_400_000)).after(&[0]),
        stage("c", event("paid", "k", 86_400_000)).after(&[1]),
    ];
    let mut world = World::new(plan(stages, list(vec![of(0), of(1), of(2)])), Script::default());
    assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
    for number in 0..100 {
        send(&world, "paid", &format!("other-{number}"), None, json!(number)).await;
    }
    send(&world, "paid", "later", None, json!(2)).await;
    assert!(matches!(world.resume().await.unwrap(), Outcome::Waiting(_)));
    assert_eq!(recorded(&world), 0, "{:?}", world.journal());
    for number in [1, 3, 4, 5] {
        send(&world, "paid", "k", Some(&format!("id-{number}")), json!(number)).await;
    }
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!([1, 2, 3])), "what came early is taken later");
    assert_eq!(recorded(&world), 3, "{:?}", world.journal());
}

#[tokio::test]
async fn an_id_that_comes_again_is_not_recorded_again() {
    let mut world = World::new(two(), Script::default());
    assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
    for number in [1, 1, 1] {
        send(&world, "paid", "k", Some(&format!("id-{number}")), json!(number)).await;
        assert!(matches!(world.resume().await.unwrap(), Outcome::Waiting(_)));
    }
    assert_eq!(recorded(&world), 1);
    send(&world, "paid", "k", Some("id-2"), json!(2)).await;
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!([1, 2])));
}

#[tokio::test]
async fn what_an_earlier_version_recorded_early_is_taken_once() {
    let mut world = World::new(two(), Script::default());
    let stages = vec![stage("slow", act(NONE, int(1))), stage("a", event("paid", "k", 86_400_000)).after(&[0])];
    world.plan = std::sync::Arc::new(plan(stages, of(1)));
    let slow = Script::default().on("slow", [lacks("a secret"), gives(1)]);
    world.script = slow;
    assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
    send(&world, "paid", "k", None, json!(1)).await;
    send(&world, "paid", "k", None, json!(2)).await;
    let early = world.store.messages(EVERY_RUN, 0).await.unwrap();
    let lease = world.store.lease(RUN, false).await.unwrap();
    let (seq, at) = (world.store.journal(RUN).len() as u64, early[0].at);
    let body = serde_json::to_string(&crate::engine::journal::Event::Heard(early[0].clone())).unwrap();
    world.store.append(&lease, vec![crate::store::Record { seq, at, body }], None, true).await.unwrap();
    drop(lease);
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!(1)));
    assert_eq!(recorded(&world), 1);
}

//! Rows 20 and 50 of the faults: what only people can bring, a secret or room on the disk, parks the run and fails nothing.

use serde_json::json;

use super::plans::*;
use super::world::*;
use crate::engine::Outcome;
use crate::plan::{HandlerAction, Plan};
use crate::store::memory::{Crash, Verdict};
use crate::store::{MessageBody, Status};

/// `a` needs a secret, `b` does not, `c` needs both of them.
fn three() -> Plan {
    let stages = vec![
        stage("a", act(WRITES, int(1)).retry(3, &["failed"])).on_failure(None, HandlerAction::Skip),
        stage("b", act(WRITES, int(2)).retry(2, &["temporary"])),
        stage("c", act(WRITES, list(vec![of(0), of(1)]))).reads(&[0, 1]),
    ];
    plan(stages, of(2))
}

#[tokio::test]
async fn an_attempt_without_its_secret_waits_and_all_else_goes_on() {
    let script = Script::default()
        .on("a", [lacks("TOKEN is not set"), lacks("TOKEN is not set"), gives("made")])
        .on("b", [fails("temporary"), gives(2)]);
    let mut world = World::new(three(), script);
    // Even one who would wait for people: nobody can bring it to this process.
    world.options.wait = true;
    for _ in 0..2 {
        let Outcome::Waiting(waits) = world.start_or_resume().await else { panic!("it parks") };
        assert_eq!(waits.len(), 1);
        assert_eq!((waits[0].stage.as_str(), waits[0].kind.as_str()), ("a", "secret"));
        assert_eq!(waits[0].command, "wfc resume run-1");
        let info = world.find().await;
        assert_eq!((info.status, info.because.as_deref()), (Status::Waiting, Some("a: waits for a secret")));
    }
    assert!(world.events().contains(&"a log TOKEN is not set".to_owned()), "{:?}", world.events());
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!(["made", 2])));
    let seen: Vec<(u32, String)> = world.script.of("a").into_iter().map(|call| (call.attempt, call.key)).collect();
    assert_eq!(seen, vec![(1, "K/a/-/-/0/0".to_owned()); 3], "it never counts as an attempt");
    assert_eq!(world.script.of("b").len(), 2);
}

#[tokio::test]
async fn an_attempt_without_room_on_the_disk_waits_for_the_disk() {
    let script = Script::default().on("a", [has_no_room("the disk is full"), gives("made")]);
    let mut world = World::new(three(), script);
    let Outcome::Waiting(waits) = world.start().await.unwrap() else { panic!("it parks") };
    assert_eq!((waits.len(), waits[0].kind.as_str()), (1, "disk"));
    assert_eq!(world.find().await.because.as_deref(), Some("a: waits for the disk"));
    assert!(world.events().contains(&"a waits for Disk".to_owned()), "{:?}", world.events());
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!(["made", 2])));
}

#[tokio::test]
async fn what_waits_for_a_secret_can_be_cancelled_and_ends_with_its_deadline() {
    let mut world = World::new(three(), Script::default().on("a", [lacks("TOKEN is not set")]));
    assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
    world.send(MessageBody::Cancel).await;
    assert_eq!(world.resume().await.unwrap(), Outcome::Cancelled);

    let late = stage("a", act(WRITES, int(1))).deadline(60_000);
    let mut world = World::new(plan(vec![late], of(0)), Script::default().on("a", [lacks("TOKEN is not set")]));
    assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
    world.clock_ms += 120_000;
    let Outcome::Failed(error) = world.resume().await.unwrap() else { panic!("its time is over") };
    assert_eq!((error.class.as_str(), error.maybe_happened), ("timeout", false));
}

#[tokio::test]
async fn the_probe_of_a_write_may_lack_a_secret_too() {
    let script = Script::default()
        .on("a", [fails("timeout").early("made")])
        .on("a?", [lacks("TOKEN is not set"), gives(json!({ "kind": "done", "result": "made" }))]);
    let mut world = World::new(plan(vec![stage("a", act(PROBED, int(1)))], of(0)), script);
    assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!("made")));
}

#[tokio::test]
async fn killed_at_any_commit_it_still_waits() {
    let script = || Script::default().on("a", [lacks("TOKEN is not set")]);
    let mut whole = World::new(three(), script());
    assert!(matches!(whole.start().await.unwrap(), Outcome::Waiting(_)));
    for commit in 1..whole.store.commits() {
        for verdict in [Verdict::StopAfter, Verdict::StopBefore] {
            let mut world = World::new(three(), script());
            world.store.set_hook(move |this| if this.number == commit { verdict } else { Verdict::Commit });
            assert!(world.start().await.is_err());
            world.store = world.store.reopen(Crash::Kill);
            let outcome = world.resume().await.unwrap();
            // A write whose process died is for a person, unless its secret was missing.
            assert!(matches!(outcome, Outcome::Waiting(_)), "{outcome:?}");
        }
    }
}

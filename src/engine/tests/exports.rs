//! Exports: one file says all of a run, and reads back.

use std::sync::Arc;

use serde_json::json;

use super::plans::*;
use super::world::*;
use crate::agent::secret::Redactor;
use crate::engine::Outcome;
use crate::engine::export::export;
use crate::store::export::{Content, Export, Outcome as End};
use crate::store::memory::{Crash, Verdict};
use crate::store::{Decision, MessageBody, Store};
use crate::value::builtin::Builtin;
use crate::value::expr::ExprKind;

async fn exported(world: &World, redactor: &Redactor) -> (String, Export) {
    let mut bytes = Vec::new();
    let info = world.find().await;
    export(&world.store, &info, &Arc::clone(&world.plan), redactor, &mut bytes).await.expect("it is written");
    let text = String::from_utf8(bytes).expect("text");
    let export = Export::decode(&text).expect("it reads back");
    (text, export)
}

/// A call that fails and is tried again, one whose result is long, a question, a file that is made.
async fn finished() -> World {
    let file = expr(ExprKind::Call(Builtin::File, vec![text("note.txt"), text("some text")]));
    let stages = vec![
        stage("a", act(READS, int(7)).retry(2, &["temporary"])),
        stage("long", act(NONE, of(0))),
        stage("form", ask("How many?", 86_400_000)).after(&[0, 1]),
        stage("made", act(READS, file)).after(&[2]),
    ];
    let long = "x".repeat(100_000);
    let script = Script::default().on("a", [fails("temporary"), gives("got").takes(500)]).on("long", [gives(long)]);
    let mut world = World::new(plan(stages, of(2)), script);
    assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
    world.send(MessageBody::Answer { stage: "form".into(), decision: Decision::Value(json!(3)) }).await;
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!(3)));
    world
}

#[tokio::test]
async fn every_attempt_answer_and_byte_is_in_it() {
    let world = finished().await;
    let (_, export) = exported(&world, &Redactor::default()).await;
    assert_eq!((export.run.result.as_ref(), export.run.id.as_str()), (Some(&json!(3)), RUN));
    assert_eq!(export.plans.iter().map(|plan| &plan.hash).collect::<Vec<_>>(), [&world.plan.hash]);
    let calls: Vec<_> = export.calls.iter().map(|call| (call.stage.as_str(), call.attempt)).collect();
    assert_eq!(calls, [("a", 1), ("long", 1), ("a", 2), ("made", 1)], "in the order of their starts");
    let [first, long, second, made] = &export.calls[..] else { panic!("four calls") };
    assert!(first.arguments.values().eq([&json!(7)]), "{first:?}");
    assert!(matches!(&first.outcome, Some(End::Failed { class, outcome_known: true, .. }) if class == "temporary"));
    assert_eq!(second.ended.map(|ended| ended - second.started), Some(500));
    assert!(matches!(&second.outcome, Some(End::Succeeded { result, .. }) if *result == json!("got")));
    assert!(matches!(&long.outcome, Some(End::Succeeded { result, .. }) if result.as_str().unwrap().len() == 100_000));
    assert!(made.arguments.values().all(|file| file["name"] == "note.txt"), "{made:?}");
    assert_eq!(export.taken.len(), 1);
    assert_eq!(export.taken[0].message.by, "bob");
    assert_eq!(export.messages.len(), 1);
    assert_eq!(export.records.len(), world.journal().len());
    for blob in &export.blobs {
        let bytes = blob.content.bytes().expect("they are there");
        assert_eq!((blake3::hash(&bytes).to_hex().as_str(), bytes.len() as u64), (blob.hash.as_str(), blob.size));
    }
    let texts = export.blobs.iter().filter(|blob| blob.content == Content::Text("some text".into()));
    assert_eq!((export.blobs.len(), texts.count()), (2, 1), "the long result and the file");
}

#[tokio::test]
async fn what_is_open_says_so_and_what_was_lost_too() {
    let script = Script::default().on("a", [gives("never").takes(1_000), gives("late")]);
    let mut world = World::new(plan(vec![stage("a", act(READS, int(1)))], of(0)), script);
    world.store.set_hook(|commit| {
        match commit.records.iter().any(|record| record.body.starts_with(r#"{"succeeded"#)) {
            true => Verdict::StopBefore,
            false => Verdict::Commit,
        }
    });
    assert!(world.start().await.is_err(), "the process dies");
    world.store = world.store.reopen(Crash::Kill);
    let before = exported(&world, &Redactor::default()).await.1;
    assert!(before.calls[0].outcome.is_none() && before.calls[0].ended.is_none(), "{:?}", before.calls);
    world.resume().await.unwrap();
    let after = exported(&world, &Redactor::default()).await.1;
    let ends: Vec<_> = after.calls.iter().map(|call| (call.attempt, call.outcome.clone())).collect();
    assert!(matches!(ends[..], [(1, Some(End::Lost { .. })), (2, Some(End::Succeeded { .. }))]), "{ends:?}");
    assert_eq!(after.run.ended, after.calls[1].ended);
}

#[tokio::test]
async fn a_secret_that_came_into_the_store_does_not_leave_it() {
    let world = finished().await;
    world.store.put_blob(b"some text".to_vec()).await.unwrap();
    let redactor = Redactor::new(&["some text".into(), "temporary".into()]);
    let (text, export) = exported(&world, &redactor).await;
    assert!(!text.contains("some text") && !text.contains("temporary"), "{text}");
    assert!(export.blobs.iter().any(|blob| matches!(blob.content, Content::Withheld(_))));
    assert!(text.contains("[REDACTED]"));
}

//! Files: made, read, kept by their hash, and there again after a death.

use serde_json::json;

use super::plans::*;
use super::world::*;
use crate::engine::Outcome;
use crate::plan::{Param, Plan};
use crate::store::memory::{Crash, Verdict};
use crate::store::{Decision, MessageBody, Store};
use crate::value::builtin::Builtin;
use crate::value::expr::{Expr, ExprKind, Var};
use crate::value::types::Kind;

fn built(builtin: Builtin, args: Vec<Expr>) -> Expr {
    expr(ExprKind::Call(builtin, args))
}

fn field(of: Expr, name: &str) -> Expr {
    expr(ExprKind::Field(Box::new(of), name.into()))
}

fn hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

/// Makes a file, waits for a person, and reads it; its first stage gives a file that it was given.
fn plan_of_files() -> Plan {
    let made = built(Builtin::File, vec![text("note.txt"), text("some text")]);
    let mut given = act(READS, var(Var::Param(0)));
    given.result = ty(Kind::File);
    let stages = vec![
        stage("given", given),
        stage("made", act(READS, made)),
        stage("form", ask("Go on?", 86_400_000)).after(&[0, 1]),
        stage("read", act(READS, built(Builtin::Text, vec![of(0)]))).reads(&[0]).after(&[2]),
    ];
    let mut plan = plan(stages, list(vec![of(3), field(of(0), "name"), of(1)]));
    plan.workflows[0].params.push(Param { name: "doc".into(), doc: None, ty: ty(Kind::File), default: None });
    plan
}

async fn world(content: &str) -> World {
    let mut world = World::new(plan_of_files(), Script::default());
    world.store.put_blob(content.as_bytes().to_vec()).await.unwrap();
    world.inputs = json!({ "doc": { "name": "in.txt", "size": content.len(), "hash": hash(content) } });
    world
}

async fn finish(world: &mut World) -> Outcome {
    world.send(MessageBody::Answer { stage: "form".into(), decision: Decision::Value(json!(1)) }).await;
    world.resume().await.unwrap()
}

fn end(content: &str) -> Outcome {
    let note = json!({ "name": "note.txt", "size": 9, "hash": hash("some text") });
    Outcome::Succeeded(json!([content, "in.txt", note]))
}

#[tokio::test]
async fn what_a_file_holds_is_read_by_its_hash_whenever_the_process_dies() {
    let mut whole = world("what it says").await;
    assert!(matches!(whole.start().await.unwrap(), Outcome::Waiting(_)));
    assert_eq!(finish(&mut whole).await, end("what it says"));
    assert_eq!(whole.store.blob(&hash("some text")).await.unwrap(), b"some text", "what was made is kept");
    for commit in 1..whole.store.commits() {
        for verdict in [Verdict::StopAfter, Verdict::StopBefore] {
            let mut killed = world("what it says").await;
            killed.store.set_hook(move |this| if this.number == commit { verdict } else { Verdict::Commit });
            let died = killed.start().await;
            killed.store = killed.store.reopen(Crash::Kill);
            if died.is_err() {
                let _ = killed.resume().await.unwrap();
            }
            if killed.find().await.result.is_none() {
                assert_eq!(finish(&mut killed).await, end("what it says"), "killed at commit {commit}");
            }
            assert_eq!(killed.store.blob(&hash("some text")).await.unwrap(), b"some text");
        }
    }
}

#[tokio::test]
async fn what_is_no_text_or_too_long_fails_the_calculation() {
    for content in ["\u{0}x".to_owned(), "y".repeat((1 << 20) + 1)] {
        let mut world = world(&content).await;
        if content.starts_with('\u{0}') {
            let bytes = vec![0xff, 0xfe];
            let hash = world.store.put_blob(bytes).await.unwrap();
            world.inputs = json!({ "doc": { "name": "in.txt", "size": 2, "hash": hash } });
        }
        assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
        let Outcome::Failed(error) = finish(&mut world).await else { panic!("it fails") };
        assert_eq!(error.class, "invalid_value");
        assert!(error.message.contains("the byte at 0") || error.message.contains("1MiB"), "{}", error.message);
    }
}

#[tokio::test]
async fn content_that_is_gone_is_said_by_name() {
    let mut world = world("x").await;
    world.inputs = json!({ "doc": { "name": "in.txt", "size": 1, "hash": hash("never kept") } });
    let error = world.start().await.unwrap_err().to_string();
    assert!(error.contains(&hash("never kept")), "{error}");
}

#[tokio::test]
async fn names_of_files_are_without_folders() {
    let made = built(Builtin::File, vec![text("../x"), text("")]);
    let mut world = World::new(plan(vec![stage("a", act(NONE, made))], of(0)), Script::default());
    let Outcome::Failed(error) = world.start().await.unwrap() else { panic!("it fails") };
    assert_eq!(error.message, "\"../x\" is not the name of a file");
}

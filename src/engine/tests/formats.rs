//! Journals that earlier versions wrote: what a retry kept then, it keeps when they are replayed.

use serde_json::{Value as Json, json};

use super::plans::*;
use super::pools;
use super::world::*;
use crate::engine::recover::load;
use crate::engine::state::End;
use crate::plan::{HandlerAction, Plan};
use crate::store::{Record, Store};
use crate::value::Value;
use crate::value::policy::Strategy;

/// A failure that is done without, and a write that has read so.
fn skipped_then_written() -> Plan {
    let stages = vec![
        stage("maybe", act(READS, int(1))).on_failure(None, HandlerAction::Skip),
        stage("then", act(WRITES, of(0)).timeout(1_000)).reads(&[0]),
    ];
    plan(stages, of(1))
}

fn limits() -> Json {
    json!({ "parallel": 64, "agents": [16, 16, 16, 16, 16, 16] })
}

/// The first life: what came of the write is the last of it.
fn first_life(journal: u32, written: &Json) -> Vec<Json> {
    let denied = json!({ "class": "denied", "message": "as told", "outcome_known": true });
    vec![
        json!({ "started": { "journal": journal, "plan": "plan-1", "inputs": [], "by": "alice", "seed": 8, "limits": limits() } }),
        intent(1, "maybe", 1, "K/maybe/-/-/0/0", "reader.act"),
        json!({ "failed": { "id": 1, "failure": denied } }),
        intent(2, "then", 1, "K/then/-/-/0/0", "writer.act"),
        json!({ "failed": { "id": 2, "failure": written } }),
        json!({ "retried": { "journal": journal, "plan": "plan-1", "inputs": [], "by": "alice", "seed": 9, "limits": limits() } }),
    ]
}

fn intent(id: u64, stage: &str, attempt: u32, key: &str, call: &str) -> Json {
    json!({ "intent": { "id": id, "stage": stage, "attempt": attempt, "key": key, "call": call } })
}

fn gave(id: u64, value: i64) -> Json {
    json!({ "succeeded": { "id": id, "result": { "value": value } } })
}

fn maybe_again() -> [Json; 2] {
    [intent(3, "maybe", 2, "K/maybe/-/-/0/1", "reader.act"), gave(3, 1)]
}

/// Its key says whether what it reads is what it was, and whether the attempt before had failed.
fn then_again(id: u64, key: &str) -> [Json; 2] {
    [intent(id, "then", 2, &format!("K/then/-/-/{key}"), "writer.act"), gave(id, 5)]
}

fn did_not_happen() -> Json {
    let body = json!({ "answer": { "stage": "then", "decision": "did_not_happen" } });
    json!({ "message": { "id": 1, "at": START_MS + 2_000, "by": "bob", "body": body } })
}

async fn replayed(records: Vec<Json>) -> World {
    let world = World::new(skipped_then_written(), Script::default());
    write(&world, records).await;
    world
}

async fn write(world: &World, records: Vec<Json>) {
    let text = serde_json::to_string(&*world.plan).unwrap();
    world.store.create(&world.info(), &text).await.unwrap();
    let lease = world.store.lease(RUN, false).await.unwrap();
    let record = |(seq, body): (u64, Json)| Record { seq, at: START_MS + 1_000 * (seq as i64), body: body.to_string() };
    let records = (0..).zip(records).map(record).collect();
    world.store.append(&lease, records, None, true).await.unwrap();
}

async fn succeeds(records: Vec<Json>) {
    let world = replayed(records).await;
    let loaded = load(&world.store, &world.info(), &world.plan).await.expect("it is what was written then");
    assert_eq!(loaded.run.end, Some(End::Succeeded(Value::Int(5))));
}

#[tokio::test]
async fn a_retry_of_the_first_format_tried_a_failure_again_whatever_was_written() {
    let denied = json!({ "class": "denied", "message": "as told", "outcome_known": true });
    let again = maybe_again().into_iter().chain(then_again(4, "1/1"));
    succeeds(first_life(1, &denied).into_iter().chain(again).collect()).await;

    let lost = json!({ "class": "timeout", "message": "it took longer than 1s", "outcome_known": false });
    let again = maybe_again().into_iter().chain([did_not_happen()]).chain(then_again(4, "1/0"));
    succeeds(first_life(1, &lost).into_iter().chain(again).collect()).await;
}

#[tokio::test]
async fn a_retry_of_the_second_format_kept_a_failure_after_which_a_write_had_begun() {
    let denied = json!({ "class": "denied", "message": "as told", "outcome_known": true });
    succeeds(first_life(2, &denied).into_iter().chain(then_again(3, "0/1")).collect()).await;
}

#[tokio::test]
async fn a_retry_keeps_a_failure_after_which_something_may_have_been_written() {
    let lost = json!({ "class": "timeout", "message": "it took longer than 1s", "outcome_known": false });
    for journal in [2, 3] {
        let again = std::iter::once(did_not_happen()).chain(then_again(3, "0/0"));
        succeeds(first_life(journal, &lost).into_iter().chain(again).collect()).await;
    }
    let denied = json!({ "class": "denied", "message": "as told", "outcome_known": true });
    let again = maybe_again().into_iter().chain(then_again(4, "1/1"));
    succeeds(first_life(3, &denied).into_iter().chain(again).collect()).await;
}

/// Until the third format a retry went to whom the strategy named, also where that was who had failed.
#[tokio::test]
async fn a_retry_of_the_third_format_went_to_the_first_member_again() {
    let failed = json!({ "class": "temporary", "message": "as told", "outcome_known": true });
    let stages = vec![stage("s0", pools::pooled().retry(4, &["temporary"]))];
    let plan = pools::pool(Strategy::FirstAvailable, [NONE, READS], 3, stages);
    for (journal, second) in [(3, "calm.act"), (4, "reader.act")] {
        let world = World::new(plan.clone(), Script::default());
        let records = vec![
            json!({ "started": { "journal": journal, "plan": "plan-1", "inputs": [], "by": "alice", "seed": 8, "limits": limits() } }),
            intent(1, "s0", 1, "K/s0/-/-/0/0", "calm.act"),
            json!({ "failed": { "id": 1, "failure": failed } }),
            json!("tick"),
            intent(2, "s0", 2, "K/s0/-/-/0/1", second),
            gave(2, 1),
        ];
        write(&world, records).await;
        let loaded = load(&world.store, &world.info(), &world.plan).await.expect("it is what was written then");
        assert_eq!(loaded.run.end, Some(End::Succeeded(Value::Int(0))), "format {journal}");
    }
}

//! Straight stages: order, limits, retries, time.

use serde_json::json;

use super::plans::*;
use super::world::*;
use crate::engine::Outcome;
use crate::store::Status;

#[tokio::test]
async fn results_flow_along_a_chain() {
    let stages = vec![
        stage("a", act(NONE, text("x"))),
        stage("b", act(NONE, of(0))).reads(&[0]),
        stage("c", act(NONE, of(1))).reads(&[1]),
    ];
    let mut world = World::new(plan(stages, of(2)), Script::default().on("a", [gives(5)]));
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(5)));
    assert_eq!(world.script.stages(), ["a", "b", "c"]);
    let info = world.find().await;
    assert_eq!((info.status, info.result), (Status::Succeeded, Some(json!(5))));
    assert_eq!(world.script.of("b")[0].key, "K/b/-/-/0/0");
    let expected = [
        "run started",
        "a ready",
        "a attempt 1",
        "a gave 5",
        "b ready",
        "b attempt 1",
        "b gave 5",
        "c ready",
        "c attempt 1",
        "c gave 5",
        "run succeeded: 5",
    ];
    assert_eq!(world.events(), expected);
}

#[tokio::test]
async fn a_known_failure_is_retried_under_another_key() {
    let stages = vec![stage("a", act(WRITES, int(1)).retry(3, &["temporary"]))];
    let script = Script::default().on("a", [fails("temporary"), fails("temporary"), gives(2)]);
    let mut world = World::new(plan(stages, of(0)), script);
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(2)));
    let calls = world.script.of("a");
    let seen: Vec<_> = calls.iter().map(|call| (call.attempt, call.key.as_str(), call.at - START_MS)).collect();
    assert_eq!(seen, [(1, "K/a/-/-/0/0", 0), (2, "K/a/-/-/0/1", 1_000), (3, "K/a/-/-/0/2", 2_000)]);
}

//! The times that are told of a run that stood still.

use super::plans::*;
use super::world::*;
use crate::engine::Outcome;
use crate::engine::recover::tell;
use crate::engine::report::{Event, Report};
use crate::engine::step::notice::rfc3339;
use crate::store::{Decision, MessageBody};

const HOUR: i64 = 3_600_000;

/// When the run was taken up, as that was told.
fn begun<'a>(reports: impl Iterator<Item = &'a Report>) -> Vec<String> {
    reports
        .filter(|report| matches!(report.event, Event::RunStarted { .. }))
        .map(|report| report.time.to_string())
        .collect()
}

/// What is told of the journal afterwards.
async fn retold(world: &World) -> Vec<Report> {
    let mut reports = Vec::new();
    tell(&world.store, &world.find().await, &world.plan, &mut |report| reports.push(report.clone())).await.unwrap();
    reports
}

#[tokio::test]
async fn a_run_goes_on_when_it_does_and_not_when_it_stopped() {
    let items = map(list((0..2).map(int).collect()), ask("Go on?", 100 * HOUR));
    let stages = vec![stage("a", act(NONE, int(1))), stage("items", items).after(&[0])];
    let mut world = World::new(plan(stages, of(0)), Script::default().on("a", [gives(1).takes(1_000)]));
    assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
    for item in 0..2 {
        world.clock_ms += HOUR;
        let decision = Decision::Value(serde_json::json!(1));
        world.send(MessageBody::Answer { stage: format!("items[{item}]"), decision }).await;
        world.told.0.lock().unwrap().clear();
        world.resume().await.unwrap();
    }
    let expected = rfc3339(START_MS + 1_000 + 2 * HOUR);
    assert_eq!(begun(world.told.0.lock().unwrap().iter()), [expected.as_str()]);
    let all = [START_MS, START_MS + 1_000 + HOUR, START_MS + 1_000 + 2 * HOUR].map(rfc3339);
    assert_eq!(begun(retold(&world).await.iter()), all, "as it was told then");
    let events = world.events();
    let ready = events.iter().position(|line| line == "items ready");
    assert!(ready.is_some_and(|at| at < 3), "that it holds the others is told first: {events:?}");
}

#[tokio::test]
async fn a_retry_begins_when_it_does() {
    let stages = vec![stage("a", act(NONE, int(1))), stage("b", act(NONE, of(0))).reads(&[0])];
    let mut world =
        World::new(plan(stages, of(1)), Script::default().on("b", [fails("denied").takes(1_000), gives(2)]));
    assert!(matches!(world.start().await.unwrap(), Outcome::Failed(_)));
    world.clock_ms += HOUR;
    assert!(matches!(world.retry(&[]).await.unwrap(), Outcome::Succeeded(_)));
    let all = [START_MS, START_MS + 1_000 + HOUR].map(rfc3339);
    assert_eq!(begun(world.told.0.lock().unwrap().iter()), all);
    assert_eq!(begun(retold(&world).await.iter()), all);
}

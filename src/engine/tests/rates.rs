//! Rates: in no window of their length begin more attempts than they allow.

use serde_json::json;

use super::plans::*;
use super::world::*;
use crate::engine::Outcome;
use crate::plan::{HandlerAction, Plan, Stage};
use crate::store::memory::Crash;
use crate::value::settings::Rate;

/// `calm` may begin two attempts a second.
fn rated(stages: Vec<Stage>) -> Plan {
    let mut plan = plan(stages, int(0));
    plan.agents[NONE as usize].rate = Some(Rate { count: 2, per: 1_000 });
    plan
}

fn begun(world: &World, agent: &str) -> Vec<i64> {
    let calls = world.script.calls.lock().unwrap();
    calls.iter().filter(|call| call.stage.starts_with(agent)).map(|call| call.at - START_MS).collect()
}

#[tokio::test]
async fn attempts_begin_as_the_rate_allows_and_others_go_past() {
    let mut stages: Vec<_> = (0..5).map(|n| stage(&format!("s{n}"), act(NONE, int(1)))).collect();
    stages.push(stage("other", act(READS, int(1))));
    let mut world = World::new(rated(stages), Script::default());
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(0)));
    assert_eq!(begun(&world, "s"), [0, 0, 1_000, 1_000, 2_000]);
    assert_eq!(begun(&world, "other"), [0]);
    assert!(world.events().contains(&"s2 waits for Rate".to_owned()), "{:?}", world.events());
    assert!(!world.events().contains(&"s1 waits for Rate".to_owned()));
}

#[tokio::test]
async fn items_and_retries_count_and_a_window_moves_on() {
    let items = map(list((0..3).map(int).collect()), act(NONE, int(1)).retry(2, &["temporary"]));
    let stages = vec![stage("items", items)];
    let script = Script::default().on("items[0]", [fails("temporary").takes(300), gives(1)]);
    let mut world = World::new(rated(stages), script);
    world.start().await.unwrap();
    // The retry is ready at 1300; its window has seen one attempt, at 1000.
    assert_eq!(begun(&world, "items"), [0, 0, 1_000, 1_300]);
}

#[tokio::test]
async fn who_is_more_urgent_passes_those_who_wait() {
    let mut stages: Vec<_> = (0..4).map(|n| stage(&format!("s{n}"), act(NONE, int(1)))).collect();
    stages.push(stage("first", act(READS, int(1))));
    stages.push(stage("high", act(NONE, int(1))).reads(&[4]).priority(10));
    let mut world = World::new(rated(stages), Script::default().on("first", [gives(1).takes(500)]));
    world.start().await.unwrap();
    assert_eq!((begun(&world, "high"), begun(&world, "s3")), (vec![1_000], vec![2_000]));
}

#[tokio::test]
async fn a_deadline_bounds_the_wait() {
    let mut stages: Vec<_> = (0..2).map(|n| stage(&format!("s{n}"), act(NONE, int(1)))).collect();
    stages.push(stage("late", act(NONE, int(1))).deadline(400).on_failure(None, HandlerAction::Use(int(7))));
    let mut plan = rated(stages);
    plan.workflows[0].returns = Some(of(2));
    let mut world = World::new(plan, Script::default());
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(7)));
    assert_eq!(begun(&world, "late"), [0; 0]);
}

#[tokio::test]
async fn a_rate_holds_across_the_death_of_the_process_and_a_retry_of_the_run() {
    let mut stages: Vec<_> = (0..4).map(|n| stage(&format!("s{n}"), act(NONE, int(1)))).collect();
    stages.push(stage("bad", act(READS, int(1))).after(&[3]));
    let script = Script::default().on("bad", [fails("denied"), gives(1)]);
    let mut whole = World::new(rated(stages), script);
    assert!(matches!(whole.start().await.unwrap(), Outcome::Failed(_)));
    let journal = whole.store.journal(RUN);
    for cut in 1..journal.len() {
        let mut world = World::new((*whole.plan).clone(), Script::default());
        world.store = whole.store.reopen(Crash::Kill);
        world.store.cut(RUN, cut);
        world.clock_ms = journal[cut - 1].at;
        assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!(0)), "cut after {cut}");
        let intents = world.store.journal(RUN);
        let of_calm = intents.iter().filter(|record| record.body.contains("intent") && record.body.contains("calm"));
        let times: Vec<i64> = of_calm.map(|record| record.at).collect();
        assert!(times.windows(3).all(|three| three[2] - three[0] >= 1_000), "cut after {cut}: {times:?}");
    }
    let mut again = rated(vec![stage("s0", act(NONE, int(1))).define("changed"), stage("bad", act(READS, int(1)))]);
    again.hash = "plan-2".into();
    whole.plan = std::sync::Arc::new(again);
    let before = whole.clock_ms;
    whole.retry(&[]).await.unwrap();
    assert_eq!(begun(&whole, "s0").last(), Some(&(before - START_MS + 1_000)), "two began just before");
}

//! Pools: who carries a call out, by strategy, room and rate; the same one past an unknown outcome.

use serde_json::json;

use super::plans::*;
use super::world::*;
use crate::engine::Outcome;
use crate::engine::report::Event;
use crate::plan::{AgentId, Call, MemberAction, Param, Plan, Pool, PoolAction, PoolId, Stage, Target};
use crate::store::memory::Crash;
use crate::value::policy::{Effects, Strategy};
use crate::value::settings::Rate;
use crate::value::types::Kind;

pub fn pooled() -> Call {
    call(Target::Pool { pool: PoolId(0), action: 0 }, vec![int(1)])
}

/// A pool of two agents that each take so many at once.
pub fn pool(strategy: Strategy, members: [u32; 2], parallel: u32, stages: Vec<Stage>) -> Plan {
    let mut plan = plan(stages, int(0));
    let action = PoolAction {
        name: "act".into(),
        params: vec![Param { name: "x".into(), doc: None, ty: ty(Kind::Json), default: None }],
        result: ty(Kind::Json),
        effects: Effects::WritesIdempotent,
        members: vec![MemberAction { action: 0, args: vec![Some(0)] }; 2],
        definition: "pool".into(),
    };
    let agents = members.map(AgentId).to_vec();
    plan.pools.push(Pool { name: "pool".into(), doc: None, strategy, members: agents, actions: vec![action] });
    plan.agents.iter_mut().for_each(|agent| agent.parallel = Some(parallel));
    plan
}

fn stages(count: u32) -> Vec<Stage> {
    (0..count).map(|n| stage(&format!("s{n}"), pooled())).collect()
}

fn slow(count: u32) -> Script {
    (0..count).fold(Script::default(), |script, n| script.on(&format!("s{n}"), [gives(1).takes(100)]))
}

/// Who carried out what, in the order of the starts, and when.
pub fn who(world: &World) -> Vec<String> {
    let told = world.told.0.lock().unwrap();
    let started = told.iter().filter_map(|report| match (&report.event, &report.stage) {
        (Event::StageStarted { agent, .. }, Some(stage)) => Some(format!("{stage} {}", agent.trim_end_matches(".act"))),
        _ => None,
    });
    started.collect()
}

#[tokio::test]
async fn the_least_busy_member_is_picked() {
    let mut world = World::new(pool(Strategy::LeastBusy, [NONE, READS], 3, stages(4)), slow(4));
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(0)));
    assert_eq!(who(&world), ["s0 calm", "s1 reader", "s2 calm", "s3 reader"]);
}

#[tokio::test]
async fn members_take_turns() {
    let chain = (0..3).map(|n| stage(&format!("s{n}"), pooled()).after(if n == 0 { &[] } else { &[0] })).collect();
    let mut world = World::new(pool(Strategy::RoundRobin, [NONE, READS], 3, chain), Script::default());
    world.start().await.unwrap();
    assert_eq!(who(&world), ["s0 calm", "s1 reader", "s2 calm"]);
    let alone = (0..3).map(|n| stage(&format!("s{n}"), pooled()).after(if n == 0 { &[] } else { &[0] })).collect();
    let mut world = World::new(pool(Strategy::LeastBusy, [NONE, READS], 3, alone), Script::default());
    world.start().await.unwrap();
    assert_eq!(who(&world)[0], "s0 calm", "of several that are not busy the first");
}

#[tokio::test]
async fn the_first_with_room_is_picked_and_who_finds_none_waits_for_any() {
    let mut world = World::new(pool(Strategy::FirstAvailable, [NONE, READS], 1, stages(5)), slow(5));
    world.start().await.unwrap();
    assert_eq!(who(&world), ["s0 calm", "s1 reader", "s2 calm", "s3 reader", "s4 calm"]);
    let times: Vec<i64> = (0..5).map(|n| world.script.of(&format!("s{n}"))[0].at - START_MS).collect();
    assert_eq!(times, [0, 0, 100, 100, 200]);
    assert_eq!(world.script.most_at_once(), 2);
}

/// Whatever the strategy, a member that is down is not asked again while another has not been.
#[tokio::test]
async fn a_retry_goes_to_a_member_that_has_not_failed() {
    for strategy in [Strategy::FirstAvailable, Strategy::LeastBusy, Strategy::RoundRobin] {
        let script = Script::default().on("s0", [fails("temporary"), gives(1)]);
        let stages = vec![stage("s0", pooled().retry(4, &["temporary"]))];
        let mut world = World::new(pool(strategy, [NONE, READS], 3, stages), script);
        world.start().await.unwrap();
        assert_eq!(who(&world), ["s0 calm", "s0 reader"], "{strategy:?}");
    }
    let script = Script::default().on("s0", [fails("temporary")]);
    let stages = vec![stage("s0", pooled().retry(5, &["temporary"]))];
    let mut world = World::new(pool(Strategy::FirstAvailable, [NONE, READS], 3, stages), script);
    world.start().await.unwrap();
    assert_eq!(
        who(&world),
        ["s0 calm", "s0 reader", "s0 calm", "s0 reader", "s0 calm"],
        "where all fail they take turns"
    );
}

/// While all others are busy, who has failed is asked again.
#[tokio::test]
async fn a_member_that_has_failed_is_better_than_none() {
    let script = Script::default().on("s0", [fails("temporary"), gives(1)]).on("s1", [gives(1).takes(60_000)]);
    let stages = vec![stage("s0", pooled().retry(4, &["temporary"])), stage("s1", pooled())];
    let mut world = World::new(pool(Strategy::FirstAvailable, [NONE, READS], 1, stages), script);
    world.start().await.unwrap();
    assert_eq!(who(&world), ["s0 calm", "s1 reader", "s0 calm"]);
}

#[tokio::test]
async fn items_go_to_the_members_and_a_rate_sends_them_to_others() {
    let items = map(list((0..4).map(int).collect()), pooled());
    let mut plan = pool(Strategy::FirstAvailable, [NONE, READS], 9, vec![stage("m", items)]);
    plan.agents[NONE as usize].rate = Some(Rate { count: 1, per: 1_000 });
    plan.agents[READS as usize].rate = Some(Rate { count: 2, per: 5_000 });
    let mut world = World::new(plan, Script::default());
    world.start().await.unwrap();
    assert_eq!(who(&world), ["m[0] calm", "m[1] reader", "m[2] reader", "m[3] calm"]);
    assert_eq!(world.script.of("m[3]")[0].at - START_MS, 1_000);
}

#[tokio::test]
async fn past_an_unknown_outcome_the_same_member_repeats() {
    for cut in [3, 4] {
        let mut world =
            World::new(pool(Strategy::RoundRobin, [IDEMPOTENT, SAFE_PROBED], 9, stages(2)), Script::default());
        world.start().await.unwrap();
        world.store = world.store.reopen(Crash::Kill);
        world.store.cut(RUN, cut);
        world.told.0.lock().unwrap().clear();
        assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!(0)));
        let agents: Vec<String> = who(&world).into_iter().filter(|who| who.starts_with("s1")).collect();
        assert!(agents.iter().all(|agent| agent == "s1 safe_prober"), "cut after {cut}: {agents:?}");
    }
}

#[tokio::test]
async fn every_cut_leads_to_the_same_end() {
    let plan = || pool(Strategy::LeastBusy, [NONE, IDEMPOTENT], 1, stages(4));
    let mut whole = World::new(plan(), slow(4));
    let end = whole.start().await.unwrap();
    let journal = whole.store.journal(RUN);
    for cut in 0..journal.len() {
        let mut world = World::new(plan(), slow(4));
        world.store = whole.store.reopen(Crash::Kill);
        world.store.cut(RUN, cut);
        world.clock_ms = journal[cut.saturating_sub(1)].at;
        assert_eq!(world.resume().await.unwrap(), end, "cut after {cut}");
        assert!(world.script.most_at_once() <= 2, "cut after {cut}");
    }
}

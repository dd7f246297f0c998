//! What the member of a pool does is what counts for its attempt: its effects, its probe, its results for equal calls.

use std::collections::BTreeMap;

use serde_json::json;

use super::plans::*;
use super::pools::{pool, pooled, who};
use super::world::*;
use crate::engine::outlook::{Said, foreseen, plan_resume};
use crate::engine::recover::load;
use crate::engine::report::Event;
use crate::engine::retry::Fate;
use crate::engine::{Control, Outcome};
use crate::plan::{Agent, Call, MemberAction, Param, Plan, Stage};
use crate::store::memory::{Crash, MemoryStore, Verdict};
use crate::store::{Decision, MessageBody};
use crate::value::Value;
use crate::value::expr::{ExprKind, Var};
use crate::value::policy::{Effects, Strategy};
use crate::value::types::Kind;

const HOUR: i64 = 3_600_000;

fn of_these(strategy: Strategy, members: [u32; 2], stages: Vec<Stage>) -> Plan {
    let mut plan = pool(strategy, members, 9, stages);
    plan.pools[0].actions[0].effects = Effects::Writes;
    plan
}

/// Two members whose writes have probes.
fn probed(stages: Vec<Stage>) -> Plan {
    let mut plan = of_these(Strategy::RoundRobin, [PROBED, 6], stages);
    let other = Agent { name: "other".into(), ..plan.agents[PROBED as usize].clone() };
    plan.agents.push(other);
    plan
}

fn chain(names: &[&str], call: &Call) -> Vec<Stage> {
    let one = |(n, name): (u32, &&str)| stage(name, call.clone()).after(if n == 0 { &[] } else { &[0] });
    (0..).zip(names).map(one).collect()
}

/// What probes said, by stage.
fn looked(world: &World) -> Vec<String> {
    let lines = world.events().into_iter().filter(|line| line.contains(" log probe ") && !line.contains("is asked"));
    lines.map(|line| line.replace(" log probe `", " ").replace(".look`", "")).collect()
}

#[tokio::test]
async fn the_probe_of_the_member_that_made_the_attempt_is_asked() {
    let script = || Script::default().on("s0", [fails("timeout").early(3)]).on("s1", [fails("timeout").early(4)]);
    let mut world = World::new(probed(chain(&["s0", "s1"], &pooled())), script());
    assert!(matches!(world.start().await.unwrap(), Outcome::Succeeded(_)));
    assert_eq!(who(&world), ["s0 prober", "s1 other"]);
    assert_eq!(looked(&world), ["s0 prober: it happened", "s1 other: it happened"]);
}

#[tokio::test]
async fn a_member_without_a_probe_leaves_its_attempt_to_people() {
    let plan = || of_these(Strategy::RoundRobin, [PROBED, WRITES], chain(&["s0", "s1"], &pooled()));
    let script = Script::default().on("s0", [fails("timeout").early(3)]).on("s1", [fails("timeout").early(4)]);
    let mut world = World::new(plan(), script);
    let Outcome::Failed(error) = world.start().await.unwrap() else { panic!("it fails") };
    assert_eq!((error.class.as_str(), error.maybe_happened), ("timeout", true));
    assert_eq!(looked(&world), ["s0 prober: it happened"]);
}

#[tokio::test]
async fn what_one_member_does_not_know_no_other_is_asked() {
    let unknown = gives(json!({ "kind": "unknown" }));
    let script = Script::default().on("s0", [gives("made").takes(1_000)]).on("s0?", [unknown]);
    let mut world = World::new(probed(chain(&["s0"], &pooled())), script);
    world.start_with(&[(START_MS + 500, Control::Kill)]).await.unwrap();
    let Outcome::Waiting(waits) = world.resume().await.unwrap() else { panic!("it waits for a person") };
    assert_eq!(waits[0].command, "wfc runs answer run-1 s0");
    assert_eq!(looked(&world), ["s0 prober: it does not know"]);
    // That it did not happen is settled: whose turn it is does it, under the same key.
    world.send(MessageBody::Answer { stage: "s0".into(), decision: Decision::DidNotHappen }).await;
    assert!(matches!(world.resume().await.unwrap(), Outcome::Succeeded(_)));
    assert_eq!(who(&world).last().unwrap(), "s0 other");
    assert_eq!(world.script.of("s0").last().unwrap().key, "K/s0/-/-/0/0");
}

#[tokio::test]
async fn what_did_not_happen_may_be_done_by_another() {
    let script = Script::default().on("s0", [fails("timeout"), gives(1)]);
    let call = pooled().retry(2, &["timeout"]);
    let mut world = World::new(probed(chain(&["s0"], &call)), script);
    assert!(matches!(world.start().await.unwrap(), Outcome::Succeeded(_)));
    assert_eq!(who(&world), ["s0 prober", "s0 other"]);
    assert_eq!(world.script.done("K/s0/"), 1);
}

/// The probe takes what the member was given, in the member's order and with its defaults, and the key.
#[tokio::test]
async fn the_probe_takes_the_arguments_of_its_member() {
    let mut plan = probed(chain(&["s0"], &pooled()));
    plan.pools[0].actions[0].members[0] = MemberAction { action: 0, args: vec![None, Some(0)] };
    let usual = expr(ExprKind::Literal(Value::Int(7)));
    let first = Param { name: "how".into(), doc: None, ty: ty(Kind::Json), default: Some(usual) };
    plan.agents[PROBED as usize].actions[0].params.insert(0, first);
    let mut world = World::new(plan, Script::default().on("s0", [fails("timeout").early(3)]));
    assert!(matches!(world.start().await.unwrap(), Outcome::Succeeded(_)));
    let given: Vec<_> = world.script.of("s0").into_iter().map(|call| call.given).collect();
    assert_eq!(given, [vec![json!(7), json!(1)], vec![json!(7), json!(1), json!("K/s0/-/-/0/0")]]);
}

/// The pool may write, but a member that only reads is simply asked again, or another is.
#[tokio::test]
async fn the_effects_of_the_member_decide_what_follows() {
    let plan = of_these(Strategy::RoundRobin, [READS, WRITES], chain(&["s0"], &pooled().retry(2, &["timeout"])));
    let mut world = World::new(plan, Script::default().on("s0", [fails("timeout"), gives(1)]));
    assert!(matches!(world.start().await.unwrap(), Outcome::Succeeded(_)));
    assert_eq!(who(&world), ["s0 reader", "s0 writer"]);
    let plan = of_these(Strategy::RoundRobin, [IDEMPOTENT, WRITES], chain(&["s0"], &pooled().retry(2, &["timeout"])));
    let mut world = World::new(plan, Script::default().on("s0", [fails("timeout"), gives(1)]));
    assert!(matches!(world.start().await.unwrap(), Outcome::Succeeded(_)));
    assert_eq!(who(&world), ["s0 safe", "s0 safe"], "it has the key");
}

/// The repeat under the same key that did not start after all is still the same member's.
#[tokio::test]
async fn a_repeat_that_did_not_start_stays_with_its_member() {
    let plan = of_these(Strategy::RoundRobin, [IDEMPOTENT, WRITES], chain(&["s0"], &pooled()));
    let script = Script::default().on("s0", [gives(1).takes(1_000), lacks("no secret"), gives(2)]);
    let mut world = World::new(plan, script);
    world.start_with(&[(START_MS + 500, Control::Kill)]).await.unwrap();
    assert!(!matches!(world.resume().await.unwrap(), Outcome::Succeeded(_)), "it waits for the secret");
    assert!(matches!(world.resume().await.unwrap(), Outcome::Succeeded(_)));
    assert!(who(&world).iter().all(|who| who == "s0 safe"), "{:?}", who(&world));
}

#[tokio::test]
async fn before_it_goes_on_a_run_says_what_becomes_of_the_attempt_of_a_member() {
    let told = [
        (PROBED, Fate::Again, "unknown outcome: its probe is asked"),
        (WRITES, Fate::Asks, "unknown outcome, writes: a person is asked"),
        (IDEMPOTENT, Fate::Again, "again, same key: unknown, writes idempotent"),
        (READS, Fate::Again, "again: unknown outcome, effects reads"),
    ];
    for (member, fate, because) in told {
        let plan = of_these(Strategy::FirstAvailable, [member, NONE], chain(&["s0"], &pooled()));
        let mut world = World::new(plan, Script::default());
        world.start().await.unwrap();
        world.store = world.store.reopen(Crash::Kill);
        // Started and intended.
        world.store.cut(RUN, 2);
        let loaded = load(&world.store, &world.find().await, &world.plan).await.unwrap();
        let decided = plan_resume(&loaded.plan, &foreseen(&loaded.plan, &loaded.run, Said::default(), START_MS));
        assert_eq!((decided[0].fate, decided[0].because.as_str()), (fate, because));
    }
}

#[tokio::test]
async fn a_retry_of_the_run_asks_the_probe_of_the_same_member_if_the_pool_is_the_same() {
    for same in [true, false] {
        let unknown = gives(json!({ "kind": "unknown" }));
        let script = Script::default().on("s1", [fails("timeout").early("made")]).on("s1?", [unknown]);
        let mut world = World::new(probed(chain(&["s0", "s1"], &pooled())), script);
        assert!(matches!(world.start().await.unwrap(), Outcome::Failed(_)));
        let mut next = probed(chain(&["s0", "s1"], &pooled()));
        if !same {
            next.pools[0].actions[0].definition = "another pool".into();
            next.pools[0].members.reverse();
            next.hash = "plan-2".into();
        }
        world.plan = std::sync::Arc::new(next);
        let effects = world.script.effects.clone();
        world.script = Script::default();
        world.script.effects = effects;
        let before = looked(&world).len();
        let outcome = world.retry(&[]).await.unwrap();
        match same {
            true => assert_eq!(looked(&world)[before..], ["s1 other: it happened"]),
            false => assert!(matches!(outcome, Outcome::Waiting(_)), "of another pool only a person can tell"),
        }
    }
}

/// A chain, a map and rounds over two members, killed before and after every commit.
#[tokio::test]
async fn whenever_the_process_dies_each_write_of_a_pool_happens_once_and_nobody_is_asked() {
    let mut rounds = repeat(3, binary(crate::value::expr::BinaryOp::Equal, var(Var::Result), int(2)));
    rounds.with = vec![(0, int(2))];
    let stages = || {
        vec![
            stage("a", pooled().retry(3, &["timeout", "temporary"])),
            stage("m", map(list((0..3).map(int).collect()), pooled().retry(2, &["crashed"]))).reads(&[0]),
            stage("r", pooled().repeat(rounds.clone())).reads(&[0]),
        ]
    };
    let script = || {
        Script::default()
            .on("a", [fails("timeout"), fails("temporary"), gives("a").takes(10)])
            .on("m[0]", [gives(6).takes(4)])
            .on("m[1]", [fails("crashed").takes(5), gives(7).takes(5)])
            .on("m[2]", [fails("crashed").takes(5).early(8)])
            .on("r#1", [gives(1).takes(3)])
            .on("r#2", [gives(2).takes(3).early(2)])
    };
    let plan = || Plan { workflows: vec![workflow("main", stages(), list(vec![of(1), of(2)]))], ..probed(Vec::new()) };
    let mut whole = World::new(plan(), script());
    let end = whole.start().await.unwrap();
    assert_eq!(end, Outcome::Succeeded(json!([[6, 7, 8], 2])));
    for commit in 1..whole.store.commits() {
        for verdict in [Verdict::StopAfter, Verdict::StopBefore] {
            let mut world = World::new(plan(), script());
            world.store.set_hook(move |this| if this.number == commit { verdict } else { Verdict::Commit });
            let died = world.start().await.is_err();
            world.store = world.store.reopen(Crash::Kill);
            if died && world.find().await.result.is_none() {
                assert_eq!(world.resume().await.unwrap(), end, "killed at commit {commit}");
            }
            for key in ["K/a/", "K/m/-/0", "K/m/-/1", "K/m/-/2", "K/r/1", "K/r/2"] {
                assert_eq!(world.script.done(key), 1, "{key}, killed at commit {commit}");
            }
            only_who_made_it_is_asked(&world);
        }
    }
}

/// What became of an attempt is asked of whoever made the latest one of the stage.
fn only_who_made_it_is_asked(world: &World) {
    let mut latest = BTreeMap::new();
    for report in world.told.0.lock().unwrap().iter() {
        match (&report.event, report.stage.clone()) {
            (Event::StageStarted { agent, .. }, Some(stage)) if agent.ends_with(".act") => {
                latest.insert(stage, agent.trim_end_matches(".act").to_owned());
            }
            (Event::Log { line, .. }, Some(stage)) if line.starts_with("probe ") => {
                assert!(line.starts_with(&format!("probe `{}.look`", latest[&stage])), "{stage}: {line}");
            }
            _ => {}
        }
    }
}

fn earnest(mut plan: Plan) -> Plan {
    plan.agents.iter_mut().for_each(|agent| agent.kind = "exec".into());
    plan
}

fn cached() -> Call {
    Call { cache: Some(HOUR), ..pooled() }
}

/// A run over the results that another store keeps.
fn real(plan: Plan, store: Option<&MemoryStore>) -> World {
    let mut world = World::new(plan, Script::default());
    world.real = true;
    if let Some(store) = store {
        world.store = store.reopen(Crash::Kill);
        world.store.cut(RUN, 0);
    }
    world
}

/// How often agents are called by this plan after another has run.
async fn called_after(before: Plan, plan: Plan) -> usize {
    let mut first = real(before, None);
    first.start().await.unwrap();
    let mut world = real(plan, Some(&first.store));
    world.clock_ms = first.clock_ms;
    assert!(matches!(world.resume().await.unwrap(), Outcome::Succeeded(_)));
    world.script.stages().len()
}

#[tokio::test]
async fn a_call_is_answered_by_what_the_member_that_is_picked_has_given() {
    let of = |members| earnest(of_these(Strategy::FirstAvailable, members, chain(&["a"], &cached())));
    assert_eq!(called_after(of([NONE, READS]), of([NONE, READS])).await, 0);
    assert_eq!(called_after(of([NONE, READS]), of([NONE, WRITES])).await, 0, "who else is in the pool is all the same");
    assert_eq!(called_after(of([NONE, READS]), of([READS, NONE])).await, 1, "another member was picked");
    assert_eq!(called_after(of([WRITES, NONE]), of([WRITES, NONE])).await, 1, "what writes is never answered so");
    let direct = || earnest(plan(vec![stage("a", Call { cache: Some(HOUR), ..act(NONE, int(1)) })], int(0)));
    assert_eq!(called_after(direct(), of([NONE, READS])).await, 0, "the same call without a pool");
    let mut mock = of([NONE, READS]);
    mock.agents[NONE as usize].kind = "mock".into();
    assert_eq!(called_after(mock.clone(), mock).await, 1);
    let mut others = of([NONE, READS]);
    others.agents[NONE as usize].actions[0].definition = "changed".into();
    assert_eq!(called_after(of([NONE, READS]), others).await, 1, "its definition changed");
}

#[tokio::test]
async fn each_member_has_its_own_results_and_turns_are_kept() {
    let of = || earnest(of_these(Strategy::RoundRobin, [NONE, READS], chain(&["s0", "s1", "s2"], &cached())));
    let mut first = real(of(), None);
    first.start().await.unwrap();
    assert_eq!(who(&first), ["s0 calm", "s1 reader"], "the third is answered by what the first gave");
    assert_eq!(called_after(of(), of()).await, 0);
}

#[tokio::test]
async fn a_workflow_that_calls_a_pool_is_answered_where_every_member_only_reads() {
    let of = |members| {
        let mut plan = of_these(Strategy::RoundRobin, members, Vec::new());
        plan.workflows[0] =
            workflow("main", vec![stage("w", Call { cache: Some(HOUR), ..sub(1, Vec::new()) })], int(0));
        plan.workflows.push(workflow("inner", chain(&["s0", "s1"], &pooled()), int(0)));
        earnest(plan)
    };
    assert_eq!(called_after(of([NONE, READS]), of([NONE, READS])).await, 0);
    assert_eq!(called_after(of([NONE, WRITES]), of([NONE, WRITES])).await, 2);
    let mut mock = of([NONE, READS]);
    mock.agents[READS as usize].kind = "mock".into();
    assert_eq!(called_after(mock.clone(), mock).await, 2);
}

#[tokio::test]
async fn killed_at_any_commit_what_a_member_gave_before_stays_found() {
    let plan = || {
        let items = map(list(vec![int(1), int(2), int(1)]), Call { args: vec![var(Var::Item)], ..cached() });
        let stages = vec![stage("m", items), stage("s", cached()).reads(&[0])];
        let mut plan = earnest(of_these(Strategy::RoundRobin, [NONE, READS], Vec::new()));
        plan.workflows[0] = workflow("main", stages, list(vec![of(0), of(1)]));
        plan
    };
    let mut before = real(plan(), None);
    let end = before.start().await.unwrap();
    for kept in [None, Some(&before.store)] {
        for commit in 1..before.store.commits() {
            for verdict in [Verdict::StopAfter, Verdict::StopBefore] {
                let mut killed = real(plan(), kept);
                killed.store.set_hook(move |this| if this.number == commit { verdict } else { Verdict::Commit });
                let died = match kept {
                    Some(_) => killed.resume().await,
                    None => killed.start().await,
                };
                killed.store = killed.store.reopen(Crash::Kill);
                if died.is_err() && killed.find().await.result.is_none() {
                    assert_eq!(killed.resume().await.unwrap(), end, "killed at commit {commit}");
                }
                // What it found does not change any more, whatever becomes of what is kept.
                killed.store.spoil(|kept| kept.body.clear());
                let loaded = load(&killed.store, &killed.find().await, &killed.plan).await.unwrap();
                assert!(loaded.run.end.is_some(), "killed at commit {commit}");
            }
        }
    }
}

//! Random plans, killed at random moments: every run comes to the end that it has without being killed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::plans::*;
use super::world::*;
use crate::engine::{Control, Outcome};
use crate::plan::{Arm, ArmBody, Body, Call, HandlerAction, Match, Param, Plan, RaceKind, Stage, StageId};
use crate::store::memory::{Crash, Verdict};
use crate::store::{Decision, MessageBody, Record};
use crate::value::expr::{BinaryOp, Expr, Observe, Pattern, Var};
use crate::value::types::Kind;

/// Numbers that look random and are the same each time.
pub(super) struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    pub fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }
}

/// A plan in which every failure is handled, so that its end does not depend on what comes first.
fn random_plan(chance: &mut Chance) -> Plan {
    let inner = (0..1 + chance.below(3)).map(|n| random_stage(chance, &format!("i{n}"), n as u32, None)).collect();
    let mut called = workflow("called", inner, of(0));
    called.params.push(Param { name: "x".into(), doc: None, ty: ty(Kind::Json), default: None });
    called.conditions.push(condition(binary(BinaryOp::Equal, var(Var::Param(0)), int(1)), &[]));
    called.parallel = chance.one_in(3).then_some(1);
    called.lock = chance.one_in(3).then(|| lock("inside"));
    let count = 3 + chance.below(6) as u32;
    let mut stages: Vec<Stage> = (0..count).map(|n| random_stage(chance, &format!("s{n}"), n, Some(count))).collect();
    let last = stages.len() as u32 - 1;
    stages.push(stage("tidy", act(IDEMPOTENT, observe(Observe::Succeeded, last))).finally());
    let returns = list((0..count).map(of).collect());
    let mut plan = plan(stages, returns);
    plan.workflows[0].conditions.push(condition(binary(BinaryOp::NotEqual, of(0), int(0)), &[0]));
    plan.workflows.push(called);
    plan
}

fn random_stage(chance: &mut Chance, name: &str, index: u32, outer: Option<u32>) -> Stage {
    let read = (index > 0).then(|| chance.below(u64::from(index)) as u32);
    let argument = match read {
        Some(read) => of(read),
        None if outer.is_none() => var(Var::Param(0)),
        None => int(1),
    };
    let agent = [NONE, READS, IDEMPOTENT, PROBED][chance.below(4) as usize];
    let call = act(agent, argument.clone()).retry(3, &["temporary"]);
    let body = match (chance.below(10), outer) {
        (0, Some(_)) => Body::Call(sub(1, vec![argument])),
        (1, _) => Body::Map(Box::new(random_map(chance, act(agent, var(Var::Item)).retry(3, &["temporary"])))),
        (2, Some(_)) => Body::Map(Box::new(random_map(chance, sub(1, vec![var(Var::Item)])))),
        (3, _) => Body::Call(random_rounds(chance, call)),
        (4, _) => Body::Match(Match { subject: argument, arms: arms(call) }),
        (5, Some(_)) => Body::Call(ask("How many?", 86_400_000)),
        (6, _) => random_race(chance, argument),
        (7, _) => Body::Call(wait(chance.below(5_000) as i64)),
        _ => Body::Call(call),
    };
    let mut made = stage(name, body).on_failure(None, handler(chance, agent));
    made.needs = read.into_iter().map(StageId).collect();
    made.reads = made.needs.clone();
    if index > 0 && chance.one_in(4) {
        made = made.when(0, chance.one_in(2));
    }
    if chance.one_in(4) {
        made = made.deadline(3_600_000);
    }
    if chance.one_in(3) {
        // Inside comes later by name.
        made = made.lock(if outer.is_some() { "around" } else { "within" });
    }
    made.priority(chance.below(3) as i64 * 10)
}

fn handler(chance: &mut Chance, agent: u32) -> HandlerAction {
    match chance.below(3) {
        0 => HandlerAction::Skip,
        1 => HandlerAction::Use(int(7)),
        _ => HandlerAction::Call(act(agent, int(8)).retry(3, &["temporary", "denied"])),
    }
}

fn random_map(chance: &mut Chance, call: Call) -> crate::plan::Map {
    let mut made = map(list((0..chance.below(6) as i64).map(int).collect()), call);
    made.parallel = chance.one_in(2).then_some(2);
    made
}

/// Its end depends on who is first, which depends on the times of the attempts: they are told by their keys.
fn random_race(chance: &mut Chance, argument: Expr) -> Body {
    let alternative = |agent| ("", act(agent, argument.clone()).retry(3, &["temporary"]));
    let alternatives = vec![alternative(NONE), alternative(READS), alternative(READS)];
    let kind = if chance.one_in(2) { RaceKind::First } else { RaceKind::Any(2) };
    race(kind, alternatives)
}

fn random_rounds(chance: &mut Chance, call: Call) -> Call {
    let mut rounds = repeat(3, binary(BinaryOp::Equal, var(Var::Result), text("never")));
    rounds.every = chance.one_in(2).then_some(700);
    rounds.with = vec![(0, var(Var::Result))];
    call.repeat(rounds)
}

fn arms(call: Call) -> Vec<Arm> {
    let arm = |pattern, body| Arm { patterns: vec![pattern], body };
    let other: Expr = int(3);
    vec![arm(Pattern::Int(1), ArmBody::Call(call)), arm(Pattern::Any, ArmBody::Use(other))]
}

/// What an attempt does depends on its key alone: a few fail once or twice, some for good.
fn behaviour(seed: u64) -> impl Fn(&str) -> Step + Send + Sync + 'static {
    move |key| {
        let hash = blake3::hash(format!("{seed} {}", key.rsplit_once('/').unwrap().0).as_bytes());
        let (kind, takes) = (hash.as_bytes()[0] % 8, i64::from(hash.as_bytes()[1]) * 10);
        let known: u8 = key.rsplit('/').next().unwrap().parse().unwrap();
        match kind {
            _ if key.contains("tidy") || key.contains("in_front") => gives(0),
            0 if known < 1 => fails("temporary"),
            1 if known < 2 => fails("temporary"),
            2 if !key.contains("@use") => fails("denied"),
            // Whoever wins a race, it gives the same.
            _ if key.contains("@alt") => gives(1),
            _ => gives(i64::from(kind) % 3),
        }
        .takes(takes)
    }
}

/// Results by key, each of them recorded once.
fn results(journal: &[Record]) -> BTreeMap<String, String> {
    let (mut keys, mut results) = (BTreeMap::new(), BTreeMap::new());
    for record in journal {
        let event: serde_json::Value = serde_json::from_str(&record.body).unwrap();
        if let Some(intent) = event.get("intent") {
            keys.insert(intent["id"].as_u64().unwrap(), intent["key"].as_str().unwrap().to_owned());
        }
        if let Some(success) = event.get("succeeded") {
            let mut key = keys[&success["id"].as_u64().unwrap()].clone();
            let mut result = success["result"].to_string();
            if let Some((stage, rest)) = key.clone().split_once("@probe") {
                // What a probe found is the result of the attempt that it was asked about.
                let Some(found) = success["result"]["value"].get("result") else { continue };
                key = format!("{}{rest}", stage.rsplit_once('~').unwrap().0);
                result = json!({ "value": found }).to_string();
            }
            assert_eq!(results.insert(key, result), None, "a result is accepted once");
        }
    }
    results
}

/// The same without the alternatives of races: which of them end depends on when the process dies.
pub(super) fn results_but_of_races(journal: &[Record]) -> BTreeMap<String, String> {
    results(journal).into_iter().filter(|(key, _)| !key.contains("@alt")).collect()
}

pub(super) fn world(seed: u64) -> World {
    let plan = random_plan(&mut Chance(seed));
    World { replays: false, ..World::new(plan, Script::default().told_by(behaviour(seed))) }
}

/// Answers whatever is asked, and goes on until the end.
pub(super) async fn finish(world: &mut World, mut outcome: Outcome) -> Outcome {
    loop {
        match outcome {
            Outcome::Waiting(waits) => {
                for wait in waits {
                    let decision = Decision::Value(json!(1));
                    world.send(MessageBody::Answer { stage: wait.stage, decision }).await;
                }
            }
            Outcome::Suspended(_) => {}
            end => return end,
        }
        outcome = world.resume().await.expect("it goes on");
    }
}

#[tokio::test]
async fn random_plans_killed_at_random_moments_come_to_the_same_end() {
    for seed in 0..60 {
        let mut whole = world(seed);
        let outcome = whole.start().await.unwrap();
        let end = finish(&mut whole, outcome).await;
        assert!(matches!(end, Outcome::Succeeded(_)), "seed {seed}: {end:?}");
        let finished = results_but_of_races(&whole.store.journal(RUN));
        for round in 0..4 {
            let mut killed = world(seed);
            let mut chance = Chance(seed * 31 + round);
            let mut outcome = None;
            let mut known = BTreeSet::new();
            for death in 0..4 {
                let mut left = 1 + chance.below(25);
                let after = chance.one_in(2);
                killed.store.set_hook(move |commit| {
                    left -= u64::from(!commit.records.is_empty());
                    match (left, after) {
                        (0, true) => Verdict::StopAfter,
                        (0, false) => Verdict::StopBefore,
                        _ => Verdict::Commit,
                    }
                });
                let went = if death == 0 { killed.start().await } else { killed.resume().await };
                killed.store = killed.store.reopen(Crash::Kill);
                no_call_repeats_a_result(&killed, &known, seed);
                known = results(&killed.store.journal(RUN)).into_keys().collect();
                killed.script.calls.lock().unwrap().clear();
                outcome = went.ok();
                if outcome.is_some() {
                    break;
                }
            }
            let info = killed.find().await;
            let outcome = match (outcome, info.result) {
                (Some(outcome), _) => outcome,
                // It died after the last commit, before it could tell anybody.
                (None, Some(result)) => Outcome::Succeeded(result),
                (None, None) => killed.resume().await.expect("it goes on"),
            };
            assert_eq!(finish(&mut killed, outcome).await, end, "seed {seed}, round {round}");
            assert_eq!(results_but_of_races(&killed.store.journal(RUN)), finished, "seed {seed}, round {round}");
            assert_eq!(killed.store.claims(), 0, "seed {seed}, round {round}: no lock stays behind");
        }
    }
}

#[tokio::test]
async fn random_plans_moved_to_another_at_random_moments_come_to_the_same_end() {
    for seed in 400..460 {
        let mut whole = world(seed);
        let outcome = whole.start().await.unwrap();
        let end = finish(&mut whole, outcome).await;
        let finished = results_but_of_races(&whole.store.journal(RUN));
        let plans = [whole.plan.clone(), std::sync::Arc::new(shifted(&whole.plan))];
        let mut chance = Chance(seed);
        let mut moved = world(seed);
        let mut known = BTreeSet::new();
        let mut outcome = None;
        for round in 0..5 {
            let mut left = 1 + chance.below(25);
            moved.store.set_hook(move |commit| {
                left -= u64::from(!commit.records.is_empty());
                if left == 0 { Verdict::StopAfter } else { Verdict::Commit }
            });
            let went = match round {
                0 => moved.start().await,
                _ if chance.one_in(3) => moved.resume().await,
                _ => moved.move_to(plans[usize::from(moved.plan.hash == plans[0].hash)].clone(), &[]).await,
            };
            moved.store = moved.store.reopen(Crash::Kill);
            let info = moved.find().await;
            moved.plan = plans.iter().find(|plan| plan.hash == info.plan).unwrap().clone();
            no_call_repeats_a_result(&moved, &known, seed);
            known = results(&moved.store.journal(RUN)).into_keys().collect();
            moved.script.calls.lock().unwrap().clear();
            outcome = match (went, info.result) {
                (Ok(outcome), _) => Some(outcome),
                (Err(_), result) => result.map(Outcome::Succeeded),
            };
            if matches!(outcome, Some(Outcome::Succeeded(_))) {
                break;
            }
        }
        let outcome = match outcome {
            Some(outcome) => outcome,
            None => moved.resume().await.expect("it goes on"),
        };
        assert_eq!(finish(&mut moved, outcome).await, end, "seed {seed}");
        let again = results_but_of_races(&moved.store.journal(RUN));
        let same = |results: &BTreeMap<String, String>| -> BTreeMap<String, String> {
            let of_both = results.iter().filter(|(key, _)| !key.contains("tidy!") && !key.contains("in_front"));
            of_both.map(|(key, result)| (key.clone(), result.clone())).collect()
        };
        assert_eq!(same(&again), same(&finished), "seed {seed}");
        assert_eq!(moved.store.claims(), 0, "seed {seed}: no lock stays behind");
    }
}

fn no_call_repeats_a_result(world: &World, known: &BTreeSet<String>, seed: u64) {
    for call in world.script.calls.lock().unwrap().iter() {
        assert!(!known.contains(&call.key), "seed {seed}: {} is called again", call.key);
    }
}

#[tokio::test]
async fn random_plans_suspended_and_killed_by_signals_come_to_the_same_end() {
    for seed in 100..130 {
        let mut whole = world(seed);
        let outcome = whole.start().await.unwrap();
        let end = finish(&mut whole, outcome).await;
        let finished = results_but_of_races(&whole.store.journal(RUN));
        let mut chance = Chance(seed);
        let mut stopped = world(seed);
        let at = START_MS + chance.below(3_000) as i64;
        let signals = [(at, Control::Suspend), (at + chance.below(500) as i64, Control::Kill)];
        let outcome = stopped.start_with(&signals).await.unwrap();
        assert_eq!(finish(&mut stopped, outcome).await, end, "seed {seed}");
        assert_eq!(results_but_of_races(&stopped.store.journal(RUN)), finished, "seed {seed}");
    }
}

#[tokio::test]
async fn no_limit_is_ever_passed() {
    for seed in 200..230 {
        let mut world = world(seed);
        world.options.parallel = Some(3);
        let outcome = world.start().await.unwrap();
        finish(&mut world, outcome).await;
        assert!(world.script.most_at_once() <= 3, "seed {seed}");
    }
}

#[tokio::test]
async fn no_run_makes_more_attempts_than_its_plan_says() {
    let mut most = 0;
    for seed in 300..340 {
        let mut world = world(seed);
        let bounds = crate::plan::bounds::bounds(&world.plan);
        let outcome = world.start().await.unwrap();
        finish(&mut world, outcome).await;
        let Some(bound) = bounds.workflows[0].spent.attempts.number() else { continue };
        let made = world.script.calls.lock().unwrap().len() as i64;
        assert!(made <= bound, "seed {seed}: {made} attempts, {bound} expected at most");
        most = most.max(made);
    }
    assert!(most > 10, "the plans are worth counting: {most} attempts at most");
}

//! The engine against a naive reading of the same plan: random workflows, in which agents fail, and failures are handled or not.

mod naive;
mod place;

use super::plans::*;
use super::random::Chance;
use super::world::*;
use crate::engine::Outcome;
use crate::plan::{Arm, ArmBody, Body, Call, HandlerAction, Match, Param, Plan, RaceKind, Stage, StageId};
use crate::value::expr::{BinaryOp, Expr, Pattern, Var};
use crate::value::types::Kind;

use naive::Ending;

/// Workflows of one test; as many tests run at once.
const EACH: u64 = 2_500;

/// A plan in which about every second failure is handled.
fn random_plan(chance: &mut Chance) -> Plan {
    let (inside, outside) = (1 + chance.below(4) as u32, 3 + chance.below(7) as u32);
    let inner = stages(chance, "i", inside, false);
    let mut called = workflow("called", inner, of(0));
    called.params.push(Param { name: "x".into(), doc: None, ty: ty(Kind::Json), default: None });
    called.conditions.push(condition(binary(BinaryOp::Equal, var(Var::Param(0)), int(1)), &[]));
    let outer = stages(chance, "s", outside, true);
    let returns = list((0..outer.len() as u32).map(of).collect());
    let mut made = plan(outer, returns);
    made.workflows[0].conditions.push(condition(binary(BinaryOp::NotEqual, of(0), int(0)), &[0]));
    made.workflows[0].cancel_on_failure = chance.one_in(4);
    made.workflows.push(called);
    // Nobody waits for a slot: the reading knows none.
    made.agents.iter_mut().for_each(|agent| agent.parallel = Some(10_000));
    made
}

fn stages(chance: &mut Chance, name: &str, count: u32, top: bool) -> Vec<Stage> {
    let mut made: Vec<Stage> = Vec::new();
    let mut exit = None;
    for index in 0..count {
        let mut stage = stage(&format!("{name}{index}"), random_body(chance, index, top));
        let before = (0..chance.below(3)).filter(|_| index > 0).map(|_| chance.below(u64::from(index)) as u32);
        let mut before: Vec<u32> = before.collect();
        before.extend(reads(&stage));
        before.sort_unstable();
        before.dedup();
        stage = stage.reads(&before);
        if index > 0 && chance.one_in(4) {
            stage = stage.when(0, chance.one_in(2));
        }
        if top && index > 1 && exit.is_none() && chance.one_in(12) {
            // What is read here is read by its guard alone.
            stage = super::plans::stage(&stage.name, Body::Fail(text("no"))).when(0, false);
            exit = Some(index);
        } else {
            stage = clauses(chance, stage, top);
            stage.exits = exit.into_iter().map(StageId).collect();
        }
        made.push(stage);
    }
    made
}

/// The stages that the body of a stage reads.
fn reads(stage: &Stage) -> Vec<u32> {
    let mut found = Vec::new();
    stage.exprs(&mut |_, expr| expr.walk(|part| found.extend(part.stage())));
    found
}

fn clauses(chance: &mut Chance, mut stage: Stage, top: bool) -> Stage {
    let plain = matches!(&stage.body, Body::Call(call) if call.repeat.is_none() && is_action(call));
    if plain && chance.one_in(6) {
        stage = stage.deadline(500_001 + chance.below(4_000_000) as i64);
    }
    if chance.one_in(2) {
        let of: Option<&[&str]> = if chance.one_in(3) { Some(&["denied", "timeout"]) } else { None };
        stage = stage.on_failure(of, random_handler(chance));
    } else if chance.one_in(8) {
        stage = stage.observed();
    }
    let undoable = match &stage.body {
        Body::Call(call) => is_action(call),
        Body::Map(map) => is_action(&map.call),
        _ => false,
    };
    if top && undoable && chance.one_in(3) {
        stage = stage.undo(act(IDEMPOTENT, var(Var::Result)).retry(2, &["temporary"]));
    }
    stage
}

fn is_action(call: &Call) -> bool {
    matches!(call.target, crate::plan::Target::Action { .. })
}

fn random_handler(chance: &mut Chance) -> HandlerAction {
    match chance.below(4) {
        0 => HandlerAction::Skip,
        1 => HandlerAction::Use(int(7)),
        2 => HandlerAction::Fail,
        _ => HandlerAction::Call(action(chance, int(8))),
    }
}

fn action(chance: &mut Chance, argument: Expr) -> Call {
    let mut call = act([NONE, READS, IDEMPOTENT][chance.below(3) as usize], argument);
    if chance.one_in(2) {
        call = call.retry(1 + chance.below(3) as u32, &["temporary", "timeout"]);
    }
    if chance.one_in(5) {
        call = call.timeout(400_001 + chance.below(4_000_000) as i64);
    }
    call
}

fn random_body(chance: &mut Chance, index: u32, top: bool) -> Body {
    let argument = match index {
        0 if top => int(1),
        0 => var(Var::Param(0)),
        _ => of(chance.below(u64::from(index)) as u32),
    };
    match chance.below(12) {
        0 if top => Body::Call(called(chance, argument)),
        1 if top => map(numbers(chance), called(chance, var(Var::Item))).into(),
        2 => map(numbers(chance), action(chance, var(Var::Item))).into(),
        3 | 4 => Body::Call(rounds(chance, argument)),
        5 => Body::Match(Match { subject: argument, arms: arms(chance) }),
        6 | 7 => alternatives(chance, argument),
        8 => Body::Call(wait(1 + chance.below(5_000_000) as i64)),
        _ => Body::Call(action(chance, argument)),
    }
}

fn called(chance: &mut Chance, argument: Expr) -> Call {
    let call = sub(1, vec![argument]);
    if chance.one_in(2) { call.retry(2, &["temporary", "timeout", "denied", "failed"]) } else { call }
}

fn numbers(chance: &mut Chance) -> Expr {
    list((0..chance.below(5) as i64).map(int).collect())
}

fn rounds(chance: &mut Chance, argument: Expr) -> Call {
    let mut rounds = repeat(1 + chance.below(4) as u32, binary(BinaryOp::Equal, var(Var::Result), int(2)));
    rounds.every = chance.one_in(2).then(|| 300_001 + chance.below(1_000_000) as i64);
    rounds.with = if chance.one_in(2) { vec![(0, var(Var::Result))] } else { Vec::new() };
    rounds.stop_when = chance.one_in(3).then(|| binary(BinaryOp::Equal, var(Var::Result), var(Var::Previous)));
    action(chance, argument).repeat(rounds)
}

fn arms(chance: &mut Chance) -> Vec<Arm> {
    let arm = |pattern, body| Arm { patterns: vec![pattern], body };
    let last = if chance.one_in(2) { ArmBody::Skip } else { ArmBody::Use(int(3)) };
    vec![
        arm(Pattern::Int(1), ArmBody::Call(action(chance, int(1)))),
        arm(Pattern::Int(0), ArmBody::Call(action(chance, int(0)))),
        arm(Pattern::Any, last),
    ]
}

fn alternatives(chance: &mut Chance, argument: Expr) -> Body {
    let count = 2 + chance.below(3);
    let all = (0..count).map(|_| {
        let mut call = action(chance, argument.clone());
        call.target = act([NONE, READS][chance.below(2) as usize], int(0)).target;
        ("", call)
    });
    let all = all.collect();
    race(if chance.one_in(2) { RaceKind::First } else { RaceKind::Any(2) }, all)
}

/// What an attempt does. Hardly two things end in the same millisecond, so that nothing hangs on the order among those.
fn behaviour(seed: u64) -> impl Fn(&str) -> Step + Clone + Send + Sync + 'static {
    move |key| {
        let hash = blake3::hash(format!("{seed} {key}").as_bytes());
        let bytes = hash.as_bytes();
        let takes = i64::from(u32::from_le_bytes([bytes[1], bytes[2], bytes[3], 0]));
        let step = match bytes[0] % 16 {
            0 | 1 => fails("temporary"),
            2 => fails("denied"),
            3 => fails("failed"),
            _ => gives(i64::from(bytes[4] % 4)),
        };
        step.takes(1 + takes % 5_000_000)
    }
}

async fn compare(seed: u64) -> &'static str {
    let plan = random_plan(&mut Chance(seed));
    let told = behaviour(seed);
    let mut world = World { replays: false, ..World::new(plan, Script::default().told_by(told.clone())) };
    world.options.parallel = Some(100_000);
    let outcome = world.start().await.unwrap();
    let (ending, end, calls) = naive::run(&world.plan, START_MS, &told);
    let mut made: Vec<naive::Called> =
        world.script.calls.lock().unwrap().iter().map(|call| (call.at, call.key.clone())).collect();
    made.sort();
    assert_eq!(made, calls, "seed {seed}: what was called when, beside the naive reading");
    let outcome = match outcome {
        Outcome::Succeeded(value) => Ending::Succeeded(value),
        Outcome::Failed(error) => Ending::Failed(error.class),
        other => panic!("seed {seed}: {other:?}"),
    };
    assert_eq!((&outcome, world.clock_ms), (&ending, end), "seed {seed}: how and when it ended");
    if matches!(ending, Ending::Failed(_)) { "failed" } else { "succeeded" }
}

async fn agree(part: u64) {
    let (mut failed, from) = (0, part * EACH);
    for seed in from..from + EACH {
        failed += u64::from(compare(seed).await == "failed");
    }
    assert!((EACH / 5..EACH * 4 / 5).contains(&failed), "{failed} of {EACH} fail: both ends are worth looking at");
}

#[tokio::test]
async fn the_engine_agrees_with_a_naive_reading_of_random_workflows_1() {
    agree(0).await;
}

#[tokio::test]
async fn the_engine_agrees_with_a_naive_reading_of_random_workflows_2() {
    agree(1).await;
}

#[tokio::test]
async fn the_engine_agrees_with_a_naive_reading_of_random_workflows_3() {
    agree(2).await;
}

#[tokio::test]
async fn the_engine_agrees_with_a_naive_reading_of_random_workflows_4() {
    agree(3).await;
}

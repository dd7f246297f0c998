//! An `undo` that a plan did not have when its stage succeeded: it applies to what is kept, as if it had been there.

use std::sync::Arc;

use serde_json::json;

use super::crash::results;
use super::plans::*;
use super::world::*;
use crate::engine::retry::StageDecision;
use crate::engine::{Outcome, recover};
use crate::plan::{Param, Plan, Stage};
use crate::store::memory::Crash;
use crate::store::{Decision, MessageBody};
use crate::value::expr::{BinaryOp, Var};
use crate::value::types::Kind;

fn undone() -> crate::plan::Call {
    act(IDEMPOTENT, list(vec![text("undo"), var(Var::Result)]))
}

/// What writes, in every way in which a stage can: alone, by items, by rounds, inside a workflow. Then a person, then a failure.
fn without() -> Plan {
    let mut called = workflow(
        "called",
        vec![stage("x", act(IDEMPOTENT, var(Var::Param(0)))), stage("y", act(IDEMPOTENT, int(2))).reads(&[0])],
        of(1),
    );
    called.params.push(Param { name: "p".into(), doc: None, ty: ty(Kind::Json), default: None });
    let mut rounds = repeat(3, binary(BinaryOp::Equal, var(Var::Result), int(3)));
    rounds.with = vec![(0, binary(BinaryOp::Add, var(Var::Result), int(1)))];
    let mut items = map(list((0..3).map(int).collect()), act(IDEMPOTENT, var(Var::Item)));
    items.parallel = Some(1);
    let stages = vec![
        stage("a", act(IDEMPOTENT, int(1))),
        stage("items", items).reads(&[0]),
        stage("rounds", act(IDEMPOTENT, int(1)).repeat(rounds)).reads(&[1]),
        stage("inside", sub(1, vec![of(0)])).reads(&[2, 0]),
        stage("outside", sub(1, vec![of(0)])).reads(&[3, 0]),
        stage("looked", act(READS, int(1))).reads(&[4]),
        stage("form", ask("How many?", 86_400_000)).reads(&[5]),
        stage("bad", act(NONE, of(6))).reads(&[6]),
    ];
    let mut plan = plan(stages, of(7));
    plan.workflows.push(called);
    plan
}

/// The same, with all that it takes to undo it.
fn with() -> Arc<Plan> {
    let mut plan = Plan { hash: "plan-2".into(), ..without() };
    let state = |stage: &mut Stage| stage.undo = Some(Box::new(undone()));
    [0, 1, 2, 4].into_iter().for_each(|index| state(&mut plan.workflows[0].stages[index]));
    plan.workflows[1].stages.iter_mut().for_each(state);
    Arc::new(plan)
}

const UNDONE: [&str; 10] = [
    "outside.undo",
    "inside.y.undo",
    "inside.x.undo",
    "rounds#3.undo",
    "rounds#2.undo",
    "rounds#1.undo",
    "items[2].undo",
    "items[1].undo",
    "items[0].undo",
    "a.undo",
];

fn script() -> Script {
    Script::default().on("bad", [fails("denied"), fails("denied")]).by_key()
}

async fn answer(world: &World) {
    let decision = Decision::Value(json!(6));
    world.send(MessageBody::Answer { stage: "form".into(), decision }).await;
}

async fn finish(world: &mut World, outcome: Outcome) {
    let outcome = match outcome {
        Outcome::Waiting(_) => {
            answer(world).await;
            world.resume().await.unwrap()
        }
        outcome => outcome,
    };
    assert!(matches!(outcome, Outcome::Failed(_)), "{outcome:?}");
}

/// What was undone, in the order in which it began.
fn undone_by(world: &World) -> Vec<String> {
    let mut undone = world.script.stages();
    undone.retain(|stage| stage.ends_with(".undo"));
    undone
}

async fn parked(plan: Plan) -> World {
    let mut world = World::new(plan, script());
    assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
    world
}

#[tokio::test]
async fn it_applies_after_a_move_at_every_cut_of_the_journal() {
    let whole = parked(without()).await;
    let journal = whole.store.journal(RUN);
    assert!(journal.len() > 12, "{}", journal.len());
    for cut in 1..=journal.len() {
        let mut world = World::new(without(), script());
        world.store = whole.store.reopen(Crash::Kill);
        world.store.cut(RUN, cut);
        world.clock_ms = journal[cut - 1].at;
        let outcome = world.move_to(with(), &[]).await.unwrap();
        finish(&mut world, outcome).await;
        assert_eq!(undone_by(&world), UNDONE, "cut after {cut} records");
    }
}

#[tokio::test]
async fn it_applies_after_a_retry_and_whatever_death_comes_then() {
    let mut world = parked(without()).await;
    answer(&world).await;
    assert!(matches!(world.resume().await.unwrap(), Outcome::Failed(_)));
    assert_eq!(undone_by(&world), Vec::<String>::new(), "nothing states an `undo` yet");
    let ended = world.store.journal(RUN).len();
    world.plan = with();
    assert!(matches!(world.retry(&[]).await.unwrap(), Outcome::Failed(_)));
    assert_eq!(undone_by(&world), UNDONE);
    let journal = world.store.journal(RUN);
    let all = results(&journal);
    for cut in ended + 1..journal.len() {
        let mut again = World::new((*with()).clone(), script());
        again.store = world.store.reopen(Crash::Kill);
        again.store.cut(RUN, cut);
        again.clock_ms = journal[cut - 1].at;
        assert!(matches!(again.resume().await.unwrap(), Outcome::Failed(_)), "cut after {cut} records");
        assert_eq!(results(&again.store.journal(RUN)), all, "cut after {cut} records");
    }
}

/// What an `undo` was taken from is not undone, and can have one again.
#[tokio::test]
async fn it_may_come_and_go() {
    let mut world = World::new((*with()).clone(), script());
    assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
    let without = Arc::new(Plan { hash: "plan-3".into(), ..without() });
    assert!(matches!(world.move_to(without, &[]).await.unwrap(), Outcome::Waiting(_)));
    answer(&world).await;
    assert!(matches!(world.resume().await.unwrap(), Outcome::Failed(_)));
    assert_eq!(undone_by(&world), Vec::<String>::new());
    world.plan = with();
    assert!(matches!(world.retry(&[]).await.unwrap(), Outcome::Failed(_)));
    assert_eq!(undone_by(&world), UNDONE);
}

/// Stages of a workflow that was called may stand elsewhere on the other plan.
#[tokio::test]
async fn it_applies_inside_a_workflow_whose_stages_have_another_order() {
    let mut world = parked(without()).await;
    let mut plan = (*with()).clone();
    let called = &mut plan.workflows[1];
    called.stages.swap(0, 1);
    called.stages[0].needs = vec![crate::plan::StageId(1)];
    called.stages[0].reads = called.stages[0].needs.clone();
    (called.stages[1].needs, called.stages[1].reads) = Default::default();
    called.returns = Some(of(0));
    let outcome = world.move_to(Arc::new(plan), &[]).await.unwrap();
    finish(&mut world, outcome).await;
    assert_eq!(undone_by(&world), UNDONE);
    let x = world.events().into_iter().find(|event| event.starts_with("inside.x.undo gave"));
    assert_eq!(x.as_deref(), Some("inside.x.undo gave [\"undo\",1]"));
}

async fn decided(world: &World, plan: &Plan) -> Vec<StageDecision> {
    let info = world.find().await;
    let loaded = recover::load(&world.store, &info, &world.plan).await.unwrap();
    decisions(&world.plan, &loaded.run, plan, true)
}

/// Of the workflows that a map called only their results are known.
#[tokio::test]
async fn where_it_comes_too_late_that_is_said() {
    let mut first = without();
    first.workflows[0].stages[1].body = map(list((0..3).map(int).collect()), sub(1, vec![var(Var::Item)])).into();
    let mut second = Plan { hash: "plan-2".into(), ..first.clone() };
    second.workflows[1].stages[0].undo = Some(Box::new(undone()));
    let mut world = parked(first).await;
    let too_late = |told: Vec<StageDecision>| -> Vec<String> {
        told.into_iter().filter(|one| one.because.starts_with("kept; ")).map(|one| one.path).collect()
    };
    assert_eq!(too_late(decided(&world, &second).await), ["items"]);
    let same = Plan { hash: "plan-2".into(), ..(*world.plan).clone() };
    assert_eq!(too_late(decided(&world, &same).await), Vec::<String>::new());
    let outcome = world.move_to(Arc::new(second), &[]).await.unwrap();
    finish(&mut world, outcome).await;
    assert_eq!(undone_by(&world), ["outside.x.undo", "inside.x.undo"]);
}

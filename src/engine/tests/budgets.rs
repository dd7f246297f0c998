//! Budgets: the worst case of an attempt is set aside before it starts, so that none is ever passed.

use serde_json::json;

use super::plans::*;
use super::world::*;
use crate::engine::Outcome;
use crate::engine::report::Event;
use crate::plan::{Budget, HandlerAction, Plan, RaceKind, Stage};
use crate::store::memory::Crash;

fn budget(money: i64) -> Option<Budget> {
    Some(Budget { money: Some(money), tokens: None, span: span() })
}

/// Every attempt costs 100, and the run may cost this much.
fn within(money: i64, stages: Vec<Stage>) -> Plan {
    let mut plan = plan(stages, int(0));
    plan.agents.iter_mut().for_each(|agent| agent.actions[0].cost = Some(100));
    plan.workflows[0].budget = budget(money);
    plan
}

/// What the run has cost, as it was told at its end.
fn cost(world: &World) -> i64 {
    let told = world.told.0.lock().unwrap();
    let mut ends = told.iter().filter_map(|report| match &report.event {
        Event::RunSucceeded { usage, .. } => Some(usage.money),
        _ => None,
    });
    ends.next_back().expect("it has succeeded")
}

fn class(outcome: Outcome) -> String {
    match outcome {
        Outcome::Failed(error) => error.class,
        outcome => panic!("{outcome:?}"),
    }
}

/// The run dies right after this record, and goes on.
async fn cut(world: &mut World, records: usize) -> Outcome {
    world.store = world.store.reopen(Crash::Kill);
    world.store.cut(RUN, records);
    world.told.0.lock().unwrap().clear();
    world.script.calls.lock().unwrap().clear();
    world.resume().await.unwrap()
}

#[tokio::test]
async fn what_an_attempt_costs_is_counted_retries_and_races_too() {
    let alternatives = vec![("", act(NONE, int(1))), ("", act(NONE, int(2)))];
    let stages = vec![
        stage("a", act(NONE, int(1)).retry(3, &["temporary"])),
        stage("race", race(RaceKind::First, alternatives)).reads(&[0]),
    ];
    let script = Script::default()
        .on("a", [fails("temporary"), gives(1)])
        .on("race.0", [gives(1).takes(10)])
        .on("race.1", [gives(1).takes(99)]);
    let mut world = World::new(within(500, stages), script);
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(0)));
    assert_eq!(cost(&world), 400, "two attempts, and both that raced");
}

#[tokio::test]
async fn what_an_agent_says_it_spent_counts_instead() {
    let stages = vec![stage("a", act(NONE, int(1))), stage("b", act(NONE, int(1)))];
    for (spent, at) in [(30, Some(50)), (60, None)] {
        let script = Script::default().on("a", [gives(1).takes(50).costs(spent)]).on("b", [gives(1).costs(20)]);
        let mut world = World::new(within(150, stages.clone()), script);
        let outcome = world.start().await.unwrap();
        let begun = world.script.of("b").first().map(|call| call.at - START_MS);
        assert_eq!(begun, at, "it waits until it is known whether it fits");
        match outcome {
            Outcome::Failed(error) => {
                assert_eq!((error.class.as_str(), error.stage.as_deref()), ("budget", Some("b")));
                let message = "an attempt may cost 0.0001usd, and of the budget of `main` 0.00009usd is left";
                assert_eq!(error.message, message);
            }
            outcome => assert_eq!((outcome, cost(&world)), (Outcome::Succeeded(json!(0)), 50)),
        }
    }
}

#[tokio::test]
async fn an_attempt_of_unknown_outcome_stays_spent_and_the_end_is_kept_back() {
    let stages = vec![stage("a", act(NONE, int(1))), stage("tidy", act(NONE, int(1))).finally()];
    let mut world = World::new(within(200, stages), Script::default());
    world.start().await.unwrap();
    assert_eq!(cost(&world), 200);
    // Begun and intended: nobody knows what became of the attempt.
    assert_eq!(class(cut(&mut world, 2).await), "budget");
    assert_eq!(world.script.stages(), ["tidy"], "what is kept back for `finally` is there for it");
}

#[tokio::test]
async fn undoing_is_kept_back_too() {
    let stages = vec![stage("a", act(NONE, int(1))).undo(act(NONE, int(2))), stage("b", act(NONE, int(1))).reads(&[0])];
    let mut world = World::new(within(300, stages), Script::default());
    world.start().await.unwrap();
    // `b` is begun and intended.
    assert_eq!(class(cut(&mut world, 4).await), "budget");
    assert_eq!(world.script.stages(), ["a.undo"]);
}

#[tokio::test]
async fn a_budget_inside_another_is_held_on_its_own_and_its_failure_handled() {
    let inner = vec![stage("i", act(NONE, int(1)))];
    let stages = vec![
        stage("a", sub(1, vec![])).on_failure(Some(&["budget"]), HandlerAction::Use(int(7))),
        stage("m", map(list(vec![int(1), int(2)]), act(NONE, int(1)))).observed(),
    ];
    let mut plan = within(1_000, stages);
    plan.workflows[0].returns = Some(of(0));
    plan.workflows[0].stages[1].budget = budget(150).map(Box::new);
    let mut called = workflow("called", inner, of(0));
    called.budget = budget(50);
    plan.workflows.push(called);
    let mut world = World::new(plan, Script::default());
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(7)));
    assert_eq!(world.script.stages(), ["m[0]"], "of the items only one fits");
    assert_eq!(cost(&world), 100);
}

#[tokio::test]
async fn a_retry_of_the_run_keeps_what_is_spent() {
    let stages = vec![stage("a", act(NONE, int(1))), stage("b", act(NONE, of(0))).reads(&[0])];
    let script = Script::default().on("b", [fails("denied"), gives(1)]);
    let mut world = World::new(within(250, stages), script);
    assert_eq!(class(world.start().await.unwrap()), "denied");
    assert_eq!(class(world.retry(&[]).await.unwrap()), "budget");
    assert_eq!(world.script.of("b").len(), 1);
}

#[tokio::test]
async fn killed_at_any_record_a_run_never_passes_its_budget() {
    let plan = || {
        let rounds = repeat(2, binary(crate::value::expr::BinaryOp::Equal, int(1), int(2)));
        let stages = vec![
            stage("a", act(NONE, int(1)).retry(2, &["temporary"])),
            stage("m", map(list((0..3).map(int).collect()), act(IDEMPOTENT, int(1)))).reads(&[0]),
            stage("r", act(NONE, int(1)).repeat(rounds)).on_failure(None, HandlerAction::Skip),
            stage("tidy", act(NONE, int(1))).finally(),
        ];
        within(800, stages)
    };
    let script = || Script::default().on("a", [fails("temporary"), gives(1)]).by_key();
    let mut whole = World::new(plan(), script());
    whole.start().await.unwrap();
    assert_eq!(cost(&whole), 800);
    let journal = whole.store.journal(RUN);
    for records in 0..journal.len() {
        let mut world = World::new(plan(), script());
        world.store = whole.store.reopen(Crash::Kill);
        world.clock_ms = journal[records.saturating_sub(1)].at;
        match cut(&mut world, records).await {
            Outcome::Failed(error) => assert_eq!(error.class, "budget", "cut after {records}"),
            outcome => assert!(matches!(outcome, Outcome::Succeeded(_)), "cut after {records}"),
        }
        let begun = world.journal().iter().filter(|record| record.contains(r#"{"intent""#)).count();
        assert!(begun <= 8, "{begun} attempts, cut after {records}");
    }
}

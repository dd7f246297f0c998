//! Races and timers: who wins, what becomes of the others, and what a race that fails comes to.

use serde_json::json;

use super::plans::*;
use super::world::*;
use crate::engine::Outcome;
use crate::plan::{HandlerAction, RaceKind};
use crate::store::{Decision, MessageBody};
use crate::value::expr::{BinaryOp, Pattern};
use crate::value::types::Kind;

fn two(kind: RaceKind) -> crate::plan::Body {
    race(kind, vec![("", act(READS, int(1))), ("", act(READS, int(2)))])
}

#[tokio::test]
async fn the_first_success_wins_and_the_other_is_ended() {
    let stages = vec![stage("e", two(RaceKind::First)), stage("after", act(NONE, of(0))).reads(&[0])];
    let script = Script::default().on("e.0", [gives("slow").takes(900)]).on("e.1", [gives("fast").takes(20)]);
    let mut world = World::new(plan(stages, of(1)), script);
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!("fast")));
    assert_eq!(world.script.of("after")[0].at, START_MS + 20);
    assert!(!world.script.of("e.0")[0].ended);
    let keys: Vec<String> = world.script.calls.lock().unwrap().iter().map(|call| call.key.clone()).collect();
    assert_eq!(keys, ["K/e@alt0/-/-/0/0", "K/e@alt1/-/-/0/0", "K/after/-/-/0/0"]);
    let expected = [
        "run started",
        "e ready",
        "e.0 attempt 1",
        "e.1 attempt 1",
        "e.1 gave \"fast\"",
        "e.0 cancelled",
        "e gave \"fast\"",
        "after ready",
        "after attempt 1",
        "after gave \"fast\"",
        "run succeeded: \"fast\"",
    ];
    assert_eq!(world.events(), expected);
}

#[tokio::test]
async fn a_failed_alternative_leaves_the_race_to_the_others() {
    let script = Script::default().on("e.0", [fails("denied")]).on("e.1", [gives("late").takes(50)]);
    let mut world = World::new(plan(vec![stage("e", two(RaceKind::First))], of(0)), script);
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!("late")));
}

#[tokio::test]
async fn a_race_that_nobody_wins_fails_with_the_class_of_the_last_failure() {
    let script = Script::default().on("e.0", [fails("denied").takes(50)]).on("e.1", [fails("temporary").takes(10)]);
    let mut world = World::new(plan(vec![stage("e", two(RaceKind::First)).observed()], of(0)), script);
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(null)));
    assert!(world.events().contains(&"e failed: denied, handled".to_owned()), "{:?}", world.events());
}

#[tokio::test]
async fn a_handler_is_for_the_whole_race() {
    let stages = vec![
        stage("e", two(RaceKind::First)).on_failure(None, HandlerAction::Call(act(NONE, int(7)))),
        stage("f", two(RaceKind::First)).on_failure(None, HandlerAction::Use(int(8))),
    ];
    let script = Script::default().on("e.0", [fails("denied")]).on("e.1", [fails("denied")]);
    let script = script.on("f.0", [fails("denied")]).on("f.1", [fails("denied")]);
    let mut world = World::new(plan(stages, list(vec![of(0), of(1)])), script);
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!([7, 8])));
    assert_eq!(world.script.of("e")[0].key, "K/e@use0/-/-/0/0");
}

#[tokio::test]
async fn as_many_as_are_wanted_win_in_the_order_of_their_success() {
    let kind = RaceKind::Any(2);
    let three = || race(kind, (0..3).map(|number| ("", act(READS, int(number)))).collect());
    let script = Script::default()
        .on("e.0", [gives("c").takes(30)])
        .on("e.1", [gives("a").takes(10)])
        .on("e.2", [gives("b").takes(20)]);
    let mut world = World::new(plan(vec![stage("e", three())], of(0)), script);
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(["a", "b"])));
    // Two failures of three: the third cannot bring it to two any more, and is ended.
    let script = Script::default()
        .on("e.0", [gives("c").takes(900)])
        .on("e.1", [fails("denied").takes(10)])
        .on("e.2", [fails("temporary").takes(20)]);
    let mut world = World::new(plan(vec![stage("e", three()).observed()], of(0)), script);
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(null)));
    assert!(world.events().contains(&"e failed: temporary, handled".to_owned()));
    assert!(!world.script.of("e.0")[0].ended);
}

#[tokio::test]
async fn a_tagged_race_says_who_won() {
    let body = || race(RaceKind::Tagged, vec![("done", act(READS, int(1))), ("late", wait(100))]);
    let script = Script::default().on("e.done", [gives(1).takes(500)]);
    let mut world = World::new(plan(vec![stage("e", body())], of(0)), script);
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!({"won": "late", "value": null})));
    assert!(!world.script.of("e.done")[0].ended);
    let mut world = World::new(plan(vec![stage("e", body())], of(0)), Script::default());
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!({"won": "done", "value": 1})));
}

#[tokio::test]
async fn a_deadline_ends_a_race() {
    let script = Script::default().on("e.0", [gives(1).takes(900)]).on("e.1", [gives(2).takes(900)]);
    let mut world = World::new(plan(vec![stage("e", two(RaceKind::First)).deadline(100).observed()], of(0)), script);
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(null)));
    assert!(world.events().contains(&"e failed: timeout, handled".to_owned()));
}

#[tokio::test]
async fn an_unhandled_failure_beside_it_ends_a_race_that_only_waits() {
    let waiting = race(RaceKind::First, vec![("", wait(86_400_000)), ("", wait(172_800_000))]);
    let stages = vec![stage("e", waiting), stage("bad", act(NONE, int(1)))];
    let mut world = World::new(plan(stages, of(0)), Script::default().on("bad", [fails("denied").takes(5)]));
    assert!(matches!(world.start().await.unwrap(), Outcome::Failed(error) if error.class == "denied"));
    assert_eq!(world.clock_ms, START_MS + 5);
}

#[tokio::test]
async fn alternatives_are_tried_again_and_keep_their_turns() {
    let alternatives = vec![("", act(READS, int(1)).retry(3, &["temporary"])), ("", act(READS, int(2)))];
    let script =
        Script::default().on("e.0", [fails("temporary"), gives("second try")]).on("e.1", [gives("slow").takes(60_000)]);
    let mut world = World::new(plan(vec![stage("e", race(RaceKind::First, alternatives))], of(0)), script);
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!("second try")));
    assert_eq!(world.script.of("e.0")[1].key, "K/e@alt0/-/-/0/1");
}

#[tokio::test]
async fn a_wait_ends_at_its_time_whoever_is_there() {
    let stages = vec![stage("w", wait(600_000)), stage("a", act(NONE, int(1))).after(&[0])];
    let mut world = World::new(plan(stages, of(1)), Script::default());
    let suspended = world.start_with(&[(START_MS + 1_000, crate::engine::Control::Suspend)]).await.unwrap();
    assert!(matches!(suspended, Outcome::Suspended(_)), "{suspended:?}");
    world.clock_ms = START_MS + 400_000;
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!(1)));
    assert_eq!(world.script.of("a")[0].at, START_MS + 600_000);
}

#[tokio::test]
async fn a_wait_longer_than_its_timeout_fails() {
    let stages = vec![stage("w", wait(600_000).timeout(5_000)).observed()];
    let mut world = World::new(plan(stages, int(1)), Script::default());
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(1)));
    assert!(world.events().contains(&"w failed: timeout, handled".to_owned()));
    assert_eq!(world.clock_ms, START_MS + 5_000);
}

/// Two that fail, about which a person is asked as a whole.
fn asked_about(kind: RaceKind) -> crate::plan::Plan {
    let body = race(kind, vec![("one", act(READS, int(1))), ("two", act(READS, int(2))), ("three", act(NONE, int(3)))]);
    let mut raced = stage("r", body).on_failure(Some(&["denied"]), HandlerAction::Ask(600_000));
    raced.ty = ty(Kind::Int);
    raced.observed = true;
    plan(vec![raced, stage("then", act(NONE, of(0))).reads(&[0])], list(vec![of(0), of(1)]))
}

async fn decided(world: &mut World, decision: Decision) -> Outcome {
    world.send(MessageBody::Answer { stage: "r".into(), decision }).await;
    world.resume().await.unwrap()
}

#[tokio::test]
async fn a_person_decides_about_a_race_that_failed() {
    let fail = || [fails("denied"), gives(7)];
    let script = || Script::default().on("r.one", fail()).on("r.two", fail()).on("r.three", fail());
    let answers = [
        (Decision::Retry, json!([7, 7])),
        (Decision::Skip, json!([null, null])),
        (Decision::Replace(json!(9)), json!([9, 9])),
    ];
    for (decision, result) in answers {
        let mut world = World::new(asked_about(RaceKind::First), script());
        let Outcome::Waiting(waits) = world.start().await.unwrap() else { panic!("a person is asked") };
        assert_eq!((waits.len(), waits[0].stage.as_str()), (1, "r"));
        assert_eq!(decided(&mut world, decision).await, Outcome::Succeeded(result));
    }
    let mut world = World::new(asked_about(RaceKind::First), script());
    assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
    let unfit = decided(&mut world, Decision::Replace(json!("nine"))).await;
    assert!(matches!(unfit, Outcome::Waiting(_)), "it is no `int`");
    assert_eq!(decided(&mut world, Decision::Fail).await, Outcome::Succeeded(json!([null, null])));
}

#[tokio::test]
async fn when_a_race_is_tried_again_keys_go_on_and_winners_are_kept() {
    let script = Script::default().on("r.two", [fails("denied"), gives(7)]).on("r.three", [fails("denied"), gives(8)]);
    let mut plan = asked_about(RaceKind::Any(2));
    plan.workflows[0].stages[0].ty = ty(Kind::Json);
    let mut world = World::new(plan, script);
    assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
    assert_eq!(decided(&mut world, Decision::Retry).await, Outcome::Succeeded(json!([[1, 7], [1, 7]])));
    let keys = |stage: &str| world.script.of(stage).into_iter().map(|call| call.key).collect::<Vec<_>>();
    assert_eq!(keys("r.one"), ["K/r@alt0/-/-/0/0"], "it has succeeded");
    assert_eq!(keys("r.two"), ["K/r@alt1/-/-/0/0", "K/r@alt1/-/-/0/1"], "after a known failure the key changes");
}

#[tokio::test]
async fn nobody_answers_about_a_race_in_time() {
    let script = Script::default()
        .on("r.one", [fails("denied")])
        .on("r.two", [fails("denied")])
        .on("r.three", [fails("denied")]);
    let mut world = World::new(asked_about(RaceKind::First), script);
    world.options.wait = true;
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!([null, null])));
    assert_eq!(world.clock_ms - START_MS, 600_000);
}

#[tokio::test]
async fn a_deadline_or_a_cancel_ends_the_question_about_a_race() {
    let script = || {
        Script::default().on("r.one", [fails("denied")]).on("r.two", [fails("denied")]).on("r.three", [fails("denied")])
    };
    let mut plan = asked_about(RaceKind::First);
    plan.workflows[0].stages[0].deadline = Some(60_000);
    let mut world = World::new(plan, script());
    world.options.wait = true;
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!([null, null])));
    assert_eq!(world.clock_ms - START_MS, 60_000, "class `timeout`, which nobody is asked about");
    let mut world = World::new(asked_about(RaceKind::First), script());
    assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
    world.send(MessageBody::Cancel).await;
    assert_eq!(world.resume().await.unwrap(), Outcome::Cancelled);
}

#[tokio::test]
async fn a_person_decides_about_a_match_whose_value_cannot_be_calculated() {
    let arms = vec![crate::plan::Arm { patterns: vec![Pattern::Any], body: crate::plan::ArmBody::Use(text("x")) }];
    let subject = binary(BinaryOp::Divide, int(1), int(0));
    let body = crate::plan::Body::Match(crate::plan::Match { subject, arms });
    let mut asked = stage("r", body).on_failure(None, HandlerAction::Ask(600_000));
    asked.ty = ty(Kind::Int);
    let mut world = World::new(plan(vec![asked], of(0)), Script::default());
    assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
    assert!(matches!(decided(&mut world, Decision::Retry).await, Outcome::Waiting(_)), "it is the same again");
    assert_eq!(decided(&mut world, Decision::Replace(json!(3))).await, Outcome::Succeeded(json!(3)));
}

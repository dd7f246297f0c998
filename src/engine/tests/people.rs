//! People: asked, waited for, answered; parking, suspending, cancelling.

use serde_json::json;

use super::plans::*;
use super::world::*;
use crate::engine::report::Event;
use crate::engine::{Control, Outcome, RunError};
use crate::plan::HandlerAction;
use crate::store::{Decision, MessageBody, Status, Store};

fn answer(stage: &str, decision: Decision) -> MessageBody {
    MessageBody::Answer { stage: stage.into(), decision }
}

fn waits(outcome: &Outcome) -> Vec<String> {
    match outcome {
        Outcome::Waiting(waits) | Outcome::Suspended(waits) => {
            waits.iter().map(|wait| format!("{} {}", wait.kind, wait.stage)).collect()
        }
        other => panic!("it waits, not {other:?}"),
    }
}

#[tokio::test]
async fn a_run_parks_when_only_people_are_left_and_goes_on_with_their_answer() {
    let stages = vec![
        stage("form", ask("How many?", 86_400_000)),
        stage("other", act(NONE, int(1))),
        stage("next", act(NONE, of(0))).reads(&[0]),
    ];
    let mut world = World::new(plan(stages, of(2)), Script::default().on("other", [gives(1).takes(1_000)]));
    let outcome = world.start().await.unwrap();
    assert_eq!(waits(&outcome), ["person form"]);
    let info = world.find().await;
    assert_eq!((info.status, info.because.as_deref()), (Status::Waiting, Some("form: waits for a person")));
    assert!(world.events().contains(&"form waits for Person".to_owned()));

    world.send(answer("form", Decision::Value(json!("three")))).await;
    world.send(answer("nowhere", Decision::Value(json!(3)))).await;
    world.send(answer("form", Decision::Retry)).await;
    let outcome = world.resume().await.unwrap();
    assert_eq!(waits(&outcome), ["person form"], "none of these is an answer");
    let refused = world.events().iter().filter(|line| line.contains("does not count")).count();
    assert_eq!(refused, 3);

    world.send(answer("form", Decision::Value(json!(3)))).await;
    world.send(answer("form", Decision::Value(json!(4)))).await;
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!(3)), "the first answer counts");
    assert_eq!(world.script.stages(), ["other", "next"]);
}

#[tokio::test]
async fn a_question_that_falls_due_while_parked_fails_on_resume() {
    let stages =
        vec![stage("form", ask("How many?", 60_000)).on_failure(Some(&["timeout"]), HandlerAction::Use(int(0)))];
    let mut world = World::new(plan(stages, of(0)), Script::default());
    assert_eq!(waits(&world.start().await.unwrap()), ["person form"]);
    world.clock_ms += 60_000;
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!(0)));
}

#[tokio::test]
async fn a_person_decides_what_becomes_of_a_failure() {
    let stages = || {
        vec![
            stage("a", act(WRITES, int(1)).retry(2, &["temporary"]))
                .observed()
                .on_failure(None, HandlerAction::Ask(60_000)),
        ]
    };
    let script = || Script::default().on("a", [fails("temporary"), fails("temporary"), gives(5)]);
    let cases = [
        (Decision::Retry, json!(5), 3),
        (Decision::Skip, json!(null), 2),
        (Decision::Replace(json!(9)), json!(9), 2),
        (Decision::Fail, json!(null), 2),
    ];
    for (decision, expected, attempts) in cases {
        let mut world = World::new(plan(stages(), of(0)), script());
        assert_eq!(waits(&world.start().await.unwrap()), ["person a"]);
        world.send(answer("a", decision)).await;
        assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(expected));
        assert_eq!(world.script.stages().len(), attempts);
    }
}

#[tokio::test]
async fn ctrl_c_lets_attempts_end_and_starts_nothing() {
    let stages = vec![
        stage("a", act(NONE, int(1))),
        stage("b", act(NONE, of(0))).reads(&[0]),
        stage("r", act(NONE, int(1)).retry(2, &["temporary"])),
    ];
    let script = Script::default().on("a", [gives(1).takes(1_000)]).on("r", [fails("temporary").takes(100), gives(2)]);
    let mut world = World::new(plan(stages, list(vec![of(1), of(2)])), script);
    let signals = [(START_MS + 50, Control::Suspend)];
    let outcome = world.start_with(&signals).await.unwrap();
    assert_eq!(world.script.stages(), ["a", "r"]);
    assert_eq!(world.find().await.status, Status::Suspended);
    assert!(matches!(outcome, Outcome::Suspended(_)));
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!([1, 2])));
    assert_eq!(world.script.stages(), ["a", "r", "b", "r"]);
    assert!(world.events().contains(&"a gave 1, kept".to_owned()));
}

#[tokio::test]
async fn ctrl_c_twice_kills_and_effects_decide_what_follows() {
    let stages = || {
        vec![
            stage("reads", act(READS, int(1))),
            stage("safe", act(IDEMPOTENT, int(1))),
            stage("writes", act(WRITES, int(1))),
        ]
    };
    let slow = || [gives(1).takes(1_000_000), gives(2)];
    let script = Script::default().on("reads", slow()).on("safe", slow()).on("writes", slow());
    let mut world = World::new(plan(stages(), list(vec![of(0), of(1), of(2)])), script);
    let signals = [(START_MS + 50, Control::Suspend), (START_MS + 60, Control::Kill)];
    let outcome = world.start_with(&signals).await.unwrap();
    assert!(matches!(outcome, Outcome::Suspended(_)));
    assert_eq!(world.clock_ms, START_MS + 60);
    assert!(world.events().last().unwrap().contains(r#"killed ["reads", "safe", "writes"]"#));

    let outcome = world.resume().await.unwrap();
    assert_eq!(waits(&outcome), ["person writes"]);
    for stage in ["reads", "safe"] {
        let calls = world.script.of(stage);
        assert_eq!((calls.len(), calls[1].attempt), (2, 2));
        assert_eq!(calls[0].key, calls[1].key, "the outcome of the first is unknown");
    }
    assert_eq!(world.script.of("writes").len(), 1, "never repeated unasked");

    world.send(answer("writes", Decision::Happened(json!("by hand")))).await;
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!([2, 2, "by hand"])));
    assert_eq!(world.script.of("writes").len(), 1);
}

#[tokio::test]
async fn what_did_not_happen_runs_again_and_giving_up_fails_with_the_class_of_the_attempt() {
    for (decision, attempts) in [(Decision::DidNotHappen, 2), (Decision::Fail, 1)] {
        let stages = vec![stage("w", act(WRITES, int(1)))];
        let script = Script::default().on("w", [gives(1).takes(1_000_000), gives(2)]);
        let mut world = World::new(plan(stages, of(0)), script);
        world.start_with(&[(START_MS + 5, Control::Kill)]).await.unwrap();
        world.send(answer("w", decision.clone())).await;
        let outcome = world.resume().await.unwrap();
        assert_eq!(world.script.of("w").len(), attempts);
        match outcome {
            Outcome::Succeeded(value) => assert_eq!((value, decision), (json!(2), Decision::DidNotHappen)),
            Outcome::Failed(error) => assert_eq!((error.class.as_str(), error.maybe_happened), ("crashed", true)),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn cancel_kills_and_tidies_up() {
    let stages = vec![stage("a", act(NONE, int(1))), stage("tidy", act(NONE, int(1))).finally()];
    let mut world = World::new(plan(stages, of(0)), Script::default().on("a", [gives(1).takes(1_000_000)]));
    world.cancels = true;
    let outcome = world.start_with(&[(START_MS + 5, Control::Look)]).await.unwrap();
    assert_eq!(outcome, Outcome::Cancelled);
    assert_eq!(world.find().await.status, Status::Cancelled);
    assert!(matches!(world.resume().await, Err(RunError::Ended { .. })));
    assert_eq!(world.events().last().unwrap(), "run cancelled");
    assert!(world.script.stages().ends_with(&["tidy".to_owned()]));
}

#[tokio::test]
async fn two_processes_never_drive_one_run() {
    let mut world = World::new(plan(vec![stage("form", ask("?", 1_000))], of(0)), Script::default());
    world.start().await.unwrap();
    let lease = crate::store::Store::lease(&world.store, RUN, false).await.unwrap();
    assert!(matches!(world.resume().await, Err(RunError::Store(crate::store::StoreError::Busy { .. }))));
    drop(lease);
    assert!(world.resume().await.is_ok());
}

fn approved(quorum: u32, not_requester: bool, value: crate::value::expr::Expr) -> crate::plan::Plan {
    let mut call = ask("Ship it?", 86_400_000);
    if let crate::plan::Target::Ask(ask) = &mut call.target {
        ask.approves = Some(crate::plan::Approval { value, quorum, not_requester });
    }
    let stages = vec![
        stage("build", act(NONE, text("b1"))),
        stage("go", call).reads(&[0]),
        stage("ship", act(IDEMPOTENT, of(1))).reads(&[1]),
    ];
    plan(stages, of(2))
}

/// What is asked for now: its hash, and who allowed it.
fn open(world: &World) -> (String, Vec<String>) {
    let told = world.told.0.lock().unwrap();
    let asked = told.iter().rev().find_map(|report| match &report.event {
        Event::StageWaiting { question: Some(question), .. } => question.approval.clone(),
        _ => None,
    });
    asked.map(|approval| (approval.hash, approval.given)).unwrap()
}

async fn say(world: &World, by: &str, decision: Decision) {
    world.store.send(RUN, by, MessageBody::Answer { stage: "go".into(), decision }).await.unwrap();
}

#[tokio::test]
async fn as_many_persons_as_are_wanted_allow_a_value_none_of_them_twice_or_for_themselves() {
    let mut world = World::new(approved(2, true, of(0)), Script::default());
    assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
    let (hash, _) = open(&world);
    assert_eq!(hash, blake3::hash(b"\"b1\"").to_hex().to_string());
    let allow = || Decision::Approve { hash: hash.clone() };
    say(&world, "alice", allow()).await;
    say(&world, "bob", allow()).await;
    say(&world, "bob", allow()).await;
    say(&world, "carol", Decision::Approve { hash: "of something else".into() }).await;
    assert!(matches!(world.resume().await.unwrap(), Outcome::Waiting(_)));
    assert_eq!(open(&world).1, ["bob"]);
    assert!(world.events().contains(&"go log allowed by bob: 1 of 2".to_owned()), "{:?}", world.events());
    let because = world.find().await.because;
    assert_eq!(because.as_deref(), Some("go: waits for a person, 1 of 2 have allowed it"));
    let refused: Vec<String> = world.events().into_iter().filter(|line| line.contains("does not count")).collect();
    let expected = [
        ("alice", "who asks for it cannot allow it"),
        ("bob", "they have allowed it already"),
        ("carol", "what was shown to them is not what is asked for"),
    ];
    assert_eq!(refused, expected.map(|(by, why)| format!("log an answer of {by} to `go` does not count: {why}")));
    say(&world, "dora", allow()).await;
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!("b1")));
}

#[tokio::test]
async fn one_refusal_is_enough() {
    let mut world = World::new(approved(2, false, of(0)), Script::default());
    assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
    say(&world, "bob", Decision::Refuse { because: Some("not on a Friday".into()) }).await;
    match world.resume().await.unwrap() {
        Outcome::Failed(error) => {
            assert_eq!((error.class.as_str(), error.message.as_str()), ("denied", "bob refused: not on a Friday"));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_too_large_to_be_looked_at_is_not_allowed() {
    let mut world = World::new(approved(1, false, text(&"x".repeat(70_000))), Script::default());
    assert!(matches!(world.start().await.unwrap(), Outcome::Failed(error) if error.class == "invalid_input"));
}

#[tokio::test]
async fn another_try_after_the_last_round_is_as_many_rounds_again() {
    let rounds = repeat(2, binary(crate::value::expr::BinaryOp::Equal, var(crate::value::expr::Var::Result), int(3)));
    let asked = stage("r", act(WRITES, int(1)).repeat(rounds)).on_failure(None, HandlerAction::Ask(600_000));
    let mut world = World::new(plan(vec![asked], of(0)), Script::default().on("r#4", [gives(3)]));
    let Outcome::Waiting(waits) = world.start().await.unwrap() else { panic!("exhausted: a person is asked") };
    world.send(answer(&waits[0].stage, Decision::Retry)).await;
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!(3)));
    assert_eq!(world.script.stages(), ["r#1", "r#2", "r#3", "r#4"], "no round runs twice");
}

fn asks(agent: u32, call: fn(crate::plan::Call) -> crate::plan::Call) -> crate::plan::Plan {
    let asked = stage("a", call(act(agent, int(1)))).observed().on_failure(None, HandlerAction::Ask(60_000));
    plan(vec![asked], of(0))
}

/// The text of the question that was asked last.
fn question(world: &World) -> String {
    let told = world.told.0.lock().unwrap();
    let asked = told.iter().rev().find_map(|report| match &report.event {
        Event::StageWaiting { question: Some(question), .. } => Some(question.text.clone()),
        _ => None,
    });
    asked.unwrap()
}

#[tokio::test]
async fn a_failure_that_may_have_happened_is_not_repeated_by_a_mere_retry() {
    let maybe = "its effect may have happened all the same";
    let cases = [
        (Decision::DidNotHappen, json!(5), 2),
        (Decision::Happened(json!(3)), json!(3), 1),
        (Decision::Replace(json!(9)), json!(9), 1),
        (Decision::Skip, json!(null), 1),
    ];
    for (decision, expected, attempts) in cases {
        let script = Script::default().on("a", [gives(1).takes(60_000), gives(5)]);
        let mut world = World::new(asks(WRITES, |call| call.timeout(1_000)), script);
        assert_eq!(waits(&world.start().await.unwrap()), ["person a"]);
        assert!(question(&world).ends_with(maybe), "{}", question(&world));
        world.send(answer("a", Decision::Retry)).await;
        assert_eq!(waits(&world.resume().await.unwrap()), ["person a"]);
        assert!(world.events().iter().any(|line| line.contains("`--retry` is no answer")), "{:?}", world.events());
        world.send(answer("a", decision)).await;
        assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(expected));
        let keys: Vec<String> = world.script.of("a").into_iter().map(|call| call.key).collect();
        assert_eq!(keys, vec!["K/a/-/-/0/0"; attempts]);
    }
}

/// The very same idempotent call may be repeated, and what is known to have failed too.
#[tokio::test]
async fn what_may_be_repeated_is_by_a_retry() {
    for (agent, first) in [(IDEMPOTENT, gives(1).takes(60_000)), (WRITES, fails("denied"))] {
        let script = Script::default().on("a", [first, gives(5)]);
        let mut world = World::new(asks(agent, |call| call.timeout(1_000)), script);
        assert_eq!(waits(&world.start().await.unwrap()), ["person a"]);
        world.send(answer("a", Decision::DidNotHappen)).await;
        assert_eq!(waits(&world.resume().await.unwrap()), ["person a"], "that is not asked");
        world.send(answer("a", Decision::Retry)).await;
        assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!(5)));
    }
}

#[tokio::test]
async fn a_workflow_in_which_something_is_open_begins_anew_only_by_a_word_that_says_so() {
    for (undo, said) in [(fails("denied"), "something in it could not be undone"), (gives(1), "")] {
        let retried = said.is_empty();
        let inner = vec![
            stage("w", act(WRITES, int(1))).undo(act(WRITES, int(2))),
            stage("no", act(READS, int(1))).after(&[0]),
        ];
        let mut plan =
            asks(WRITES, |call| crate::plan::Call { target: sub(1, vec![]).target, args: Vec::new(), ..call });
        plan.workflows.push(workflow("called", inner, of(0)));
        let script = Script::default().on("a.no", [fails("denied"), gives(1)]).on("a.w.undo", [undo]);
        let mut world = World::new(plan, script);
        assert_eq!(waits(&world.start().await.unwrap()), ["person a"]);
        assert!(question(&world).ends_with(said), "{}", question(&world));
        world.send(answer("a", if retried { Decision::Retry } else { Decision::DidNotHappen })).await;
        assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!(1)));
        assert_eq!(world.script.stages(), ["a.w", "a.no", "a.w.undo", "a.w", "a.no"]);
    }
}

/// A form, and leave that who asks for it cannot give.
fn form_and_leave() -> crate::plan::Plan {
    let mut plan = approved(1, true, of(0));
    plan.workflows[0].stages[0] = stage("build", ask("How many?", 86_400_000));
    plan
}

#[tokio::test]
async fn who_fills_a_form_in_gives_a_value_to_the_run() {
    let mut world = World::new(form_and_leave(), Script::default());
    assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
    world.send(answer("build", Decision::Value(json!(3)))).await;
    assert!(matches!(world.resume().await.unwrap(), Outcome::Waiting(_)));
    let (hash, _) = open(&world);
    say(&world, "bob", Decision::Approve { hash: hash.clone() }).await;
    assert!(matches!(world.resume().await.unwrap(), Outcome::Waiting(_)), "bob has filled the form in");
    say(&world, "carol", Decision::Approve { hash }).await;
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!(3)));
}

/// A journal of the first format, in which that did not count.
#[tokio::test]
async fn what_was_allowed_in_an_old_journal_stays_so() {
    use crate::engine::journal::{Event as Recorded, FORMAT};
    let mut world = World::new(form_and_leave(), Script::default());
    assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
    let hash = blake3::hash(b"3").to_hex().to_string();
    let said = [("build", Decision::Value(json!(3))), ("go", Decision::Approve { hash })];
    let started = world.store.journal(RUN)[0].body.replace(&format!(r#""journal":{FORMAT}"#), r#""journal":1"#);
    assert!(started.contains(r#""journal":1"#), "{started}");
    let told = (1..).zip(said).map(|(id, (stage, decision))| {
        let body = answer(stage, decision);
        Recorded::Message(crate::store::Message { id, at: START_MS, by: "bob".into(), body })
    });
    let bodies = [started].into_iter().chain(told.map(|event| serde_json::to_string(&event).unwrap()));
    let records = (0..).zip(bodies).map(|(seq, body)| crate::store::Record { seq, at: START_MS, body }).collect();
    world.store.cut(RUN, 0);
    let lease = world.store.lease(RUN, false).await.unwrap();
    world.store.append(&lease, records, None, true).await.unwrap();
    drop(lease);
    for stage in ["build", "go"] {
        // Their numbers are taken.
        world.send(answer(stage, Decision::Retry)).await;
    }
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!(3)));
}

#[tokio::test]
async fn an_answer_that_comes_second_leaves_nothing_at_its_stage() {
    let stages = vec![stage("form", ask("How many?", 86_400_000)), stage("b", act(NONE, of(0))).reads(&[0])];
    let mut world = World::new(plan(stages, of(1)), Script::default());
    assert!(matches!(world.start().await.unwrap(), Outcome::Waiting(_)));
    world.send(answer("form", Decision::Value(json!(3)))).await;
    world.send(answer("form", Decision::Value(json!(4)))).await;
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!(3)));
    let refused = "log an answer of bob to `form` does not count: nobody is asked there";
    assert!(world.events().contains(&refused.to_owned()), "{:?}", world.events());
}

#[tokio::test]
async fn what_people_are_asked_runs_out_in_virtual_time() {
    let late = stage("form", ask("How many?", 60_000)).on_failure(Some(&["timeout"]), HandlerAction::Use(int(0)));
    let mut world = World::new(plan(vec![late], of(0)), Script::default());
    world.options.expires = true;
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(0)));
    assert_eq!(world.clock_ms, START_MS + 60_000);
    let mut world = World::new(asks(WRITES, |call| call), Script::default().on("a", [fails("denied")]));
    world.options.expires = true;
    world.options.wait = false;
    assert!(matches!(world.start().await.unwrap(), Outcome::Succeeded(_)), "nobody answers about the failure either");
}

//! Failures: retries, handlers, drain and cancel, `finally`, deadlines.

use serde_json::json;

use super::plans::*;
use super::world::*;
use crate::engine::Outcome;
use crate::plan::{Handler, HandlerAction};
use crate::store::Status;
use crate::value::expr::{ExprKind, Observe, Var};
use crate::value::policy::Backoff;

fn failed(outcome: Outcome) -> (String, Option<String>, u32) {
    match outcome {
        Outcome::Failed(error) => (error.class, error.stage, error.attempts),
        other => panic!("it fails, not {other:?}"),
    }
}

#[tokio::test]
async fn drain_lets_attempts_end_and_starts_nothing() {
    let stages = vec![
        stage("bad", act(NONE, int(1))),
        stage("long", act(NONE, int(1))),
        stage("retries", act(NONE, int(1)).retry(5, &["temporary"])),
        stage("next", act(NONE, of(1))).reads(&[1]),
    ];
    let script = Script::default()
        .on("bad", [fails("denied").takes(100)])
        .on("long", [gives(1).takes(500)])
        .on("retries", [fails("temporary").takes(200)]);
    let mut world = World::new(plan(stages, int(0)), script);
    assert_eq!(failed(world.start().await.unwrap()), ("denied".into(), Some("bad".into()), 1));
    assert_eq!(world.script.stages(), ["bad", "long", "retries"]);
    assert!(world.events().contains(&"long gave 1".to_owned()));
    assert_eq!(world.clock_ms - START_MS, 500);
    let info = world.find().await;
    assert_eq!((info.status, info.because.as_deref()), (Status::Failed, Some("bad: denied")));
}

#[tokio::test]
async fn cancel_ends_what_runs() {
    let stages = vec![stage("bad", act(NONE, int(1))), stage("long", act(NONE, int(1)))];
    let script = Script::default().on("bad", [fails("denied").takes(100)]).on("long", [gives(1).takes(5_000_000)]);
    let mut plan = plan(stages, int(0));
    plan.workflows[0].cancel_on_failure = true;
    let mut world = World::new(plan, script);
    assert_eq!(failed(world.start().await.unwrap()).0, "denied");
    assert_eq!(world.clock_ms - START_MS, 100);
    assert!(world.events().contains(&"long cancelled".to_owned()));
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_is_ended_and_its_outcome_unknown() {
    for (agent, tries) in [(READS, 2), (IDEMPOTENT, 2), (WRITES, 1)] {
        let call = act(agent, int(1)).retry(2, &["timeout"]).timeout(1_000);
        let script = Script::default().on("a", [gives(1).takes(60_000), gives(2)]);
        let mut world = World::new(plan(vec![stage("a", call)], of(0)), script);
        let outcome = world.start().await.unwrap();
        let calls = world.script.of("a");
        assert_eq!(calls.len(), tries, "{agent}");
        if tries == 2 {
            assert_eq!(outcome, Outcome::Succeeded(json!(2)));
            assert_eq!(calls[0].key, calls[1].key, "the outcome of the first is unknown");
        } else {
            let Outcome::Failed(error) = outcome else { panic!("it fails") };
            assert_eq!((error.class.as_str(), error.maybe_happened), ("timeout", true));
            assert_eq!(error.message, "it took longer than 1s");
        }
    }
}

#[tokio::test]
async fn a_deadline_bounds_attempts_and_pauses() {
    let call = act(NONE, int(1)).retry(10, &["temporary"]);
    let stages = vec![stage("a", call).deadline(2_500)];
    let mut world = World::new(plan(stages, int(0)), Script::default().on("a", [fails("temporary").takes(300)]));
    assert_eq!(failed(world.start().await.unwrap()), ("timeout".into(), Some("a".into()), 2));
    assert_eq!(world.clock_ms - START_MS, 2_500);
}

#[tokio::test]
async fn jitter_stays_within_its_bounds_and_retry_after_wins_if_longer() {
    let mut call = act(NONE, int(1)).retry(4, &["temporary"]);
    let backoff = Backoff::Exponential { delay: 1_000, factor: 2.0, max: 60_000, jitter: true };
    call.retry.as_mut().unwrap().backoff = backoff;
    let mut asks = fails("temporary");
    asks.answer.as_mut().unwrap_err().retry_after = Some(1_000_000_000);
    let script = Script::default().on("a", [fails("temporary"), fails("temporary"), asks, gives(1)]);
    let mut world = World::new(plan(vec![stage("a", call)], of(0)), script);
    world.start().await.unwrap();
    let at: Vec<i64> = world.script.of("a").iter().map(|call| call.at).collect();
    assert!((500..=1_000).contains(&(at[1] - at[0])), "{at:?}");
    assert!((1_000..=2_000).contains(&(at[2] - at[1])), "{at:?}");
    assert_eq!(at[3] - at[2], 60_000, "what the other side asks for is cut to `max`");
}

#[tokio::test]
async fn the_first_handler_that_names_the_class_applies() {
    let stages = vec![
        stage("used", act(NONE, int(1)))
            .on_failure(Some(&["denied"]), HandlerAction::Fail)
            .on_failure(Some(&["temporary"]), HandlerAction::Use(int(7)))
            .on_failure(None, HandlerAction::Skip),
        stage("skipped", act(NONE, int(1))).on_failure(None, HandlerAction::Skip),
        stage("called", act(NONE, int(1))).on_failure(None, HandlerAction::Call(act(WRITES, int(9)))),
        stage("observed", act(NONE, int(1))).observed(),
        stage("after", act(NONE, observe(Observe::Failed, 3))).after(&[3]),
    ];
    let returns = list(vec![
        of(0),
        of(1),
        of(2),
        of(3),
        of(4),
        observe(Observe::Succeeded, 0),
        observe(Observe::Failed, 1),
        field(observe(Observe::Error, 1), "class"),
        observe(Observe::Error, 0),
    ]);
    let script = Script::default()
        .on("used", [fails("temporary")])
        .on("skipped", [fails("failed")])
        .on("called", [fails("failed"), gives("rescued")])
        .on("observed", [fails("failed")]);
    let mut world = World::new(plan(stages, returns), script);
    let expected = json!([7, null, "rescued", null, true, true, true, "failed", null]);
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(expected));
    assert_eq!(world.script.of("called")[1].key, "K/called@use0/-/-/0/0");
}

#[tokio::test]
async fn a_use_that_fails_fails_the_stage() {
    let stages = vec![
        stage("a", act(NONE, int(1)))
            .on_failure(Some(&["temporary"]), HandlerAction::Call(act(NONE, int(2))))
            .on_failure(None, HandlerAction::Use(int(3))),
    ];
    let script = Script::default().on("a", [fails("temporary"), fails("denied")]);
    let mut world = World::new(plan(stages, of(0)), script);
    assert_eq!(failed(world.start().await.unwrap()).0, "denied");
}

#[tokio::test]
async fn finally_runs_whatever_happened_and_hides_no_earlier_failure() {
    let stages = || {
        vec![
            stage("a", act(NONE, int(1))),
            stage("b", act(NONE, of(0))).reads(&[0]),
            stage("tidy", act(NONE, list(vec![of(0), of(1), outcome_status()]))).after(&[1]).finally(),
            stage("tidy2", act(NONE, of(2))).reads(&[2]).finally(),
        ]
    };
    let mut world = World::new(plan(stages(), of(1)), Script::default());
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(1)));
    assert_eq!(world.script.stages(), ["a", "b", "tidy", "tidy2"]);
    assert_eq!(world.script.of("tidy")[0].key, "K/tidy!1/-/-/0/0");
    assert!(world.events().contains(&r#"tidy2 gave [1,1,"succeeded"]"#.to_owned()));

    let script = Script::default().on("a", [fails("denied")]).on("tidy2", [fails("crashed")]);
    let mut world = World::new(plan(stages(), of(1)), script);
    assert_eq!(failed(world.start().await.unwrap()).0, "denied");
    assert_eq!(world.script.stages(), ["a", "tidy", "tidy2"]);
    assert!(world.events().contains(&r#"tidy gave [null,null,"failed"]"#.to_owned()));

    let script = Script::default().on("tidy", [fails("crashed")]);
    let mut world = World::new(plan(stages(), of(1)), script);
    assert_eq!(failed(world.start().await.unwrap()).0, "crashed");
}

fn outcome_status() -> crate::value::expr::Expr {
    field(var(Var::Outcome), "status")
}

fn field(of: crate::value::expr::Expr, name: &str) -> crate::value::expr::Expr {
    expr(ExprKind::Field(Box::new(of), name.into()))
}

#[tokio::test]
async fn the_timeout_of_a_run_kills_and_lets_finally_run() {
    let stages = vec![stage("a", act(NONE, int(1))), stage("tidy", act(NONE, outcome_status())).finally()];
    let mut plan = plan(stages, int(0));
    plan.workflows[0].timeout = Some(1_000);
    let script = Script::default().on("a", [gives(1).takes(100_000)]).on("tidy", [gives(1).takes(5_000)]);
    let mut world = World::new(plan, script);
    assert_eq!(failed(world.start().await.unwrap()).0, "timeout");
    assert_eq!(world.clock_ms - START_MS, 6_000, "`finally` is not stopped by it");
}

#[tokio::test]
async fn an_answer_that_does_not_fit_is_invalid_output() {
    let mut call = act(NONE, int(1));
    call.result = ty(crate::value::types::Kind::Int);
    let script = Script::default().on("a", [gives("text")]);
    let mut world = World::new(plan(vec![stage("a", call)], int(0)), script);
    let Outcome::Failed(error) = world.start().await.unwrap() else { panic!("it fails") };
    assert_eq!(error.class, "invalid_output");
    assert_eq!(error.details, [r#"expected `int`, found "text""#]);
}

#[tokio::test]
async fn a_secret_is_kept_out_of_results_and_failures() {
    let secret = secrecy::SecretString::from("hunter2-hunter2".to_owned());
    let mut leak = fails("denied");
    leak.answer.as_mut().unwrap_err().message = "key hunter2-hunter2 refused".into();
    let stages = vec![stage("a", act(NONE, int(1))).observed(), stage("b", act(NONE, int(1)))];
    let script = Script::default().on("a", [gives("it is hunter2-hunter2")]).on("b", [leak]);
    let mut world = World::new(plan(stages, int(0)), script);
    world.redactor = crate::agent::secret::Redactor::new([&secret]);
    let Outcome::Failed(error) = world.start().await.unwrap() else { panic!("it fails") };
    assert_eq!(error.message, "key [REDACTED] refused");
    assert!(!world.journal().join("\n").contains("hunter2"));
    assert!(world.events().contains(&"a failed: invalid_output, handled".to_owned()));
}

#[tokio::test]
async fn a_handler_without_a_class_takes_every_class() {
    let handler = Handler { of: None, action: HandlerAction::Use(int(2)) };
    let mut bad = stage("a", act(NONE, int(1)));
    bad.handlers.push(handler);
    let mut world = World::new(plan(vec![bad], of(0)), Script::default().on("a", [fails("quota_exceeded")]));
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(2)));
}

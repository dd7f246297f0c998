//! Probes: what became of a write is found out before anything of its call starts again.

use serde_json::json;

use super::plans::*;
use super::world::*;
use crate::engine::retry::Fate;
use crate::engine::{Control, Mode, Outcome};
use crate::plan::{Body, Budget, HandlerAction, Plan};
use crate::store::memory::{Crash, Verdict};
use crate::store::{Decision, MessageBody};
use crate::value::expr::Var;

fn one(call: crate::plan::Call) -> Plan {
    plan(vec![stage("a", call)], of(0))
}

/// A run that was killed while its only attempt was under way, which acts on the world at its beginning or at its end.
async fn killed(early: bool, call: crate::plan::Call, script: Script) -> World {
    let step = gives("made").takes(1_000);
    let step = if early { step.early("made") } else { step };
    let mut world = World::new(one(call), script.on("a", [step, gives("again")]));
    world.store.set_hook(|commit| {
        match commit.records.iter().any(|record| record.body.starts_with(r#"{"succeeded"#)) {
            true => Verdict::StopBefore,
            false => Verdict::Commit,
        }
    });
    let outcome = match early {
        // The process dies under it.
        true => world.start_with(&[(START_MS + 500, Control::Kill)]).await,
        // It ends, and the process dies before that is written.
        false => world.start().await,
    };
    assert!(outcome.is_err() || matches!(outcome, Ok(Outcome::Suspended(_))));
    world.store = world.store.reopen(Crash::Kill);
    world
}

/// Row 4 of the faults: killed after the effect, before its result is written.
#[tokio::test]
async fn what_happened_before_the_process_died_is_accepted() {
    for early in [true, false] {
        let mut world = killed(early, act(PROBED, int(1)), Script::default()).await;
        assert_eq!(world.script.done("K/a/"), 1);
        assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!("made")));
        assert_eq!(world.script.done("K/a/"), 1, "it is not done again");
        let keys: Vec<String> = world.script.of("a").into_iter().map(|call| call.key).collect();
        assert_eq!(keys, ["K/a/-/-/0/0", "K/a~1@probe/-/-/0/0"]);
    }
}

/// Row 2: killed after the intent, before anything happened.
#[tokio::test]
async fn what_did_not_happen_is_done_with_the_same_key() {
    let script = Script::default().on("a", [gives("never").takes(1_000), gives("made")]);
    let mut world = World::new(one(act(PROBED, int(1))), script);
    let outcome = world.start_with(&[(START_MS + 500, Control::Kill)]).await.unwrap();
    assert!(matches!(outcome, Outcome::Suspended(_)));
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!("made")));
    let seen: Vec<(u32, String)> = world.script.of("a").into_iter().map(|call| (call.attempt, call.key)).collect();
    let (key, probe) = ("K/a/-/-/0/0".to_owned(), "K/a~1@probe/-/-/0/0".to_owned());
    assert_eq!(seen, [(1, key.clone()), (1, probe), (2, key)]);
}

#[tokio::test]
async fn where_the_probe_does_not_know_a_person_is_asked() {
    let script = Script::default().on("a?", [gives(json!({ "kind": "unknown" }))]);
    let mut world = killed(true, act(PROBED, int(1)), script).await;
    let Outcome::Waiting(waits) = world.resume().await.unwrap() else { panic!("it waits for a person") };
    assert_eq!(waits[0].command, "wfc runs answer run-1 a");
    assert!(world.events().contains(&"a log probe `prober.look`: it does not know".to_owned()), "{:?}", world.events());
    world.send(MessageBody::Answer { stage: "a".into(), decision: Decision::Happened(json!("seen")) }).await;
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!("seen")));
    assert_eq!(world.script.of("a").len(), 2, "neither is asked again");
}

#[tokio::test]
async fn while_wfc_lives_a_write_of_unknown_outcome_is_probed_at_once() {
    for class in ["timeout", "crashed", "invalid_output"] {
        let script = Script::default().on("a", [fails(class).early("made")]);
        let mut world = World::new(one(act(PROBED, int(1))), script);
        assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!("made")), "{class}");
        let script = Script::default().on("a", [fails(class), gives("made")]);
        let mut world = World::new(one(act(PROBED, int(1)).retry(2, &[class])), script);
        assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!("made")), "{class}");
        let keys: Vec<String> = world.script.of("a").into_iter().map(|call| call.key).collect();
        assert_eq!(keys, ["K/a/-/-/0/0", "K/a~1@probe/-/-/0/0", "K/a/-/-/0/0"]);
    }
}

#[tokio::test]
async fn a_failure_that_leaves_nothing_open_asks_no_probe() {
    let script = Script::default().on("a", [fails("denied")]);
    let mut world = World::new(one(act(PROBED, int(1))), script);
    let Outcome::Failed(error) = world.start().await.unwrap() else { panic!("it fails") };
    assert_eq!((error.class.as_str(), error.maybe_happened), ("denied", false));
    assert_eq!(world.script.of("a").len(), 1);
}

#[tokio::test]
async fn what_the_probe_found_is_what_the_failure_says() {
    for (answer, maybe) in [(json!({ "kind": "unknown" }), true), (json!({ "kind": "not_done" }), false)] {
        let script = Script::default().on("a", [fails("timeout")]).on("a?", [gives(answer)]);
        let mut world = World::new(one(act(PROBED, int(1)).retry(3, &["temporary"])), script);
        let Outcome::Failed(error) = world.start().await.unwrap() else { panic!("it fails") };
        assert_eq!((error.class.as_str(), error.maybe_happened), ("timeout", maybe));
    }
}

#[tokio::test]
async fn handlers_see_the_class_of_the_attempt_not_that_of_its_probe() {
    let script = Script::default().on("a", [fails("timeout")]).on("a?", [fails("denied")]);
    let a = stage("a", act(PROBED, int(1)))
        .on_failure(Some(&["denied"]), HandlerAction::Fail)
        .on_failure(Some(&["timeout"]), HandlerAction::Use(int(7)));
    let mut world = World::new(plan(vec![a], of(0)), script);
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(7)));
}

#[tokio::test]
async fn a_probe_is_asked_again_as_its_own_policy_says() {
    let mut plan = one(act(PROBED, int(1)));
    plan.agents[PROBED as usize].actions[1].retry = Some(retry(3, &["unavailable"]));
    let script = Script::default()
        .on("a", [fails("timeout").early(3)])
        .on("a?", [fails("unavailable"), fails("unavailable"), gives(json!({ "kind": "done", "result": 3 }))]);
    let mut world = World::new(plan, script);
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!(3)));
    let seen: Vec<(u32, i64)> =
        world.script.of("a")[1..].iter().map(|call| (call.attempt, call.at - START_MS)).collect();
    assert_eq!(seen, [(1, 0), (2, 1_000), (3, 2_000)]);
}

#[tokio::test]
async fn the_very_same_idempotent_call_is_repeated_whatever_its_probe_says() {
    let call = || act(SAFE_PROBED, int(1)).retry(2, &["timeout"]);
    let script =
        Script::default().on("a", [fails("timeout"), gives("made")]).on("a?", [gives(json!({ "kind": "unknown" }))]);
    let mut world = World::new(one(call()), script);
    assert_eq!(world.start().await.unwrap(), Outcome::Succeeded(json!("made")));
    // After a death it is simply repeated.
    let mut world = killed(true, call(), Script::default()).await;
    assert_eq!(world.resume().await.unwrap(), Outcome::Succeeded(json!("again")));
    assert!(world.script.of("a").iter().all(|call| call.key == "K/a/-/-/0/0"));
}

#[tokio::test]
async fn a_probe_that_no_budget_allows_does_not_know() {
    let mut plan = one(act(PROBED, int(1)));
    plan.workflows[0].budget = Some(Budget { money: Some(150), tokens: None, span: span() });
    plan.agents[PROBED as usize].actions.iter_mut().for_each(|action| action.cost = Some(100));
    let mut world = World::new(plan, Script::default().on("a", [fails("timeout").early("made")]));
    let Outcome::Failed(error) = world.start().await.unwrap() else { panic!("it fails") };
    assert_eq!((error.class.as_str(), error.maybe_happened), ("timeout", true));
    assert_eq!(world.script.of("a").len(), 1, "the probe has not started");
}

/// Rulings 7: a write of unknown outcome is probed before what is to be undone is undone.
#[tokio::test]
async fn what_is_cancelled_is_probed_and_undone_if_it_happened() {
    for early in [true, false] {
        let step = gives("made").takes(1_000);
        let step = if early { step.early("made") } else { step };
        let stages = vec![
            stage("a", act(PROBED, int(1))).undo(act(IDEMPOTENT, var(Var::Result))),
            stage("b", act(NONE, int(1))),
        ];
        let script = Script::default().on("a", [step]).on("b", [fails("denied").takes(100)]);
        let mut world = World::new(plan(stages, int(0)), script);
        let main = std::sync::Arc::get_mut(&mut world.plan).unwrap();
        main.workflows[0].cancel_on_failure = true;
        assert!(matches!(world.start().await.unwrap(), Outcome::Failed(_)));
        assert_eq!(world.script.of("a").len(), 2, "it is probed");
        assert_eq!(world.script.of("a.undo").len(), usize::from(early));
    }
}

#[tokio::test]
async fn a_retry_of_the_run_asks_the_probe_first_about_the_old_arguments() {
    let unknown = gives(json!({ "kind": "unknown" }));
    let script = Script::default().on("a", [fails("timeout").early("made"), gives("again")]).on("a?", [unknown]);
    let mut world = World::new(one(act(PROBED, int(1))), script);
    assert!(matches!(world.start().await.unwrap(), Outcome::Failed(_)));
    // The arguments of the new plan are others, the action is the same.
    world.plan = std::sync::Arc::new(one(act(PROBED, int(2))));
    let loaded = crate::engine::recover::load(&world.store, &world.find().await, &world.plan).await.unwrap();
    let decided = decisions(&loaded.plan, &loaded.run, &world.plan, false);
    assert_eq!(
        (decided[0].fate, decided[0].because.as_str()),
        (Fate::Again, "unknown outcome: its probe is asked first")
    );
    let effects = world.script.effects.clone();
    world.script = Script::default().on("a", [gives("again")]);
    world.script.effects = effects;
    assert_eq!(world.retry(&[]).await.unwrap(), Outcome::Succeeded(json!("made")));
    let keys: Vec<String> = world.script.of("a").into_iter().map(|call| call.key).collect();
    assert_eq!(keys, ["K/a~1@probe/-/-/0/0"]);
}

/// Writes in a chain, in a map, with rounds, some of which come to nothing; killed before or after every commit.
#[tokio::test]
async fn whenever_the_process_dies_each_write_happens_once_and_nobody_is_asked() {
    let mut rounds = repeat(3, binary(crate::value::expr::BinaryOp::Equal, var(Var::Result), int(2)));
    rounds.with = vec![(0, int(2))];
    let stages = || {
        vec![
            stage("a", act(PROBED, int(1)).retry(3, &["timeout", "temporary"])),
            stage("m", map(list((0..3).map(int).collect()), act(PROBED, var(Var::Item)).retry(2, &["crashed"])))
                .reads(&[0]),
            stage("r", act(PROBED, int(1)).repeat(rounds.clone())).reads(&[0]),
            stage("b", Body::Call(act(PROBED, list(vec![of(1), of(2)])))).reads(&[1, 2]),
        ]
    };
    let script = || {
        Script::default()
            .on("a", [fails("timeout"), fails("temporary"), gives("a").takes(10)])
            .on("m[1]", [fails("crashed").takes(5), gives(7).takes(5)])
            .on("m[2]", [fails("crashed").takes(5).early(8)])
            .on("r#1", [gives(1).takes(3)])
            .on("r#2", [gives(2).takes(3).early(2)])
    };
    let mut whole = World::new(plan(stages(), of(3)), script());
    let end = whole.start().await.unwrap();
    assert_eq!(end, Outcome::Succeeded(json!([[0, 7, 8], 2])));
    for commit in 1..whole.store.commits() {
        for after in [true, false] {
            let mut world = World::new(plan(stages(), of(3)), script());
            world.store.set_hook(move |this| match (this.number == commit, after) {
                (true, true) => Verdict::StopAfter,
                (true, false) => Verdict::StopBefore,
                _ => Verdict::Commit,
            });
            let died = world.start().await;
            world.store = world.store.reopen(Crash::Kill);
            let outcome = match (died, world.find().await.result) {
                (Ok(outcome), _) => outcome,
                (Err(_), Some(result)) => Outcome::Succeeded(result),
                (Err(_), None) => world.drive(Mode::Resume { run: RUN.into(), takeover: false }, &[]).await.unwrap(),
            };
            assert_eq!(outcome, end, "killed at commit {commit}");
            for key in ["K/a/", "K/m/-/0", "K/m/-/1", "K/m/-/2", "K/r/1", "K/r/2", "K/b/"] {
                assert_eq!(world.script.done(key), 1, "{key}, killed at commit {commit}");
            }
        }
    }
}

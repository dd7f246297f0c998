//! `step` as a table: an event, and what follows from it.

use serde_json::json;

use super::plans::*;
use crate::agent::{Failure, Usage};
use crate::engine::journal::{Event, Limits, Payload};
use crate::engine::report;
use crate::engine::state::{End, Run};
use crate::engine::step::{Effect, Notice, step};
use crate::plan::{HandlerAction, Plan};
use crate::store::{Decision, Message, MessageBody};
use crate::value::Value;

/// A run with a short name for each event.
struct Table {
    plan: Plan,
    run: Run,
}

impl Table {
    fn new(plan: Plan) -> Self {
        Self { plan, run: Run::new("run-1", "K", 0) }
    }

    /// What follows from an event at a time, without what is only told.
    fn at(&mut self, at: i64, event: Event) -> Vec<String> {
        let effects = step(&self.plan, &mut self.run, at, event);
        let done = effects.iter().filter_map(|effect| match effect {
            Effect::Start(id) => {
                let attempt = self.run.attempt(&self.plan, *id)?;
                Some(format!("start {id}: {} {} {}", attempt.stage, attempt.attempt, attempt.key))
            }
            Effect::Kill(id) => Some(format!("kill {id}")),
            Effect::Report(Notice::Of { stage: None, event }) if !matches!(**event, report::Event::Log { .. }) => {
                let told = serde_json::to_value(event).unwrap();
                Some(told["event"].as_str().unwrap().to_owned())
            }
            Effect::Claim(claim) => Some(format!("claim {}", claim.lock)),
            Effect::GiveUp(_) => Some("give up".to_owned()),
            Effect::Keep { .. } | Effect::Remember { .. } | Effect::Listen(_) | Effect::Report(_) => None,
        });
        done.collect()
    }
}

fn started() -> Event {
    let limits = Limits { parallel: 2, agents: vec![2; 4] };
    Event::Started { journal: 1, plan: "plan-1".into(), inputs: vec![], by: "alice".into(), seed: 1, limits }
}

fn intent(id: u64, stage: &str, key: &str) -> Event {
    Event::Intent { id, stage: stage.into(), attempt: 1, key: key.into(), call: "a.b".into() }
}

fn succeeded(id: u64) -> Event {
    Event::Succeeded { id, result: Payload::Value(Value::Int(1)), usage: Usage::default() }
}

fn failed(id: u64, class: &str) -> Event {
    Event::Failed { id, failure: Failure::new(class, "as told") }
}

fn lost(id: u64) -> Event {
    Event::Lost { id, because: "it died".into() }
}

fn message(id: u64, body: MessageBody) -> Event {
    Event::Message(Message { id, at: 0, by: "bob".into(), body })
}

#[test]
fn an_attempt_goes_from_planned_to_running_to_its_end() {
    let stages = vec![stage("a", act(NONE, int(1))), stage("b", act(NONE, of(0))).reads(&[0])];
    let mut table = Table::new(plan(stages, of(1)));
    assert_eq!(table.at(0, started()), ["start 1: a 1 K/a/-/-/0/0"]);
    assert_eq!(table.at(1, intent(1, "a", "K/a/-/-/0/0")), [""; 0]);
    assert_eq!(table.at(2, succeeded(1)), ["start 2: b 1 K/b/-/-/0/0"]);
    assert_eq!(table.at(3, intent(2, "b", "K/b/-/-/0/0")), [""; 0]);
    assert_eq!(table.at(4, succeeded(2)), ["run_succeeded"]);
}

#[test]
fn what_does_not_fit_the_state_changes_nothing_and_is_noted() {
    for event in [
        succeeded(1),
        failed(7, "denied"),
        lost(1),
        intent(3, "a", "K/a/-/-/0/0"),
        intent(1, "a", "another key"),
        Event::NotStarted { id: 9 },
    ] {
        let mut table = Table::new(plan(vec![stage("a", act(NONE, int(1)))], of(0)));
        table.at(0, started());
        assert_eq!(table.at(1, event.clone()), [""; 0]);
        assert!(table.run.mismatch.is_some(), "{event:?}");
    }
}

#[test]
fn a_back_off_waits_for_its_time_and_fires_once() {
    let stages = vec![stage("a", act(NONE, int(1)).retry(3, &["temporary"]))];
    let mut table = Table::new(plan(stages, of(0)));
    table.at(0, started());
    table.at(0, intent(1, "a", "K/a/-/-/0/0"));
    assert_eq!(table.at(10, failed(1, "temporary")), [""; 0]);
    assert_eq!(table.run.next_due(), Some(1_010));
    assert_eq!(table.at(1_009, Event::Tick), [""; 0]);
    assert_eq!(table.at(1_010, Event::Tick), ["start 2: a 2 K/a/-/-/0/1"]);
    assert_eq!(table.at(1_011, Event::Tick), [""; 0]);
    assert_eq!(table.run.next_due(), None);
}

#[test]
fn slots_are_given_on_as_they_become_free() {
    let stages = (0..4).map(|n| stage(&format!("s{n}"), act(NONE, int(1)))).collect();
    let mut table = Table::new(plan(stages, int(0)));
    assert_eq!(table.at(0, started()), ["start 1: s0 1 K/s0/-/-/0/0", "start 2: s1 1 K/s1/-/-/0/0"]);
    table.at(0, intent(1, "s0", "K/s0/-/-/0/0"));
    table.at(0, intent(2, "s1", "K/s1/-/-/0/0"));
    assert_eq!(table.at(1, succeeded(2)), ["start 3: s2 1 K/s2/-/-/0/0"]);
    assert_eq!(table.at(1, succeeded(1)), ["start 4: s3 1 K/s3/-/-/0/0"]);
}

#[test]
fn a_lost_attempt_repeats_under_its_key_or_waits_for_a_person() {
    for (agent, expected) in [
        (NONE, vec!["start 2: a 2 K/a/-/-/0/0"]),
        (READS, vec!["start 2: a 2 K/a/-/-/0/0"]),
        (IDEMPOTENT, vec!["start 2: a 2 K/a/-/-/0/0"]),
        (WRITES, vec![]),
    ] {
        let mut table = Table::new(plan(vec![stage("a", act(agent, int(1)))], of(0)));
        table.at(0, started());
        table.at(0, intent(1, "a", "K/a/-/-/0/0"));
        assert_eq!(table.at(1, lost(1)), expected);
        assert_eq!(table.run.waits_for_people(), agent == WRITES);
    }
}

#[test]
fn a_person_settles_what_nobody_knows() {
    let happened = Decision::Happened(json!(3));
    for (decision, expected) in [
        (happened, vec!["run_succeeded"]),
        (Decision::DidNotHappen, vec!["start 2: a 2 K/a/-/-/0/0"]),
        (Decision::Fail, vec!["run_failed"]),
        (Decision::Retry, vec![]),
    ] {
        let mut table = Table::new(plan(vec![stage("a", act(WRITES, int(1)))], of(0)));
        table.at(0, started());
        table.at(0, intent(1, "a", "K/a/-/-/0/0"));
        table.at(1, lost(1));
        let answer = |decision| MessageBody::Answer { stage: "a".into(), decision };
        assert_eq!(table.at(2, message(5, answer(decision.clone()))), expected);
        assert_eq!(table.at(3, message(5, answer(Decision::Fail))), [""; 0], "a word is taken once");
    }
}

#[test]
fn while_suspended_nothing_starts_and_resuming_starts_what_waits() {
    let stages = vec![stage("a", act(NONE, int(1))), stage("b", act(NONE, of(0))).reads(&[0])];
    let mut table = Table::new(plan(stages, of(1)));
    table.at(0, started());
    table.at(0, intent(1, "a", "K/a/-/-/0/0"));
    assert_eq!(table.at(1, Event::Suspended), [""; 0]);
    assert_eq!(table.at(2, succeeded(1)), [""; 0]);
    let limits = Limits { parallel: 1, agents: vec![1; 4] };
    assert_eq!(table.at(3, Event::Resumed { journal: 1, limits }), ["start 2: b 1 K/b/-/-/0/0"]);
}

#[test]
fn a_cancelled_run_kills_waits_and_tidies_up() {
    let stages = vec![stage("a", act(NONE, int(1))), stage("tidy", act(NONE, int(1))).finally()];
    let mut table = Table::new(plan(stages, of(0)));
    table.at(0, started());
    table.at(0, intent(1, "a", "K/a/-/-/0/0"));
    assert_eq!(table.at(1, message(1, MessageBody::Cancel)), ["kill 1"]);
    assert_eq!(table.at(2, message(2, MessageBody::Cancel)), [""; 0]);
    assert_eq!(table.at(3, failed(1, "cancelled")), ["start 2: tidy 1 K/tidy!1/-/-/0/0"]);
    table.at(3, intent(2, "tidy", "K/tidy!1/-/-/0/0"));
    assert_eq!(table.at(4, succeeded(2)), ["run_cancelled"]);
    assert_eq!(table.at(5, message(3, MessageBody::Cancel)), [""; 0]);
}

#[test]
fn a_result_counts_also_where_its_attempt_was_being_ended() {
    let stages = vec![stage("a", act(NONE, int(1))).deadline(100)];
    let mut table = Table::new(plan(stages, of(0)));
    table.at(0, started());
    table.at(0, intent(1, "a", "K/a/-/-/0/0"));
    assert_eq!(table.at(100, Event::Tick), ["kill 1"]);
    assert_eq!(table.at(101, succeeded(1)), ["run_succeeded"]);
}

/// Row 43: whichever of the two is recorded first, a result that is there counts, and a run that has ended stays as it ended.
#[test]
fn a_cancel_and_an_end_have_one_order() {
    let two = || {
        let stages = vec![stage("a", act(WRITES, int(1))), stage("b", act(WRITES, of(0))).reads(&[0])];
        let mut table = Table::new(plan(stages, of(1)));
        table.at(0, started());
        table.at(0, intent(1, "a", "K/a/-/-/0/0"));
        table
    };
    let mut first = two();
    assert_eq!(first.at(1, message(1, MessageBody::Cancel)), ["kill 1"]);
    assert_eq!(first.at(2, succeeded(1)), ["run_cancelled"], "what it gave is taken in, and nothing follows");
    assert_eq!(first.run.results(&first.plan), [("a".to_owned(), 1, Value::Int(1))]);
    let mut second = two();
    assert_eq!(second.at(1, succeeded(1)), ["start 2: b 1 K/b/-/-/0/0"]);
    assert_eq!(second.at(1, message(1, MessageBody::Cancel)), ["run_cancelled"], "the second never starts");
    let mut last = two();
    last.at(1, succeeded(1));
    last.at(1, intent(2, "b", "K/b/-/-/0/0"));
    assert_eq!(last.at(2, succeeded(2)), ["run_succeeded"]);
    assert_eq!(last.at(2, message(1, MessageBody::Cancel)), [""; 0], "it had ended");
    assert!(matches!(last.run.end, Some(End::Succeeded(_))));
}

#[test]
fn what_was_planned_in_the_same_breath_is_taken_back() {
    let mut cancels = plan(vec![stage("a", act(NONE, int(1))), stage("b", act(NONE, int(1)))], int(0));
    cancels.workflows[0].cancel_on_failure = true;
    let mut table = Table::new(cancels);
    table.at(0, started());
    table.at(0, intent(1, "a", "K/a/-/-/0/0"));
    // The intent of `b` is not recorded yet.
    assert_eq!(table.at(1, failed(1, "denied")), ["run_failed"]);
    assert!(!table.run.is_planned(2));
}

#[test]
fn a_deadline_leaves_time_for_a_handler() {
    let stages =
        vec![stage("a", act(NONE, int(1))).deadline(100).on_failure(None, HandlerAction::Call(act(NONE, int(2))))];
    let mut table = Table::new(plan(stages, of(0)));
    table.at(0, started());
    table.at(0, intent(1, "a", "K/a/-/-/0/0"));
    assert_eq!(table.at(100, Event::Tick), ["kill 1"]);
    assert_eq!(table.at(101, failed(1, "cancelled")), ["start 2: a 1 K/a@use0/-/-/0/0"]);
}

#[test]
fn events_read_back_from_their_records() {
    let events = [
        started(),
        intent(1, "a", "k"),
        succeeded(1),
        failed(2, "temporary"),
        lost(3),
        Event::NotStarted { id: 4 },
        Event::Tick,
        message(1, MessageBody::Cancel),
        Event::Suspended,
    ];
    for event in events {
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event, "{text}");
    }
    let text = r#"{"succeeded":{"id":1,"result":{"value":{"wait":{"$duration":"1s"}}}}}"#;
    let Event::Succeeded { result: Payload::Value(value), .. } = serde_json::from_str(text).unwrap() else { panic!() };
    assert_eq!(value.field("wait"), Some(&Value::Duration(1_000)));
}

#[test]
fn what_is_said_too_late_does_not_count_also_where_nobody_was_there_to_see_the_end() {
    for (said_at, ended) in [(999, "run_succeeded"), (1_000, "run_succeeded"), (1_001, "run_failed")] {
        let mut table = Table::new(plan(vec![stage("q", ask("What?", 1_000))], of(0)));
        table.at(0, started());
        let body = MessageBody::Answer { stage: "q".into(), decision: Decision::Value(json!(7)) };
        let answer = Message { id: 1, at: said_at, by: "bob".into(), body };
        assert_eq!(table.at(90_000, Event::Message(answer)), [ended], "said at {said_at}");
        let mut table = Table::new(plan(vec![stage("e", event("paid", "k", 1_000))], of(0)));
        table.at(0, started());
        let body = MessageBody::Event { name: "paid".into(), key: "k".into(), id: None, payload: json!(7) };
        let sent = Message { id: 1, at: said_at, by: "bob".into(), body };
        assert_eq!(table.at(90_000, Event::Heard(sent)), [ended], "sent at {said_at}");
    }
}

//! Plans and reports made by hand, for the tests of renderers.

use std::sync::Arc;

use crate::agent::{Stream, Usage};
use crate::base::span::{FileId, Span};
use crate::cli::atlas::Atlas;
use crate::cli::render::model::Model;
use crate::engine::report::{ErrorInfo, Event, Report};
use crate::plan::{self, AgentId, Body, Call, Plan, StageId, Target, Workflow, WorkflowId};
use crate::value::policy::{Backoff, Effects, Retry};
use crate::value::types::{Kind, Type};

/// A workflow `triage` of stages with these names, each of which calls `a.f` up to four times; one called `triaged` has inner
/// stages `kind` and `labelled`.
pub fn atlas<'a>(names: impl IntoIterator<Item = &'a str>) -> Atlas {
    let action = Target::Action { agent: AgentId(0), action: 0 };
    let target = |name: &str| if name == "triaged" { Target::Workflow(WorkflowId(1)) } else { action.clone() };
    let stages = names.into_iter().map(|name| stage(name, call(target(name)))).collect();
    let inner = ["kind", "labelled"].map(|name| stage(name, call(action.clone()))).into();
    let mock = plan::Settings::Mock(plan::Mock { takes: None, returns: None, fails: None, fails_times: None });
    let span = Span::start_of(FileId(0));
    let action = plan::Action { effects: Effects::Writes, ..plan::Action::new("f", Type::of(Kind::Null), mock, span) };
    let agent = plan::Agent::new("a", vec![action], span);
    Atlas::new(Arc::new(Plan {
        format: plan::FORMAT,
        name: "triage".into(),
        workflows: vec![workflow(stages), workflow(inner)],
        agents: vec![agent],
        pools: Vec::new(),
        secrets: Vec::new(),
        sources: Vec::new(),
        files: Vec::new(),
        hash: "9f31c07a00".into(),
    }))
}

fn workflow(stages: Vec<plan::Stage>) -> Workflow {
    Workflow {
        name: "triage".into(),
        doc: None,
        inline: false,
        params: Vec::new(),
        result: Type::of(Kind::Null),
        timeout: None,
        parallel: None,
        cancel_on_failure: false,
        lock: None,
        budget: None,
        conditions: Vec::new(),
        lets: Vec::new(),
        stages,
        returns: None,
        span: nowhere(),
        definition: String::new(),
    }
}

fn stage(name: &str, call: Call) -> plan::Stage {
    plan::Stage {
        name: name.into(),
        doc: None,
        ty: Type::of(Kind::Null),
        guard: Vec::new(),
        exits: Vec::<StageId>::new(),
        needs: Vec::new(),
        reads: Vec::new(),
        finally: false,
        body: Body::Call(call),
        deadline: None,
        priority: 0,
        height: 1,
        label: None,
        handlers: Vec::new(),
        undo: None,
        lock: None,
        budget: None,
        observed: false,
        span: nowhere(),
        definition: String::new(),
    }
}

fn call(target: Target) -> Call {
    Call {
        target,
        args: Vec::new(),
        result: Type::of(Kind::Null),
        retry: Some(Box::new(Retry { attempts: 4, backoff: Backoff::default(), on: Vec::new() })),
        timeout: None,
        deadline: None,
        repeat: None,
        cache: None,
        span: nowhere(),
    }
}

fn nowhere() -> Span {
    Span::start_of(FileId(0))
}

/// A model that has heard these, each so many milliseconds after noon.
pub fn told(atlas: Atlas, reports: Vec<Report>) -> Model {
    let mut model = Model::new(atlas);
    for report in reports {
        model.apply(&report);
    }
    model
}

/// The time so many milliseconds after noon, as the model has it.
pub fn noon(ms: i64) -> i64 {
    crate::cli::words::parse_time(&time(ms))
}

fn time(ms: i64) -> String {
    let noon: jiff::Timestamp = "2026-11-22T12:00:00Z".parse().expect("a time");
    let time = noon + jiff::SignedDuration::from_millis(ms);
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// A report on a stage.
pub fn on(stage: &str, ms: i64, event: Event) -> Report {
    Report { run: "m4xk7abcde".into(), seq: 0, time: time(ms).into(), stage: Some(stage.into()), event }
}

/// A report on the run.
pub fn of_run(ms: i64, event: Event) -> Report {
    Report { stage: None, ..on("", ms, event) }
}

/// The run starts.
pub fn run_started() -> Event {
    let (workflow, plan) = ("triage".into(), "9f31c07a00".into());
    Event::RunStarted { format: 1, workflow, plan, inputs: serde_json::json!({}), resumed: false }
}

/// A stage has its turn.
pub fn ready() -> Event {
    Event::StageReady { label: None, items: None }
}

/// An attempt starts.
pub fn started(attempt: u32) -> Event {
    Event::StageStarted { attempt, agent: "a.f".into(), key: "k".into(), adopted: false }
}

/// It prints a line.
pub fn log(line: &str) -> Event {
    Event::Log { attempt: 1, stream: Stream::Stderr, line: line.into() }
}

/// It failed, and is tried again.
pub fn retrying(attempt: u32, class: &str, delay: i64) -> Event {
    Event::StageRetrying { attempt, error: error(class), delay }
}

/// It ends well.
pub fn succeeded(tokens: i64) -> Event {
    let usage = Usage { tokens, money: 0 };
    Event::StageSucceeded { attempt: 1, result: Default::default(), kept: false, cache: None, usage }
}

/// It ends badly.
pub fn failed(class: &str, handled: bool) -> Event {
    Event::StageFailed { attempt: 1, error: error(class), handled, kept: false }
}

/// A failure.
pub fn error(class: &str) -> ErrorInfo {
    ErrorInfo {
        class: class.into(),
        message: format!("it {class}"),
        attempts: 1,
        stage: None,
        details: Vec::new(),
        maybe_happened: false,
        undo_incomplete: false,
        span: None,
    }
}

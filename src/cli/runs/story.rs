//! A whole run, stage by stage, from the events of its journal.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::Serialize;

use crate::cli::words;
use crate::engine::report::{Awaited, AwaitedLock, ErrorInfo, Event, Report, WaitReason};
use crate::value::json::Plain;

/// What is known of every stage, in the order in which they were first heard of.
#[derive(Debug, Default)]
pub struct Story {
    /// Whose results are kept.
    results: Results,
    /// By path.
    pub stages: IndexMap<String, Told>,
    /// Why the run failed.
    pub error: Option<ErrorInfo>,
    /// The hash of the plan that it is on.
    plan: String,
    /// It has ended, and was not tried again since.
    ended: bool,
}

/// Which results a story keeps: of a large map they are most of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Results {
    /// All.
    #[default]
    All,
    /// Those with files in them.
    WithFiles,
    /// None.
    None,
}

impl Results {
    fn keep(self, result: &Plain) -> bool {
        match self {
            Self::All => true,
            Self::WithFiles => {
                let mut found = false;
                result.0.files(&mut |_| found = true);
                found
            }
            Self::None => false,
        }
    }
}

/// What is known of one stage, item or round.
#[derive(Debug, Clone, Serialize)]
pub struct Told {
    /// Its path.
    pub stage: String,
    /// The text for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// How it stands.
    pub state: State,
    /// Its last attempt, from 1; 0 where there was none.
    pub attempt: u32,
    /// When it was ready, RFC 3339.
    pub ready: Arc<str>,
    /// When its last attempt started, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<Arc<str>>,
    /// When it ended, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Arc<str>>,
    /// What it gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Plain>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Box<ErrorInfo>>,
    /// Why it was skipped, or what it waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// Until when it waits, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// The message that it waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub awaited: Option<Box<Awaited>>,
    /// The lock that it waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock: Option<Box<AwaitedLock>>,
    /// The key under which the result of an equal call was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache: Option<String>,
    /// Attempts that failed before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<FailedAttempt>,
}

/// An attempt that failed and was followed by another.
#[derive(Debug, Clone, Serialize)]
pub struct FailedAttempt {
    /// Its number.
    pub attempt: u32,
    /// The class.
    pub class: String,
}

/// How a stage stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for its turn.
    Ready,
    /// An attempt runs, or its inner stages do.
    Running,
    /// An attempt was under way, and nobody knows what became of it.
    Unknown,
    /// Waits for time or another attempt.
    Waiting,
    /// Waits for a person.
    Asks,
    /// Ended well.
    Succeeded,
    /// Ended well before a retry, which kept it.
    Kept,
    /// Ended badly.
    Failed,
    /// Ended badly, and the workflow says what then.
    Handled,
    /// Its guard was false.
    Skipped,
    /// Ended with the run.
    Cancelled,
}

impl Story {
    /// A story with these results.
    pub fn with(results: Results) -> Self {
        Self { results, ..Self::default() }
    }

    /// Takes a report in.
    pub fn hear(&mut self, report: &Report) {
        match &report.event {
            Event::RunStarted { plan, .. } => self.begin(plan),
            Event::RunFailed { error } => (self.ended, self.error) = (true, Some(error.clone())),
            Event::RunCancelled { .. } => self.ended = true,
            _ => {}
        }
        let Some(stage) = report.stage.as_deref() else { return };
        let told = self.stages.entry(stage.to_owned()).or_insert_with(|| Told::new(stage, &report.time));
        told.hear(&report.event, &report.time, self.results);
    }

    /// A process begins. A run that had ended, or has another plan by now, starts anew what it does not keep.
    fn begin(&mut self, plan: &str) {
        if self.ended || self.plan != plan {
            self.stages.retain(|_, told| told.state != State::Cancelled && told.state != State::Failed);
            self.error = None;
        }
        (self.ended, self.plan) = (false, plan.to_owned());
    }

    /// No process drives the run since a time (RFC 3339): what ran then does so no longer. Of the paths in `open` nobody has
    /// looked yet what became of them, of the others nobody can know.
    pub fn interrupt(&mut self, open: &[String], since: &str) {
        for told in self.stages.values_mut().filter(|told| told.state == State::Running) {
            let because =
                if open.contains(&told.stage) { "under way when wfc died" } else { "killed, outcome unknown" };
            (told.state, told.because) = (State::Unknown, Some(because.to_owned()));
            told.ended = Some(since.into());
        }
    }

    /// Failures that nobody handles, each with the stage in which it came about: that of the run last.
    pub fn failures(&self) -> Vec<ErrorInfo> {
        let own = |told: &&Told| told.state == State::Failed;
        let own = self.stages.values().filter(own).filter_map(|told| {
            let error = told.error.as_deref().filter(|error| error.stage.is_none())?.clone();
            Some(ErrorInfo { stage: Some(told.stage.clone()), ..error })
        });
        let mut failures: Vec<ErrorInfo> = own.collect();
        let told = |error: &&ErrorInfo| !failures.iter().any(|told| told.stage == error.stage);
        let of_run = self.error.as_ref().filter(told).cloned();
        failures.extend(of_run);
        failures
    }
}

impl Told {
    fn new(stage: &str, ready: &Arc<str>) -> Self {
        Self {
            stage: stage.to_owned(),
            label: None,
            state: State::Ready,
            attempt: 0,
            ready: ready.clone(),
            started: None,
            ended: None,
            result: None,
            error: None,
            because: None,
            until: None,
            awaited: None,
            lock: None,
            failures: Vec::new(),
            cache: None,
        }
    }

    fn hear(&mut self, event: &Event, time: &Arc<str>, results: Results) {
        if !matches!(event, Event::Log { .. }) {
            (self.until, self.awaited, self.lock) = (None, None, None);
        }
        match event {
            Event::StageReady { label, .. } => (self.state, self.label) = (State::Ready, label.clone()),
            Event::StageStarted { attempt, .. } => {
                (self.state, self.attempt) = (State::Running, *attempt);
                (self.started, self.because) = (Some(time.clone()), None);
            }
            Event::StageRetrying { attempt, error, .. } => {
                self.state = State::Waiting;
                self.failures.push(FailedAttempt { attempt: *attempt, class: error.class.clone() });
            }
            Event::StageWaiting { reason, until, awaited, lock, .. } => {
                self.state = if *reason == WaitReason::Person { State::Asks } else { State::Waiting };
                self.because = match lock {
                    Some(lock) => Some(lock.told()),
                    None => until.clone().map(|until| format!("until {until}")),
                };
                self.until.clone_from(until);
                (self.awaited, self.lock) = (awaited.clone().map(Box::new), lock.clone().map(Box::new));
            }
            Event::StageSucceeded { attempt, result, kept, cache, .. } => {
                // What is kept took as long as it did then.
                let ended = self.ended.take().filter(|_| *kept && self.state != State::Ready);
                self.end(if *kept { State::Kept } else { State::Succeeded }, *attempt, time);
                self.ended = ended.or(self.ended.take());
                (self.result, self.cache) = (results.keep(result).then(|| result.clone()), cache.clone());
            }
            Event::StageFailed { attempt, error, handled, .. } => {
                self.end(if *handled { State::Handled } else { State::Failed }, *attempt, time);
                self.error = Some(Box::new(error.clone()));
            }
            Event::StageSkipped { because } => {
                self.end(State::Skipped, 0, time);
                self.because = Some(because.clone());
            }
            Event::StageCancelled { maybe_happened } => {
                self.end(State::Cancelled, self.attempt, time);
                self.because = maybe_happened.then(|| "maybe happened".to_owned());
            }
            _ => {}
        }
    }

    fn end(&mut self, state: State, attempt: u32, time: &Arc<str>) {
        (self.state, self.ended, self.because) = (state, Some(time.clone()), None);
        self.attempt = self.attempt.max(attempt);
    }

    /// How long it took, or has taken by `now`; `None` where nothing has started.
    pub fn took(&self, now: i64) -> Option<i64> {
        let from = match (&self.started, self.state) {
            (Some(started), _) => started,
            (None, State::Skipped | State::Kept | State::Ready) => return None,
            (None, _) => &self.ready,
        };
        let to = self.ended.as_deref().map_or(now, words::parse_time);
        Some(to - words::parse_time(from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::render::samples::{error, noon, of_run, on, ready, run_started, started, succeeded};

    #[test]
    fn what_is_kept_took_as_long_as_it_did() {
        let kept = Event::StageSucceeded {
            attempt: 1,
            result: Default::default(),
            kept: true,
            cache: None,
            usage: Default::default(),
        };
        let reports = [
            of_run(0, run_started()),
            on("a", 0, ready()),
            on("a", 0, started(1)),
            on("a", 2_000, succeeded(0)),
            of_run(3_600_000, run_started()),
            on("a", 3_600_000, kept),
        ];
        let mut story = Story::default();
        reports.iter().for_each(|report| story.hear(report));
        let told = &story.stages["a"];
        assert_eq!((told.state, told.took(noon(9_999_999))), (State::Kept, Some(2_000)));
    }

    /// Killed while it undid what it had done: the failure that it came from is still there. A retry starts it anew.
    #[test]
    fn a_failure_is_forgotten_by_a_retry_and_not_by_a_resume() {
        let failed = || Event::StageFailed { attempt: 1, error: error("denied"), handled: false, kept: false };
        let mut story = Story::default();
        for report in [of_run(0, run_started()), on("b", 0, ready()), on("b", 0, failed()), of_run(1, run_started())] {
            story.hear(&report);
        }
        assert_eq!(story.stages["b"].state, State::Failed);
        for report in [of_run(2, Event::RunFailed { error: error("denied") }), of_run(3, run_started())] {
            story.hear(&report);
        }
        assert!(story.stages.is_empty());
    }
}

//! What happened in the run of a test, for people to read.

use crate::base::unit::format_duration;
use crate::engine::report::{ErrorInfo, Event, Question, QuestionKind, Report, WaitReason};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Virtual time from the start of the run, milliseconds.
    pub at_ms: i64,
    /// What.
    pub text: String,
}

/// What a run reported, without what says nothing new. One that was not let run to its end was killed: that nobody knows what
/// became of its last calls says nothing about it.
pub(super) fn of(reports: &[Report], whole: bool) -> Vec<Line> {
    let told = reports.iter().filter(|report| whole || !asks_about_outcome(&report.event));
    told.filter_map(|report| Some(Line { at_ms: at_ms(report), text: text(report)? })).collect()
}

fn asks_about_outcome(event: &Event) -> bool {
    let unknown = |question: &Question| question.kind == QuestionKind::UnknownOutcome;
    matches!(event, Event::StageWaiting { question: Some(question), .. } if unknown(question))
}

/// Virtual time of a report from the start of the run, milliseconds.
pub(super) fn at_ms(report: &Report) -> i64 {
    let at = report.time.parse::<jiff::Timestamp>().map_or(super::drive::START_MS, jiff::Timestamp::as_millisecond);
    at - super::drive::START_MS
}

fn text(report: &Report) -> Option<String> {
    let stage = report.stage.as_deref().unwrap_or("the run");
    let what = match &report.event {
        Event::RunStarted { resumed: true, .. } => "the run goes on".into(),
        Event::RunStarted { .. } | Event::StageReady { .. } | Event::Log { .. } => return None,
        Event::StageSucceeded { kept: true, .. } | Event::StageFailed { kept: true, .. } => return None,
        Event::StageStarted { attempt: 1, agent, .. } => format!("{stage} calls {agent}"),
        Event::StageStarted { attempt, agent, .. } => format!("{stage} calls {agent}, attempt {attempt}"),
        Event::StageSkipped { because } if because.is_empty() => format!("{stage} is skipped"),
        Event::StageSkipped { because } => format!("{stage} is skipped: {because}"),
        Event::StageCancelled { .. } => format!("{stage} is cancelled"),
        Event::StageWaiting { reason: WaitReason::Retry, .. } => return None,
        Event::StageWaiting { reason, .. } => format!("{stage} waits for {}", waited_for(*reason)),
        Event::StageRetrying { error, delay, .. } => {
            format!("{stage} failed: {}; again in {}", error.class, format_duration(*delay))
        }
        Event::StageSucceeded { result, .. } => format!("{stage} gave {}", short(&result.json())),
        Event::StageFailed { error, .. } if is_fail(stage) => format!("fail: {}", error.message),
        Event::StageFailed { error, handled, .. } => {
            let handled = if *handled { ", which is handled" } else { "" };
            format!("{stage} failed: {}{handled}", cause(error))
        }
        Event::RunSucceeded { result, .. } => format!("the run succeeded: {}", short(&result.json())),
        Event::RunFailed { error } => format!("the run failed: {}", cause(error)),
        Event::RunCancelled { .. } => "the run was cancelled".into(),
        Event::RunWaiting { .. } | Event::RunSuspended { .. } => return None,
    };
    Some(what)
}

/// Whether a path leads to a `fail` statement: no stage can be called so.
pub(super) fn is_fail(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or_default();
    last == "fail" || last.strip_prefix("fail_").is_some_and(|number| number.parse::<u32>().is_ok())
}

/// Why something failed; the class `failed` says nothing more.
pub(super) fn cause(error: &ErrorInfo) -> String {
    match error.class.as_str() {
        "failed" => error.message.clone(),
        class => format!("{class}, {}", error.message),
    }
}

fn waited_for(reason: WaitReason) -> &'static str {
    match reason {
        WaitReason::Retry => "another attempt",
        WaitReason::Timer => "a time",
        WaitReason::Event => "an event",
        WaitReason::Person => "a person",
        WaitReason::Lock => "a lock",
        WaitReason::Rate => "its rate",
        WaitReason::Secret => "a secret",
        WaitReason::Disk => "the disk",
    }
}

/// Bytes of a value that are shown.
const SHOWN: usize = 60;

fn short(value: &serde_json::Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

//! Results of tests for programs: one JSON object a line.

use std::time::Duration;

use serde_json::json;

use super::Ran;
use crate::diag::render;

/// One test.
pub(super) fn one(ran: &Ran<'_>) -> String {
    let (case, verdict, sources) = (ran.case, &ran.verdict, &ran.group.checked.sources);
    let place = sources.get(case.span.file).place(case.span.start);
    let trace: Vec<_> = verdict.trace.iter().map(|line| json!({ "at_ms": line.at_ms, "text": line.text })).collect();
    let object = json!({
        "event": "test",
        "name": case.name,
        "file": case.file,
        "line": place.line,
        "workflow": case.workflow,
        "status": if verdict.passed() { "passed" } else { "failed" },
        "took_ms": millis(verdict.took),
        "elapsed_ms": verdict.elapsed_ms,
        "crashes": verdict.crashes,
        "problems": render::json::values(sources, &verdict.problems),
        "trace": if verdict.passed() { Vec::new() } else { trace },
    });
    format!("{object}\n")
}

/// The last line.
pub(super) fn summary(ran: usize, failed: usize, all: usize, took: Duration) -> String {
    let object = json!({
        "event": "summary",
        "tests": ran,
        "passed": ran - failed,
        "failed": failed,
        "not_chosen": all - ran,
        "took_ms": millis(took),
    });
    format!("{object}\n")
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

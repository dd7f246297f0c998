//! The counts at the end of a run, in words.

use crate::cli::render::model::{Ended, How, Model};
use crate::cli::words;

/// `10 succeeded, 1 failed and handled, 1 not started`.
pub fn counts(model: &Model) -> String {
    let counts = &model.counts;
    let never = model.live.values().filter(|live| !live.holds).count() as u64 + model.untouched().count() as u64;
    let parts = [
        (counts.kept, "kept"),
        (counts.cached, "cached"),
        (counts.succeeded, "succeeded"),
        (counts.handled, "failed and handled"),
        (counts.failed, "failed"),
        (counts.cancelled, "cancelled"),
        (counts.skipped, "skipped"),
        (never, "not started"),
    ];
    let said: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    if said.is_empty() { "nothing to do".to_owned() } else { said.join(", ") }
}

/// `12 stages: 10 succeeded, …`.
pub fn stages(model: &Model) -> String {
    format!("{}: {}", words::count(model.total(), "stage", "stages"), counts(model))
}

/// Whether a stage that holds others failed for a reason of its own, rather than with one of them.
pub fn own_failure(ended: &Ended) -> bool {
    match &ended.how {
        How::Failed { error, .. } => error.stage.as_ref().is_none_or(|stage| *stage == ended.stage),
        _ => false,
    }
}

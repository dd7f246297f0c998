//! The counts at the end of a run, in words.

use crate::cli::render::model::Model;
use crate::cli::words;

/// `10 succeeded, 1 failed and handled, 1 not started`.
pub fn counts(model: &Model) -> String {
    let counts = &model.counts;
    let never = model.not_ended();
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
    let said: Vec<String> =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{} {word}", words::grouped_count(*n))).collect();
    if said.is_empty() { "nothing to do".to_owned() } else { said.join(", ") }
}

/// `12 stages: 10 succeeded, …`.
pub fn stages(model: &Model) -> String {
    format!("{}: {}", words::count(model.total(), "stage", "stages"), counts(model))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::render::samples::{atlas, on, succeeded, told};

    #[test]
    fn what_was_over_before_the_run_went_on_is_counted_as_that() {
        let mut model = told(atlas(["a", "b", "c", "d"]), vec![on("a", 0, succeeded(0))]);
        assert_eq!(stages(&model), "4 stages: 1 succeeded, 3 not started");
        model.was_over("b", false);
        model.was_over("c", true);
        assert_eq!(stages(&model), "4 stages: 1 succeeded, 1 cancelled, 1 skipped, 1 not started");
    }
}

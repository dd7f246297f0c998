//! The last lines that failed stages printed, as the store has them: of what comes too fast not all is shown meanwhile.

use std::collections::VecDeque;

use crate::base::text::escape;
use crate::cli::run::failure;
use crate::engine::report::ErrorInfo;
use crate::store::{Store, StoreError, lookup};

/// Lines of output that are read at once.
const LINES_AT_ONCE: usize = 1_000;

/// Failures with the last lines of output of their stages; where all are inside one stage, only its lines are read.
///
/// # Errors
/// The store cannot be read.
pub async fn of(
    store: &dyn Store,
    run: &str,
    stage: Option<&str>,
    failures: Vec<ErrorInfo>,
) -> Result<Vec<(ErrorInfo, Vec<String>)>, StoreError> {
    let mut told: Vec<(ErrorInfo, VecDeque<String>)> =
        failures.into_iter().map(|error| (error, VecDeque::new())).collect();
    let mut from = 0;
    while !told.is_empty() {
        let (lines, next) = store.logs(run, stage, from, LINES_AT_ONCE).await?;
        if lines.is_empty() {
            break;
        }
        from = next;
        // What the runtime says is no output of a program.
        for line in lines.iter().filter(|line| line.stream != "runtime") {
            let of = |error: &ErrorInfo| error.stage.as_deref().is_some_and(|stage| lookup::inside(&line.stage, stage));
            for (_, last) in told.iter_mut().filter(|(error, _)| of(error)) {
                if last.len() == failure::LINES_SHOWN {
                    last.pop_front();
                }
                last.push_back(escape(&line.line));
            }
        }
    }
    Ok(told.into_iter().map(|(error, lines)| (error, lines.into())).collect())
}

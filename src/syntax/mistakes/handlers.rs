//! Failure handlers, members of pools, times of schedules and statements of tests, worded as elsewhere.

use super::Found;
use super::phrases::{respelled, written};
use crate::syntax::draft::Patch;
use crate::syntax::errors;
use crate::syntax::grammar::Rule;
use crate::syntax::repair::Failure;
use crate::syntax::scan::Kind;

/// `on error skip`, `on timeout skip`, `on failure: skip`, `on failure retry`.
pub(super) fn failure_handler(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    let word = failure.text(0);
    if failure.text(-1) == "on" && failure.expected.has(Rule::k_failure) && tokens.kind(found) == Some(Kind::Word) {
        let answers = matches!(failure.text(1), "skip" | "fail" | "use" | "ask" | "of" | ",");
        return answers.then(|| match word {
            "error" | "errors" | "fail" | "failed" | "exception" | "failures" => {
                respelled(failure, (found, found), "failure")
            }
            class => respelled(failure, (found, found), &format!("failure of {class}")),
        });
    }
    if (failure.text(-2), failure.text(-1)) != ("on", "failure") {
        return None;
    }
    match word {
        ":" | "=>" | "->" | "=" => Some((
            errors::sign_after_word(failure.here(), "on failure", word),
            vec![failure.replace(found, found, " ")],
        )),
        "continue" | "ignore" | "pass" => Some(respelled(failure, (found, found), "skip")),
        "{" => {
            let close = tokens.closing(found).filter(|close| *close > found + 1)?;
            Some(respelled(failure, (found, close), written(tokens, found + 1, close - 1)))
        }
        "retry" => {
            let last = if failure.text(1) == "{" { tokens.closing(found + 1)? } else { found };
            let fault = errors::slips::retry_as_a_handler(failure.here(), &failure.expected.describe());
            Some((fault, vec![failure.replace(found, last, "fail")]))
        }
        _ => None,
    }
}

/// `pool p: I { a, b }`.
pub(super) fn members_without_their_word(failure: &Failure<'_>) -> Option<Found> {
    let found = failure.found;
    let pool = failure.text(-1) == "{" && failure.tokens.text(0) == "pool" && failure.expected.has(Rule::k_members)
        || failure.expected.has(Rule::pool_members);
    let named = matches!(failure.text(1), "," | "}") && failure.tokens.kind(found) == Some(Kind::Word);
    (pool && named).then(|| {
        let at = failure.after_previous();
        let fault = errors::missing(at, "`members`", "`{`").fix_suggested("insert `members`", at, " members");
        (fault, vec![Patch::insert(failure.tokens.list[found].start, "members ")])
    })
}

/// `every 1h` in a schedule.
pub(super) fn time_without_cron(failure: &Failure<'_>) -> Option<Found> {
    let found = failure.found;
    let clause = failure.tokens.text(0) == "schedule" && failure.expected.has(Rule::schedule_clause);
    if !clause || failure.text(0) != "every" {
        return None;
    }
    let cron = match failure.text(1) {
        "1h" | "hour" => "0 * * * *",
        "1d" | "24h" | "day" => "0 0 * * *",
        "1m" | "minute" => "* * * * *",
        "5m" => "*/5 * * * *",
        "10m" => "*/10 * * * *",
        "15m" => "*/15 * * * *",
        "30m" => "*/30 * * * *",
        _ => return None,
    };
    Some(respelled(failure, (found, found + 1), &format!("cron \"{cron}\"")))
}

/// `assert x == 1` in a test, `otherwise { … }` after a `when`.
pub(super) fn statement_of_another_name(failure: &Failure<'_>) -> Option<Found> {
    let found = failure.found;
    let test = failure.expected.has(Rule::test_here) && failure.at_line_start();
    let right = match failure.text(0) {
        "assert" | "check" | "verify" | "should" | "ensure" | "assert_eq" if test => "expect",
        "stub" | "given" | "fake" if test => "mock",
        "call" | "start" | "execute" if test => "run",
        "otherwise" if failure.expected.has(Rule::k_else) && failure.text(1) == "{" => "else",
        _ => return None,
    };
    Some(respelled(failure, (found, found), right))
}

//! Clauses and settings worded as a person would say them: `retry 3 times with fixed 10s`, `wait 1s`, `output nothing`.

use super::{Found, quote};
use crate::diag::Diagnostic;
use crate::syntax::draft::Patch;
use crate::syntax::errors;
use crate::syntax::grammar::Rule;
use crate::syntax::repair::Failure;
use crate::syntax::scan::Kind;
use crate::syntax::split::Tokens;

/// The forms of a back-off.
const BACKOFFS: [&str; 3] = ["fixed", "linear", "exponential"];

/// `retry 3`, `retry 3 times`, `retry 3 times with fixed 10s`.
pub(super) fn retry_count(failure: &Failure<'_>) -> Option<Found> {
    let found = failure.found;
    if failure.text(-1) != "retry" || failure.tokens.kind(found) != Some(Kind::Number) {
        return None;
    }
    let last = end_of_phrase(failure, found);
    let instead = match backoff_in(failure, found..last + 1) {
        Some(backoff) => format!("{{ attempts {} backoff {backoff} }}", failure.text(0)),
        None => format!("{{ attempts {} }}", failure.text(0)),
    };
    let (fault, patches) = respelled(failure, (found, last), &instead);
    let written = written(failure.tokens, found, last);
    let message = format!("`retry {written}` is spelled `retry {instead}`");
    Some((Diagnostic { message, ..fault }.help(format!("write `retry {instead}`")), patches))
}

/// `retries 3` among clauses.
pub(super) fn retries(failure: &Failure<'_>) -> Option<Found> {
    let found = failure.found;
    let counted = matches!(failure.text(0), "retries" | "max_retries" | "attempts");
    if !counted || !failure.expected.clause() || failure.tokens.kind(found + 1) != Some(Kind::Number) {
        return None;
    }
    Some(respelled(failure, (found, found + 1), &format!("retry {{ attempts {} }}", failure.text(1))))
}

/// `retry` with nothing behind it.
pub(super) fn retry_of_nothing(failure: &Failure<'_>) -> Option<Found> {
    let closes = failure.tokens.list.get(failure.found).is_none_or(|token| token.closes() || token.first);
    let policy = failure.expected.has(Rule::retry_body) || failure.expected.has(Rule::curly_open);
    let retry = failure.text(-1) == "retry" && policy && closes && failure.found > 1;
    let at = failure.after_previous();
    retry.then(|| {
        let fault = errors::missing(at, "the name of a policy or `{ attempts … }`", "`retry`");
        let fault = fault.fix_suggested("make three attempts", at, " { attempts 3 }");
        (fault, vec![Patch::insert(failure.tokens.list[failure.found - 1].end, " { attempts 3 }")])
    })
}

/// `backoff fixed 10s`, `backoff 10s`.
pub(super) fn backoff_without_brackets(failure: &Failure<'_>) -> Option<Found> {
    let first = failure.found.checked_sub(1).filter(|first| BACKOFFS.contains(&failure.tokens.text(*first)))?;
    if failure.text(-2) != "backoff" || failure.tokens.kind(failure.found) != Some(Kind::Number) {
        return None;
    }
    let factor = failure.text(-1) == "exponential" && failure.text(1) == ",";
    let factor = factor && failure.tokens.kind(failure.found + 2) == Some(Kind::Number);
    let last = failure.found + if factor { 2 } else { 0 };
    let instead = backoff_in(failure, first..last + 1)?;
    Some(respelled(failure, (first, last), &instead))
}

/// `times 3`, `delay 1s` in a retry policy.
pub(super) fn retry_word(failure: &Failure<'_>) -> Option<Found> {
    let found = failure.found;
    let value = failure.tokens.kind(found + 1) == Some(Kind::Number);
    if !value || !failure.expected.has(Rule::k_attempts) {
        return None;
    }
    let instead = match failure.text(0) {
        "times" | "tries" | "retries" | "count" | "limit" | "max" => format!("attempts {}", failure.text(1)),
        "wait" | "delay" | "interval" | "every" | "sleep" | "pause" => format!("backoff fixed({})", failure.text(1)),
        _ => return None,
    };
    Some(respelled(failure, (found, found + 1), &instead))
}

/// `fixed 10s`, `exponential 1s, 2` among some tokens, as it is written here.
fn backoff_in(failure: &Failure<'_>, mut range: std::ops::Range<usize>) -> Option<String> {
    let (tokens, number) = (failure.tokens, |index: &usize| failure.tokens.kind(*index) == Some(Kind::Number));
    let form = range.find(|index| BACKOFFS.contains(&tokens.text(*index)))?;
    let value = range.find(number)?;
    let factor = range.find(number).map_or(String::new(), |factor| format!(", factor: {}", tokens.text(factor)));
    Some(format!("{}({}{factor})", tokens.text(form), tokens.text(value)))
}

/// `wait 1s` as a statement, a clause or the body of a stage.
pub(super) fn wait_without_brackets(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    let wait = [Some(found), found.checked_sub(1)].into_iter().flatten().find(|at| tokens.text(*at) == "wait")?;
    let (value, number) = (wait + 1, tokens.kind(wait + 1) == Some(Kind::Number));
    if !number || tokens.list[value].first {
        return None;
    }
    let call = format!("wait({})", tokens.text(value));
    if wait > 0 && tokens.text(wait - 1) == "=" || tokens.text(wait.wrapping_sub(1)) == "=>" {
        return Some(respelled(failure, (wait, value), &call));
    }
    let entry = wait == found && (failure.expected.statement() || failure.expected.clause());
    entry.then(|| (errors::wait_is_a_stage(failure.span(wait, value), &call), Vec::new()))
}

/// `output nothing`, `priority urgent`: one of a few words has to follow, and another does.
pub(super) fn not_one_of_the_words(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    let clause = found.checked_sub(1)?;
    let words = failure.expected.choice();
    let word = tokens.kind(found) == Some(Kind::Word) && !failure.at_line_start();
    let whole = tokens.list.get(found + 1).is_none_or(|next| next.first || next.closes());
    let first = words.first().filter(|_| word && whole)?;
    let fault = errors::unexpected(failure.here(), &failure.expected.describe(), &quote(failure.text(0)));
    let nothing = tokens.text(clause) == "output" && matches!(failure.text(0), "nothing" | "none" | "null" | "empty");
    let fault = if nothing { without_output(failure, fault) } else { nearest(failure, fault, &words) };
    Some((fault, vec![failure.replace(found, found, *first)]))
}

/// An action that answers nothing says so by its type.
fn without_output(failure: &Failure<'_>, fault: Diagnostic) -> Diagnostic {
    let setting = failure.span(failure.found - 1, failure.found);
    fault.help("leave it out: of an action that answers `null` no output is read").fix_suggested(
        "remove it",
        setting,
        "",
    )
}

fn nearest(failure: &Failure<'_>, fault: Diagnostic, words: &[&str]) -> Diagnostic {
    let word = failure.text(0);
    let near = words.iter().map(|known| (strsim::osa_distance(word, known), *known)).min();
    match near.filter(|(distance, _)| *distance <= (word.len() / 3).max(1)) {
        Some((_, right)) => fault.help(format!("did you mean `{right}`?")).fix_suggested(
            format!("write `{right}`"),
            failure.here(),
            right,
        ),
        None => fault,
    }
}

/// The text of some tokens.
pub(super) fn written<'a>(tokens: Tokens<'a>, first: usize, last: usize) -> &'a str {
    &tokens.text[tokens.list[first].start as usize..tokens.list[last].end as usize]
}

/// Tokens that are written otherwise here.
pub(super) fn respelled(failure: &Failure<'_>, (first, last): (usize, usize), instead: &str) -> Found {
    let tokens = failure.tokens;
    let written = written(tokens, first, last);
    let fault = errors::other_word(failure.span(first, last), written, instead, written, instead);
    (fault, vec![Patch::new(tokens.list[first].start..tokens.list[last].end, instead)])
}

/// The last token of the words and numbers that stand on the line of one.
fn end_of_phrase(failure: &Failure<'_>, first: usize) -> usize {
    let tokens = failure.tokens;
    let goes_on = |index: &usize| {
        let plain = matches!(tokens.kind(*index), Some(Kind::Word | Kind::Number));
        plain && !tokens.list[*index].first && !is_clause(tokens.text(*index))
    };
    (first + 1..tokens.list.len()).take_while(goes_on).last().unwrap_or(first)
}

/// Whether a word begins a clause of its own, so that what stands before it ends there.
pub(super) fn is_clause(word: &str) -> bool {
    matches!(
        word,
        "timeout"
            | "deadline"
            | "on"
            | "undo"
            | "lock"
            | "budget"
            | "cache"
            | "label"
            | "after"
            | "when"
            | "retry"
            | "repeat"
            | "priority"
            | "parallel"
    )
}

//! A value where a stage wants something to call.

use super::Found;
use crate::syntax::draft::Patch;
use crate::syntax::errors;
use crate::syntax::repair::Failure;
use crate::syntax::scan::Kind;
use crate::syntax::split::STATEMENT_WORDS;

/// `stage a = 3`, `stage a = b + 1`.
pub(super) fn value_as_a_stage(failure: &Failure<'_>) -> Option<Found> {
    let first = if begins_value(failure) { failure.found } else { named_value(failure)? };
    let keyword = first.checked_sub(3)?;
    let stage = failure.tokens.text(keyword) == "stage" && failure.tokens.text(first - 1) == "=";
    let either = failure.tokens.text(first) == "if";
    stage.then(|| {
        let fault = errors::calls::value_as_a_stage(failure.span(first, first), failure.span(keyword, keyword), either);
        (fault, vec![failure.replace(keyword, keyword, "let")])
    })
}

/// `"a" => 3` in the `match` of a stage, `for x in xs => 3`.
pub(super) fn value_after_an_arrow(failure: &Failure<'_>) -> Option<Found> {
    if failure.text(-1) != "=>" || failure.expected.expression() || !begins_value(failure) {
        return None;
    }
    let at = failure.here();
    match failure.expected.words().contains(&"skip") {
        true => {
            let start = failure.tokens.list[failure.found].start;
            Some((errors::calls::value_as_an_arm(at), vec![Patch::insert(start, "use ")]))
        }
        false => Some((errors::calls::value_as_an_item(at), Vec::new())),
    }
}

/// Whether a value that is no name begins at the token that does not fit.
fn begins_value(failure: &Failure<'_>) -> bool {
    let path = matches!(failure.text(1), "." | "(");
    match failure.tokens.kind(failure.found) {
        Some(Kind::String) => true,
        Some(Kind::Number) => !path,
        _ if failure.text(0) == "{" => !STATEMENT_WORDS.contains(&failure.text(1)),
        _ => matches!(failure.text(0), "[" | "-" | "!" | "true" | "false" | "null" | "if"),
    }
}

/// The name before an operator.
fn named_value(failure: &Failure<'_>) -> Option<usize> {
    let operator =
        matches!(failure.text(0), "+" | "-" | "*" | "/" | "%" | "??" | "==" | "!=" | "<" | ">" | "&&" | "||");
    failure.found.checked_sub(1).filter(|name| operator && failure.tokens.kind(*name) == Some(Kind::Word))
}

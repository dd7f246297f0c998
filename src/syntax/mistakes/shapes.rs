//! Types, lists, loops, records and names in the shape that they have elsewhere.

use super::Found;
use super::phrases::{respelled, written};
use crate::base::span::Span;
use crate::syntax::draft::Patch;
use crate::syntax::errors;
use crate::syntax::grammar::Rule;
use crate::syntax::repair::Failure;
use crate::syntax::scan::Kind;
use crate::syntax::split::{STATEMENT_WORDS, Tokens};

/// `list(T)`, `map<string, T>`, `enum { a, b }`, `"a" "b"`.
pub(super) fn type_of_another_shape(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    if !failure.expected.has(Rule::optional) && !failure.expected.has(Rule::pipe) {
        return None;
    }
    let generic = matches!(failure.text(-1), "list" | "map") && failure.text(0) == "(";
    if let Some(close) = tokens.closing(found).filter(|close| generic && *close > found + 1) {
        let inside = written(tokens, found + 1, close - 1);
        return Some(respelled(failure, (found - 1, close), &format!("{}<{inside}>", failure.text(-1))));
    }
    if failure.text(0) == "," && failure.text(-2) == "<" && failure.text(-3) == "map" {
        let close = (found + 2..tokens.list.len()).take(20).find(|close| tokens.text(*close) == ">")?;
        let instead = format!("map<{}>", written(tokens, found + 1, close - 1));
        let whole = written(tokens, found - 3, close);
        let fault = errors::slips::keys_of_a_map(failure.span(found - 3, close), whole, &instead);
        return Some((fault, vec![failure.replace(found - 3, close, instead)]));
    }
    if failure.text(-1) == "enum" && failure.text(0) == "{" {
        let close = tokens.closing(found)?;
        let texts: Option<Vec<String>> = (found + 1..close).step_by(2).map(|index| as_text(tokens, index)).collect();
        return Some(respelled(failure, (found - 1, close), &texts?.join(" | ")));
    }
    let texts = tokens.kind(found.checked_sub(1)?) == Some(Kind::String) && tokens.kind(found) == Some(Kind::String);
    let at = failure.after_previous();
    texts.then(|| {
        let fault = errors::missing(at, "`|`", "a string").fix_suggested("insert `|`", at, " |");
        (fault, vec![Patch::insert(tokens.list[found - 1].end, " |")])
    })
}

/// A word or text as a text.
fn as_text(tokens: Tokens<'_>, index: usize) -> Option<String> {
    match tokens.kind(index)? {
        Kind::String => Some(tokens.text(index).to_owned()),
        Kind::Word => Some(format!("\"{}\"", tokens.text(index))),
        _ => None,
    }
}

/// `for x of xs`, `for x in xs { f(x) }`, `let ys = for x in xs => y`.
pub(super) fn loop_of_another_shape(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    if failure.text(-2) == "for" && matches!(failure.text(0), "of" | "from" | ":") {
        return Some(respelled(failure, (found, found), "in"));
    }
    if failure.text(0) == "for" && failure.text(-1) == "=" && failure.text(-3) == "let" && failure.text(2) == "in" {
        let line = |index: &usize| *index < tokens.list.len() && !tokens.list[*index].first;
        let last = (found + 1..).take_while(line).last()?;
        let arrow = (found + 3..last).find(|index| tokens.text(*index) == "=>")?;
        let (head, value) = (written(tokens, found, arrow - 1), written(tokens, arrow + 1, last));
        return Some(respelled(failure, (found, last), &format!("[{value} {head}]")));
    }
    let body = failure.text(0) == "{" && failure.expected.has(Rule::fat_arrow) && !failure.at_line_start();
    let close = tokens.closing(found).filter(|close| body && *close > found + 1)?;
    let statements = STATEMENT_WORDS.contains(&failure.text(1)) || tokens.text(close - 1) != ")";
    (!statements).then(|| {
        let instead = format!("=> {}", written(tokens, found + 1, close - 1));
        respelled(failure, (found, close), &instead)
    })
}

/// `Spec { id: "x" }`.
pub(super) fn record_with_its_type(failure: &Failure<'_>) -> Option<Found> {
    let name = failure.found.checked_sub(1)?;
    let typed = failure.text(-1).starts_with(|c: char| c.is_ascii_uppercase()) && failure.text(0) == "{";
    let value = matches!(failure.text(-2), "=" | "return" | "(" | "," | ":" | "use" | "returns" | "[" | "??");
    let at = Span { end: failure.here().start, ..failure.span(name, name) };
    let fault = errors::slips::typed_record(failure.span(name, name), at, failure.text(-1));
    (typed && value && failure.expected.operator()).then(|| (fault, vec![failure.replace(name, name, " ")]))
}

/// `my-stage`.
pub(super) fn name_with_a_dash(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    let first = found.checked_sub(1)?;
    let named =
        matches!(failure.text(-2), "let" | "stage" | "workflow" | "agent" | "retry" | "secret" | "action" | "pool");
    let joined = |index: &usize| tokens.list[index - 1].end == tokens.list[*index].start;
    let dashed = |index: &usize| tokens.text(*index) == "-" || tokens.kind(*index) == Some(Kind::Word);
    let last = (found..tokens.list.len()).take_while(|index| joined(index) && dashed(index)).last()?;
    let dash = failure.text(0) == "-" && named && last > found;
    dash.then(|| respelled(failure, (first, last), &written(tokens, first, last).replace('-', "_")))
}

/// `string name` among parameters or fields.
pub(super) fn type_before_its_name(failure: &Failure<'_>) -> Option<Found> {
    let found = failure.found;
    let begins = matches!(failure.text(-2), "(" | "," | "{") && failure.expected.has(Rule::colon);
    let simple = ["string", "int", "float", "bool", "duration", "money", "tokens", "size", "file", "json"];
    let typed = simple.contains(&failure.text(-1)) || failure.text(-1).starts_with(|c: char| c.is_ascii_uppercase());
    let name = failure.tokens.kind(found) == Some(Kind::Word) && matches!(failure.text(1), ")" | "," | "}" | "=");
    (begins && typed && name)
        .then(|| respelled(failure, (found - 1, found), &format!("{}: {}", failure.text(0), failure.text(-1))))
}

/// `{ kind: "ok" } => …` in a `match`.
pub(super) fn record_as_a_pattern(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    let close = tokens.closing(found).filter(|_| failure.text(0) == "{" && failure.expected.arm())?;
    if tokens.text(close + 1) != "=>" {
        return None;
    }
    let open = tokens.enclosing(found).first().copied()?;
    let subject = open.checked_sub(2).filter(|word| tokens.text(*word) == "match").map(|word| tokens.text(word + 1));
    let field = failure.text(2) == ":" && tokens.kind(found + 3) == Some(Kind::String) && close == found + 4;
    let instead = subject
        .filter(|_| field)
        .map(|subject| format!("match {subject}.{} {{ {} => …", failure.text(1), failure.text(3)));
    let literal = if field { failure.text(3) } else { "_" };
    let fault = errors::slips::record_pattern(failure.span(found, close), instead.as_deref());
    Some((fault, vec![failure.replace(found, close, literal)]))
}

/// `1..10`, `x ?: y`, `need 80 %`, `10 per minute`.
pub(super) fn sign_of_another_shape(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    let number = |index: usize| tokens.kind(index) == Some(Kind::Number);
    let before = found.checked_sub(1)?;
    match failure.text(0) {
        ".." if failure.expected.operator() && number(before) && number(found + 1) => {
            let range = format!("range({}, {})", failure.text(-1), failure.text(1));
            Some(respelled(failure, (before, found + 1), &range))
        }
        "?" if failure.text(1) == ":" && failure.expected.operator() => {
            Some(respelled(failure, (found, found + 1), "??"))
        }
        "%" if failure.text(-2) == "need" => {
            Some(respelled(failure, (before, found), &format!("{}%", failure.text(-1))))
        }
        unit if failure.text(-1) == "per" => {
            let instead = match unit.trim_end_matches('s') {
                "second" | "sec" => "1s",
                "minute" | "min" => "1m",
                "hour" => "1h",
                "day" => "1d",
                _ => return None,
            };
            Some(respelled(failure, (found, found), instead))
        }
        _ => None,
    }
}

/// `on timeout or unavailable`, `after a and b`.
pub(super) fn words_between_names(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    let between = matches!(failure.text(0), "or" | "and" | "|" | "||" | "&&") && failure.expected.has(Rule::comma);
    let names = tokens.kind(found.checked_sub(1)?) == Some(Kind::Word) && tokens.kind(found + 1) == Some(Kind::Word);
    (between && names && !failure.expected.operator()).then(|| respelled(failure, (found, found), ","))
}

//! What is missing where something is declared: its first word, the name of a part, `->`, the type behind it, `return`.

use super::{Found, quote};
use crate::base::span::Span;
use crate::syntax::draft::{HOLE, NAMELESS, Patch};
use crate::syntax::errors;
use crate::syntax::grammar::Rule;
use crate::syntax::repair::Failure;
use crate::syntax::scan::Kind;
use crate::syntax::split::STATEMENT_WORDS;

/// `coder uses exec {` without `agent`, and the like.
pub(super) fn item_without_its_word(failure: &Failure<'_>) -> Option<Found> {
    let named =
        failure.found == 0 && failure.tokens.kind(0) == Some(Kind::Word) && !errors::is_reserved(failure.text(0));
    let word = match (failure.text(1), failure.text(2)) {
        ("uses", _) => "agent",
        (":", _) if failure.text(3) == "uses" => "agent",
        ("from", "env" | "file" | "command") => "secret",
        ("(", _) if has_a_body(failure) => "workflow",
        ("{", "action") => "interface",
        ("{", "attempts" | "backoff") => "retry",
        _ => return None,
    };
    let fault = errors::unexpected(failure.here(), &failure.expected.describe(), &quote(failure.text(0)));
    let at = failure.span(0, 0).start;
    let place = Span { start: at, end: at, ..failure.here() };
    let fault = fault.fix_suggested(format!("insert `{word}`"), place, format!("{word} "));
    named.then(|| (fault, vec![Patch::insert(failure.tokens.list[0].start, format!("{word} "))]))
}

/// `let b = x.` with nothing behind the dot: the first word of the next line reads as the name.
pub(super) fn field_without_its_name(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    let (dot, word) = (found.checked_sub(2)?, found - 1);
    let next_line = matches!(tokens.text(dot), "." | "?.") && tokens.list[word].first;
    let begins = STATEMENT_WORDS.contains(&tokens.text(word)) || matches!(failure.text(0), ":" | "=");
    (next_line && begins).then(|| {
        let fault = errors::missing(failure.span(dot, dot).after(), "a name", &quote(tokens.text(dot)));
        (fault, vec![Patch::insert(tokens.list[dot].end, NAMELESS)])
    })
}

/// Whether what stands in the brackets behind the first word are parameters: a call has no body.
fn has_a_body(failure: &Failure<'_>) -> bool {
    failure.tokens.closing(1).is_some_and(|close| matches!(failure.tokens.text(close + 1), "->" | "{"))
}

/// `action f(x: int) T {`, where `->` was to stand before `T`: its type reads as a setting, or its fields as settings.
pub(super) fn type_without_its_arrow(failure: &Failure<'_>) -> Option<Found> {
    let tokens = failure.tokens;
    let begins = |index: &usize| {
        let word = tokens.list[*index].first && matches!(tokens.text(*index), "action" | "workflow");
        word && tokens.text(index + 2) == "("
    };
    let head = (0..failure.found.min(tokens.list.len())).rev().find(begins)?;
    let close = tokens.closing(head + 2).filter(|close| *close < failure.found)?;
    let next = close + 1;
    let twice = |end: usize| tokens.text(end + 1) == "{" && !tokens.list[end + 1].first;
    let record = tokens.text(next) == "{" && tokens.closing(next).is_some_and(twice);
    let same_line = tokens.list.get(next).is_some_and(|token| !token.first);
    (same_line && (record || is_type(tokens.text(next)))).then(|| missing_arrow(failure, close))
}

/// `ask("…") T {` in an arm, where the type was read as the next pattern; a small name is that of what is approved.
pub(super) fn answer_without_its_arrow(failure: &Failure<'_>) -> Option<Found> {
    let tokens = failure.tokens;
    let close = failure.found.checked_sub(2).filter(|close| tokens.text(*close) == ")")?;
    let open = (0..close).rev().find(|open| tokens.text(*open) == "(" && tokens.closing(*open) == Some(close))?;
    let word = open.checked_sub(1).map_or("", |word| tokens.text(word));
    let next = close + 1;
    if !failure.expected.has(Rule::fat_arrow) || tokens.list[next].first || !matches!(word, "ask" | "event") {
        return None;
    }
    if is_type(tokens.text(next)) {
        return Some(missing_arrow(failure, close));
    }
    if tokens.text(next) == "approves" {
        let fault = errors::missing(failure.span(next, next).after(), "a name", &quote("approves"));
        return Some((fault, vec![failure.replace(next, next, " ")]));
    }
    let at = failure.span(close, close).after();
    let fault = errors::missing(at, "`approves`", &quote(")")).fix_suggested("insert `approves`", at, " approves");
    Some((fault, vec![Patch::insert(tokens.list[close].end, " approves ")]))
}

fn missing_arrow(failure: &Failure<'_>, close: usize) -> Found {
    let at = failure.span(close, close).after();
    let fault = errors::missing(at, "`->`", &quote(")")).fix_suggested("insert `->`", at, " ->");
    (fault, vec![Patch::insert(failure.tokens.list[close].end, " -> ")])
}

/// Whether a word looks like the beginning of a type.
fn is_type(word: &str) -> bool {
    const WORDS: [&str; 14] = [
        "string",
        "int",
        "float",
        "bool",
        "duration",
        "money",
        "tokens",
        "size",
        "json",
        "list",
        "map",
        "untrusted",
        "secret",
        "approved",
    ];
    word.starts_with(|c: char| c.is_ascii_uppercase()) || WORDS.contains(&word)
}

/// `action f() -> {`, where a type was to stand before the brace: what follows is read as a record.
pub(super) fn arrow_without_a_type(failure: &Failure<'_>) -> Option<Found> {
    let tokens = failure.tokens;
    let open = failure.found.checked_sub(2).filter(|open| tokens.text(*open) == "{")?;
    let before = open.checked_sub(1)?;
    let arrow = matches!(tokens.text(before), "->" | "untrusted" | "trusted" | "approved" | "secret");
    let entry = tokens.list[open + 1].first && !matches!(failure.text(0), ":" | "?" | "," | "}");
    if !arrow || !entry {
        return None;
    }
    let fault = errors::missing(failure.span(before, before).after(), "a type", &quote(tokens.text(before)));
    Some((fault, vec![Patch::insert(tokens.list[open].start, format!("{HOLE} "))]))
}

/// `(: string)`, `{ a: int, : string }`. A record type without one of its names is not known at all.
pub(super) fn part_without_a_name(failure: &Failure<'_>) -> Option<Found> {
    let (param, field) = (failure.expected.has(Rule::param), failure.expected.has(Rule::rec_field));
    if failure.text(0) != ":" || !(param || field) {
        return None;
    }
    let fault = errors::unexpected(failure.here(), "a name", &quote(":"));
    if param {
        return Some((fault, vec![Patch::insert(failure.tokens.list[failure.found].start, NAMELESS)]));
    }
    let open = failure.tokens.enclosing(failure.found).first().copied()?;
    let close = failure.tokens.closing(open)?;
    Some((fault, vec![failure.replace(open, close, HOLE)]))
}

/// `for in xs`.
pub(super) fn element_without_a_name(failure: &Failure<'_>) -> Option<Found> {
    let missing = failure.text(-1) == "for" && failure.text(0) == "in" && failure.text(1) != "in";
    if !missing || failure.tokens.kind(failure.found) != Some(Kind::Word) {
        return None;
    }
    let fault = errors::missing(failure.after_previous(), "a name", &quote("for"));
    Some((fault, vec![Patch::insert(failure.tokens.list[failure.found].start, format!("{NAMELESS} "))]))
}

/// `match { a => … }`, which reads as a record up to the first arrow.
pub(super) fn match_without_a_subject(failure: &Failure<'_>) -> Option<Found> {
    let open = failure.tokens.enclosing(failure.found).first().copied().filter(|_| failure.text(0) == "=>")?;
    let word = open.checked_sub(1).filter(|word| failure.tokens.text(*word) == "match")?;
    let fault = errors::missing(failure.span(word, word).after(), "an expression", &quote("match"));
    Some((fault, vec![Patch::insert(failure.tokens.list[word].end, format!(" {HOLE}"))]))
}

/// `{ a, b }` on a line of its own at the end of a body: read as the clauses of the stage before.
pub(super) fn record_without_return(failure: &Failure<'_>) -> Option<Found> {
    let tokens = failure.tokens;
    let inside = [1, 2].into_iter().filter_map(|back| failure.found.checked_sub(back));
    let open = inside.into_iter().find(|open| tokens.text(*open) == "{" && tokens.list[*open].first)?;
    let last = tokens.closing(open).is_some_and(|close| tokens.text(close + 1) == "}");
    if !failure.expected.clause() || !last || !tokens.is_list(open) || open == 0 {
        return None;
    }
    let at = failure.span(open - 1, open - 1).after();
    let fault = errors::unexpected(failure.span(open, open), "a statement", &quote("{"));
    let fault =
        fault.help("write `return` before it, if it is the result").fix_suggested("insert `return`", at, " return");
    Some((fault, vec![Patch::insert(tokens.list[open].start, "return ")]))
}

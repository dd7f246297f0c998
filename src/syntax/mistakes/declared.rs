//! What items and settings lack that people declare as elsewhere: a body after a colon, what carries an agent out, what a schedule
//! starts, a class, the brackets of tools.

use super::Found;
use super::phrases::{respelled, written};
use crate::syntax::draft::{HOLE, Patch};
use crate::syntax::errors;
use crate::syntax::grammar::Rule;
use crate::syntax::repair::Failure;
use crate::syntax::scan::Kind;

/// `workflow main:` with an indented body.
pub(super) fn body_after_a_colon(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    let next_line = tokens.list.get(found + 1).is_none_or(|next| next.first);
    let agent = tokens.text(0) == "agent" && failure.text(-2) == "uses";
    if agent && failure.text(0) == ":" && next_line {
        let head = written(tokens, 0, found - 1);
        let fault = errors::declared::body_in_braces(failure.here(), "an agent", &format!("{head} {{ … }}"));
        let end = tokens.list.last().map_or(0, |last| last.end);
        return Some((fault, vec![failure.replace(found, found, " {"), Patch::insert(end, "\n}")]));
    }
    let one_line = tokens.list.iter().take(found).skip(1).all(|token| !token.first);
    if tokens.text(0) != "workflow" || failure.text(0) != ":" || !next_line || !one_line {
        return None;
    }
    let head = written(tokens, 0, found - 1);
    let instead = if head.contains('(') { "" } else { "()" };
    let gives = (found..tokens.list.len()).any(|index| tokens.text(index) == "return");
    let result = if gives && !head.contains("->") { format!("-> {HOLE} ") } else { String::new() };
    let opens = format!("{instead} {result}{{");
    let fault = errors::declared::body_in_braces(failure.here(), "a workflow", &format!("{head}{instead} {{ … }}"));
    let end = tokens.list.last().map_or(0, |last| last.end);
    Some((fault, vec![failure.replace(found, found, opens), Patch::insert(end, "\n}")]))
}

/// `schedule nightly { cron … }`.
pub(super) fn schedule_of_nothing(failure: &Failure<'_>) -> Option<Found> {
    let tokens = failure.tokens;
    if failure.found != 2 || tokens.text(0) != "schedule" || failure.text(0) != "{" {
        return None;
    }
    let fault = errors::declared::schedule_of_nothing(failure.after_previous(), tokens.text(1));
    Some((fault, vec![Patch::insert(tokens.list[1].end, format!(" = {HOLE}"))]))
}

/// `schedule nightly = main()` and nothing behind it.
pub(super) fn schedule_without_a_time(failure: &Failure<'_>) -> Option<Found> {
    let tokens = failure.tokens;
    let call = failure.text(-1) == ")" && tokens.text(0) == "schedule" && tokens.text(2) == "=";
    let ends = tokens.list.get(failure.found).is_none_or(|token| token.first);
    if !call || !ends || failure.found == 0 {
        return None;
    }
    let fault = errors::declared::schedule_without_a_time(failure.after_previous());
    Some((fault, vec![Patch::insert(tokens.list[failure.found - 1].end, " { cron \"0 0 * * *\" }")]))
}

/// `agent coder {`, `agent coder uses {`.
pub(super) fn agent_of_no_kind(failure: &Failure<'_>) -> Option<Found> {
    let tokens = failure.tokens;
    if tokens.text(0) != "agent" || failure.text(0) != "{" {
        return None;
    }
    let uses = match (failure.found, failure.text(-1)) {
        (2, _) => "uses ",
        (3, "uses") => "",
        _ => return None,
    };
    let inside = tokens.list[failure.found..].iter().take(60).map(|token| &tokens.text[token.range()]);
    let kind = inside.into_iter().find_map(|word| match word {
        "command" => Some("exec"),
        "model" | "prompt" | "system" => Some("llm"),
        "url" | "path" | "method" => Some("http"),
        "tool" => Some("mcp"),
        "returns" => Some("mock"),
        _ => None,
    });
    let insertion = format!(" {uses}{}", kind.unwrap_or("exec"));
    let fault = errors::declared::agent_of_no_kind(failure.after_previous(), tokens.text(1), kind, &insertion);
    Some((fault, vec![Patch::insert(tokens.list[failure.found - 1].end, insertion)]))
}

/// `fails 2 times`.
pub(super) fn failure_without_a_class(failure: &Failure<'_>) -> Option<Found> {
    let tokens = failure.tokens;
    let counted = failure.text(-1) == "fails" && tokens.kind(failure.found) == Some(Kind::Number);
    if !counted || !failure.expected.has(Rule::any_name) {
        return None;
    }
    let last = failure.found + usize::from(failure.text(1) == "times");
    let count = written(tokens, failure.found, last);
    let fault = errors::declared::failure_without_a_class(failure.here(), count);
    Some((fault, vec![Patch::insert(tokens.list[failure.found].start, "failed ")]))
}

/// `effects idempotent writes`, `effects pure`.
pub(super) fn effects_of_another_name(failure: &Failure<'_>) -> Option<Found> {
    let found = failure.found;
    if failure.text(-1) != "effects" || !failure.expected.has(Rule::effect) {
        return None;
    }
    if failure.text(0) == "idempotent" {
        let last = found + usize::from(failure.text(1) == "writes");
        return Some(respelled(failure, (found, last), "writes idempotent"));
    }
    let right = match failure.text(0) {
        "pure" | "nothing" | "no" | "safe" | "stateless" => "none",
        "read_only" | "readonly" | "query" | "get" | "readable" => "reads",
        "mutates" | "modifies" | "changes" | "write_only" | "updates" | "creates" | "sends" => "writes",
        "destructive" | "permanent" | "final" | "deletes" => "irreversible",
        _ => return None,
    };
    Some(respelled(failure, (found, found), right))
}

/// `tools search.find`, `tools ["search.find"]`.
pub(super) fn tools_of_another_shape(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    if failure.text(-1) == "tools" && tokens.kind(found) == Some(Kind::Word) {
        let part = |index: &usize| {
            let joined = *index == found || !tokens.list[*index].first;
            joined && (matches!(tokens.text(*index), "." | ",") || is_part(failure, *index))
        };
        let last = (found..tokens.list.len()).take_while(part).last()?;
        let instead = format!("[{}]", written(tokens, found, last));
        return Some(respelled(failure, (found, last), &instead));
    }
    let open = (0..found).rev().take(40).find(|index| tokens.text(*index) == "[")?;
    let text = failure.text(0).strip_prefix('"')?.strip_suffix('"')?;
    let path =
        text.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
    let tools = open.checked_sub(1).is_some_and(|word| tokens.text(word) == "tools") && path;
    tools.then(|| (errors::slips::in_quotes(failure.here(), text), vec![failure.replace(found, found, text)]))
}

/// Whether a word is part of a path that is listed: it stands beside a point or a comma.
fn is_part(failure: &Failure<'_>, index: usize) -> bool {
    let tokens = failure.tokens;
    let beside = |index: usize| matches!(tokens.text(index), "." | ",");
    let before = index == failure.found || beside(index - 1);
    tokens.kind(index) == Some(Kind::Word) && before
}

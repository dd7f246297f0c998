//! What the hand writes by itself: `--` before a remark, `call` before a call, `for i, x in`, a name that is a word of the language.

use super::phrases::{respelled, written};
use super::{Found, quote};
use crate::base::span::Span;
use crate::syntax::draft::{HOLE, Patch};
use crate::syntax::errors;
use crate::syntax::grammar::Rule;
use crate::syntax::number;
use crate::syntax::repair::Failure;
use crate::syntax::scan::Kind;
use crate::syntax::split::STATEMENT_WORDS;

/// `-- remark`.
pub(super) fn comment_of_another_language(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    let dashes = failure.text(0) == "-" && failure.text(1) == "-" && failure.at_line_start();
    let joined = dashes && tokens.list[found].end == tokens.list[found + 1].start;
    let on_line = |index: &usize| *index == found || !tokens.list[*index].first;
    let last = (found..tokens.list.len()).take_while(on_line).last().filter(|_| joined)?;
    let patches = if found == 0 { Vec::new() } else { vec![failure.replace(found, last, " ")] };
    Some((errors::other_sign(failure.span(found, found + 1), "--", "//"), patches))
}

/// `task build { … }` beside the workflows.
pub(super) fn item_of_another_tool(failure: &Failure<'_>) -> Option<Found> {
    let word = failure.text(0);
    let named = failure.found == 0 && failure.tokens.kind(1) == Some(Kind::Word) && failure.text(2) == "{";
    let task = matches!(word, "task" | "job" | "rule" | "target" | "component");
    (named && task).then(|| {
        let help = "what runs a program is an action, `agent name uses exec { action … }`; its steps are the stages of a `workflow`";
        (errors::foreign::other_place(failure.here(), word, "item", help), Vec::new())
    })
}

/// `agent d: exec {`.
pub(super) fn kind_after_a_colon(failure: &Failure<'_>) -> Option<Found> {
    let tokens = failure.tokens;
    let kind = matches!(tokens.text(3), "exec" | "shell" | "http" | "llm" | "mcp" | "mock");
    let head = tokens.text(0) == "agent" && tokens.text(2) == ":" && kind && failure.found == 4;
    (head && failure.text(0) == "{").then(|| {
        let (wrong, right) = (format!(": {}", tokens.text(3)), format!("uses {}", tokens.text(3)));
        let fault = errors::other_word(failure.span(2, 3), &wrong, &right, &wrong, &format!(" {right}"));
        (fault, vec![failure.replace(2, 3, format!(" {right}"))])
    })
}

/// `stage a = call inner()`.
pub(super) fn word_before_a_call(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    let word = failure.text(-1);
    let before = matches!(word, "call" | "run" | "invoke" | "execute" | "start" | "do" | "new");
    let place = matches!(failure.text(-2), "=" | "=>") && failure.expected.has(Rule::dot);
    let call =
        tokens.kind(found) == Some(Kind::Word) && matches!(failure.text(1), "(" | ".") && !failure.at_line_start();
    (before && place && call).then(|| {
        let at = failure.span(found - 1, found - 1);
        let whole = Span { end: failure.here().start, ..at };
        (errors::foreign::needless(at, whole, word), vec![failure.replace(found - 1, found - 1, " ")])
    })
}

/// `f(stage)`, `return stage`, where a parameter is called so.
pub(super) fn reserved_value(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    let ends = |index: usize| {
        let token = tokens.list.get(index);
        token.is_none_or(|token| token.first || token.closes() || matches!(tokens.text(index), "," | "." | "+" | "=="))
    };
    let argument = matches!(failure.text(-2), "(" | "," | "[") && failure.expected.has(Rule::colon);
    let at = if argument && !failure.at_line_start() && ends(found) {
        found.checked_sub(1)?
    } else if matches!(failure.text(-1), "return" | "=") && failure.expected.expression() && ends(found + 1) {
        found
    } else {
        return None;
    };
    let word = tokens.text(at);
    let reserved = errors::is_reserved(word) && tokens.kind(at) == Some(Kind::Word) && !tokens.list[at].first;
    let constant = matches!(word, "true" | "false" | "null" | "_");
    (reserved && !constant).then(|| {
        (errors::reserved_name(failure.span(at, at), word), vec![failure.replace(at, at, format!("`{word}`"))])
    })
}

/// `stage a = tool.` with nothing behind the point: the next line reads as the action.
pub(super) fn action_without_a_name(failure: &Failure<'_>) -> Option<Found> {
    let tokens = failure.tokens;
    let begins = |index: usize| tokens.list.get(index).is_none_or(|token| token.first || token.closes());
    let dot = [failure.found.checked_sub(1)?, failure.found.saturating_sub(2)];
    let dot = dot.into_iter().find(|dot| tokens.text(*dot) == "." && *dot > 1 && begins(dot + 1))?;
    let first = (0..dot).rev().find(|index| !matches!(tokens.text(*index), ".") && tokens.text(index + 1) != ".")?;
    let named = tokens.text(first) == "=" && tokens.kind(first + 1) == Some(Kind::Word);
    let stage = named && first.checked_sub(2).is_some_and(|keyword| tokens.text(keyword) == "stage");
    let path = written(tokens, first + 1, dot);
    stage.then(|| {
        let at = failure.span(dot, dot).after();
        let fault = errors::missing(at, "an action", &quote(path));
        (fault, vec![Patch::insert(tokens.list[dot].end, format!("{} ()", crate::syntax::draft::NAMELESS))])
    })
}

/// `stage a =` with nothing behind it, `stage a = { f(x) }`.
pub(super) fn stage_of_nothing(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    let stage = failure.text(-1) == "=" && failure.text(-3) == "stage";
    let block = tokens.closing(found).filter(|_| failure.text(0) == "{" && stage);
    if let Some(close) = block {
        let call = STATEMENT_WORDS.contains(&failure.text(1)) || matches!(failure.text(2), "." | "(");
        let fault = errors::foreign::block_as_a_stage(failure.here());
        return call.then(|| (fault, vec![failure.replace(found - 3, close, HOLE)]));
    }
    let nothing = stage && tokens.list.get(found).is_none_or(|token| token.first || token.closes());
    nothing.then(|| {
        let at = failure.after_previous();
        let fault = errors::missing(at, "a call", &quote("="))
            .help("write what the stage does: `agent.action(…)`, or a workflow");
        (fault, vec![failure.replace(found - 3, found - 1, HOLE)])
    })
}

/// `first of { f(x), g(x) }`.
pub(super) fn race_in_braces(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    let open = tokens.enclosing(found).first().copied().filter(|open| tokens.text(*open) == "{")?;
    let race = open > 0 && tokens.text(open - 1) == "of" && found <= open + 2 && matches!(failure.text(0), "." | "(");
    let close = tokens.closing(open).filter(|close| race && *close > open + 1)?;
    let mut inside = String::new();
    let mut next = open + 1;
    while next < close {
        let line = |index: &usize| *index == next || (*index < close && !tokens.list[*index].first);
        let last = (next..close).take_while(line).last()?;
        inside.push_str(written(tokens, next, last).trim_end_matches(','));
        inside.push_str(", ");
        next = last + 1;
    }
    let instead = format!("[{}]", inside.trim_end_matches(", "));
    let fault = errors::foreign::braces_of_a_race(failure.span(open, close), &instead);
    Some((fault, vec![failure.replace(open, close, instead)]))
}

/// `go(x: string) -> string { … }` in an agent.
pub(super) fn action_without_its_word(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    let body = (0..found).find(|index| tokens.text(*index) == "{" && tokens.text(0) == "agent")?;
    let head = (body + 1..=found).rev().find(|index| tokens.list.get(*index).is_some_and(|token| token.first))?;
    let named = tokens.kind(head) == Some(Kind::Word) && tokens.text(head + 1) == "(";
    let params = tokens.text(head + 3) == ":" || tokens.text(head + 2) == ")";
    let close = tokens.closing(head + 1).filter(|_| named && params)?;
    let inside = tokens.enclosing(head).first() == Some(&body);
    (inside && matches!(tokens.text(close + 1), "->" | "{") && found <= close + 1).then(|| {
        let at = failure.span(head, head);
        let fault = errors::unexpected(at, "`action`", &quote(tokens.text(head)));
        let fault = fault.fix_suggested("insert `action`", Span { end: at.start, ..at }, "action ");
        (fault, vec![Patch::insert(tokens.list[head].start, "action ")])
    })
}

/// `for i, x in xs`.
pub(super) fn two_elements(failure: &Failure<'_>) -> Option<Found> {
    let found = failure.found;
    let two = failure.text(-2) == "for" && failure.text(0) == "," && failure.text(2) == "in";
    two.then(|| {
        let fault = errors::foreign::two_elements(failure.span(found - 1, found + 1));
        (fault, vec![failure.replace(found - 1, found, " ")])
    })
}

/// `1h 30m`.
pub(super) fn duration_in_parts(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    let before = found.checked_sub(1)?;
    let numbers = tokens.kind(before) == Some(Kind::Number) && tokens.kind(found) == Some(Kind::Number);
    let whole = format!("{}{}", failure.text(-1), failure.text(0));
    let sound = numbers && !failure.at_line_start() && number::read_duration(&whole).is_ok();
    sound.then(|| respelled(failure, (before, found), &whole))
}

//! A value where a stage wants something to call, and calls without their brackets.

use super::Found;
use super::phrases::{self, respelled, written};
use crate::syntax::draft::{HOLE, NAMELESS, Patch};
use crate::syntax::errors;
use crate::syntax::grammar::Rule;
use crate::syntax::repair::Failure;
use crate::syntax::scan::Kind;
use crate::syntax::split::{STATEMENT_WORDS, Tokens};

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

/// `stage a = agent.read x`, `stage a = agent.read`.
pub(super) fn call_without_brackets(failure: &Failure<'_>) -> Option<Found> {
    let expected = &failure.expected;
    // Nothing else but the path of a call goes on with these two alone.
    let call = expected.has(Rule::dot) && (expected.has(Rule::round_open) || expected.has(Rule::args));
    let other = expected.operator() || expected.ty() || expected.has(Rule::mock_step) || failure.text(0) == "of";
    let last = failure.found.checked_sub(1).filter(|_| call && !other)?;
    let tokens = failure.tokens;
    let part = |index: usize| tokens.text(index) == "." || tokens.kind(index) == Some(Kind::Word);
    let mut before = (0..last).rev().take_while(|index| part(*index) && follows_dot(tokens, *index));
    let path = written(tokens, before.by_ref().last().unwrap_or(last), last);
    // `agent action(x)`: it is the dot that is missing.
    if failure.text(1) == "(" && !path.contains('.') {
        return None;
    }
    let end = tokens.list[last].end;
    let Some(to) = last_argument(failure) else {
        let stage = tokens.text(0) == "workflow";
        let fault = errors::calls::no_brackets(failure.after_previous(), path, stage);
        return ends(failure).then(|| (fault, vec![Patch::insert(end, "()")]));
    };
    let arguments = format!("({})", written(tokens, failure.found, to));
    let at = failure.span(failure.found, to);
    let fault = errors::calls::bare_arguments(at, path);
    let fault = match arguments.contains(HOLE) {
        true => fault,
        false => fault.help(format!("write `{path}{arguments}`")).fix_safe(
            "put brackets around them",
            failure.after_previous().to(at),
            arguments.clone(),
        ),
    };
    Some((fault, vec![Patch::new(end..tokens.list[to].end, arguments)]))
}

/// `first_of [a, b]`, `first of a, b`.
pub(super) fn race_in_words(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    if matches!(failure.text(-1), "first_of" | "firstOf" | "race") && matches!(failure.text(0), "[" | "{") {
        return Some(respelled(failure, (found - 1, found - 1), "first of"));
    }
    let listed =
        failure.text(-1) == "of" && failure.tokens.text(found.saturating_sub(2)) == "first" && !failure.at_line_start();
    let word = listed && tokens.kind(found) == Some(Kind::Word);
    let last = (found..tokens.list.len()).take_while(|index| *index == found || !tokens.list[*index].first).last();
    let last = last.filter(|last| word && tokens.text(*last) == ")" && tokens.balanced(found..*last + 1) == 0)?;
    let fault = errors::slips::in_brackets(failure.span(found, last), written(tokens, found, last));
    Some((fault, vec![failure.replace(found, last, format!("[{}]", written(tokens, found, last)))]))
}

/// `stage b = f(x) when c`.
pub(super) fn bare_clause(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, last) = (failure.tokens, failure.found.checked_sub(1)?);
    let opens = failure.expected.has(Rule::curly_open) || failure.expected.has(Rule::body);
    let on_line = |index: &usize| !tokens.list[*index + 1].first;
    let words = || (0..last).rev().take_while(on_line);
    let when = words().find(|index| tokens.text(*index) == "when" && tokens.text(index.wrapping_sub(1)) == ")")?;
    let stage = words().find(|index| tokens.text(*index) == "stage")?;
    if !opens || !failure.at_line_start() || stage > when || tokens.list[when].first {
        return None;
    }
    let instead = format!("{{ {} }}", written(tokens, when, last));
    let fault = errors::slips::clause_in_braces(failure.span(when, last), &instead);
    Some((fault, vec![failure.replace(when, last, instead)]))
}

/// `undo { f(x) }`.
pub(super) fn call_in_braces(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    let close = tokens.closing(found).filter(|_| failure.text(-1) == "undo" && failure.text(0) == "{")?;
    let inside = (close > found + 1).then(|| written(tokens, found + 1, close - 1))?;
    Some(respelled(failure, (found, close), inside))
}

/// `stage a.read(x)`, `stage a.b = …`.
pub(super) fn path_as_a_name(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    if failure.text(0) != "." || failure.text(-2) != "stage" || tokens.kind(found + 1) != Some(Kind::Word) {
        return None;
    }
    match failure.text(2) {
        "=" => Some(respelled(failure, (found - 1, found + 1), &format!("{}_{}", failure.text(-1), failure.text(1)))),
        "(" => {
            let at = failure.span(found - 2, found - 2).after();
            let call = format!("{}.{}(…)", failure.text(-1), failure.text(1));
            let patch = Patch::insert(tokens.list[found - 2].end, format!(" {NAMELESS} ="));
            Some((errors::slips::stage_without_a_name(at, &call), vec![patch]))
        }
        _ => None,
    }
}

/// Whether a part of a path is joined to the next one.
fn follows_dot(tokens: Tokens<'_>, index: usize) -> bool {
    tokens.text(index) == "." || tokens.text(index + 1) == "."
}

/// Whether a call may end before the token that does not fit.
fn ends(failure: &Failure<'_>) -> bool {
    let closes = failure.tokens.list.get(failure.found).is_none_or(|token| token.closes());
    closes || failure.at_line_start() || matches!(failure.text(0), "{" | ",") || phrases::is_clause(failure.text(0))
}

/// The last token of the arguments that begin at the token that does not fit, on its line.
fn last_argument(failure: &Failure<'_>) -> Option<usize> {
    let (tokens, first) = (failure.tokens, failure.found);
    let value = match tokens.kind(first)? {
        Kind::Word => !STATEMENT_WORDS.contains(&failure.text(0)) && !phrases::is_clause(failure.text(0)),
        Kind::String | Kind::StringHead | Kind::Number => true,
        _ => failure.text(0) == "[",
    };
    // Words beside each other are no value: something else is missing between them.
    let words = tokens.kind(first) == Some(Kind::Word) && tokens.kind(first + 1) == Some(Kind::Word);
    if !value
        || failure.at_line_start()
        || (words && !phrases::is_clause(failure.text(1)) && !tokens.list[first + 1].first)
    {
        return None;
    }
    let listed = tokens.enclosing(first).first().is_some_and(|open| tokens.is_list(*open));
    let (mut last, mut next) = (None, first);
    while let Some(token) = tokens.list.get(next) {
        let text = tokens.text(next);
        let stops = text == "{" || (listed && text == ",") || token.closes() || phrases::is_clause(text);
        if next > first && (token.first || stops) {
            break;
        }
        let end = tokens.end_of_group(next)?;
        (last, next) = (Some(end), end + 1);
    }
    last.filter(|last| tokens.ends_operand(*last))
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

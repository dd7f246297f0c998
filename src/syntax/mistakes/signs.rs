//! Signs and operators of other languages.

use super::Found;
use crate::base::span::Span;
use crate::syntax::errors;
use crate::syntax::grammar::Rule;
use crate::syntax::number;
use crate::syntax::repair::Failure;
use crate::syntax::scan::Kind;
use crate::syntax::split::STATEMENT_WORDS;

/// `and`, `or`, `not`, `is`.
pub(super) fn word_operator(failure: &Failure<'_>) -> Option<Found> {
    let previous = failure.text(-1);
    if previous == "not" && failure.expected.operator() && !failure.at_line_start() {
        let index = failure.found - 1;
        if failure.text(0) == "in" {
            return None;
        }
        let fault = errors::other_word(failure.span(index, index), "not", "!", "not", "!");
        return Some((fault, vec![failure.replace(index, index, "!")]));
    }
    if !failure.expected.operator() || failure.at_line_start() && !matches!(failure.text(0), "and" | "or") {
        return None;
    }
    let right = match failure.text(0) {
        "and" => "&&",
        "or" => "||",
        "is" | "eq" | "equals" => "==",
        "mod" => "%",
        "<>" => "!=",
        _ => return None,
    };
    let word = failure.text(0);
    let fault = errors::other_word(failure.here(), word, right, word, right);
    Some((fault, vec![failure.replace(failure.found, failure.found, right)]))
}

/// `a = b` in a condition.
pub(super) fn single_equals(failure: &Failure<'_>) -> Option<Found> {
    if failure.text(0) != "=" || !failure.expected.operator() {
        return None;
    }
    Some((errors::single_equals(failure.here()), vec![failure.replace(failure.found, failure.found, "==")]))
}

/// One of `=` `:` `->` `=>` in the place of another.
pub(super) fn arrows(failure: &Failure<'_>) -> Option<Found> {
    let wrong = failure.text(0);
    if !matches!(wrong, "=" | ":" | "->" | "=>" | "==") {
        return None;
    }
    let wanted = [
        (Rule::fat_arrow, "=>"),
        (Rule::arrow, "->"),
        (Rule::eq, "="),
        (Rule::colon, ":"),
        (Rule::k_uses, "uses"),
        (Rule::k_from, "from"),
    ];
    let (_, right) = wanted.iter().find(|(rule, sign)| failure.expected.has(*rule) && *sign != wrong)?;
    let fault = errors::other_word(failure.here(), wrong, right, wrong, right);
    Some((fault, vec![failure.replace(failure.found, failure.found, *right)]))
}

/// Clauses that take a value.
const CLAUSE_WORDS: [&str; 9] =
    ["backoff", "timeout", "deadline", "priority", "parallel", "cache", "label", "lock", "budget"];

/// `model: "x"`, `timeout = 5m`.
pub(super) fn sign_after_word(failure: &Failure<'_>) -> Option<Found> {
    let sign = failure.text(0);
    let previous = failure.found.checked_sub(1)?;
    let word = failure.tokens.text(previous);
    let before = previous.checked_sub(1);
    let behind_a_value = before.is_some_and(|before| {
        matches!(failure.tokens.kind(before), Some(Kind::String | Kind::StringTail | Kind::Number))
    });
    let begins = failure.tokens.list[previous].first || failure.text(-2) == "{" || behind_a_value;
    let when = word == "when" && failure.expected.expression();
    let is_word = failure.tokens.kind(previous) == Some(Kind::Word) && (when || !STATEMENT_WORDS.contains(&word));
    let listed = failure.expected.has(Rule::comma);
    let clause = CLAUSE_WORDS.contains(&word) && failure.expected.expression();
    if !matches!(sign, ":" | "=") || !(begins || clause) || !is_word || listed {
        return None;
    }
    Some((
        errors::sign_after_word(failure.here(), word, sign),
        vec![failure.replace(failure.found, failure.found, " ")],
    ))
}

/// `{ attempts: 3, backoff: fixed(1s) }`: clauses or settings, written as the fields of a record.
pub(super) fn record_of_clauses(failure: &Failure<'_>) -> Option<Found> {
    sign_after_word(failure).or_else(|| comma_between(failure))?;
    let signs = signs_of_record(failure)?;
    let spans: Vec<Span> = signs.iter().map(|sign| failure.span(*sign, *sign)).collect();
    let patches = signs.iter().map(|sign| failure.replace(*sign, *sign, " ")).collect();
    (signs.len() > 1 && signs.contains(&failure.found)).then(|| (errors::record_of_clauses(&spans), patches))
}

/// The signs behind the words that begin entries of the block around the token that does not fit, and the commas before them.
fn signs_of_record(failure: &Failure<'_>) -> Option<Vec<usize>> {
    let tokens = failure.tokens;
    let open = tokens.enclosing(failure.found).first().copied()?;
    let mut signs = Vec::new();
    let mut index = open + 1;
    while let Some(token) = tokens.list.get(index).filter(|token| !token.closes()) {
        let comma = tokens.text(index - 1) == ",";
        let begins = comma || token.first || index == open + 1;
        let word = token.kind == Kind::Word && matches!(tokens.text(index + 1), ":" | "=");
        if begins && word && !STATEMENT_WORDS.contains(&tokens.text(index)) {
            signs.extend(comma.then_some(index - 1));
            signs.push(index + 1);
        }
        index = tokens.end_of_group(index)? + 1;
    }
    Some(signs)
}

/// A comma between clauses, settings, statements or arms.
pub(super) fn comma_between(failure: &Failure<'_>) -> Option<Found> {
    let expected = &failure.expected;
    let block = expected.entry() || expected.operator() || expected.arm();
    if failure.text(0) != "," || !block || failure.expected.has(Rule::comma) {
        return None;
    }
    let around = failure.tokens.enclosing(failure.found).first().copied();
    if around.is_some_and(|open| failure.tokens.text(open) != "{") {
        return None;
    }
    Some((errors::comma_between(failure.here()), vec![failure.replace(failure.found, failure.found, " ")]))
}

/// `a ? b : c`.
pub(super) fn ternary(failure: &Failure<'_>) -> Option<Found> {
    let wanted = failure.text(0) == "?" && failure.expected.operator();
    wanted.then(|| (errors::ternary(failure.here()), Vec::new()))
}

/// `string[]`, `[string]`, `List<string>`.
pub(super) fn other_type(failure: &Failure<'_>) -> Option<Found> {
    let found = failure.found;
    if failure.text(0) == "[" && failure.text(1) == "]" && failure.expected.has(Rule::optional) && found > 0 {
        let element = failure.text(-1);
        let fault = errors::other_list(failure.span(found - 1, found + 1), element);
        return Some((fault, vec![failure.replace(found - 1, found + 1, format!("list<{element}>"))]));
    }
    if failure.text(0) == "[" && failure.text(2) == "]" && failure.expected.ty() {
        let element = failure.text(1);
        let fault = errors::other_list(failure.span(found, found + 2), element);
        return Some((fault, vec![failure.replace(found, found + 2, format!("list<{element}>"))]));
    }
    None
}

/// `5 minutes`.
pub(super) fn unit_apart(failure: &Failure<'_>) -> Option<Found> {
    let previous = failure.found.checked_sub(1)?;
    let (number, unit) = (failure.tokens.text(previous), failure.text(0));
    let plain =
        failure.tokens.kind(previous) == Some(Kind::Number) && number.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let word = failure.tokens.kind(failure.found) == Some(Kind::Word) && !failure.at_line_start();
    let language =
        errors::is_reserved(unit) || matches!(unit, "of" | "per" | "times" | "until" | "every" | "with" | "tok");
    if !plain || !word || (language && number::nearest_unit(unit).is_none()) || failure.expected.words().contains(&unit)
    {
        return None;
    }
    let near = number::nearest_unit(unit);
    if near.is_none() && !failure.expected.operator() {
        return None;
    }
    let instead = near.map(|near| format!("{number}{near}"));
    let with = instead.clone().unwrap_or_else(|| format!("{number}s"));
    let fault = errors::unit_apart(failure.span(previous, failure.found), number, unit, instead);
    Some((fault, vec![failure.replace(previous, failure.found, with)]))
}

/// `f(x = 1)`.
pub(super) fn argument_with_equals(failure: &Failure<'_>) -> Option<Found> {
    let named = matches!(failure.text(-2), "(" | ",") && failure.text(0) == "=" && failure.expected.has(Rule::comma);
    let open = failure.tokens.enclosing(failure.found).first().copied().filter(|_| named)?;
    let call = failure.tokens.text(open) == "(" && open > 0 && failure.tokens.ends_operand(open - 1);
    call.then(|| {
        let fault = errors::other_word(failure.here(), "=", ":", "=", ":");
        (fault, vec![failure.replace(failure.found, failure.found, ":")])
    })
}

/// `a if c else b`.
pub(super) fn condition_behind(failure: &Failure<'_>) -> Option<Found> {
    let behind = failure.text(0) == "if" && failure.expected.operator() && !failure.at_line_start();
    behind.then(|| (errors::condition_behind(failure.here()), Vec::new()))
}

/// `if c { a } else { b }`.
pub(super) fn braces_of_if(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    if failure.text(0) != "{" || !failure.expected.has(Rule::k_then) {
        return None;
    }
    let mut patches = vec![failure.replace(found, found, " then (")];
    let close = tokens.closing(found)?;
    patches.push(failure.replace(close, close, ")"));
    if tokens.text(close + 1) == "else" && tokens.text(close + 2) == "{" {
        let last = tokens.closing(close + 2)?;
        patches.push(failure.replace(close + 2, close + 2, "("));
        patches.push(failure.replace(last, last, ")"));
    }
    Some((errors::braces_of_if(failure.here()), patches))
}

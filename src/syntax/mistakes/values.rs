//! Values that are written otherwise elsewhere: bounds, numbers, functions without a name, where a secret comes from.

use super::{Found, quote};
use crate::syntax::draft::Patch;
use crate::syntax::errors;
use crate::syntax::grammar::Rule;
use crate::syntax::repair::Failure;
use crate::syntax::scan::Kind;

/// `repeat until c`, `repeat 3 until c`, `repeat 4 times until c`.
pub(super) fn repeat_without_bound(failure: &Failure<'_>) -> Option<Found> {
    let found = failure.found;
    if failure.text(-1) != "repeat" || !failure.expected.has(Rule::k_up) {
        return None;
    }
    if failure.tokens.kind(found) == Some(Kind::Number) {
        let last = if failure.text(1) == "times" { found + 1 } else { found };
        let instead = format!("up to {}", failure.text(0));
        let fault = errors::repeat_bound(failure.span(found, last), Some(&instead));
        return Some((fault, vec![failure.replace(found, last, instead)]));
    }
    (failure.text(0) == "until").then(|| {
        let at = failure.tokens.list[found].start;
        (errors::repeat_bound(failure.after_previous(), None), vec![Patch::insert(at, "up to 3 ")])
    })
}

/// Words before a number that bounds something.
const BOUND_WORDS: [&str; 7] = ["to", "attempts", "parallel", "quorum", "need", "any", "turns"];

/// `up to n`, `attempts -1`.
pub(super) fn bound_that_is_no_number(failure: &Failure<'_>) -> Option<Found> {
    let bound = BOUND_WORDS.contains(&failure.text(-1));
    if !bound || !failure.expected.has(Rule::number) || failure.expected.expression() || failure.at_line_start() {
        return None;
    }
    let found = failure.found;
    if failure.text(0) == "-" && failure.tokens.kind(found + 1) == Some(Kind::Number) {
        let written = format!("-{}", failure.text(1));
        let fault = errors::negative_bound(failure.span(found, found + 1), failure.text(-1), &written);
        return Some((fault, vec![failure.replace(found, found + 1, failure.text(1))]));
    }
    if (failure.text(-1), failure.text(0)) == ("any", "of") {
        let at = failure.after_previous();
        return Some((errors::calls::any_of_how_many(at), vec![failure.replace(found, found, "1 of")]));
    }
    let name = failure.tokens.kind(found) == Some(Kind::Word) && !errors::is_reserved(failure.text(0));
    let step = |last: &usize| failure.tokens.text(last + 1) == "." && failure.tokens.kind(last + 2) == Some(Kind::Word);
    let last = std::iter::successors(Some(found), |last| step(last).then_some(last + 2)).last()?;
    name.then(|| {
        let fault = errors::bound_of_a_name(failure.span(found, last), failure.text(-1));
        (fault, vec![failure.replace(found, last, "1")])
    })
}

/// `.5`, `5.`.
pub(super) fn bare_fraction(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    let joined = |left: usize, right: usize| match (tokens.list.get(left), tokens.list.get(right)) {
        (Some(left), Some(right)) => left.end == right.start,
        _ => false,
    };
    if failure.text(0) == "." && failure.expected.expression() && tokens.kind(found + 1) == Some(Kind::Number) {
        let instead = format!("0.{}", failure.text(1));
        let fault = errors::bare_fraction(failure.span(found, found + 1), &instead);
        return joined(found, found + 1).then(|| (fault, vec![failure.replace(found, found + 1, instead)]));
    }
    let number = found.checked_sub(2).filter(|number| tokens.kind(*number) == Some(Kind::Number))?;
    (failure.text(-1) == "." && joined(number, found - 1)).then(|| {
        let instead = format!("{}.0", tokens.text(number));
        let fault = errors::bare_fraction(failure.span(number, found - 1), &instead);
        (fault, vec![failure.replace(number, found - 1, instead)])
    })
}

/// `xs.filter(x => x.ok)`.
pub(super) fn function_without_a_name(failure: &Failure<'_>) -> Option<Found> {
    let open = failure.tokens.enclosing(failure.found).first().copied().filter(|_| failure.text(0) == "=>")?;
    let call = failure.tokens.text(open) == "(" && open > 0 && failure.tokens.ends_operand(open - 1);
    call.then(|| (errors::function_without_a_name(failure.here()), Vec::new()))
}

/// `stage a = await f(x)`.
pub(super) fn awaited_call(failure: &Failure<'_>) -> Option<Found> {
    let index = failure.found.checked_sub(1)?;
    let awaited = failure.text(-1) == "await" && failure.text(-2) == "=" && !failure.at_line_start();
    awaited.then(|| (errors::no_await(failure.span(index, index)), vec![failure.replace(index, index, " ")]))
}

/// `for (x in xs) => …`.
pub(super) fn bracketed_for(failure: &Failure<'_>) -> Option<Found> {
    let found = failure.found;
    if failure.text(-1) != "for" || failure.text(0) != "(" || failure.text(2) != "in" {
        return None;
    }
    let close = failure.tokens.closing(found)?;
    let inside = failure.tokens.list[found].end as usize..failure.tokens.list[close].start as usize;
    let text = failure.tokens.text[inside].trim().to_owned();
    let fault = errors::without_brackets(failure.span(found, close), "for", &text);
    Some((fault, vec![failure.replace(found, found, " "), failure.replace(close, close, " ")]))
}

/// `secret s = env.NAME`, `secret s = env("NAME")`.
pub(super) fn assigned_secret(failure: &Failure<'_>) -> Option<Found> {
    let found = failure.found;
    if failure.text(0) != "=" || failure.text(-2) != "secret" || failure.text(1) != "env" {
        return None;
    }
    let (name, last) = match (failure.text(2), failure.text(4)) {
        (".", _) if failure.tokens.kind(found + 3) == Some(Kind::Word) => (failure.text(3), found + 3),
        ("(", ")") | ("[", "]") => (failure.text(3).trim_matches('"'), found + 4),
        _ => return None,
    };
    let instead = format!("from env \"{name}\"");
    let fault = errors::source_of_a_secret(failure.span(found, last), &instead);
    Some((fault, vec![failure.replace(found, last, instead)]))
}

/// `f(names ["a", "b"])`, which reads as an element of `names` up to the comma.
pub(super) fn name_before_a_list(failure: &Failure<'_>) -> Option<Found> {
    let open = failure.tokens.enclosing(failure.found).first().copied()?;
    let name = open.checked_sub(1)?;
    let begins = matches!(failure.tokens.text(name.checked_sub(1)?), "(" | "{" | ",");
    let word = failure.tokens.kind(name) == Some(Kind::Word);
    if failure.text(0) != "," || failure.tokens.text(open) != "[" || !begins || !word {
        return None;
    }
    let at = failure.span(name, name).after();
    let fault = errors::missing(at, "`:`", &quote(failure.tokens.text(name))).fix_suggested("insert `:`", at, ":");
    Some((fault, vec![Patch::insert(failure.tokens.list[name].end, ":")]))
}

/// `(a, b)` without what it is to be given to, `a[b, c]`.
pub(super) fn several_in_a_group(failure: &Failure<'_>) -> Option<Found> {
    let open = failure.tokens.enclosing(failure.found).first().copied()?;
    let expected = &failure.expected;
    let single = matches!(failure.tokens.text(open), "(" | "[") && expected.operator() && !expected.has(Rule::comma);
    let close = failure.tokens.closing(open).filter(|_| single && failure.text(0) == ",")?;
    let fault = errors::unexpected(failure.here(), &expected.describe(), &quote(","));
    Some((fault, vec![failure.replace(failure.found, close - 1, " ")]))
}

/// `List[T]`.
pub(super) fn list_in_square_brackets(failure: &Failure<'_>) -> Option<Found> {
    let (found, word) = (failure.found, failure.text(-1).to_ascii_lowercase());
    let list = matches!(word.as_str(), "list" | "array" | "vec" | "seq" | "sequence");
    if failure.text(0) != "[" || !list || !failure.expected.has(Rule::optional) {
        return None;
    }
    let close = failure.tokens.closing(found).filter(|close| *close > found + 1)?;
    let inside = failure.tokens.list[found].end as usize..failure.tokens.list[close].start as usize;
    let element = failure.tokens.text[inside].trim().to_owned();
    let fault = errors::other_list(failure.span(found - 1, close), &element);
    Some((fault, vec![failure.replace(found - 1, close, format!("list<{element}>"))]))
}

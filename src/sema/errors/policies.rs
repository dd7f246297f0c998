//! 04xx: retries, limits, handlers, clauses in places where they mean nothing.

use crate::base::span::Span;
use crate::base::unit::format_duration;
use crate::diag::{Code, Diagnostic};
use crate::sema::errors::{shown, suggest};
use crate::sema::signature::Signature;
use crate::value::types::Type;

/// `unsafe_ones` are those of the `written` classes that leave open whether the effect happened.
pub(crate) fn repeats_a_write(
    unsafe_ones: &[(String, Span)],
    written: &[(String, Span)],
    at: Span,
    callee: &Signature,
) -> Diagnostic {
    let action = callee.name.rsplit('.').next().unwrap_or(&callee.name);
    let (effects, why) = match callee.effects_span {
        Some(span) => (span, "not safe to repeat"),
        None => (callee.span, "writes, unless it says otherwise"),
    };
    let mut found = Diagnostic::new(Code::WF0401, at, "this retry could repeat a write")
        .label(format!("may {action} twice"))
        .related(effects, why)
        .help("retry only what surely did nothing, or declare `effects writes idempotent` if it is safe to repeat");
    for (_, span) in unsafe_ones {
        found = found.related(*span, "leaves open whether it happened");
    }
    let safe: Vec<&str> =
        written.iter().filter(|class| !unsafe_ones.contains(class)).map(|(class, _)| class.as_str()).collect();
    match (written, safe.is_empty()) {
        ([(_, first), .., (_, last)], false) => {
            found.fix_suggested("leave out what is not sure", first.to(*last), safe.join(", "))
        }
        _ => found,
    }
}

/// `what` is the subject of a sentence.
pub(crate) fn limit_past_limit(what: &str, at: Span, ms: i64, around: Span, limit: i64) -> Diagnostic {
    let (long, short) = (format_duration(ms), format_duration(limit));
    Diagnostic::new(Code::WF0402, at, format!("{what} may take {long}, but all around it ends after {short}"))
        .label(format!("longer than {short}"))
        .related(around, format!("ends after {short}"))
        .help("shorten it, or lengthen what is around it")
}

pub(crate) fn wait_past_limit(at: Span, ms: i64, around: Span, limit: i64) -> Diagnostic {
    let (long, short) = (format_duration(ms), format_duration(limit));
    Diagnostic::new(Code::WF0402, at, format!("this waits for {long}, but all around it ends after {short}"))
        .label("never comes to its end")
        .related(around, format!("ends after {short}"))
        .help("shorten the wait, or lengthen what is around it")
}

pub(crate) fn too_many_attempts(at: Span, attempts: u32, pauses: i64, around: Span, limit: i64) -> Diagnostic {
    let (pauses, limit) = (format_duration(pauses), format_duration(limit));
    Diagnostic::new(Code::WF0404, at, format!("{attempts} attempts do not fit into {limit}"))
        .label(format!("at least {pauses} of pauses"))
        .related(around, format!("ends after {limit}"))
        .help("make fewer attempts, shorter pauses, or more room around them")
}

pub(crate) fn too_many_rounds(at: Span, rounds: u32, pauses: i64, around: Span, limit: i64) -> Diagnostic {
    let (pauses, limit) = (format_duration(pauses), format_duration(limit));
    Diagnostic::new(Code::WF0404, at, format!("{rounds} rounds do not fit into {limit}"))
        .label(format!("{pauses} of pauses"))
        .related(around, format!("ends after {limit}"))
        .help("make fewer rounds, shorter pauses, or more room around them")
}

pub(crate) fn count_range(what: &str, at: Span, least: i64, most: i64) -> Diagnostic {
    Diagnostic::new(Code::WF0403, at, format!("`{what}` takes a number from {least} to {most}"))
        .label("out of range")
        .help(format!("write a number from {least} to {most}"))
}

pub(crate) fn need_range(at: Span, range: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0403, at, format!("`need` takes {range}"))
        .label("out of range")
        .help(format!("write {range}"))
}

pub(crate) fn need_past_bound(at: Span, count: i64, most: i64) -> Diagnostic {
    Diagnostic::new(Code::WF0403, at, format!("{count} items can never succeed: there are at most {most}"))
        .label(format!("more than `up to {most}`"))
        .help(format!("write a number from 1 to {most}"))
}

pub(crate) fn no_attempts(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0403, at, "this policy does not say how many attempts it makes")
        .label("needs `attempts`")
        .help("write `attempts 3`: the first one counts")
}

pub(crate) fn only_on_maps(clause: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0406, at, format!("`{clause}` has no meaning without `for`"))
        .label("not a map")
        .help("remove it, or go through a list: `for x in list => …`")
}

/// `whole` is `match` or `race`.
pub(crate) fn not_on_several(clause: &str, at: Span, whole: &str) -> Diagnostic {
    let (of, part) = match whole {
        "match" => ("a `match`", "arm"),
        _ => ("a race", "alternative"),
    };
    Diagnostic::new(Code::WF0406, at, format!("`{clause}` has no meaning on {of}"))
        .label("of which call?")
        .help(format!("put it behind the call of each {part} that it is for"))
}

pub(crate) fn not_on_bodies(clause: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0406, at, format!("`{clause}` has no meaning on a body in braces"))
        .label("no call to repeat")
        .help("make the body a workflow, and call that")
}

pub(crate) fn need_without_skip(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0406, at, "`need` has no meaning where the first failure ends the stage")
        .label("all must succeed anyway")
        .help("add `on failure skip`")
}

pub(crate) fn class_of_nobody(class: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0407, at, format!("`{class}` cannot be caught or retried"))
        .label("ends the run")
        .help("leave it out; `finally` runs after it")
}

pub(crate) fn duration_range(what: &str, at: Span, ms: i64) -> Diagnostic {
    let label = if ms <= 0 { "no time at all" } else { "longer than ten years" };
    Diagnostic::new(Code::WF0408, at, format!("`{what}` takes a time from 1ms to 3650d"))
        .label(label)
        .help("write a time above zero and of at most ten years")
}

pub(crate) fn not_constant(what: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0408, at, format!("`{what}` has to be known before the run"))
        .label("known only during the run")
        .help("write a literal or a constant")
}

pub(crate) fn backoff_form(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0409, at, "this is no back-off")
        .label("not of this form")
        .help("write `fixed(5s)`, `linear(1s, max: 1m)` or `exponential(1s, factor: 2, max: 1m)`")
}

pub(crate) fn unknown_backoff(name: &str, at: Span) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0409, at, format!("there is no back-off `{name}`")).label("unknown back-off");
    suggest(found, name, at, &["fixed", "linear", "exponential"])
}

pub(crate) fn backoff_delay(at: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0409, at, format!("`{name}` needs its first pause"))
        .label("how long?")
        .help(format!("write `{name}(1s)`"))
}

pub(crate) fn backoff_max(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0409, at, "a growing pause needs its longest one")
        .label("no `max`")
        .help("write `linear(1s, max: 1m)`")
}

pub(crate) fn backoff_order(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0409, at, "the longest pause is shorter than the first one")
        .label("shorter than the first")
        .help("make `max` at least as long as the first pause")
}

pub(crate) fn backoff_factor(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0409, at, "a pause grows by a factor from 1 to 100")
        .label("out of range")
        .help("write `factor: 2`")
}

pub(crate) fn backoff_unnamed(at: Span, legal: &[&str]) -> Diagnostic {
    let others: Vec<String> = legal.iter().skip(1).map(|name| format!("`{name}: …`")).collect();
    let found = Diagnostic::new(Code::WF0409, at, "only the first pause goes without a name").label("which one is it?");
    match others.is_empty() {
        true => found.help("`fixed` takes one pause"),
        false => found.help(format!("name it: {}", others.join(", "))),
    }
}

pub(crate) fn handler_after_all(at: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0410, at, "this handler never applies")
        .label("nothing is left for it")
        .related(first, "takes every failure")
        .help("move it before the one that takes all")
}

pub(crate) fn class_caught(class: &str, at: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0410, at, format!("`{class}` is handled before"))
        .label("never comes here")
        .related(first, "handled here")
        .help("name it in one of the two")
}

pub(crate) fn replacement_differs(found: &Type, wanted: &Type, at: Span, declared: Option<Span>) -> Diagnostic {
    let (found, wanted) = (shown(found), shown(wanted));
    let problem = Diagnostic::new(Code::WF0201, at, format!("the replacement gives `{found}`, the stage `{wanted}`"))
        .label(format!("expected `{wanted}`"));
    match declared {
        Some(span) => problem.related(span, "what the stage gives"),
        None => problem,
    }
}

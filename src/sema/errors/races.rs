//! What effects decide: races, `undo`, `cache`, retries of workflows.

use crate::base::span::Span;
use crate::diag::{Code, Diagnostic};
use crate::sema::errors::people::Waits;
use crate::sema::errors::shown;
use crate::sema::signature::Signature;
use crate::value::policy::Effects;
use crate::value::types::Type;

/// A stage inside a workflow that has an effect, or waits for somebody.
pub(crate) struct Inner<'a> {
    /// Its name.
    pub stage: &'a str,
    /// What it does.
    pub effects: &'a str,
    /// Its place.
    pub span: Span,
}

fn said(signature: &Signature) -> (Span, &'static str) {
    match signature.effects_span {
        Some(span) => (span, "changes something"),
        None => (signature.span, "writes, unless it says otherwise"),
    }
}

fn race(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0413, at, "what loses a race is cut off, and this may have changed something by then")
        .label("effects in a race")
        .help("race only what is `effects none` or `reads`; do the change in a stage after it")
}

pub(crate) fn effect_in_race(at: Span, signature: &Signature) -> Diagnostic {
    let (span, why) = said(signature);
    race(at).related(span, why)
}

pub(crate) fn effect_inside_race(at: Span, inner: &Inner<'_>) -> Diagnostic {
    race(at).related(inner.span, format!("`{}`: {}", inner.stage, inner.effects))
}

pub(crate) fn count_of_alternatives(at: Span, most: i64) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0403, at, "so many alternatives cannot succeed");
    match most {
        0 => found.label("there are none").help("write what is to race: `any 2 of [a.ask(q), b.ask(q), c.ask(q)]`"),
        _ => found.label(format!("there are {most}")).help(format!("write a number from 1 to {most}")),
    }
}

pub(crate) fn no_alternatives(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0403, at, "a race needs something that can win it")
        .label("no alternatives")
        .help("write what is to race: `first of [fast.ask(q), strong.ask(q)]`")
}

pub(crate) fn alternatives_differ(first: (&Type, Span), other: (&Type, Span), tags: bool) -> Diagnostic {
    let help = match tags {
        true => "make them the same, or give them tags: `first of { fast: …, late: … }`, and `match` on `.won`",
        false => "make them the same",
    };
    Diagnostic::new(Code::WF0201, other.1, "the alternatives of a race are of one type")
        .label(format!("gives `{}`", shown(other.0)))
        .related(first.1, format!("gives `{}`", shown(first.0)))
        .help(help)
}

pub(crate) fn alternative_not_widened(found: &Type, wanted: &Type, at: Span) -> Diagnostic {
    let (found, wanted) = (shown(found), shown(wanted));
    Diagnostic::new(Code::WF0201, at, format!("this alternative gives `{found}`, the others `{wanted}`"))
        .label(format!("expected `{wanted}`"))
        .help(format!("let the action give `{wanted}`"))
}

pub(crate) fn undo_of_nothing(at: Span, said: Option<(Span, &str)>) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0414, at, "there is nothing to undo: this stage changes nothing")
        .label("undoes nothing");
    let found = match said {
        Some((span, effects)) => found.related(span, format!("effects {effects}")),
        None => found,
    };
    found.help("remove the `undo`, or put it on the stage that makes the change")
}

pub(crate) fn undo_of_irreversible(at: Span, said: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0414, at, "what is irreversible cannot be undone")
        .label("undoes nothing")
        .related(said, "cannot be taken back")
        .help("remove the `undo`; let a person allow the stage before it runs")
}

fn cache(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0415, at, "a kept result would replace what has to happen").label("cannot be kept")
}

pub(crate) fn cache_of_writes(at: Span, signature: &Signature) -> Diagnostic {
    let (span, why) = said(signature);
    cache(at).related(span, why).help("cache only what is `effects none` or `reads`")
}

pub(crate) fn cache_of_effects_inside(at: Span, inner: &Inner<'_>) -> Diagnostic {
    cache(at)
        .related(inner.span, format!("`{}`: {}", inner.stage, inner.effects))
        .help("put the `cache` on the stages inside that only read")
}

pub(crate) fn cache_of_waits(at: Span, waits: Waits) -> Diagnostic {
    cache(at).note(waits.own()).help("remove the `cache`")
}

pub(crate) fn cache_of_waits_inside(at: Span, stage: &str, inner: Span) -> Diagnostic {
    cache(at)
        .related(inner, format!("`{stage}` waits for somebody outside"))
        .help("put the `cache` on the stages inside that only read")
}

pub(crate) fn repeats_a_workflow(at: Span, inner: &Inner<'_>) -> Diagnostic {
    Diagnostic::new(Code::WF0401, at, "this retry could repeat a write")
        .label("starts all of it again")
        .related(inner.span, format!("`{}`: {}", inner.stage, inner.effects))
        .help("put the retry on the stages inside that may be repeated, or give that stage an `undo`")
}

impl<'a> Inner<'a> {
    /// A stage with its effects.
    pub(crate) fn new(stage: &'a str, effects: Effects, span: Span) -> Self {
        Self { stage, effects: effects.as_str(), span }
    }
}

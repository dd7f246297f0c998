//! Locks and budgets.

use crate::base::span::Span;
use crate::base::unit::{format_money, format_tokens};
use crate::diag::{Code, Diagnostic};

pub(crate) fn lock_without_name(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0416, at, "a lock has a name").label("no name").help("write `lock \"database\"`")
}

pub(crate) fn lock_interpolated(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0016, at, "the name of a lock is fixed text: it takes no `${}` but that of constants")
        .label("known only during the run")
        .help("write the text out")
        .note("locks are taken in the order of their names, so that no two runs wait for each other")
}

/// `inner` is taken while `outer` is held.
pub(crate) fn lock_order(outer: (&str, Span), inner: (&str, Span), call: Option<Span>) -> Diagnostic {
    let message = match outer.0 == inner.0 {
        true => format!("`{}` is held here and taken again inside: it would wait for itself", outer.0),
        false => format!("`{}` is held while `{}` is taken, which comes first by name", outer.0, inner.0),
    };
    let mut found =
        Diagnostic::new(Code::WF0416, inner.1, message).label("taken inside").related(outer.1, "held around it");
    if let Some(call) = call {
        found = found.related(call, "by way of this call");
    }
    let found = found.note("locks are taken in the order of their names, so that no two runs wait for each other");
    match outer.0 == inner.0 {
        true => found.help("take it in one of the two places"),
        false => found.help(format!("rename one, so that the one inside comes after `{}`, or take only one", outer.0)),
    }
}

pub(crate) fn lock_around_wait(name: &str, at: Span, waits: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0417, at, format!("nobody else gets `{name}` while this waits for somebody"))
        .label("held for as long as that takes")
        .related(waits, "waits for somebody outside")
        .help("put the `lock` on the stages that need it, before or after the wait")
}

pub(crate) fn budget_of_what(at: Span, ty: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0201, at, "a budget is money or tokens")
        .label(format!("has type `{ty}`"))
        .help("write `budget 5usd`, `budget 200_000tok`, or both")
}

pub(crate) fn budget_twice(at: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0418, at, "this budget bounds the same thing twice")
        .label("once more")
        .related(first, "bounded here")
        .help("keep the smaller one")
}

pub(crate) fn budget_of_nothing(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0418, at, "with this budget nothing could ever be bought")
        .label("nothing")
        .help("write an amount above zero")
}

/// What a budget is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unit {
    /// Millionths of a dollar.
    Money,
    /// Tokens.
    Tokens,
}

impl Unit {
    fn shown(self, amount: i64) -> String {
        match self {
            Self::Money => format_money(amount),
            Self::Tokens => format_tokens(amount),
        }
    }
}

pub(crate) fn budget_too_small(
    unit: Unit,
    at: Span,
    budget: i64,
    worst: i64,
    dearest: Option<(Span, i64)>,
) -> Diagnostic {
    let (budget, total) = (unit.shown(budget), unit.shown(worst));
    let mut found = Diagnostic::new(Code::WF0418, at, format!("this may cost {total}, its budget is {budget}"))
        .label(format!("less than {total}"));
    if let Some((span, part)) = dearest {
        found = found.related(span, format!("{} of that", unit.shown(part)));
    }
    found
        .note("retries, rounds, items, `undo` and `finally` count as often as they can happen")
        .help("raise the budget, or allow fewer attempts, rounds or items")
}

/// Says of a sum that a price in it is not the project's own.
pub(crate) fn with_listed_price(found: Diagnostic, model: &str) -> Diagnostic {
    found.note(format!(
        "counted with the price of `{model}` that ships with `wfc`; the provider may ask another, which `[prices.\"{model}\"]` in `wf.toml` states"
    ))
}

/// What has to be known before a worst case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown<'a> {
    /// How many items a map has.
    Items,
    /// What this model costs.
    Price(&'a str),
}

pub(crate) fn budget_unbounded(unit: Unit, at: Span, cause: Span, unknown: Unknown<'_>) -> Diagnostic {
    let what = match unit {
        Unit::Money => "nobody knows how much money this may cost",
        Unit::Tokens => "nobody knows how many tokens this may take",
    };
    let (why, help) = match unknown {
        Unknown::Items => (
            "nobody knows how many items there are".to_owned(),
            "say how many there may be: `for x in list up to 50 => …`".to_owned(),
        ),
        Unknown::Price(model) => (
            format!("the price of the model `{model}` is not known"),
            format!(
                "state it in `wf.toml`, under `[prices.\"{model}\"]`: `input = \"…usd\"` and `output = \"…usd\"` for 1,000,000 tokens"
            ),
        ),
    };
    Diagnostic::new(Code::WF0418, at, format!("{what}, so no budget can hold"))
        .label("cannot be held")
        .related(cause, why)
        .help(help)
}

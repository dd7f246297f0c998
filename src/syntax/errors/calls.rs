//! What is said where a stage has nothing to call.

use super::missing;
use crate::base::span::Span;
use crate::diag::{Code, Diagnostic};

pub(in crate::syntax) fn value_as_a_stage(at: Span, keyword: Span, either: bool) -> Diagnostic {
    let help = match either {
        true => "for one of two calls write `stage name = match condition { true => … false => … }`, for a value `let`",
        false => "give the value its name with `let`",
    };
    Diagnostic::new(Code::WF0001, at, "a stage calls an agent, a workflow or a person; this is a value")
        .label("calls nothing")
        .help(help)
        .fix_suggested("write `let`", keyword, "let")
}

pub(in crate::syntax) fn value_as_an_arm(at: Span) -> Diagnostic {
    let before = Span::new(at.file, at.start, at.start);
    Diagnostic::new(Code::WF0001, at, "an arm of a stage is a call, `skip`, or `use` and a value")
        .label("calls nothing")
        .fix_suggested("insert `use`", before, "use ")
}

pub(in crate::syntax) fn value_as_an_item(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0001, at, "a stage calls something for each item; this is a value")
        .label("calls nothing")
        .help("make a list of values with `let name = [… for x in list]`")
}

pub(in crate::syntax) fn any_of_how_many(at: Span) -> Diagnostic {
    missing(at, "a number", "`any`").help("say how many have to succeed: `any 2 of […]`")
}

/// `agent.action` with nothing behind it, in a stage or elsewhere.
pub(in crate::syntax) fn no_brackets(at: Span, path: &str, stage: bool) -> Diagnostic {
    let value = if stage { "; a value gets its name with `let`" } else { "" };
    Diagnostic::new(Code::WF0001, at, format!("`{path}` is called without brackets"))
        .label("missing here")
        .help(format!("write `{path}()`, with the arguments between them{value}"))
        .fix_suggested("insert `()`", at, "()")
}

/// `agent.action argument`.
pub(in crate::syntax) fn bare_arguments(at: Span, path: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, format!("the arguments of `{path}` stand in brackets")).label("needs brackets")
}

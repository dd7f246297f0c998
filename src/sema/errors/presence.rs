//! WF0202, WF0213: values that may be absent, and guards against what cannot be.

use crate::base::span::Span;
use crate::diag::{Applicability, Code, Diagnostic, Edit, Fix};
use crate::sema::presence::Cause;

/// How the absence could be provided for.
pub(crate) enum Repair {
    /// `?` at `mark`, and ` ?? default` after `whole`; in parentheses where something around it binds tighter.
    Default { mark: Option<Span>, whole: Span, default: String, tight: bool },
    /// Only in words.
    Words,
}

pub(crate) fn may_be_absent(what: Option<&str>, at: Span, ty: &str, causes: &[Cause], repair: Repair) -> Diagnostic {
    let what = what.map_or_else(|| "this value".to_owned(), |name| format!("`{name}`"));
    let mut found =
        Diagnostic::new(Code::WF0202, at, format!("{what} may be absent here")).label(format!("has type `{ty}`"));
    for cause in causes {
        found = match cause {
            Cause::Condition(span, true) => found.related(*span, "runs only if this is true"),
            Cause::Condition(span, false) => found.related(*span, "runs only if this is false"),
            Cause::Own(span, why) => found.related(*span, *why),
            Cause::Finally => found.note("in `finally` no stage is sure to have succeeded"),
        };
    }
    repaired(found, repair)
}

fn repaired(mut found: Diagnostic, repair: Repair) -> Diagnostic {
    match repair {
        Repair::Words => {
            found.help("say what holds without it, with `??` or `?.`, or read it under the same condition")
        }
        Repair::Default { mark, whole, default, tight } => {
            let mut edits = Vec::new();
            if tight {
                edits.push(Edit { span: Span { end: whole.start, ..whole }, text: "(".into() });
            }
            edits.extend(mark.map(|span| Edit { span, text: "?".into() }));
            let close = if tight { ")" } else { "" };
            edits.push(Edit { span: whole.after(), text: format!(" ?? {default}{close}") });
            found.fix =
                Some(Fix { title: "say what holds without it".into(), applicability: Applicability::Suggested, edits });
            found.help("say what holds without it")
        }
    }
}

pub(crate) fn null(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0202, at, "this is always `null`").label("nothing is ever here")
}

pub(crate) fn needless_default(ty: &str, left: Span, right: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0213, left, "this is never absent: `??` does nothing")
        .label(format!("has type `{ty}`"))
        .help("remove the `??` and what follows it")
        .fix_suggested("remove the `??`", left.after().to(right), "")
}

pub(crate) fn needless_mark(base: Span, ty: &str, name: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0213, base, "this is never absent: write `.` instead of `?.`")
        .label(format!("has type `{ty}`"))
        .help("remove the `?`")
        .fix_suggested("remove the `?`", Span { start: base.end, end: name.start, ..base }, ".")
}

pub(crate) fn needless_comparison(at: Span, operand: Span, ty: &str, holds: bool) -> Diagnostic {
    Diagnostic::new(Code::WF0213, at, format!("this is never absent: the comparison is always {holds}"))
        .label(format!("always {holds}"))
        .related(operand, format!("has type `{ty}`"))
        .help("leave the comparison out")
}

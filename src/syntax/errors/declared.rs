//! What is said of items and settings that lack a part.

use super::missing;
use crate::base::span::Span;
use crate::diag::{Code, Diagnostic};

pub(in crate::syntax) fn body_in_braces(at: Span, of: &str, instead: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, format!("the body of {of} stands in braces, not behind a `:`"))
        .label("not used here")
        .help(format!("write `{instead}`"))
}

pub(in crate::syntax) fn schedule_of_nothing(at: Span, name: &str) -> Diagnostic {
    missing(at, "`=` and a workflow", &format!("`{name}`"))
        .help(format!("say what it starts: `schedule {name} = workflow(…) {{ cron \"0 2 * * *\" }}`"))
}

pub(in crate::syntax) fn schedule_without_a_time(at: Span) -> Diagnostic {
    missing(at, "`{`", "`)`").help("say when it starts: `{ cron \"0 2 * * *\" }`").fix_suggested(
        "start it at two in the night",
        at,
        " { cron \"0 2 * * *\" }",
    )
}

pub(in crate::syntax) fn agent_of_no_kind(at: Span, name: &str, kind: Option<&str>, insertion: &str) -> Diagnostic {
    let found =
        missing(at, "what carries it out", &format!("`{}`", if insertion.contains("uses") { name } else { "uses" }));
    match kind {
        Some(kind) => found.help(format!("write `agent {name} uses {kind} {{`")).fix_suggested(
            format!("let `{kind}` carry it out"),
            at,
            insertion.to_owned(),
        ),
        None => found.help(format!(
            "write `agent {name} uses exec {{` for programs, or another kind: `shell`, `http`, `llm`, `mcp`, `mock`"
        )),
    }
}

pub(in crate::syntax) fn failure_without_a_class(at: Span, count: &str) -> Diagnostic {
    let instead = format!("fails temporary {count}");
    Diagnostic::new(Code::WF0001, at, "a mock says with which class it fails")
        .label("no class")
        .help(format!("write `{instead}`"))
        .fix_suggested("fail with `temporary`", Span { end: at.start, ..at }, "temporary ")
}

/// `${NAME:-x}` and the like in a text; `at` is all of it.
pub(in crate::syntax) fn expansion_of_a_shell(at: Span, text: &str) -> Diagnostic {
    let start = Span { end: at.start, ..at };
    Diagnostic::new(Code::WF0017, at, format!("`{text}` is written for a shell: here `${{…}}` holds an expression"))
        .label("no expression")
        .help(format!("write `\\{text}` for the shell to read, or begin the string with `r`"))
        .fix_suggested(format!("write `\\{text}`"), start, "\\")
}

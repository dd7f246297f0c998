//! What is said of data in the wrong place: the whole way from its source.

use std::sync::Arc;

use crate::base::span::Span;
use crate::diag::{Code, Diagnostic};
use crate::sema::hir::{Action, Param, Stage};
use crate::sema::labels::flow::Flows;
use crate::sema::labels::instance::Decided;
use crate::sema::labels::trace::{Cursor, Step};

/// Steps between source and sink that are shown; the middle of a longer way is left out.
const STEPS_MAX: usize = 4;

const WAYS_OUT: &str = "let a person see it (`ask(…) approves …`), let an action that `endorses` check it, or narrow it to a few \
                        literals (`… as (\"a\" | \"b\")`)";

pub fn into_parameter<'a>(flows: &Flows<'a>, from: &Cursor<'a>, callee: &str, param: &Param) -> Diagnostic {
    let message = format!("untrusted data goes into `{}` of `{callee}`", param.name);
    let found = Diagnostic::new(Code::WF0604, from.span(), message).label("arrives here");
    drawn(found, &flows.way_to(from)).related(param.span, "declared `trusted` here").help(WAYS_OUT)
}

pub fn into_setting<'a>(
    flows: &Flows<'a>,
    from: &Cursor<'a>,
    callee: &str,
    param: &Param,
    what: &str,
    used: Span,
) -> Diagnostic {
    let message = format!("untrusted data becomes {what} in `{callee}`");
    let found = Diagnostic::new(Code::WF0604, from.span(), message).label("arrives here");
    drawn(found, &flows.way_to(from)).related(used, format!("`{}` is used here", param.name)).help(WAYS_OUT)
}

pub fn irreversible<'a>(flows: &Flows<'a>, stage: &Stage, callee: &str, decided: Decided<'a>) -> Diagnostic {
    let message = format!("untrusted data decides whether `{callee}` runs, and that cannot be taken back");
    let found = Diagnostic::new(Code::WF0606, stage.span, message).label("runs or not");
    let way: Vec<Step> = flows.way_of(decided);
    let way: Vec<Step> = way.into_iter().filter(|step| step.span != stage.span).collect();
    drawn(found, &way).related(decided.at, "decided here").help(
        "let a person decide (`ask(…) approves …`), or decide by a union of literals or a `bool` that an agent answers",
    )
}

/// What a model may do with untrusted data.
pub enum ByModel<'a> {
    /// Hand it to a tool that refuses it.
    Parameter {
        /// The tool.
        tool: String,
        /// What refuses it.
        param: &'a Param,
    },
    /// Decide by it what a tool does.
    Setting {
        /// The tool.
        tool: String,
        /// What it decides.
        what: &'static str,
        /// Where.
        at: Span,
    },
    /// Call because of it what cannot be taken back.
    Runs {
        /// The tool.
        tool: String,
        /// Its place.
        at: Span,
    },
}

/// `from` is the argument that brings it; nothing where another tool does.
pub fn by_model<'a>(
    flows: &Flows<'a>,
    from: Option<&Cursor<'a>>,
    callee: &str,
    action: &Action,
    harm: &ByModel<'_>,
) -> Diagnostic {
    let (code, message, at, label) = match harm {
        ByModel::Parameter { tool, param } => {
            let message = format!("the model of `{callee}` may hand untrusted data to `{}` of `{tool}`", param.name);
            (Code::WF0604, message, param.span, "declared `trusted` here")
        }
        ByModel::Setting { tool, what, at } => {
            let message = format!("the model of `{callee}` may make untrusted data {what} in `{tool}`");
            (Code::WF0604, message, *at, "used here")
        }
        ByModel::Runs { tool, at } => {
            let message =
                format!("untrusted data may make the model of `{callee}` call `{tool}`, which cannot be taken back");
            (Code::WF0606, message, *at, "declared `irreversible` here")
        }
    };
    let found = Diagnostic::new(code, from.map_or(action.span, Cursor::span), message);
    let found = match from {
        Some(from) => drawn(found.label("its model reads this"), &flows.way_to(from)),
        None => found.label("a tool of its model answers with it"),
    };
    found.related(at, label).help("take that tool away from the model, or let the model read only what is trusted")
}

/// Draws the way of data: where it comes from, and what it goes through.
fn drawn(found: Diagnostic, way: &[Step]) -> Diagnostic {
    let at = found.primary.span;
    let way: Vec<&Step> = way.iter().filter(|step| step.span != at).collect();
    let (sources, through): (Vec<&Step>, Vec<&Step>) = way.into_iter().partition(|step| step.name.is_none());
    let left_out = through.len().saturating_sub(STEPS_MAX);
    let (head, tail) = (STEPS_MAX / 2, through.len().saturating_sub(STEPS_MAX / 2));
    let shown = through.iter().enumerate().filter(|(index, _)| left_out == 0 || *index < head || *index >= tail);
    let found = sources.iter().fold(found, |found, step| found.related(step.span, "comes from outside here"));
    let found = shown.fold(found, |found, (_, step)| {
        let name = step.name.as_deref().unwrap_or_default();
        found.related(step.span, format!("goes through `{name}` here"))
    });
    match left_out {
        0 => found,
        1 => found.note("one step in the middle is left out"),
        count => found.note(format!("{count} steps in the middle are left out")),
    }
}

pub fn not_approved(at: Span, callee: &str, param: &Param, path: &[Arc<str>]) -> Diagnostic {
    let name = spelled(&param.name, path);
    Diagnostic::new(Code::WF0605, at, format!("`{callee}` takes `{name}` only as a person has approved it"))
        .label("nobody has approved this")
        .related(param.span, "declared `approved` here")
        .help(format!(
            "ask first: `stage approved_{0} = ask(\"…?\") approves … {{ timeout 1d }}`, and hand in `approved_{0}` as it is",
            path.last().map_or(param.name.as_str(), |name| name)
        ))
}

pub fn result_not_approved(at: Span, path: &[Arc<str>], workflow: Span) -> Diagnostic {
    let what = if path.is_empty() { "the result".to_owned() } else { format!("`{}` of the result", path.join(".")) };
    Diagnostic::new(Code::WF0605, at, format!("{what} is declared `approved`, and nobody has approved this"))
        .label("not approved")
        .related(workflow, "declared by this workflow")
        .help("return what `ask(…) approves …` gives, as it is")
}

pub fn replaced(at: Span, stage: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0608, at, "what a person approved would be replaced by something else")
        .label("not approved")
        .related(stage, "gives what is approved")
        .help("use a value that is approved too, or let the stage fail")
}

pub fn asked_instead(at: Span, stage: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0608, at, "whoever is asked here could give a value that nobody has approved")
        .label("not an approval")
        .related(stage, "gives what is approved")
        .help("leave `on failure ask` out: the stage fails, and can be retried with `wfc runs retry`")
}

pub fn without_approval(name: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0607, at, format!("`{name}` cannot be taken back, and needs nobody's approval"))
        .label("no parameter is `approved`")
        .help("declare the parameter that says what is done `approved`: then a forgotten `ask … approves` is an error")
}

fn spelled(name: &str, path: &[Arc<str>]) -> String {
    path.iter().fold(name.to_owned(), |name, field| format!("{name}.{field}"))
}

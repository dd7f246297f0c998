//! 03xx and conditions: what runs, what does not, what can be observed.

use crate::base::span::Span;
use crate::diag::{Code, Diagnostic};
use crate::sema::truth::Known;

pub(crate) fn never_changes(at: Span, known: &Known, constant: Option<(String, Span)>) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0212, at, format!("this condition is always {}", known.holds))
        .label(format!("always {}", known.holds));
    because(found, at, known, constant).help("leave the condition out, or let it depend on something")
}

pub(crate) fn same_every_round(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0212, at, "this condition is the same after every round")
        .label("asks nothing of the round")
        .help("ask for something of `result`, which is what the round came to")
}

fn because(mut found: Diagnostic, at: Span, known: &Known, constant: Option<(String, Span)>) -> Diagnostic {
    if let Some((_, span)) = constant {
        found = found.related(span, "because of this constant");
    } else if let Some(span) = known.because
        && span != at
    {
        found = found.related(span, "because of this condition");
    }
    found
}

pub(crate) fn never_runs(
    name: &str,
    at: Span,
    condition: Span,
    known: &Known,
    constant: Option<(String, Span)>,
) -> Diagnostic {
    let help = match &constant {
        Some((constant, _)) => format!("remove the stage, or make `{constant}` a parameter of the workflow"),
        None => "remove the stage, or let the condition depend on something".to_owned(),
    };
    let found = Diagnostic::new(Code::WF0302, at, format!("stage `{name}` can never run")).label("never runs");
    because(found, condition, known, constant).related(condition, format!("always {}", known.holds)).help(help)
}

pub(crate) fn never_runs_after_fail(name: &str, at: Span, fail: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0302, at, format!("stage `{name}` can never run"))
        .label("never runs")
        .related(fail, "the run ends here")
        .help("move it before the `fail`, or out of the block")
}

pub(crate) fn result_unused(name: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0303, at, format!("nobody uses the result of stage `{name}`"))
        .label("changes nothing, never read")
        .help(format!("remove the stage, or call it `_{name}`"))
}

pub(crate) fn observed_too_narrowly(name: &str, at: Span, condition: Span, holds: bool) -> Diagnostic {
    Diagnostic::new(Code::WF0307, at, format!("a failure of `{name}` would be handled only sometimes"))
        .label("not asked whenever it fails")
        .related(condition, format!("asked only if this is {holds}"))
        .help("ask outside of this condition, or use `on failure` at the stage")
}

pub(crate) fn observed_inside(name: &str, at: Span, declared: Span, function: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0307, at, format!("a failure of `{name}` cannot be observed inside braces"))
        .label("not asked whenever it fails")
        .related(declared, "declared outside of them")
        .help(format!("ask outside: `let … = {function}({name})`, and use that"))
}

pub(crate) fn swallowed(name: &str, at: Span, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0309, at, format!("if `{name}` fails, the run goes on as if nothing had happened"))
        .label("counts as handled here")
        .related(declared, "may fail")
        .note("nothing in this block ends the run, and nothing outside reads what it makes")
        .help("end the block with `fail \"…\"`, let it make what is read instead, or tell of it in `finally`")
}

pub(crate) fn observes_one_stage(function: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0205, at, format!("`{function}` takes one stage"))
        .label("one stage is wanted")
        .help(format!("write `{function}(name_of_the_stage)`"))
}

pub(crate) fn not_a_stage(function: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0201, at, format!("`{function}` asks how a stage ended"))
        .label("not a stage")
        .help("name a stage of this workflow")
}

pub(crate) fn not_a_map(name: &str, at: Span, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0201, at, format!("`errors` asks for the items of a map; `{name}` is none"))
        .label("not a map")
        .related(declared, "declared here")
        .help(format!("write `error({name})`"))
}

pub(crate) fn never_skipped(name: &str, at: Span, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0212, at, format!("`{name}` is never skipped: it has no condition"))
        .label("always false")
        .related(declared, "always runs")
        .help(format!("to ask whether it failed, write `failed({name})`"))
}

/// The same in a test, where a run may have failed before it.
pub(crate) fn never_skipped_in_a_run(name: &str, at: Span, declared: Span) -> Diagnostic {
    never_skipped(name, at, declared).help(format!("to ask whether it came to run, compare `attempts({name})` with 0"))
}

pub(crate) fn misplaced(word: &str, at: Span, where_: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0308, at, format!("`{word}` {where_}")).label("cannot stand here")
}

pub(crate) fn second_finally(at: Span) -> Diagnostic {
    misplaced("finally", at, "stands once in a workflow").help("put both into one")
}

pub(crate) fn fail_without_when(at: Span) -> Diagnostic {
    misplaced("fail", at, "stands inside a `when`").help("without a condition the workflow could never succeed")
}

pub(crate) fn after_itself(name: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0301, at, format!("stage `{name}` waits for itself"))
        .label("itself")
        .help("remove it from `after`")
}

pub(crate) fn after_value(name: &str, at: Span, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0102, at, format!("`{name}` is not a stage, nothing to wait for"))
        .label("a stage is wanted")
        .related(declared, "declared here")
        .help("name a stage; what is read is waited for anyway")
}

pub(crate) fn after_outside(name: &str, at: Span, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0116, at, format!("`after {name}` reaches out of the braces"))
        .label("not in these braces")
        .related(declared, "declared outside")
        .help("put `after` on the stage around the braces")
}

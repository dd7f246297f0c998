//! What can be wrong with a graph, one constructor for each kind of message.

use super::dependencies::Reason;
use super::edit;
use crate::base::source::Sources;
use crate::base::span::Span;
use crate::diag::{Applicability, Code, Diagnostic, Fix};
use crate::plan::flow::READS_MAX;
use crate::plan::verify::CALL_DEPTH_MAX;
use crate::sema::hir;

/// Names that a circle shows.
const NAMES_MAX: usize = 20;

/// One step of a circle: who waits, why, and where that is written.
pub struct Step<'a> {
    /// Who waits for the one of the next step.
    pub who: Who<'a>,
    /// Why.
    pub reason: Reason,
    /// Where.
    pub span: Span,
}

/// A thing of the program that has a name.
pub struct Who<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where the name stands.
    pub span: Span,
    /// What it is.
    pub kind: WhoKind,
}

/// What has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhoKind {
    /// A stage.
    Stage,
    /// A `let`.
    Let,
    /// A `fail`.
    Fail,
}

/// Stages, or `let`s, wait for each other.
pub fn circle(steps: &[Step<'_>], sources: &Sources) -> Diagnostic {
    let found = steps_shown(Code::WF0301, circle_message(steps), steps);
    let cut: Vec<usize> = (0..steps.len()).filter(|&at| steps[at].reason == Reason::After).collect();
    let Some(&at) = cut.first() else {
        return found.help("let one of them do without the value of the next one");
    };
    let awaited = steps[(at + 1) % steps.len()].who.name;
    let found = found.help(format!("cut the edge that carries no data, `after {awaited}`"));
    let applicability = if cut.len() == 1 { Applicability::Safe } else { Applicability::Suggested };
    let title = format!("remove `after {awaited}`");
    let edits = edit::cut_after(sources, steps[at].span).map(|edit| vec![edit]);
    Diagnostic { fix: edits.map(|edits| Fix { title, applicability, edits }), ..found }
}

fn circle_message(steps: &[Step<'_>]) -> String {
    match steps {
        [Step { who: Who { name, kind: WhoKind::Let, .. }, .. }] => format!("`{name}` is made from itself"),
        [Step { who: Who { name, .. }, .. }] => format!("stage `{name}` waits for itself"),
        _ if steps.iter().all(|step| step.who.kind == WhoKind::Let) => {
            format!("`let`s are made from each other: {}", around(steps.iter().map(|step| step.who.name)))
        }
        _ => format!("stages wait in a circle: {}", around(steps.iter().map(|step| step.who.name))),
    }
}

/// `a -> b -> a`, long circles cut in the middle.
fn around<'a>(names: impl Iterator<Item = &'a str> + Clone) -> String {
    let count = names.clone().count();
    let mut shown: Vec<String> = names.clone().take(NAMES_MAX).map(str::to_owned).collect();
    if count > NAMES_MAX {
        shown.push(format!("({} more)", count - NAMES_MAX));
    }
    shown.extend(names.take(1).map(str::to_owned));
    shown.join(" -> ")
}

/// A `fail`, the first step, waits for something that waits until the `fail` is decided, the last.
pub fn exit_waits(steps: &[Step<'_>]) -> Diagnostic {
    let later = steps.last().map_or("", |step| step.who.name);
    steps_shown(Code::WF0306, format!("this early exit waits for `{later}`, which waits for the exit"), steps)
        .help(format!("move `{later}` before the `when`, or decide the exit without it"))
}

/// Every step has a label with its number, the first one is the place of the problem.
fn steps_shown(code: Code, message: String, steps: &[Step<'_>]) -> Diagnostic {
    let mut labels = steps.iter().enumerate().take(NAMES_MAX).map(|(at, step)| {
        let number = if steps.len() > 1 { format!("{}. ", at + 1) } else { String::new() };
        (step.span, format!("{number}{}", told(step, &steps[(at + 1) % steps.len()])))
    });
    let (span, label) = labels.next().unwrap_or_else(|| (steps[0].span, String::new()));
    labels.fold(Diagnostic::new(code, span, message).label(label), |found, (span, label)| found.related(span, label))
}

fn told(step: &Step<'_>, next: &Step<'_>) -> String {
    let (who, awaited) = (named(&step.who), named(&next.who));
    match step.reason {
        Reason::After => format!("{who} awaits {awaited}"),
        Reason::Reads => format!("{who} reads {awaited}"),
        Reason::Guard => format!("the condition of {who} reads {awaited}"),
        Reason::Exit => format!("{who} stands below the exit"),
    }
}

fn named(who: &Who<'_>) -> String {
    if who.kind == WhoKind::Fail { "the exit".into() } else { format!("`{}`", who.name) }
}

/// Workflows call each other in a circle: who calls, and where.
pub fn recursion(mut calls: Vec<(&hir::Workflow, Span)>) -> Diagnostic {
    let earliest = (0..calls.len()).min_by_key(|&at| calls[at].0.span).unwrap_or(0);
    calls.rotate_left(earliest);
    // Bodies in braces have no name of their own: who calls from inside one is the workflow around it.
    let named = calls.iter().filter(|(workflow, _)| !workflow.inline).map(|(workflow, _)| workflow.name.as_str());
    let message = match named.clone().count() {
        1 => format!("workflow `{}` calls itself", named.clone().next().unwrap_or_default()),
        _ => format!("workflows call each other in a circle: {}", around(named)),
    };
    let many = calls.len() > 1;
    let mut labels =
        calls.iter().enumerate().take(NAMES_MAX).map(|(at, (_, span))| {
            (*span, if many { format!("{}. calls on", at + 1) } else { "calls itself".to_owned() })
        });
    let (span, label) = labels.next().unwrap_or_else(|| (calls[0].1, String::new()));
    let found = Diagnostic::new(Code::WF0304, span, message).label(label);
    labels
        .fold(found, |found, (span, label)| found.related(span, label))
        .help("write the repetition down as `repeat up to N until …`, or as a map over a list")
}

/// Workflows call each other deeper than a run can nest.
pub fn too_deep(call: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0007, call, format!("workflows call each other more than {CALL_DEPTH_MAX} deep"))
        .label("one call too many")
        .help("let some of them call theirs one after the other instead")
}

/// Templates that pass their agents on in ever new combinations.
pub fn too_many_instances(call: Span, max: usize) -> Diagnostic {
    Diagnostic::new(Code::WF0007, call, format!("the agents of templates are bound in more than {max} combinations"))
        .label("one combination too many")
        .help("let fewer templates pass their agents on in another order")
}

/// The stages of a workflow are read more often than a plan can hold.
pub fn too_many_reads(workflow: &hir::Workflow) -> Diagnostic {
    let message =
        format!("the stages of `{}` are read more than {READS_MAX} times, `let`s gone through", workflow.name);
    Diagnostic::new(Code::WF0007, workflow.span, message).label("too many in all").help(
        "gather them once: a list in one `let` that one stage reads, rather than a chain of `let`s that each add one",
    )
}

/// Two stages may write through the same agents at the same time.
pub fn race(agents: &[&str], first: &hir::Stage, second: &hir::Stage, fix: Option<Fix>) -> Diagnostic {
    let through = agents.join("` and `");
    let message = format!("`{}` and `{}` may write through `{through}` at the same time", first.name, second.name);
    let found = Diagnostic::new(Code::WF0305, second.span, message)
        .label(format!("in no order with `{}`", first.name))
        .related(first.span, "writes too")
        .help(format!("put one after the other: `after {}`", first.name));
    Diagnostic { fix, ..found }
}

/// The calls of one map may write through the same agents at the same time.
pub fn map_race(agents: &[&str], stage: &hir::Stage, call: Span) -> Diagnostic {
    let through = agents.join("` and `");
    let message = format!("the items of `{}` may write through `{through}` at the same time", stage.name);
    let found = Diagnostic::new(Code::WF0305, call, message)
        .label("for each item at once")
        .help("let one item go after the other: `parallel 1`");
    match stage.lock {
        Some(_) => found.note(
            "the `lock` of a map is held once for all its items; one for each stands in a workflow that is called",
        ),
        None => found,
    }
}

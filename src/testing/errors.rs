//! What is wrong with a test, or with the run of it, in words.

use super::case::{Case, Ready};
use super::drive::Ended;
use super::explain::written;
use super::script::{Mock, Trouble};
use super::trace;
use crate::base::span::Span;
use crate::diag::{Code, Diagnostic};
use crate::engine::Outcome;
use crate::engine::report::{ErrorInfo, Wait};
use crate::value::Value;
use crate::value::eval::EvalError;

pub(super) fn no_plan(run: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0823, run, "this workflow cannot be run")
        .label("not without the agents that it takes")
        .help("name an agent for each agent parameter")
}

pub(super) fn no_replay(path: &str, run: Span, why: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0825, run, format!("the recorded run `{path}` cannot be used"))
        .label("nothing was run")
        .note(why)
        .help("write it with `wfc runs export RUN -o FILE`")
}

pub(super) fn calculation(error: &EvalError) -> Diagnostic {
    Diagnostic::new(Code::WF0804, error.span, error.message.clone()).label("in this test")
}

pub(super) fn does_not_hold(at: Span, notes: Vec<String>, missed: bool) -> Diagnostic {
    let label = if missed { "there is no result" } else { "false" };
    let mut problem = Diagnostic::new(Code::WF0820, at, "this expectation does not hold").label(label);
    problem.notes = notes;
    problem
}

/// How a run failed, in a sentence.
pub(super) fn failed(failure: &ErrorInfo) -> String {
    let stage = failure.stage.as_deref().filter(|stage| !trace::is_fail(stage));
    let stage = stage.map(|stage| format!(" at `{stage}`")).unwrap_or_default();
    format!("the run failed{stage}: {}", trace::cause(failure))
}

pub(super) fn unmet(mock: &Mock) -> Diagnostic {
    let message = format!("nothing was asked of the mock of `{}`", mock.name);
    let problem = Diagnostic::new(Code::WF0822, mock.span, message).label("never matched");
    match mock.matching.is_empty() {
        true => problem.help("take it out, or see why the run does not come there"),
        false => problem.help("see whether the arguments are those that the workflow hands over"),
    }
}

pub(super) fn stuck(ready: &Ready, waits: &[Wait]) -> Diagnostic {
    let problem =
        Diagnostic::new(Code::WF0823, ready.run, "this run does not come to an end").label("nothing happens any more");
    let waiting: Vec<String> = waits.iter().map(|wait| format!("`{}` waits ({})", wait.stage, wait.kind)).collect();
    let problem = match waiting.is_empty() {
        true => problem,
        false => problem.note(waiting.join(", ")),
    };
    if ready.recording.as_ref().is_some_and(|recording| !recording.ended) {
        return problem.note("the recorded run had not ended either when it was exported");
    }
    problem.help("let the mocks answer, or give the workflow a `timeout`")
}

pub(super) fn no_end(ready: &Ready, why: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0823, ready.run, "this run does not come to an end").label("it cannot go on").note(why)
}

/// Why the run of a test is of no use.
pub(super) fn trouble(trouble: &Trouble, case: &Case, ready: &Ready, ended: &Ended) -> Diagnostic {
    match trouble {
        Trouble::Call { agent, action, arguments, stage, used_up } => {
            unanswered_call(ready, case, (*agent, *action), arguments, stage, *used_up)
        }
        Trouble::Question { stage, what, answer, used_up } => {
            let message = format!("`{stage}` {what}, and nobody answers");
            let problem = Diagnostic::new(Code::WF0821, case.span, message).label("in this test");
            used_up_or(problem, *used_up, || format!("add `mock {} {answer}`", plain(stage)))
        }
        Trouble::Answer { mock, stage, what } => {
            Diagnostic::new(Code::WF0821, *mock, format!("`{stage}` cannot be answered so")).label("here").note(what)
        }
        Trouble::Calculation(error) => calculation(error),
        Trouble::Replay { agent, action, arguments, stage, why } => {
            let called = name(ready, *agent, *action);
            let message = format!("the recorded run does not answer `{called}`, called by `{stage}`");
            let problem = Diagnostic::new(Code::WF0825, case.span, message).label("in this test").note(why);
            called_with(problem, ready, (*agent, *action), arguments)
        }
        Trouble::ReplayQuestion { stage, why } => {
            Diagnostic::new(Code::WF0825, case.span, format!("the recorded run does not answer `{stage}`"))
                .label("in this test")
                .note(why)
        }
        Trouble::Repeated { agent, action, stage, attempt, .. } => {
            let message = format!("attempt {attempt} of `{stage}` called `{}` twice", name(ready, *agent, *action));
            Diagnostic::new(Code::WF0824, case.span, message).label("in this test")
        }
        Trouble::Stuck => match &ended.outcome {
            Ok(Outcome::Waiting(waits) | Outcome::Suspended(waits)) => stuck(ready, waits),
            _ => stuck(ready, &[]),
        },
    }
}

fn unanswered_call(
    ready: &Ready,
    case: &Case,
    (agent, action): (usize, usize),
    arguments: &[Value],
    stage: &str,
    used_up: Option<Span>,
) -> Diagnostic {
    let called = name(ready, agent, action);
    let message = format!("no mock answers `{called}`, called by `{stage}`");
    let problem = Diagnostic::new(Code::WF0821, case.span, message).label("in this test");
    let problem = called_with(problem, ready, (agent, action), arguments);
    used_up_or(problem, used_up, || format!("add `mock {called} returns …`"))
}

/// Adds the arguments of a call, but for secrets.
fn called_with(problem: Diagnostic, ready: &Ready, (agent, action): (usize, usize), arguments: &[Value]) -> Diagnostic {
    let params = &ready.plan.agents[agent].actions[action].params;
    let open = params.iter().zip(arguments).filter(|(param, _)| !param.ty.has_secret());
    let given: Vec<String> = open.map(|(param, value)| format!("{}: {}", param.name, written(value))).collect();
    match given.is_empty() {
        true => problem,
        false => problem.note(format!("it was called with {}", given.join(", "))),
    }
}

fn used_up_or(problem: Diagnostic, used_up: Option<Span>, help: impl FnOnce() -> String) -> Diagnostic {
    match used_up {
        Some(mock) => problem
            .related(mock, "this one is used up")
            .help("add a step with `, then`; the last one without a count answers every further call"),
        None => problem.help(help()),
    }
}

fn name(ready: &Ready, agent: usize, action: usize) -> String {
    let agent = &ready.plan.agents[agent];
    format!("{}.{}", agent.name, agent.actions[action].name)
}

/// A path without items and rounds, as a mock has it.
fn plain(stage: &str) -> String {
    let part = |part: &str| part.split(['[', '#']).next().unwrap_or_default().to_owned();
    stage.split('.').map(part).collect::<Vec<_>>().join(".")
}

pub(super) fn crash_repeats(
    case: &Case,
    ready: &Ready,
    place: &str,
    (agent, action): (usize, usize),
    key: &str,
) -> Diagnostic {
    let called = name(ready, agent, action);
    Diagnostic::new(Code::WF0824, case.span, format!("killed at {place}, the run makes a call of `{called}` twice"))
        .label("in this test")
        .note(format!("both had the key `{key}`"))
}

pub(super) fn crash_changes(case: &Case, place: &str, was: &str, is: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0824, case.span, format!("killed at {place} and resumed, the run ends in another way"))
        .label("in this test")
        .note(format!("without a crash: {was}"))
        .note(format!("with it: {is}"))
}

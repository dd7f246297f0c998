//! 07xx: tests and properties.

use crate::base::span::Span;
use crate::diag::{Code, Diagnostic};
use crate::sema::errors::suggest;
use crate::syntax::ast::Name;

pub(crate) fn same_title(what: &str, title: &str, again: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0101, again, format!("two {what} are called \"{title}\""))
        .label("the same again")
        .related(first, "the first one")
        .help("say what tells them apart")
}

/// A statement that a test has once.
pub(crate) fn stated_twice(word: &str, again: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0008, again, format!("`{word}` is stated twice"))
        .label("stated again here")
        .related(first, "first stated here")
        .help("keep one of the two")
}

pub(crate) fn let_needs_itself(name: &str, at: Span, user: Span) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0117, at, format!("`{name}` needs itself")).label("needs itself");
    let found = if user == at { found } else { found.related(user, "is needed here, and needs it") };
    found.help("write the value of one of them out")
}

pub(crate) fn runs_nothing(title: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0701, at, format!("the test \"{title}\" runs nothing"))
        .label("no `run` in it")
        .help("name a workflow with its arguments: `run name(argument: value)`")
}

pub(crate) fn runs_again(again: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0701, again, "a test runs one workflow")
        .label("a second `run`")
        .related(first, "the first one")
        .help("make two tests of it")
}

pub(crate) fn runs_an_action(name: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0701, at, format!("`{name}` is an action, and a test runs a workflow"))
        .label("not a workflow")
        .help("run a workflow that calls it")
        .note("agents never work in a test: mocks answer for them")
}

pub(crate) fn expects_nothing(title: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0702, at, format!("the test \"{title}\" expects nothing"))
        .label("no `expect` in it")
        .help("say what must hold at the end: `expect outcome.status == \"succeeded\"`")
}

pub(crate) fn looks_at_nothing(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0702, at, "this expectation does not look at the run")
        .label("the same whatever runs")
        .help("ask for `result`, `outcome`, `elapsed`, `calls(agent.action)` or `attempts(stage)`")
}

pub(crate) fn no_stage(workflow: &str, name: &str, at: Span, legal: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0102, at, format!("{workflow} has no stage `{name}`")).label("unknown stage");
    suggest(found, name, at, legal)
}

/// `stage.inner` where nothing is inside.
pub(crate) fn nothing_inside(stage: &str, at: Span, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0706, at, format!("`{stage}` has no stages inside"))
        .label("nothing inside it")
        .related(declared, "calls no workflow, has no body")
        .help("name the stage alone")
}

pub(crate) fn not_a_map(stage: &str, at: Span, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0706, at, format!("`{stage}` has no items: it is no map"))
        .label("no items")
        .related(declared, "declared here")
        .help(format!("write `{stage}` alone"))
}

pub(crate) fn which_item(stage: &str, at: Span, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0706, at, format!("`{stage}` is a map: which of its items is meant?"))
        .label("of every item")
        .related(declared, "declared here")
        .help(format!("name the item by its position: `{stage}[0]`"))
        .fix_suggested("take the first item", at.after(), "[0]")
}

pub(crate) fn item_not_a_number(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0706, at, "an item is named by its position, a number from 0")
        .label("not such a number")
        .help("write the number out: `[0]` is the first")
}

pub(crate) fn not_a_path(function: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0706, at, format!("`{function}` asks for a stage"))
        .label("not a stage")
        .help("name a stage, or one inside it: `stage`, `stage.inner`, `map[0].inner`")
}

pub(crate) fn wrong_count(function: &str, wants: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0706, at, format!("`{function}` asks for {wants}"))
        .label(format!("{wants} wanted"))
        .help(format!("write `{function}({})`", if wants.starts_with("two") { "first, second" } else { "name" }))
}

pub(crate) fn calls_of_what(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0706, at, "`calls` asks for an action of an agent")
        .label("not an action")
        .help("write `calls(agent.action)`; it gives the arguments of each call")
}

pub(crate) fn order_of_one(at: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0706, at, "a stage does not end before itself begins")
        .label("the same stage")
        .related(first, "as here")
        .help("name two stages: `order(first, second)`")
}

/// A mock of a stage that calls an action.
pub(crate) fn mocks_a_call(stage: &str, at: Span, declared: Span, action: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0703, at, format!("`{stage}` asks nobody: it calls `{action}`"))
        .label("not a question")
        .related(declared, "declared here")
        .help(format!("mock what it calls: `mock {action} …`"))
        .fix_suggested(format!("mock `{action}`"), at, action)
}

pub(crate) fn mocks_a_workflow(stage: &str, at: Span, declared: Span, inner: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0703, at, format!("`{stage}` asks nobody: it runs {inner}"))
        .label("not a question")
        .related(declared, "declared here")
        .help(format!(
            "mock the actions that are called inside it, or a question there by its path: `mock {stage}.` and the stage"
        ))
}

pub(crate) fn mocks_nothing(stage: &str, at: Span, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0703, at, format!("`{stage}` asks nobody"))
        .label("not a question")
        .related(declared, "declared here")
        .help("mock actions (`agent.action`) and the stages that hold an `ask` or `event`")
}

pub(crate) fn mocks_a_value(name: &str, at: Span, noun: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0703, at, format!("`{name}` is {noun}, and nothing that answers"))
        .label("nothing to mock")
        .help("mock an action (`agent.action`), or a stage that holds an `ask` or `event`")
}

pub(crate) fn mocks_an_interface(name: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0703, at, format!("`{name}` is an interface, and nothing that answers"))
        .label("nothing to mock")
        .help("mock the agent that stands for it in this run: `mock agent.action …`")
}

pub(crate) fn no_own_probe(action: &str, at: Span, declared: Span, named: Option<&str>) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0703, at, format!("`{action}` has no probe of its own"))
        .label("no such probe")
        .related(declared, "declared here");
    match named {
        Some(probe) => found.help(format!("its probe is an action with a name: `mock {probe} …`")).fix_suggested(
            format!("mock `{probe}`"),
            at,
            probe,
        ),
        None => found.help("mock the action itself"),
    }
}

pub(crate) fn approves_what(name: &str, at: Span, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0704, at, format!("`{name}` wants an answer, and nothing there is approved"))
        .label("nothing to approve")
        .related(declared, "declared here")
        .help("give the answer: `returns …`")
}

/// `fails twice`, where the class was to stand first.
pub(crate) fn count_without_a_class(count: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0114, at, "a mock says with which class it fails")
        .label("no class")
        .help(format!("write `fails temporary {count}`"))
        .fix_suggested("fail with `temporary`", Span { end: at.start, ..at }, "temporary ")
}

pub(crate) fn decides_nothing(name: &str, at: Span, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0704, at, format!("`{name}` asks nobody what becomes of a failure"))
        .label("nothing to decide")
        .related(declared, "declared here")
        .help("only the person of an `on failure ask` `retries` or `skips`")
}

pub(crate) fn returns_an_approval(at: Span, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0704, at, "an approval is given or refused, nothing else")
        .label("a value")
        .related(declared, "asks for an approval")
        .help("write `approves`, or `fails denied`")
}

/// A class that a person who is asked, or an event that is awaited, never ends with.
pub(crate) fn fails_otherwise(name: &str, class: &Name, declared: Span, classes: &[&str]) -> Diagnostic {
    let help = match classes.contains(&"denied") {
        true => "a refusal is `fails denied`, nobody's answer in time `fails timeout`",
        false => "write `fails timeout`, which is nobody's answer in time, or `returns …`",
    };
    Diagnostic::new(Code::WF0704, class.span, format!("`{name}` never fails with `{}`", class.text))
        .label("no such failure")
        .related(declared, "waits for somebody's answer")
        .help(help)
}

pub(crate) fn arguments_of_a_question(name: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0704, at, format!("`{name}` takes no arguments: only calls of actions are told apart"))
        .label("nothing to compare with")
        .help("leave them out")
}

pub(crate) fn secret_argument(name: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0704, at, format!("`{name}` is secret: in a test nobody knows its value"))
        .label("cannot be compared")
        .help("leave it out")
}

/// A mock after one for the same that answers every call.
pub(crate) fn mock_shadowed(path: &str, at: Span, before: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0705, at, format!("this mock of `{path}` never answers"))
        .label("never reached")
        .related(before, "answers every call")
        .help("put the mock that names arguments first, or join their steps by `, then`")
}

pub(crate) fn mock_of_nobody_called(action: &str, workflow: &str, at: Span, run: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0705, at, format!("`{workflow}` never calls `{action}`"))
        .label("never reached")
        .related(run, "runs here")
        .help("leave the mock out: a mock that nothing matches fails its test")
}

pub(crate) fn mock_beside_replay(at: Span, replay: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0707, at, "a replay answers every call, and leaves nothing to mock")
        .label("never asked")
        .related(replay, "replays a recorded run")
        .help("keep the replay or the mocks")
}

pub(crate) fn property_of_action(name: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0708, at, format!("`{name}` is an action; a property speaks of a workflow"))
        .label("not a workflow")
        .help("name a workflow that calls it")
}

pub(crate) fn claims_nothing(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0708, at, "this part of the property speaks of no stage")
        .label("the same for every run")
        .help("name a stage, which means that it succeeded, or a field of its result")
}

pub(crate) fn not_of_stages(name: &str, at: Span, declared: Span, noun: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0708, at, format!("`{name}` is {noun}; a property speaks of stages"))
        .label("not a stage")
        .related(declared, "declared here")
        .help("name the stage that depends on it")
}

pub(crate) fn not_in_a_property(at: Span) -> Diagnostic {
    Diagnostic::new(
        Code::WF0708,
        at,
        "a property holds stages, fields of their results, and `&&`, `||`, `!` between them",
    )
    .label("cannot stand here")
    .help("let a stage find it out, and name the field of its result")
}
pub(crate) fn no_tag(stage: &str, name: &str, at: Span, declared: Span, legal: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0102, at, format!("`{stage}` has no alternative `{name}`"))
        .label("unknown alternative")
        .related(declared, "declared here");
    suggest(found, name, at, legal)
}

pub(crate) fn asks_why(function: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0706, at, format!("`{function}` is for workflows, which go on after a failure"))
        .label("not known of a run")
        .help("ask `failed(stage)`, or why the run failed: `outcome.error?.class == \"…\"`")
}

pub(crate) fn no_undo(stage: &str, at: Span, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0706, at, format!("`{stage}` is never undone: it states no `undo`"))
        .label("always false")
        .related(declared, "declared here")
        .help("leave the expectation out, or state `undo` at the stage")
}

pub(crate) fn mocks_a_wait(name: &str, at: Span, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0703, at, format!("`{name}` waits for time, which passes by itself in a test"))
        .label("not a question")
        .related(declared, "declared here")
        .help("leave the mock out; `elapsed` tells how long the run took")
}

pub(crate) fn mocks_a_race(stage: &str, at: Span, declared: Span, tags: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0703, at, format!("`{stage}` is a race: which of its alternatives is meant?"))
        .label("no alternative named")
        .related(declared, "declared here");
    match tags.first() {
        Some(tag) => found.help(format!("name one: `mock {stage}.{tag} …`")),
        None => found.help("mock the actions that it calls"),
    }
}

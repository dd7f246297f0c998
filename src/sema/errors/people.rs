//! Waits: for people, for events, for time.

use crate::base::nearest;
use crate::base::span::Span;
use crate::diag::{Code, Diagnostic};

/// What a stage waits for without calling anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waits {
    /// People.
    People,
    /// A message.
    Event,
    /// Time.
    Timer,
}

impl Waits {
    fn noun(self) -> &'static str {
        match self {
            Self::People => "a question",
            Self::Event => "an event",
            Self::Timer => "a wait",
        }
    }

    /// Why there is one attempt only.
    fn why(self) -> &'static str {
        match self {
            Self::People => "people are asked once",
            Self::Event => "waited for once",
            Self::Timer => "passes once",
        }
    }

    /// Why its result is good for this run only.
    pub fn own(self) -> &'static str {
        match self {
            Self::People => "an answer is for one run",
            Self::Event => "an event is for one run",
            Self::Timer => "nothing to keep",
        }
    }
}

pub(crate) fn wait_without_end(what: &str, at: Span, end: Span, bare: bool) -> Diagnostic {
    let (message, label) = match what {
        "ask" => ("nobody may ever answer: this question has no end", "waits without limit"),
        "event" => ("it may never come: this event has no end", "waits without limit"),
        _ => ("nobody knows before the run how long this waits", "waits without limit"),
    };
    let found = Diagnostic::new(Code::WF0405, at, message)
        .label(label)
        .help("say how long it may wait: `timeout 1d`, or let it race a `wait` in a `first of`");
    match bare {
        true => found.fix_suggested("wait at most a day", end, " { timeout 1d }"),
        false => found,
    }
}

pub(crate) fn not_on_waits(clause: &str, at: Span, waits: Waits) -> Diagnostic {
    Diagnostic::new(Code::WF0406, at, format!("`{clause}` has no meaning on {}", waits.noun()))
        .label(waits.why())
        .help("remove it; `timeout` says how long it may last")
}

pub(crate) fn only_with_approves(clause: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0406, at, format!("`{clause}` has no meaning without `approves`"))
        .label("nothing is allowed here")
        .help("say what is allowed: `ask(\"…\") approves plan`; an answer of several persons would be several answers")
}

pub(crate) fn no_answer(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0411, at, "this question does not say what the answer is")
        .label("which answer?")
        .help("write its type, `ask(\"…\") -> { ok: bool }`, or what a yes allows, `ask(\"…\") approves plan`")
}

/// `ask(string, "Who?")`.
pub(crate) fn answer_among_arguments(ty: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0411, at, "the type of an answer goes after `->`")
        .label("a type as an argument")
        .help(format!("write it behind the question: `ask(\"…\") -> {ty}`"))
}

/// An event without what comes with it reads as a call.
pub(crate) fn event_of_what(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0411, at, "this event does not say what comes with it")
        .label("what comes?")
        .help("write its type: `event(\"paid\", key: id) -> { amount: money }`")
}

pub(crate) fn two_answers(at: Span, approved: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0411, at, "this question has two answers")
        .label("an answer of this type")
        .related(approved, "and a yes to this")
        .help("ask for a value with `->`, or for a yes with `approves`; for both ask twice")
}

pub(crate) fn unknown_role(name: &str, at: Span, roles: &[String]) -> Diagnostic {
    let legal: Vec<&str> = roles.iter().map(String::as_str).collect();
    let found = Diagnostic::new(Code::WF0412, at, format!("nobody can have the role `{name}`"))
        .label("not in `[roles]`")
        .note("`wf.toml` lists the roles and who has them");
    match (nearest::nearest(name, &legal), nearest::there(&legal)) {
        (Some(near), _) => found.help(format!("did you mean `{near}`?")).fix_suggested(
            format!("write `{near}`"),
            at,
            format!("\"{near}\""),
        ),
        (None, Some(list)) => found.help(list),
        (None, None) => found,
    }
}

pub(crate) fn wait_arguments(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0205, at, "`wait` takes one duration").label("how long?").help("write `wait(10m)`")
}

pub(crate) fn event_arguments(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0205, at, "`event` takes a name, and a key by its name")
        .label("one too many")
        .help("write `event(\"paid\", key: order.id)`")
}

pub(crate) fn event_incomplete(at: Span, name: bool) -> Diagnostic {
    let (message, label) = match name {
        true => ("`event` needs its name", "which event?"),
        false => ("`event` needs a key", "whose event?"),
    };
    Diagnostic::new(Code::WF0205, at, message)
        .label(label)
        .help("write `event(\"paid\", key: order.id)`: who sends it names both")
}

pub(crate) fn event_without_name(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0205, at, "the name of an event cannot be empty")
        .label("no name")
        .help("write what `wfc runs send` is told: `event(\"paid\", key: order.id)`")
}

//! What is said of shapes that other languages have.

use crate::base::span::Span;
use crate::diag::{Code, Diagnostic};

pub(in crate::syntax) fn module(at: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, "an import names a file, and what is taken from it")
        .label("neither")
        .help(format!("write `import {{ … }} from \"{name}.wf\"`, or `import \"{name}.wf\" as {name}`"))
}

pub(in crate::syntax) fn class(at: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, "there are no classes: a record is a type")
        .label("spelling of another language")
        .help(format!("write `type {name} = {{ id: string, note?: string }}`"))
}

pub(in crate::syntax) fn part_of_a_call(at: Span, stage: &str, part: &str) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0017, at, "a stage is one call, and nothing behind it").label("not here");
    match part {
        "catch" | "except" | "rescue" | "or" | "or_else" | "onError" => {
            found.help("what follows a failure is a clause: `{ on failure use … }`")
        }
        "then" | "finally" | "pipe" => found.help(format!("the next stage uses its result: `stage next = f({stage})`")),
        "retry" | "timeout" | "with_options" => found.help(format!("that is a clause: `{{ {part} … }}`")),
        _ => found
            .help(format!("read `{stage}.{part}` where the result is used, or name it: `let {part} = {stage}.{part}`")),
    }
}

pub(in crate::syntax) fn chained(at: Span, first: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, "stages are not chained by a sign").label("not used here").help(format!(
        "a stage that uses `{first}` waits for it; where no data flows, write `after {first}` in its braces"
    ))
}

pub(in crate::syntax) fn other_place(at: Span, word: &str, kind: &str, help: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0001, at, format!("there is no {kind} `{word}`"))
        .label("said in another way here")
        .help(help)
}

pub(in crate::syntax) fn then(at: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, format!("no `{word}` stands between a condition and its block"))
        .label("not used here")
        .help("remove it")
        .fix_safe(format!("remove `{word}`"), at, "")
}

/// `whole` is the word with the space behind it.
pub(in crate::syntax) fn needless(at: Span, whole: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, format!("no `{word}` stands before a call"))
        .label("not used here")
        .help("leave it out")
        .fix_suggested(format!("remove `{word}`"), whole, "")
}

pub(in crate::syntax) fn block_as_a_stage(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0001, at, "a stage is one call, not a block")
        .label("a block")
        .help("write the call, `stage a = agent.action(…)`, or make the block a workflow of its own and call that")
}

pub(in crate::syntax) fn braces_of_a_race(at: Span, instead: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, "what takes part in a race stands in square brackets")
        .label("needs `[` and `]`")
        .help(format!("write `{instead}`, or a name before each: `{{ fast: f(x), … }}`"))
        .fix_suggested("put it in square brackets", at, instead)
}

pub(in crate::syntax) fn two_elements(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, "a `for` has one name, that of the element")
        .label("two names")
        .help("to count too, go over the numbers: `for i in range(0, len(xs))`, and read `xs[i]`")
}

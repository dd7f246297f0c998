//! What the syntax has to say: one constructor for each kind of message.

use crate::base::span::Span;
use crate::diag::{Code, Diagnostic};
use crate::syntax::fold::Place;
use crate::syntax::number::BadNumber;

/// Words that cannot be names unless they are back-quoted (rulings 37).
pub(super) const RESERVED: [&str; 17] = [
    "let", "stage", "when", "fail", "finally", "return", "match", "if", "then", "else", "for", "in", "as", "true",
    "false", "null", "_",
];

/// Whether a word is reserved.
pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word)
}

pub(super) fn unexpected(at: Span, expected: &str, found: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0001, at, format!("expected {expected}, found {found}")).label("not expected here")
}

pub(super) fn missing(at: Span, expected: &str, found: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0001, at, format!("expected {expected}, found {found}"))
        .label(format!("{expected} is missing"))
}

pub(super) fn unclosed_string(open: Span, quotes: &str) -> Diagnostic {
    let end = if quotes.len() > 1 { "the end of the file" } else { "the end of the line" };
    Diagnostic::new(Code::WF0003, open, format!("this string is not closed before {end}"))
        .label("opened here")
        .help(format!("close it with `{quotes}`"))
}

pub(super) fn bad_escape(at: Span, text: &str, code_point: bool) -> Diagnostic {
    if code_point {
        return Diagnostic::new(Code::WF0004, at, format!("`{text}` is not a character"))
            .label("no such code point")
            .help("write one to six hexadecimal digits, at most `10FFFF` and no surrogate");
    }
    let known = r#"the escapes are `\n \t \r \" \\ \$ \u{…}`; write `\\` for a backslash"#;
    Diagnostic::new(Code::WF0004, at, format!("there is no escape `{text}`")).label("unknown escape").help(known)
}

pub(super) fn bad_number(at: Span, problem: BadNumber) -> Diagnostic {
    let code = if problem.unit { Code::WF0006 } else { Code::WF0005 };
    let mut diagnostic = Diagnostic::new(code, at, problem.message).label(problem.label);
    diagnostic.help = problem.help;
    match problem.instead {
        Some(text) => diagnostic.fix_suggested(format!("write `{text}`"), at, text),
        None => diagnostic,
    }
}

pub(super) fn too_deep_tree(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0007, at, "this is nested too deeply, or its chain of operators is too long")
        .label("more than 512 levels")
        .help("name parts of it with `let`, or use `join` or `sum` on a list")
}

pub(super) fn too_deep_brackets(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0007, at, "brackets are nested more than 256 deep")
        .label("one level too many")
        .help("name inner parts with `let`, or move them into a workflow of their own")
}

pub(super) fn twice(word: &str, again: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0008, again, format!("`{word}` is stated twice"))
        .label("stated again here")
        .related(first, "first stated here")
        .help("keep one of the two")
}

pub(super) fn return_not_last(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0009, at, "`return` is the last statement")
        .label("statements follow")
        .help("move it to the end of the block")
}

pub(super) fn return_twice(again: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0009, again, "a block has one `return`")
        .label("a second `return`")
        .related(first, "the first one")
        .help("choose the value with `if … then … else …` in one `return`")
}

pub(super) fn return_in_block(at: Span, inside: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0009, at, format!("`return` cannot stand inside `{inside}`"))
        .label("not the end of the workflow")
        .help("return at the end of the workflow: `return if … then … else …`")
}

pub(super) fn chained_comparison(second: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0010, second, "comparisons do not chain")
        .label("a second comparison")
        .related(first, "the first one")
        .help("join two comparisons with `&&`: `a < b && b < c`")
}

pub(super) fn reserved_name(at: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0011, at, format!("`{word}` is a word of the language and cannot be a name"))
        .label("reserved word")
        .help(format!("choose another name, or write `` `{word}` `` in back-quotes"))
        .fix_suggested("put it in back-quotes", at, format!("`{word}`"))
}

pub(super) fn key_without_value(at: Span, key: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0001, at.after(), format!("expected `:` and a value after the key `{key}`"))
        .label("value is missing")
}

pub(super) fn misplaced_clause(at: Span, word: &str, place: Place) -> Diagnostic {
    let (owner, allowed) = match place {
        Place::Stage | Place::AskStage => {
            ("a stage that asks nobody", "`to`, `quorum` and `not requester` belong to an `ask`")
        }
        Place::InnerCall => {
            ("an inner call", "only `timeout`, `retry` and `deadline` can stand here; others go on the stage")
        }
        Place::InnerAsk => (
            "an inner `ask`",
            "only `to`, `quorum`, `not requester`, `timeout`, `retry` and `deadline` can stand here; others go on the stage",
        ),
        Place::FailureAsk => ("`on failure ask`", "only `timeout` can stand here"),
        Place::Workflow => {
            ("a workflow", "a workflow takes `timeout`, `budget`, `parallel`, `lock` and `on failure cancel | drain`")
        }
    };
    Diagnostic::new(Code::WF0012, at, format!("`{word}` cannot stand on {owner}"))
        .label("no clause of this place")
        .help(allowed)
}

pub(super) fn clause_in_block(at: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0012, at, format!("`{word}` is a clause and cannot stand among statements"))
        .label("a clause, not a statement")
        .help("put it in braces after the stage: `stage a = f(x) { … }`")
}

pub(super) fn clause_after_statement(at: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0012, at, format!("`{word}` of a workflow stands before its statements"))
        .label("comes too late")
        .help("move it to the head of the workflow, or into the braces of a stage")
}

pub(super) fn other_on_failure(at: Span, cancels: bool) -> Diagnostic {
    let (message, help) = if cancels {
        (
            "`on failure cancel` and `on failure drain` are clauses of a workflow",
            "a stage takes `on failure fail | skip | ask | use …`",
        )
    } else {
        ("a workflow takes `on failure cancel` or `on failure drain` only", "put a handler on the stage that may fail")
    };
    Diagnostic::new(Code::WF0012, at, message).label("no clause of this place").help(help)
}

pub(super) fn clauses_without_call(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0012, at, "clauses after `use` need a call")
        .label("no call before it")
        .help("remove the clauses")
}

pub(super) fn at_without_json(at: Span, form: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0012, at, format!("`at` belongs to `output json`, not to `output {form}`"))
        .label("no field to take")
        .help("write `output json at \"…\"`, or leave `at` out")
}

pub(super) fn positional_after_named(at: Span, named: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0015, at, "a positional argument cannot follow a named one")
        .label("has no name")
        .related(named, "named here")
        .help("name it, or move it before the named ones")
}

pub(super) fn no_interpolation(at: Span, what: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0016, at, format!("{what} is fixed text: it takes no `${{}}`"))
        .label("interpolation here")
        .help("write the text out; `\\${` is a literal `${`")
}

pub(super) fn not_a_pattern(at: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0001, at, format!("`{word}` is not a pattern"))
        .label("not a literal")
        .help("a pattern is a string, a whole number, `true`, `false` or `_`")
}

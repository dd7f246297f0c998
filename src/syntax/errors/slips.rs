//! What is said of single slips: brackets that lack or are too many, words in quotes and without, names of other shapes.

use super::{missing, other_word};
use crate::base::span::Span;
use crate::diag::{Code, Diagnostic};

pub(in crate::syntax) fn in_brackets(at: Span, inside: &str) -> Diagnostic {
    let instead = format!("[{inside}]");
    Diagnostic::new(Code::WF0017, at, "what takes part in a race stands in square brackets")
        .label("needs brackets")
        .help(format!("write `{instead}`"))
        .fix_safe("put brackets around it", at, instead)
}

pub(in crate::syntax) fn clause_in_braces(at: Span, instead: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0001, at, "the clauses of a stage stand in braces")
        .label("needs braces")
        .help(format!("write `{instead}`"))
        .fix_safe("put braces around it", at, instead)
}

pub(in crate::syntax) fn stage_without_a_name(at: Span, call: &str) -> Diagnostic {
    missing(at, "a name and `=`", "`stage`").help(format!("write `stage name = {call}`"))
}

/// A text where the grammar wants one, without its quotes.
pub(in crate::syntax) fn without_quotes(at: Span, written: &str, instead: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0001, at, format!("expected a string, found `{written}`"))
        .label("needs quotes")
        .help(format!("write `{instead}`"))
        .fix_suggested("put quotes around it", at, instead)
}

/// A name in quotes.
pub(in crate::syntax) fn in_quotes(at: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0001, at, "expected a name, found a string")
        .label("needs no quotes")
        .help(format!("write `{name}`"))
        .fix_safe("remove the quotes", at, name)
}

pub(in crate::syntax) fn secret_in_the_text(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, "a secret is not written into the program: it says where it comes from")
        .label("everybody could read it")
        .help("write `from env \"NAME\"`, `from file \"PATH\"` or `from command [\"program\", \"argument\"]`")
}

/// `whole` is the name with the space behind it.
pub(in crate::syntax) fn typed_record(at: Span, whole: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, "a record is written without the name of its type")
        .label("not used here")
        .help("remove it: the fields tell the type")
        .fix_safe(format!("remove `{name}`"), whole, "")
}

pub(in crate::syntax) fn record_pattern(at: Span, instead: Option<&str>) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0001, at, "a pattern is a single value, no record").label("not a literal");
    match instead {
        Some(instead) => found.help(format!("match on the field that tells them apart: `{instead}`")),
        None => found.help("match on the field that tells them apart: `match value.kind { \"a\" => … }`"),
    }
}

/// `map<string, T>`.
pub(in crate::syntax) fn keys_of_a_map(at: Span, written: &str, instead: &str) -> Diagnostic {
    let found = other_word(at, written, instead, written, instead);
    found.note("the keys of a map are texts: only its values have a type")
}

/// `on failure retry`.
pub(in crate::syntax) fn retry_as_a_handler(at: Span, expected: &str) -> Diagnostic {
    super::unexpected(at, expected, "`retry`").help("a retry is a clause of its own: `retry { attempts 3 }`")
}

pub(in crate::syntax) fn alias_missing(at: Span, name: &str) -> Diagnostic {
    missing(at, "`as`", "the file")
        .help(format!("write `as {name}`, or name what is taken: `import {{ … }} from …`"))
        .fix_suggested(format!("call it `{name}`"), at, format!(" as {name}"))
}

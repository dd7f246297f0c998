//! Texts without their quotes, names with quotes, and where a file or a secret comes from.

use super::Found;
use super::phrases::{is_clause, respelled, written};
use crate::syntax::draft::Patch;
use crate::syntax::errors;
use crate::syntax::grammar::Rule;
use crate::syntax::repair::Failure;
use crate::syntax::scan::Kind;

/// `lock db`, `pass PATH`, `from std/patterns.wf`, `fail reason`.
pub(super) fn text_without_quotes(failure: &Failure<'_>) -> Option<Found> {
    let (expected, found) = (&failure.expected, failure.found);
    let wanted = expected.has(Rule::string) || expected.has(Rule::strings);
    if !wanted || expected.expression() || expected.ty() || expected.arm() || expected.name() || failure.at_line_start()
    {
        return None;
    }
    let last = end_of_word(failure, found)?;
    let text = written(failure.tokens, found, last);
    let instead = match failure.text(-1) {
        "fail" | "label" => format!("\"${{{text}}}\""),
        _ => format!("\"{text}\""),
    };
    let fault = errors::slips::without_quotes(failure.span(found, last), text, &instead);
    Some((fault, vec![failure.replace(found, last, instead)]))
}

/// The last of the tokens that stand together without a space and look like a word or a path.
fn end_of_word(failure: &Failure<'_>, first: usize) -> Option<usize> {
    let tokens = failure.tokens;
    let joined = |index: &usize| *index == first || tokens.list[index - 1].end == tokens.list[*index].start;
    let plain = |index: &usize| {
        let token = tokens.list[*index];
        matches!(token.kind, Kind::Word | Kind::Number) || matches!(tokens.text(*index), "/" | "." | "-" | ".." | "~")
    };
    let last = (first..tokens.list.len()).take_while(|index| joined(index) && plain(index)).last()?;
    let begins = tokens.kind(first) == Some(Kind::Word) && !errors::is_reserved(tokens.text(first));
    let path = tokens.text(first) == "/" || tokens.text(first + 1) == "/";
    let ends = tokens.list.get(last + 1).is_none_or(|next| next.first || next.closes());
    let goes_on = matches!(tokens.text(last + 1), "," | "->" | "{") || is_clause(tokens.text(last + 1));
    let word = tokens.kind(last + 1) == Some(Kind::Word);
    ((begins || path) && (ends || goes_on || word)).then_some(last)
}

/// `cwd /tmp`, `command ./run`.
pub(super) fn path_without_quotes(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    let path = matches!(failure.text(0), "/" | "." | ".." | "~") && matches!(tokens.kind(found + 1), Some(Kind::Word));
    let path = path || (failure.text(0) == "." && failure.text(1) == "/");
    let setting = tokens.kind(found.checked_sub(1)?) == Some(Kind::Word) && !failure.at_line_start();
    if !path || !setting || !failure.expected.expression() {
        return None;
    }
    let joined = |index: &usize| *index == found || tokens.list[index - 1].end == tokens.list[*index].start;
    let last = (found..tokens.list.len()).take_while(|index| joined(index) && !tokens.list[*index].closes()).last()?;
    let text = written(tokens, found, last);
    let instead = format!("\"{text}\"");
    let fault = errors::slips::without_quotes(failure.span(found, last), text, &instead);
    Some((fault, vec![failure.replace(found, last, instead)]))
}

/// `method "GET"`, `raises "quota"`.
pub(super) fn name_in_quotes(failure: &Failure<'_>) -> Option<Found> {
    let (expected, found) = (&failure.expected, failure.found);
    let name = [Rule::any_name, Rule::classes, Rule::name, Rule::op_name, Rule::op_path, Rule::path];
    let wanted =
        name.into_iter().any(|rule| expected.has(rule)) && !expected.expression() && !expected.has(Rule::string);
    let text = failure.text(0).strip_prefix('"')?.strip_suffix('"')?;
    let word = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !wanted || !word || failure.at_line_start() || errors::is_reserved(text) {
        return None;
    }
    Some((errors::slips::in_quotes(failure.here(), text), vec![failure.replace(found, found, text)]))
}

/// `secret s = "…"`, `secret s from "NAME"`.
pub(super) fn secret_as_text(failure: &Failure<'_>) -> Option<Found> {
    let found = failure.found;
    let text = |offset: usize| failure.tokens.kind(found + offset) == Some(Kind::String);
    if failure.text(0) == "=" && failure.text(-2) == "secret" && text(1) {
        let fault = errors::slips::secret_in_the_text(failure.span(found, found + 1));
        return Some((fault, vec![failure.replace(found, found + 1, "from env \"NAME\"")]));
    }
    if failure.text(-1) != "from" || failure.text(-3) != "secret" || !text(0) {
        return None;
    }
    // Anything else may be the secret itself, which no message repeats.
    let variable = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    if failure.text(0).trim_matches('"').bytes().all(variable) {
        return Some(respelled(failure, (found, found), &format!("env {}", failure.text(0))));
    }
    let fault = errors::slips::secret_in_the_text(failure.here());
    Some((fault, vec![failure.replace(found, found, "env \"NAME\"")]))
}

/// `import "team/agents.wf"`, `import * from "team/agents.wf"`.
pub(super) fn whole_file(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    if tokens.text(0) != "import" {
        return None;
    }
    if found == 1 && failure.text(0) == "*" && failure.text(1) == "from" && tokens.kind(3) == Some(Kind::String) {
        let instead = format!("{} as {}", tokens.text(3), alias(tokens.text(3)));
        return Some(respelled(failure, (1, 3), &instead));
    }
    let bare = found == 2 && tokens.kind(1) == Some(Kind::String) && failure.expected.has(Rule::k_as);
    bare.then(|| {
        let name = alias(tokens.text(1));
        let patch = Patch::insert(tokens.list[1].end, format!(" as {name} "));
        (errors::slips::alias_missing(failure.after_previous(), &name), vec![patch])
    })
}

/// A name for all that a file declares: that of the file.
fn alias(path: &str) -> String {
    let file = path.trim_matches('"').rsplit('/').next().unwrap_or_default();
    let stem = file.strip_suffix(".wf").unwrap_or(file);
    let name: String = stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic());
    if begins && !errors::is_reserved(&name) { name } else { format!("file_{name}") }
}

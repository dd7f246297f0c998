//! Edits of clauses for fixes. Clauses leave no tree behind, so their text is looked at; where it looks unusual (a comment in
//! between), there is no edit.

use crate::base::source::Sources;
use crate::base::span::Span;
use crate::diag::Edit;

/// Words that start clauses: in `after` a stage of such a name is back-quoted.
const CLAUSE_WORDS: [&str; 18] = [
    "after", "when", "retry", "timeout", "deadline", "priority", "parallel", "cache", "label", "repeat", "on", "undo",
    "lock", "budget", "need", "to", "quorum", "not",
];

/// Removes one name from an `after` clause; with the last name the clause goes, with the last clause its braces.
pub fn cut_after(sources: &Sources, name: Span) -> Option<Edit> {
    let text = &sources.get(name.file).text;
    let (mut start, mut end) = quoted(text, name);
    if let Some(before) = text[..start].trim_end().strip_suffix(',') {
        return Some(edit(name, before.trim_end().len(), end, ""));
    }
    if let Some(after) = text[end..].trim_start().strip_prefix(',') {
        return Some(edit(name, start, text.len() - after.trim_start().len(), ""));
    }
    let before = text[..start].trim_end().strip_suffix("after")?;
    if before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    start = before.trim_end().len();
    let rest = text[end..].trim_start();
    if let (Some(outer), Some(rest)) = (before.trim_end().strip_suffix('{'), rest.strip_prefix('}')) {
        (start, end) = (outer.trim_end().len(), text.len() - rest.len());
    }
    Some(edit(name, start, end, ""))
}

/// Adds `after NAME` to a stage: to a clause that it has (the place of its last name), or to the braces that follow its call,
/// or in braces of its own.
pub fn add_after(sources: &Sources, call: Span, last_after: Option<Span>, name: &str) -> Edit {
    let text = &sources.get(call.file).text;
    let name = if CLAUSE_WORDS.contains(&name) { format!("`{name}`") } else { name.to_owned() };
    if let Some(last) = last_after {
        let (_, end) = quoted(text, last);
        return edit(last, end, end, &format!(", {name}"));
    }
    let end = call.end as usize;
    match text[end..].trim_start().strip_prefix('{') {
        Some(inside) => {
            let at = text.len() - inside.len();
            edit(call, at, at, &format!("{}after {name}", lead(inside)))
        }
        None => edit(call, end, end, &format!(" {{ after {name} }}")),
    }
}

/// What stands before a first clause in braces: a space, or in braces of several lines the start of a line.
fn lead(inside: &str) -> String {
    let mut lines = inside.lines();
    match lines.next() {
        Some(first) if first.trim().is_empty() => {
            let next = lines.next().unwrap_or_default();
            format!("\n{}", &next[..next.len() - next.trim_start().len()])
        }
        _ => " ".to_owned(),
    }
}

/// The bytes of a name with its back-quotes.
fn quoted(text: &str, name: Span) -> (usize, usize) {
    let (start, end) = (name.start as usize, name.end as usize);
    if text[..start].ends_with('`') && text[end..].starts_with('`') { (start - 1, end + 1) } else { (start, end) }
}

fn edit(file_of: Span, start: usize, end: usize, text: &str) -> Edit {
    let offset = |at: usize| u32::try_from(at).expect("sources are limited to 1 GiB");
    Edit { span: Span::new(file_of.file, offset(start), offset(end)), text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Applies an edit at the place of `at` (the last one) in `text`.
    fn after_cut(text: &str, at: &str) -> Option<String> {
        let mut sources = Sources::default();
        let file = sources.add("a.wf", text);
        let start = u32::try_from(text.rfind(at)?).ok()?;
        let edit = cut_after(&sources, Span::new(file, start, start + u32::try_from(at.len()).ok()?))?;
        let mut changed = text.to_owned();
        changed.replace_range(edit.span.range(), &edit.text);
        Some(changed)
    }

    fn after_add(text: &str, call: &str, name: &str) -> String {
        let mut sources = Sources::default();
        let file = sources.add("a.wf", text);
        let end = u32::try_from(text.find(call).expect("it is there") + call.len()).expect("it is short");
        let edit = add_after(&sources, Span::new(file, 0, end), None, name);
        let mut changed = text.to_owned();
        changed.replace_range(edit.span.range(), &edit.text);
        changed
    }

    #[test]
    fn a_name_goes_with_as_much_as_would_be_left_empty() {
        assert_eq!(after_cut("stage a = x.y() { after b }", "b").as_deref(), Some("stage a = x.y()"));
        assert_eq!(after_cut("a.b() { timeout 1s after b }", "b").as_deref(), Some("a.b() { timeout 1s }"));
        assert_eq!(after_cut("a.b() { after b timeout 1s }", "b").as_deref(), Some("a.b() { timeout 1s }"));
        assert_eq!(after_cut("a.b() { after c, b }", "b").as_deref(), Some("a.b() { after c }"));
        assert_eq!(after_cut("a.b() { after b, c }", "b").as_deref(), Some("a.b() { after c }"));
        assert_eq!(after_cut("a.b() { after `b` }", "b").as_deref(), Some("a.b()"));
        assert_eq!(after_cut("a.b() { after // why\n b }", "b"), None);
    }

    #[test]
    fn a_clause_is_added_where_it_can_stand() {
        assert_eq!(after_add("x.y(1)\n", "x.y(1)", "b"), "x.y(1) { after b }\n");
        assert_eq!(after_add("x.y(1) { timeout 1s }", "x.y(1)", "b"), "x.y(1) { after b timeout 1s }");
        assert_eq!(
            after_add("x.y(1) {\n    timeout 1s\n}", "x.y(1)", "retry"),
            "x.y(1) {\n    after `retry`\n    timeout 1s\n}"
        );
    }
}

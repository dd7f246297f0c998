//! The lines that a fix leaves behind: what stands under `= help:`.

use std::ops::Range;

use crate::base::source::{Source, Sources};
use crate::diag::{Edit, Fix};

/// Longest preview, in lines.
const LINES_MAX: usize = 4;

/// A line as it reads after the fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLine {
    /// Its number after the fix, from 1.
    pub number: u32,
    /// Its text.
    pub text: String,
    /// The bytes of it that the fix wrote.
    pub changed: Range<usize>,
}

/// The lines that `fix` writes or changes, at most four; none where it only removes lines or works on several files.
pub fn corrected(sources: &Sources, fix: &Fix) -> Vec<NewLine> {
    let mut edits: Vec<&Edit> = fix.edits.iter().collect();
    edits.sort_by_key(|edit| edit.span);
    let Some((first, last)) = edits.first().zip(edits.last()) else { return Vec::new() };
    if first.span.file != last.span.file {
        return Vec::new();
    }
    let source = sources.get(first.span.file);
    let number = source.place(first.span.start).line;
    let region = whole_lines(source, first.span.start, last.span.end);
    let old = &source.text[region.clone()];
    let new = apply(source, region, &edits);
    changed_lines(number, old, &new)
}

fn whole_lines(source: &Source, start: u32, end: u32) -> Range<usize> {
    let first = source.line_range(source.place(start).line);
    let last = source.line_range(source.place(end).line);
    first.start..last.end.max(first.start)
}

fn apply(source: &Source, region: Range<usize>, edits: &[&Edit]) -> String {
    let mut out = String::new();
    let mut at = region.start;
    for edit in edits {
        let range = edit.span.range();
        // Edits do not overlap; one that does is a mistake in a message, and its preview shows the first.
        if range.start < at {
            continue;
        }
        out.push_str(&source.text[at..range.start]);
        out.push_str(&edit.text);
        at = range.end;
    }
    out.push_str(&source.text[at..region.end]);
    out
}

fn changed_lines(number: u32, old: &str, new: &str) -> Vec<NewLine> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let before = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let after = old[before..].iter().rev().zip(new[before..].iter().rev()).take_while(|(a, b)| a == b).count();
    let written = &new[before..new.len() - after];
    if written.iter().all(|line| line.trim().is_empty()) {
        return Vec::new();
    }
    let replaced = &old[before..old.len() - after];
    let number = number + u32::try_from(before).expect("lines of a source fit");
    (number..)
        .zip(written.iter().enumerate())
        .take(LINES_MAX)
        .map(|(number, (index, line))| NewLine {
            number,
            text: (*line).to_owned(),
            changed: difference(replaced.get(index).copied().unwrap_or(""), line),
        })
        .collect()
}

fn difference(old: &str, new: &str) -> Range<usize> {
    let start: usize = old.chars().zip(new.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let same_end: usize = old[start..]
        .chars()
        .rev()
        .zip(new[start..].chars().rev())
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    start..new.len() - same_end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::span::Span;
    use crate::diag::{Code, Diagnostic};

    fn preview(text: &str, start: u32, end: u32, replacement: &str) -> Vec<(u32, String)> {
        let mut sources = Sources::default();
        let span = Span::new(sources.add("a.wf", text), start, end);
        let diagnostic = Diagnostic::new(Code::WF0001, span, "wrong").fix_safe("fix", span, replacement);
        let fix = diagnostic.fix.expect("given above");
        corrected(&sources, &fix).into_iter().map(|line| (line.number, line.text)).collect()
    }

    #[test]
    fn only_lines_that_read_differently_are_shown() {
        assert_eq!(preview("a\nb c\nd\n", 4, 5, "x"), [(2, "b x".into())]);
        assert_eq!(preview("a\nb\n", 1, 1, "\nnew"), [(2, "new".into())]);
        assert_eq!(preview("a\nb\n", 2, 2, "new\n"), [(2, "new".into())]);
        assert_eq!(preview("a\r\nb\r\n", 3, 4, "c"), [(2, "c".into())]);
        assert_eq!(preview("a\nb\n", 0, 2, ""), []);
        assert_eq!(preview("a", 1, 1, "!"), [(1, "a!".into())]);
    }
}

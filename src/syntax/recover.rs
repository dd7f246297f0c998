//! Parses a file item by item, and goes on after what does not parse.

use std::ops::Range;

use crate::base::span::FileId;
use crate::diag::{Code, Diagnostic};
use crate::syntax::ast::File;
use crate::syntax::brackets;
use crate::syntax::comments::Comments;
use crate::syntax::draft::{Draft, Patch};
use crate::syntax::repair;
use crate::syntax::scan::{self, Token};
use crate::syntax::split::Tokens;

/// How many bytes may be parsed once more to find good patches, for a file that has faults.
const BUDGET_BYTES: usize = 8 << 20;

/// The tree of a text, and what is wrong with it.
pub(super) fn parse(file: FileId, text: &str) -> (File, Vec<Diagnostic>) {
    let scanned = scan::scan(file, text);
    let comments = Comments::new(text, scanned.comments);
    let mut found = scanned.found;
    let strings = Quiet::new(text, found.iter().filter(is_unclosed_string));
    found.retain(|problem| is_unclosed_string(&problem) || !strings.covers(problem));
    if scanned.refused {
        return (File { items: Vec::new(), comments: comments.into_list() }, found);
    }
    let draft = Draft::verbatim(text);
    let tokens = scanned.tokens;
    let (draft, tokens) = patch(draft, tokens, scanned.patches);
    let (mut deep, patches) = brackets::too_deep(file, &draft, Tokens { text: &draft.text, list: &tokens });
    let (draft, tokens) = patch(draft, tokens, patches);
    let (mut open, patches) = brackets::mismatched(file, &draft, Tokens { text: &draft.text, list: &tokens }, &deep);
    let (draft, tokens) = patch(draft, tokens, patches);
    deep.retain(|problem| !strings.covers(problem));
    open.retain(|problem| !strings.covers(problem));
    let quiet = Quiet::new(text, found.iter().filter(is_unclosed_string).chain(&deep).chain(&open));
    found.extend(deep);
    found.extend(open.iter().cloned());
    let mut items = Vec::new();
    let mut budget = BUDGET_BYTES;
    let tokens = Tokens { text: &draft.text, list: &tokens };
    for range in tokens.items() {
        let mut part = tokens.list[range.start].start..tokens.list[range.end - 1].end;
        while !part.is_empty() {
            let outcome = repair::item(file, &draft.part(part.clone()), &comments, &mut budget);
            items.extend(outcome.item);
            found.extend(outcome.faults.into_iter().filter(|fault| !quiet.covers(fault)));
            let echo = |problem: &Diagnostic| {
                matches!(problem.code, Code::WF0009 | Code::WF0012)
                    && open.iter().any(|bracket| outcome.span.range().contains(&(bracket.primary.span.start as usize)))
            };
            found.extend(outcome.found.into_iter().filter(|problem| !quiet.covers(problem) && !echo(problem)));
            part.start = outcome.rest.map_or(part.end, |rest| part.start + rest);
        }
    }
    (File { items, comments: comments.into_list() }, found)
}

fn patch<'a>(draft: Draft<'a>, tokens: Vec<Token>, patches: Vec<Patch>) -> (Draft<'a>, Vec<Token>) {
    if patches.is_empty() {
        return (draft, tokens);
    }
    let draft = draft.patched(patches);
    let tokens = scan::tokens(&draft.text);
    (draft, tokens)
}

fn is_unclosed_string(problem: &&Diagnostic) -> bool {
    problem.code == Code::WF0003
}

/// Lines with an unclosed string or bracket: what the grammar says about them is an echo.
struct Quiet {
    lines: Vec<Range<u32>>,
}

impl Quiet {
    fn new<'a>(text: &str, found: impl Iterator<Item = &'a Diagnostic>) -> Self {
        let labels = |problem: &'a Diagnostic| [&problem.primary].into_iter().chain(&problem.related);
        let places = found.flat_map(labels).map(|label| label.span.start);
        Self { lines: places.map(|at| line_of(text, at)).collect() }
    }

    fn covers(&self, fault: &Diagnostic) -> bool {
        let at = fault.primary.span.start;
        self.lines.iter().any(|line| (line.start..=line.end).contains(&at))
    }
}

fn line_of(text: &str, at: u32) -> Range<u32> {
    let at = (at as usize).min(text.len());
    let start = text[..at].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let end = text[at..].find(['\n', '\r']).map_or(text.len(), |length| at + length);
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    offset(start)..offset(end)
}

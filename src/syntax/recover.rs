//! Parses a file item by item, and goes on after what does not parse.
//!
//! First the text is made readable below the grammar: strings are closed, strange characters replaced, brackets matched.
//! Then each item is parsed by itself, so that a fault in one says nothing about another.

use std::ops::Range;

use crate::base::span::{FileId, Span};
use crate::diag::{Code, Diagnostic, Severity};
use crate::syntax::ast::File;
use crate::syntax::brackets;
use crate::syntax::chains;
use crate::syntax::comments::Comments;
use crate::syntax::draft::Draft;
use crate::syntax::errors;
use crate::syntax::pieces;
use crate::syntax::repair::{self, Outcome};
use crate::syntax::scan::{self, Token};
use crate::syntax::split::Tokens;

/// How many bytes may be parsed once more to find good patches, for a file that has faults.
const BUDGET_BYTES: usize = 8 << 20;

/// The tree of a text, and what is wrong with it.
pub(super) fn parse(file: FileId, text: &str) -> (File, Vec<Diagnostic>) {
    let mut scanned = scan::scan(file, text);
    let comments = Comments::new(text, std::mem::take(&mut scanned.comments));
    if scanned.refused {
        return (File { items: Vec::new(), comments: comments.into_list() }, scanned.found);
    }
    let readable = Readable::new(file, text, scanned);
    let items = readable.items(file, &comments);
    let mended = readable.mended || items.iter().any(|outcome| outcome.mended);
    let mut found = readable.found;
    let mut tree = File { items: Vec::new(), comments: comments.into_list() };
    for outcome in items {
        found.extend(readable.quiet.heard(outcome.faults.into_iter().chain(outcome.found)));
        tree.items.extend(outcome.item);
    }
    // Invariant: what does not parse is never accepted in silence, whatever was taken for an echo.
    if mended && !found.iter().any(|problem| problem.severity == Severity::Error) {
        found.push(errors::unreadable(Span::start_of(file)));
    }
    (tree, found)
}

/// A text without faults below the grammar, and what had to be done for that.
struct Readable<'a> {
    draft: Draft<'a>,
    tokens: Vec<Token>,
    found: Vec<Diagnostic>,
    quiet: Quiet,
    /// It was not readable as it stands.
    mended: bool,
}

impl<'a> Readable<'a> {
    fn new(file: FileId, text: &'a str, scanned: scan::Scan) -> Self {
        let mut this = Self {
            draft: Draft::verbatim(text),
            tokens: scanned.tokens,
            found: Vec::new(),
            quiet: Quiet { lines: Vec::new(), items: Vec::new(), prose: Vec::new(), spots: Vec::new() },
            mended: false,
        };
        let endless = |problem: &&Diagnostic| {
            let rest = &text[problem.primary.span.start as usize..];
            is_unclosed(problem) && (rest.starts_with("\"\"\"") || rest.starts_with("${"))
        };
        this.quiet.prose = this.items_around(scanned.found.iter().filter(endless));
        let spots = spots(&scanned.found);
        this.take(text, (scanned.found, scanned.patches), is_unclosed);
        this.quiet.spots = spots;
        let deep = brackets::too_deep(file, &this.draft, this.tokens());
        let endless = this.items_around(deep.0.iter().filter(|problem| is_unclosed(problem)));
        this.take(text, deep, |_| true);
        this.quiet.lines.extend(endless);
        let long = chains::too_long(file, &this.draft, this.tokens());
        this.take(text, long, |_| true);
        let (found, patches) = brackets::mismatched(file, &this.draft, this.tokens());
        let open = (without_crossed(text, found), patches);
        this.quiet.items = this.items_around(open.0.iter());
        this.take(text, open, |_| true);
        this
    }

    fn tokens(&self) -> Tokens<'_> {
        Tokens { text: &self.draft.text, list: &self.tokens }
    }

    /// Applies patches and adds what is wrong. Lines with a `loud` problem get no more messages; an unclosed string is
    /// louder than the rest.
    fn take(&mut self, text: &str, (found, patches): brackets::Repair, loud: fn(&Diagnostic) -> bool) {
        let (strings, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|problem| problem.code == Code::WF0003);
        self.quiet.lines.extend(strings.iter().flat_map(|problem| lines_of(text, problem)));
        let others: Vec<_> = self.quiet.heard(others.into_iter()).collect();
        self.quiet
            .lines
            .extend(others.iter().filter(|problem| loud(problem)).flat_map(|problem| lines_of(text, problem)));
        self.found.extend(strings.into_iter().chain(others));
        if !patches.is_empty() {
            self.mended = true;
            self.draft = self.draft.patched(patches);
            self.tokens = scan::tokens(&self.draft.text);
        }
    }

    /// The places of the items around some problems, in the user's text.
    fn items_around<'b>(&self, problems: impl Iterator<Item = &'b Diagnostic>) -> Vec<Range<u32>> {
        let mut problems = problems.map(|problem| problem.primary.span.start).peekable();
        if problems.peek().is_none() {
            return Vec::new();
        }
        let items: Vec<Range<u32>> = self.tokens().items_by_line().into_iter().map(|range| self.place(range)).collect();
        let around = |at: u32| items.get(items.partition_point(|item| item.end <= at)).cloned();
        let mut found: Vec<Range<u32>> = problems.filter_map(around).collect();
        found.dedup();
        found
    }

    fn place(&self, range: Range<usize>) -> Range<u32> {
        self.draft.start(self.tokens[range.start].start)..self.draft.end(self.tokens[range.end - 1].end)
    }

    fn items(&self, file: FileId, comments: &Comments<'_>) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        let mut budget = BUDGET_BYTES;
        for range in self.tokens().items() {
            let whole = || pieces::workflow(file, &self.draft, self.tokens(), range.clone(), comments);
            if let Some(outcome) = (!self.mended).then(whole).flatten() {
                outcomes.push(outcome);
                continue;
            }
            let mut part = self.tokens[range.start].start..self.tokens[range.end - 1].end;
            while !part.is_empty() {
                let outcome = repair::item(file, &self.draft.part(part.clone()), comments, &mut budget);
                part.start = outcome.rest.map_or(part.end, |rest| part.start + rest);
                outcomes.push(outcome);
            }
        }
        outcomes
    }
}

fn is_unclosed(problem: &Diagnostic) -> bool {
    matches!(problem.code, Code::WF0002 | Code::WF0003)
}

/// Where a string or bracket had to be closed: what is said there later is an echo.
struct Quiet {
    /// Nothing more is said about these.
    lines: Vec<Range<u32>>,
    /// Items whose statements may have moved: clauses and `return` may stand wrong for that reason alone.
    items: Vec<Range<u32>>,
    /// Items with a `"""` or `${` that is never closed: what was read as code may be text.
    prose: Vec<Range<u32>>,
    /// What stands there was replaced, and something was said about it: in order.
    spots: Vec<Range<u32>>,
}

/// The places where something strange was found, in order.
fn spots(found: &[Diagnostic]) -> Vec<Range<u32>> {
    let mut spots: Vec<Range<u32>> =
        found.iter().map(|problem| problem.primary.span.start..problem.primary.span.end).collect();
    spots.sort_unstable_by_key(|spot| spot.start);
    spots
}

impl Quiet {
    fn heard(&self, found: impl Iterator<Item = Diagnostic>) -> impl Iterator<Item = Diagnostic> {
        found.filter(|problem| !self.covers(problem))
    }

    fn covers(&self, problem: &Diagnostic) -> bool {
        let at = problem.primary.span.start;
        let moved = matches!(problem.code, Code::WF0009 | Code::WF0012);
        let prose = problem.code == Code::WF0017;
        let spot = self.spots.partition_point(|spot| spot.end <= at);
        self.spots.get(spot).is_some_and(|spot| spot.contains(&at))
            || self.lines.iter().any(|line| (line.start..=line.end).contains(&at))
            || (prose && self.prose.iter().any(|item| item.contains(&at)))
            || (moved && self.items.iter().any(|item| item.contains(&at)))
    }
}

/// Brackets that close nothing on a line where others are not closed are the same slip: one of them is missing or too many.
fn without_crossed(text: &str, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let line = |problem: &Diagnostic| line_of(text, problem.primary.span.start).start;
    let unclosed: Vec<u32> = found.iter().filter(|problem| !problem.related.is_empty()).map(line).collect();
    found.into_iter().filter(|problem| !problem.related.is_empty() || !unclosed.contains(&line(problem))).collect()
}

/// The lines that a problem points at.
fn lines_of(text: &str, problem: &Diagnostic) -> Vec<Range<u32>> {
    let labels = [&problem.primary].into_iter().chain(&problem.related);
    labels.map(|label| line_of(text, label.span.start)).collect()
}

fn line_of(text: &str, at: u32) -> Range<u32> {
    let at = (at as usize).min(text.len());
    let start = text[..at].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let end = text[at..].find(['\n', '\r']).map_or(text.len(), |length| at + length);
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    offset(start)..offset(end)
}

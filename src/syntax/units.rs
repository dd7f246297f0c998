//! The parts of a broken text that can be left out so that the rest parses: from an argument up to a whole statement.

use std::ops::Range;

use crate::syntax::draft::{HOLE, Patch};
use crate::syntax::scan::Kind;
use crate::syntax::split::{STATEMENT_WORDS, Tokens};

/// Patches to try one after the other, smallest loss first, when the parse stops at token `found` (one past the last token
/// at the end). `complete` says that what stands before it is complete: then the fault begins there.
pub(super) fn candidates(tokens: Tokens<'_>, found: usize, complete: bool) -> Vec<Patch> {
    let mut patches = Vec::new();
    let mut at = found;
    for open in tokens.enclosing(found) {
        let Some(close) = tokens.closing(open) else { break };
        let inside = open + 1..close;
        let unit = if tokens.is_list(open) {
            segment(tokens, inside.clone(), at)
        } else {
            entry(tokens, inside.clone(), at, complete && at == found)
        };
        if !unit.is_empty() {
            parts(tokens, unit.clone(), at.min(close), &mut patches);
            patches.push(hole(tokens, unit));
        }
        if tokens.is_list(open) && tokens.text(open) != "(" {
            patches.push(Patch::new(tokens.list[open].start..tokens.list[close].end, HOLE));
        }
        patches.push(empty(tokens, open, close));
        at = open;
    }
    parts(tokens, 0..tokens.list.len(), at, &mut patches);
    patches
}

/// The last token of the smallest part around token `found`.
pub(super) fn end_of(tokens: Tokens<'_>, found: usize) -> usize {
    let Some(open) = tokens.enclosing(found).first().copied() else { return found };
    let Some(close) = tokens.closing(open) else { return found };
    let unit = if tokens.is_list(open) {
        segment(tokens, open + 1..close, found)
    } else {
        entry(tokens, open + 1..close, found, true)
    };
    unit.end.saturating_sub(1)
}

/// Whether something in the list around token `found` has a name before a colon.
pub(super) fn has_names(tokens: Tokens<'_>, found: usize) -> bool {
    let Some(open) = tokens.enclosing(found).first().copied() else { return false };
    let close = tokens.closing(open).unwrap_or(tokens.list.len());
    top_level(tokens, open + 1..close).any(|index| tokens.text(index) == ":")
}

/// The comma-separated part around a token.
fn segment(tokens: Tokens<'_>, inside: Range<usize>, at: usize) -> Range<usize> {
    let commas: Vec<usize> = top_level(tokens, inside.clone()).filter(|index| tokens.text(*index) == ",").collect();
    let start = commas.iter().rev().find(|comma| **comma < at).map_or(inside.start, |comma| comma + 1);
    let end = commas.iter().find(|comma| **comma >= at).map_or(inside.end, |comma| *comma);
    start..end.max(start)
}

/// The statement, clause, setting or arm around a token; the one before it if that is not complete.
fn entry(tokens: Tokens<'_>, inside: Range<usize>, at: usize, complete: bool) -> Range<usize> {
    let starts = entries(tokens, inside.clone());
    let begins = |start: &usize| if complete { *start <= at } else { *start < at };
    let last = if at >= inside.end { starts.len() } else { starts.iter().take_while(|start| begins(start)).count() };
    let start = last.checked_sub(1).map_or(inside.start, |index| starts[index]);
    start..starts.get(last).copied().unwrap_or(inside.end)
}

/// Where entries begin: at words of statements, and at lines that are indented no more than the first.
fn entries(tokens: Tokens<'_>, inside: Range<usize>) -> Vec<usize> {
    let indent =
        if inside.is_empty() || !tokens.list[inside.start].first { usize::MAX } else { tokens.indent(inside.start) };
    let first = inside.start;
    let begins = |index: &usize| {
        let token = tokens.list[*index];
        let word = tokens.text(*index);
        let continues = matches!(word, "else" | "with" | "stop" | "until" | "every" | "then");
        let line = token.first && indent != usize::MAX && tokens.indent(*index) <= indent && !continues;
        *index == first || (line && token.kind != Kind::Sign) || is_statement(tokens, *index)
    };
    top_level(tokens, inside).filter(begins).collect()
}

/// Whether a statement begins here: its words are reserved, but may be fields and keys.
fn is_statement(tokens: Tokens<'_>, index: usize) -> bool {
    let word = tokens.text(index);
    STATEMENT_WORDS.contains(&word)
        && word != "when"
        && word != "fail"
        && index > 0
        && !matches!(tokens.text(index - 1), "." | "?." | "on" | "failure")
        && !matches!(tokens.text(index + 1), ":" | "," | "?" | ")")
}

/// The tokens of a range that stand in no bracket of their own; an opening bracket is one of them.
fn top_level(tokens: Tokens<'_>, range: Range<usize>) -> impl Iterator<Item = usize> {
    let mut depth = 0_usize;
    range.filter(move |index| {
        let token = tokens.list[*index];
        depth -= usize::from(token.closes()).min(depth);
        let top = depth == 0 && !token.closes();
        depth += usize::from(token.opens());
        top
    })
}

/// Smaller parts of a unit: the value after `:` or `=`, what follows its first word, the condition of a `when`.
fn parts(tokens: Tokens<'_>, unit: Range<usize>, at: usize, patches: &mut Vec<Patch>) {
    let sign = |sign: &str| top_level(tokens, unit.clone()).find(|index| tokens.text(*index) == sign);
    if let Some(after) = sign(":").or_else(|| sign("=")).or_else(|| sign("=>")).filter(|index| *index < at) {
        patches.push(hole(tokens, after + 1..unit.end));
    }
    if unit.start < at && tokens.kind(unit.start) == Some(Kind::Word) && tokens.text(unit.start) != "stage" {
        let block = (at..unit.end).find(|index| tokens.text(*index) == "{" && tokens.text(unit.start) == "when");
        patches.push(hole(tokens, unit.start + 1..block.unwrap_or(unit.end)));
    }
}

/// A hole in place of some tokens, or where they would stand.
fn hole(tokens: Tokens<'_>, range: Range<usize>) -> Patch {
    let Some(last) = tokens.list.get(range.end.wrapping_sub(1)).filter(|_| !range.is_empty()) else {
        let at = range.start.checked_sub(1).map_or(0, |before| tokens.list[before].end);
        return Patch::insert(at, format!(" {HOLE}"));
    };
    Patch::new(tokens.list[range.start].start..last.end, HOLE)
}

/// Nothing, or a hole, in place of all that stands in a bracket.
fn empty(tokens: Tokens<'_>, open: usize, close: usize) -> Patch {
    let inside = if tokens.text(open) == "{" { "" } else { HOLE };
    Patch::new(tokens.list[open].end..tokens.list[close].start, inside)
}

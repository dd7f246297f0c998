//! A long workflow, parsed in pieces of some statements each: what pest keeps of a text takes many times the room of the
//! text, and so it is given back soon.
//!
//! Changes nothing but the cost: where a piece does not parse, the workflow is parsed as a whole, with recovery.

use std::ops::Range;

use crate::base::span::FileId;
use crate::diag::Diagnostic;
use crate::syntax::ast::{Item, Stmt};
use crate::syntax::comments::Comments;
use crate::syntax::draft::{Draft, Patch};
use crate::syntax::fold::Fold;
use crate::syntax::repair::{self, Outcome};
use crate::syntax::scan::{Kind, Token};
use crate::syntax::split::{STATEMENT_WORDS, Tokens};

/// How long a workflow is that is parsed in pieces.
const LONG_BYTES: u32 = 16 << 10;

/// How long a piece gets: many statements, so that what each piece costs does not matter, and few enough that its nodes stay
/// in the cache. They take some fifty times the room of the text.
const PIECE_BYTES: u32 = 2 << 10;

/// The workflow in a range of tokens; `None` if it is none, or short, or has faults.
pub(super) fn workflow(
    file: FileId,
    draft: &Draft<'_>,
    tokens: Tokens<'_>,
    range: Range<usize>,
    comments: &Comments<'_>,
) -> Option<Outcome> {
    let (first, last) = (tokens.list.get(range.start)?, tokens.list.get(range.end - 1)?);
    if tokens.text(range.start) != "workflow" || last.end - first.start < LONG_BYTES {
        return None;
    }
    let pieces = pieces(tokens, range.clone())?;
    let (mut item, mut found) = head(file, draft, tokens, first.start..pieces.first()?.start, comments)?;
    let Item::Workflow(workflow) = &mut item else { return None };
    for piece in pieces {
        found.extend(statements(file, &draft.part(piece), comments, &mut workflow.body)?);
    }
    workflow.body.shrink_to_fit();
    found.extend(Fold::new(file, draft, comments).returns_of(&workflow.body));
    workflow.span.end = draft.end(last.end);
    Some(Outcome { item: Some(item), faults: Vec::new(), found, rest: None, mended: false })
}

/// The places of the statements between the braces of the body, several in each piece.
fn pieces(tokens: Tokens<'_>, range: Range<usize>) -> Option<Vec<Range<u32>>> {
    let mut pieces: Vec<Range<u32>> = Vec::new();
    // The brackets of its parameters and result are closed again: only its body is open between statements.
    let (mut depth, mut body) = (0_usize, None);
    for index in range.clone() {
        let token = tokens.list[index];
        depth = depth.checked_sub(usize::from(token.closes()))?;
        if depth == 1 && body.is_some() && starts(tokens, index) {
            match pieces.last() {
                Some(piece) if token.start - piece.start < PIECE_BYTES => {}
                _ => pieces.push(token.start..token.start),
            }
        }
        if depth == 0 && tokens.text(index) == "{" && is_body(tokens, range.start, index) {
            body = Some(index);
        }
        depth += usize::from(token.opens());
    }
    let close = tokens.list[range.end - 1];
    (depth == 0 && close.kind == Kind::Close && tokens.text(range.end - 1) == "}").then_some(())?;
    end_pieces(tokens, &mut pieces, close);
    Some(pieces)
}

/// Whether a statement begins at a token of a body.
fn starts(tokens: Tokens<'_>, index: usize) -> bool {
    let before = tokens.text(index - 1);
    STATEMENT_WORDS.contains(&tokens.text(index)) && !matches!(before, "." | "?." | "else")
}

/// Whether a brace outside of all others begins the body, rather than the record that is the result.
fn is_body(tokens: Tokens<'_>, first: usize, index: usize) -> bool {
    index > first && !matches!(tokens.text(index - 1), "->" | "|" | "secret" | "untrusted" | "trusted" | "approved")
}

/// Each piece ends with the last token before the next.
fn end_pieces(tokens: Tokens<'_>, pieces: &mut [Range<u32>], close: Token) {
    let starts: Vec<u32> = pieces.iter().skip(1).map(|piece| piece.start).chain([close.start]).collect();
    for (piece, next) in pieces.iter_mut().zip(starts) {
        let last = tokens.list.partition_point(|token| token.start < next);
        piece.end = last.checked_sub(1).map_or(next, |last| tokens.list[last].end);
    }
}

/// The workflow without its statements.
fn head(
    file: FileId,
    draft: &Draft<'_>,
    tokens: Tokens<'_>,
    place: Range<u32>,
    comments: &Comments<'_>,
) -> Option<(Item, Vec<Diagnostic>)> {
    let last = tokens.list.partition_point(|token| token.start < place.end).checked_sub(1)?;
    let part = draft.part(place.start..tokens.list[last].end);
    let end = u32::try_from(part.text.len()).ok()?;
    let closed = part.patched(vec![Patch::insert(end, "}")]);
    let pairs = repair::parse_item(&closed.text)?;
    let (item, found) = Fold::new(file, &closed, comments).finish(pairs);
    Some((item?, found))
}

fn statements(
    file: FileId,
    part: &Draft<'_>,
    comments: &Comments<'_>,
    body: &mut Vec<Stmt>,
) -> Option<Vec<Diagnostic>> {
    let pairs = repair::parse_statements(&part.text)?;
    Some(Fold::new(file, part, comments).more_statements(pairs, body))
}

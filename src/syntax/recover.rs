//! Parses a file item by item, and goes on after what does not parse.

use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};

use crate::base::span::{FileId, Span};
use crate::diag::Diagnostic;
use crate::syntax::ast::{File, Item};
use crate::syntax::comments::Comments;
use crate::syntax::draft::Draft;
use crate::syntax::errors;
use crate::syntax::fold::{self, Fold};
use crate::syntax::grammar::{Grammar, Rule};
use crate::syntax::scan;
use crate::syntax::split::Tokens;

/// The tree of a text, and what is wrong with it.
pub(super) fn parse(file: FileId, text: &str) -> (File, Vec<Diagnostic>) {
    let scanned = scan::scan(file, text);
    let comments = Comments::new(text, scanned.comments);
    let mut found = scanned.found;
    let original = Draft::verbatim(text, 0);
    let (draft, list) = if scanned.patches.is_empty() {
        (original, scanned.tokens)
    } else {
        let draft = original.patched(scanned.patches);
        let tokens = scan::scan(file, &draft.text).tokens;
        (draft, tokens)
    };
    let tokens = Tokens { text: &draft.text, list: &list };
    let mut items = Vec::new();
    for range in tokens.items() {
        let (first, last) = (tokens.list[range.start], tokens.list[range.end - 1]);
        let (item, problems) = parse_item(file, draft.part(first.start..last.end), &comments);
        items.extend(item);
        found.extend(problems);
    }
    (File { items, comments: comments.into_list() }, found)
}

fn parse_item(file: FileId, draft: Draft<'_>, comments: &Comments<'_>) -> (Option<Item>, Vec<Diagnostic>) {
    match Grammar::parse(Rule::only_item, &draft.text) {
        Ok(pairs) => Fold::new(file, &draft, comments).finish(pairs),
        Err(error) => {
            let at = match error.location {
                InputLocation::Pos(at) | InputLocation::Span((at, _)) => u32::try_from(at).unwrap_or(u32::MAX),
            };
            let place = draft.start(at);
            let span = Span::new(file, place, place);
            let expected = match error.variant {
                ErrorVariant::ParsingError { positives, .. } => format!("{positives:?}"),
                ErrorVariant::CustomError { message } => message,
            };
            let end = u32::try_from(draft.text.len()).unwrap_or(u32::MAX);
            let whole = Span::new(file, draft.start(0), draft.end(end));
            let broken = fold::broken(comments.text(), whole);
            (Some(Item::Broken(broken)), vec![errors::unexpected(span, &expected, "something else")])
        }
    }
}

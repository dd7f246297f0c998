//! A text as `wfc fmt` leaves it: one layout for one meaning, 120 columns wide, without options (rulings 41).
//!
//! A [`walk`](walk::Walk) goes along the tree and the text at once and makes steps for a [`printer`](print::print), which chooses
//! the line breaks. What does not parse is kept as it is written.

mod clause;
mod expr;
mod item;
mod op;
mod print;
mod setting;
mod statement;
mod test;
mod types;
mod walk;

use crate::base::span::{FileId, Span};
use crate::base::stack::on_large_stack;
use crate::diag::{Bag, Diagnostic};
use crate::syntax::ast::{File, Item};
use crate::syntax::parse;
use walk::Walk;

/// The text of `file`, formatted. Items in which something is wrong stay as they are, and `bag` says what.
///
/// Formatting what has been formatted changes nothing, and neither changes what a text means.
pub fn format(file: FileId, text: &str, bag: &mut Bag) -> String {
    let (formatted, found) = on_large_stack(|| {
        let mut found = Bag::default();
        let tree = parse(file, text, &mut found);
        let found = found.into_sorted();
        (layout(text, &tree, &found), found)
    });
    found.into_iter().for_each(|diagnostic| bag.push(diagnostic));
    formatted
}

fn layout(text: &str, tree: &File, found: &[Diagnostic]) -> String {
    let mut walk = Walk::new(text, &tree.comments);
    let sure = |item: &Item| found.is_empty() || stands_alone(text, item.span());
    for item in tree.items.iter().filter(|item| is_sound(item.span(), found) && sure(item)) {
        sound(&mut walk, item);
    }
    broken(&mut walk, text.len());
    if !walk.ops.is_empty() {
        walk.hard();
    }
    walk.leads();
    let out = print::print(&walk.ops, line_end(text));
    assert_eq!(letters(text), letters(&out), "only white space and commas come and go");
    out
}

/// How often each byte stands in a text, white space and commas apart.
fn letters(text: &str) -> [usize; 256] {
    let mut counts = [0; 256];
    text.bytes().for_each(|byte| counts[usize::from(byte)] += 1);
    [b' ', b'\n', b'\r', b'\t', b','].into_iter().for_each(|byte| counts[usize::from(byte)] = 0);
    counts
}

/// Whether nothing is wrong inside of an item.
fn is_sound(span: Span, found: &[Diagnostic]) -> bool {
    let first = found.partition_point(|problem| problem.primary.span.start < span.start);
    found.get(first).is_none_or(|problem| problem.primary.span.start > span.end)
}

/// Whether an item is one whatever stands around it: it begins at the margin, its other lines do not but to close brackets, and
/// nothing follows on its last line. In a text in which something is wrong, items are told by their indentation.
fn stands_alone(text: &str, span: Span) -> bool {
    let (before, rest) = (&text[..span.start as usize], &text[span.end as usize..]);
    let mut inner = text[span.range()].split(['\n', '\r']).skip(1);
    let closes = |line: &str| line.is_empty() || line.starts_with([' ', '\t', '}', ')', ']']);
    let after = rest.split(['\n', '\r']).next().unwrap_or_default().trim_start();
    (before.is_empty() || before.ends_with(['\n', '\r']))
        && inner.all(closes)
        && (after.is_empty() || after.starts_with("//"))
}

/// An item with all that stands before it. One whose text is not what its tree says has been mended: it is left to what follows.
fn sound(walk: &mut Walk<'_>, item: &Item) {
    let place = item.span().range();
    if place.start < walk.at {
        return;
    }
    let before = walk.mark();
    broken(walk, place.start);
    separate(walk);
    walk.item(item);
    if walk.lost || walk.token_end != place.end {
        walk.back(&before);
    }
}

/// What stands before `limit` and is no sound item, as it is written.
fn broken(walk: &mut Walk<'_>, limit: usize) {
    if walk.ahead() < limit {
        separate(walk);
        walk.raw(walk.end_before(limit));
    }
}

fn separate(walk: &mut Walk<'_>) {
    if !walk.ops.is_empty() {
        walk.hard();
    }
}

/// That of the first line.
fn line_end(text: &str) -> &'static str {
    match text.find(['\n', '\r']) {
        Some(at) if text[at..].starts_with("\r\n") => "\r\n",
        _ => "\n",
    }
}

#[cfg(test)]
mod tests;

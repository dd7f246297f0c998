//! From the nodes of pest to the tree: the only place that reads them.
//!
//! Invariant: the text has parsed, so every child that the grammar demands is there; `presume` says so. What the grammar
//! accepts beyond the language is reported here, and the tree still has a value for it.

mod clause;
mod expr;
mod item;
mod literal;
mod statement;
mod test;
mod types;

pub(in crate::syntax) use clause::Place;

use std::cell::{Cell, RefCell};

use crate::base::span::{FileId, Span};
use crate::diag::Diagnostic;
use crate::syntax::ast::{Broken, Doc, Item, Name, Path};
use crate::syntax::comments::Comments;
use crate::syntax::draft::Draft;
use crate::syntax::errors;
use crate::syntax::grammar::{Pair, Pairs, Rule, is_noise};
use crate::syntax::split::{ITEM_WORDS, STATEMENT_WORDS};

/// How deep a tree may get: brackets, blocks, and the operators of a chain. Whatever walks a tree may recurse that far.
pub(super) const DEPTH_MAX: u32 = 512;

/// Builds the tree of one item.
pub(super) struct Fold<'a> {
    pub file: FileId,
    /// The text that was parsed.
    pub draft: &'a Draft<'a>,
    /// The text as the user wrote it, with its comments.
    pub comments: &'a Comments<'a>,
    found: RefCell<Vec<Diagnostic>>,
    depth: Cell<u32>,
    too_deep: Cell<bool>,
}

impl<'a> Fold<'a> {
    pub fn new(file: FileId, draft: &'a Draft<'a>, comments: &'a Comments<'a>) -> Self {
        Self { file, draft, comments, found: RefCell::new(Vec::new()), depth: Cell::new(0), too_deep: Cell::new(false) }
    }

    /// The item that `pairs` is, and what is wrong with it.
    pub fn finish(self, mut pairs: Pairs<'_>) -> (Option<Item>, Vec<Diagnostic>) {
        let item = pairs.next().map(|pair| self.item(pair));
        (item, self.found.into_inner())
    }

    fn finish_found(self) -> Vec<Diagnostic> {
        self.found.into_inner()
    }

    fn report(&self, diagnostic: Diagnostic) {
        self.found.borrow_mut().push(diagnostic);
    }

    /// Goes `levels` deeper for `inside`; too deep is reported once and gives `None`.
    fn deeper<T>(&self, levels: u32, span: Span, inside: impl FnOnce() -> T) -> Option<T> {
        let outer = self.depth.get();
        if outer + levels > DEPTH_MAX {
            if !self.too_deep.replace(true) {
                self.report(errors::too_deep_tree(span));
            }
            return None;
        }
        self.depth.set(outer + levels);
        let value = inside();
        self.depth.set(outer);
        Some(value)
    }

    /// The place of a node in the user's text, without the white space and comments after it.
    fn span(&self, pair: &Pair<'_>) -> Span {
        let span = pair.as_span();
        self.place(span.start(), true_end(pair))
    }

    /// The place of `start..end` of the parsed text in the user's.
    fn place(&self, start: usize, end: usize) -> Span {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let start = self.draft.start(offset(start));
        Span { file: self.file, start, end: self.draft.end(offset(end)).max(start) }
    }

    fn doc(&self, pair: &Pair<'_>) -> Doc {
        let start = u32::try_from(pair.as_span().start()).unwrap_or(u32::MAX);
        self.comments.before(self.draft.start(start))
    }

    fn name(&self, pair: &Pair<'_>) -> Name {
        Name { text: pair.as_str().trim_matches('`').to_owned(), span: self.span(pair) }
    }

    fn path(&self, pair: Pair<'_>) -> Path {
        let span = self.span(&pair);
        Path { parts: self.names(pair), span }
    }

    fn names(&self, pair: Pair<'_>) -> Vec<Name> {
        fitted(children(pair).map(|name| self.name(&name)))
    }

    /// What stands in the user's text where a statement or item did not parse.
    fn broken(&self, pair: &Pair<'_>) -> Broken {
        broken(self.comments.text(), self.span(pair))
    }
}

/// What a broken stretch of `text` begins with, and the name that it binds.
pub(super) fn broken(text: &str, span: Span) -> Broken {
    let body = &text[span.range()];
    let (keyword, rest) = first_word(body);
    let at = body.len() - rest.len();
    let (name, _) = first_word(rest.trim_start());
    let start = at + rest.len() - rest.trim_start().len();
    let offset = |at: usize| span.start + u32::try_from(at).unwrap_or_default();
    let place = Span { start: offset(start), end: offset(start + name.len()), ..span };
    let after = rest.trim_start()[name.len()..].trim_start();
    let binds = !STATEMENT_WORDS.contains(&keyword) || matches!(keyword, "let" | "stage");
    let assigned = after.starts_with('=') && !after.starts_with("==");
    let known = assigned || matches!(keyword, "let" | "stage") || ITEM_WORDS.contains(&keyword);
    let named = binds && known && !name.is_empty() && !errors::is_reserved(name);
    let name = named.then(|| Name { text: name.trim_matches('`').to_owned(), span: place });
    Broken { keyword: keyword.to_owned(), name, span }
}

/// The word that `text` begins with, and what follows it.
fn first_word(text: &str) -> (&str, &str) {
    let word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_' || *b == b'`';
    text.split_at(text.bytes().take_while(word).count())
}

/// The children of a node that mean something: keywords and punctuation left out.
fn children(pair: Pair<'_>) -> impl Iterator<Item = Pair<'_>> {
    pair.into_inner().filter(|child| !is_noise(child.as_rule()))
}

/// A list with room for what is in it and no more: there are many, and most have one or two entries.
fn fitted<T>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut list = Vec::with_capacity(items.size_hint().1.unwrap_or(0));
    list.extend(items);
    list.shrink_to_fit();
    list
}

/// The child that the grammar demands next.
fn presume<'i>(children: &mut impl Iterator<Item = Pair<'i>>) -> Pair<'i> {
    children.next().expect("the grammar demands this child")
}

/// Where a node ends: pest counts the white space before an absent optional part as part of it.
fn true_end(pair: &Pair<'_>) -> usize {
    let end = pair.as_span().end();
    if !ends_blank(pair) {
        return end;
    }
    let mut last = pair.clone();
    while ends_blank(&last) {
        match last.clone().into_inner().next_back() {
            Some(child) => last = child,
            None => break,
        }
    }
    last.as_span().end()
}

fn ends_blank(pair: &Pair<'_>) -> bool {
    pair.as_str().ends_with([' ', '\n', '\t', '\r'])
}

/// The first child of kind `rule`.
fn child<'i>(pair: &Pair<'i>, rule: Rule) -> Option<Pair<'i>> {
    pair.clone().into_inner().find(|child| child.as_rule() == rule)
}

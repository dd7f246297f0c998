//! A repaired copy of a text that still knows where each byte came from.
//!
//! Recovery works by editing a copy: it closes brackets, takes out what does not belong, and puts a hole (`HOLE`) where
//! something does not parse. The tree then has the places of the text as the user wrote it.

use std::borrow::Cow;

/// The character that stands for "did not parse" in a draft; the grammar has a rule for it.
pub(super) const HOLE: &str = "\u{1}";

/// Stands for the name of an item that has none. It is known by its place: nothing in the user's text.
pub(super) const NAMELESS: &str = "__";

/// A replacement of `start..end` by `with`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Patch {
    pub start: u32,
    pub end: u32,
    pub with: String,
}

impl Patch {
    pub fn new(range: std::ops::Range<u32>, with: impl Into<String>) -> Self {
        Self { start: range.start, end: range.end, with: with.into() }
    }

    pub fn insert(at: u32, with: impl Into<String>) -> Self {
        Self::new(at..at, with)
    }
}

/// A text, and the way back from each of its offsets to the text that it was made from.
#[derive(Debug, Clone)]
pub(super) struct Draft<'a> {
    pub text: Cow<'a, str>,
    /// Newest last: an offset goes back through all of them, from the last to the first.
    layers: Vec<Layer>,
}

/// One round of patches.
#[derive(Debug, Clone)]
struct Layer {
    pieces: Vec<Piece>,
}

/// A run of bytes that is either verbatim or a replacement.
#[derive(Debug, Clone, Copy)]
struct Piece {
    /// Where it begins in the newer text.
    new: u32,
    /// Where it begins and ends in the older text.
    old: (u32, u32),
    verbatim: bool,
}

impl<'a> Draft<'a> {
    /// The text as it is.
    pub fn verbatim(text: &'a str) -> Self {
        Self { text: Cow::Borrowed(text), layers: Vec::new() }
    }

    /// The part `range` of this draft as a draft of its own.
    pub fn part(&'a self, range: std::ops::Range<u32>) -> Draft<'a> {
        let mut layers = self.layers.clone();
        if range.start > 0 {
            layers.push(Layer::shift(range.start));
        }
        Draft { text: Cow::Borrowed(&self.text[range.start as usize..range.end as usize]), layers }
    }

    /// The text with `patches` applied; they are sorted here and must not overlap (later ones that do are left out).
    pub fn patched(&self, mut patches: Vec<Patch>) -> Draft<'static> {
        patches.sort_by_key(|patch| (patch.start, patch.end));
        let mut text = String::with_capacity(self.text.len() + 16);
        let mut pieces = Vec::with_capacity(patches.len() * 2 + 1);
        let mut at = 0;
        for patch in &patches {
            if patch.start < at {
                continue;
            }
            pieces.push(Piece { new: length(&text), old: (at, patch.start), verbatim: true });
            text.push_str(&self.text[at as usize..patch.start as usize]);
            if !patch.with.is_empty() {
                pieces.push(Piece { new: length(&text), old: (patch.start, patch.end), verbatim: false });
                text.push_str(&patch.with);
            }
            at = patch.end;
        }
        pieces.push(Piece { new: length(&text), old: (at, length(&self.text)), verbatim: true });
        text.push_str(&self.text[at as usize..]);
        pieces.retain(|piece| !(piece.verbatim && piece.old.0 == piece.old.1));
        let mut layers = self.layers.clone();
        layers.push(Layer { pieces });
        Draft { text: Cow::Owned(text), layers }
    }

    /// Where the byte at `offset` begins in the original.
    pub fn start(&self, offset: u32) -> u32 {
        self.layers.iter().rev().fold(offset, |at, layer| layer.start(at))
    }

    /// Where the byte at `offset` begins in `base`, of which this draft is a patched copy.
    pub fn start_in(&self, base: &Draft<'_>, offset: u32) -> u32 {
        self.layers[base.layers.len()..].iter().rev().fold(offset, |at, layer| layer.start(at))
    }

    /// Where something that ends at `offset` ends in the original.
    pub fn end(&self, offset: u32) -> u32 {
        self.layers.iter().rev().fold(offset, |at, layer| layer.end(at))
    }
}

impl Layer {
    fn shift(offset: u32) -> Self {
        Self { pieces: vec![Piece { new: 0, old: (offset, u32::MAX), verbatim: true }] }
    }

    fn start(&self, offset: u32) -> u32 {
        let index = self.pieces.partition_point(|piece| piece.new <= offset);
        match index.checked_sub(1).map(|index| self.pieces[index]) {
            Some(piece) if piece.verbatim => (piece.old.0 + (offset - piece.new)).min(piece.old.1),
            Some(piece) if piece.new == offset => piece.old.0,
            Some(piece) => piece.old.1,
            None => self.pieces.first().map_or(offset, |piece| piece.old.0),
        }
    }

    fn end(&self, offset: u32) -> u32 {
        let index = self.pieces.partition_point(|piece| piece.new < offset);
        match index.checked_sub(1).map(|index| self.pieces[index]) {
            Some(piece) if piece.verbatim => (piece.old.0 + (offset - piece.new)).min(piece.old.1),
            Some(piece) => piece.old.1,
            None => self.start(offset),
        }
    }
}

fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_lead_back_through_every_layer() {
        let first = Draft::verbatim("ab; cd").patched(vec![Patch::new(2..3, "")]);
        assert_eq!(first.text, "ab cd");
        let second = first.patched(vec![Patch::insert(2, "!"), Patch::new(3..5, "xyz")]);
        assert_eq!(second.text, "ab! xyz");
        assert_eq!((second.start(0), second.end(2)), (0, 2));
        assert_eq!((second.start(4), second.end(7)), (4, 6), "the replacement covers what it replaced");
        assert_eq!((second.start(5), second.end(5)), (6, 6), "inside a replacement there is only its end");
        let part = first.part(3..5);
        assert_eq!((part.text.as_ref(), part.start(0), part.end(2)), ("cd", 4, 6));
    }
}

//! Chains of operators that are too long for a tree, taken out before they cost a parse.
//!
//! Counts less than the tree would, so that whatever is taken out here would have been refused there.

use crate::base::span::{FileId, Span};
use crate::syntax::brackets::Repair;
use crate::syntax::draft::{Draft, HOLE, Patch};
use crate::syntax::errors;
use crate::syntax::fold::DEPTH_MAX;
use crate::syntax::scan::Kind;
use crate::syntax::split::{STATEMENT_WORDS, Tokens};

/// Puts a hole in the place of each chain that is too long.
pub(super) fn too_long(file: FileId, draft: &Draft<'_>, tokens: Tokens<'_>) -> Repair {
    let mut finder = Finder { tokens, open: vec![Chain::default()], found: Vec::new() };
    (0..tokens.list.len()).for_each(|index| finder.token(index));
    while let Some(chain) = finder.open.pop() {
        finder.end(chain, tokens.list.len());
    }
    finder.found.sort_unstable();
    let (mut problems, mut patches) = (Vec::new(), Vec::new());
    for (first, last) in finder.found {
        let (start, end) = (tokens.list[first].start, tokens.list[last].end);
        problems.push(errors::too_deep_tree(Span::new(file, draft.start(start), draft.end(end))));
        patches.push(Patch::new(start..end, HOLE));
    }
    (problems, patches)
}

/// What stands at one level of brackets without anything between that would end it.
#[derive(Debug, Clone, Copy, Default)]
struct Chain {
    /// Its first token.
    first: usize,
    /// Operators between operands, since the last word that begins a branch.
    infix: u32,
    /// Prefixes and suffixes of the present operand.
    operand: u32,
    /// The words that begin branches: `else`, `if`.
    branches: u32,
    too_long: bool,
}

struct Finder<'a> {
    tokens: Tokens<'a>,
    /// One chain for each bracket that is open, and one outside of all.
    open: Vec<Chain>,
    /// First and last token of each that is too long.
    found: Vec<(usize, usize)>,
}

impl Finder<'_> {
    fn token(&mut self, index: usize) {
        let token = self.tokens.list[index];
        if token.closes()
            && self.open.len() > 1
            && let Some(chain) = self.open.pop()
        {
            self.end(chain, index);
        }
        match self.link(index) {
            Link::Ends => self.begin(index, index + 1),
            Link::Begins => self.begin(index, index),
            Link::Infix => self.count(|chain| (chain.infix, chain.operand) = (chain.infix + 1, 0)),
            Link::Suffix => self.count(|chain| chain.operand += 1),
            Link::Branch => {
                self.count(|chain| (chain.infix, chain.operand, chain.branches) = (0, 0, chain.branches + 1));
            }
            Link::Other => {}
        }
        if token.opens() {
            self.open.push(Chain { first: index + 1, ..Chain::default() });
        }
    }

    /// What a token does to the chain around it.
    fn link(&self, index: usize) -> Link {
        let (token, text) = (self.tokens.list[index], self.tokens.text(index));
        match token.kind {
            Kind::Open if text != "{" && index > 0 && self.tokens.list[index - 1].closes() => Link::Suffix,
            Kind::Sign => match text {
                "," | ":" | "=" | "=>" | "->" => Link::Ends,
                "." | "?." | "!" => Link::Suffix,
                "+" | "-" | "*" | "/" | "%" | "==" | "!=" | "<" | "<=" | ">=" | "&&" | "||" | "??" => Link::Infix,
                _ => Link::Other,
            },
            Kind::Word => match text {
                "as" => Link::Suffix,
                "in" => Link::Infix,
                "else" | "if" => Link::Branch,
                "then" | "for" | "match" => Link::Other,
                "return" | "let" | "stage" | "fail" => Link::Ends,
                "when" if index > 0 && self.tokens.text(index - 1) == "else" => Link::Other,
                word if token.first || STATEMENT_WORDS.contains(&word) => Link::Begins,
                _ => Link::Other,
            },
            _ => Link::Other,
        }
    }

    fn count(&mut self, link: impl FnOnce(&mut Chain)) {
        if let Some(chain) = self.open.last_mut() {
            link(chain);
            // A branch has two words at most.
            chain.too_long |= chain.infix + chain.operand > DEPTH_MAX || chain.branches / 2 > DEPTH_MAX;
        }
    }

    /// The chain ends before `end`, and the next begins at `first`.
    fn begin(&mut self, end: usize, first: usize) {
        if let Some(chain) = self.open.last_mut() {
            let before = std::mem::replace(chain, Chain { first, ..Chain::default() });
            self.end(before, end);
        }
    }

    fn end(&mut self, chain: Chain, end: usize) {
        if chain.too_long && chain.first < end {
            // What stands inside of it goes with it.
            self.found.retain(|(first, _)| *first < chain.first);
            self.found.push((chain.first, end - 1));
        }
    }
}

enum Link {
    /// Nothing that comes after belongs to what stands before.
    Ends,
    /// The same, and it is the first of the next.
    Begins,
    Infix,
    Suffix,
    Branch,
    Other,
}

//! Text to tree. Never fails: what does not parse becomes a broken node and a diagnostic.
//!
//! Nothing outside this folder sees a pest `Pair` or `Rule`.

pub mod ast;
mod brackets;
mod chains;
mod comments;
pub mod decode;
mod draft;
mod errors;
mod expected;
mod fold;
mod foreign;
mod grammar;
mod mistakes;
mod number;
pub mod outline;
mod pieces;
mod recover;
mod repair;
mod scan;
mod shell;
mod split;
mod strange;
pub mod string;
mod units;

use crate::base::span::FileId;
use crate::base::stack::on_large_stack;
use crate::diag::Bag;

/// Parses a file. Whatever is wrong goes to `bag`; the sound parts are in the tree.
pub fn parse(file: FileId, text: &str, bag: &mut Bag) -> ast::File {
    // A tree may be 256 brackets deep, and the stack of the caller may be small.
    let (tree, found) = on_large_stack(|| recover::parse(file, text));
    found.into_iter().for_each(|diagnostic| bag.push(diagnostic));
    tree
}

#[cfg(test)]
mod tests;

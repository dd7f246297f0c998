//! Text to tree. Never fails: what does not parse becomes a broken node and a diagnostic.
//!
//! Nothing outside this folder sees a pest `Pair` or `Rule`.

pub mod ast;

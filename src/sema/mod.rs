//! Checks a program and gives a `hir` in which no name is left to look up.
//!
//! Always yields a value *and* diagnostics. Imports neither the plan nor the engine.

pub mod hir;

use crate::base::span::FileId;
use crate::syntax::ast;

/// A parsed file with what its imports lead to.
#[derive(Debug, Clone)]
pub struct Module {
    /// The source.
    pub file: FileId,
    /// Its path from the project's root, or `std/…`.
    pub path: String,
    /// Its tree.
    pub ast: ast::File,
    /// For each `import` item in order: the module that it names, a position in the list handed to the checker; `None` where
    /// it could not be read (already reported).
    pub imports: Vec<Option<usize>>,
}

//! Source to plan and diagnostics: the compiler as one function.

mod errors;
mod imports;
mod library;
mod load;

use crate::base::source::Sources;
use crate::base::span::FileId;
use crate::base::world::World;
use crate::diag::{Bag, Diagnostic, Severity};
use crate::sema::hir;

/// What checking found.
#[derive(Debug, Default)]
pub struct Checked {
    /// Every file that was read, imported ones included.
    pub sources: Sources,
    /// All that was found, by file and place.
    pub diagnostics: Vec<Diagnostic>,
    /// The program, also where there are errors; whole only without.
    pub program: hir::Program,
    /// The files that were asked for, in the order of asking.
    pub mains: Vec<FileId>,
    /// Whether one of those could not be read at all.
    pub unreadable: bool,
}

impl Checked {
    /// Whether anything found is an error: nothing is run then.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|d| d.severity == Severity::Error)
    }
}

/// Checks the files at `paths` (relative to the root of `world`) and all that they import, each file once.
pub fn check(world: &dyn World, paths: &[String]) -> Checked {
    let mut bag = Bag::default();
    let loaded = load::load(world, paths, &mut bag);
    Checked {
        sources: loaded.sources,
        diagnostics: bag.into_sorted(),
        program: hir::Program::default(),
        mains: loaded.mains,
        unreadable: loaded.unreadable,
    }
}

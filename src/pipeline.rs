//! Source to plan and diagnostics: the compiler as one function.

mod allow;
pub mod compile;
pub mod config;
mod errors;
pub mod fix;
mod imports;
mod layout;
mod library;
mod load;
mod once;

use std::collections::{BTreeMap, BTreeSet};

use crate::base::source::Sources;
use crate::base::span::{FileId, Span};
use crate::base::stack::on_large_stack;
use crate::base::world::World;
use crate::diag::lint::Lints;
use crate::diag::{Bag, Code, Diagnostic, Severity};
use crate::lower::{self, Graphs};
use crate::plan::Plan;
use crate::sema::{self, hir};

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
    /// The files that could be read, each with its path from the root (or `std/…`).
    pub files: BTreeMap<FileId, String>,
    /// The graphs of its workflows.
    pub graphs: Option<Graphs>,
}

impl Checked {
    /// Whether anything found is an error: nothing is run then.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|d| d.severity == Severity::Error)
    }

    /// The path of a file that could be read.
    pub fn path(&self, file: FileId) -> Option<&str> {
        self.files.get(&file).map(String::as_str)
    }

    /// The plan of one workflow; `None` where there are errors.
    pub fn plan(&self, workflow: hir::WorkflowId) -> Option<Plan> {
        let graphs = self.graphs.as_ref().filter(|_| !self.has_errors())?;
        on_large_stack(|| lower::instance(&self.program, graphs, workflow, &self.sources))
    }
}

/// Checks the files at `paths` (relative to the root of `world`) and all that they import, each file once.
pub fn check(world: &dyn World, paths: &[String]) -> Checked {
    check_with(world, paths, &Lints::default())
}

/// As [`check`], with the lints that the project has raised or lowered.
pub fn check_with(world: &dyn World, paths: &[String], lints: &Lints) -> Checked {
    // Trees may be as deep as the parser allows, and the stack of the caller may be small.
    on_large_stack(|| check_here(world, paths, lints))
}

fn check_here(world: &dyn World, paths: &[String], lints: &Lints) -> Checked {
    let mut bag = Bag::default();
    let once = once::Once::new(world);
    let mut loaded = load::load(&once, paths, &mut bag);
    let program = sema::check(&loaded.modules, &once::Included::new(&once), &mut bag);
    // The trees are done with, and take as much room as what was made of them.
    let done = loaded.modules.iter_mut().filter(|module| !allow::speaks(module, &loaded.sources));
    done.for_each(|module| module.ast.items = Vec::new());
    let graphs = lower::check(&program, &loaded.sources, &mut bag);
    let found = allow::silence(without_echoes(bag.into_sorted(), &loaded.sources), &loaded.modules, &loaded.sources);
    let mut diagnostics: Vec<Diagnostic> = found.into_iter().filter_map(|one| lints.judge(one)).collect();
    diagnostics.iter_mut().for_each(|diagnostic| layout::indent(diagnostic, &loaded.sources));
    Checked {
        sources: loaded.sources,
        diagnostics,
        program,
        mains: loaded.mains,
        unreadable: loaded.unreadable,
        files: loaded.modules.into_iter().map(|module| (module.file, module.path)).collect(),
        graphs: Some(graphs),
    }
}

/// Leaves out what seems unused in a file that did not parse (its use may stand in what could not be read), and the spelling
/// of a name that is taken for another anyway.
fn without_echoes(found: Vec<Diagnostic>, sources: &Sources) -> Vec<Diagnostic> {
    let syntax = |d: &Diagnostic| d.severity == Severity::Error && d.code < Code::WF0090;
    let broken: BTreeSet<FileId> = found.iter().filter(|d| syntax(d)).map(|d| d.primary.span.file).collect();
    let unused = |d: &Diagnostic| matches!(d.code, Code::WF0113 | Code::WF0303);
    let places = |of: fn(&Diagnostic) -> bool| -> BTreeSet<Span> {
        found.iter().filter(|d| of(d)).map(|d| d.primary.span).collect()
    };
    let alike = places(|d| d.code == Code::WF0130);
    // A word that could not be read was replaced: nobody wrote the name that is not known now.
    let unread = places(|d| d.code == Code::WF0001);
    // Nobody knows where a string ends that is not closed: what follows on its line may have been text.
    let line = |span: Span| (span.file, sources.get(span.file).place(span.start).line);
    let unclosed: BTreeSet<(FileId, u32)> =
        found.iter().filter(|d| d.code == Code::WF0003).map(|d| line(d.primary.span)).collect();
    let told = |d: &Diagnostic| {
        let named = (Code::WF0101..Code::WF0201).contains(&d.code);
        (unused(d) && broken.contains(&d.primary.span.file))
            || (d.code == Code::WF0112 && alike.contains(&d.primary.span))
            || (named && unread.contains(&d.primary.span))
            || (named && !unclosed.is_empty() && unclosed.contains(&line(d.primary.span)))
    };
    found.into_iter().filter(|d| !told(d)).collect()
}

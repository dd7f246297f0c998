//! Source to plan and diagnostics: the compiler as one function.

mod allow;
pub mod compile;
pub mod config;
mod echoes;
mod errors;
pub mod fix;
mod imports;
mod later;
mod layout;
mod library;
mod load;
mod once;
mod profile;
mod repeated;

use std::collections::BTreeMap;

use crate::base::source::Sources;
use crate::base::span::FileId;
use crate::base::stack::on_large_stack;
use crate::base::world::World;
use crate::diag::lint::Lints;
use crate::diag::{Bag, Diagnostic, Severity};
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
    /// How many of them are not files but settings of a profile.
    pub stated: usize,
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

    /// The plan of one workflow with one agent for each of its agent parameters; `None` where there are errors.
    pub fn plan_with(&self, workflow: hir::WorkflowId, agents: Vec<hir::AgentId>) -> Option<Plan> {
        let graphs = self.graphs.as_ref().filter(|_| !self.has_errors())?;
        on_large_stack(|| lower::instance_with(&self.program, graphs, workflow, agents, &self.sources))
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
    let read = loaded.sources.len();
    if let Some(profile) = world.profile() {
        profile::state(profile, &mut loaded, &mut bag);
    }
    let stated = loaded.sources.len() - read;
    let mut program = sema::check(&loaded.modules, &once::Included::new(&once), &mut bag);
    if let Some(profile) = world.profile() {
        profile::mock(profile, &mut program);
    }
    // The trees are done with, and take as much room as what was made of them.
    let done = loaded.modules.iter_mut().filter(|module| !allow::speaks(module, &loaded.sources));
    done.for_each(|module| module.ast.items = Vec::new());
    let graphs = lower::check(&program, &loaded.sources, &mut bag);
    let found = echoes::without(bag.into_sorted(), &loaded.sources);
    let found = later::without_tests(found, &loaded.sources);
    let found = repeated::once(allow::silence(found, &loaded.modules, &loaded.sources), &loaded.sources);
    let mut diagnostics: Vec<Diagnostic> = found.into_iter().filter_map(|one| lints.judge(one)).collect();
    diagnostics.iter_mut().for_each(|diagnostic| layout::indent(diagnostic, &loaded.sources));
    Checked {
        sources: loaded.sources,
        stated,
        diagnostics,
        program,
        mains: loaded.mains,
        unreadable: loaded.unreadable,
        files: loaded.modules.into_iter().map(|module| (module.file, module.path)).collect(),
        graphs: Some(graphs),
    }
}

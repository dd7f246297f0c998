//! Whether what a run began with says something else by now: the run goes on on the plan that it has.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::base::profile::Profile;
use crate::base::unit::Price;
use crate::base::world::{DiskWorld, ReadError, SourceLimits, World};
use crate::cli::commands::{Commands, quoted};
use crate::cli::meant::main_file;
use crate::cli::project::{Project, absolute};
use crate::cli::run::start::short_hash;
use crate::diag::Severity;
use crate::pipeline::compile::{NoPlan, compile};
use crate::plan::Plan;
use crate::store::RunInfo;

/// What is said of a file that no longer gives the plan that its run has, with the command that takes it up; `None` where it
/// gives that plan, or none.
pub fn told(info: &RunInfo, plan: &Plan, commands: &Commands) -> Option<String> {
    let mut program = Program::of(info, plan)?;
    // With which profile the run began is not known: any that gives its plan will do.
    let profiles: Vec<Option<Profile>> =
        std::iter::once(None).chain(program.project.config.profiles.values().cloned().map(Some)).collect();
    let gives_it = |program: &mut Program<'_>, profile: &Option<Profile>, texts| {
        program.hash(profile, texts).is_some_and(|hash| hash == plan.hash)
    };
    if profiles.iter().any(|profile| gives_it(&mut program, profile, Texts::Now)) {
        return None;
    }
    let began_with = profiles.iter().find(|profile| gives_it(&mut program, profile, Texts::Then));
    let profile = began_with.cloned().flatten();
    let now = program.hash(&profile, Texts::Now)?;
    let file = from_here(info);
    let (was, now) = (short_hash(&plan.hash), short_hash(&now));
    let (what, new) = match program.is_edited() {
        true => (format!("{} has changed since the run began (plan {was}, now {now})", quoted(&file)), "text"),
        // What else is compiled with it is not stored in the plan.
        false => {
            let gives = format!("{} gives another plan than when the run began ({now}, not {was})", quoted(&file));
            (format!("{gives}: `wf.toml`, a file that it includes or `wfc` has changed"), "plan")
        }
    };
    let profile = profile.map(|profile| format!(" --profile {}", quoted(&profile.name))).unwrap_or_default();
    let way_on = commands.resume_changed(&file, &profile);
    let keeps = if new == "text" { format!(", which keeps {was}") } else { String::new() };
    Some(format!("{what}{keeps}; on the new {new}: {way_on}\n"))
}

/// Which texts of the program are compiled.
#[derive(Debug, Clone, Copy)]
enum Texts {
    Now,
    /// Those that the plan was made from.
    Then,
}

/// The program of a run as it lies on the disk, and the texts that its plan was made from.
struct Program<'a> {
    project: Project,
    /// The file from the root of the project.
    inner: String,
    workflow: &'a str,
    /// By path from the root of the machine.
    then: BTreeMap<PathBuf, &'a str>,
}

impl<'a> Program<'a> {
    fn of(info: &RunInfo, plan: &'a Plan) -> Option<Self> {
        let call_dir = Path::new(&info.call_dir);
        let (project, inner) = main_file(Some(&call_dir.join(&info.file))).ok()?;
        if project.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
            return None;
        }
        let file = project.root.join(&inner);
        // Sources are named as from the folder where the plan was made: for a run that was moved that need not be the first one.
        let base = plan.sources.iter().find_map(|source| above(&file, Path::new(&source.path)));
        let base = base.unwrap_or_else(|| call_dir.to_owned());
        let place = |path: &str| absolute(&base.join(path)).ok();
        let then =
            plan.sources.iter().filter_map(|source| Some((place(&source.path)?, source.text.as_str()))).collect();
        Some(Self { project, inner, workflow: &plan.name, then })
    }

    /// The hash of the plan that the file gives: of the workflow of that name, which may have another by now if there is no choice.
    fn hash(&mut self, profile: &Option<Profile>, texts: Texts) -> Option<String> {
        self.project.profile.clone_from(profile);
        let none = BTreeMap::new();
        let texts = match texts {
            Texts::Now => &none,
            Texts::Then => &self.then,
        };
        let world = Overlaid { below: self.project.world(), root: &self.project.root, texts };
        let plan = |name| compile(&world, &self.inner, name, &self.project.config.lints).plan;
        let plan = match plan(Some(self.workflow)) {
            Err(NoPlan::UnknownWorkflow { .. }) => plan(None),
            plan => plan,
        };
        Some(plan.ok()?.hash)
    }

    /// Whether another text stands in a file that the plan was made from.
    fn is_edited(&self) -> bool {
        let text = |path: &Path| std::fs::read_to_string(path).ok();
        self.then.iter().any(|(path, then)| text(path).is_some_and(|now| now != **then))
    }
}

/// The folder from which a file is called so.
fn above(file: &Path, path: &Path) -> Option<PathBuf> {
    let count = path.components().count();
    (path.is_relative() && file.ends_with(path)).then(|| file.ancestors().nth(count).map(Path::to_owned))?
}

/// The files of a project, some with another text.
struct Overlaid<'a> {
    below: DiskWorld,
    root: &'a Path,
    texts: &'a BTreeMap<PathBuf, &'a str>,
}

impl World for Overlaid<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        match self.texts.get(&self.root.join(path)) {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => self.below.read(path),
        }
    }

    fn names(&self, folder: &str) -> Vec<String> {
        self.below.names(folder)
    }

    fn roles(&self) -> Option<Vec<String>> {
        self.below.roles()
    }

    fn kinds(&self) -> Vec<String> {
        self.below.kinds()
    }

    fn price(&self, model: &str) -> Option<Price> {
        self.below.price(model)
    }

    fn profile(&self) -> Option<&Profile> {
        self.below.profile()
    }

    fn limits(&self) -> SourceLimits {
        self.below.limits()
    }

    fn shown(&self, path: &str) -> String {
        self.below.shown(path)
    }
}

/// The file as a command names it from here.
fn from_here(info: &RunInfo) -> String {
    let call_dir = Path::new(&info.call_dir);
    let here = std::env::current_dir().is_ok_and(|here| here == call_dir);
    if here { info.file.clone() } else { call_dir.join(&info.file).display().to_string() }
}

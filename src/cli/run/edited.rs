//! Whether the file that a run began with says something else by now: the run goes on on the plan that it has.

use std::path::{Path, PathBuf};

use crate::cli::commands::{Commands, quoted};
use crate::cli::meant::main_file;
use crate::cli::run::start::short_hash;
use crate::diag::Severity;
use crate::pipeline::compile::{NoPlan, compile};
use crate::plan::Plan;
use crate::store::RunInfo;

/// What is said of a file that no longer gives the plan that its run has, with the command that takes it up; `None` where it
/// gives that plan, or none.
pub fn told(info: &RunInfo, plan: &Plan, commands: &Commands) -> Option<String> {
    let file = Path::new(&info.call_dir).join(&info.file);
    if !is_edited(Path::new(&info.call_dir), plan) {
        return None;
    }
    let now = hash_of(&file, &plan.name).filter(|now| *now != plan.hash)?;
    let (shown, was, now) = (from_here(info, file), short_hash(&plan.hash), short_hash(&now));
    let way_on = commands.resume_changed(&shown, "");
    let shown = quoted(&shown);
    Some(format!(
        "{shown} has changed since the run began (plan {was}, now {now}), which keeps {was}; on the new text: {way_on}\n"
    ))
}

/// Whether another text stands in a file that the plan was made from. Without that the plan may differ only by what was said on
/// the command line. Sources are named as from the folder where the run was called.
fn is_edited(call_dir: &Path, plan: &Plan) -> bool {
    let text = |path: &str| std::fs::read_to_string(call_dir.join(path)).ok();
    plan.sources.iter().any(|source| text(&source.path).is_some_and(|text| text != source.text))
}

/// The hash of the plan that a file gives: of the workflow of that name, which may have another by now if there is no choice.
fn hash_of(file: &Path, workflow: &str) -> Option<String> {
    let (project, inner) = main_file(Some(file)).ok()?;
    if project.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        return None;
    }
    let plan = |name| compile(&project.world(), &inner, name, &project.config.lints).plan;
    let plan = match plan(Some(workflow)) {
        Err(NoPlan::UnknownWorkflow { .. }) => plan(None),
        plan => plan,
    };
    Some(plan.ok()?.hash)
}

/// The file as a command names it from here.
fn from_here(info: &RunInfo, file: PathBuf) -> String {
    let here = std::env::current_dir().is_ok_and(|here| here == Path::new(&info.call_dir));
    if here { info.file.clone() } else { file.display().to_string() }
}

//! From a path on the command line to a plan, with everything that is wrong on the way on the screen.

use std::path::Path;

use crate::base::source::Sources;
use crate::cli::commands::quoted;
use crate::cli::console::{Console, Loudness};
use crate::cli::exit::Exit;
use crate::cli::findings::{counted, draw_on_err};
use crate::cli::meant::{Meant, meant};
use crate::cli::profile;
use crate::cli::project::{Project, shown_path};
use crate::cli::report::Problem;
use crate::cli::sources::ProgramArgs;
use crate::diag::{Code, Diagnostic, Severity};
use crate::pipeline::compile::NoPlan;
use crate::pipeline::{self, Checked};
use crate::plan::Plan;

/// A program that can be run.
#[derive(Debug)]
pub struct Compiled {
    /// Where it belongs.
    pub project: Project,
    /// What it compiles to.
    pub plan: Plan,
    /// The file or folder that was meant, as a command would name it from here.
    pub shown: String,
}

/// Compiles the workflow that is meant by a path and a name, from sources of at most that size, with the profile that was chosen. Findings are drawn on standard error.
///
/// # Errors
/// Mistakes in the program end with exit 1 and have been drawn; a path or name that means nothing is wrong use.
pub fn compile(
    path: Option<&Path>,
    workflow: Option<&str>,
    program: &ProgramArgs,
    console: &Console,
) -> Result<Compiled, Problem> {
    if let Some(path) = path.filter(|path| is_plan_file(path)) {
        if program.profile.is_some() {
            return Err(Problem::usage("a plan has its bindings already: `--profile` is for sources")
                .help("build it with the profile: `wfc build FILE --profile NAME`"));
        }
        return Ok(Compiled { project: Project::of(path)?, plan: read_plan(path)?, shown: shown_path(path) });
    }
    let Meant { mut project, file, workflow, shown } = meant(path, workflow)?;
    project.limits = program.sources.limits();
    draw_said(&project.sources, &project.diagnostics, console);
    if project.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        return Err(Problem::said(Exit::No));
    }
    if let Some(name) = &program.profile {
        profile::choose(&mut project, name)?;
    }
    let compiled = pipeline::compile::compile(&project.world(), &file, workflow.as_deref(), &project.config.lints);
    say_findings(&compiled.checked, path, console);
    let strangers = profile::strangers(&project, &compiled.checked);
    draw_said(&project.sources, &strangers, console);
    if !strangers.is_empty() {
        return Err(Problem::said(Exit::No));
    }
    Ok(Compiled { project, plan: compiled.plan?, shown })
}

/// Whether a path is that of a plan: `wfc build` writes JSON.
fn is_plan_file(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json")
}

fn read_plan(path: &Path) -> Result<Plan, Problem> {
    let shown = shown_path(path);
    let text = std::fs::read_to_string(path)
        .map_err(|error| Problem::environment(format!("`{shown}` cannot be read: {error}")))?;
    Plan::from_json(&text).map_err(|error| Problem::refused(format!("`{shown}` cannot be used: {error}")))
}

/// With `-q` only what keeps the program from running is drawn.
fn draw_said(sources: &Sources, diagnostics: &[Diagnostic], console: &Console) {
    let said = |diagnostic: &&Diagnostic| diagnostic.severity == Severity::Error || console.loudness > Loudness::Quiet;
    let shown: Vec<Diagnostic> = diagnostics.iter().filter(said).cloned().collect();
    draw_on_err(sources, &shown, console);
}

/// Warnings beside no error are only counted: whoever runs a program time after time has seen them.
fn say_findings(checked: &Checked, path: Option<&Path>, console: &Console) {
    if checked.has_errors() {
        return draw_said(&checked.sources, &checked.diagnostics, console);
    }
    let count = checked.diagnostics.len();
    if count > 0 {
        let path = path.filter(|path| path.exists()).map(|path| format!(" {}", quoted(&shown_path(path))));
        console.say(&format!("{}: wfc check{}\n", counted(count, "warning"), path.unwrap_or_default()));
    }
}

/// A name that means no workflow is a wrong use; mistakes have been drawn.
impl From<NoPlan> for Problem {
    fn from(why: NoPlan) -> Self {
        let problem = Self::usage(why.to_string());
        match why {
            NoPlan::Unreadable => Self::said(Exit::Environment),
            NoPlan::Mistakes => Self::said(Exit::No),
            NoPlan::NoWorkflow { .. } => problem.code(Code::WF0904),
            NoPlan::UnknownWorkflow { .. } => problem,
            NoPlan::Unbound { name, agents } => problem.help(call_it(&name, &agents)),
            NoPlan::SeveralWorkflows { .. } => {
                problem.code(Code::WF0905).help("say which, after the file; or call one `main`")
            }
        }
    }
}

/// How a workflow that takes agents is used.
fn call_it(name: &str, agents: &[(String, String)]) -> String {
    let given: Vec<String> = agents.iter().map(|(param, _)| format!("{param}: …")).collect();
    let (them, defaults) = if agents.len() == 1 { ("it", "it a default") } else { ("them", "them defaults") };
    let given = given.join(", ");
    format!("call it from a workflow that names {them}: `stage … = {name}({given})`; or give {defaults}")
}

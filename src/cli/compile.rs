//! From a path on the command line to a plan, with everything that is wrong on the way on the screen.

use std::path::Path;

use crate::base::nearest::suggestion;
use crate::cli::console::{Console, Loudness};
use crate::cli::exit::Exit;
use crate::cli::findings::draw_on_err;
use crate::cli::project::{Project, main_file, shown_path};
use crate::cli::report::Problem;
use crate::diag::{Code, Diagnostic, Severity};
use crate::pipeline::{self, Checked};
use crate::plan::Plan;
use crate::sema::hir::{AgentParam, WorkflowId};

/// A program that can be run.
#[derive(Debug)]
pub struct Compiled {
    /// Where it belongs.
    pub project: Project,
    /// What it compiles to.
    pub plan: Plan,
}

/// Compiles the workflow that is meant by a path and a name. Findings are drawn on standard error.
///
/// # Errors
/// Mistakes in the program end with exit 1 and have been drawn; a path or name that means nothing is wrong use.
pub fn compile(path: Option<&Path>, workflow: Option<&str>, console: &Console) -> Result<Compiled, Problem> {
    if let Some(path) = path.filter(|path| is_plan_file(path)) {
        return Ok(Compiled { project: Project::of(path)?, plan: read_plan(path)? });
    }
    let (project, file) = main_file(path)?;
    draw(&project.sources, &project.diagnostics, console)?;
    let checked = pipeline::check(&project.world(), std::slice::from_ref(&file));
    if checked.unreadable {
        draw_on_err(&checked.sources, &checked.diagnostics, console);
        return Err(Problem::said(Exit::Environment));
    }
    draw(&checked.sources, &checked.diagnostics, console)?;
    let plan = checked.plan(choose(&checked, workflow, &file)?);
    let plan = plan.ok_or_else(|| Problem::refused(format!("`{file}` gives no plan")))?;
    Ok(Compiled { project, plan })
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

fn draw(sources: &crate::base::source::Sources, diagnostics: &[Diagnostic], console: &Console) -> Result<(), Problem> {
    // What keeps nothing from running is not said with `-q`.
    let said = |diagnostic: &&Diagnostic| diagnostic.severity == Severity::Error || console.loudness > Loudness::Quiet;
    let shown: Vec<Diagnostic> = diagnostics.iter().filter(said).cloned().collect();
    draw_on_err(sources, &shown, console);
    match diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        true => Err(Problem::said(Exit::No)),
        false => Ok(()),
    }
}

/// The workflow of the main file that is meant: the one that is named, the only one, or `main`.
fn choose(checked: &Checked, name: Option<&str>, file: &str) -> Result<WorkflowId, Problem> {
    let workflows = checked.program.workflows.iter().enumerate().filter(|(_, workflow)| !workflow.inline);
    let own: Vec<(WorkflowId, &str)> = workflows
        .filter(|(_, workflow)| checked.mains.first() == Some(&workflow.span.file))
        .map(|(at, workflow)| (WorkflowId::new(at), workflow.name.as_str()))
        .collect();
    let names = || own.iter().map(|(_, name)| *name);
    let of_name = |name: &str| own.iter().find(|(_, own)| *own == name).map(|(id, _)| *id);
    // Without a name those are meant that can start.
    let startable: Vec<WorkflowId> =
        own.iter().map(|(id, _)| *id).filter(|id| unbound(checked, *id).is_empty()).collect();
    match (name, own.as_slice()) {
        (Some(name), _) => of_name(name)
            .ok_or_else(|| Problem::usage(format!("`{file}` has no workflow `{name}`{}", suggestion(name, names()))))
            .and_then(|id| start(checked, id)),
        (None, []) => Err(Problem::usage(format!("`{file}` defines no workflow")).code(Code::WF0904)),
        (None, [(only, _)]) => start(checked, *only),
        (None, _) if startable.len() == 1 => Ok(startable[0]),
        (None, _) => of_name("main").map(|main| start(checked, main)).unwrap_or_else(|| {
            let list: Vec<String> = names().map(|name| format!("`{name}`")).collect();
            let found = Problem::usage(format!("`{file}` has several workflows: {}", list.join(", ")));
            Err(found.code(Code::WF0905).help("name one of them after the file, or call one `main`"))
        }),
    }
}

/// The agent parameters of a workflow that nothing stands for unless a call gives it.
fn unbound(checked: &Checked, id: WorkflowId) -> Vec<&AgentParam> {
    checked.program.workflows[id.index()].agents.iter().filter(|param| param.default.is_none()).collect()
}

/// A workflow that can start by itself: who stands for its agents is known.
fn start(checked: &Checked, id: WorkflowId) -> Result<WorkflowId, Problem> {
    let unbound = unbound(checked, id);
    if unbound.is_empty() {
        return Ok(id);
    }
    let program = &checked.program;
    let name = &program.workflows[id.index()].name;
    let kind = |param: &&AgentParam| format!("`{}: {}`", param.name, program.agents[param.interface.index()].name);
    let takes: Vec<String> = unbound.iter().map(kind).collect();
    let given: Vec<String> = unbound.iter().map(|param| format!("{}: …", param.name)).collect();
    let (agents, them) =
        if unbound.len() == 1 { ("agent", ("it", "it a default")) } else { ("agents", ("them", "them defaults")) };
    let message = format!("`{name}` cannot start by itself: it takes the {agents} {}", takes.join(", "));
    Err(Problem::usage(message).help(format!(
        "call it from a workflow that names {}: `stage … = {name}({})`; or give {}",
        them.0,
        given.join(", "),
        them.1
    )))
}

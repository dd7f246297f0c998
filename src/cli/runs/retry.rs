//! `wfc runs retry` and `wfc resume`: going on with a run.

use std::path::Path;
use std::sync::Arc;

use crate::cli::args::{Global, ResumeArgs, RetryArgs};
use crate::cli::atlas::Atlas;
use crate::cli::compile::compile;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::project::shown_path;
use crate::cli::report::Problem;
use crate::cli::run::inputs;
use crate::cli::runs::moving::Move;
use crate::cli::runs::{Opened, again, list};
use crate::cli::sources::ProgramArgs;
use crate::engine::Mode;
use crate::engine::retry::Going;
use crate::plan::Plan;
use crate::store::{RunInfo, Status};

/// Goes on with a run that has not ended.
pub fn resume(args: &ResumeArgs, global: &Global, console: &Console) -> Result<Exit, Problem> {
    refuse_without_plan(args.plan.as_deref(), &args.program)?;
    let opened = Opened::to_write(global, console)?;
    let info = opened.find(&args.run)?;
    let commands = opened.commands(&info)?;
    match info.status {
        Status::Succeeded => {
            let problem = Problem::refused(format!("run {} has succeeded already", commands.run()));
            Err(problem.help(format!("its result: {}", commands.show())))
        }
        status if status.ended() => {
            let problem = Problem::refused(format!("run {} {} already", commands.run(), list::ended(status)));
            Err(problem.help(format!("go on: {}", commands.retry())))
        }
        _ => match &args.plan {
            Some(path) => {
                let plan = read_plan(path, &info.workflow, &args.program, console)?;
                Move { opened: &opened, commands, args, path, console }.onto(Arc::new(plan), info)
            }
            None => {
                let mode = Mode::Resume { run: info.id.clone(), takeover: args.takeover };
                opened.drive(info, mode, &args.drive)
            }
        },
    }
}

/// Goes on with a run that failed or was cancelled: what succeeded is kept.
pub fn retry(args: &RetryArgs, global: &Global, console: &Console) -> Result<Exit, Problem> {
    refuse_without_plan(args.plan.as_deref(), &args.program)?;
    let opened = Opened::to_write(global, console)?;
    let mut info = opened.find(&args.run)?;
    let commands = opened.commands(&info)?;
    match info.status {
        Status::Failed | Status::Cancelled => {}
        Status::Succeeded => return Err(Problem::refused(format!("run {} has succeeded already", commands.run()))),
        _ => {
            let problem = Problem::refused(format!("run {} has not ended", commands.run()));
            return Err(problem.help(format!("go on: {}", commands.resume())));
        }
    }
    let mode = Mode::Retry { run: info.id.clone(), again: args.again.clone() };
    let Some(path) = &args.plan else {
        if !args.again.is_empty() {
            check_again(&opened, &info, None, &args.again)?;
        }
        return opened.drive(info, mode, &args.drive);
    };
    let plan = Arc::new(read_plan(path, &info.workflow, &args.program, console)?);
    info.inputs = inputs::again(&plan, &info.inputs)?;
    if !args.again.is_empty() {
        check_again(&opened, &info, Some(plan.clone()), &args.again)?;
    }
    info.file = shown_path(path);
    opened.drive_on(plan, info, mode, &args.drive)
}

/// What is named to run again must be there, and must not be kept with what it lies in.
fn check_again(opened: &Opened, info: &RunInfo, plan: Option<Arc<Plan>>, again: &[String]) -> Result<(), Problem> {
    let (run, old_plan) = opened.replay(info)?;
    let plan = plan.unwrap_or_else(|| old_plan.clone());
    again::are_there(again, &Atlas::new(plan.clone()))?;
    let inputs = &inputs::values(&plan, &info.inputs);
    let going = Going { old_plan: &old_plan, plan: &plan, inputs, again, moves: false };
    again::are_heeded(again, &going.decisions(&run))
}

/// A run keeps its plan and the bindings that it was started with: only another plan is read, under a profile or a limit.
fn refuse_without_plan(plan: Option<&Path>, program: &ProgramArgs) -> Result<(), Problem> {
    let (what, help) = match (plan, &program.profile, program.sources.max_source) {
        (None, Some(_), _) => (
            "a run keeps the agents that it was started with: `--profile` does nothing to it",
            "leave it out, or bind the agents of a changed program: `--plan FILE --profile NAME`",
        ),
        (None, None, Some(_)) => (
            "a run goes on on the plan that it has, and no source is read: `--max-source` does nothing to it",
            "leave it out, or read a changed program: `--plan FILE --max-source MIB`",
        ),
        _ => return Ok(()),
    };
    Err(Problem::usage(what).help(help))
}

/// A plan from a file: one that `wfc build` wrote, or the workflow of that name in a .wf file or project.
fn read_plan(path: &Path, workflow: &str, program: &ProgramArgs, console: &Console) -> Result<Plan, Problem> {
    let compiled = match compile(Some(path), Some(workflow), program, console) {
        // The workflow may have another name by now, as long as there is no choice.
        Err(problem) if problem.exit == Exit::Usage => compile(Some(path), None, program, console),
        compiled => compiled,
    };
    compiled.map(|compiled| compiled.plan)
}

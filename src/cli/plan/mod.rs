//! `wfc plan`: what would run, what it comes to at most, and what it may touch. Nothing is executed.

mod amounts;
mod json;
pub mod needs;
pub mod people;
mod rows;
mod sums;

use std::path::{Path, PathBuf};

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use crate::base::text::fold;
use crate::cli::candidates;
use crate::cli::compile::{Compiled, compile};
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::report::Problem;
use crate::cli::sources::ProgramArgs;
use crate::plan::bounds::{Bounds, bounds};
use crate::plan::{Plan, Workflow};

use amounts::Sizes;
use needs::Needs;

/// Columns of the screen.
const COLUMNS: usize = 80;
/// Before what is said about a thing: its word.
const LABEL: usize = 15;

/// `wfc plan`.
#[derive(Debug, Clone, Args)]
pub struct PlanArgs {
    /// A .wf file, a folder with a `wf.toml` or a single .wf file, or a plan that `wfc build` wrote
    #[arg(value_name = "FILE|FOLDER|WORKFLOW", add = ArgValueCompleter::new(candidates::programs))]
    pub path: Option<PathBuf>,
    /// The workflow, where the file has several
    #[arg(add = ArgValueCompleter::new(candidates::workflows))]
    pub workflow: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// How it is read.
    #[command(flatten)]
    pub program: ProgramArgs,
}

/// What is known of a plan before a run.
struct Outlook<'a> {
    plan: &'a Plan,
    bounds: &'a Bounds,
    sizes: Sizes,
    needs: Needs,
}

impl Outlook<'_> {
    /// The workflow that runs.
    fn workflow(&self) -> &Workflow {
        &self.plan.workflows[0]
    }
}

/// Prints on standard output. Exit 1 if something that the run needs is not there.
///
/// # Errors
/// As [`compile`].
pub fn run(args: &PlanArgs, console: &Console) -> Result<Exit, Problem> {
    let Compiled { project, plan, .. } =
        compile(args.path.as_deref(), args.workflow.as_deref(), &args.program, console)?;
    Ok(say(&plan, &project.root, args.json, console))
}

/// Says what a run of a plan would do and need. Exit 1 if something that it needs is not there.
pub fn say(plan: &Plan, root: &Path, json: bool, console: &Console) -> Exit {
    let bounds = bounds(plan);
    let needs = Needs::of(plan, root);
    let outlook = Outlook { plan, bounds: &bounds, sizes: Sizes::of(plan, &bounds), needs };
    console.out(&if json { json::text(&outlook) } else { text(&outlook) });
    let missing = outlook.needs.missing();
    if missing > 0 {
        console.say(&match missing {
            1 => "one thing that the run needs is not there\n".to_owned(),
            many => format!("{many} things that the run needs are not there\n"),
        });
        return Exit::No;
    }
    Exit::Good
}

fn text(outlook: &Outlook<'_>) -> String {
    let mut out = rows::text(outlook);
    for section in [sums::lines(outlook), needs::lines(&outlook.needs)] {
        if !section.is_empty() {
            out.push('\n');
        }
        for (label, said) in section {
            labelled(&mut out, label, &said);
        }
    }
    out
}

/// A word, and what is said about it in lines below each other.
fn labelled(out: &mut String, label: &str, said: &str) {
    let lines = said.lines().flat_map(|line| fold(line, COLUMNS - LABEL - 2));
    for (at, line) in lines.enumerate() {
        let label = if at == 0 { label } else { "" };
        out.push_str(format!("  {label:LABEL$}{line}").trim_end());
        out.push('\n');
    }
}

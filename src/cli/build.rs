//! `wfc build`: the plan of a workflow as JSON.

use std::path::PathBuf;

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use crate::cli::candidates;
use crate::cli::compile::compile;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::files::write_whole;
use crate::cli::report::Problem;
use crate::cli::sources::ProgramArgs;

/// `wfc build`.
#[derive(Debug, Clone, Args)]
pub struct BuildArgs {
    /// A .wf file, or a folder with a `wf.toml` or a single .wf file
    #[arg(value_name = "FILE|FOLDER|WORKFLOW", add = ArgValueCompleter::new(candidates::programs))]
    pub path: Option<PathBuf>,
    /// The workflow, where the file has several
    #[arg(add = ArgValueCompleter::new(candidates::workflows))]
    pub workflow: Option<String>,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How it is read.
    #[command(flatten)]
    pub program: ProgramArgs,
}

/// Writes the plan to standard output or to a file.
///
/// # Errors
/// As [`compile`], and when the file cannot be written: then whatever it held before is untouched.
pub fn run(args: &BuildArgs, console: &Console) -> Result<Exit, Problem> {
    let compiled = compile(args.path.as_deref(), args.workflow.as_deref(), &args.program, console)?;
    match &args.output {
        Some(path) => write_whole(path, |out| compiled.plan.write_pretty(out))?,
        None => drop(console.out_json_by(|out| compiled.plan.write_pretty(out))),
    }
    Ok(Exit::Good)
}

//! `wfc build`: the plan of a workflow as JSON.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::compile::compile;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::files::replace;
use crate::cli::project::shown_path;
use crate::cli::report::Problem;
use crate::cli::sources::SourceArgs;

/// `wfc build`.
#[derive(Debug, Clone, Args)]
pub struct BuildArgs {
    /// A .wf file, or a folder with a `wf.toml` or a single .wf file
    #[arg(value_name = "FILE|FOLDER")]
    pub path: Option<PathBuf>,
    /// The workflow, where the file has several
    pub workflow: Option<String>,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How much is read.
    #[command(flatten)]
    pub sources: SourceArgs,
}

/// Writes the plan to standard output or to a file.
///
/// # Errors
/// As [`compile`], and when the file cannot be written: then whatever it held before is untouched.
pub fn run(args: &BuildArgs, console: &Console) -> Result<Exit, Problem> {
    let compiled = compile(args.path.as_deref(), args.workflow.as_deref(), args.sources.limits(), console)?;
    let text = compiled.plan.to_json_pretty() + "\n";
    match &args.output {
        Some(path) => write_whole(path, &text)?,
        None => drop(console.out(&text)),
    }
    Ok(Exit::Good)
}

/// Writes a file whole or not at all: into one beside it, which then takes its name. Pipes and devices are written to.
fn write_whole(path: &Path, text: &str) -> Result<(), Problem> {
    // The error names the file beside it, which nobody knows: its kind says enough.
    let failed = |error: std::io::Error| {
        let why = match error.kind() {
            std::io::ErrorKind::NotFound => "its folder is not there".to_owned(),
            kind => kind.to_string(),
        };
        Problem::environment(format!("`{}` cannot be written: {why}", shown_path(path)))
    };
    match std::fs::metadata(path) {
        Ok(there) if !there.is_file() => std::fs::write(path, text).map_err(failed),
        Ok(_) => replace(&path.canonicalize().map_err(failed)?, text.as_bytes()).map_err(failed),
        Err(_) => replace(path, text.as_bytes()).map_err(failed),
    }
}

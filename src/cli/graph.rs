//! `wfc graph`: the plan of a workflow as a picture.

use std::path::PathBuf;

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use crate::cli::candidates;
use crate::cli::compile::compile;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::report::Problem;
use crate::cli::sources::ProgramArgs;
use crate::plan::draw;

/// `wfc graph`.
#[derive(Debug, Clone, Args)]
pub struct GraphArgs {
    /// A .wf file, or a folder with a `wf.toml` or a single .wf file
    #[arg(value_name = "FILE|FOLDER|WORKFLOW", add = ArgValueCompleter::new(candidates::programs))]
    pub path: Option<PathBuf>,
    /// The workflow, where the file has several
    #[arg(add = ArgValueCompleter::new(candidates::workflows))]
    pub workflow: Option<String>,
    /// How it is drawn
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
    /// How it is read.
    #[command(flatten)]
    pub program: ProgramArgs,
}

/// How a plan is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// Front after front, for a terminal.
    #[default]
    Text,
    /// For Markdown pages.
    Mermaid,
    /// For Graphviz.
    Dot,
    /// A picture, for browsers and pages.
    Svg,
    /// One JSON object.
    Json,
}

/// Draws on standard output.
///
/// # Errors
/// As [`compile`].
pub fn run(args: &GraphArgs, console: &Console) -> Result<Exit, Problem> {
    let plan = compile(args.path.as_deref(), args.workflow.as_deref(), &args.program, console)?.plan;
    console.out(&match args.format {
        Format::Text => draw::text(&plan),
        Format::Mermaid => draw::mermaid(&plan),
        Format::Dot => draw::dot(&plan),
        Format::Svg => draw::svg(&plan),
        Format::Json => draw::json(&plan) + "\n",
    });
    Ok(Exit::Good)
}

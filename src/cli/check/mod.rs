//! `wfc check`: all diagnostics of files, folders or the project.

pub mod files;
mod fix;
mod host;
mod output;
mod seen;
mod watch;

use std::path::PathBuf;

use clap::Args;

use crate::base::source::Sources;
use crate::base::world::World;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::findings::{left_out, summary};
use crate::cli::profile;
use crate::cli::report::Problem;
use crate::cli::sources::ProgramArgs;
use crate::diag::{Applicability, Diagnostic, Severity};
use crate::pipeline;

use files::Program;
use host::Host;

/// `wfc check`.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// .wf files and folders [default: `source` of the project, else the current folder]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// How findings are written [default: `human`, in GitHub Actions `github`]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Apply the fixes that have one reading, with `=suggested` also those that are guesses
    #[arg(long, value_enum, value_name = "WHICH", num_args = 0..=1, require_equals = true, default_missing_value = "safe")]
    pub fix: Option<Which>,
    /// Check again whenever a file changes, until Ctrl-C
    #[arg(long, conflicts_with = "fix")]
    pub watch: bool,
    /// How it is read.
    #[command(flatten)]
    pub program: ProgramArgs,
}

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Drawn into the source.
    Human,
    /// One line each.
    Short,
    /// One JSON object.
    Json,
    /// For code-scanning hosts: SARIF 2.1.0.
    Sarif,
    /// Notes beside the lines, in GitHub Actions.
    Github,
}

impl Format {
    /// Whether numbers of findings are said beside it.
    fn is_counted(self) -> bool {
        matches!(self, Self::Human | Self::Short | Self::Github)
    }
}

/// Which fixes are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Which {
    /// Those that have one reading.
    Safe,
    /// Guesses too.
    Suggested,
}

impl Which {
    fn applicability(self) -> Applicability {
        match self {
            Self::Safe => Applicability::Safe,
            Self::Suggested => Applicability::Suggested,
        }
    }
}

/// What was found in sources that belong together.
#[derive(Debug, Default)]
pub struct Group {
    sources: Sources,
    diagnostics: Vec<Diagnostic>,
    files: usize,
    unreadable: bool,
    /// The name of the project.
    project: Option<String>,
}

/// Checks and prints. Findings go to standard output, their number to standard error.
///
/// # Errors
/// When a path leads to no file at all, or a fix cannot be written. What is wrong with a file is a finding.
pub fn run(args: &CheckArgs, console: &Console) -> Result<Exit, Problem> {
    let host = Host::of_environment();
    let format = args.format.unwrap_or(if args.watch { Format::Human } else { host.format() });
    if args.watch {
        return watch::run(&args.paths, &args.program, format, &host, console);
    }
    let mut groups = Vec::new();
    for program in files::find_programs(&args.paths, &args.program)?.programs {
        groups.extend(match args.fix {
            None => check(&program, &program.project.world()),
            Some(which) => fix::fix(&program, which.applicability(), console)?,
        });
    }
    report(&groups, format, &host, console)?;
    if args.fix.is_none() && format == Format::Human {
        console.say(&fix::offer(&groups, &args.paths).unwrap_or_default());
    }
    Ok(exit(&groups))
}

/// What is wrong with the `wf.toml` of a program, and with its files as `world` has them.
fn check(program: &Program, world: &dyn World) -> Vec<Group> {
    let files: Vec<String> = program.files.iter().cloned().collect();
    groups(program, pipeline::check_with(world, &files, &program.project.config.lints))
}

/// What was found in `wf.toml`, and in the files.
fn groups(program: &Program, checked: pipeline::Checked) -> Vec<Group> {
    let project = &program.project;
    let mut diagnostics = project.diagnostics.clone();
    diagnostics.extend(profile::strangers(project, &checked));
    vec![Group { sources: project.sources.clone(), diagnostics, ..Group::default() }, found(program, checked)]
}

fn found(program: &Program, checked: pipeline::Checked) -> Group {
    Group {
        files: checked.sources.len() - checked.stated,
        sources: checked.sources,
        diagnostics: checked.diagnostics,
        unreadable: checked.unreadable,
        project: program.project.config.name.clone(),
    }
}

fn report(groups: &[Group], format: Format, host: &Host, console: &Console) -> Result<(), Problem> {
    console.out(&output::written(groups, format, host, console));
    if format == Format::Github {
        host.summarise(groups)?;
    }
    if format.is_counted() {
        let all: Vec<&[Diagnostic]> = groups.iter().map(|group| group.diagnostics.as_slice()).collect();
        if format != Format::Github {
            console.say(&left_out(&all).unwrap_or_default());
        }
        console.say(&summary(&all, groups.iter().map(|group| group.files).sum()));
    }
    Ok(())
}

fn exit(groups: &[Group]) -> Exit {
    let errors = || groups.iter().flat_map(|group| &group.diagnostics).any(|one| one.severity == Severity::Error);
    match groups.iter().any(|group| group.unreadable) {
        true => Exit::Environment,
        false if errors() => Exit::No,
        false => Exit::Good,
    }
}

//! `wfc check`: all diagnostics of files, folders or the project.

use std::path::{Path, PathBuf};

use clap::Args;
use indexmap::IndexSet;

use crate::base::source::Sources;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::findings::{left_out, look_of_out, summary};
use crate::cli::project::{Project, absolute, is_wf_file, shown_path};
use crate::cli::report::Problem;
use crate::diag::render::{human, json, short};
use crate::diag::{Diagnostic, Severity};
use crate::pipeline;

/// `wfc check`.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// .wf files and folders [default: `source` of the project, else the current folder]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// How findings are written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// Drawn into the source.
    #[default]
    Human,
    /// One line each.
    Short,
    /// One JSON object.
    Json,
}

/// Folders that hold no sources.
const FOLDERS_SKIPPED: [&str; 1] = ["target"];

/// Checks and prints. Findings go to standard output, their number to standard error.
///
/// # Errors
/// When a path leads to no file at all. What is wrong with a file is a finding.
pub fn run(args: &CheckArgs, console: &Console) -> Result<Exit, Problem> {
    let groups: Vec<Group> = programs(&args.paths)?.into_iter().flat_map(check).collect();
    let all: Vec<&[Diagnostic]> = groups.iter().map(|group| group.diagnostics.as_slice()).collect();
    let files = groups.iter().map(|group| group.files).sum();
    console.out(&written(&groups, args.format, console));
    if args.format != Format::Json {
        console.say(&left_out(&all).unwrap_or_default());
        console.say(&summary(&all, files));
    }
    Ok(match groups.iter().any(|group| group.unreadable) {
        true => Exit::Environment,
        false if all.iter().copied().flatten().any(|d| d.severity == Severity::Error) => Exit::No,
        false => Exit::Good,
    })
}

/// Files that belong to one project.
#[derive(Debug)]
pub struct Program {
    /// The project.
    pub project: Project,
    /// Their paths from its root.
    pub files: IndexSet<String>,
}

/// What was found in sources that belong together.
struct Group {
    sources: Sources,
    diagnostics: Vec<Diagnostic>,
    files: usize,
    unreadable: bool,
}

fn check(program: Program) -> Vec<Group> {
    let Program { project, files } = program;
    let checked = pipeline::check(&project.world(), &Vec::from_iter(files));
    let config = Group { sources: project.sources, diagnostics: project.diagnostics, files: 0, unreadable: false };
    let found = Group {
        files: checked.sources.len(),
        sources: checked.sources,
        diagnostics: checked.diagnostics,
        unreadable: checked.unreadable,
    };
    vec![config, found]
}

fn written(groups: &[Group], format: Format, console: &Console) -> String {
    match format {
        Format::Human => {
            let look = look_of_out(console);
            groups.iter().map(|group| human::render(&group.sources, &group.diagnostics, &look)).collect()
        }
        Format::Short => groups.iter().map(|group| short::render(&group.sources, &group.diagnostics)).collect(),
        Format::Json => {
            let found = groups.iter().map(|group| (&group.sources, group.diagnostics.as_slice()));
            json::render(found, groups.iter().map(|group| group.files).sum())
        }
    }
}

/// The files that the paths mean, by project, in the order in which the projects are met; without a path those of the project.
///
/// # Errors
/// When a path leads to no file at all.
pub fn programs(paths: &[PathBuf]) -> Result<Vec<Program>, Problem> {
    let mut programs: Vec<Program> = Vec::new();
    if paths.is_empty() {
        let project = Project::of(Path::new("."))?;
        let source = project.root.join(project.config.source.as_deref().unwrap_or("."));
        let here = absolute(Path::new("."))?;
        let source = source.strip_prefix(here).unwrap_or(&source);
        add(&mut programs, if source.as_os_str().is_empty() { Path::new(".") } else { source })?;
    }
    for path in paths {
        add(&mut programs, path)?;
    }
    Ok(programs)
}

fn add(programs: &mut Vec<Program>, path: &Path) -> Result<(), Problem> {
    if !absolute(path)?.is_dir() {
        return add_file(programs, path, Project::of(path)?);
    }
    let files = wf_files_below(path)?;
    if files.is_empty() {
        return Err(Problem::usage(format!("there is no .wf file in `{}`", shown_path(path))));
    }
    for file in files {
        let own = Project::of(&file)?;
        // Without a `wf.toml` the folder that was named is the project of all files in it.
        let project = if own.sources.is_empty() { Project::of(path)? } else { own };
        add_file(programs, &file, project)?;
    }
    Ok(())
}

fn add_file(programs: &mut Vec<Program>, file: &Path, project: Project) -> Result<(), Problem> {
    let inner = project.inner(file)?;
    match programs.iter_mut().find(|program| program.project.root == project.root) {
        Some(program) => drop(program.files.insert(inner)),
        None => programs.push(Program { project, files: IndexSet::from([inner]) }),
    }
    Ok(())
}

/// The `.wf` files below a folder, in order; hidden folders and `target` are left out, links to folders not followed.
fn wf_files_below(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let entries = std::fs::read_dir(&folder)
            .map_err(|error| Problem::environment(format!("`{}` cannot be read: {error}", shown_path(&folder))))?;
        for entry in entries.flatten() {
            let (name, path) = (entry.file_name(), entry.path());
            let name = name.to_string_lossy();
            if name.starts_with('.') || FOLDERS_SKIPPED.contains(&name.as_ref()) {
                continue;
            }
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                open.push(path);
            } else if is_wf_file(&path) {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

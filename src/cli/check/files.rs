//! Which files the paths on the command line mean, and to which projects they belong.

use std::path::{Path, PathBuf};

use indexmap::IndexSet;

use crate::base::world::SourceLimits;
use crate::cli::profile;
use crate::cli::project::{Project, absolute, is_wf_file, shown_path};
use crate::cli::report::Problem;
use crate::cli::sources::ProgramArgs;

/// Files that belong to one project.
#[derive(Debug)]
pub struct Program {
    /// The project.
    pub project: Project,
    /// Their paths from its root.
    pub files: IndexSet<String>,
}

/// What the paths mean.
#[derive(Debug, Default)]
pub struct Found {
    /// By project, in the order in which the projects are met.
    pub programs: Vec<Program>,
    /// The folders that were searched.
    pub folders: Vec<PathBuf>,
}

/// Folders that hold no sources.
const FOLDERS_SKIPPED: [&str; 1] = ["target"];

/// Finds the files that the paths mean, of which so much is to be read; without a path those of the project.
///
/// # Errors
/// When a path leads to no file at all.
pub fn find(paths: &[PathBuf], limits: SourceLimits) -> Result<Found, Problem> {
    let mut found = Found::default();
    if paths.is_empty() {
        let project = Project::of(Path::new("."))?;
        let source = project.root.join(project.config.source.as_deref().unwrap_or("."));
        let here = absolute(Path::new("."))?;
        let source = source.strip_prefix(here).unwrap_or(&source);
        found.add(if source.as_os_str().is_empty() { Path::new(".") } else { source })?;
    }
    for path in paths {
        found.add(path)?;
    }
    found.programs.iter_mut().for_each(|program| program.project.limits = limits);
    Ok(found)
}

/// The same for programs that are compiled: with the profile that was chosen.
///
/// # Errors
/// Also when a project has no such profile.
pub fn find_programs(paths: &[PathBuf], args: &ProgramArgs) -> Result<Found, Problem> {
    let mut found = find(paths, args.sources.limits())?;
    if let Some(name) = &args.profile {
        found.programs.iter_mut().try_for_each(|program| profile::choose(&mut program.project, name))?;
    }
    Ok(found)
}

impl Found {
    fn add(&mut self, path: &Path) -> Result<(), Problem> {
        if !absolute(path)?.is_dir() {
            return self.add_file(path, Project::of(path)?);
        }
        let files = self.wf_files_below(path)?;
        if files.is_empty() {
            return Err(Problem::usage(format!("there is no .wf file in `{}`", shown_path(path))));
        }
        for file in files {
            let own = Project::of(&file)?;
            // Without a `wf.toml` the folder that was named is the project of all files in it.
            let project = if own.sources.is_empty() { Project::of(path)? } else { own };
            self.add_file(&file, project)?;
        }
        Ok(())
    }

    fn add_file(&mut self, file: &Path, project: Project) -> Result<(), Problem> {
        let inner = project.inner(file)?;
        match self.programs.iter_mut().find(|program| program.project.root == project.root) {
            Some(program) => drop(program.files.insert(inner)),
            None => self.programs.push(Program { project, files: IndexSet::from([inner]) }),
        }
        Ok(())
    }

    /// The `.wf` files below a folder, in order; hidden folders and `target` are left out, links to folders not followed.
    fn wf_files_below(&mut self, folder: &Path) -> Result<Vec<PathBuf>, Problem> {
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
            self.folders.push(folder);
        }
        files.sort();
        Ok(files)
    }
}

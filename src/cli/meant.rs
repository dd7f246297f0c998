//! What a command means by its words: a project, a file of it, and a workflow.

use std::path::{Path, PathBuf};

use crate::base::nearest::suggestion;
use crate::base::source::Sources;
use crate::base::world::World;
use crate::cli::check::files;
use crate::cli::project::{Project, absolute, is_wf_file, shown_path};
use crate::cli::report::Problem;
use crate::diag::Bag;
use crate::syntax::{self, ast};

/// What is meant.
#[derive(Debug)]
pub struct Meant {
    /// The project.
    pub project: Project,
    /// The file, from its root.
    pub file: String,
    /// The workflow, if one was named.
    pub workflow: Option<String>,
    /// The file or folder as a command would name it from here.
    pub shown: String,
}

/// Finds what is meant by a path, which may be the name of a workflow of the project, and the name of a workflow.
///
/// A path is a `.wf` file, or a folder with a `wf.toml` that names one or with a single `.wf` file; without a path the project
/// around the current folder is meant, as by `wfc check`.
///
/// # Errors
/// When there is no such file, or several could be meant.
pub fn meant(path: Option<&Path>, workflow: Option<&str>) -> Result<Meant, Problem> {
    if let (Some(name), None) = (path.and_then(bare_name), workflow) {
        return of_workflow(name);
    }
    let (project, file) = main_file(path)?;
    let shown = path.map_or_else(|| project.shown_root(), shown_path);
    Ok(Meant { project, file, workflow: workflow.map(str::to_owned), shown })
}

/// A word that could be a name and is no path.
fn bare_name(path: &Path) -> Option<&str> {
    path.to_str().filter(|name| !name.contains(['/', '.']) && !path.exists())
}

/// The file of the project here that has a workflow of this name: its main file, or else the only one.
fn of_workflow(name: &str) -> Result<Meant, Problem> {
    let meant = |project: Project, file: String| {
        let shown = project.shown(&file);
        Ok(Meant { project, file, workflow: Some(name.to_owned()), shown })
    };
    if let Ok((project, file)) = main_file(None)
        && workflows_of(&project, &file).iter().any(|workflow| workflow == name)
    {
        return meant(project, file);
    }
    let mut found = files::find(&[], Default::default()).unwrap_or_default();
    let all = found.programs.iter().enumerate().flat_map(|(at, program)| {
        let of_file = move |file: &String| workflows_of(&program.project, file).into_iter().map(move |name| (at, name));
        program.files.iter().flat_map(move |file| of_file(file).map(move |(at, name)| (at, file.clone(), name)))
    });
    let all: Vec<(usize, String, String)> = all.collect();
    let having: Vec<(usize, &str)> =
        all.iter().filter(|(.., workflow)| workflow == name).map(|(at, file, _)| (*at, file.as_str())).collect();
    match having.as_slice() {
        [] => {
            let near = suggestion(name, all.iter().map(|(.., workflow)| workflow.as_str()));
            Err(Problem::usage(format!("there is no file `{name}`, and no workflow of that name here{near}")))
        }
        [(at, file)] => meant(found.programs.swap_remove(*at).project, (*file).to_owned()),
        several => {
            let shown = |(at, file): &(usize, &str)| found.programs[*at].project.shown(file);
            let names: Vec<String> = several.iter().map(shown).collect();
            Err(Problem::usage(format!("several files have a workflow `{name}`: {}", names.join(", ")))
                .help(format!("name one of them first: `wfc run {} {name}`", names[0])))
        }
    }
}

/// The names of the workflows of a file, as far as it can be read.
pub fn workflows_of(project: &Project, file: &str) -> Vec<String> {
    let bytes = project.world().read(file).unwrap_or_default();
    workflows_in(&String::from_utf8_lossy(&bytes))
}

fn workflows_in(text: &str) -> Vec<String> {
    let (mut sources, mut bag) = (Sources::default(), Bag::default());
    let file = sources.add("", text);
    let tree = syntax::parse(file, &sources.get(file).text, &mut bag);
    let name = |item: &ast::Item| match item {
        ast::Item::Workflow(workflow) => Some(workflow.name.text.clone()),
        _ => None,
    };
    tree.items.iter().filter_map(name).collect()
}

/// The project and its file (from its root) that are meant by a path.
///
/// # Errors
/// When there is no such file, or several could be meant.
pub fn main_file(path: Option<&Path>) -> Result<(Project, String), Problem> {
    let here = Path::new(".");
    let project = Project::of(path.unwrap_or(here))?;
    let folder = absolute(path.unwrap_or(here))?;
    if !folder.is_dir() {
        let inner = project.inner(path.unwrap_or(here))?;
        return Ok((project, inner));
    }
    if let Some(main) = project.config.main.clone().filter(|_| path.is_none() || folder == project.root) {
        return Ok((project, main));
    }
    // Below a root without a main file what is here comes first.
    let mut sources = wf_files_in(path.unwrap_or(here));
    if sources.is_empty() && path.is_none() {
        sources = wf_files_in(&project.root);
    }
    match sources.as_slice() {
        [only] => {
            let inner = project.inner(only)?;
            Ok((project, inner))
        }
        [] => Err(Problem::usage(format!("there is no .wf file in `{}`", shown_path(path.unwrap_or(here))))
            .help("name a .wf file, or a folder whose `wf.toml` has `main` under `[project]`")),
        several => {
            let names: Vec<String> = several.iter().map(|path| format!("`{}`", shown_path(path))).collect();
            Err(Problem::usage(format!("several files could be meant: {}", names.join(", ")))
                .help("name one of them, or say `main = \"…\"` under `[project]` in `wf.toml`"))
        }
    }
}

/// The `.wf` files right in a folder, in order.
fn wf_files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| is_wf_file(path)).collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_means_its_main_file() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join("flows/deep")).unwrap();
        std::fs::write(root.join("wf.toml"), "[project]\nmain = \"flows/a.wf\"\n").unwrap();
        std::fs::write(root.join("flows/deep/b.wf"), "").unwrap();
        assert_eq!(main_file(Some(root)).unwrap().1, "flows/a.wf");
        assert_eq!(main_file(Some(&root.join("flows/deep"))).unwrap().1, "flows/deep/b.wf");
        let none = main_file(Some(&root.join("flows"))).unwrap_err();
        assert!(none.message.starts_with("there is no .wf file in"), "{}", none.message);
    }

    #[test]
    fn workflows_are_found_in_what_can_be_read() {
        let text = "workflow a() -> int {\n    return 1\n}\n\nworkflow b() -> int {\n    return missing\n}\n";
        assert_eq!(workflows_in(text), ["a", "b"]);
    }
}

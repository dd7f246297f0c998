//! The project that a path belongs to: its root, its `wf.toml`, and how its files are called on the screen.

use std::path::{Component, Path, PathBuf};

use crate::base::profile::Profile;
use crate::base::source::Sources;
use crate::base::world::{DiskWorld, SourceLimits, World, read_regular};
use crate::cli::report::Problem;
use crate::diag::{Bag, Diagnostic};
use crate::pipeline::config::{self, Config};

/// The name of the file at a project's root.
pub const CONFIG_FILE: &str = "wf.toml";

/// A project on the disk.
#[derive(Debug)]
pub struct Project {
    /// Its folder, absolute: that of `wf.toml`, else the folder that was named or that of the `.wf` file.
    pub root: PathBuf,
    /// What its `wf.toml` says; empty without one.
    pub config: Config,
    /// The text of `wf.toml`, if there is one.
    pub sources: Sources,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
    /// How much source is read.
    pub limits: SourceLimits,
    /// The profile that was chosen.
    pub profile: Option<Profile>,
    /// What stands before each path on the screen: the way from where the user stands to the root.
    shown_below: String,
    /// The way back from the root, if it leads down.
    here: String,
}

impl Project {
    /// Finds the project of a file or folder: the nearest folder upwards with a `wf.toml`, else the folder itself.
    ///
    /// # Errors
    /// When the current folder is gone, or `wf.toml` is there and cannot be read. A mistake *in* it is in
    /// [`Project::diagnostics`].
    pub fn of(path: &Path) -> Result<Self, Problem> {
        let absolute = absolute(path)?;
        let folder = if absolute.is_dir() { absolute.as_path() } else { absolute.parent().unwrap_or(&absolute) };
        let root = folder.ancestors().find(|folder| folder.join(CONFIG_FILE).is_file()).unwrap_or(folder);
        Self::at(root, path.is_absolute())
    }

    fn at(root: &Path, shown_absolute: bool) -> Result<Self, Problem> {
        let here = current_folder()?;
        let mut project = Self {
            root: root.to_owned(),
            config: Config::default(),
            sources: Sources::default(),
            diagnostics: Vec::new(),
            limits: SourceLimits::default(),
            profile: None,
            shown_below: if shown_absolute { with_slash(root) } else { way(&here, root) },
            here: here.strip_prefix(root).ok().filter(|_| !shown_absolute).map(with_slash).unwrap_or_default(),
        };
        let file = root.join(CONFIG_FILE);
        if file.is_file() {
            project.read_config(&file)?;
        }
        Ok(project)
    }

    fn read_config(&mut self, file: &Path) -> Result<(), Problem> {
        let shown = format!("{}{CONFIG_FILE}", self.shown_below);
        let unreadable = |why: String| Problem::environment(format!("`{shown}` cannot be read: {why}"));
        let bytes = read_regular(file, SourceLimits::default()).map_err(|error| unreadable(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|error| unreadable(error.to_string()))?;
        let file = self.sources.add(shown, text);
        let mut bag = Bag::default();
        self.config = config::read(&self.sources, file, &mut bag);
        self.diagnostics = bag.into_sorted();
        Ok(())
    }

    /// The files of the project.
    pub fn world(&self) -> DiskWorld {
        let roles = self.config.roles.as_ref().map(|roles| roles.keys().cloned().collect());
        let world = DiskWorld::new(&self.root).with_roles(roles).with_limits(self.limits);
        let world = world.with_prices(self.config.prices.clone()).with_profile(self.profile.clone());
        world.shown_from(self.shown_below.clone(), self.here.clone())
    }

    /// The root as a command would name it from here.
    pub fn shown_root(&self) -> String {
        let root = self.shown_below.trim_end_matches('/');
        if root.is_empty() { ".".to_owned() } else { crate::base::text::escape(root) }
    }

    /// A path from the root as people see it.
    pub fn shown(&self, inner: &str) -> String {
        crate::base::text::escape(&self.world().shown(inner))
    }

    /// The path of a file of the project from its root, with `/` between its parts.
    ///
    /// # Errors
    /// When the current folder is gone, or the path is not one of this project or not Unicode.
    pub fn inner(&self, path: &Path) -> Result<String, Problem> {
        let absolute = absolute(path)?;
        let inner = absolute.strip_prefix(&self.root).ok().and_then(Path::to_str);
        inner
            .map(|inner| inner.replace(std::path::MAIN_SEPARATOR, "/"))
            .ok_or_else(|| Problem::usage(format!("`{}` is no path of this project", shown_path(path))))
    }

    /// Where the store of the project is, unless the command line says otherwise.
    pub fn store(&self) -> PathBuf {
        self.root.join(self.config.store.as_deref().unwrap_or(".wfc"))
    }
}

/// Whether a path is that of a file whose name ends in `.wf`.
pub fn is_wf_file(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "wf") && path.is_file()
}

/// A path as a message names it.
pub fn shown_path(path: &Path) -> String {
    crate::base::text::escape(&path.to_string_lossy())
}

/// A path from the root of the machine without `.` and `..`, symbolic links not followed.
///
/// # Errors
/// When the current folder is gone.
pub fn absolute(path: &Path) -> Result<PathBuf, Problem> {
    let mut clean = PathBuf::new();
    for part in current_folder()?.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(clean.pop()),
            part => clean.push(part),
        }
    }
    Ok(clean)
}

fn current_folder() -> Result<PathBuf, Problem> {
    std::env::current_dir().map_err(|error| Problem::environment(format!("there is no current folder: {error}")))
}

/// The way from the folder `from` to the folder `to`, with a `/` at its end; empty if they are the same.
fn way(from: &Path, to: &Path) -> String {
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    let steps: PathBuf = up.chain(to.components().skip(common)).collect();
    with_slash(&steps)
}

fn with_slash(path: &Path) -> String {
    let text = path.to_string_lossy();
    if text.is_empty() || text.ends_with('/') { text.into_owned() } else { format!("{text}/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_from_where_the_user_stands() {
        assert_eq!(way(Path::new("/a/b"), Path::new("/a/b")), "");
        assert_eq!(way(Path::new("/a/b"), Path::new("/a/b/c/d")), "c/d/");
        assert_eq!(way(Path::new("/a/b/c"), Path::new("/a/x")), "../../x/");
    }

    #[test]
    fn a_project_is_found_upwards_and_names_its_main_file() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join("flows/deep")).unwrap();
        std::fs::write(root.join("wf.toml"), "[project]\nmain = \"flows/a.wf\"\n").unwrap();
        std::fs::write(root.join("flows/deep/b.wf"), "").unwrap();
        let project = Project::of(&root.join("flows/deep/b.wf")).unwrap();
        assert_eq!(project.root, root);
        assert_eq!(project.inner(&root.join("flows/deep/b.wf")).unwrap(), "flows/deep/b.wf");
    }
}

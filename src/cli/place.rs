//! Where the store is that a command is about.

use std::path::{Path, PathBuf};

use crate::cli::args::Global;
use crate::cli::project::{CONFIG_FILE, Project};
use crate::cli::report::Problem;

/// The folder of a store, below a project's root, unless `wf.toml` says otherwise.
pub const STORE_FOLDER: &str = ".wfc";

/// The store that a command finds by itself: that of the nearest folder, from the current one up, that is a project or has one.
pub fn found_store() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    here.ancestors().find_map(store_of).map(|store| from_here(&store))
}

/// A path as people would write it from the current folder.
pub fn from_here(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).unwrap_or(path).to_path_buf()
}

fn store_of(folder: &Path) -> Option<PathBuf> {
    let store = match folder.join(CONFIG_FILE).is_file() {
        true => Project::of(folder).ok()?.store(),
        false => folder.join(STORE_FOLDER),
    };
    store.is_dir().then_some(store)
}

/// The store that a command about runs is about.
///
/// # Errors
/// There is none.
pub fn existing_store(global: &Global) -> Result<PathBuf, Problem> {
    global.store.clone().or_else(found_store).ok_or_else(|| {
        Problem::environment(format!("there is no store here: no `{STORE_FOLDER}` in this folder or above"))
            .help("go to the project's folder, or name the store with `--store PATH`")
    })
}

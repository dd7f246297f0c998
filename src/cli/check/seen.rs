//! What a check has looked at, so that it can be told whether any of it has changed since.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::base::profile::Profile;
use crate::base::unit::Price;
use crate::base::world::{ReadError, SourceLimits, World, read_regular};
use crate::cli::check::files::Found;
use crate::cli::place::from_here;
use crate::cli::project::{CONFIG_FILE, shown_path};

/// The content of a file as a hash; `None` where it could not be read.
type Print = Option<[u8; 32]>;

/// Files by what they held when they were looked at, and folders that were searched.
#[derive(Debug, Default)]
pub struct Seen {
    files: BTreeMap<PathBuf, Print>,
    searched: BTreeSet<PathBuf>,
    listed: BTreeSet<PathBuf>,
    limits: SourceLimits,
}

impl Seen {
    /// What the paths on the command line have led to.
    pub fn of(found: &Found) -> Self {
        let mut seen = Self::default();
        for program in &found.programs {
            let root = &program.project.root;
            let config = root.join(CONFIG_FILE);
            seen.limits = program.project.limits;
            seen.files.insert(config.clone(), print(&read_regular(&config, seen.limits)));
            seen.listed.extend(program.files.iter().map(|file| root.join(file)));
        }
        seen.searched.extend(found.folders.iter().cloned());
        seen
    }

    /// Adds what is read through a world.
    pub fn add(&mut self, root: &Path, read: BTreeMap<String, Print>) {
        self.files.extend(read.into_iter().map(|(path, print)| (root.join(path), print)));
    }

    /// How many sources were read.
    pub fn count(&self) -> usize {
        self.files.iter().filter(|(path, print)| print.is_some() && !path.ends_with(CONFIG_FILE)).count()
    }

    /// The folders in which something can change: those of the files, or the nearest that are there.
    pub fn folders(&self) -> BTreeSet<PathBuf> {
        let of_files = self.files.keys().filter_map(|path| path.parent()).map(Path::to_owned);
        let all = of_files.chain(self.searched.iter().cloned());
        all.filter_map(|folder| folder.ancestors().find(|one| one.is_dir()).map(Path::to_owned)).collect()
    }

    /// The names of the files that were read, also in vain.
    pub fn names(&self) -> BTreeSet<OsString> {
        self.files.keys().filter_map(|path| path.file_name()).map(OsStr::to_owned).collect()
    }

    /// The first file that is not as it was; `again` are the paths as they are found now.
    pub fn changed(&self, again: Option<&Found>) -> Option<String> {
        let file = self
            .files
            .iter()
            .find(|(path, was)| print(&read_regular(path, self.limits)) != **was)
            .map(|(path, _)| path.clone());
        let list = || {
            let now = Self::of(again?);
            let differs = now.listed.symmetric_difference(&self.listed).next().cloned();
            differs.or_else(|| now.files.keys().find(|path| !self.files.contains_key(*path)).cloned())
        };
        file.or_else(list).map(|path| shown_path(&from_here(&path)))
    }
}

fn print(read: &Result<Vec<u8>, ReadError>) -> Print {
    read.as_ref().ok().map(|bytes| *blake3::hash(bytes).as_bytes())
}

/// A world that remembers what was read.
pub struct Recording<'a> {
    world: &'a dyn World,
    read: Mutex<BTreeMap<String, Print>>,
}

impl<'a> Recording<'a> {
    /// Nothing has been read yet.
    pub fn new(world: &'a dyn World) -> Self {
        Self { world, read: Mutex::default() }
    }

    /// What was read, also in vain.
    pub fn into_read(self) -> BTreeMap<String, Print> {
        self.read.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl World for Recording<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let bytes = self.world.read(path);
        self.read.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), print(&bytes));
        bytes
    }

    fn limits(&self) -> SourceLimits {
        self.world.limits()
    }

    fn names(&self, folder: &str) -> Vec<String> {
        self.world.names(folder)
    }

    fn roles(&self) -> Option<Vec<String>> {
        self.world.roles()
    }

    fn price(&self, model: &str) -> Option<Price> {
        self.world.price(model)
    }

    fn profile(&self) -> Option<&Profile> {
        self.world.profile()
    }

    fn shown(&self, path: &str) -> String {
        self.world.shown(path)
    }
}

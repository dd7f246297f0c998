//! The one door from the compiler to the outside: files of the project and names of environment variables.
//!
//! Nothing from source text to plan reads a file, the clock, the environment or the network but through this trait.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// Largest source file that is read, in bytes.
pub const FILE_BYTES_MAX: u64 = 16 << 20;

/// Most names of a folder that are looked at.
pub const NAMES_MAX: usize = 1_000;

/// Files of a project, addressed by paths relative to its root with `/` between the parts (`std/…` is the shipped library).
pub trait World: Sync {
    /// Reads a whole file.
    ///
    /// # Errors
    /// [`ReadError`] says what stands in the way; a file above [`FILE_BYTES_MAX`] is refused before it is read.
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError>;

    /// The names in a folder (empty for the root), sorted, at most [`NAMES_MAX`]: for suggestions. Empty if it cannot be read.
    fn names(&self, folder: &str) -> Vec<String>;

    /// The roles that the project knows; `None` where it lists none, and any name may be one.
    fn roles(&self) -> Option<Vec<String>> {
        None
    }

    /// A path as it is shown to people: relative to where they stand.
    fn shown(&self, path: &str) -> String {
        path.to_owned()
    }
}

/// Why a file could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is none of this name.
    #[error("there is no such file")]
    NotFound,
    /// A folder, device, pipe or socket.
    #[error("it is not a regular file")]
    NotAFile,
    /// The path leaves the root.
    #[error("it is outside the project")]
    Outside,
    /// Too large to be a source.
    #[error("it is larger than 16 MiB")]
    TooLarge,
    /// Anything else that the operating system says.
    #[error("{0}")]
    Other(String),
}

/// The files under one folder of the disk.
#[derive(Debug, Clone)]
pub struct DiskWorld {
    root: PathBuf,
    shown_below: String,
    here: String,
    roles: Option<Vec<String>>,
}

impl DiskWorld {
    /// Opens the folder `root` as a project.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), shown_below: String::new(), here: String::new(), roles: None }
    }

    /// States the roles that the project knows.
    pub fn with_roles(mut self, roles: Option<Vec<String>>) -> Self {
        self.roles = roles;
        self
    }

    /// Shows paths to somebody who stands elsewhere: `prefix` is the way from there to the root (`../`, `shop/`, nothing), `here`
    /// the way back if it leads down (`flows/`, else nothing).
    pub fn shown_from(mut self, prefix: impl Into<String>, here: impl Into<String>) -> Self {
        (self.shown_below, self.here) = (prefix.into(), here.into());
        self
    }
}

impl World for DiskWorld {
    fn roles(&self) -> Option<Vec<String>> {
        self.roles.clone()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let relative = Path::new(path);
        if relative.components().any(|part| !matches!(part, Component::Normal(_))) {
            return Err(ReadError::Outside);
        }
        let full = self.root.join(relative).canonicalize().map_err(from_io)?;
        let root = self.root.canonicalize().map_err(from_io)?;
        if !full.starts_with(&root) {
            return Err(ReadError::Outside);
        }
        read_regular(&full)
    }

    fn names(&self, folder: &str) -> Vec<String> {
        if Path::new(folder).components().any(|part| !matches!(part, Component::Normal(_))) {
            return Vec::new();
        }
        let entries = std::fs::read_dir(self.root.join(folder)).into_iter().flatten().flatten();
        let mut names: Vec<String> =
            entries.take(NAMES_MAX).filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    fn shown(&self, path: &str) -> String {
        match path.strip_prefix(&self.here) {
            Some(inner) if !self.here.is_empty() => inner.to_owned(),
            _ => format!("{}{path}", self.shown_below),
        }
    }
}

/// Reads a regular file of at most [`FILE_BYTES_MAX`] bytes.
///
/// # Errors
/// As [`World::read`].
pub fn read_regular(path: &Path) -> Result<Vec<u8>, ReadError> {
    use std::io::Read;
    // The kind is asked before the file is opened: opening a pipe would wait for its writer.
    let metadata = std::fs::metadata(path).map_err(from_io)?;
    if !metadata.is_file() {
        return Err(ReadError::NotAFile);
    }
    if metadata.len() > FILE_BYTES_MAX {
        return Err(ReadError::TooLarge);
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(from_io)?;
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(from_io)?;
    if bytes.len() as u64 > FILE_BYTES_MAX { Err(ReadError::TooLarge) } else { Ok(bytes) }
}

fn from_io(error: std::io::Error) -> ReadError {
    match error.kind() {
        std::io::ErrorKind::NotFound => ReadError::NotFound,
        _ => ReadError::Other(error.to_string()),
    }
}

/// Files that live in memory: for tests and editors.
#[derive(Debug, Clone, Default)]
pub struct MemoryWorld {
    /// Path to content.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The roles that the project knows; `None` where it lists none.
    pub roles: Option<Vec<String>>,
}

impl MemoryWorld {
    /// Adds or replaces a file.
    pub fn with(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.as_bytes().to_vec());
        self
    }
}

impl World for MemoryWorld {
    fn roles(&self) -> Option<Vec<String>> {
        self.roles.clone()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.files.get(path).cloned().ok_or(ReadError::NotFound)
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let inside = |path: &&String| path.rsplit_once('/').map_or("", |(parent, _)| parent) == folder;
        let name = |path: &String| path.rsplit('/').next().unwrap_or_default().to_owned();
        self.files.keys().filter(inside).take(NAMES_MAX).map(name).collect()
    }
}

//! The one door from the compiler to the outside: files of the project and names of environment variables.
//!
//! Nothing from source text to plan reads a file, the clock, the environment or the network but through this trait.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// Largest source file that is read, in bytes.
pub const FILE_BYTES_MAX: u64 = 16 << 20;

/// Files of a project, addressed by paths relative to its root with `/` between the parts (`std/…` is the shipped library).
pub trait World {
    /// Reads a whole file.
    ///
    /// # Errors
    /// [`ReadError`] says what stands in the way; a file above [`FILE_BYTES_MAX`] is refused before it is read.
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError>;
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
}

impl DiskWorld {
    /// Opens the folder `root` as a project.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }
}

impl World for DiskWorld {
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
}

impl MemoryWorld {
    /// Adds or replaces a file.
    pub fn with(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.as_bytes().to_vec());
        self
    }
}

impl World for MemoryWorld {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.files.get(path).cloned().ok_or(ReadError::NotFound)
    }
}

//! The one door from the compiler to the outside: files of the project and names of environment variables.
//!
//! Nothing from source text to plan reads a file, the clock, the environment or the network but through this trait.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use crate::base::profile::Profile;
use crate::base::unit::Price;

/// How much source is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceLimits {
    /// Largest file, MiB.
    file_mib: u64,
}

impl SourceLimits {
    /// Largest file that somebody may want to be read, MiB: places in files are 32 bits, and trees take many times the room of
    /// their text.
    pub const MIB_MAX: u32 = 1024;

    /// Files of at most so many MiB.
    pub fn of_mib(file: u32) -> Self {
        Self { file_mib: u64::from(file.min(Self::MIB_MAX)) }
    }

    /// Largest file, bytes.
    pub fn file(self) -> u64 {
        self.file_mib << 20
    }

    /// Most bytes that all sources of a program have together, and again all that they include: four of the largest files.
    pub fn program(self) -> u64 {
        self.file() * 4
    }

    /// A file is too large.
    pub fn too_large(self) -> ReadError {
        ReadError::TooLarge { mib: self.file_mib }
    }

    /// There is too much together.
    pub fn too_much(self) -> ReadError {
        ReadError::TooMuch { mib: self.program() >> 20 }
    }
}

impl Default for SourceLimits {
    fn default() -> Self {
        Self::of_mib(16)
    }
}

/// Most names of a folder that are looked at.
pub const NAMES_MAX: usize = 1_000;

/// Files of a project, addressed by paths relative to its root with `/` between the parts (`std/…` is the shipped library).
pub trait World: Sync {
    /// Reads a whole file.
    ///
    /// # Errors
    /// [`ReadError`] says what stands in the way; a file above the limit is refused before it is read.
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError>;

    /// The names in a folder (empty for the root), sorted, at most [`NAMES_MAX`]: for suggestions. Empty if it cannot be read.
    fn names(&self, folder: &str) -> Vec<String>;

    /// The roles that the project knows; `None` where it lists none, and any name may be one.
    fn roles(&self) -> Option<Vec<String>> {
        None
    }

    /// Kinds of agents that the program around registers, beside the shipped ones.
    fn kinds(&self) -> Vec<String> {
        Vec::new()
    }

    /// What the project says that a model of exactly this name costs.
    fn price(&self, _model: &str) -> Option<Price> {
        None
    }

    /// The profile that was chosen.
    fn profile(&self) -> Option<&Profile> {
        None
    }

    /// How much source is read.
    fn limits(&self) -> SourceLimits {
        SourceLimits::default()
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
    #[error("it is larger than {mib} MiB")]
    TooLarge {
        /// What a source may have.
        mib: u64,
    },
    /// Too much together with what was read before.
    #[error("with it the program is larger than {mib} MiB")]
    TooMuch {
        /// What a program may have.
        mib: u64,
    },
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
    kinds: Vec<String>,
    prices: BTreeMap<String, Price>,
    profile: Option<Profile>,
    limits: SourceLimits,
}

impl DiskWorld {
    /// Opens the folder `root` as a project.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            shown_below: String::new(),
            here: String::new(),
            roles: None,
            kinds: Vec::new(),
            prices: BTreeMap::new(),
            profile: None,
            limits: SourceLimits::default(),
        }
    }

    /// States the kinds of agents that the program around registers.
    pub fn with_kinds(mut self, kinds: impl IntoIterator<Item = String>) -> Self {
        self.kinds = kinds.into_iter().collect();
        self
    }

    /// States how much source is read.
    pub fn with_limits(mut self, limits: SourceLimits) -> Self {
        self.limits = limits;
        self
    }

    /// States the roles that the project knows.
    pub fn with_roles(mut self, roles: Option<Vec<String>>) -> Self {
        self.roles = roles;
        self
    }

    /// States what models cost.
    pub fn with_prices(mut self, prices: BTreeMap<String, Price>) -> Self {
        self.prices = prices;
        self
    }

    /// States the profile that was chosen.
    pub fn with_profile(mut self, profile: Option<Profile>) -> Self {
        self.profile = profile;
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
    fn kinds(&self) -> Vec<String> {
        self.kinds.clone()
    }

    fn limits(&self) -> SourceLimits {
        self.limits
    }

    fn roles(&self) -> Option<Vec<String>> {
        self.roles.clone()
    }

    fn price(&self, model: &str) -> Option<Price> {
        self.prices.get(model).copied()
    }

    fn profile(&self) -> Option<&Profile> {
        self.profile.as_ref()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let relative = Path::new(path);
        if relative.components().any(|part| !matches!(part, Component::Normal(_))) {
            return Err(ReadError::Outside);
        }
        let full = self.root.join(relative).canonicalize().map_err(from_io)?;
        let root = self.root.canonicalize().map_err(from_io)?;
        let inner = full.strip_prefix(&root).map_err(|_| ReadError::Outside)?;
        if !std::fs::metadata(&full).map_err(from_io)?.is_file() {
            return Err(ReadError::NotAFile);
        }
        read_opened(open_below(&root, inner)?, self.limits)
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

/// Reads a regular file.
///
/// # Errors
/// As [`World::read`].
pub fn read_regular(path: &Path, limits: SourceLimits) -> Result<Vec<u8>, ReadError> {
    // The kind is asked before the file is opened: to open a device may do something.
    if !std::fs::metadata(path).map_err(from_io)?.is_file() {
        return Err(ReadError::NotAFile);
    }
    let file = rustix::fs::open(path, OPEN, rustix::fs::Mode::empty()).map_err(|error| from_io(error.into()))?;
    read_opened(file.into(), limits)
}

/// Opening a pipe does not wait for its writer, should one have taken the place of the file.
const OPEN: rustix::fs::OFlags =
    rustix::fs::OFlags::RDONLY.union(rustix::fs::OFlags::CLOEXEC).union(rustix::fs::OFlags::NONBLOCK);

/// What was opened is asked, not what has its name now.
fn read_opened(file: std::fs::File, limits: SourceLimits) -> Result<Vec<u8>, ReadError> {
    use std::io::Read;
    let metadata = file.metadata().map_err(from_io)?;
    if !metadata.is_file() {
        return Err(ReadError::NotAFile);
    }
    if metadata.len() > limits.file() {
        return Err(limits.too_large());
    }
    let mut bytes = Vec::new();
    file.take(limits.file() + 1).read_to_end(&mut bytes).map_err(from_io)?;
    if bytes.len() as u64 > limits.file() { Err(limits.too_large()) } else { Ok(bytes) }
}

/// Opens a file by a path without symbolic links. A link that has come into it since leads nowhere.
#[cfg(target_os = "linux")]
fn open_below(root: &Path, inner: &Path) -> Result<std::fs::File, ReadError> {
    use rustix::fs::{Mode, OFlags, ResolveFlags, open, openat2};
    use rustix::io::Errno;
    let folder = open(root, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).map_err(|error| from_io(error.into()))?;
    match openat2(&folder, inner, OPEN, Mode::empty(), ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS) {
        Ok(file) => Ok(file.into()),
        Err(Errno::LOOP | Errno::XDEV) => Err(ReadError::Outside),
        // A kernel before 5.6, or a sandbox that does not know the call.
        Err(Errno::NOSYS | Errno::PERM) => open_by_path(root, inner),
        Err(error) => Err(from_io(error.into())),
    }
}

/// Opens a file by a path without symbolic links.
#[cfg(not(target_os = "linux"))]
fn open_below(root: &Path, inner: &Path) -> Result<std::fs::File, ReadError> {
    open_by_path(root, inner)
}

fn open_by_path(root: &Path, inner: &Path) -> Result<std::fs::File, ReadError> {
    let flags = OPEN | rustix::fs::OFlags::NOFOLLOW;
    let file = rustix::fs::open(root.join(inner), flags, rustix::fs::Mode::empty());
    file.map(Into::into).map_err(|error| from_io(error.into()))
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
    /// Kinds of agents that the program around registers.
    pub kinds: Vec<String>,
    /// What models cost.
    pub prices: BTreeMap<String, Price>,
    /// The profile that was chosen.
    pub profile: Option<Profile>,
}

impl MemoryWorld {
    /// Adds or replaces a file.
    pub fn with(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.as_bytes().to_vec());
        self
    }
}

impl World for MemoryWorld {
    fn kinds(&self) -> Vec<String> {
        self.kinds.clone()
    }

    fn roles(&self) -> Option<Vec<String>> {
        self.roles.clone()
    }

    fn price(&self, model: &str) -> Option<Price> {
        self.prices.get(model).copied()
    }

    fn profile(&self) -> Option<&Profile> {
        self.profile.as_ref()
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// Between the look at a path and the opening of the file somebody may put a link into it.
    #[test]
    fn a_link_that_takes_the_place_of_a_file_or_folder_is_not_followed() {
        let (outside, project) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(outside.path().join("a.wf"), "secret").unwrap();
        std::os::unix::fs::symlink(outside.path().join("a.wf"), project.path().join("a.wf")).unwrap();
        std::os::unix::fs::symlink(outside.path(), project.path().join("flows")).unwrap();
        for path in ["a.wf", "flows/a.wf"] {
            let opened = open_below(project.path(), path.as_ref()).map(|_| ());
            assert_eq!(opened, Err(ReadError::Outside), "{path}");
        }
        assert!(open_by_path(project.path(), "a.wf".as_ref()).is_err());
    }

    #[test]
    fn a_link_inside_the_project_is_a_way_like_another() {
        let project = tempfile::tempdir().unwrap();
        std::fs::write(project.path().join("a.wf"), "text").unwrap();
        std::os::unix::fs::symlink("a.wf", project.path().join("b.wf")).unwrap();
        std::os::unix::fs::symlink(project.path().join("a.wf"), project.path().join("c.wf")).unwrap();
        let world = DiskWorld::new(project.path());
        assert_eq!((world.read("b.wf"), world.read("c.wf")), (Ok(b"text".to_vec()), Ok(b"text".to_vec())));
    }

    #[test]
    fn a_socket_and_a_pipe_that_takes_the_place_of_a_file_are_no_files() {
        let project = tempfile::tempdir().unwrap();
        let pipe = project.path().join("pipe.wf");
        let _socket = std::os::unix::net::UnixListener::bind(project.path().join("socket.wf")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(DiskWorld::new(project.path()).read("socket.wf"), Err(ReadError::NotAFile));
        let opened = open_below(project.path(), "pipe.wf".as_ref()).unwrap();
        assert_eq!(read_opened(opened, SourceLimits::default()), Err(ReadError::NotAFile));
    }
}

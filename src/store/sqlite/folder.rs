//! The folder of a store: made and judged. Knows nothing of what is in the files.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::store::StoreError;

/// The database inside the folder.
pub const FILE_NAME: &str = "runs.db";

/// Makes the folder and an empty database file where they are missing, for their owner alone; gives the file's path.
///
/// # Errors
/// The folder lies on a network file system, or the system refuses.
pub fn prepare(dir: &Path) -> Result<PathBuf, StoreError> {
    let refuse = |path: &Path, error: &io::Error| open_error(path, &cause(error));
    let existing = dir.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."));
    check_file_system(existing)?;
    if !dir.is_dir() {
        make_durably(dir).map_err(|error| refuse(dir, &error))?;
        // What is in it is no part of the project's history. A courtesy: the store works without it.
        fs::write(dir.join(".gitignore"), "*\n").ok();
    }
    let locks = dir.join("locks");
    DirBuilder::new().recursive(true).mode(0o700).create(&locks).map_err(|error| refuse(&locks, &error))?;
    let file = dir.join(FILE_NAME);
    // SQLite would fall back to reading where it may not write; who opens a store wants to write.
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&file);
    opened.map_err(|error| refuse(&file, &error))?;
    Ok(file)
}

/// Makes a folder, and those above it that are missing, so that none of them is gone after a power loss.
fn make_durably(dir: &Path) -> io::Result<()> {
    let missing: Vec<&Path> = dir.ancestors().take_while(|path| !path.exists()).collect();
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    missing.into_iter().filter_map(Path::parent).try_for_each(sync_folder)
}

/// Makes the names in a folder durable, as far as the file system can.
///
/// # Errors
/// What the system says.
pub fn sync_folder(dir: &Path) -> io::Result<()> {
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    match File::open(dir).and_then(|dir| dir.sync_all()) {
        // Not every file system syncs folders, and not every folder in which one may write can be opened to read.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::PermissionDenied) => Ok(()),
        other => other,
    }
}

/// The error of a store that cannot be opened.
pub fn open_error(path: &Path, cause: &str) -> StoreError {
    StoreError::Open { path: path.display().to_string(), cause: cause.to_owned() }
}

/// What the system says, in words where the usual ones mislead.
pub fn cause(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".into(),
        io::ErrorKind::StorageFull => "the disk is full".into(),
        io::ErrorKind::QuotaExceeded => "the disk quota is used up".into(),
        io::ErrorKind::NotADirectory => "a part of the path is not a folder".into(),
        io::ErrorKind::AlreadyExists => "there is a file of this name".into(),
        _ => error.to_string(),
    }
}

/// Refuses file systems on which locks and shared memory cannot be trusted between machines.
fn check_file_system(path: &Path) -> Result<(), StoreError> {
    let Ok(found) = rustix::fs::statfs(path) else { return Ok(()) };
    match network_file_system(i128::from(found.f_type)) {
        Some(name) => {
            Err(open_error(path, &format!("it lies on a network file system ({name}), where locks do not hold")))
        }
        None => Ok(()),
    }
}

/// The name of the network file system with this magic number.
fn network_file_system(magic: i128) -> Option<&'static str> {
    // Some kernels give the number with its sign extended.
    match magic & 0xffff_ffff {
        0x6969 => Some("NFS"),
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => Some("SMB"),
        0x5346_414f => Some("AFS"),
        0x7375_7245 => Some("Coda"),
        0x564c => Some("NCP"),
        0x00c3_6400 => Some("Ceph"),
        0x0bd0_0bd0 => Some("Lustre"),
        0x4750_4653 => Some("GPFS"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn network_file_systems_are_known_by_their_magic() {
        assert_eq!(network_file_system(0x6969), Some("NFS"));
        assert_eq!(network_file_system(-0xac_b2be), Some("SMB"));
        assert_eq!(network_file_system(0xef53), None);
    }

    #[test]
    fn a_folder_is_for_its_owner_alone() {
        let parent = tempfile::tempdir().expect("a folder");
        let dir = parent.path().join("a/.wfc");
        let file = prepare(&dir).expect("a store folder");
        let mode = |path: &Path| fs::metadata(path).expect("it is there").mode() & 0o777;
        assert_eq!((mode(&dir), mode(&file)), (0o700, 0o600));
    }

    #[test]
    fn a_file_in_the_way_is_named() {
        let parent = tempfile::tempdir().expect("a folder");
        let dir = parent.path().join("taken");
        fs::write(&dir, "").expect("a file");
        let error = prepare(&dir).expect_err("no folder").to_string();
        assert!(error.contains("taken") && error.contains("file of this name"), "{error}");
    }
}

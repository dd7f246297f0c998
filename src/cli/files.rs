//! Writing files whole or not at all.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::cli::project::shown_path;
use crate::cli::report::Problem;

/// Replaces or makes a file: what is written goes into one beside it, which then takes its name. Whatever it held before stays
/// as it was if anything goes wrong, and its permissions stay in any case.
///
/// # Errors
/// What the system says; about a file that may only be read, that it is so.
pub fn replace(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut beside = Beside::of(path)?;
    beside.file.write_all(text)?;
    beside.take_name(path)
}

/// A file under way beside the one whose name it will take.
pub struct Beside {
    /// What is written to.
    pub file: tempfile::NamedTempFile,
}

impl Beside {
    /// Makes it, with the permissions of the one that is there.
    ///
    /// # Errors
    /// What the system says; about a file that may only be read, that it is so.
    pub fn of(path: &Path) -> std::io::Result<Self> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let there = std::fs::metadata(path).ok().map(|metadata| metadata.permissions());
        if there.as_ref().is_some_and(|permissions| permissions.readonly()) {
            return Err(std::io::ErrorKind::PermissionDenied.into());
        }
        let usual = std::fs::Permissions::from_mode(0o666);
        let file = tempfile::Builder::new().prefix(".wfc-").permissions(usual).tempfile_in(folder)?;
        if let Some(permissions) = there {
            file.as_file().set_permissions(permissions)?;
        }
        Ok(Self { file })
    }

    /// Lets it take the name, whole and durably.
    ///
    /// # Errors
    /// What the system says.
    pub fn take_name(self, path: &Path) -> std::io::Result<()> {
        self.file.as_file().sync_all()?;
        self.file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }
}

/// Writes the file that `-o` names, whole or not at all. Pipes and devices are written to.
///
/// # Errors
/// The environment's, with the path; whatever it held before is untouched then.
pub fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut (dyn Write + Send)) -> std::io::Result<()>,
) -> Result<(), Problem> {
    // The error names the file beside it, which nobody knows: its kind says enough.
    let failed = |error: std::io::Error| {
        let why = match error.kind() {
            std::io::ErrorKind::NotFound => "its folder is not there".to_owned(),
            kind => kind.to_string(),
        };
        Problem::environment(format!("`{}` cannot be written: {why}", shown_path(path)))
    };
    let written = match std::fs::metadata(path) {
        Ok(there) if !there.is_file() => {
            OpenOptions::new().write(true).open(path).and_then(|mut file| write(&mut file))
        }
        Ok(_) => path.canonicalize().and_then(|path| through(&path, write)),
        Err(_) => through(path, write),
    };
    written.map_err(failed)
}

fn through(path: &Path, write: impl FnOnce(&mut (dyn Write + Send)) -> std::io::Result<()>) -> std::io::Result<()> {
    let mut beside = Beside::of(path)?;
    let mut out = BufWriter::new(beside.file.as_file_mut());
    write(&mut out)?;
    out.flush()?;
    drop(out);
    beside.take_name(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_keeps_its_permissions_and_one_that_may_only_be_read_its_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sh");
        std::fs::write(&path, "old").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o750)).unwrap();
        replace(&path, b"new").unwrap();
        let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!((std::fs::read_to_string(&path).unwrap().as_str(), mode()), ("new", 0o750));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o440)).unwrap();
        assert_eq!(replace(&path, b"newer").unwrap_err().kind(), std::io::ErrorKind::PermissionDenied);
        assert_eq!((std::fs::read_to_string(&path).unwrap().as_str(), mode()), ("new", 0o440));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }
}

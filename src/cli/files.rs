//! Writing files whole or not at all.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Replaces or makes a file: what is written goes into one beside it, which then takes its name. Whatever it held before stays
/// as it was if anything goes wrong, and its permissions stay in any case.
///
/// # Errors
/// What the system says; about a file that may only be read, that it is so.
pub fn replace(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let there = std::fs::metadata(path).ok().map(|metadata| metadata.permissions());
    if there.as_ref().is_some_and(|permissions| permissions.readonly()) {
        return Err(std::io::ErrorKind::PermissionDenied.into());
    }
    let usual = std::fs::Permissions::from_mode(0o666);
    let mut file = tempfile::Builder::new().prefix(".wfc-").permissions(usual).tempfile_in(folder)?;
    file.write_all(text)?;
    if let Some(permissions) = there {
        file.as_file().set_permissions(permissions)?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
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

//! Who has a store open to write. Bytes are kept before the record that refers to them, so what nothing refers to may be removed
//! only while nobody else writes.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::store::StoreError;
use crate::store::sqlite::folder::{cause, open_error};

/// One of those that write to a store, as long as it is held.
pub struct User {
    file: File,
}

/// The only one, as long as it is held: whoever wants to open the store waits.
pub struct Alone<'a> {
    user: &'a User,
}

impl User {
    /// Joins the others; waits while one of them is alone.
    ///
    /// # Errors
    /// The file in the store's folder cannot be opened or locked.
    pub fn join(dir: &Path) -> Result<Self, StoreError> {
        // No run's lock has this name: theirs end in `.lock`.
        let path = dir.join("locks").join("users");
        let failed = |error: std::io::Error| open_error(&path, &cause(&error));
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let user = Self { file: opened.map_err(failed)? };
        user.share().map_err(|error| failed(error.into()))?;
        Ok(user)
    }

    /// Keeps all others out; `None` where there is another.
    pub fn alone(&self) -> Option<Alone<'_>> {
        match flock(&self.file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Some(Alone { user: self }),
            Err(_) => {
                // What was shared may have been given up by the try.
                self.share().ok();
                None
            }
        }
    }

    fn share(&self) -> Result<(), Errno> {
        loop {
            match flock(&self.file, FlockOperation::LockShared) {
                Err(Errno::INTR) => {}
                done => return done,
            }
        }
    }
}

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        self.user.share().ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_alone_only_without_others() {
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(dir.path().join("locks")).expect("made");
        let first = User::join(dir.path()).expect("joined");
        let second = User::join(dir.path()).expect("joined");
        assert!(first.alone().is_none());
        drop(second);
        let alone = first.alone().expect("nobody else");
        drop(alone);
        User::join(dir.path()).expect("nobody is alone any more");
    }
}

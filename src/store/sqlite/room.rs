//! Room on disk for values that a run does not hold in memory: a file without a name, which is gone with the process.
//!
//! It lies beside the store: the folder for temporary files is often memory itself.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::value::shelf::Room;

/// A file, made when it is first written.
#[derive(Debug)]
pub struct Nameless {
    folder: PathBuf,
    file: OnceLock<File>,
    /// Where the next bytes go.
    end: Mutex<u64>,
}

impl Nameless {
    /// A file in this folder.
    pub fn below(folder: PathBuf) -> Self {
        Self { folder, file: OnceLock::new(), end: Mutex::new(0) }
    }

    fn opened(&self) -> io::Result<&File> {
        if let Some(file) = self.file.get() {
            return Ok(file);
        }
        let file = tempfile::tempfile_in(&self.folder)?;
        Ok(self.file.get_or_init(|| file))
    }
}

impl Room for Nameless {
    fn write(&self, bytes: &[u8]) -> io::Result<u64> {
        let mut end = self.end.lock().unwrap_or_else(PoisonError::into_inner);
        // What was half written is written over.
        self.opened()?.write_all_at(bytes, *end)?;
        let at = *end;
        *end += bytes.len() as u64;
        Ok(at)
    }

    fn read(&self, at: u64, bytes: usize) -> io::Result<Vec<u8>> {
        let mut read = vec![0; bytes];
        self.opened()?.read_exact_at(&mut read, at)?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_and_no_file_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let room = Nameless::below(folder.path().to_owned());
        let places = [b"one".as_slice(), b"", b"three"].map(|bytes| room.write(bytes).unwrap());
        assert_eq!(places, [0, 3, 3]);
        assert_eq!(room.read(3, 5).unwrap(), b"three");
        assert_eq!(room.read(0, 3).unwrap(), b"one");
        assert!(room.read(6, 5).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn where_there_is_no_folder_there_is_no_room() {
        let folder = tempfile::tempdir().unwrap();
        let room = Nameless::below(folder.path().join("missing"));
        assert!(room.write(b"one").is_err());
    }
}

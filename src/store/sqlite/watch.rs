//! Sees whether the files of an open store are still those that were opened, and whole.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;

use crate::store::StoreError;
use crate::store::sqlite::error::from_sqlite;
use crate::store::sqlite::folder::{cause, open_error};

/// Bytes of the log before its first frame.
const LOG_HEADER: u64 = 32;

/// Bytes of a frame beside its page.
const FRAME_HEADER: u64 = 24;

/// How often the log is measured: another process may reset it between two looks.
const LOOKS: u32 = 3;

/// The files of an open store.
pub struct Watch {
    file: PathBuf,
    identity: (u64, u64),
    /// Known once there is one. `None` where it is not watched: it stays only as long as somebody has the store open to write.
    log: Option<OnceLock<(u64, u64)>>,
    /// Bytes of a page, once they were asked for: they never change.
    page: OnceLock<u64>,
    /// How long the database was when it was last looked at.
    length: AtomicU64,
}

impl Watch {
    /// Remembers what `file` is now. One who writes has the log open, and so may watch it too.
    ///
    /// # Errors
    /// It is gone.
    pub fn new(file: &Path, writes: bool) -> Result<Self, StoreError> {
        let metadata = fs::metadata(file).map_err(|error| open_error(file, &cause(&error)))?;
        let length = AtomicU64::new(metadata.len());
        Ok(Self {
            file: file.to_owned(),
            identity: identity(&metadata),
            log: writes.then(OnceLock::new),
            page: OnceLock::new(),
            length,
        })
    }

    /// The database file, for messages.
    pub fn path(&self) -> String {
        self.file.display().to_string()
    }

    /// Fails where the database or its log was deleted or replaced: what is written now would be lost.
    ///
    /// # Errors
    /// Names the file and says what became of it.
    pub fn check(&self) -> Result<(), StoreError> {
        self.database()?;
        self.log().map(drop)
    }

    /// Fails also where one of them was cut in place. The connection is in no transaction.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn check_whole(&self, connection: &Connection) -> Result<(), StoreError> {
        let failed = |error: rusqlite::Error| from_sqlite(&self.path(), "read", &error);
        let length = self.database()?.len();
        if length < self.length.load(Ordering::Relaxed) && length < pages(connection).map_err(failed)? {
            return Err(used(&self.file, CUT.to_owned()));
        }
        self.length.store(length, Ordering::Relaxed);
        for _ in 0..LOOKS {
            // In this order: what others add in between makes it only longer.
            let needed = self.log_length(connection).map_err(failed)?;
            if self.log()?.is_none_or(|log| log.len() >= needed) {
                return Ok(());
            }
        }
        Err(used(&self.log_file(), CUT.to_owned()))
    }

    fn database(&self) -> Result<Metadata, StoreError> {
        look(&self.file, Some(&self.identity))
    }

    /// The log, where it is watched and there is one.
    fn log(&self) -> Result<Option<Metadata>, StoreError> {
        let Some(log) = &self.log else { return Ok(None) };
        let (file, known) = (self.log_file(), log.get());
        match look(&file, known) {
            Err(_) if known.is_none() => Ok(None),
            found => found.map(|found| {
                log.get_or_init(|| identity(&found));
                Some(found)
            }),
        }
    }

    /// How long the log must be to hold what is committed there. A checkpoint that resets it says so where SQLite keeps the count.
    fn log_length(&self, connection: &Connection) -> rusqlite::Result<u64> {
        let frames: i64 = connection.prepare_cached("PRAGMA wal_checkpoint(NOOP)")?.query_row([], |row| row.get(1))?;
        let Ok(frames @ 1..) = u64::try_from(frames) else { return Ok(0) };
        // Kept, since SQLite parses a pragma each time.
        if self.page.get().is_none() {
            self.page.set(size_of_page(connection)?).ok();
        }
        Ok(LOG_HEADER + frames * (FRAME_HEADER + self.page.get().copied().unwrap_or(0)))
    }

    fn log_file(&self) -> PathBuf {
        let mut name = self.file.clone().into_os_string();
        name.push("-wal");
        name.into()
    }
}

const CUT: &str = "it was cut short while it was open";

fn look(path: &Path, known: Option<&(u64, u64)>) -> Result<Metadata, StoreError> {
    let cause = match fs::metadata(path) {
        Ok(found) if known.is_none_or(|known| identity(&found) == *known) => return Ok(found),
        Ok(_) => "it was replaced by another file while it was open".to_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => "it was deleted while it was open".to_owned(),
        Err(error) => cause(&error),
    };
    Err(used(path, cause))
}

fn used(path: &Path, cause: String) -> StoreError {
    StoreError::Io { path: path.display().to_string(), doing: "used", cause }
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// How long the database is once all is in it.
fn pages(connection: &Connection) -> rusqlite::Result<u64> {
    let count: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or(0).saturating_mul(size_of_page(connection)?))
}

fn size_of_page(connection: &Connection) -> rusqlite::Result<u64> {
    let size: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    Ok(u64::try_from(size).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::{folder, schema};

    #[test]
    fn a_replaced_file_is_seen() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = folder::prepare(dir.path()).expect("a store folder");
        let watch = Watch::new(&file, true).expect("a file");
        watch.check().expect("nothing has changed");
        fs::rename(&file, dir.path().join("other")).expect("moved");
        assert!(watch.check().expect_err("gone").to_string().contains("deleted"));
        fs::write(&file, "").expect("another file");
        assert!(watch.check().expect_err("another").to_string().contains("replaced"));
    }

    /// What SQLite does to its files by itself is no damage, whoever has it done.
    #[test]
    fn what_checkpoints_and_vacuums_do_is_no_cut() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = folder::prepare(dir.path()).expect("a store folder");
        let connection = schema::open_writer(&file).expect("a database");
        let other = schema::open_writer(&file).expect("another");
        let watch = Watch::new(&file, true).expect("a file");
        let fill = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 200) \
                    INSERT OR REPLACE INTO blobs SELECT x, zeroblob(9000) FROM n";
        for step in [
            fill,
            "PRAGMA wal_checkpoint(PASSIVE)",
            fill,
            "PRAGMA wal_checkpoint(RESTART)",
            fill,
            "PRAGMA wal_checkpoint(TRUNCATE)",
            fill,
            "DELETE FROM blobs",
            "VACUUM",
            "PRAGMA wal_checkpoint(TRUNCATE)",
            fill,
            "PRAGMA journal_size_limit = 1000",
            "PRAGMA wal_checkpoint(RESTART)",
            fill,
        ] {
            for by in [&connection, &other] {
                by.execute_batch(step).expect(step);
                assert_eq!(watch.check_whole(&connection), Ok(()), "{step}");
            }
        }
    }
}

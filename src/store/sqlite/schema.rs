//! The tables, the number of their format, and how a connection is opened.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::store::sqlite::error::from_sqlite;
use crate::store::sqlite::heads;
use crate::store::sqlite::migrate::migrate;
use crate::store::{EVERY_RUN, StoreError};

/// The format that this version writes and the newest that it reads.
pub const FORMAT: i64 = 5;

/// `wfc` in ASCII: tells our databases from those of other programs.
const APPLICATION: i64 = 0x0077_6663;

/// How long one process waits for another that writes.
const BUSY_MAX: Duration = Duration::from_secs(20);

/// The tables that are new since format 4. A record stands under the number of its run and its own, so that a commit changes the
/// last page of the records of its run, and that of `heads`.
pub const HISTORY: &str = "
CREATE TABLE runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL,
    workflow TEXT NOT NULL,
    plan TEXT NOT NULL,
    inputs TEXT NOT NULL,
    status TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER,
    because TEXT,
    result TEXT,
    requester TEXT NOT NULL,
    root TEXT NOT NULL,
    file TEXT NOT NULL,
    call_dir TEXT NOT NULL,
    sum BLOB NOT NULL
);
CREATE INDEX runs_by_start ON runs (started);
CREATE TABLE heads (
    run INTEGER PRIMARY KEY,
    fence INTEGER NOT NULL,
    records INTEGER NOT NULL,
    head BLOB NOT NULL,
    message INTEGER NOT NULL,
    sum BLOB NOT NULL
);
CREATE TABLE records (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    sum BLOB NOT NULL
);
CREATE VIEW journal AS
    SELECT runs.id AS run, records.number & 4294967295 AS seq, at, body
    FROM runs JOIN records ON records.number BETWEEN runs.number << 32 AND runs.number << 32 | 4294967295;
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run TEXT NOT NULL,
    before INTEGER NOT NULL,
    at INTEGER NOT NULL,
    by TEXT NOT NULL,
    body TEXT NOT NULL,
    sum BLOB NOT NULL
);
CREATE INDEX messages_by_run ON messages (run, id);
";

const REST: &str = "
CREATE TABLE plans (hash TEXT PRIMARY KEY, body TEXT NOT NULL, sum BLOB NOT NULL);
CREATE TABLE blobs (hash TEXT PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE logs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run TEXT NOT NULL,
    at INTEGER NOT NULL,
    stage TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    stream TEXT NOT NULL,
    line TEXT NOT NULL,
    sum INTEGER NOT NULL
);
CREATE INDEX logs_by_run ON logs (run, id);
CREATE TABLE locks (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    lock TEXT NOT NULL,
    run TEXT NOT NULL,
    claim INTEGER NOT NULL,
    held INTEGER NOT NULL,
    UNIQUE (run, claim)
);
CREATE INDEX locks_by_name ON locks (lock, number);
CREATE INDEX locks_held ON locks (lock, number) WHERE held;
";

/// Opens the database to write, making the tables where it is empty and changing them where they are of an older format.
///
/// # Errors
/// It is no database of ours, has a newer format, or cannot be used.
pub fn open_writer(file: &Path) -> Result<Connection, StoreError> {
    let path = file.display().to_string();
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(file, flags).map_err(|e| from_sqlite(&path, "opened", &e))?;
    configure(&connection).map_err(|e| from_sqlite(&path, "opened", &e))?;
    match format(&connection, &path)? {
        FORMAT => {}
        0 => make_tables(&mut connection, &path)?,
        _ => migrate(&mut connection, file)?,
    }
    connection.pragma_update(None, "synchronous", "FULL").map_err(|e| from_sqlite(&path, "opened", &e))?;
    Ok(connection)
}

/// Opens the database to read, whoever writes meanwhile.
///
/// # Errors
/// As [`open_writer`]; also where it has no tables yet.
pub fn open_reader(file: &Path, writable: bool) -> Result<Connection, StoreError> {
    let path = file.display().to_string();
    let connection = if writable { reader_beside_writer(file) } else { reader_without_writing(file) };
    let connection = connection.map_err(|e| from_sqlite(&path, "read", &e))?;
    connection.busy_timeout(BUSY_MAX).map_err(|e| from_sqlite(&path, "read", &e))?;
    connection.set_prepared_statement_cache_capacity(32);
    match format(&connection, &path)? {
        0 => Err(StoreError::Damaged { path, what: "it has no tables".into() }),
        _ => Ok(connection),
    }
}

fn reader_beside_writer(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// For a folder that nobody may write: where no other process has it open, SQLite must be told that nothing will change.
fn reader_without_writing(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    match connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())) {
        Ok(()) => Ok(connection),
        Err(error) if has_unfinished_log(file) => Err(error),
        Err(_) => Connection::open_with_flags(immutable_uri(file), flags | OpenFlags::SQLITE_OPEN_URI),
    }
}

fn has_unfinished_log(file: &Path) -> bool {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).is_ok_and(|metadata| metadata.len() > 0)
}

fn immutable_uri(file: &Path) -> String {
    let path = file.display().to_string();
    let escaped = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    format!("file:{escaped}?immutable=1")
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_MAX)?;
    connection.set_prepared_statement_cache_capacity(32);
    use_log(connection)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)
}

/// Switches to write-ahead logging. Of several processes that do so at once, those that are late are told "busy" without waiting.
fn use_log(connection: &Connection) -> rusqlite::Result<()> {
    let mut tries = 0;
    loop {
        match connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0)) {
            Ok(_) => return Ok(()),
            Err(error) if tries < 200 && error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => {
                tries += 1;
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(error) => return Err(error),
        }
    }
}

/// The number of the format; 0 for an empty database.
///
/// # Errors
/// It is newer than this version, or of another program.
pub fn format(connection: &Connection, path: &str) -> Result<i64, StoreError> {
    let number = |pragma: &str| {
        let found = connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
        found.map_err(|e| from_sqlite(path, "read", &e))
    };
    let found = number("user_version")?;
    let foreign = match found {
        0 => number("schema_version")? != 0 && number("application_id")? != APPLICATION,
        _ => number("application_id")? != APPLICATION,
    };
    match found {
        _ if foreign => {
            let cause = "it is the database of another program".to_owned();
            Err(StoreError::Open { path: path.to_owned(), cause })
        }
        newer if newer > FORMAT => Err(StoreError::Newer { path: path.to_owned(), found: newer, known: FORMAT }),
        known => Ok(known),
    }
}

fn make_tables(connection: &mut Connection, path: &str) -> Result<(), StoreError> {
    let failed = |e: rusqlite::Error| from_sqlite(path, "written", &e);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    // Another process may have been faster.
    if format(&transaction, path)? == 0 {
        transaction.execute_batch(HISTORY).map_err(failed)?;
        transaction.execute_batch(REST).map_err(failed)?;
        heads::every().insert(&transaction, EVERY_RUN).map_err(failed)?;
        transaction.pragma_update(None, "application_id", APPLICATION).map_err(failed)?;
        transaction.pragma_update(None, "user_version", FORMAT).map_err(failed)?;
    }
    transaction.commit().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_nobody_may_write_is_read_by_any_name() {
        let dir = tempfile::tempdir().expect("a folder");
        for name in ["plain", "a b", "50%", "why?", "#1", "é"] {
            let file = dir.path().join(name);
            std::fs::write(&file, "").expect("written");
            drop(open_writer(&file).expect("a database"));
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
            let connection = Connection::open_with_flags(immutable_uri(&file), flags).expect(name);
            assert_eq!(format(&connection, name), Ok(FORMAT), "{name}");
        }
    }
}

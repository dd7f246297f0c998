//! Stores of older formats: changed in one transaction where they lie, with a copy of what was there kept beside them.
//!
//! The file stays the same one, so that an older `wfc` that has it open meets tables that it does not know, and says so.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Row, TransactionBehavior, params};
use tempfile::TempDir;

use crate::store::sqlite::error::from_sqlite;
use crate::store::sqlite::folder::{self, cause, sync_folder};
use crate::store::sqlite::heads::{self, Head};
use crate::store::sqlite::mail::Letter;
use crate::store::sqlite::row::signed;
use crate::store::sqlite::schema::{self, FORMAT};
use crate::store::{EVERY_RUN, StoreError, chain};

/// What the formats up to the fourth added, from the second on.
const EARLIER: [&str; 3] = [
    "
CREATE TABLE locks (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    lock TEXT NOT NULL,
    run TEXT NOT NULL,
    claim INTEGER NOT NULL,
    held INTEGER NOT NULL,
    UNIQUE (run, claim)
);
CREATE INDEX locks_by_name ON locks (lock, number);
",
    // Plans are packed from here on; those that are there stay as they are.
    "",
    "CREATE INDEX locks_held ON locks (lock, number) WHERE held;",
];

const SET_ASIDE: &str = "
DROP INDEX runs_by_start;
DROP INDEX messages_by_run;
ALTER TABLE runs RENAME TO old_runs;
ALTER TABLE records RENAME TO old_records;
ALTER TABLE messages RENAME TO old_messages;
";

/// Records are copied run by run, each with the checksum that it had: the chain is the same, and what was damaged is told of as
/// before. Numbers of messages that were removed are not given again.
const COPY: &str = "
INSERT INTO runs SELECT number, id, key, workflow, plan, inputs, status, started, ended, because, result, requester, root, file,
    call_dir, sum FROM old_runs ORDER BY number;
INSERT INTO records SELECT old_runs.number << 32 | seq, at, body, old_records.sum
    FROM old_runs CROSS JOIN old_records ON old_records.run = old_runs.id ORDER BY old_runs.number, seq;
INSERT INTO sqlite_sequence SELECT 'messages', seq FROM sqlite_sequence WHERE name = 'old_messages';
";

const DROP_OLD: &str = "
DROP TABLE old_runs;
DROP TABLE old_records;
DROP TABLE old_messages;
";

/// Changes an older store to the format of this version. Nothing happens where another process has done so meanwhile.
///
/// # Errors
/// It cannot be read, copied or written. It is as it was then.
pub fn migrate(connection: &mut Connection, file: &Path) -> Result<(), StoreError> {
    let path = file.display().to_string();
    let failed = |error: rusqlite::Error| from_sqlite(&path, "changed to a newer format", &error);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let found = schema::format(&transaction, &path)?;
    if found < FORMAT {
        // While this transaction lasts nobody writes: the copy is what is changed.
        keep(file, found)?;
        change(&transaction, found).map_err(failed)?;
    }
    transaction.commit().map_err(failed)
}

/// A copy of an older store in this format, for who may not or will not write to it. Gone when it is dropped.
///
/// # Errors
/// It cannot be read, or the folder for temporary files does not take it.
pub fn copy_to_read(older: &Connection, file: &Path) -> Result<(TempDir, PathBuf), StoreError> {
    let path = file.display().to_string();
    let failed = |error: rusqlite::Error| from_sqlite(&path, "copied to be read in a newer format", &error);
    let folder = tempfile::tempdir().map_err(|error| StoreError::Io {
        path: path.clone(),
        doing: "copied to be read",
        cause: cause(&error),
    })?;
    let copy = folder.path().join(folder::FILE_NAME);
    vacuum_into(older, &copy).map_err(failed)?;
    let connection = Connection::open(&copy).map_err(failed)?;
    let found = schema::format(&connection, &path)?;
    let changed = connection.execute_batch("PRAGMA synchronous = OFF; BEGIN");
    changed.and_then(|()| change(&connection, found)).map_err(failed)?;
    connection.execute_batch("COMMIT").map_err(failed)?;
    Ok((folder, copy))
}

/// Where the copy of a store of an older format is kept.
pub fn kept_copy(file: &Path, format: i64) -> PathBuf {
    file.with_file_name(format!("runs.format{format}.db"))
}

/// The copies that are kept of older formats, with their sizes in bytes.
pub fn kept_copies(file: &Path) -> Vec<(PathBuf, u64)> {
    let copies = (1..FORMAT).map(|format| kept_copy(file, format));
    copies.filter_map(|copy| Some((fs::metadata(&copy).ok()?.len(), copy))).map(|(size, copy)| (copy, size)).collect()
}

/// Copies the store, whole or not at all, durably.
fn keep(file: &Path, format: i64) -> Result<(), StoreError> {
    let copy = kept_copy(file, format);
    let half = copy.with_extension("part");
    let path = copy.display().to_string();
    let failed = |error: io::Error| StoreError::Io { path: path.clone(), doing: "written", cause: cause(&error) };
    fs::remove_file(&half)
        .or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
        .map_err(failed)?;
    // Made before SQLite does: for its owner alone.
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(&half).map_err(failed)?;
    let copied = schema::open_reader(file, true)
        .and_then(|reader| vacuum_into(&reader, &half).map_err(|error| from_sqlite(&path, "written", &error)))
        .and_then(|()| settle(&half, &copy).map_err(failed));
    if copied.is_err() {
        fs::remove_file(&half).ok();
    }
    copied
}

fn settle(half: &Path, copy: &Path) -> io::Result<()> {
    File::open(half)?.sync_all()?;
    fs::rename(half, copy)?;
    copy.parent().map_or(Ok(()), sync_folder)
}

fn vacuum_into(from: &Connection, to: &Path) -> rusqlite::Result<()> {
    from.pragma_update(None, "query_only", false)?;
    from.execute("VACUUM INTO ?1", [to.display().to_string()]).map(drop)
}

/// Changes the tables inside a transaction.
fn change(connection: &Connection, found: i64) -> rusqlite::Result<()> {
    for (_, tables) in (2..).zip(EARLIER).filter(|(format, _)| *format > found) {
        connection.execute_batch(tables)?;
    }
    connection.execute_batch(SET_ASIDE)?;
    connection.execute_batch(schema::HISTORY)?;
    connection.execute_batch(COPY)?;
    let last = messages(connection)?;
    of_runs(connection, &last)?;
    let message = last.get(EVERY_RUN).copied().unwrap_or(0);
    Head { message, ..heads::every() }.insert(connection, EVERY_RUN)?;
    connection.execute_batch(DROP_OLD)?;
    connection.pragma_update(None, "user_version", FORMAT)
}

/// Links the messages of each run; gives the last of each. One that is damaged stays so.
fn messages(connection: &Connection) -> rusqlite::Result<BTreeMap<String, u64>> {
    let mut last = BTreeMap::new();
    // Not by the index, which may be damaged where the table is not.
    let sql = "SELECT id, 0, at, by, body, sum, run FROM old_messages NOT INDEXED ORDER BY id";
    let mut statement = connection.prepare(sql)?;
    let mut insert = connection
        .prepare("INSERT INTO messages (id, run, before, at, by, body, sum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (letter, run): (Letter, String) = (Letter::read(row)?, row.get(6)?);
        let before = last.insert(run.clone(), letter.id).unwrap_or(0);
        let whole = *letter.sum == earlier_sum(&run, &letter);
        let letter = Letter { before, ..letter };
        let sum = if whole { letter.own_sum(&run) } else { chain::Sum::default() };
        insert.execute(params![signed(letter.id), run, signed(before), letter.at, letter.by, letter.body, sum])?;
    }
    Ok(last)
}

/// The checksum of a message up to format 4.
fn earlier_sum(run: &str, letter: &Letter) -> chain::Sum {
    chain::sum(&[run.as_bytes(), &letter.at.to_le_bytes(), letter.by.as_bytes(), letter.body.as_bytes()])
}

fn of_runs(connection: &Connection, last: &BTreeMap<String, u64>) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("SELECT number, id, fence, records, head FROM old_runs ORDER BY number")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id: String = row.get(1)?;
        let head = Head {
            number: count(row, 0)?,
            fence: count(row, 2)?,
            records: count(row, 3)?,
            // What is no checksum matches nothing: it is told of when the run is read.
            sum: row.get(4).unwrap_or_default(),
            message: last.get(&id).copied().unwrap_or(0),
        };
        head.insert(connection, &id)?;
    }
    Ok(())
}

/// What was never written there counts as none: the run is told of as damaged when it is read, and the others are not.
fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}

//! What SQLite says, in words that name the file.

use rusqlite::ErrorCode;

use crate::store::StoreError;

/// Turns an error of SQLite into one that names the file. `doing` is `read`, `written`, `opened`.
pub fn from_sqlite(path: &str, doing: &'static str, error: &rusqlite::Error) -> StoreError {
    let rusqlite::Error::SqliteFailure(failure, message) = error else {
        // Something else than this program wrote there, or a bit has flipped.
        let what = match error {
            rusqlite::Error::InvalidColumnType(_, name, found) => {
                format!("a value of the column `{name}` has the type {found}, which is never written there")
            }
            other => other.to_string(),
        };
        return StoreError::Damaged { path: path.to_owned(), what };
    };
    let cause = match failure.code {
        ErrorCode::DatabaseCorrupt => {
            let what = message.clone().unwrap_or_else(|| "its pages do not fit together".into());
            return StoreError::Damaged { path: path.to_owned(), what };
        }
        ErrorCode::NotADatabase => {
            return StoreError::Damaged { path: path.to_owned(), what: "it is not a database".into() };
        }
        ErrorCode::DiskFull => "the disk is full".into(),
        ErrorCode::ReadOnly => "it is read-only".into(),
        ErrorCode::PermissionDenied => "permission denied".into(),
        ErrorCode::CannotOpen => "the file cannot be opened".into(),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => "another process keeps it locked".into(),
        ErrorCode::SystemIoFailure => io_cause(failure.extended_code),
        _ => error.to_string(),
    };
    StoreError::Io { path: path.to_owned(), doing, cause }
}

/// The error of something damaged, found where SQLite's own are told.
pub fn damage(what: String) -> rusqlite::Error {
    // The one that says no more than it is told to.
    rusqlite::Error::ToSqlConversionFailure(what.into())
}

/// Whether the disk itself failed: what is on it now is unknown until the store is opened again, so nothing more is written.
pub fn is_fatal(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}

fn io_cause(extended: i32) -> String {
    let during = match extended {
        rusqlite::ffi::SQLITE_IOERR_FSYNC | rusqlite::ffi::SQLITE_IOERR_DIR_FSYNC => " while syncing",
        rusqlite::ffi::SQLITE_IOERR_WRITE | rusqlite::ffi::SQLITE_IOERR_TRUNCATE => " while writing",
        rusqlite::ffi::SQLITE_IOERR_READ | rusqlite::ffi::SQLITE_IOERR_SHORT_READ => " while reading",
        _ => "",
    };
    format!("the disk reports an error{during}")
}

//! What is written, one function for each: it checks, then writes. Runs inside the writer's transaction.

use rusqlite::{Connection, params};

use crate::store::chain;
use crate::store::memory::out_of_order;
use crate::store::sqlite::row::{self, RunRow};
use crate::store::sqlite::writer::Refusal;
use crate::store::{LogLine, Record, RunInfo, StoreError};

/// Adds a run, and its plan (packed).
pub fn create(connection: &Connection, info: &RunInfo, plan: &[u8]) -> Result<u64, Refusal> {
    if !RunRow::of(info).insert(connection)? {
        return Err(Refusal::Store(StoreError::Exists(info.id.clone())));
    }
    put_plan(connection, &info.plan, plan)
}

/// Raises the fencing number of a run; gives the new one.
pub fn fence(connection: &Connection, run: &str) -> Result<u64, Refusal> {
    let mut statement = connection.prepare_cached("UPDATE runs SET fence = fence + 1 WHERE id = ?1 RETURNING fence")?;
    Ok(statement.query_row([run], |row| row::number(row, 0))?)
}

/// What must be known of a run that is added to, if `fence` is still its newest number.
pub fn fenced(connection: &Connection, (run, fence): (&str, u64)) -> Result<row::Head, Refusal> {
    let head = row::head(connection, run)?;
    head.filter(|head| head.fence == fence).ok_or_else(|| Refusal::Store(StoreError::Fenced { run: run.to_owned() }))
}

/// Adds records to a run, if `fence` is still its newest number and they follow its last one.
pub fn append(
    connection: &Connection,
    path: &str,
    (run, fence): (&str, u64),
    records: &[Record],
    info: Option<&RunInfo>,
) -> Result<u64, Refusal> {
    let refuse = |error| Err(Refusal::Store(error));
    let head = fenced(connection, (run, fence))?;
    let mut sum = head.sum;
    let mut next = head.records;
    let mut insert =
        connection.prepare_cached("INSERT INTO records (run, seq, at, body, sum) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for record in records {
        if record.seq != next {
            return refuse(out_of_order(path, run, record.seq, next));
        }
        sum = chain::next(&sum, record);
        insert.execute(params![run, row::signed(record.seq), record.at, record.body, sum])?;
        next += 1;
    }
    connection.prepare_cached("UPDATE runs SET records = ?2, head = ?3 WHERE id = ?1")?.execute(params![
        run,
        row::signed(next),
        sum
    ])?;
    if let Some(info) = info {
        RunRow::of(info).update(connection)?;
    }
    Ok(next)
}

/// Keeps a plan (packed) under its hash.
pub fn put_plan(connection: &Connection, hash: &str, plan: &[u8]) -> Result<u64, Refusal> {
    let mut statement =
        connection.prepare_cached("INSERT OR IGNORE INTO plans (hash, body, sum) VALUES (?1, ?2, ?3)")?;
    statement.execute(params![hash, plan, chain::sum(&[hash.as_bytes(), plan])])?;
    Ok(0)
}

/// Keeps bytes under their hash.
pub fn put_blob(connection: &Connection, hash: &str, bytes: &[u8]) -> Result<u64, Refusal> {
    let mut statement = connection.prepare_cached("INSERT OR IGNORE INTO blobs (hash, body) VALUES (?1, ?2)")?;
    statement.execute(params![hash, bytes])?;
    Ok(0)
}

/// Leaves a message (its body JSON) for a run; gives its number.
pub fn send(connection: &Connection, run: &str, at: i64, by: &str, body: &str) -> Result<u64, Refusal> {
    let mut statement =
        connection.prepare_cached("INSERT INTO messages (run, at, by, body, sum) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    statement.execute(params![run, at, by, body, message_sum(run, at, by, body)])?;
    Ok(u64::try_from(connection.last_insert_rowid()).unwrap_or(0))
}

/// The checksum of a message.
pub fn message_sum(run: &str, at: i64, by: &str, body: &str) -> chain::Sum {
    chain::sum(&[run.as_bytes(), &at.to_le_bytes(), by.as_bytes(), body.as_bytes()])
}

/// Keeps lines of output.
pub fn lines(connection: &Connection, lines: &[(String, LogLine)]) -> rusqlite::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let mut statement = connection.prepare_cached(
        "INSERT INTO logs (run, at, stage, attempt, stream, line, sum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for (run, line) in lines {
        statement.execute(params![
            run,
            line.at,
            line.stage,
            line.attempt,
            line.stream,
            line.line,
            line_sum(run, line)
        ])?;
    }
    Ok(())
}

/// The checksum of a line of output: there are many, so a short one.
pub fn line_sum(run: &str, line: &LogLine) -> i64 {
    let parts = [run.as_bytes(), &line.at.to_le_bytes(), line.stage.as_bytes(), line.stream.as_bytes()];
    let sum = chain::sum(&[&parts.concat(), &line.attempt.to_le_bytes(), line.line.as_bytes()]);
    sum.first_chunk().map_or(0, |head| i64::from_le_bytes(*head))
}

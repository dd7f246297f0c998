//! What is written, one function for each: it checks, then writes. Runs inside the writer's transaction.

use rusqlite::{Connection, params};

use crate::store::chain;
use crate::store::memory::out_of_order;
use crate::store::sqlite::heads::{self, Head};
use crate::store::sqlite::row::RunRow;
use crate::store::sqlite::writer::Refusal;
use crate::store::{LogLine, Record, RunInfo, StoreError, lookup};

/// Adds a run, and its plan (packed).
pub fn create(connection: &Connection, path: &str, info: &RunInfo, plan: &[u8]) -> Result<u64, Refusal> {
    let Some(number) = RunRow::of(info).insert(connection)? else {
        return Err(Refusal::Store(StoreError::Exists(info.id.clone())));
    };
    heads::check_number(path, number).map_err(Refusal::Store)?;
    Head::new(number, &info.id).insert(connection, &info.id)?;
    put_plan(connection, &info.plan, plan)
}

/// Raises the fencing number of a run; gives the new one.
pub fn fence(connection: &Connection, run: &str) -> Result<u64, Refusal> {
    let head = Head::of(connection, run)?.ok_or_else(|| Refusal::Store(lookup::no_run(run, std::iter::empty())))?;
    let head = Head { fence: head.fence + 1, ..head };
    head.write(connection, run)?;
    Ok(head.fence)
}

/// What must be known of a run that is added to, if `fence` is still its newest number.
pub fn fenced(connection: &Connection, (run, fence): (&str, u64)) -> Result<Head, Refusal> {
    let head = Head::of(connection, run)?;
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
    let mut head = fenced(connection, (run, fence))?;
    let mut insert =
        connection.prepare_cached("INSERT INTO records (number, at, body, sum) VALUES (?1, ?2, ?3, ?4)")?;
    for record in records {
        if record.seq != head.records {
            return Err(Refusal::Store(out_of_order(path, run, record.seq, head.records)));
        }
        head.sum = chain::next(&head.sum, record);
        let key = head.key(path, run, record.seq).map_err(Refusal::Store)?;
        insert.execute(params![key, record.at, record.body, head.sum])?;
        head.records += 1;
    }
    if !records.is_empty() {
        head.write(connection, run)?;
    }
    if let Some(info) = info {
        RunRow::of(info).update(connection)?;
    }
    Ok(head.records)
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

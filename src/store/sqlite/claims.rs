//! Claims to locks in their table. Runs inside the writer's transaction.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};

use crate::store::StoreError;
use crate::store::locks::{Claim, Claims, Holds, Queued, decide};
use crate::store::memory::no_claim;
use crate::store::sqlite::row::{number, signed};
use crate::store::sqlite::write::fenced;
use crate::store::sqlite::writer::Refusal;

/// Makes claims of a run and gives others up.
pub fn change(connection: &Connection, run: &str, claims: &Claims) -> Result<(), Refusal> {
    for claim in &claims.given_up {
        give_up(connection, run, *claim)?;
    }
    for claim in &claims.made {
        make(connection, run, claim, false)?;
    }
    Ok(())
}

/// Takes the lock of a claim if it is its turn. `driven` tells whether a process drives a run.
pub fn take(
    connection: &Connection,
    path: &str,
    (run, fence): (&str, u64),
    claim: &Claim,
    driven: impl Fn(&str) -> bool,
) -> Result<Holds, Refusal> {
    fenced(connection, (run, fence))?;
    let missing = || Refusal::Store(StoreError::Damaged { path: path.to_owned(), what: no_claim(run, claim) });
    let held = state(connection, run, claim)?.ok_or_else(missing)?;
    if held {
        return Ok(Holds::Yes);
    }
    let mut waiting = connection.prepare_cached(&in_order(""))?;
    let mut unread = None;
    let queue = waiting.query_map([&claim.lock], queued)?;
    let queue = queue.map_while(|found| found.map_err(|error| unread = Some(error)).ok());
    let holds = decide(holder(connection, &claim.lock)?, queue, (run, claim.id), driven);
    if let Some(error) = unread {
        return Err(error.into());
    }
    if holds == Holds::Yes {
        let mut statement = connection.prepare_cached("UPDATE locks SET held = 1 WHERE run = ?1 AND claim = ?2")?;
        statement.execute(params![run, signed(claim.id)])?;
    }
    Ok(holds)
}

/// Leaves a run with these claims alone.
pub fn set(connection: &Connection, (run, fence): (&str, u64), claims: &[(Claim, bool)]) -> Result<u64, Refusal> {
    fenced(connection, (run, fence))?;
    let mut statement = connection.prepare_cached("SELECT claim FROM locks WHERE run = ?1")?;
    let there = statement.query_map([run], |row| number(row, 0))?.collect::<rusqlite::Result<BTreeSet<u64>>>()?;
    let wanted: BTreeSet<u64> = claims.iter().map(|(claim, _)| claim.id).collect();
    for gone in there.difference(&wanted) {
        give_up(connection, run, *gone)?;
    }
    for (claim, held) in claims.iter().filter(|(claim, _)| !there.contains(&claim.id)) {
        make(connection, run, claim, *held)?;
    }
    Ok(0)
}

/// Whether a claim of a run that has not ended holds; nothing where there is no such claim.
fn state(connection: &Connection, run: &str, claim: &Claim) -> rusqlite::Result<Option<bool>> {
    let sql = "SELECT locks.held FROM locks JOIN runs ON runs.id = locks.run \
               WHERE locks.run = ?1 AND locks.claim = ?2 AND locks.lock = ?3 AND runs.ended IS NULL";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row(params![run, signed(claim.id), claim.lock], |row| row.get(0)).optional()
}

/// The claim that holds a lock.
fn holder(connection: &Connection, lock: &str) -> rusqlite::Result<Option<Queued>> {
    connection.prepare_cached(&in_order("AND locks.held"))?.query_row([lock], queued).optional()
}

/// The query for the claims to a lock, oldest first. Runs that have ended, or are gone, hold nothing. The cross join has SQLite go
/// through the claims in the order of their index, so that the first row costs no look at the others.
fn in_order(which: &str) -> String {
    format!(
        "SELECT locks.run, locks.claim FROM locks CROSS JOIN runs ON runs.id = locks.run \
         WHERE locks.lock = ?1 AND runs.ended IS NULL {which} ORDER BY locks.number"
    )
}

fn queued(row: &rusqlite::Row<'_>) -> rusqlite::Result<Queued> {
    Ok(Queued { run: row.get(0)?, claim: number(row, 1)? })
}

fn make(connection: &Connection, run: &str, claim: &Claim, held: bool) -> rusqlite::Result<()> {
    let mut statement =
        connection.prepare_cached("INSERT INTO locks (lock, run, claim, held) VALUES (?1, ?2, ?3, ?4)")?;
    statement.execute(params![claim.lock, run, signed(claim.id), held]).map(drop)
}

fn give_up(connection: &Connection, run: &str, claim: u64) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("DELETE FROM locks WHERE run = ?1 AND claim = ?2")?;
    statement.execute(params![run, signed(claim)]).map(drop)
}

//! Claims to locks in their table. Runs inside the writer's transaction.

use rusqlite::{Connection, params};

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
    let queue = queue(connection, &claim.lock)?;
    let missing = || StoreError::Damaged { path: path.to_owned(), what: no_claim(run, claim) };
    let holds = decide(&queue, run, claim.id, driven).ok_or_else(|| Refusal::Store(missing()))?;
    if holds == Holds::Yes && !queue.iter().any(|queued| queued.held) {
        let mut statement = connection.prepare_cached("UPDATE locks SET held = 1 WHERE run = ?1 AND claim = ?2")?;
        statement.execute(params![run, signed(claim.id)])?;
    }
    Ok(holds)
}

/// Leaves a run with these claims alone.
pub fn set(connection: &Connection, (run, fence): (&str, u64), claims: &[(Claim, bool)]) -> Result<u64, Refusal> {
    fenced(connection, (run, fence))?;
    let mut statement = connection.prepare_cached("SELECT claim FROM locks WHERE run = ?1")?;
    let there = statement.query_map([run], |row| number(row, 0))?.collect::<rusqlite::Result<Vec<u64>>>()?;
    for gone in there.iter().filter(|there| !claims.iter().any(|(claim, _)| claim.id == **there)) {
        give_up(connection, run, *gone)?;
    }
    for (claim, held) in claims.iter().filter(|(claim, _)| !there.contains(&claim.id)) {
        make(connection, run, claim, *held)?;
    }
    Ok(0)
}

/// The claims to a lock, oldest first. Runs that have ended, or are gone, hold nothing.
fn queue(connection: &Connection, lock: &str) -> rusqlite::Result<Vec<Queued>> {
    let sql = "SELECT locks.run, locks.claim, locks.held FROM locks JOIN runs ON runs.id = locks.run \
               WHERE locks.lock = ?1 AND runs.ended IS NULL ORDER BY locks.number";
    let mut statement = connection.prepare_cached(sql)?;
    let queued = statement
        .query_map([lock], |row| Ok(Queued { run: row.get(0)?, claim: number(row, 1)?, held: row.get(2)? }))?;
    queued.collect()
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

//! Makes room: takes ended runs out, whole, and then everything that nothing refers to.
//!
//! Each step is a transaction of its own that leaves a whole store: who is killed between two of them has removed less.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, Row, params};

use crate::base::nearest::few;
use crate::store::hashes::hashes;
use crate::store::sqlite::error::damage;
use crate::store::sqlite::heads::{self, Head};
use crate::store::sqlite::write::fenced;
use crate::store::sqlite::writer::Refusal;
use crate::store::sqlite::{SqliteStore, lock, mail, packed, row, schema};
use crate::store::{EVERY_RUN, Lease, StoreError};

/// Bytes or plans that are removed in one transaction.
const AT_ONCE: usize = 500;

/// What nothing refers to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unused {
    /// Long results and the content of files: hash and size.
    pub blobs: BTreeMap<String, u64>,
    /// Plans: hash and size.
    pub plans: BTreeMap<String, u64>,
    /// Results for equal calls that nobody may want any more, by file name: their size.
    pub cached: BTreeMap<String, u64>,
    /// Events that no run can take: all are older than every run.
    pub events: u64,
}

impl Unused {
    /// The size of it all, in bytes.
    pub fn bytes(&self) -> u64 {
        [&self.blobs, &self.plans, &self.cached].into_iter().flat_map(BTreeMap::values).sum()
    }
}

impl SqliteStore {
    /// Takes an ended run out: its journal, output, messages, claims and place in the history. Durable with the next synced write.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] where the lease is outdated or the run has not ended.
    pub async fn remove_run(&self, lease: &Lease) -> Result<(), StoreError> {
        let (run, fence) = (lease.run.clone(), lease.fence);
        self.write(false, move |connection| remove_run(connection, (&run, fence))).await.map(drop)
    }

    /// Whether a process drives a run.
    pub fn is_driven(&self, run: &str) -> bool {
        lock::is_driven(&self.dir, run)
    }

    /// What nothing would refer to without the runs `gone`. `now` in milliseconds since 1970.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn unused(&self, gone: &BTreeSet<String>, now: i64) -> Result<Unused, StoreError> {
        let cached = self.cache.all();
        self.read(|reader| {
            // One transaction: all is of the same moment.
            let moment = reader.connection.unchecked_transaction()?;
            let mut marks = Marks::all(&moment)?;
            let oldest = marks.runs(&moment, gone)?;
            cached.iter().filter(|(_, until, _)| *until >= now).for_each(|(name, ..)| {
                let kept = self.cache.read(name);
                kept.iter().for_each(|kept| marks.mark(&kept.body));
            });
            marks.follow(&moment)?;
            let old = cached.iter().filter(|(_, until, _)| *until < now);
            let cached = old.map(|(name, _, size)| (name.clone(), *size)).collect();
            let Marks { blobs, plans, .. } = marks;
            Ok(Unused { blobs, plans, cached, events: old_events(&moment, oldest)? })
        })
    }

    /// Removes what nothing refers to, and gives the room back to the system; `None`, and nothing is done, where another process
    /// has the store open: what it has kept it may be about to refer to.
    ///
    /// # Errors
    /// The store cannot be read or written. What was removed until then nobody misses.
    pub async fn remove_unused(&self, now: i64) -> Result<Option<Unused>, StoreError> {
        let Some(_alone) = self.user.as_ref().and_then(|user| user.alone()) else { return Ok(None) };
        let unused = self.unused(&BTreeSet::new(), now)?;
        for (table, hashes) in [("blobs", &unused.blobs), ("plans", &unused.plans)] {
            let hashes: Vec<String> = hashes.keys().cloned().collect();
            for some in hashes.chunks(AT_ONCE) {
                let some = some.to_vec();
                self.write(false, move |connection| remove_hashes(connection, table, &some)).await?;
            }
        }
        self.write(true, remove_old_events).await?;
        unused.cached.keys().for_each(|name| self.cache.remove(name));
        self.cache.remove_halves();
        self.shrink();
        Ok(Some(unused))
    }

    /// About how many bytes the journal, output and messages of a run take.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn weight(&self, run: &str) -> Result<u64, StoreError> {
        let sql = "SELECT (SELECT coalesce(sum(length(body)), 0) FROM records WHERE number BETWEEN ?2 AND ?3) \
                   + (SELECT coalesce(sum(length(line)), 0) FROM logs WHERE run = ?1) \
                   + (SELECT coalesce(sum(length(body)), 0) FROM messages WHERE run = ?1)";
        self.read(|reader| {
            let Some(head) = Head::of(reader.connection, run)? else { return Ok(0) };
            let of_run = params![run, head.first_key(), head.last_key()];
            Ok(reader.connection.query_row(sql, of_run, |row| row::number(row, 0))?)
        })
    }

    /// Gives room inside the file back. Where that cannot be done the file stays as long as it is, and its room is used again.
    fn shrink(&self) {
        let Ok(connection) = schema::open_writer(&self.file) else { return };
        let free: i64 = connection.pragma_query_value(None, "freelist_count", |row| row.get(0)).unwrap_or(0);
        if free > 0 {
            connection.execute_batch("VACUUM").ok();
        }
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).ok();
    }
}

fn remove_run(connection: &Connection, (run, fence): (&str, u64)) -> Result<u64, Refusal> {
    let head = fenced(connection, (run, fence))?;
    let sql = "SELECT 1 FROM runs WHERE id = ?1 AND status IN ('succeeded', 'failed', 'cancelled')";
    if !connection.prepare_cached(sql)?.exists([run])? {
        return Err(Refusal::Store(StoreError::Fenced { run: run.to_owned() }));
    }
    let records = params![head.first_key(), head.last_key()];
    connection.prepare_cached("DELETE FROM records WHERE number BETWEEN ?1 AND ?2")?.execute(records)?;
    connection.prepare_cached("DELETE FROM heads WHERE run = ?1")?.execute([row::signed(head.number)])?;
    for table in ["logs", "messages", "locks"] {
        connection.prepare_cached(&format!("DELETE FROM {table} WHERE run = ?1"))?.execute([run])?;
    }
    connection.prepare_cached("DELETE FROM runs WHERE id = ?1")?.execute([run])?;
    Ok(0)
}

fn remove_hashes(connection: &Connection, table: &'static str, hashes: &[String]) -> Result<u64, Refusal> {
    let mut statement = connection.prepare_cached(&format!("DELETE FROM {table} WHERE hash = ?1"))?;
    for hash in hashes {
        statement.execute([hash])?;
    }
    Ok(0)
}

/// A run sees events that came after it began, so those before the oldest run are for nobody.
fn old_events(connection: &Connection, oldest: Option<i64>) -> rusqlite::Result<u64> {
    let before = oldest.unwrap_or(i64::MAX);
    let sql = "SELECT count(*) FROM messages WHERE run = ?1 AND at < ?2";
    connection.query_row(sql, params![EVERY_RUN, before], |row| row::number(row, 0))
}

fn remove_old_events(connection: &Connection) -> Result<u64, Refusal> {
    let oldest: Option<i64> = connection.query_row("SELECT min(started) FROM runs", [], |row| row.get(0))?;
    mail::forget_events(connection, oldest.unwrap_or(i64::MAX))
}

/// What has not been found referred to yet, and what has been and was not looked into.
struct Marks {
    blobs: BTreeMap<String, u64>,
    plans: BTreeMap<String, u64>,
    open: Vec<(&'static str, String)>,
}

/// What is damaged, and whose it is.
fn damaged(connection: &Connection, table: &str, hash: &str) -> rusqlite::Error {
    let of = || {
        let mut statement = connection.prepare("SELECT id FROM runs WHERE plan = ?1 ORDER BY started DESC LIMIT 8")?;
        let runs = statement.query_map([hash], |row| row.get::<_, String>(0))?;
        runs.collect::<rusqlite::Result<Vec<String>>>()
    };
    let runs = of().unwrap_or_default();
    let runs: Vec<&str> = runs.iter().map(String::as_str).collect();
    let what = match (table, few(&runs)) {
        ("plans", Some(runs)) => format!("plan {hash} of run {runs} does not match its checksum"),
        ("plans", None) => format!("plan {hash} does not match its checksum"),
        _ => format!("blob {hash} cannot be read"),
    };
    let why = "; what it refers to is not known, so what no run needs any more is left";
    damage(what + why)
}

impl Marks {
    fn all(connection: &Connection) -> rusqlite::Result<Self> {
        let sizes = |table: &str| {
            let mut statement = connection.prepare(&format!("SELECT hash, length(body) FROM {table}"))?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row::number(row, 1)?)))?;
            rows.collect::<rusqlite::Result<BTreeMap<String, u64>>>()
        };
        Ok(Self { blobs: sizes("blobs")?, plans: sizes("plans")?, open: Vec::new() })
    }

    /// All that runs refer to, but for those that are `gone`; gives the time at which the oldest of them began.
    fn runs(&mut self, connection: &Connection, gone: &BTreeSet<String>) -> rusqlite::Result<Option<i64>> {
        let (mut oldest, mut gone_numbers) = (None, BTreeSet::new());
        let mut statement = connection.prepare("SELECT id, started, plan, inputs, result, number FROM runs")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if gone.contains(&row.get::<_, String>(0)?) {
                gone_numbers.insert(row.get::<_, i64>(5)?);
                continue;
            }
            let started: i64 = row.get(1)?;
            oldest = Some(oldest.map_or(started, |oldest: i64| oldest.min(started)));
            for column in 2..5 {
                let text: Option<String> = row.get(column)?;
                text.iter().for_each(|text| self.mark(text.as_bytes()));
            }
        }
        self.rows(connection, "SELECT body, number FROM records", |row| {
            Ok(!gone_numbers.contains(&heads::run_of(row.get(1)?)))
        })?;
        self.rows(connection, "SELECT body, run FROM messages", |row| Ok(!gone.contains(row.get_ref(1)?.as_str()?)))?;
        Ok(oldest)
    }

    /// What stands in the first column of these rows, if they count.
    fn rows(
        &mut self,
        connection: &Connection,
        sql: &str,
        counts: impl Fn(&Row<'_>) -> rusqlite::Result<bool>,
    ) -> rusqlite::Result<()> {
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if counts(row)? {
                self.mark(row.get_ref(0)?.as_bytes()?);
            }
        }
        Ok(())
    }

    fn mark(&mut self, text: &[u8]) {
        for hash in hashes(text) {
            let blob = self.blobs.remove(hash).map(|_| "blobs");
            let plan = self.plans.remove(hash).map(|_| "plans");
            self.open.extend(blob.into_iter().chain(plan).map(|table| (table, hash.to_owned())));
        }
    }

    /// What is referred to may refer to more: a long result to files.
    fn follow(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        while let Some((table, hash)) = self.open.pop() {
            let columns = if table == "plans" { "body, sum" } else { "body" };
            let mut statement = connection.prepare_cached(&format!("SELECT {columns} FROM {table} WHERE hash = ?1"))?;
            statement.query_row([&hash], |row| {
                let body = row.get_ref(0)?;
                let text = match table {
                    "plans" => packed::plan(&hash, body, &row.get::<_, Vec<u8>>(1)?),
                    _ => body.as_bytes().ok().map(Cow::Borrowed),
                };
                // What cannot be read may refer to anything.
                self.mark(&text.ok_or_else(|| damaged(connection, table, &hash))?);
                Ok(())
            })?;
        }
        Ok(())
    }
}

//! Checks all that a store holds against its checksums, and names what is damaged by run and record.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row, params};

use crate::store::chain::{self, Sum};
use crate::store::sqlite::error::from_sqlite;
use crate::store::sqlite::heads::Head;
use crate::store::sqlite::row::{COLUMNS, RunRow};
use crate::store::sqlite::write::line_sum;
use crate::store::sqlite::{SqliteStore, mail, packed};
use crate::store::{EVERY_RUN, LogLine, Record, StoreError};

/// Things that SQLite says of its pages at most.
const PAGES_TOLD: usize = 20;

/// The kinds of things that are counted.
const KINDS: [&str; 8] = ["runs", "records", "messages", "plans", "blobs", "lines", "claims", "cached"];

/// What a store holds, and what of it is damaged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// How many there are of each kind: `runs`, `records`, `messages`, `plans`, `blobs`, `lines`, `claims`, `cached`.
    pub counts: BTreeMap<&'static str, u64>,
    /// What does not match its checksum, or is missing.
    pub damage: Vec<Damage>,
}

/// Something that is damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Whose it is; nothing where it is no run's.
    pub run: Option<String>,
    /// Which record of the journal, if it is one.
    pub record: Option<u64>,
    /// One line: what of which run, and what is wrong with it.
    pub what: String,
}

impl SqliteStore {
    /// Checks everything, at one moment, whoever writes meanwhile.
    ///
    /// # Errors
    /// The store cannot be read at all.
    pub fn verify(&self) -> Result<Verified, StoreError> {
        let mut found = self.read(|reader| {
            let moment = reader.connection.unchecked_transaction()?;
            let check = Check { connection: &moment, path: reader.path };
            let counts = KINDS.map(|kind| (kind, 0)).into();
            let mut found = Verified { counts, damage: Vec::new() };
            check.pages(&mut found)?;
            check.runs(&mut found);
            check.plans(&mut found);
            check.blobs(&mut found);
            check.lines(&mut found);
            check.claims(&mut found);
            Ok(found)
        })?;
        for (name, ..) in self.cache.all() {
            found.count("cached");
            if self.cache.read(&name).is_none() {
                found.damaged(None, format!("cached result {name} does not match its checksum"));
            }
        }
        Ok(found)
    }
}

impl Verified {
    /// How many there are of a kind.
    pub fn counted(&self, kind: &str) -> u64 {
        self.counts.get(kind).copied().unwrap_or(0)
    }

    fn count(&mut self, kind: &'static str) {
        *self.counts.entry(kind).or_default() += 1;
    }

    fn damaged(&mut self, run: Option<&str>, what: String) {
        self.damage.push(Damage { run: run.map(str::to_owned), record: None, what });
    }

    fn record(&mut self, run: &str, record: u64, wrong: &str) {
        let what = format!("record {record} of run {run} {wrong}");
        self.damage.push(Damage { run: Some(run.to_owned()), record: Some(record), what });
    }
}

struct Check<'a> {
    connection: &'a Connection,
    path: &'a str,
}

impl Check<'_> {
    /// Whether the pages fit together, and each index its table: what is in none of them could not be read.
    fn pages(&self, found: &mut Verified) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare(&format!("PRAGMA integrity_check({PAGES_TOLD})"))?;
        let told = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
        let wrong = told.iter().flat_map(|told| told.lines()).filter(|line| *line != "ok" && !line.starts_with("***"));
        wrong.for_each(|line| found.damaged(None, format!("the pages of the database do not fit together: {line}")));
        Ok(())
    }

    fn runs(&self, found: &mut Verified) {
        let mut ids = vec![EVERY_RUN.to_owned()];
        // Not by an index, which may be damaged where the table is not.
        let sql = format!("SELECT {COLUMNS} FROM runs NOT INDEXED ORDER BY number");
        self.rows(found, "runs", &sql, |found, row| {
            let id: String = row.get(0)?;
            if let Err(what) = RunRow::read(row)? {
                found.damaged(Some(&id), what);
            }
            ids.push(id);
            Ok(())
        });
        for run in &ids {
            if let Err(error) = self.run(found, run) {
                found.damaged(Some(run).filter(|run| *run != EVERY_RUN).map(String::as_str), self.words(&error));
            }
        }
    }

    fn run(&self, found: &mut Verified, run: &str) -> rusqlite::Result<()> {
        let Some(head) = Head::of(self.connection, run)? else {
            found.damaged(Some(run), format!("run {run} is not found by its id"));
            return Ok(());
        };
        self.journal(found, run, &head)?;
        let messages = mail::read(self.connection, run, &head, 0)?;
        *found.counts.entry("messages").or_default() += messages.len() as u64;
        Ok(())
    }

    fn journal(&self, found: &mut Verified, run: &str, head: &Head) -> rusqlite::Result<()> {
        let sql = "SELECT number, at, body, sum FROM records WHERE number BETWEEN ?1 AND ?2 ORDER BY number";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![head.first_key(), head.last_key()])?;
        let mut links = Links { run, next: 0, sum: Some(chain::start(run)) };
        while let Some(row) = rows.next()? {
            let seq = row.get::<_, i64>(0)?.abs_diff(head.first_key());
            links.take(found, row, seq);
        }
        links.end(found, head);
        Ok(())
    }

    fn plans(&self, found: &mut Verified) {
        self.rows(found, "plans", "SELECT hash, body, sum FROM plans NOT INDEXED", |found, row| {
            let hash: String = row.get(0)?;
            if packed::plan(&hash, row.get_ref(1)?, &row.get::<_, Vec<u8>>(2)?).is_none() {
                self.plan(found, &hash, "does not match its checksum")?;
            }
            Ok(())
        });
        if let Err(error) = self.missing_plans(found) {
            found.damaged(None, format!("which plans are missing is not known: {}", self.words(&error)));
        }
    }

    fn missing_plans(&self, found: &mut Verified) -> rusqlite::Result<()> {
        let sql = "SELECT DISTINCT plan FROM runs WHERE plan NOT IN (SELECT hash FROM plans)";
        let mut statement = self.connection.prepare(sql)?;
        let missing = statement.query_map([], |row| row.get::<_, String>(0))?;
        missing.into_iter().try_for_each(|hash| self.plan(found, &hash?, "is missing"))
    }

    /// Says what is wrong with a plan, of each run that runs on it.
    fn plan(&self, found: &mut Verified, hash: &str, wrong: &str) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached("SELECT id FROM runs WHERE plan = ?1 ORDER BY number")?;
        let runs = statement.query_map([hash], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
        if runs.is_empty() {
            found.damaged(None, format!("plan {hash} {wrong}"));
        }
        runs.iter().for_each(|run| found.damaged(Some(run), format!("plan {hash} of run {run} {wrong}")));
        Ok(())
    }

    fn blobs(&self, found: &mut Verified) {
        self.rows(found, "blobs", "SELECT hash, body FROM blobs NOT INDEXED", |found, row| {
            let hash: String = row.get(0)?;
            if blake3::hash(row.get_ref(1)?.as_bytes()?).to_hex().as_str() != hash {
                found.damaged(None, format!("blob {hash} does not match its hash"));
            }
            Ok(())
        });
    }

    fn lines(&self, found: &mut Verified) {
        let sql = "SELECT run, at, stage, attempt, stream, line, sum FROM logs NOT INDEXED";
        self.rows(found, "lines", sql, |found, row| {
            let run: String = row.get(0)?;
            let (at, stage, attempt) = (row.get(1)?, row.get(2)?, row.get(3)?);
            let line = LogLine { at, stage, attempt, stream: row.get(4)?, line: row.get(5)? };
            if row.get::<_, i64>(6)? != line_sum(&run, &line) {
                let what = format!("a line of output of stage {} of run {run} does not match its checksum", line.stage);
                found.damaged(Some(&run), what);
            }
            Ok(())
        });
    }

    /// Claims have no checksum: the journals of their runs say what they are when these go on.
    fn claims(&self, found: &mut Verified) {
        let sql = "SELECT run, lock, held IN (0, 1) AND run IN (SELECT id FROM runs) FROM locks NOT INDEXED";
        self.rows(found, "claims", sql, |found, row| {
            let (run, lock): (String, String) = (row.get(0)?, row.get(1)?);
            if !row.get::<_, bool>(2)? {
                found.damaged(Some(&run), format!("a claim of run {run} to lock `{lock}` is nobody's"));
            }
            Ok(())
        });
    }

    /// Goes through rows. One that cannot be read is damaged; where it goes on no further, the rest of its kind is.
    fn rows(
        &self,
        found: &mut Verified,
        kind: &'static str,
        sql: &str,
        mut each: impl FnMut(&mut Verified, &Row<'_>) -> rusqlite::Result<()>,
    ) {
        let mut go = |found: &mut Verified| {
            let mut statement = self.connection.prepare(sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                found.count(kind);
                if let Err(error) = each(found, row) {
                    found.damaged(None, format!("one of the {kind} cannot be read: {}", self.words(&error)));
                }
            }
            Ok(())
        };
        if let Err(error) = go(found) {
            found.damaged(None, format!("not all {kind} can be read: {}", self.words(&error)));
        }
    }

    fn words(&self, error: &rusqlite::Error) -> String {
        match from_sqlite(self.path, "read", error) {
            StoreError::Damaged { what, .. } | StoreError::Io { cause: what, .. } => what,
            other => other.to_string(),
        }
    }
}

/// The chain of a journal as far as it has been followed.
struct Links<'a> {
    run: &'a str,
    /// The record that comes next.
    next: u64,
    /// The checksum of the one before it; nothing where that cannot be known.
    sum: Option<Sum>,
}

impl Links<'_> {
    /// Each is held against the checksum that the one before it has, right or wrong: so only what is damaged is named.
    fn take(&mut self, found: &mut Verified, row: &Row<'_>, seq: u64) {
        self.miss(found, seq);
        found.count("records");
        match read(row, seq) {
            Ok((record, stored)) => {
                if self.sum.is_some_and(|before| chain::next(&before, &record) != stored) {
                    found.record(self.run, seq, "does not match its checksum");
                }
                self.sum = Some(stored);
            }
            Err(_) => {
                found.record(self.run, seq, "cannot be read");
                self.sum = None;
            }
        }
        self.next = seq + 1;
    }

    /// Those before `seq` are not there.
    fn miss(&mut self, found: &mut Verified, seq: u64) {
        match seq.saturating_sub(self.next) {
            0 => return,
            1 => found.record(self.run, self.next, "is missing"),
            _ => found.record(self.run, self.next, &format!("is missing, and all up to {}", seq - 1)),
        }
        (self.next, self.sum) = (seq, None);
    }

    fn end(&mut self, found: &mut Verified, head: &Head) {
        self.miss(found, head.records);
        let run = self.run;
        if self.next > head.records {
            found.record(run, head.records, "stands behind the last one that was written");
        } else if self.sum.is_some_and(|sum| sum != head.sum) {
            found.damaged(Some(run), format!("the last record of run {run} is not the one that was written last"));
        }
    }
}

fn read(row: &Row<'_>, seq: u64) -> rusqlite::Result<(Record, Sum)> {
    Ok((Record { seq, at: row.get(1)?, body: row.get(2)? }, row.get(3)?))
}

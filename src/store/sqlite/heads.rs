//! Where the journal and the mail of each run end: a small row of its own, which every commit touches beside the records.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::store::chain::{self, Sum};
use crate::store::sqlite::error::damage;
use crate::store::sqlite::row::{number, signed};
use crate::store::{EVERY_RUN, StoreError};

/// Bits of a record's key that count the records of its run; those above are the number of the run.
const SEQ_BITS: u32 = 32;

/// The highest number of a run: the key of a record has a sign.
const RUN_MAX: u64 = (1 << (63 - SEQ_BITS)) - 1;

/// What stands in the place of a run's number where something is for every run.
const EVERY_NUMBER: u64 = 0;

/// What must be known of a run before something is added to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The number of the run in this store.
    pub number: u64,
    /// The number of the newest lease.
    pub fence: u64,
    /// How many records there are.
    pub records: u64,
    /// The checksum of the last one.
    pub sum: Sum,
    /// The last message for the run; 0 where there is none.
    pub message: u64,
}

impl Head {
    /// Of a run that has nothing yet.
    pub fn new(number: u64, run: &str) -> Self {
        Self { number, fence: 0, records: 0, sum: chain::start(run), message: 0 }
    }

    /// Of a run, or of [`EVERY_RUN`]; nothing where there is no such run.
    pub fn of(connection: &Connection, run: &str) -> rusqlite::Result<Option<Self>> {
        let (sql, name) = if run == EVERY_RUN { (OF_EVERY, "0") } else { (OF_RUN, run) };
        let mut statement = connection.prepare_cached(sql)?;
        let found = statement.query_row([name], |row| Self::read(row, run)).optional()?;
        if found.is_none() && run != EVERY_RUN && connection.prepare_cached(IS_THERE)?.exists([run])? {
            return Err(damage(format!("where the journal of run {run} ends is not known")));
        }
        Ok(found)
    }

    fn read(row: &Row<'_>, run: &str) -> rusqlite::Result<Self> {
        let head = Self {
            number: number(row, 0)?,
            fence: number(row, 1)?,
            records: number(row, 2)?,
            sum: row.get(3)?,
            message: number(row, 4)?,
        };
        match row.get::<_, Vec<u8>>(5)? == head.own_sum(run) {
            true => Ok(head),
            false => Err(damage(format!("where the journal of run {run} ends does not match its checksum"))),
        }
    }

    /// Keeps it, where there is none of this run yet.
    pub fn insert(&self, connection: &Connection, run: &str) -> rusqlite::Result<()> {
        let sql = "INSERT INTO heads (run, fence, records, head, message, sum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        self.execute(connection, run, sql)
    }

    /// Keeps it in the place of what was known before.
    pub fn write(&self, connection: &Connection, run: &str) -> rusqlite::Result<()> {
        self.execute(connection, run, WRITE)
    }

    fn execute(&self, connection: &Connection, run: &str, sql: &str) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(sql)?;
        let (number, fence) = (signed(self.number), signed(self.fence));
        let (records, message) = (signed(self.records), signed(self.message));
        statement.execute(params![number, fence, records, self.sum, message, self.own_sum(run)]).map(drop)
    }

    /// The key of a record of this run.
    ///
    /// # Errors
    /// No more records can be numbered.
    pub fn key(&self, path: &str, run: &str, seq: u64) -> Result<i64, StoreError> {
        match seq >> SEQ_BITS {
            0 => Ok(self.first_key() | signed(seq)),
            _ => Err(full(path, format!("run {run} has as many records as a run can have ({seq})"))),
        }
    }

    /// The key of the first record.
    pub fn first_key(&self) -> i64 {
        signed(self.number << SEQ_BITS)
    }

    /// The highest key that a record can have.
    pub fn last_key(&self) -> i64 {
        self.first_key() | ((1 << SEQ_BITS) - 1)
    }

    fn own_sum(&self, run: &str) -> Sum {
        let Self { number, fence, records, sum, message } = self;
        let numbers = [number, fence, records, message].map(|number| number.to_le_bytes());
        chain::sum(&[run.as_bytes(), numbers.as_flattened(), sum])
    }
}

/// Not by a join: SQLite would plan it anew for each name, which costs as much as a small commit.
const OF_RUN: &str =
    "SELECT run, fence, records, head, message, sum FROM heads WHERE run = (SELECT number FROM runs WHERE id = ?1)";

const OF_EVERY: &str = "SELECT run, fence, records, head, message, sum FROM heads WHERE run = ?1";

const IS_THERE: &str = "SELECT 1 FROM runs WHERE id = ?1";

const WRITE: &str = "UPDATE heads SET fence = ?2, records = ?3, head = ?4, message = ?5, sum = ?6 WHERE run = ?1";

/// Where the events for every run end, in a store that has none yet.
pub fn every() -> Head {
    Head::new(EVERY_NUMBER, EVERY_RUN)
}

/// The number of the run that a record with this key is of.
pub fn run_of(key: i64) -> i64 {
    key >> SEQ_BITS
}

/// Fails where a run has a number that no record can have.
///
/// # Errors
/// Says what to do.
pub fn check_number(path: &str, number: u64) -> Result<(), StoreError> {
    match number <= RUN_MAX {
        true => Ok(()),
        false => Err(full(path, format!("it has had as many runs as it can number ({RUN_MAX}); begin another"))),
    }
}

fn full(path: &str, cause: String) -> StoreError {
    StoreError::Io { path: path.to_owned(), doing: "written", cause }
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;
    use crate::store::sqlite::{folder, schema};

    #[test]
    fn keys_of_runs_never_meet() {
        let last = Head::new(RUN_MAX, "a");
        assert_eq!(last.last_key(), i64::MAX);
        assert_eq!(last.key("f", "a", u64::from(u32::MAX)), Ok(i64::MAX));
        assert_eq!(run_of(last.last_key()), signed(RUN_MAX));
        let one = Head::new(1, "a");
        assert_eq!(one.last_key() + 1, Head::new(2, "b").first_key());
        assert_eq!(one.key("f", "a", 0), Ok(one.first_key()));
    }

    #[test]
    fn what_each_commit_asks_is_planned_once() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = folder::prepare(dir.path()).expect("a store");
        let connection = schema::open_writer(&file).expect("a database");
        let run = "INSERT INTO runs SELECT 1, 'r', '', '', '', '', '', 0, NULL, NULL, NULL, '', '', '', '', ''";
        connection.execute_batch(run).expect("written");
        Head::new(1, "r").insert(&connection, "r").expect("written");
        for _ in 0..5 {
            let head = Head::of(&connection, "r").expect("read").expect("there");
            head.write(&connection, "r").expect("written");
        }
        for sql in [OF_RUN, WRITE] {
            let statement = connection.prepare_cached(sql).expect(sql);
            assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "{sql}");
        }
    }

    #[test]
    fn what_cannot_be_numbered_is_refused() {
        let told = Head::new(1, "a").key("runs.db", "a", 1 << 32).expect_err("too many").to_string();
        assert_eq!(
            told,
            "the store runs.db cannot be written: run a has as many records as a run can have (4294967296)"
        );
        assert_eq!(check_number("runs.db", RUN_MAX), Ok(()));
        let told = check_number("runs.db", RUN_MAX + 1).expect_err("too many").to_string();
        assert_eq!(
            told,
            "the store runs.db cannot be written: it has had as many runs as it can number (2147483647); begin another"
        );
    }
}

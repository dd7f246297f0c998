//! A run as a row of its table, with the checksum over what the row says.

use rusqlite::{Connection, Row, named_params};

use crate::store::chain::{self, Sum};
use crate::store::{RunInfo, Status};

/// The columns in the order in which [`RunRow::read`] takes them.
pub const COLUMNS: &str =
    "id, key, workflow, plan, inputs, status, started, ended, because, result, requester, root, file, call_dir, sum";

/// The columns as they are stored: the checksum is over these very texts.
pub struct RunRow {
    id: String,
    key: String,
    workflow: String,
    plan: String,
    inputs: String,
    status: String,
    started: i64,
    ended: Option<i64>,
    because: Option<String>,
    result: Option<String>,
    requester: String,
    root: String,
    file: String,
    call_dir: String,
}

impl RunRow {
    /// The row of what the history knows.
    pub fn of(info: &RunInfo) -> Self {
        Self {
            id: info.id.clone(),
            key: info.key.clone(),
            workflow: info.workflow.clone(),
            plan: info.plan.clone(),
            inputs: info.inputs.to_string(),
            status: info.status.as_str().to_owned(),
            started: info.started,
            ended: info.ended,
            because: info.because.clone(),
            result: info.result.as_ref().map(serde_json::Value::to_string),
            requester: info.requester.clone(),
            root: info.root.clone(),
            file: info.file.clone(),
            call_dir: info.call_dir.clone(),
        }
    }

    /// What the history knows; an error says what is damaged.
    pub fn read(row: &Row<'_>) -> rusqlite::Result<Result<RunInfo, String>> {
        let stored = Self {
            id: row.get(0)?,
            key: row.get(1)?,
            workflow: row.get(2)?,
            plan: row.get(3)?,
            inputs: row.get(4)?,
            status: row.get(5)?,
            started: row.get(6)?,
            ended: row.get(7)?,
            because: row.get(8)?,
            result: row.get(9)?,
            requester: row.get(10)?,
            root: row.get(11)?,
            file: row.get(12)?,
            call_dir: row.get(13)?,
        };
        let sum: Vec<u8> = row.get(14)?;
        Ok(stored.into_info(&sum))
    }

    fn into_info(self, sum: &[u8]) -> Result<RunInfo, String> {
        let damaged = format!("what is known of run {} does not match its checksum", self.id);
        if self.sum() != sum {
            return Err(damaged);
        }
        let json = |text: &str| serde_json::from_str(text).map_err(|_| damaged.clone());
        Ok(RunInfo {
            inputs: json(&self.inputs)?,
            status: Status::parse(&self.status).ok_or_else(|| damaged.clone())?,
            result: self.result.as_deref().map(json).transpose()?,
            id: self.id,
            key: self.key,
            workflow: self.workflow,
            plan: self.plan,
            started: self.started,
            ended: self.ended,
            because: self.because,
            requester: self.requester,
            root: self.root,
            file: self.file,
            call_dir: self.call_dir,
        })
    }

    fn sum(&self) -> Sum {
        let texts = [
            &self.id,
            &self.key,
            &self.workflow,
            &self.plan,
            &self.inputs,
            &self.status,
            &self.requester,
            &self.root,
            &self.file,
            &self.call_dir,
        ];
        let mut parts: Vec<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
        let numbers = [Some(self.started), self.ended].map(|number| number.map(i64::to_le_bytes));
        parts.extend(numbers.iter().flatten().map(<[u8; 8]>::as_slice));
        for text in [&self.because, &self.result] {
            // One part or two: nothing and an empty text differ.
            parts.push(&[]);
            parts.extend(text.as_ref().map(|text| text.as_bytes()));
        }
        chain::sum(&parts)
    }

    /// Adds a run; gives its number. Nothing happens where its id is taken.
    pub fn insert(&self, connection: &Connection) -> rusqlite::Result<Option<u64>> {
        let mut statement = connection.prepare_cached(
            "INSERT INTO runs (id, key, workflow, plan, inputs, status, started, ended, because, result, requester, root, \
             file, call_dir, sum) VALUES (:id, :key, :workflow, :plan, :inputs, :status, :started, :ended, :because, \
             :result, :requester, :root, :file, :call_dir, :sum) ON CONFLICT (id) DO NOTHING",
        )?;
        let added = self.execute(&mut statement)? > 0;
        Ok(added.then(|| u64::try_from(connection.last_insert_rowid()).unwrap_or(0)))
    }

    /// Replaces what is known of the run.
    pub fn update(&self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(
            "UPDATE runs SET key = :key, workflow = :workflow, plan = :plan, inputs = :inputs, status = :status, \
             started = :started, ended = :ended, because = :because, result = :result, requester = :requester, \
             root = :root, file = :file, call_dir = :call_dir, sum = :sum WHERE id = :id",
        )?;
        self.execute(&mut statement).map(drop)
    }

    fn execute(&self, statement: &mut rusqlite::Statement<'_>) -> rusqlite::Result<usize> {
        let sum = self.sum();
        statement.execute(named_params! {
            ":id": self.id, ":key": self.key, ":workflow": self.workflow, ":plan": self.plan, ":inputs": self.inputs,
            ":status": self.status, ":started": self.started, ":ended": self.ended, ":because": self.because,
            ":result": self.result, ":requester": self.requester, ":root": self.root, ":file": self.file,
            ":call_dir": self.call_dir, ":sum": sum,
        })
    }
}

/// A column that counts; SQLite's integers have a sign.
pub fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let stored: i64 = row.get(column)?;
    u64::try_from(stored).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, stored))
}

/// A count as SQLite takes it.
pub fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

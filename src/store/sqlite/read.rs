//! What is read, each checked against its checksum.

use rusqlite::{Connection, OptionalExtension, params};

use crate::store::chain::{self, Sum};
use crate::store::sqlite::heads::Head;
use crate::store::sqlite::row::{COLUMNS, RunRow, number, signed};
use crate::store::sqlite::write::line_sum;
use crate::store::sqlite::writer::Refusal;
use crate::store::sqlite::{mail, packed};
use crate::store::{LogLine, Message, Record, RunFilter, RunInfo, StoreError, lookup};

/// How many of the newest runs are searched for ids that look like one that is not there.
const NEAR_MAX: u32 = 2_000;

/// Reads from one connection; `path` names the file in errors.
pub struct Reader<'a> {
    /// Where from.
    pub connection: &'a Connection,
    /// For messages.
    pub path: &'a str,
}

type Result<T> = std::result::Result<T, Refusal>;

impl Reader<'_> {
    /// Up to `limit` records from `from` on.
    pub fn records(&self, run: &str, from: u64, limit: usize) -> Result<Vec<Record>> {
        // One transaction: what is counted and what is read must be of the same moment.
        let moment = self.connection.unchecked_transaction()?;
        let Some(head) = Head::of(&moment, run)? else { return Err(self.no_run(run)?) };
        let from = from.min(head.records);
        let wanted = (head.records - from).min(limit as u64);
        let mut sum = self.sum_before(&head, run, from)?;
        let mut records = Vec::with_capacity(usize::try_from(wanted).unwrap_or(0));
        let sql = "SELECT number, at, body, sum FROM records WHERE number >= ?1 ORDER BY number LIMIT ?2";
        let mut statement = moment.prepare_cached(sql)?;
        let first = head.first_key().saturating_add(signed(from));
        let mut rows = statement.query(params![first, signed(wanted)])?;
        for (seq, key) in (from..from + wanted).zip(first..) {
            let (record, stored): (Record, Sum) = match rows.next()? {
                Some(row) if row.get::<_, i64>(0)? == key => {
                    (Record { seq, at: row.get(1)?, body: row.get(2)? }, row.get(3)?)
                }
                _ => return Err(self.damaged(format!("record {seq} of run {run} is missing"))),
            };
            sum = chain::next(&sum, &record);
            if stored != sum {
                return Err(self.damaged(format!("record {seq} of run {run} does not match its checksum")));
            }
            records.push(record);
        }
        if from + wanted == head.records && sum != head.sum {
            return Err(self.damaged(format!("the last record of run {run} is not the one that was written last")));
        }
        Ok(records)
    }

    fn sum_before(&self, head: &Head, run: &str, seq: u64) -> Result<Sum> {
        let Some(before) = seq.checked_sub(1) else { return Ok(chain::start(run)) };
        let mut statement = self.connection.prepare_cached("SELECT sum FROM records WHERE number = ?1")?;
        let key = head.first_key().saturating_add(signed(before));
        let sum = statement.query_row([key], |row| row.get(0)).optional()?;
        sum.ok_or_else(|| self.damaged(format!("record {before} of run {run} is missing")))
    }

    /// A plan by its hash.
    pub fn plan(&self, hash: &str) -> Result<String> {
        let mut statement = self.connection.prepare_cached("SELECT body, sum FROM plans WHERE hash = ?1")?;
        let found = statement.query_row([hash], |row| {
            let text = packed::plan(hash, row.get_ref(0)?, &row.get::<_, Vec<u8>>(1)?);
            Ok(text.and_then(|text| String::from_utf8(text.into_owned()).ok()))
        });
        match found.optional()? {
            Some(Some(plan)) => Ok(plan),
            Some(None) => Err(self.damaged(format!("plan {hash} does not match its checksum"))),
            None => Err(self.damaged(format!("plan {hash} is missing"))),
        }
    }

    /// Bytes by their hash.
    pub fn blob(&self, hash: &str) -> Result<Vec<u8>> {
        let mut statement = self.connection.prepare_cached("SELECT body FROM blobs WHERE hash = ?1")?;
        match statement.query_row([hash], |row| row.get::<_, Vec<u8>>(0)).optional()? {
            Some(bytes) if blake3::hash(&bytes).to_hex().as_str() == hash => Ok(bytes),
            Some(_) => Err(self.damaged(format!("blob {hash} does not match its hash"))),
            None => Err(self.damaged(format!("blob {hash} is missing"))),
        }
    }

    /// Whether there are bytes of this hash.
    pub fn has_blob(&self, hash: &str) -> Result<bool> {
        let mut statement = self.connection.prepare_cached("SELECT 1 FROM blobs WHERE hash = ?1")?;
        Ok(statement.exists([hash])?)
    }

    /// Messages for a run with a number above `after`.
    pub fn messages(&self, run: &str, after: u64) -> Result<Vec<Message>> {
        // One transaction: the last message and the head must be of the same moment.
        let moment = self.connection.unchecked_transaction()?;
        let Some(head) = Head::of(&moment, run)? else { return Err(self.no_run(run)?) };
        Ok(mail::read(&moment, run, &head, after)?)
    }

    /// Lines of output of a run, and the position after the last.
    pub fn logs(&self, run: &str, stage: Option<&str>, from: u64, limit: usize) -> Result<(Vec<LogLine>, u64)> {
        let sql = "SELECT id, at, stage, attempt, stream, line, sum FROM logs WHERE run = ?1 AND id > ?2 ORDER BY id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![run, signed(from)])?;
        let (mut lines, mut after) = (Vec::new(), from);
        while lines.len() < limit {
            let Some(row) = rows.next()? else { break };
            let mut line = LogLine {
                at: row.get(1)?,
                stage: row.get(2)?,
                attempt: row.get(3)?,
                stream: row.get(4)?,
                line: row.get(5)?,
            };
            after = number(row, 0)?;
            if row.get::<_, i64>(6)? != line_sum(run, &line) {
                // The rest of the output is worth reading all the same.
                line.line = "(this line is damaged)".into();
            }
            if stage.is_none_or(|stage| lookup::inside(&line.stage, stage)) {
                lines.push(line);
            }
        }
        Ok((lines, after))
    }

    /// Runs, newest first.
    pub fn runs(&self, filter: &RunFilter) -> Result<Vec<RunInfo>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM runs WHERE (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR workflow = ?2) \
             AND started >= ?3 ORDER BY started DESC, number DESC LIMIT ?4"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let status = filter.status.map(|status| status.as_str());
        let since = filter.since.unwrap_or(i64::MIN);
        let limit = filter.limit.and_then(|limit| i64::try_from(limit).ok()).unwrap_or(-1);
        let mut rows = statement.query(params![status, filter.workflow, since, limit])?;
        let mut infos = Vec::new();
        while let Some(row) = rows.next()? {
            infos.push(RunRow::read(row)?.map_err(|what| self.damaged(what))?);
        }
        Ok(infos)
    }

    /// The run of a whole id, a unique prefix or `@latest`.
    pub fn find(&self, name: &str) -> Result<RunInfo> {
        if name == "@latest" {
            let latest = RunFilter { limit: Some(1), ..RunFilter::default() };
            return self.runs(&latest)?.pop().map_or_else(|| Err(self.no_run(name)?), Ok);
        }
        let sql = "SELECT id FROM runs WHERE id >= ?1 AND substr(id, 1, length(?1)) = ?1 AND id < ?1 || char(1114111) \
                   ORDER BY id LIMIT ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let fits = statement.query_map(params![name, lookup::FITS_MAX as i64], |row| row.get(0))?;
        let fits = fits.collect::<rusqlite::Result<Vec<String>>>()?;
        match lookup::by_prefix(name, &fits).map_err(Refusal::Store)? {
            Some(id) if !name.is_empty() => self.info(&id),
            _ => Err(self.no_run(name)?),
        }
    }

    fn info(&self, id: &str) -> Result<RunInfo> {
        let mut statement = self.connection.prepare_cached(&format!("SELECT {COLUMNS} FROM runs WHERE id = ?1"))?;
        statement.query_row([id], RunRow::read)?.map_err(|what| self.damaged(what))
    }

    /// Fails where there is no such run.
    pub fn must_exist(&self, run: &str) -> Result<()> {
        match Head::of(self.connection, run)? {
            Some(_) => Ok(()),
            None => Err(self.no_run(run)?),
        }
    }

    /// Whether a lease of this number is the newest of its run.
    pub fn holds(&self, run: &str, fence: u64) -> Result<bool> {
        Ok(Head::of(self.connection, run)?.is_some_and(|head| head.fence == fence))
    }

    fn no_run(&self, name: &str) -> Result<Refusal> {
        let sql = "SELECT id FROM runs ORDER BY started DESC LIMIT ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let ids = statement.query_map([NEAR_MAX], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
        Ok(Refusal::Store(lookup::no_run(name, ids.iter().map(String::as_str))))
    }

    fn damaged(&self, what: String) -> Refusal {
        Refusal::Store(StoreError::Damaged { path: self.path.to_owned(), what })
    }
}

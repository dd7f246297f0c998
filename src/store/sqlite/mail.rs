//! Messages: each names the one before it to the same run, and the head of the run names the last, so that none can be hidden.

use rusqlite::{Connection, Row, params};

use crate::store::sqlite::error::damage;
use crate::store::sqlite::heads::Head;
use crate::store::sqlite::row::{number, signed};
use crate::store::sqlite::writer::Refusal;
use crate::store::{EVERY_RUN, Message, chain, lookup};

/// Leaves a message (its body JSON) for a run; gives its number.
pub fn send(connection: &Connection, run: &str, at: i64, by: &str, body: &str) -> Result<u64, Refusal> {
    let no_run = || Refusal::Store(lookup::no_run(run, std::iter::empty()));
    let mut head = Head::of(connection, run)?.ok_or_else(no_run)?;
    let sql = "INSERT INTO messages (run, before, at, by, body, sum) VALUES (?1, ?2, ?3, ?4, ?5, x'') RETURNING id";
    let mut insert = connection.prepare_cached(sql)?;
    let id = insert.query_row(params![run, signed(head.message), at, by, body], |row| number(row, 0))?;
    // The number is part of the checksum, and known only now.
    let letter = Letter { id, before: head.message, at, by: by.to_owned(), body: body.to_owned(), sum: Vec::new() };
    letter.seal(connection, run)?;
    head.message = id;
    head.write(connection, run)?;
    Ok(id)
}

/// Messages for a run with a number above `after`: all that there are. Must be one transaction with the head.
///
/// # Errors
/// One is damaged or missing.
pub fn read(connection: &Connection, run: &str, head: &Head, after: u64) -> rusqlite::Result<Vec<Message>> {
    let letters = letters(connection, run, after)?;
    let mut last = None;
    let mut messages = Vec::with_capacity(letters.len());
    for letter in letters {
        let follows = last.map_or(letter.before <= after, |last| letter.before == last);
        let message = letter.open(run)?;
        if !follows {
            return Err(damage(format!("a message to {} before message {} is missing", of(run), message.id)));
        }
        last = Some(message.id);
        messages.push(message);
    }
    match last.map_or(head.message <= after, |last| last == head.message) {
        true => Ok(messages),
        false => Err(damage(format!("message {} to {}, the last one, is missing", head.message, of(run)))),
    }
}

/// Takes out events that began before `oldest`. Those that stay are linked anew.
///
/// # Errors
/// One is damaged or missing: nothing is taken out then.
pub fn forget_events(connection: &Connection, oldest: i64) -> Result<u64, Refusal> {
    let Some(head) = Head::of(connection, EVERY_RUN)? else { return Ok(0) };
    read(connection, EVERY_RUN, &head, 0)?;
    connection.execute("DELETE FROM messages WHERE run = ?1 AND at < ?2", params![EVERY_RUN, oldest])?;
    let mut last = 0;
    for letter in letters(connection, EVERY_RUN, 0)? {
        let id = letter.id;
        if letter.before != last {
            Letter { before: last, ..letter }.seal(connection, EVERY_RUN)?;
        }
        last = id;
    }
    Head { message: last, ..head }.write(connection, EVERY_RUN)?;
    Ok(0)
}

/// Whose a message is, for people.
fn of(run: &str) -> String {
    if run == EVERY_RUN { "every run".to_owned() } else { format!("run {run}") }
}

/// A message as it is kept.
pub struct Letter {
    /// Its number.
    pub id: u64,
    /// The number of the one before it to the same run.
    pub before: u64,
    /// Milliseconds since 1970.
    pub at: i64,
    /// The account that sent it.
    pub by: String,
    /// What it says, as JSON.
    pub body: String,
    /// Over all of this.
    pub sum: Vec<u8>,
}

/// The columns in the order in which [`Letter::read`] takes them.
pub const COLUMNS: &str = "id, before, at, by, body, sum";

fn letters(connection: &Connection, run: &str, after: u64) -> rusqlite::Result<Vec<Letter>> {
    let sql = format!("SELECT {COLUMNS} FROM messages WHERE run = ?1 AND id > ?2 ORDER BY id");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![run, signed(after)], Letter::read)?;
    rows.collect()
}

impl Letter {
    /// From a row of [`COLUMNS`].
    pub fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: number(row, 0)?,
            before: number(row, 1)?,
            at: row.get(2)?,
            by: row.get(3)?,
            body: row.get(4)?,
            sum: row.get(5)?,
        })
    }

    /// What it says to this run, if it matches its checksum.
    pub fn open(self, run: &str) -> rusqlite::Result<Message> {
        let whole = *self.sum == self.own_sum(run);
        let body = whole.then(|| serde_json::from_str(&self.body).ok()).flatten();
        let Self { id, at, by, .. } = self;
        let body = body.ok_or_else(|| damage(format!("message {id} to {} does not match its checksum", of(run))))?;
        Ok(Message { id, at, by, body })
    }

    fn seal(&self, connection: &Connection, run: &str) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached("UPDATE messages SET before = ?2, sum = ?3 WHERE id = ?1")?;
        statement.execute(params![signed(self.id), signed(self.before), self.own_sum(run)]).map(drop)
    }

    /// The checksum that it has in a message to this run.
    pub fn own_sum(&self, run: &str) -> chain::Sum {
        let numbers = [self.id, self.before].map(u64::to_le_bytes);
        let at = self.at.to_le_bytes();
        chain::sum(&[run.as_bytes(), numbers.as_flattened(), &at, self.by.as_bytes(), self.body.as_bytes()])
    }
}

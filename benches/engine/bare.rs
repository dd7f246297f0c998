//! The limits: the same work without an engine.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rusqlite::{Connection, params};
use tokio::process::Command;

use crate::measure::{Figures, measured};
use crate::plans::Shape;
use crate::runs;

/// A chain waits for each task, a fan-out for all.
pub async fn tasks(size: usize, shape: Shape) -> Figures {
    let one = |number: usize| tokio::spawn(async move { std::hint::black_box(number) });
    let work = async {
        if shape == Shape::Chain {
            for number in 0..size {
                one(number).await.expect("it ends");
            }
            return;
        }
        let tasks: Vec<_> = (0..size).map(one).collect();
        for task in tasks {
            task.await.expect("it ends");
        }
    };
    measured(work).await.0
}

/// The very records of such a run, in the fewest commits that its shape allows: one a stage for a chain; a fan-out of 64 at once
/// needs one for 64.
pub async fn commits(size: usize, shape: Shape) -> Figures {
    let records = runs::journal(size, shape).await;
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let mut database = Connection::open(folder.path().join("bare.db")).expect("a database can be made");
    let set_up = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                  CREATE TABLE records (seq INTEGER PRIMARY KEY, at INTEGER, body TEXT, sum BLOB)";
    database.execute_batch(set_up).expect("a table can be made");
    // Two of each stage: that it starts, and what it gave.
    let at_once = if shape == Shape::Chain { 2 } else { 128 };
    let work = async {
        for records in records.chunks(at_once) {
            let transaction = database.transaction().expect("a transaction begins");
            for record in records {
                let mut insert = transaction.prepare_cached("INSERT INTO records VALUES (?, ?, ?, ?)").expect("sound");
                let seq = i64::try_from(record.seq).expect("it fits");
                insert.execute(params![seq, record.at, record.body, [7_u8; 32]]).expect("a row can be written");
            }
            transaction.commit().expect("it can be committed");
        }
    };
    measured(work).await.0
}

/// Reads the records of a run that has ended, and does nothing with them.
pub async fn reading(size: usize) -> Figures {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    runs::write_journal(folder.path(), size).await;
    let file = folder.path().join("runs.db");
    let work = async {
        let database = Connection::open(&file).expect("a database is there");
        let mut select = database.prepare("SELECT number, at, body, sum FROM records ORDER BY number").expect("sound");
        let read = |row: &rusqlite::Row<'_>| {
            let body: String = row.get(2)?;
            let (seq, at): (i64, i64) = (row.get(0)?, row.get(1)?);
            let sum: [u8; 32] = row.get(3)?;
            Ok(std::hint::black_box((seq, at, sum, body)).3.len())
        };
        let rows = select.query_map([], read).expect("rows");
        rows.map(|bytes| bytes.expect("a row can be read")).sum::<usize>()
    };
    let (figures, bytes) = measured(work).await;
    assert!(bytes > size, "two records a stage");
    figures
}

/// Starts programs, as many at once as the engine does, takes what they print, and waits for their ends.
pub async fn programs(size: usize) -> Figures {
    let start = |_| {
        let mut command = Command::new(runs::PROGRAM);
        command.stdin(Stdio::null());
        command
    };
    spawn_loop(size, start).await
}

/// The same with a process around each that waits for it: what outliving `wfc` costs at least.
pub async fn supervised(size: usize) -> Figures {
    let start = |_| {
        let mut command = Command::new(std::env::current_exe().expect("a program knows its own path"));
        command.args(["--around", runs::PROGRAM]).stdin(Stdio::null());
        command
    };
    spawn_loop(size, start).await
}

async fn spawn_loop(size: usize, start: impl Fn(usize) -> Command + Copy + Send + 'static) -> Figures {
    let next = Arc::new(AtomicUsize::new(0));
    let work = async {
        let loops = (0..runs::parallel()).map(|_| {
            let next = next.clone();
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= size {
                        break;
                    }
                    let output = start(number).output().await.expect("it can be started");
                    assert!(output.status.success());
                }
            })
        });
        for one in loops.collect::<Vec<_>>() {
            one.await.expect("it ends");
        }
    };
    measured(work).await.0
}

/// Waits for one program, as a supervisor does.
pub fn around(program: &str) {
    let ended = std::process::Command::new(program).stdin(Stdio::null()).output().expect("it can be started");
    assert!(ended.status.success());
}

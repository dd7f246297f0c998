//! One at a time writes, takes whatever is asked for meanwhile, commits it together, and answers: a thread of its own, or
//! whoever asks.
//!
//! Invariant: an answer is given after the commit that it speaks of, never before.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::store::sqlite::error::{from_sqlite, is_fatal};
use crate::store::sqlite::lines::Lines;
use crate::store::sqlite::watch::Watch;
use crate::store::sqlite::write;
use crate::store::{LogLine, StoreError};

/// One thing to write. It must check before it writes; what it wrote is undone where it fails.
pub type Work = Box<dyn FnOnce(&Connection) -> Result<u64, Refusal> + Send>;

/// Why a piece of work is not done.
pub enum Refusal {
    /// SQLite failed.
    Sqlite(rusqlite::Error),
    /// It may not be done.
    Store(StoreError),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Pieces of work in one transaction at most.
const BATCH_MAX: usize = 1_024;
/// How long lines of output wait for a commit that they may ride on.
const LINES_WAIT: Duration = Duration::from_millis(50);

/// A handle on the thread. Dropping it writes what is queued, and ends the thread.
pub struct Writer {
    queue: Arc<Queue>,
    /// Whoever asks writes, unless somebody is writing.
    in_place: bool,
    thread: Option<JoinHandle<()>>,
}

struct Job {
    work: Work,
    sync: bool,
    answer: oneshot::Sender<Result<u64, StoreError>>,
}

/// What is written together.
struct Batch {
    jobs: Vec<Job>,
    lines: Vec<(String, LogLine)>,
}

impl Batch {
    fn is_empty(&self) -> bool {
        self.jobs.is_empty() && self.lines.is_empty()
    }
}

struct Queue {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    /// Who has it writes. Nothing is left there by a bug: the connection is closed then, and with it what was not committed is
    /// undone.
    desk: Mutex<Option<Desk>>,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    lines: Lines,
    closed: bool,
    /// Nobody writes any more.
    ended: bool,
}

/// The end of the thread: whoever still waits for an answer gets none.
struct End(Arc<Queue>);

impl Drop for End {
    fn drop(&mut self) {
        let mut waiting = self.0.lock();
        waiting.ended = true;
        waiting.jobs.clear();
        waiting.lines = Lines::default();
    }
}

impl Writer {
    /// Starts the thread on this connection.
    ///
    /// # Errors
    /// The system has no thread left.
    pub fn start(connection: Connection, watch: Arc<Watch>) -> Result<Self, StoreError> {
        let path = watch.path();
        let desk = Mutex::new(Some(Desk { connection, watch, broken: None, full: true }));
        let queue = Arc::new(Queue { waiting: Mutex::default(), changed: Condvar::new(), desk });
        let theirs = queue.clone();
        let thread = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || {
                // Told last, also of a panic: the connection is closed by then.
                let _end = End(theirs.clone());
                while theirs.wait() && theirs.write(theirs.desk(), None) {}
            })
            .map_err(|error| StoreError::Open { path, cause: error.to_string() })?;
        Ok(Self { queue, in_place: false, thread: Some(thread) })
    }

    /// From now on whoever asks writes on the own thread, unless somebody is writing: to wake a thread, and to be woken by it,
    /// costs as much as a quick disk does.
    pub fn write_in_place(&mut self) {
        self.in_place = true;
    }

    /// Does `work` in the next transaction; with `sync` the answer comes when it is safe from power loss too.
    pub async fn submit(&self, path: &str, sync: bool, work: Work) -> Result<u64, StoreError> {
        let (answer, answered) = oneshot::channel();
        let job = Job { work, sync, answer };
        match self.in_place.then(|| self.queue.desk.try_lock()) {
            Some(Ok(desk)) => drop(self.queue.write(desk, Some(job))),
            _ => self.queue(job),
        }
        answered.await.unwrap_or_else(|_| Err(ended(path)))
    }

    /// Queues a job, or drops it with its answer where nobody writes any more.
    fn queue(&self, job: Job) {
        let mut waiting = self.queue.lock();
        if !waiting.ended {
            waiting.jobs.push_back(job);
        }
        drop(waiting);
        self.queue.changed.notify_one();
    }

    /// Queues a line of output. Where too many wait older ones give way: the last that a program says tell why it failed.
    pub fn line(&self, run: &str, line: LogLine) {
        let mut waiting = self.queue.lock();
        waiting.lines.push(run, line);
        drop(waiting);
        self.queue.changed.notify_one();
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue.lock().closed = true;
        self.queue.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn ended(path: &str) -> StoreError {
    StoreError::Io { path: path.to_owned(), doing: "written", cause: "the thread that writes has ended".into() }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn desk(&self) -> MutexGuard<'_, Option<Desk>> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what is queued, and one more job. Tells whether there is anything to write with: where not, the job is dropped with
    /// its answer.
    fn write(&self, mut desk: MutexGuard<'_, Option<Desk>>, job: Option<Job>) -> bool {
        let Some(mut writer) = desk.take() else { return false };
        // Only who writes takes from the queue: what is queued later is never written earlier.
        let mut batch = self.lock().drain();
        batch.jobs.extend(job);
        if !batch.is_empty() {
            writer.write(batch);
        }
        *desk = Some(writer);
        true
    }

    /// Waits for something to write; tells whether there may be some, which there never is any more once the handle is dropped
    /// and nothing is left.
    fn wait(&self) -> bool {
        let mut waiting = self.lock();
        while waiting.jobs.is_empty() && waiting.lines.is_empty() && !waiting.closed {
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        if waiting.jobs.is_empty() && !waiting.closed {
            let no_job = |waiting: &mut Waiting| waiting.jobs.is_empty() && !waiting.closed;
            let waited = self.changed.wait_timeout_while(waiting, LINES_WAIT, no_job);
            waiting = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        !(waiting.closed && waiting.jobs.is_empty() && waiting.lines.is_empty())
    }
}

impl Waiting {
    fn drain(&mut self) -> Batch {
        let count = self.jobs.len().min(BATCH_MAX);
        let jobs = self.jobs.drain(..count).collect();
        Batch { jobs, lines: std::mem::take(&mut self.lines).in_order() }
    }
}

/// What is written with.
struct Desk {
    connection: Connection,
    watch: Arc<Watch>,
    /// Once the disk has failed nothing more is written: only opening the store again shows what it holds.
    broken: Option<StoreError>,
    /// Whether commits are synced now.
    full: bool,
}

impl Desk {
    /// Writes one batch in one transaction, and answers.
    fn write(&mut self, Batch { jobs, lines }: Batch) {
        let sync = jobs.iter().any(|job| job.sync);
        let (works, answers): (Vec<Work>, Vec<_>) = jobs.into_iter().map(|job| (job.work, job.answer)).unzip();
        let ready = self.broken.clone().map_or(Ok(()), Err).and_then(|()| self.watch.check_whole(&self.connection));
        let results = match ready.and_then(|()| self.transaction(works, &lines, sync)) {
            Ok(results) => results,
            Err(error) => answers.iter().map(|_| Err(error.clone())).collect(),
        };
        for (answer, result) in answers.into_iter().zip(results) {
            // Who asked may have gone meanwhile.
            answer.send(result).ok();
        }
    }

    fn transaction(
        &mut self,
        works: Vec<Work>,
        lines: &[(String, LogLine)],
        sync: bool,
    ) -> Result<Vec<Result<u64, StoreError>>, StoreError> {
        let done = self.try_transaction(works, lines, sync);
        done.map_err(|error| {
            if !self.connection.is_autocommit() {
                self.connection.execute_batch("ROLLBACK").ok();
            }
            let told = from_sqlite(&self.watch.path(), "written", &error);
            if is_fatal(&error) {
                self.broken = Some(told.clone());
            }
            told
        })
    }

    fn try_transaction(
        &mut self,
        works: Vec<Work>,
        lines: &[(String, LogLine)],
        sync: bool,
    ) -> rusqlite::Result<Vec<Result<u64, StoreError>>> {
        if sync != self.full {
            self.connection.pragma_update(None, "synchronous", if sync { "FULL" } else { "NORMAL" })?;
            self.full = sync;
        }
        self.execute("BEGIN IMMEDIATE")?;
        let results = works.into_iter().map(|work| self.step(work)).collect::<rusqlite::Result<Vec<_>>>()?;
        write::lines(&self.connection, lines)?;
        self.execute("COMMIT")?;
        Ok(results)
    }

    /// Does one piece of work; where it fails, the rest of the batch is left alone.
    fn step(&self, work: Work) -> rusqlite::Result<Result<u64, StoreError>> {
        self.execute("SAVEPOINT step")?;
        let result = match work(&self.connection) {
            Ok(number) => Ok(number),
            Err(Refusal::Store(refusal)) => Err(refusal),
            // SQLite may have undone the whole transaction by itself: on a full disk for example.
            Err(Refusal::Sqlite(error)) if is_fatal(&error) || self.connection.is_autocommit() => return Err(error),
            Err(Refusal::Sqlite(error)) => Err(from_sqlite(&self.watch.path(), "written", &error)),
        };
        if result.is_err() {
            self.execute("ROLLBACK TO step")?;
        }
        self.execute("RELEASE step")?;
        Ok(result)
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use super::*;
    use crate::store::sqlite::{folder, schema};

    /// A writer on an empty database, with the folder that it lies in.
    fn writer() -> (Writer, std::path::PathBuf, tempfile::TempDir) {
        let dir = tempfile::tempdir().expect("a folder");
        let file = folder::prepare(dir.path()).expect("a store");
        let watch = Arc::new(Watch::new(&file, true).expect("a file"));
        let writer = Writer::start(schema::open_writer(&file).expect("a database"), watch).expect("a thread");
        (writer, file, dir)
    }

    fn put(name: &'static str) -> Work {
        Box::new(move |connection| write::put_blob(connection, name, &[1]))
    }

    fn bug() -> Work {
        Box::new(|connection| {
            write::put_blob(connection, "half", &[1])?;
            panic!("a bug")
        })
    }

    /// Row 32: a bug below the store is an error for everybody who writes, and nothing of what was under way is kept.
    #[tokio::test]
    async fn a_panic_while_writing_is_an_error_and_leaves_nothing_half_written() {
        let (writer, file, _dir) = writer();
        writer.submit("runs.db", true, put("kept")).await.expect("written");
        let (first, second) =
            tokio::join!(writer.submit("runs.db", true, bug()), writer.submit("runs.db", true, put("after")));
        for told in [first, second, writer.submit("runs.db", true, put("later")).await] {
            assert_eq!(told, Err(ended("runs.db")));
        }
        drop(writer);
        assert_eq!(names(&schema::open_writer(&file).expect("a database")), ["kept"]);
    }

    /// Row 32 where whoever asks writes: the bug is theirs, and the error that of everybody after them.
    #[tokio::test]
    async fn a_panic_while_writing_in_place_leaves_nothing_half_written() {
        let (mut writer, file, _dir) = writer();
        writer.write_in_place();
        let writer = Arc::new(writer);
        writer.submit("runs.db", true, put("kept")).await.expect("written");
        let theirs = writer.clone();
        let task = tokio::spawn(async move { theirs.submit("runs.db", true, bug()).await });
        assert!(task.await.expect_err("it falls").is_panic());
        assert_eq!(writer.submit("runs.db", true, put("later")).await, Err(ended("runs.db")));
        drop(writer);
        assert_eq!(names(&schema::open_writer(&file).expect("a database")), ["kept"]);
    }

    /// Who writes in place takes along what is queued, and is not waited for by those who come meanwhile: the thread is.
    #[tokio::test]
    async fn in_place_nothing_is_overtaken_or_forgotten() {
        let (mut writer, file, _dir) = writer();
        writer.write_in_place();
        let line =
            |line: &str| LogLine { at: 1, stage: "s".into(), attempt: 1, stream: "stdout".into(), line: line.into() };
        writer.line("r", line("first"));
        writer.submit("runs.db", true, put("a")).await.expect("written");
        writer.line("r", line("second"));
        let held = writer.queue.desk();
        let mut waiting = Box::pin(writer.submit("runs.db", true, put("b")));
        let asked = waiting.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(asked.is_pending(), "somebody is writing");
        drop(held);
        waiting.await.expect("the thread has written it");
        drop(writer);
        let connection = schema::open_writer(&file).expect("a database");
        assert_eq!(names(&connection), ["a", "b"]);
        let mut statement = connection.prepare("SELECT line FROM logs ORDER BY id").expect("a table");
        let lines = statement.query_map([], |row| row.get::<_, String>(0)).expect("rows");
        assert_eq!(lines.map(|line| line.expect("a line")).collect::<Vec<_>>(), ["first", "second"]);
    }

    /// A piece of work that adds one blob of so many bytes.
    fn blob(name: &'static str, bytes: usize) -> (Job, oneshot::Receiver<Result<u64, StoreError>>) {
        let work: Work = Box::new(move |connection| write::put_blob(connection, name, &vec![7; bytes]));
        let (answer, answered) = oneshot::channel();
        (Job { work, sync: true, answer }, answered)
    }

    fn names(connection: &Connection) -> Vec<String> {
        let mut statement = connection.prepare("SELECT hash FROM blobs ORDER BY hash").expect("a table");
        let names = statement.query_map([], |row| row.get(0)).expect("rows");
        names.map(|name| name.expect("a name")).collect()
    }

    #[test]
    fn a_full_disk_leaves_nothing_half_written_and_passes() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = folder::prepare(dir.path()).expect("a store");
        let connection = schema::open_writer(&file).expect("a database");
        let watch = Arc::new(Watch::new(&file, true).expect("a file"));
        let mut writer = Desk { connection, watch, broken: None, full: true };
        // As full as a disk can be: SQLite is told that there are no more pages to be had.
        let limit = |writer: &Desk, pages: i64| {
            writer.connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).expect("limited");
        };
        limit(&writer, 60);
        let write = |writer: &mut Desk, list: Vec<(&'static str, usize)>| -> Vec<Result<u64, StoreError>> {
            let (jobs, answers): (Vec<_>, Vec<_>) = list.into_iter().map(|(name, bytes)| blob(name, bytes)).unzip();
            writer.write(Batch { jobs, lines: Vec::new() });
            answers.into_iter().map(|mut answer| answer.try_recv().expect("answered")).collect()
        };
        assert_eq!(write(&mut writer, vec![("a", 10)]), [Ok(0)]);
        let results = write(&mut writer, vec![("b", 10), ("c", 4 << 20)]);
        let told = results.iter().find_map(|result| result.as_ref().err()).expect("it does not fit").to_string();
        assert!(told.contains("runs.db cannot be written: the disk is full"), "{told}");
        let kept: Vec<String> = if results[0].is_ok() { vec!["a".into(), "b".into()] } else { vec!["a".into()] };
        assert_eq!(names(&writer.connection), kept, "what was answered is what is there");
        limit(&writer, 1 << 20);
        assert_eq!(write(&mut writer, vec![("d", 4 << 20)]), [Ok(0)], "space was made");
    }

    #[test]
    fn what_is_refused_leaves_the_rest_of_its_batch_alone() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = folder::prepare(dir.path()).expect("a store");
        let connection = schema::open_writer(&file).expect("a database");
        let watch = Arc::new(Watch::new(&file, true).expect("a file"));
        let mut writer = Desk { connection, watch, broken: None, full: true };
        let (good, mut answered) = blob("good", 1);
        let (answer, mut refused) = oneshot::channel();
        let work: Work = Box::new(|connection| {
            write::put_blob(connection, "half", &[1])?;
            Err(Refusal::Store(StoreError::Exists("x".into())))
        });
        writer.write(Batch { jobs: vec![Job { work, sync: true, answer }, good], lines: Vec::new() });
        assert_eq!(refused.try_recv().expect("answered"), Err(StoreError::Exists("x".into())));
        assert_eq!(answered.try_recv().expect("answered"), Ok(0));
        assert_eq!(names(&writer.connection), ["good"]);
    }
}

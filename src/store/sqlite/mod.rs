//! The store in one SQLite file, which people may open with any tool for it.
//!
//! Several processes may use it at once: each has one thread that writes and as many readers as it needs.

mod cache;
mod claims;
mod error;
mod folder;
mod heads;
mod lines;
mod lock;
mod mail;
mod migrate;
mod packed;
pub mod prune;
mod read;
mod room;
mod row;
mod schema;
mod users;
pub mod verify;
mod watch;
mod write;
mod writer;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::base::aside::aside;
use crate::store::locks::{Claim, Claims, Holds};
use crate::store::sqlite::cache::Cache;
use crate::store::sqlite::error::from_sqlite;
use crate::store::sqlite::read::Reader;
use crate::store::sqlite::room::Nameless;
use crate::store::sqlite::users::User;
use crate::store::sqlite::watch::Watch;
use crate::store::sqlite::writer::{Refusal, Work, Writer};
use crate::store::{
    EVERY_RUN, Kept, Lease, LogLine, Message, MessageBody, Record, RunFilter, RunInfo, Store, StoreError, id,
};
use crate::value::shelf::{Bounds, Shelf};

/// Connections that are kept for the next reader.
const READERS_KEPT: usize = 4;

/// A store on disk.
pub struct SqliteStore {
    dir: PathBuf,
    file: PathBuf,
    path: String,
    watch: Arc<Watch>,
    readers: Mutex<Vec<Connection>>,
    cache: Cache,
    /// What is kept too long was looked for.
    swept: AtomicBool,
    /// The leases of this process, by run: the fencing number of the last, and its lock.
    leases: Mutex<BTreeMap<String, (u64, lock::Look)>>,
    /// What is read instead of a store of an older format.
    copy: Option<TempDir>,
    /// None where the store is open to be read only.
    writer: Option<Writer>,
    /// Last: nobody is alone with the store before all is written.
    user: Option<User>,
}

impl SqliteStore {
    /// Opens the store in the folder `dir`, making it where it is missing.
    ///
    /// # Errors
    /// The folder or file cannot be made or written, lies on a network file system, is damaged, or has a newer format.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let file = folder::prepare(dir)?;
        let user = User::join(dir)?;
        let connection = schema::open_writer(&file)?;
        let mut store = Self::over(dir, file, true)?;
        store.writer = Some(Writer::start(connection, store.watch.clone())?);
        store.user = Some(user);
        Ok(store)
    }

    /// From now on whoever asks for a write does it on the own thread, unless somebody else is writing: a commit waits for nobody to
    /// be woken. For a process in which nothing must go on meanwhile on that thread: a disk may take its time.
    #[must_use]
    pub fn in_place(mut self) -> Self {
        self.writer.iter_mut().for_each(Writer::write_in_place);
        self
    }

    /// Opens a store that is there, only to read it: also from a folder that cannot be written. One of an older format is left as
    /// it is: a copy is read.
    ///
    /// # Errors
    /// There is none; otherwise as [`open`](Self::open).
    pub fn open_to_read(dir: &Path) -> Result<Self, StoreError> {
        let file = dir.join(folder::FILE_NAME);
        let mut store = Self::over(dir, file.clone(), false)?;
        let connection = schema::open_reader(&file, false)?;
        if schema::format(&connection, &store.path)? < schema::FORMAT {
            let (copy, file) = migrate::copy_to_read(&connection, &file)?;
            store.watch = Arc::new(Watch::new(&file, false)?);
            (store.file, store.copy) = (file, Some(copy));
        } else {
            store.readers = Mutex::new(vec![connection]);
        }
        Ok(store)
    }

    fn over(dir: &Path, file: PathBuf, writes: bool) -> Result<Self, StoreError> {
        let watch = Arc::new(Watch::new(&file, writes)?);
        Ok(Self {
            dir: dir.to_owned(),
            path: file.display().to_string(),
            file,
            watch,
            readers: Mutex::default(),
            cache: Cache::of(dir),
            swept: AtomicBool::new(false),
            leases: Mutex::default(),
            copy: None,
            writer: None,
            user: None,
        })
    }

    /// Copies of this store as older formats had it, with their sizes in bytes. Nothing needs them.
    pub fn older_copies(&self) -> Vec<(PathBuf, u64)> {
        migrate::kept_copies(&self.dir.join(folder::FILE_NAME))
    }

    async fn write(
        &self,
        sync: bool,
        work: impl FnOnce(&Connection) -> Result<u64, Refusal> + Send + 'static,
    ) -> Result<u64, StoreError> {
        let Some(writer) = &self.writer else {
            let cause = "it was opened only to be read".to_owned();
            return Err(StoreError::Io { path: self.path.clone(), doing: "written", cause });
        };
        let work: Work = Box::new(work);
        writer.submit(&self.path, sync, work).await
    }

    /// Whether the lease with this number is of this process, and its lock has not been set aside. Whoever raises the number does
    /// that before, so it is the newest then.
    fn is_locked_by(&self, run: &str, fence: u64) -> bool {
        let leases = self.leases.lock().unwrap_or_else(PoisonError::into_inner);
        leases.get(run).is_some_and(|(number, lock)| *number == fence && lock.is_valid())
    }

    /// Reads are short: they are done where they are asked for.
    fn read<T>(&self, work: impl FnOnce(&Reader<'_>) -> Result<T, Refusal>) -> Result<T, StoreError> {
        self.watch.check()?;
        let kept = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = kept.map_or_else(|| schema::open_reader(&self.file, self.writer.is_some()), Ok)?;
        let result = work(&Reader { connection: &connection, path: &self.path });
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < READERS_KEPT && connection.is_autocommit() {
            readers.push(connection);
        }
        result.map_err(|refusal| match refusal {
            Refusal::Store(error) => error,
            Refusal::Sqlite(error) => from_sqlite(&self.path, "read", &error),
        })
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn create(&self, info: &RunInfo, plan: &str) -> Result<(), StoreError> {
        id::check_name(&info.id).map_err(|why| StoreError::BadName { run: info.id.clone(), why })?;
        let (path, info, plan) = (self.path.clone(), info.clone(), packed::pack(plan));
        self.write(true, move |connection| write::create(connection, &path, &info, &plan)).await.map(drop)
    }

    async fn lease(&self, run: &str, takeover: bool) -> Result<Lease, StoreError> {
        self.read(|reader| reader.must_exist(run))?;
        let lock = lock::take(&self.dir, run, takeover)?;
        let name = run.to_owned();
        let fence = self.write(true, move |connection| write::fence(connection, &name)).await?;
        let mut leases = self.leases.lock().unwrap_or_else(PoisonError::into_inner);
        leases.retain(|_, (_, lock)| lock.is_held());
        leases.insert(run.to_owned(), (fence, lock.look()));
        Ok(Lease { run: run.to_owned(), fence, guard: Some(Box::new(lock)) })
    }

    async fn driver(&self, run: &str) -> Result<Option<u32>, StoreError> {
        Ok(lock::driver(&self.dir, run))
    }

    async fn holds(&self, run: &str, fence: u64) -> Result<bool, StoreError> {
        if self.is_locked_by(run, fence) { Ok(true) } else { self.read(|reader| reader.holds(run, fence)) }
    }

    async fn append_with(
        &self,
        lease: &Lease,
        records: Vec<Record>,
        info: Option<&RunInfo>,
        claims: Claims,
        sync: bool,
    ) -> Result<(), StoreError> {
        let (run, fence, info, path) = (lease.run.clone(), lease.fence, info.cloned(), self.path.clone());
        let work = move |connection: &Connection| {
            let next = write::append(connection, &path, (&run, fence), &records, info.as_ref())?;
            claims::change(connection, &run, &claims)?;
            Ok(next)
        };
        self.write(sync, work).await.map(drop)
    }

    async fn take_lock(&self, lease: &Lease, claim: &Claim) -> Result<Holds, StoreError> {
        let (run, fence, claim) = (lease.run.clone(), lease.fence, claim.clone());
        let (path, dir) = (self.path.clone(), self.dir.clone());
        let (sender, receiver) = std::sync::mpsc::channel();
        let work = move |connection: &Connection| {
            let driven = |run: &str| lock::is_driven(&dir, run);
            let holds = claims::take(connection, &path, (&run, fence), &claim, driven)?;
            // Who asked waits for the end of this work.
            sender.send(holds).ok();
            Ok(0)
        };
        self.write(false, work).await?;
        receiver.recv().map_err(|_| StoreError::Damaged { path: self.path.clone(), what: "no answer".into() })
    }

    async fn set_claims(&self, lease: &Lease, claims: &[(Claim, bool)]) -> Result<(), StoreError> {
        let (run, fence, claims) = (lease.run.clone(), lease.fence, claims.to_vec());
        self.write(true, move |connection| claims::set(connection, (&run, fence), &claims)).await.map(drop)
    }

    async fn records(&self, run: &str, from: u64, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.read(|reader| reader.records(run, from, limit))
    }

    async fn put_plan(&self, hash: &str, plan: &str) -> Result<(), StoreError> {
        let (hash, plan) = (hash.to_owned(), packed::pack(plan));
        self.write(false, move |connection| write::put_plan(connection, &hash, &plan)).await.map(drop)
    }

    async fn plan(&self, hash: &str) -> Result<String, StoreError> {
        self.read(|reader| reader.plan(hash))
    }

    async fn put_blob(&self, bytes: Vec<u8>) -> Result<String, StoreError> {
        let hash = blake3::hash(&bytes).to_hex().to_string();
        let name = hash.clone();
        self.write(false, move |connection| write::put_blob(connection, &name, &bytes)).await?;
        Ok(hash)
    }

    async fn blob(&self, hash: &str) -> Result<Vec<u8>, StoreError> {
        self.read(|reader| reader.blob(hash))
    }

    async fn has_blob(&self, hash: &str) -> Result<bool, StoreError> {
        self.read(|reader| reader.has_blob(hash))
    }

    async fn remember(&self, key: &str, kept: Kept) -> Result<(), StoreError> {
        let (cache, key, sweeps) = (self.cache.clone(), key.to_owned(), !self.swept.swap(true, Ordering::Relaxed));
        let work = move || {
            if sweeps {
                cache.sweep(kept.at);
            }
            cache.write(&key, &kept)
        };
        let written = aside(work).await.and_then(|written| written);
        written.map_err(|error| StoreError::Io {
            path: self.cache.path(),
            doing: "written",
            cause: folder::cause(&error),
        })
    }

    async fn recall(&self, key: &str) -> Result<Option<Kept>, StoreError> {
        Ok(self.cache.read(key))
    }

    async fn send(&self, run: &str, by: &str, body: MessageBody) -> Result<u64, StoreError> {
        if run != EVERY_RUN {
            self.read(|reader| reader.must_exist(run))?;
        }
        let (run, by, at) = (run.to_owned(), by.to_owned(), now_ms());
        let body = serde_json::to_string(&body).expect("messages hold JSON only");
        self.write(true, move |connection| mail::send(connection, &run, at, &by, &body)).await
    }

    async fn messages(&self, run: &str, after: u64) -> Result<Vec<Message>, StoreError> {
        self.read(|reader| reader.messages(run, after))
    }

    fn log(&self, run: &str, line: LogLine) {
        if let Some(writer) = &self.writer {
            writer.line(run, line);
        }
    }

    async fn logs(
        &self,
        run: &str,
        stage: Option<&str>,
        from: u64,
        limit: usize,
    ) -> Result<(Vec<LogLine>, u64), StoreError> {
        self.read(|reader| reader.logs(run, stage, from, limit))
    }

    async fn runs(&self, filter: &RunFilter) -> Result<Vec<RunInfo>, StoreError> {
        self.read(|reader| reader.runs(filter))
    }

    async fn find(&self, name: &str) -> Result<RunInfo, StoreError> {
        self.read(|reader| reader.find(name))
    }

    fn shelf(&self) -> Option<Arc<Shelf>> {
        Some(Shelf::new(Box::new(Nameless::below(self.dir.clone())), Bounds::default()))
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

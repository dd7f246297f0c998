//! The store in memory: for tests, virtual clocks and simulated crashes. Cheap to cut and to open again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::store::locks::{Claim, Claims, Holds, Queued, decide};
use crate::store::{
    EVERY_RUN, Kept, Lease, LogLine, Message, MessageBody, Record, RunFilter, RunInfo, Status, Store, StoreError, id,
    lookup,
};
use crate::value::shelf::Shelf;

/// A store that lives as long as it is held. Clones are the same store; [`reopen`](MemoryStore::reopen) makes another.
#[derive(Clone, Default)]
pub struct MemoryStore {
    inner: Arc<Mutex<Inner>>,
    shelves: Option<Shelves>,
}

/// Gives a shelf to whoever takes a run up.
type Shelves = Arc<dyn Fn() -> Option<Arc<Shelf>> + Send + Sync>;

/// What a hook says to a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is made.
    Commit,
    /// The process dies before it: it is not made, and every later write fails.
    StopBefore,
    /// The process dies after it: it is made, its caller is not told, and every later write fails.
    StopAfter,
}

/// What a hook is told of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commit<'a> {
    /// Dense, from 0, over the life of this store.
    pub number: u64,
    /// The run that is written.
    pub run: &'a str,
    /// The records that are appended; none for a new run or a message.
    pub records: &'a [Record],
}

/// Asked before each commit.
pub type Hook = Box<dyn FnMut(&Commit<'_>) -> Verdict + Send>;

/// What a simulated crash takes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// The process dies: nothing that was committed is lost.
    Kill,
    /// The power fails: what was committed after the last synced commit is lost.
    Power,
}

#[derive(Default)]
struct Inner {
    content: Content,
    /// Runs changed since the last synced commit: what was known and how many records there were; nothing where they are new.
    unsynced: BTreeMap<String, Option<(Arc<RunInfo>, usize)>>,
    leases: BTreeMap<String, u64>,
    hook: Option<Hook>,
    commits: u64,
    stopped: bool,
}

#[derive(Clone, Default)]
struct Content {
    runs: BTreeMap<String, Run>,
    /// In the order of creation.
    order: Vec<String>,
    plans: BTreeMap<String, String>,
    blobs: BTreeMap<String, Arc<[u8]>>,
    results: BTreeMap<String, Arc<Kept>>,
    messages: Vec<(String, Message)>,
    logs: Vec<(String, LogLine)>,
    locks: BTreeMap<String, Queue>,
    /// Locks and places in their queues, by run and claim.
    claims: BTreeMap<(String, u64), (String, u64)>,
    /// Claims made so far.
    claimed: u64,
}

/// The claims to a lock.
#[derive(Clone, Default)]
struct Queue {
    /// Oldest first.
    claims: BTreeMap<u64, Queued>,
    held: BTreeSet<u64>,
}

/// Shared between a store and those reopened from it, until one is written.
#[derive(Clone)]
struct Run {
    info: Arc<RunInfo>,
    records: Arc<Vec<Record>>,
    fence: u64,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// A store whose runs lay values aside on these shelves. Others hold all of a run in memory, as the store does.
    #[must_use]
    pub fn with_shelves(mut self, shelves: impl Fn() -> Option<Arc<Shelf>> + Send + Sync + 'static) -> Self {
        self.shelves = Some(Arc::new(shelves));
        self
    }

    /// Asks `hook` before each commit from now on.
    pub fn set_hook(&self, hook: impl FnMut(&Commit<'_>) -> Verdict + Send + 'static) {
        self.inner().hook = Some(Box::new(hook));
    }

    /// A store as another process would find it after a crash: no hook, no lease; this one stays as it is.
    pub fn reopen(&self, crash: Crash) -> Self {
        let inner = self.inner();
        let mut content = inner.content.clone();
        if crash == Crash::Power {
            for (id, before) in &inner.unsynced {
                match (before, content.runs.get_mut(id)) {
                    (Some((info, length)), Some(run)) => {
                        run.info = info.clone();
                        Arc::make_mut(&mut run.records).truncate(*length);
                    }
                    _ => _ = content.runs.remove(id),
                }
            }
            content.order.retain(|run| content.runs.contains_key(run));
        }
        let inner = Arc::new(Mutex::new(Inner { content, ..Inner::default() }));
        Self { inner, shelves: self.shelves.clone() }
    }

    /// How many commits were made.
    pub fn commits(&self) -> u64 {
        self.inner().commits
    }

    /// How many claims to locks there are.
    pub fn claims(&self) -> usize {
        self.inner().content.claims.len()
    }

    /// All records of a run; none where there is no such run.
    pub fn journal(&self, run: &str) -> Vec<Record> {
        self.inner().content.runs.get(run).map(|run| run.records.to_vec()).unwrap_or_default()
    }

    /// Changes every result that is kept for equal calls.
    pub fn spoil(&self, change: impl Fn(&mut Kept)) {
        self.inner().content.results.values_mut().for_each(|kept| change(Arc::make_mut(kept)));
    }

    /// Leaves only the first `count` records of a run: a journal cut where a crash might have cut it, before its end.
    pub fn cut(&self, run: &str, count: usize) {
        if let Some(run) = self.inner().content.runs.get_mut(run) {
            Arc::make_mut(&mut run.records).truncate(count);
            let info = Arc::make_mut(&mut run.info);
            (info.status, info.ended) = (Status::Running, None);
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content {
    fn claim(&mut self, run: &str, claim: Claim, held: bool) {
        self.claimed += 1;
        let queue = self.locks.entry(claim.lock.clone()).or_default();
        queue.claims.insert(self.claimed, Queued { run: run.to_owned(), claim: claim.id });
        queue.held.extend(held.then_some(self.claimed));
        self.claims.insert((run.to_owned(), claim.id), (claim.lock, self.claimed));
    }

    fn give_up(&mut self, run: &str, claim: u64) {
        let Some((lock, number)) = self.claims.remove(&(run.to_owned(), claim)) else { return };
        if let Some(queue) = self.locks.get_mut(&lock) {
            queue.claims.remove(&number);
            queue.held.remove(&number);
        }
    }

    /// Numbers of the claims of a run.
    fn claims_of(&self, run: &str) -> BTreeSet<u64> {
        let of_run = self.claims.range((run.to_owned(), 0)..).take_while(|((of, _), _)| of == run);
        of_run.map(|((_, claim), _)| *claim).collect()
    }

    fn is_open(&self, run: &str) -> bool {
        self.runs.get(run).is_some_and(|run| !run.info.status.ended())
    }
}

impl Inner {
    /// Makes one commit, as the hook says. `write` is handed the records.
    fn commit(
        &mut self,
        run: &str,
        records: Vec<Record>,
        sync: bool,
        write: impl FnOnce(&mut Content, Vec<Record>),
    ) -> Result<(), StoreError> {
        if self.stopped {
            return Err(stopped());
        }
        let commit = Commit { number: self.commits, run, records: &records };
        let verdict = self.hook.as_mut().map_or(Verdict::Commit, |hook| hook(&commit));
        if verdict != Verdict::StopBefore {
            if sync {
                self.unsynced.clear();
            } else {
                let before = self.content.runs.get(run).map(|run| (run.info.clone(), run.records.len()));
                self.unsynced.entry(run.to_owned()).or_insert(before);
            }
            write(&mut self.content, records);
            self.commits += 1;
        }
        self.stopped = verdict != Verdict::Commit;
        if self.stopped { Err(stopped()) } else { Ok(()) }
    }

    fn fenced(&self, lease: &Lease) -> Result<(), StoreError> {
        match self.run(&lease.run)?.fence == lease.fence {
            true => Ok(()),
            false => Err(StoreError::Fenced { run: lease.run.clone() }),
        }
    }

    fn run(&self, run: &str) -> Result<&Run, StoreError> {
        self.content.runs.get(run).ok_or_else(|| self.no_run(run))
    }

    fn no_run(&self, run: &str) -> StoreError {
        lookup::no_run(run, self.content.order.iter().map(String::as_str))
    }
}

fn stopped() -> StoreError {
    StoreError::Io { path: "memory".into(), doing: "written", cause: "the process was stopped here".into() }
}

fn damaged(what: String) -> StoreError {
    StoreError::Damaged { path: "memory".into(), what }
}

#[async_trait]
impl Store for MemoryStore {
    async fn create(&self, info: &RunInfo, plan: &str) -> Result<(), StoreError> {
        id::check_name(&info.id).map_err(|why| StoreError::BadName { run: info.id.clone(), why })?;
        let mut inner = self.inner();
        if inner.content.runs.contains_key(&info.id) {
            return Err(StoreError::Exists(info.id.clone()));
        }
        inner.commit(&info.id, Vec::new(), true, |content, _| {
            content.plans.entry(info.plan.clone()).or_insert_with(|| plan.to_owned());
            content.order.push(info.id.clone());
            let run = Run { info: Arc::new(info.clone()), records: Arc::default(), fence: 0 };
            content.runs.insert(info.id.clone(), run);
        })
    }

    async fn lease(&self, run: &str, takeover: bool) -> Result<Lease, StoreError> {
        let mut inner = self.inner();
        let fence = inner.run(run)?.fence + 1;
        if inner.leases.contains_key(run) && !takeover {
            let since = "1970-01-01T00:00:00Z".to_owned();
            return Err(StoreError::Busy { run: run.to_owned(), pid: std::process::id(), since });
        }
        if let Some(run) = inner.content.runs.get_mut(run) {
            run.fence = fence;
        }
        inner.leases.insert(run.to_owned(), fence);
        let guard = Guard { inner: self.inner.clone(), run: run.to_owned(), fence };
        Ok(Lease { run: run.to_owned(), fence, guard: Some(Box::new(guard)) })
    }

    async fn driver(&self, run: &str) -> Result<Option<u32>, StoreError> {
        Ok(self.inner().leases.contains_key(run).then(std::process::id))
    }

    async fn holds(&self, run: &str, fence: u64) -> Result<bool, StoreError> {
        Ok(self.inner().run(run)?.fence == fence)
    }

    async fn append_with(
        &self,
        lease: &Lease,
        records: Vec<Record>,
        info: Option<&RunInfo>,
        claims: Claims,
        sync: bool,
    ) -> Result<(), StoreError> {
        let mut inner = self.inner();
        inner.fenced(lease)?;
        let from = inner.run(&lease.run)?.records.len() as u64;
        if let Some((_, record)) = (from..).zip(&records).find(|(seq, record)| *seq != record.seq) {
            return Err(out_of_order("memory", &lease.run, record.seq, from));
        }
        inner.commit(&lease.run, records, sync, |content, records| {
            let Some(run) = content.runs.get_mut(&lease.run) else { return };
            Arc::make_mut(&mut run.records).extend(records);
            if let Some(info) = info {
                run.info = Arc::new(info.clone());
            }
            claims.given_up.iter().for_each(|claim| content.give_up(&lease.run, *claim));
            claims.made.into_iter().for_each(|claim| content.claim(&lease.run, claim, false));
        })
    }

    async fn take_lock(&self, lease: &Lease, claim: &Claim) -> Result<Holds, StoreError> {
        let mut inner = self.inner();
        inner.fenced(lease)?;
        let Inner { content, leases, .. } = &mut *inner;
        let place = content.claims.get(&(lease.run.clone(), claim.id)).filter(|(lock, _)| *lock == claim.lock);
        let number = place.map(|(_, number)| *number).ok_or_else(|| damaged(no_claim(&lease.run, claim)))?;
        let queue = &content.locks[&claim.lock];
        let open = |queued: &Queued| content.is_open(&queued.run);
        let holder = queue.held.iter().map(|number| queue.claims[number].clone()).find(open);
        let waiting = queue.claims.values().filter(|queued| open(queued)).cloned();
        let holds = decide(holder, waiting, (&lease.run, claim.id), |run| leases.contains_key(run));
        if let (Holds::Yes, Some(queue)) = (&holds, content.locks.get_mut(&claim.lock)) {
            queue.held.insert(number);
        }
        Ok(holds)
    }

    async fn set_claims(&self, lease: &Lease, claims: &[(Claim, bool)]) -> Result<(), StoreError> {
        let mut inner = self.inner();
        inner.fenced(lease)?;
        let content = &mut inner.content;
        let (there, wanted) = (content.claims_of(&lease.run), claims.iter().map(|(claim, _)| claim.id).collect());
        there.difference(&wanted).for_each(|gone| content.give_up(&lease.run, *gone));
        for (claim, held) in claims.iter().filter(|(claim, _)| !there.contains(&claim.id)) {
            content.claim(&lease.run, claim.clone(), *held);
        }
        Ok(())
    }

    async fn records(&self, run: &str, from: u64, limit: usize) -> Result<Vec<Record>, StoreError> {
        let inner = self.inner();
        let skip = usize::try_from(from).unwrap_or(usize::MAX);
        Ok(inner.run(run)?.records.iter().skip(skip).take(limit).cloned().collect())
    }

    async fn put_plan(&self, hash: &str, plan: &str) -> Result<(), StoreError> {
        let mut inner = self.inner();
        if inner.stopped {
            return Err(stopped());
        }
        inner.content.plans.entry(hash.to_owned()).or_insert_with(|| plan.to_owned());
        Ok(())
    }

    async fn plan(&self, hash: &str) -> Result<String, StoreError> {
        let plan = self.inner().content.plans.get(hash).cloned();
        plan.ok_or_else(|| damaged(format!("plan {hash} is missing")))
    }

    async fn put_blob(&self, bytes: Vec<u8>) -> Result<String, StoreError> {
        let mut inner = self.inner();
        if inner.stopped {
            return Err(stopped());
        }
        let hash = blake3::hash(&bytes).to_hex().to_string();
        inner.content.blobs.entry(hash.clone()).or_insert_with(|| bytes.into());
        Ok(hash)
    }

    async fn blob(&self, hash: &str) -> Result<Vec<u8>, StoreError> {
        let blob = self.inner().content.blobs.get(hash).map(|bytes| bytes.to_vec());
        blob.ok_or_else(|| damaged(format!("blob {hash} is missing")))
    }

    async fn has_blob(&self, hash: &str) -> Result<bool, StoreError> {
        Ok(self.inner().content.blobs.contains_key(hash))
    }

    async fn remember(&self, key: &str, kept: Kept) -> Result<(), StoreError> {
        let mut inner = self.inner();
        if inner.stopped {
            return Err(stopped());
        }
        inner.content.results.insert(key.to_owned(), Arc::new(kept));
        Ok(())
    }

    async fn recall(&self, key: &str) -> Result<Option<Kept>, StoreError> {
        Ok(self.inner().content.results.get(key).map(|kept| Kept::clone(kept)))
    }

    async fn send(&self, run: &str, by: &str, body: MessageBody) -> Result<u64, StoreError> {
        let mut inner = self.inner();
        // The time of the run, so that a virtual one stays so; for every run that of the latest.
        let time = |known: &Run| known.records.last().map_or(known.info.started, |record| record.at);
        let at = match run {
            EVERY_RUN => inner.content.runs.values().map(time).max().unwrap_or(0),
            _ => time(inner.run(run)?),
        };
        let id = inner.content.messages.len() as u64 + 1;
        let message = Message { id, at, by: by.to_owned(), body };
        inner.commit(run, Vec::new(), true, |content, _| content.messages.push((run.to_owned(), message)))?;
        Ok(id)
    }

    async fn messages(&self, run: &str, after: u64) -> Result<Vec<Message>, StoreError> {
        let inner = self.inner();
        if run != EVERY_RUN {
            inner.run(run)?;
        }
        let wanted = inner.content.messages.iter().filter(|(of, message)| of == run && message.id > after);
        Ok(wanted.map(|(_, message)| message.clone()).collect())
    }

    fn log(&self, run: &str, line: LogLine) {
        let mut inner = self.inner();
        if !inner.stopped {
            inner.content.logs.push((run.to_owned(), line));
        }
    }

    async fn logs(
        &self,
        run: &str,
        stage: Option<&str>,
        from: u64,
        limit: usize,
    ) -> Result<(Vec<LogLine>, u64), StoreError> {
        let inner = self.inner();
        let skip = usize::try_from(from).unwrap_or(usize::MAX);
        let lines = inner.content.logs.iter().enumerate().skip(skip);
        let wanted = lines.filter(|(_, (of, line))| of == run && stage.is_none_or(|s| lookup::inside(&line.stage, s)));
        let (mut found, mut after) = (Vec::new(), from);
        for (index, (_, line)) in wanted.take(limit) {
            found.push(line.clone());
            after = index as u64 + 1;
        }
        Ok((found, after))
    }

    async fn runs(&self, filter: &RunFilter) -> Result<Vec<RunInfo>, StoreError> {
        let inner = self.inner();
        let mut infos: Vec<&RunInfo> =
            inner.content.order.iter().rev().map(|id| &*inner.content.runs[id].info).collect();
        infos.retain(|info| filter.admits(info));
        infos.sort_by_key(|info| std::cmp::Reverse(info.started));
        Ok(infos.into_iter().take(filter.limit.unwrap_or(usize::MAX)).cloned().collect())
    }

    async fn find(&self, name: &str) -> Result<RunInfo, StoreError> {
        if name == "@latest" {
            let latest = RunFilter { limit: Some(1), ..RunFilter::default() };
            return self.runs(&latest).await?.pop().ok_or_else(|| self.inner().no_run(name));
        }
        let inner = self.inner();
        let fits = inner.content.runs.range(name.to_owned()..).map(|(id, _)| id).take_while(|id| id.starts_with(name));
        let fits: Vec<String> = fits.take(lookup::FITS_MAX).cloned().collect();
        match lookup::by_prefix(name, &fits)? {
            Some(id) => Ok(inner.run(&id)?.info.as_ref().clone()),
            None => Err(inner.no_run(name)),
        }
    }

    fn shelf(&self) -> Option<Arc<Shelf>> {
        self.shelves.as_ref().and_then(|shelves| shelves())
    }
}

/// A record that does not follow the last one of its run: the caller has lost count.
pub(super) fn out_of_order(path: &str, run: &str, seq: u64, expected: u64) -> StoreError {
    let cause = format!("record {seq} of run {run} does not follow the {expected} that are there");
    StoreError::Io { path: path.to_owned(), doing: "written", cause }
}

/// A claim that is to hold and is not there.
pub(super) fn no_claim(run: &str, claim: &Claim) -> String {
    format!("claim {} of run {run} to lock `{}` is missing", claim.id, claim.lock)
}

struct Guard {
    inner: Arc<Mutex<Inner>>,
    run: String,
    fence: u64,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.leases.get(&self.run) == Some(&self.fence) {
            inner.leases.remove(&self.run);
        }
    }
}

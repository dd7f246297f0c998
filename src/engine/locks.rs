//! Locks that a run wants or holds, as its journal says. Whose turn it is among several runs is for the store to say.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::key;
use crate::engine::report::AwaitedLock;
use crate::engine::state::{InstanceId, NONE, Run, TimerKey};
use crate::plan::Plan;
use crate::store::locks::Claim;

/// The claims of a run. Whatever is asked of them looks at as many as it tells of, not at all that wait.
#[derive(Debug, Clone, Default)]
pub struct Locks {
    claims: BTreeMap<u64, Claimed>,
    by_holder: BTreeMap<Holder, u64>,
    queues: BTreeMap<String, Queue>,
    /// Those that wait behind another run.
    behind: BTreeSet<u64>,
}

/// The claims of a run to one lock.
#[derive(Debug, Clone, Default)]
struct Queue {
    held: u32,
    /// Oldest first.
    waiting: BTreeSet<u64>,
}

impl Queue {
    /// The claim that may hold now, unless another of this run does.
    fn next(&self) -> Option<u64> {
        self.waiting.first().copied().filter(|_| self.held == 0)
    }
}

/// A claim to a lock.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Name of the lock.
    pub lock: String,
    /// What waits for it, or goes on under it.
    pub holder: Holder,
    /// It is ours.
    pub held: bool,
    /// The run that came first when the store was asked.
    pub behind: Option<Ahead>,
    /// When it is waited for no longer.
    pub timer: TimerKey,
}

impl Claimed {
    /// What is waited for, as it is told.
    pub fn awaited(&self) -> AwaitedLock {
        let (run, driven) = self.behind.clone().map(|ahead| (ahead.run, ahead.driven)).unzip();
        AwaitedLock { name: self.lock.clone(), run, driven: driven.unwrap_or(true) }
    }
}

/// A run that comes first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ahead {
    /// Its id.
    pub run: String,
    /// Whether a process drove it when the store was asked.
    pub driven: bool,
}

/// What wants a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// A stage, from before its body until it has ended.
    Stage(InstanceId, u32),
    /// An instance of a workflow, from before its stages until it has ended.
    Instance(InstanceId),
    /// The stage of an instance whose success is undone next.
    Undoing(InstanceId),
    /// An instance that had succeeded, while it is undone.
    Reopened(InstanceId),
}

impl Locks {
    /// Notes a new claim under its number.
    pub(super) fn insert(&mut self, id: u64, claimed: Claimed) {
        let queue = self.queues.entry(claimed.lock.clone()).or_default();
        match claimed.held {
            true => queue.held += 1,
            false => _ = queue.waiting.insert(id),
        }
        if !claimed.held && claimed.behind.is_some() {
            self.behind.insert(id);
        }
        self.by_holder.insert(claimed.holder, id);
        self.claims.insert(id, claimed);
    }

    /// The claim of a holder.
    pub(super) fn of(&self, holder: Holder) -> Option<&Claimed> {
        self.claims.get(self.by_holder.get(&holder)?)
    }

    /// Whether the lock of this name is held or waited for.
    pub(super) fn wants(&self, lock: &str) -> bool {
        self.queues.contains_key(lock)
    }

    /// A claim that waits holds from here on.
    pub(super) fn grant(&mut self, id: u64) -> Option<&Claimed> {
        let claimed = self.claims.get_mut(&id).filter(|claimed| !claimed.held)?;
        claimed.held = true;
        if let Some(queue) = self.queues.get_mut(&claimed.lock) {
            queue.waiting.remove(&id);
            queue.held += 1;
        }
        self.behind.remove(&id);
        Some(claimed)
    }

    /// A claim waits behind another run.
    pub(super) fn put_behind(&mut self, id: u64, ahead: Ahead) -> Option<&Claimed> {
        let claimed = self.claims.get_mut(&id).filter(|claimed| !claimed.held)?;
        claimed.behind = Some(ahead);
        self.behind.insert(id);
        Some(claimed)
    }

    /// Takes the claim of a holder out.
    pub(super) fn remove(&mut self, holder: Holder) -> Option<(u64, Claimed)> {
        let id = self.by_holder.remove(&holder)?;
        let claimed = self.claims.remove(&id)?;
        self.behind.remove(&id);
        if let Some(queue) = self.queues.get_mut(&claimed.lock) {
            match claimed.held {
                true => queue.held -= 1,
                false => _ = queue.waiting.remove(&id),
            }
            if queue.held == 0 && queue.waiting.is_empty() {
                self.queues.remove(&claimed.lock);
            }
        }
        Some((id, claimed))
    }

    /// All claims, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (Claim, &Claimed)> {
        self.claims.iter().map(|(id, claimed)| (Claim { id: *id, lock: claimed.lock.clone() }, claimed))
    }
}

impl Run {
    /// Claims that may hold now, each with what it is known to be behind: of each lock the oldest, unless another of this run
    /// holds it.
    pub fn next_claims(&self) -> Vec<(Claim, Option<Ahead>)> {
        let mut next: Vec<u64> = self.locks.queues.values().filter_map(Queue::next).collect();
        next.sort_unstable();
        let claims = next.into_iter().map(|id| (id, &self.locks.claims[&id]));
        claims.map(|(id, claimed)| (Claim { id, lock: claimed.lock.clone() }, claimed.behind.clone())).collect()
    }

    /// Whether a lock is awaited that no stage of this run holds: it may become free at any time.
    pub(super) fn waits_for_a_lock(&self) -> bool {
        self.locks.queues.values().any(|queue| queue.next().is_some())
    }
}

/// The longest wait for a lock that another run keeps from this one: by which stage, or by the run itself.
pub fn locked_out(plan: &Plan, run: &Run) -> Option<(Option<String>, AwaitedLock)> {
    let claimed = &run.locks.claims[run.locks.behind.first()?];
    Some((told_path(plan, run, claimed), claimed.awaited()))
}

/// Locks that are awaited: by which stage, or by the run itself, and until when, milliseconds since 1970.
pub fn awaited(plan: &Plan, run: &Run) -> Vec<(Option<String>, AwaitedLock, i64)> {
    let waiting = run.locks.claims.values().filter(|claimed| !claimed.held);
    waiting.map(|claimed| (told_path(plan, run, claimed), claimed.awaited(), claimed.timer.0)).collect()
}

fn told_path(plan: &Plan, run: &Run, claimed: &Claimed) -> Option<String> {
    Some(path(plan, run, claimed.holder)).filter(|path| !path.is_empty())
}

/// Path of what wants a lock; empty for the run itself.
pub fn path(plan: &Plan, run: &Run, holder: Holder) -> String {
    let of_instance = |id: InstanceId| run.instances[id].prefix.trim_end_matches('.').to_owned();
    match holder {
        Holder::Stage(instance, stage) => key::stage_path(plan, run, instance, stage),
        Holder::Instance(instance) | Holder::Reopened(instance) => of_instance(instance),
        Holder::Undoing(instance) => match run.instances[instance].undo.last() {
            Some(next) if next.item == NONE => format!("{}.undo", key::stage_path(plan, run, instance, next.stage)),
            Some(next) => format!("{}[{}].undo", key::stage_path(plan, run, instance, next.stage), next.item),
            None => of_instance(instance),
        },
    }
}

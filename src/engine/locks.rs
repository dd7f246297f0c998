//! Locks that a run wants or holds, as its journal says. Whose turn it is among several runs is for the store to say.

use std::collections::BTreeMap;

use crate::engine::key;
use crate::engine::report::AwaitedLock;
use crate::engine::state::{InstanceId, NONE, Run, TimerKey};
use crate::plan::Plan;
use crate::store::locks::Claim;

/// The claims of a run.
#[derive(Debug, Clone, Default)]
pub struct Locks {
    claims: BTreeMap<u64, Claimed>,
    by_holder: BTreeMap<Holder, u64>,
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
        self.by_holder.insert(claimed.holder, id);
        self.claims.insert(id, claimed);
    }

    /// The claim of a holder.
    pub(super) fn of(&self, holder: Holder) -> Option<&Claimed> {
        self.claims.get(self.by_holder.get(&holder)?)
    }

    /// Whether the lock of this name is held or waited for.
    pub(super) fn wants(&self, lock: &str) -> bool {
        self.claims.values().any(|claimed| claimed.lock == lock)
    }

    /// A claim that waits, by its number.
    pub(super) fn waiting_mut(&mut self, id: u64) -> Option<&mut Claimed> {
        self.claims.get_mut(&id).filter(|claimed| !claimed.held)
    }

    /// Takes the claim of a holder out.
    pub(super) fn remove(&mut self, holder: Holder) -> Option<(u64, Claimed)> {
        let id = self.by_holder.remove(&holder)?;
        self.claims.remove(&id).map(|claimed| (id, claimed))
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
        let mut seen = std::collections::BTreeSet::new();
        let held = self.locks.claims.values().filter(|claimed| claimed.held);
        seen.extend(held.map(|claimed| claimed.lock.as_str()));
        let waiting = self.locks.iter().filter(|(_, claimed)| !claimed.held && seen.insert(claimed.lock.as_str()));
        waiting.map(|(claim, claimed)| (claim, claimed.behind.clone())).collect()
    }

    /// Whether a lock is awaited that no stage of this run holds: it may become free at any time.
    pub(super) fn waits_for_a_lock(&self) -> bool {
        !self.next_claims().is_empty()
    }
}

/// Locks that are awaited: by which stage, or by the run itself, and until when, milliseconds since 1970.
pub fn awaited(plan: &Plan, run: &Run) -> Vec<(Option<String>, AwaitedLock, i64)> {
    let waiting = run.locks.claims.values().filter(|claimed| !claimed.held);
    let told = waiting.map(|claimed| {
        let path = Some(path(plan, run, claimed.holder)).filter(|path| !path.is_empty());
        (path, claimed.awaited(), claimed.timer.0)
    });
    told.collect()
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

//! Who may start next: queues ordered by priority, height and place, and limits that nest.
//!
//! An entry that a full limit holds back is parked at that limit, so that no release looks at more than those that it lets go.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::engine::slab::Slab;
use crate::engine::state::{CallId, MapId};
use crate::engine::turns::Turns;

/// The limit of the run. The agents of the plan follow, in their order, then those of instances.
pub const RUN: u32 = 0;

/// The queues and limits of a run.
#[derive(Debug, Clone, Default)]
pub struct Queues {
    limits: Slab<Limit>,
    /// Those that need a slot.
    ready: Turns,
    /// Those that need none.
    free: Turns,
    /// Limits that may have room for somebody parked there.
    open: BTreeSet<u32>,
}

/// Something that wants to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Higher first.
    pub priority: i64,
    /// Then the longer path.
    pub height: u32,
    /// Then by place: the instance in its order of creation,
    pub instance: u64,
    /// the stage in its order in the file,
    pub stage: u32,
    /// the item.
    pub item: u32,
    /// What starts.
    pub what: Startable,
    /// Tells whether it is still there.
    pub stamp: u64,
}

/// What starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Startable {
    /// A call.
    Call(CallId),
    /// The next item of a map.
    Item(MapId),
}

#[derive(Debug, Clone)]
struct Limit {
    max: u32,
    used: u32,
    parked: Turns,
}

impl Limit {
    fn has_room(&self) -> bool {
        self.used < self.max
    }
}

impl Queues {
    /// Adds a limit; gives its number.
    pub fn add_limit(&mut self, max: u32) -> u32 {
        self.limits.insert(Limit { max: max.max(1), used: 0, parked: Turns::default() })
    }

    /// Takes a limit away that nobody uses any more.
    pub fn remove_limit(&mut self, limit: u32) {
        self.open.remove(&limit);
        self.limits.remove(limit);
    }

    /// Changes how much a limit allows.
    pub fn set_max(&mut self, limit: u32, max: u32) {
        self.limits[limit].max = max.max(1);
        self.reopen(limit);
    }

    /// Queues an entry.
    pub fn push(&mut self, entry: Entry, needs_slot: bool) {
        if needs_slot { self.ready.push(entry) } else { self.free.push(entry) }
    }

    /// Takes the first entry that needs no slot.
    pub fn pop_free(&mut self) -> Option<Entry> {
        self.free.pop()
    }

    /// Takes the first entry that needs a slot, if the run has one. `valid` tells whether an entry is still wanted.
    pub fn pop_ready(&mut self, valid: impl Fn(&Entry) -> bool) -> Option<Entry> {
        if !self.limits[RUN].has_room() {
            return None;
        }
        while let Some(limit) = self.open.pop_first() {
            let limit = &mut self.limits[limit];
            while limit.has_room()
                && let Some(entry) = limit.parked.pop()
            {
                if valid(&entry) {
                    self.ready.push(entry);
                    break;
                }
            }
        }
        std::iter::from_fn(|| self.ready.pop()).find(valid)
    }

    /// Takes a slot of each limit, or parks the entry at the first that is full.
    pub fn take(&mut self, entry: Entry, limits: &[u32]) -> bool {
        let full = limits.iter().copied().find(|limit| !self.limits[*limit].has_room());
        match full {
            Some(full) => self.limits[full].parked.push(entry),
            None => {
                self.limits[RUN].used += 1;
                limits.iter().for_each(|limit| self.limits[*limit].used += 1);
            }
        }
        limits.iter().for_each(|limit| self.reopen(*limit));
        full.is_none()
    }

    /// How many slots of a limit are taken.
    pub fn used(&self, limit: u32) -> u32 {
        self.limits[limit].used
    }

    /// Lets an entry wait for a limit.
    pub fn park(&mut self, limit: u32, entry: Entry) {
        self.limits[limit].parked.push(entry);
        self.reopen(limit);
    }

    /// Whether each of these limits has a slot.
    pub fn have_room(&self, limits: &[u32]) -> bool {
        limits.iter().all(|limit| self.limits[*limit].has_room())
    }

    /// Puts an entry that came from a limit back without starting it, so that the next one gets its chance.
    pub fn pass(&mut self, limits: &[u32]) {
        limits.iter().for_each(|limit| self.reopen(*limit));
    }

    /// Gives a slot of each limit back.
    pub fn release(&mut self, limits: &[u32]) {
        self.limits[RUN].used -= 1;
        for limit in limits {
            self.limits[*limit].used -= 1;
            self.reopen(*limit);
        }
    }

    /// Whether something waits for a slot or for its turn.
    pub fn is_empty(&self) -> bool {
        self.ready.is_empty() && self.free.is_empty() && self.limits.iter().all(|(_, limit)| limit.parked.is_empty())
    }

    fn reopen(&mut self, limit: u32) {
        let found = &self.limits[limit];
        if found.has_room() && !found.parked.is_empty() {
            self.open.insert(limit);
        }
    }
}

impl Ord for Entry {
    /// The greater one starts first.
    fn cmp(&self, other: &Self) -> Ordering {
        let place = |entry: &Self| (entry.instance, entry.stage, entry.item, entry.stamp);
        (self.priority.cmp(&other.priority))
            .then(self.height.cmp(&other.height))
            .then_with(|| place(other).cmp(&place(self)))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

//! Locks of a store: runs lay claim to them in order, and one claim holds.
//!
//! A claim is written with the record that leads to it and taken back with the one that ends it, so claims outlive the process
//! that made them. One that holds is never passed by; one that waits for a run that nobody drives is.

/// The claim of a run to a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Its number in the run.
    pub id: u64,
    /// Name of the lock.
    pub lock: String,
}

/// What a commit does to the claims of its run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// These are made, in this order: behind all that are there.
    pub made: Vec<Claim>,
    /// These are given up.
    pub given_up: Vec<u64>,
}

/// Whether a claim holds its lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holds {
    /// It does, until it is given up.
    Yes,
    /// Another comes first.
    No {
        /// The run that holds the lock, or that has waited longer.
        by: String,
        /// Whether a process drives that run now.
        driven: bool,
    },
}

/// A claim in the queue of its lock.
#[derive(Debug, Clone)]
pub(super) struct Queued {
    pub run: String,
    pub claim: u64,
}

/// Decides on one claim of a lock: `holder` is the one that holds it, `queue` those that are laid to it, oldest first; runs that
/// have ended do not stand there. No more of the queue is looked at than it takes.
pub(super) fn decide(
    holder: Option<Queued>,
    queue: impl IntoIterator<Item = Queued>,
    (run, claim): (&str, u64),
    driven: impl Fn(&str) -> bool,
) -> Holds {
    let mine = |queued: &Queued| queued.run == run && queued.claim == claim;
    let first = holder.or_else(|| queue.into_iter().find(|queued| mine(queued) || driven(&queued.run)));
    match first {
        Some(other) if !mine(&other) => Holds::No { driven: driven(&other.run), by: other.run },
        _ => Holds::Yes,
    }
}

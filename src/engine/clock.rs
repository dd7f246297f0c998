//! Time, handed to the runner: that of the system, or a virtual one that jumps.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use tokio::sync::{Notify, oneshot};

use crate::agent::Sleep;

/// Gives the time and waits for it.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970. May jump; the journal's times never decrease all the same.
    fn now_ms(&self) -> i64;

    /// Waits until `now_ms` has reached `at_ms`. Waits by a clock that does not jump.
    async fn sleep_until(&self, at_ms: i64);

    /// What the runner waits with when it has nothing to do: until `at_ms`, for ever without it. `running` attempts are under
    /// way; a virtual clock jumps only when each of them sleeps.
    async fn idle_until(&self, at_ms: Option<i64>, _running: usize) {
        match at_ms {
            Some(at_ms) => self.sleep_until(at_ms).await,
            None => std::future::pending().await,
        }
    }

    /// Whether no real time passes: limits that come from the machine do not apply then.
    fn is_virtual(&self) -> bool {
        false
    }

    /// Says that an attempt that may be asleep is being woken by something else than time.
    fn disturb(&self, _attempt: u64) {}
}

tokio::task_local! {
    static ATTEMPT: u64;
}

/// Carries a future out as a part of an attempt: a virtual clock counts its sleep as that of the attempt.
pub async fn within<F: Future>(attempt: u64, future: F) -> F::Output {
    ATTEMPT.scope(attempt, future).await
}

/// The time of the system when it was made, going on without jumps, also while the machine sleeps.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    wall_ms: i64,
    since_ms: i64,
}

impl Default for SystemClock {
    fn default() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { wall_ms: i64::try_from(wall.as_millis()).unwrap_or(i64::MAX), since_ms: since_boot_ms() }
    }
}

/// Time since the machine was started, with that in which it was suspended: an [`Instant`](std::time::Instant) leaves that out.
fn since_boot_ms() -> i64 {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let id = rustix::time::ClockId::Boottime;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let id = rustix::time::ClockId::Monotonic;
    let now = rustix::time::clock_gettime(id);
    now.tv_sec.saturating_mul(1_000).saturating_add(now.tv_nsec / 1_000_000)
}

/// Longest single sleep: time that a suspended machine has lost is noticed after it.
const SLEEP_MS_MAX: i64 = 30_000;

#[async_trait]
impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        self.wall_ms.saturating_add(since_boot_ms().saturating_sub(self.since_ms))
    }

    async fn sleep_until(&self, at_ms: i64) {
        loop {
            let left = at_ms.saturating_sub(self.now_ms());
            if left <= 0 {
                return;
            }
            let left = u64::try_from(left.min(SLEEP_MS_MAX)).unwrap_or_default();
            tokio::time::sleep(Duration::from_millis(left)).await;
        }
    }
}

/// A clock that jumps to the next time at which something is due as soon as nothing runs.
///
/// One sleeper is woken at a time, in the order of times and attempts, so that the same run takes the same course each time.
#[derive(Debug, Default)]
pub struct VirtualClock {
    inner: Mutex<Virtual>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Virtual {
    now: i64,
    next: u64,
    /// By time, attempt (the greatest number where it is none's) and order of coming.
    sleepers: BTreeMap<(i64, u64, u64), oneshot::Sender<()>>,
    /// Attempts that are being woken by something else.
    disturbed: BTreeSet<u64>,
}

/// How long an attempt that is being ended may go on sleeping before it counts as asleep again: real time.
const DISTURBED_MS: u64 = 200;

impl VirtualClock {
    /// A clock that starts at this time, milliseconds since 1970.
    pub fn new(now_ms: i64) -> Self {
        Self { inner: Mutex::new(Virtual { now: now_ms, ..Virtual::default() }), changed: Notify::new() }
    }

    fn inner(&self) -> MutexGuard<'_, Virtual> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a virtual clock does next.
enum Turn {
    Arrived,
    /// Somebody was woken who may want a word before the next jump.
    Woke,
    Wait,
    WaitForDisturbed,
}

impl Virtual {
    /// Jumps if everything sleeps: to the first sleeper, or to `at` if that comes earlier.
    fn turn(&mut self, at: Option<i64>, running: usize) -> Turn {
        if at.is_some_and(|at| at <= self.now) {
            return Turn::Arrived;
        }
        let asleep: BTreeSet<u64> = self.sleepers.keys().map(|(_, attempt, _)| *attempt).collect();
        if asleep.iter().filter(|attempt| **attempt != u64::MAX && !self.disturbed.contains(attempt)).count() < running
        {
            return if self.disturbed.is_empty() { Turn::Wait } else { Turn::WaitForDisturbed };
        }
        let first = self.sleepers.first_key_value().map(|((due, ..), _)| *due);
        match (first, at) {
            (Some(first), at) if at.is_none_or(|at| first <= at) => {
                self.now = self.now.max(first);
                if let Some((_, sleeper)) = self.sleepers.pop_first() {
                    // A sleeper that is gone needs no waking.
                    let _ = sleeper.send(());
                }
                Turn::Woke
            }
            (_, Some(at)) => {
                self.now = at;
                Turn::Arrived
            }
            _ => Turn::Wait,
        }
    }
}

#[async_trait]
impl Clock for VirtualClock {
    fn now_ms(&self) -> i64 {
        self.inner().now
    }

    async fn sleep_until(&self, at_ms: i64) {
        let attempt = ATTEMPT.try_with(|attempt| *attempt).unwrap_or(u64::MAX);
        let (sender, woken) = oneshot::channel();
        let key = {
            let mut inner = self.inner();
            if inner.now >= at_ms {
                return;
            }
            inner.next += 1;
            let key = (at_ms, attempt, inner.next);
            inner.sleepers.insert(key, sender);
            inner.disturbed.remove(&attempt);
            key
        };
        let _leave = Leave { clock: self, key };
        self.changed.notify_one();
        // The sender is dropped only with the clock.
        let _ = woken.await;
    }

    async fn idle_until(&self, at_ms: Option<i64>, running: usize) {
        // Whoever was told something just now may want to do something before time goes on.
        tokio::task::yield_now().await;
        loop {
            let turn = self.inner().turn(at_ms, running);
            match turn {
                Turn::Arrived => return,
                Turn::Woke => tokio::task::yield_now().await,
                Turn::Wait => self.changed.notified().await,
                Turn::WaitForDisturbed => {
                    let wait = Duration::from_millis(DISTURBED_MS);
                    if tokio::time::timeout(wait, self.changed.notified()).await.is_err() {
                        self.inner().disturbed.clear();
                    }
                }
            }
        }
    }

    fn is_virtual(&self) -> bool {
        true
    }

    fn disturb(&self, attempt: u64) {
        self.inner().disturbed.insert(attempt);
    }
}

/// Takes a sleeper out when it is woken or given up.
struct Leave<'a> {
    clock: &'a VirtualClock,
    key: (i64, u64, u64),
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.clock.inner().sleepers.remove(&self.key);
        self.clock.changed.notify_one();
    }
}

/// The sleep of agents, by a clock.
pub struct ClockSleep(pub Arc<dyn Clock>);

#[async_trait]
impl Sleep for ClockSleep {
    async fn sleep(&self, duration: Duration) {
        let duration = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        self.0.sleep_until(self.0.now_ms().saturating_add(duration)).await;
    }
}

//! Words that checker, plan, engine and agents share: effects, failure classes, retry policies.

use serde::{Deserialize, Serialize};

/// What an action does to the world, from harmless to final. The order is that of strength.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effects {
    /// Nothing.
    None,
    /// Looks, changes nothing.
    Reads,
    /// Writes; a repetition under the same key changes nothing more.
    WritesIdempotent,
    /// Writes.
    Writes,
    /// Cannot be taken back.
    Irreversible,
}

impl Effects {
    /// As it is spelled: `writes idempotent`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Reads => "reads",
            Self::WritesIdempotent => "writes idempotent",
            Self::Writes => "writes",
            Self::Irreversible => "irreversible",
        }
    }

    /// Whether an attempt of unknown outcome may simply run again under the same key.
    pub fn repeats_after_unknown(self) -> bool {
        self <= Self::WritesIdempotent
    }
}

/// How a pool picks the member that carries a call out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// The one with the fewest calls under way; of several the first.
    #[default]
    LeastBusy,
    /// Each in turn.
    RoundRobin,
    /// The first that has room.
    FirstAvailable,
}

impl Strategy {
    /// As it is spelled: `least_busy`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LeastBusy => "least_busy",
            Self::RoundRobin => "round_robin",
            Self::FirstAvailable => "first_available",
        }
    }
}

/// What becomes of a tick of a schedule while the run of the one before goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overlap {
    /// It is left out.
    #[default]
    Skip,
    /// It waits for the end of that run.
    Queue,
    /// Both run.
    Allow,
}

/// What becomes of the ticks of a schedule that nobody was there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Missed {
    /// They are left out.
    #[default]
    Skip,
    /// One run makes up for all.
    Once,
    /// Each is made up for.
    All,
}

/// The standard failure classes. Others are names that an action declares with `raises`.
pub const CLASSES: [&str; 15] = [
    "timeout",
    "unavailable",
    "rate_limited",
    "temporary",
    "crashed",
    "invalid_input",
    "invalid_output",
    "invalid_value",
    "denied",
    "failed",
    "cancelled",
    "budget",
    "stalled",
    "exhausted",
    "insufficient",
];

/// What a policy without `on` retries, less what the effects forbid.
pub const DEFAULT_RETRY_CLASSES: [&str; 4] = ["timeout", "unavailable", "rate_limited", "temporary"];

/// Classes that leave open whether the effect happened.
pub const UNKNOWN_OUTCOME_CLASSES: [&str; 3] = ["timeout", "crashed", "invalid_output"];

/// A retry policy, resolved for one call: `on` holds the very classes that are retried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Retry {
    /// Attempts in all, the first included; at least 1.
    pub attempts: u32,
    /// The pause before the next one.
    pub backoff: Backoff,
    /// The classes that are retried.
    pub on: Vec<String>,
}

/// The pause before attempt n + 1, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backoff {
    /// Always the same.
    Fixed {
        /// The pause.
        delay: i64,
    },
    /// `delay`, `2 · delay`, … up to `max`.
    Linear {
        /// The first pause.
        delay: i64,
        /// The longest pause.
        max: i64,
    },
    /// `delay`, `delay · factor`, … up to `max`; jittered uniformly in [d/2, d].
    Exponential {
        /// The first pause.
        delay: i64,
        /// By how much it grows.
        factor: f64,
        /// The longest pause.
        max: i64,
        /// Whether it is jittered.
        jitter: bool,
    },
}

impl Default for Backoff {
    fn default() -> Self {
        Self::Exponential { delay: 1_000, factor: 2.0, max: 60_000, jitter: true }
    }
}

impl Backoff {
    /// The pause after the `failures`-th failure (from 1), in milliseconds. `chance` is uniform in 0..=`u32::MAX`.
    pub fn delay_ms(&self, failures: u32, chance: u32) -> i64 {
        let steps = i32::try_from(failures.saturating_sub(1)).unwrap_or(i32::MAX);
        match *self {
            Self::Fixed { delay } => delay,
            Self::Linear { delay, max } => delay.saturating_mul(i64::from(failures.max(1))).min(max),
            Self::Exponential { delay, factor, max, jitter } => {
                // Nothing times a factor that grew past all numbers would be no number.
                let grown = if delay == 0 { 0.0 } else { delay as f64 * factor.powi(steps) };
                let full = grown.min(max as f64);
                let share = if jitter { 0.5 + 0.5 * f64::from(chance) / f64::from(u32::MAX) } else { 1.0 };
                (full * share).round() as i64
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_their_limit_and_never_beyond() {
        let policy = |delay| Backoff::Exponential { delay, factor: 2.0, max: 60_000, jitter: false };
        assert_eq!((policy(1_000).delay_ms(1, 0), policy(1_000).delay_ms(4, 0)), (1_000, 8_000));
        assert_eq!((policy(1_000).delay_ms(u32::MAX, 0), policy(0).delay_ms(u32::MAX, 0)), (60_000, 0));
        let jittered = Backoff::default();
        assert_eq!((jittered.delay_ms(1, 0), jittered.delay_ms(1, u32::MAX)), (500, 1_000));
        assert_eq!(Backoff::Linear { delay: 2, max: 5 }.delay_ms(9, 0), 5);
    }
}

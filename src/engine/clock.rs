//! Time, handed to the runner.

use async_trait::async_trait;

/// Gives the time and waits for it.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970. May jump; the journal's times never decrease all the same.
    fn now_ms(&self) -> i64;

    /// Waits until `now_ms` has reached `at_ms`. Waits by a clock that does not jump.
    async fn sleep_until(&self, at_ms: i64);
}

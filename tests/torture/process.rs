//! A process of `wfc`, waited for no longer than is patient.

use std::process::Child;
use std::time::{Duration, Instant};

/// A process that takes longer than this is stuck.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The exit code of a process; nothing where it was killed.
pub type Ended = Option<i32>;

/// Waits for an end; nothing also where none comes in this time.
pub fn within(child: &mut Child, time: Duration) -> std::io::Result<Ended> {
    let mut found = None;
    until(time, || {
        found = child.try_wait()?;
        Ok(found.is_some())
    })?;
    Ok(found.and_then(|status| status.code()))
}

/// Looks every millisecond until something is so; whether that came to be in this time.
pub fn until(time: Duration, mut is_so: impl FnMut() -> std::io::Result<bool>) -> std::io::Result<bool> {
    let end = Instant::now() + time;
    loop {
        if is_so()? {
            return Ok(true);
        }
        if Instant::now() >= end {
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

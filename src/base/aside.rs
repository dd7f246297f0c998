//! Work that blocks, beside what waits for it.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

/// Does `work` in a thread of its own; where the system has none to give, in this one, which stands still meanwhile.
///
/// # Errors
/// The work has panicked.
pub async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    let kept = Arc::new(Mutex::new(Some(work)));
    let theirs = kept.clone();
    let (answer, answered) = oneshot::channel();
    let thread = std::thread::Builder::new().name("aside".into()).spawn(move || {
        // Who asked may have gone meanwhile.
        taken(&theirs).and_then(|work| answer.send(work()).ok());
    });
    match thread.err().and_then(|_| taken(&kept)) {
        Some(work) => Ok(work()),
        None => answered.await.map_err(|_| io::Error::other("the thread that was to do it has died")),
    }
}

fn taken<W>(kept: &Mutex<Option<W>>) -> Option<W> {
    kept.lock().unwrap_or_else(PoisonError::into_inner).take()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn gives_what_came_of_it() {
        let here = std::thread::current().id();
        let there = aside(|| std::thread::current().id()).await.expect("done");
        assert_ne!(here, there);
        let died = aside(|| {
            if true {
                panic!("a bug")
            }
        })
        .await;
        assert_eq!(died.expect_err("died").to_string(), "the thread that was to do it has died");
    }
}

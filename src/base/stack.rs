//! A stack that holds the deepest tree that the parser allows, whatever the stack of the caller.

/// Room for the deepest tree many times over; only what is used is ever taken.
const STACK_BYTES: usize = 64 << 20;

/// Runs `work` on a thread with a large stack and waits for it; on this stack where no thread can be had.
pub fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let mut work = Some(work);
    let mut done = None;
    std::thread::scope(|scope| {
        let run = || done = work.take().map(|work| work());
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, run);
        if let Ok(Err(panic)) = thread.map(std::thread::ScopedJoinHandle::join) {
            std::panic::resume_unwind(panic);
        }
    });
    match (done, work) {
        (Some(done), _) => done,
        (None, Some(work)) => work(),
        (None, None) => unreachable!("work that was taken is done, or its panic has gone on"),
    }
}

//! Signals: Ctrl-C, TERM and a terminal that goes away suspend a run; nothing cancels it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedSender;

use crate::cli::exit::Exit;
use crate::cli::report::Problem;
use crate::cli::run::screen::Message;
use crate::engine::Control;

/// How long attempts may take to end after TERM before they are killed.
const GRACE: Duration = Duration::from_secs(10);

/// How long whoever reads may take for the end of a run that a signal has stopped.
const READING: Duration = Duration::from_secs(1);

/// Which signal stopped the run, if one did.
#[derive(Debug, Clone, Default)]
pub struct Stopped {
    terminated: Arc<AtomicBool>,
    over: Arc<Notify>,
}

impl Stopped {
    /// How a suspended run ends.
    pub fn exit(&self) -> Exit {
        if self.terminated.load(Ordering::Relaxed) { Exit::Terminated } else { Exit::Interrupted }
    }

    /// The run stands still: what is left is to be said, and a signal need not wait for who reads it.
    pub fn over(&self) {
        self.over.notify_one();
    }
}

/// Listens from now on, on a thread of its own: whatever the run is busy with or waits for, the third Ctrl-C ends the process.
///
/// # Errors
/// The system refuses a handler or the thread.
pub fn listen(control: UnboundedSender<Control>, screen: SyncSender<Message>) -> Result<Stopped, Problem> {
    let refused = |error: std::io::Error| Problem::environment(format!("signals cannot be received: {error}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(refused)?;
    let inside = runtime.enter();
    let mut interrupt = signal(SignalKind::interrupt()).map_err(refused)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(refused)?;
    let mut hangup = signal(SignalKind::hangup()).map_err(refused)?;
    let stopped = Stopped::default();
    let told = stopped.clone();
    drop(inside);
    let listening = async move {
        let (mut times, mut signalled, mut over) = (0, false, false);
        loop {
            signalled |= tokio::select! {
                Some(()) = interrupt.recv() => {
                    times += 1;
                    interrupted(times, &control, &screen);
                    true
                }
                Some(()) = terminate.recv() => {
                    told.terminated.store(true, Ordering::Relaxed);
                    tokio::spawn(end_within_grace(control.clone()));
                    true
                }
                Some(()) = hangup.recv() => {
                    tokio::spawn(end_within_grace(control.clone()));
                    true
                }
                () = told.over.notified() => {
                    over = true;
                    false
                }
            };
            if over && signalled {
                tokio::spawn(leave(told.exit()));
            }
        }
    };
    let thread = std::thread::Builder::new().name("signals".into());
    thread.spawn(move || runtime.block_on(listening)).map_err(refused)?;
    Ok(stopped)
}

/// Makes writing past the limit on the size of files an error rather than death, from now on. Needs the runtime around it.
pub fn survive_file_limit() {
    // The handler does nothing, and stays when what receives the signal is dropped. Without it there is only less to be said.
    let _ = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()));
}

fn interrupted(times: u32, control: &UnboundedSender<Control>, screen: &SyncSender<Message>) {
    let word = match times {
        1 => Control::Suspend,
        2 => Control::Kill,
        // Whatever is under way is found again by `wfc resume`.
        _ => std::process::exit(i32::from(Exit::Interrupted.code())),
    };
    let _ = control.send(word);
    // A screen that is stuck must not keep the signal from the run.
    let _ = screen.try_send(Message::Interrupted(times));
}

async fn end_within_grace(control: UnboundedSender<Control>) {
    let _ = control.send(Control::Suspend);
    tokio::time::sleep(GRACE).await;
    let _ = control.send(Control::Kill);
}

/// All is said by then, unless nobody reads it.
async fn leave(exit: Exit) {
    tokio::time::sleep(READING).await;
    std::process::exit(i32::from(exit.code()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn attempts_have_ten_seconds_from_term_to_their_death() {
        let (control, mut orders) = tokio::sync::mpsc::unbounded_channel();
        let begun = tokio::time::Instant::now();
        tokio::spawn(end_within_grace(control));
        assert!(matches!(orders.recv().await, Some(Control::Suspend)));
        assert_eq!(begun.elapsed(), Duration::ZERO);
        assert!(matches!(orders.recv().await, Some(Control::Kill)));
        assert_eq!(begun.elapsed(), Duration::from_secs(10), "as `docs/running.md` says");
        assert!(orders.recv().await.is_none());
    }
}

//! Signals: Ctrl-C, TERM and a terminal that goes away suspend a run; nothing cancels it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::UnboundedSender;

use crate::cli::exit::Exit;
use crate::cli::report::Problem;
use crate::cli::run::screen::Message;
use crate::engine::Control;

/// How long attempts may take to end after TERM before they are killed.
const GRACE: Duration = Duration::from_secs(10);

/// Which signal stopped the run, if one did.
#[derive(Debug, Clone, Default)]
pub struct Stopped(Arc<AtomicU8>);

const TERMINATED: u8 = 1;

impl Stopped {
    /// How a suspended run ends.
    pub fn exit(&self) -> Exit {
        if self.0.load(Ordering::Relaxed) == TERMINATED { Exit::Terminated } else { Exit::Interrupted }
    }
}

/// Listens from now on. Needs the runtime around it.
///
/// # Errors
/// The system refuses a handler.
pub fn listen(control: UnboundedSender<Control>, screen: SyncSender<Message>) -> Result<Stopped, Problem> {
    let refused = |error: std::io::Error| Problem::environment(format!("signals cannot be received: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(refused)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(refused)?;
    let mut hangup = signal(SignalKind::hangup()).map_err(refused)?;
    let stopped = Stopped::default();
    let flag = stopped.clone();
    tokio::spawn(async move {
        let mut times = 0;
        loop {
            tokio::select! {
                Some(()) = interrupt.recv() => {
                    times += 1;
                    interrupted(times, &control, &screen);
                }
                Some(()) = terminate.recv() => {
                    flag.0.store(TERMINATED, Ordering::Relaxed);
                    tokio::spawn(end_within_grace(control.clone()));
                }
                Some(()) = hangup.recv() => drop(tokio::spawn(end_within_grace(control.clone()))),
                else => return,
            }
        }
    });
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

//! Supervisors that wait for their next attempt: one that has ended its attempt cleanly takes another, and nothing has to be started
//! but the program.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::BufReader;
use tokio::process::{ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;

use crate::agents::exec::SUPERVISE;
use crate::agents::exec::begun::Begun;
use crate::agents::exec::job::IDLE_MAX;
use crate::agents::exec::spare::Spares;

/// How long the ends of those that wait are waited for. They do nothing else than end.
const END_MAX: Duration = Duration::from_secs(1);

/// The supervisors of a run: there are at most as many as there were attempts at once. Those that wait end when this is dropped, or
/// when its process is gone.
pub struct Supervisors {
    program: PathBuf,
    /// The one that has waited the shortest is last.
    waiting: Mutex<Vec<Supervisor>>,
    /// Folders for attempts to come.
    pub(super) spares: Spares,
    /// What the programs of the run were at first.
    pub(super) begun: Begun,
}

/// A supervisor that this process has started. Dropped, it ends its attempt as if this process were gone.
pub(super) struct Supervisor {
    /// Where it is told what to do.
    pub stdin: ChildStdin,
    /// What it tells.
    pub lines: BufReader<ChildStdout>,
    /// Since when it waits for its next attempt; `None` where it has had none yet.
    pub since: Option<Instant>,
    /// Takes its status, so that it leaves nothing, whatever becomes of the attempt.
    ended: JoinHandle<Option<ExitStatus>>,
    pid: Option<Pid>,
    dir: PathBuf,
}

impl Supervisors {
    /// None yet. `program` is one that supervises when it is called with [`SUPERVISE`].
    pub fn of(program: PathBuf) -> Arc<Self> {
        Arc::new(Self { program, waiting: Mutex::default(), spares: Spares::default(), begun: Begun::default() })
    }

    /// The program.
    pub(super) fn program(&self) -> &Path {
        &self.program
    }

    /// One that waits, and works in the folder `dir`. It may have ended all the same.
    pub(super) fn take(&self, dir: &Path) -> Option<Supervisor> {
        let mut waiting = self.fresh();
        let found = waiting.iter().rposition(|supervisor| supervisor.dir == dir)?;
        Some(waiting.remove(found))
    }

    /// Starts one that works in the folder `dir`.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn start(&self, dir: &Path) -> io::Result<Supervisor> {
        let mut command = Command::new(&self.program);
        command.arg(SUPERVISE).arg(dir).env_clear().current_dir("/").kill_on_drop(false);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let pid = child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
        let ended = tokio::spawn(async move { child.wait().await.ok() });
        Ok(Supervisor { stdin, lines: BufReader::new(stdout), since: None, ended, pid, dir: dir.to_owned() })
    }

    /// Lets one wait for its next attempt. It must have said that it takes one.
    pub(super) fn put_back(&self, supervisor: Supervisor) {
        self.fresh().push(Supervisor { since: Some(Instant::now()), ..supervisor });
    }

    /// Ends those that wait, and sees them gone; removes what was laid by for attempts to come. Where the run is `over` nothing is kept
    /// for the process that resumes it.
    pub async fn end(&self, over: bool) {
        if over {
            self.begun.forget().await;
        }
        self.spares.clear();
        let ends = self.let_go();
        let all = async {
            for end in ends {
                end.await.ok();
            }
        };
        tokio::time::timeout(END_MAX, all).await.ok();
    }

    /// Ends those that wait: what they hold of the system is wanted elsewhere. Gives their ends.
    pub(super) fn let_go(&self) -> Vec<JoinHandle<Option<ExitStatus>>> {
        let waiting = std::mem::take(&mut *self.fresh());
        waiting.into_iter().map(Supervisor::dismiss).collect()
    }

    /// Those that wait, without those that have ended or are about to, for they have waited long.
    fn fresh(&self) -> MutexGuard<'_, Vec<Supervisor>> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|supervisor| {
            let is_fresh = supervisor.since.is_none_or(|since| since.elapsed() < IDLE_MAX / 2);
            is_fresh && !supervisor.ended.is_finished()
        });
        waiting
    }
}

impl Supervisor {
    /// Says no more to it, and takes nothing more from it; gives its status once it has ended.
    pub async fn over(self) -> Option<ExitStatus> {
        self.dismiss().await.ok().flatten()
    }

    /// Ends one that has started nothing and can start nothing where it was told to. It may have heard that, and must not wake when the
    /// next has begun there.
    pub async fn kill(self) {
        if let Some(pid) = self.pid.filter(|_| !self.ended.is_finished()) {
            kill_process(pid, Signal::KILL).ok();
        }
        self.over().await;
    }

    fn dismiss(self) -> JoinHandle<Option<ExitStatus>> {
        self.ended
    }
}

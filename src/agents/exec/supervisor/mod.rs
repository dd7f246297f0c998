//! `wfc supervise DIR`: starts one program, serves its pipes, bounds it, and records how it ended. Outlives `wfc`.
//!
//! One process for each attempt, with plain threads: it must start in a moment and depend on nothing.

pub mod orphan;
mod pump;
mod tree;

use std::io::{self, BufRead, ErrorKind};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::agents::exec::end::{End, Stopped};
use crate::agents::exec::folder::{Claim, Folder};
use crate::agents::exec::job::Job;
use crate::agents::exec::supervisor::pump::{News, Pumps};
use crate::agents::exec::supervisor::tree::Tree;

/// How long an output that others hold open is waited for after the program has ended.
const DRAIN_MAX: Duration = Duration::from_secs(1);

/// How often a supervisor without `wfc` looks whether another one wants the program to end.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How often a start is tried while somebody still writes the program.
const BUSY_TRIES: u32 = 10;

/// Supervises the program that standard input tells, in the folder of its attempt. Gives success if its end is recorded.
pub fn supervise(dir: &Path) -> ExitCode {
    // A session of its own: no terminal, and no signal from one. It fails only where it is so already.
    rustix::process::setsid().ok();
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).ok();
    let folder = Folder::at(dir);
    match read_job().and_then(|job| carry_out(&folder, job)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn read_job() -> io::Result<Job> {
    let mut line = Vec::new();
    io::stdin().lock().read_until(b'\n', &mut line)?;
    // A `wfc` that died while it told the job has told half of it: no JSON.
    serde_json::from_slice(&line).map_err(io::Error::from)
}

fn carry_out(folder: &Folder, job: Job) -> io::Result<()> {
    let claim = folder.claim()?.ok_or(ErrorKind::WouldBlock)?;
    folder.mark_started(&claim, job.durable)?;
    let durable = job.durable;
    let end = match start(&job) {
        Ok(child) => watch(folder, &claim, child, job)?,
        Err(why) => End { not_started: Some(why), ..End::default() },
    };
    folder.record(&claim, &end, durable)
}

fn start(job: &Job) -> Result<Child, String> {
    let mut command = Command::new(&job.program);
    command.arg0(&job.words[0]).args(&job.words[1..]).env_clear().envs(job.env.iter().cloned());
    command.current_dir(&job.cwd).process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut tries = 0;
    loop {
        match command.spawn() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy && tries < BUSY_TRIES => {
                tries += 1;
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(error) if error.kind() == ErrorKind::ArgumentListTooLong => {
                return Err("the words and the environment of the program are too long for the system".into());
            }
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::NOEXEC.raw_os_error()) => {
                let hint = "a script needs `#!` and its interpreter in its first line";
                return Err(format!("`{}` is not a program for this machine; {hint}", job.program));
            }
            Err(error) => return Err(format!("the program `{}` cannot be started: {error}", job.program)),
            Ok(child) => return Ok(child),
        }
    }
}

/// Serves the program until it has ended and nothing of it is left.
fn watch(folder: &Folder, claim: &Claim, mut child: Child, job: Job) -> io::Result<End> {
    let limit = job.timeout_ms.map(Duration::from_millis);
    let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    let mut tree = Tree::of(&child);
    if let Some(process) = orphan::describe(tree.program()) {
        folder.name_program(claim, &process);
    }
    let (pumps, news) = Pumps::start(&mut child, tree.program(), job, &folder.lines());
    let mut open = 2;
    let stopped = until_ended(folder, &news, deadline, &mut open);
    let survivors = match stopped {
        None => {
            drain(&news, &mut open, DRAIN_MAX);
            tree.end_rest()
        }
        Some(_) => {
            let survivors = tree.end();
            drain(&news, &mut open, DRAIN_MAX / 4);
            survivors
        }
    };
    let (code, signal) = tree.reap();
    let (stdout, last_lines) = pumps.take(DRAIN_MAX);
    Ok(End { code, signal, stopped, not_started: None, survivors, last_lines, stdout })
}

/// Waits for the end of the program, or for a reason to end it. `open` counts its outputs that are still open.
fn until_ended(folder: &Folder, news: &Receiver<News>, deadline: Option<Instant>, open: &mut u32) -> Option<Stopped> {
    let mut orphaned = false;
    loop {
        let look = orphaned.then(|| Instant::now() + LOOK_EVERY);
        let until = [deadline, look].into_iter().flatten().min();
        match receive(news, until) {
            Ok(News::Ended) => return None,
            Ok(News::Closed) => *open -= 1,
            Ok(News::TooMuch(stopped)) => return Some(stopped),
            Ok(News::Cancel) => return Some(Stopped::Cancelled),
            Ok(News::Orphaned) => orphaned = true,
            Err(_) if deadline.is_some_and(|deadline| Instant::now() >= deadline) => return Some(Stopped::Late),
            Err(_) if orphaned && folder.is_asked_to_cancel() => return Some(Stopped::Cancelled),
            Err(_) => {}
        }
    }
}

/// Waits until both outputs are closed, at most so long.
fn drain(news: &Receiver<News>, open: &mut u32, longest: Duration) {
    let until = Instant::now() + longest;
    while *open > 0 {
        match receive(news, Some(until)) {
            Ok(News::Closed) => *open -= 1,
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

fn receive(news: &Receiver<News>, until: Option<Instant>) -> Result<News, RecvTimeoutError> {
    match until {
        Some(until) => news.recv_timeout(until.saturating_duration_since(Instant::now())),
        None => news.recv().map_err(|_| RecvTimeoutError::Disconnected),
    }
}

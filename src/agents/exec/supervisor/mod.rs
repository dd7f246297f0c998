//! `wfc supervise DIR`: starts a program, serves its pipes, bounds it, and records how it ended. Outlives `wfc`.
//!
//! One process, of one thread, for each attempt that is under way: it must be at work in a moment, and end in one.
//!
//! Invariant: it takes another attempt only where nothing is left of the one before: its program and all that came of it has ended
//! unforced, what it printed is told, `wfc` is there, and no secret was among what it was given.

pub mod keep;
mod lines;
pub mod orphan;
mod pipes;
mod tree;
mod wire;

use std::io::{self, ErrorKind};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use crate::agent::secret::Redactor;
use crate::agents::exec::end::{End, Stopped};
use crate::agents::exec::files;
use crate::agents::exec::folder::{self, Claim, Folder};
use crate::agents::exec::job::Job;
use crate::agents::exec::supervisor::pipes::{News, Pipes};
use crate::agents::exec::supervisor::tree::Tree;
use crate::agents::exec::supervisor::wire::{Control, Word, tell_ready};

/// How long an output that others hold open is waited for after the program has ended.
const DRAIN_MAX: Duration = Duration::from_secs(1);

/// How long a `wfc` that is slow to take what was printed is waited for, as long as it takes some of it.
const TELL_MAX: Duration = Duration::from_mins(1);

/// How often a supervisor without `wfc` looks whether another one wants the program to end.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How often it looks while its own `wfc` is there, which may be stopped: another may have taken the run over.
const LOOK_OWNED_EVERY: Duration = Duration::from_millis(500);

/// How often a start is tried while somebody still writes the program.
const BUSY_TRIES: u32 = 10;

/// How often a start is tried while the system has no process or file to give, and after what time.
const SCARCE_TRIES: u32 = 10;
const SCARCE_PAUSE: Duration = Duration::from_millis(20);

/// How a supervisor ends that has started no program, and never will.
pub const NOTHING_STARTED: u8 = 3;

/// Supervises the programs that standard input tells, one after the other, each in a folder of its own in `dir`. Gives success if
/// the end of the last one is recorded, [`NOTHING_STARTED`] if there is none.
pub fn supervise(dir: &Path) -> ExitCode {
    // A session of its own: no terminal, and no signal from one. It fails only where it is so already.
    rustix::process::setsid().ok();
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).ok();
    let mut control = Control::default();
    let mut told = control.job().map(Some);
    loop {
        let begun = told.and_then(|job| job.map(|job| begin(dir, job)).transpose());
        let attempt = match begun {
            Ok(Some(attempt)) => attempt,
            Ok(None) => return ExitCode::SUCCESS,
            Err(_) => return ExitCode::from(NOTHING_STARTED),
        };
        control = match carry_out(attempt, control) {
            Ok(Some(control)) if tell_ready() => control,
            Ok(_) => return ExitCode::SUCCESS,
            Err(_) => return ExitCode::FAILURE,
        };
        told = control.next_job();
    }
}

/// An attempt that has begun.
struct Attempt {
    folder: Folder,
    claim: Claim,
    job: Job,
}

/// How a program ended.
struct Ended {
    end: End,
    /// Speaks for `wfc`, if that is there.
    control: Option<Control>,
    /// All that it printed went to `wfc`.
    all_told: bool,
    /// Nothing of the attempt is left: another may follow.
    is_clean: bool,
}

/// From here on the program may have started.
fn begin(dir: &Path, job: Job) -> io::Result<Attempt> {
    let folder = Folder::at(&dir.join(&job.attempt));
    let claim = folder.claim()?.ok_or(ErrorKind::WouldBlock)?;
    folder.mark_started(&claim, job.durable)?;
    Ok(Attempt { folder, claim, job })
}

/// Starts the program, sees it to its end and records that. Gives who speaks for `wfc` if another attempt may follow.
fn carry_out(Attempt { folder, claim, job }: Attempt, mut control: Control) -> io::Result<Option<Control>> {
    let durable = job.durable;
    let mut ended = match start(&job, &mut control) {
        Ok(child) => watch(&folder, &claim, child, job, control),
        Err(end) => Ended { end, control: Some(control), all_told: true, is_clean: false },
    };
    // A `wfc` that is there commits the end at once, which is safe from power loss then. Before that the power may fail as it may
    // while the program runs: how it ended nobody knows.
    keep::keep(&folder, &claim, &mut ended, durable)?;
    // What was said and not heeded must not meet the next attempt.
    Ok(ended.control.filter(|control| ended.is_clean && control.is_silent()))
}

/// # Errors
/// That it was not started, and why.
fn start(job: &Job, control: &mut Control) -> Result<Child, End> {
    let mut command = Command::new(&job.program);
    command.arg0(&job.words[0]).args(&job.words[1..]).env_clear().envs(job.env.iter().cloned());
    command.current_dir(&job.cwd).process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let not_started = |why: String| End { not_started: Some(why), ..End::default() };
    // Supervisors may have all the processes that there are, and each wait for one more: not all of them give theirs back at once.
    let patience = SCARCE_TRIES + std::process::id() % (4 * SCARCE_TRIES);
    let mut tries = 0;
    loop {
        match command.spawn() {
            Err(error) if folder::is_scarce(&error) && tries < patience => {
                tries += 1;
                // Others end meanwhile.
                if control.word_within(SCARCE_PAUSE) == Word::Cancel {
                    return Err(not_started("it was to end before the system had a process for it".into()));
                }
            }
            Err(error) if folder::is_scarce(&error) => {
                return Err(End { scarce: true, ..not_started(cannot_start(job, &error)) });
            }
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy && tries < BUSY_TRIES => {
                tries += 1;
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(error) if error.kind() == ErrorKind::ArgumentListTooLong => {
                return Err(not_started(
                    "the words and the environment of the program are too long for the system".into(),
                ));
            }
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::NOEXEC.raw_os_error()) => {
                let hint = "a script needs `#!` and its interpreter in its first line";
                return Err(not_started(format!("`{}` is not a program for this machine; {hint}", job.program)));
            }
            Err(error) => return Err(not_started(cannot_start(job, &error))),
            Ok(child) => return Ok(child),
        }
    }
}

fn cannot_start(job: &Job, error: &io::Error) -> String {
    format!("the program `{}` cannot be started: {error}", job.program)
}

/// Serves the program until it has ended and nothing of it is left.
fn watch(folder: &Folder, claim: &Claim, mut child: Child, job: Job, control: Control) -> Ended {
    let limit = job.timeout_ms.map(Duration::from_millis);
    let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
    let mut tree = Tree::of(&child);
    let redactor = Redactor::new(&job.secrets.iter().map(|secret| secret.as_str().into()).collect::<Vec<_>>());
    // What a process has read stays in its memory, where the next program could look for it.
    let knows_secrets = !job.secrets.is_empty();
    let mut pipes = Pipes::new(&mut child, job, control, &folder.lines(), &redactor);
    if let Some(process) = orphan::describe(tree.program()) {
        folder.name_program(claim, &process);
    }
    let stopped = until_ended(folder, &mut pipes, deadline);
    if stopped.is_none() {
        // Others may hold its outputs open; what it printed itself is there by now.
        pipes.serve_until(Instant::now() + DRAIN_MAX, Pipes::are_closed);
    }
    let rest = &mut |time| pipes.serve_for(time);
    let survivors = if stopped.is_none() { tree.end_rest(rest) } else { tree.end(rest) };
    pipes.serve_out(DRAIN_MAX, TELL_MAX);
    // The end of an output may have been more than there was room for.
    let stopped = stopped.or(pipes.too_much());
    let (code, signal) = tree.reap();
    let all_told = pipes.is_all_told();
    let (stdout, last_lines, control) = pipes.take();
    let is_clean = all_told && stopped.is_none() && tree.ended_cleanly() && !knows_secrets;
    let end = End { code, signal, stopped, survivors, last_lines, stdout, ..End::default() };
    Ended { end: without_secrets(end, folder, &redactor), control, all_told, is_clean }
}

/// What is written down lies on a disk, and whoever reads it may not have the secrets to look for.
fn without_secrets(mut end: End, folder: &Folder, redactor: &Redactor) -> End {
    if redactor.is_empty() {
        return end;
    }
    if redactor.finds_in(&end.stdout) {
        end.leaked = true;
        end.stdout = redactor.redact_bytes(&end.stdout).into_owned();
    }
    end.leaked_files = files::leaked(folder, redactor);
    end
}

/// Waits for the end of the program, or for a reason to end it.
fn until_ended(folder: &Folder, pipes: &mut Pipes, deadline: Option<Instant>) -> Option<Stopped> {
    if pipes.are_cancelled() {
        return Some(Stopped::Cancelled);
    }
    let mut every = LOOK_OWNED_EVERY;
    let mut look = Instant::now() + every;
    loop {
        let until = deadline.map_or(look, |deadline| deadline.min(look));
        for news in pipes.turn(Some(until)) {
            match news {
                News::Ended => return None,
                News::TooMuch(stopped) => return Some(stopped),
                News::Cancel => return Some(Stopped::Cancelled),
                News::Orphaned => (every, look) = (LOOK_EVERY, Instant::now()),
            }
        }
        let now = Instant::now();
        if deadline.is_some_and(|deadline| now >= deadline) {
            return Some(Stopped::Late);
        }
        if now >= look {
            // Without its folder nobody can ever learn how it ended: whoever removed that has done with it.
            if folder.is_asked_to_cancel() || matches!(folder.path().try_exists(), Ok(false)) {
                return Some(Stopped::Cancelled);
            }
            look = now + every;
        }
    }
}

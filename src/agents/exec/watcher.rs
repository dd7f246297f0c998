//! The side of `wfc`: starts a supervisor, takes its lines, waits for its end; or finds one that outlived another `wfc`.

use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt};

use crate::agent::{Context, Failure, Lack, Stream};
use crate::agents::exec::end::End;
use crate::agents::exec::files::Given;
use crate::agents::exec::folder::{self, Folder, State};
use crate::agents::exec::job::{CANCEL, Job, READY, Tag};
use crate::agents::exec::pool::{Supervisor, Supervisors};
use crate::agents::exec::supervisor::{NOTHING_STARTED, keep, orphan};

/// How often a supervisor that ended before it did anything is started anew. A signal from the terminal may hit one in its
/// first moment, before it has a session of its own.
const STARTS_MAX: u32 = 3;

/// How long a supervisor that has waited may take to begin. It is alive and has nothing else to do, or there is something wrong with it.
const TAKEN_MAX: Duration = Duration::from_secs(5);

/// How long a scarce system is waited for: a minute in all.
const SCARCE_TRIES: u32 = 1_200;
const SCARCE_PAUSE: Duration = Duration::from_millis(50);

/// How often a program is tried for which its supervisor was given no process: each takes up to a second.
const SCARCE_ROUNDS: usize = 60;

/// Carries out `job` under a supervisor, and waits for its end.
///
/// # Errors
/// The supervisor cannot be started, or it died.
pub async fn run(supervisors: &Supervisors, job: &Job, given: &Given, context: &Context) -> Result<End, Failure> {
    for _ in 0..SCARCE_ROUNDS {
        let end = carry_out(supervisors, job, given, context).await?;
        if !end.scarce || context.cancel.is_cancelled() {
            return Ok(end);
        }
        // Nothing has started, and that supervisor has given its own process back.
        attempt_folder(context).remove();
        supervisors.let_go();
        tokio::time::sleep(SCARCE_PAUSE).await;
    }
    carry_out(supervisors, job, given, context).await
}

async fn carry_out(supervisors: &Supervisors, job: &Job, given: &Given, context: &Context) -> Result<End, Failure> {
    let folder = attempt_folder(context);
    let mut line = serde_json::to_vec(job).map_err(|error| Failure::new("failed", error.to_string()))?;
    line.push(b'\n');
    for round in 0..=STARTS_MAX {
        if context.cancel.is_cancelled() {
            let cancelled = Failure::new("cancelled", "the attempt was cancelled before it started");
            return Err(Failure { outcome_known: true, ..cancelled });
        }
        prepare(&folder, supervisors, context).await?;
        // Whoever takes the run over looks for the folder; so one of the two sees the other.
        if !context.hold.is_ours().await.map_err(|error| Failure::lacking(Lack::Disk, error))? {
            return Err(taken_over());
        }
        furnish(&folder, job, given, supervisors, context).await?;
        // Only the first time: what keeps one that waited from its work may keep the others.
        let waiting = if round == 0 { supervisors.take(folder.parent()) } else { None };
        let mut supervisor = match waiting {
            Some(waiting) => waiting,
            None => start(supervisors, folder.parent(), context).await?,
        };
        let started_nothing = match serve(&mut supervisor, &line, &folder, context).await {
            Served::Ready => {
                supervisors.put_back(supervisor);
                if let Ok(Some(end)) = folder.end() {
                    return Ok(end);
                }
                false
            }
            Served::Withdrawn => {
                supervisor.kill().await;
                continue;
            }
            // It has closed its output: it has ended, or is about to.
            Served::Over => {
                let status = supervisor.over().await;
                status.and_then(|status| status.code()) == Some(i32::from(NOTHING_STARTED))
            }
        };
        // Whoever took the run over has the attempt too: a folder that is gone was removed because all is over. While the run is ours, a
        // process has removed it that had lost the run and did not know it yet.
        let ours = folder.path().exists() || started_nothing && context.hold.is_ours().await == Ok(true);
        // Whether or not it was cancelled: it has begun.
        let state = where_scarce(supervisors, || folder.state(), || false).await;
        let state = match state.unwrap_or(State::Lost) {
            // The supervisor of a `wfc` that has died came first, late as it was; or it only looked.
            State::Running => adopt(context).await,
            known => known,
        };
        match state {
            State::Ended(end) => return Ok(end),
            State::NotStarted if ours => continue,
            State::NotStarted => return Err(taken_over()),
            State::Lost | State::Running => return Err(lost(&folder, context)),
        }
    }
    Err(Failure::new("unavailable", "the supervisor ends before it starts the program"))
}

/// Puts into the folder what the program finds there.
async fn furnish(
    folder: &Folder,
    job: &Job,
    given: &Given,
    supervisors: &Supervisors,
    context: &Context,
) -> Result<(), Failure> {
    let gives_up = || context.cancel.is_cancelled();
    if let Some(schema) = &job.schema {
        let written = where_scarce(supervisors, || std::fs::write(folder.schema(), schema), gives_up).await;
        written.map_err(|error| {
            let path = folder.schema().display().to_string();
            no_room_or(&error, format!("the schema of the result cannot be written to `{path}`: {error}"))
        })?;
    }
    where_scarce(supervisors, || given.place(), gives_up).await.map_err(|error| {
        let path = folder.path().display();
        no_room_or(&error, format!("the files of the attempt cannot be written to `{path}`: {error}"))
    })
}

/// Finds out what became of an attempt that another `wfc` started; waits while its supervisor is at work.
pub async fn adopt(context: &Context) -> State {
    let folder = attempt_folder(context);
    let mut lines = Lines { path: folder.lines(), read: 0, rest: Vec::new() };
    let (mut pause, mut is_said) = (Duration::from_millis(2), false);
    loop {
        let state = folder.state();
        lines.log_new(context);
        if let Some(bytes) = folder.wanted_room().filter(|_| !is_said) {
            is_said = true;
            context.log.line(Stream::Runtime, &keep::waits(&folder, bytes));
        }
        match state {
            Ok(State::Running) | Err(_) => {}
            Ok(State::Lost) => {
                orphan::end_program(&folder, context);
                return State::Lost;
            }
            Ok(known) => return known,
        }
        if context.cancel.is_cancelled() {
            folder.ask_to_cancel();
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = context.cancel.cancelled(), if !context.cancel.is_cancelled() => {}
        }
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}

/// The folder of an attempt.
pub(super) fn attempt_folder(context: &Context) -> Folder {
    Folder::at(&std::path::absolute(&context.attempt_dir).unwrap_or_else(|_| context.attempt_dir.clone()))
}

/// How often making the folder is tried again where another attempt gets in the way.
const CREATE_TRIES: usize = 100;

/// Makes the folder. Where the system has no file to give, it waits: others end meanwhile.
async fn prepare(folder: &Folder, supervisors: &Supervisors, context: &Context) -> Result<(), Failure> {
    let made = where_scarce(supervisors, || make(folder, supervisors), || context.cancel.is_cancelled()).await;
    match made {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Err(Failure::new("failed", "this very attempt was started before"))
        }
        Err(error) => {
            let message = format!("the folder `{}` of the attempt cannot be made: {error}", folder.path().display());
            Err(no_room_or(&error, message))
        }
        Ok(()) => Ok(()),
    }
}

/// Does what needs a file or process of the system. Where that has none to give, it waits, unless it is to give up: others end
/// meanwhile.
async fn where_scarce<T>(
    supervisors: &Supervisors,
    mut work: impl FnMut() -> std::io::Result<T>,
    gives_up: impl Fn() -> bool,
) -> std::io::Result<T> {
    for _ in 0..SCARCE_TRIES {
        match work() {
            Err(error) if folder::is_scarce(&error) && !gives_up() => {
                supervisors.let_go();
                tokio::time::sleep(SCARCE_PAUSE).await;
            }
            done => return done,
        }
    }
    work()
}

/// Makes the folder, of one that was laid by if there is one; one that is left from an attempt that never started is replaced.
fn make(folder: &Folder, supervisors: &Supervisors) -> std::io::Result<()> {
    if let Some(spare) = supervisors.spares.take(folder.parent()) {
        match folder.create_of(&spare) {
            Ok(()) => return Ok(()),
            Err(_) => spare.discard(),
        }
    }
    let mut made = folder.create();
    for _ in 0..CREATE_TRIES {
        match &made {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && matches!(folder.state()?, State::NotStarted) => {}
            // The attempt before was forgotten at this moment, and the emptied folder of the run with it.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            _ => break,
        }
        made = folder.create();
    }
    made
}

/// The attempt is another's.
fn taken_over() -> Failure {
    Failure::new("crashed", "another process has taken the attempt over")
}

/// Nothing has started. On a full disk the attempt waits until people have made room; else it has failed.
fn no_room_or(error: &std::io::Error, message: String) -> Failure {
    match folder::is_full(error) {
        true => Failure::lacking(Lack::Disk, message),
        false => Failure::new("unavailable", message),
    }
}

/// Starts a supervisor. Where the system has no file or process to give, it waits: others end meanwhile.
async fn start(supervisors: &Supervisors, dir: &Path, context: &Context) -> Result<Supervisor, Failure> {
    let started = where_scarce(supervisors, || supervisors.start(dir), || context.cancel.is_cancelled()).await;
    started.map_err(|error| {
        let program = supervisors.program().display();
        Failure::new("unavailable", format!("the supervisor `{program}` cannot be started: {error}"))
    })
}

/// What became of a supervisor to which a job was told.
enum Served {
    /// It has carried it out, and takes another.
    Ready,
    /// It has ended, or will as soon as nobody listens to it.
    Over,
    /// It had waited, and did not answer: it can start nothing any more, and has started nothing.
    Withdrawn,
}

/// Tells the job, then takes lines until the supervisor says that it takes another, or closes its output; passes a cancellation on.
async fn serve(supervisor: &mut Supervisor, job: &[u8], folder: &Folder, context: &Context) -> Served {
    let waited = supervisor.since.is_some();
    let mut patience = std::pin::pin!(tokio::time::sleep(TAKEN_MAX));
    tokio::select! {
        biased;
        // Told but half of it, the supervisor starts nothing.
        () = context.cancel.cancelled() => return Served::Over,
        // A supervisor that is gone is noticed at its output.
        _ = supervisor.stdin.write_all(job) => {}
        () = &mut patience, if waited => {
            folder.withdraw();
            return Served::Withdrawn;
        }
    }
    let mut line = Vec::new();
    let (mut asked, mut cancelled) = (!waited, false);
    loop {
        tokio::select! {
            biased;
            () = context.cancel.cancelled(), if !cancelled => {
                cancelled = true;
                supervisor.stdin.write_all(format!("{CANCEL}\n").as_bytes()).await.ok();
            }
            read = supervisor.lines.read_until(b'\n', &mut line) => {
                match (read, &*line) {
                    // The word of the cancellation may be on its way: it must not meet the next attempt.
                    (Ok(_), READY) => return if cancelled { Served::Over } else { Served::Ready },
                    (Ok(1..), _) => log(&line, context),
                    _ => return Served::Over,
                }
                line.clear();
            }
            () = &mut patience, if !asked => {
                asked = true;
                if folder.withdraw() {
                    return Served::Withdrawn;
                }
            }
        }
    }
}

fn log(line: &[u8], context: &Context) {
    if let Some((tag, text)) = Tag::split(line.strip_suffix(b"\n").unwrap_or(line)) {
        let stream = match tag {
            Tag::Stdout => Stream::Stdout,
            Tag::Stderr => Stream::Stderr,
            Tag::Runtime => Stream::Runtime,
        };
        context.log.line(stream, &String::from_utf8_lossy(text));
    }
}

fn lost(folder: &Folder, context: &Context) -> Failure {
    orphan::end_program(folder, context);
    Failure::new("crashed", "the supervisor of the program was killed: nobody knows how the program ended")
}

/// The lines that a supervisor wrote down while nobody was there to take them.
struct Lines {
    path: PathBuf,
    read: u64,
    rest: Vec<u8>,
}

impl Lines {
    fn log_new(&mut self, context: &Context) {
        let Ok(mut file) = std::fs::File::open(&self.path) else { return };
        if file.seek(SeekFrom::Start(self.read)).is_err() {
            return;
        }
        let before = self.rest.len();
        file.read_to_end(&mut self.rest).ok();
        self.read += (self.rest.len() - before) as u64;
        let whole = self.rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let rest = self.rest.split_off(whole);
        for line in std::mem::replace(&mut self.rest, rest).split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
        {
            log(line, context);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_a_full_disk_an_attempt_waits() {
        let told = |kind: ErrorKind| no_room_or(&kind.into(), "no folder".into());
        for full in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded] {
            assert_eq!(told(full).lacking, Some(Lack::Disk));
        }
        let denied = told(ErrorKind::PermissionDenied);
        assert_eq!((denied.lacking, denied.class.as_str(), denied.outcome_known), (None, "unavailable", true));
    }
}

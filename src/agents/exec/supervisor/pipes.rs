//! All pipes of a program, served together in one thread: none waits for another.

use std::collections::VecDeque;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::Pid;

use crate::agent::secret::Redactor;
use crate::agents::exec::end::Stopped;
use crate::agents::exec::job::{Job, Tag};
use crate::agents::exec::supervisor::lines::{Room, Splitter};
use crate::agents::exec::supervisor::wire::{Control, Outlet, Word, never_wait};

/// Lines of standard error that are kept for the record.
const KEPT_MAX: usize = 20;
/// Bytes of each of them.
const KEPT_BYTES_MAX: usize = 1_000;

/// What has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// The program has ended.
    Ended,
    /// It prints too much.
    TooMuch(Stopped),
    /// `wfc` wants it to end.
    Cancel,
    /// `wfc` is gone.
    Orphaned,
}

/// The pipes that are still open, and what came through them.
pub struct Pipes {
    program: Pid,
    /// Readable once it has ended. The system may have none to give for a while.
    ending: Option<OwnedFd>,
    has_ended: bool,
    /// With what it is given, and how much of that it has.
    stdin: Option<(ChildStdin, Vec<u8>, usize)>,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    control: Option<Control>,
    outlet: Outlet,
    gathered: Vec<u8>,
    stdout_room: Room,
    stdout_lines: Option<Splitter>,
    stderr_room: Room,
    stderr_lines: Splitter,
    last_lines: VecDeque<String>,
    buffer: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pipe {
    Program,
    Stdin,
    Stdout,
    Stderr,
    Control,
    Outlet,
}

impl Pipes {
    /// Those of a program that was just started; lines that nobody takes go to the file `beside`. `redactor` knows its secrets.
    pub fn new(child: &mut Child, job: Job, control: Control, beside: &Path, redactor: &Redactor) -> Self {
        let stdin = child.stdin.take().filter(|_| !job.stdin.is_empty()).map(|pipe| {
            never_wait(&pipe);
            (pipe, job.stdin.into_bytes(), 0)
        });
        Self {
            program: Pid::from_child(child),
            ending: None,
            has_ended: false,
            stdin,
            stdout: child.stdout.take(),
            stderr: child.stderr.take(),
            control: Some(control),
            outlet: Outlet::new(beside),
            gathered: Vec::new(),
            stdout_room: Room::new(),
            stdout_lines: job.log_stdout.then(|| Splitter::new(Tag::Stdout, redactor.clone())),
            stderr_room: Room::new(),
            stderr_lines: Splitter::new(Tag::Stderr, redactor.clone()),
            last_lines: VecDeque::new(),
            buffer: vec![0; 64 << 10],
        }
    }

    /// Serves what is ready, waiting for it until `until` at most; gives what has happened.
    pub fn turn(&mut self, until: Option<Instant>) -> Vec<News> {
        if self.ending.is_none() && !self.has_ended {
            self.ending = ending(self.program);
        }
        self.ready(until).into_iter().filter_map(|pipe| self.serve(pipe)).collect()
    }

    /// Serves for so long, whatever happens.
    pub fn serve_for(&mut self, time: Duration) {
        self.serve_until(Instant::now() + time, |_| false);
    }

    /// Serves until `done`, but no longer than `until`.
    pub fn serve_until(&mut self, until: Instant, done: impl Fn(&Self) -> bool) {
        while !done(self) && Instant::now() < until {
            self.turn(Some(until));
        }
    }

    /// Whether `wfc` wanted it to end in the very breath that told the job.
    pub fn are_cancelled(&mut self) -> bool {
        self.control.as_mut().is_some_and(Control::has_cancelled)
    }

    /// Serves until all is printed and told, as long as `wfc` takes some of it in each such time, but no longer than `most`.
    pub fn serve_out(&mut self, idle: Duration, most: Duration) {
        let most = Instant::now() + most;
        loop {
            let told = self.outlet.told();
            self.serve_until(most.min(Instant::now() + idle), |pipes| pipes.are_closed() && pipes.is_told());
            let is_over = self.are_closed() && self.is_told();
            if is_over || self.outlet.told() == told || Instant::now() >= most {
                return;
            }
        }
    }

    /// Whether both outputs are closed.
    pub fn are_closed(&self) -> bool {
        self.stdout.is_none() && self.stderr.is_none()
    }

    /// Whether all lines are told.
    pub fn is_told(&self) -> bool {
        self.outlet.is_empty()
    }

    /// Which output was more than there was room for.
    pub fn too_much(&self) -> Option<Stopped> {
        let stdout = self.stdout_room.is_over().then_some(Stopped::TooMuchStdout);
        stdout.or(self.stderr_room.is_over().then_some(Stopped::TooMuchStderr))
    }

    /// Whether nothing more comes, and all went to `wfc`.
    pub fn is_all_told(&self) -> bool {
        self.are_closed() && self.outlet.is_all_told()
    }

    /// What was printed, and the last lines of standard error; and who speaks for `wfc`, where that is there.
    pub fn take(self) -> (Vec<u8>, Vec<String>, Option<Control>) {
        (self.gathered, self.last_lines.into(), self.control)
    }

    fn ready(&self, until: Option<Instant>) -> Vec<Pipe> {
        let (pipes, mut fds) = self.open();
        let timeout = until.and_then(|until| {
            let left = until.saturating_duration_since(Instant::now());
            Timespec::try_from(left).ok()
        });
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) => {
                let ready = pipes.into_iter().zip(&fds).filter(|(_, fd)| !fd.revents().is_empty());
                ready.map(|(pipe, _)| pipe).collect()
            }
            // Interrupted: as if nothing were ready.
            Err(_) => Vec::new(),
        }
    }

    fn open(&self) -> (Vec<Pipe>, Vec<PollFd<'_>>) {
        // While too much waits for `wfc`, the program waits too.
        let reads = !self.outlet.is_full();
        let input = |fd| PollFd::from_borrowed_fd(fd, PollFlags::IN);
        let output = |fd| PollFd::from_borrowed_fd(fd, PollFlags::OUT);
        let stdin = self.control.as_ref().map(|_| rustix::stdio::stdin());
        let stdout = Some(rustix::stdio::stdout()).filter(|_| !self.outlet.is_empty());
        let all = [
            (Pipe::Stdin, self.stdin.as_ref().map(|(pipe, ..)| output(pipe.as_fd()))),
            (Pipe::Stdout, self.stdout.as_ref().filter(|_| reads).map(|pipe| input(pipe.as_fd()))),
            (Pipe::Stderr, self.stderr.as_ref().filter(|_| reads).map(|pipe| input(pipe.as_fd()))),
            (Pipe::Program, self.ending.as_ref().map(|pipe| input(pipe.as_fd()))),
            (Pipe::Control, stdin.map(input)),
            (Pipe::Outlet, stdout.map(output)),
        ];
        all.into_iter().filter_map(|(pipe, fd)| Some((pipe, fd?))).unzip()
    }

    fn serve(&mut self, pipe: Pipe) -> Option<News> {
        match pipe {
            Pipe::Stdin => self.give(),
            Pipe::Stdout => return self.gather(),
            Pipe::Stderr => return self.pass_on(),
            Pipe::Outlet => self.outlet.write(),
            Pipe::Program => {
                (self.ending, self.has_ended) = (None, true);
                return Some(News::Ended);
            }
            Pipe::Control => return self.listen(),
        }
        None
    }

    /// Gives the program what it has room for. One that does not read all that it is given has not failed.
    fn give(&mut self) {
        let Some((pipe, text, given)) = &mut self.stdin else { return };
        match rustix::io::write(&*pipe, &text[*given..]) {
            Ok(count) => *given += count,
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(_) => *given = text.len(),
        }
        if *given == text.len() {
            self.stdin = None;
        }
    }

    fn gather(&mut self) -> Option<News> {
        let count = read(self.stdout.as_mut(), &mut self.buffer)?;
        if count == 0 {
            self.stdout = None;
        }
        let (bytes, over) = self.stdout_room.take(&self.buffer[..count]);
        self.gathered.extend(bytes);
        if let Some(lines) = &mut self.stdout_lines {
            lines.add(bytes, self.outlet.waiting(), |_| {});
            if count == 0 {
                lines.finish(self.outlet.waiting(), |_| {});
            }
            self.outlet.write();
        }
        over.then_some(News::TooMuch(Stopped::TooMuchStdout))
    }

    fn pass_on(&mut self) -> Option<News> {
        let count = read(self.stderr.as_mut(), &mut self.buffer)?;
        let (bytes, over) = self.stderr_room.take(&self.buffer[..count]);
        let keep = |line: &[u8]| keep(&mut self.last_lines, line);
        if count == 0 {
            self.stderr = None;
            self.stderr_lines.finish(self.outlet.waiting(), keep);
        } else {
            self.stderr_lines.add(bytes, self.outlet.waiting(), keep);
        }
        self.outlet.write();
        over.then_some(News::TooMuch(Stopped::TooMuchStderr))
    }

    fn listen(&mut self) -> Option<News> {
        match self.control.as_mut()?.word() {
            Word::Nothing => None,
            Word::Cancel => Some(News::Cancel),
            Word::Gone => {
                self.control = None;
                Some(News::Orphaned)
            }
        }
    }
}

/// Reads once; 0 at the end and where the pipe is broken, nothing where it was interrupted.
fn read(from: Option<&mut impl Read>, buffer: &mut [u8]) -> Option<usize> {
    match from?.read(buffer) {
        Err(error) if error.kind() == std::io::ErrorKind::Interrupted => None,
        read => Some(read.unwrap_or(0)),
    }
}

fn keep(kept: &mut VecDeque<String>, line: &[u8]) {
    if line.trim_ascii().is_empty() {
        return;
    }
    if kept.len() == KEPT_MAX {
        kept.pop_front();
    }
    kept.push_back(String::from_utf8_lossy(&line[..line.len().min(KEPT_BYTES_MAX)]).into_owned());
}

/// What becomes readable when a process ends. Its status stays to be taken, so that its number stays its own.
fn ending(program: Pid) -> Option<OwnedFd> {
    #[cfg(target_os = "linux")]
    if let Ok(fd) = rustix::process::pidfd_open(program, rustix::process::PidfdFlags::empty()) {
        return Some(fd);
    }
    waited_for(program)
}

/// The same on systems that have no such thing: a thread waits, and closes its end of a pipe.
fn waited_for(program: Pid) -> Option<OwnedFd> {
    use rustix::process::{WaitId, WaitIdOptions, waitid};
    let (reader, writer) = std::io::pipe().ok()?;
    std::thread::spawn(move || {
        let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while let Err(Errno::INTR) = waitid(WaitId::Pid(program), ended) {}
        drop(writer);
    });
    Some(reader.into())
}

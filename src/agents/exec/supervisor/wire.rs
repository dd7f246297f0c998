//! The two pipes between a supervisor and its `wfc`: words come in, lines go out. Either may break: the program goes on.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::agents::exec::job::{CANCEL, IDLE_MAX, Job, READY, Tag};

/// Bytes that wait for `wfc` at most; then the program waits.
const WAITING_MAX: usize = 1 << 20;

/// What `wfc` says, on standard input.
#[derive(Default)]
pub struct Control {
    heard: Vec<u8>,
    /// How much of it is known to hold no end of a line.
    searched: usize,
}

/// What was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Nothing whole yet.
    Nothing,
    /// The program is to end.
    Cancel,
    /// `wfc` is gone.
    Gone,
}

impl Control {
    /// Reads the job, which comes first.
    ///
    /// # Errors
    /// A `wfc` that died while it told the job has told half of it.
    pub fn job(&mut self) -> io::Result<Job> {
        loop {
            if let Some(line) = self.line() {
                return serde_json::from_slice(&line).map_err(io::Error::from);
            }
            if self.read()? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Waits for the next job; `None` where there will be none, or none has come for long.
    ///
    /// # Errors
    /// As [`job`](Self::job).
    pub fn next_job(&mut self) -> io::Result<Option<Job>> {
        if !comes_within(IDLE_MAX) || self.read()? == 0 || self.heard.starts_with(CANCEL.as_bytes()) {
            return Ok(None);
        }
        self.job().map(Some)
    }

    /// Whether nothing was said that has not been heeded.
    pub fn is_silent(&self) -> bool {
        self.heard.is_empty()
    }

    /// Reads what there is; waits where there is nothing.
    pub fn word(&mut self) -> Word {
        if !matches!(self.read(), Ok(1..)) {
            return Word::Gone;
        }
        if self.has_cancelled() { Word::Cancel } else { Word::Nothing }
    }

    /// The same, but waits no longer than so long.
    pub fn word_within(&mut self, time: Duration) -> Word {
        if self.has_cancelled() {
            Word::Cancel
        } else if comes_within(time) {
            self.word()
        } else {
            Word::Nothing
        }
    }

    /// Heeds what was read: what follows a job may have come with it.
    pub fn has_cancelled(&mut self) -> bool {
        let mut cancels = false;
        while let Some(line) = self.line() {
            cancels |= line == CANCEL.as_bytes();
        }
        cancels
    }

    fn line(&mut self) -> Option<Vec<u8>> {
        let Some(end) = self.heard[self.searched..].iter().position(|byte| *byte == b'\n') else {
            self.searched = self.heard.len();
            return None;
        };
        let mut line: Vec<u8> = self.heard.drain(..=self.searched + end).collect();
        self.searched = 0;
        line.pop();
        Some(line)
    }

    fn read(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 16 << 10];
        loop {
            match rustix::io::read(rustix::stdio::stdin(), &mut buffer) {
                Err(Errno::INTR) => {}
                read => {
                    let count = read?;
                    self.heard.extend(&buffer[..count]);
                    return Ok(count);
                }
            }
        }
    }
}

/// Lines for `wfc`, on standard output; when it is gone, in a file for the one that comes after it.
pub struct Outlet {
    /// What waits to be written.
    waiting: Vec<u8>,
    /// Bytes that went to `wfc`.
    told: u64,
    beside: PathBuf,
    instead: Option<File>,
}

impl Outlet {
    /// Writes never wait from now on; `beside` is the file for when nobody reads.
    pub fn new(beside: &Path) -> Self {
        never_wait(rustix::stdio::stdout());
        Self { waiting: Vec::new(), told: 0, beside: beside.to_owned(), instead: None }
    }

    /// Where lines are added. Call [`write`](Self::write) then.
    pub fn waiting(&mut self) -> &mut Vec<u8> {
        &mut self.waiting
    }

    /// Whether all went to `wfc`.
    pub fn is_all_told(&self) -> bool {
        self.waiting.is_empty() && self.instead.is_none()
    }

    /// How much went to `wfc`, bytes.
    pub fn told(&self) -> u64 {
        self.told
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether so much waits that no more should be read.
    pub fn is_full(&self) -> bool {
        self.waiting.len() >= WAITING_MAX
    }

    /// Writes as much as can be written without waiting.
    pub fn write(&mut self) {
        let mut written = 0;
        while written < self.waiting.len() && self.instead.is_none() {
            match rustix::io::write(rustix::stdio::stdout(), &self.waiting[written..]) {
                Ok(count) => written += count,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                Err(_) => self.turn_to_file(),
            }
        }
        self.waiting.drain(..written);
        self.told += written as u64;
        if let Some(file) = &mut self.instead {
            file.write_all(&self.waiting).ok();
            self.waiting.clear();
        }
    }

    fn turn_to_file(&mut self) {
        let opened = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.beside);
        match opened {
            Ok(file) => self.instead = Some(file),
            // Neither can be written: the lines are lost, the answer is not.
            Err(_) => self.waiting.clear(),
        }
    }
}

/// Whether anything comes in on standard input in this time, its end too.
fn comes_within(time: Duration) -> bool {
    let until = Instant::now() + time;
    loop {
        let left = Timespec::try_from(until.saturating_duration_since(Instant::now())).ok();
        let mut input = [PollFd::from_borrowed_fd(rustix::stdio::stdin(), PollFlags::IN)];
        match poll(&mut input, left.as_ref()) {
            Err(Errno::INTR) => {}
            found => return !matches!(found, Ok(0)),
        }
    }
}

/// Says that another job may come, if `wfc` has room for so much.
pub fn tell_ready() -> bool {
    rustix::io::write(rustix::stdio::stdout(), READY) == Ok(READY.len())
}

/// Tells a line, where all that the program printed is told. A `wfc` that has no room for it, or is gone, does not hear it.
pub fn tell_line(tag: Tag, line: &str) {
    rustix::io::write(rustix::stdio::stdout(), format!("{}{line}\n", char::from(tag.letter())).as_bytes()).ok();
}

/// Makes writes to a pipe return at once.
pub fn never_wait(pipe: impl std::os::fd::AsFd) {
    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
    if let Ok(flags) = fcntl_getfl(&pipe) {
        fcntl_setfl(&pipe, flags | OFlags::NONBLOCK).ok();
    }
}

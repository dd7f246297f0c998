//! The threads that serve the pipes of a program, each its own, so that none waits for another.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use crate::agents::exec::OUTPUT_BYTES_MAX;
use crate::agents::exec::end::Stopped;
use crate::agents::exec::job::{CANCEL, Job, Tag};

/// What the threads tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// The program has ended.
    Ended,
    /// One of its outputs is closed.
    Closed,
    /// It prints too much.
    TooMuch(Stopped),
    /// `wfc` wants it to end.
    Cancel,
    /// `wfc` is gone.
    Orphaned,
}

/// Pieces of output that wait for `wfc` at most, each of one or more whole lines; then the program waits.
const PIECES_MAX: usize = 64;
/// Bytes of one line; longer ones are cut in pieces.
const LINE_BYTES_MAX: usize = 16 << 10;
/// Lines of standard error that are kept for the record.
const KEPT_MAX: usize = 20;

/// The running threads, and what they have gathered.
pub struct Pumps {
    stdout: Arc<Mutex<Vec<u8>>>,
    last_lines: Arc<Mutex<VecDeque<String>>>,
    told: Receiver<()>,
}

type Lines = SyncSender<Vec<u8>>;

impl Pumps {
    /// Starts them on the pipes of `child`; lines that `wfc` is not there to take go to the file `beside`.
    pub fn start(child: &mut Child, program: Pid, job: Job, beside: &Path) -> (Self, Receiver<News>) {
        let (news, received) = mpsc::channel();
        let (lines, to_tell) = mpsc::sync_channel(PIECES_MAX);
        let (done, told) = mpsc::channel();
        let pumps = Self { stdout: Arc::default(), last_lines: Arc::default(), told };
        let beside = beside.to_owned();
        std::thread::spawn(move || {
            tell(&to_tell, beside);
            done.send(()).ok();
        });
        if let (Some(mut stdin), text) = (child.stdin.take(), job.stdin) {
            // A program that does not read all that it is given has not failed.
            std::thread::spawn(move || stdin.write_all(text.as_bytes()).ok());
        }
        if let Some(stdout) = child.stdout.take() {
            let (news, lines, kept) = (news.clone(), job.log_stdout.then(|| lines.clone()), pumps.stdout.clone());
            std::thread::spawn(move || gather(stdout, &kept, lines.as_ref(), &news));
        }
        if let Some(stderr) = child.stderr.take() {
            let (news, kept) = (news.clone(), pumps.last_lines.clone());
            std::thread::spawn(move || pass_on(stderr, &kept, &lines, &news));
        }
        let ended = news.clone();
        std::thread::spawn(move || {
            wait(program);
            ended.send(News::Ended).ok();
        });
        std::thread::spawn(move || listen(&news));
        (pumps, received)
    }

    /// What was gathered, once all lines are told, or after so long.
    pub fn take(self, longest: Duration) -> (Vec<u8>, Vec<String>) {
        self.told.recv_timeout(longest).ok();
        let stdout = std::mem::take(&mut *self.stdout.lock().unwrap_or_else(PoisonError::into_inner));
        let lines = std::mem::take(&mut *self.last_lines.lock().unwrap_or_else(PoisonError::into_inner));
        (stdout, lines.into())
    }
}

/// Waits for the end of the program without taking its status: its number stays its own until it is reaped.
fn wait(program: Pid) {
    while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(program), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
    {
    }
}

/// Hears what `wfc` says.
fn listen(news: &Sender<News>) {
    for line in io::stdin().lock().lines() {
        match line {
            Ok(word) if word == CANCEL => _ = news.send(News::Cancel),
            Ok(_) => {}
            Err(_) => break,
        }
    }
    news.send(News::Orphaned).ok();
}

/// Reads standard output; what comes after the limit is thrown away.
fn gather(mut from: impl Read, kept: &Mutex<Vec<u8>>, lines: Option<&Lines>, news: &Sender<News>) {
    let mut splitter = lines.map(|lines| Splitter::new(Tag::Stdout, lines));
    let mut room = Room::new(Stopped::TooMuchStdout, news);
    read_all(&mut from, |bytes| {
        let bytes = room.take(bytes);
        kept.lock().unwrap_or_else(PoisonError::into_inner).extend(bytes);
        if let Some(splitter) = &mut splitter {
            splitter.add(bytes, |_| {});
        }
    });
    if let Some(splitter) = splitter {
        splitter.finish(|_| {});
    }
    news.send(News::Closed).ok();
}

/// Reads standard error line by line, keeping the last ones.
fn pass_on(mut from: impl Read, kept: &Mutex<VecDeque<String>>, lines: &Lines, news: &Sender<News>) {
    let mut splitter = Splitter::new(Tag::Stderr, lines);
    let mut room = Room::new(Stopped::TooMuchStderr, news);
    let keep = |line: &[u8]| {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if !line.trim_ascii().is_empty() {
            kept.push_back(String::from_utf8_lossy(&line[..line.len().min(1_000)]).into_owned());
        }
        if kept.len() > KEPT_MAX {
            kept.pop_front();
        }
    };
    read_all(&mut from, |bytes| splitter.add(room.take(bytes), keep));
    splitter.finish(keep);
    news.send(News::Closed).ok();
}

/// What an output may still print. Tells once when it prints more.
struct Room<'a> {
    left: usize,
    told: bool,
    stopped: Stopped,
    news: &'a Sender<News>,
}

impl<'a> Room<'a> {
    fn new(stopped: Stopped, news: &'a Sender<News>) -> Self {
        Self { left: OUTPUT_BYTES_MAX, told: false, stopped, news }
    }

    /// As much of `bytes` as there is room for.
    fn take<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let fits = bytes.len().min(self.left);
        self.left -= fits;
        if fits < bytes.len() && !self.told {
            self.told = true;
            self.news.send(News::TooMuch(self.stopped)).ok();
        }
        &bytes[..fits]
    }
}

fn read_all(from: &mut impl Read, mut each: impl FnMut(&[u8])) {
    let mut buffer = vec![0; 64 << 10];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => each(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

/// Cuts bytes into lines, each with its tag, and queues those of one piece together.
struct Splitter<'a> {
    tag: Tag,
    lines: &'a Lines,
    rest: Vec<u8>,
    piece: Vec<u8>,
}

impl<'a> Splitter<'a> {
    fn new(tag: Tag, lines: &'a Lines) -> Self {
        Self { tag, lines, rest: Vec::new(), piece: Vec::new() }
    }

    fn add(&mut self, bytes: &[u8], mut each: impl FnMut(&[u8])) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            for part in part.chunks(LINE_BYTES_MAX) {
                self.rest.extend(part);
                if part.ends_with(b"\n") || self.rest.len() >= LINE_BYTES_MAX {
                    self.line(&mut each);
                }
            }
        }
        self.send();
    }

    fn finish(mut self, mut each: impl FnMut(&[u8])) {
        if !self.rest.is_empty() {
            self.line(&mut each);
        }
        self.send();
    }

    fn send(&mut self) {
        if !self.piece.is_empty() {
            self.lines.send(std::mem::take(&mut self.piece)).ok();
        }
    }

    fn line(&mut self, each: &mut impl FnMut(&[u8])) {
        let line = self.rest.strip_suffix(b"\n").unwrap_or(&self.rest);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        each(line);
        self.piece.push(self.tag.letter());
        self.piece.extend(line);
        self.piece.push(b'\n');
        self.rest.clear();
    }
}

/// Passes lines to `wfc`; when it is gone, into the file `beside`, for the one that comes after it.
fn tell(lines: &Receiver<Vec<u8>>, beside: PathBuf) {
    let mut instead: Option<File> = None;
    for line in lines {
        let written = match &mut instead {
            Some(file) => file.write_all(&line),
            None => to_wfc(&line),
        };
        if written.is_err() && instead.is_none() {
            instead = OpenOptions::new().append(true).create(true).mode(0o600).open(&beside).ok();
            if let Some(file) = &mut instead {
                file.write_all(&line).ok();
            }
        }
    }
}

fn to_wfc(line: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(line)?;
    out.flush()
}

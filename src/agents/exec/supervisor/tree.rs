//! A program with all that it has started: ended together, and seen to be gone.

use std::process::Child;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, kill_process_group, wait};

use crate::agents::exec::GRACE;
use crate::agents::exec::supervisor::orphan;

/// How long the death of a process that was sent KILL is waited for.
const DEATH_MAX: Duration = Duration::from_secs(5);

/// A program and its descendants. The supervisor adopts those that lose their parent, so all are its own.
pub struct Tree {
    program: Pid,
    status: Option<WaitStatus>,
    /// Nothing is left, not even to be reaped.
    gone: bool,
    /// Something was told to end.
    forced: bool,
}

impl Tree {
    /// That of a program that leads a process group.
    pub fn of(child: &Child) -> Self {
        Self { program: Pid::from_child(child), status: None, gone: false, forced: false }
    }

    /// The program itself.
    pub fn program(&self) -> Pid {
        self.program
    }

    /// Whether it has ended of itself, and nothing is left of it.
    pub fn ended_cleanly(&self) -> bool {
        self.gone && !self.forced
    }

    /// Ends the program and all that it has started; gives those whose death could not be confirmed.
    ///
    /// `rest` lets so much time pass, in which its pipes must be served: a program that waits to write cannot end well.
    pub fn end(&mut self, rest: &mut dyn FnMut(Duration)) -> Vec<u32> {
        self.signal(Signal::TERM, &self.living());
        if self.wait_until_gone(GRACE, rest) {
            return Vec::new();
        }
        self.kill(rest)
    }

    /// Ends what the program, which has ended, has left behind.
    pub fn end_rest(&mut self, rest: &mut dyn FnMut(Duration)) -> Vec<u32> {
        self.collect();
        if self.living().is_empty() { Vec::new() } else { self.end(rest) }
    }

    /// The exit code or signal of the program.
    pub fn reap(&mut self) -> (Option<i32>, Option<i32>) {
        self.collect();
        let status = self.status;
        (status.and_then(WaitStatus::exit_status), status.and_then(WaitStatus::terminating_signal))
    }

    fn kill(&mut self, rest: &mut dyn FnMut(Duration)) -> Vec<u32> {
        let until = Instant::now() + DEATH_MAX;
        loop {
            // Again and again: what is being killed may start more.
            let living = self.living();
            self.signal(Signal::KILL, &living);
            if self.wait_until_gone(Duration::from_millis(50), rest) {
                return Vec::new();
            }
            if Instant::now() >= until {
                return living.into_iter().map(|pid| pid.as_raw_nonzero().get().unsigned_abs()).collect();
            }
        }
    }

    fn signal(&mut self, signal: Signal, living: &[Pid]) {
        self.forced = true;
        // The group first, in one step. While the program is not reaped its number is its own.
        if self.status.is_none() {
            kill_process_group(self.program, signal).ok();
        }
        for pid in living {
            kill_process(*pid, signal).ok();
        }
    }

    fn wait_until_gone(&mut self, longest: Duration, rest: &mut dyn FnMut(Duration)) -> bool {
        let until = Instant::now() + longest;
        let mut pause = Duration::from_millis(1);
        loop {
            self.collect();
            if self.living().is_empty() {
                return true;
            }
            if Instant::now() >= until {
                return false;
            }
            rest(pause);
            pause = (pause * 2).min(Duration::from_millis(40));
        }
    }

    /// Takes the status of all children that have ended.
    fn collect(&mut self) {
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) if pid == self.program => self.status = Some(status),
                Ok(Some(_)) | Err(rustix::io::Errno::INTR) => {}
                Ok(None) => return,
                Err(_) => {
                    self.gone = true;
                    return;
                }
            }
        }
    }

    /// The descendants that live. Without any child there is none: the usual case, which costs no search.
    fn living(&self) -> Vec<Pid> {
        if self.gone { Vec::new() } else { orphan::descendants(rustix::process::getpid()) }
    }
}

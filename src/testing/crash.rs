//! Kills a run at each of its commits and resumes it: the end must be the same, and no call may be made twice.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::case::{Case, Ready};
use super::drive::{Ended, Stage, alone};
use super::script::Trouble;
use super::{errors, expect};
use crate::diag::Diagnostic;
use crate::engine::{Outcome, RunError};
use crate::store::memory::{Commit, Verdict};

/// What killing it everywhere came to.
pub(super) struct Crashed {
    /// Commits at which it was killed.
    pub points: usize,
    /// The first death that changed something.
    pub problem: Option<Diagnostic>,
}

/// How a process dies at a commit.
#[derive(Clone, Copy)]
enum Death {
    /// It has not been made.
    Before,
    /// It has been made, and nobody was told.
    After,
}

/// Runs in which a test is killed, before and after a commit each. A run of more commits is killed several times in each of
/// them, so that what this costs grows with the length of the run and not with its square.
const RUNS: usize = 64;

/// Kills the run before and after each commit.
pub(super) fn everywhere(case: &Case, ready: &Arc<Ready>, seed: u64, whole: &Ended) -> Crashed {
    let points = whole.commits.len();
    for first in 0..points.min(RUNS) {
        for death in [Death::Before, Death::After] {
            let targets: VecDeque<u64> = whole.commits.iter().copied().skip(first).step_by(RUNS).collect();
            let ended = killed(ready, seed, targets, death);
            if let Some(problem) = changed(case, ready, &place(first, points), whole, &ended) {
                return Crashed { points, problem: Some(problem) };
            }
        }
    }
    Crashed { points, problem: None }
}

/// At which commits a run was killed, for people.
fn place(first: usize, points: usize) -> String {
    match first + RUNS < points {
        true => format!("commit {} and every {RUNS}th after it", first + 1),
        false => format!("commit {}", first + 1),
    }
}

/// Carries the run out, killed at the commits that bring its journal to these lengths.
fn killed(ready: &Arc<Ready>, seed: u64, targets: VecDeque<u64>, death: Death) -> Ended {
    alone(async {
        let mut stage = Stage::new(ready, seed);
        let killer = Arc::new(Mutex::new(Killer { targets, made: 0, death }));
        loop {
            let left = lock(&killer).targets.len();
            let asked = killer.clone();
            stage.set_hook(move |commit| lock(&asked).verdict(commit));
            let outcome = stage.process().await;
            // A store that fails for another reason fails again.
            let died = lock(&killer).targets.len() < left;
            if !died || !matches!(outcome, Err(RunError::Store(_))) {
                return stage.ended(outcome).await;
            }
            stage.reopen();
        }
    })
}

fn lock(killer: &Mutex<Killer>) -> MutexGuard<'_, Killer> {
    killer.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Decides which commits are deaths.
struct Killer {
    targets: VecDeque<u64>,
    /// Length of the journal, without the records that say that the run was resumed.
    made: u64,
    death: Death,
}

impl Killer {
    fn verdict(&mut self, commit: &Commit<'_>) -> Verdict {
        let own = length(commit);
        // What comes from outside is not the engine's: those who send it live on.
        let outside = commit.records.is_empty() && commit.number > 0;
        let here = !outside && self.targets.front().is_some_and(|target| self.made + own >= *target);
        if !here {
            self.made += own;
            return Verdict::Commit;
        }
        self.targets.pop_front();
        match self.death {
            Death::Before => Verdict::StopBefore,
            Death::After => {
                self.made += own;
                Verdict::StopAfter
            }
        }
    }
}

/// What a commit adds to the journal, without the record that says that the run was resumed.
pub(super) fn length(commit: &Commit<'_>) -> u64 {
    commit.records.iter().filter(|record| !record.body.starts_with("{\"resumed\"")).count() as u64
}

/// What a death has changed.
fn changed(case: &Case, ready: &Ready, place: &str, whole: &Ended, ended: &Ended) -> Option<Diagnostic> {
    if let Some(Trouble::Repeated { agent, action, key, .. }) = ended.troubles.first() {
        return Some(errors::crash_repeats(case, ready, place, (*agent, *action), key));
    }
    let (was, is) = (end(whole), end(ended));
    if was != is {
        return Some(errors::crash_changes(case, place, &was, &is));
    }
    let calls = |ended: &Ended| {
        let mut calls: Vec<(String, u32)> = ended.calls.iter().map(|call| (call.key.clone(), call.attempt)).collect();
        calls.sort();
        calls
    };
    if calls(whole) != calls(ended) {
        let (was, is) = (whole.calls.len(), ended.calls.len());
        return Some(errors::crash_changes(case, place, &format!("{was} calls"), &format!("{is} calls")));
    }
    expect::problems(case, ready, ended)
        .into_iter()
        .next()
        .map(|problem| errors::crash_changes(case, place, "every expectation holds", &problem.message))
}

fn end(ended: &Ended) -> String {
    match &ended.outcome {
        Ok(Outcome::Succeeded(result)) => format!("it succeeds: {result}"),
        Ok(Outcome::Failed(error)) => {
            format!("it fails at `{}`: {}, {}", error.stage.as_deref().unwrap_or("-"), error.class, error.message)
        }
        Ok(Outcome::Cancelled) => "it is cancelled".into(),
        Ok(Outcome::Waiting(_)) => "it waits".into(),
        Ok(Outcome::Suspended(_)) => "it is suspended".into(),
        Err(why) => format!("it cannot go on: {why}"),
    }
}

//! Kills a run at each of its commits and resumes it: the end must be the same, and no call may be made twice.

use std::sync::Arc;

use super::case::{Case, Ready};
use super::drive::{Ended, Stage, alone};
use super::script::Trouble;
use super::{errors, expect};
use crate::diag::Diagnostic;
use crate::engine::{Outcome, RunError};
use crate::store::memory::{Crash, Verdict};

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

/// Kills the run before and after each commit, each time in a run of its own.
pub(super) fn everywhere(case: &Case, ready: &Arc<Ready>, seed: u64, whole: &Ended) -> Crashed {
    let mut points = 0;
    for commit in 0..whole.commits {
        points += 1;
        for death in [Death::Before, Death::After] {
            let ended = killed(ready, seed, commit, death);
            if let Some(problem) = changed(case, ready, commit, whole, &ended) {
                return Crashed { points, problem: Some(problem) };
            }
        }
    }
    Crashed { points, problem: None }
}

/// Carries the run out, killed once at this commit.
fn killed(ready: &Arc<Ready>, seed: u64, commit: u64, death: Death) -> Ended {
    alone(async {
        let mut stage = Stage::new(ready, seed);
        let mut engine = 0;
        stage.store.set_hook(move |made| {
            // What comes from outside is not the engine's: those who send it live on.
            let own = !made.records.is_empty() || made.number == 0;
            let here = own && engine == commit;
            engine += u64::from(own);
            match (here, death) {
                (false, _) => Verdict::Commit,
                (true, Death::Before) => Verdict::StopBefore,
                (true, Death::After) => Verdict::StopAfter,
            }
        });
        let mut outcome = stage.process().await;
        if matches!(outcome, Err(RunError::Store(_))) {
            stage.store = stage.store.reopen(Crash::Kill);
            outcome = stage.process().await;
        }
        stage.ended(outcome).await
    })
}

/// What a death has changed.
fn changed(case: &Case, ready: &Ready, commit: u64, whole: &Ended, ended: &Ended) -> Option<Diagnostic> {
    if let Some(Trouble::Repeated { agent, action, .. }) = ended.troubles.first() {
        let key = ended.calls.last().map(|call| call.key.clone()).unwrap_or_default();
        return Some(errors::crash_repeats(case, ready, commit, &(*agent, *action, key)));
    }
    let (was, is) = (end(whole), end(ended));
    if was != is {
        return Some(errors::crash_changes(case, commit, &was, &is));
    }
    let calls = |ended: &Ended| {
        let mut calls: Vec<(String, u32)> = ended.calls.iter().map(|call| (call.key.clone(), call.attempt)).collect();
        calls.sort();
        calls
    };
    if calls(whole) != calls(ended) {
        let (was, is) = (whole.calls.len(), ended.calls.len());
        return Some(errors::crash_changes(case, commit, &format!("{was} calls"), &format!("{is} calls")));
    }
    expect::problems(case, ready, ended)
        .into_iter()
        .next()
        .map(|problem| errors::crash_changes(case, commit, "every expectation holds", &problem.message))
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

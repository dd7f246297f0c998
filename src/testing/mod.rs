//! `test` items, carried out: each run on a virtual clock, with nobody but its mocks to answer.
//!
//! A [`Case`] is a test that is ready to run; [`run`] gives its [`Verdict`]. The world of a test (who was called, what people said)
//! outlives the process that drives its run: so it can be killed and resumed at every commit.

mod actor;
mod case;
pub mod coverage;
mod crash;
mod drive;
mod errors;
mod expect;
mod explain;
mod lives;
mod observe;
mod path;
pub mod paths;
mod people;
mod replay;
mod scope;
mod script;
pub mod skeleton;
#[cfg(test)]
mod tests;
pub mod trace;

use std::time::{Duration, Instant};

use crate::base::stack::on_large_stack;
use crate::diag::Diagnostic;
use crate::engine::marks::Marks;
use trace::Line;

pub use case::{Case, cases};

/// What may be chosen.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Every test is killed and resumed at each commit, also those that do not say so.
    pub crash_everywhere: bool,
    /// All chance of the runs (the spread of pauses between attempts) comes from here.
    pub seed: u64,
}

/// What became of a test.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// What is wrong; of a test that passes nothing.
    pub problems: Vec<Diagnostic>,
    /// What happened in its run, in order.
    pub trace: Vec<Line>,
    /// Where its run has been, by positions in its plan.
    pub marks: Marks,
    /// Commits of its run to the store.
    pub commits: usize,
    /// At how many of them it was killed and resumed.
    pub crashes: Option<usize>,
    /// Real time.
    pub took: Duration,
    /// Virtual time from the start of its run to the end, milliseconds.
    pub elapsed_ms: i64,
}

impl Verdict {
    /// Whether all of it holds.
    pub fn passed(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Carries a test out. The same case with the same options gives the same verdict each time, but for the time that it took.
pub fn run(case: &Case, options: Options) -> Verdict {
    let begun = Instant::now();
    let mut verdict = on_large_stack(|| verdict(case, options));
    verdict.took = begun.elapsed();
    verdict
}

fn verdict(case: &Case, options: Options) -> Verdict {
    let mut verdict = Verdict {
        problems: case.problems.clone(),
        trace: Vec::new(),
        marks: Marks::new(),
        commits: 0,
        crashes: None,
        took: Duration::ZERO,
        elapsed_ms: 0,
    };
    let Some(ready) = &case.ready else { return verdict };
    let ended = drive::whole(ready, options.seed);
    verdict.problems.extend(expect::problems(case, ready, &ended));
    (verdict.elapsed_ms, verdict.commits) = (ended.elapsed_ms, ended.commits.len());
    if (options.crash_everywhere || case.crash_everywhere) && verdict.passed() {
        let crashed = crash::everywhere(case, ready, options.seed, &ended);
        verdict.crashes = Some(crashed.points);
        verdict.problems.extend(crashed.problem);
    }
    (verdict.trace, verdict.marks) = (ended.trace, ended.marks);
    verdict
}

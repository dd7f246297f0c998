//! Going on with a run: what is kept, what runs again and why.

use std::collections::HashSet;

use crate::cli::atlas::{Atlas, depth, parent};
use crate::cli::render::marks::Mark;
use crate::cli::render::row::{Look, Row};
use crate::cli::run::ending::some;
use crate::cli::run::start::short_hash;
use crate::cli::runs::story::{State, Story, Told};
use crate::cli::words;
use crate::value::policy::Effects;

/// Stages that run again are named one by one up to so many.
const NAMED_MAX: usize = 8;

/// What is known of a run before it goes on.
pub struct Before<'a> {
    /// Its stages, as they stand.
    pub story: &'a Story,
    /// Its plan.
    pub atlas: &'a Atlas,
    /// When its process died, if it did not stop by itself.
    pub died: Option<i64>,
    /// Stages of which nothing was heard.
    pub untouched: usize,
}

impl Before<'_> {
    /// The lines that are shown before the run goes on.
    pub fn rows(&self, run: &str, look: Look) -> Vec<Row> {
        let died = self.died.map(|at| format!("; wfc died after {}", words::clock(at))).unwrap_or_default();
        let plan = self.atlas.plan();
        let head = format!("run {run}  {}  goes on, on its own plan {}{died}", plan.name, short_hash(&plan.hash));
        let mut rows = vec![Row::plain(head)];
        let line = |mark, names: &str, why: &str| Row::stage(mark, names, None, look).fact(why);
        rows.extend(some(&self.kept()).map(|names| line(Mark::Kept, &names, "kept")));
        let (open, waiting): (Vec<&Told>, Vec<&Told>) = self.open().partition(|told| told.state != State::Ready);
        for told in open.iter().take(NAMED_MAX) {
            let (mark, why) = self.why(told);
            rows.push(line(mark, &told.stage, &why));
        }
        if open.len() > NAMED_MAX {
            rows.push(line(Mark::Again, &format!("{} more", open.len() - NAMED_MAX), "were under way too"));
        }
        let never = waiting.len() + self.untouched;
        if never > 0 {
            let names = if open.is_empty() { format!("{never}") } else { format!("{never} more") };
            rows.push(line(Mark::Again, &names, "not started before"));
        }
        rows
    }

    /// Stages that have ended: of the workflow, and those inside a stage that has not.
    fn kept(&self) -> Vec<&str> {
        let ended = |told: &&Told| {
            matches!(told.state, State::Succeeded | State::Kept | State::Handled | State::Skipped)
                && depth(&told.stage) <= 2
                && !self.holder_ended(&told.stage)
        };
        self.story.stages.values().filter(ended).map(|told| told.stage.as_str()).collect()
    }

    fn holder_ended(&self, path: &str) -> bool {
        std::iter::successors(parent(path), |path| parent(path))
            .filter_map(|path| self.story.stages.get(path))
            .any(|told| told.ended.is_some())
    }

    /// Stages that have not ended and hold no others.
    fn open(&self) -> impl Iterator<Item = &Told> {
        let holders = |path| std::iter::successors(parent(path), |path| parent(path));
        let hold: HashSet<&str> = self.story.stages.keys().flat_map(|path| holders(path.as_str())).collect();
        self.story.stages.values().filter(move |told| told.ended.is_none() && !hold.contains(told.stage.as_str()))
    }

    fn why(&self, told: &Told) -> (Mark, String) {
        match told.state {
            State::Asks => (Mark::Asks, "waits for a person".to_owned()),
            State::Waiting => (Mark::Again, self.next_attempt(told)),
            _ => (Mark::Again, format!("was under way: {}", self.unless_found(told))),
        }
    }

    fn next_attempt(&self, told: &Told) -> String {
        let Some(last) = told.failures.last() else { return "goes on when its time comes".to_owned() };
        let retry = self.atlas.find(&told.stage).and_then(|found| found.call?.retry.as_ref());
        let of = retry.map(|retry| format!(" of {}", retry.attempts)).unwrap_or_default();
        format!("attempt {}{of}; the one before was {}", last.attempt + 1, last.class)
    }

    /// What is done if nobody can tell how an attempt ended.
    fn unless_found(&self, told: &Told) -> &'static str {
        match self.atlas.action(&told.stage).map(|action| action.effects) {
            Some(Effects::None | Effects::Reads) => "again, unless its end is found",
            Some(Effects::WritesIdempotent) => "again with the same key, unless its end is found",
            Some(Effects::Writes | Effects::Irreversible) => "a person is asked, unless its end is found",
            None => "goes on",
        }
    }
}

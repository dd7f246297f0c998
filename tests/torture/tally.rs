//! What is counted, and what went wrong.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

/// The evidence of some runs.
#[derive(Default)]
pub struct Tally {
    /// What was done, by name.
    pub done: BTreeMap<&'static str, u64>,
    /// What must not be: kind and particulars.
    pub wrong: Vec<(&'static str, String)>,
}

/// What a round must show none of.
pub const WRONGS: [&str; 6] = ["lost", "repeated", "unexplained", "wrong_end", "stuck", "left_behind"];

/// What is counted beside kills.
const DONE: [&str; 16] = [
    "runs",
    "kills",
    "kills_of_supervisors",
    "kills_during_recovery",
    "takeovers",
    "disks_filled",
    "disk_errors",
    "clocks_shifted",
    "answers",
    "settled",
    "starts",
    "restarts",
    "answers_raced",
    "answered_while_down",
    "items",
    "kills_in_map",
];

impl Tally {
    /// Counts one of these.
    pub fn count(&mut self, what: &'static str) {
        self.add(what, 1);
    }

    /// Counts several.
    pub fn add(&mut self, what: &'static str, number: usize) {
        debug_assert!(DONE.contains(&what), "{what} is printed");
        *self.done.entry(what).or_default() += number as u64;
    }

    /// How many of these there are.
    pub fn of(&self, what: &'static str) -> u64 {
        self.done.get(what).copied().unwrap_or_default()
    }

    /// Notes what must not be.
    pub fn wrong(&mut self, kind: &'static str, what: String) {
        eprintln!("{kind}: {what}");
        self.wrong.push((kind, what));
    }

    /// Takes in another.
    pub fn merge(&mut self, other: Self) {
        for (what, number) in other.done {
            *self.done.entry(what).or_default() += number;
        }
        self.wrong.extend(other.wrong);
    }

    /// One line of evidence.
    pub fn line(&self, seed: u64, seconds: u64) -> Json {
        let mut line = serde_json::Map::from_iter([("seed".to_owned(), json!(seed))]);
        line.extend(DONE.iter().map(|what| ((*what).to_owned(), json!(self.of(what)))));
        let count = |kind: &str| self.wrong.iter().filter(|(of, _)| *of == kind).count();
        line.extend(WRONGS.iter().map(|kind| ((*kind).to_owned(), json!(count(kind)))));
        line.insert("seconds".into(), json!(seconds));
        Json::Object(line)
    }
}

//! What programs wrote down and what was told, held against the journal.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

/// The folder of one run, as a book of account.
pub struct Ledger {
    folder: PathBuf,
    /// By key: how often its program may have been started again, for its supervisor was killed or its disk was full.
    excused: BTreeMap<String, usize>,
}

/// A success that was told: the stage, the attempt, the result.
pub type Success = (String, u64, String);

impl Ledger {
    /// Of this folder.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), excused: BTreeMap::new() }
    }

    fn lines(&self, name: &str) -> Vec<Vec<String>> {
        let text = fs::read_to_string(self.folder.join(name)).unwrap_or_default();
        text.lines().map(|line| line.split(' ').map(str::to_owned).collect()).collect()
    }

    /// Every start: key, attempt, kind.
    pub fn starts(&self) -> Vec<(String, u64, String)> {
        let start = |line: Vec<String>| {
            let attempt = line.get(1).and_then(|word| word.parse().ok()).unwrap_or_default();
            (line[0].clone(), attempt, line.get(2).cloned().unwrap_or_default())
        };
        self.lines("starts.log").into_iter().map(start).collect()
    }

    /// The text that a write of this key has left in the world, where it happened.
    pub fn effect(&self, key: &str) -> Option<String> {
        self.lines("effects.log").into_iter().find(|line| line[0] == key).map(|line| line[1].clone())
    }

    /// From now on each key that is intended may be started once more: what its program did may be unknown.
    pub fn excuse(&mut self, events: &[Json]) {
        let keys: BTreeSet<&str> = events.iter().filter_map(|event| event["key"].as_str()).collect();
        for key in keys {
            *self.excused.entry(key.to_owned()).or_default() += 1;
        }
    }

    /// Writes that were done more than once.
    pub fn doubled(&self) -> Vec<String> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for line in self.lines("effects.log") {
            *counts.entry(line[0].clone()).or_default() += 1;
        }
        counts.into_iter().filter(|(_, count)| *count > 1).map(|(key, count)| format!("{key}: {count} times")).collect()
    }

    /// Starts that the journal does not explain: unknown to it, the same attempt twice, or more than may be.
    pub fn unexplained(&self, events: &[Json]) -> Vec<String> {
        let intended: BTreeSet<(String, u64)> = events
            .iter()
            .filter(|event| event["event"] == "stage_started")
            .filter_map(|event| Some((event["key"].as_str()?.to_owned(), event["attempt"].as_u64()?)))
            .collect();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for (key, attempt, _) in self.starts() {
            *counts.entry(key.clone()).or_default() += 1;
            if !intended.contains(&(key.clone(), attempt)) {
                found.push(format!("{key}, attempt {attempt}, has no intent"));
            }
            if !seen.insert((key.clone(), attempt)) {
                found.push(format!("{key}, attempt {attempt}, was started twice"));
            }
        }
        for (key, count) in counts {
            let excused = self.excused.get(&key).copied().unwrap_or_default();
            if count > 1 + excused {
                found.push(format!("{key} was started {count} times, {} at most expected", 1 + excused));
            }
        }
        found
    }

    /// Starts that came after the first one of their key.
    pub fn restarts(&self) -> usize {
        let starts = self.starts();
        let keys: BTreeSet<&String> = starts.iter().map(|(key, ..)| key).collect();
        starts.len() - keys.len()
    }
}

/// The events in the lines of a text; a last line that was cut by death is none.
pub fn events(text: &str) -> Vec<Json> {
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// The successes among events.
pub fn successes(events: &[Json]) -> BTreeSet<Success> {
    let ends = events.iter().filter(|event| event["event"] == "stage_succeeded" || event["event"] == "run_succeeded");
    let success = |event: &Json| {
        let stage = event["stage"].as_str().unwrap_or_default().to_owned();
        (stage, event["attempt"].as_u64().unwrap_or_default(), event["result"].to_string())
    };
    ends.map(success).collect()
}

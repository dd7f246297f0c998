//! Lines of output that wait to be written: bounded, and of each stage the latest.

use std::collections::{BTreeMap, VecDeque};

use crate::store::LogLine;

/// Lines that wait at most; where more come the oldest of their stage are dropped and counted.
const LINES_MAX: usize = 16_384;
/// Bytes of lines that wait at most.
const BYTES_MAX: usize = 16 << 20;

/// Lines by run and stage.
#[derive(Debug, Default)]
pub struct Lines {
    stages: BTreeMap<(String, String), OfStage>,
    /// How many have come.
    come: u64,
    count: usize,
    bytes: usize,
}

#[derive(Debug, Default)]
struct OfStage {
    /// Each with its place among all that have come.
    lines: VecDeque<(u64, LogLine)>,
    /// How many before them were dropped.
    dropped: u64,
}

impl Lines {
    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds a line. Others give way to it where there are too many: those of its own stage first.
    pub fn push(&mut self, run: &str, line: LogLine) {
        let key = (run.to_owned(), line.stage.clone());
        let bytes = line.line.len();
        while self.count > 0 && (self.count >= LINES_MAX || self.bytes + bytes > BYTES_MAX) {
            self.drop_one(&key);
        }
        (self.come, self.count, self.bytes) = (self.come + 1, self.count + 1, self.bytes + bytes);
        self.stages.entry(key).or_default().lines.push_back((self.come, line));
    }

    /// All of them in the order in which they came, with a line where some were dropped.
    pub fn in_order(self) -> Vec<(String, LogLine)> {
        let mut all: Vec<(u64, String, LogLine)> = Vec::with_capacity(self.count);
        for ((run, _), of) in self.stages {
            let told = of.lines.front().filter(|_| of.dropped > 0).map(|(at, line)| (*at, gap(of.dropped, line)));
            let lines = told.into_iter().chain(of.lines);
            all.extend(lines.map(|(at, line)| (at, run.clone(), line)));
        }
        all.sort_by_key(|(at, ..)| *at);
        all.into_iter().map(|(_, run, line)| (run, line)).collect()
    }

    /// Drops the oldest line of a stage, or of the one that has most where it has none.
    fn drop_one(&mut self, key: &(String, String)) {
        let own = self.stages.get(key).is_some_and(|of| of.lines.len() > 1);
        let of = match own {
            true => self.stages.get_mut(key),
            false => self.stages.values_mut().max_by_key(|of| of.lines.len()),
        };
        let Some(of) = of else { return };
        if let Some((_, line)) = of.lines.pop_front() {
            (self.count, self.bytes, of.dropped) = (self.count - 1, self.bytes - line.line.len(), of.dropped + 1);
        }
    }
}

/// What stands before the first line that was kept.
fn gap(dropped: u64, next: &LogLine) -> LogLine {
    let line = format!("{dropped} lines of output were dropped here: they came faster than they could be written");
    LogLine { stream: "runtime".into(), line, ..next.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(stage: &str, line: String) -> LogLine {
        LogLine { at: 0, stage: stage.into(), attempt: 1, stream: "stderr".into(), line }
    }

    /// A program that says very much does not keep others from being heard, and its last words are kept.
    #[test]
    fn the_oldest_lines_of_the_loudest_give_way() {
        let mut lines = Lines::default();
        lines.push("r", line("quiet", "before".into()));
        for n in 0..LINES_MAX + 100 {
            lines.push("r", line("loud", n.to_string()));
        }
        lines.push("r", line("quiet", "after".into()));
        let told = lines.in_order();
        let loud: Vec<&str> =
            told.iter().filter(|(_, line)| line.stage == "loud").map(|(_, line)| line.line.as_str()).collect();
        assert_eq!(loud[0], "102 lines of output were dropped here: they came faster than they could be written");
        assert_eq!((loud[1], loud.last().copied()), ("102", Some((LINES_MAX + 99).to_string().as_str())));
        let quiet: Vec<&str> =
            told.iter().filter(|(_, line)| line.stage == "quiet").map(|(_, line)| line.line.as_str()).collect();
        assert_eq!(quiet, ["before", "after"]);
        assert_eq!(told.len(), LINES_MAX + 1);
        assert_eq!(told[0].1.line, "before");
    }

    #[test]
    fn bytes_are_bounded_too() {
        let mut lines = Lines::default();
        for n in 0..40 {
            lines.push("r", line("loud", format!("{n}{}", "x".repeat(1 << 20))));
        }
        let told = lines.in_order();
        assert!(told.iter().map(|(_, line)| line.line.len()).sum::<usize>() <= BYTES_MAX + 100);
        assert!(told.last().is_some_and(|(_, line)| line.line.starts_with("39")));
    }
}

//! Maps of many items: counted while they are under way, and told as one; of what goes wrong in them the first is named.

use std::collections::BTreeMap;

use crate::cli::render::model::How;
use crate::cli::words::{count, grouped_count};

/// A map of more items is told as one.
const ITEMS_NAMED: u64 = 20;

/// Failures, and attempts that failed, that are named for each of them.
const TROUBLE_NAMED: u64 = 10;

/// The items of a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// All of them.
    pub items: u64,
    /// Those that have begun: they begin in order.
    pub begun: u64,
    /// Those that failed.
    pub failed: u64,
    /// Failures inside, of which the first are named.
    failures: u64,
    /// The same of attempts that were followed by another.
    retries: u64,
}

/// Whether something that went wrong is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// It is.
    Named,
    /// It is the first that is not.
    First,
    /// It is counted.
    Counted,
}

impl Tally {
    /// Whether it is told as one.
    pub fn is_crowd(&self) -> bool {
        self.items > ITEMS_NAMED
    }

    /// Items of which nothing was heard.
    pub fn untouched(&self) -> u64 {
        self.items.saturating_sub(self.begun)
    }

    /// `5_000 items, 3 failed`.
    pub fn told(&self) -> String {
        let items = count(self.items, "item", "items");
        let parts = [(self.failed, "failed"), (self.untouched(), "not started")];
        let parts = parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!(", {} {word}", grouped_count(*n)));
        format!("{items}{}", parts.collect::<String>())
    }

    /// `1_200 of 5_000 done, 3 failed`, where so many are under way.
    pub fn progress(&self, under_way: u64) -> String {
        let done = self.begun.saturating_sub(under_way);
        let failed = if self.failed > 0 { format!(", {} failed", grouped_count(self.failed)) } else { String::new() };
        format!("{} of {} done{failed}", grouped_count(done), grouped_count(self.items))
    }

    /// Whether the failure that was told last is named.
    pub fn names_failure(&self) -> Naming {
        naming(self.failures)
    }

    /// Whether the attempt that failed last is named.
    pub fn names_retry(&self) -> Naming {
        naming(self.retries)
    }
}

fn naming(so_many: u64) -> Naming {
    match so_many {
        0..=TROUBLE_NAMED => Naming::Named,
        n if n == TROUBLE_NAMED + 1 => Naming::First,
        _ => Naming::Counted,
    }
}

/// The maps under way, by path.
#[derive(Debug, Default)]
pub struct Tallies(BTreeMap<String, Tally>);

impl Tallies {
    /// An item of a map of so many is ready.
    pub fn item_ready(&mut self, path: &str, items: u64) {
        if let Some((map, item)) = item_of(path) {
            let tally = self.0.entry(map.to_owned()).or_default();
            (tally.items, tally.begun) = (items, tally.begun.max(item + 1));
        }
    }

    /// A stage, item or round ended; `holds` others that are told by themselves.
    pub fn ended(&mut self, path: &str, how: &How, holds: bool) -> Option<Tally> {
        let failed = matches!(how, How::Failed { .. });
        if let Some(tally) = item_of(path).and_then(|(map, _)| self.0.get_mut(map)) {
            tally.failed += u64::from(failed);
        }
        if failed
            && !holds
            && let Some(tally) = self.crowd_mut(path)
        {
            tally.failures += 1;
        }
        self.0.remove(path)
    }

    /// An attempt failed and is followed by another.
    pub fn retried(&mut self, path: &str) {
        if let Some(tally) = self.crowd_mut(path) {
            tally.retries += 1;
        }
    }

    /// The outermost map that holds a path and is told as one.
    pub fn crowd(&self, path: &str) -> Option<(&str, &Tally)> {
        let map = self.crowd_path(path)?;
        self.0.get_key_value(map).map(|(map, tally)| (map.as_str(), tally))
    }

    /// All that are told as one and are in no other.
    pub fn crowds(&self) -> impl Iterator<Item = (&str, &Tally)> {
        let all = self.0.iter().map(|(map, tally)| (map.as_str(), tally));
        all.filter(|(map, tally)| tally.is_crowd() && self.crowd_path(map).is_none())
    }

    /// Items of which nothing was heard, in all maps under way.
    pub fn untouched(&self) -> u64 {
        self.0.values().map(Tally::untouched).sum()
    }

    fn crowd_path<'p>(&self, path: &'p str) -> Option<&'p str> {
        let maps = path.match_indices('[').map(|(at, _)| &path[..at]);
        maps.into_iter().find(|map| self.0.get(*map).is_some_and(Tally::is_crowd))
    }

    fn crowd_mut(&mut self, path: &str) -> Option<&mut Tally> {
        let map = self.crowd_path(path)?;
        self.0.get_mut(map)
    }
}

/// The map and the number of `a.b[3]`.
pub fn item_of(path: &str) -> Option<(&str, u64)> {
    let (map, item) = path.strip_suffix(']')?.rsplit_once('[')?;
    Some((map, item.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::Usage;

    #[test]
    fn items_are_counted_as_they_begin_and_end() {
        let mut tallies = Tallies::default();
        tallies.item_ready("a[0]", 5_000);
        tallies.item_ready("a[1199]", 5_000);
        tallies.item_ready("a[3].b[0]", 2);
        assert_eq!(tallies.crowd("a[3].b[0]#2").map(|(map, _)| map), Some("a"));
        assert_eq!(
            tallies.crowds().map(|(map, tally)| (map, tally.progress(200))).collect::<Vec<_>>(),
            [("a", "1_000 of 5_000 done".to_owned())]
        );
        assert_eq!(tallies.untouched(), 3_801);
        tallies.ended("a[0]", &How::Succeeded(Usage::default()), false);
        let tally = tallies.ended("a", &How::Kept, true).expect("it was counted");
        assert_eq!(tally.told(), "5_000 items, 3_800 not started");
        assert_eq!(tallies.untouched(), 1);
    }

    #[test]
    fn paths_of_items_have_a_number() {
        assert_eq!(item_of("a.b[3]"), Some(("a.b", 3)));
        assert_eq!((item_of("a[3].b"), item_of("a[3]#2")), (None, None));
    }
}

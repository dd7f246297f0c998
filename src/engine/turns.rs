//! Entries in the order of their turns.
//!
//! Most come in that order: of stages that are ready together the first in the file is queued first. So a list takes them, which
//! costs the same however long it is; only those that come out of order go to a heap, whose every access is far from the last.

use std::collections::{BinaryHeap, VecDeque};

use crate::engine::limits::Entry;

/// Those who wait for something, the next one first.
#[derive(Debug, Clone, Default)]
pub struct Turns {
    /// Those that came in order.
    in_order: VecDeque<Entry>,
    others: BinaryHeap<Entry>,
}

impl Turns {
    /// Adds one that waits.
    pub fn push(&mut self, entry: Entry) {
        match self.in_order.back() {
            Some(last) if *last < entry => self.others.push(entry),
            _ => self.in_order.push_back(entry),
        }
    }

    /// Takes out the one whose turn it is.
    pub fn pop(&mut self) -> Option<Entry> {
        match (self.in_order.front(), self.others.peek()) {
            (Some(first), Some(other)) if first < other => self.others.pop(),
            (Some(_), _) => self.in_order.pop_front(),
            (None, _) => self.others.pop(),
        }
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.in_order.is_empty() && self.others.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::limits::Startable;

    fn entry(priority: i64, stage: u32) -> Entry {
        Entry {
            priority,
            height: 0,
            instance: 0,
            stage,
            item: 0,
            what: Startable::Call(stage),
            stamp: u64::from(stage),
        }
    }

    /// Whatever the order in which they come and go: the next one is always the greatest of all.
    #[test]
    fn the_greatest_comes_first() {
        let (mut turns, mut all) = (Turns::default(), BinaryHeap::new());
        // A sequence that is the same in each run, and in no order.
        let mut number: u32 = 1;
        for round in 0..2_000 {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if round % 5 < 3 {
                let entry = entry(i64::from(number >> 30), if round % 2 == 0 { round } else { number >> 16 });
                turns.push(entry);
                all.push(entry);
            } else {
                assert_eq!(turns.pop(), all.pop());
            }
        }
        while let Some(entry) = all.pop() {
            assert_eq!(turns.pop(), Some(entry));
        }
        assert!(turns.is_empty() && turns.pop().is_none());
    }

    #[test]
    fn what_comes_in_order_is_a_list() {
        let mut turns = Turns::default();
        (0..10).for_each(|stage| turns.push(entry(0, stage)));
        assert!(turns.others.is_empty());
        turns.push(entry(1, 10));
        assert_eq!((turns.others.len(), turns.pop().map(|entry| entry.stage)), (1, Some(10)));
    }
}

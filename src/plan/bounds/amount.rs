//! How much something is at most: a number, a formula in the sizes of lists that nobody knows yet, or without end.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::base::span::Span;

/// A formula of more terms says nothing to anybody.
const TERMS_MAX: usize = 16;

/// Why something has no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause {
    /// What makes it endless.
    pub span: Span,
    /// In a few words.
    pub why: &'static str,
}

/// What something comes to at most, in whatever unit. All operations give upper bounds; numbers that pass `i64` stay at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Amount {
    /// A sum of products: the sizes (positions in [`Bounds::sizes`](super::Bounds), ascending, one as often as it is multiplied) and
    /// by how much. The product of no sizes is the number.
    Sum(BTreeMap<Vec<u32>, i64>),
    /// It has no end.
    Endless(Cause),
}

impl Default for Amount {
    fn default() -> Self {
        Self::NOTHING
    }
}

impl From<i64> for Amount {
    fn from(number: i64) -> Self {
        match number {
            0 => Self::NOTHING,
            number => Self::Sum(BTreeMap::from([(Vec::new(), number)])),
        }
    }
}

impl Amount {
    /// Nothing.
    pub const NOTHING: Self = Self::Sum(BTreeMap::new());

    /// The number, if it is one.
    pub fn number(&self) -> Option<i64> {
        match self {
            Self::Sum(terms) if terms.is_empty() => Some(0),
            Self::Sum(terms) if terms.len() == 1 => terms.get(&Vec::new()).copied(),
            _ => None,
        }
    }

    /// Whether it is nothing at all.
    pub fn is_nothing(&self) -> bool {
        self.number() == Some(0)
    }

    /// Both happen.
    pub fn and(self, other: &Self, at: Span) -> Self {
        self.merge(other, i64::saturating_add, at)
    }

    /// One of them happens: each term at its largest.
    pub fn or(self, other: &Self, at: Span) -> Self {
        self.merge(other, i64::max, at)
    }

    /// So often.
    pub fn times(self, count: i64) -> Self {
        self.each(|terms| terms.into_iter().map(|(sizes, by)| (sizes, by.saturating_mul(count))).collect())
    }

    /// As often as a list is long. Nothing stays nothing.
    pub fn times_size(self, size: u32) -> Self {
        let more = |mut sizes: Vec<u32>| {
            let at = sizes.partition_point(|one| *one <= size);
            sizes.insert(at, size);
            sizes
        };
        self.each(|terms| terms.into_iter().map(|(sizes, by)| (more(sizes), by)).collect())
    }

    /// In so many lanes at once: each term divided, rounded up.
    pub fn over(self, lanes: i64) -> Self {
        let lanes = lanes.max(1);
        let share = |by: i64| by / lanes + i64::from(by % lanes > 0);
        self.each(|terms| terms.into_iter().map(|(sizes, by)| (sizes, share(by))).collect())
    }

    /// Something ends it there at the latest.
    pub fn within(self, limit: Option<i64>) -> Self {
        match (limit, self.number()) {
            (None, _) => self,
            (Some(limit), Some(number)) => Self::from(number.min(limit)),
            (Some(limit), None) => Self::from(limit),
        }
    }

    /// Something ends it there at the latest, and what has to follow such an end takes `late` more.
    pub fn cut(self, limit: Option<i64>, late: &Self, at: Span) -> Self {
        let Some(limit) = limit else { return self };
        let limited = Self::from(limit).and(late, at);
        match (self.number(), limited.number()) {
            (Some(number), Some(limited)) => Self::from(number.min(limited)),
            (Some(_), None) => self,
            (None, _) => limited,
        }
    }

    fn each(self, change: impl FnOnce(BTreeMap<Vec<u32>, i64>) -> BTreeMap<Vec<u32>, i64>) -> Self {
        match self {
            Self::Sum(terms) => {
                let mut terms = change(terms);
                terms.retain(|_, by| *by != 0);
                Self::Sum(terms)
            }
            endless @ Self::Endless(_) => endless,
        }
    }

    fn merge(self, other: &Self, one: fn(i64, i64) -> i64, at: Span) -> Self {
        let (mut terms, others) = match (self, other) {
            (Self::Sum(terms), Self::Sum(others)) => (terms, others),
            (endless @ Self::Endless(_), _) => return endless,
            (_, Self::Endless(cause)) => return Self::Endless(*cause),
        };
        for (sizes, by) in others {
            match terms.entry(sizes.clone()) {
                Entry::Vacant(place) => drop(place.insert(*by)),
                Entry::Occupied(mut place) => {
                    let both = one(*place.get(), *by);
                    place.insert(both);
                }
            }
        }
        match terms.len() > TERMS_MAX {
            true => Self::Endless(Cause { span: at, why: "it depends on the sizes of too many lists for a formula" }),
            false => Self::Sum(terms),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::span::FileId;

    fn at() -> Span {
        Span::new(FileId(0), 0, 0)
    }

    fn items(by: i64) -> Amount {
        Amount::from(by).times_size(0)
    }

    #[test]
    fn what_may_happen_is_never_more_than_the_bound() {
        let either = items(3).or(&Amount::from(7).and(&items(1), at()), at());
        assert_eq!(either, items(3).and(&Amount::from(7), at()));
        assert_eq!(either.clone().times(2), items(6).and(&Amount::from(14), at()));
        assert_eq!(either.over(2), items(2).and(&Amount::from(4), at()));
    }

    #[test]
    fn a_limit_ends_what_has_no_end() {
        let endless = Amount::Endless(Cause { span: at(), why: "nobody knows" });
        assert_eq!(endless.clone().within(Some(5)), Amount::from(5));
        assert_eq!((items(1).within(Some(5)), Amount::from(3).within(Some(5))), (Amount::from(5), Amount::from(3)));
        assert_eq!(endless.clone().times(0), endless);
    }

    #[test]
    fn what_has_to_follow_is_not_cut() {
        let (endless, late) = (Amount::Endless(Cause { span: at(), why: "nobody knows" }), Amount::from(3));
        let cut = |amount: Amount| amount.cut(Some(5), &late, at());
        assert_eq!((cut(endless.clone()), cut(items(1))), (Amount::from(8), Amount::from(8)));
        assert_eq!((cut(Amount::from(9)), cut(Amount::from(7))), (Amount::from(8), Amount::from(7)));
        assert_eq!(Amount::from(7).cut(Some(5), &endless, at()), Amount::from(7));
        assert_eq!(items(1).cut(None, &late, at()), items(1));
    }

    #[test]
    fn nothing_stays_nothing_and_numbers_stay_at_their_end() {
        assert!(Amount::NOTHING.times_size(3).times(9).is_nothing());
        assert_eq!(Amount::from(i64::MAX).and(&Amount::from(1), at()).number(), Some(i64::MAX));
        assert_eq!((items(1).number(), Amount::NOTHING.number()), (None, Some(0)));
    }

    #[test]
    fn a_formula_has_an_end_itself() {
        let sum = (0..=16).fold(Amount::NOTHING, |sum, size| sum.and(&Amount::from(1).times_size(size), at()));
        assert!(matches!(sum, Amount::Endless(_)));
    }
}

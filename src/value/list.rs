//! Lists. One either has its elements at hand, or keeps some of them on a shelf and reads each when it is looked at.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::value::Value;
use crate::value::shelf::{Shelf, Slot};

/// A list of values. Cheap to clone.
#[derive(Clone)]
pub struct List(Kept);

#[derive(Clone)]
enum Kept {
    Here(Arc<Vec<Value>>),
    Aside(Arc<Aside>),
}

struct Aside {
    slots: Vec<Slot>,
    shelf: Arc<Shelf>,
}

impl List {
    /// A list of what stands in the slots. Those that are laid aside lie on this shelf; without one there are none.
    pub fn of_slots(slots: Vec<Slot>, shelf: Option<&Arc<Shelf>>) -> Self {
        match shelf {
            Some(shelf) if slots.iter().any(Slot::is_aside) => {
                Self(Kept::Aside(Arc::new(Aside { slots, shelf: shelf.clone() })))
            }
            // In the place of the slots: nothing is moved.
            _ => slots.into_iter().map(Slot::into_here).collect(),
        }
    }

    /// How many elements it has.
    pub fn len(&self) -> usize {
        match &self.0 {
            Kept::Here(items) => items.len(),
            Kept::Aside(aside) => aside.slots.len(),
        }
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The element at this place.
    pub fn get(&self, index: usize) -> Option<Cow<'_, Value>> {
        match &self.0 {
            Kept::Here(items) => items.get(index).map(Cow::Borrowed),
            Kept::Aside(aside) => aside.slots.get(index).map(|slot| aside.shelf.look(slot)),
        }
    }

    /// The element at this place, where it stays laid aside if it is.
    pub fn slot(&self, index: usize) -> Option<Slot> {
        match &self.0 {
            Kept::Here(items) => items.get(index).cloned().map(Slot::Here),
            Kept::Aside(aside) => aside.slots.get(index).cloned(),
        }
    }

    /// The first element.
    pub fn first(&self) -> Option<Cow<'_, Value>> {
        self.get(0)
    }

    /// The last element.
    pub fn last(&self) -> Option<Cow<'_, Value>> {
        self.get(self.len().checked_sub(1)?)
    }

    /// The elements in order, each read when its turn comes.
    pub fn iter(&self) -> Iter<'_> {
        self.iter_between(0, self.len())
    }

    /// The elements from one place up to another.
    pub fn iter_between(&self, from: usize, to: usize) -> Iter<'_> {
        let to = to.min(self.len());
        let from = from.min(to);
        match &self.0 {
            Kept::Here(items) => Iter::Here(items[from..to].iter()),
            Kept::Aside(aside) => Iter::Aside(aside.slots[from..to].iter(), &aside.shelf),
        }
    }

    /// A list of the elements at these places; what is laid aside is not read for it. A place that is none counts as `null`.
    pub fn pick(&self, places: impl Iterator<Item = usize>) -> Self {
        match &self.0 {
            Kept::Here(items) => places.map(|at| items.get(at).cloned().unwrap_or(Value::Null)).collect(),
            Kept::Aside(aside) => {
                let slots = places.map(|at| aside.slots.get(at).cloned().unwrap_or_default());
                Self::of_slots(slots.collect(), Some(&aside.shelf))
            }
        }
    }

    /// Whether both are the same list, not only equal.
    pub fn is_same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Kept::Here(a), Kept::Here(b)) => Arc::ptr_eq(a, b),
            (Kept::Aside(a), Kept::Aside(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// The elements, where all are at hand.
    pub fn here(&self) -> Option<&[Value]> {
        match &self.0 {
            Kept::Here(items) => Some(items),
            Kept::Aside(_) => None,
        }
    }

    /// Why elements of it could not be read, if one could not. Such an element counts as `null`, and nothing that was made of it
    /// may leave the process.
    pub fn failure(&self) -> Option<&str> {
        match &self.0 {
            Kept::Here(_) => None,
            Kept::Aside(aside) => aside.shelf.failure(),
        }
    }
}

impl Default for List {
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl From<Vec<Value>> for List {
    fn from(items: Vec<Value>) -> Self {
        Self(Kept::Here(Arc::new(items)))
    }
}

impl FromIterator<Value> for List {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Self {
        Self::from(items.into_iter().collect::<Vec<_>>())
    }
}

impl PartialEq for List {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Kept::Here(a), Kept::Here(b)) => a == b,
            _ => self.is_same(other) || (self.len() == other.len() && self.iter().eq(other.iter())),
        }
    }
}

impl fmt::Debug for List {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_list().entries(self).finish()
    }
}

impl<'a> IntoIterator for &'a List {
    type Item = Cow<'a, Value>;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// The elements of a list.
#[derive(Debug, Clone)]
pub enum Iter<'a> {
    /// All are at hand.
    Here(std::slice::Iter<'a, Value>),
    /// Some have to be read.
    Aside(std::slice::Iter<'a, Slot>, &'a Shelf),
}

impl<'a> Iterator for Iter<'a> {
    type Item = Cow<'a, Value>;

    fn next(&mut self) -> Option<Cow<'a, Value>> {
        match self {
            Self::Here(items) => items.next().map(Cow::Borrowed),
            Self::Aside(slots, shelf) => slots.next().map(|slot| shelf.look(slot)),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Here(items) => items.size_hint(),
            Self::Aside(slots, _) => slots.size_hint(),
        }
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        match self {
            Self::Here(items) => items.next_back().map(Cow::Borrowed),
            Self::Aside(slots, shelf) => slots.next_back().map(|slot| shelf.look(slot)),
        }
    }
}

impl ExactSizeIterator for Iter<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::shelf::tests::{Paper, shelf};

    fn texts() -> Vec<Value> {
        (0..5).map(|n| Value::text(n.to_string().repeat(100))).collect()
    }

    fn laid(room: Paper) -> List {
        let shelf = shelf(room);
        let slots = texts().into_iter().map(|text| shelf.lay(text)).collect();
        List::of_slots(slots, Some(&shelf))
    }

    #[test]
    fn a_list_is_the_same_wherever_its_elements_are() {
        let (here, aside) = (List::from(texts()), laid(Paper::default()));
        assert!(aside.here().is_none());
        assert_eq!(here, aside);
        assert_eq!(format!("{here:?}"), format!("{aside:?}"));
        assert_eq!(aside.iter().rev().map(Cow::into_owned).collect::<List>(), here.pick((0..5).rev()));
        assert_eq!(aside.pick([1, 3].into_iter()), here.pick([1, 3].into_iter()));
        assert_eq!((aside.first(), aside.last(), aside.get(5)), (here.first(), here.last(), None));
        let json = |list: &List| serde_json::to_string(&Value::List(list.clone())).expect("values serialise");
        assert_eq!(json(&here), json(&aside));
    }

    #[test]
    fn what_cannot_be_read_is_never_written() {
        let list = laid(Paper { unreadable: true, ..Paper::default() });
        assert_eq!(list.failure(), None);
        assert!(serde_json::to_string(&Value::List(list.clone())).is_err());
        assert_eq!(list.failure(), Some("the paper is torn"));
        assert!(serde_json::to_string(&crate::value::json::Plain(Value::List(list))).is_err());
    }

    #[test]
    fn what_cannot_be_laid_aside_stays() {
        let list = laid(Paper { full: true, ..Paper::default() });
        assert_eq!(list.here(), Some(&*texts()));
    }

    #[test]
    fn a_slot_takes_no_more_room_than_a_value() {
        assert_eq!(size_of::<Value>(), 24);
        assert_eq!(size_of::<Slot>(), size_of::<Value>());
    }
}

//! Where values lie that are not held in memory: as bytes, in a room that somebody else keeps.
//!
//! Nothing here is durable or recorded: what is on a shelf is what somebody could make again. Whether and when a value is laid
//! aside changes nothing that anybody can see but the memory that it takes.

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use crate::value::Value;

/// A value, or where it lies on the shelf that gave this.
#[derive(Debug, Clone)]
pub enum Slot {
    /// It is at hand.
    Here(Value),
    /// It has to be read.
    Aside(Place),
}

/// Where a value lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    at: u64,
    bytes: u32,
}

impl Slot {
    /// Whether it has to be read.
    pub fn is_aside(&self) -> bool {
        matches!(self, Self::Aside(_))
    }

    /// The value of a slot that no shelf gave.
    pub(super) fn into_here(self) -> Value {
        match self {
            Self::Here(value) => value,
            Self::Aside(_) => Value::Null,
        }
    }
}

impl Default for Slot {
    fn default() -> Self {
        Self::Here(Value::Null)
    }
}

/// Room for bytes: what is written stays where it is, and is read back as it was.
pub trait Room: Send + Sync + fmt::Debug {
    /// Writes bytes; gives where they begin.
    ///
    /// # Errors
    /// There is no room.
    fn write(&self, bytes: &[u8]) -> std::io::Result<u64>;

    /// Reads bytes that were written there.
    ///
    /// # Errors
    /// They cannot be had.
    fn read(&self, at: u64, bytes: usize) -> std::io::Result<Vec<u8>>;
}

/// Values in a [`Room`].
#[derive(Debug)]
pub struct Shelf {
    room: Box<dyn Room>,
    bounds: Bounds,
    /// Bytes of the values that were handed over and stayed in memory. It never falls: so it bounds what all of them take together.
    held: AtomicUsize,
    /// Who keeps a value twice hands it over twice: it lies there once.
    latest: Mutex<Option<(Value, Slot)>>,
    failure: OnceLock<String>,
}

/// Which values are laid aside.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The first values stay in memory as long as they take fewer bytes than this.
    pub held: usize,
    /// One of fewer bytes always does.
    pub least: usize,
}

/// Results of 16 MiB stay in memory. One that is hardly larger than its slot is not worth a read.
impl Default for Bounds {
    fn default() -> Self {
        Self { held: 16 << 20, least: 64 }
    }
}

impl Shelf {
    /// A shelf in this room.
    pub fn new(room: Box<dyn Room>, bounds: Bounds) -> Arc<Self> {
        let (held, latest, failure) = Default::default();
        Arc::new(Self { room, bounds, held, latest, failure })
    }

    /// Takes a value over: it is laid aside, or it stays in memory because it is small, because there is still room for it, or
    /// because it cannot be written.
    pub fn lay(&self, value: Value) -> Slot {
        let weight = weight(&value);
        if weight < self.bounds.least {
            return Slot::Here(value);
        }
        let mut latest = self.latest.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((_, slot)) = latest.as_ref().filter(|(before, _)| is_same(before, &value)) {
            return slot.clone();
        }
        let held = self.held.load(Ordering::Relaxed).saturating_add(weight);
        let slot = if held < self.bounds.held {
            self.held.store(held, Ordering::Relaxed);
            Slot::Here(value.clone())
        } else {
            self.write(&value).map_or_else(|| Slot::Here(value.clone()), Slot::Aside)
        };
        *latest = Some((value, slot.clone()));
        slot
    }

    fn write(&self, value: &Value) -> Option<Place> {
        if holds_aside(value) {
            return None;
        }
        let text = serde_json::to_vec(value).ok()?;
        let bytes = u32::try_from(text.len()).ok()?;
        let at = self.room.write(&text).ok()?;
        Some(Place { at, bytes })
    }

    /// The value of a slot. One that cannot be read is `null`, and [`failure`](Self::failure) says so from then on.
    pub fn look<'a>(&self, slot: &'a Slot) -> Cow<'a, Value> {
        match slot {
            Slot::Here(value) => Cow::Borrowed(value),
            Slot::Aside(place) => Cow::Owned(self.read(*place)),
        }
    }

    fn read(&self, place: Place) -> Value {
        let read = self.room.read(place.at, place.bytes as usize).map_err(|error| error.to_string());
        let value = read.and_then(|text| serde_json::from_slice(&text).map_err(|error| error.to_string()));
        value.unwrap_or_else(|why| {
            self.failure.get_or_init(|| why);
            Value::Null
        })
    }

    /// Why a value could not be read, if one could not: then whatever was computed since is worth nothing.
    pub fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }
}

/// About how many bytes a value takes besides its slot.
fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::File(file) => 64 + file.name.len() + file.hash.len(),
        Value::List(list) => {
            let items = list.here().unwrap_or_default();
            40 + items.iter().map(|item| size_of::<Value>() + weight(item)).sum::<usize>()
        }
        Value::Record(fields) => 96 + fields.values().map(|field| 64 + weight(field)).sum::<usize>(),
        _ => 0,
    }
}

/// Whether something in it lies on a shelf already: what is left of it is small, and reading it would bring all of it back.
fn holds_aside(value: &Value) -> bool {
    match value {
        Value::List(list) => list.here().is_none_or(|items| items.iter().any(holds_aside)),
        Value::Record(fields) => fields.values().any(holds_aside),
        _ => false,
    }
}

/// Whether both are one value in memory, and not only equal.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => Arc::ptr_eq(a, b),
        (Value::File(a), Value::File(b)) => Arc::ptr_eq(a, b),
        (Value::List(a), Value::List(b)) => a.is_same(b),
        (Value::Record(a), Value::Record(b)) => Arc::ptr_eq(a, b),
        _ => false,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io;

    use super::*;

    /// A room of paper.
    #[derive(Debug, Default)]
    pub(crate) struct Paper {
        pub written: Mutex<Vec<u8>>,
        /// Nothing more can be written.
        pub full: bool,
        /// Nothing can be read.
        pub unreadable: bool,
    }

    impl Room for Paper {
        fn write(&self, bytes: &[u8]) -> io::Result<u64> {
            if self.full {
                return Err(io::ErrorKind::StorageFull.into());
            }
            let mut written = self.written.lock().unwrap();
            let at = written.len();
            written.extend_from_slice(bytes);
            Ok(at as u64)
        }

        fn read(&self, at: u64, bytes: usize) -> io::Result<Vec<u8>> {
            if self.unreadable {
                return Err(io::Error::other("the paper is torn"));
            }
            let at = usize::try_from(at).unwrap();
            Ok(self.written.lock().unwrap()[at..at + bytes].to_vec())
        }
    }

    /// A shelf on which everything is laid.
    pub(crate) fn shelf(room: Paper) -> Arc<Shelf> {
        Shelf::new(Box::new(room), Bounds { held: 0, least: 0 })
    }

    #[test]
    fn the_first_values_and_the_small_ones_stay_in_memory() {
        let shelf = Shelf::new(Box::<Paper>::default(), Bounds { held: 250, least: 10 });
        let text = |n: usize| Value::text("x".repeat(n));
        let aside = [text(100), text(100), text(9), text(100), Value::Int(3), text(60)];
        let aside = aside.map(|value| shelf.lay(value).is_aside());
        assert_eq!(aside, [false, false, false, true, false, true]);
    }

    #[test]
    fn a_value_that_is_handed_over_twice_lies_there_once() {
        let shelf = shelf(Paper::default());
        let text = Value::text("twice");
        let (Slot::Aside(first), Slot::Aside(second)) = (shelf.lay(text.clone()), shelf.lay(text)) else {
            panic!("everything is laid aside")
        };
        assert_eq!(first, second);
    }

    #[test]
    fn what_lies_aside_is_not_brought_back_to_be_laid_aside() {
        let shelf = shelf(Paper::default());
        let inner = crate::value::list::List::of_slots(vec![shelf.lay(Value::text("inner"))], Some(&shelf));
        let outer = Value::record([("inner", Value::List(inner))]);
        assert!(!shelf.lay(outer).is_aside());
    }
}

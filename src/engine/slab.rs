//! A table whose entries keep their number until they are removed. Numbers are reused: who keeps one for later keeps a stamp too.

/// A table with reusable numbers. The same calls give the same numbers.
#[derive(Debug, Clone)]
pub struct Slab<T> {
    entries: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slab<T> {
    /// Keeps `entry`; gives its number.
    pub fn insert(&mut self, entry: T) -> u32 {
        if let Some(number) = self.free.pop() {
            self.entries[number as usize] = Some(entry);
            return number;
        }
        self.entries.push(Some(entry));
        u32::try_from(self.entries.len() - 1).expect("what is under way at once fits 32 bits")
    }

    /// The entry of this number, if there is one.
    pub fn get(&self, number: u32) -> Option<&T> {
        self.entries.get(number as usize).and_then(Option::as_ref)
    }

    /// Takes the entry of this number out.
    pub fn remove(&mut self, number: u32) -> Option<T> {
        let entry = self.entries.get_mut(number as usize).and_then(Option::take);
        if entry.is_some() {
            self.free.push(number);
        }
        entry
    }

    /// All entries with their numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(&self.entries).filter_map(|(number, entry)| entry.as_ref().map(|entry| (number, entry)))
    }
}

impl<T> std::ops::Index<u32> for Slab<T> {
    type Output = T;

    fn index(&self, number: u32) -> &T {
        self.get(number).expect("a number that is held is in the table")
    }
}

impl<T> std::ops::IndexMut<u32> for Slab<T> {
    fn index_mut(&mut self, number: u32) -> &mut T {
        self.entries.get_mut(number as usize).and_then(Option::as_mut).expect("a number that is held is in the table")
    }
}

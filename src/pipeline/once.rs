//! Files as one compilation sees them: each is read once, so that all of it speaks of the same text whatever happens to the disk.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::base::profile::Profile;
use crate::base::unit::Price;
use crate::base::world::{ReadError, SourceLimits, World};

/// A world in which every file is read once.
pub struct Once<'a> {
    world: &'a dyn World,
    read: Mutex<BTreeMap<String, Result<Vec<u8>, ReadError>>>,
}

impl<'a> Once<'a> {
    /// Nothing has been read yet.
    pub fn new(world: &'a dyn World) -> Self {
        Self { world, read: Mutex::default() }
    }
}

impl World for Once<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.entry(path.to_owned()).or_insert_with(|| self.world.read(path)).clone()
    }

    fn limits(&self) -> SourceLimits {
        self.world.limits()
    }

    fn names(&self, folder: &str) -> Vec<String> {
        self.world.names(folder)
    }

    fn roles(&self) -> Option<Vec<String>> {
        self.world.roles()
    }

    fn kinds(&self) -> Vec<String> {
        self.world.kinds()
    }

    fn price(&self, model: &str) -> Option<Price> {
        self.world.price(model)
    }

    fn profile(&self) -> Option<&Profile> {
        self.world.profile()
    }

    fn shown(&self, path: &str) -> String {
        self.world.shown(path)
    }
}

/// The same for what programs include: together not more than a program may be, however often one file is included.
pub struct Included<'a> {
    world: &'a Once<'a>,
    bytes_left: Mutex<u64>,
}

impl<'a> Included<'a> {
    /// Nothing has been included yet.
    pub fn new(world: &'a Once<'a>) -> Self {
        Self { world, bytes_left: Mutex::new(world.limits().program()) }
    }
}

impl World for Included<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let bytes = self.world.read(path)?;
        let mut left = self.bytes_left.lock().unwrap_or_else(PoisonError::into_inner);
        match left.checked_sub(bytes.len() as u64) {
            Some(rest) => *left = rest,
            None => return Err(self.limits().too_much()),
        }
        Ok(bytes)
    }

    fn limits(&self) -> SourceLimits {
        self.world.limits()
    }

    fn names(&self, folder: &str) -> Vec<String> {
        self.world.names(folder)
    }

    fn roles(&self) -> Option<Vec<String>> {
        self.world.roles()
    }

    fn kinds(&self) -> Vec<String> {
        self.world.kinds()
    }

    fn price(&self, model: &str) -> Option<Price> {
        self.world.price(model)
    }

    fn profile(&self) -> Option<&Profile> {
        self.world.profile()
    }

    fn shown(&self, path: &str) -> String {
        self.world.shown(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A world that is written to all the time.
    #[derive(Default)]
    struct Changing(AtomicUsize);

    impl World for Changing {
        fn read(&self, _path: &str) -> Result<Vec<u8>, ReadError> {
            Ok(self.0.fetch_add(1, Ordering::Relaxed).to_string().into_bytes())
        }

        fn names(&self, _folder: &str) -> Vec<String> {
            Vec::new()
        }
    }

    #[test]
    fn a_file_that_changes_reads_the_same_all_through() {
        let changing = Changing::default();
        let once = Once::new(&changing);
        let included = Included::new(&once);
        let texts = [once.read("a"), included.read("a"), once.read("b"), once.read("a"), included.read("b")];
        assert_eq!(texts.map(Result::unwrap), [b"0", b"0", b"1", b"0", b"1"].map(|text| text.to_vec()));
    }

    #[test]
    fn what_is_included_has_an_end() {
        let world = crate::base::world::MemoryWorld::default().with("a", &"x".repeat(1 << 20));
        let once = Once::new(&world);
        let included = Included::new(&once);
        let read = (0..100).take_while(|_| included.read("a").is_ok()).count();
        assert_eq!((read, included.read("a")), (64, Err(ReadError::TooMuch { mib: 64 })));
    }
}

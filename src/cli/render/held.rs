//! Text that waits for its reader: the beginning in memory, what is more in a file without a name.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of text that are put away at once.
const PART: usize = 1024 * 1024;

/// Text in its order, without an end to how much of it there can be.
pub struct Held {
    /// The newest.
    text: String,
    /// Where the older parts are in the file: from where, how many bytes.
    parts: VecDeque<(u64, usize)>,
    file: Option<Arc<File>>,
    /// Where the file may be; nothing once it could not be written.
    folder: Option<PathBuf>,
}

/// A part of it, which is read when it is needed.
pub enum Part {
    /// From memory.
    Text(String),
    /// From the file.
    Kept(Arc<File>, u64, usize),
}

impl Part {
    /// The text.
    ///
    /// # Errors
    /// The disk has not kept it.
    pub fn read(self) -> io::Result<String> {
        let (file, from, bytes) = match self {
            Self::Text(text) => return Ok(text),
            Self::Kept(file, from, bytes) => (file, from, bytes),
        };
        let mut text = vec![0; bytes];
        file.read_exact_at(&mut text, from)?;
        String::from_utf8(text).map_err(io::Error::other)
    }
}

impl Held {
    /// Nothing yet. What does not fit into memory is kept in `folder`.
    pub fn new(folder: &Path) -> Self {
        Self { text: String::new(), parts: VecDeque::new(), file: None, folder: Some(folder.to_owned()) }
    }

    /// Takes more.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Bytes in memory.
    pub fn in_memory(&self) -> usize {
        self.text.len()
    }

    /// Puts away what is in memory if it is much. Where the disk does not take it, it stays.
    pub fn put_away(&mut self) {
        if self.text.len() >= PART && self.folder.is_some() && self.write().is_err() {
            self.folder = None;
        }
    }

    fn write(&mut self) -> io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let file = match &self.file {
            Some(file) => file.clone(),
            None => Arc::new(tempfile::tempfile_in(folder)?),
        };
        let end = self.parts.back().map_or(0, |(from, bytes)| from + *bytes as u64);
        file.write_all_at(self.text.as_bytes(), end)?;
        self.parts.push_back((end, self.text.len()));
        (self.file, self.text) = (Some(file), String::new());
        Ok(())
    }

    /// The oldest part; nothing when all is taken.
    pub fn take(&mut self) -> Option<Part> {
        if let Some((from, bytes)) = self.parts.pop_front() {
            // The file goes with the last of them: what comes begins a new one, and overwrites nothing that is still to be read.
            let file = if self.parts.is_empty() { self.file.take() } else { self.file.clone() };
            return file.map(|file| Part::Kept(file, from, bytes));
        }
        (!self.text.is_empty()).then(|| Part::Text(std::mem::take(&mut self.text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(held: &mut Held) -> String {
        std::iter::from_fn(|| held.take()).map(|part| part.read().unwrap()).collect()
    }

    #[test]
    fn all_of_it_comes_back_in_its_order_and_little_is_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let (mut held, mut expected) = (Held::new(folder.path()), String::new());
        for round in 0..3 {
            for number in 0..60_000 {
                let line = format!("{round} {number} {}\n", "é".repeat(20));
                held.push(&line);
                held.put_away();
                expected.push_str(&line);
            }
            assert!(held.in_memory() < PART && held.parts.len() > 1);
            if round == 1 {
                assert_eq!(all(&mut held), std::mem::take(&mut expected));
            }
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
        assert_eq!(all(&mut held), expected);
    }

    #[test]
    fn what_comes_overwrites_nothing_that_is_still_to_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let mut held = Held::new(folder.path());
        let [first, second] = ["1", "2"].map(|digit| digit.repeat(PART));
        held.push(&first);
        held.put_away();
        let taken = held.take().unwrap();
        held.push(&second);
        held.put_away();
        assert!(taken.read().unwrap() == first, "the first part is no longer what it was");
        assert!(all(&mut held) == second);
    }

    #[test]
    fn where_the_disk_takes_nothing_it_stays_in_memory() {
        let mut held = Held::new(Path::new("/nowhere at all"));
        let text = "x".repeat(PART + 1);
        for _ in 0..2 {
            held.push(&text);
            held.put_away();
        }
        assert_eq!(all(&mut held), text.repeat(2));
    }
}

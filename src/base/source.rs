//! The sources of one compilation, each with an index of its lines.

use crate::base::span::{FileId, Span};

/// All files that a compilation has read, in the order in which they were met.
#[derive(Debug, Default, Clone)]
pub struct Sources {
    files: Vec<Source>,
}

/// One file as it was read.
#[derive(Debug, Clone)]
pub struct Source {
    /// The path as it is shown to people: relative to where the user stands, or `std/…`.
    pub path: String,
    /// The text, a byte-order mark removed.
    pub text: String,
    line_starts: Vec<u32>,
}

/// A place as people count it: both from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl Sources {
    /// Adds a file and gives its id.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<String>) -> FileId {
        let id = FileId::new(self.files.len());
        self.files.push(Source::new(path.into(), text.into()));
        id
    }

    /// The file of an id.
    pub fn get(&self, id: FileId) -> &Source {
        &self.files[id.index()]
    }

    /// All files with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        self.files.iter().enumerate().map(|(index, source)| (FileId::new(index), source))
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The text under a span.
    pub fn text(&self, span: Span) -> &str {
        &self.get(span.file).text[span.range()]
    }
}

impl Source {
    /// Indexes the lines of `text`: `\n`, `\r\n` and a lone `\r` each end one.
    pub fn new(path: String, text: String) -> Self {
        let bytes = text.as_bytes();
        let mut line_starts = vec![0];
        for (at, &byte) in bytes.iter().enumerate() {
            let ends = byte == b'\n' || (byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
            if ends {
                line_starts.push(u32::try_from(at + 1).expect("sources are limited to 1 GiB"));
            }
        }
        Self { path, text, line_starts }
    }

    /// The place of a byte offset; an offset past the end is the end.
    pub fn place(&self, offset: u32) -> Place {
        let offset = (offset as usize).min(self.text.len());
        let line = self.line_starts.partition_point(|&start| start as usize <= offset) - 1;
        let before = &self.text[self.line_starts[line] as usize..offset];
        Place { line: count(line), column: count(before.chars().count()) }
    }

    /// How many lines there are, at least 1.
    pub fn line_count(&self) -> u32 {
        count(self.line_starts.len() - 1)
    }

    /// The text of a line (from 1) without its end.
    pub fn line(&self, line: u32) -> &str {
        let range = self.line_range(line);
        self.text[range].trim_end_matches(['\n', '\r'])
    }

    /// The bytes of a line (from 1) with its end; empty past the last line.
    pub fn line_range(&self, line: u32) -> std::ops::Range<usize> {
        let index = (line.max(1) - 1) as usize;
        let start = self.line_starts.get(index).map_or(self.text.len(), |&s| s as usize);
        let end = self.line_starts.get(index + 1).map_or(self.text.len(), |&s| s as usize);
        start..end
    }
}

fn count(index: usize) -> u32 {
    u32::try_from(index + 1).expect("sources are limited to 1 GiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_and_every_kind_of_line_end() {
        let source = Source::new("a.wf".into(), "é1\r\nb\rc\n".into());
        assert_eq!(source.place(2), Place { line: 1, column: 2 });
        assert_eq!(source.place(5), Place { line: 2, column: 1 });
        assert_eq!(source.place(7), Place { line: 3, column: 1 });
        assert_eq!(source.place(99), Place { line: 4, column: 1 });
        assert_eq!((source.line(1), source.line(2), source.line(3)), ("é1", "b", "c"));
    }
}

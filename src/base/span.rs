//! A range of bytes in one source.

use serde::{Deserialize, Serialize};

crate::typed_id! {
    /// A source in [`Sources`](crate::base::source::Sources).
    FileId
}

/// A half-open range of bytes of one file. Always on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// Makes a span of `start..end`.
    pub fn new(file: FileId, start: u32, end: u32) -> Self {
        debug_assert!(start <= end, "a span ends after it starts");
        Self { file, start, end }
    }

    /// The empty span at the start of `file`: for what has no better place.
    pub fn start_of(file: FileId) -> Self {
        Self { file, start: 0, end: 0 }
    }

    /// The span from the start of this one to the end of `other` (of the same file).
    pub fn to(self, other: Span) -> Span {
        debug_assert_eq!(self.file, other.file, "spans of one file are joined");
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The empty span right after this one: where something is missing.
    pub fn after(self) -> Span {
        Span { start: self.end, ..self }
    }

    /// The range of bytes, for slicing.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

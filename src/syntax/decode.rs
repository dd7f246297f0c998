//! From bytes to text, or what the bytes look like instead.

use crate::base::span::{FileId, Span};
use crate::diag::{Code, Diagnostic};
use crate::syntax::foreign;

/// Bytes that are no source text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// What can be shown of it: the places of the diagnostic lie in this text.
    pub text: String,
    range: (u32, u32),
    message: String,
    label: &'static str,
    help: &'static str,
}

/// Turns the bytes of a file into text; a byte-order mark at the start is removed.
///
/// # Errors
/// [`Unreadable`] says what the bytes look like: another encoding, a binary file, a page, a pointer to a file.
pub fn decode(bytes: &[u8]) -> Result<String, Unreadable> {
    if let Some((what, help)) = look(bytes) {
        return Err(Unreadable::at(
            shown(bytes),
            0,
            0,
            format!("this looks like {what}, not like a `.wf` program"),
            help,
        ));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => match text.find('\0') {
            Some(at) => Err(nul(text, at)),
            None => match foreign::looks_like(text) {
                Some((what, help)) => {
                    let message = format!("this looks like {what}, not like a `.wf` program");
                    Err(Unreadable::at(shown(bytes), 0, 0, message, help))
                }
                None => Ok(text.to_owned()),
            },
        },
        Err(error) => Err(not_utf8(bytes, error.valid_up_to())),
    }
}

impl Unreadable {
    fn at(text: String, start: usize, len: usize, message: String, help: &'static str) -> Self {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { text, range: (offset(start), offset(start + len)), message, label: "not a program", help }
    }

    /// The problem, once the text has its place among the sources.
    pub fn diagnostic(&self, file: FileId) -> Diagnostic {
        let span = Span::new(file, self.range.0, self.range.1);
        Diagnostic::new(Code::WF0013, span, self.message.clone()).label(self.label).help(self.help)
    }
}

/// What the first bytes say about a file that is no program.
fn look(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    const SAVE: &str = "save it as UTF-8";
    const COPY: &str = "fetch the program itself instead of this file";
    let start = &bytes[..bytes.len().min(512)];
    let text = String::from_utf8_lossy(start).trim_start_matches('\u{FEFF}').trim_start().to_ascii_lowercase();
    if start.starts_with(b"\xFF\xFE\0\0") || start.starts_with(b"\0\0\xFE\xFF") || widest(start) {
        return Some(("UTF-32 text", SAVE));
    }
    if start.starts_with(b"\xFF\xFE") || start.starts_with(b"\xFE\xFF") || wide(start) {
        return Some(("UTF-16 text", SAVE));
    }
    if let Some((_, what)) = FORMATS.iter().find(|(mark, _)| start.starts_with(mark)) {
        return Some((what, COPY));
    }
    if text.starts_with("<!doctype html") || text.starts_with("<html") {
        return Some(("an HTML page", COPY));
    }
    if text.starts_with("version https://git-lfs.github.com/spec/") {
        return Some(("a Git LFS pointer", "run `git lfs pull` to fetch the file itself"));
    }
    None
}

/// How files of other formats begin.
const FORMATS: &[(&[u8], &str)] = &[
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1F\x8B", "a gzip archive"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xFF\xD8\xFF", "a JPEG image"),
    (b"\x7FELF", "a program for a machine"),
    (b"SQLite format 3\0", "a SQLite database"),
    (b"<?xml", "an XML document"),
];

/// Text in UTF-32 without a mark: of each four bytes three are zero.
fn widest(start: &[u8]) -> bool {
    let quads: Vec<&[u8]> = start.chunks_exact(4).take(8).collect();
    let all = |wanted: fn(&&[u8]) -> bool| quads.len() >= 2 && quads.iter().all(wanted);
    all(|quad| quad[0] != 0 && quad[1..] == [0; 3]) || all(|quad| quad[3] != 0 && quad[..3] == [0; 3])
}

/// Text in UTF-16 without a mark: every second byte is zero.
fn wide(start: &[u8]) -> bool {
    let zeros = |from: usize| start.iter().skip(from).step_by(2).take(16).filter(|byte| **byte == 0).count();
    let pairs = (start.len() / 2).min(16);
    pairs >= 2 && (zeros(0) == pairs && zeros(1) == 0 || zeros(1) == pairs && zeros(0) == 0)
}

/// The beginning of what cannot be read, escaped.
fn shown(bytes: &[u8]) -> String {
    bytes
        .iter()
        .take(80)
        .take_while(|byte| **byte != b'\n')
        .flat_map(|byte| byte.escape_ascii())
        .map(char::from)
        .collect()
}

fn nul(text: &str, at: usize) -> Unreadable {
    let message = format!("byte {at} is NUL: a program is text without control characters");
    let mut unreadable =
        Unreadable::at(text.replace('\0', "\u{2400}"), at, '\u{2400}'.len_utf8(), message, "remove it");
    unreadable.label = "a NUL byte";
    // Every NUL before this one would have been found first, so the place is that of the original.
    unreadable
}

fn not_utf8(bytes: &[u8], at: usize) -> Unreadable {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let message = format!("byte {at} (`{}`) is not valid UTF-8", bytes[at].escape_ascii());
    let mut unreadable =
        Unreadable::at(text, at, char::REPLACEMENT_CHARACTER.len_utf8(), message, "save the file as UTF-8");
    unreadable.label = "not UTF-8";
    unreadable
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(bytes: &[u8]) -> String {
        decode(bytes).expect_err("no text").diagnostic(FileId::new(0)).message
    }

    #[test]
    fn text_loses_its_mark_only() {
        assert_eq!(decode(b"\xEF\xBB\xBFtype A = int\r\n"), Ok("type A = int\r\n".into()));
        assert_eq!(decode(b""), Ok(String::new()));
        assert_eq!(decode(b"a"), Ok("a".into()));
    }

    #[test]
    fn what_is_no_text_is_named() {
        let wide: Vec<u8> = "type A = int".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(message(&wide), "this looks like UTF-16 text, not like a `.wf` program");
        assert_eq!(message(b"\xFE\xFF\0a"), "this looks like UTF-16 text, not like a `.wf` program");
        let widest: Vec<u8> = "type A = int".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        assert_eq!(message(&widest), "this looks like UTF-32 text, not like a `.wf` program");
        assert_eq!(message(b"\x89PNG\r\n\x1A\n\0"), "this looks like a PNG image, not like a `.wf` program");
        assert_eq!(message(b"<?xml version=\"1.0\"?>"), "this looks like an XML document, not like a `.wf` program");
        assert_eq!(message(b"%PDF-1.7\n"), "this looks like a PDF document, not like a `.wf` program");
        assert_eq!(message(b"\n<!DOCTYPE html>"), "this looks like an HTML page, not like a `.wf` program");
        assert_eq!(
            message(b"version https://git-lfs.github.com/spec/v1\noid sha256:0"),
            "this looks like a Git LFS pointer, not like a `.wf` program"
        );
    }

    #[test]
    fn the_first_bad_byte_is_pointed_at() {
        for bad in [&b"\xFF"[..], b"\xC0\xAF", b"\xED\xA0\x80", b"\xE2\x82"] {
            let bytes = [b"let a = \"", bad].concat();
            let unreadable = decode(&bytes).expect_err("no text");
            let span = unreadable.diagnostic(FileId::new(0)).primary.span;
            assert_eq!((span.start, unreadable.message.starts_with("byte 9 (")), (9, true));
            assert!(unreadable.text.is_char_boundary(span.end as usize));
        }
        assert_eq!(message(b"a\0b"), "byte 1 is NUL: a program is text without control characters");
    }
}

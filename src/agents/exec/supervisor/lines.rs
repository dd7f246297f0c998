//! From the bytes of an output to lines for `wfc`: cut, tagged, bounded, without secrets.

use crate::agent::secret::Redactor;
use crate::agents::exec::OUTPUT_BYTES_MAX;
use crate::agents::exec::job::Tag;

/// Bytes of one line; longer ones are cut in pieces.
const LINE_BYTES_MAX: usize = 16 << 10;

/// Cuts bytes into lines and puts the tag of the output before each.
pub struct Splitter {
    tag: Tag,
    redactor: Redactor,
    /// The line that has no end yet.
    rest: Vec<u8>,
}

impl Splitter {
    /// For the output with this tag.
    pub fn new(tag: Tag, redactor: Redactor) -> Self {
        Self { tag, redactor, rest: Vec::new() }
    }

    /// Adds bytes: whole lines go to `out`, each is shown to `each` without its tag.
    pub fn add(&mut self, bytes: &[u8], out: &mut Vec<u8>, mut each: impl FnMut(&[u8])) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n').flat_map(|part| part.chunks(LINE_BYTES_MAX)) {
            self.rest.extend(part);
            if part.ends_with(b"\n") {
                self.line(out, &mut each);
            } else if self.rest.len() >= LINE_BYTES_MAX {
                // A secret that has begun is not cut in two: neither half would be known for one.
                let begun = self.redactor.begun_at_end(&self.rest);
                let rest = self.rest.split_off(self.rest.len() - begun);
                self.line(out, &mut each);
                self.rest = rest;
            }
        }
    }

    /// The output is closed: what is left is a line.
    pub fn finish(&mut self, out: &mut Vec<u8>, mut each: impl FnMut(&[u8])) {
        if !self.rest.is_empty() {
            self.line(out, &mut each);
        }
    }

    fn line(&mut self, out: &mut Vec<u8>, each: &mut impl FnMut(&[u8])) {
        let line = self.rest.strip_suffix(b"\n").unwrap_or(&self.rest);
        let line = self.redactor.redact_bytes(line.strip_suffix(b"\r").unwrap_or(line));
        each(&line);
        out.push(self.tag.letter());
        out.extend(&*line);
        out.push(b'\n');
        self.rest.clear();
    }
}

/// What an output may still print.
pub struct Room {
    left: usize,
    over: bool,
}

impl Room {
    /// The whole of it.
    pub fn new() -> Self {
        Self { left: OUTPUT_BYTES_MAX, over: false }
    }

    /// Whether it printed more.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// As much of `bytes` as there is room for, and whether this is the first time that there is too little.
    pub fn take<'b>(&mut self, bytes: &'b [u8]) -> (&'b [u8], bool) {
        let fits = bytes.len().min(self.left);
        self.left -= fits;
        let first = fits < bytes.len() && !self.over;
        self.over |= first;
        (&bytes[..fits], first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_and_tagged() {
        let (mut splitter, mut out, mut seen) =
            (Splitter::new(Tag::Stderr, Redactor::default()), Vec::new(), Vec::new());
        for bytes in ["a", "b\r\n\nc", "d"] {
            splitter.add(bytes.as_bytes(), &mut out, |line| seen.push(line.to_vec()));
        }
        splitter.finish(&mut out, |line| seen.push(line.to_vec()));
        assert_eq!(String::from_utf8_lossy(&out), "Eab\nE\nEcd\n");
        assert_eq!(seen, [b"ab".to_vec(), vec![], b"cd".to_vec()]);
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let (mut splitter, mut out) = (Splitter::new(Tag::Stdout, Redactor::default()), Vec::new());
        splitter.add(&vec![b'x'; 3 * LINE_BYTES_MAX + 1], &mut out, |_| {});
        assert_eq!(out.iter().filter(|byte| **byte == b'\n').count(), 3);
        assert_eq!(splitter.rest.len(), 1);
    }

    #[test]
    fn no_secret_passes_wherever_it_is_cut() {
        let secret = secrecy::SecretString::from("hidden-value".to_owned());
        for before in [0, 3, LINE_BYTES_MAX - 13, LINE_BYTES_MAX - 5, LINE_BYTES_MAX - 1, LINE_BYTES_MAX] {
            let mut splitter = Splitter::new(Tag::Stdout, Redactor::new([&secret]));
            let text = format!("{}hidden-value{}", "x".repeat(before), "y".repeat(50));
            let mut out = Vec::new();
            for bytes in text.as_bytes().chunks(7) {
                splitter.add(bytes, &mut out, |_| {});
            }
            splitter.finish(&mut out, |_| {});
            let told = String::from_utf8(out).expect("text");
            assert!(told.contains("[REDACTED]y") && !told.contains("hid") && !told.contains("value"), "{before}");
        }
    }

    #[test]
    fn too_much_is_told_once() {
        let mut room = Room::new();
        assert!(!room.take(&vec![0; OUTPUT_BYTES_MAX]).1);
        assert_eq!(room.take(b""), (&b""[..], false));
        assert_eq!(room.take(b"a"), (&b""[..], true));
        assert_eq!(room.take(b"a"), (&b""[..], false));
    }
}

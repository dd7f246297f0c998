//! The text of a string literal: escapes replaced, the common indentation of a block removed.

use std::ops::Range;

/// A stretch of a string as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Text between the quotes, and where it begins.
    Text(&'a str, usize),
    /// `${…}`: which of them.
    Hole(usize),
}

/// How a string is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quotes {
    /// `"""`.
    pub block: bool,
    /// `r"`.
    pub raw: bool,
}

impl Quotes {
    /// Of a whole literal.
    pub fn of(literal: &str) -> Self {
        let raw = literal.starts_with('r');
        Self { raw, block: literal[usize::from(raw)..].starts_with("\"\"\"") }
    }

    /// Bytes before the text.
    pub fn before(self) -> usize {
        usize::from(self.raw) + self.after()
    }

    /// Bytes after the text.
    pub fn after(self) -> usize {
        if self.block { 3 } else { 1 }
    }
}

/// A part of the value of a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    Hole(usize),
}

/// What is wrong with an escape, and where it stands: start and length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BadEscape {
    pub start: usize,
    pub len: usize,
    /// A code point that does not exist, rather than an unknown letter.
    pub code_point: bool,
}

/// The value of a literal made of `pieces`. Unknown escapes stay as they are written and are reported to `bad`.
pub(super) fn value(quotes: Quotes, pieces: &[Piece<'_>], bad: &mut dyn FnMut(BadEscape)) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut lines = if quotes.block { Some(Dedent::new(pieces)) } else { None };
    for piece in pieces {
        match *piece {
            Piece::Hole(index) => parts.push(Part::Hole(index)),
            Piece::Text(text, start) => {
                let mut out = String::with_capacity(text.len());
                match &mut lines {
                    None => unescape(text, start, quotes.raw, &mut out, bad),
                    Some(dedent) => {
                        dedent.each(text, start, &mut |line, at| unescape(line, at, quotes.raw, &mut out, bad))
                    }
                }
                if !out.is_empty() {
                    parts.push(Part::Text(out));
                }
            }
        }
    }
    parts
}

fn unescape(text: &str, start: usize, raw: bool, out: &mut String, bad: &mut dyn FnMut(BadEscape)) {
    if raw {
        return out.push_str(text);
    }
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let escape = &rest[at..];
        let (len, result) = one_escape(escape);
        match result {
            Ok(c) => out.push(c),
            Err(code_point) => {
                out.push_str(&escape[..len]);
                bad(BadEscape { start: start + text.len() - escape.len(), len, code_point });
            }
        }
        rest = &escape[len..];
    }
    out.push_str(rest);
}

/// The length of the escape at the start of `text` and its character; `Err(true)` for a code point that does not exist.
fn one_escape(text: &str) -> (usize, Result<char, bool>) {
    let Some(letter) = text[1..].chars().next() else { return (1, Err(false)) };
    let len = 1 + letter.len_utf8();
    let simple = match letter {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        '"' => '"',
        '\\' => '\\',
        '$' => '$',
        'u' => return code_point(text),
        _ => return (len, Err(false)),
    };
    (len, Ok(simple))
}

/// `\u{1F600}`.
fn code_point(text: &str) -> (usize, Result<char, bool>) {
    let Some(digits) = text[2..].strip_prefix('{') else { return (2, Err(false)) };
    let Some(end) = digits.find('}').filter(|end| digits[..*end].bytes().all(|b| b.is_ascii_hexdigit())) else {
        return (2, Err(false));
    };
    let value = u32::from_str_radix(&digits[..end], 16).ok().filter(|_| (1..=6).contains(&end));
    (end + 4, value.and_then(char::from_u32).ok_or(true))
}

/// Removes the common indentation of a block, line by line.
struct Dedent<'a> {
    margin: &'a str,
    /// At the first byte of a line that is not the one with the opening quotes.
    line_start: bool,
    /// Nothing has come out yet: the first line break is dropped if only blanks stand before it.
    first: bool,
    /// Where the text of the last line begins, if it is blank: it and its line break are dropped.
    end: usize,
}

impl<'a> Dedent<'a> {
    fn new(pieces: &[Piece<'a>]) -> Self {
        let end = match pieces.last() {
            Some(Piece::Text(text, start)) => start + text.len() - blank_tail(text),
            _ => usize::MAX,
        };
        Self { margin: margin(pieces), line_start: false, first: true, end }
    }

    /// Calls `out` with each stretch of `text` that remains, and where it begins.
    fn each(&mut self, text: &str, start: usize, out: &mut dyn FnMut(&str, usize)) {
        let opens = std::mem::take(&mut self.first);
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let (begin, line_at) = (at, start + at);
            at += line.len();
            if opens && begin == 0 && line.ends_with('\n') && line.trim_matches(BLANK).is_empty() {
                self.line_start = true;
                continue;
            }
            let cut = if self.line_start { common(self.margin, line) } else { 0 };
            self.line_start = line.ends_with('\n');
            let last = self.end.saturating_sub(line_at).min(line.len());
            self.line(line, line_at, cut, last, out);
        }
    }

    fn line(&self, line: &str, at: usize, cut: usize, last: usize, out: &mut dyn FnMut(&str, usize)) {
        let ended = line.strip_suffix('\n').map(|body| body.strip_suffix('\r').unwrap_or(body));
        let body = ended.unwrap_or(line);
        let blank = ended.is_some() && body.trim_matches(BLANK).is_empty() && cut > 0;
        let body_end = body.len().min(last);
        if cut < body_end && !blank {
            out(&body[cut..body_end], at + cut);
        }
        if ended.is_some() && last >= line.len() {
            out("\n", at + body.len());
        }
    }
}

const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

/// How many bytes at the end of a block are its last line, if that is blank, with the line break before it.
fn blank_tail(text: &str) -> usize {
    let body = text.trim_end_matches([' ', '\t']);
    let Some(before) = body.strip_suffix('\n') else { return 0 };
    text.len() - before.strip_suffix('\r').unwrap_or(before).len()
}

/// The white space that all lines begin with, the blank ones and that of the opening quotes apart.
fn margin<'a>(pieces: &[Piece<'a>]) -> &'a str {
    let mut margin: Option<&'a str> = None;
    for (index, piece) in pieces.iter().enumerate() {
        let Piece::Text(text, _) = piece else { continue };
        let mut lines = text.split('\n').skip(1).peekable();
        while let Some(line) = lines.next() {
            let white = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
            let rest = &line[white.len()..];
            let hole_follows = lines.peek().is_none() && index + 1 < pieces.len();
            if rest.trim_matches(BLANK).is_empty() && !hole_follows {
                continue;
            }
            margin = Some(margin.map_or(white, |known| &known[..common(known, white)]));
        }
    }
    margin.unwrap_or_default()
}

/// A line of a block string without the margin of the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockLine<'a> {
    /// As written, without its line end.
    pub text: &'a str,
    /// Whether it stands at the margin; else nothing may be put before it.
    pub margin: bool,
}

/// The lines of the block string `literal` with `${…}` at `holes`, so that it can be set at another margin than its own: deeper
/// than none. `None` where its text would not stay the same.
pub fn block_lines<'a>(literal: &'a str, holes: &[Range<usize>]) -> Option<Vec<BlockLine<'a>>> {
    let quotes = Quotes::of(literal);
    if !quotes.block || literal.contains("\r\r") {
        return None;
    }
    let pieces = pieces(literal, quotes, holes);
    let margin = margin(&pieces);
    let (mut start, mut cut) = (0, None);
    let mut lines = Vec::new();
    for (end, in_text) in line_ends(literal, &pieces) {
        lines.push(block_line(literal, quotes, start..end, cut)?);
        start = end + 1;
        cut = in_text.then(|| common(margin, &literal[start..]));
    }
    lines.push(block_line(literal, quotes, start..literal.len(), cut)?);
    Some(lines)
}

/// The line at `place`, of which `cut` bytes are the margin (of one that begins in the text of the block); `None` if there are
/// blanks in it that belong to the text and would be lost.
fn block_line(literal: &str, quotes: Quotes, place: Range<usize>, cut: Option<usize>) -> Option<BlockLine<'_>> {
    let blank = |text: &str| text.trim_matches(BLANK).is_empty();
    let (first, last) = (place.start == 0, place.end == literal.len());
    let body = &literal[place];
    let body = if last { body } else { body.strip_suffix('\r').unwrap_or(body) };
    let (opening, closing) = (&literal[..quotes.before()], &literal[literal.len() - quotes.after()..]);
    match cut {
        None if first && blank(&body[opening.len()..]) => Some(BlockLine { text: opening, margin: false }),
        None => Some(BlockLine { text: body, margin: false }),
        Some(_) if last && blank(&body[..body.len() - closing.len()]) => {
            Some(BlockLine { text: closing, margin: true })
        }
        Some(cut) if blank(body) => (body.is_empty() || cut > 0).then_some(BlockLine { text: "", margin: false }),
        Some(cut) => Some(BlockLine { text: &body[cut..], margin: true }),
    }
}

fn pieces<'a>(literal: &'a str, quotes: Quotes, holes: &[Range<usize>]) -> Vec<Piece<'a>> {
    let mut at = quotes.before();
    let mut pieces = Vec::new();
    for (index, hole) in holes.iter().enumerate() {
        pieces.push(Piece::Text(&literal[at..hole.start], at));
        pieces.push(Piece::Hole(index));
        at = hole.end;
    }
    pieces.push(Piece::Text(&literal[at..literal.len() - quotes.after()], at));
    pieces
}

/// Where lines end, and whether that is in the text rather than in a hole.
fn line_ends<'a>(literal: &'a str, pieces: &'a [Piece<'a>]) -> impl Iterator<Item = (usize, bool)> + 'a {
    let mut texts = pieces.iter().filter_map(|piece| match piece {
        Piece::Text(text, start) => Some(*start..start + text.len()),
        Piece::Hole(_) => None,
    });
    let mut text = texts.next();
    literal.match_indices('\n').map(move |(at, _)| {
        while text.as_ref().is_some_and(|text| text.end <= at) {
            text = texts.next();
        }
        (at, text.as_ref().is_some_and(|text| text.contains(&at)))
    })
}

/// Length of the common beginning.
fn common(one: &str, other: &str) -> usize {
    one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(literal: &str) -> String {
        let quotes = Quotes::of(literal);
        let text = &literal[quotes.before()..literal.len() - quotes.after()];
        let parts = value(quotes, &[Piece::Text(text, quotes.before())], &mut |bad| panic!("{bad:?}"));
        match parts.as_slice() {
            [] => String::new(),
            [Part::Text(text)] => text.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn escapes() {
        assert_eq!(plain(r#""a\n\t\r\"\\\$\u{41}$x""#), "a\n\t\r\"\\$A$x");
        assert_eq!(plain(r#"r"a\n${x}""#), "a\\n${x}");
        let mut bad = Vec::new();
        value(Quotes { block: false, raw: false }, &[Piece::Text(r"\q \x41 \u{110000} \u{D800} \u41", 1)], &mut |b| {
            bad.push(b)
        });
        let found: Vec<_> = bad.iter().map(|b| (b.start, b.len, b.code_point)).collect();
        assert_eq!(found, [(1, 2, false), (4, 2, false), (9, 10, true), (20, 8, true), (29, 2, false)]);
    }

    #[test]
    fn blocks_lose_their_margin() {
        assert_eq!(plain("\"\"\"\n    a\n      b\n\n    c\n    \"\"\""), "a\n  b\n\nc");
        assert_eq!(plain("\"\"\"\r\n  a\r\n  b\r\n  \"\"\""), "a\nb");
        assert_eq!(plain("\"\"\"one line\"\"\""), "one line");
        assert_eq!(plain("\"\"\"first\n  second\n  \"\"\""), "first\nsecond");
        assert_eq!(plain("\"\"\"\n  \\tkept\n    more\"\"\""), "\tkept\n  more");
        assert_eq!(plain("\"\"\"\n  a\n   \n  b\n\n  \"\"\""), "a\n\nb\n", "a blank line has no blanks left");
        assert_eq!(plain("\"\"\"\"\"\""), "");
        assert_eq!(plain("\"\"\"\n\"\"\""), "");
    }

    #[test]
    fn parts_keep_their_place_in_a_block() {
        let pieces = [
            Piece::Text("\n    ", 3),
            Piece::Hole(0),
            Piece::Text("\n      x ", 9),
            Piece::Hole(1),
            Piece::Text("\n    ", 20),
        ];
        let parts = value(Quotes { block: true, raw: false }, &pieces, &mut |_| ());
        assert_eq!(parts, [Part::Hole(0), Part::Text("\n  x ".into()), Part::Hole(1)]);
    }
}

//! Cuts a text into tokens: to find items and statements in a broken file, and what is wrong below the grammar.
//!
//! Knows strings, comments and brackets, no keywords. Never recurses.

use crate::base::span::{FileId, Span};
use crate::diag::Diagnostic;
use crate::syntax::ast::Comment;
use crate::syntax::draft::Patch;
use crate::syntax::errors;

/// A piece of text between white space and comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    pub start: u32,
    pub end: u32,
    /// The first of its line.
    pub first: bool,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or keyword, perhaps in back-quotes.
    Word,
    Number,
    /// A string without `${}`.
    String,
    /// `"text ${`: opens.
    StringHead,
    /// `} text ${`: closes and opens.
    StringMiddle,
    /// `} text"`: closes.
    StringTail,
    /// `(`, `[`, `{`.
    Open,
    /// `)`, `]`, `}`.
    Close,
    /// An operator or another sign.
    Sign,
    /// What recovery put in.
    Hole,
}

impl Token {
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    pub fn opens(self) -> bool {
        matches!(self.kind, Kind::Open | Kind::StringHead | Kind::StringMiddle)
    }

    pub fn closes(self) -> bool {
        matches!(self.kind, Kind::Close | Kind::StringTail | Kind::StringMiddle)
    }
}

/// The tokens of a text, and what is wrong with them.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub tokens: Vec<Token>,
    pub comments: Vec<Comment>,
    pub found: Vec<Diagnostic>,
    /// What makes the text readable in spite of `found`.
    pub patches: Vec<Patch>,
}

/// Scans a text.
pub(super) fn scan(file: FileId, text: &str) -> Scan {
    let mut scanner = Scanner::new(file, text);
    scanner.run();
    scanner.out
}

/// An interpolation that is open.
#[derive(Debug, Clone, Copy)]
struct Interpolation {
    block: bool,
    /// Braces open inside it.
    braces: u32,
    /// Where the whole string begins, and how many tokens stood before it.
    string: usize,
    tokens: usize,
}

struct Scanner<'a> {
    file: FileId,
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    first: bool,
    open: Vec<Interpolation>,
    out: Scan,
}

const SIGNS: [&str; 21] = [
    "...", "===", "!==", "=>", "->", "==", "!=", "<=", ">=", "&&", "||", "??", "?.", "..", ":=", "+=", "-=", "++",
    "**", "<>", "::",
];

impl<'a> Scanner<'a> {
    fn new(file: FileId, text: &'a str) -> Self {
        Self { file, text, bytes: text.as_bytes(), at: 0, first: true, open: Vec::new(), out: Scan::default() }
    }

    fn run(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\n' | b'\r' => self.line_end(),
                b' ' | b'\t' => self.at += 1,
                b'/' if self.ahead("//") => self.comment(),
                b'"' => self.string(self.at, self.at, false),
                b'r' if self.ahead("r\"") => self.string(self.at, self.at + 1, true),
                b'`' => self.quoted(),
                b'0'..=b'9' => self.number(),
                b'(' | b'[' | b'{' | b')' | b']' | b'}' => self.bracket(byte),
                b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                    let end = self.at + word_length(&self.bytes[self.at..]);
                    self.push(Kind::Word, end);
                }
                _ => self.sign(),
            }
        }
    }

    fn ahead(&self, text: &str) -> bool {
        self.bytes[self.at..].starts_with(text.as_bytes())
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, offset(start), offset(end))
    }

    fn push(&mut self, kind: Kind, end: usize) {
        self.push_from(kind, self.at, end);
    }

    fn push_from(&mut self, kind: Kind, start: usize, end: usize) {
        let token = Token { kind, start: offset(start), end: offset(end), first: std::mem::take(&mut self.first) };
        self.out.tokens.push(token);
        self.at = end;
    }

    fn line_end(&mut self) {
        if let Some(inner) = self.open.iter().find(|inner| !inner.block).copied() {
            return self.unclosed(inner.string, inner.tokens);
        }
        self.first = true;
        self.at += 1;
    }

    fn line_rest(&self, start: usize) -> usize {
        let rest = &self.bytes[start..];
        start + rest.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(rest.len())
    }

    fn comment(&mut self) {
        let end = self.line_rest(self.at);
        let text = &self.text[self.at..end];
        let doc = text.starts_with("///") && !text.starts_with("////");
        self.out.comments.push(Comment { span: self.span(self.at, end), doc });
        self.at = end;
    }

    fn quoted(&mut self) {
        let length = word_length(&self.bytes[self.at + 1..]);
        let end = self.at + 1 + length;
        if length > 0 && self.bytes.get(end) == Some(&b'`') {
            self.push(Kind::Word, end + 1);
        } else {
            self.sign();
        }
    }

    fn number(&mut self) {
        let mut end = self.at;
        while let Some(&byte) = self.bytes.get(end) {
            let fraction = byte == b'.' && self.bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
            if !fraction && !byte.is_ascii_alphanumeric() && byte != b'_' {
                break;
            }
            end += 1;
        }
        self.push(Kind::Number, end);
    }

    fn bracket(&mut self, byte: u8) {
        let Some(inner) = self.open.last_mut() else {
            let kind = if matches!(byte, b'(' | b'[' | b'{') { Kind::Open } else { Kind::Close };
            return self.push(kind, self.at + 1);
        };
        match byte {
            b'{' => inner.braces += 1,
            b'}' if inner.braces > 0 => inner.braces -= 1,
            b'}' => return self.resume_string(),
            _ => {}
        }
        let kind = if matches!(byte, b'(' | b'[' | b'{') { Kind::Open } else { Kind::Close };
        self.push(kind, self.at + 1);
    }

    fn sign(&mut self) {
        let known = SIGNS.iter().find(|sign| self.ahead(sign));
        let length =
            known.map_or_else(|| self.text[self.at..].chars().next().map_or(1, char::len_utf8), |sign| sign.len());
        let kind = if self.ahead("\u{1}") { Kind::Hole } else { Kind::Sign };
        self.push(kind, self.at + length);
    }

    /// A string that begins at `start`, its quotes at `quotes`.
    fn string(&mut self, start: usize, quotes: usize, raw: bool) {
        let block = self.bytes[quotes..].starts_with(b"\"\"\"");
        let tokens = self.out.tokens.len();
        let inside = quotes + if block { 3 } else { 1 };
        if raw {
            return self.raw_string(start, inside, block);
        }
        self.text_from(Interpolation { block, braces: 0, string: start, tokens }, start, inside, Kind::StringHead);
    }

    fn raw_string(&mut self, start: usize, inside: usize, block: bool) {
        let end = if block { self.text.len() } else { self.line_rest(inside) };
        let quotes = if block { "\"\"\"" } else { "\"" };
        match self.text[inside..end].find(quotes) {
            Some(length) => self.push_from(Kind::String, start, inside + length + quotes.len()),
            None => self.unclosed(start, self.out.tokens.len()),
        }
    }

    /// After the `}` of an interpolation.
    fn resume_string(&mut self) {
        if let Some(inner) = self.open.pop() {
            self.text_from(inner, self.at, self.at + 1, Kind::StringMiddle);
        }
    }

    /// Reads text from `at` to the end of the string or its next `${`; the token begins at `start`.
    fn text_from(&mut self, string: Interpolation, start: usize, mut at: usize, opening: Kind) {
        let closing = if opening == Kind::StringHead { Kind::String } else { Kind::StringTail };
        while let Some(&byte) = self.bytes.get(at) {
            let rest = &self.bytes[at..];
            match byte {
                b'\\' if !string.block && matches!(rest.get(1), None | Some(b'\n' | b'\r')) => break,
                b'\\' => at += 1 + self.text[at + 1..].chars().next().map_or(0, char::len_utf8),
                b'"' if !string.block => return self.push_from(closing, start, at + 1),
                b'"' if rest.starts_with(b"\"\"\"") => return self.push_from(closing, start, at + 3),
                b'\n' | b'\r' if !string.block => break,
                b'$' if rest.starts_with(b"${") => {
                    self.push_from(opening, start, at + 2);
                    return self.open.push(Interpolation { braces: 0, ..string });
                }
                _ => at += 1,
            }
        }
        self.unclosed(string.string, string.tokens);
    }

    /// The string that begins at `start`, with `tokens` before it, has no end.
    fn unclosed(&mut self, start: usize, tokens: usize) {
        let raw = self.bytes[start] == b'r';
        let quotes = if self.bytes[start + usize::from(raw)..].starts_with(b"\"\"\"") { "\"\"\"" } else { "\"" };
        let opened = start + usize::from(raw) + quotes.len();
        let end = if quotes.len() == 3 { block_end(self.text, start) } else { line_close(self.text, start, opened) };
        self.out.found.push(errors::unclosed_string(self.span(start, opened), quotes));
        self.out.patches.push(Patch::new(offset(start)..offset(end.max(opened)), "\"\""));
        self.out.tokens.truncate(tokens);
        self.open.retain(|inner| inner.tokens < tokens);
        self.push_from(Kind::String, start, end.max(opened));
    }
}

/// Where an unclosed `"` string most likely ends: before the brackets at the end of its line.
fn line_close(text: &str, start: usize, opened: usize) -> usize {
    let rest = &text[opened..];
    let end = opened + rest.find(['\n', '\r']).unwrap_or(rest.len());
    let line_start = text[..start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let depth = |text: &str| {
        text.bytes().fold(0_i32, |depth, byte| match byte {
            b'(' | b'[' | b'{' => depth + 1,
            b')' | b']' | b'}' => depth - 1,
            _ => depth,
        })
    };
    let missing = depth(&text[line_start..start]).max(0);
    let tail = text[opened..end].trim_end();
    let mut close = opened + tail.len();
    let mut closed = 0;
    for (at, c) in tail.char_indices().rev() {
        match c {
            ')' | ']' | '}' if closed < missing => closed += 1,
            '{' if closed == 0 => {}
            ',' | ' ' => continue,
            _ => break,
        }
        close = opened + at;
    }
    close
}

/// Where an unclosed `"""` string most likely ends: before the first line that is indented no more than its own.
fn block_end(text: &str, start: usize) -> usize {
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let indent = indent_of(&text[line_start..]);
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        let first = at == start;
        if !first && !line.trim().is_empty() && indent_of(line) <= indent {
            return start + text[start..at].trim_end().len();
        }
        at += line.len();
    }
    text.trim_end().len()
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

fn word_length(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count()
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

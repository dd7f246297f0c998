//! Cuts a text into tokens: to find items and statements in a broken file, and what is wrong below the grammar.
//!
//! Knows strings, comments and brackets, no keywords. Never recurses.

use crate::base::span::{FileId, Span};
use crate::diag::Diagnostic;
use crate::syntax::ast::Comment;
use crate::syntax::draft::Patch;
use crate::syntax::errors;
use crate::syntax::shell::expansion;
use crate::syntax::split::ITEM_WORDS;
use crate::syntax::strange::{self, Hidden, Strange};

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
    /// It is no program at all, and `found` says so.
    pub refused: bool,
}

/// Scans a text as the user wrote it.
pub(super) fn scan(file: FileId, text: &str) -> Scan {
    let mut scanner = Scanner::new(file, text, false);
    scanner.run();
    scanner.out
}

/// The tokens of a draft, which may have holes.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut scanner = Scanner::new(FileId::new(0), text, true);
    scanner.run();
    scanner.out.tokens
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
    /// Where its `${` stands.
    hole: usize,
}

struct Scanner<'a> {
    file: FileId,
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    first: bool,
    open: Vec<Interpolation>,
    /// The text is a draft: control characters are holes.
    holes: bool,
    strings_unclosed: usize,
    /// Up to here the ends of strings have been settled.
    settled: usize,
    out: Scan,
}

const SIGNS: [&str; 12] = ["=>", "->", "==", "!=", "<=", ">=", "&&", "||", "??", "?.", "..", "<>"];

impl<'a> Scanner<'a> {
    fn new(file: FileId, text: &'a str, holes: bool) -> Self {
        Self {
            file,
            text,
            bytes: text.as_bytes(),
            at: 0,
            first: true,
            open: Vec::new(),
            holes,
            strings_unclosed: 0,
            settled: 0,
            out: Scan::default(),
        }
    }

    fn run(&mut self) {
        loop {
            self.run_to_end();
            match self.open.first().copied() {
                Some(outer) if !self.out.refused => self.unclosed(outer.string, outer.tokens),
                _ => return,
            }
        }
    }

    fn run_to_end(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at).filter(|_| !self.out.refused) {
            match byte {
                b'\n' | b'\r' => self.line_end(),
                b' ' | b'\t' => self.at += 1,
                b'/' if self.ahead("//") => self.comment(),
                b'<' | b'=' | b'>' if self.first && self.conflict() => return,
                b'"' if self.ahead("\"\"\"") && self.open.last().is_some_and(|inner| inner.block) => {
                    self.unclosed_hole()
                }
                b'"' => self.string(self.at, self.at, false),
                b'r' if self.ahead("r\"") => self.string(self.at, self.at + 1, true),
                b'`' => self.quoted(),
                b'0'..=b'9' => self.number(),
                b'(' | b'[' | b'{' | b')' | b']' | b'}' => self.bracket(byte),
                b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                    let end = self.at + word_length(&self.bytes[self.at..]);
                    let foreign = self.bytes.get(end).is_some_and(|byte| !byte.is_ascii());
                    match foreign.then(|| strange::word(self.file, self.text, self.at)).flatten() {
                        Some(strange) => self.strange(strange),
                        None => self.push(Kind::Word, end),
                    }
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
        if matches!(kind, Kind::String | Kind::StringHead | Kind::StringMiddle | Kind::StringTail) {
            self.hidden(start, end, true);
        }
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
        self.hidden(self.at, end, false);
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
        if self.ahead("\u{1}") && self.holes {
            return self.push(Kind::Hole, self.at + 1);
        }
        if let Some(strange) = strange::at(self.file, self.text, self.at) {
            return self.strange(strange);
        }
        let known = SIGNS.iter().find(|sign| self.ahead(sign));
        let length =
            known.map_or_else(|| self.text[self.at..].chars().next().map_or(1, char::len_utf8), |sign| sign.len());
        self.push(Kind::Sign, self.at + length);
    }

    /// Says what is wrong below the grammar, up to a number that no program reaches.
    fn tell(&mut self, problem: Diagnostic) {
        if self.out.found.len() == STRANGE_MAX {
            self.out.found.push(errors::no_program(problem.primary.span, STRANGE_MAX));
            self.out.refused = true;
        } else if !self.out.refused {
            self.out.found.push(problem);
        }
    }

    fn strange(&mut self, strange: Strange) {
        let end = self.at + strange.length;
        self.tell(strange.problem);
        self.out.patches.push(Patch::new(offset(self.at)..offset(end), strange.instead));
        self.at = end;
    }

    /// Whether a mark of an unfinished merge begins here: then nothing else is worth saying.
    fn conflict(&mut self) -> bool {
        let marks = ["<<<<<<< ", "=======\n", "=======\r", ">>>>>>> "];
        if !marks.iter().any(|mark| self.ahead(mark)) {
            return false;
        }
        self.out.found = vec![errors::merge_conflict(self.span(self.at, self.at + 7))];
        self.out.refused = true;
        true
    }

    /// Reports hidden characters in a comment or string.
    fn hidden(&mut self, start: usize, end: usize, escape: bool) {
        let text = self.text;
        if text[start..end].is_ascii() && !text[start..end].bytes().any(|byte| byte < b' ' || byte == 0x7F) {
            return;
        }
        if escape {
            return self.hidden_in_string(start, end);
        }
        for (index, c) in text[start..end].char_indices().filter(|(_, c)| strange::is_hidden_in_text(*c)) {
            let span = self.span(start + index, start + index + c.len_utf8());
            self.tell(errors::hidden(span, c));
        }
    }

    /// Each character that must not stand in a string; those that are only doubtful by rows.
    fn hidden_in_string(&mut self, start: usize, end: usize) {
        let text = &self.text[start..end];
        // The first of a row that has not ended, where it ends so far, and how many they are.
        let mut row: Option<(usize, char, usize, usize)> = None;
        for (at, c) in text.char_indices() {
            let (from, to) = (start + at, start + at + c.len_utf8());
            match (strange::in_string(text, at, c), &mut row) {
                (Some(Hidden::Doubtful), Some((_, _, last, count))) if *last == from => {
                    (*last, *count) = (to, *count + 1)
                }
                (Some(Hidden::Doubtful), _) => {
                    self.tell_row(row.take());
                    row = Some((from, c, to, 1));
                }
                (Some(Hidden::Forbidden), _) => self.tell(errors::hidden_in_string(self.span(from, to), c)),
                (None, _) => {}
            }
        }
        self.tell_row(row);
    }

    fn tell_row(&mut self, row: Option<(usize, char, usize, usize)>) {
        if let Some((from, c, to, count)) = row {
            self.tell(errors::invisible(self.span(from, to), c, count, &self.text[from..to]));
        }
    }

    /// A string that begins at `start`, its quotes at `quotes`.
    fn string(&mut self, start: usize, quotes: usize, raw: bool) {
        let block = self.bytes[quotes..].starts_with(b"\"\"\"");
        let tokens = self.out.tokens.len();
        let inside = quotes + if block { 3 } else { 1 };
        if raw {
            return self.raw_string(start, inside, block);
        }
        self.text_from(
            Interpolation { block, braces: 0, string: start, tokens, hole: start },
            start,
            inside,
            Kind::StringHead,
        );
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
                b'$' if !self.holes
                    && let Some(length) = expansion(&self.text[at..]) =>
                {
                    let text = &self.text[at..at + length];
                    self.out.found.push(errors::declared::expansion_of_a_shell(self.span(at, at + length), text));
                    self.out.patches.push(Patch::insert(offset(at), "\\"));
                    at += length;
                }
                b'$' if rest.starts_with(b"${") => {
                    self.push_from(opening, start, at + 2);
                    return self.open.push(Interpolation { braces: 0, hole: at, ..string });
                }
                _ => at += 1,
            }
        }
        self.unclosed(string.string, string.tokens);
    }

    /// A block string ends inside its `${`, since the first `"""` closes it.
    fn unclosed_hole(&mut self) {
        let Some(inner) = self.open.pop() else { return };
        let end = self.out.tokens.last().map_or(self.at, |token| token.end as usize);
        self.out.found.push(errors::unclosed_bracket(
            self.span(inner.hole, inner.hole + 2),
            "${",
            self.span(end, end),
            "}",
        ));
        self.out.patches.push(Patch::insert(offset(end), "}"));
        self.push(Kind::StringTail, self.at + 3);
    }

    /// The string that begins at `start`, with `tokens` before it, has no end.
    fn unclosed(&mut self, start: usize, tokens: usize) {
        self.strings_unclosed += 1;
        let (start, tokens) = self.culprit(start).unwrap_or((start, tokens));
        let raw = self.bytes[start] == b'r';
        let quotes = if self.bytes[start + usize::from(raw)..].starts_with(b"\"\"\"") { "\"\"\"" } else { "\"" };
        let opened = start + usize::from(raw) + quotes.len();
        let end = match quotes.len() {
            _ if self.strings_unclosed > UNCLOSED_MAX => self.text.len(),
            3 => block_end(self.text, start),
            _ => line_close(self.text, start, opened),
        };
        self.forget(offset(start));
        self.out.found.push(errors::unclosed_string(self.span(start, opened), quotes));
        self.out.patches.push(Patch::new(offset(start)..offset(end.max(opened)), "\"\""));
        self.out.tokens.truncate(tokens);
        self.open.retain(|inner| inner.tokens < tokens);
        self.settled = end.max(opened);
        self.push_from(Kind::String, start, end.max(opened));
    }

    /// Drops what was found from `start` on: it was read as something that it is not.
    fn forget(&mut self, start: u32) {
        self.out.found.retain(|problem| problem.primary.span.start < start);
        self.out.patches.retain(|patch| patch.start < start);
        self.out.comments.retain(|comment| comment.span.start < start);
    }

    /// When a `"""` that has no partner is the last of several: the first block that runs into code is the one to blame.
    fn culprit(&self, start: usize) -> Option<(usize, usize)> {
        if !self.bytes[start..].starts_with(b"\"\"\"") || self.strings_unclosed > UNCLOSED_MAX {
            return None;
        }
        let mut blocks = self.out.tokens.iter().enumerate().filter(|(_, token)| {
            let text = &self.bytes[token.range()];
            token.start as usize >= self.settled && text.len() > 3 && text.starts_with(b"\"\"\"")
        });
        let (index, token) = blocks.find(|(_, token)| {
            let (begin, end) = (token.start as usize, token.end as usize);
            self.text[begin..end].contains('\n')
                && block_end(&self.text[..end], begin) < text_end(self.text, begin, end)
        })?;
        Some((token.start as usize, index))
    }
}

/// After so many strange characters a file is no program, and the rest of it is not looked at.
const STRANGE_MAX: usize = 10_000;

/// After so many unclosed strings the rest of a file is not looked at: it is no program, and each costs a look at all of it.
const UNCLOSED_MAX: usize = 100;

/// Where the text of a block string ends that stands at `begin..end`: before a last line that holds nothing but the quotes.
fn text_end(text: &str, begin: usize, end: usize) -> usize {
    let inside = text[begin..end].trim_end_matches('"').trim_end_matches([' ', '\t']);
    begin + inside.trim_end_matches(['\n', '\r']).len()
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
    let line = text[opened..end].trim_end();
    let block = i32::from(line.ends_with('{'));
    let mut rest = depth(line);
    for (at, c) in line.char_indices() {
        let may = matches!(c, ')' | ']' | '}') || (c == ',' && missing > 0) || (c == '{' && block > 0);
        if may && rest == block - missing {
            return opened + line[..at].trim_end().len();
        }
        rest -= depth(&line[at..at + c.len_utf8()]);
    }
    opened + line.len()
}

/// Where an unclosed `"""` string most likely ends: before the first line that is indented no more than its own. At the
/// margin, where text may stand as well, that line must look like code.
fn block_end(text: &str, start: usize) -> usize {
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let indent = indent_of(&text[line_start..]);
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        let first = at == start;
        let out = !line.trim().is_empty() && indent_of(line) <= indent && (indent > 0 || looks_like_code(line));
        if !first && out {
            return start + text[start..at].trim_end().len();
        }
        at += line.len();
    }
    text.trim_end().len()
}

fn looks_like_code(line: &str) -> bool {
    let word = &line[..word_length(line.as_bytes())];
    line.starts_with(['}', ')', ']']) || line.starts_with("//") || ITEM_WORDS.contains(&word)
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

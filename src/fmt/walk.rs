//! Goes through a text token by token, as its tree says, and turns it into steps of the printer.
//!
//! Invariant: every token and every comment between `at` and the start of the text is in `ops` (commas apart, which come and
//! go with the line breaks). A token that is not where the tree has it sets `lost`: then the text is not what the tree says,
//! and what has been made of it is thrown away.

use crate::base::span::Span;
use crate::fmt::op::Op;
use crate::syntax::ast::{Comment, Name, Path};
use crate::syntax::string;

/// The way through a text.
pub(super) struct Walk<'a> {
    pub text: &'a str,
    comments: &'a [Comment],
    /// Up to here everything has been gone through.
    pub at: usize,
    /// Where the last token ended.
    pub token_end: usize,
    /// The first comment that has not been gone through.
    next: usize,
    /// Comments that come before the next token, from a place where none can stand.
    held: Vec<Lead<'a>>,
    pub ops: Vec<Op<'a>>,
    /// The text is not what the tree says.
    pub lost: bool,
}

/// A comment before a token.
#[derive(Debug, Clone, Copy)]
struct Lead<'a> {
    text: &'a str,
    /// An empty line follows.
    blank: bool,
}

/// A place to go back to.
pub(super) struct Mark {
    at: usize,
    token_end: usize,
    next: usize,
    ops: usize,
}

impl<'a> Walk<'a> {
    pub fn new(text: &'a str, comments: &'a [Comment]) -> Self {
        Self { text, comments, at: 0, token_end: 0, next: 0, held: Vec::new(), ops: Vec::new(), lost: false }
    }

    pub fn mark(&self) -> Mark {
        Mark { at: self.at, token_end: self.token_end, next: self.next, ops: self.ops.len() }
    }

    /// Goes back, as if nothing after `mark` had been seen.
    pub fn back(&mut self, mark: &Mark) {
        (self.at, self.token_end, self.next) = (mark.at, mark.token_end, mark.next);
        self.ops.truncate(mark.ops);
        self.held.clear();
        self.lost = false;
    }

    /// A keyword or sign.
    pub fn word(&mut self, word: &str) {
        self.leads();
        if self.lost || !self.text[self.at..].starts_with(word) {
            self.lost = true;
        } else {
            self.put(word.len());
        }
    }

    /// Keywords with spaces between them.
    pub fn words(&mut self, words: &[&str]) {
        for (index, word) in words.iter().enumerate() {
            if index > 0 {
                self.space();
            }
            self.word(word);
        }
    }

    /// What is left of `span`, as one token.
    pub fn rest(&mut self, span: Span) {
        let start = u32::try_from(self.ahead()).unwrap_or(u32::MAX);
        self.token(Span { start: start.min(span.end), ..span });
    }

    /// The number that comes next.
    pub fn number(&mut self) {
        self.leads();
        let digits =
            self.text[self.at..].bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        if digits == 0 {
            self.lost = true;
        } else {
            self.put(digits);
        }
    }

    /// The token under a span: a name, a number, a string without `${}`.
    pub fn token(&mut self, span: Span) {
        self.literal(span, &[]);
    }

    pub fn name(&mut self, name: &Name) {
        self.token(name.span);
    }

    pub fn path(&mut self, path: &Path) {
        for (index, part) in path.parts.iter().enumerate() {
            if index > 0 {
                self.word(".");
            }
            self.name(part);
        }
    }

    /// A string with `${}` at `holes` of the text, or another token.
    pub fn literal(&mut self, span: Span, holes: &[std::ops::Range<usize>]) {
        self.leads();
        if self.lost || self.at != span.start as usize || span.end <= span.start {
            self.lost = true;
            return;
        }
        let text = &self.text[span.range()];
        if !text.contains('\n') {
            return self.put(text.len());
        }
        let base = span.start as usize;
        let holes: Vec<_> = holes.iter().map(|hole| hole.start - base..hole.end - base).collect();
        match string::block_lines(text, &holes) {
            Some(lines) => self.ops.push(Op::Block(lines)),
            None => self.ops.push(Op::Text(text)),
        }
        self.past(text.len());
    }

    /// The next `length` bytes as a token.
    pub fn put(&mut self, length: usize) {
        let text = self.text;
        self.ops.push(Op::Text(&text[self.at..self.at + length]));
        self.past(length);
    }

    /// What does not parse, up to `end`, as it is written: from the start of its line if nothing stands before it.
    pub fn raw(&mut self, end: usize) {
        self.leads();
        let text = self.text;
        let line = text[..self.at].rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let start = if text[line..self.at].trim_matches(WHITE).is_empty() { line } else { self.at };
        self.ops.push(Op::Raw(&text[start..end]));
        self.past(end.max(self.at) - self.at);
    }

    fn past(&mut self, length: usize) {
        self.at += length;
        self.token_end = self.at;
        // Comments in a hole of a string are part of the string.
        while self.comments.get(self.next).is_some_and(|comment| (comment.span.start as usize) < self.at) {
            self.next += 1;
        }
        self.trailing();
    }

    /// The comment on the line of the token before.
    fn trailing(&mut self) {
        let text = self.text;
        let rest = text[self.at..].trim_start_matches([' ', '\t']);
        let Some(comment) = self.comments.get(self.next) else { return };
        let here = comment.span.start as usize == text.len() - rest.len();
        if here && !(comment.doc && self.documents(comment)) {
            self.next += 1;
            self.at = comment.span.end as usize;
            self.ops.push(Op::Trailing(trim_end(&text[comment.span.range()])));
        }
    }

    /// Whether what follows a `///` comment at the end of a line would be documented by it, here or once it is laid out.
    fn documents(&self, comment: &Comment) -> bool {
        let rest = &self.text[comment.span.end as usize..];
        let token = trim_start(rest);
        let opened = self.text[..self.at].ends_with(['{', '(', '[']);
        let ends = token.is_empty() || token.starts_with(['}', ')', ']']);
        let plain = token.starts_with("//") && !token.starts_with("///");
        let apart = !token.starts_with(',') && (plain || breaks(&rest[..rest.len() - token.len()]) > 1);
        opened || !ends && !apart
    }

    /// The comments before the next token, each on a line of its own.
    pub fn leads(&mut self) {
        for lead in self.take_leads() {
            self.ops.push(Op::Own { text: lead.text, blank: lead.blank });
        }
    }

    fn take_leads(&mut self) -> Vec<Lead<'a>> {
        let text = self.text;
        let mut found = std::mem::take(&mut self.held);
        loop {
            let rest = trim_start(&text[self.at..]);
            let white = &text[self.at..text.len() - rest.len()];
            if let Some(last) = found.last_mut() {
                last.blank |= breaks(white) > 1;
            }
            self.at += white.len();
            match self.comments.get(self.next) {
                Some(comment) if comment.span.start as usize == self.at => {
                    found.push(Lead { text: trim_end(&text[comment.span.range()]), blank: false });
                    self.at = comment.span.end as usize;
                    self.next += 1;
                }
                _ => return found,
            }
        }
    }

    /// Whether an empty line stands before what comes next, its comments included.
    pub fn blank_ahead(&self) -> bool {
        let rest = &self.text[self.at..];
        self.held.is_empty() && breaks(&rest[..rest.len() - trim_start(rest).len()]) > 1
    }

    /// Where the next token stands.
    pub fn ahead(&self) -> usize {
        self.ahead_of(self.at)
    }

    /// Where the first token from `at` on stands.
    pub fn ahead_of(&self, mut at: usize) -> usize {
        let mut next = self.comments.partition_point(|comment| (comment.span.start as usize) < at);
        loop {
            at += self.text[at..].len() - trim_start(&self.text[at..]).len();
            match self.comments.get(next) {
                Some(comment) if comment.span.start as usize == at => at = comment.span.end as usize,
                _ => return at,
            }
            next += 1;
        }
    }

    /// Whether the next token begins with `text`.
    pub fn sees(&self, text: &str) -> bool {
        self.text[self.ahead()..].starts_with(text)
    }

    /// Where what stands before `limit` ends, its last comments left out.
    pub fn end_before(&self, limit: usize) -> usize {
        let mut end = limit;
        loop {
            end = trim_end(&self.text[..end]).len();
            let last = self.comments.partition_point(|comment| (comment.span.start as usize) < end);
            match last.checked_sub(1).map(|last| self.comments[last].span) {
                Some(span) if span.range().contains(&(end - 1)) => end = span.start as usize,
                _ => return end,
            }
        }
    }

    pub fn space(&mut self) {
        self.ops.push(Op::Space);
    }

    /// Opens a group. The comments before it do not belong to it.
    pub fn open(&mut self) {
        self.leads();
        self.ops.push(Op::Open);
    }

    pub fn close(&mut self) {
        self.ops.push(Op::Close);
    }

    pub fn indent(&mut self) {
        self.ops.push(Op::In);
    }

    pub fn outdent(&mut self) {
        self.ops.push(Op::Out);
    }

    /// A place where a line breaks if its group does, `flat` otherwise.
    pub fn line(&mut self, flat: &'static str) {
        let blank = self.blank_ahead();
        self.ops.push(Op::Line { flat, blank });
    }

    /// A line break; with an empty line where one was written.
    pub fn hard(&mut self) {
        let blank = self.blank_ahead();
        self.ops.push(Op::Hard { blank });
    }

    /// A space, or a line break where a comment stands in between.
    pub fn space_or_line(&mut self) {
        let commented = self.after_comment() || self.comment_ahead();
        self.ops.push(if commented { Op::Hard { blank: false } } else { Op::Space });
    }

    /// Whether a comment ends the line of the token before.
    pub fn after_comment(&self) -> bool {
        let last = self.ops.iter().rev().find(|op| !matches!(op, Op::In | Op::Out | Op::Open | Op::Close));
        matches!(last, Some(Op::Trailing(_)))
    }

    /// Whether a comment stands before the next token.
    pub fn comment_ahead(&self) -> bool {
        trim_start(&self.text[self.at..]).starts_with("//")
    }

    /// A comma between two elements. Comments before it come after it.
    pub fn comma(&mut self) {
        self.comma_as(Op::Text(","));
    }

    /// The comma after an element, which is the last one if `close` follows.
    pub fn comma_before(&mut self, close: &str) {
        if self.sees(",") && !self.text[self.ahead_of(self.ahead() + 1)..].starts_with(close) {
            self.comma();
        } else {
            self.last_comma();
        }
    }

    /// The comma after the last element, which stands only where the bracket is broken.
    pub fn last_comma(&mut self) {
        if self.sees(",") {
            self.comma_as(Op::IfBroken(","));
        } else {
            self.ops.push(Op::IfBroken(","));
        }
    }

    fn comma_as(&mut self, comma: Op<'a>) {
        let mut after = self.take_leads();
        if !self.text[self.at..].starts_with(',') {
            self.lost = true;
            return;
        }
        let commented = self.after_comment();
        self.ops.push(comma);
        self.past(1);
        after.extend(self.second_comment(commented));
        // What did not document the next element must not do so now.
        let apart = |lead: Lead<'a>| Lead { blank: lead.blank || lead.text.starts_with("///"), ..lead };
        self.held.extend(after.into_iter().map(apart));
    }

    /// The comment after the token before, if the line has one already: it gets a line of its own.
    fn second_comment(&mut self, commented: bool) -> Option<Lead<'a>> {
        match self.ops.last() {
            Some(&Op::Trailing(text)) if commented => {
                self.ops.pop();
                Some(Lead { text, blank: false })
            }
            _ => None,
        }
    }

    /// An operator between its operands: where they break, it begins the line. Comments around it come before it.
    pub fn operator(&mut self, operator: &str) {
        let mut leads = self.take_leads();
        let text = self.text;
        if !text[self.at..].starts_with(operator) {
            self.lost = true;
            return;
        }
        let sign = &text[self.at..self.at + operator.len()];
        let commented = self.after_comment();
        let before = self.ops.len();
        self.past(operator.len());
        leads.extend(self.second_comment(commented && self.ops.len() > before));
        leads.extend(self.take_leads());
        self.ops.push(Op::Line { flat: " ", blank: false });
        self.ops.extend(leads.into_iter().map(|lead| Op::Own { text: lead.text, blank: lead.blank }));
        self.ops.push(Op::Text(sign));
        self.space();
    }

    /// Elements in brackets with commas, one a line if they do not fit. `pad` stands inside of the brackets.
    pub fn list<T>(
        &mut self,
        brackets: [&'static str; 2],
        pad: &'static str,
        of: &[T],
        each: impl FnMut(&mut Self, &T),
    ) {
        self.open();
        self.list_of_group(brackets, pad, of, each);
        self.close();
    }

    /// As [`Walk::list`], but what breaks is the group around it.
    pub fn list_of_group<T>(
        &mut self,
        [open, close]: [&'static str; 2],
        pad: &'static str,
        of: &[T],
        mut each: impl FnMut(&mut Self, &T),
    ) {
        self.word(open);
        self.indent();
        for (index, element) in of.iter().enumerate() {
            self.element(index, pad);
            each(self, element);
            if index + 1 < of.len() {
                self.comma();
            } else {
                self.last_comma();
            }
        }
        self.end_of_list(close, if of.is_empty() { "" } else { pad });
    }

    /// The place before an element in brackets.
    pub fn element(&mut self, index: usize, pad: &'static str) {
        let blank = index > 0 && self.blank_ahead();
        self.ops.push(Op::Line { flat: if index == 0 { pad } else { " " }, blank });
    }

    /// The end of a bracket that breaks with its group, with the comments before it.
    pub fn end_of_list(&mut self, close: &str, pad: &'static str) {
        if self.comment_ahead() || !self.held.is_empty() {
            self.line("");
            self.dangling();
        }
        self.outdent();
        self.ops.push(Op::Line { flat: pad, blank: false });
        self.word(close);
    }

    /// Comments that nothing follows.
    fn dangling(&mut self) {
        self.leads();
        if let Some(Op::Own { blank, .. }) = self.ops.last_mut() {
            *blank = false;
        }
    }

    /// Elements with commas and without brackets: one a line, deeper, if they do not fit.
    pub fn open_list<T>(&mut self, of: &[T], mut each: impl FnMut(&mut Self, &T)) {
        let Some((first, rest)) = of.split_first() else { return };
        self.open();
        each(self, first);
        self.indent();
        for element in rest {
            self.comma();
            self.line(" ");
            each(self, element);
        }
        self.outdent();
        self.close();
    }

    pub fn names(&mut self, names: &[Name]) {
        self.open_list(names, |walk, name| walk.name(name));
    }

    /// `{ … }` with each element on a line of its own.
    pub fn block<T>(&mut self, of: &[T], mut each: impl FnMut(&mut Self, &T)) {
        self.block_while(|walk, index| {
            let element = of.get(index);
            if let Some(element) = element {
                walk.hard_element(index);
                each(walk, element);
            }
            element.is_some()
        });
    }

    /// `{ … }` with elements that `next` goes through as long as there are some.
    pub fn block_while(&mut self, mut next: impl FnMut(&mut Self, usize) -> bool) {
        self.word("{");
        self.indent();
        let mut count = 0;
        while !self.lost && next(self, count) {
            count += 1;
        }
        self.end_of_block(count == 0);
    }

    /// The line break before an element of a block.
    pub fn hard_element(&mut self, index: usize) {
        let blank = index > 0 && self.blank_ahead();
        self.ops.push(Op::Hard { blank });
    }

    /// The comments at the end of a block and its `}`.
    pub fn end_of_block(&mut self, empty: bool) {
        let commented = self.comment_ahead();
        if commented {
            self.hard_element(usize::from(!empty));
            self.dangling();
        }
        self.outdent();
        if !empty || commented || self.after_comment() {
            self.ops.push(Op::Hard { blank: false });
        }
        self.word("}");
    }
}

/// What the grammar takes for white space.
const WHITE: [char; 4] = [' ', '\n', '\t', '\r'];

fn trim_start(text: &str) -> &str {
    text.trim_start_matches(WHITE)
}

fn trim_end(text: &str) -> &str {
    text.trim_end_matches(WHITE)
}

/// How many lines end in a stretch of white space.
fn breaks(white: &str) -> usize {
    white.matches(['\n', '\r']).count() - white.matches("\r\n").count()
}

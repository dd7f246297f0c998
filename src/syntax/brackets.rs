//! Brackets that do not match, closed where the indentation says that they end.
//!
//! Indentation decides nothing in a program whose brackets match.

use crate::base::span::{FileId, Span};
use crate::diag::Diagnostic;
use crate::syntax::draft::{Draft, HOLE, Patch};
use crate::syntax::errors;
use crate::syntax::mistakes;
use crate::syntax::scan::{Kind, Token};
use crate::syntax::split::Tokens;

/// How deep brackets may nest, blocks and `${` included.
pub(super) const NESTING_MAX: usize = 256;

/// What is wrong, and what makes the draft readable.
pub(super) type Repair = (Vec<Diagnostic>, Vec<Patch>);

/// Empties the brackets that nest too deeply. What cannot be closed is taken out up to the end of its line.
pub(super) fn too_deep(file: FileId, draft: &Draft<'_>, tokens: Tokens<'_>) -> Repair {
    let (mut found, mut patches) = (Vec::new(), Vec::new());
    let mut open: Vec<usize> = Vec::new();
    let mut index = 0;
    while let Some(token) = tokens.list.get(index) {
        if token.closes() {
            open.pop();
        }
        if token.opens() && open.len() == NESTING_MAX {
            if found.len() == TOO_DEEP_MAX {
                patches.push(rest_of_file(tokens, &open));
                break;
            }
            let (span, cut) = cut_out(tokens, index, &open);
            let place = tokens.list[span];
            let place = Span::new(file, draft.start(place.start), draft.end(place.end));
            found.push(if cut.closed {
                errors::too_deep_brackets(place)
            } else {
                errors::unclosed_brackets(place, cut.count)
            });
            patches.push(cut.patch);
            open.retain(|open| *open < cut.first);
            index = cut.next;
            continue;
        }
        if token.opens() {
            open.push(index);
        }
        index += 1;
    }
    (found, patches)
}

/// After so many of them the rest of the file is taken out: each costs a look at all of its item.
const TOO_DEEP_MAX: usize = 20;

/// Takes out all from the outermost open bracket on.
fn rest_of_file(tokens: Tokens<'_>, open: &[usize]) -> Patch {
    let first = tokens.list[open.first().copied().unwrap_or(0)].start;
    let end = tokens.list.last().map_or(first, |last| last.end);
    Patch::new(first..end, HOLE)
}

/// What is taken out because it nests too deeply.
struct Cut {
    patch: Patch,
    /// The first token that is taken out, and the one to go on with.
    first: usize,
    next: usize,
    /// How many brackets open in it.
    count: usize,
    closed: bool,
}

/// What to take out for the bracket at `index`, and the token to point at.
fn cut_out(tokens: Tokens<'_>, index: usize, open: &[usize]) -> (usize, Cut) {
    let next_item = (index + 1..tokens.list.len()).find(|next| tokens.item_starts_line(*next));
    let end = next_item.unwrap_or(tokens.list.len());
    if let Some(close) = tokens.closing_before(index, end) {
        let blocks = || {
            let outer = open.get(1).copied().unwrap_or(index);
            let close = tokens.closing_before(outer, end).unwrap_or(close);
            (inside(tokens, outer, close), outer, close + 1)
        };
        let (patch, first, next) = expression(tokens, open, end).unwrap_or_else(blocks);
        return (index, Cut { patch, first, next, count: 0, closed: true });
    }
    // A row of brackets ends with its line; nested blocks go on to the next item.
    let first = (0..index).rev().take_while(|before| tokens.list[*before].opens()).last().unwrap_or(index);
    let line = (index + 1..end).find(|next| tokens.list[*next].first).unwrap_or(end);
    let next = if first < index { line } else { end };
    let count = tokens.list[first..next].iter().filter(|token| token.opens()).count();
    let patch = Patch::new(tokens.list[first].start..tokens.list[next - 1].end, HOLE);
    (first, Cut { patch, first, next, count, closed: false })
}

/// The whole expression or type around deep brackets, without the brackets of a call or an index: half of one would have
/// another type than the whole. With its first token and the one after it.
fn expression(tokens: Tokens<'_>, open: &[usize], end: usize) -> Option<(Patch, usize, usize)> {
    let outermost = open.iter().copied().find(|open| tokens.is_list(*open))?;
    let close = tokens.closing_before(outermost, end)?;
    let applied = outermost > 0 && tokens.text(outermost) != "{" && tokens.ends_operand(outermost - 1);
    let patch = if applied || tokens.text(outermost).len() > 1 {
        inside(tokens, outermost, close)
    } else {
        Patch::new(tokens.list[outermost].start..tokens.list[close].end, HOLE)
    };
    Some((patch, outermost, close + 1))
}

/// Takes out what stands in a bracket.
fn inside(tokens: Tokens<'_>, open: usize, close: usize) -> Patch {
    // Nothing is missing in a record that is empty; a block or `match` that is empty would be another mistake.
    let inside = if tokens.text(open) == "{" && tokens.is_list(open) { "" } else { HOLE };
    Patch::new(tokens.list[open].end..tokens.list[close].start, inside)
}

/// How many unmatched brackets of one item are told: more are most likely echoes.
const TOLD_MAX: usize = 5;

/// Closes what is not closed and drops what closes nothing.
pub(super) fn mismatched(file: FileId, draft: &Draft<'_>, tokens: Tokens<'_>) -> Repair {
    if tokens.balanced(0..tokens.list.len()) == 0 && !nested_item(tokens) {
        return (Vec::new(), Vec::new());
    }
    let mut all = (Vec::new(), Vec::new());
    for range in tokens.items_by_line() {
        let faults = tokens.balanced(range.clone());
        if faults > 0 {
            let mut matcher =
                Matcher { file, draft, tokens, stack: Vec::new(), base: 0, start: 0, out: (Vec::new(), Vec::new()) };
            matcher.run(range);
            matcher.out.0.truncate(faults);
            all.0.extend(matcher.out.0);
            all.1.extend(matcher.out.1);
        }
    }
    all
}

/// Whether an item begins inside brackets: then something before it is not closed, and something after it is closed twice.
fn nested_item(tokens: Tokens<'_>) -> bool {
    let mut depth = 0_usize;
    tokens.list.iter().enumerate().any(|(index, token)| {
        depth -= usize::from(token.closes()).min(depth);
        let inner = match tokens.text(index) {
            "let" => true,
            // `retry policy` is a clause or a setting.
            "retry" => tokens.text(index + 2) != "{",
            // `secret string` is a type.
            "secret" => tokens.text(index + 2) != "from",
            _ => false,
        };
        let nested = depth > 0 && token.first && !inner && tokens.item_starts(index);
        depth += usize::from(token.opens());
        nested
    })
}

/// A bracket that is open.
#[derive(Debug, Clone, Copy)]
struct Open {
    index: usize,
    /// The indentation of the line where its construct begins.
    base: usize,
    /// A `match` stands before what is read now, so that `{` may follow a word.
    matches: bool,
}

struct Matcher<'a> {
    file: FileId,
    draft: &'a Draft<'a>,
    tokens: Tokens<'a>,
    stack: Vec<Open>,
    base: usize,
    /// The first token of the item.
    start: usize,
    out: Repair,
}

impl Matcher<'_> {
    fn run(&mut self, range: std::ops::Range<usize>) {
        self.start = range.start;
        for index in range.clone() {
            let token = self.tokens.list[index];
            if token.first {
                self.new_line(index);
            }
            if token.closes() {
                self.close(index);
            }
            if matches!(self.tokens.text(index), "->" | "=>") {
                self.arrow(index);
            }
            if token.opens() {
                self.open(index);
            } else if self.tokens.text(index) == "match"
                && let Some(top) = self.stack.last_mut()
            {
                top.matches = true;
            }
        }
        while let Some(top) = self.stack.pop() {
            self.unclosed(top, range.end);
        }
    }

    /// A line that is indented no more than the line of an open bracket ends it, unless it closes it.
    fn new_line(&mut self, index: usize) {
        self.base = self.tokens.indent(index);
        let closes = self.tokens.list[index].closes();
        if closes && !self.stack.iter().any(|open| self.pairs(open.index, index)) {
            return;
        }
        while let Some(top) = self.stack.last().copied() {
            if self.base > top.base || (closes && self.pairs(top.index, index)) {
                break;
            }
            self.stack.pop();
            self.unclosed(top, index);
        }
    }

    fn close(&mut self, index: usize) {
        let pairs = self.stack.iter().rposition(|open| self.pairs(open.index, index));
        let Some(at) = pairs.filter(|at| self.likely(*at, index)) else {
            return self.stray(index);
        };
        while self.stack.len() > at + 1 {
            if let Some(top) = self.stack.pop() {
                self.unclosed(top, index);
            }
        }
        if let Some(open) = self.stack.pop() {
            self.base = open.base;
        }
    }

    /// Whether a closing bracket belongs to the open one at `at`: it is not if its line is indented otherwise, or if it
    /// would close something that began on an earlier line over the head of something else.
    fn likely(&self, at: usize, index: usize) -> bool {
        let token = self.tokens.list[index];
        if token.kind != Kind::Close {
            return true;
        }
        if token.first {
            return self.base <= self.stack[at].base;
        }
        let opened = self.stack[at].index;
        if !self.tokens.list[opened + 1..=index].iter().any(|token| token.first) {
            return true;
        }
        // A block that opens at the end of a line closes at the start of one.
        let block = self.tokens.text(index) == "}" && self.tokens.list[opened + 1].first;
        let line = (self.start..index).rev().take_while(|before| !self.tokens.list[*before + 1].first);
        at + 1 == self.stack.len() && (!block || line.into_iter().all(|before| self.tokens.list[before].closes()))
    }

    /// No parentheses go on past an arrow.
    fn arrow(&mut self, index: usize) {
        while let Some(top) = self.stack.last().copied().filter(|top| self.tokens.text(top.index) == "(") {
            self.stack.pop();
            self.unclosed(top, index);
        }
    }

    fn open(&mut self, index: usize) {
        let tokens = self.tokens;
        let round = |top: &Open| tokens.text(top.index) == "(" && !top.matches;
        if self.tokens.text(index) == "{" && index > 0 && self.tokens.ends_operand(index - 1) {
            while let Some(top) = self.stack.last().copied().filter(round) {
                self.stack.pop();
                self.unclosed(top, index);
            }
        }
        self.stack.push(Open { index, base: self.base, matches: false });
    }

    fn tell(&mut self, problem: Diagnostic) {
        if self.out.0.len() < TOLD_MAX {
            self.out.0.push(problem);
        }
    }

    fn pairs(&self, open: usize, close: usize) -> bool {
        self.tokens.pairs(open, close)
    }

    fn span(&self, token: Token) -> Span {
        Span::new(self.file, self.draft.start(token.start), self.draft.end(token.end))
    }

    /// The bracket `open` should have been closed before the token at `index`.
    fn unclosed(&mut self, open: Open, index: usize) {
        let sign = self.tokens.text(open.index);
        let (sign, close) = match sign {
            "(" => ("(", ")"),
            "[" => ("[", "]"),
            "{" => ("{", "}"),
            _ => ("${", "}"),
        };
        let before = self.tokens.list[index.max(1) - 1];
        let opened = self.tokens.list[open.index];
        let opened = Token { start: opened.end - u32::try_from(sign.len()).unwrap_or(1), ..opened };
        let by = self.span(before).after();
        self.tell(errors::unclosed_bracket(self.span(opened), sign, by, close));
        self.out.1.push(Patch::insert(before.end, close));
    }

    fn stray(&mut self, index: usize) {
        let token = self.tokens.list[index];
        if token.kind != Kind::Close {
            return;
        }
        if let Some(head) = self.head(index) {
            let before = self.tokens.list[head];
            let at = self.span(before).after();
            self.tell(errors::missing_brace(at, self.tokens.text(head)));
            self.out.1.push(Patch::insert(before.end, " {"));
        } else if let Some(word) = self.list(index) {
            let at = self.span(self.tokens.list[word]).after();
            self.tell(errors::missing(at, "`[`", &mistakes::quote(self.tokens.text(word))));
            self.out.1.push(Patch::insert(self.tokens.list[word].end, " ["));
        } else {
            self.tell(errors::stray_bracket(self.span(token), self.tokens.text(index)));
            // A row of them is one patch.
            match self.out.1.last_mut() {
                Some(last) if last.end == token.start && last.with == " " => last.end = token.end,
                _ => self.out.1.push(Patch::new(token.start..token.end, " ")),
            }
        }
    }

    /// The word that begins a line, and the strings or numbers behind it that a `]` seems to close: `command "a", "b"]`.
    fn list(&self, index: usize) -> Option<usize> {
        let tokens = self.tokens;
        let mut inside = 0_usize;
        let mut element = |before: &usize| {
            let token = tokens.list[*before];
            let in_text = inside > 0;
            inside += usize::from(matches!(token.kind, Kind::StringTail));
            inside -= usize::from(matches!(token.kind, Kind::StringHead)).min(inside);
            in_text
                || tokens.text(*before) == ","
                || matches!(token.kind, Kind::String | Kind::Number | Kind::StringTail)
        };
        let elements = (self.start..index).rev().take_while(|before| element(before)).count();
        let word = index.checked_sub(elements + 1)?;
        let begins = tokens.list[word].kind == Kind::Word && tokens.list[word].first;
        (tokens.text(index) == "]" && elements > 0 && begins).then_some(word)
    }

    /// The end of the line that a `}` at the start of a line seems to belong to: the last one that is indented as it is, if
    /// deeper lines follow it.
    fn head(&self, index: usize) -> Option<usize> {
        let token = self.tokens.list[index];
        if !token.first || self.tokens.text(index) != "}" {
            return None;
        }
        let mut next = index;
        for before in (self.start..index).rev().filter(|before| self.tokens.list[*before].first) {
            if self.tokens.indent(before) <= self.base {
                let fits = self.tokens.indent(before) == self.base
                    && next < index
                    && (!self.tokens.list[before].closes() || self.tokens.text(before) == ")" && before + 1 < next)
                    && !self.tokens.list[next - 1].opens();
                return fits.then_some(next - 1);
            }
            next = before;
        }
        None
    }
}

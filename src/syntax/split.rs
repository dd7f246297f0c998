//! Finds where items begin and which brackets belong together, in the tokens of a text.

use std::ops::Range;

use crate::syntax::errors;
use crate::syntax::scan::{Kind, Token};

/// The words that begin items.
pub(super) const ITEM_WORDS: [&str; 12] = [
    "import",
    "type",
    "interface",
    "agent",
    "pool",
    "retry",
    "secret",
    "workflow",
    "schedule",
    "test",
    "property",
    "let",
];

/// The words that begin statements; all of them are reserved.
pub(super) const STATEMENT_WORDS: [&str; 6] = ["let", "stage", "when", "fail", "finally", "return"];

/// The tokens of a text with the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tokens<'a> {
    pub text: &'a str,
    pub list: &'a [Token],
}

impl<'a> Tokens<'a> {
    /// The text of a token; empty past the end.
    pub fn text(&self, index: usize) -> &'a str {
        self.list.get(index).map_or("", |token| &self.text[token.range()])
    }

    pub fn kind(&self, index: usize) -> Option<Kind> {
        self.list.get(index).map(|token| token.kind)
    }

    /// How far the line of a token is indented.
    pub fn indent(&self, index: usize) -> usize {
        let start = self.list[index].start as usize;
        let line = self.text[..start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
        self.text[line..].len() - self.text[line..].trim_start_matches([' ', '\t']).len()
    }

    /// Whether an item begins at a token: its word and the next two tokens tell, so that its words may be names.
    pub fn item_starts(&self, index: usize) -> bool {
        let (word, second) = (self.text(index), self.kind(index + 1));
        let third = self.text(index + 2);
        let named = second == Some(Kind::Word);
        let titled = matches!(second, Some(Kind::String | Kind::StringHead));
        // A slip in the head of an item at the margin must not make it part of the one before.
        let margin = self.list[index].first && word != "let" && ITEM_WORDS.contains(&word) && self.indent(index) == 0;
        if margin && (titled || (named && !errors::is_reserved(self.text(index + 1)))) {
            return true;
        }
        match word {
            "import" => titled || self.import_list(index),
            "type" => named && matches!(third, "=" | "{"),
            "agent" => named && matches!(third, "uses" | ":" | "{"),
            "interface" | "retry" => named && third == "{",
            "pool" => named && matches!(third, ":" | "{"),
            "secret" => named && third == "from",
            "workflow" => named && matches!(third, "(" | "{" | "->"),
            "schedule" => named && third == "=",
            "let" => named && matches!(third, "=" | ":"),
            "test" => titled && third == "{",
            "property" => titled && third == "in",
            _ => false,
        }
    }

    fn import_list(&self, index: usize) -> bool {
        let third = self.text(index + 3);
        self.text(index + 1) == "{" && (self.text(index + 2) == "}" || matches!(third, "," | "}"))
    }

    /// The ranges of tokens that are items, each up to the next; what stands before the first is a range of its own.
    pub fn items(&self) -> Vec<Range<usize>> {
        let mut depth = 0_usize;
        let starts = self.list.iter().enumerate().filter(|(index, token)| {
            depth -= usize::from(token.closes()).min(depth);
            let starts = depth == 0 && token.kind == Kind::Word && self.item_starts(*index);
            depth += usize::from(token.opens());
            starts
        });
        self.ranges(starts.map(|(index, _)| index))
    }

    /// As [`Tokens::items`], but by lines, whatever is open: for a text whose brackets do not match. A `let` is an item
    /// where it is not indented.
    pub fn items_by_line(&self) -> Vec<Range<usize>> {
        self.ranges((0..self.list.len()).filter(|index| self.item_starts_line(*index)))
    }

    /// Whether a line begins here that begins an item.
    pub fn item_starts_line(&self, index: usize) -> bool {
        let first = self.list[index].first && self.item_starts(index);
        first && (self.text(index) != "let" || self.indent(index) == 0)
    }

    fn ranges(&self, starts: impl Iterator<Item = usize>) -> Vec<Range<usize>> {
        let starts: Vec<usize> = [0].into_iter().chain(starts.filter(|start| *start > 0)).collect();
        let ends = starts.iter().skip(1).copied().chain([self.list.len()]);
        starts.iter().zip(ends).map(|(start, end)| *start..end).filter(|range| !range.is_empty()).collect()
    }

    /// Whether the bracket at `close` closes the one at `open`.
    pub fn pairs(&self, open: usize, close: usize) -> bool {
        match self.text(close).chars().next() {
            Some(')') => self.text(open) == "(",
            Some(']') => self.text(open) == "[",
            _ if self.list[close].kind == Kind::Close => self.text(open) == "{",
            _ => matches!(self.list[open].kind, Kind::StringHead | Kind::StringMiddle),
        }
    }

    /// The token that closes the bracket at `open`, going by depth alone.
    pub fn closing(&self, open: usize) -> Option<usize> {
        self.closing_before(open, self.list.len())
    }

    /// As [`Tokens::closing`], but not from token `end` on.
    pub fn closing_before(&self, open: usize, end: usize) -> Option<usize> {
        let mut depth = 1_usize;
        (open + 1..end).find(|index| {
            let token = self.list[*index];
            depth -= usize::from(token.closes());
            let found = depth == 0;
            depth += usize::from(token.opens());
            found
        })
    }

    /// The last token of the bracket or text that begins at a token, or the token itself.
    pub fn end_of_group(&self, index: usize) -> Option<usize> {
        if !self.list[index].opens() {
            return Some(index);
        }
        let mut end = self.closing(index)?;
        while self.kind(end) == Some(Kind::StringMiddle) {
            end = self.closing(end)?;
        }
        Some(end)
    }

    /// The brackets around a token, innermost first.
    pub fn enclosing(&self, index: usize) -> Vec<usize> {
        let mut stack = Vec::new();
        for (before, token) in self.list.iter().enumerate().take(index) {
            if token.closes() {
                stack.pop();
            }
            if token.opens() {
                stack.push(before);
            }
        }
        stack.reverse();
        stack
    }

    /// Whether what stands in a bracket is separated by commas.
    pub fn is_list(&self, open: usize) -> bool {
        if self.text(open) != "{" {
            return true;
        }
        const BEFORE_VALUES: [&str; 17] =
            ["=", ":", ",", "(", "[", "<", "|", "->", "==", "!=", "??", "+", "&&", "||", "return", "returns", "use"];
        if open.checked_sub(1).is_some_and(|before| BEFORE_VALUES.contains(&self.text(before))) {
            return true;
        }
        let (first, second) = (self.text(open + 1), self.text(open + 2));
        let key = matches!(self.kind(open + 1), Some(Kind::Word | Kind::String));
        first == ".."
            || (key && matches!(second, ":" | "," | "?"))
            || (key && second == "}" && self.text(open + 3) != "=>")
    }

    /// Whether a token may be the end of an operand.
    pub fn ends_operand(&self, index: usize) -> bool {
        match self.list[index].kind {
            Kind::Word => !errors::is_reserved(self.text(index)),
            Kind::Number | Kind::String | Kind::StringTail | Kind::Close => true,
            _ => false,
        }
    }

    /// How many brackets in a range have no partner.
    pub fn balanced(&self, range: Range<usize>) -> usize {
        let mut stack = Vec::new();
        let mut faults = 0;
        for index in range {
            if self.list[index].closes() {
                match stack.iter().rposition(|open| self.pairs(*open, index)) {
                    Some(at) => {
                        faults += stack.len() - at - 1;
                        stack.truncate(at);
                    }
                    None => faults += 1,
                }
            }
            if self.list[index].opens() {
                stack.push(index);
            }
        }
        faults + stack.len()
    }
}

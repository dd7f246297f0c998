//! Finds where items begin: by their word and the next two tokens, so that names may be words of the language.

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

    /// Whether an item begins at a token.
    pub fn item_starts(&self, index: usize) -> bool {
        let (word, second) = (self.text(index), self.kind(index + 1));
        let third = self.text(index + 2);
        let named = second == Some(Kind::Word);
        let titled = matches!(second, Some(Kind::String | Kind::StringHead));
        match word {
            "import" => {
                titled || (self.text(index + 1) == "{" && matches!(third, "}" | "{") || self.import_list(index))
            }
            "type" => named && third == "=",
            "agent" => named && matches!(third, "uses" | ":" | "{"),
            "interface" | "retry" => named && third == "{",
            "pool" => named && matches!(third, ":" | "{"),
            "secret" => named && third == "from",
            "workflow" => named && matches!(third, "(" | "{" | "->"),
            "schedule" => named && third == "=",
            "let" => named && matches!(third, "=" | ":"),
            "test" => titled && (third == "{" || self.list[index].first),
            "property" => titled && (third == "in" || self.list[index].first),
            _ => false,
        }
    }

    fn import_list(&self, index: usize) -> bool {
        self.text(index + 1) == "{"
            && self.kind(index + 2) == Some(Kind::Word)
            && matches!(self.text(index + 3), "," | "}")
    }

    /// The ranges of tokens that are items, each up to the next; what stands before the first is a range of its own.
    pub fn items(&self) -> Vec<std::ops::Range<usize>> {
        let mut starts = vec![0];
        let mut depth = 0_u32;
        for (index, token) in self.list.iter().enumerate() {
            if token.closes() {
                depth = depth.saturating_sub(1);
            }
            if depth == 0 && index > 0 && token.kind == Kind::Word && self.item_starts(index) {
                starts.push(index);
            }
            if token.opens() {
                depth += 1;
            }
        }
        let ends = starts.iter().skip(1).copied().chain([self.list.len()]);
        starts.iter().zip(ends).map(|(start, end)| *start..end).filter(|range| !range.is_empty()).collect()
    }
}

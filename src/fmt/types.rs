//! Types. Their parentheses leave no node in the tree, so that the text alone is gone by.

use crate::fmt::walk::Walk;

const LABELS: [&str; 4] = ["secret", "untrusted", "trusted", "approved"];

impl Walk<'_> {
    /// `LABEL… A? | B`.
    pub(super) fn ty(&mut self) {
        while LABELS.contains(&self.next_word()) && !self.lost {
            self.next_token();
            self.space();
        }
        self.open();
        self.member();
        self.indent();
        while self.sees("|") && !self.lost {
            self.operator("|");
            self.member();
        }
        self.outdent();
        self.close();
    }

    /// A type without a label, perhaps with `?`.
    fn member(&mut self) {
        self.type_atom();
        if self.sees("?") {
            self.word("?");
        }
    }

    /// A name, a literal, `list<T>`, a record, or any type in parentheses.
    pub(super) fn type_atom(&mut self) {
        if self.sees("(") {
            self.word("(");
            self.ty();
            return self.word(")");
        }
        if self.sees("{") {
            return self.record_type();
        }
        self.next_token();
        while self.sees(".") && !self.lost {
            self.word(".");
            self.next_token();
        }
        if self.sees("<") {
            self.word("<");
            self.ty();
            self.word(">");
        }
    }

    fn record_type(&mut self) {
        self.open();
        self.word("{");
        self.indent();
        let mut count = 0;
        while !self.lost && !self.sees("}") {
            self.element(count, " ");
            self.field();
            count += 1;
            self.comma_before("}");
        }
        self.end_of_list("}", if count == 0 { "" } else { " " });
        self.close();
    }

    fn field(&mut self) {
        self.next_token();
        if self.sees("?") {
            self.word("?");
        }
        self.word(":");
        self.space();
        self.ty();
    }

    /// The word or string that comes next.
    fn next_token(&mut self) {
        self.leads();
        let length = token_length(&self.text[self.at..]);
        if length == 0 {
            self.lost = true;
        } else if !self.lost {
            self.put(length);
        }
    }

    fn next_word(&self) -> &str {
        let rest = &self.text[self.ahead()..];
        &rest[..word_length(rest)]
    }
}

/// The length of the word, the back-quoted word or the string that `text` begins with. Strings in types have no `${}`.
fn token_length(text: &str) -> usize {
    match text.strip_prefix('r').filter(|raw| raw.starts_with('"')) {
        Some(raw) => 1 + string_length(raw, false),
        None if text.starts_with('"') => string_length(text, true),
        None if text.starts_with('`') => word_length(&text[1..]) + 2,
        None => word_length(text),
    }
}

fn word_length(text: &str) -> usize {
    text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()
}

/// The length of the string that `text` begins with; 0 for one that does not end.
fn string_length(text: &str, escapes: bool) -> usize {
    let quotes = if text.starts_with("\"\"\"") { "\"\"\"" } else { "\"" };
    let mut at = quotes.len();
    while let Some(next) = text[at..].chars().next() {
        if text[at..].starts_with(quotes) {
            return at + quotes.len();
        }
        at += next.len_utf8();
        if escapes && next == '\\' {
            at += text[at..].chars().next().map_or(0, char::len_utf8);
        }
    }
    0
}

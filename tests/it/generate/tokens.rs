//! The tokens of a program, and what stands between them.

use super::choices::Choices;

/// What may stand between two tokens.
const SPACES: [&str; 10] =
    [" ", "\n", "  ", "\n\n\n", " // why\n", "\n// alone\n", "\t", "\r\n", "\n/// doc\n", "\n\n// apart\n\n"];

/// The tokens of a text in which white space stands between any two of them; strings hold it between their quotes only.
pub fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = match rest.as_bytes() {
            [b'"', ..] => string_end(rest),
            [b'r', b'"', ..] => 1 + raw_end(&rest[1..]),
            _ => rest.find(char::is_whitespace).unwrap_or(rest.len()),
        };
        tokens.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    tokens
}

/// The words of a text, those in strings too.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The tokens with anything between them.
pub fn noisy(tokens: &[&str], choices: &mut Choices<'_>) -> String {
    tokens.iter().flat_map(|token| [*token, SPACES[choices.below(SPACES.len())]]).collect()
}

fn quotes(text: &str) -> &'static str {
    if text.starts_with("\"\"\"") { "\"\"\"" } else { "\"" }
}

fn raw_end(text: &str) -> usize {
    let quotes = quotes(text);
    2 * quotes.len() + text[quotes.len()..].find(quotes).unwrap()
}

/// Where the string at the start of a text ends, the strings in it included.
fn string_end(text: &str) -> usize {
    let quotes = quotes(text);
    let mut at = quotes.len();
    while !text[at..].starts_with(quotes) {
        if text[at..].starts_with('\\') {
            at += 2;
        } else if text[at..].starts_with("${") {
            at = hole_end(text, at + 2);
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    at + quotes.len()
}

fn hole_end(text: &str, mut at: usize) -> usize {
    let mut depth = 1;
    while depth > 0 {
        match text.as_bytes()[at] {
            b'"' => at += string_end(&text[at..]) - 1,
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    at
}

//! Text as a terminal shows it: what is invisible or dangerous there, how wide it is, how it is wrapped.

use std::fmt::Write;

use unicode_width::UnicodeWidthChar;

/// Whether a character takes no visible place of its own or changes the order in which others are shown: control and format
/// characters, fillers, tags, separators of lines that are not `\n`. The tab is among them.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a character changes the direction of the text around it (the means of the "Trojan Source" attack).
pub fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Writes hidden characters as `\u{…}` (tab, line feed and return as `\t`, `\n`, `\r`), so that no text can command a terminal.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        push_escaped(&mut out, c);
    }
    out
}

/// Adds one character as [`escape`] writes it.
pub fn push_escaped(out: &mut String, c: char) {
    match c {
        '\t' => out.push_str("\\t"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        c if is_hidden(c) => {
            let _infallible = write!(out, "\\u{{{:x}}}", c as u32);
        }
        c => out.push(c),
    }
}

/// Writes the hidden characters of JSON that it leaves as they are, such as U+009B, as `\uXXXX`: the same JSON, which commands no
/// terminal. Ends of lines stay: they stand between values.
pub fn escape_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match is_hidden(c) && !matches!(c, '\n' | '\r' | '\t') {
            true => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| _ = write!(out, "\\u{unit:04x}")),
            false => out.push(c),
        }
    }
    out
}

/// The columns that a text takes on a terminal, counted character by character.
pub fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// The columns that a character takes on a terminal.
pub fn char_width(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// Cuts a text to at most `columns`, the last of them `…` if something is missing.
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += char_width(c);
        if used > columns {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

/// Breaks each line of a text at spaces so that none is wider than `columns`; a single word that is wider is cut.
/// Lines that begin with a space are shown as they are.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.starts_with(' ') || width(line) <= columns {
            lines.push(line.to_owned());
        } else {
            wrap_line(line, columns, &mut lines);
        }
    }
    lines
}

fn wrap_line(line: &str, columns: usize, lines: &mut Vec<String>) {
    let mut current = String::new();
    let mut used = 0;
    for word in line.split(' ') {
        let cut = (width(word) > columns).then(|| cut_word(word, columns));
        let word = cut.as_deref().unwrap_or(word);
        let wide = width(word);
        if !current.is_empty() && used + 1 + wide > columns {
            lines.push(std::mem::take(&mut current));
            used = 0;
        }
        if !current.is_empty() {
            current.push(' ');
            used += 1;
        }
        current.push_str(word);
        used += wide;
    }
    lines.push(current);
}

/// Breaks each line of a text so that none is wider than `columns`, and leaves nothing out: at spaces, in a word that is wider
/// after a sign, else where it has to be.
pub fn fold(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for mut rest in text.lines() {
        while width(rest) > columns && rest.chars().nth(1).is_some() {
            let (line, more) = rest.split_at(break_of(rest, columns));
            lines.push(line.trim_end().to_owned());
            rest = more.trim_start();
        }
        lines.push(rest.to_owned());
    }
    lines
}

/// Where the next line begins: always after the first character.
fn break_of(line: &str, columns: usize) -> usize {
    let over = line.char_indices().skip(1).find(|(at, c)| width(&line[..*at]) + char_width(*c) > columns);
    let fits = over.map_or(line.len(), |(at, _)| at);
    let head = &line[..fits];
    let space = if line[fits..].starts_with(' ') { Some(fits) } else { head.rfind(' ').filter(|at| *at > 0) };
    let sign = || head.rfind(['/', '.', ',', '(', '[', '{', ':', '=']).filter(|at| *at > 0).map(|at| at + 1);
    space.or_else(sign).unwrap_or(fits)
}

/// The beginning of a word, with an ellipsis, and the quote that it opens closed again.
fn cut_word(word: &str, columns: usize) -> String {
    let tail = if word.starts_with('`') { "…`" } else { "…" };
    let mut used = width(tail);
    let fits = |c: &char| {
        used += width(c.encode_utf8(&mut [0; 4]));
        used <= columns
    };
    word.chars().take_while(fits).collect::<String>() + tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_commands_a_terminal_survives() {
        assert_eq!(escape("a\u{1b}[31m\u{202e}\u{9b}\t\u{e0041}é"), "a\\u{1b}[31m\\u{202e}\\u{9b}\\t\\u{e0041}é");
    }

    #[test]
    fn json_stays_the_same_and_commands_no_terminal() {
        let every: String = (0..=0x2_0000).filter_map(char::from_u32).collect();
        let json = serde_json::json!([every, { "\u{9b}": "\u{e0041}" }]);
        let escaped = escape_json(&format!("{json}\n"));
        assert!(!escaped.trim_end().chars().any(is_hidden));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).unwrap(), json);
    }

    #[test]
    fn text_is_cut_and_wrapped_by_columns() {
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("short", 5), "short");
        assert_eq!(wrap("one two three\n    kept as it is", 7), ["one two", "three", "    kept as it is"]);
    }

    #[test]
    fn folding_leaves_nothing_out() {
        assert_eq!(fold("see flows/release/build.wf for it", 14), ["see", "flows/release/", "build.wf for", "it"]);
        assert_eq!(fold("aaaaaaaaaa", 4), ["aaaa", "aaaa", "aa"]);
        assert_eq!(fold("ab cd", 2), ["ab", "cd"]);
        assert_eq!(fold("日本語", 3), ["日", "本", "語"]);
        assert_eq!(fold("x", 0), ["x"]);
        assert_eq!(fold("", 5).len(), 0);
    }
}

//! Characters and comments that the language does not have: what they mean elsewhere, and what stands for them here.

use crate::base::span::{FileId, Span};
use crate::diag::Diagnostic;
use crate::syntax::errors;

/// Something below the grammar that does not belong into a program.
pub(super) struct Strange {
    /// How many bytes of the text it takes.
    pub length: usize,
    pub problem: Diagnostic,
    /// What stands in its place for the parser.
    pub instead: String,
}

/// What is strange at byte `at`, where no token can begin; `None` for a sign that the parser may judge.
pub(super) fn at(file: FileId, text: &str, at: usize) -> Option<Strange> {
    let rest = &text[at..];
    let c = rest.chars().next()?;
    let span = |length: usize| Span::new(file, offset(at), offset(at + length));
    match c {
        ';' => Some(semicolon(span(1), text, at)),
        '#' => {
            let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
            Some(Strange { length, problem: errors::hash_comment(span(1)), instead: String::new() })
        }
        '/' if rest.starts_with("/*") => {
            let length = rest.find("*/").map_or(rest.len(), |end| end + 2);
            Some(Strange { length, problem: errors::block_comment(span(2)), instead: " ".to_owned() })
        }
        '\'' | '`' | '“' | '”' | '‘' | '’' | '«' | '„' => quotes(file, text, at, c),
        '$' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
            let length =
                1 + rest[1..].find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '_')).unwrap_or(rest.len() - 1);
            let instead = format!("{}usd", &rest[1..length]);
            let problem = errors::other_sign(span(length), &rest[..length], &instead);
            Some(Strange { length, problem, instead })
        }
        '$' => Some(dollar(span(1), rest)),
        _ => sign(rest, &span).or_else(|| character(rest, c, &span)),
    }
}

fn semicolon(span: Span, text: &str, at: usize) -> Strange {
    let next = text[at + 1..].trim_start();
    let word = next.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    let field = word > 0 && next[word..].trim_start_matches(['?', ' ']).starts_with(':');
    let instead = if field { "," } else { " " };
    Strange { length: 1, problem: errors::semicolon(span, field), instead: instead.to_owned() }
}

/// A string in quotes of another kind, up to the end of its line.
fn quotes(file: FileId, text: &str, at: usize, open: char) -> Option<Strange> {
    let inside = at + open.len_utf8();
    let closing = match open {
        '“' | '”' | '„' => ['”', '“'],
        '‘' | '’' => ['’', '‘'],
        '«' => ['»', '»'],
        same => [same, same],
    };
    let ends = |c: char| closing.contains(&c) || matches!(c, '\n' | '\r');
    let close = text[inside..].find(ends).map_or(text.len(), |end| inside + end);
    let last = text[close..].chars().next().filter(|c| closing.contains(c));
    let end = last.map_or(close, |c| close + c.len_utf8());
    let body = if last.is_some() { &text[inside..close] } else { text[inside..close].trim_end() };
    let instead = format!("\"{}\"", body.replace("\\'", "'").replace('"', "\\\""));
    let span = Span::new(file, offset(at), offset(end));
    Some(Strange { length: end - at, problem: errors::other_quotes(span, open, &instead), instead })
}

/// How far the end of a `${` outside of a string is looked for, in characters.
const HOLE_LENGTH_MAX: usize = 200;

fn dollar(span: Span, rest: &str) -> Strange {
    let inner = rest.strip_prefix("${").unwrap_or_default();
    let end = inner.char_indices().take(HOLE_LENGTH_MAX).find(|(_, c)| matches!(c, '}' | '\n' | '{'));
    let (length, instead) = match end {
        Some((end, '}')) => (end + 3, format!("({})", &inner[..end])),
        _ => (1, String::new()),
    };
    Strange { length, problem: errors::dollar(span), instead }
}

/// Signs of other languages that have one reading here.
fn sign(rest: &str, span: &dyn Fn(usize) -> Span) -> Option<Strange> {
    const SIGNS: [(&str, &str); 14] = [
        ("===", "=="),
        ("!==", "!="),
        ("...", ".."),
        (":=", "="),
        ("::", "."),
        ("→", "->"),
        ("⇒", "=>"),
        ("≤", "<="),
        ("≥", ">="),
        ("≠", "!="),
        ("–", "-"),
        ("−", "-"),
        ("¬", "!"),
        ("×", "*"),
    ];
    let single = rest.starts_with('&') && !rest.starts_with("&&");
    let first = rest.as_bytes().first();
    let found = SIGNS.iter().find(|(sign, _)| sign.as_bytes().first() == first && rest.starts_with(sign)).copied();
    let (wrong, right) = found.or(single.then_some(("&", "&&")))?;
    let problem = errors::other_sign(span(wrong.len()), wrong, right);
    Some(Strange { length: wrong.len(), problem, instead: right.to_owned() })
}

/// A word that begins at `at` with an ASCII letter and goes on with another.
pub(super) fn word(file: FileId, text: &str, at: usize) -> Option<Strange> {
    let word = foreign_word(&text[at..]);
    let c = word.chars().find(|c| !c.is_ascii())?;
    Some(not_ascii(word, c, &|length| Span::new(file, offset(at), offset(at + length))))
}

/// The word that a text begins with, letters of every script and the marks on them included: a letter with an accent is one
/// mistake, whether it is one character or two.
fn foreign_word(text: &str) -> &str {
    let mark = |c: char| matches!(c, '\u{300}'..='\u{36F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}');
    let length = text.find(|c: char| !c.is_alphanumeric() && c != '_' && !mark(c)).unwrap_or(text.len());
    &text[..length]
}

fn not_ascii(word: &str, c: char, span: &dyn Fn(usize) -> Span) -> Strange {
    let latin: Option<String> = word.chars().map(|c| if c.is_ascii() { Some(c) } else { looks_like(c) }).collect();
    let instead = latin.clone().unwrap_or_else(|| word.chars().map(|c| if c.is_ascii() { c } else { '_' }).collect());
    Strange { length: word.len(), problem: errors::not_ascii(span(word.len()), word, c, latin.as_deref()), instead }
}

/// Letters of other scripts that look like one of ours, each followed by it.
const LOOK_ALIKES: &str =
    "аaеeоoрpсcуyхxіiјjѕsһhԁdԛqԝwАAВBЕEКKМMНHОOРPСCТTУYХXІIЈJЅSοoνvαaιiρpυuΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧXıiɑaɡg";

/// The ASCII letter or digit that a character looks like: in Cyrillic, Greek and full width.
pub(super) fn looks_like(c: char) -> Option<char> {
    if let wide @ '\u{FF01}'..='\u{FF5E}' = c {
        return char::from_u32(u32::from(wide) - 0xFEE0).filter(|c| c.is_ascii_alphanumeric() || *c == '_');
    }
    let pairs = LOOK_ALIKES.chars().step_by(2).zip(LOOK_ALIKES.chars().skip(1).step_by(2));
    pairs.into_iter().find(|(other, _)| *other == c).map(|(_, latin)| latin)
}

fn character(rest: &str, c: char, span: &dyn Fn(usize) -> Span) -> Option<Strange> {
    if is_hidden(c) {
        return Some(Strange {
            length: c.len_utf8(),
            problem: errors::hidden(span(c.len_utf8()), c),
            instead: String::new(),
        });
    }
    if c.is_whitespace() {
        return Some(Strange {
            length: c.len_utf8(),
            problem: errors::odd_space(span(c.len_utf8()), c),
            instead: " ".into(),
        });
    }
    if !c.is_ascii() && (c.is_alphabetic() || looks_like(c).is_some()) {
        return Some(not_ascii(foreign_word(rest), c, span));
    }
    if c.is_ascii() && !c.is_ascii_control() && !matches!(c, '@' | '^' | '~' | '\\' | '`') {
        return None;
    }
    let length = rest.len() - rest.trim_start_matches(c).len();
    Some(Strange { length, problem: errors::strange_character(span(length), c), instead: String::new() })
}

/// Characters that cannot be seen, or that change the direction of the text around them.
pub(super) fn is_hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{7F}'..='\u{9F}'
        | '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// How bad a hidden character is in a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hidden {
    /// The program reads differently from what it is: it must be an escape.
    Forbidden,
    /// Nobody sees it, and whoever reads the text later does.
    Doubtful,
}

/// What is to be said about the character at `at` of a string, if anything. Joiners between letters that need them, marks of
/// direction beside such letters, and the tags of a flag are parts of what is seen.
pub(super) fn in_string(text: &str, at: usize, c: char) -> Option<Hidden> {
    if !is_hidden(c) {
        return None;
    }
    let after = at + c.len_utf8();
    let foreign = |c: Option<char>| c.is_some_and(|c| !c.is_ascii());
    let (left, right) = (foreign(text[..at].chars().next_back()), foreign(text[after..].chars().next()));
    let seen = match c {
        '\u{200C}' | '\u{200D}' => left && right,
        '\u{200E}' | '\u{200F}' | '\u{61C}' => left || right,
        '\u{E0020}'..='\u{E007F}' => text[..at].trim_end_matches(is_tag).ends_with('\u{1F3F4}'),
        _ => false,
    };
    let forbidden = c.is_control() || matches!(c, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    match (forbidden, seen) {
        (true, _) => Some(Hidden::Forbidden),
        (false, true) => None,
        (false, false) => Some(Hidden::Doubtful),
    }
}

fn is_tag(c: char) -> bool {
    matches!(c, '\u{E0020}'..='\u{E007F}')
}

/// Hidden characters that have a use in text: those that join and separate letters and emoji.
pub(super) fn is_hidden_in_text(c: char) -> bool {
    is_hidden(c) && !matches!(c, '\u{200C}' | '\u{200D}' | '\u{AD}' | '\u{200E}' | '\u{200F}' | '\u{61C}')
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

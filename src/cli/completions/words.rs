//! The words of a command line as a shell takes them, also where a quote is still open.

/// A line as far as the cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// Its words without their quotes; the last is being typed, and may be empty.
    pub words: Vec<String>,
    /// Where the last one begins, in bytes.
    pub last: usize,
    /// The quote that is still open.
    pub open: Option<char>,
}

/// The words of a line.
pub fn split(line: &str) -> Line {
    let mut found = Line::default();
    let mut rest = line.trim_start();
    loop {
        let (word, end, open) = first(rest, true);
        found.words.push(word);
        (found.last, found.open) = (line.len() - rest.len(), open);
        match rest[end..].trim_start() {
            _ if end == rest.len() => return found,
            after => rest = after,
        }
    }
}

/// One word without its quotes.
pub fn unquoted(word: &str) -> String {
    first(word, false).0
}

/// What is to be written for the rest of a word, so that a shell reads it as it is; `open` is the quote it stands in.
pub fn escaped(rest: &str, open: Option<char>) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./:,=@%+~^".contains(c);
    match open {
        Some('\'') => rest.replace('\'', "'\\''"),
        Some(_) => with_backslashes(rest, |c| IN_QUOTES.contains(c)),
        None => with_backslashes(rest, |c| !plain(c)),
    }
}

/// What a backslash takes its meaning from between double quotes.
const IN_QUOTES: &str = "\"\\$`";

fn with_backslashes(text: &str, is_sign: impl Fn(char) -> bool) -> String {
    text.chars().flat_map(|c| is_sign(c).then_some('\\').into_iter().chain([c])).collect()
}

/// The first word, where it ends, and the quote that is open there; where blanks do not part words all is one.
fn first(text: &str, parts: bool) -> (String, usize, Option<char>) {
    let (mut word, mut open) = (String::new(), None);
    let mut signs = text.char_indices().peekable();
    while let Some((at, sign)) = signs.next() {
        match (open, sign) {
            (None, sign) if parts && sign.is_ascii_whitespace() => return (word, at, None),
            (None, '\'' | '"') => open = Some(sign),
            (Some(quote), sign) if quote == sign => open = None,
            (None | Some('"'), '\\') => {
                let next = signs.next_if(|(_, next)| open.is_none() || IN_QUOTES.contains(*next));
                word.push(next.map_or(sign, |(_, next)| next));
            }
            _ => word.push(sign),
        }
    }
    (word, text.len(), open)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> (Vec<String>, &str, Option<char>) {
        let found = split(line);
        (found.words, &line[found.last..], found.open)
    }

    #[test]
    fn words_are_those_that_a_shell_sees() {
        let cases: [(&str, &[&str], &str, Option<char>); 7] = [
            ("wfc  run a", &["wfc", "run", "a"], "a", None),
            ("wfc run ", &["wfc", "run", ""], "", None),
            (" wfc 'a b' c\\ d", &["wfc", "a b", "c d"], "c\\ d", None),
            ("wfc 'a b", &["wfc", "a b"], "'a b", Some('\'')),
            ("wfc \"a\\\"\\n b", &["wfc", "a\"\\n b"], "\"a\\\"\\n b", Some('"')),
            ("wfc --store=é'x y'z", &["wfc", "--store=éx yz"], "--store=é'x y'z", None),
            ("", &[""], "", None),
        ];
        for (line, expected, last, open) in cases {
            assert_eq!(words(line), (expected.iter().map(|word| (*word).to_owned()).collect(), last, open), "{line}");
        }
        assert_eq!(unquoted("a 'b c'\\ "), "a b c ");
    }

    #[test]
    fn what_is_inserted_is_read_again_as_it_was() {
        for text in ["red", "light blue", "it's", "\"$HOME\" `x` \\ !", "docs[1].ok#2", "*;&|<>()"] {
            for (open, line) in [(None, ""), (Some('\''), "'"), (Some('"'), "\"")] {
                let typed = format!("{line}{}", escaped(text, open));
                assert_eq!(split(&typed).words, [text], "{typed}");
            }
        }
        assert_eq!(escaped("dir/a-b_c.wf", None), "dir/a-b_c.wf");
    }
}

//! Rules: what a requirement comes to, once it is understood.

use serde::{Deserialize, Serialize};

use crate::words::{singular, snake, words};

/// Something that must hold of every entry that the generated crate takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// What kind of rule.
    pub kind: Kind,
    /// The field that it is about, in `snake_case`; of `limit` what is counted.
    pub subject: String,
    /// The number in it; 0 where there is none.
    pub value: u32,
    /// The text in it; empty where there is none.
    pub text: String,
    /// The sentence that it comes from.
    pub sentence: String,
}

/// The kinds of rules that are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Not shorter, in characters.
    MinLength,
    /// Not longer, in characters.
    MaxLength,
    /// Holds the text.
    Contains,
    /// Holds something but white space.
    NotEmpty,
    /// Differs from all others, whatever the case of its letters.
    Unique,
    /// No more entries than so many.
    Limit,
}

/// Reads a requirement such as `Passwords have at least 12 characters`.
pub fn understand(sentence: &str) -> Option<Rule> {
    let words = words(sentence);
    let has = |word: &str| words.iter().any(|w| w == word);
    let number = words.iter().find_map(|word| word.parse::<u32>().ok());
    let quoted = sentence.split('"').nth(1).filter(|text| !text.is_empty());
    let characters = has("characters") || has("letters");
    let least = (has("least") || has("minimum")) && number.is_some();
    let most = (has("most") || has("maximum")) && number.is_some();
    let (kind, subject) = match () {
        () if characters && least => (Kind::MinLength, before_verb(&words)?),
        () if characters && most => (Kind::MaxLength, before_verb(&words)?),
        () if quoted.is_some() && (has("contain") || has("contains")) => (Kind::Contains, before_verb(&words)?),
        () if has("unique") => (Kind::Unique, before_verb(&words)?),
        () if has("empty") || has("required") => (Kind::NotEmpty, before_verb(&words)?),
        () if most => (Kind::Limit, after_number(&words)?),
        () => return None,
    };
    // A crate is tried at the edges of its rules: numbers beyond this make no sensible test.
    if number.is_some_and(|number| number > 10_000) {
        return None;
    }
    let value = number.filter(|_| !matches!(kind, Kind::Contains | Kind::Unique | Kind::NotEmpty)).unwrap_or(0);
    let text = quoted.filter(|_| kind == Kind::Contains).unwrap_or("").to_owned();
    Some(Rule { kind, subject: snake(&subject), value, text, sentence: sentence.trim().to_owned() })
}

/// The noun before the verb: `user names are unique` is about the `user name`.
fn before_verb(words: &[String]) -> Option<String> {
    const VERBS: [&str; 12] =
        ["has", "have", "is", "are", "must", "may", "contain", "contains", "should", "need", "needs", "shall"];
    const ARTICLES: [&str; 6] = ["a", "an", "the", "each", "every", "all"];
    let verb = words.iter().position(|word| VERBS.contains(&word.as_str()))?;
    let noun: Vec<&str> = words[..verb].iter().map(String::as_str).filter(|w| !ARTICLES.contains(w)).collect();
    let (last, rest) = noun.split_last()?;
    Some([rest.join(" "), singular(last)].join(" ").trim().to_owned())
}

fn after_number(words: &[String]) -> Option<String> {
    let number = words.iter().position(|word| word.parse::<u32>().is_ok())?;
    words.get(number + 1).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_become_rules() {
        let rule = understand("Passwords must have at least 12 characters").expect("understood");
        assert_eq!((rule.kind, rule.subject.as_str(), rule.value), (Kind::MinLength, "password", 12));
        let rule = understand("each e-mail contains \"@\"").expect("understood");
        assert_eq!((rule.kind, rule.subject.as_str(), rule.text.as_str()), (Kind::Contains, "e_mail", "@"));
        let rule = understand("At most 3 devices").expect("understood");
        assert_eq!((rule.kind, rule.subject.as_str(), rule.value), (Kind::Limit, "devices", 3));
        assert_eq!(understand("It feels fast"), None);
    }
}

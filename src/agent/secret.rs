//! Where secrets come from, and the net that keeps them out of everything that is stored or shown.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use aho_corasick::{AhoCorasick, MatchKind};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// Gives the values of secrets by name, afresh at each attempt.
pub trait Secrets: Send + Sync {
    /// The value of a secret of the plan.
    ///
    /// # Errors
    /// A sentence that says what is missing, without any value.
    fn get(&self, name: &str) -> Result<SecretString, String>;
}

/// What stands where a secret was.
pub const REDACTED: &str = "[REDACTED]";

/// What is said of an answer in which a secret stands.
pub const LEAKED: &str = "a secret stands in the answer; nothing of it is kept";

/// Shortest value that is looked for: shorter ones would hit everywhere.
const BYTES_MIN: usize = 6;

/// Finds the values of secrets, and their usual encodings, in text. Clones are one and the same: what one learns all know.
#[derive(Default, Clone)]
pub struct Redactor {
    known: Arc<RwLock<Known>>,
}

#[derive(Default)]
struct Known {
    /// Longest first, each once.
    needles: Vec<Zeroizing<String>>,
    automaton: Option<AhoCorasick>,
}

impl Redactor {
    /// Prepares for these values.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a SecretString>) -> Self {
        let redactor = Self::default();
        redactor.add(secrets.into_iter().flat_map(|secret| encodings(secret.expose_secret())));
        redactor
    }

    /// Looks for this value too from now on.
    pub fn learn(&self, secret: &SecretString) {
        let value = secret.expose_secret();
        let is_known = self.known().needles.iter().any(|needle| needle.as_str() == value);
        if !is_known {
            self.add(encodings(value).into_iter());
        }
    }

    fn add(&self, needles: impl Iterator<Item = String>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.needles.extend(needles.filter(|needle| needle.len() >= BYTES_MIN).map(Zeroizing::new));
        known.needles.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
        known.needles.dedup();
        let builder = || {
            AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostLongest)
                .build(known.needles.iter().map(|n| n.as_bytes()))
        };
        known.automaton = if known.needles.is_empty() { None } else { builder().ok() };
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.known().automaton.is_none()
    }

    /// Whether a secret stands in `text`.
    pub fn finds(&self, text: &str) -> bool {
        self.known().automaton.as_ref().is_some_and(|automaton| automaton.is_match(text))
    }

    /// Whether a secret stands in `content`.
    pub fn finds_in(&self, content: &[u8]) -> bool {
        self.known().automaton.as_ref().is_some_and(|automaton| automaton.is_match(content))
    }

    /// How many bytes at the end of `content` may be the beginning of a secret, where more is to come.
    pub fn begun_at_end(&self, content: &[u8]) -> usize {
        let begun = |needle: &[u8]| {
            let most = needle.len().saturating_sub(1).min(content.len());
            (1..=most).rev().find(|length| content.ends_with(&needle[..*length]))
        };
        self.known().needles.iter().filter_map(|needle| begun(needle.as_bytes())).max().unwrap_or(0)
    }

    /// `content` with every secret replaced.
    pub fn redact_bytes<'a>(&self, content: &'a [u8]) -> std::borrow::Cow<'a, [u8]> {
        match &self.known().automaton {
            Some(automaton) if automaton.is_match(content) => {
                automaton.replace_all_bytes(content, &vec![REDACTED; automaton.patterns_len()]).into()
            }
            _ => content.into(),
        }
    }

    /// `text` with every secret replaced.
    pub fn redact<'a>(&self, text: &'a str) -> std::borrow::Cow<'a, str> {
        match &self.known().automaton {
            Some(automaton) if automaton.is_match(text) => {
                let count = automaton.patterns_len();
                automaton.replace_all(text, &vec![REDACTED; count]).into()
            }
            _ => text.into(),
        }
    }
}

/// The value itself, its lines, and the forms in which it is usually passed on.
fn encodings(value: &str) -> Vec<String> {
    let json = serde_json::Value::from(value).to_string();
    let mut forms =
        vec![value.to_owned(), json.trim_matches('"').to_owned(), percent(value), hex(value), value.trim().to_owned()];
    forms.extend(value.lines().map(str::to_owned));
    forms.extend(base64_cores(value));
    forms
}

fn percent(value: &str) -> String {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    value.bytes().map(|b| if unreserved(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

fn hex(value: &str) -> String {
    value.bytes().map(|b| format!("{b:02x}")).collect()
}

/// The parts of the value's base64 that do not depend on what stands before or after it, at each of the three offsets.
fn base64_cores(value: &str) -> Vec<String> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let encode = |bytes: &[u8]| -> String {
        bytes
            .chunks_exact(3)
            .flat_map(|c| {
                let word = u32::from(c[0]) << 16 | u32::from(c[1]) << 8 | u32::from(c[2]);
                [18, 12, 6, 0].map(|shift| char::from(ALPHABET[(word >> shift & 63) as usize]))
            })
            .collect()
    };
    let bytes = value.as_bytes();
    let cores = (0..3).filter_map(|skip| bytes.get(skip..)).map(encode);
    cores.flat_map(|core| [core.replace('+', "-").replace('/', "_"), core]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_value_and_its_encodings() {
        let secret = SecretString::from("s3cr\"t/+value".to_owned());
        let redactor = Redactor::new([&secret]);
        assert_eq!(redactor.redact("a s3cr\"t/+value b"), "a [REDACTED] b");
        for form in ["s3cr\\\"t/+value", "s3cr%22t%2F%2Bvalue", "czNjciJ0Lyt2YWx1"] {
            assert!(redactor.finds(form), "{form}");
        }
        assert!(!redactor.finds("another text"));
    }

    #[test]
    fn what_one_learns_all_know() {
        let redactor = Redactor::default();
        let other = redactor.clone();
        assert!(other.is_empty());
        redactor.learn(&SecretString::from("first value".to_owned()));
        redactor.learn(&SecretString::from("second value".to_owned()));
        assert_eq!(other.redact("first value, second value"), "[REDACTED], [REDACTED]");
    }

    #[test]
    fn short_values_are_not_looked_for() {
        let redactor = Redactor::new([&SecretString::from("ab".to_owned())]);
        assert_eq!(redactor.redact("about"), "about");
    }
}

//! Where secrets come from, and the net that keeps them out of everything that is stored or shown.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use aho_corasick::{AhoCorasick, MatchKind};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroize;

use crate::agent::secret::forms::{Form, forms, is_base64};

mod forms;

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

/// Finds the values of secrets, and their usual encodings, in text. Clones are one and the same: what one learns all know.
#[derive(Default, Clone)]
pub struct Redactor {
    known: Arc<RwLock<Known>>,
}

#[derive(Default)]
struct Known {
    /// Longest first, each once.
    needles: Vec<Form>,
    automaton: Option<AhoCorasick>,
}

impl Drop for Known {
    fn drop(&mut self) {
        self.needles.iter_mut().for_each(|needle| needle.text.zeroize());
    }
}

/// Whether a value is so short that nobody looks for it: it would be found everywhere.
pub fn is_too_short(secret: &SecretString) -> bool {
    secret.expose_secret().trim().len() < forms::BYTES_MIN
}

impl Redactor {
    /// Prepares for these values.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a SecretString>) -> Self {
        let redactor = Self::default();
        redactor.add(secrets.into_iter().flat_map(|secret| forms(secret.expose_secret())));
        redactor
    }

    /// Looks for this value too from now on.
    pub fn learn(&self, secret: &SecretString) {
        let value = secret.expose_secret();
        let is_known = self.known().needles.iter().any(|needle| needle.text == value);
        if !is_known {
            self.add(forms(value).into_iter());
        }
    }

    fn add(&self, needles: impl Iterator<Item = Form>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.needles.extend(needles);
        known.needles.sort_by(|a, b| b.text.len().cmp(&a.text.len()).then_with(|| a.cmp(b)));
        known.needles.dedup();
        let builder = || {
            AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostLongest)
                .build(known.needles.iter().map(|n| n.text.as_bytes()))
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
        self.known().needles.iter().filter_map(|needle| begun(needle.text.as_bytes())).max().unwrap_or(0)
    }

    /// `content` with every secret replaced.
    pub fn redact_bytes<'a>(&self, content: &'a [u8]) -> Cow<'a, [u8]> {
        let found = self.found(content);
        if found.is_empty() {
            return content.into();
        }
        let mut clean = Vec::with_capacity(content.len());
        let mut from = 0;
        for range in found {
            clean.extend_from_slice(&content[from..range.start]);
            clean.extend_from_slice(REDACTED.as_bytes());
            from = range.end;
        }
        clean.extend_from_slice(&content[from..]);
        clean.into()
    }

    /// `text` with every secret replaced.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.redact_bytes(text.as_bytes()) {
            Cow::Borrowed(_) => text.into(),
            // Only whole characters are replaced.
            Cow::Owned(clean) => String::from_utf8_lossy(&clean).into_owned().into(),
        }
    }

    /// Where secrets stand, one after the other.
    fn found(&self, content: &[u8]) -> Vec<Range<usize>> {
        let known = self.known();
        let Some(automaton) = &known.automaton else { return Vec::new() };
        let mut found: Vec<Range<usize>> = Vec::new();
        for hit in automaton.find_iter(content) {
            let inside = known.needles[hit.pattern().as_usize()].base64;
            let range = if inside { with_neighbours(content, hit.range()) } else { hit.range() };
            match found.last_mut().filter(|last| range.start < last.end) {
                Some(last) => last.end = last.end.max(range.end),
                None => found.push(range),
            }
        }
        found
    }
}

/// The inside of base64 with what tells some bits of the value beside it: a character before, one after, and the padding.
fn with_neighbours(content: &[u8], Range { start, end }: Range<usize>) -> Range<usize> {
    let before = content[..start].iter().rev().take(1).take_while(|byte| is_base64(**byte)).count();
    let after = content[end..].iter().take(3).take_while(|byte| is_base64(**byte));
    let after = after.enumerate().take_while(|(place, byte)| *place == 0 || **byte == b'=').count();
    start - before..end + after
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_value_and_its_encodings() {
        let secret = SecretString::from("s3cr\"t/+value".to_owned());
        let redactor = Redactor::new([&secret]);
        assert_eq!(redactor.redact("a s3cr\"t/+value b"), "a [REDACTED] b");
        for form in ["s3cr\\\"t/+value", "s3cr%22t%2F%2Bvalue", "czNjciJ0Lyt2YWx1ZQ=="] {
            assert!(redactor.finds(form), "{form}");
        }
        assert!(!redactor.finds("another text"));
    }

    #[test]
    fn of_base64_no_character_is_left_that_tells_of_the_value() {
        let redactor = Redactor::new([&SecretString::from("hunter22".to_owned())]);
        for (text, clean) in [
            ("Authorization: Basic Ym9iOmh1bnRlcjIy\n", "Authorization: Basic Ym9iO[REDACTED]\n"),
            ("YTpodW50ZXIyMg==", "YT[REDACTED]"),
            ("<eGh1bnRlcjIyeA==>", "<e[REDACTED]A==>"),
            ("aHVudGVyMjI=, aHVudGVyMjI=", "[REDACTED], [REDACTED]"),
        ] {
            assert_eq!(redactor.redact(text), clean, "{text}");
        }
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

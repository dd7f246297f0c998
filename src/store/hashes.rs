//! Hashes in text: whatever looks like one may be a reference to a plan or to bytes.

/// Characters of a hash.
const LENGTH: usize = 64;

/// Every word of 64 hexadecimal digits in small letters. What refers to bytes or plans is among them; so may be what does not.
pub fn hashes(text: &[u8]) -> impl Iterator<Item = &str> {
    let words = text.split(|byte| !matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    words.filter(|word| word.len() == LENGTH).filter_map(|word| std::str::from_utf8(word).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_right_length_are_found() {
        let (a, b) = ("a".repeat(64), "0".repeat(64));
        let text = format!("{{\"hash\":\"{a}\",\"{b}\":\"{}\",\"{}\"\u{e9}", "a".repeat(63), "a".repeat(65));
        assert_eq!(hashes(text.as_bytes()).collect::<Vec<_>>(), [a, b]);
    }
}

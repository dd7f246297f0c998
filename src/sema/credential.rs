//! Text that looks like a credential: it does not belong into a program.

/// Known beginnings, the least length of what follows them, and what they are.
const SHAPES: [(&str, usize, &str); 16] = [
    ("sk-ant-", 20, "a key of Anthropic"),
    ("sk-proj-", 20, "a key of OpenAI"),
    ("sk-", 32, "a key of a model's provider"),
    ("ghp_", 30, "a token of GitHub"),
    ("gho_", 30, "a token of GitHub"),
    ("ghs_", 30, "a token of GitHub"),
    ("github_pat_", 30, "a token of GitHub"),
    ("glpat-", 18, "a token of GitLab"),
    ("AKIA", 16, "a key of AWS"),
    ("ASIA", 16, "a key of AWS"),
    ("AIza", 30, "a key of Google"),
    ("xoxb-", 20, "a token of Slack"),
    ("xoxp-", 20, "a token of Slack"),
    ("sk_live_", 16, "a key of Stripe"),
    ("npm_", 30, "a token of npm"),
    ("hf_", 30, "a token of Hugging Face"),
];

/// What a text looks like, if it looks like a credential.
pub(super) fn kind_of(text: &str) -> Option<&'static str> {
    if text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----") {
        return Some("a private key");
    }
    text.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';' | '=' | '(' | ')')).find_map(word)
}

fn word(word: &str) -> Option<&'static str> {
    let known = SHAPES.iter().find(|(start, least, _)| {
        word.strip_prefix(start).is_some_and(|rest| rest.len() >= *least && rest.bytes().all(is_of_token))
    });
    match known {
        Some((_, _, what)) => Some(what),
        None if is_random(word) => Some("a random key"),
        None => None,
    }
}

fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// Long, without words, of small and capital letters and digits in a disorder that no name has. Hashes in hexadecimal are
/// left alone: they are ids more often than keys.
fn is_random(word: &str) -> bool {
    const LENGTHS: std::ops::RangeInclusive<usize> = 32..=1_024;
    const BITS_MIN: f64 = 4.2;
    let bytes = word.as_bytes();
    let all = |test: fn(&u8) -> bool| bytes.iter().all(test);
    let any = |test: fn(&u8) -> bool| bytes.iter().any(test);
    LENGTHS.contains(&bytes.len())
        && all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
        && any(u8::is_ascii_lowercase)
        && any(u8::is_ascii_uppercase)
        && bytes.iter().filter(|byte| byte.is_ascii_digit()).count() >= 3
        && entropy(bytes) >= BITS_MIN
}

/// Bits a byte, by how often each occurs.
fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    bytes.iter().for_each(|byte| counts[*byte as usize] += 1);
    let total = bytes.len() as f64;
    let share = |count: &u32| f64::from(*count) / total;
    counts.iter().filter(|count| **count > 0).map(|count| -share(count) * share(count).log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_from_text() {
        // Put together here, so that no scanner takes this file for a leak.
        let github = ["ghp", "_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"].concat();
        assert_eq!(kind_of(&format!("Bearer {github}")), Some("a token of GitHub"));
        assert_eq!(kind_of("zQ9vK2mX7pL4tR8wN1cY6bH3jF5dG0sA"), Some("a random key"));
        for text in [
            "https://api.github.com/repos/acme/shop/issues",
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "x86_64-unknown-linux-gnu",
            "sk-",
            "You write short, testable specifications.",
        ] {
            assert_eq!(kind_of(text), None, "{text}");
        }
    }
}

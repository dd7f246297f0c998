//! Words in a disorder that no name has.

/// Lengths of random keys.
const LENGTHS: std::ops::RangeInclusive<usize> = 32..=1_024;
/// Bits a byte, at least.
const BITS_MIN: f64 = 4.2;
/// Of 100 neighbours so many are of another sort, at least: a random word has 62, a name in words 25.
const CHANGES_MIN: usize = 40;

/// The first word that looks random.
pub fn find(text: &str) -> Option<&str> {
    let is_of_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_' | '.');
    text.split(|c| !is_of_key(c)).map(|word| word.trim_matches('.')).find(|word| is_random(word))
}

/// Long, of small and capital letters and digits, without words. Hashes in hexadecimal are left alone: they are ids more often
/// than keys; so is text in base 64, which can be read.
fn is_random(word: &str) -> bool {
    let bytes = word.as_bytes();
    let all = |test: fn(&u8) -> bool| bytes.iter().all(test);
    let any = |test: fn(&u8) -> bool| bytes.iter().any(test);
    LENGTHS.contains(&bytes.len())
        && all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
        && any(u8::is_ascii_lowercase)
        && any(u8::is_ascii_uppercase)
        && bytes.iter().filter(|byte| byte.is_ascii_digit()).count() >= 3
        && changes(bytes) * 100 >= CHANGES_MIN * (bytes.len() - 1)
        && entropy(bytes) >= BITS_MIN
        && !is_readable(bytes)
}

/// Neighbours of different sorts: small letters, capital letters, digits, signs.
fn changes(bytes: &[u8]) -> usize {
    let sort = |byte: u8| match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    bytes.windows(2).filter(|pair| sort(pair[0]) != sort(pair[1])).count()
}

/// Bits a byte, by how often each occurs.
fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    bytes.iter().for_each(|byte| counts[*byte as usize] += 1);
    let total = bytes.len() as f64;
    let share = |count: &u32| f64::from(*count) / total;
    counts.iter().filter(|count| **count > 0).map(|count| -share(count) * share(count).log2()).sum()
}

/// Whether this is text in base 64 (without the `=` at its end).
fn is_readable(bytes: &[u8]) -> bool {
    let mut decoded = Vec::with_capacity(bytes.len() * 3 / 4);
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in bytes {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            _ => 63,
        };
        bits = bits << 6 | u32::from(digit);
        held += 6;
        if held >= 8 {
            held -= 8;
            decoded.extend(u8::try_from(bits >> held & 0xff));
        }
    }
    std::str::from_utf8(&decoded).is_ok_and(|text| text.chars().all(|c| !c.is_control() || c.is_whitespace()))
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn disorder_is_told_from_names() {
        for key in [
            "zQ9vK2mX7pL4tR8wN1cY6bH3jF5dG0sA",
            "Tg7kQ2vLx9RbW4mZs8Yd3NhJ6cFp1AaEu5",
            "k9/Tz+4WqL1mB7xV2nR8cY5hJ3gF6dS0pA",
        ] {
            assert_eq!(find(&format!("X-Key: {key}.")), Some(key));
        }
    }

    #[test]
    fn what_can_be_read_is_no_key() {
        for text in [
            // "Dear customer, thank you for your order of 3 lamps."
            "RGVhciBjdXN0b21lciwgdGhhbmsgeW91IGZvciB5b3VyIG9yZGVyIG9mIDMgbGFtcHMu",
            "AbstractSingletonProxyFactoryBean2WithHttp2AndUtf8Support",
            "src/Main2/Resources/Flows64/Release3Notes/CHANGES",
            "9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B",
            "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg",
            "the quick brown fox jumps over the lazy dog 123",
        ] {
            assert_eq!(find(text), None, "{text}");
        }
    }
}

//! The forms in which a value is passed on, as far as they can be looked for.

/// Shortest value that is looked for, in bytes: shorter ones would hit everywhere.
pub const BYTES_MIN: usize = 6;

/// A text in which a value stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Form {
    /// The text.
    pub text: String,
    /// It is the inside of base64: the characters beside it may tell of the value too.
    pub base64: bool,
}

/// All forms of a value: itself, without the space around it, its lines, and how programs write each of the first two.
pub fn forms(value: &str) -> Vec<Form> {
    let long = |text: &&str| text.len() >= BYTES_MIN;
    let plain = |text: String| Form { text, base64: false };
    let inside = |text: String| Form { text, base64: true };
    let whole = [value, value.trim()].into_iter().filter(long);
    let mut forms: Vec<Form> = whole.clone().flat_map(written).map(plain).collect();
    forms.extend(whole.flat_map(base64).map(inside));
    forms.extend(value.lines().filter(long).flat_map(|line| [line.to_owned(), json(line)]).map(plain));
    forms
}

/// As it is, as text of JSON (also in ASCII), in an address, in a form, in hexadecimal digits, in quotes of a shell, in HTML.
fn written(value: &str) -> Vec<String> {
    let (percent, hex) = (percent(value), hex(value));
    let lower = lower_percent(&percent);
    vec![
        value.to_owned(),
        json(value),
        ascii_json(value),
        percent.replace("%20", "+"),
        lower.replace("%20", "+"),
        percent,
        lower,
        hex.to_uppercase(),
        hex,
        value.replace('\'', "'\\''"),
        html(value, "&#39;"),
        html(value, "&#x27;"),
    ]
}

fn json(value: &str) -> String {
    let text = serde_json::Value::from(value).to_string();
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(&text).to_owned()
}

/// As JSON is written by those who leave no character beyond ASCII in it.
fn ascii_json(value: &str) -> String {
    let mut units = [0; 2];
    let escaped = |c: char| match c.is_ascii() {
        true => c.to_string(),
        false => c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
    };
    json(value).chars().map(escaped).collect()
}

fn percent(value: &str) -> String {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    value.bytes().map(|b| if unreserved(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// The same with small digits.
fn lower_percent(text: &str) -> String {
    let mut parts = text.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        text + "%" + &digits.to_lowercase() + rest
    })
}

fn hex(value: &str) -> String {
    value.bytes().map(|b| format!("{b:02x}")).collect()
}

fn html(value: &str, apostrophe: &str) -> String {
    let text = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', apostrophe)
}

/// The characters of the value's base64 that do not depend on what stands before and after it, at each of the three offsets, in
/// both alphabets.
fn base64(value: &str) -> Vec<String> {
    let cores = (0..3).map(|before| core(value.as_bytes(), before));
    cores.flat_map(|core| [core.replace('+', "-").replace('/', "_"), core]).collect()
}

/// The characters all of whose bits are the value's, where so many bytes stand before it.
fn core(value: &[u8], before: usize) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes: Vec<u8> = std::iter::repeat_n(0, before).chain(value.iter().copied()).collect();
    let bit = |at: usize| bytes[at / 8] >> (7 - at % 8) & 1;
    let (from, to) = ((8 * before).div_ceil(6), 8 * bytes.len() / 6);
    let digit = |at: usize| (6 * at..6 * at + 6).fold(0, |digit, at| digit << 1 | bit(at));
    (from..to).map(|at| char::from(ALPHABET[usize::from(digit(at))])).collect()
}

/// Whether a character may stand in base64, padding included.
pub fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(value: &str, text: &str) -> bool {
        forms(value).iter().any(|form| text.contains(&form.text))
    }

    /// What `base64`, `xxd`, `python3 -c 'json.dumps'`, `urllib` and `html.escape` make of values.
    #[test]
    fn programs_write_a_value_in_many_ways() {
        for (value, text) in [
            ("pass12", "Ym9iOnBhc3MxMg=="),
            ("hunter22", "Ym9iOmh1bnRlcjIy"),
            ("pass12", "cGFzczEy"),
            ("pass12", "YnBhc3MxMmM="),
            ("tok/en?", "746F6B2F656E3F"),
            ("tok/en?", "tok%2fen%3f"),
            ("tok en?", "tok+en%3F"),
            ("schön!", "sch\\u00f6n!"),
            ("it's me", "it'\\''s me"),
            ("a<b>&'c'", "a&lt;b&gt;&amp;&#x27;c&#x27;"),
            ("line one\nline two", "x line two"),
            ("  padded  ", "cGFkZGVk"),
        ] {
            assert!(has(value, text), "{value} as {text}: {:?}", forms(value));
        }
    }

    #[test]
    fn no_form_is_shorter_than_what_is_looked_for() {
        for value in ["", "ab", "a\nb\nc\nd\ne", "secret", "öö", "ööö", "a\n\nlonger line"] {
            assert!(forms(value).iter().all(|form| form.text.len() >= BYTES_MIN), "{:?}", forms(value));
        }
    }
}

//! Reads a number or an amount from its text, and says what is wrong with one that cannot be read.

use crate::base::unit::{self, UnitError};
use crate::syntax::ast::ExprKind;

/// What keeps a number from being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BadNumber {
    /// About a unit rather than about digits.
    pub unit: bool,
    pub message: String,
    pub label: &'static str,
    pub help: Option<String>,
    /// What to write instead, where there is one reading.
    pub instead: Option<String>,
}

/// Every unit of the language, for messages and for words that stand apart from their number.
pub(super) const UNITS: [&str; 11] = ["ms", "s", "m", "h", "d", "usd", "tok", "B", "KiB", "MiB", "GiB"];

/// How other tools and people spell units, and what they are here.
const OTHER_SPELLINGS: [(&str, &str); 34] = [
    ("sec", "s"),
    ("secs", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("min", "m"),
    ("mins", "m"),
    ("minute", "m"),
    ("minutes", "m"),
    ("hr", "h"),
    ("hrs", "h"),
    ("hour", "h"),
    ("hours", "h"),
    ("day", "d"),
    ("days", "d"),
    ("msec", "ms"),
    ("millis", "ms"),
    ("milliseconds", "ms"),
    ("USD", "usd"),
    ("dollars", "usd"),
    ("dollar", "usd"),
    ("token", "tok"),
    ("tokens", "tok"),
    ("toks", "tok"),
    ("b", "B"),
    ("bytes", "B"),
    ("K", "KiB"),
    ("KB", "KiB"),
    ("kb", "KiB"),
    ("kB", "KiB"),
    ("M", "MiB"),
    ("MB", "MiB"),
    ("mb", "MiB"),
    ("GB", "GiB"),
    ("gb", "GiB"),
];

/// Reads `42`, `3.5`, `1h30m`, `4.20usd`, `200_000tok`, `16MiB`.
pub(super) fn read(text: &str) -> Result<ExprKind, BadNumber> {
    let digits = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b'_').count();
    let rest = &text[digits..];
    if rest.is_empty() {
        return whole(text).map(ExprKind::Int);
    }
    if let Some(fraction) = rest.strip_prefix('.')
        && fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_')
    {
        return float(text).map(ExprKind::Float);
    }
    if let Some(problem) = foreign(text, &text[..digits], rest) {
        return Err(problem);
    }
    amount(text)
}

/// Reads a whole number; anything else is a problem that says what is wanted.
pub(super) fn read_whole(text: &str) -> Result<i64, BadNumber> {
    match read(text)? {
        ExprKind::Int(value) => Ok(value),
        _ => Err(bad(format!("`{}` is not a whole number", shorten(text)), "a whole number is needed")
            .help("write a number such as `3`")),
    }
}

/// Reads a duration into milliseconds.
pub(super) fn read_duration(text: &str) -> Result<i64, BadNumber> {
    match read(text)? {
        ExprKind::Duration(ms) => Ok(ms),
        _ => Err(bad_unit(format!("`{}` is not a duration", shorten(text)), "a duration is needed").help(format!(
            "write a duration such as `{}s`",
            text.chars().take_while(char::is_ascii_digit).collect::<String>()
        ))),
    }
}

fn whole(text: &str) -> Result<i64, BadNumber> {
    underscores(text, text)?;
    leading_zeros(text, text)?;
    let plain: String = text.chars().filter(|c| *c != '_').collect();
    plain.parse().map_err(|_| out_of_range(text, "whole numbers end at 9223372036854775807"))
}

fn float(text: &str) -> Result<f64, BadNumber> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    underscores(text, whole)?;
    underscores(text, fraction)?;
    leading_zeros(text, whole)?;
    let plain: String = text.chars().filter(|c| *c != '_').collect();
    match plain.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(out_of_range(text, "the largest number is about 1.8 · 10³⁰⁸")),
    }
}

fn underscores(text: &str, digits: &str) -> Result<(), BadNumber> {
    if digits.starts_with('_') || digits.ends_with('_') || digits.contains("__") {
        let parts: Vec<&str> = text.split('.').map(|part| part.trim_matches('_')).collect();
        let mut fixed = parts.join(".");
        while fixed.contains("__") {
            fixed = fixed.replace("__", "_");
        }
        return Err(bad("`_` in a number stands between two digits", "underscore out of place").instead(fixed));
    }
    Ok(())
}

fn leading_zeros(text: &str, whole: &str) -> Result<(), BadNumber> {
    if whole.len() > 1 && whole.starts_with('0') {
        let trimmed = text.trim_start_matches(['0', '_']);
        let fixed =
            if trimmed.is_empty() || trimmed.starts_with('.') { format!("0{trimmed}") } else { trimmed.to_owned() };
        return Err(bad("a number does not begin with zeros", "leading zero").instead(fixed));
    }
    Ok(())
}

/// Hexadecimal and the like, exponents: numbers of other languages.
fn foreign(text: &str, digits: &str, rest: &str) -> Option<BadNumber> {
    let base = match rest.as_bytes().first() {
        Some(b'x' | b'X') if digits == "0" => Some(16),
        Some(b'o' | b'O') if digits == "0" => Some(8),
        Some(b'b') if digits == "0" && rest.len() > 1 => Some(2),
        _ => None,
    };
    if let Some(base) = base {
        let problem = bad(format!("`{}` is not a number here", shorten(text)), "only decimal digits");
        let plain: String = rest[1..].chars().filter(|c| *c != '_').collect();
        return Some(match i64::from_str_radix(&plain, base) {
            Ok(value) => problem.instead(value.to_string()),
            Err(_) => problem.help("write the number in decimal digits"),
        });
    }
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let exponent = text.get(mantissa.len() + 1..).unwrap_or_default();
    let is_exponent = rest.contains(['e', 'E'])
        && mantissa.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'_' | b'.'))
        && exponent.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    is_exponent.then(|| {
        bad(format!("`{}` has an exponent", shorten(text)), "no exponents").help("write the number out in digits")
    })
}

fn amount(text: &str) -> Result<ExprKind, BadNumber> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_' || c == '.');
    let parsed = match unit {
        "usd" => unit::parse_money(text).map(ExprKind::Money),
        "tok" => unit::parse_tokens(text).map(ExprKind::Tokens),
        "B" | "KiB" | "MiB" | "GiB" => unit::parse_size(text).map(ExprKind::Size),
        _ => unit::parse_duration(text).map(ExprKind::Duration),
    };
    parsed.map_err(|error| match error {
        UnitError::OutOfRange if unit == "usd" && text.split_once('.').is_some_and(|(_, f)| f.len() > 9) => {
            bad_unit(format!("`{text}` is finer than a millionth of a dollar"), "too many decimals")
                .help("write at most six decimals")
        }
        UnitError::OutOfRange => BadNumber { unit: true, ..out_of_range(text, "the amount does not fit into 64 bits") },
        UnitError::Malformed => malformed_amount(text, unit),
    })
}

fn malformed_amount(text: &str, unit: &str) -> BadNumber {
    let number = &text[..text.len() - unit.len()];
    if let Err(problem) = number.split('.').try_for_each(|part| underscores(text, part)) {
        return BadNumber { instead: problem.instead.map(|fixed| fixed + unit), ..problem };
    }
    let parts = duration_parts(text);
    if let Some(parts) = &parts
        && parts.len() > 1
    {
        return compound_problem(text, parts);
    }
    if !UNITS.contains(&unit) {
        return unknown_unit(text, number, unit);
    }
    if number.contains('.') {
        return fraction_problem(text, number, unit);
    }
    bad_unit(format!("`{}` cannot be read as an amount", shorten(text)), "not an amount")
}

/// `1h30m` as `[("1", "h"), ("30", "m")]`, if all of it has that form with known units.
fn duration_parts(text: &str) -> Option<Vec<(&str, &str)>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(|b| b.is_ascii_digit() || *b == b'_').count();
        let (number, after) = rest.split_at(digits);
        let letters = after.bytes().take_while(u8::is_ascii_lowercase).count();
        let (unit, next) = after.split_at(letters);
        if number.is_empty() || !UNITS[..5].contains(&unit) {
            return None;
        }
        parts.push((number, unit));
        rest = next;
    }
    Some(parts)
}

fn compound_problem(text: &str, parts: &[(&str, &str)]) -> BadNumber {
    let rank = |unit: &str| UNITS.iter().position(|known| *known == unit);
    let twice = parts.iter().enumerate().find(|(at, part)| parts[..*at].iter().any(|before| before.1 == part.1));
    if let Some((_, (_, unit))) = twice {
        return bad_unit(format!("`{}` counts `{unit}` twice", shorten(text)), "each unit once").help("add the two up");
    }
    let mut sorted = parts.to_vec();
    sorted.sort_by_key(|part| std::cmp::Reverse(rank(part.1)));
    bad_unit(format!("the units of `{text}` do not go from long to short"), "units out of order")
        .instead(sorted.iter().map(|(number, unit)| format!("{number}{unit}")).collect())
}

fn fraction_problem(text: &str, number: &str, unit: &str) -> BadNumber {
    let problem = bad_unit(format!("`{text}` has a fraction"), "whole numbers only");
    let factor = match unit {
        "ms" => Some(1.0),
        "s" => Some(1_000.0),
        "m" => Some(60_000.0),
        "h" => Some(3_600_000.0),
        "d" => Some(86_400_000.0),
        _ => None,
    };
    let ms = number.parse::<f64>().ok().zip(factor).map(|(number, factor)| number * factor);
    match ms {
        Some(ms) if (1.0..1e12).contains(&ms) && ms.fract() == 0.0 => problem.instead(unit::format_duration(ms as i64)),
        _ => problem.help("use the next smaller unit"),
    }
}

fn unknown_unit(text: &str, number: &str, unit: &str) -> BadNumber {
    let problem = bad_unit(format!("there is no unit `{}`", shorten(unit)), "unknown unit");
    match nearest_unit(unit) {
        Some(known) if read(&format!("{number}{known}")).is_ok() => problem.instead(format!("{number}{known}")),
        _ if unit.bytes().all(|b| b == b'_') || text.ends_with('_') => problem.help("remove the underscore"),
        _ => problem.help("the units are `ms s m h d`, `usd`, `tok` and `B KiB MiB GiB`"),
    }
}

/// The unit of the language that a word of other tools means.
pub(super) fn nearest_unit(word: &str) -> Option<&'static str> {
    let exact = UNITS.iter().find(|unit| **unit == word);
    let other = || OTHER_SPELLINGS.iter().find(|(spelling, _)| *spelling == word).map(|(_, unit)| unit);
    exact.or_else(other).copied()
}

fn out_of_range(text: &str, help: &str) -> BadNumber {
    bad(format!("`{}` is too large", shorten(text)), "out of range").help(help)
}

fn shorten(text: &str) -> String {
    if text.len() <= 24 { text.to_owned() } else { format!("{}…", text.chars().take(20).collect::<String>()) }
}

fn bad(message: impl Into<String>, label: &'static str) -> BadNumber {
    BadNumber { unit: false, message: message.into(), label, help: None, instead: None }
}

fn bad_unit(message: impl Into<String>, label: &'static str) -> BadNumber {
    BadNumber { unit: true, ..bad(message, label) }
}

impl BadNumber {
    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    fn instead(mut self, text: String) -> Self {
        self.help = Some(format!("write `{text}`"));
        self.instead = Some(text);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_numbers() {
        assert_eq!(read("200_000"), Ok(ExprKind::Int(200_000)));
        assert_eq!(read("0"), Ok(ExprKind::Int(0)));
        assert_eq!(read("3.5"), Ok(ExprKind::Float(3.5)));
        assert_eq!(read("1h30m"), Ok(ExprKind::Duration(5_400_000)));
        assert_eq!(read("4.20usd"), Ok(ExprKind::Money(4_200_000)));
        assert_eq!(read("16MiB"), Ok(ExprKind::Size(16 << 20)));
        assert_eq!(read("0B"), Ok(ExprKind::Size(0)));
        assert_eq!(read("200_000tok"), Ok(ExprKind::Tokens(200_000)));
    }

    #[test]
    fn each_bad_number_has_its_own_message() {
        let cases = [
            ("1h1h", true, "`1h1h` counts `h` twice", None),
            ("30m1h", true, "the units of `30m1h` do not go from long to short", Some("1h30m")),
            ("1.5s", true, "`1.5s` has a fraction", Some("1s500ms")),
            ("5parsecs", true, "there is no unit `parsecs`", None),
            ("5min", true, "there is no unit `min`", Some("5m")),
            ("10MB", true, "there is no unit `MB`", Some("10MiB")),
            ("999999999999999999d", true, "`999999999999999999d` is too large", None),
            ("00012", false, "a number does not begin with zeros", Some("12")),
            ("1_000_", false, "`_` in a number stands between two digits", Some("1_000")),
            ("1__0", false, "`_` in a number stands between two digits", Some("1_0")),
            ("1e999", false, "`1e999` has an exponent", None),
            ("1.5e3", false, "`1.5e3` has an exponent", None),
            ("0xff", false, "`0xff` is not a number here", Some("255")),
            ("9223372036854775808", false, "`9223372036854775808` is too large", None),
            ("0.0000001usd", true, "`0.0000001usd` is finer than a millionth of a dollar", None),
        ];
        for (text, unit, message, instead) in cases {
            let problem = read(text).expect_err(text);
            assert_eq!((problem.unit, problem.message.as_str(), problem.instead.as_deref()), (unit, message, instead));
        }
        assert!(read(&"9".repeat(400)).is_err());
        assert!(read(&format!("{}.0", "9".repeat(400))).is_err());
    }
}

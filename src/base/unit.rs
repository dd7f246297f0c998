//! Durations, money, tokens and sizes: how they are counted and how they are spelled.
//!
//! One spelling everywhere: source, messages, JSON, `-i`. `format(parse(text))` is the shortest spelling of the same amount.

use serde::{Deserialize, Serialize};

/// Longest duration that a program may state: ten years, in milliseconds.
pub const DURATION_MS_MAX: i64 = 10 * 365 * 86_400_000;

/// What a model costs: millionths of a dollar for each 1,000,000 tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// Of what is sent.
    pub input: i64,
    /// Of what is answered.
    pub output: i64,
}

impl Price {
    /// What so many calls cost that each send and answer so many tokens: millionths of a dollar, rounded up.
    pub fn of(self, input: i64, output: i64, calls: i64) -> i64 {
        let of = |price: i64, tokens: i64| i128::from(price) * i128::from(tokens);
        let once = of(self.input, input).saturating_add(of(self.output, output));
        let all = once.saturating_mul(i128::from(calls)).saturating_add(999_999);
        i64::try_from(all / 1_000_000).unwrap_or(i64::MAX)
    }
}

const DURATION_UNITS: [(&str, i64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
const SIZE_UNITS: [(&str, i64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

/// Why a unit literal cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitError {
    /// Not of the form of this unit at all.
    Malformed,
    /// The number does not fit.
    OutOfRange,
}

/// Reads `1h30m` and the like into milliseconds: units descending, each once, no sign, no fraction.
pub fn parse_duration(text: &str) -> Result<i64, UnitError> {
    let mut rest = text;
    let mut total: i64 = 0;
    let mut previous = DURATION_UNITS.len();
    let mut seen = false;
    while !rest.is_empty() {
        let (number, after) = digits(rest)?;
        let letters = after.bytes().take_while(u8::is_ascii_lowercase).count();
        let unit = &after[..letters];
        let index = DURATION_UNITS.iter().position(|(name, _)| *name == unit).ok_or(UnitError::Malformed)?;
        if seen && index <= previous {
            return Err(UnitError::Malformed);
        }
        let part = number.checked_mul(DURATION_UNITS[index].1).ok_or(UnitError::OutOfRange)?;
        total = total.checked_add(part).ok_or(UnitError::OutOfRange)?;
        (previous, seen, rest) = (index, true, &after[letters..]);
    }
    if seen { Ok(total) } else { Err(UnitError::Malformed) }
}

/// Spells milliseconds as a duration literal; negative ones with a leading `-`.
pub fn format_duration(ms: i64) -> String {
    compound(ms, &DURATION_UNITS, "0s")
}

/// Reads `4.20usd` into millionths of a dollar.
pub fn parse_money(text: &str) -> Result<i64, UnitError> {
    let number = text.strip_suffix("usd").ok_or(UnitError::Malformed)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let (whole, rest) = digits(whole)?;
    if !rest.is_empty() || (number.contains('.') && fraction.is_empty()) {
        return Err(UnitError::Malformed);
    }
    let fraction: String = fraction.chars().filter(|c| *c != '_').collect();
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return Err(UnitError::Malformed);
    }
    if fraction.len() > 6 {
        return Err(UnitError::OutOfRange);
    }
    let micros: i64 = format!("{fraction:0<6}").parse().map_err(|_| UnitError::Malformed)?;
    whole.checked_mul(1_000_000).and_then(|w| w.checked_add(micros)).ok_or(UnitError::OutOfRange)
}

/// Spells millionths of a dollar: at least two decimals when there are any.
pub fn format_money(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let (whole, fraction) = (micros.unsigned_abs() / 1_000_000, micros.unsigned_abs() % 1_000_000);
    if fraction == 0 {
        return format!("{sign}{whole}usd");
    }
    let digits = format!("{fraction:06}");
    let kept = digits.trim_end_matches('0');
    format!("{sign}{whole}.{kept:0<2}usd")
}

/// Reads `200_000tok`.
pub fn parse_tokens(text: &str) -> Result<i64, UnitError> {
    match digits(text.strip_suffix("tok").ok_or(UnitError::Malformed)?)? {
        (number, "") => Ok(number),
        _ => Err(UnitError::Malformed),
    }
}

/// Spells a number of tokens.
pub fn format_tokens(tokens: i64) -> String {
    format!("{tokens}tok")
}

/// Reads `16MiB` into bytes.
pub fn parse_size(text: &str) -> Result<i64, UnitError> {
    let (number, unit) = digits(text)?;
    let (_, factor) = SIZE_UNITS.iter().find(|(name, _)| *name == unit).ok_or(UnitError::Malformed)?;
    number.checked_mul(*factor).ok_or(UnitError::OutOfRange)
}

/// Spells bytes in the largest unit that divides them.
pub fn format_size(bytes: i64) -> String {
    let (name, factor) = SIZE_UNITS
        .iter()
        .find(|(_, factor)| bytes != 0 && bytes % factor == 0)
        .unwrap_or(&SIZE_UNITS[SIZE_UNITS.len() - 1]);
    format!("{}{name}", bytes / factor)
}

/// Reads `200_000`: digits with single underscores between them; gives the rest of the text.
fn digits(text: &str) -> Result<(i64, &str), UnitError> {
    let end = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b'_').count();
    let (number, rest) = text.split_at(end);
    if number.is_empty() || number.starts_with('_') || number.ends_with('_') || number.contains("__") {
        return Err(UnitError::Malformed);
    }
    let plain: String = number.chars().filter(|c| *c != '_').collect();
    plain.parse().map(|number| (number, rest)).map_err(|_| UnitError::OutOfRange)
}

fn compound(amount: i64, units: &[(&str, i64)], zero: &str) -> String {
    if amount == 0 {
        return zero.to_owned();
    }
    let mut text = String::from(if amount < 0 { "-" } else { "" });
    let mut rest = amount.unsigned_abs();
    for (name, factor) in units {
        let factor = factor.unsigned_abs();
        if rest >= factor {
            text.push_str(&format!("{}{name}", rest / factor));
            rest %= factor;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_descend_and_occur_once() {
        assert_eq!(parse_duration("1h30m"), Ok(5_400_000));
        assert_eq!(parse_duration("1_000ms"), Ok(1_000));
        for wrong in ["", "5", "30m1h", "1h1h", "1.5s", "-5s", "5 s", "5x"] {
            assert_eq!(parse_duration(wrong), Err(UnitError::Malformed), "{wrong}");
        }
        assert_eq!(parse_duration("999999999999999999d"), Err(UnitError::OutOfRange));
        assert_eq!(format_duration(5_400_000), "1h30m");
        assert_eq!((format_duration(0), format_duration(-1_500)), ("0s".into(), "-1s500ms".into()));
    }

    #[test]
    fn amounts_round_trip() {
        assert_eq!(parse_money("4.20usd").map(format_money), Ok("4.20usd".into()));
        assert_eq!(parse_money("0.000001usd").map(format_money), Ok("0.000001usd".into()));
        assert_eq!(parse_money("4.usd"), Err(UnitError::Malformed));
        assert_eq!(parse_size("16MiB").map(format_size), Ok("16MiB".into()));
        assert_eq!(format_size(1_500), "1500B");
        assert_eq!(parse_tokens("200_000tok").map(format_tokens), Ok("200000tok".into()));
    }
}

//! How figures are said to people: times, amounts, ids. Machines get them from JSON.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::agent::Usage;
use crate::base::unit;

/// A span of time, the finer the shorter: `0.8s`, `4m10s`, `1h11m`, `3d4h`.
pub fn took(ms: i64) -> String {
    let ms = ms.max(0);
    if ms < 60_000 { format!("{}.{}s", ms / 1_000, ms % 1_000 / 100) } else { coarse(ms) }
}

/// The same in whole seconds between one and a minute: `3s`.
pub fn about(ms: i64) -> String {
    let ms = ms.max(0);
    if ms < 1_000 {
        took(ms)
    } else if ms < 60_000 {
        format!("{}s", ms / 1_000)
    } else {
        coarse(ms)
    }
}

/// A time to wait, as [`about`]; less than a second is told whole: `200ms`.
pub fn pause(ms: i64) -> String {
    if ms < 1_000 { at_most(ms) } else { about(ms) }
}

/// A span of time as a bound: rounded up to what is shown of it.
pub fn at_most(ms: i64) -> String {
    let unit = match ms.max(0) {
        0..1_000 => return format!("{}ms", ms.max(0)),
        1_000..3_600_000 => 1_000,
        3_600_000..86_400_000 => 60_000,
        _ => 3_600_000,
    };
    let up = ms.saturating_add(unit - 1);
    about(up - up % unit)
}

fn coarse(ms: i64) -> String {
    let (seconds, minutes, hours, days) = (ms / 1_000, ms / 60_000, ms / 3_600_000, ms / 86_400_000);
    let pair = |big: i64, big_unit: &str, small: i64, small_unit: &str| match small {
        0 => format!("{big}{big_unit}"),
        _ => format!("{big}{big_unit}{small}{small_unit}"),
    };
    match (days, hours) {
        (0, 0) => pair(minutes, "m", seconds % 60, "s"),
        (0, _) => pair(hours, "h", minutes % 60, "m"),
        _ => pair(days, "d", hours % 24, "h"),
    }
}

/// What calls cost: `2_140tok  0.02usd`, each only where there is any.
pub fn usage(usage: Usage) -> Option<String> {
    let tokens = (usage.tokens != 0).then(|| format!("{}tok", grouped(usage.tokens)));
    let money = (usage.money != 0).then(|| money(usage.money));
    let parts: Vec<String> = tokens.into_iter().chain(money).collect();
    (!parts.is_empty()).then(|| parts.join("  "))
}

/// In cents, rounded up, unless it is less than one.
pub fn money(micros: i64) -> String {
    const CENT: i64 = 10_000;
    if micros < CENT {
        return unit::format_money(micros);
    }
    let cents = micros / CENT + i64::from(micros % CENT != 0);
    format!("{}.{:02}usd", cents / 100, cents % 100)
}

/// `2_140`.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

/// The same of what cannot be negative.
pub fn grouped_count(number: u64) -> String {
    grouped(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Milliseconds since 1970 of an RFC 3339 time; 0 where it is none.
pub fn parse_time(text: &str) -> i64 {
    text.parse::<Timestamp>().map_or(0, Timestamp::as_millisecond)
}

/// RFC 3339 with milliseconds, in UTC.
pub fn rfc3339(ms: i64) -> String {
    let time = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// The time of day where the user is: `14:02:11`.
pub fn clock(ms: i64) -> String {
    local(ms, "%H:%M:%S")
}

/// The minute where the user is: `2026-11-22 14:02`.
pub fn minute(ms: i64) -> String {
    local(ms, "%Y-%m-%d %H:%M")
}

/// A time near `now`, as short as it is clear: `14:02`, `Mon 14:02`, `2026-11-22 14:02`.
pub fn near(ms: i64, now: i64) -> String {
    const DAY: i64 = 86_400_000;
    const SOON: i64 = 600_000;
    if (ms - now).abs() < SOON {
        local(ms, "%H:%M:%S")
    } else if local(ms, "%Y-%m-%d") == local(now, "%Y-%m-%d") {
        local(ms, "%H:%M")
    } else if (ms - now).abs() < 6 * DAY {
        local(ms, "%a %H:%M")
    } else {
        minute(ms)
    }
}

fn local(ms: i64, format: &str) -> String {
    let time = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    time.to_zoned(TimeZone::system()).strftime(format).to_string()
}

/// `1 stage`, `3 stages`.
pub fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped_count(number), if number == 1 { one } else { many })
}

/// `attempt 2 of 5`. After a retry of the run a policy counts anew and attempts go on: of those beyond it only the number is told.
pub fn attempt(number: u32, of: Option<u32>) -> String {
    match of.filter(|of| *of >= number) {
        Some(of) => format!("attempt {number} of {of}"),
        None => format!("attempt {number}"),
    }
}

/// Bytes as people read them: `812B`, `3.2MiB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match UNITS.iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => format!("{}.{}{name}", bytes / unit, bytes % unit * 10 / unit),
        None => format!("{bytes}B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_one_digit_after_the_point() {
        let said = [0, 1_023, 1_024, 3_500_000, (1 << 30) - 1, u64::MAX].map(size);
        assert_eq!(said, ["0B", "1023B", "1.0KiB", "3.3MiB", "1023.9MiB", "17179869183.9GiB"]);
    }

    #[test]
    fn times_are_the_finer_the_shorter() {
        let said = [0, 840, 17_400, 60_000, 250_000, 3_600_000, 4_260_000, 100_000_000].map(took);
        assert_eq!(said, ["0.0s", "0.8s", "17.4s", "1m", "4m10s", "1h", "1h11m", "1d3h"]);
        assert_eq!((about(3_900), took(-5)), ("3s".into(), "0.0s".into()));
        let bounds = [0, 250, 3_001, 59_001, 60_001, 4_260_001, 86_400_001].map(at_most);
        assert_eq!(bounds, ["0ms", "250ms", "4s", "1m", "1m1s", "1h12m", "1d1h"]);
    }

    #[test]
    fn amounts_read_like_literals() {
        assert_eq!(usage(Usage { tokens: 2_140, money: 15_001 }), Some("2_140tok  0.02usd".into()));
        assert_eq!(usage(Usage { tokens: 0, money: 2_500 }), Some("0.0025usd".into()));
        assert_eq!(usage(Usage::default()), None);
        assert_eq!((grouped(-1_234_567), grouped(999)), ("-1_234_567".into(), "999".into()));
    }
}

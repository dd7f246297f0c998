//! Ids of runs: how they are made, and what may be one.

/// Digits of Crockford's base 32, lower case: none is taken for another. Their order is that of their values.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The start of 2020 in milliseconds since 1970: what the ids count from.
const EPOCH_MS: i64 = 1_577_836_800_000;

/// Bits of time in an id, in steps of 64 ms: enough until 2089.
const TIME_BITS: u32 = 35;

/// Bits of chance in an id.
const CHANCE_BITS: u32 = 15;

/// Longest name of a run, in bytes.
pub const NAME_BYTES_MAX: usize = 64;

/// A new id: seven characters of time, three of chance. Ids made at least 64 ms apart sort by time.
///
/// Two ids made at the same moment may be the same: whoever creates the run tries again then.
pub fn new_run_id(now_ms: i64, random: u64) -> String {
    let steps = u64::try_from(now_ms.saturating_sub(EPOCH_MS)).unwrap_or(0) >> 6;
    let time = steps & ((1 << TIME_BITS) - 1);
    let chance = random & ((1 << CHANCE_BITS) - 1);
    let number = time << CHANCE_BITS | chance;
    let digit = |place: u32| char::from(DIGITS[(number >> (place * 5) & 31) as usize]);
    (0..10).rev().map(digit).collect()
}

/// Whether `name` may be the id of a run: it becomes the name of a file and a word of a command line.
///
/// # Errors
/// Says what is wrong with it, to stand after a colon.
pub fn check_name(name: &str) -> Result<(), &'static str> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    match name.as_bytes() {
        [] => Err("it is empty"),
        [b'-' | b'.', ..] => Err("it starts with `-` or `.`"),
        bytes if bytes.len() > NAME_BYTES_MAX => Err("it is longer than 64 characters"),
        bytes if !bytes.iter().copied().all(allowed) => Err("only letters, digits, `-`, `_` and `.` may stand in it"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_differ_by_chance() {
        let now = 1_800_000_000_000;
        let early = new_run_id(now, u64::MAX);
        let late = new_run_id(now + 64, 0);
        assert!(early < late, "{early} {late}");
        assert_eq!(early.len(), 10);
        assert_ne!(new_run_id(now, 1), new_run_id(now, 2));
        assert_eq!(new_run_id(-1, 0), "0000000000");
        assert_eq!(new_run_id(i64::MAX, 0).len(), 10);
    }

    #[test]
    fn names_are_safe_as_files_and_words() {
        assert_eq!(check_name("release-2.1_a"), Ok(()));
        assert_eq!(check_name(&new_run_id(1_800_000_000_000, 7)), Ok(()));
        for wrong in ["", ".", "..", "-x", "a/b", "a b", "é", "@latest", &"x".repeat(65)] {
            assert!(check_name(wrong).is_err(), "{wrong}");
        }
    }
}

//! Ids of runs: how they are made, and what may be one.

use crate::store::{RunInfo, Store, StoreError};

/// Attempts at an id that no other run has.
const IDS_TRIED_MAX: usize = 16;

/// Digits of Crockford's base 32, lower case: none is taken for another.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The start of 2020 in milliseconds since 1970: what the ids count from.
const EPOCH_MS: i64 = 1_577_836_800_000;

/// Bits of time in an id, in steps of 64 ms: enough until 2089.
const TIME_BITS: u32 = 35;

/// Bits of chance in an id.
const CHANCE_BITS: u32 = 15;

/// Longest name of a run, in bytes.
pub const NAME_BYTES_MAX: usize = 64;

/// A new id of ten characters, from time and chance.
///
/// Both are spread over all characters: people type the first few, and those of runs made one after another must differ.
/// Ids made at least 64 ms apart are never the same; two made at the same moment may be: whoever creates the run tries again
/// then.
pub fn new_run_id(now_ms: i64, random: u64) -> String {
    let steps = u64::try_from(now_ms.saturating_sub(EPOCH_MS)).unwrap_or(0) >> 6;
    let time = steps & ((1 << TIME_BITS) - 1);
    let chance = random & ((1 << CHANCE_BITS) - 1);
    let number = spread(time << CHANCE_BITS | chance);
    let digit = |place: u32| char::from(DIGITS[(number >> (place * 5) & 31) as usize]);
    (0..10).rev().map(digit).collect()
}

/// Creates a run under an id that no other has: `info` gives another one each time.
///
/// # Errors
/// As [`Store::create`].
pub async fn create(store: &dyn Store, plan: &str, info: impl Fn() -> RunInfo) -> Result<RunInfo, StoreError> {
    for _ in 1..IDS_TRIED_MAX {
        let info = info();
        match store.create(&info, plan).await {
            Err(StoreError::Exists(_)) => {}
            made => return made.map(|()| info),
        }
    }
    let info = info();
    store.create(&info, plan).await.map(|()| info)
}

/// Another number of 50 bits for each, in which each bit of the input changes about half of the leading bits.
fn spread(number: u64) -> u64 {
    const MASK: u64 = (1 << (TIME_BITS + CHANCE_BITS)) - 1;
    // Multiplying by an odd number and adding the high half to the low one can both be undone: nothing is lost.
    let once = |number: u64| {
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) & MASK;
        mixed ^ mixed >> 25
    };
    once(once(once(number)))
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
    fn ids_differ_by_time_and_chance() {
        let now = 1_800_000_000_000;
        let (early, late) = (new_run_id(now, 7), new_run_id(now + 64, 7));
        assert_ne!(early, late);
        assert_ne!(new_run_id(now, 1), new_run_id(now, 2));
        for id in [early, new_run_id(-1, 0), new_run_id(i64::MAX, u64::MAX)] {
            assert_eq!(id.len(), 10, "{id}");
        }
    }

    #[test]
    fn the_first_characters_tell_runs_of_one_day_apart() {
        let starts: std::collections::BTreeSet<String> =
            (0..200).map(|n| new_run_id(1_800_000_000_000 + n * 400_000, n as u64)[..4].to_owned()).collect();
        assert!(starts.len() >= 197, "{}", starts.len());
        let numbers: std::collections::BTreeSet<u64> = (0..10_000).map(spread).collect();
        assert_eq!(numbers.len(), 10_000);
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

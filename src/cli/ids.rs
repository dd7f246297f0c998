//! Ids of runs as people are told them: short, as long as they are unique.

use crate::store::{Store, StoreError};

/// Characters that an id is told with at least.
const LENGTH_MIN: usize = 4;

/// Characters of an id that was not given with `--id`.
const LENGTH: usize = 10;

/// The shortest beginning of `id`, of at least four characters, that no other run of the store has. Names are told whole.
///
/// # Errors
/// The store cannot be read.
pub async fn short(store: &dyn Store, id: &str) -> Result<String, StoreError> {
    if is_name(id) {
        return Ok(id.to_owned());
    }
    for length in LENGTH_MIN..id.len() {
        match store.find(&id[..length]).await {
            Ok(found) if found.id == id => return Ok(id[..length].to_owned()),
            Ok(_) | Err(StoreError::Ambiguous(..)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(id.to_owned())
}

/// A text in which runs are told by their short ids.
///
/// # Errors
/// The store cannot be read.
pub async fn shortened(store: &dyn Store, text: &str) -> Result<String, StoreError> {
    let mut told = String::new();
    for word in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let id = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let known = !is_name(id) && matches!(store.find(id).await, Ok(found) if found.id == id);
        told += &if known { short(store, id).await? } else { id.to_owned() };
        told += &word[id.len()..];
    }
    Ok(told)
}

/// The shortest ids for all runs of a store at once: `ids` are all that there are.
pub fn short_all(ids: &[String]) -> Vec<String> {
    let mut sorted: Vec<&str> = ids.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    let shared = |a: &str, b: &str| a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let short = |id: &String| {
        if is_name(id) {
            return id.clone();
        }
        let at = sorted.partition_point(|other| *other < id.as_str());
        let before = at.checked_sub(1).map_or(0, |before| shared(sorted[before], id));
        let after = sorted.get(at + 1).map_or(0, |after| shared(after, id));
        let length = (before.max(after) + 1).clamp(LENGTH_MIN, id.len());
        id[..length].to_owned()
    };
    ids.iter().map(short).collect()
}

fn is_name(id: &str) -> bool {
    id.len() != LENGTH || !id.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_as_short_as_they_are_unique() {
        let ids = ["m4xk7abcde", "m4xk7bbcde", "k7q2aaaaaa", "release-2.1"].map(str::to_owned);
        assert_eq!(short_all(&ids), ["m4xk7a", "m4xk7b", "k7q2", "release-2.1"]);
    }
}

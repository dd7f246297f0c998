//! What stores share: how a run is found by what people type, and which lines of output belong to a stage.

use crate::store::StoreError;

/// How many ids a message lists.
const LISTED_MAX: usize = 5;

/// Chooses among the ids that start with `name`, ascending; there may be more than are given.
///
/// # Errors
/// [`StoreError::Ambiguous`] where several do, unless one is `name` itself; `Ok(None)` where none does.
pub fn by_prefix(name: &str, fits: &[String]) -> Result<Option<String>, StoreError> {
    match fits {
        [] => Ok(None),
        [first, ..] if first == name => Ok(Some(first.clone())),
        [only] => Ok(Some(only.clone())),
        several => {
            let mut listed = several[..several.len().min(LISTED_MAX)].join(", ");
            if several.len() > LISTED_MAX {
                listed.push_str(", …");
            }
            Err(StoreError::Ambiguous(name.to_owned(), listed))
        }
    }
}

/// How many ids that fit a prefix are worth asking for.
pub const FITS_MAX: usize = LISTED_MAX + 1;

/// The error of a run that is not there, with ids that look like it.
pub fn no_run<'a>(name: &str, ids: impl Iterator<Item = &'a str>) -> StoreError {
    // A prefix is compared with as much of each id, give or take nothing: people type the first few characters.
    let length = name.chars().count();
    let limit = (length / 3).max(1);
    let mut near: Vec<(usize, &str)> = ids
        .map(|id| {
            let head: String = id.chars().take(length).collect();
            (strsim::osa_distance(name, &head).min(strsim::osa_distance(name, id)), id)
        })
        .filter(|(distance, _)| *distance <= limit)
        .collect();
    near.sort_unstable();
    near.truncate(LISTED_MAX);
    StoreError::NoRun { run: name.to_owned(), near: near.into_iter().map(|(_, id)| id.to_owned()).collect() }
}

/// Whether the stage `path` is `stage` or lies inside it: an inner stage, an item, a round.
pub fn inside(path: &str, stage: &str) -> bool {
    path.strip_prefix(stage).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '#']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_must_fit_one() {
        let ids = |list: &[&str]| list.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        assert!(matches!(by_prefix("ab", &ids(&["abc"])), Ok(Some(id)) if id == "abc"));
        assert!(matches!(by_prefix("ab", &ids(&["ab", "abc"])), Ok(Some(id)) if id == "ab"));
        assert!(matches!(by_prefix("a", &ids(&["ab", "ac"])), Err(StoreError::Ambiguous(_, list)) if list == "ab, ac"));
        assert!(matches!(by_prefix("a", &[]), Ok(None)));
    }

    #[test]
    fn near_ids_are_suggested() {
        let StoreError::NoRun { near, .. } = no_run("m4xj", ["m4xk0aaaaa", "k7q20aaaaa"].into_iter()) else {
            panic!("it is not there")
        };
        assert_eq!(near, ["m4xk0aaaaa"]);
    }

    #[test]
    fn inner_stages_belong_to_a_stage() {
        for path in ["a", "a.b", "a[3]", "a#2"] {
            assert!(inside(path, "a"), "{path}");
        }
        assert!(!inside("ab", "a"));
    }
}

//! "Did you mean": the nearest of the legal names.

/// The end of a message about an unknown name: `; did you mean …?`, or the legal names if they are few.
pub fn suggestion<'a>(typed: &str, legal: impl IntoIterator<Item = &'a str>) -> String {
    let legal: Vec<&str> = legal.into_iter().collect();
    match (nearest(typed, &legal), there(&legal)) {
        (Some(near), _) => format!("; did you mean `{near}`?"),
        (None, Some(list)) => format!("; {list}"),
        (None, None) => String::new(),
    }
}

/// `there is` or `there are`, and the legal names if they are few.
pub fn there(legal: &[&str]) -> Option<String> {
    let verb = if legal.len() == 1 { "is" } else { "are" };
    few(legal).map(|list| format!("there {verb} {list}"))
}

/// All of `legal` in back-ticks, if there are some and no more than eight.
pub fn few(legal: &[&str]) -> Option<String> {
    const LISTED_MAX: usize = 8;
    let names: Vec<String> = legal.iter().map(|name| format!("`{name}`")).collect();
    (1..=LISTED_MAX).contains(&legal.len()).then(|| listed(&names))
}

/// The nearest name, at a distance of at most a third of the length of what was typed, at least 1.
pub fn nearest<'a>(typed: &str, legal: &[&'a str]) -> Option<&'a str> {
    let length = typed.chars().count();
    let limit = (length / 3).max(1);
    // Most names are ruled out by their length: the distance is only measured for the rest.
    let possible = legal.iter().filter(|name| name.chars().count().abs_diff(length) <= limit && **name != typed);
    let measured = possible.map(|name| (strsim::osa_distance(typed, name), *name));
    measured.filter(|(distance, _)| *distance <= limit && *distance < length).min().map(|(_, name)| name)
}

/// `a, b and c`.
pub fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_what_is_near_and_lists_what_is_little() {
        assert_eq!(suggestion("chekc", ["check", "build"]), "; did you mean `check`?");
        assert_eq!(suggestion("zzz", ["check", "build", "run"]), "; there are `check`, `build` and `run`");
        assert_eq!(suggestion("zzz", ["check"]), "; there is `check`");
        assert_eq!(suggestion("zzz", ["a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9"]), "");
        assert_eq!(suggestion("x", []), "");
        assert_eq!(nearest("x", &["y"]), None, "a name of which nothing is left is not near");
    }
}

//! Words of people, and names made from them.

/// The lower-case words of a text, in order.
pub fn words(text: &str) -> Vec<String> {
    let split = text.split(|c: char| !c.is_alphanumeric() && c != '\'');
    split.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// A Rust name in `snake_case`; never empty, never a keyword, never beginning with a digit.
pub fn snake(text: &str) -> String {
    const KEYWORDS: [&str; 12] =
        ["as", "box", "crate", "fn", "for", "impl", "in", "match", "mod", "type", "use", "where"];
    let ascii = |word: String| word.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let parts: Vec<String> = words(text).into_iter().map(ascii).filter(|word| !word.is_empty()).collect();
    let name = parts.join("_");
    match name.chars().next() {
        None => "feature".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("n{name}"),
        _ if KEYWORDS.contains(&name.as_str()) => format!("{name}_value"),
        _ => name,
    }
}

/// A Rust type name in `UpperCamel`.
pub fn camel(text: &str) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    snake(text).split('_').filter(|word| !word.is_empty()).map(capital).collect()
}

/// The singular of an English plural, well enough for names.
pub fn singular(word: &str) -> String {
    match word {
        _ if word.ends_with("ies") && word.len() > 4 => format!("{}y", &word[..word.len() - 3]),
        _ if word.ends_with("sses") || word.ends_with("xes") => word[..word.len() - 2].to_owned(),
        _ if word.ends_with('s') && !word.ends_with("ss") && word.len() > 3 => word[..word.len() - 1].to_owned(),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_from_anything() {
        assert_eq!(snake("User authentication!"), "user_authentication");
        assert_eq!(camel("2 factor, please"), "N2FactorPlease");
        assert_eq!((snake("…"), snake("Type")), ("feature".into(), "type_value".into()));
        assert_eq!(
            (singular("entries"), singular("names"), singular("addresses")),
            ("entry".into(), "name".into(), "address".into())
        );
    }
}

//! Text that looks like a credential: it does not belong into a program.

mod address;
mod random;
mod shapes;

/// What a text looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Credential {
    /// As a message names it.
    pub what: &'static str,
    /// The environment variable that such a thing usually stands in.
    pub variable: &'static str,
    /// Nothing else stands in the text.
    pub whole: bool,
}

/// Shorter texts are no credentials.
const LENGTH_MIN: usize = 12;

/// What a text looks like, if it looks like a credential.
pub(super) fn found_in(text: &str) -> Option<Credential> {
    if text.len() < LENGTH_MIN {
        return None;
    }
    let found = |(what, variable, part): (&'static str, &'static str, &str)| Credential {
        what,
        variable,
        whole: part.len() == text.trim().len(),
    };
    private_key(text)
        .or_else(|| shapes::find(text))
        .or_else(|| address::find(text))
        .or_else(|| random::find(text).map(|part| ("a random key", "API_KEY", part)))
        .map(found)
}

/// What was found: what it is, its usual variable, and where it stands.
type Found<'t> = (&'static str, &'static str, &'t str);

fn private_key(text: &str) -> Option<Found<'_>> {
    let start = text.find("-----BEGIN ")?;
    let is_private = ["PRIVATE KEY-----", "PRIVATE KEY BLOCK-----"].iter().any(|end| text[start..].contains(end));
    is_private.then_some(("a private key", "PRIVATE_KEY", text[start..].trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(text: &str) -> Option<&'static str> {
        found_in(text).map(|found| found.what)
    }

    #[test]
    fn a_key_is_the_whole_text_or_a_part_of_it() {
        // Put together here, so that no scanner takes this file for a leak.
        let github = ["ghp", "_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"].concat();
        let found = |text: &str| found_in(text).map(|found| (found.variable, found.whole));
        assert_eq!(found(&github), Some(("GITHUB_TOKEN", true)));
        assert_eq!(found(&format!("Bearer {github}")), Some(("GITHUB_TOKEN", false)));
        assert_eq!(found(&format!(" {github}\n")), Some(("GITHUB_TOKEN", true)));
    }

    #[test]
    fn private_keys_are_told_from_public_ones() {
        for kind in ["RSA PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK"] {
            assert_eq!(what(&format!("-----BEGIN {kind}-----\nMIIE\n-----END {kind}-----\n")), Some("a private key"));
        }
        assert_eq!(what("-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----\n"), None);
        assert_eq!(what("-----BEGIN PUBLIC KEY-----\nMIIE\n-----END PUBLIC KEY-----\n"), None);
    }

    #[test]
    fn what_is_no_key_is_left_alone() {
        for text in [
            "https://api.github.com/repos/acme/shop/issues",
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
            "01ARZ3NDEKTSV4RRFFQ69G5FAV",
            "x86_64-unknown-linux-gnu",
            "sk-",
            "You write short, testable specifications.",
        ] {
            assert_eq!(what(text), None, "{text}");
        }
    }
}

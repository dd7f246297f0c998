//! Where the path of an import leads: always to a file of the project or of the shipped library.

/// Why a path leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadPath {
    /// `https://…` and the like.
    Address,
    /// Begins at the root of the machine, of a disk or of a home folder.
    Absolute,
    /// Has `\` between its parts.
    Backslash,
    /// Climbs above the root of the project (or of the library).
    Leaves,
    /// Names no file: empty, or ends in `/`.
    Nothing,
}

/// The path from the root, of a file that `from` (such a path itself) imports as `written`.
///
/// # Errors
/// [`BadPath`] says why there can be none.
pub fn resolve(from: &str, written: &str) -> Result<String, BadPath> {
    let first = written.split('/').next().unwrap_or_default();
    match first {
        _ if written.contains("://") => return Err(BadPath::Address),
        "" if written.is_empty() => return Err(BadPath::Nothing),
        "" | "~" => return Err(BadPath::Absolute),
        // A single letter is a disk, all else the scheme or the host of an address.
        _ if first.contains(':') && first.find(':') == Some(1) => return Err(BadPath::Absolute),
        _ if first.contains(':') => return Err(BadPath::Address),
        _ if written.contains('\\') => return Err(BadPath::Backslash),
        _ if written.ends_with('/') => return Err(BadPath::Nothing),
        "std" => return walk(&["std"], written["std".len()..].split('/')),
        _ => {}
    }
    let mut folder: Vec<&str> = from.split('/').collect();
    folder.pop();
    walk(&folder, written.split('/'))
}

fn walk<'a>(folder: &[&'a str], steps: impl Iterator<Item = &'a str>) -> Result<String, BadPath> {
    let in_library = folder.first() == Some(&"std");
    let mut at = folder.to_vec();
    for step in steps {
        match step {
            "" | "." => {}
            ".." if at.len() <= usize::from(in_library) => return Err(BadPath::Leaves),
            ".." => drop(at.pop()),
            name => at.push(name),
        }
    }
    Ok(at.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_importing_file() {
        assert_eq!(resolve("flows/a.wf", "b.wf"), Ok("flows/b.wf".into()));
        assert_eq!(resolve("flows/a.wf", "./../team//x.wf"), Ok("team/x.wf".into()));
        assert_eq!(resolve("flows/a.wf", "std/patterns.wf"), Ok("std/patterns.wf".into()));
        assert_eq!(resolve("std/a.wf", "b.wf"), Ok("std/b.wf".into()));
    }

    #[test]
    fn no_path_leaves_the_project() {
        let cases = [
            ("a.wf", "../b.wf", BadPath::Leaves),
            ("flows/a.wf", "../../etc/passwd", BadPath::Leaves),
            ("a.wf", "std/../../x.wf", BadPath::Leaves),
            ("std/a.wf", "../x.wf", BadPath::Leaves),
            ("a.wf", "/etc/passwd", BadPath::Absolute),
            ("a.wf", "//host/x.wf", BadPath::Absolute),
            ("a.wf", "~/x.wf", BadPath::Absolute),
            ("a.wf", "C:\\x.wf", BadPath::Absolute),
            ("a.wf", "team\\x.wf", BadPath::Backslash),
            ("a.wf", "C:/x.wf", BadPath::Absolute),
            ("a.wf", "https://example.org/x.wf", BadPath::Address),
            ("a.wf", "http:x.wf", BadPath::Address),
            ("a.wf", "git@github.com:team/x.wf", BadPath::Address),
            ("a.wf", "", BadPath::Nothing),
            ("a.wf", "team/", BadPath::Nothing),
        ];
        for (from, written, expected) in cases {
            assert_eq!(resolve(from, written), Err(expected), "{written}");
        }
    }
}

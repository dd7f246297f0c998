//! Whatever is formatted means what it meant, has all of its comments, and formatting it again changes nothing.

mod properties;
pub use crate::fuzz::targets::shape;

use wfc::base::source::Sources;
use wfc::diag::Bag;
use wfc::fmt::format;

use crate::program::{files_below, parse, root};
use shape::{comments, meaning};

/// The formatted text, and whether something in it was left as it was.
pub fn formatted(text: &str) -> (String, bool) {
    let mut sources = Sources::default();
    let mut bag = Bag::default();
    let out = format(sources.add("test.wf", text), text, &mut bag);
    (out, bag.has_errors())
}

/// Formats a text and compares what must be the same before and after.
#[track_caller]
pub fn check(name: &str, text: &str) {
    let (out, kept) = formatted(text);
    let (again, kept_again) = formatted(&out);
    assert!(again == out, "{name}: the second time\n{again}\n--- after\n{out}\n--- of\n{text}");
    assert!(kept == kept_again, "{name}: what was wrong in\n{text}\n--- and in\n{out}");
    if !kept {
        assert!(meaning(&out) == meaning(text), "{name}: the meaning of\n{text}\n--- became\n{out}");
        assert!(comments(&out) == comments(text), "{name}: the comments of\n{text}\n--- became\n{out}");
    }
}

/// Files with their texts.
fn files(folder: &str) -> Vec<(String, String)> {
    let paths = files_below(&root().join(folder), "wf");
    let file = |path: std::path::PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path.strip_prefix(root()).unwrap().display().to_string(), text)
    };
    paths.into_iter().filter(|path| !path.components().any(|part| part.as_os_str() == "target")).map(file).collect()
}

#[test]
fn samples_and_examples_are_fixpoints() {
    for folder in ["tests/samples", "tests/std", "examples"] {
        for (name, text) in files(folder) {
            let (out, kept) = formatted(&text);
            let differs = out.lines().zip(text.lines()).enumerate().find(|(_, (a, b))| a != b);
            assert!(!kept && out == text, "{name}: {differs:?}");
        }
    }
    assert_eq!(files("tests/samples").len(), 12);
}

#[test]
fn the_programs_of_the_suite_keep_their_meaning() {
    for (name, text) in files("tests/suite") {
        for program in parse(&text).unwrap() {
            program.files.iter().for_each(|(_, text)| check(&format!("{name} {}", program.heading), text));
        }
    }
}

/// Line breaks that were written do not decide where lines break.
#[test]
fn samples_come_back_from_one_line() {
    for (name, text) in files("tests/samples") {
        let plain: Vec<&str> =
            text.lines().filter(|line| !line.is_empty() && !line.trim_start().starts_with("//")).collect();
        let plain = plain.join("\n") + "\n";
        let squeezed = formatted(&in_one_line(&plain)).0;
        let differs = squeezed.lines().zip(plain.lines()).enumerate().find(|(_, (a, b))| a != b);
        assert!(squeezed == plain, "{name}: {differs:?}");
        let margin: String = plain.lines().map(|line| line.trim_start().to_owned() + "\n").collect();
        check(&name, &margin);
    }
}

/// All lines joined, but for those of block strings.
fn in_one_line(text: &str) -> String {
    let mut out = String::new();
    let mut block = false;
    for line in text.lines() {
        out.push_str(if block { line } else { line.trim_start() });
        block ^= line.matches("\"\"\"").count() % 2 == 1;
        out.push(if block { '\n' } else { ' ' });
    }
    out
}

/// Wherever a comment is put, it is still there afterwards.
#[test]
fn comments_survive_everywhere() {
    const COMMENTS: [&str; 5] = ["// a\n", "\n// a\n", "\n\n// a\n\n// b\n", "/// a\n", "\n/// a\n\n"];
    let mut turn = 0;
    for (name, text) in files("tests/samples") {
        // A line of a string is no place for a comment.
        let items: Vec<&str> = text.split_inclusive("\n}\n").filter(|item| !item.contains("\"\"\"")).collect();
        for item in items {
            for (at, _) in item.match_indices([' ', '\n', '(', ')', ',', '{']) {
                turn += 1;
                if turn % 20 == 0 {
                    let mut noted = item.to_owned();
                    noted.insert_str(at + 1, COMMENTS[turn / 20 % COMMENTS.len()]);
                    check(&name, &noted);
                }
            }
        }
    }
}

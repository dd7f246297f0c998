//! The programs of `tests/samples`: what people write first. Nothing is found in them.

use std::collections::BTreeSet;
use std::fmt::Write;

use wfc::diag::render::{Look, human};

use crate::program::{MAIN, check, files_below, root};

/// What is still found in some of them, by file and code. It may shrink, never grow.
const FOUND: &[(&str, &[&str])] = &[
    ("agents_as_code.wf", &["WF0090"]),
    ("bug_fix.wf", &["WF0090"]),
    ("ci.wf", &["WF0090"]),
    ("code_review.wf", &["WF0090"]),
    ("documents.wf", &["WF0090"]),
    ("incident.wf", &["WF0090"]),
    ("migration.wf", &["WF0090"]),
    ("nightly_data.wf", &["WF0090"]),
    ("release.wf", &["WF0090"]),
    ("research.wf", &["WF0090"]),
    ("triage.wf", &["WF0090"]),
];

#[test]
fn nothing_is_found_in_the_samples() {
    let mut failures = String::new();
    let paths = files_below(&root().join("tests/samples"), "wf");
    assert_eq!(paths.len(), 12);
    for path in paths {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let checked = check(&[(MAIN.to_owned(), std::fs::read_to_string(&path).unwrap())]);
        let known: BTreeSet<&str> =
            FOUND.iter().filter(|(file, _)| *file == name).flat_map(|(_, codes)| codes.iter().copied()).collect();
        let new: Vec<_> = checked.diagnostics.iter().filter(|d| !known.contains(d.code.as_str())).cloned().collect();
        if !new.is_empty() {
            let _ = writeln!(failures, "{name}:\n{}", human::render(&checked.sources, &new, &Look::default()));
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}

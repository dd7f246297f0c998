//! The page of faults: every test that it names is there, and no row of the list of faults is missing.

use std::collections::BTreeSet;

use crate::program::{files_below, root};

/// The rows of the list that are due.
fn due() -> impl Iterator<Item = u32> {
    (1..=34).chain(36..=40).chain(42..=43).chain(45..=65).chain(72..=74).chain(76..=76)
}

/// Those that no test tries.
const OPEN: [u32; 0] = [];

fn page() -> String {
    std::fs::read_to_string(root().join("docs/faults.md")).unwrap()
}

/// Every function of the sources and the tests.
fn functions() -> BTreeSet<String> {
    let files = ["src", "tests"].iter().flat_map(|folder| files_below(&root().join(folder), "rs"));
    let mut found = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        for after in text.split("fn ").skip(1) {
            found.insert(after.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect());
        }
    }
    found
}

#[test]
fn every_test_that_the_page_names_is_there() {
    let functions = functions();
    let page = page();
    let quoted = page.split('`').skip(1).step_by(2);
    let tests: Vec<&str> = quoted.filter(|name| name.contains("::") && !name.contains(' ')).collect();
    assert!(tests.len() > 100, "{} tests are named", tests.len());
    let gone: Vec<&&str> = tests.iter().filter(|name| !functions.contains(name.rsplit("::").next().unwrap())).collect();
    assert!(gone.is_empty(), "{gone:#?}");
}

#[test]
fn every_row_of_the_list_has_its_line() {
    let page = page();
    let (_, table) = page.split_once("### By number\n").unwrap();
    let lines = table.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
    let rows: Vec<(u32, &str)> = lines.filter_map(|(number, rest)| Some((number.parse().ok()?, rest))).collect();
    assert_eq!(rows.iter().map(|(number, _)| *number).collect::<Vec<_>>(), due().collect::<Vec<_>>());
    let open: Vec<u32> = rows.iter().filter(|(_, rest)| !rest.contains("::")).map(|(number, _)| *number).collect();
    assert_eq!(open, OPEN, "rows without a test; they may become fewer");
}

//! The page of faults: every test that it names is there, and no row of the list of faults is missing.

use std::collections::BTreeSet;

use crate::program::{files_below, root};

/// The rows of the list of faults that are due.
fn faults() -> Vec<u32> {
    (1..=34).chain(36..=40).chain(42..=43).chain(45..=65).chain(72..=74).chain(76..=76).collect()
}

/// The rows of the list of bad inputs that are due: of three the language has no such thing, the rest are an editor's.
fn inputs() -> Vec<u32> {
    (1..=17).chain(19..=43).chain(46..=49).collect()
}

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

/// Each row that is due has a line in the table below this heading, and in it a test.
fn complete(heading: &str, due: Vec<u32>) {
    let page = page();
    let (_, table) = page.split_once(&format!("### {heading}\n")).unwrap();
    let table = table.split("\n#").next().unwrap();
    let lines = table.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
    let rows: Vec<(u32, &str)> = lines.filter_map(|(number, rest)| Some((number.parse().ok()?, rest))).collect();
    assert_eq!(rows.iter().map(|(number, _)| *number).collect::<Vec<_>>(), due);
    let open: Vec<u32> = rows.iter().filter(|(_, rest)| !rest.contains("::")).map(|(number, _)| *number).collect();
    assert!(open.is_empty(), "no test tries {open:?}");
}

#[test]
fn every_fault_has_its_test() {
    complete("By number", faults());
}

#[test]
fn every_bad_input_has_its_test() {
    complete("Inputs by number", inputs());
}

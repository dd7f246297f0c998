//! How well the suite covers the catalogue: each code is raised in several places, and each has a program that comes near to it and
//! does not raise it, marked by a comment `// near WF0101: why not`.

use std::collections::BTreeMap;

use wfc::diag::Code;

use crate::program::{files_below, parse, root};

/// Places that raise a code, at least.
const PLACES_MIN: usize = 3;

/// Codes of runs: no program shows them.
const OF_RUNS: &[&str] = &["WF0090"];

/// What the suite has for one code.
#[derive(Default)]
struct Covered {
    places: usize,
    near: usize,
}

#[test]
fn every_code_of_programs_is_raised_in_several_places_and_has_a_near_miss() {
    let covered = covered();
    let mut thin = Vec::new();
    for code in Code::ALL.iter().map(|code| code.as_str()).filter(|code| *code < "WF0800" && !OF_RUNS.contains(code)) {
        let (places, near) = covered.get(code).map_or((0, 0), |covered| (covered.places, covered.near));
        if places < PLACES_MIN || near == 0 {
            thin.push(format!("{code}: {places} places of {PLACES_MIN}, {near} programs marked `// near {code}`"));
        }
    }
    assert!(thin.is_empty(), "tests/suite covers too little\n{}", thin.join("\n"));
}

#[test]
fn the_suite_has_programs_for_each_feature() {
    let folders: BTreeMap<String, usize> = programs().into_iter().fold(BTreeMap::new(), |mut folders, (folder, _)| {
        *folders.entry(folder).or_default() += 1;
        folders
    });
    let all: usize = folders.values().sum();
    assert!(all >= 400, "only {all} programs: {folders:?}");
}

fn covered() -> BTreeMap<String, Covered> {
    let mut covered: BTreeMap<String, Covered> = BTreeMap::new();
    for (_, program) in programs() {
        for finding in &program.expected {
            covered.entry(finding.code.clone()).or_default().places += 1;
        }
        for code in program.files.iter().flat_map(|(_, text)| near(text)) {
            assert!(
                program.expected.iter().all(|finding| finding.code != code),
                "`{}` raises {code}: it is not near to it",
                program.heading
            );
            covered.entry(code).or_default().near += 1;
        }
    }
    covered
}

/// The codes of lines `// near WF0101: why not`.
fn near(text: &str) -> impl Iterator<Item = String> + '_ {
    text.lines().filter_map(|line| {
        let rest = line.trim_start().strip_prefix("// near ")?;
        let (code, why) = rest.split_once(':')?;
        (code.starts_with("WF") && !why.trim().is_empty()).then(|| code.to_owned())
    })
}

/// Every program of the suite with the folder that it stands in.
fn programs() -> Vec<(String, crate::program::Program)> {
    let mut programs = Vec::new();
    for path in files_below(&root().join("tests/suite"), "wf") {
        let folder = path.parent().and_then(|folder| folder.file_name()).unwrap().to_string_lossy().into_owned();
        let found = parse(&std::fs::read_to_string(&path).unwrap()).unwrap();
        programs.extend(found.into_iter().map(|program| (folder.clone(), program)));
    }
    programs
}

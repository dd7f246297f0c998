//! Tests of programs, carried out.

use std::path::Path;

use super::{Case, Options, Verdict, cases, run};
use crate::base::world::{DiskWorld, MemoryWorld, World};
use crate::diag::render::{Look, human};
use crate::pipeline::{Checked, check};

fn checked(world: &dyn World, file: &str) -> Checked {
    let checked = check(world, &[file.to_owned()]);
    let found = human::render(&checked.sources, &checked.diagnostics, &Look::default());
    assert!(!checked.has_errors(), "{found}");
    checked
}

fn told(case: &Case, verdict: &Verdict, checked: &Checked) -> String {
    let mut told = format!("{}: {}\n", case.file, case.name);
    told += &human::render(&checked.sources, &verdict.problems, &Look::default());
    for line in &verdict.trace {
        told += &format!("{:>10} {}\n", line.at_ms, line.text);
    }
    told
}

/// Commits of a run that is killed at each of them here; longer ones are left to the tests with the release build.
const COMMITS_MAX: usize = 100;

#[test]
fn the_tests_of_the_samples_pass_wherever_their_runs_are_killed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    let world = DiskWorld::new(&folder);
    let files = std::fs::read_dir(&folder).unwrap().flatten().map(|entry| entry.file_name());
    let mut files: Vec<String> = files.map(|name| name.into_string().unwrap()).collect();
    files.retain(|name| name.ends_with(".wf"));
    files.sort();
    let mut failed = String::new();
    let mut count = 0;
    for file in files {
        let checked = checked(&world, &file);
        for case in cases(&checked, &world) {
            count += 1;
            let short = run(&case, Options::default()).commits <= COMMITS_MAX;
            let verdict = run(&case, Options { crash_everywhere: short, seed: 0 });
            if !verdict.passed() {
                failed += &told(&case, &verdict, &checked);
            }
        }
    }
    assert!(failed.is_empty(), "{failed}");
    assert!(count >= 39, "{count}");
}

/// Runs the only test of a text; gives what is wrong.
fn problems(text: &str) -> String {
    let world = MemoryWorld::default().with("a.wf", text);
    let checked = checked(&world, "a.wf");
    let cases = cases(&checked, &world);
    let [case] = cases.as_slice() else { panic!("one test") };
    let verdict = run(case, Options::default());
    human::render(&checked.sources, &verdict.problems, &Look::default())
}

#[test]
fn a_test_that_holds_says_nothing() {
    let text = "workflow double(n: int) -> int {\n    return n + n\n}\ntest \"two\" {\n    run double(2)\n    expect result == 4\n}\n";
    assert_eq!(problems(text), "");
}

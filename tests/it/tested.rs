//! `wfc test` over all that the project shows and ships: every test passes, and the tests reach what they are for.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use serde_json::Value as Json;

use crate::program::{files_below, root};

/// What is to be reached at least, in percent.
const ENOUGH: usize = 90;

/// What `wfc test` says of files or folders, with coverage, a line each.
fn tested(paths: &[&str]) -> Vec<Json> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wfc"));
    command.args(["test", "--json", "--coverage"]).args(paths).current_dir(root()).stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// How much is reached of how much, for each workflow with its file: of its outcomes, and of everything.
fn reached(lines: &[Json]) -> BTreeMap<String, [(usize, usize); 2]> {
    let mut shares: BTreeMap<String, [(usize, usize); 2]> = BTreeMap::new();
    let coverage = lines.iter().find(|line| line["event"] == "coverage").unwrap();
    for point in coverage["points"].as_array().unwrap() {
        let workflow = format!("{} {}", point["file"].as_str().unwrap(), point["workflow"].as_str().unwrap());
        let [outcomes, all] = shares.entry(workflow).or_default();
        let hit = usize::from(point["reached"] == true);
        *all = (all.0 + hit, all.1 + 1);
        if point["kind"] == "outcome" {
            *outcomes = (outcomes.0 + hit, outcomes.1 + 1);
        }
    }
    shares
}

fn nearly_all(folder: &str, workflows: usize) {
    let shares = reached(&tested(&[folder]));
    assert_eq!(shares.len(), workflows, "{:?}", shares.keys());
    for (workflow, shares) in shares {
        assert!(shares.iter().all(|(hit, all)| hit * 100 >= ENOUGH * all), "{workflow}: {shares:?}");
    }
}

#[test]
fn the_tests_of_the_examples_reach_nearly_all_of_each_workflow() {
    nearly_all("examples", 5);
}

#[test]
fn the_tests_of_what_new_makes_reach_nearly_all_of_each_workflow() {
    nearly_all("templates", 7);
}

/// All of them: what the tests run brings its file with it.
#[test]
fn the_tests_of_the_library_reach_nearly_all_of_each_workflow() {
    let texts = files_below(&root().join("std"), "wf").into_iter().map(|path| std::fs::read_to_string(path).unwrap());
    let workflows = texts.map(|text| text.lines().filter(|line| line.starts_with("workflow ")).count()).sum();
    nearly_all("tests/std", workflows);
}

#[test]
fn the_tests_of_the_samples_pass_and_reach_nearly_all() {
    let lines = tested(&["tests/samples"]);
    let coverage = lines.iter().find(|line| line["event"] == "coverage").unwrap();
    assert!(coverage["percent"].as_u64().unwrap() >= ENOUGH as u64, "{}", coverage["percent"]);
    assert_eq!(lines.iter().filter(|line| line["event"] == "test").count(), 39);
}

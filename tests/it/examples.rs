//! The examples do real work, offline: each is run as its header says, on a copy, and what it made is looked at.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value as Json;

use crate::program::root;

/// A copy of all examples: they use each other's programs.
fn copy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy_folder(&root().join("examples"), &folder.path().join("examples"));
    folder
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (name, kind) = (entry.file_name(), entry.file_type().unwrap());
        if kind.is_dir() && name != "target" && name != ".wfc" {
            copy_folder(&entry.path(), &to.join(name));
        } else if kind.is_file() {
            std::fs::copy(entry.path(), to.join(name)).unwrap();
        }
    }
}

fn wfc(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wfc"));
    command.args(args).current_dir(folder).stdin(Stdio::null());
    command.env("CARGO_NET_OFFLINE", "true").output().unwrap()
}

/// Runs an example to its end and gives its result.
fn result(folder: &Path, args: &[&str]) -> Json {
    let output = wfc(folder, args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn feature_development_makes_crates_that_differ_and_asks_when_the_risk_is_high() {
    let folder = copy();
    let here = folder.path();
    let work = here.join("examples/feature_development/.wfc/work");

    let login = result(here, &["run", "examples/feature_development", "-i", "feature=user authentication"]);
    assert_eq!(login["risk"], "low");
    assert!(login["tests"].as_u64().unwrap() >= 8, "{login}");
    let login_crate = read(&work.join("user_authentication/src/lib.rs"));

    let requirements =
        r#"requirements=["At most 5 guests", "E-mails contain \"@\"", "E-mails have at most 40 characters"]"#;
    let guests = result(here, &["run", "examples/feature_development", "-i", "feature=guest list", "-i", requirements]);
    assert_eq!(guests["rules"].as_array().unwrap().len(), 3);
    let guests_crate = read(&work.join("guest_list/src/lib.rs"));
    assert!(login_crate.contains("password") && !guests_crate.contains("password"));

    // The first draft failed real tests: a second round was needed, and the log of the first says which.
    let shown = wfc(here, &["runs", "show", "@latest", "--json", "--store", "examples/feature_development/.wfc"]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("built#2"), "{shown}");

    let parked = wfc(here, &["run", "examples/feature_development", "-i", "feature=payments", "--id", "pay"]);
    assert_eq!(parked.status.code(), Some(75), "{}", String::from_utf8_lossy(&parked.stderr));
    let store = ["--store", "examples/feature_development/.wfc"];
    let answered = wfc(here, &[&["runs", "answer", "pay", "sign_off", r#"{"approved": false}"#][..], &store].concat());
    assert!(answered.status.success(), "{}", String::from_utf8_lossy(&answered.stderr));
    let refused = wfc(here, &[&["resume", "pay"][..], &store].concat());
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("payments is not to be built"));
    assert!(!work.join("payments").exists());
}

#[test]
fn bug_fix_mends_the_seeded_bug_and_proves_it() {
    let folder = copy();
    let carried = read(&folder.path().join("examples/bug_fix/crate/src/lib.rs"));
    let result = result(folder.path(), &["run", "examples/bug_fix"]);
    assert_eq!(result["test"], "an_order_of_exactly_one_hundred_is_reduced");
    assert_eq!(result["after"], "if subtotal >= 10_000 {");
    let example = folder.path().join("examples/bug_fix");
    assert!(read(&example.join(".wfc/work/bug_fix/fixed/src/lib.rs")).contains("subtotal >= 10_000"));
    assert!(read(&example.join(".wfc/work/bug_fix/journal.txt")).contains("succeeded"));
    assert_eq!(read(&example.join("crate/src/lib.rs")), carried, "what the example carries is not changed");
}

#[test]
fn repo_health_looks_at_any_repository() {
    let folder = copy();
    let repository = folder.path().join("repository");
    std::fs::create_dir(&repository).unwrap();
    let git = |args: &[&str]| {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]).args(args).current_dir(&repository);
        assert!(command.output().unwrap().status.success(), "git {args:?}");
    };
    git(&["init", "--quiet", "--initial-branch", "main"]);
    let example = folder.path().join("examples/repo_health").display().to_string();

    let empty = result(&repository, &["run", &example]);
    assert_eq!((empty["files"].as_u64(), empty["unpushed"].as_u64()), (Some(0), Some(0)));

    std::fs::write(repository.join("run.sh"), "echo hello\n# TODO: more\n# TODO: better\n").unwrap();
    std::fs::write(repository.join("odd name.txt"), "trailing \n").unwrap();
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "first"]);
    let health = result(&repository, &["run", &example]);
    assert_eq!((health["files"].as_u64(), health["unpushed"].as_u64()), (Some(2), Some(1)));
    assert_eq!(health["todos"], serde_json::json!([{ "file": "run.sh", "count": 2 }]));
    assert_eq!(health["healthy"], false, "there is white space at the end of a line: {health}");
}

#[test]
fn repo_health_works_on_this_project() {
    if !root().join(".git").exists() {
        println!("this is not a git checkout: only the repository of the other test is looked at");
        return;
    }
    let folder = copy();
    let example = folder.path().join("examples/repo_health").display().to_string();
    let path = format!("path={}", root().display());
    let health = result(folder.path(), &["run", &example, "-i", &path]);
    assert!(health["files"].as_u64().unwrap() > 100, "{health}");
}

/// On a machine that has built the project, the agents build without the network: they need no package that it does not.
#[test]
fn the_agents_need_no_package_that_the_project_does_not() {
    let packages = |path: &str| -> Vec<(String, String)> {
        let lock = read(&root().join(path));
        let of = |block: &str, key: &str| {
            block.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default().trim_matches('"').to_owned()
        };
        let outside = lock.split("[[package]]").filter(|block| block.contains("\nsource = "));
        outside.map(|block| (of(block, "name = "), of(block, "version = "))).collect()
    };
    let ours = packages("Cargo.lock");
    let theirs = packages("examples/agents/Cargo.lock");
    assert!(!theirs.is_empty());
    assert!(theirs.iter().all(|one| ours.contains(one)), "{theirs:?}");
}

#[test]
fn the_library_works_with_agents_that_need_no_key() {
    let folder = copy();
    let result = result(folder.path(), &["run", "examples/library", "-i", "topic=a faster start"]);
    assert_eq!(result["draft"], "About a faster start: say why.");
    assert_eq!(result["choice"], "now");
    assert_eq!(result["decision"], "4 turns on a faster start were heard");
    assert_eq!(result["words"], "words: 7");
    assert_eq!(result["answer"], "a faster start, in 3 steps");
    assert_eq!((&result["delivered"], &result["bytes"]), (&true.into(), &14.into()));
}

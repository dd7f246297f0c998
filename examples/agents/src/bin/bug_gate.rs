//! Proves a fix: the regression test fails before it and passes after it, and so does everything else.

use std::path::Path;
use std::process::{Command, ExitCode};

use example_agents::cargo::{self, TestRun};
use example_agents::{Answer, Failure, copy_folder, serve, work_folder, write};
use serde::{Deserialize, Serialize};

fn main() -> ExitCode {
    serve(|request: Request| prove(&request))
}

#[derive(Deserialize)]
struct Request {
    source: String,
    patch: Patch,
}

#[derive(Deserialize)]
struct Patch {
    diff: String,
    regression_test: String,
}

#[derive(Serialize)]
struct Verdict {
    failed_before: bool,
    passed_after: bool,
    tests: usize,
    folder: String,
}

fn prove(request: &Request) -> Answer<Verdict> {
    let folder = work_folder("bug_fix/fixed")?;
    std::fs::remove_dir_all(&folder)?;
    copy_folder(Path::new(&request.source), &folder)?;
    write(&folder.join("tests/regression.rs"), &request.patch.regression_test)?;
    let before = test(&folder)?;
    write(&folder.join("fix.patch"), &request.patch.diff)?;
    apply(&folder)?;
    let after = test(&folder)?;
    let failed_before =
        before.failures.iter().any(|failure| failure.place.as_deref().is_some_and(|p| p.contains("regression")));
    eprintln!("before: {} failed; after: {} failed", before.failures.len(), after.failures.len());
    Ok(Verdict {
        failed_before,
        passed_after: after.passed,
        tests: after.tests_passed,
        folder: folder.display().to_string(),
    })
}

fn test(folder: &Path) -> Answer<TestRun> {
    cargo::test(folder, Path::new(".wfc/work/bug_fix/target"))
}

/// The folder may lie inside another repository: the ceiling keeps git from looking there.
fn apply(folder: &Path) -> Answer<()> {
    let ceiling = folder.canonicalize()?.parent().map(Path::to_path_buf).unwrap_or_default();
    let output = Command::new("git")
        .args(["apply", "fix.patch"])
        .current_dir(folder)
        .env("GIT_CEILING_DIRECTORIES", ceiling)
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { Err(Failure::work(format!("git apply: {said}"))) }
}

//! Real `cargo`: tests are run, their output is read.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::Answer;

/// What `cargo test` said.
#[derive(Debug, Clone, Default)]
pub struct TestRun {
    /// Whether everything was built and passed.
    pub passed: bool,
    /// What failed, in order: a test, or the compiler.
    pub failures: Vec<TestFailure>,
    /// How many tests passed.
    pub tests_passed: usize,
}

/// One failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestFailure {
    /// Name of the test; `compile` for an error of the compiler.
    pub name: String,
    /// What was printed about it.
    pub message: String,
    /// `file:line` where it says so.
    pub place: Option<String>,
}

/// Runs the tests of a crate without the network; the build goes to the folder `target`.
pub fn test(crate_folder: &Path, target: &Path) -> Answer<TestRun> {
    let output =
        cargo(crate_folder, target).args(["test", "--offline", "--no-fail-fast", "--color", "never"]).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let mut failures = read_failures(&text);
    if !output.status.success() && failures.is_empty() {
        failures = vec![read_compile_error(&text)];
    }
    let tests_passed = text.lines().filter(|line| line.starts_with("test ") && line.ends_with("... ok")).count();
    Ok(TestRun { passed: output.status.success(), failures, tests_passed })
}

/// Whether the crate is formatted: the files that are not, or `None` where `rustfmt` is not installed.
pub fn unformatted(crate_folder: &Path) -> Answer<Option<Vec<String>>> {
    let output = cargo(crate_folder, Path::new("target")).args(["fmt", "--check", "--", "-l"]).output()?;
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let missing = ["no such command", "is not installed", "not found"].iter().any(|text| errors.contains(text));
    if missing {
        return Ok(None);
    }
    let folder = crate_folder.canonicalize()?;
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    let relative = |line: &str| Path::new(line).strip_prefix(&folder).map(|p| p.display().to_string());
    let files: Vec<String> = listed.lines().filter_map(|line| relative(line).ok()).collect();
    let unknown = if output.status.success() || !files.is_empty() { None } else { Some(errors) };
    Ok(Some(unknown.map_or(files, |errors| vec![errors])))
}

/// Formats a crate, if `rustfmt` is there.
pub fn format(crate_folder: &Path) -> Answer<bool> {
    Ok(cargo(crate_folder, Path::new("target")).arg("fmt").stderr(Stdio::null()).status()?.success())
}

fn cargo(crate_folder: &Path, target: &Path) -> Command {
    let mut command = Command::new("cargo");
    let target = std::env::current_dir().unwrap_or_default().join(target);
    command.current_dir(crate_folder).stdin(Stdio::null()).env("CARGO_TARGET_DIR", target).env("RUST_BACKTRACE", "0");
    command
}

/// Reads the blocks `---- name stdout ----` of a test run.
fn read_failures(text: &str) -> Vec<TestFailure> {
    let mut failures = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(name) = line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----")) else {
            continue;
        };
        let mut said = Vec::new();
        while let Some(next) = lines.next_if(|next| !next.starts_with("---- ") && *next != "failures:") {
            said.push(next.trim());
        }
        failures.push(read_failure(name, &said));
    }
    failures
}

fn read_failure(name: &str, said: &[&str]) -> TestFailure {
    let panic = said.iter().find_map(|line| line.split_once("panicked at "));
    let place = panic.map(|(_, place)| place.trim_end_matches(':').rsplit_once(':').map_or(place, |(place, _)| place));
    let told = said.iter().take_while(|line| !line.starts_with("stack backtrace"));
    let told = told.filter(|line| !line.is_empty() && !line.contains("panicked at") && !line.starts_with("note:"));
    let message = told.copied().collect::<Vec<_>>().join("; ");
    TestFailure { name: name.to_owned(), message, place: place.map(str::to_owned) }
}

fn read_compile_error(text: &str) -> TestFailure {
    let error = text.lines().find(|line| line.starts_with("error")).unwrap_or("the build failed");
    let place = text.lines().find_map(|line| line.trim().strip_prefix("--> "));
    TestFailure { name: "compile".to_owned(), message: error.to_owned(), place: place.map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_read_from_a_real_report() {
        let text = "failures:\n\n---- total_adds stdout ----\n\nthread 'total_adds' (7) panicked at tests/cart.rs:9:5:\nassertion `left == right` failed\n  left: 3\n right: 4\nnote: run with `RUST_BACKTRACE=1`\n\n\nfailures:\n    total_adds\n";
        let failure = &read_failures(text)[0];
        assert_eq!(failure.name, "total_adds");
        assert_eq!(failure.place.as_deref(), Some("tests/cart.rs:9"));
        assert_eq!(failure.message, "assertion `left == right` failed; left: 3; right: 4");
    }
}

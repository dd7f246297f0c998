//! Judges a crate by the real `cargo test` and `cargo fmt --check`.

use std::path::Path;
use std::process::ExitCode;

use example_agents::{Answer, Failure, cargo, serve};
use serde::{Deserialize, Serialize};

fn main() -> ExitCode {
    serve(|request: Request| verify(&request))
}

#[derive(Deserialize)]
struct Request {
    change: Change,
}

#[derive(Deserialize)]
struct Change {
    folder: String,
}

#[derive(Serialize)]
struct Report {
    passed: bool,
    tests: usize,
    failures: Vec<String>,
    notes: Vec<String>,
}

fn verify(request: &Request) -> Answer<Report> {
    let folder = Path::new(&request.change.folder);
    if !folder.join("Cargo.toml").is_file() {
        return Err(Failure::input(format!("there is no crate in {}", folder.display())));
    }
    let tests = cargo::test(folder, Path::new(".wfc/work/target"))?;
    let mut failures: Vec<String> = tests
        .failures
        .iter()
        .map(|failure| match failure.name.as_str() {
            "compile" => format!("compile: {}", failure.message),
            name => format!("test {name}: {}", failure.message),
        })
        .collect();
    let mut notes = Vec::new();
    match cargo::unformatted(folder)? {
        Some(files) => failures.extend(files.iter().map(|file| format!("format: {file}"))),
        None => notes.push("rustfmt is not installed: the formatting was not checked".to_owned()),
    }
    failures.iter().for_each(|failure| eprintln!("{failure}"));
    Ok(Report { passed: failures.is_empty(), tests: tests.tests_passed, failures, notes })
}

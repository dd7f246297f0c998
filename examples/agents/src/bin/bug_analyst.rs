//! Copies a crate to the work folder, runs its tests, and says where the cause of the first failure may be.

use std::path::Path;
use std::process::ExitCode;

use example_agents::cargo::{self, TestFailure};
use example_agents::source::{calls, functions, reached};
use example_agents::{Answer, Failure, copy_folder, serve, work_folder};
use serde::{Deserialize, Serialize};

fn main() -> ExitCode {
    serve(|request: Request| analyse(&request))
}

#[derive(Deserialize)]
struct Request {
    source: String,
}

#[derive(Serialize)]
struct Analysis {
    folder: String,
    test: String,
    place: String,
    said: String,
    file: String,
    functions: Vec<String>,
    suspects: Vec<usize>,
}

fn analyse(request: &Request) -> Answer<Analysis> {
    let source = Path::new(&request.source);
    if !source.join("Cargo.toml").is_file() {
        return Err(Failure::input(format!("there is no crate in {}", source.display())));
    }
    let folder = work_folder("bug_fix/subject")?;
    std::fs::remove_dir_all(&folder)?;
    copy_folder(source, &folder)?;
    let tests = cargo::test(&folder, Path::new(".wfc/work/bug_fix/target"))?;
    let failure =
        tests.failures.into_iter().next().ok_or_else(|| Failure::work("every test passes: there is no bug to see"))?;
    eprintln!("{} fails: {}", failure.name, failure.message);
    locate(&folder, failure)
}

/// Follows the failing test into the library: every function that it reaches is suspect, the nearest to the leaves first.
fn locate(folder: &Path, failure: TestFailure) -> Answer<Analysis> {
    let place = failure.place.clone().ok_or_else(|| Failure::work(format!("{}: {}", failure.name, failure.message)))?;
    let test_file = place.rsplit_once(':').map_or(place.as_str(), |(file, _)| file);
    let test_text = std::fs::read_to_string(folder.join(test_file))?;
    let tests = functions(&test_text);
    let short = failure.name.rsplit("::").next().unwrap_or(&failure.name);
    let test = tests
        .iter()
        .find(|f| f.name == short)
        .ok_or_else(|| Failure::work(format!("{short} is not in {test_file}")))?;
    let body: String = test_text.lines().skip(test.first).take(test.last - test.first).collect::<Vec<_>>().join("\n");

    let file = "src/lib.rs";
    let text = std::fs::read_to_string(folder.join(file))?;
    let all = functions(&text);
    let called: Vec<String> = all.iter().filter(|f| calls(&body, &f.name)).map(|f| f.name.clone()).collect();
    let reached = reached(&text, &all, &called);
    let suspects = reached.iter().rev().flat_map(|f| f.first + 1..f.last).collect();
    Ok(Analysis {
        folder: folder.display().to_string(),
        test: failure.name,
        said: failure.message,
        file: file.to_owned(),
        functions: reached.into_iter().map(|f| f.name).collect(),
        place,
        suspects,
    })
}

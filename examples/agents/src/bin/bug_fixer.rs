//! Looks for a small edit of the suspect lines that makes every test pass, and gives it as a patch.
//!
//! The usual slips are tried: a comparison that is off at its edge, a sign, a factor, a range. A candidate counts only if the
//! real tests pass with it. The crate itself is left as it is: the patch is tried on a copy.

use std::path::Path;
use std::process::ExitCode;

use example_agents::{Answer, Failure, cargo, copy_folder, serve, work_folder, write};
use serde::{Deserialize, Serialize};

fn main() -> ExitCode {
    serve(|request: Request| fix(&request.analysis))
}

#[derive(Deserialize)]
struct Request {
    analysis: Analysis,
}

#[derive(Deserialize)]
struct Analysis {
    folder: String,
    test: String,
    file: String,
    suspects: Vec<usize>,
}

#[derive(Serialize)]
struct Patch {
    file: String,
    line: usize,
    before: String,
    after: String,
    diff: String,
    regression_test: String,
    tried: usize,
}

fn fix(analysis: &Analysis) -> Answer<Patch> {
    let folder = Path::new(&analysis.folder);
    let text = std::fs::read_to_string(folder.join(&analysis.file))?;
    let lines: Vec<&str> = text.lines().collect();
    let scratch = work_folder("bug_fix/scratch")?;
    std::fs::remove_dir_all(&scratch)?;
    copy_folder(folder, &scratch)?;
    let mut tried = 0;
    for &line in &analysis.suspects {
        let before =
            *lines.get(line - 1).ok_or_else(|| Failure::input(format!("{} has no line {line}", analysis.file)))?;
        for after in edits(before) {
            tried += 1;
            write(&scratch.join(&analysis.file), &replaced(&lines, line, &after))?;
            if cargo::test(&scratch, Path::new(".wfc/work/bug_fix/target"))?.passed {
                eprintln!("candidate {tried}, line {line}: {}", after.trim());
                return patch(analysis, &lines, line, after, tried);
            }
        }
    }
    Err(Failure::work(format!("none of {tried} small edits makes every test pass")))
}

/// The line with one of its operators exchanged for another, one after the other.
fn edits(line: &str) -> Vec<String> {
    const SWAPS: [(&str, &str); 12] = [
        (" > ", " >= "),
        (" >= ", " > "),
        (" < ", " <= "),
        (" <= ", " < "),
        (" == ", " != "),
        (" + ", " - "),
        (" - ", " + "),
        (" * ", " / "),
        (" / ", " * "),
        ("1..", "0.."),
        ("..=", ".."),
        ("0..", "1.."),
    ];
    let at_each = |(from, to): &(&str, &str)| -> Vec<String> {
        line.match_indices(from).map(|(at, _)| format!("{}{to}{}", &line[..at], &line[at + from.len()..])).collect()
    };
    SWAPS.iter().flat_map(at_each).collect()
}

fn replaced(lines: &[&str], line: usize, after: &str) -> String {
    let mut text: Vec<&str> = lines.to_vec();
    text[line - 1] = after;
    text.join("\n") + "\n"
}

fn patch(analysis: &Analysis, lines: &[&str], line: usize, after: String, tried: usize) -> Answer<Patch> {
    let before = lines[line - 1].to_owned();
    Ok(Patch {
        diff: unified(&analysis.file, lines, line, &after),
        regression_test: regression_test(analysis)?,
        file: analysis.file.clone(),
        line,
        before: before.trim().to_owned(),
        after: after.trim().to_owned(),
        tried,
    })
}

/// The edit of one line as `git apply` takes it, with three lines of context.
fn unified(file: &str, lines: &[&str], line: usize, after: &str) -> String {
    let (first, last) = (line.saturating_sub(4), (line + 3).min(lines.len()));
    let mut text = format!("--- a/{file}\n+++ b/{file}\n@@ -{0},{1} +{0},{1} @@\n", first + 1, last - first);
    for (index, old) in lines.iter().enumerate().take(last).skip(first) {
        let edited = index + 1 == line;
        text += &if edited { format!("-{old}\n+{after}\n") } else { format!(" {old}\n") };
    }
    text
}

/// The failing test with all that its file gives it, and nothing of the other tests.
fn regression_test(analysis: &Analysis) -> Answer<String> {
    let folder = Path::new(&analysis.folder);
    for entry in std::fs::read_dir(folder.join("tests"))? {
        let text = std::fs::read_to_string(entry?.path())?;
        if let Some(alone) = alone(&text, &analysis.test) {
            return Ok(alone);
        }
    }
    Err(Failure::work(format!("the test {} is in no file of tests/", analysis.test)))
}

fn alone(text: &str, test: &str) -> Option<String> {
    let blocks: Vec<&str> = text.split("\n\n").collect();
    let has_it = |block: &&str| block.contains(&format!("fn {test}("));
    let found = blocks.iter().copied().find(|block| has_it(block))?;
    let others =
        blocks.iter().copied().filter(|block| !block.contains("#[test]") && !block.trim_start().starts_with("//!"));
    let kept: Vec<&str> = others.chain([found.trim_end()]).collect();
    Some(format!("//! Keeps a mended bug away: fails without the fix.\n\n{}\n", kept.join("\n\n")))
}

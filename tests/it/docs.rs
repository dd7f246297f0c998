//! What README and `docs/` show is true: their programs are checked, and what they say is printed is what is printed.
//!
//! Blocks: `wf` is a whole program; `wf,prelude` goes before every `wf,more` of the page; `wf,file=PATH` is a file for the imports
//! of the `wf,main` after it; `wf,wrong` gives at least one diagnostic; `wf,name=FILE` is a whole program that the `console` blocks of
//! the page find under this name.

use std::fmt::Write;

use wfc::base::world::World;
use wfc::diag::render::{Look, human};
use wfc::pipeline::Checked;
use wfc::testing;

use crate::program::{MAIN, check, files_below, root, world};

/// A fenced block.
struct Block {
    tag: String,
    text: String,
    line: usize,
}

#[test]
fn every_program_of_the_documentation_is_as_it_says() {
    let mut pages = files_below(&root().join("docs"), "md");
    pages.push(root().join("README.md"));
    let mut failures = String::new();
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        let name = page.strip_prefix(root()).unwrap().display().to_string();
        check_page(&name, &blocks(&text), &mut failures);
    }
    assert!(failures.is_empty(), "\n{failures}");
}

/// `UPDATE_DOCS=1` writes the page anew.
#[test]
fn the_page_of_built_ins_is_the_table() {
    let page = root().join("docs/builtins.md");
    let table = format!("# Built-ins\n\n{BUILT_INS}\n{}", wfc::value::builtin::table_markdown());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&page, &table).unwrap();
    }
    assert_eq!(std::fs::read_to_string(page).unwrap(), table, "run this test with UPDATE_DOCS=1");
}

const BUILT_INS: &str = "\
`T` and `U` are any types, `O` is what has an order (`int float duration money tokens size string`), `N` is `O` without `string`.
An argument is never absent unless its type says so, and can be given by name. What fails, fails with the class `invalid_value`.
";

#[test]
fn links_lead_to_pages() {
    let mut broken = Vec::new();
    for page in files_below(&root().join("docs"), "md") {
        let text = std::fs::read_to_string(&page).unwrap();
        let prose: String = text.split("```").step_by(2).collect();
        for target in prose.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap();
            if !file.contains("://") && !file.is_empty() && !page.parent().unwrap().join(file).exists() {
                broken.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

fn check_page(page: &str, blocks: &[Block], failures: &mut String) {
    let prelude: String = blocks.iter().filter(|block| block.tag == "wf,prelude").map(|b| b.text.as_str()).collect();
    let mut imported = Vec::new();
    for block in blocks {
        let program = match block.tag.as_str() {
            "wf" | "wf,wrong" | "wf,main" => block.text.clone(),
            tag if tag.starts_with("wf,name=") => block.text.clone(),
            "wf,more" => format!("{prelude}\n{}", block.text),
            tag => {
                if let Some(path) = tag.strip_prefix("wf,file=") {
                    imported.push((path.to_owned(), block.text.clone()));
                }
                continue;
            }
        };
        let mut files = vec![(MAIN.to_owned(), program)];
        files.append(&mut imported);
        let checked = check(&files);
        let wanted = block.tag == "wf,wrong";
        if checked.diagnostics.is_empty() == wanted {
            let drawn = human::render(&checked.sources, &checked.diagnostics, &Look::default());
            let _ = writeln!(failures, "{page}:{}, `{}`:\n{drawn}", block.line, block.tag);
        }
        run_tests(&format!("{page}:{}", block.line), &checked, &world(&files), failures);
    }
}

/// The tests of a program that is shown pass, wherever their runs are killed.
fn run_tests(place: &str, checked: &Checked, world: &dyn World, failures: &mut String) {
    for case in testing::cases(checked, world).iter().filter(|_| !checked.has_errors()) {
        let verdict = testing::run(case, testing::Options { crash_everywhere: true, seed: 0 });
        if !verdict.passed() {
            let drawn = human::render(&checked.sources, &verdict.problems, &Look::default());
            let _ = writeln!(failures, "{place}, test \"{}\":\n{drawn}", case.name);
        }
    }
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (index, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(tag), None) => {
                open = Some(Block { tag: tag.trim().to_owned(), text: String::new(), line: index + 1 })
            }
            (None, Some(block)) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

#[test]
fn what_the_readme_shows_is_what_is_printed() {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("one.txt"), "a\nb\n").unwrap();
    std::fs::write(folder.path().join("two.txt"), "c\n").unwrap();
    for block in blocks(&text) {
        if let Some(name) = block.tag.strip_prefix("wf,name=") {
            std::fs::write(folder.path().join(name), &block.text).unwrap();
        }
        if block.tag == "console" {
            let (command, shown) = block.text.split_once('\n').unwrap();
            let printed = printed(folder.path(), command.strip_prefix("$ ").unwrap());
            assert_eq!(steady(&printed), steady(shown), "{command}");
        }
    }
}

/// All that a command prints, as a terminal would show it, but in a pipe.
fn printed(folder: &std::path::Path, command: &str) -> String {
    let wfc = std::path::Path::new(env!("CARGO_BIN_EXE_wfc")).parent().unwrap();
    let path = format!("{}:{}", wfc.display(), std::env::var("PATH").unwrap_or_default());
    let output = std::process::Command::new("sh")
        .args(["-c", &format!("({command}) 2>&1")])
        .current_dir(folder)
        .env("PATH", path)
        .env("LC_ALL", "C.UTF-8")
        // There a check would print notes for the page of the step.
        .env_remove("GITHUB_ACTIONS")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Lines without what differs from run to run: times, ids, hashes, the order of what runs at once.
fn steady(text: &str) -> Vec<String> {
    let word = |(before, word): (&str, &str)| match word {
        _ if before == "run" && word.len() < 11 => "ID".to_owned(),
        _ if before == "plan" => "HASH".to_owned(),
        time if time.len() == 8 && time.matches(':').count() == 2 => "TIME".to_owned(),
        took if took.trim_end_matches(':').ends_with('s') && took.starts_with(|c: char| c.is_ascii_digit()) => {
            "TOOK".to_owned()
        }
        other => other.to_owned(),
    };
    let line = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let pairs = std::iter::once("").chain(words.iter().copied()).zip(words.iter().copied());
        pairs.map(word).collect::<Vec<_>>().join(" ")
    };
    let mut lines: Vec<String> = text.lines().map(line).collect();
    lines.sort();
    lines
}

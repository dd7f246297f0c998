//! Every code has a page, and what the pages say is true: their programs are checked.

use std::collections::BTreeSet;
use std::fmt::Write;

use wfc::diag::Code;
use wfc::diag::render::{Look, human};

use crate::program::{MAIN, check, files_below, root};

/// Pages are read on a screen.
const LINES_MAX: usize = 30;

/// A fenced block of a page.
struct Block {
    tag: String,
    text: String,
}

#[test]
fn every_code_has_a_page_of_the_agreed_form() {
    let mut failures = String::new();
    for &code in Code::ALL {
        if let Err(message) = form(code) {
            let _ = writeln!(failures, "{}: {message}", code.as_str());
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}

fn form(code: Code) -> Result<(), String> {
    let page = code.page();
    let title = page.lines().next().unwrap_or_default();
    if title != format!("# {}", code.title()) {
        return Err(format!("the title is `{title}`, not that of the catalogue"));
    }
    if page.lines().count() > LINES_MAX {
        return Err(format!("longer than {LINES_MAX} lines"));
    }
    if page.lines().skip(1).all(|line| line.trim().is_empty()) {
        return Err("says nothing".into());
    }
    let blocks = blocks(page);
    let tagged = |tag: &str| blocks.iter().filter(|block| block.tag == tag).count();
    if let Some(odd) = blocks.iter().find(|block| !["wf,emits", "wf,clean", "text"].contains(&block.tag.as_str())) {
        return Err(format!("has a block tagged `{}`", odd.tag));
    }
    match is_of_programs(code) {
        true if tagged("wf,emits") != 1 => Err("needs one block `wf,emits`".into()),
        true if tagged("wf,clean") == 0 => Err("needs a block `wf,clean`".into()),
        false if blocks.is_empty() => Err("needs an example".into()),
        _ => Ok(()),
    }
}

#[test]
fn every_page_is_in_the_catalogue() {
    let known: BTreeSet<String> = Code::ALL.iter().map(|code| format!("{}.md", code.as_str())).collect();
    for path in files_below(&root().join("src/diag/codes"), "md") {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(known.contains(name), "{name} is the page of no code");
    }
}

#[test]
fn the_programs_of_the_pages_give_what_the_pages_say() {
    let mut failures = String::new();
    for &code in Code::ALL {
        for block in blocks(code.page()) {
            let allowed = match block.tag.as_str() {
                "wf,emits" => Some(code),
                "wf,clean" => None,
                _ => continue,
            };
            let checked = check(&files(&block.text));
            let found: Vec<Code> = checked.diagnostics.iter().map(|d| d.code).collect();
            if found.iter().any(|one| Some(*one) != allowed) || found.is_empty() != allowed.is_none() {
                let drawn = human::render(&checked.sources, &checked.diagnostics, &Look::default());
                let _ = writeln!(failures, "{}, `{}`: found {found:?}\n{drawn}", code.as_str(), block.tag);
            }
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}

/// The wording of each code is fixed here and nowhere else.
#[test]
fn the_messages_of_the_pages_read_as_they_did() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/pages");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for &code in Code::ALL {
            for block in blocks(code.page()).iter().filter(|block| block.tag == "wf,emits") {
                let checked = check(&files(&block.text));
                let drawn = human::render(&checked.sources, &checked.diagnostics, &Look::default());
                insta::assert_snapshot!(code.as_str(), drawn);
            }
        }
    });
}

#[test]
fn every_code_of_programs_occurs_in_the_suite() {
    let mut suite = String::new();
    for path in files_below(&root().join("tests/suite"), "wf") {
        suite.push_str(&std::fs::read_to_string(path).unwrap());
    }
    let missing: Vec<&str> = Code::ALL
        .iter()
        .filter(|code| is_of_programs(**code))
        .map(|code| code.as_str())
        .filter(|code| !suite.contains(&format!(" {code}")))
        .collect();
    assert!(missing.is_empty(), "no program of the suite shows {missing:?}");
}

/// Runs (08xx, and what they refuse) and files (09xx) cannot be shown by a program alone.
fn is_of_programs(code: Code) -> bool {
    code.as_str() < "WF0800" && code != Code::WF0090
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in page.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(tag), None) => open = Some(Block { tag: tag.to_owned(), text: String::new() }),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

/// A line `// file: team.wf` begins a further file, `// file: main.wf` that which is checked; so does the block itself.
fn files(block: &str) -> Vec<(String, String)> {
    let mut files = vec![(MAIN.to_owned(), String::new())];
    let mut at = 0;
    for line in block.lines() {
        if let Some(path) = line.strip_prefix("// file: ") {
            at = files.iter().position(|(other, _)| other == path).unwrap_or(files.len());
            if at == files.len() {
                files.push((path.to_owned(), String::new()));
            }
        } else {
            files[at].1.push_str(line);
            files[at].1.push('\n');
        }
    }
    files
}

/// What nobody says needs no page: a code leaves the catalogue with its last message.
#[test]
fn every_code_is_raised_somewhere() {
    let catalogue = root().join("src/diag/code.rs");
    let sources: String = files_below(&root().join("src"), "rs")
        .into_iter()
        .filter(|path| *path != catalogue)
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let unused: Vec<&str> =
        Code::ALL.iter().map(|code| code.as_str()).filter(|code| !sources.contains(&format!("Code::{code}"))).collect();
    assert!(unused.is_empty(), "nobody says {unused:?}");
}

//! What README and `docs/` show is true: their programs are checked, and what they say is printed is what is printed.
//!
//! Blocks: `wf` is a whole program; `wf,prelude` goes before every `wf,more` of the page; `wf,file=PATH` is a file for the imports
//! of the `wf,main` after it; `wf,wrong` gives at least one diagnostic.

use std::fmt::Write;

use wfc::diag::render::{Look, human};

use crate::program::{MAIN, check, files_below, root};

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

fn check_page(page: &str, blocks: &[Block], failures: &mut String) {
    let prelude: String = blocks.iter().filter(|block| block.tag == "wf,prelude").map(|b| b.text.as_str()).collect();
    let mut imported = Vec::new();
    for block in blocks {
        let program = match block.tag.as_str() {
            "wf" | "wf,wrong" | "wf,main" => block.text.clone(),
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

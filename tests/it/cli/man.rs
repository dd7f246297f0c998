//! `wfc man`: a page for every command, which readers of pages take without a word.

use std::process::Command;

use super::{folder, wfc};

#[test]
fn there_is_a_page_for_every_command() {
    let folder = folder(&[]);
    let said = wfc(folder.path(), &["man", "share/man1"]);
    assert!(said.contains("pages in share/man1: man -l share/man1/wfc.1"), "{said}");
    let page = |name: &str| std::fs::read_to_string(folder.path().join("share/man1").join(name)).unwrap();
    let mut open = vec![Vec::new()];
    while let Some(words) = open.pop() {
        let name = ["wfc"].into_iter().chain(words.iter().map(String::as_str)).collect::<Vec<_>>().join("-");
        let text = page(&format!("{name}.1"));
        assert!(text.contains(&format!("\n.TH {name} 1")) && text.is_ascii() && !text.contains("EXTRA"), "{text}");
        let arguments: Vec<&str> = words.iter().map(String::as_str).chain(["--help"]).collect();
        let help = wfc(folder.path(), &arguments);
        let commands = help.split("\nCommands:\n").nth(1).unwrap_or_default().split("\n\n").next().unwrap_or_default();
        let of_line = |line: &str| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')).map(str::to_owned);
        let names = commands.lines().filter_map(|line| of_line(line)?.split(' ').next().map(str::to_owned));
        open.extend(names.filter(|name| name != "help").map(|name| [words.clone(), vec![name]].concat()));
    }
    assert!(!folder.path().join("share/man1/wfc-supervise.1").exists());
    assert!(page("wfc-runs-answer.1").contains(".SH EXAMPLES\n.nf\n  wfc runs answer @latest"));
}

#[test]
fn without_a_folder_the_first_page_is_printed() {
    let folder = folder(&[("file", "")]);
    let page = wfc(folder.path(), &["man"]);
    assert!(page.contains("wfc\\-runs(1)") && page.ends_with("(exit 0)\n"), "{page}");
    assert!(wfc(folder.path(), &["man", "file"]).ends_with("(exit 3)\n"));
}

/// Where `groff` or `mandoc` is there, it has nothing to say.
#[test]
fn pages_are_sound() {
    let folder = folder(&[]);
    wfc(folder.path(), &["man", "."]);
    let pages: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(pages.len() > 20);
    for (program, arguments) in [("groff", ["-man", "-ww", "-z"]), ("mandoc", ["-man", "-T", "lint"])] {
        for page in &pages {
            let Ok(read) = Command::new(program).args(arguments).arg(page).output() else { break };
            let said = String::from_utf8_lossy(&read.stderr).into_owned() + &String::from_utf8_lossy(&read.stdout);
            let wrong = said.lines().any(|line| line.contains("ERROR") || program == "groff");
            assert!(!wrong, "{}: {said}", page.display());
        }
    }
}

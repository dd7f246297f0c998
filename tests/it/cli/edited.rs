//! A run goes on on the plan that it has: `wfc resume` says where its file gives another one by now, and only there.

use std::path::Path;

use super::{folder, wfc};

const PROGRAM: &str = "agent tool uses exec {
    action name(x: string) -> string { effects reads  command [\"echo\", x] }
}
workflow main() -> string {
    stage name = tool.name(\"x\")
    stage ok = ask(\"Ship?\", show: include_text(\"note.txt\")) -> bool { timeout 1d }
    return if ok then name else \"\"
}
";

const PROFILES: &str = "[profiles.offline.agents.tool]\nuses = \"mock\"\n";

fn project() -> tempfile::TempDir {
    folder(&[("a/flow.wf", PROGRAM), ("a/note.txt", "one"), ("a/wf.toml", PROFILES), ("b/nothing.txt", "")])
}

fn change(path: &Path, file: &str, from: &str, to: &str) {
    let text = std::fs::read_to_string(path.join(file)).unwrap();
    assert!(text.contains(from), "{text}");
    std::fs::write(path.join(file), text.replace(from, to)).unwrap();
}

/// What `wfc resume` says of the file, if anything.
fn said(path: &Path) -> Option<String> {
    let told = wfc(path, &["resume", "r1"]);
    assert!(told.ends_with("(exit 75)\n"), "{told}");
    told.lines()
        .find(|line| line.contains("since the run began") || line.contains("when the run began"))
        .map(str::to_owned)
}

#[test]
fn a_comment_changes_no_plan_whatever_the_profile() {
    let folder = project();
    let path = &folder.path().join("a");
    wfc(path, &["run", "flow.wf", "--profile", "offline", "--id", "r1"]);
    assert_eq!(said(path), None);
    change(path, "flow.wf", "workflow main", "// The same.\nworkflow main");
    assert_eq!(said(path), None);
    change(path, "flow.wf", "Ship?", "Really?");
    let line = said(path).unwrap();
    assert!(line.starts_with("flow.wf has changed since the run began (plan "), "{line}");
    assert!(line.ends_with("; on the new text: wfc resume r1 --plan flow.wf --profile offline"), "{line}");
}

#[test]
fn what_an_included_file_says_belongs_to_the_plan() {
    let folder = project();
    let path = &folder.path().join("a");
    wfc(path, &["run", "flow.wf", "--id", "r1"]);
    assert_eq!(said(path), None);
    change(path, "note.txt", "one", "two");
    let line = said(path).unwrap();
    assert!(line.starts_with("flow.wf gives another plan than when the run began ("), "{line}");
    assert!(line.ends_with("; on the new plan: wfc resume r1 --plan flow.wf"), "{line}");
}

#[test]
fn so_does_what_the_profile_of_the_run_says() {
    let folder = project();
    let path = &folder.path().join("a");
    wfc(path, &["run", "flow.wf", "--profile", "offline", "--id", "r1"]);
    change(path, "wf.toml", "uses = \"mock\"", "timeout = \"5m\"");
    assert!(said(path).unwrap().starts_with("flow.wf gives another plan than when the run began ("));
}

#[test]
fn a_run_that_was_moved_from_another_folder_is_told_of_its_new_file() {
    let folder = project();
    let (path, away) = (&folder.path().join("a"), &folder.path().join("b"));
    wfc(path, &["run", "flow.wf", "--id", "r1"]);
    change(path, "flow.wf", "Ship?", "Really?");
    let moved = wfc(away, &["resume", "r1", "--plan", "../a/flow.wf", "--store", "../a/.wfc"]);
    assert!(moved.contains("Really?"), "{moved}");
    assert_eq!(said(path), None);
    change(path, "flow.wf", "Really?", "Now?");
    let line = said(path).unwrap();
    assert!(line.contains("flow.wf has changed since the run began (plan "), "{line}");
}

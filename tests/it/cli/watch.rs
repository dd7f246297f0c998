//! `wfc check --watch`, as a process: what it says tells when it has looked, so nothing here waits by the clock.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Command, Stdio};

use super::folder;

const SOUND: &str = "workflow main() -> string {\n    return \"good\"\n}\n";

struct Watching {
    process: Child,
    said: BufReader<ChildStderr>,
}

impl Watching {
    fn start(folder: &std::path::Path, arguments: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_wfc"))
            .args(["check", "--watch", "--format", "short"])
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(process.stderr.take().unwrap());
        Self { process, said }
    }

    /// What is said until it waits again.
    fn round(&mut self) -> String {
        let mut all = String::new();
        while !all.contains("watching ") {
            let mut line = String::new();
            assert!(self.said.read_line(&mut line).unwrap() > 0, "it has ended: {all}");
            all.push_str(&line);
        }
        all
    }

    fn signal(mut self, signal: rustix::process::Signal) -> Option<i32> {
        let pid = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(pid, signal).unwrap();
        self.process.wait().unwrap().code()
    }
}

#[test]
fn a_change_is_checked_and_ctrl_c_ends() {
    let folder = folder(&[("a.wf", SOUND)]);
    let mut watching = Watching::start(folder.path(), &[]);
    assert_eq!(watching.round(), "no problems in 1 file\nwatching 1 file; Ctrl-C ends\n");
    std::fs::write(folder.path().join("a.wf"), SOUND.replace("\"good\"", "missing")).unwrap();
    assert_eq!(
        watching.round(),
        "changed: a.wf\n1 error in 1 file; more on one: wfc explain WF0102\nwatching 1 file; Ctrl-C ends\n"
    );
    // As an editor does that writes beside the file.
    std::fs::write(folder.path().join("a.wf.new"), SOUND).unwrap();
    std::fs::rename(folder.path().join("a.wf.new"), folder.path().join("a.wf")).unwrap();
    assert_eq!(watching.round(), "changed: a.wf\nno problems in 1 file\nwatching 1 file; Ctrl-C ends\n");
    std::fs::write(folder.path().join("b.wf"), SOUND).unwrap();
    assert_eq!(watching.round(), "changed: b.wf\nno problems in 2 files\nwatching 2 files; Ctrl-C ends\n");
    assert_eq!(watching.signal(rustix::process::Signal::INT), Some(130));
}

/// What is read into a program is part of it, also where it can no longer be read and where it comes back.
#[test]
fn a_change_of_an_included_file_is_checked() {
    let text = "let note = include_text(\"notes/a.md\")\nlet page = include_file(\"notes/a.pdf\")\n\
        workflow main() -> string {\n    return \"${note}${page.name}\"\n}\n";
    let folder = folder(&[("a.wf", text), ("notes/a.md", "one"), ("notes/a.pdf", "two")]);
    let mut watching = Watching::start(folder.path(), &["a.wf"]);
    let sound = "no problems in 1 file\nwatching 3 files; Ctrl-C ends\n";
    assert_eq!(watching.round(), sound);
    for name in ["notes/a.md", "notes/a.pdf"] {
        let path = folder.path().join(name);
        std::fs::write(&path, "three").unwrap();
        assert_eq!(watching.round(), format!("changed: {name}\n{sound}"));
        std::fs::remove_file(&path).unwrap();
        let gone = watching.round();
        assert!(
            gone.starts_with(&format!("changed: {name}\n")) && gone.contains(" in 1 file; more on one: wfc explain"),
            "{gone}"
        );
        std::fs::write(&path, "three").unwrap();
        assert_eq!(watching.round(), format!("changed: {name}\n{sound}"));
    }
    assert_eq!(watching.signal(rustix::process::Signal::TERM), Some(143));
}

#[test]
fn term_ends_it_too() {
    let folder = folder(&[("a.wf", SOUND)]);
    let mut watching = Watching::start(folder.path(), &["a.wf"]);
    watching.round();
    assert_eq!(watching.signal(rustix::process::Signal::TERM), Some(143));
}

#[test]
fn formats_for_other_programs_are_not_watched() {
    let folder = folder(&[("a.wf", SOUND)]);
    insta::assert_snapshot!(super::wfc(folder.path(), &["check", "--watch", "--format", "sarif"]), @r#"
    --- standard error
    error: `--watch` is for people: it takes the formats `human`, `short` and `json`
    (exit 2)
    "#);
}

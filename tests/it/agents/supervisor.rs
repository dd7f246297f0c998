//! A supervisor by itself, told what `wfc` would tell it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use wfc::agents::exec::end::{End, Stopped};
use wfc::agents::exec::folder::{Folder, State};

/// What a supervisor that may have so many files open is told in one breath; gives the record of the end.
fn told(dir: &Path, job: &serde_json::Value, more: &str, files: u32) -> End {
    Folder::at(&dir.join("one")).create().expect("made");
    let limited = format!("ulimit -n {files}; exec \"$0\" supervise \"$1\"");
    let mut supervisor = Command::new("sh")
        .args(["-c", &limited, env!("CARGO_BIN_EXE_wfc"), &dir.display().to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("started");
    let mut words = supervisor.stdin.take().expect("a pipe");
    words.write_all(format!("{job}\n{more}").as_bytes()).expect("told");
    let mut line = String::new();
    BufReader::new(supervisor.stdout.take().expect("a pipe")).read_line(&mut line).expect("an end or a line");
    drop(words);
    supervisor.wait().expect("it ends");
    match Folder::at(&dir.join("one")).state().expect("looked") {
        State::Ended(end) => end,
        other => panic!("no record of an end: {other:?}"),
    }
}

fn job(words: &[&str]) -> serde_json::Value {
    serde_json::json!({
        "attempt": "one", "program": words[0], "words": words, "env": [], "cwd": "/", "stdin": "",
        "timeout_ms": null, "log_stdout": false, "secrets": [], "durable": false,
    })
}

#[test]
fn a_cancellation_that_comes_with_the_job_is_heeded() {
    let dir = tempfile::tempdir().expect("a folder");
    let end = told(dir.path(), &job(&["/bin/sleep", "60"]), "cancel\n", 64);
    assert_eq!(end.stopped, Some(Stopped::Cancelled), "{end:?}");
}

#[test]
fn while_the_system_has_nothing_to_give_a_start_is_tried_until_it_is_wanted_no_longer() {
    let dir = tempfile::tempdir().expect("a folder");
    let end = told(dir.path(), &job(&["/bin/sleep", "60"]), "cancel\n", 7);
    assert_eq!(end.not_started.as_deref(), Some("it was to end before the system had a process for it"), "{end:?}");
    let dir = tempfile::tempdir().expect("a folder");
    let end = told(dir.path(), &job(&["/bin/sleep", "60"]), "", 7);
    assert!(end.scarce, "{end:?}");
    assert!(end.not_started.as_ref().is_some_and(|why| why.contains("Too many open files")), "{end:?}");
}

/// A `wfc` that has much else to do takes what a program has printed little by little, long after the program has ended.
#[test]
fn what_was_printed_is_told_to_the_last_line_however_slowly_it_is_taken() {
    const LINES: usize = 160_000;
    // Lines that it takes before it does something else.
    const AT_ONCE: usize = 80;
    let dir = tempfile::tempdir().expect("a folder");
    let folder = Folder::at(&dir.path().join("one"));
    folder.create().expect("made");
    let mut supervisor = Command::new(env!("CARGO_BIN_EXE_wfc"))
        .args(["supervise", &dir.path().display().to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("started");
    let mut words = supervisor.stdin.take().expect("a pipe");
    let script = format!("seq 1 {LINES} >&2");
    words.write_all(format!("{}\n", job(&["/bin/sh", "-c", &script])).as_bytes()).expect("told");
    let mut slow = BufReader::with_capacity(64, supervisor.stdout.take().expect("a pipe"));
    let mut last = String::new();
    for line in 0..LINES {
        last.clear();
        slow.read_line(&mut last).expect("a line");
        if line % AT_ONCE == 0 {
            assert!(Command::new("/bin/true").status().expect("started").success());
        }
    }
    assert_eq!(last.trim_end().trim_start_matches(|c: char| !c.is_ascii_digit()), LINES.to_string());
    drop((words, slow));
    supervisor.wait().expect("it ends");
}

//! A reader that stands still: the run goes on, signals reach it, and what matters is said when the reader comes back.

use std::io::Read;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{Process, folder, wfc};

/// Has more to tell than the queue of the screen and a pipe hold.
const BIG: &str = r#"agent maker uses mock {
    action double(n: int) -> int {
        takes 1s
        returns n * 2
    }
}

workflow big() -> int {
    stage doubled = for n in range(0, 5000) up to 10_000 => maker.double(n)
    return sum(doubled)
}
"#;

/// The same, beside a program that ends when the file `go` is there.
const HELD: &str = r#"agent maker uses mock {
    action double(n: int) -> int {
        returns n * 2
    }
}

agent shell uses exec {
    stdin none
    action hold() -> string {
        effects reads
        command ["sh", "-c", "while ! test -e go; do sleep 0.02; done; echo held"]
    }
}

workflow big() -> int {
    stage held = shell.hold()
    stage doubled = for n in range(0, 5000) up to 10_000 => maker.double(n)
    return sum(doubled) + len(held)
}
"#;

fn start(program: &str, arguments: &[&str], stdout: Stdio) -> (Process, tempfile::TempDir) {
    let folder = folder(&[("big.wf", program)]);
    let process = Process::start(folder.path(), &[&["run", "big.wf", "--id", "r1"], arguments].concat(), stdout);
    (process, folder)
}

/// Waits for something that other processes bring about.
fn until(holds: impl Fn() -> bool) {
    let limit = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < limit, "it never came about");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn status(folder: &Path) -> String {
    let list = wfc(folder, &["runs", "list"]);
    list.lines().nth(1).and_then(|line| line.split_whitespace().nth(2)).unwrap_or_default().to_owned()
}

#[test]
fn nobody_reads_standard_error_and_the_run_goes_on() {
    let (mut process, folder) = start(BIG, &["-v", "--clock", "virtual"], Stdio::piped());
    until(|| status(folder.path()) == "succeeded");
    let (told, code) = process.end();
    assert_eq!(code, Some(0));
    let last = told.lines().last().unwrap_or_default();
    assert!(last.ends_with("5_000 succeeded"), "{last}");
    assert!(told.contains(" lines left out: wfc runs show r1\n"), "{told}");
    assert!(told.lines().count() < 12_000, "progress is not kept for whoever does not read it");
}

#[test]
fn nobody_reads_events_and_none_is_lost() {
    let (mut process, folder) = start(BIG, &["--json", "--clock", "virtual"], Stdio::piped());
    until(|| status(folder.path()) == "succeeded");
    let mut events = String::new();
    process.child.stdout.take().unwrap().read_to_string(&mut events).unwrap();
    assert_eq!(process.end().1, Some(0));
    let seqs = events.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["seq"].as_u64());
    assert!(seqs.eq((0..events.lines().count() as u64).map(Some)), "each event, in its order");
    assert!(events.lines().last().is_some_and(|line| line.contains(r#""event":"run_succeeded""#)));
}

#[test]
fn a_signal_reaches_a_run_that_nobody_reads() {
    let (mut process, folder) = start(HELD, &["-v"], Stdio::piped());
    let last = r#""stage":"doubled","event":"stage_succeeded""#;
    until(|| wfc(folder.path(), &["runs", "events", "r1"]).contains(last));
    process.signal("-TERM");
    std::fs::write(folder.path().join("go"), "").unwrap();
    until(|| status(folder.path()) != "running");
    assert_eq!(process.child.wait().unwrap().code(), Some(143), "it ends although nobody has read a line");
}

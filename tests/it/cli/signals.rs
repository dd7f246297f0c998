//! Signals, broken pipes, two drivers of one run: whatever comes from outside, the run can be resumed.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::{Process, folder, steady, steady_columns, wfc};

/// Its second stage ends when the file `go` is there; `started` has a line for each start of it.
const WAITS: &str = r#"agent shell uses exec {
    stdin none
    action hold() -> string {
        effects reads
        command ["sh", "-c", "echo x >> started; while ! test -e go; do sleep 0.02; done; echo held"]
    }
    action after(_what: string) -> string {
        effects reads
        command ["echo", "after"]
    }
}

workflow waits() -> string {
    stage held = shell.hold()
    stage ended = shell.after(held)
    return ended
}
"#;

/// A run of [`WAITS`] whose first stage is under way.
struct Held {
    process: Process,
    folder: tempfile::TempDir,
}

impl Held {
    fn start(arguments: &[&str], stdout: Stdio) -> Self {
        Self::start_of(WAITS, arguments, stdout)
    }

    fn start_of(program: &str, arguments: &[&str], stdout: Stdio) -> Self {
        let folder = folder(&[("waits.wf", program)]);
        let process = Process::start(folder.path(), &[&["run", "waits.wf", "--id", "r1"], arguments].concat(), stdout);
        let held = Self { process, folder };
        held.until(|| held.path().join("started").exists());
        held
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Waits for something that other processes bring about.
    fn until(&self, holds: impl Fn() -> bool) {
        let limit = Instant::now() + Duration::from_secs(30);
        while !holds() {
            assert!(Instant::now() < limit, "it never came about");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn go(&self) {
        std::fs::write(self.path().join("go"), "").unwrap();
    }

    fn starts(&self) -> usize {
        std::fs::read_to_string(self.path().join("started")).unwrap().lines().count()
    }

    /// How the list says that it stands.
    fn status(&self) -> String {
        let list = wfc(self.path(), &["runs", "list"]);
        list.lines().nth(1).unwrap().split_whitespace().nth(2).unwrap().to_owned()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // A test that failed must not leave a program waiting.
        self.go();
    }
}

#[test]
fn ctrl_c_lets_attempts_end_and_suspends() {
    let mut held = Held::start(&[], Stdio::piped());
    held.process.signal("-INT");
    held.go();
    let (told, code) = held.process.end();
    assert_eq!(code, Some(130), "{told}");
    assert!(told.contains("suspending: 1 attempt may end (at most 1h), nothing new starts\n"), "{told}");
    assert!(told.ends_with("run r1 suspended; go on: wfc resume r1\n"), "{told}");
    assert_eq!(held.status(), "suspended");
    steady().bind(|| {
        insta::assert_snapshot!(wfc(held.path(), &["resume", "r1"]), @r#"
        "after"
        --- standard error
          = held                     kept
          + ended                    not started before
        [time] run r1 goes on: waits, plan [hash]
        [time] ended succeeded in [s]
        [time] run r1 succeeded in [s]: 1 kept, 1 succeeded
        (exit 0)
        "#);
    });
    assert_eq!(held.starts(), 1, "a result that is there is not computed again");
}

#[test]
fn ctrl_c_twice_kills_attempts_and_suspends() {
    let mut held = Held::start(&[], Stdio::piped());
    held.process.signal("-INT");
    held.process.hear("Ctrl-C again kills them\n");
    held.process.signal("-INT");
    let (told, code) = held.process.end();
    assert_eq!(code, Some(130), "{told}");
    assert!(told.contains("killed, outcome unknown: held\n"), "{told}");
    assert!(told.ends_with("run r1 suspended; go on: wfc resume r1\n"), "{told}");
    held.go();
    steady().bind(|| {
        insta::assert_snapshot!(wfc(held.path(), &["runs", "show", "r1"]), @r#"
        run r1  waits  suspended, [s]: held: goes on when resumed
        started [minute] by [account]
        plan [hash], from waits.wf
          ! held                     [s]  killed, outcome unknown
          ○ ended
        effects so far: none
        go on: wfc resume r1
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(held.path(), &["resume", "r1"]), @r#"
        "after"
        --- standard error
          + held                     again: unknown outcome, effects reads
          + ended                    not started before
        [time] run r1 goes on: waits, plan [hash]
        [time] held succeeded in [s]
        [time] ended succeeded in [s]
        [time] run r1 succeeded in [s]: 2 succeeded
        (exit 0)
        "#);
    });
    assert_eq!(held.starts(), 2, "what only reads runs again");
}

#[test]
fn term_suspends_and_has_its_own_exit_code() {
    let mut held = Held::start(&[], Stdio::piped());
    held.process.signal("-TERM");
    held.go();
    let (told, code) = held.process.end();
    assert_eq!(code, Some(143), "{told}");
    assert!(wfc(held.path(), &["resume", "r1", "-q"]).ends_with("(exit 0)\n"));
}

/// TERM lets a program end that is deaf to it; Ctrl-C twice still kills it, and the exit code stays that of TERM.
#[test]
fn after_term_a_program_that_is_deaf_to_it_can_be_killed() {
    let deaf = WAITS.replace("echo x >> started;", "trap '' TERM INT; echo $$ > pid; echo x >> started;");
    let mut held = Held::start_of(&deaf, &[], Stdio::piped());
    let pid = std::fs::read_to_string(held.path().join("pid")).unwrap();
    let lives = || Path::new("/proc").join(pid.trim()).exists();
    held.process.signal("-TERM");
    held.process.signal("-INT");
    held.process.hear("Ctrl-C again kills them\n");
    assert!(lives(), "it has not been asked to end");
    held.process.signal("-INT");
    let (told, code) = held.process.end();
    assert_eq!(code, Some(143), "{told}");
    assert!(told.contains("killed, outcome unknown: held\n"), "{told}");
    assert!(!lives(), "TERM alone does not end it, KILL does");
    held.go();
    assert!(wfc(held.path(), &["resume", "r1", "-q"]).ends_with("(exit 0)\n"));
    assert_eq!(held.starts(), 2, "it only reads");
}

#[test]
fn a_terminal_that_goes_away_suspends() {
    let mut held = Held::start(&[], Stdio::piped());
    held.process.signal("-HUP");
    held.go();
    let (told, code) = held.process.end();
    assert_eq!(code, Some(130), "{told}");
    assert!(wfc(held.path(), &["resume", "r1", "-q"]).ends_with("(exit 0)\n"));
}

#[test]
fn a_broken_pipe_does_not_end_the_run() {
    let mut held = Held::start(&["--json"], Stdio::piped());
    drop(held.process.child.stdout.take());
    held.go();
    assert_eq!(held.process.end().1, Some(0));
    assert_eq!(held.status(), "succeeded");
}

/// A run that a process drives is told from one that is left: who drives it goes on by itself.
#[test]
fn a_run_that_is_left_is_told_from_one_that_is_driven() {
    let mut held = Held::start(&[], Stdio::piped());
    let settings = steady_columns();
    let seen = |id: &str| wfc(held.path(), &["runs", "list", "--status", id]);
    settings.bind(|| {
        insta::assert_snapshot!(seen("running"), @r#"
        RUN  WORKFLOW  STATE  STARTED           TOOK  BECAUSE
        r1   waits     running (process [pid])  [minute]  [s]
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(held.path(), &["runs", "show", "r1"]), @r#"
        run r1  waits  running (process [pid]), [s]
        started [minute] by [account]
        plan [hash], from waits.wf
          ● held                     [s]  running
          ○ ended
        effects so far: none
        (exit 0)
        "#);
        assert_eq!(seen("interrupted").lines().count(), 2, "only the head and the exit code");
    });
    let process = format!(r#""status":"running","process":{}"#, held.process.child.id());
    assert!(wfc(held.path(), &["runs", "list", "--json"]).contains(&process));
    held.process.signal("-KILL");
    held.process.end();
    let seen = |arguments: &[&str]| wfc(held.path(), arguments);
    settings.bind(|| {
        insta::assert_snapshot!(seen(&["runs", "list", "--status", "interrupted"]), @r#"
        RUN  WORKFLOW  STATE  STARTED           TOOK  BECAUSE
        r1   waits     interrupted  [minute]  [s]
        (exit 0)
        "#);
        insta::assert_snapshot!(seen(&["runs", "show", "r1"]), @r#"
        run r1  waits  interrupted, [s]
        started [minute] by [account]
        plan [hash], from waits.wf
          ! held                     [s]  under way when wfc died
          ○ ended
        effects so far: none
        go on: wfc resume r1
        (exit 0)
        "#);
    });
    assert!(seen(&["runs", "list", "--json"]).contains(r#""status":"running","process":null"#));
}

#[test]
fn a_second_driver_is_told_of_the_first() {
    let mut held = Held::start(&[], Stdio::piped());
    let told = wfc(held.path(), &["resume", "r1"]);
    assert!(told.contains(&format!("run r1 is driven by process {} since ", held.process.child.id())), "{told}");
    assert!(told.ends_with("(exit 3)\n"), "{told}");
    held.go();
    assert_eq!(held.process.end().1, Some(0));
}

#[test]
fn a_run_under_way_is_cancelled_by_its_own_process() {
    let mut held = Held::start(&[], Stdio::piped());
    let told = wfc(held.path(), &["runs", "cancel", "r1"]);
    let expected =
        format!("--- standard error\nrun r1 is being cancelled by process {}\n(exit 0)\n", held.process.child.id());
    assert_eq!(told, expected);
    let (told, code) = held.process.end();
    assert_eq!(code, Some(1), "{told}");
    assert_eq!(held.status(), "cancelled");
}

#[test]
fn a_run_is_cancelled_however_much_its_programs_have_to_say() {
    let chatty = WAITS.replace("do sleep 0.02", "do echo still here >&2; sleep 0.02");
    let mut held = Held::start_of(&chatty, &["-q"], Stdio::piped());
    wfc(held.path(), &["runs", "cancel", "r1"]);
    held.until(|| held.status() == "cancelled");
    assert_eq!(held.process.end().1, Some(1));
}

#[test]
fn a_run_can_be_taken_from_a_process_that_is_stuck() {
    let mut held = Held::start(&[], Stdio::piped());
    held.process.signal("-STOP");
    let path = held.path().to_owned();
    let second = std::thread::spawn(move || wfc(&path, &["resume", "r1", "--takeover", "-q"]));
    held.until(|| {
        let told = wfc(held.path(), &["resume", "r1"]);
        !told.contains(&format!("driven by process {} ", held.process.child.id()))
    });
    held.go();
    assert_eq!(second.join().unwrap(), "\"after\"\n(exit 0)\n");
    held.process.signal("-CONT");
    let (told, code) = held.process.end();
    assert_eq!(code, Some(3), "{told}");
    assert!(told.ends_with("error: run r1 was taken over by another process\n"), "{told}");
    assert_eq!(held.status(), "succeeded");
}

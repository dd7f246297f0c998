//! Row 21: the disk of the attempts is full when a program ends that has printed more than room was set aside for.

use super::*;

const LOUD: &str = r#"
agent tool uses exec {
    stdin none
    action loud() -> string {
        effects writes
        output text
        command ["sh", "-c", "echo x >> starts; head -c 600000 /dev/zero | tr '\\0' x"]
    }
}

workflow main() -> int {
    stage one = tool.loud()

    return len(one)
}
"#;

/// A place whose attempts have a small file system of their own.
struct Small(Place);

impl Small {
    /// `None` where none can be mounted.
    fn new() -> Option<Self> {
        let small = Self(Place::with(LOUD));
        fs::create_dir_all(small.attempts()).unwrap();
        let is_mounted = small.mount("size=256k");
        if !is_mounted {
            eprintln!("skipped: no file system can be mounted here, so no full disk");
        }
        is_mounted.then_some(small)
    }

    fn attempts(&self) -> PathBuf {
        self.0.path(".wfc/attempts")
    }

    fn mount(&self, options: &str) -> bool {
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", &format!("{options},mode=0700"), "none"]).arg(self.attempts());
        command.stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }

    /// Starts the run and waits until its program has ended and its output waits.
    fn begin(&self) -> Child {
        let child = self.0.command(&["run", "gate.wf", "--id", "r1", "-v"]).spawn().unwrap();
        until("`runs show` names the disk", || self.shown().contains("output waits for room: the disk of `"));
        assert!(self.shown().contains("attempts/r1` is full, 586"), "{}", self.shown());
        child
    }

    fn shown(&self) -> String {
        String::from_utf8(self.0.wfc(&["runs", "show", "r1"]).stdout).unwrap()
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(self.attempts()).stderr(Stdio::null()).status().ok();
    }
}

#[test]
fn output_that_finds_no_room_waits_says_so_and_is_kept_when_there_is_some() {
    let Some(small) = Small::new() else { return };
    let mut child = small.begin();
    let mut heard = ears(&mut child);
    hear(&mut heard, "the program has ended, its output waits for room: the disk of `");
    assert!(small.mount("remount,size=4m"));
    let output = child.wait_with_output().unwrap();
    assert_eq!(gave(&output), (Some(0), "600000"));
    assert!(!small.shown().contains("waits for room"), "{}", small.shown());
    assert_eq!(small.0.lines("starts").len(), 1);
}

#[test]
fn a_process_that_takes_it_up_says_what_it_waits_for() {
    let Some(small) = Small::new() else { return };
    let mut child = small.begin();
    child.kill().unwrap();
    child.wait().unwrap();
    let mut child = small.0.command(&["resume", "r1", "-v"]).spawn().unwrap();
    let mut heard = ears(&mut child);
    hear(&mut heard, "the program has ended, its output waits for room: the disk of `");
    assert!(small.mount("remount,size=4m"));
    assert_eq!(gave(&child.wait_with_output().unwrap()), (Some(0), "600000"));
    assert_eq!(small.0.lines("starts").len(), 1);
}

#[test]
fn killed_while_its_output_waits_it_names_the_disk() {
    let Some(small) = Small::new() else { return };
    let mut child = small.begin();
    let mut heard = ears(&mut child);
    send(&child, Signal::INT);
    hear(&mut heard, "Ctrl-C again");
    send(&child, Signal::INT);
    heard.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(small.0.supervisors(), 0);
    let output = small.0.resume();
    assert_eq!(output.status.code(), Some(75), "{}", said(&output));
    assert!(said(&output).contains("its output   wfc runs logs r1 one"), "{}", said(&output));
    let logs = String::from_utf8(small.0.wfc(&["runs", "logs", "r1", "one"]).stdout).unwrap();
    assert!(logs.contains("the program has ended, its output found no room: the disk of `"), "{logs}");
    assert_eq!(small.0.lines("starts").len(), 1);
}

#[test]
fn cancelled_while_its_output_waits_it_is_over_at_once() {
    let Some(small) = Small::new() else { return };
    let child = small.begin();
    assert!(small.0.wfc(&["runs", "cancel", "r1"]).status.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(small.0.status(), "cancelled", "{}", said(&output));
    assert!(small.shown().contains("maybe happened"), "{}", small.shown());
    assert_eq!(small.0.supervisors(), 0);
}

#[test]
fn output_that_was_given_up_is_a_failure_that_names_the_disk() {
    let Some(small) = Small::new() else { return };
    let mut child = small.begin();
    child.kill().unwrap();
    child.wait().unwrap();
    // As a process that has taken the run over says it.
    let attempts = fs::read_dir(small.attempts().join("r1")).unwrap().map(|entry| entry.unwrap().path());
    attempts.filter(|path| path.is_dir()).for_each(|path| fs::write(path.join("cancel"), "").unwrap());
    until("the supervisor has ended", || small.0.supervisors() == 0);
    let output = small.0.resume();
    let told = "ended with status 0, but its output found no room: the disk of `";
    assert!(said(&output).contains(told), "{}", said(&output));
    assert_eq!((output.status.code(), small.0.lines("starts").len()), (Some(1), 1));
}

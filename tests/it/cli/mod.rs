//! Whole answers of the commands: standard output, standard error, exit code.

mod accounts;
mod bytes;
mod cache;
mod check;
mod completions;
mod crowds;
mod decided;
mod edited;
mod explain;
mod export;
mod files;
mod fixes;
mod fmt;
mod formats;
mod hints;
mod kinds;
mod lints;
mod man;
mod maybe;
mod named;
mod new;
mod plan;
mod plans;
mod profiles;
mod programs;
mod prune;
mod run;
mod runs;
mod secrets;
mod send;
mod signals;
mod slips;
mod stalled;
mod standing;
mod starting;
mod test;
mod test_coverage;
mod test_observed;
mod test_replay;
mod verify;
mod watch;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// Runs `wfc` in a folder, without a terminal and with an environment of its own, and gives all that can be seen of it.
fn wfc(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_wfc"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("LC_ALL", "C.UTF-8")
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let mut seen = text(&output.stdout);
    if !output.stderr.is_empty() {
        seen.push_str("--- standard error\n");
        seen.push_str(&text(&output.stderr));
    }
    seen + &format!("(exit {})\n", output.status.code().map_or("by a signal".to_owned(), |code| code.to_string()))
}

/// A `wfc` that goes on beside the test, and is killed with it.
struct Process {
    child: Child,
    stderr: BufReader<ChildStderr>,
    /// Standard error so far.
    told: String,
}

impl Process {
    fn start(folder: &Path, arguments: &[&str], stdout: Stdio) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wfc"))
            .args(arguments)
            .current_dir(folder)
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Self { child, stderr, told: String::new() }
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits until standard error has said something.
    fn hear(&mut self, text: &str) {
        while !self.told.contains(text) {
            let read = self.stderr.read_line(&mut self.told).unwrap();
            assert!(read > 0, "never said: {text}\n{}", self.told);
        }
    }

    /// Waits for the end; gives standard error and the exit code.
    fn end(&mut self) -> (String, Option<i32>) {
        while self.stderr.read_line(&mut self.told).unwrap() > 0 {}
        (self.told.clone(), self.child.wait().unwrap().code())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Settings that make the same of every time, duration, hash and account.
fn steady() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "[time]");
    settings.add_filter(r"\d{4}-\d\d-\d\d \d\d:\d\d", "[minute]");
    settings.add_filter(r"\d\d:\d\d:\d\d", "[time]");
    settings.add_filter(r"until (Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d\d:\d\d", "until [minute]");
    settings.add_filter(r"until \d\d:\d\d\b", "until [minute]");
    settings.add_filter(r"\b\d+\.\ds\b", "[s]");
    settings.add_filter(r"process \d+", "process [pid]");
    settings.add_filter(r#""process":\d+"#, r#""process":[pid]"#);
    settings.add_filter(r"\b[0-9a-f]{64}\b", "[hash]");
    settings.add_filter(r"\b[0-9a-f]{32}/", "[key]/");
    settings.add_filter(r"\b[0-9a-f]{8}\b", "[hash]");
    settings.add_filter(r"\bby [a-z0-9-]+", "by [account]");
    settings.add_filter(r#""requester":"[^"]*""#, r#""requester":"[account]""#);
    settings
}

/// The same for lists of runs that processes drive: a column is as wide as the number of a process in it.
fn steady_columns() -> insta::Settings {
    let mut settings = steady();
    settings.add_filter(r"STATE +STARTED", "STATE  STARTED");
    settings.add_filter(r"(process \[pid\]\)|\b(?:interrupted|waiting)) +\[minute\]", "$1  [minute]");
    settings
}

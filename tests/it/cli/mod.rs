//! Whole answers of the commands: standard output, standard error, exit code.

mod bytes;
mod cache;
mod check;
mod completions;
mod explain;
mod export;
mod files;
mod fixes;
mod fmt;
mod formats;
mod kinds;
mod lints;
mod new;
mod plan;
mod plans;
mod profiles;
mod programs;
mod prune;
mod run;
mod runs;
mod secrets;
mod signals;
mod slips;
mod standing;
mod test;
mod test_coverage;
mod test_observed;
mod watch;

use std::path::Path;
use std::process::{Command, Stdio};

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

/// Settings that make the same of every time, duration, hash and account.
fn steady() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "[time]");
    settings.add_filter(r"\d{4}-\d\d-\d\d \d\d:\d\d", "[minute]");
    settings.add_filter(r"\d\d:\d\d:\d\d", "[time]");
    settings.add_filter(r"until (Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d\d:\d\d", "until [minute]");
    settings.add_filter(r"\b\d+\.\ds\b", "[s]");
    settings.add_filter(r"\b[0-9a-f]{64}\b", "[hash]");
    settings.add_filter(r"\b[0-9a-f]{32}/", "[key]/");
    settings.add_filter(r"\b[0-9a-f]{8}\b", "[hash]");
    settings.add_filter(r"\bby [a-z0-9-]+", "by [account]");
    settings.add_filter(r#""requester":"[^"]*""#, r#""requester":"[account]""#);
    settings
}

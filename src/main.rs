//! The command `wfc`.

use std::path::Path;
use std::process::ExitCode;

use wfc::agents::exec::{SUPERVISE, supervisor};

fn main() -> ExitCode {
    // Before anything else: a supervisor is started for each attempt, and must be at work in a moment.
    let mut words = std::env::args_os().skip(1);
    match (words.next(), words.next(), words.next()) {
        (Some(word), Some(dir), None) if word == SUPERVISE => supervisor::supervise(Path::new(&dir)),
        _ => wfc::cli::main(),
    }
}

//! The command `wfc`.

use std::path::Path;
use std::process::ExitCode;

use mimalloc::MiMalloc;
use wfc::agents::exec::{SUPERVISE, supervisor};

/// A run allocates in one thread and frees in others, little things beside large ones, for as long as it lasts: see decision 101.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // Before anything else: a supervisor is started for each attempt, and must be at work in a moment.
    let mut words = std::env::args_os().skip(1);
    match (words.next(), words.next(), words.next()) {
        (Some(word), Some(dir), None) if word == SUPERVISE => supervisor::supervise(Path::new(&dir)),
        _ => wfc::cli::main(),
    }
}

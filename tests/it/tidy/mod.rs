//! What a machine can check about the code: the ladder of imports, head comments, leftovers, sizes.

mod ladder;
mod shape;

use std::path::PathBuf;

use crate::program::{files_below, root};

/// A file of Rust with its path from the root of the project.
struct RustFile {
    path: String,
    text: String,
}

/// All files of Rust below `folder`.
fn rust_files(folder: &str) -> Vec<RustFile> {
    files_below(&root().join(folder), "rs").into_iter().map(read).collect()
}

fn read(path: PathBuf) -> RustFile {
    let text = std::fs::read_to_string(&path).unwrap();
    RustFile { path: path.strip_prefix(root()).unwrap().display().to_string(), text }
}

//! What the example agents share: one JSON object in, one JSON value out, work in a folder of its own.

pub mod cargo;
pub mod rule;
pub mod source;
pub mod spec;
pub mod words;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use serde::{Serialize, de::DeserializeOwned};

/// Why an agent gives up: a failure class of `wfc` and a sentence.
#[derive(Debug)]
pub struct Failure {
    class: &'static str,
    message: String,
}

/// What an agent gives.
pub type Answer<T> = Result<T, Failure>;

impl Failure {
    /// The request makes no sense.
    pub fn input(message: impl Into<String>) -> Self {
        Self { class: "invalid_input", message: message.into() }
    }

    /// The work could not be done.
    pub fn work(message: impl Into<String>) -> Self {
        Self { class: "failed", message: message.into() }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::work(error.to_string())
    }
}

/// Reads the arguments from standard input, does the work, prints the answer; a failure is an error object and exit code 1.
pub fn serve<I: DeserializeOwned, O: Serialize>(work: impl FnOnce(I) -> Answer<O>) -> std::process::ExitCode {
    let answer = read_request().and_then(work);
    let (text, code) = match answer {
        Ok(value) => (serde_json::to_string(&value), 0),
        Err(failure) => {
            let error = serde_json::json!({ "error": { "class": failure.class, "message": failure.message } });
            (serde_json::to_string(&error), 1)
        }
    };
    let printed = text.map_err(std::io::Error::other).and_then(|text| writeln!(std::io::stdout(), "{text}"));
    if printed.is_ok() { code.into() } else { 74.into() }
}

fn read_request<I: DeserializeOwned>() -> Answer<I> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    serde_json::from_str(&text).map_err(|error| Failure::input(error.to_string()))
}

/// The folder in which everything that the examples make is put, below the working folder; made if it is not there.
pub fn work_folder(name: &str) -> Answer<PathBuf> {
    let folder = Path::new(".wfc").join("work").join(name);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Writes a file by way of a temporary one, so that a kill leaves the old or the new.
pub fn write(path: &Path, text: &str) -> Answer<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let temporary = path.with_extension("writing");
    std::fs::write(&temporary, text)?;
    Ok(std::fs::rename(temporary, path)?)
}

/// Copies a folder, but for `target`.
pub fn copy_folder(from: &Path, to: &Path) -> Answer<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            if entry.file_name() != "target" {
                copy_folder(&entry.path(), &target)?;
            }
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

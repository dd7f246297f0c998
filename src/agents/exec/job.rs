//! What the supervisor is told, and the words between it and `wfc`.
//!
//! `wfc` writes the job as one line of JSON to the supervisor's standard input: secrets are in it, so it never lies in a file
//! or in argv. Then the word [`CANCEL`] may follow. The supervisor writes lines, each with a [`Tag`] in front; then [`READY`], and the
//! next job may come, or it ends.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A program to be started. No `Debug`: it holds secrets.
#[derive(Serialize, Deserialize)]
pub struct Job {
    /// The name of the folder of the attempt, in that in which the supervisor works.
    pub attempt: String,
    /// Absolute path of the program.
    pub program: String,
    /// Its words, the name of the program first.
    pub words: Vec<String>,
    /// Its whole environment.
    pub env: Vec<(String, String)>,
    /// Its working folder.
    pub cwd: String,
    /// What arrives on its standard input.
    pub stdin: String,
    /// How long it may run, milliseconds.
    pub timeout_ms: Option<u64>,
    /// Whether the lines of its standard output go to the log.
    pub log_stdout: bool,
    /// The JSON Schema of its result, where a word of its command names the file: `wfc` writes it into the folder of the attempt.
    #[serde(skip)]
    pub schema: Option<String>,
    /// The secrets that it is given: they stand in nothing that is written down of it.
    pub secrets: Vec<String>,
    /// Whether its start must be safe from power loss: what it does must not happen twice. So must its end where `wfc`, which
    /// makes it so otherwise, is gone.
    pub durable: bool,
}

/// The word that ends the program.
pub const CANCEL: &str = "cancel";

/// The line with which a supervisor says that the attempt is over and recorded, that nothing is left of it, and that it takes another.
pub const READY: &[u8] = b"R\n";

/// How long a supervisor waits for its next attempt before it ends.
pub const IDLE_MAX: Duration = Duration::from_secs(10);

/// What a line of the supervisor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// A line of the program's standard output.
    Stdout,
    /// A line of its standard error.
    Stderr,
    /// What the supervisor itself has to say.
    Runtime,
}

impl Tag {
    /// Its letter.
    pub fn letter(self) -> u8 {
        match self {
            Self::Stdout => b'O',
            Self::Stderr => b'E',
            // `R` begins the word that it is ready.
            Self::Runtime => b'W',
        }
    }

    /// The tag and the text of a line.
    pub fn split(line: &[u8]) -> Option<(Self, &[u8])> {
        match line {
            [b'O', text @ ..] => Some((Self::Stdout, text)),
            [b'E', text @ ..] => Some((Self::Stderr, text)),
            [b'W', text @ ..] => Some((Self::Runtime, text)),
            _ => None,
        }
    }
}

//! A run in one file: what `wfc runs export` writes and whoever replays a run reads. `docs/export.md` describes every field.
//!
//! Values are plain JSON, as agents and people see them; times are milliseconds since 1970. Only `records` holds the tagged form
//! of the journal.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::store::{LogLine, Message, RunInfo};

/// Version of the file that this binary writes, and the newest that it reads.
pub const FORMAT: u32 = 1;

/// A whole file, read back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Export {
    /// [`FORMAT`].
    pub format: u32,
    /// Version of the `wfc` that wrote it.
    pub wfc: String,
    /// What the history knows of the run.
    pub run: RunInfo,
    /// Every plan that it has run on, in order.
    pub plans: Vec<PlanEntry>,
    /// Every attempt, in the order in which they started or were answered from the cache.
    pub calls: Vec<Call>,
    /// Answers, events and other words that the run took in, in order.
    pub taken: Vec<Taken>,
    /// The journal.
    pub records: Vec<Entry>,
    /// Words left for this run, whether it took them or not.
    pub messages: Vec<Message>,
    /// Lines of output.
    pub logs: Vec<LogLine>,
    /// Long results and files that the run refers to, by hash.
    pub blobs: Vec<Blob>,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanEntry {
    /// Its hash.
    pub hash: String,
    /// As `wfc build` writes it.
    pub plan: Json,
}

/// An attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Its number in the journal.
    pub id: u64,
    /// Path of the stage: `a.b[3]#2`.
    pub stage: String,
    /// From 1. A probe counts by itself.
    pub attempt: u32,
    /// The idempotency key; of a call that an equal one answered, the key under which its result was kept.
    pub key: String,
    /// `agent.action`; the name of the workflow where an equal call of a whole workflow was found.
    pub call: String,
    /// By parameter; a secret is `null`.
    pub arguments: serde_json::Map<String, Json>,
    /// When it started.
    pub started: i64,
    /// When it ended; nothing while it is under way.
    pub ended: Option<i64>,
    /// How; nothing while it is under way.
    pub outcome: Option<Outcome>,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// With this result.
    Succeeded {
        /// The result.
        result: Json,
        /// Tokens in and out.
        tokens: i64,
        /// Millionths of a dollar.
        money: i64,
    },
    /// The result of an equal call answered it; nothing was started.
    Recalled {
        /// The result.
        result: Json,
    },
    /// It failed.
    Failed {
        /// A failure class.
        class: String,
        /// What happened, for people.
        message: String,
        /// Facts below the message.
        details: Vec<String>,
        /// Whether it is known that the effect did not happen.
        outcome_known: bool,
        /// The least pause before the next attempt that the other side asked for, milliseconds.
        retry_after: Option<i64>,
    },
    /// The process that drove it died or killed it, and nobody can tell what became of it.
    Lost {
        /// What happened, for people.
        because: String,
    },
    /// It never started, after all.
    NotStarted,
    /// It did not start for want of something that only people can bring.
    Lacking {
        /// What is missing, for people.
        because: String,
    },
}

/// A word that the run took in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    /// Number of its record.
    pub seq: u64,
    /// When.
    pub at: i64,
    /// What it says.
    pub message: Message,
}

/// A record of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Dense, from 0.
    pub seq: u64,
    /// When.
    pub at: i64,
    /// What happened, in the journal's own form.
    pub event: Json,
}

/// Bytes that the run refers to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Blob {
    /// BLAKE3 in hexadecimal.
    pub hash: String,
    /// How many.
    pub size: u64,
    /// What they are.
    #[serde(flatten)]
    pub content: Content,
}

/// Bytes as JSON can hold them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// UTF-8.
    Text(String),
    /// Anything else.
    Base64(String),
    /// They are left out, for this reason.
    Withheld(String),
}

impl Content {
    /// The form that bytes take.
    pub fn of(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Base64(STANDARD.encode(bytes)),
        }
    }

    /// The bytes; none where they were left out, or are no base 64.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        match self {
            Self::Text(text) => Some(text.clone().into_bytes()),
            Self::Base64(text) => STANDARD.decode(text).ok(),
            Self::Withheld(_) => None,
        }
    }
}

/// Why a file is not the export of a run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// It is something else, or cut off.
    #[error("this is not what `wfc runs export` writes: {0}")]
    Form(String),
    /// Written by a newer version.
    #[error("this export has format {found}; this wfc reads up to {FORMAT}")]
    Newer {
        /// Its format.
        found: u32,
    },
}

impl Export {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ExportError::Newer`], told before anything else of the file is looked at; [`ExportError::Form`] says where.
    pub fn decode(text: &str) -> Result<Self, ExportError> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let form = |error: serde_json::Error| ExportError::Form(error.to_string());
        let Head { format } = serde_json::from_str(text).map_err(form)?;
        match format > FORMAT {
            true => Err(ExportError::Newer { found: format }),
            false => serde_json::from_str(text).map_err(form),
        }
    }
}

/// Writes a file piece by piece, an item a line: nothing holds all of a long run.
pub struct Writer<'a> {
    out: &'a mut (dyn Write + Send),
    items: usize,
}

impl<'a> Writer<'a> {
    /// Begins with what is known of the run.
    ///
    /// # Errors
    /// What the system says.
    pub fn begin(out: &'a mut (dyn Write + Send), run: &Json) -> io::Result<Self> {
        let wfc = env!("CARGO_PKG_VERSION");
        write!(out, "{{\"format\":{FORMAT},\"wfc\":\"{wfc}\",\n\"run\":{run}")?;
        Ok(Self { out, items: 0 })
    }

    /// Begins the list of this name; the one before is closed.
    ///
    /// # Errors
    /// What the system says.
    pub fn section(&mut self, name: &str) -> io::Result<()> {
        self.items = 0;
        write!(self.out, ",\n\"{name}\":[")
    }

    /// Adds to the list.
    ///
    /// # Errors
    /// What the system says.
    pub fn item(&mut self, item: &Json) -> io::Result<()> {
        let before = if self.items == 0 { "\n" } else { ",\n" };
        self.items += 1;
        write!(self.out, "{before}{item}")
    }

    /// Ends the list.
    ///
    /// # Errors
    /// What the system says.
    pub fn close(&mut self) -> io::Result<()> {
        self.out.write_all(b"]")
    }

    /// Ends the file.
    ///
    /// # Errors
    /// What the system says.
    pub fn finish(self) -> io::Result<()> {
        self.out.write_all(b"}\n")?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_every_kind_come_back() {
        for bytes in [&b"plain \"text\"\n"[..], b"", b"\xff\x00", "é".as_bytes()] {
            let blob = Blob { hash: "h".into(), size: bytes.len() as u64, content: Content::of(bytes) };
            let text = serde_json::to_string(&blob).unwrap();
            let back: Blob = serde_json::from_str(&text).unwrap();
            assert_eq!((back.content.bytes().as_deref(), back), (Some(bytes), blob), "{text}");
        }
    }

    #[test]
    fn other_files_are_refused_with_the_reason() {
        let newer = Export::decode(r#"{"format": 2, "what": "is new"}"#);
        assert_eq!(newer, Err(ExportError::Newer { found: 2 }));
        for text in ["", "[]", r#"{"format": 1}"#, r#"{"format": 1, "wfc": "0.1.0", "run": {}"#] {
            assert!(matches!(Export::decode(text), Err(ExportError::Form(_))), "{text}");
        }
    }
}

//! How a program ended, as the supervisor records it: a line of JSON, then its standard output.

use serde::{Deserialize, Serialize};

/// How a program ended.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct End {
    /// Its exit code, if it has one.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Why it was made to end.
    pub stopped: Option<Stopped>,
    /// Why it was never started.
    pub not_started: Option<String>,
    /// Processes whose death could not be confirmed.
    pub survivors: Vec<u32>,
    /// The last lines of its standard error.
    pub last_lines: Vec<String>,
    /// A secret that it was given stood on its standard output, and was taken out of it.
    #[serde(default)]
    pub leaked: bool,
    /// Files in its folder of results in which one stands: paths from there.
    #[serde(default)]
    pub leaked_files: Vec<String>,
    /// What it printed on its standard output.
    #[serde(skip)]
    pub stdout: Vec<u8>,
}

/// Why a program was made to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stopped {
    /// It was cancelled.
    Cancelled,
    /// It ran too long.
    Late,
    /// It printed too much on its standard output.
    TooMuchStdout,
    /// It printed too much on its standard error.
    TooMuchStderr,
}

#[derive(Serialize, Deserialize)]
struct Head {
    /// BLAKE3 of the rest of the head and of the output: a torn file is none.
    sum: String,
    end: Box<serde_json::value::RawValue>,
}

impl End {
    /// The bytes of the record.
    pub fn to_bytes(&self) -> Vec<u8> {
        let end = serde_json::value::to_raw_value(self).expect("it holds JSON only");
        let head = Head { sum: sum(end.get(), &self.stdout), end };
        let mut bytes = serde_json::to_vec(&head).expect("it holds JSON only");
        bytes.push(b'\n');
        bytes.extend(&self.stdout);
        bytes
    }

    /// Reads a record; `None` where it is not whole.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let line = bytes.iter().position(|byte| *byte == b'\n')?;
        let (head, stdout) = (&bytes[..line], &bytes[line + 1..]);
        let head: Head = serde_json::from_slice(head).ok()?;
        let end: Self = serde_json::from_str(head.end.get()).ok()?;
        (head.sum == sum(head.end.get(), stdout)).then(|| Self { stdout: stdout.to_vec(), ..end })
    }
}

fn sum(end: &str, stdout: &[u8]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(end.as_bytes()).update(b"\n").update(stdout);
    hasher.finalize().to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_is_not_whole_is_none() {
        let end = End { code: Some(3), last_lines: vec!["é".into()], stdout: b"a\nb".to_vec(), ..End::default() };
        let bytes = end.to_bytes();
        assert_eq!(End::from_bytes(&bytes), Some(end));
        for length in 0..bytes.len() {
            assert_eq!(End::from_bytes(&bytes[..length]), None, "{length}");
        }
    }
}

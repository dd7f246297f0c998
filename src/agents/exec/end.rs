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
    /// For want of a process or file that the system had not to give: nothing else keeps it from starting now.
    #[serde(default)]
    pub scarce: bool,
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
    /// Why what it printed on its standard output is not here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unkept: Option<String>,
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
    /// Whose end it is: files go from one attempt to the next, and after a power loss what one holds may be older than its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attempt: Option<String>,
    end: Box<serde_json::value::RawValue>,
}

impl End {
    /// How many bytes a record of it takes, but for the name of its attempt.
    pub fn size(&self) -> u64 {
        self.to_bytes("").len() as u64
    }

    /// Leaves out what was printed, so that a record of it takes so many bytes at most. What was printed on standard output is missed,
    /// and `why` told, the rest is only a help.
    pub fn leave_output_out(&mut self, why: String, most: u64) {
        if !self.stdout.is_empty() {
            (self.stdout, self.unkept) = (Vec::new(), Some(why));
        }
        while !self.last_lines.is_empty() && self.size() > most {
            self.last_lines.remove(0);
        }
    }

    /// The bytes of the record of that attempt.
    pub fn to_bytes(&self, attempt: &str) -> Vec<u8> {
        let end = serde_json::value::to_raw_value(self).expect("it holds JSON only");
        let attempt = Some(attempt.to_owned());
        let head = Head { sum: sum(attempt.as_deref(), end.get(), &self.stdout), attempt, end };
        let mut bytes = serde_json::to_vec(&head).expect("it holds JSON only");
        bytes.push(b'\n');
        bytes.extend(&self.stdout);
        bytes
    }

    /// Reads a record; `None` where it is not whole, or another attempt's. Older ones do not say whose they are.
    pub fn from_bytes(bytes: &[u8], attempt: &str) -> Option<Self> {
        let line = bytes.iter().position(|byte| *byte == b'\n')?;
        let (head, stdout) = (&bytes[..line], &bytes[line + 1..]);
        let head: Head = serde_json::from_slice(head).ok()?;
        let end: Self = serde_json::from_str(head.end.get()).ok()?;
        let is_whole = head.sum == sum(head.attempt.as_deref(), head.end.get(), stdout);
        let is_its = head.attempt.is_none_or(|of| of == attempt);
        (is_whole && is_its).then(|| Self { stdout: stdout.to_vec(), ..end })
    }
}

fn sum(attempt: Option<&str>, end: &str, stdout: &[u8]) -> String {
    let mut hasher = blake3::Hasher::new();
    if let Some(attempt) = attempt {
        hasher.update(attempt.as_bytes()).update(b"\n");
    }
    hasher.update(end.as_bytes()).update(b"\n").update(stdout);
    hasher.finalize().to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_is_not_whole_is_none() {
        let end = End { code: Some(3), last_lines: vec!["é".into()], stdout: b"a\nb".to_vec(), ..End::default() };
        let bytes = end.to_bytes("one");
        assert_eq!(End::from_bytes(&bytes, "one"), Some(end));
        for length in 0..bytes.len() {
            assert_eq!(End::from_bytes(&bytes[..length], "one"), None, "{length}");
        }
    }

    #[test]
    fn without_its_output_it_fits_and_says_what_is_missing() {
        let loud = End { last_lines: vec!["\u{1}".repeat(1_000); 20], ..End::default() };
        let mut end = End { code: Some(0), stdout: vec![b'x'; 1 << 20], ..loud.clone() };
        end.leave_output_out("no room".into(), 16_000);
        assert!(end.size() <= 16_000 && !end.last_lines.is_empty());
        assert_eq!((end.code, end.unkept.as_deref(), end.stdout.len()), (Some(0), Some("no room"), 0));
        let mut silent = loud;
        silent.leave_output_out("no room".into(), 16_000);
        assert_eq!(silent.unkept, None, "nothing is missed");
    }

    #[test]
    fn a_record_of_another_attempt_is_none() {
        let bytes = End::default().to_bytes("one");
        assert_eq!(End::from_bytes(&bytes, "two"), None);
        let unnamed = String::from_utf8(bytes).expect("text").replace(r#","attempt":"one""#, r#","attempt":"two""#);
        assert_eq!(End::from_bytes(unnamed.as_bytes(), "two"), None, "nor under another name");
    }

    #[test]
    fn a_record_from_before_names_were_in_it_is_read() {
        let end = End { code: Some(3), ..End::default() };
        let json = serde_json::to_string(&end).expect("JSON");
        let record = format!("{{\"sum\":\"{}\",\"end\":{json}}}\nprinted", sum(None, &json, b"printed"));
        assert_eq!(End::from_bytes(record.as_bytes(), "one"), Some(End { stdout: b"printed".to_vec(), ..end }));
    }
}

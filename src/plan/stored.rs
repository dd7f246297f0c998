//! Plans as JSON: written for anybody, read with suspicion.

use std::io::Write;

use serde::Deserialize;

use super::verify::{Invalid, verify};
use super::{FORMAT, Plan, canonical};
use crate::base::stack::on_large_stack;

/// Levels of JSON beyond which a file is refused. A tree is 512 deep at most, each level of it in up to 5 of JSON, and types are
/// within it.
const DEPTH_MAX: usize = 3_072;

/// Levels that are safe to read on any stack.
const DEPTH_SAFE: usize = 64;

/// Why a plan cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Not JSON, cut off, or not of the form of a plan.
    #[error("it is not a plan: {0}")]
    Form(String),
    /// Nested more deeply than any plan.
    #[error("it is not a plan: it is nested more than {DEPTH_MAX} deep")]
    Depth,
    /// Written by a newer `wfc`.
    #[error("its format is {0}, this `wfc` knows up to {FORMAT}: build it again, or use a newer `wfc`")]
    Newer(u32),
    /// Changed after it was built.
    #[error("its content does not fit its hash: it was changed after it was built")]
    Changed,
    /// Of the right form, but not to be carried out.
    #[error("it is not a sound plan: {0}")]
    Invalid(#[from] Invalid),
}

impl Plan {
    /// The plan as JSON on one line.
    pub fn to_json(&self) -> String {
        on_large_stack(|| serde_json::to_string(self).expect("plan data always serialises"))
    }

    /// The plan as JSON for people to look at, which may be longer than what fits into memory twice.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_pretty(&self, out: &mut (dyn Write + Send)) -> std::io::Result<()> {
        on_large_stack(|| serde_json::to_writer_pretty(&mut *out, self))?;
        out.write_all(b"\n")
    }

    /// Reads a plan and checks it: afterwards no index of it leads nowhere, nothing waits for itself, and it is what was built.
    ///
    /// # Errors
    /// As [`LoadError`] says. Never panics, whatever the text.
    pub fn from_json(text: &str) -> Result<Self, LoadError> {
        match depth(text) {
            0..=DEPTH_SAFE => load(text),
            depth if depth <= DEPTH_MAX => on_large_stack(|| load(text)),
            _ => Err(LoadError::Depth),
        }
    }
}

fn load(text: &str) -> Result<Plan, LoadError> {
    /// What every format has.
    #[derive(Deserialize)]
    struct Head {
        format: u32,
    }
    let head: Head = serde_json::from_str(text).map_err(form)?;
    if head.format > FORMAT {
        return Err(LoadError::Newer(head.format));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.disable_recursion_limit();
    let plan = Plan::deserialize(&mut reader).map_err(form)?;
    reader.end().map_err(form)?;
    verify(&plan)?;
    if canonical::hash(&plan) == plan.hash { Ok(plan) } else { Err(LoadError::Changed) }
}

fn form(error: serde_json::Error) -> LoadError {
    LoadError::Form(error.to_string())
}

/// How deep the brackets of a JSON text nest, whether or not it is well-formed.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => skip_string(&mut bytes),
            _ => {}
        }
    }
    deepest
}

fn skip_string(bytes: &mut std::str::Bytes<'_>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => return,
            b'\\' => drop(bytes.next()),
            _ => {}
        }
    }
}

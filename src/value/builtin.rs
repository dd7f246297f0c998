//! The one table of built-ins: names, parameters, typing rules, meaning.

use serde::{Deserialize, Serialize};

use crate::value::types::Type;

/// A built-in function. `run.id` and the like are variables, `succeeded(s)` and its kin are
/// [`Observe`](crate::value::expr::Observe); `unchanged(path)` is resolved to a comparison with the round before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the table says what each does")]
pub enum Builtin {
    Len,
    Join,
    Split,
    Trim,
    Lower,
    Upper,
    StartsWith,
    EndsWith,
    Contains,
    Replace,
    Lines,
    Slice,
    Chunk,
    Keys,
    Values,
    Sort,
    Unique,
    Reverse,
    Flatten,
    Zip,
    Range,
    Min,
    Max,
    Sum,
    Any,
    All,
    First,
    Last,
    ToJson,
    FromJson,
    ToString,
    ToInt,
    ToFloat,
    Round,
    Hash,
    Date,
    Text,
    File,
}

/// Why arguments do not fit a built-in.
#[derive(Debug, Clone, PartialEq)]
pub enum CallError {
    /// Too few or too many; what is wanted, in words ("one or two").
    Count(String),
    /// The argument at `index` has the wrong type.
    Argument {
        /// Position, from 0.
        index: usize,
        /// What is wanted there, in the user's words (`string`, "a list of numbers").
        expected: String,
    },
}

/// What is known of one argument when a call is typed.
#[derive(Debug, Clone)]
pub struct Argument<'a> {
    /// Its type.
    pub ty: &'a Type,
    /// Its text where it is a string literal (`sort(…, by: "field")`).
    pub literal: Option<&'a str>,
}

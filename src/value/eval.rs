//! The evaluator: total and pure. No clock, no I/O, no randomness.

use crate::base::span::Span;
use crate::value::Value;
use crate::value::expr::{Observe, Var};

/// Where an expression finds its variables.
pub trait Scope {
    /// The value of a variable. [`Var::Local`] is never asked: the evaluator keeps those.
    fn get(&self, var: Var) -> Value;
    /// How the stage at this position of the workflow's table ended.
    fn observe(&self, what: Observe, stage: u32) -> Value;
}

/// A calculation that failed; its class is `invalid_value`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct EvalError {
    /// What failed, with the values.
    pub message: String,
    /// Where in the source.
    pub span: Span,
}

//! Resolved expressions: every name is a variable of a known kind, every call a built-in.
//!
//! Checked before they are made: the evaluator relies on types and reports only what no checker can know
//! (overflow, division by zero, a failed `as`, bad arguments of built-ins).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::span::Span;
use crate::value::Value;
use crate::value::builtin::Builtin;
use crate::value::types::Type;

/// An expression with its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it was written.
    pub span: Span,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExprKind {
    /// A constant value.
    Literal(Value),
    /// A variable.
    Var(Var),
    /// `x.name`; `null` where an optional field is absent.
    Field(Box<Expr>, Arc<str>),
    /// `x?.name`: `null` if `x` is.
    OptionalField(Box<Expr>, Arc<str>),
    /// `x[i]`: `null` where there is none; a negative index too.
    Index(Box<Expr>, Box<Expr>),
    /// `!x`.
    Not(Box<Expr>),
    /// `-x`.
    Negate(Box<Expr>),
    /// A binary operator; `&&`, `||` and `??` evaluate their right side only if it matters.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `if c then a else b`.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `match x { … }`: the first arm that matches; the checker has seen that one does.
    Match(Box<Expr>, Vec<MatchArm>),
    /// `[a, b]`.
    List(Vec<Expr>),
    /// `[body for local in source if condition]`.
    Comprehension {
        /// The variable [`Var::Local`] that is bound to each element.
        local: u32,
        /// What is gone through.
        source: Box<Expr>,
        /// Which elements are kept.
        condition: Option<Box<Expr>>,
        /// What each becomes.
        body: Box<Expr>,
    },
    /// `{ ..r, a: 1 }`: later entries win.
    Record(Vec<Entry>),
    /// `"text ${x}"`.
    Interpolate(Vec<Part>),
    /// A built-in with all its arguments in the order of its parameters; those left out are not there.
    Call(Builtin, Vec<Expr>),
    /// `x as T`, checked when evaluated.
    As(Box<Expr>, Box<Type>),
    /// `x` in a place that wants a wider type whose values look different (an `int` where a `float` is wanted).
    Widen(Box<Expr>, Box<Type>),
    /// How a stage ended.
    Observe(Observe, u32),
}

/// What a name stands for. Indexes are positions in the tables of the workflow (or action) around.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Var {
    /// A parameter of the workflow, or of the action inside an agent's settings.
    Param(u32),
    /// A `let` of the workflow.
    Let(u32),
    /// The result of a stage; `null` where it has none.
    Stage(u32),
    /// A variable of a comprehension.
    Local(u32),
    /// The element of the map whose clause or call this is.
    Item,
    /// The position of that element, from 0.
    ItemIndex,
    /// The result of the round of a `repeat`, of the stage itself inside `undo`.
    Result,
    /// The result of the round before, in `unchanged`.
    Previous,
    /// `outcome` in `finally`: `{ status, error }`.
    Outcome,
    /// `run.id`.
    RunId,
    /// `run.workflow`.
    RunWorkflow,
    /// `run.started`.
    RunStarted,
    /// A secret, in an agent's settings only: a position in the plan's table.
    Secret(u32),
    /// `result_schema`, in a command only: the path of a file that holds the JSON Schema of the action's result.
    ResultSchema,
}

/// What is asked of how a stage ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Observe {
    /// `succeeded(s)`.
    Succeeded,
    /// `failed(s)`.
    Failed,
    /// `skipped(s)`.
    Skipped,
    /// `error(s)`.
    Error,
    /// `errors(s)` of a map.
    Errors,
}

/// One arm of a `match`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MatchArm {
    /// It is taken if one of them matches.
    pub patterns: Vec<Pattern>,
    /// Its value.
    pub value: Expr,
}

/// What an arm matches.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// `"text"`.
    String(Arc<str>),
    /// `-1`.
    Int(i64),
    /// `true`.
    Bool(bool),
    /// `_`.
    Any,
}

/// An entry of a record literal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// `name: value`.
    Field(Arc<str>, Expr),
    /// `..record`.
    Spread(Expr),
}

/// A part of an interpolated string.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Verbatim.
    Text(Arc<str>),
    /// `${x}`.
    Value(Expr),
}

/// A binary operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the operators say themselves what they are")]
pub enum BinaryOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    And,
    Or,
    Coalesce,
}

impl BinaryOp {
    /// As it is written: `??`.
    pub fn as_str(self) -> &'static str {
        match self {
            BinaryOp::Add => "+",
            BinaryOp::Subtract => "-",
            BinaryOp::Multiply => "*",
            BinaryOp::Divide => "/",
            BinaryOp::Remainder => "%",
            BinaryOp::Equal => "==",
            BinaryOp::NotEqual => "!=",
            BinaryOp::Less => "<",
            BinaryOp::LessOrEqual => "<=",
            BinaryOp::Greater => ">",
            BinaryOp::GreaterOrEqual => ">=",
            BinaryOp::In => "in",
            BinaryOp::And => "&&",
            BinaryOp::Or => "||",
            BinaryOp::Coalesce => "??",
        }
    }
}

//! `property` items, checked: what somebody claims of every run of a workflow.
//!
//! A claim is an expression over [`Property::atoms`], each a [`Var::Param`](crate::value::expr::Var::Param). Nothing here says
//! that the claim is true: that is for whoever proves it.

use crate::base::span::Span;
use crate::sema::hir::WorkflowId;
use crate::sema::hir::path::StagePath;
use crate::value::expr::Expr;

/// `property "…" in workflow { claim }`.
#[derive(Debug, Clone)]
pub struct Property {
    /// What it is called.
    pub name: String,
    /// Documentation.
    pub doc: Option<String>,
    /// Of which workflow.
    pub workflow: WorkflowId,
    /// What must hold of every run.
    pub claim: Claim,
    /// What it speaks of.
    pub atoms: Vec<Atom>,
    /// The name's place.
    pub span: Span,
}

/// What a property claims; each expression is a `bool`.
#[derive(Debug, Clone)]
pub enum Claim {
    /// `never (e)`: there is no moment at which it holds.
    Never(Expr),
    /// `a requires b`: whenever `a` holds, `b` held before.
    Requires(Expr, Expr),
    /// `a leads to b`: once `a` holds, `b` holds sooner or later.
    LeadsTo(Expr, Expr),
}

/// What a claim speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Atom {
    /// The stage succeeded: a `bool`.
    Succeeded(StagePath),
    /// An attempt of the stage was started: a `bool`, on the right of `leads to`.
    Attempted(StagePath),
    /// Its result. A comparison with what is not there is false.
    Value(StagePath),
}

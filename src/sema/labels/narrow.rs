//! What conditions say of unions: where `x.won == "paid"` holds, `x` is only what bears that tag, and carries only what that does.

use std::sync::Arc;

use crate::sema::labels::lattice::either;
use crate::sema::labels::value::Scope;
use crate::value::Value;
use crate::value::expr::{BinaryOp, Expr, ExprKind, Pattern, Var};
use crate::value::types::Type;

/// A variable with fields behind it.
type Path<'e> = (Var, Vec<&'e Arc<str>>);

/// What a variable with fields behind it is known to be.
#[derive(Debug, Clone)]
pub struct Fact {
    root: Var,
    fields: Vec<Arc<str>>,
    ty: Type,
}

impl Scope<'_> {
    /// What is known of an expression where it stands, if anything is.
    pub fn known(&self, expr: &Expr) -> Option<Type> {
        if self.facts.is_empty() {
            return None;
        }
        let (root, fields) = path(expr)?;
        let same = |fact: &&Fact| fact.root == root && fact.fields.iter().eq(fields.iter().copied());
        self.facts.iter().rev().find(same).map(|fact| fact.ty.clone())
    }

    /// Looks at something where a condition holds, or does not.
    pub fn where_holds<T>(&mut self, condition: &Expr, holds: bool, inside: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.facts.len();
        self.assume(condition, holds);
        let found = inside(self);
        self.facts.truncate(before);
        found
    }

    /// Takes a condition for granted from here on.
    pub fn assume(&mut self, condition: &Expr, holds: bool) {
        match &condition.kind {
            ExprKind::Not(inner) => self.assume(inner, !holds),
            ExprKind::Binary(BinaryOp::And, left, right) if holds => {
                self.assume(left, true);
                self.assume(right, true);
            }
            ExprKind::Binary(BinaryOp::Or, left, right) if !holds => {
                self.assume(left, false);
                self.assume(right, false);
            }
            ExprKind::Binary(op @ (BinaryOp::Equal | BinaryOp::NotEqual), left, right) => {
                let keep = holds == (*op == BinaryOp::Equal);
                match (text(left), text(right)) {
                    (None, Some(tag)) => self.assume_tag(left, &[tag], keep),
                    (Some(tag), None) => self.assume_tag(right, &[tag], keep),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// Takes for granted that a `match` on `subject` has come to one of its arms.
    pub fn assume_arm<'p>(&mut self, subject: &Expr, before: impl Iterator<Item = &'p [Pattern]>, of: &[Pattern]) {
        match tags(of) {
            Some(tags) => self.assume_tag(subject, &tags, true),
            None => {
                for earlier in before.filter_map(tags) {
                    self.assume_tag(subject, &earlier, false);
                }
            }
        }
    }

    /// `subject`, a field of something, is one of these texts, or none of them.
    fn assume_tag(&mut self, subject: &Expr, tags: &[&str], keep: bool) {
        let (ExprKind::Field(base, name) | ExprKind::OptionalField(base, name)) = &subject.kind else { return };
        let Some((root, fields)) = path(base) else { return };
        let ty = self.of(base);
        let ty = match keep {
            true => {
                let narrowed = tags.iter().map(|tag| ty.narrow_by_literal(name, tag, true));
                narrowed.reduce(|a, b| either(&a, &b)).unwrap_or(ty)
            }
            false => tags.iter().fold(ty, |ty, tag| ty.narrow_by_literal(name, tag, false)),
        };
        self.facts.push(Fact { root, fields: fields.into_iter().cloned().collect(), ty });
    }
}

fn path(expr: &Expr) -> Option<Path<'_>> {
    match &expr.kind {
        ExprKind::Var(var) => Some((*var, Vec::new())),
        ExprKind::Field(base, name) | ExprKind::OptionalField(base, name) => {
            let (root, mut fields) = path(base)?;
            fields.push(name);
            Some((root, fields))
        }
        _ => None,
    }
}

fn text(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Literal(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// The texts that an arm matches; nothing if it may match others.
fn tags(of: &[Pattern]) -> Option<Vec<&str>> {
    of.iter()
        .map(|pattern| match pattern {
            Pattern::String(text) => Some(&**text),
            Pattern::Int(_) | Pattern::Bool(_) | Pattern::Any => None,
        })
        .collect()
}

//! What a condition reads: it decides for untrusted data as soon as one leaf that it looks at is untrusted, although what it gives
//! is a `bool`.

use crate::sema::labels::lattice::is_dirty;
use crate::sema::labels::value::Scope;
use crate::value::Value;
use crate::value::expr::{BinaryOp, Entry, Expr, ExprKind, Part, Var};

impl Scope<'_> {
    /// The first part of an expression that reads something untrusted. Comparing with `null` reads nothing; `let`s are seen
    /// through.
    pub fn reads<'e>(&mut self, expr: &'e Expr) -> Option<&'e Expr> {
        match &expr.kind {
            ExprKind::Var(_) | ExprKind::Field(_, _) | ExprKind::OptionalField(_, _) | ExprKind::Index(_, _)
                if is_path(expr) =>
            {
                self.path_reads(expr)
            }
            ExprKind::Binary(BinaryOp::Equal | BinaryOp::NotEqual, left, right) if is_null(right) => {
                if is_path(left) {
                    None
                } else {
                    self.reads(left)
                }
            }
            ExprKind::Binary(BinaryOp::Equal | BinaryOp::NotEqual, left, right) if is_null(left) => {
                if is_path(right) {
                    None
                } else {
                    self.reads(right)
                }
            }
            ExprKind::Comprehension { local, source, condition, body } => {
                if let Some(found) = self.reads(source) {
                    return Some(found);
                }
                let element = self.of(source);
                let inside = self.with_local(*local, &element, |scope| {
                    let condition = condition.as_ref().and_then(|condition| scope.reads(condition));
                    condition.or_else(|| scope.reads(body))
                });
                // What is read there is named by what is gone through: its variable means nothing outside.
                inside.map(|_| &**source)
            }
            ExprKind::Record(entries) => entries.iter().find_map(|entry| match entry {
                Entry::Field(_, value) | Entry::Spread(value) => self.reads(value),
            }),
            ExprKind::Interpolate(parts) => parts.iter().find_map(|part| match part {
                Part::Value(value) => self.reads(value),
                Part::Text(_) => None,
            }),
            _ => {
                let mut parts = Vec::new();
                expr.children(&mut parts);
                parts.into_iter().find_map(|part| self.reads(part))
            }
        }
    }

    fn path_reads<'e>(&mut self, path: &'e Expr) -> Option<&'e Expr> {
        let decided = match root(path).kind {
            ExprKind::Var(Var::Let(index)) => self.decided_lets.get(index as usize).copied(),
            ExprKind::Var(Var::Param(index)) => self.decided_params.get(index as usize).copied(),
            _ => None,
        };
        (decided == Some(true) || is_dirty(&self.of(path))).then_some(path)
    }
}

/// Whether this is a variable with fields and constant positions behind it.
fn is_path(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Var(_) => true,
        ExprKind::Field(base, _) | ExprKind::OptionalField(base, _) => is_path(base),
        ExprKind::Index(base, index) => matches!(index.kind, ExprKind::Literal(_)) && is_path(base),
        _ => false,
    }
}

fn root(path: &Expr) -> &Expr {
    match &path.kind {
        ExprKind::Field(base, _) | ExprKind::OptionalField(base, _) | ExprKind::Index(base, _) => root(base),
        _ => path,
    }
}

fn is_null(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Literal(Value::Null))
}

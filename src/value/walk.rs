//! Going through an expression without recursion: a tree of any depth is safe.

use crate::value::expr::{Entry, Expr, ExprKind, MatchArm, Part, Var};

/// The one list of what has which parts, for shared and for exclusive borrows.
macro_rules! push_children {
    ($kind:expr, $into:expr) => {
        match $kind {
            ExprKind::Literal(_) | ExprKind::Var(_) | ExprKind::Observe(_, _) => {}
            ExprKind::Field(x, _)
            | ExprKind::OptionalField(x, _)
            | ExprKind::Not(x)
            | ExprKind::Negate(x)
            | ExprKind::As(x, _)
            | ExprKind::Widen(x, _) => $into.push(x),
            ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) => {
                $into.push(a);
                $into.push(b);
            }
            ExprKind::If(a, b, c) => {
                $into.push(a);
                $into.push(b);
                $into.push(c);
            }
            ExprKind::Match(subject, arms) => {
                $into.push(subject);
                for MatchArm { value, .. } in arms {
                    $into.push(value);
                }
            }
            ExprKind::List(items) | ExprKind::Call(_, items) => $into.extend(items),
            ExprKind::Comprehension { source, condition, body, .. } => {
                $into.push(body);
                $into.push(source);
                if let Some(condition) = condition {
                    $into.push(condition);
                }
            }
            ExprKind::Record(entries) => {
                for entry in entries {
                    match entry {
                        Entry::Field(_, value) | Entry::Spread(value) => $into.push(value),
                    }
                }
            }
            ExprKind::Interpolate(parts) => {
                for part in parts {
                    if let Part::Value(value) = part {
                        $into.push(value);
                    }
                }
            }
        }
    };
}

impl Expr {
    /// Calls `visit` with this expression and with all inside it, outer ones first, in the order of the text.
    pub fn walk<'a>(&'a self, mut visit: impl FnMut(&'a Expr)) {
        // Most expressions have no parts: for them nothing is allocated.
        let (mut stack, mut next) = (Vec::new(), Some(self));
        while let Some(expr) = next {
            visit(expr);
            let from = stack.len();
            expr.children(&mut stack);
            stack[from..].reverse();
            next = stack.pop();
        }
    }

    /// As [`Expr::walk`], on an expression that may change. `visit` sees an expression before its parts.
    pub fn walk_mut(&mut self, mut visit: impl FnMut(&mut Expr)) {
        let mut stack = vec![self];
        while let Some(expr) = stack.pop() {
            visit(expr);
            let from = stack.len();
            expr.children_mut(&mut stack);
            stack[from..].reverse();
        }
    }

    /// The stage whose result or end this very expression asks for.
    pub fn stage(&self) -> Option<u32> {
        match self.kind {
            ExprKind::Var(Var::Stage(stage)) | ExprKind::Observe(_, stage) => Some(stage),
            _ => None,
        }
    }

    /// Adds the direct parts, in the order of the text.
    pub fn children<'a>(&'a self, into: &mut Vec<&'a Expr>) {
        push_children!(&self.kind, into);
    }

    fn children_mut<'a>(&'a mut self, into: &mut Vec<&'a mut Expr>) {
        push_children!(&mut self.kind, into);
    }
}

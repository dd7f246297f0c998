//! Conditions that never change: by constants, by each other, by the conditions around them.

use crate::base::span::Span;
use crate::sema::constant::value_of;
use crate::sema::errors::graph as errors;
use crate::sema::expr::Body;
use crate::sema::items::Def;
use crate::sema::names::Names;
use crate::syntax::ast;
use crate::value::Value;
use crate::value::expr::{BinaryOp, Expr, ExprKind};

/// What is known of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    /// Whether it is true.
    pub holds: bool,
    /// The condition that says so, if it is another one.
    pub because: Option<Span>,
}

impl Body<'_, '_> {
    /// The truth of a condition that never changes.
    pub fn known_truth(&mut self, expr: &Expr) -> Option<Known> {
        if let Some(Value::Bool(holds)) = value_of(expr) {
            return Some(Known { holds, because: None });
        }
        self.known(expr)
    }

    fn known(&mut self, expr: &Expr) -> Option<Known> {
        match &expr.kind {
            ExprKind::Literal(Value::Bool(holds)) => Some(Known { holds: *holds, because: None }),
            ExprKind::Not(inner) => self.known(inner).map(|known| Known { holds: !known.holds, ..known }),
            ExprKind::Binary(BinaryOp::And, a, b) => self.known_of_both(a, b, true),
            ExprKind::Binary(BinaryOp::Or, a, b) => self.known_of_both(a, b, false),
            _ => {
                let lits = self.literals(expr, true);
                let [lit] = lits.as_slice() else { return None };
                if let Some(truth) = self.truth(&lit.atom.key) {
                    return Some(Known { holds: truth.holds == lit.holds, because: Some(truth.span) });
                }
                let (holds, span) = self.truth_by_sides(lit)?;
                Some(Known { holds, because: Some(span) })
            }
        }
    }

    /// `a && b` is decided by a side that is false, `a || b` by one that is true; the right side knows what the left one says.
    fn known_of_both(&mut self, a: &Expr, b: &Expr, and: bool) -> Option<Known> {
        let left = self.known(a);
        if left.as_ref().is_some_and(|known| known.holds != and) {
            return left;
        }
        let mark = self.assume_here(a, and);
        let right = self.known(b);
        self.forget(mark);
        match (left, right) {
            (_, Some(known)) if known.holds != and => Some(known),
            (Some(left), Some(right)) => Some(Known { because: left.because.or(right.because), ..right }),
            _ => None,
        }
    }

    /// Reports a condition inside an expression that never changes.
    pub fn check_constant(&mut self, condition: &Expr) {
        if let Some(known) = self.known_truth(condition) {
            self.report(errors::never_changes(condition.span, &known, None));
        }
    }

    /// The first constant that a condition mentions, and its value.
    pub fn constant_in(&self, written: &ast::Expr) -> Option<(String, Span)> {
        let mut names = Names::default();
        names.expr(written);
        let scope = &self.ctx.items.scopes[self.module];
        names.found.iter().find_map(|name| {
            let Def::Constant(index) = scope.get(*name)?.def else { return None };
            Some(((*name).to_owned(), self.ctx.items.constants[index].item.value.span))
        })
    }
}

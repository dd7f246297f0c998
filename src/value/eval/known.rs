//! Values that are known before a run.

use super::{NoScope, eval};
use crate::value::Value;
use crate::value::expr::{Expr, ExprKind};

/// The value of an expression without variables; nothing if it has some, or fails.
pub fn known(expr: &Expr) -> Option<Value> {
    if is_closed(expr) { eval(expr, &NoScope).ok() } else { None }
}

/// Whether no variable stands in it; what could not be checked is one.
pub fn is_closed(expr: &Expr) -> bool {
    let mut open = false;
    expr.walk(|part| open |= matches!(part.kind, ExprKind::Var(_) | ExprKind::Observe(_, _)));
    !open
}

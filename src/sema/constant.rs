//! Constants: their values, known when the program is compiled. Expressions without variables anywhere else are tried here too.

use crate::base::span::Span;
use crate::sema::context::Context;
use crate::sema::errors::names as name_errors;
use crate::sema::errors::types as errors;
use crate::sema::expr::{Body, Secrets, Typed, literal};
use crate::sema::items::Def;
use crate::sema::names::Names;
use crate::sema::order::order;
use crate::sema::scope::{Frame, FrameKind};
use crate::value::Value;
use crate::value::builtin::Builtin;
use crate::value::eval::{EvalError, NoScope, eval, is_closed};
use crate::value::expr::{BinaryOp, Expr, ExprKind};
use crate::value::types::Type;

pub(super) use crate::value::eval::known as value_of;

/// A constant.
#[derive(Debug, Clone)]
pub(super) struct Constant {
    /// Its value.
    pub value: Expr,
    /// Its type.
    pub ty: Type,
}

/// Finds the value of every constant, those that others need first.
pub(super) fn check_all(ctx: &mut Context<'_>) {
    let needs: Vec<Vec<usize>> = (0..ctx.items.constants.len()).map(|index| needed(ctx, index)).collect();
    let found = order(needs.len(), &needs);
    for (from, to) in found.circles {
        let (item, other) = (ctx.items.constants[from].item, ctx.items.constants[to].item);
        ctx.report(name_errors::constant_needs_itself(&other.name.text, other.name.span, item.name.span));
    }
    for index in found.sequence {
        ctx.constants[index] = Some(constant(ctx, index));
    }
}

fn needed(ctx: &Context<'_>, index: usize) -> Vec<usize> {
    let of = ctx.items.constants[index];
    let mut names = Names::default();
    names.expr(&of.item.value);
    let scope = &ctx.items.scopes[of.module];
    let found = names.found.iter().filter_map(|name| match scope.get(*name)?.def {
        Def::Constant(index) => Some(index),
        _ => None,
    });
    found.collect()
}

fn constant(ctx: &mut Context<'_>, index: usize) -> Constant {
    let of = ctx.items.constants[index];
    let mut body = Body::new(ctx, of.module, Frame::new(FrameKind::Constant));
    body.secrets = Secrets::Forbidden("a constant");
    let found = body.infer(&of.item.value);
    if !is_closed(&found.expr) {
        return unknown(found.expr.span);
    }
    let value = match eval(&found.expr, &ctx.files) {
        Ok(value) => literal(value, found.expr.span),
        Err(error) => {
            // What has to do with no file was said already, where the expression was checked.
            let mut of_files = false;
            found.expr.walk(|part| of_files |= part.span == error.span && is_of_files(part));
            if of_files {
                ctx.report(errors::always_fails(&error.message, error.span));
            }
            return unknown(found.expr.span);
        }
    };
    Constant { value, ty: found.ty }
}

/// What nothing more is said about: why it has no value was reported.
fn unknown(at: Span) -> Constant {
    let unknown = Typed::unknown(at);
    Constant { value: unknown.expr, ty: unknown.ty }
}

impl Body<'_, '_> {
    /// Reports each calculation inside an expression that needs no variable and always fails.
    pub fn check_calculations(&mut self, root: &Expr) {
        for error in failures_in(root) {
            self.report(errors::always_fails(&error.message, error.span));
        }
    }
}

/// Whether an expression is closed: without variables from outside. What is closed and fails goes to `found`; of what is not
/// closed, its largest closed parts.
fn always_failing(expr: &Expr, found: &mut Vec<EvalError>) -> bool {
    match &expr.kind {
        ExprKind::Literal(_) => return true,
        ExprKind::Var(_) | ExprKind::Observe(_, _) => return false,
        _ => {}
    }
    let mut parts = Vec::new();
    expr.children(&mut parts);
    let before = found.len();
    let closed: Vec<bool> = parts.iter().map(|part| always_failing(part, found)).collect();
    if !is_of_files(expr) && closed.iter().all(|closed| *closed) {
        return true;
    }
    for (part, _) in parts.iter().zip(closed).filter(|(_, closed)| *closed) {
        found.extend(try_it(part));
    }
    if found.len() == before && divides_by_zero(expr) {
        found.push(EvalError { message: "it divides by zero".into(), span: expr.span });
    }
    false
}

/// Whether it reads or makes a file: but for constants its content lies in the store of a run.
fn is_of_files(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Call(Builtin::Text | Builtin::File, _))
}

/// Whether the right side of a division is zero, whatever the left one is.
fn divides_by_zero(expr: &Expr) -> bool {
    let ExprKind::Binary(BinaryOp::Divide | BinaryOp::Remainder, _, right) = &expr.kind else { return false };
    match value_of(right) {
        Some(Value::Float(number)) => number == 0.0,
        Some(Value::Int(amount) | Value::Duration(amount) | Value::Money(amount)) => amount == 0,
        Some(Value::Tokens(amount) | Value::Size(amount)) => amount == 0,
        _ => false,
    }
}

fn try_it(expr: &Expr) -> Option<EvalError> {
    match expr.kind {
        ExprKind::Literal(_) => None,
        _ => eval(expr, &NoScope).err(),
    }
}

/// The calculations in an expression that need no variable and always fail.
fn failures_in(expr: &Expr) -> Vec<EvalError> {
    let mut found = Vec::new();
    if always_failing(expr, &mut found) {
        found.extend(try_it(expr));
    }
    found
}

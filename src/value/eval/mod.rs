//! The evaluator: total and pure. No clock, no I/O, no randomness; whatever the tree and the values, it ends with a value or an error.
//!
//! Invariant: what it gives is within the limits of [`limits`], if what the scope gives is.

mod arithmetic;
mod call;
mod known;
pub mod limits;
mod lists;
mod numbers;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
mod texts;

use std::borrow::Cow;
use std::sync::Arc;

use crate::base::span::Span;
use crate::value::builtin::Builtin;
use crate::value::compare::equal;
use crate::value::expr::{BinaryOp, Entry, Expr, ExprKind, MatchArm, Observe, Part, Pattern, Var};
use crate::value::json;
use crate::value::list::List;
use crate::value::text::{show, to_text};
use crate::value::types::Type;
use crate::value::widen::widen;
use crate::value::{Fields, FileRef, Value};

use limits::Limits;

pub use known::{is_closed, known};

/// Where an expression finds its variables, and the files that it reads and makes.
pub trait Scope {
    /// The value of a variable. [`Var::Local`] is never asked: the evaluator keeps those.
    fn get(&self, var: Var) -> Value;

    /// How the stage at this position of the workflow's table ended.
    fn observe(&self, what: Observe, stage: u32) -> Value;

    /// The content of a file, for `text(file)`.
    ///
    /// # Errors
    /// Why it cannot be read, or is no UTF-8 of at most 1 MiB.
    fn read_file(&self, file: &FileRef) -> Result<Arc<str>, String> {
        Err(format!("the content of {} is not at hand here", show(&Value::File(Arc::new(file.clone())))))
    }

    /// Keeps a file of this content, for `file(name, text)`.
    ///
    /// # Errors
    /// Why it cannot be kept, or what is wrong with the name.
    fn make_file(&self, name: &str, _text: &str) -> Result<FileRef, String> {
        Err(format!("no file can be made here, so not {} either", show(&Value::text(name))))
    }
}

/// A scope without variables, stages and files: for constants and defaults.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoScope;

impl Scope for NoScope {
    fn get(&self, _: Var) -> Value {
        Value::Null
    }

    fn observe(&self, _: Observe, _: u32) -> Value {
        Value::Null
    }
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

/// The value of an expression.
///
/// # Errors
/// The first calculation that fails: overflow, division by zero, a failed `as`, bad arguments, a value past the [`limits`]. A tree
/// that no checker would have made fails as well.
pub fn eval(expr: &Expr, scope: &dyn Scope) -> Result<Value, EvalError> {
    let mut evaluator = Evaluator { scope, locals: Vec::new(), limits: Limits::default(), depth: 0 };
    let value = evaluator.eval(expr)?;
    if is_made(&expr.kind) {
        evaluator.limits.measure(&value).map_err(|message| EvalError { message, span: expr.span })?;
    }
    Ok(value)
}

/// Whether the value may be a new one: what comes out of the scope as it is has been measured before.
fn is_made(kind: &ExprKind) -> bool {
    use ExprKind::{Field, Index, Literal, Observe, OptionalField, Var};
    !matches!(kind, Literal(_) | Var(_) | Field(..) | OptionalField(..) | Index(..) | Observe(..))
}

/// Either a value or what failed, in words.
type Made = Result<Value, String>;

struct Evaluator<'a> {
    scope: &'a dyn Scope,
    locals: Vec<(u32, Value)>,
    limits: Limits,
    depth: usize,
}

impl Evaluator<'_> {
    fn eval(&mut self, expr: &Expr) -> Result<Value, EvalError> {
        self.limits.work(1).map_err(|message| EvalError { message, span: expr.span })?;
        if self.depth == limits::NESTING_MAX {
            return fail(expr, "the expression nests too deeply");
        }
        self.depth += 1;
        let value = self.dispatch(expr);
        self.depth -= 1;
        value
    }

    /// Small on purpose: each level of nesting costs one frame of this.
    fn dispatch(&mut self, expr: &Expr) -> Result<Value, EvalError> {
        match &expr.kind {
            ExprKind::Literal(value) => Ok(value.clone()),
            ExprKind::Var(Var::Local(local)) => Ok(self.local(*local)),
            ExprKind::Var(var) => Ok(self.scope.get(*var)),
            ExprKind::Field(whole, name) | ExprKind::OptionalField(whole, name) => self.field(expr, whole, name),
            ExprKind::Index(whole, index) => self.index(expr, whole, index),
            ExprKind::Not(inner) => self.not(inner),
            ExprKind::Negate(inner) => self.negate(expr, inner),
            ExprKind::Binary(..) => self.chain(expr),
            ExprKind::If(condition, yes, no) => self.branch(condition, yes, no),
            ExprKind::Match(matched, arms) => self.match_arms(expr, matched, arms),
            ExprKind::List(items) => self.list(expr, items),
            ExprKind::Comprehension { local, source, condition, body } => {
                self.comprehension(expr, *local, source, condition.as_deref(), body)
            }
            ExprKind::Record(entries) => self.record(expr, entries),
            ExprKind::Interpolate(parts) => self.interpolate(expr, parts),
            ExprKind::Call(builtin, args) => self.call(expr, *builtin, args),
            ExprKind::As(inner, ty) => self.cast(expr, inner, ty),
            ExprKind::Widen(inner, ty) => self.widened(inner, ty),
            ExprKind::Observe(what, stage) => Ok(self.scope.observe(*what, *stage)),
        }
    }

    fn local(&self, local: u32) -> Value {
        let bound = self.locals.iter().rev().find(|(bound, _)| *bound == local);
        bound.map_or(Value::Null, |(_, value)| value.clone())
    }

    fn not(&mut self, inner: &Expr) -> Result<Value, EvalError> {
        self.bool(inner).map(|b| Value::Bool(!b))
    }

    fn branch(&mut self, condition: &Expr, yes: &Expr, no: &Expr) -> Result<Value, EvalError> {
        if self.bool(condition)? { self.eval(yes) } else { self.eval(no) }
    }

    fn call(&mut self, expr: &Expr, builtin: Builtin, args: &[Expr]) -> Result<Value, EvalError> {
        let args = self.all(args)?;
        self.made(expr, |limits, scope| call::call(builtin, &args, limits, scope))
    }

    fn widened(&mut self, inner: &Expr, ty: &Type) -> Result<Value, EvalError> {
        self.eval(inner).map(|value| widen(&value, ty))
    }

    fn field(&mut self, expr: &Expr, whole: &Expr, name: &str) -> Result<Value, EvalError> {
        let whole = self.eval(whole)?;
        match &whole {
            Value::Record(fields) => Ok(fields.get(name).cloned().unwrap_or(Value::Null)),
            Value::Null if matches!(expr.kind, ExprKind::OptionalField(..)) => Ok(Value::Null),
            Value::File(file) => file_field(file, name).map_or_else(|| no_field(expr, &whole, name), Ok),
            _ => no_field(expr, &whole, name),
        }
    }

    fn index(&mut self, expr: &Expr, whole: &Expr, index: &Expr) -> Result<Value, EvalError> {
        let (whole, index) = (self.eval(whole)?, self.eval(index)?);
        let found = match (&whole, &index) {
            (Value::List(items), Value::Int(at)) => {
                usize::try_from(*at).ok().and_then(|at| items.get(at)).map(Cow::into_owned)
            }
            (Value::Record(fields), Value::String(key)) => fields.get(key).cloned(),
            _ => return fail(expr, format!("{} has no place {}", show(&whole), show(&index))),
        };
        Ok(found.unwrap_or(Value::Null))
    }

    fn negate(&mut self, expr: &Expr, inner: &Expr) -> Result<Value, EvalError> {
        let value = self.eval(inner)?;
        self.made(expr, |_, _| arithmetic::negate(&value))
    }

    /// A chain of binary operators that nests to the left: without recursion, since chains can be long.
    fn chain(&mut self, expr: &Expr) -> Result<Value, EvalError> {
        let mut links = Vec::new();
        let mut leftmost = expr;
        while let ExprKind::Binary(op, left, right) = &leftmost.kind {
            links.push((leftmost, *op, &**right));
            leftmost = left;
        }
        let mut value = self.eval(leftmost)?;
        while let Some((link, op, right)) = links.pop() {
            self.limits.work(1).map_err(|message| EvalError { message, span: link.span })?;
            value = self.binary(link, op, value, right)?;
        }
        Ok(value)
    }

    fn binary(&mut self, expr: &Expr, op: BinaryOp, left: Value, right: &Expr) -> Result<Value, EvalError> {
        match (op, &left) {
            (BinaryOp::And, Value::Bool(false)) | (BinaryOp::Or, Value::Bool(true)) => Ok(left),
            (BinaryOp::And | BinaryOp::Or, Value::Bool(_)) => self.bool(right).map(Value::Bool),
            (BinaryOp::And | BinaryOp::Or, _) => fail(expr, format!("expected a `bool`, found {}", show(&left))),
            (BinaryOp::Coalesce, Value::Null) => self.eval(right),
            (BinaryOp::Coalesce, _) => Ok(left),
            _ => {
                let right = self.eval(right)?;
                self.made(expr, |limits, _| arithmetic::binary(op, &left, &right, limits))
            }
        }
    }

    fn match_arms(&mut self, expr: &Expr, matched: &Expr, arms: &[MatchArm]) -> Result<Value, EvalError> {
        let value = self.eval(matched)?;
        match arms.iter().find(|arm| arm.patterns.iter().any(|pattern| pattern.matches(&value))) {
            Some(arm) => self.eval(&arm.value),
            None => fail(expr, format!("no arm matches {}", show(&value))),
        }
    }

    fn list(&mut self, expr: &Expr, items: &[Expr]) -> Result<Value, EvalError> {
        let items = self.all(items)?;
        self.made(expr, |limits, _| limits.list(items))
    }

    fn all(&mut self, exprs: &[Expr]) -> Result<Vec<Value>, EvalError> {
        exprs.iter().map(|expr| self.eval(expr)).collect()
    }

    fn comprehension(
        &mut self,
        expr: &Expr,
        local: u32,
        source: &Expr,
        condition: Option<&Expr>,
        body: &Expr,
    ) -> Result<Value, EvalError> {
        let source = self.eval(source)?;
        let Value::List(items) = &source else {
            return fail(expr, format!("expected a list to go through, found {}", show(&source)));
        };
        if items.here().is_none() && matches!(body.kind, ExprKind::Var(Var::Local(of)) if of == local) {
            return self.chosen(expr, local, items, condition, body);
        }
        let mut kept = Vec::new();
        for item in items.iter() {
            self.locals.push((local, item.into_owned()));
            let value = self.one_of_comprehension(condition, body);
            self.locals.pop();
            kept.extend(value?);
        }
        self.made(expr, |limits, _| limits.list(kept))
    }

    /// A comprehension that gives elements as they are: what is laid aside stays where it is. Apart, so that other
    /// comprehensions take no more of the stack for it.
    fn chosen(
        &mut self,
        expr: &Expr,
        local: u32,
        items: &List,
        condition: Option<&Expr>,
        body: &Expr,
    ) -> Result<Value, EvalError> {
        let mut places = Vec::new();
        for (place, item) in items.iter().enumerate() {
            self.locals.push((local, item.into_owned()));
            let value = self.one_of_comprehension(condition, body);
            self.locals.pop();
            places.extend(value?.map(|_| place));
        }
        self.made(expr, |limits, _| limits.whole(items.pick(places.into_iter())))
    }

    fn one_of_comprehension(&mut self, condition: Option<&Expr>, body: &Expr) -> Result<Option<Value>, EvalError> {
        let keeps = condition.map_or(Ok(true), |condition| self.bool(condition))?;
        if keeps { self.eval(body).map(Some) } else { Ok(None) }
    }

    fn record(&mut self, expr: &Expr, entries: &[Entry]) -> Result<Value, EvalError> {
        let mut fields = Fields::new();
        for entry in entries {
            match entry {
                Entry::Field(name, value) => {
                    let value = self.eval(value)?;
                    fields.insert(name.clone(), value);
                }
                Entry::Spread(whole) => match self.eval(whole)? {
                    Value::Record(spread) => {
                        self.made(expr, |limits, _| limits.parts(spread.len()).map(|()| Value::Null))?;
                        fields.extend(spread.iter().map(|(name, value)| (name.clone(), value.clone())));
                    }
                    other => return fail(expr, format!("expected a record to spread, found {}", show(&other))),
                },
            }
        }
        self.made(expr, |limits, _| limits.parts(fields.len()).map(|()| Value::Record(Arc::new(fields))))
    }

    fn interpolate(&mut self, expr: &Expr, parts: &[Part]) -> Result<Value, EvalError> {
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Text(verbatim) => text.push_str(verbatim),
                Part::Value(value) => {
                    let value = self.eval(value)?;
                    match to_text(&value) {
                        Some(one) => text.push_str(&one),
                        None => return fail(expr, format!("{} has no text", show(&value))),
                    }
                }
            }
            self.made(expr, |limits, _| limits.fits_text(text.len()).map(|()| Value::Null))?;
        }
        self.made(expr, |limits, _| limits.text(text))
    }

    fn cast(&mut self, expr: &Expr, inner: &Expr, ty: &Type) -> Result<Value, EvalError> {
        let value = self.eval(inner)?;
        self.made(expr, |limits, _| {
            limits.measure(&value)?;
            json::decode(&json::encode(&value), ty).map_err(|mismatch| mismatch.to_string())
        })
    }

    fn bool(&mut self, expr: &Expr) -> Result<bool, EvalError> {
        match self.eval(expr)? {
            Value::Bool(b) => Ok(b),
            other => fail(expr, format!("expected a `bool`, found {}", show(&other))),
        }
    }

    fn made(&mut self, expr: &Expr, make: impl FnOnce(&mut Limits, &dyn Scope) -> Made) -> Result<Value, EvalError> {
        make(&mut self.limits, self.scope).map_err(|message| EvalError { message, span: expr.span })
    }
}

impl Pattern {
    /// Whether a value is what this matches.
    pub fn matches(&self, value: &Value) -> bool {
        match self {
            Pattern::Any => true,
            Pattern::String(text) => value.as_str() == Some(text),
            Pattern::Int(n) => equal(value, &Value::Int(*n)),
            Pattern::Bool(b) => *value == Value::Bool(*b),
        }
    }
}

fn file_field(file: &FileRef, name: &str) -> Option<Value> {
    Some(match name {
        "name" => Value::text(file.name.as_str()),
        "size" => Value::Size(i64::try_from(file.size).unwrap_or(i64::MAX)),
        "hash" => Value::text(file.hash.as_str()),
        _ => return None,
    })
}

fn no_field(expr: &Expr, whole: &Value, name: &str) -> Result<Value, EvalError> {
    fail(expr, format!("{} has no field `{name}`", show(whole)))
}

fn fail<T>(expr: &Expr, message: impl Into<String>) -> Result<T, EvalError> {
    Err(EvalError { message: message.into(), span: expr.span })
}

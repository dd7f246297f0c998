//! Why an expectation does not hold: both sides, where they differ.

use super::case::Ready;
use crate::value::Value;
use crate::value::compare::equal;
use crate::value::eval::{Scope, eval};
use crate::value::expr::{BinaryOp, Expr, ExprKind, Var};
use crate::value::text::show;

/// Differences that are told.
const TOLD: usize = 4;

/// The part of an expression that makes it false: of several that must all hold the first that does not.
pub(super) fn reason<'e>(expr: &'e Expr, scope: &dyn Scope) -> &'e Expr {
    match &expr.kind {
        ExprKind::Binary(BinaryOp::And, left, right) => {
            let first = if is_true(left, scope) { right } else { left };
            reason(first, scope)
        }
        _ => expr,
    }
}

/// Sentences with what was there and what was expected.
pub(super) fn why(expr: &Expr, scope: &dyn Scope, ready: &Ready) -> Vec<String> {
    let mut told = Vec::new();
    side(expr, scope, ready, &mut told);
    if told.len() > TOLD {
        let more = told.len() - TOLD;
        told.truncate(TOLD);
        told.push(format!("and {more} more"));
    }
    told
}

fn side(expr: &Expr, scope: &dyn Scope, ready: &Ready, told: &mut Vec<String>) {
    match &expr.kind {
        // That it is false is said already.
        ExprKind::Var(_) => {}
        ExprKind::Binary(BinaryOp::Equal, left, right) => {
            let (is, wanted) = if looks(left) || !looks(right) { (left, right) } else { (right, left) };
            if let (Ok(found), Ok(expected)) = (eval(is, scope), eval(wanted, scope)) {
                differ(&ready.plan.written(is.span), &found, &expected, told);
            }
        }
        _ => atoms(expr, scope, ready, told),
    }
}

fn is_true(expr: &Expr, scope: &dyn Scope) -> bool {
    matches!(eval(expr, scope), Ok(Value::Bool(true)))
}

/// Whether it looks at the run.
fn looks(expr: &Expr) -> bool {
    let mut found = false;
    expr.walk(|part| found |= matches!(part.kind, ExprKind::Var(Var::Param(_))));
    found
}

/// Where two values differ, from the outside in.
fn differ(path: &str, found: &Value, expected: &Value, told: &mut Vec<String>) {
    if equal(found, expected) {
        return;
    }
    match (found, expected) {
        (Value::Record(found), Value::Record(expected)) => {
            for (name, expected) in expected.iter() {
                differ(&format!("{path}.{name}"), found.get(name).unwrap_or(&Value::Null), expected, told);
            }
            for (name, found) in found.iter().filter(|(name, _)| !expected.contains_key(*name)) {
                differ(&format!("{path}.{name}"), found, &Value::Null, told);
            }
        }
        (Value::String(found), Value::String(expected)) if starts_alike(found, expected) > ALIKE => {
            let from = starts_alike(found, expected);
            let rest = |text: &str| quoted(&text.chars().skip(from - BEFORE).collect::<String>());
            let (found, expected) = (rest(found), rest(expected));
            told.push(format!("`{path}`, from character {} on, is {found}, expected {expected}", from - BEFORE + 1));
        }
        (Value::List(found), Value::List(expected)) if found.len() == expected.len() => {
            for (index, (found, expected)) in found.iter().zip(expected.iter()).enumerate() {
                differ(&format!("{path}[{index}]"), &found, &expected, told);
            }
        }
        _ => told.push(format!("`{path}` is {}, expected {}", written(found), written(expected))),
    }
}

/// Texts that begin alike for longer are shown from where they differ.
const ALIKE: usize = 60;
/// Characters that are shown before the first that differs.
const BEFORE: usize = 20;

/// How many characters two texts begin with that are the same.
fn starts_alike(one: &str, other: &str) -> usize {
    one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count()
}

fn quoted(text: &str) -> String {
    written(&Value::text(text))
}

/// The values of what an expression is made of, as far as it looks at the run.
fn atoms(expr: &Expr, scope: &dyn Scope, ready: &Ready, told: &mut Vec<String>) {
    if is_atom(expr) {
        if let Ok(value) = eval(expr, scope) {
            let line = format!("`{}` is {}", ready.plan.written(expr.span), written(&value));
            if !told.contains(&line) {
                told.push(line);
            }
        }
        return;
    }
    let mut children = Vec::new();
    expr.children(&mut children);
    children.into_iter().filter(|child| looks(child)).for_each(|child| atoms(child, scope, ready, told));
}

/// Something that the run gave, or a part of it, or a built-in of such.
fn is_atom(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Var(Var::Param(_)) => true,
        ExprKind::Field(base, _) | ExprKind::OptionalField(base, _) | ExprKind::Index(base, _) => is_atom(base),
        ExprKind::Call(_, args) => args.first().is_some_and(is_atom),
        _ => false,
    }
}

/// Characters of a value that are shown.
const SHOWN: usize = 120;

/// A value as it is written in a program.
pub(super) fn written(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn write(value: &Value, text: &mut String) {
    // What is not shown need not be written.
    if text.len() > 4 * SHOWN {
        return;
    }
    match value {
        Value::List(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                write(&item, text);
            }
            text.push(']');
        }
        Value::Record(fields) if fields.is_empty() => text.push_str("{}"),
        Value::Record(fields) => {
            for (index, (name, field)) in fields.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "{ " });
                text.push_str(name);
                text.push_str(": ");
                write(field, text);
            }
            text.push_str(" }");
        }
        other => text.push_str(&show(other)),
    }
}

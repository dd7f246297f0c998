//! What a person who is asked gets to see: the files whose whole text is part of it.

use std::sync::Arc;

use crate::sema::hir::{Ask, Workflow};
use crate::value::builtin::Builtin;
use crate::value::expr::{BinaryOp, Entry, Expr, ExprKind, Part, Var};

/// A variable and the fields that lead on from it.
type Path = (Var, Vec<Arc<str>>);

/// The ways, from the value that is approved, to the files whose whole text is shown.
pub fn texts(of: &Workflow, ask: &Ask, value: &Expr) -> Vec<Vec<Arc<str>>> {
    let Some((root, start)) = path(of, value) else { return Vec::new() };
    let mut shown = Vec::new();
    for part in [Some(&ask.question), ask.show.as_ref()].into_iter().flatten() {
        collect(of, part, &mut shown);
    }
    let inside = |(var, fields): Path| {
        let rest = fields.strip_prefix(start.as_slice()).map(<[_]>::to_vec);
        rest.filter(|_| var == root)
    };
    shown.into_iter().filter_map(inside).collect()
}

/// The files whose text stands whole in a value: not where only a part is taken, or what is calculated from it.
fn collect(of: &Workflow, shown: &Expr, found: &mut Vec<Path>) {
    let mut open = vec![shown];
    while let Some(expr) = open.pop() {
        match &expr.kind {
            ExprKind::Call(Builtin::Text, args) => found.extend(args.first().and_then(|file| path(of, file))),
            ExprKind::Interpolate(parts) => open.extend(parts.iter().filter_map(|part| match part {
                Part::Value(value) => Some(value),
                Part::Text(_) => None,
            })),
            ExprKind::Record(entries) => open.extend(entries.iter().map(|entry| match entry {
                Entry::Field(_, value) | Entry::Spread(value) => value,
            })),
            ExprKind::List(items) => open.extend(items),
            ExprKind::Binary(BinaryOp::Add, a, b) => open.extend([&**a, &**b]),
            ExprKind::Widen(inner, _) => open.push(inner),
            // A `let` reads only those that stand before it.
            ExprKind::Var(Var::Let(item)) => open.extend(of.lets.get(*item as usize).map(|item| &item.value)),
            _ => {}
        }
    }
}

/// The path that an expression of names and fields is; a `let` that only gives a path another name is that path.
fn path(of: &Workflow, expr: &Expr) -> Option<Path> {
    let (mut expr, mut fields) = (expr, Vec::new());
    loop {
        match &expr.kind {
            ExprKind::Field(base, name) | ExprKind::OptionalField(base, name) => {
                fields.push(name.clone());
                expr = base;
            }
            ExprKind::Widen(inner, _) => expr = inner,
            ExprKind::Var(var) => match of_let(of, *var) {
                Some(value) => expr = value,
                None => {
                    fields.reverse();
                    return Some((*var, fields));
                }
            },
            _ => return None,
        }
    }
}

/// The value of a `let` that is a path itself.
fn of_let(of: &Workflow, var: Var) -> Option<&Expr> {
    let Var::Let(item) = var else { return None };
    let value = &of.lets.get(item as usize)?.value;
    let mut inner = value;
    while let ExprKind::Field(base, _) | ExprKind::OptionalField(base, _) | ExprKind::Widen(base, _) = &inner.kind {
        inner = base;
    }
    matches!(inner.kind, ExprKind::Var(_)).then_some(value)
}

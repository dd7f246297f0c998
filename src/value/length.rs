//! How long lists are at most, as far as that can be read off a program.

use crate::value::Value;
use crate::value::builtin::Builtin;
use crate::value::eval::known;
use crate::value::expr::{BinaryOp, Expr, ExprKind, Var};

/// So many expressions are looked at for one list: what names itself by others in circles or in crowds is not known.
const STEPS_MAX: u32 = 256;

/// What gives a list somewhere in a workflow.
#[derive(Debug, Clone, Copy)]
pub enum Origin<'a> {
    /// An expression.
    Of(&'a Expr),
    /// A map: one result for each item of its list, of which it takes at most so many.
    Map(&'a Expr, Option<u64>),
    /// So many results.
    Count(u64),
}

/// Where the lists of a workflow come from.
pub trait Origins {
    /// What gives the value of a variable, if that is known.
    fn origin(&self, var: Var) -> Option<Origin<'_>>;
}

/// How many items a map goes through at most, if that can be read off: by its list, and by its `up to`.
pub fn items_max(source: &Expr, up_to: Option<u64>, origins: &dyn Origins) -> Option<u64> {
    Look { origins, steps: STEPS_MAX }.map(source, up_to)
}

struct Look<'a> {
    origins: &'a dyn Origins,
    steps: u32,
}

impl Look<'_> {
    fn map(&mut self, source: &Expr, up_to: Option<u64>) -> Option<u64> {
        match (self.list(source), up_to) {
            (Some(length), Some(most)) => Some(length.min(most)),
            (length, most) => length.or(most),
        }
    }

    fn list(&mut self, expr: &Expr) -> Option<u64> {
        self.steps = self.steps.checked_sub(1)?;
        match &expr.kind {
            ExprKind::List(items) => Some(items.len() as u64),
            ExprKind::Literal(Value::List(items)) => Some(items.len() as u64),
            ExprKind::Literal(Value::Null) => Some(0),
            ExprKind::Comprehension { source: list, .. } | ExprKind::Widen(list, _) | ExprKind::As(list, _) => {
                self.list(list)
            }
            ExprKind::Binary(BinaryOp::Add, one, other) => Some(self.list(one)?.saturating_add(self.list(other)?)),
            ExprKind::If(_, one, other) | ExprKind::Binary(BinaryOp::Coalesce, one, other) => {
                Some(self.list(one)?.max(self.list(other)?))
            }
            ExprKind::Call(builtin, args) => self.call(*builtin, args),
            ExprKind::Var(var) => self.var(*var),
            _ => None,
        }
    }

    fn call(&mut self, builtin: Builtin, args: &[Expr]) -> Option<u64> {
        match (builtin, args) {
            (Builtin::Range, [to]) => between(0, number(to)?),
            (Builtin::Range, [from, to]) => between(number(from)?, number(to)?),
            (Builtin::Sort | Builtin::Unique | Builtin::Reverse | Builtin::Slice, [list, rest @ ..]) => {
                let part = if builtin == Builtin::Slice { slice(rest) } else { None };
                match (self.list(list), part) {
                    (Some(length), Some(part)) => Some(length.min(part)),
                    (length, part) => length.or(part),
                }
            }
            _ => None,
        }
    }

    fn var(&mut self, var: Var) -> Option<u64> {
        let origins = self.origins;
        match origins.origin(var)? {
            Origin::Of(expr) => self.list(expr),
            Origin::Map(source, up_to) => self.map(source, up_to),
            Origin::Count(count) => Some(count),
        }
    }
}

/// The part from one known place to another, both counted from the front.
fn slice(places: &[Expr]) -> Option<u64> {
    let [from, to] = places else { return None };
    let (from, to) = (number(from)?, number(to)?);
    if from < 0 || to < 0 { None } else { between(from, to) }
}

fn between(from: i64, to: i64) -> Option<u64> {
    Some(u64::try_from(to.saturating_sub(from)).unwrap_or(0))
}

fn number(expr: &Expr) -> Option<i64> {
    match known(expr)? {
        Value::Int(number) => Some(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::span::{FileId, Span};

    fn expr(kind: ExprKind) -> Expr {
        Expr { kind, span: Span::new(FileId(0), 0, 0) }
    }

    fn int(number: i64) -> Expr {
        expr(ExprKind::Literal(Value::Int(number)))
    }

    fn range(to: i64) -> Expr {
        expr(ExprKind::Call(Builtin::Range, vec![int(to)]))
    }

    fn sum(one: Expr, other: Expr) -> Expr {
        expr(ExprKind::Binary(BinaryOp::Add, Box::new(one), Box::new(other)))
    }

    /// `let 0` is twice itself, `stage 0` is a map over three with `up to 2`.
    struct Table(Expr, Expr);

    impl Origins for Table {
        fn origin(&self, var: Var) -> Option<Origin<'_>> {
            match var {
                Var::Let(_) => Some(Origin::Of(&self.0)),
                Var::Stage(_) => Some(Origin::Map(&self.1, Some(2))),
                _ => None,
            }
        }
    }

    fn most(source: &Expr, up_to: Option<u64>) -> Option<u64> {
        let itself = || expr(ExprKind::Var(Var::Let(0)));
        items_max(source, up_to, &Table(sum(itself(), itself()), range(3)))
    }

    #[test]
    fn what_can_be_read_off_is_known() {
        assert_eq!((most(&range(10), None), most(&range(-1), None)), (Some(10), Some(0)));
        assert_eq!(most(&sum(range(2), expr(ExprKind::List(vec![int(1)]))), None), Some(3));
        assert_eq!((most(&range(10), Some(4)), most(&range(3), Some(4))), (Some(4), Some(3)));
        let stage = expr(ExprKind::Var(Var::Stage(0)));
        assert_eq!(most(&sum(stage, range(1)), None), Some(3));
    }

    #[test]
    fn a_part_of_a_list_is_no_longer_than_it_says() {
        let slice = |from, to| {
            let list = expr(ExprKind::Var(Var::Param(0)));
            expr(ExprKind::Call(Builtin::Slice, vec![list, int(from), int(to)]))
        };
        assert_eq!((most(&slice(1, 4), None), most(&slice(0, -1), None)), (Some(3), None));
    }

    #[test]
    fn what_names_itself_is_not_known() {
        let itself = expr(ExprKind::Var(Var::Let(0)));
        assert_eq!((most(&itself, None), most(&itself, Some(7))), (None, Some(7)));
    }
}

//! Operators.

use crate::base::span::Span;
use crate::sema::errors::{presence as absent, shown, types as errors};
use crate::sema::expr::{Body, Secrets, Typed, Want, widened};
use crate::syntax::ast;
use crate::value::Value;
use crate::value::expr::{BinaryOp, Expr, ExprKind};
use crate::value::operator::{UnaryOp, binary_result, unary_result};
use crate::value::types::{Kind, Type, join};

impl Body<'_, '_> {
    /// A condition: a `bool` that is there. `what` is the subject of a message.
    pub fn condition(&mut self, written: &ast::Expr, what: &'static str) -> Expr {
        let want = Want::new(Type::bool(), what);
        self.with_secrets(Secrets::Forbidden("a condition"), |body| body.check(written, &want))
    }

    /// `!x`.
    pub(super) fn not(&mut self, inner: &ast::Expr, span: Span) -> Typed {
        let value = self.operand_present(inner);
        if unary_result(UnaryOp::Not, &value.ty).is_none() {
            self.report(errors::unary("!", &shown(&value.ty), inner.span));
        }
        Typed { expr: Expr { kind: ExprKind::Not(Box::new(value.expr)), span }, ty: Type::bool() }
    }

    /// `-x`.
    pub(super) fn negate(&mut self, inner: &ast::Expr, span: Span) -> Typed {
        let value = self.operand_present(inner);
        let Some(ty) = unary_result(UnaryOp::Negate, &value.ty) else {
            return self.wrong(errors::unary("-", &shown(&value.ty), inner.span), span);
        };
        match value.expr.kind {
            ExprKind::Literal(Value::Int(number)) if number != i64::MIN => Typed::value(Value::Int(-number), ty, span),
            ExprKind::Literal(Value::Float(number)) => Typed::value(Value::Float(-number), ty, span),
            kind => {
                let inner = Expr { kind, span: value.expr.span };
                Typed { expr: Expr { kind: ExprKind::Negate(Box::new(inner)), span }, ty }
            }
        }
    }

    /// `left op right`.
    pub(super) fn binary(
        &mut self,
        op: ast::BinaryOp,
        at: Span,
        left: &ast::Expr,
        right: &ast::Expr,
        span: Span,
    ) -> Typed {
        match operator(op) {
            op @ (BinaryOp::And | BinaryOp::Or) => self.logical(op, left, right, span),
            BinaryOp::Coalesce => self.coalesce(left, right, span),
            op @ (BinaryOp::Equal | BinaryOp::NotEqual) => self.equality(op, left, right, span),
            op => self.arithmetic(op, at, left, right, span),
        }
    }

    /// The right side is evaluated only where the left one leaves it open: it may rely on that.
    fn logical(&mut self, op: BinaryOp, left: &ast::Expr, right: &ast::Expr, span: Span) -> Typed {
        let want = Want::new(Type::bool(), if op == BinaryOp::And { "`&&`" } else { "`||`" });
        let before = std::mem::replace(&mut self.tight, false);
        let a = self.check(left, &want);
        let mark = self.assume_here(&a, op == BinaryOp::And);
        let b = self.check(right, &want);
        self.forget(mark);
        self.tight = before;
        made(op, a, b, Type::bool(), span)
    }

    fn coalesce(&mut self, left: &ast::Expr, right: &ast::Expr, span: Span) -> Typed {
        let a = self.operand(left);
        if a.ty.is_unknown() {
            self.infer(right);
            return Typed::unknown(span);
        }
        if !a.ty.is_optional() {
            self.report(absent::needless_default(&shown(&a.ty), left.span, right.span));
            self.infer(right);
            return a;
        }
        let inner = a.ty.without_null();
        let want = Want::new(inner.clone(), "the value after `??`").declared(left.span, format!("has type `{}`", a.ty));
        let literal = matches!(right.kind, ast::ExprKind::Record(_) | ast::ExprKind::List(_));
        if literal && !matches!(inner.kind, Kind::Never) {
            // What is wanted tells a literal what it is to be.
            let b = self.check(right, &want);
            return made(BinaryOp::Coalesce, a.expr, b, inner, span);
        }
        let b = self.infer(right);
        match join(&inner, &b.ty) {
            Some(ty) => {
                let a = widened(a, &ty.clone().optional());
                let b = widened(b, &ty);
                made(BinaryOp::Coalesce, a, b, ty, span)
            }
            None => self.wrong(errors::mismatch(&b, right, &want), span),
        }
    }

    fn equality(&mut self, op: BinaryOp, left: &ast::Expr, right: &ast::Expr, span: Span) -> Typed {
        let (a, b) =
            self.with_secrets(Secrets::Forbidden("a comparison"), |body| (body.operand(left), body.operand(right)));
        let with_null = match (a.ty.kind == Kind::Null, b.ty.kind == Kind::Null) {
            (false, true) => Some(&a),
            (true, false) => Some(&b),
            _ => None,
        };
        if let Some(value) = with_null
            && !value.ty.is_optional()
            && !matches!(value.ty.kind, Kind::Unknown | Kind::Json)
        {
            let holds = op == BinaryOp::NotEqual;
            let operand = value.expr.span;
            self.report(absent::needless_comparison(span, operand, &shown(&value.ty), holds));
        } else if binary_result(op, &a.ty, &b.ty).is_none() {
            self.report(errors::never_equal(op, (&a, left), (&b, right), span));
            return Typed { expr: Typed::unknown(span).expr, ty: Type::unknown() };
        }
        compared(op, a, b, span)
    }

    fn arithmetic(&mut self, op: BinaryOp, at: Span, left: &ast::Expr, right: &ast::Expr, span: Span) -> Typed {
        let a = if op == BinaryOp::In { self.operand(left) } else { self.operand_present(left) };
        let b = self.operand_present(right);
        if is_comparison(op) && is_comparison_of(left) {
            // That comparisons do not chain is said by the parser.
            return Typed { ty: Type::bool(), ..Typed::unknown(span) };
        }
        let Some(ty) = binary_result(op, &a.ty, &b.ty) else {
            let found = match op {
                BinaryOp::In => errors::never_in(&a, left, &b, right, at),
                _ => errors::operator(op, &a, left, &b, right, at),
            };
            return self.wrong(found, span);
        };
        if op == BinaryOp::Add && matches!(ty.kind, Kind::List(_)) {
            return made(op, widened(a, &ty), widened(b, &ty), ty, span);
        }
        if is_comparison(op) {
            return compared(op, a, b, span);
        }
        made(op, a.expr, b.expr, ty, span)
    }
}

/// A comparison. A whole number beside a fraction is one as well: a whole number that is left stands beside whole numbers.
fn compared(op: BinaryOp, a: Typed, b: Typed, span: Span) -> Typed {
    const EXACT: std::ops::RangeInclusive<i64> = -(1 << 53)..=1 << 53;
    let beside = |value: Expr, other: &Type| match value.kind {
        ExprKind::Literal(Value::Int(n)) if EXACT.contains(&n) && other.without_null().kind == Kind::Float => {
            Expr { kind: ExprKind::Literal(Value::Float(n as f64)), ..value }
        }
        _ => value,
    };
    made(op, beside(a.expr, &b.ty), beside(b.expr, &a.ty), Type::bool(), span)
}

fn is_comparison(op: BinaryOp) -> bool {
    use BinaryOp::{Greater, GreaterOrEqual, Less, LessOrEqual};
    matches!(op, Less | LessOrEqual | Greater | GreaterOrEqual)
}

fn is_comparison_of(written: &ast::Expr) -> bool {
    matches!(&written.kind, ast::ExprKind::Binary(op, _, _, _) if is_comparison(operator(*op)))
}

fn made(op: BinaryOp, a: Expr, b: Expr, ty: Type, span: Span) -> Typed {
    Typed { expr: Expr { kind: ExprKind::Binary(op, Box::new(a), Box::new(b)), span }, ty }
}

fn operator(op: ast::BinaryOp) -> BinaryOp {
    match op {
        ast::BinaryOp::Add => BinaryOp::Add,
        ast::BinaryOp::Subtract => BinaryOp::Subtract,
        ast::BinaryOp::Multiply => BinaryOp::Multiply,
        ast::BinaryOp::Divide => BinaryOp::Divide,
        ast::BinaryOp::Remainder => BinaryOp::Remainder,
        ast::BinaryOp::Equal => BinaryOp::Equal,
        ast::BinaryOp::NotEqual => BinaryOp::NotEqual,
        ast::BinaryOp::Less => BinaryOp::Less,
        ast::BinaryOp::LessOrEqual => BinaryOp::LessOrEqual,
        ast::BinaryOp::Greater => BinaryOp::Greater,
        ast::BinaryOp::GreaterOrEqual => BinaryOp::GreaterOrEqual,
        ast::BinaryOp::In => BinaryOp::In,
        ast::BinaryOp::And => BinaryOp::And,
        ast::BinaryOp::Or => BinaryOp::Or,
        ast::BinaryOp::Coalesce => BinaryOp::Coalesce,
    }
}

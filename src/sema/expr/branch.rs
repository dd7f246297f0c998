//! `if … then … else …` and `match` as expressions.

use crate::base::span::Span;
use crate::sema::errors::types as errors;
use crate::sema::expr::{Body, Typed, Want, widened};
use crate::sema::pattern::Written;
use crate::syntax::ast::{self, ExprArm};
use crate::value::expr::{Expr, ExprKind, MatchArm};
use crate::value::types::Type;

impl Body<'_, '_> {
    /// `if condition then a else b`, of whatever type.
    pub(super) fn if_else(
        &mut self,
        condition: &ast::Expr,
        then: &ast::Expr,
        otherwise: &ast::Expr,
        span: Span,
    ) -> Typed {
        let (condition, branches) = self.branches(condition, [then, otherwise], |body, written| body.infer(written));
        let [a, b] = branches;
        let Some(ty) = Type::join_all(&[a.ty.clone(), b.ty.clone()]) else {
            let found = errors::no_common_type("the two branches of an `if`", (&a, then), (&b, otherwise));
            return self.wrong(found, span);
        };
        let (a, b) = (Box::new(widened(a, &ty)), Box::new(widened(b, &ty)));
        Typed { expr: Expr { kind: ExprKind::If(Box::new(condition), a, b), span }, ty }
    }

    /// The same where a type is wanted.
    pub(super) fn if_against(
        &mut self,
        condition: &ast::Expr,
        then: &ast::Expr,
        otherwise: &ast::Expr,
        want: &Want,
        span: Span,
    ) -> Expr {
        let (condition, [a, b]) =
            self.branches(condition, [then, otherwise], |body, written| body.check(written, want));
        Expr { kind: ExprKind::If(Box::new(condition), Box::new(a), Box::new(b)), span }
    }

    fn branches<T>(
        &mut self,
        condition: &ast::Expr,
        [then, otherwise]: [&ast::Expr; 2],
        mut each: impl FnMut(&mut Self, &ast::Expr) -> T,
    ) -> (Expr, [T; 2]) {
        let before = std::mem::replace(&mut self.tight, false);
        let condition = self.condition(condition, "the condition of an `if`");
        self.check_constant(&condition);
        let mark = self.assume_here(&condition, true);
        let a = each(self, then);
        self.forget(mark);
        let mark = self.assume_here(&condition, false);
        let b = each(self, otherwise);
        self.forget(mark);
        self.tight = before;
        (condition, [a, b])
    }

    /// `match subject { arms }`, of whatever type.
    pub(super) fn match_value(&mut self, subject: &ast::Expr, arms: &[ExprArm], span: Span) -> Typed {
        let (subject, values) = self.arms(subject, arms, span, |body, written| body.infer(written));
        let types: Vec<Type> = values.iter().map(|(_, value)| value.ty.clone()).collect();
        let Some(ty) = Type::join_all(&types) else {
            self.report_arms(&values, arms);
            return Typed::unknown(span);
        };
        let arms =
            values.into_iter().map(|(patterns, value)| MatchArm { patterns, value: widened(value, &ty) }).collect();
        Typed { expr: Expr { kind: ExprKind::Match(Box::new(subject), arms), span }, ty }
    }

    /// The same where a type is wanted.
    pub(super) fn match_against(&mut self, subject: &ast::Expr, arms: &[ExprArm], want: &Want, span: Span) -> Expr {
        let (subject, values) = self.arms(subject, arms, span, |body, written| body.check(written, want));
        let arms = values.into_iter().map(|(patterns, value)| MatchArm { patterns, value }).collect();
        Expr { kind: ExprKind::Match(Box::new(subject), arms), span }
    }

    fn arms<T>(
        &mut self,
        subject: &ast::Expr,
        arms: &[ExprArm],
        span: Span,
        mut each: impl FnMut(&mut Self, &ast::Expr) -> T,
    ) -> (Expr, Vec<(Vec<crate::value::expr::Pattern>, T)>) {
        let before = std::mem::replace(&mut self.tight, false);
        let written: Vec<Written<'_>> =
            arms.iter().map(|arm| Written::of(&arm.patterns, Some(&arm.value), arm.span)).collect();
        let (subject, patterns) = self.subject_and_patterns(subject, &written, span);
        let mut values = Vec::new();
        for (index, arm) in arms.iter().enumerate() {
            let mark = self.assume_arm(&subject, &patterns, index);
            values.push((patterns[index].clone(), each(self, &arm.value)));
            self.forget(mark);
        }
        self.tight = before;
        (subject, values)
    }

    fn report_arms(&mut self, values: &[(Vec<crate::value::expr::Pattern>, Typed)], arms: &[ExprArm]) {
        let mut joined = Type::never();
        for (index, (_, value)) in values.iter().enumerate() {
            match Type::join_all(&[joined.clone(), value.ty.clone()]) {
                Some(ty) => joined = ty,
                None => {
                    let first = Typed { ty: joined, ..values[0].1.clone() };
                    let found = errors::no_common_type(
                        "the arms of a `match`",
                        (&first, &arms[0].value),
                        (value, &arms[index].value),
                    );
                    return self.report(found);
                }
            }
        }
    }
}

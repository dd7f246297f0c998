//! `lock "name"` and `budget 200_000tok, 5usd`, of stages and workflows.

use crate::base::span::Span;
use crate::sema::clause::{Clauses, is_open};
use crate::sema::constant::value_of;
use crate::sema::errors::bounds as errors;
use crate::sema::errors::shown;
use crate::sema::expr::{Body, Typed, Want};
use crate::sema::hir::{Budget, Lock};
use crate::syntax::ast;
use crate::value::Value;
use crate::value::types::{Kind, Type};

impl<'a> Body<'_, 'a> {
    /// The lock that a clause names: its order among others has to be known before the run.
    pub fn lock(&mut self, clauses: &Clauses<'a>) -> Option<Lock> {
        let (written, span) = clauses.lock?;
        let found = self.check(written, &Want::new(Type::string(), "`lock`"));
        match value_of(&found) {
            Some(Value::String(name)) if !name.is_empty() => Some(Lock { name: name.to_string(), span }),
            Some(Value::String(_)) => {
                self.report(errors::lock_without_name(written.span));
                None
            }
            Some(_) => None,
            None => {
                if is_open(&found) {
                    self.report(errors::lock_interpolated(written.span));
                }
                None
            }
        }
    }

    /// What may be spent: money, tokens, or both.
    pub fn budget(&mut self, clauses: &Clauses<'a>) -> Option<Budget> {
        let (values, span) = clauses.budget?;
        let mut found = Budget { money: None, tokens: None, span };
        let (mut money, mut tokens) = (None, None);
        for written in values {
            let value = self.infer(written);
            match value.ty.kind {
                Kind::Money => self.amount(written, &value, &mut found.money, &mut money),
                Kind::Tokens => self.amount(written, &value, &mut found.tokens, &mut tokens),
                Kind::Unknown => {}
                _ => self.report(errors::budget_of_what(written.span, &shown(&value.ty))),
            }
        }
        (found.money.is_some() || found.tokens.is_some()).then_some(found)
    }

    fn amount(&mut self, written: &ast::Expr, value: &Typed, amount: &mut Option<i64>, before: &mut Option<Span>) {
        if let Some(first) = before.replace(written.span) {
            return self.report(errors::budget_twice(written.span, first));
        }
        match value_of(&value.expr) {
            Some(Value::Money(found) | Value::Tokens(found)) if found > 0 => *amount = Some(found),
            Some(_) => self.report(errors::budget_of_nothing(written.span)),
            None => self.report_open(written, &value.expr, "`budget`"),
        }
    }
}

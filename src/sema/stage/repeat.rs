//! `repeat up to N until …`: rounds of one call.

use crate::sema::errors::{graph, items, names, types as type_errors};
use crate::sema::expr::{Body, is_unknown};
use crate::sema::hir;
use crate::sema::scope::Binding;
use crate::sema::signature::Signature;
use crate::syntax::ast;
use crate::value::expr::{Expr, ExprKind, Var};
use crate::value::types::Type;

/// Rounds at most.
const ROUNDS_MAX: i64 = 10_000;

/// Whether something may say another thing after the next round: only the result of the round does.
fn varies(until: &Expr) -> bool {
    let mut varies = false;
    until.walk(|part| varies |= part.kind == ExprKind::Var(Var::Result) || is_unknown(part));
    varies
}

impl<'a> Body<'_, 'a> {
    /// The rounds of a call.
    pub(super) fn repeat(&mut self, written: &'a ast::Repeat, signature: &Signature) -> Option<hir::Repeat> {
        let up_to = self.count(&written.up_to, "repeat up to", 1, ROUNDS_MAX);
        let every = written.every.as_ref().and_then(|value| self.duration(value, "every"));
        let span = written.until.span;
        let (until, with, stop_when) = self.with_result(&signature.result, span, |body| {
            let until = body.condition(&written.until, "`until`");
            if !varies(&until) {
                body.report(graph::same_every_round(until.span));
            }
            let with = body.next_round(written, signature);
            let before = std::mem::replace(&mut body.in_stop_when, true);
            let stop_when = written.stop_when.as_ref().map(|condition| body.condition(condition, "`stop when`"));
            body.in_stop_when = before;
            (until, with, stop_when)
        });
        let up_to = up_to.and_then(|count| u32::try_from(count).ok())?;
        Some(hir::Repeat { up_to, every, until, with, stop_when })
    }

    /// Checks something that sees `result`.
    pub(super) fn with_result<T>(
        &mut self,
        ty: &Type,
        span: crate::base::span::Span,
        inside: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.frame_mut().open(Binding::given("result", span, Var::Result, ty.clone()));
        let found = inside(self);
        self.frame_mut().scoped.pop();
        found
    }

    fn next_round(&mut self, written: &'a ast::Repeat, signature: &Signature) -> Vec<(usize, Expr)> {
        let mut found: Vec<(usize, Expr)> = Vec::new();
        for arg in &written.with {
            let Some(name) = &arg.name else {
                self.report(type_errors::with_unnamed(arg.span));
                self.infer(&arg.value);
                continue;
            };
            match signature.params.iter().position(|param| param.name == name.text) {
                Some(place) if signature.params[place].interface.is_some() => {
                    self.report(items::rebound(&name.text, name.span));
                }
                Some(place) => {
                    let value = self.argument(&signature.params[place], &arg.value);
                    let place = signature.value_position(place);
                    if found.iter().any(|(other, _)| *other == place) {
                        self.report(type_errors::argument_twice(&name.text, arg.span, name.span));
                    }
                    found.push((place, value));
                }
                None => {
                    let legal: Vec<&str> = signature.params.iter().map(|param| param.name.as_str()).collect();
                    let at = signature.span;
                    self.report(names::unknown_argument(&signature.name, &name.text, name.span, at, &legal));
                    self.infer(&arg.value);
                }
            }
        }
        found
    }
}

//! `x as T`: checked when evaluated.

use crate::base::span::Span;
use crate::sema::errors::{shown, types as errors};
use crate::sema::expr::{Body, Typed};
use crate::sema::types::{self, resolve};
use crate::syntax::ast;
use crate::value::expr::{Expr, ExprKind};
use crate::value::operator::overlap;
use crate::value::types::{Kind, Type};

impl Body<'_, '_> {
    /// `x as T`.
    pub(super) fn cast(&mut self, inner: &ast::Expr, written: &ast::Type, span: Span) -> Typed {
        let ty = resolve(self.ctx, self.module, written, types::Place::Shape);
        let value = if ty.is_optional() { self.operand(inner) } else { self.operand_present(inner) };
        if !could_be(&value.ty, &ty) {
            self.report(errors::impossible_cast(&shown(&value.ty), inner.span, &shown(&ty), written.span));
        }
        Typed { expr: Expr { kind: ExprKind::As(Box::new(value.expr), Box::new(ty.clone())), span }, ty }
    }
}

/// Whether some value of the one type is one of the other: `json` may be anything, also deep inside.
fn could_be(from: &Type, to: &Type) -> bool {
    let (from, to) = (from.without_null(), to.without_null());
    match (&from.kind, &to.kind) {
        (Kind::Json, _) | (_, Kind::Json) => true,
        (Kind::List(a), Kind::List(b)) | (Kind::Map(a), Kind::Map(b)) => could_be(a, b),
        (Kind::Record(fields), Kind::Record(wanted)) => wanted.iter().all(|(name, field)| match fields.get(name) {
            Some(one) => could_be(&one.read(), &field.read()),
            None => field.may_be_absent(),
        }),
        // Records and maps look alike inside.
        (Kind::Record(fields), Kind::Map(element)) => fields.values().all(|field| could_be(&field.read(), element)),
        (Kind::Map(element), Kind::Record(fields)) => fields.values().all(|field| could_be(element, &field.read())),
        (Kind::Union(members), _) => members.iter().any(|member| could_be(member, &to)),
        (_, Kind::Union(members)) => members.iter().any(|member| could_be(&from, member)),
        _ => overlap(&from, &to),
    }
}

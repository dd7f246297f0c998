//! Strings: plain ones are literals, those with `${}` are put together when evaluated.

use std::sync::Arc;

use crate::base::span::Span;
use crate::sema::credential;
use crate::sema::errors::{labels, types as errors};
use crate::sema::expr::{Body, Typed};
use crate::sema::presence::WayOut;
use crate::syntax::ast::{self, StringPart};
use crate::value::Value;
use crate::value::expr::{Expr, ExprKind, Part};
use crate::value::operator::has_text;
use crate::value::types::{Kind, Type};

impl Body<'_, '_> {
    /// A string.
    pub(super) fn text(&mut self, parts: &[StringPart], span: Span) -> Typed {
        self.check_credential(parts, span);
        match parts {
            [] => Typed::value(Value::text(""), Type::literal(""), span),
            [StringPart::Text(text)] => Typed::value(Value::text(text.as_str()), Type::literal(text.as_str()), span),
            _ => {
                let parts = self.loosely(|body| parts.iter().map(|part| body.part(part)).collect());
                Typed { expr: Expr { kind: ExprKind::Interpolate(parts), span }, ty: Type::string() }
            }
        }
    }

    fn part(&mut self, part: &StringPart) -> Part {
        match part {
            StringPart::Text(text) => Part::Text(Arc::from(text.as_str())),
            StringPart::Expr(written) => Part::Value(self.interpolated(written).expr),
        }
    }

    fn interpolated(&mut self, written: &ast::Expr) -> Typed {
        let value = self.infer(written);
        let value = self.present(value, written, WayOut::Default);
        let attached = self.attaches_files && value.ty.kind == Kind::File;
        if !attached && !has_text(&value.ty) {
            self.report(errors::no_text(&value.ty, written));
        }
        value
    }

    fn check_credential(&mut self, parts: &[StringPart], span: Span) {
        let texts = parts.iter().filter_map(|part| match part {
            StringPart::Text(text) => Some(text.as_str()),
            StringPart::Expr(_) => None,
        });
        if let Some(kind) = texts.filter_map(credential::kind_of).next() {
            self.report(labels::credential(kind, span));
        }
    }
}

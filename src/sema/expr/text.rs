//! Strings: plain ones are literals, those with `${}` are put together when evaluated.

use std::sync::Arc;

use crate::base::span::Span;
use crate::sema::credential;
use crate::sema::errors::labels::{self, SecretPlace};
use crate::sema::errors::types as errors;
use crate::sema::expr::{Body, Secrets, Typed};
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
            return self.wrong(errors::no_text(&value.ty, written), written.span);
        }
        value
    }

    fn check_credential(&mut self, parts: &[StringPart], span: Span) {
        let texts = parts.iter().filter_map(|part| match part {
            StringPart::Text(text) => Some(text.as_str()),
            StringPart::Expr(_) => None,
        });
        let Some(found) = texts.filter_map(credential::found_in).next() else { return };
        let variable = self.free_variable(found.variable);
        let whole = parts.len() == 1 && found.whole && self.secrets == Secrets::Allowed;
        let place = whole.then(|| self.place_of_secrets());
        self.report(labels::credential(found.what, &variable, span, place));
    }

    /// The name of an environment variable after which no secret of this file is called yet, nor anything else in sight.
    fn free_variable(&self, usual: &str) -> String {
        let is_free = |variable: &String| {
            let name = variable.to_ascii_lowercase();
            self.find(&name).is_none() && !self.ctx.items.scopes[self.module].contains_key(&name)
        };
        let numbered = (2..).map(|number| format!("{usual}_{number}"));
        std::iter::once(usual.to_owned()).chain(numbered).find(is_free).unwrap_or_default()
    }

    /// Where a secret of this file is declared: behind the others, else behind the imports, else first of all.
    fn place_of_secrets(&self) -> SecretPlace {
        let module = &self.ctx.modules[self.module];
        let last =
            |is: fn(&ast::Item) -> bool| module.ast.items.iter().rev().find(|item| is(item)).map(ast::Item::span);
        let secret = last(|item| matches!(item, ast::Item::Secret(_)));
        let import = last(|item| matches!(item, ast::Item::Import(_)));
        match (secret, import) {
            (Some(secret), _) => SecretPlace::Below(secret.after()),
            (None, Some(import)) => SecretPlace::Apart(import.after()),
            (None, None) => SecretPlace::First(Span::start_of(module.file)),
        }
    }
}

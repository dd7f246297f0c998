//! Fields and elements.

use std::sync::Arc;

use crate::base::span::Span;
use crate::sema::errors::{names, presence, shown, types as errors};
use crate::sema::expr::{Body, Typed, Want};
use crate::sema::items::Def;
use crate::sema::presence::WayOut;
use crate::sema::scope::FrameKind;
use crate::syntax::ast::{self, Name};
use crate::value::Value;
use crate::value::expr::{Expr, ExprKind, Var};
use crate::value::types::{Kind, Type};

impl Body<'_, '_> {
    /// `base.name`.
    pub(super) fn field(&mut self, whole: &ast::Expr, base: &ast::Expr, name: &Name) -> Typed {
        if let Some(found) = self.not_a_field(base, name) {
            return found;
        }
        let around = self.tight;
        let value = self.operand(base);
        self.tight = around;
        let value = self.present(value, base, WayOut::Field(whole.span, &name.text));
        let ty = self.field_type(&value.ty, name);
        let kind = ExprKind::Field(Box::new(value.expr), Arc::from(name.text.as_str()));
        let expr = Expr { kind, span: whole.span };
        let ty = self.narrow_expr(&expr, ty);
        Typed { expr, ty }
    }

    /// `run.id`, and `file.name` of an imported file: they look like fields.
    fn not_a_field(&mut self, base: &ast::Expr, name: &Name) -> Option<Typed> {
        let ast::ExprKind::Name(first) = &base.kind else { return None };
        if self.find(first).is_some() {
            return None;
        }
        let span = base.span.to(name.span);
        match self.ctx.items.scopes[self.module].get(first).map(|entry| entry.def) {
            Some(Def::Module(module)) => {
                self.ctx.item(self.module, first);
                Some(self.of_file(module, &name.text, name.span))
            }
            Some(_) => None,
            None if first == "run" => Some(self.of_run(name, span)),
            None => None,
        }
    }

    /// Agents are told of a run by what they are given: what a cache keeps must not depend on anything else.
    fn of_run(&mut self, name: &Name, span: Span) -> Typed {
        if self.frames.iter().all(|frame| frame.kind != FrameKind::Workflow) {
            let found = names::only_there("run", span, "in workflows").help(format!(
                "in a workflow write `day ?? run.{}`, with the parameter `day: T? = null`; an agent is given it as an argument",
                name.text
            ));
            return self.wrong(found, span);
        }
        let var = match name.text.as_str() {
            "id" => Var::RunId,
            "workflow" => Var::RunWorkflow,
            "started" => Var::RunStarted,
            other => {
                let legal = ["id", "workflow", "started"];
                return self.wrong(names::unknown_field("run", other, name.span, &legal), span);
            }
        };
        Typed { expr: Expr { kind: ExprKind::Var(var), span }, ty: Type::string() }
    }

    /// `base?.name`.
    pub(super) fn optional_field(&mut self, base: &ast::Expr, name: &Name, span: Span) -> Typed {
        let value = self.operand(base);
        if value.ty.is_unknown() {
            return Typed::unknown(span);
        }
        let inner = value.ty.without_null();
        let mut ty = self.field_type(&inner, name);
        if value.ty.is_optional() {
            ty = ty.optional();
        } else {
            self.report(presence::needless_mark(base.span, &shown(&value.ty), name.span));
        }
        let kind = ExprKind::OptionalField(Box::new(value.expr), Arc::from(name.text.as_str()));
        let expr = Expr { kind, span };
        let ty = self.narrow_expr(&expr, ty);
        Typed { expr, ty }
    }

    /// The type of a field, or a message about it.
    pub fn field_type(&mut self, ty: &Type, name: &Name) -> Type {
        if let Some(found) = ty.field(&name.text) {
            return found;
        }
        let ty_shown = shown(ty);
        let (text, at) = (name.text.as_str(), name.span);
        let legal = ty.field_names();
        let legal: Vec<&str> = legal.iter().map(|name| &**name).collect();
        let found = match &ty.kind {
            Kind::Record(_) | Kind::File => names::unknown_field(&ty_shown, text, at, &legal),
            Kind::Union(members) if members.iter().any(|member| member.field(text).is_some()) => {
                if self.is_in_doubt() {
                    return Type::unknown();
                }
                let tag = ty.discriminant().map_or_else(|| "its tag".to_owned(), |tag| tag.to_string());
                names::field_of_some(&ty_shown, text, at, &tag)
            }
            Kind::Union(_) if ty.discriminant().is_some() => names::unknown_field(&ty_shown, text, at, &legal),
            Kind::Json => names::field_of_json(text, at),
            Kind::Map(_) => names::field_of_map(text, at),
            _ => names::no_fields(&ty_shown, text, at),
        };
        self.report(found);
        Type::unknown()
    }

    /// `base[index]`: `T?`, since it may not be there.
    pub(super) fn index(&mut self, base: &ast::Expr, index: &ast::Expr, span: Span) -> Typed {
        let value = self.operand_present(base);
        let (want, element) = match &value.ty.kind {
            Kind::List(element) => (Want::new(Type::int(), "the position in a list"), (**element).clone()),
            Kind::Map(element) => (Want::new(Type::string(), "the key of a map"), (**element).clone()),
            Kind::Unknown | Kind::Never => {
                self.loosely(|body| body.infer(index));
                return Typed::unknown(span);
            }
            _ => {
                let key = self.loosely(|body| body.infer(index));
                let field = match &key.expr.kind {
                    ExprKind::Literal(Value::String(text)) if value.ty.field(text).is_some() => Some(&**text),
                    _ => None,
                };
                let rest = Span { start: base.span.end, ..span };
                return self.wrong(errors::not_indexed(&shown(&value.ty), base.span, field, rest), span);
            }
        };
        let index = self.loosely(|body| body.check(index, &want));
        let kind = ExprKind::Index(Box::new(value.expr), Box::new(index));
        Typed { expr: Expr { kind, span }, ty: element.optional() }
    }
}

//! Lists, comprehensions and records.

use std::borrow::Cow;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::base::span::Span;
use crate::sema::errors::{names, shown, types as errors};
use crate::sema::expr::{Body, Typed, Want, literal_text, widened};
use crate::sema::naming::composed;
use crate::sema::pattern::join_or_clash;
use crate::sema::scope::Binding;
use crate::syntax::ast::{self, Comprehension, Name, RecordEntry};
use crate::value::expr::{Entry, Expr, ExprKind, Var};
use crate::value::types::{Field, Kind, Type};

impl Body<'_, '_> {
    /// `[a, b]`, of whatever type.
    pub(super) fn list(&mut self, items: &[ast::Expr], span: Span) -> Typed {
        let values: Vec<Typed> = self.loosely(|body| items.iter().map(|item| body.infer(item)).collect());
        let types: Vec<Type> = values.iter().map(|value| value.ty.clone()).collect();
        match join_or_clash(&types) {
            Ok(element) => {
                let mut items: Vec<Expr> = values.into_iter().map(|value| widened(value, &element)).collect();
                // They stand where the types stood too.
                items.shrink_to_fit();
                Typed { expr: Expr { kind: ExprKind::List(items), span }, ty: Type::list(element) }
            }
            Err(clash) => {
                let found = errors::no_common_type(
                    "the elements of a list",
                    (&values[0], &items[0]),
                    (&values[clash], &items[clash]),
                );
                self.wrong(found, span)
            }
        }
    }

    /// The same where a type is wanted.
    pub(super) fn list_against(&mut self, items: &[ast::Expr], element: &Type, want: &Want, span: Span) -> Expr {
        let want = want.part(element.clone(), format!("an element of {}", want.what));
        let items = self.loosely(|body| items.iter().map(|item| body.check(item, &want)).collect());
        Expr { kind: ExprKind::List(items), span }
    }

    /// `[body for item in source if condition]`, of whatever type.
    pub(super) fn comprehension(&mut self, written: &Comprehension, span: Span) -> Typed {
        let mut ty = Type::unknown();
        let expr = self.each(written, span, |body, inner| {
            let value = body.infer(inner);
            // What is left of a union may be what the condition says.
            let doubtful = matches!(value.ty.kind, Kind::Union(_)) && body.is_in_doubt();
            ty = if doubtful { Type::unknown() } else { value.ty };
            value.expr
        });
        Typed { expr, ty: Type::list(ty) }
    }

    /// The same where a type is wanted.
    pub(super) fn comprehension_against(
        &mut self,
        written: &Comprehension,
        element: &Type,
        want: &Want,
        span: Span,
    ) -> Expr {
        let want = want.part(element.clone(), format!("an element of {}", want.what));
        self.each(written, span, |body, inner| body.check(inner, &want))
    }

    fn each(
        &mut self,
        written: &Comprehension,
        span: Span,
        inside: impl FnOnce(&mut Self, &ast::Expr) -> Expr,
    ) -> Expr {
        let before = std::mem::replace(&mut self.tight, false);
        let (source, item) = self.source(&written.source);
        let local = self.locals;
        self.locals += 1;
        self.check_free(&written.item);
        let var = Var::Local(local);
        self.frame_mut().open(Binding::given(&written.item.text, written.item.span, var, item));
        let mark = self.frame().facts.mark();
        let condition = written.condition.as_ref().map(|condition| {
            let condition = self.condition(condition, "the `if` of a comprehension");
            self.check_constant(&condition);
            self.assume_here(&condition, true);
            Box::new(condition)
        });
        let body = Box::new(inside(self, &written.body));
        self.forget(mark);
        self.frame_mut().close();
        self.locals = local;
        self.tight = before;
        Expr { kind: ExprKind::Comprehension { local, source: Box::new(source), condition, body }, span }
    }

    /// What is gone through: a list, and the type of its elements.
    pub fn source(&mut self, written: &ast::Expr) -> (Expr, Type) {
        let value = self.infer_present(written);
        let element = match &value.ty.kind {
            Kind::List(element) => (**element).clone(),
            Kind::Unknown => Type::unknown(),
            _ => {
                self.report(errors::not_a_list(&shown(&value.ty), written));
                Type::unknown()
            }
        };
        (value.expr, element)
    }

    /// Reports a name that is bound here and means something else around it.
    pub fn check_free(&mut self, name: &Name) {
        let first = match self.find(&name.text) {
            Some((frame, place)) => Some(self.frames[frame].binding(place).span),
            None => self.ctx.constant_named(self.module, &name.text),
        };
        if let Some(first) = first {
            self.report(names::hides(&name.text, name.span, first));
        }
    }

    /// `{ a: 1, ..r }`, of whatever type.
    pub(super) fn record(&mut self, written: &[RecordEntry], span: Span) -> Typed {
        self.check_twice(written);
        let mut fields: IndexMap<Arc<str>, Field> = IndexMap::new();
        let mut known = true;
        let entries = self.loosely(|body| {
            let each = written.iter().map(|entry| match parts(entry) {
                (Some(name), value) => {
                    let value = body.infer_entry(name, value);
                    fields.insert(Arc::from(name.text.as_str()), as_field(value.ty));
                    Entry::Field(Arc::from(name.text.as_str()), value.expr)
                }
                (None, Some(value)) => {
                    let spread = body.spread(value);
                    known &= !spread.ty.is_unknown();
                    merge(&mut fields, &spread.ty);
                    Entry::Spread(spread.expr)
                }
                (None, None) => Entry::Spread(Typed::unknown(span).expr),
            });
            each.collect()
        });
        let ty = if known { Type::of(Kind::Record(Arc::new(fields))) } else { Type::unknown() };
        Typed { expr: Expr { kind: ExprKind::Record(entries), span }, ty }
    }

    fn infer_entry(&mut self, name: &Name, value: Option<&ast::Expr>) -> Typed {
        match value {
            Some(value) => self.infer(value),
            None => {
                self.mark_short(name);
                self.name(&name.text, name.span)
            }
        }
    }

    fn mark_short(&mut self, name: &Name) {
        if let Some((frame, place)) = self.find(&name.text) {
            self.frames[frame].binding_mut(place).short = true;
        }
    }

    fn spread(&mut self, written: &ast::Expr) -> Typed {
        let value = self.infer_present(written);
        if matches!(value.ty.kind, Kind::Record(_) | Kind::Unknown) {
            return value;
        }
        self.wrong(errors::not_spread(&shown(&value.ty), written.span), written.span)
    }

    fn check_twice(&mut self, written: &[RecordEntry]) {
        let mut seen: IndexMap<Cow<'_, str>, &Name> = IndexMap::new();
        for entry in written {
            let (Some(name), _) = parts(entry) else { continue };
            if let Some(first) = seen.insert(composed(&name.text), name) {
                self.report(names::field_twice(name, first));
            }
        }
    }

    /// The same where a record, a union of records or a map is wanted.
    pub(super) fn record_against(
        &mut self,
        written: &[RecordEntry],
        shape: &Type,
        want: &Want,
        whole: &ast::Expr,
    ) -> Expr {
        match &shape.kind {
            Kind::Map(element) => self.map_against(written, element, want, whole.span),
            Kind::Union(_) => match self.member_meant(written, shape) {
                Some(member) => self.record_against(written, &member, want, whole),
                None => {
                    let found = self.record(written, whole.span);
                    self.coerce(found, whole, want)
                }
            },
            Kind::Record(fields) if !has_spread(written) => {
                self.fields_against(written, fields, shape, want, whole.span)
            }
            _ => {
                let found = self.record(written, whole.span);
                self.coerce(found, whole, want)
            }
        }
    }

    /// The member of a union that the literal field of a record names.
    fn member_meant(&mut self, written: &[RecordEntry], union: &Type) -> Option<Type> {
        let tag = union.discriminant()?;
        let value = written.iter().find_map(|entry| match parts(entry) {
            (Some(name), Some(value)) if *name.text == *tag => Some(value),
            _ => None,
        })?;
        let ast::ExprKind::String(_) = &value.kind else { return None };
        let text = literal_text(&self.infer(value).expr)?.clone();
        let member = union.narrow_by_literal(&tag, &text, true);
        matches!(member.kind, Kind::Record(_)).then_some(member)
    }

    fn map_against(&mut self, written: &[RecordEntry], element: &Type, want: &Want, span: Span) -> Expr {
        self.check_twice(written);
        let entries = self.loosely(|body| {
            let each = written.iter().map(|entry| match parts(entry) {
                (Some(name), value) => {
                    let part = want.part(element.clone(), format!("`{}`", name.text));
                    Entry::Field(Arc::from(name.text.as_str()), body.check_entry(name, value, &part))
                }
                (None, Some(value)) => {
                    let part = want.part(Type::map(element.clone()), want.what.clone());
                    Entry::Spread(body.check(value, &part))
                }
                (None, None) => Entry::Spread(Typed::unknown(span).expr),
            });
            each.collect()
        });
        Expr { kind: ExprKind::Record(entries), span }
    }

    fn check_entry(&mut self, name: &Name, value: Option<&ast::Expr>, want: &Want) -> Expr {
        match value {
            Some(value) => self.check(value, want),
            None => {
                self.mark_short(name);
                let short = ast::Expr { kind: ast::ExprKind::Name(name.text.clone()), span: name.span };
                self.check(&short, want)
            }
        }
    }

    fn fields_against(
        &mut self,
        written: &[RecordEntry],
        fields: &IndexMap<Arc<str>, Field>,
        shape: &Type,
        want: &Want,
        span: Span,
    ) -> Expr {
        self.check_twice(written);
        let given = |wanted: &str| written.iter().any(|entry| parts(entry).0.is_some_and(|name| name.text == wanted));
        let missing: Vec<&str> = fields
            .iter()
            .filter(|(name, field)| !field.may_be_absent() && !given(name))
            .map(|(name, _)| &**name)
            .collect();
        let strange =
            |entry: &&RecordEntry| parts(entry).0.is_some_and(|name| !fields.contains_key(name.text.as_str()));
        // One that lacks and one that is too many are one slip: another name for it.
        let renamed = missing.len() == 1 && written.iter().filter(strange).count() == 1;
        let legal: Vec<&str> = if renamed { missing.clone() } else { fields.keys().map(|name| &**name).collect() };
        let mut entries = Vec::new();
        for (name, value) in written.iter().map(parts) {
            let Some(name) = name else { continue };
            let expr = match fields.get(name.text.as_str()) {
                Some(field) => {
                    let part = want.part(field.read(), format!("`{}`", name.text));
                    self.loosely(|body| body.check_entry(name, value, &part))
                }
                None => {
                    self.report(errors::field_not_wanted(&name.text, name.span, shape, want, &legal));
                    self.loosely(|body| body.infer_entry(name, value)).expr
                }
            };
            entries.push(Entry::Field(Arc::from(name.text.as_str()), expr));
        }
        if !missing.is_empty() && !renamed && !self.misspelt(written, fields) {
            self.report(errors::fields_missing(&missing, span, shape, want));
        }
        Expr { kind: ExprKind::Record(entries), span }
    }

    /// Whether a field is there under a name that is not legal: one slip, one message.
    fn misspelt(&self, written: &[RecordEntry], fields: &IndexMap<Arc<str>, Field>) -> bool {
        let legal: Vec<&str> = fields.keys().map(|name| &**name).collect();
        written.iter().filter_map(|entry| parts(entry).0).any(|name| {
            !fields.contains_key(name.text.as_str()) && crate::base::nearest::nearest(&name.text, &legal).is_some()
        })
    }
}

/// Name and value of an entry: `b` alone has no value of its own, a spread has no name.
fn parts(entry: &RecordEntry) -> (Option<&Name>, Option<&ast::Expr>) {
    match entry {
        RecordEntry::Field(name, value) => (Some(name), Some(value)),
        RecordEntry::Short(name) => (Some(name), None),
        RecordEntry::Spread(value) => (None, Some(value)),
    }
}

fn has_spread(written: &[RecordEntry]) -> bool {
    written.iter().any(|entry| matches!(entry, RecordEntry::Spread(_)))
}

/// The field that a value of a record literal makes.
fn as_field(ty: Type) -> Field {
    Field::required(ty)
}

/// Fields that are spread into a record: those that may be missing there leave what was before.
fn merge(fields: &mut IndexMap<Arc<str>, Field>, spread: &Type) {
    let Kind::Record(more) = &spread.kind else { return };
    for (name, field) in more.iter() {
        let merged = match fields.get(name) {
            Some(before) if field.optional => {
                let either = Type::join_all(&[before.ty.clone(), field.ty.clone()]);
                Field { ty: either.unwrap_or_else(Type::unknown), optional: before.optional }
            }
            _ => field.clone(),
        };
        fields.insert(name.clone(), merged);
    }
}

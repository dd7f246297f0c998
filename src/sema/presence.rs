//! Presence: when a value is surely there, and what to say where it may not be.

use std::sync::Arc;

use crate::base::span::Span;
use crate::sema::errors::{presence as errors, shown};
use crate::sema::expr::{Body, Typed};
use crate::sema::facts::{Narrow, Path, Range};
use crate::sema::scope::{Absence, Binding, Place, Root};
use crate::syntax::ast;
use crate::value::expr::{Expr, Observe, Var};
use crate::value::types::{Kind, Type};

/// Why a stage or `let` may be absent at the place that reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cause {
    /// A condition that is not known to hold here: its place, and whether it must be true.
    Condition(Span, bool),
    /// Something of its own.
    Own(Span, &'static str),
    /// Here is `finally`.
    Finally,
}

impl Body<'_, '_> {
    /// The type of a binding as seen from here: `T?` unless it is known to be there, narrowed by what is known.
    pub fn seen(&self, frame: usize, binding: &Binding) -> Type {
        let ty = binding.ty.clone().filter(|_| !binding.twice).unwrap_or_else(Type::unknown);
        let Some(var) = binding.var.filter(|_| !binding.twice) else { return ty };
        let ty = if self.causes(frame, binding).is_empty() { ty } else { ty.optional() };
        self.narrowed(&Path { root: Root { frame, var }, fields: Vec::new() }, ty)
    }

    /// Why a binding may be absent here; empty if it cannot be.
    pub fn causes(&self, frame: usize, binding: &Binding) -> Vec<Cause> {
        let finally = self.frames[frame].in_finally && !binding.finally && binding.unsure_in_finally;
        // Most are always there: nothing has to be looked up for them.
        if !finally && binding.guard.is_empty() && binding.absences.is_empty() {
            return Vec::new();
        }
        if let Some(Var::Stage(stage)) = binding.var
            && self.observed_as(Observe::Succeeded, frame, stage, true)
        {
            return Vec::new();
        }
        if finally {
            return vec![Cause::Finally];
        }
        if let Some(lit) = self.unmet(&binding.guard) {
            return vec![Cause::Condition(lit.atom.span, lit.stated)];
        }
        let without_failure = match binding.var {
            Some(Var::Stage(stage)) => binding.only_failure && self.observed_as(Observe::Failed, frame, stage, false),
            _ => false,
        };
        if without_failure {
            return Vec::new();
        }
        binding.absences.iter().map(|Absence::At(span, why)| Cause::Own(*span, why)).collect()
    }

    pub fn observed_as(&self, what: Observe, frame: usize, stage: u32, holds: bool) -> bool {
        let key = self.observation_key(what, frame, stage);
        self.truth(&key).is_some_and(|truth| truth.holds == holds)
    }

    /// What is left of the type of the value at a path, by all that is known of it here.
    pub fn narrowed(&self, path: &Path, ty: Type) -> Type {
        // Nothing is left out of any other type, however much is known: thousands of early exits may look at one text.
        if !matches!(ty.kind, Kind::Optional(_) | Kind::Union(_) | Kind::Literal(_)) {
            return ty;
        }
        self.frames.iter().fold(ty, |ty, frame| frame.facts.narrows(path, frame.at).fold(ty, apply))
    }

    /// The type of an expression by what is known of it here.
    pub fn narrow_expr(&self, expr: &Expr, ty: Type) -> Type {
        match self.path_of(expr) {
            Some(path) => self.narrowed(&path, ty),
            None => ty,
        }
    }

    /// Demands that a value is there: what may be absent is reported, and goes on as if it were there.
    pub fn present(&mut self, value: Typed, written: &ast::Expr, way_out: WayOut<'_>) -> Typed {
        if !value.ty.is_optional() {
            return value;
        }
        if value.ty.kind == Kind::Null {
            return self.wrong(errors::null(written.span), value.expr.span);
        }
        let ty = value.ty.without_null();
        self.report_absent(&value, written, &ty, way_out);
        Typed { ty, ..value }
    }

    /// Reports that a value may be absent where `wanted` is needed, once a statement.
    pub fn report_absent(&mut self, value: &Typed, written: &ast::Expr, wanted: &Type, way_out: WayOut<'_>) {
        if self.is_in_doubt() {
            return;
        }
        let causes = self.causes_of(&value.expr);
        let what = written_name(written);
        let fix = self.fix_of(written, wanted, way_out);
        let found = errors::may_be_absent(what.as_deref(), written.span, &shown(&value.ty), &causes, fix);
        self.report(found);
        if let Some(path) = self.path_of(&value.expr) {
            let here = Range::at(self.frame().at);
            self.frame_mut().facts.add_narrow(path, here, Narrow::Present);
        }
    }

    fn causes_of(&self, expr: &Expr) -> Vec<Cause> {
        let Some(Path { root, .. }) = self.path_of(expr) else { return Vec::new() };
        match self.binding_of(root) {
            Some(binding) => self.causes(root.frame, &binding),
            None => Vec::new(),
        }
    }

    /// The binding of a variable of a frame.
    pub fn binding_of(&self, root: Root) -> Option<Binding> {
        let frame = self.frames.get(root.frame)?;
        let named = frame.bindings.iter().position(|binding| binding.var == Some(root.var)).map(Place::Named);
        let place = named
            .or_else(|| frame.scoped.iter().rposition(|binding| binding.var == Some(root.var)).map(Place::Scoped))?;
        Some(frame.binding(place).clone())
    }

    fn fix_of(&self, written: &ast::Expr, wanted: &Type, way_out: WayOut<'_>) -> errors::Repair {
        let (insert, end, ty) = match way_out {
            WayOut::Words => return errors::Repair::Words,
            WayOut::Default => (None, written.span, wanted.clone()),
            WayOut::Field(whole, name) => {
                let read = wanted.field(name).unwrap_or_else(Type::unknown);
                (Some(written.span.after()), whole, read)
            }
        };
        match stand_in(&ty) {
            Some(default) => errors::Repair::Default { mark: insert, whole: end, default, tight: self.tight },
            None => errors::Repair::Words,
        }
    }
}

/// How the absence of a value could be provided for.
#[derive(Debug, Clone, Copy)]
pub(super) enum WayOut<'w> {
    /// `x ?? …`.
    Default,
    /// Nothing can be written at this place.
    Words,
    /// `x?.field ?? …`: the whole expression and the field.
    Field(Span, &'w str),
}

fn apply(ty: Type, narrow: &Narrow) -> Type {
    match narrow {
        Narrow::Present => match ty.kind {
            Kind::Optional(_) => ty.without_null(),
            _ => ty,
        },
        Narrow::Absent => match ty.kind {
            Kind::Optional(_) => Type::null(),
            _ => ty,
        },
        Narrow::OneOf(texts) => one_of(&ty.without_null(), texts),
        Narrow::NoneOf(texts) => texts.iter().fold(ty, |ty, text| ty.narrow_literal(text, false)),
        Narrow::Field(field, inner) => by_field(ty, field, inner),
    }
}

fn one_of(ty: &Type, texts: &[Arc<str>]) -> Type {
    match &ty.kind {
        Kind::Union(_) => {
            let left: Vec<Type> = texts.iter().map(|text| ty.narrow_literal(text, true)).collect();
            let left = left.into_iter().filter(|ty| ty.kind != Kind::Never).collect();
            Type::union(left).unwrap_or_else(|_| ty.clone())
        }
        _ => ty.clone(),
    }
}

fn by_field(ty: Type, field: &str, narrow: &Narrow) -> Type {
    let inner = ty.without_null();
    if !matches!(inner.kind, Kind::Union(_)) {
        return ty;
    }
    match narrow {
        Narrow::OneOf(texts) => {
            let left: Vec<Type> = texts.iter().map(|text| inner.narrow_by_literal(field, text, true)).collect();
            let left = left.into_iter().filter(|ty| ty.kind != Kind::Never).collect();
            Type::union(left).unwrap_or(inner)
        }
        Narrow::NoneOf(texts) => texts.iter().fold(ty, |ty, text| ty.narrow_by_literal(field, text, false)),
        _ => ty,
    }
}

/// A name, or names joined by dots, as written.
pub(super) fn written_name(expr: &ast::Expr) -> Option<String> {
    match &expr.kind {
        ast::ExprKind::Name(name) => Some(name.clone()),
        ast::ExprKind::Field(base, name) => Some(format!("{}.{}", written_name(base)?, name.text)),
        ast::ExprKind::OptionalField(base, name) => Some(format!("{}?.{}", written_name(base)?, name.text)),
        ast::ExprKind::Paren(inner) => written_name(inner),
        _ => None,
    }
}

/// A value that could stand in for an absent one: for a suggestion.
fn stand_in(ty: &Type) -> Option<String> {
    Some(match &ty.without_null().kind {
        Kind::Bool => "true".into(),
        Kind::Int => "0".into(),
        Kind::Float => "0.0".into(),
        Kind::String => "\"\"".into(),
        Kind::Duration => "0s".into(),
        Kind::Money => "0usd".into(),
        Kind::Tokens => "0tok".into(),
        Kind::Size => "0B".into(),
        Kind::List(_) => "[]".into(),
        Kind::Literal(text) => format!("{:?}", &**text),
        Kind::Union(members) => match &members.first()?.kind {
            Kind::Literal(text) => format!("{:?}", &**text),
            _ => return None,
        },
        _ => return None,
    })
}

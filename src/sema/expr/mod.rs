//! Expressions: the type of each, and the resolved tree of those that are right.

mod access;
mod branch;
mod cast;
mod collection;
mod function;
mod observe;
mod operator;
mod text;

use std::borrow::Cow;
use std::sync::Arc;

use crate::base::span::Span;
use crate::diag::Diagnostic;
use crate::sema::context::Context;
use crate::sema::errors::types as errors;
use crate::sema::presence::WayOut;
use crate::sema::scope::Frame;
use crate::sema::testing::Asking;
use crate::syntax::ast;
use crate::value::Value;
use crate::value::expr::{Expr, ExprKind, Var};
use crate::value::operator::needs_widening;
use crate::value::types::{Kind, Type};

pub(super) use observe::outcome_type;

/// Checks what stands in one place: the frames around it, from the outside in, and what may be mentioned there.
pub(super) struct Body<'c, 'a> {
    /// What all places share.
    pub ctx: &'c mut Context<'a>,
    /// The file.
    pub module: usize,
    /// At least one.
    pub frames: Vec<Frame>,
    /// Whether secrets may be mentioned.
    pub secrets: Secrets,
    /// How many variables of comprehensions there are around this place.
    pub locals: u32,
    /// Whether an operator around this place binds tighter than `??`.
    pub tight: bool,
    /// Whether `unchanged` may stand here.
    pub in_stop_when: bool,
    /// Whether `result_schema` may stand here: a command.
    pub result_schema: bool,
    /// Whether a file may be interpolated: it is attached there.
    pub attaches_files: bool,
    /// Who asks about a run: expectations of a test, a property.
    pub asking: Option<Asking>,
    /// How many expressions there are around the one that is being checked.
    depth: u32,
}

/// Whether secrets may be mentioned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secrets {
    /// Yes.
    Allowed,
    /// No: what place this is, for the message.
    Forbidden(&'static str),
}

/// An expression with its type.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    /// The resolved tree.
    pub expr: Expr,
    /// Its type as seen from where it stands.
    pub ty: Type,
}

impl Typed {
    /// What a mistake is made into: it silences what follows. A variable that nothing binds, and no other mistake has, so that
    /// nobody takes it for a constant or for equal to another.
    pub fn unknown(span: Span) -> Self {
        let kind = ExprKind::Var(Var::Local(UNBOUND | span.start));
        Self { expr: Expr { kind, span }, ty: Type::unknown() }
    }

    /// A value that is written out.
    pub fn value(value: Value, ty: Type, span: Span) -> Self {
        Self { expr: literal(value, span), ty }
    }
}

/// Set in the number of a variable that nothing binds.
const UNBOUND: u32 = 1 << 31;

/// Whether it is what a mistake was made into: said already.
pub(super) fn is_unknown(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Var(Var::Local(local)) if local & UNBOUND != 0)
}

/// What a place wants.
#[derive(Debug, Clone)]
pub(super) struct Want {
    /// The type.
    pub ty: Type,
    /// What wants it, as the subject of a sentence: `` `timeout` ``, "the result".
    pub what: Cow<'static, str>,
    /// Where that is said, with a few words.
    pub declared: Option<(Span, Cow<'static, str>)>,
}

impl Want {
    /// A type that nothing declares.
    pub fn new(ty: Type, what: impl Into<Cow<'static, str>>) -> Self {
        Self { ty, what: what.into(), declared: None }
    }

    /// Adds where it is declared.
    pub fn declared(mut self, span: Span, label: impl Into<Cow<'static, str>>) -> Self {
        self.declared = Some((span, label.into()));
        self
    }

    /// The same for a part.
    fn part(&self, ty: Type, what: impl Into<Cow<'static, str>>) -> Self {
        Self { ty, what: what.into(), declared: self.declared.clone() }
    }
}

/// An expression of a kind at a place.
pub(super) fn spanned(kind: ExprKind, span: Span) -> Expr {
    Expr { kind, span }
}

/// A constant as an expression.
pub(super) fn literal(value: Value, span: Span) -> Expr {
    Expr { kind: ExprKind::Literal(value), span }
}

impl<'c, 'a> Body<'c, 'a> {
    /// A place in a file with one frame around it.
    pub fn new(ctx: &'c mut Context<'a>, module: usize, frame: Frame) -> Self {
        let secrets = Secrets::Forbidden("a workflow");
        Self {
            ctx,
            module,
            frames: vec![frame],
            secrets,
            locals: 0,
            tight: false,
            in_stop_when: false,
            result_schema: false,
            attaches_files: false,
            asking: None,
            depth: 0,
        }
    }

    /// The innermost frame.
    pub fn frame(&self) -> &Frame {
        self.frames.last().expect("a place has a frame")
    }

    /// The innermost frame, to be changed.
    pub fn frame_mut(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("a place has a frame")
    }

    /// Reports a mistake.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.ctx.report(diagnostic);
    }

    /// An expression where a certain type is wanted. Looks into literals and branches for the smallest wrong part.
    pub fn check(&mut self, written: &ast::Expr, want: &Want) -> Expr {
        self.depth += 1;
        let found = self.check_part(written, want);
        self.depth -= 1;
        if self.depth == 0 {
            self.check_calculations(&found);
        }
        found
    }

    fn check_part(&mut self, written: &ast::Expr, want: &Want) -> Expr {
        if want.ty.is_unknown() {
            return self.infer(written).expr;
        }
        let shape = want.ty.without_null();
        match (&written.kind, &shape.kind) {
            (ast::ExprKind::Paren(inner), _) => self.loosely(|body| body.check(inner, want)),
            (ast::ExprKind::List(items), Kind::List(element)) => self.list_against(items, element, want, written.span),
            (ast::ExprKind::Record(entries), Kind::Record(_) | Kind::Map(_) | Kind::Union(_)) => {
                self.record_against(entries, &shape, want, written)
            }
            (ast::ExprKind::If(condition, then, otherwise), _) => {
                self.if_against(condition, then, otherwise, want, written.span)
            }
            (ast::ExprKind::Match(subject, arms), _) => self.match_against(subject, arms, want, written.span),
            (ast::ExprKind::Comprehension(comprehension), Kind::List(element)) => {
                self.comprehension_against(comprehension, element, want, written.span)
            }
            _ => {
                let found = self.infer(written);
                self.coerce(found, written, want)
            }
        }
    }

    /// Makes a value fit what is wanted, or reports that it does not.
    pub fn coerce(&mut self, found: Typed, written: &ast::Expr, want: &Want) -> Expr {
        if found.ty.fits(&want.ty) {
            return widened(found, &want.ty);
        }
        if found.ty.has_unknown() {
            // Part of it is reported already, and may be what does not fit.
            return found.expr;
        }
        if found.ty.is_optional() && found.ty.kind != Kind::Null && found.ty.without_null().fits(&want.ty) {
            self.report_absent(&found, written, &want.ty, WayOut::Default);
        } else {
            self.report(errors::mismatch(&found, written, want));
        }
        found.expr
    }

    /// The type and tree of an expression.
    pub fn infer(&mut self, written: &ast::Expr) -> Typed {
        self.depth += 1;
        let found = self.infer_part(written);
        self.depth -= 1;
        if self.depth == 0 {
            self.check_calculations(&found.expr);
        }
        found
    }

    fn infer_part(&mut self, written: &ast::Expr) -> Typed {
        use ast::ExprKind as Written;
        let span = written.span;
        if let Some(found) = self.asked(written) {
            return found;
        }
        match &written.kind {
            Written::Null => Typed::value(Value::Null, Type::null(), span),
            Written::Bool(value) => Typed::value(Value::Bool(*value), Type::bool(), span),
            Written::Int(value) => Typed::value(Value::Int(*value), Type::int(), span),
            Written::Float(value) => Typed::value(Value::Float(*value), Type::float(), span),
            Written::Duration(ms) => Typed::value(Value::Duration(*ms), Type::duration(), span),
            Written::Money(micros) => Typed::value(Value::Money(*micros), Type::money(), span),
            Written::Tokens(count) => Typed::value(Value::Tokens(*count), Type::tokens(), span),
            Written::Size(bytes) => Typed::value(Value::Size(*bytes), Type::size(), span),
            Written::String(parts) => self.text(parts, span),
            Written::Name(name) => self.name(name, span),
            Written::Field(base, name) => self.field(written, base, name),
            Written::OptionalField(base, name) => self.optional_field(base, name, span),
            Written::Index(base, index) => self.index(base, index, span),
            Written::Call(callee, args) => self.function(callee, args, span),
            Written::Not(inner) => self.not(inner, span),
            Written::Negate(inner) => self.negate(inner, span),
            Written::Binary(op, at, left, right) => self.binary(*op, *at, left, right, span),
            Written::If(condition, then, otherwise) => self.if_else(condition, then, otherwise, span),
            Written::Match(subject, arms) => self.match_value(subject, arms, span),
            Written::List(items) => self.list(items, span),
            Written::Comprehension(comprehension) => self.comprehension(comprehension, span),
            Written::Record(entries) => self.record(entries, span),
            Written::As(inner, ty) => self.cast(inner, ty, span),
            Written::Paren(inner) => self.loosely(|body| body.infer(inner)),
            Written::Broken => Typed::unknown(span),
        }
    }

    /// A value that has to be there, of any type.
    pub fn infer_present(&mut self, written: &ast::Expr) -> Typed {
        let value = self.infer(written);
        self.present(value, written, WayOut::Default)
    }

    /// An operand of an operator that binds tighter than `??`.
    fn operand(&mut self, written: &ast::Expr) -> Typed {
        let before = std::mem::replace(&mut self.tight, true);
        let value = self.infer(written);
        self.tight = before;
        value
    }

    /// The same, and it has to be there.
    fn operand_present(&mut self, written: &ast::Expr) -> Typed {
        let before = std::mem::replace(&mut self.tight, true);
        let value = self.infer(written);
        let value = self.present(value, written, WayOut::Default);
        self.tight = before;
        value
    }

    /// What stands between brackets: nothing around them binds to it.
    fn loosely<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.tight, false);
        let result = inside(self);
        self.tight = before;
        result
    }

    /// Checks something while secrets may, or may not, be mentioned.
    pub fn with_secrets<T>(&mut self, secrets: Secrets, inside: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.secrets, secrets);
        let result = inside(self);
        self.secrets = before;
        result
    }
}

/// The same value in the form that a wider type has.
pub(super) fn widened(found: Typed, wider: &Type) -> Expr {
    if !needs_widening(&found.ty, wider) {
        return found.expr;
    }
    let span = found.expr.span;
    let ty = wider.without_labels();
    match found.expr.kind {
        ExprKind::Literal(Value::Int(number)) if matches!(ty.without_null().kind, Kind::Float) => {
            literal(Value::Float(number as f64), span)
        }
        _ => Expr { kind: ExprKind::Widen(Box::new(found.expr), Box::new(ty)), span },
    }
}

/// The text of a string literal.
pub(super) fn literal_text(expr: &Expr) -> Option<&Arc<str>> {
    match &expr.kind {
        ExprKind::Literal(Value::String(text)) => Some(text),
        _ => None,
    }
}

//! Patterns of a `match`: whether each can match, whether all that can come has an arm, what is known in an arm.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::base::span::Span;
use crate::sema::declared::literal_place;
use crate::sema::errors::shown;
use crate::sema::errors::types::{self as errors, NewArm};
use crate::sema::expr::{Body, Secrets, Typed, literal};
use crate::sema::facts::Mark;
use crate::sema::presence::WayOut;
use crate::syntax::ast::{self, PatternKind};
use crate::value::Value;
use crate::value::expr::{BinaryOp, Expr, ExprKind, Pattern};
use crate::value::types::{Kind, Type};

/// The patterns of an arm as written.
pub(super) struct Written<'a> {
    /// The patterns.
    pub patterns: &'a [ast::Pattern],
    /// Whether what it gives is text.
    pub text: bool,
    /// The arm.
    pub span: Span,
}

impl<'a> Written<'a> {
    /// An arm that gives a value, or does something.
    pub fn of(patterns: &'a [ast::Pattern], value: Option<&ast::Expr>, span: Span) -> Self {
        let text = value.is_some_and(|value| matches!(value.kind, ast::ExprKind::String(_)));
        Self { patterns, text, span }
    }
}

/// What can come.
enum Domain {
    /// One of these strings.
    Strings(Vec<Arc<str>>),
    /// `true` or `false`.
    Bools,
    /// Any string.
    AnyString,
    /// Any whole number.
    AnyInt,
    /// Nobody knows: already reported.
    Unknown,
}

impl Body<'_, '_> {
    /// Checks a subject and the patterns of its arms. The patterns come arm by arm.
    pub fn subject_and_patterns(
        &mut self,
        subject: &ast::Expr,
        arms: &[Written<'_>],
        span: Span,
    ) -> (Expr, Vec<Vec<Pattern>>) {
        let secrets = Secrets::Forbidden("a condition");
        let mut value = self.with_secrets(secrets, |body| body.infer(subject));
        let has_rest = arms.iter().any(|arm| arm.patterns.iter().any(|pattern| pattern.value == PatternKind::Any));
        if !has_rest {
            value = self.present(value, subject, WayOut::Default);
        }
        let domain = self.domain(&value, subject);
        self.check_patterns(&domain, arms);
        self.check_exhaustive(&domain, &value, subject, arms, has_rest, span);
        (value.expr, arms.iter().map(|arm| arm.patterns.iter().map(resolved).collect()).collect())
    }

    fn domain(&mut self, value: &Typed, subject: &ast::Expr) -> Domain {
        let ty = value.ty.without_null();
        if let Some(texts) = ty.as_literals() {
            return Domain::Strings(texts);
        }
        match &ty.kind {
            Kind::Bool => Domain::Bools,
            Kind::String => Domain::AnyString,
            Kind::Int => Domain::AnyInt,
            Kind::Unknown | Kind::Never => Domain::Unknown,
            _ => {
                let tag = ty.discriminant().map(|tag| tag.to_string());
                self.report(errors::not_matched(&shown(&ty), subject, tag.as_deref()));
                Domain::Unknown
            }
        }
    }

    fn check_patterns(&mut self, domain: &Domain, arms: &[Written<'_>]) {
        let mut seen: IndexMap<Pattern, Span> = IndexMap::new();
        let mut left = match domain {
            Domain::Strings(texts) => Some(texts.len()),
            Domain::Bools => Some(2),
            _ => None,
        };
        for pattern in arms.iter().flat_map(|arm| arm.patterns) {
            let one = resolved(pattern);
            if let Some(first) = seen.get(&one).or_else(|| seen.get(&Pattern::Any)) {
                self.report(errors::arm_again(pattern.span, *first));
                continue;
            }
            if one == Pattern::Any && left == Some(0) {
                self.report(errors::nothing_left(pattern.span));
            }
            if self.check_pattern(domain, pattern, arms) {
                left = left.map(|left| left.saturating_sub(1));
            }
            seen.insert(one, pattern.span);
        }
    }

    /// Whether a pattern matches something that can come; if not it is reported.
    fn check_pattern(&mut self, domain: &Domain, pattern: &ast::Pattern, arms: &[Written<'_>]) -> bool {
        let found = match (domain, &pattern.value) {
            (_, PatternKind::Any) | (Domain::Unknown, _) => return false,
            (Domain::Strings(texts), PatternKind::String(text)) => match texts.iter().any(|one| **one == **text) {
                true => return true,
                false => errors::pattern_never_matches(text, pattern.span, texts, &uncovered(texts, arms)),
            },
            (Domain::AnyString, PatternKind::String(_))
            | (Domain::AnyInt, PatternKind::Int(_))
            | (Domain::Bools, PatternKind::Bool(_)) => return true,
            (Domain::Strings(_) | Domain::AnyString, _) => errors::pattern_type(pattern.span, "string"),
            (Domain::AnyInt, _) => errors::pattern_type(pattern.span, "int"),
            (Domain::Bools, _) => errors::pattern_type(pattern.span, "bool"),
        };
        self.report(found);
        false
    }

    fn check_exhaustive(
        &mut self,
        domain: &Domain,
        value: &Typed,
        subject: &ast::Expr,
        arms: &[Written<'_>],
        has_rest: bool,
        span: Span,
    ) {
        // An arm that did not parse may be the one that is missing.
        if has_rest || self.ctx.before.has_errors_within(span) {
            return;
        }
        let has = |wanted: &PatternKind| arms.iter().any(|arm| arm.patterns.iter().any(|one| one.value == *wanted));
        let new = NewArm {
            end: arms.last().map_or(span, |arm| arm.span).after(),
            value: if arms.iter().any(|arm| arm.text) { "\"…\"" } else { "…" },
        };
        match domain {
            Domain::Unknown => {}
            Domain::AnyString | Domain::AnyInt => {
                self.report(errors::no_rest_arm(&shown(&value.ty), subject.span, &new));
            }
            Domain::Bools => {
                let missing = [true, false].iter().filter(|one| !has(&PatternKind::Bool(**one)));
                let missing: Vec<String> = missing.map(bool::to_string).collect();
                let all = ["true".to_owned(), "false".to_owned()];
                self.report_missing(subject.span, &missing, &all, None, &new);
            }
            Domain::Strings(texts) => {
                let gaps = uncovered(texts, arms);
                // Arms that never match were to be those that are missing: they are told where they stand.
                if gaps.len() == strays(texts, arms) {
                    return;
                }
                let quoted = |text: &Arc<str>| format!("\"{text}\"");
                let missing: Vec<String> = gaps.iter().map(|text| quoted(text)).collect();
                let all: Vec<String> = texts.iter().map(quoted).collect();
                let place = gaps.first().and_then(|gap| literal_place(self.ctx.modules, texts, gap));
                self.report_missing(subject.span, &missing, &all, place, &new);
            }
        }
    }

    fn report_missing(&mut self, at: Span, missing: &[String], all: &[String], declared: Option<Span>, new: &NewArm) {
        if !missing.is_empty() {
            self.report(errors::missing_arms(at, missing, all, declared, new));
        }
    }

    /// Assumes what is known in an arm: what its patterns say, and that no arm before it matches.
    pub fn assume_arm(&mut self, subject: &Expr, arms: &[Vec<Pattern>], index: usize) -> Mark {
        let mark = self.frame().facts.mark();
        let own = &arms[index];
        if own.contains(&Pattern::Any) {
            for pattern in arms[..index].iter().flatten() {
                if let Some(equal) = equal(subject, pattern) {
                    self.assume_here(&equal, false);
                }
            }
            return mark;
        }
        match own.as_slice() {
            [one] => {
                if let Some(equal) = equal(subject, one) {
                    self.assume_here(&equal, true);
                }
            }
            several => {
                let items = several.iter().filter_map(value).map(|value| literal(value, subject.span)).collect();
                let list = Expr { kind: ExprKind::List(items), span: subject.span };
                let kind = ExprKind::Binary(BinaryOp::In, Box::new(subject.clone()), Box::new(list));
                self.assume_here(&Expr { kind, span: subject.span }, true);
            }
        }
        mark
    }
}

/// The texts that no arm has.
fn uncovered<'t>(texts: &'t [Arc<str>], arms: &[Written<'_>]) -> Vec<&'t Arc<str>> {
    let has = |text: &str| patterns(arms).any(|one| matches!(one, PatternKind::String(other) if other == text));
    texts.iter().filter(|text| !has(text)).collect()
}

/// How many arms have texts that cannot come.
fn strays(texts: &[Arc<str>], arms: &[Written<'_>]) -> usize {
    let known = |text: &str| texts.iter().any(|one| **one == *text);
    patterns(arms).filter(|one| matches!(one, PatternKind::String(text) if !known(text))).count()
}

fn patterns<'p>(arms: &[Written<'p>]) -> impl Iterator<Item = &'p PatternKind> {
    arms.iter().flat_map(|arm| arm.patterns).map(|pattern| &pattern.value)
}

/// `subject == pattern`; of a `bool` the subject itself, or its opposite.
fn equal(subject: &Expr, pattern: &Pattern) -> Option<Expr> {
    let span = subject.span;
    let kind = match pattern {
        Pattern::Any => return None,
        Pattern::Bool(true) => return Some(subject.clone()),
        Pattern::Bool(false) => ExprKind::Not(Box::new(subject.clone())),
        _ => {
            let right = literal(value(pattern)?, span);
            ExprKind::Binary(BinaryOp::Equal, Box::new(subject.clone()), Box::new(right))
        }
    };
    Some(Expr { kind, span })
}

fn value(pattern: &Pattern) -> Option<Value> {
    match pattern {
        Pattern::String(text) => Some(Value::String(text.clone())),
        Pattern::Int(number) => Some(Value::Int(*number)),
        Pattern::Bool(value) => Some(Value::Bool(*value)),
        Pattern::Any => None,
    }
}

fn resolved(pattern: &ast::Pattern) -> Pattern {
    match &pattern.value {
        PatternKind::String(text) => Pattern::String(Arc::from(text.as_str())),
        PatternKind::Int(number) => Pattern::Int(*number),
        PatternKind::Bool(value) => Pattern::Bool(*value),
        PatternKind::Any => Pattern::Any,
    }
}

/// The type that all members of a list of types share, or the first two that share none.
pub(super) fn join_or_clash(types: &[Type]) -> Result<Type, usize> {
    if let Some(ty) = Type::join_all(types) {
        return Ok(ty);
    }
    let clash = (1..types.len()).find(|end| Type::join_all(&types[..=*end]).is_none());
    Err(clash.unwrap_or(types.len().saturating_sub(1)))
}

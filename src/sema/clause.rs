//! Clauses gathered by kind, and the values that they state.

use crate::base::span::Span;
use crate::base::unit::DURATION_MS_MAX;
use crate::sema::constant::value_of;
use crate::sema::context::Context;
use crate::sema::errors::policies as errors;
use crate::sema::expr::{Body, Secrets, Want, is_unknown};
use crate::sema::scope::{Frame, FrameKind};
use crate::syntax::ast::{
    self, ClauseKind, Name, Need, OnFailure, Priority, Repeat, RetryUse, Setting, SettingValue, Spanned,
};
use crate::value::Value;
use crate::value::expr::{Expr, ExprKind};
use crate::value::policy::Effects;
use crate::value::types::Type;

/// Whether the value of an expression is known only during the run.
pub(super) fn is_open(found: &Expr) -> bool {
    let mut open = false;
    found.walk(|part| open |= matches!(part.kind, ExprKind::Var(_)) && !is_unknown(part));
    open
}

/// The clauses of one stage, call or workflow.
#[derive(Default)]
pub(super) struct Clauses<'a> {
    /// Whether any is written.
    pub written: bool,
    /// `after`.
    pub after: Vec<&'a Name>,
    /// `when`.
    pub when: Option<&'a ast::Expr>,
    /// `retry`.
    pub retry: Option<(&'a RetryUse, Span)>,
    /// `timeout`.
    pub timeout: Option<(&'a ast::Expr, Span)>,
    /// `deadline`.
    pub deadline: Option<(&'a ast::Expr, Span)>,
    /// `priority`.
    pub priority: Option<&'a Priority>,
    /// `parallel`.
    pub parallel: Option<(&'a Spanned<i64>, Span)>,
    /// `label`.
    pub label: Option<&'a ast::Expr>,
    /// `repeat`.
    pub repeat: Option<(&'a Repeat, Span)>,
    /// `on failure` of a stage, in order.
    pub handlers: Vec<(&'a OnFailure, Span)>,
    /// `on failure cancel`.
    pub cancel_on_failure: bool,
    /// `need`.
    pub need: Option<(&'a Need, Span)>,
    /// `to role`.
    pub role: Option<&'a Spanned<String>>,
    /// `quorum`.
    pub quorum: Option<(&'a Spanned<i64>, Span)>,
    /// `not requester`.
    pub not_requester: Option<Span>,
    /// `cache`.
    pub cache: Option<(&'a ast::Expr, Span)>,
    /// `undo`: the call with its own clauses.
    pub undo: Option<(&'a ast::Call, &'a ast::Clauses, Span)>,
    /// `lock`.
    pub lock: Option<(&'a ast::Expr, Span)>,
    /// `budget`.
    pub budget: Option<(&'a [ast::Expr], Span)>,
}

impl<'a> Clauses<'a> {
    /// Gathers clauses by kind.
    pub fn gather(list: &'a [ast::Clause]) -> Self {
        let mut found = Self { written: !list.is_empty(), ..Self::default() };
        for clause in list {
            found.add(clause);
        }
        found
    }

    fn add(&mut self, clause: &'a ast::Clause) {
        let span = clause.span;
        match &clause.value {
            ClauseKind::After(names) => self.after.extend(names),
            ClauseKind::When(condition) => self.when = Some(condition),
            ClauseKind::Retry(retry) => self.retry = Some((retry, span)),
            ClauseKind::Timeout(value) => self.timeout = Some((value, span)),
            ClauseKind::Deadline(value) => self.deadline = Some((value, span)),
            ClauseKind::Priority(priority) => self.priority = Some(priority),
            ClauseKind::Parallel(count) => self.parallel = Some((count, span)),
            ClauseKind::Label(text) => self.label = Some(text),
            ClauseKind::Repeat(repeat) => self.repeat = Some((repeat, span)),
            ClauseKind::OnFailure(handler) => self.handlers.push((handler, span)),
            ClauseKind::OnFailureMode(cancel) => self.cancel_on_failure = *cancel,
            ClauseKind::Need(need) => self.need = Some((need, span)),
            ClauseKind::ToRole(role) => self.role = Some(role),
            ClauseKind::Quorum(count) => self.quorum = Some((count, span)),
            ClauseKind::NotRequester => self.not_requester = Some(span),
            ClauseKind::Cache(value) => self.cache = Some((value, span)),
            ClauseKind::Undo(call, clauses) => self.undo = Some((call, clauses, span)),
            ClauseKind::Lock(name) => self.lock = Some((name, span)),
            ClauseKind::Budget(values) => self.budget = Some((values, span)),
        }
    }
}

impl Body<'_, '_> {
    /// A duration that has to be known when the program is compiled: milliseconds above zero.
    pub fn duration(&mut self, written: &ast::Expr, what: &str) -> Option<i64> {
        let want = Want::new(Type::duration(), format!("`{what}`"));
        let found = self.check(written, &want);
        match value_of(&found) {
            Some(Value::Duration(ms)) if (1..=DURATION_MS_MAX).contains(&ms) => Some(ms),
            Some(Value::Duration(ms)) => {
                self.report(errors::duration_range(what, written.span, ms));
                None
            }
            // Of another type, or unknown: said already.
            Some(_) => None,
            None => {
                self.report_open(written, &found, what);
                None
            }
        }
    }

    /// Reports a value that is known only during the run. What is wrong in another way is said already.
    pub fn report_open(&mut self, written: &ast::Expr, found: &Expr, what: &str) {
        // What could not be read has been told.
        if !matches!(written.kind, ast::ExprKind::Broken) && is_open(found) {
            self.report(errors::not_constant(what, written.span));
        }
    }

    /// A count within bounds.
    pub fn count(&mut self, written: &Spanned<i64>, what: &str, least: i64, most: i64) -> Option<i64> {
        if (least..=most).contains(&written.value) {
            return Some(written.value);
        }
        self.report(errors::count_range(what, written.span, least, most));
        None
    }
}

/// A duration among constants only.
pub(super) fn constant_duration(ctx: &mut Context<'_>, module: usize, written: &ast::Expr, what: &str) -> Option<i64> {
    let mut body = Body::new(ctx, module, Frame::new(FrameKind::Constant));
    body.secrets = Secrets::Forbidden("a setting");
    body.duration(written, what)
}

/// The same where somebody else reports what is wrong.
pub(super) fn quiet_duration(ctx: &mut Context<'_>, module: usize, written: &ast::Expr) -> Option<i64> {
    let before = std::mem::replace(&mut ctx.muted, true);
    let found = constant_duration(ctx, module, written, "timeout");
    ctx.muted = before;
    found
}

/// The value of a setting `timeout D`.
pub(super) fn timeout_setting(setting: &Setting) -> Option<&ast::Expr> {
    match &setting.value {
        SettingValue::Expr(value) if setting.name.text == "timeout" => Some(value),
        _ => None,
    }
}

/// Effects as everybody calls them.
pub(super) fn effects(written: ast::Effects) -> Effects {
    match written {
        ast::Effects::None => Effects::None,
        ast::Effects::Reads => Effects::Reads,
        ast::Effects::WritesIdempotent => Effects::WritesIdempotent,
        ast::Effects::Writes => Effects::Writes,
        ast::Effects::Irreversible => Effects::Irreversible,
    }
}

/// Priorities as numbers.
pub(super) fn priority(written: &Priority) -> i64 {
    match written {
        Priority::Low => -10,
        Priority::Normal => 0,
        Priority::High => 10,
        Priority::Critical => 20,
        Priority::Number(number) => *number,
    }
}

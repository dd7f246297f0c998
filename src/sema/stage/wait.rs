//! `wait(D)` and `event("name", key: e) -> T`: what nobody is called for.

use crate::base::unit::DURATION_MS_MAX;
use crate::sema::clause::Clauses;
use crate::sema::constant::value_of;
use crate::sema::errors::people::{self as errors, Waits};
use crate::sema::errors::{names, policies};
use crate::sema::expr::{Body, Want};
use crate::sema::hir::{Call, Event, Target};
use crate::sema::stage::leaf::Called;
use crate::sema::stage::limit::Around;
use crate::sema::stage::nothing;
use crate::sema::types::{self, resolve};
use crate::syntax::ast;
use crate::value::Value;
use crate::value::expr::Expr;
use crate::value::types::Type;

impl<'a> Body<'_, 'a> {
    /// A durable timer. One whose length is known bounds itself.
    pub(super) fn wait(&mut self, wait: &'a ast::Wait, clauses: &Clauses<'a>, around: Around) -> Called {
        let duration = self.wait_duration(wait);
        self.check_no_attempts(clauses, Waits::Timer);
        let timeout = match known_wait(&duration) {
            Some(ms) => self.known_wait_limit(clauses, wait, ms, around),
            // What is wrong with it is said already, and it may have been a literal.
            None if !is_open(&duration) => None,
            None => self.wait_limit(clauses, wait.span, "wait", around),
        };
        Called::waiting(Call { timeout, ..Call::of(Target::Wait(Box::new(duration)), Type::null(), wait.span) })
    }

    fn wait_duration(&mut self, wait: &'a ast::Wait) -> Expr {
        let want = Want::new(Type::duration(), "`wait`");
        let [ast::Arg { name: None, value, .. }] = wait.args.as_slice() else {
            self.report(errors::wait_arguments(wait.span));
            self.arguments_of_nobody(&wait.args);
            return nothing(wait.span);
        };
        let duration = self.check(value, &want);
        if let Some(Value::Duration(ms)) = value_of(&duration)
            && !(1..=DURATION_MS_MAX).contains(&ms)
        {
            self.report(policies::duration_range("wait", value.span, ms));
            return nothing(wait.span);
        }
        duration
    }

    fn known_wait_limit(&mut self, clauses: &Clauses<'a>, wait: &ast::Wait, ms: i64, around: Around) -> Option<i64> {
        let timeout = clauses.timeout.and_then(|(value, at)| Some((self.duration(value, "timeout")?, at)));
        let limit = [timeout, around.deadline, self.enclosing()].into_iter().flatten().min_by_key(|(ms, _)| *ms);
        if let Some((limit, at)) = limit
            && ms >= limit
        {
            self.report(policies::wait_past_limit(wait.span, ms, at, limit));
        }
        timeout.map(|(ms, _)| ms)
    }

    /// A message from outside.
    pub(super) fn event(&mut self, event: &'a ast::Event, clauses: &Clauses<'a>, around: Around) -> Called {
        let (mut name, mut key) = (None, None);
        for (index, arg) in event.args.iter().enumerate() {
            match arg.name.as_ref() {
                None if index == 0 => name = Some(self.event_name(&arg.value)),
                Some(of) if of.text == "key" && key.is_none() => {
                    key = Some(self.check(&arg.value, &Want::new(Type::string(), "`key`")));
                }
                Some(of) => {
                    self.report(names::unknown_argument_of_builtin("event", &of.text, of.span, &["key"]));
                    self.infer(&arg.value);
                }
                None => {
                    self.report(errors::event_arguments(arg.span));
                    self.infer(&arg.value);
                }
            }
        }
        if name.is_none() || key.is_none() {
            self.report(errors::event_incomplete(event.span, name.is_none()));
        }
        let result = resolve(self.ctx, self.module, &event.payload, types::Place::Shape);
        self.check_no_attempts(clauses, Waits::Event);
        let timeout = self.wait_limit(clauses, event.span, "event", around);
        let key = key.unwrap_or_else(|| nothing(event.span));
        let target = Target::Event(Box::new(Event { name: name.unwrap_or_default(), key }));
        Called::waiting(Call { timeout, ..Call::of(target, result, event.span) })
    }

    fn event_name(&mut self, written: &'a ast::Expr) -> String {
        let found = self.check(written, &Want::new(Type::string(), "the name of the event"));
        match value_of(&found) {
            Some(Value::String(name)) if !name.is_empty() => name.to_string(),
            Some(Value::String(_)) => {
                self.report(errors::event_without_name(written.span));
                String::new()
            }
            Some(_) => String::new(),
            None => {
                self.report_open(written, &found, "the name of an event");
                String::new()
            }
        }
    }
}

/// The length of a `wait` that is known before the run.
pub(super) fn known_wait(duration: &Expr) -> Option<i64> {
    match value_of(duration) {
        Some(Value::Duration(ms)) => Some(ms),
        _ => None,
    }
}

fn is_open(expr: &Expr) -> bool {
    value_of(expr).is_none()
}

//! Limits around what a stage does, and those that can never be met.

use crate::base::span::Span;
use crate::sema::clause::Clauses;
use crate::sema::context::word;
use crate::sema::errors::{people, policies as errors};
use crate::sema::expr::Body;
use crate::sema::hir::Repeat;
use crate::sema::policy::least_pauses;
use crate::value::policy::Retry;

/// A limit, milliseconds, with the place that states it.
pub(in crate::sema) type Limit = (i64, Span);

/// What bounds a call besides its own `timeout`.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::sema) struct Around {
    /// The deadline of the stage, or that of the call in an arm or a race.
    pub deadline: Option<Limit>,
    /// It stands beside a `wait` of known length in one `first of`.
    pub beside_wait: bool,
}

impl<'a> Body<'_, 'a> {
    /// The shortest time that the workflow, or a body in braces and what is around it, may take.
    pub(super) fn enclosing(&self) -> Option<Limit> {
        self.frames.iter().filter_map(|frame| frame.limit).min_by_key(|(ms, _)| *ms)
    }

    /// A `deadline`, which cannot be longer than what is around it.
    pub(super) fn deadline(&mut self, clauses: &Clauses<'a>, outer: Option<Limit>) -> Option<Limit> {
        let (value, at) = clauses.deadline?;
        let ms = self.duration(value, "deadline")?;
        let limit = [outer, self.enclosing()].into_iter().flatten().min_by_key(|(ms, _)| *ms);
        if let Some((limit, around)) = limit
            && ms > limit
        {
            self.report(errors::limit_past_limit("the deadline", value.span, ms, around, limit));
        }
        Some((ms, at))
    }

    /// The limit of a wait for somebody, who may never come.
    pub(super) fn wait_limit(&mut self, clauses: &Clauses<'a>, at: Span, what: &str, around: Around) -> Option<i64> {
        let Some((value, _)) = clauses.timeout else {
            if !around.beside_wait {
                self.report(people::wait_without_end(what, word(at, what), at.after(), !clauses.written));
            }
            return None;
        };
        let ms = self.duration(value, "timeout")?;
        self.check_timeout(value.span, ms, around);
        Some(ms)
    }

    fn check_timeout(&mut self, at: Span, ms: i64, around: Around) {
        if let Some((limit, place)) = self.tightest(around)
            && ms > limit
        {
            self.report(errors::limit_past_limit("one attempt", at, ms, place, limit));
        }
    }

    fn tightest(&self, around: Around) -> Option<Limit> {
        [around.deadline, self.enclosing()].into_iter().flatten().min_by_key(|(ms, _)| *ms)
    }

    /// Limits of a call that cannot be held together.
    pub(super) fn check_limits(
        &mut self,
        clauses: &Clauses<'a>,
        timeout: Option<i64>,
        retry: Option<&Retry>,
        repeat: Option<&Repeat>,
        around: Around,
    ) {
        // Policies of agents are made for all their calls; only what is written here is judged here.
        if let (Some(ms), Some((value, _))) = (timeout, clauses.timeout) {
            self.check_timeout(value.span, ms, around);
        }
        let Some((limit, at)) = self.tightest(around) else { return };
        if let (Some(retry), Some((_, place))) = (retry, clauses.retry) {
            let pauses = least_pauses(retry);
            if pauses >= limit {
                self.report(errors::too_many_attempts(place, retry.attempts, pauses, at, limit));
            }
        }
        if let (Some(Repeat { up_to, every: Some(every), .. }), Some((_, place))) = (repeat, clauses.repeat) {
            let pauses = every.saturating_mul(i64::from(up_to.saturating_sub(1)));
            if pauses >= limit {
                self.report(errors::too_many_rounds(place, *up_to, pauses, at, limit));
            }
        }
    }
}

//! `undo call`: what takes a success back when the workflow fails later (rulings 7).

use crate::base::span::Span;
use crate::sema::clause::Clauses;
use crate::sema::context::word;
use crate::sema::errors::{graph, races as errors};
use crate::sema::expr::Body;
use crate::sema::hir::{Call, Target};
use crate::sema::policy::{Deferred, Judged};
use crate::sema::scope::Binding;
use crate::sema::stage::Callees;
use crate::sema::stage::limit::Around;
use crate::syntax::ast;
use crate::value::expr::Var;
use crate::value::policy::Effects;
use crate::value::types::Type;

impl<'a> Body<'_, 'a> {
    /// The call of `undo`. In it the name of the stage is what is undone: its result, that of one item, of one round.
    pub(super) fn undo(
        &mut self,
        clauses: &Clauses<'a>,
        name: &ast::Name,
        ty: &Type,
        callees: &Callees,
    ) -> Option<Call> {
        let (call, inner, at) = clauses.undo?;
        let at = word(at, "undo");
        if self.frame().in_finally {
            self.report(graph::misplaced("undo", at, "cannot stand in `finally`"));
        } else {
            self.check_undone(callees, at);
        }
        let inner = Clauses::gather(&inner.list);
        self.frame_mut().open(Binding::given(&name.text, name.span, Var::Result, ty.clone()));
        let made = self.undo_call(call, &inner);
        self.frame_mut().scoped.pop();
        made
    }

    fn undo_call(&mut self, call: &'a ast::Call, clauses: &Clauses<'a>) -> Option<Call> {
        let deadline = self.deadline(clauses, None);
        let Some(callee) = self.callee(&call.path) else {
            self.arguments_of_nobody(&call.args);
            return None;
        };
        let around = Around { deadline, beside_wait: false };
        let called = self.called(callee, &call.args, call.span, clauses, around);
        Some(Call { deadline: deadline.map(|(ms, _)| ms), ..called.call })
    }

    /// Only what has an effect can be undone, and not all of that.
    fn check_undone(&mut self, callees: &Callees, at: Span) {
        let strongest = callees.actions.iter().max_by_key(|action| action.effects);
        match strongest {
            Some(action) if action.effects == Effects::Irreversible => {
                self.report(errors::undo_of_irreversible(at, action.effects_span.unwrap_or(action.span)));
            }
            _ if !callees.workflows.is_empty() => {
                let known = strongest.map_or(Effects::None, |action| action.effects);
                let workflows = callees.workflows.clone();
                self.ctx.deferred.push(Deferred { judged: Judged::Undo(known), workflows, at });
            }
            _ if callees.workflow => {}
            Some(action) if action.effects > Effects::Reads => {}
            Some(action) => {
                let said = action.effects_span.unwrap_or(action.span);
                self.report(errors::undo_of_nothing(at, Some((said, action.effects.as_str()))));
            }
            None => self.report(errors::undo_of_nothing(at, None)),
        }
    }
}

/// The workflow that a call starts.
pub(super) fn workflow_of(call: &Call) -> Option<usize> {
    match call.target {
        Target::Workflow(id) => Some(id.index()),
        _ => None,
    }
}

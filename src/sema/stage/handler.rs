//! `on failure …`: what becomes of failures.

use indexmap::IndexMap;

use crate::base::span::Span;
use crate::sema::clause::Clauses;
use crate::sema::errors::policies as errors;
use crate::sema::expr::{Body, Want};
use crate::sema::hir::{Handler, HandlerAction};
use crate::sema::items::Def;
use crate::sema::policy::unknown_class;
use crate::sema::stage::Callees;
use crate::sema::stage::limit::Around;
use crate::syntax::ast::{self, ExprKind, FailureAction, Name, OnFailure, Path};
use crate::value::policy::CLASSES;
use crate::value::types::Type;

/// How long a person has to say what becomes of a failure, if nothing else is stated: 7d.
const ASK_MS: i64 = 7 * 86_400_000;

impl<'a> Body<'_, 'a> {
    /// The handlers of a stage, in order. `ty` is what the stage, or the item of a map, gives.
    pub(super) fn handlers(&mut self, clauses: &Clauses<'a>, ty: &Type, callees: &Callees) -> Vec<Handler> {
        let mut caught: IndexMap<String, Span> = IndexMap::new();
        let mut all: Option<Span> = None;
        let mut found = Vec::new();
        for (written, at) in &clauses.handlers {
            if let Some(first) = all {
                self.report(errors::handler_after_all(*at, first));
            }
            let of = written.of.as_deref().map(|classes| self.caught(classes, callees, &mut caught));
            if of.is_none() {
                all = all.or(Some(*at));
            }
            if matches!(written.then, FailureAction::Ask(_)) {
                self.check_ask_place("on failure ask", *at);
            }
            let action = self.handler(written, of.as_deref(), ty, callees, clauses);
            found.push(Handler { of, action, span: *at });
        }
        found
    }

    fn caught(&mut self, classes: &[Name], callees: &Callees, caught: &mut IndexMap<String, Span>) -> Vec<String> {
        let mut found = Vec::new();
        for class in classes {
            self.check_caught(class, callees);
            match caught.get(&class.text) {
                Some(first) => self.report(errors::class_caught(&class.text, class.span, *first)),
                None => drop(caught.insert(class.text.clone(), class.span)),
            }
            found.push(class.text.clone());
        }
        found
    }

    fn check_caught(&mut self, class: &Name, callees: &Callees) {
        if class.text == "cancelled" {
            return self.report(errors::class_of_nobody(&class.text, class.span));
        }
        let raised = |action: &std::rc::Rc<crate::sema::signature::Signature>| action.raises.contains(&class.text);
        if CLASSES.contains(&class.text.as_str()) || callees.actions.iter().any(raised) {
            return;
        }
        let raised: Vec<String> = match callees.workflow {
            true => self.all_raised(),
            false => callees.actions.iter().flat_map(|action| action.raises.clone()).collect(),
        };
        if !raised.contains(&class.text) {
            self.report(unknown_class(&class.text, class.span, &raised));
        }
    }

    fn all_raised(&self) -> Vec<String> {
        let actions = self.ctx.agents.iter().flatten().flat_map(|agent| agent.actions.values());
        actions.flat_map(|action| action.raises.iter().cloned()).collect()
    }

    fn handler(
        &mut self,
        written: &'a OnFailure,
        of: Option<&[String]>,
        ty: &Type,
        callees: &Callees,
        clauses: &Clauses<'a>,
    ) -> HandlerAction {
        match &written.then {
            FailureAction::Fail => HandlerAction::Fail,
            FailureAction::Skip => HandlerAction::Skip,
            FailureAction::Ask(clauses) => {
                let gathered = Clauses::gather(&clauses.list);
                let timeout = gathered.timeout.and_then(|(value, _)| self.duration(value, "timeout"));
                HandlerAction::Ask(timeout.unwrap_or(ASK_MS))
            }
            FailureAction::Use(value, inner) => {
                if let Some(call) = self.as_call(value) {
                    return self.use_call(value, call, inner, ty, callees);
                }
                let want = Want::new(ty.clone(), "the value that is used");
                let want = match callees.declared {
                    Some(span) => want.declared(span, "what the stage gives"),
                    None => want,
                };
                // The last round has a result only if all rounds came to an end.
                let rounds = of.is_some_and(|of| of.iter().all(|class| class == "exhausted" || class == "stalled"));
                let value = if rounds && clauses.repeat.is_some() {
                    self.with_result(ty, value.span, |body| body.check(value, &want))
                } else {
                    self.check(value, &want)
                };
                HandlerAction::Use(value)
            }
        }
    }

    /// The path and arguments of a call of an action or workflow.
    fn as_call(&self, written: &'a ast::Expr) -> Option<(Path, &'a [ast::Arg])> {
        let ExprKind::Call(callee, args) = &written.kind else { return None };
        let mut parts = Vec::new();
        let mut expr = &**callee;
        while let ExprKind::Field(base, name) = &expr.kind {
            parts.push(name.clone());
            expr = base;
        }
        let ExprKind::Name(first) = &expr.kind else { return None };
        let callable = match self.ctx.items.scopes[self.module].get(first).map(|entry| entry.def) {
            Some(Def::Workflow(_) | Def::Agent(_) | Def::Pool(_) | Def::Module(_)) => true,
            _ => !parts.is_empty(),
        };
        parts.push(Name { text: first.clone(), span: expr.span });
        parts.reverse();
        callable.then_some((Path { parts, span: callee.span }, args.as_slice()))
    }

    fn use_call(
        &mut self,
        written: &'a ast::Expr,
        (path, args): (Path, &'a [ast::Arg]),
        inner: &'a ast::Clauses,
        ty: &Type,
        callees: &Callees,
    ) -> HandlerAction {
        let clauses = Clauses::gather(&inner.list);
        let deadline = self.deadline(&clauses, None);
        let around = Around { deadline, beside_wait: false };
        let called = match self.callee(&path) {
            Some(callee) => self.called(callee, args, written.span, &clauses, around),
            None => {
                self.arguments_of_nobody(args);
                return HandlerAction::Fail;
            }
        };
        let fits = called.call.result.fits(ty) && !crate::value::operator::needs_widening(&called.call.result, ty);
        if !fits {
            let found = errors::replacement_differs(&called.call.result, ty, written.span, callees.declared);
            self.report(found);
        }
        HandlerAction::Call(crate::sema::hir::Call { deadline: deadline.map(|(ms, _)| ms), ..called.call })
    }
}

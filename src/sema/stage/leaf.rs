//! One call of an action or workflow, or one question to a person.

use std::rc::Rc;

use crate::base::span::Span;
use crate::sema::call::Callee;
use crate::sema::clause::Clauses;
use crate::sema::context::word;
use crate::sema::errors::{names, not_yet, policies as errors, types as type_errors};
use crate::sema::expr::{Body, Want};
use crate::sema::hir::{self, Ask, Call, Target, WorkflowId};
use crate::sema::names::Names;
use crate::sema::policy::Deferred;
use crate::sema::signature::Signature;
use crate::sema::stage::{Callees, Made, nothing};
use crate::sema::types::{self, resolve};
use crate::syntax::ast::{self, Leaf};
use crate::value::expr::Expr;
use crate::value::policy::{Effects, Retry};
use crate::value::types::Type;

/// A call that is checked.
pub(in crate::sema) struct Called {
    /// The call.
    pub call: Call,
    /// Of an action or workflow, how it is called.
    pub signature: Option<Rc<Signature>>,
}

impl Called {
    /// The strongest that it does, where that is known.
    pub(super) fn effects(&self) -> Option<Effects> {
        match (&self.call.target, &self.signature) {
            (Target::Action(_, _), Some(signature)) => Some(signature.effects),
            _ => None,
        }
    }

    /// What is called.
    pub(super) fn callees(&self) -> Callees {
        let workflow = matches!(self.call.target, Target::Workflow(_));
        let actions = self.signature.iter().filter(|_| !workflow).cloned().collect();
        let declared = self.signature.as_ref().and_then(|signature| signature.result_span);
        Callees { actions, workflow, declared }
    }
}

impl<'a> Body<'_, 'a> {
    /// A stage that is one leaf.
    pub(super) fn leaf_stage(&mut self, leaf: &'a Leaf, clauses: &Clauses<'a>, deadline: Option<i64>) -> Made {
        self.check_no_map(clauses);
        let called = match self.leaf(leaf, clauses, deadline) {
            Ok(called) => called,
            Err(made) => return made,
        };
        Made {
            ty: called.call.result.clone(),
            effects: called.effects(),
            callees: called.callees(),
            body: hir::Body::Call(called.call),
            absences: Vec::new(),
            handlers: None,
            label: None,
        }
    }

    /// Clauses that only a map has.
    pub(super) fn check_no_map(&mut self, clauses: &Clauses<'a>) {
        for (clause, name) in
            [(clauses.parallel.map(|(_, at)| at), "parallel"), (clauses.need.map(|(_, at)| at), "need")]
        {
            if let Some(at) = clause {
                self.report(errors::only_on_maps(name, at));
            }
        }
    }

    /// A leaf with its own clauses; what it was made into where nobody knows it.
    pub(super) fn leaf(
        &mut self,
        leaf: &'a Leaf,
        clauses: &Clauses<'a>,
        deadline: Option<i64>,
    ) -> Result<Called, Made> {
        match leaf {
            Leaf::Call(call) => self.call(call, clauses, deadline),
            Leaf::Ask(ask) => self.ask(ask, clauses),
            Leaf::Event(event) => Err(self.not_yet_leaf(leaf, "event", event.span)),
            Leaf::Wait(wait) => Err(self.not_yet_leaf(leaf, "wait", wait.span)),
        }
    }

    fn not_yet_leaf(&mut self, leaf: &'a Leaf, what: &str, at: Span) -> Made {
        self.report(not_yet(what, word(at, what)));
        let mut names = Names::default();
        names.leaf(leaf);
        self.touch(&names.found);
        Made::unknown(Vec::new(), at)
    }

    fn call(&mut self, call: &'a ast::Call, clauses: &Clauses<'a>, deadline: Option<i64>) -> Result<Called, Made> {
        let Some(callee) = self.callee(&call.path) else {
            self.arguments_of_nobody(&call.args);
            self.touch_clauses(clauses);
            return Err(Made::unknown(Vec::new(), call.span));
        };
        Ok(self.called(callee, &call.args, call.span, clauses, deadline))
    }

    /// A call of somebody who is known.
    pub(in crate::sema) fn called(
        &mut self,
        callee: Callee,
        args: &'a [ast::Arg],
        span: Span,
        clauses: &Clauses<'a>,
        deadline: Option<i64>,
    ) -> Called {
        let signature = callee.signature;
        let args = self.arguments(&signature, args, span);
        let timeout = match clauses.timeout {
            Some((value, _)) => self.duration(value, "timeout"),
            None => signature.timeout,
        };
        let retry = self.retry_of(&callee.target, &signature, clauses);
        self.check_limits(clauses, timeout, retry.as_ref(), deadline);
        let repeat = clauses.repeat.and_then(|(repeat, _)| self.repeat(repeat, &signature));
        let result = signature.result.without_labels();
        let call = Call {
            target: callee.target,
            args,
            agents: Vec::new(),
            result,
            retry,
            timeout,
            deadline: None,
            repeat,
            cache: None,
            span,
        };
        Called { call, signature: Some(signature) }
    }

    /// Clauses of a call that nobody knows: their names are looked at, not their meaning.
    fn touch_clauses(&mut self, clauses: &Clauses<'a>) {
        let mut names = Names::default();
        if let Some((repeat, _)) = clauses.repeat {
            names.expr(&repeat.until);
            names.args(&repeat.with);
        }
        self.touch(&names.found);
    }

    fn retry_of(&mut self, target: &Target, signature: &Rc<Signature>, clauses: &Clauses<'a>) -> Option<Retry> {
        let Some((written, at)) = clauses.retry else {
            // What is wrong with the agent's own policy is reported with the agent.
            let (module, written) = signature.retry.as_ref()?;
            let before = std::mem::replace(&mut self.ctx.muted, true);
            let found = self.retry(*module, written, signature.span, signature);
            self.ctx.muted = before;
            return found;
        };
        if let Target::Workflow(id) = target {
            self.ctx.deferred.push(Deferred { workflow: id.index(), at });
        }
        self.retry(self.module, written, at, signature)
    }

    /// The policy of a body in braces: judged as that of a workflow.
    pub(super) fn retry_of_body(&mut self, id: WorkflowId, clauses: &Clauses<'a>) -> Option<Retry> {
        let (written, at) = clauses.retry?;
        self.ctx.deferred.push(Deferred { workflow: id.index(), at });
        let body = Signature::of_body(at);
        self.retry(self.module, written, at, &body)
    }

    /// `ask("Question?", show: x) -> T { to role "r" timeout D }`.
    fn ask(&mut self, ask: &'a ast::Ask, clauses: &Clauses<'a>) -> Result<Called, Made> {
        self.check_ask_place(ask.span);
        if ask.approves.is_some() {
            let at = ask.approves.as_ref().map_or(ask.span, |path| path.span);
            let mut names = Names::default();
            let leaf = ask.args.iter().map(|arg| &arg.value);
            leaf.for_each(|value| names.expr(value));
            names.found.extend(ask.approves.iter().flat_map(|path| path.parts.first()).map(|part| part.text.as_str()));
            self.touch(&names.found);
            self.report(not_yet("approves", at));
            return Err(Made::unknown(Vec::new(), ask.span));
        }
        let (question, show) = self.question(ask);
        let result = match &ask.answer {
            Some(ty) => resolve(self.ctx, self.module, ty, types::Place::Shape),
            None => {
                self.report(errors::no_answer(ask.span));
                Type::unknown()
            }
        };
        for (clause, name) in [(clauses.retry.map(|(_, at)| at), "retry"), (clauses.repeat.map(|(_, at)| at), "repeat")]
        {
            if let Some(at) = clause {
                self.report(errors::not_on_asks(name, at));
            }
        }
        let timeout = clauses.timeout.and_then(|(value, _)| self.duration(value, "timeout"));
        if clauses.timeout.is_none() {
            self.report(errors::ask_without_end(word(ask.span, "ask"), ask.span.after()));
        }
        let role = clauses.role.map(|role| role.value.clone());
        let target = Target::Ask(Ask { question, show, role, approves: None });
        let (retry, repeat) = (None, None);
        let call = Call {
            target,
            args: Vec::new(),
            agents: Vec::new(),
            result,
            retry,
            timeout,
            deadline: None,
            repeat,
            cache: None,
            span: ask.span,
        };
        Ok(Called { call, signature: None })
    }

    fn check_ask_place(&mut self, at: Span) {
        if self.frames.iter().any(|frame| frame.in_finally) {
            let found = crate::sema::errors::graph::misplaced("ask", word(at, "ask"), "cannot stand in `finally`");
            self.report(found);
        }
    }

    fn question(&mut self, ask: &'a ast::Ask) -> (Expr, Option<Expr>) {
        let (mut question, mut show) = (None, None);
        for (index, arg) in ask.args.iter().enumerate() {
            let name = arg.name.as_ref().map(|name| name.text.as_str());
            match name {
                None if index == 0 => {
                    question = Some(self.check(&arg.value, &Want::new(Type::string(), "the question")));
                }
                Some("show") => show = Some(self.infer(&arg.value).expr),
                Some(other) => {
                    let at = arg.name.as_ref().map_or(arg.span, |name| name.span);
                    self.report(names::unknown_argument_of_builtin("ask", other, at, &["show"]));
                    self.infer(&arg.value);
                }
                None => {
                    self.report(type_errors::too_many_questions(arg.span));
                    self.infer(&arg.value);
                }
            }
        }
        let question = question.unwrap_or_else(|| {
            self.report(type_errors::no_question(ask.span));
            nothing(ask.span)
        });
        (question, show)
    }
}

//! One call of an action or workflow, one question, one timer or event.

use std::rc::Rc;

use crate::base::span::Span;
use crate::sema::call::{Arguments, Callee};
use crate::sema::clause::Clauses;
use crate::sema::errors::people::{self, Waits};
use crate::sema::errors::{policies as errors, races};
use crate::sema::expr::Body;
use crate::sema::hir::{self, Call, Target, WorkflowId};
use crate::sema::names::Names;
use crate::sema::policy::{Deferred, Judged};
use crate::sema::signature::Signature;
use crate::sema::stage::limit::Around;
use crate::sema::stage::undo::workflow_of;
use crate::sema::stage::{Callees, Made};
use crate::syntax::ast::{self, Leaf};
use crate::value::policy::{Effects, Retry};

/// A call that is checked.
pub(in crate::sema) struct Called {
    /// The call.
    pub call: Call,
    /// Of an action or workflow, how it is called.
    pub signature: Option<Rc<Signature>>,
}

impl Called {
    /// Something that calls nobody: people, timers and events change nothing by themselves.
    pub fn waiting(call: Call) -> Self {
        Self { call, signature: None }
    }

    /// The strongest that it does, where that is known.
    pub(super) fn effects(&self) -> Option<Effects> {
        match (&self.call.target, &self.signature) {
            (Target::Action(_, _) | Target::Bound { .. }, Some(signature)) => Some(signature.effects),
            (Target::Wait(_), _) => Some(Effects::None),
            _ => None,
        }
    }

    /// What is called.
    pub(super) fn callees(&self) -> Callees {
        let workflow = matches!(self.call.target, Target::Workflow(_));
        let actions = self.signature.iter().filter(|_| !workflow).cloned().collect();
        let declared = self.signature.as_ref().and_then(|signature| signature.result_span);
        Callees { actions, workflow, workflows: workflow_of(&self.call).into_iter().collect(), declared }
    }
}

impl<'a> Body<'_, 'a> {
    /// A stage that is one leaf.
    pub(super) fn leaf_stage(&mut self, leaf: &'a Leaf, clauses: &Clauses<'a>, around: Around) -> Made {
        self.check_no_map(clauses);
        let called = match self.leaf(leaf, clauses, around) {
            Ok(called) => called,
            Err(made) => return made,
        };
        let (effects, callees) = (called.effects(), called.callees());
        Made {
            ty: called.call.result.clone(),
            effects,
            body: hir::Body::Call(called.call),
            absences: Vec::new(),
            callees,
            inside: None,
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
    pub(super) fn leaf(&mut self, leaf: &'a Leaf, clauses: &Clauses<'a>, around: Around) -> Result<Called, Made> {
        match leaf {
            Leaf::Call(call) => self.call(call, clauses, around),
            Leaf::Ask(ask) => Ok(self.ask(ask, clauses, around)),
            Leaf::Event(event) => Ok(self.event(event, clauses, around)),
            Leaf::Wait(wait) => Ok(self.wait(wait, clauses, around)),
        }
    }

    /// Clauses that make attempts or rounds, or keep results: nothing for what only waits.
    pub(super) fn check_no_attempts(&mut self, clauses: &Clauses<'a>, waits: Waits) {
        for (clause, name) in [(clauses.retry.map(|(_, at)| at), "retry"), (clauses.repeat.map(|(_, at)| at), "repeat")]
        {
            if let Some(at) = clause {
                self.report(people::not_on_waits(name, at, waits));
            }
        }
        if let Some((_, at)) = clauses.cache {
            self.report(races::cache_of_waits(at, waits));
        }
    }

    fn call(&mut self, call: &'a ast::Call, clauses: &Clauses<'a>, around: Around) -> Result<Called, Made> {
        let Some(callee) = self.callee(&call.path) else {
            self.arguments_of_nobody(&call.args);
            self.touch_clauses(clauses);
            return Err(Made::unknown(Vec::new(), call.span));
        };
        Ok(self.called(callee, &call.args, call.span, clauses, around))
    }

    /// A call of somebody who is known.
    pub(in crate::sema) fn called(
        &mut self,
        callee: Callee,
        args: &'a [ast::Arg],
        span: Span,
        clauses: &Clauses<'a>,
        around: Around,
    ) -> Called {
        let signature = callee.signature;
        let Arguments { values: args, agents } = self.arguments(&signature, args, span);
        let timeout = match clauses.timeout {
            Some((value, _)) => self.duration(value, "timeout"),
            None => signature.timeout,
        };
        let retry = self.retry_of(&callee.target, &signature, clauses);
        let repeat = clauses.repeat.and_then(|(repeat, _)| self.repeat(repeat, &signature));
        self.check_limits(clauses, timeout, retry.as_ref(), repeat.as_ref(), around);
        let cache = self.cache(&callee.target, &signature, clauses);
        let result = signature.result.without_labels();
        let call = Call {
            args,
            agents,
            retry: retry.map(Box::new),
            timeout,
            repeat: repeat.map(Box::new),
            cache,
            ..Call::of(callee.target, result, span)
        };
        Called { call, signature: Some(signature) }
    }

    /// How long a result may answer the same call again: of what changes nothing.
    fn cache(&mut self, target: &Target, signature: &Signature, clauses: &Clauses<'a>) -> Option<i64> {
        let (value, at) = clauses.cache?;
        match target {
            Target::Action(_, _) | Target::Bound { .. } if signature.effects > Effects::Reads => {
                self.report(races::cache_of_writes(at, signature));
            }
            Target::Workflow(id) => self.defer_cache(id.index(), at),
            _ => {}
        }
        self.duration(value, "cache")
    }

    fn defer_cache(&mut self, workflow: usize, at: Span) {
        self.ctx.deferred.push(Deferred { judged: Judged::Cache, workflows: vec![workflow], at });
    }

    /// The same of a body in braces.
    pub(super) fn cache_of_body(&mut self, id: WorkflowId, clauses: &Clauses<'a>) -> Option<i64> {
        let (value, at) = clauses.cache?;
        self.defer_cache(id.index(), at);
        self.duration(value, "cache")
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
            self.ctx.deferred.push(Deferred { judged: Judged::Retry, workflows: vec![id.index()], at });
        }
        self.retry(self.module, written, at, signature)
    }

    /// The policy of a body in braces: judged as that of a workflow.
    pub(super) fn retry_of_body(&mut self, id: WorkflowId, clauses: &Clauses<'a>) -> Option<Retry> {
        let (written, at) = clauses.retry?;
        self.ctx.deferred.push(Deferred { judged: Judged::Retry, workflows: vec![id.index()], at });
        let body = Signature::of_body(at);
        self.retry(self.module, written, at, &body)
    }
}

//! Bodies in braces: workflows of their own whose parameters are what they capture.

use crate::sema::clause::Clauses;
use crate::sema::errors::policies as errors;
use crate::sema::expr::{Body, spanned};
use crate::sema::hir::{self, Call, Target, WorkflowId};
use crate::sema::scope::{Frame, FrameKind, Origin};
use crate::sema::stage::limit::Around;
use crate::syntax::ast::Block;
use crate::value::expr::{Expr, ExprKind, Var};

impl<'a> Body<'_, 'a> {
    /// A body in braces as a call of it.
    pub(super) fn inline(&mut self, block: &'a Block, name: String, clauses: &Clauses<'a>, around: Around) -> Call {
        if let Some((_, at)) = clauses.repeat {
            self.report(errors::not_on_bodies("repeat", at));
        }
        let timeout = clauses.timeout.and_then(|(value, at)| Some((self.duration(value, "timeout")?, at)));
        self.check_limits(clauses, timeout.map(|(ms, _)| ms), None, None, around);
        let mut frame = Frame::new(FrameKind::Workflow);
        frame.limit = timeout.into_iter().chain(around.deadline).min_by_key(|(ms, _)| *ms);
        self.frames.push(frame);
        let parts = self.statements(&block.body, None);
        let frame = self.frames.pop().expect("the frame of the body");
        let args = frame.captures.keys().map(|origin| self.captured(*origin, block)).collect();
        let id = WorkflowId::new(self.ctx.bodies.len());
        let result = parts.result.clone();
        self.ctx.bodies.push(Some(hir::Workflow {
            name,
            doc: None,
            inline: true,
            params: frame.params,
            agents: self.frames[0].agents.clone(),
            result: parts.result,
            timeout: None,
            parallel: None,
            cancel_on_failure: false,
            lock: None,
            budget: None,
            lets: parts.lets,
            stages: parts.stages,
            conditions: frame.conditions,
            returns: parts.returns,
            span: block.span,
        }));
        let retry = self.retry_of_body(id, clauses).map(Box::new);
        let cache = self.cache_of_body(id, clauses);
        let timeout = timeout.map(|(ms, _)| ms);
        let agents = (0..self.frames[0].agents.len()).map(hir::AgentArg::Param).collect();
        Call { args, agents, retry, timeout, cache, ..Call::of(Target::Workflow(id), result, block.span) }
    }

    /// The value of a captured variable in the frame around the body.
    fn captured(&self, origin: Origin, block: &Block) -> Expr {
        let here = self.frames.len() - 1;
        let kind = match origin {
            Origin::Variable(root) if root.frame == here => ExprKind::Var(root.var),
            Origin::Observed { frame, what, stage } if frame == here => ExprKind::Observe(what, stage),
            _ => {
                let param = self.frame().captures.get(&origin).copied();
                ExprKind::Var(Var::Param(param.expect("what an inner body captures, the one around it captures too")))
            }
        };
        spanned(kind, block.span)
    }
}

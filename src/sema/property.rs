//! `property` items: what somebody claims of every run of a workflow.
//!
//! A claim is resolved and typed here, and nothing more: whether it holds is for whoever proves it to say.

use std::collections::HashMap;

use crate::sema::call::Callee;
use crate::sema::context::Context;
use crate::sema::errors::testing as errors;
use crate::sema::expr::{Body, Secrets};
use crate::sema::hir::property::{Claim, Property};
use crate::sema::hir::{Target, WorkflowId};
use crate::sema::scope::{Frame, FrameKind};
use crate::sema::testing::{Asking, Claimed, check_title};
use crate::syntax::ast::{self, Formula, Item};
use crate::value::expr::{Expr, ExprKind, Var};

/// Checks every property, once all workflows are checked.
pub(super) fn check_all(ctx: &mut Context<'_>) {
    let modules = ctx.modules;
    for (module, parsed) in modules.iter().enumerate() {
        let mut titles = HashMap::new();
        for item in &parsed.ast.items {
            let Item::Property(property) = item else { continue };
            check_title(ctx, "properties", &property.name, &mut titles);
            let found = check(ctx, module, property);
            ctx.properties.extend(found);
        }
    }
}

fn check(ctx: &mut Context<'_>, module: usize, written: &ast::Property) -> Option<Property> {
    let mut body = Body::new(ctx, module, Frame::new(FrameKind::Test));
    body.secrets = Secrets::Forbidden("a property");
    let workflow = body.claimed_workflow(written)?;
    body.asking = Some(Asking::Property(Claimed { workflow, attempted: false, atoms: Vec::new() }));
    let claim = match &written.formula {
        Formula::Never(state) => Claim::Never(body.side(state, "`never`", false)),
        Formula::Requires(after, before) => {
            Claim::Requires(body.side(after, "`requires`", false), body.side(before, "`requires`", false))
        }
        Formula::LeadsTo(cause, effect) => {
            Claim::LeadsTo(body.side(cause, "`leads to`", false), body.side(effect, "`leads to`", true))
        }
    };
    let atoms = match body.asking.take() {
        Some(Asking::Property(claimed)) => claimed.atoms,
        _ => Vec::new(),
    };
    Some(Property {
        name: written.name.value.clone(),
        doc: written.doc.clone(),
        workflow,
        claim,
        atoms,
        span: written.name.span,
    })
}

impl Body<'_, '_> {
    fn claimed_workflow(&mut self, written: &ast::Property) -> Option<WorkflowId> {
        let Callee { target, signature } = self.callee(&written.workflow)?;
        match target {
            Target::Workflow(workflow) => Some(workflow),
            _ => {
                self.report(errors::property_of_action(&signature.name, written.workflow.span));
                None
            }
        }
    }

    /// One side of a claim. On the right of `leads to` a name means that the stage was attempted.
    fn side(&mut self, written: &ast::Expr, what: &'static str, attempted: bool) -> Expr {
        if let Some(Asking::Property(claimed)) = &mut self.asking {
            claimed.attempted = attempted;
        }
        let value = self.condition(written, what);
        let mut speaks = false;
        value.walk(|part| speaks |= matches!(part.kind, ExprKind::Var(Var::Param(_) | Var::Local(_))));
        if !speaks {
            self.report(errors::claims_nothing(written.span));
        }
        value
    }
}

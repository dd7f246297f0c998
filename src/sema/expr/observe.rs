//! How a stage ended: `succeeded(s)`, `failed(s)`, `skipped(s)`, `error(s)`, `errors(s)`.

use crate::base::span::Span;
use crate::sema::errors::graph as errors;
use crate::sema::expr::{Body, Typed};
use crate::sema::facts::Lit;
use crate::sema::scope::{Binding, Place};
use crate::syntax::ast::{self, Arg};
use crate::value::expr::{Expr, Observe, Var};
use crate::value::types::{Field, Kind, Type};

/// What is asked by a function of this name.
pub(super) fn observation(name: &str) -> Option<Observe> {
    Some(match name {
        "succeeded" => Observe::Succeeded,
        "failed" => Observe::Failed,
        "skipped" => Observe::Skipped,
        "error" => Observe::Error,
        "errors" => Observe::Errors,
        _ => return None,
    })
}

impl Body<'_, '_> {
    /// A call of one of them.
    pub(super) fn observed(&mut self, name: &str, what: Observe, args: &[Arg], span: Span) -> Typed {
        let [Arg { value, name: None, .. }] = args else {
            return self.wrong(errors::observes_one_stage(name, span), span);
        };
        let ast::ExprKind::Name(stage) = &value.kind else {
            return self.wrong(errors::not_a_stage(name, value.span), span);
        };
        let Some((frame, place)) = self.find(stage) else {
            // Says itself what is wrong with the name.
            self.name(stage, value.span);
            return Typed::unknown(span);
        };
        self.frames[frame].binding_mut(place).mention(value.span);
        let binding = self.frames[frame].binding(place).clone();
        match binding.var {
            Some(Var::Stage(index)) => self.observed_stage(what, frame, place, &binding, index, name, value.span, span),
            Some(_) => self.wrong(errors::not_a_stage(name, value.span), span),
            None => Typed::unknown(span),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the facts of one call, used once")]
    fn observed_stage(
        &mut self,
        what: Observe,
        frame: usize,
        _place: Place,
        binding: &Binding,
        stage: u32,
        name: &str,
        at: Span,
        span: Span,
    ) -> Typed {
        let ty = match what {
            Observe::Succeeded | Observe::Failed | Observe::Skipped => Type::bool(),
            Observe::Error => error_type().optional(),
            Observe::Errors => match self.frames[frame].elements.get(&stage) {
                Some(item) => Type::list(item_error_type(item.clone())),
                None => return self.wrong(errors::not_a_map(&binding.name, at, binding.span), span),
            },
        };
        if matches!(what, Observe::Failed | Observe::Error) {
            self.check_observable(frame, binding, stage, name, span);
        }
        if what == Observe::Skipped && binding.guard.is_empty() && binding.ty.is_some() {
            self.report(errors::never_skipped(&binding.name, span, binding.span));
        }
        let kind = self.observe(what, frame, stage, &binding.name, &ty, binding.span);
        Typed { expr: Expr { kind, span }, ty }
    }

    /// A failure counts as handled where it is observed: that has to happen whenever the stage can fail.
    fn check_observable(&mut self, frame: usize, binding: &Binding, stage: u32, name: &str, span: Span) {
        if self.frames[frame].in_finally && !binding.finally {
            return;
        }
        if frame + 1 < self.frames.len() {
            return self.report(errors::observed_inside(&binding.name, span, binding.span, name));
        }
        // In a block under `failed(s)` the failure is handled by that condition, which has been checked itself.
        if self.observed_as(Observe::Failed, frame, stage, true) {
            return;
        }
        let around: Vec<Lit> = self.frame().guard.clone();
        let extra = around
            .iter()
            .find(|lit| !binding.guard.iter().any(|own| own.same(lit)) && !self.asks_for_failure(frame, binding, lit));
        if let Some(lit) = extra {
            self.report(errors::observed_too_narrowly(&binding.name, span, lit.atom.span, lit.stated));
        }
    }
}

impl Body<'_, '_> {
    /// Whether a condition asks itself whether the stage failed: what stands under it is not the one that handles.
    fn asks_for_failure(&self, frame: usize, binding: &Binding, lit: &Lit) -> bool {
        let Some(Var::Stage(stage)) = binding.var else { return false };
        let keys = [Observe::Failed, Observe::Error].map(|what| self.observation_key(what, frame, stage));
        keys.iter().any(|key| lit.atom.key.contains(key.as_str()))
    }
}

/// The type of `error(s)`, without its `?`.
pub(in crate::sema) fn error_type() -> Type {
    Type::record([
        ("class", Field::required(Type::string())),
        ("message", Field::required(Type::string())),
        ("attempts", Field::required(Type::int())),
    ])
}

fn item_error_type(item: Type) -> Type {
    Type::record([
        ("index", Field::required(Type::int())),
        ("item", Field::required(item)),
        ("class", Field::required(Type::string())),
        ("message", Field::required(Type::string())),
    ])
}

/// The type of `outcome`.
pub(in crate::sema) fn outcome_type() -> Type {
    let status = ["succeeded", "failed", "cancelled"].map(Type::literal);
    let status = Type::union(status.to_vec()).unwrap_or_else(|_| Type::of(Kind::String));
    Type::record([("status", Field::required(status)), ("error", Field::required(error_type().optional()))])
}

//! `match subject { arms }` as a stage.

use crate::base::span::Span;
use crate::sema::clause::Clauses;
use crate::sema::errors::{policies as errors, types as type_errors};
use crate::sema::expr::{Body, Typed, widened};
use crate::sema::hir::{self, ArmBody};
use crate::sema::pattern::{Written, join_or_clash};
use crate::sema::scope::Absence;
use crate::sema::stage::limit::{Around, Limit};
use crate::sema::stage::undo::workflow_of;
use crate::sema::stage::{Callees, Made, SKIPPED_ARM};
use crate::syntax::ast::{self, ArmBody as WrittenBody};
use crate::value::operator::needs_widening;
use crate::value::policy::Effects;
use crate::value::types::Type;

/// What an arm does, before all arms are known.
enum Arm {
    Call(hir::Call),
    Use(Typed),
    Skip,
    Unknown,
}

impl Arm {
    fn ty(&self) -> Option<Type> {
        match self {
            Self::Call(call) => Some(call.result.clone()),
            Self::Use(value) => Some(value.ty.clone()),
            Self::Skip => None,
            Self::Unknown => Some(Type::unknown()),
        }
    }
}

impl<'a> Body<'_, 'a> {
    /// A stage that does one of several things.
    pub(super) fn arms_of(
        &mut self,
        written: &'a ast::Match,
        stage: &'a ast::Stage,
        clauses: &Clauses<'a>,
        deadline: Option<Limit>,
    ) -> Made {
        self.check_no_call(clauses, "match");
        let patterns: Vec<Written<'_>> =
            written.arms.iter().map(|arm| Written::of(&arm.patterns, None, arm.span)).collect();
        let (subject, patterns) = self.subject_and_patterns(&written.subject, &patterns, written.span);
        let mut callees = Callees::default();
        let mut effects = Some(Effects::None);
        let mut arms = Vec::new();
        let mut absences = Vec::new();
        for (index, arm) in written.arms.iter().enumerate() {
            let mark = self.assume_arm(&subject, &patterns, index);
            let name = format!("{}.{}", stage.name.text, index + 1);
            let (body, of) = self.arm(arm, name, &mut callees, deadline);
            effects = of.and_then(|of| effects.map(|effects| effects.max(of)));
            self.forget(mark);
            if let WrittenBody::Skip(span) = arm.body {
                absences.push(Absence::At(span, SKIPPED_ARM));
            }
            arms.push(body);
        }
        let ty = self.common_type(&arms, written);
        let arms = arms
            .into_iter()
            .zip(patterns)
            .zip(&written.arms)
            .map(|((body, patterns), arm)| hir::Arm { patterns, body: self.made_arm(body, &ty, arm), span: arm.span })
            .collect();
        let body = hir::Body::Match(Box::new(hir::Match { subject, arms }));
        Made { body, ty, effects, absences, callees, inside: None }
    }

    /// Clauses that only a call has: on a `match` or a race they stand behind the calls in it.
    pub(super) fn check_no_call(&mut self, clauses: &Clauses<'a>, whole: &str) {
        self.check_no_map(clauses);
        let of_calls = [
            (clauses.retry.map(|(_, at)| at), "retry"),
            (clauses.timeout.map(|(_, at)| at), "timeout"),
            (clauses.repeat.map(|(_, at)| at), "repeat"),
            (clauses.cache.map(|(_, at)| at), "cache"),
        ];
        for (clause, name) in of_calls {
            if let Some(at) = clause {
                self.report(errors::not_on_several(name, at, whole));
            }
        }
    }

    fn arm(
        &mut self,
        arm: &'a ast::Arm,
        name: String,
        callees: &mut Callees,
        deadline: Option<Limit>,
    ) -> (Arm, Option<Effects>) {
        let clauses = Clauses::gather(&arm.clauses.list);
        let own = self.deadline(&clauses, deadline);
        let around = Around { deadline: own.or(deadline), beside_wait: false };
        let deadline = own.map(|(ms, _)| ms);
        match &arm.body {
            WrittenBody::Leaf(leaf) => match self.leaf(leaf, &clauses, around) {
                Ok(called) => {
                    callees.add(called.callees());
                    let effects = called.effects();
                    (Arm::Call(hir::Call { deadline, ..called.call }), effects)
                }
                Err(_) => {
                    callees.workflow = true;
                    (Arm::Unknown, None)
                }
            },
            WrittenBody::Inline(block) => {
                let call = self.inline(block, name, &clauses, around);
                callees.workflow = true;
                callees.workflows.extend(workflow_of(&call));
                (Arm::Call(hir::Call { deadline, ..call }), None)
            }
            WrittenBody::Skip(_) => (Arm::Skip, Some(Effects::None)),
            WrittenBody::Use(value) => (Arm::Use(self.infer(value)), Some(Effects::None)),
        }
    }

    fn common_type(&mut self, arms: &[Arm], written: &ast::Match) -> Type {
        let (places, types): (Vec<Span>, Vec<Type>) = arms
            .iter()
            .zip(&written.arms)
            .filter_map(|(arm, written)| arm.ty().map(|ty| (body_span(written), ty)))
            .unzip();
        if types.is_empty() {
            return Type::null();
        }
        match join_or_clash(&types) {
            Ok(ty) => ty,
            Err(clash) => {
                let (first, other) = ((&types[0], places[0]), (&types[clash], places[clash]));
                self.report(type_errors::arms_differ(first, other));
                Type::unknown()
            }
        }
    }

    fn made_arm(&mut self, arm: Arm, ty: &Type, written: &ast::Arm) -> ArmBody {
        match arm {
            Arm::Call(call) => {
                if needs_widening(&call.result, ty) {
                    self.report(type_errors::call_not_widened(&call.result, ty, body_span(written)));
                }
                ArmBody::Call(call)
            }
            Arm::Use(value) => ArmBody::Use(widened(value, ty)),
            Arm::Skip | Arm::Unknown => ArmBody::Skip,
        }
    }
}

fn body_span(arm: &ast::Arm) -> Span {
    match &arm.body {
        WrittenBody::Leaf(ast::Leaf::Call(call)) => call.span,
        WrittenBody::Leaf(ast::Leaf::Ask(ask)) => ask.span,
        WrittenBody::Leaf(ast::Leaf::Event(event)) => event.span,
        WrittenBody::Leaf(ast::Leaf::Wait(wait)) => wait.span,
        WrittenBody::Inline(block) => block.span,
        WrittenBody::Skip(span) => *span,
        WrittenBody::Use(value) => value.span,
    }
}

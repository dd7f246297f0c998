//! Stages: what they do, under which conditions, and what becomes of their failures.

mod arms;
mod handler;
mod inline;
mod leaf;
mod map;
mod repeat;

use std::rc::Rc;

use crate::base::span::Span;
use crate::sema::clause::{Clauses, priority};
use crate::sema::context::word;
use crate::sema::errors::{graph, not_yet, policies as errors};
use crate::sema::expr::{Body, Want, literal};
use crate::sema::hir::{self, Guard, StageId, Term};
use crate::sema::names::Names;
use crate::sema::policy::least_pauses;
use crate::sema::scope::{Absence, Place};
use crate::sema::signature::Signature;
use crate::syntax::ast::{self, StageBody};
use crate::value::Value;
use crate::value::expr::{Expr, Var};
use crate::value::policy::{Effects, Retry};
use crate::value::types::Type;

/// What the body of a stage was made into.
pub(super) struct Made {
    /// What it does.
    body: hir::Body,
    /// What it gives if all goes well.
    ty: Type,
    /// The strongest that it does, where that is known.
    effects: Option<Effects>,
    /// What may make it absent besides failures.
    absences: Vec<Absence>,
    /// What is called.
    callees: Callees,
    /// Of a map, whether the handlers are done: they see the element.
    handlers: Option<Vec<hir::Handler>>,
    /// The same for `label`.
    label: Option<Expr>,
}

/// What a stage calls, for the classes that its failures may have.
#[derive(Default)]
pub(super) struct Callees {
    /// Signatures of actions.
    actions: Vec<Rc<Signature>>,
    /// Whether a workflow is among them: any class may come out of it.
    workflow: bool,
    /// Where the type of the result is declared.
    declared: Option<Span>,
}

impl Made {
    /// Something that nobody knows, or nobody carries out yet. `read` is what it reads, for the graph.
    fn unknown(read: Vec<Expr>, span: Span) -> Self {
        let kind = crate::value::expr::ExprKind::List(read);
        let subject = Expr { kind, span };
        Self {
            body: hir::Body::Match(hir::Match { subject, arms: Vec::new() }),
            ty: Type::unknown(),
            effects: None,
            absences: Vec::new(),
            callees: Callees { workflow: true, ..Callees::default() },
            handlers: None,
            label: None,
        }
    }
}

impl<'a> Body<'_, 'a> {
    /// Checks a stage. `guard` and `exits` are those of its block.
    pub fn stage(
        &mut self,
        stage: &'a ast::Stage,
        id: StageId,
        binding: Option<usize>,
        mut guard: Guard,
        exits: Vec<StageId>,
        finally: bool,
    ) -> (hir::Stage, Option<Effects>) {
        let clauses = Clauses::gather(self, &stage.clauses.list);
        let mark = self.frame().facts.mark();
        if let Some(written) = clauses.when {
            guard.push(self.when_clause(written, stage));
        }
        let after = self.after(&clauses, id);
        let deadline = clauses.deadline.and_then(|(value, _)| self.duration(value, "deadline"));
        let made = self.stage_body(stage, id, &clauses, deadline);
        let handlers = match made.handlers {
            Some(handlers) => handlers,
            None => self.handlers(&clauses, &made.ty, &made.callees),
        };
        let label = made.label.or_else(|| self.label(&clauses));
        self.forget(mark);
        let mut absences = made.absences;
        let skips = skipping(&clauses).filter(|_| !matches!(made.body, hir::Body::Map(_)));
        absences.extend(skips.map(|span| Absence::At(span, "a failure is skipped here")));
        let observed = self.bind_stage(binding, &made.ty, absences);
        let ty = if observed.absent { made.ty.optional() } else { made.ty };
        let checked = hir::Stage {
            name: stage.name.text.clone(),
            doc: stage.doc.clone(),
            ty,
            guard,
            exits,
            after,
            finally,
            body: made.body,
            deadline,
            priority: clauses.priority.map_or(0, priority),
            label,
            handlers,
            undo: None,
            lock: None,
            budget: None,
            observed: observed.observed,
            span: stage.name.span,
        };
        (checked, made.effects)
    }

    fn when_clause(&mut self, written: &'a ast::Expr, stage: &ast::Stage) -> Term {
        let value = self.condition(written, "`when`");
        if let Some(known) = self.known_truth(&value) {
            let constant = self.constant_in(written);
            self.report(match known.holds {
                false => graph::never_runs(&stage.name.text, stage.name.span, written.span, &known, constant),
                true => graph::never_changes(written.span, &known, constant),
            });
        }
        let lits = self.literals(&value, true);
        self.assume_lits_here(&lits);
        let frame = self.frame_mut();
        frame.guard.extend(lits);
        let condition = hir::ConditionId::new(frame.condition_base + frame.conditions.len());
        frame.conditions.push(hir::Condition { value, span: written.span });
        Term { condition, holds: true }
    }

    fn after(&mut self, clauses: &Clauses<'a>, id: StageId) -> Vec<(StageId, Span)> {
        let mut found = Vec::new();
        for name in &clauses.after {
            let place = self.frame().find(&name.text);
            let Some(place) = place else {
                match self.find(&name.text) {
                    Some((frame, place)) => {
                        let declared = self.frames[frame].binding(place).span;
                        self.frames[frame].binding_mut(place).mention(name.span);
                        self.report(graph::after_outside(&name.text, name.span, declared));
                    }
                    None => self.unknown_stage(&name.text, name.span),
                }
                continue;
            };
            let binding = self.frame_mut().binding_mut(place);
            binding.mention(name.span);
            let (var, declared) = (binding.var, binding.span);
            match var {
                Some(Var::Stage(other)) if other == id.0 => {
                    self.report(graph::after_itself(&name.text, name.span));
                }
                Some(Var::Stage(other)) => found.push((StageId(other), name.span)),
                Some(_) => self.report(graph::after_value(&name.text, name.span, declared)),
                None => {}
            }
        }
        found
    }

    fn stage_body(&mut self, stage: &'a ast::Stage, id: StageId, clauses: &Clauses<'a>, deadline: Option<i64>) -> Made {
        match &stage.body {
            StageBody::Leaf(leaf) => self.leaf_stage(leaf, clauses, deadline),
            StageBody::Map(map) => self.map(map, stage, id, clauses, deadline),
            StageBody::Match(of) => self.arms_of(of, stage, clauses),
            StageBody::FirstOf(race) => self.not_yet_stage(stage, "first of", race.span),
            StageBody::AnyOf(race) => self.not_yet_stage(stage, "any … of", race.span),
        }
    }

    /// A construct that is not carried out yet: named once; what it mentions counts as used.
    fn not_yet_stage(&mut self, stage: &'a ast::Stage, what: &str, at: Span) -> Made {
        let place = if what.contains('…') { word(at, "any") } else { word(at, what) };
        self.report(not_yet(what, place));
        let mut names = Names::default();
        names.stage(stage);
        self.touch(&names.found);
        Made::unknown(Vec::new(), at)
    }

    fn label(&mut self, clauses: &Clauses<'a>) -> Option<Expr> {
        let want = Want::new(Type::string(), "`label`");
        clauses.label.map(|written| self.check(written, &want))
    }

    /// Makes the name of a stage mean what it gives.
    fn bind_stage(&mut self, binding: Option<usize>, ty: &Type, absences: Vec<Absence>) -> Ended {
        let guard = self.frame().guard.clone();
        let Some(index) = binding else { return Ended { absent: false, observed: false } };
        let binding = self.frame_mut().binding_mut(Place::Named(index));
        binding.only_failure = absences.iter().all(|Absence::At(_, why)| *why != SKIPPED_ARM);
        binding.ty = Some(ty.clone());
        binding.guard = guard;
        binding.absences.extend(absences);
        Ended { absent: !binding.absences.is_empty(), observed: binding.observed }
    }

    /// Limits that cannot be held together.
    fn check_limits(
        &mut self,
        clauses: &Clauses<'a>,
        timeout: Option<i64>,
        retry: Option<&Retry>,
        deadline: Option<i64>,
    ) {
        let (Some(limit), Some((_, at))) = (deadline, clauses.deadline) else { return };
        if let (Some(ms), Some((value, _))) = (timeout, clauses.timeout)
            && ms > limit
        {
            self.report(errors::timeout_past_deadline(value.span, ms, at, limit));
        }
        if let (Some(retry), Some((_, place))) = (retry, clauses.retry) {
            let pauses = least_pauses(retry);
            if pauses >= limit {
                self.report(errors::too_many_attempts(place, retry.attempts, pauses, at, limit));
            }
        }
    }
}

/// The reason that an arm gives.
const SKIPPED_ARM: &str = "this arm skips it";

/// How a stage may end, as its readers see it.
struct Ended {
    absent: bool,
    observed: bool,
}

/// The place of `on failure … skip`.
fn skipping(clauses: &Clauses<'_>) -> Option<Span> {
    let found = clauses.handlers.iter().find(|(handler, _)| handler.then == ast::FailureAction::Skip);
    found.map(|(_, span)| *span)
}

/// Nothing, for what has no value.
fn nothing(span: Span) -> Expr {
    literal(Value::Null, span)
}

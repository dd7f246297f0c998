//! Stages: what they do, under which conditions, and what becomes of their failures.

mod arms;
mod ask;
mod bounds;
mod handler;
mod inline;
mod leaf;
pub(super) mod limit;
mod map;
mod race;
mod repeat;
mod undo;
mod wait;

use std::rc::Rc;

use crate::base::span::Span;
use crate::sema::clause::{Clauses, priority};
use crate::sema::errors::graph;
use crate::sema::expr::{Body, Want, literal};
use crate::sema::hir::{self, Guard, StageId, Term};
use crate::sema::scope::{Absence, Place};
use crate::sema::signature::Signature;
use crate::sema::stage::limit::{Around, Limit};
use crate::syntax::ast::{self, StageBody};
use crate::value::Value;
use crate::value::expr::{Expr, Var};
use crate::value::policy::Effects;
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
    /// Of a map, the clauses that see the element, done already.
    inside: Option<Inside>,
}

/// Clauses that see the element of a map.
pub(super) struct Inside {
    handlers: Vec<hir::Handler>,
    label: Option<Expr>,
    undo: Option<hir::Call>,
}

/// What a stage calls, for the classes that its failures may have.
#[derive(Default)]
pub(super) struct Callees {
    /// Signatures of actions.
    actions: Vec<Rc<Signature>>,
    /// Whether a workflow is among them, or somebody whom nobody knows: any class may come out of it.
    workflow: bool,
    /// The workflows among them.
    workflows: Vec<usize>,
    /// Where the type of the result is declared.
    declared: Option<Span>,
}

impl Callees {
    fn add(&mut self, other: Self) {
        self.actions.extend(other.actions);
        self.workflow |= other.workflow;
        self.workflows.extend(other.workflows);
    }
}

impl Made {
    /// Something that nobody knows. `read` is what it reads, for the graph.
    fn unknown(read: Vec<Expr>, span: Span) -> Self {
        let kind = crate::value::expr::ExprKind::List(read);
        let subject = Expr { kind, span };
        Self {
            body: hir::Body::Match(Box::new(hir::Match { subject, arms: Vec::new() })),
            ty: Type::unknown(),
            effects: None,
            absences: Vec::new(),
            callees: Callees { workflow: true, ..Callees::default() },
            inside: None,
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
        let clauses = Clauses::gather(&stage.clauses.list);
        let mark = self.frame().facts.mark();
        if let Some(written) = clauses.when {
            guard.push(self.when_clause(written, stage));
        }
        let after = self.after(&clauses, id);
        let deadline = self.deadline(&clauses, None);
        let made = self.stage_body(stage, id, &clauses, deadline);
        let Inside { handlers, label, undo } = match made.inside {
            Some(inside) => inside,
            None => self.inside(stage, &clauses, &made.ty, &made.callees),
        };
        let (lock, budget) = (self.lock(&clauses), self.budget(&clauses));
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
            deadline: deadline.map(|(ms, _)| ms),
            priority: clauses.priority.map_or(0, priority),
            label: label.map(Box::new),
            handlers,
            undo: undo.map(Box::new),
            lock: lock.map(Box::new),
            budget: budget.map(Box::new),
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

    /// The clauses that see what one call gives.
    fn inside(&mut self, stage: &'a ast::Stage, clauses: &Clauses<'a>, ty: &Type, callees: &Callees) -> Inside {
        let handlers = self.handlers(clauses, ty, callees);
        let label = self.label(clauses);
        let undo = self.undo(clauses, &stage.name, ty, callees);
        Inside { handlers, label, undo }
    }

    fn stage_body(
        &mut self,
        stage: &'a ast::Stage,
        id: StageId,
        clauses: &Clauses<'a>,
        deadline: Option<Limit>,
    ) -> Made {
        let around = Around { deadline, beside_wait: false };
        match &stage.body {
            StageBody::Leaf(leaf) => self.leaf_stage(leaf, clauses, around),
            StageBody::Map(map) => self.map(map, stage, id, clauses, around),
            StageBody::Match(of) => self.arms_of(of, stage, clauses, deadline),
            StageBody::FirstOf(race) => self.first_of(race, clauses, deadline),
            StageBody::AnyOf(race) => self.any_of(race, clauses, deadline),
        }
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

//! Stages by their path: from the workflow that runs, through what it calls, to a stage further inside.

use std::collections::{HashMap, HashSet};

use crate::base::span::Span;
use crate::sema::context::Context;
use crate::sema::errors::testing as errors;
use crate::sema::expr::Body;
use crate::sema::hir::path::{StagePath, Step};
use crate::sema::hir::{self, StageId, Target, WorkflowId};
use crate::sema::inside::calls;
use crate::syntax::ast::{self, ExprKind};

/// A part of a path as written.
pub(in crate::sema) struct Part<'e> {
    /// The name.
    pub name: &'e str,
    /// Its place.
    pub span: Span,
    /// `[i]`, placed with all before it; the position only if it is one.
    pub item: Option<(Option<u32>, Span)>,
}

/// The parts of an expression of names, fields and positions; nothing for another.
pub(in crate::sema) fn parts(written: &ast::Expr) -> Option<Vec<Part<'_>>> {
    let mut parts = Vec::new();
    let mut item = None;
    let mut expr = written;
    loop {
        match &expr.kind {
            ExprKind::Name(name) => {
                parts.push(Part { name, span: expr.span, item });
                parts.reverse();
                return Some(parts);
            }
            ExprKind::Field(base, name) => {
                parts.push(Part { name: &name.text, span: name.span, item: item.take() });
                expr = base;
            }
            ExprKind::Index(base, index) if item.is_none() => {
                let position = match index.kind {
                    ExprKind::Int(number) => u32::try_from(number).ok(),
                    _ => None,
                };
                item = Some((position, expr.span));
                expr = base;
            }
            _ => return None,
        }
    }
}

/// How far a path leads.
pub(in crate::sema) struct Walk {
    /// The steps that lead to stages.
    pub steps: Vec<Step>,
    /// The workflows inside the last of them; of none, the one that runs.
    pub inside: Vec<WorkflowId>,
}

/// Follows names as long as they lead to stages.
pub(in crate::sema) fn walk(ctx: &Context<'_>, root: WorkflowId, parts: &[Part<'_>]) -> Walk {
    let mut found = Walk { steps: Vec::new(), inside: vec![root] };
    for part in parts {
        let stages = stages_called(ctx, &found.inside, part.name);
        if stages.is_empty() {
            break;
        }
        found.inside = inside(ctx, &stages);
        found.steps.push(Step { stages, item: part.item.and_then(|(position, _)| position) });
    }
    found
}

fn stages_called(ctx: &Context<'_>, within: &[WorkflowId], name: &str) -> Vec<(WorkflowId, StageId)> {
    let in_one = |&workflow: &WorkflowId| {
        let stage = ctx.stages.get(workflow.index())?.get(name)?;
        Some((workflow, *stage))
    };
    within.iter().filter_map(in_one).collect()
}

/// The stages of every workflow by name.
pub(super) fn by_name(bodies: &[Option<hir::Workflow>]) -> Vec<HashMap<String, StageId>> {
    let of_body = |body: &Option<hir::Workflow>| {
        let stages = body.iter().flat_map(|body| &body.stages).enumerate().filter(|(_, stage)| !is_fail(stage));
        stages.map(|(index, stage)| (stage.name.clone(), StageId::new(index))).collect()
    };
    bodies.iter().map(of_body).collect()
}

fn is_fail(stage: &hir::Stage) -> bool {
    matches!(stage.body, hir::Body::Fail(_))
}

/// The workflows, and bodies in braces, that stages run; each once.
fn inside(ctx: &Context<'_>, stages: &[(WorkflowId, StageId)]) -> Vec<WorkflowId> {
    let mut seen: HashSet<WorkflowId> = HashSet::new();
    let mut found: Vec<WorkflowId> = Vec::new();
    for stage in stages.iter().filter_map(|&place| stage_at(ctx, place)) {
        for call in calls(stage) {
            match call.target {
                Target::Workflow(id) if seen.insert(id) => found.push(id),
                _ => {}
            }
        }
    }
    found
}

/// A stage by its place.
pub(in crate::sema) fn stage_at<'c>(
    ctx: &'c Context<'_>,
    (workflow, stage): (WorkflowId, StageId),
) -> Option<&'c hir::Stage> {
    ctx.bodies.get(workflow.index())?.as_ref()?.stages.get(stage.index())
}

/// The names of the stages of workflows, as they may be written.
pub(in crate::sema) fn stage_names(ctx: &Context<'_>, within: &[WorkflowId]) -> Vec<(String, Span)> {
    let bodies = within.iter().filter_map(|workflow| ctx.bodies[workflow.index()].as_ref());
    let stages = bodies.flat_map(|body| &body.stages).filter(|stage| !is_fail(stage));
    stages.map(|stage| (stage.name.clone(), stage.span)).collect()
}

/// Whether nobody knows what there is: something in the file of a workflow did not parse, or what a stage does is unknown.
pub(in crate::sema) fn is_unclear(ctx: &Context<'_>, walk: &Walk) -> bool {
    let broken = |workflow: &WorkflowId| {
        ctx.bodies[workflow.index()].as_ref().is_none_or(|body| ctx.before.has_errors_in(body.span.file))
    };
    let last = walk.steps.last().map_or(&[][..], |step| &step.stages);
    walk.inside.iter().any(broken) || last.iter().filter_map(|&place| stage_at(ctx, place)).any(is_unknown)
}

/// Whether a stage, or one in what it runs, states how it is undone.
pub(in crate::sema) fn may_be_undone(ctx: &Context<'_>, stages: &[(WorkflowId, StageId)]) -> bool {
    if stages.iter().filter_map(|&place| stage_at(ctx, place)).any(|stage| stage.undo.is_some()) {
        return true;
    }
    let mut open = inside(ctx, stages);
    let mut seen: HashSet<WorkflowId> = open.iter().copied().collect();
    while let Some(workflow) = open.pop() {
        let Some(body) = &ctx.bodies[workflow.index()] else { return true };
        if body.stages.iter().any(|stage| stage.undo.is_some()) {
            return true;
        }
        let places: Vec<(WorkflowId, StageId)> =
            (0..body.stages.len()).map(|stage| (workflow, StageId::new(stage))).collect();
        open.extend(inside(ctx, &places).into_iter().filter(|id| seen.insert(*id)));
    }
    false
}

/// Whether nobody knows what a stage does: that is reported already.
fn is_unknown(stage: &hir::Stage) -> bool {
    matches!(&stage.body, hir::Body::Match(of) if of.arms.is_empty())
}

/// What a path is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sema) enum Purpose {
    /// One stage is looked at: of a map, one item.
    Look,
    /// All of that name.
    All,
}

impl Body<'_, '_> {
    /// The stage that a path leads to; reports where it does not.
    pub(super) fn stage_path(
        &mut self,
        root: WorkflowId,
        parts: &[Part<'_>],
        span: Span,
        purpose: Purpose,
    ) -> Option<StagePath> {
        let walk = walk(self.ctx, root, parts);
        if walk.steps.len() < parts.len() {
            self.report_lost(root, parts, &walk);
            return None;
        }
        self.check_items(parts, &walk.steps, purpose);
        Some(StagePath { steps: walk.steps, span })
    }

    /// Says where a path leads nowhere.
    pub(super) fn report_lost(&mut self, root: WorkflowId, parts: &[Part<'_>], walk: &Walk) {
        if is_unclear(self.ctx, walk) {
            return;
        }
        let lost = &parts[walk.steps.len()];
        self.ctx.unknown += 1;
        let names = if self.ctx.too_many_unknown() { Vec::new() } else { stage_names(self.ctx, &walk.inside) };
        let legal: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
        let found = match walk.steps.last().and_then(|step| stage_at(self.ctx, step.stages[0])) {
            Some(stage) if walk.inside.is_empty() => errors::nothing_inside(&stage.name, lost.span, stage.span),
            Some(stage) => errors::no_stage(&format!("`{}`", stage.name), lost.name, lost.span, &legal),
            None => {
                let workflow = self.ctx.workflows[root.index()].name.clone();
                errors::no_stage(&format!("the workflow `{workflow}`"), lost.name, lost.span, &legal)
            }
        };
        self.report(found);
    }

    /// Whether items are named where there are some, and nowhere else.
    fn check_items(&mut self, parts: &[Part<'_>], steps: &[Step], purpose: Purpose) {
        for (index, (part, step)) in parts.iter().zip(steps).enumerate() {
            let Some(stage) = stage_at(self.ctx, step.stages[0]) else { continue };
            let (name, declared) = (stage.name.clone(), stage.span);
            let map = matches!(stage.body, hir::Body::Map(_));
            match part.item {
                Some((_, at)) if !map => self.report(errors::not_a_map(&name, at, declared)),
                Some((None, at)) => self.report(errors::item_not_a_number(at)),
                None if map && purpose == Purpose::Look && index + 1 < steps.len() => {
                    self.report(errors::which_item(&name, part.span, declared));
                }
                _ => {}
            }
        }
    }
}

//! Locks: taken in the order of their names, so that no two runs wait for each other, and not held while people think.

use crate::base::span::Span;
use crate::sema::context::Context;
use crate::sema::errors::bounds as errors;
use crate::sema::hir::{Call, Lock, Stage, Workflow};
use crate::sema::inside::{Inside, body_calls, calls, lock_in, waits_in};

/// Checks every lock of every workflow.
pub(super) fn check(ctx: &mut Context<'_>, inside: &[Inside]) {
    let bodies = std::mem::take(&mut ctx.bodies);
    for workflow in bodies.iter().flatten() {
        if let Some(lock) = &workflow.lock {
            of_workflow(ctx, inside, workflow, lock);
        }
        for stage in &workflow.stages {
            if let Some(lock) = &stage.lock {
                of_stage(ctx, inside, stage, lock);
            }
        }
    }
    ctx.bodies = bodies;
}

fn of_workflow(ctx: &mut Context<'_>, inside: &[Inside], workflow: &Workflow, lock: &Lock) {
    let mut first: Option<Taken<'_>> = None;
    let mut waits: Option<Span> = None;
    for stage in &workflow.stages {
        if let Some(own) = &stage.lock {
            earlier(&mut first, Taken { name: &own.name, span: own.span, call: None });
        }
        if let Some(taken) = stage.undo.as_deref().and_then(|undo| taken(inside, undo)) {
            earlier(&mut first, taken);
        }
        for call in calls(stage) {
            if let Some(taken) = taken(inside, call) {
                earlier(&mut first, taken);
            }
            waits = waits.or_else(|| waits_in(inside, stage, call).map(|(_, span)| span));
        }
    }
    report(ctx, lock, first, waits);
}

fn of_stage(ctx: &mut Context<'_>, inside: &[Inside], stage: &Stage, lock: &Lock) {
    let mut first = None;
    // What undoes it runs under its lock too.
    for taken in calls(stage).into_iter().chain(stage.undo.as_deref()).filter_map(|call| taken(inside, call)) {
        earlier(&mut first, taken);
    }
    let waits = body_calls(&stage.body).into_iter().find_map(|call| waits_in(inside, stage, call));
    report(ctx, lock, first, waits.map(|(_, span)| span));
}

/// A lock that is taken inside another.
#[derive(Clone, Copy)]
struct Taken<'a> {
    name: &'a str,
    span: Span,
    call: Option<Span>,
}

fn taken<'a>(inside: &'a [Inside], call: &Call) -> Option<Taken<'a>> {
    lock_in(inside, call).map(|(name, span)| Taken { name, span, call: Some(call.span) })
}

fn earlier<'a>(first: &mut Option<Taken<'a>>, taken: Taken<'a>) {
    if first.is_none_or(|first| taken.name < first.name) {
        *first = Some(taken);
    }
}

fn report(ctx: &mut Context<'_>, lock: &Lock, first: Option<Taken<'_>>, waits: Option<Span>) {
    if let Some(inner) = first.filter(|inner| inner.name <= lock.name.as_str()) {
        ctx.report(errors::lock_order((&lock.name, lock.span), (inner.name, inner.span), inner.call));
    }
    if let Some(waits) = waits {
        ctx.report(errors::lock_around_wait(&lock.name, lock.span, waits));
    }
}

//! The expressions of a stage, each with whether its result depends on them.

use crate::plan::flow::Reads;
use crate::sema::hir::{ArmBody, Body, Call, HandlerAction, Repeat, Stage, Target};
use crate::value::expr::Expr;

/// What a stage names: first what its result depends on, then its label and what undoes it.
pub fn of(stage: &Stage) -> (Reads, Reads) {
    let (mut data, mut aside) = (Reads::default(), Reads::default());
    exprs(stage, &mut |place, expr| match place {
        Place::Data => data.add(expr),
        Place::Aside => aside.add(expr),
    });
    (data.sorted(), aside.sorted())
}

/// Where an expression of a stage stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The result of the stage depends on it.
    Data,
    /// In its label, or in what undoes it.
    Aside,
}

/// Calls `visit` with every expression of a stage, in the order in which the plan has them.
pub fn exprs(stage: &Stage, visit: &mut dyn FnMut(Place, &Expr)) {
    let mut data = |expr: &Expr| visit(Place::Data, expr);
    body_exprs(&stage.body, &mut data);
    for handler in &stage.handlers {
        match &handler.action {
            HandlerAction::Use(value) => data(value),
            HandlerAction::Call(call) => call_exprs(call, &mut data),
            HandlerAction::Fail | HandlerAction::Skip | HandlerAction::Ask(_) => {}
        }
    }
    let mut aside = |expr: &Expr| visit(Place::Aside, expr);
    stage.label.iter().for_each(|label| aside(label));
    stage.undo.iter().for_each(|call| call_exprs(call, &mut aside));
}

fn body_exprs(body: &Body, visit: &mut dyn FnMut(&Expr)) {
    match body {
        Body::Call(call) => call_exprs(call, visit),
        Body::Map(map) => {
            visit(&map.source);
            call_exprs(&map.call, visit);
        }
        Body::Match(of) => {
            visit(&of.subject);
            for arm in &of.arms {
                match &arm.body {
                    ArmBody::Call(call) => call_exprs(call, visit),
                    ArmBody::Use(value) => visit(value),
                    ArmBody::Skip => {}
                }
            }
        }
        Body::Race(race) => race.alternatives.iter().for_each(|one| call_exprs(&one.call, visit)),
        Body::Fail(message) => visit(message),
    }
}

fn call_exprs(call: &Call, visit: &mut dyn FnMut(&Expr)) {
    match &call.target {
        Target::Ask(ask) => {
            visit(&ask.question);
            ask.show.iter().for_each(&mut *visit);
            ask.approves.iter().for_each(|approval| visit(&approval.value));
        }
        Target::Wait(duration) => visit(duration),
        Target::Event(event) => visit(&event.key),
        Target::Action(_, _) | Target::Bound { .. } | Target::Workflow(_) => {}
    }
    call.args.iter().for_each(&mut *visit);
    if let Some(Repeat { until, with, stop_when, .. }) = call.repeat.as_deref() {
        visit(until);
        with.iter().for_each(|(_, value)| visit(value));
        stop_when.iter().for_each(visit);
    }
}

//! In which order the statements of a workflow are looked at: each after what it reads.

use crate::sema::hir::{ArmBody, Body, Call, Guard, HandlerAction, Stage, Target, Workflow};
use crate::sema::order::order;
use crate::value::expr::{Expr, ExprKind, Observe, Var};

/// A statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node {
    /// A `let`.
    Let(usize),
    /// A condition.
    Condition(usize),
    /// A stage.
    Stage(usize),
}

/// All statements of a workflow.
pub fn sequence(of: &Workflow) -> Vec<Node> {
    let (lets, conditions) = (of.lets.len(), of.conditions.len());
    let index = Positions { conditions: lets, stages: lets + conditions };
    let mut needs: Vec<Vec<usize>> = Vec::with_capacity(index.stages + of.stages.len());
    needs.extend(of.lets.iter().map(|item| {
        let mut found = index.guard(&item.guard);
        index.read(&item.value, &mut found);
        found
    }));
    needs.extend(of.conditions.iter().map(|condition| {
        let mut found = Vec::new();
        index.read(&condition.value, &mut found);
        found
    }));
    needs.extend(of.stages.iter().map(|stage| {
        let mut found = index.guard(&stage.guard);
        found.extend(stage.exits.iter().map(|exit| index.stages + exit.index()));
        exprs(stage, &mut |expr| index.read(expr, &mut found));
        found
    }));
    // What was reported may name what is not there.
    let count = needs.len();
    needs.iter_mut().for_each(|needs| needs.retain(|need| *need < count));
    let node = |at: usize| match at {
        at if at < lets => Node::Let(at),
        at if at < index.stages => Node::Condition(at - lets),
        at => Node::Stage(at - index.stages),
    };
    order(needs.len(), &needs).sequence.into_iter().map(node).collect()
}

struct Positions {
    conditions: usize,
    stages: usize,
}

impl Positions {
    fn guard(&self, guard: &Guard) -> Vec<usize> {
        guard.iter().map(|term| self.conditions + term.condition.index()).collect()
    }

    fn read(&self, expr: &Expr, into: &mut Vec<usize>) {
        expr.walk(|part| match part.kind {
            ExprKind::Var(Var::Let(index)) => into.push(index as usize),
            // How a stage ended says nothing of labels, but `errors` has its elements.
            ExprKind::Var(Var::Stage(stage)) | ExprKind::Observe(Observe::Errors, stage) => {
                into.push(self.stages + stage as usize);
            }
            _ => {}
        });
    }
}

/// Every expression of a stage.
fn exprs<'a>(stage: &'a Stage, visit: &mut dyn FnMut(&'a Expr)) {
    match &stage.body {
        Body::Map(map) => visit(&map.source),
        Body::Match(of) => {
            visit(&of.subject);
            of.arms.iter().for_each(|arm| match &arm.body {
                ArmBody::Use(value) => visit(value),
                ArmBody::Call(_) | ArmBody::Skip => {}
            });
        }
        Body::Fail(message) => visit(message),
        Body::Call(_) | Body::Race(_) => {}
    }
    for handler in &stage.handlers {
        if let HandlerAction::Use(value) = &handler.action {
            visit(value);
        }
    }
    for call in calls(stage) {
        of_call(call, visit);
    }
}

fn of_call<'a>(call: &'a Call, visit: &mut dyn FnMut(&'a Expr)) {
    call.args.iter().for_each(&mut *visit);
    match &call.target {
        Target::Ask(ask) => {
            visit(&ask.question);
            ask.show.iter().for_each(&mut *visit);
            ask.approves.iter().for_each(|approval| visit(&approval.value));
        }
        Target::Wait(length) => visit(length),
        Target::Event(event) => visit(&event.key),
        Target::Action(_, _) | Target::Bound { .. } | Target::Workflow(_) => {}
    }
    if let Some(repeat) = &call.repeat {
        visit(&repeat.until);
        repeat.with.iter().for_each(|(_, value)| visit(value));
        repeat.stop_when.iter().for_each(&mut *visit);
    }
}

/// Every call of a stage: its own, the one that undoes it, those of its handlers.
pub fn calls(stage: &Stage) -> Vec<&Call> {
    let mut found: Vec<&Call> = match &stage.body {
        Body::Call(call) => vec![call],
        Body::Map(map) => vec![&map.call],
        Body::Match(of) => of
            .arms
            .iter()
            .filter_map(|arm| match &arm.body {
                ArmBody::Call(call) => Some(call),
                ArmBody::Use(_) | ArmBody::Skip => None,
            })
            .collect(),
        Body::Race(race) => race.alternatives.iter().map(|alternative| &alternative.call).collect(),
        Body::Fail(_) => Vec::new(),
    };
    found.extend(stage.undo.as_deref());
    found.extend(stage.handlers.iter().filter_map(|handler| match &handler.action {
        HandlerAction::Call(call) => Some(call),
        _ => None,
    }));
    found
}

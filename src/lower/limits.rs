//! How long each workflow may take: its own limit, and of a body in braces those around it.

use super::calls::calls;
use crate::sema::hir;

/// For each workflow the shortest limit around it, milliseconds.
pub fn of_all(program: &hir::Program) -> Vec<Option<i64>> {
    let mut limits: Vec<Option<i64>> = program.workflows.iter().map(|workflow| workflow.timeout).collect();
    let named = (0..limits.len()).filter(|&index| !program.workflows[index].inline);
    let mut open: Vec<usize> = named.collect();
    // A body in braces has one caller, which comes before it here.
    while let Some(caller) = open.pop() {
        for stage in &program.workflows[caller].stages {
            for call in calls(stage) {
                let Some(body) = body_of(program, call) else { continue };
                let around = [limits[caller], stage.deadline, call.deadline, call.timeout];
                limits[body] = around.into_iter().flatten().min();
                open.push(body);
            }
        }
    }
    limits
}

fn body_of(program: &hir::Program, call: &hir::Call) -> Option<usize> {
    match call.target {
        hir::Target::Workflow(id) if program.workflows[id.index()].inline => Some(id.index()),
        _ => None,
    }
}

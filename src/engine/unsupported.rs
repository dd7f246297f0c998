//! What a plan asks for that this engine cannot carry out yet: refused by name, before anything starts.

mod agents;

use crate::base::span::Span;
use crate::diag::{Code, Diagnostic};
use crate::plan::{Call, Plan, Stage, Target, Workflow};

/// One problem for each place that names something that is not carried out yet, in the order of the sources. A plan without any can
/// be run.
pub fn unsupported(plan: &Plan) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    agents::check(plan, &mut found);
    for workflow in &plan.workflows {
        of_workflow(workflow, &mut found);
    }
    found.sort_by_key(|problem| problem.primary.span);
    found
}

fn of_workflow(workflow: &Workflow, found: &mut Vec<Diagnostic>) {
    for stage in &workflow.stages {
        of_stage(stage, found);
    }
}

fn of_stage(stage: &Stage, found: &mut Vec<Diagnostic>) {
    stage.all_calls(&mut |call| of_call(call, found));
}

fn of_call(call: &Call, found: &mut Vec<Diagnostic>) {
    match &call.target {
        Target::Pool { .. } => found.push(not_yet("pool", call.span)),
        Target::Ask(_) | Target::Wait(_) | Target::Event(_) | Target::Action { .. } | Target::Workflow(_) => {}
    }
}

fn not_yet(what: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0090, at, format!("`{what}` is not carried out yet"))
        .label("nothing was started")
        .help("`wfc check` and `wfc graph` understand it; this version cannot run it")
}

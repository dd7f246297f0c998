//! Kinds of agents that are not carried out yet, and files.

use super::not_yet;
use crate::diag::Diagnostic;
use crate::plan::{Action, Agent, Param, Plan, Workflow};
use crate::value::builtin::Builtin;
use crate::value::expr::{Expr, ExprKind};
use crate::value::types::{Kind, Type};

/// The kinds that are not carried out. One that a program registers is for whoever binds agents to know.
const KINDS: [&str; 3] = ["http", "llm", "mcp"];

pub(super) fn check(plan: &Plan, found: &mut Vec<Diagnostic>) {
    for agent in &plan.agents {
        of_agent(agent, found);
    }
    for workflow in &plan.workflows {
        of_files(workflow, found);
    }
}

fn of_agent(agent: &Agent, found: &mut Vec<Diagnostic>) {
    if KINDS.contains(&agent.kind.as_str()) {
        found.push(not_yet(&format!("uses {}", agent.kind), agent.span));
    }
    for action in &agent.actions {
        of_action(action, found);
    }
}

fn of_action(action: &Action, found: &mut Vec<Diagnostic>) {
    let mut files = of_params(&action.params) || holds_file(&action.result);
    action.settings.exprs(&mut |expr| files |= makes_file(expr).is_some());
    if files {
        found.push(not_yet("file", action.span));
    }
}

fn of_files(workflow: &Workflow, found: &mut Vec<Diagnostic>) {
    if of_params(&workflow.params) || holds_file(&workflow.result) {
        found.push(not_yet("file", workflow.span));
        return;
    }
    let lets = workflow.lets.iter().map(|item| &item.value);
    let all = lets.chain(workflow.conditions.iter().map(|condition| &condition.value)).chain(&workflow.returns);
    let mut first = all.filter_map(makes_file).next();
    for stage in &workflow.stages {
        stage.exprs(&mut |_, expr| first = first.or_else(|| makes_file(expr)));
    }
    found.extend(first.map(|span| not_yet("file", span)));
}

fn of_params(params: &[Param]) -> bool {
    params.iter().any(|param| holds_file(&param.ty))
}

fn holds_file(ty: &Type) -> bool {
    ty.any_part(&mut |part| part.kind == Kind::File)
}

/// The first place where a file is made, written out or read.
fn makes_file(expr: &Expr) -> Option<crate::base::span::Span> {
    let mut found = None;
    expr.walk(|part| {
        let of_files = match &part.kind {
            ExprKind::Call(builtin, _) => matches!(builtin, Builtin::File | Builtin::Text),
            ExprKind::Literal(value) => matches!(value, crate::value::Value::File(_)),
            _ => false,
        };
        if of_files {
            found = found.or(Some(part.span));
        }
    });
    found
}

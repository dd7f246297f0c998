//! Whether expressions of two plans mean the same: by names rather than by positions, through the `let`s that they read.

use std::collections::BTreeSet;

use crate::base::span::{FileId, Span};
use crate::engine::retry::decide::Decider;
use crate::plan::{Ask, Call, Stage, Target, Workflow};
use crate::value::expr::{Expr, ExprKind, Var};

/// An expression with all that it means: positions are those of a list of names, spans are gone.
#[derive(Debug, PartialEq)]
pub struct Meaning {
    exprs: Vec<Expr>,
    names: Vec<String>,
}

/// The meaning of some expressions of a workflow.
pub fn meaning<'a>(workflow: &Workflow, exprs: impl IntoIterator<Item = &'a Expr>) -> Meaning {
    let mut meaning = Meaning { exprs: Vec::new(), names: Vec::new() };
    let mut lets: Vec<u32> = Vec::new();
    for expr in exprs {
        meaning.add(workflow, expr, &mut lets);
    }
    let mut next = 0;
    while let Some(index) = lets.get(next).copied() {
        next += 1;
        let Some(binding) = workflow.lets.get(index as usize) else { continue };
        meaning.add(workflow, &binding.value, &mut lets);
        for term in &binding.guard {
            meaning.names.push(format!("holds {}", term.holds));
            if let Some(condition) = workflow.conditions.get(term.condition as usize) {
                meaning.add(workflow, &condition.value, &mut lets);
            }
        }
    }
    meaning
}

impl Meaning {
    fn add(&mut self, workflow: &Workflow, expr: &Expr, lets: &mut Vec<u32>) {
        let mut expr = expr.clone();
        expr.walk_mut(|part| {
            part.span = Span::start_of(FileId(0));
            match &mut part.kind {
                ExprKind::Var(Var::Stage(index)) | ExprKind::Observe(_, index) => {
                    *index = self.name("stage", workflow.stages.get(*index as usize).map(|stage| stage.name.as_str()));
                }
                ExprKind::Var(Var::Param(index)) => {
                    *index = self.name("param", workflow.params.get(*index as usize).map(|param| param.name.as_str()));
                }
                ExprKind::Var(Var::Let(index)) => {
                    let known = lets.iter().position(|known| known == index).unwrap_or_else(|| {
                        lets.push(*index);
                        lets.len() - 1
                    });
                    *index = known as u32;
                }
                _ => {}
            }
        });
        self.exprs.push(expr);
    }

    fn name(&mut self, kind: &str, name: Option<&str>) -> u32 {
        let name = format!("{kind} {}", name.unwrap_or_default());
        let known = self.names.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.names.push(name);
            self.names.len() - 1
        });
        known as u32
    }

    /// The parameters that are read.
    fn params(&self) -> impl Iterator<Item = &str> {
        self.names.iter().filter_map(|name| name.strip_prefix("param "))
    }
}

/// Names of the parameters that a stage reads, its guard included.
pub fn params_read(workflow: &Workflow, stage: &Stage) -> BTreeSet<String> {
    let mut exprs = Vec::new();
    stage.exprs(&mut |place, expr| {
        if !place.aside {
            exprs.push(expr);
        }
    });
    let guard = stage.guard.iter().filter_map(|term| workflow.conditions.get(term.condition as usize));
    let meaning = meaning(workflow, exprs.into_iter().chain(guard.map(|condition| &condition.value)));
    meaning.params().map(str::to_owned).collect()
}

/// Names of the parameters that the guard of a stage reads.
pub fn guard_params(workflow: &Workflow, stage: &Stage) -> BTreeSet<String> {
    let guard = stage.guard.iter().filter_map(|term| workflow.conditions.get(term.condition as usize));
    let meaning = meaning(workflow, guard.map(|condition| &condition.value));
    meaning.params().map(str::to_owned).collect()
}

/// Whether two calls give the same arguments, in the first round and from round to round.
pub fn same_arguments(old: &Workflow, old_call: &Call, new: &Workflow, new_call: &Call) -> bool {
    let exprs = |call: &'_ Call| -> Vec<Expr> {
        let with = call.repeat.iter().flat_map(|repeat| repeat.with.iter().map(|(_, expr)| expr.clone()));
        call.args.iter().cloned().chain(with).collect()
    };
    let positions = |call: &Call| -> Vec<u32> {
        call.repeat.iter().flat_map(|repeat| repeat.with.iter().map(|(position, _)| *position)).collect()
    };
    positions(old_call) == positions(new_call) && meaning(old, &exprs(old_call)) == meaning(new, &exprs(new_call))
}

impl Decider<'_> {
    /// Whether two targets are the same: the action, or the workflow with all that it calls.
    pub fn same_target(&self, old: &Target, new: &Target) -> bool {
        match (old, new) {
            (Target::Action { agent: a, action: b }, Target::Action { agent: c, action: d }) => {
                let old = &self.old_plan.agents[a.index()].actions[*b as usize];
                old.definition == self.new_plan.agents[c.index()].actions[*d as usize].definition
            }
            (Target::Pool { pool: a, action: b }, Target::Pool { pool: c, action: d }) => {
                let old = &self.old_plan.pools[a.index()].actions[*b as usize];
                old.definition == self.new_plan.pools[c.index()].actions[*d as usize].definition
            }
            (Target::Workflow(old), Target::Workflow(new)) => {
                let old = &self.old_plan.workflows[old.index()];
                old.definition == self.new_plan.workflows[new.index()].definition
            }
            (Target::Ask(old), Target::Ask(new)) => {
                let who = |ask: &Ask| ask.approves.as_ref().map(|approval| (approval.quorum, approval.not_requester));
                old.role == new.role && who(old) == who(new)
            }
            (Target::Event(old), Target::Event(new)) => old.name == new.name,
            (Target::Wait(_), Target::Wait(_)) => true,
            _ => false,
        }
    }
}

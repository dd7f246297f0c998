//! Checks of a plan that comes from outside: after them no index of it leads nowhere and nothing waits for itself.
//!
//! A plan that lowering made passes by construction; a file is whatever somebody wrote.

mod agent;
mod expr;
mod workflow;

use std::collections::{HashMap, HashSet};

use super::{FORMAT, Param, Plan, Pool, PoolAction, SourceFile, WorkflowId, definition};
use crate::base::span::Span;
use crate::base::unit::DURATION_MS_MAX;
use crate::value::expr::ExprKind;
use crate::value::json;
use expr::Sees;
use workflow::verify_retry;

/// How deep workflows may call each other.
pub const CALL_DEPTH_MAX: usize = 256;

/// Why a plan cannot be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{problem}", if .at.is_empty() { String::new() } else { format!("{}: ", .at) })]
pub struct Invalid {
    /// Where: ``workflow `a`, stage `b` ``; empty for the whole.
    pub at: String,
    /// What is wrong there.
    pub problem: String,
}

type Checked = Result<(), Invalid>;

/// Checks everything that an engine relies on but the hash.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify(plan: &Plan) -> Checked {
    if plan.format != FORMAT {
        return Err(invalid(format!("format {} is not known, only {FORMAT} is", plan.format)));
    }
    match plan.workflows.first() {
        None => return Err(invalid("it holds no workflow")),
        Some(first) if first.inline => return Err(invalid("its first workflow is a body in braces")),
        Some(_) => {}
    }
    for agent in &plan.agents {
        agent::verify(plan, agent).map_err(|e| e.within(format!("agent `{}`", agent.name)))?;
    }
    for pool in &plan.pools {
        verify_pool(plan, pool).map_err(|e| e.within(format!("pool `{}`", pool.name)))?;
    }
    for workflow in &plan.workflows {
        workflow::verify(plan, workflow).map_err(|e| e.within(format!("workflow `{}`", workflow.name)))?;
    }
    verify_files(plan)?;
    agent::verify_tools(plan)?;
    verify_calls(plan)
}

fn verify_pool(plan: &Plan, pool: &Pool) -> Checked {
    ensure(!pool.members.is_empty(), || "it has no member".into())?;
    let known = pool.members.iter().all(|agent| agent.index() < plan.agents.len());
    ensure(known, || "a member is not there".into())?;
    for action in &pool.actions {
        let checked = verify_members(plan, pool, action).and_then(|()| verify_params(plan, &action.params));
        checked.map_err(|e| e.within(format!("action `{}`", action.name)))?;
    }
    Ok(())
}

/// Every file that a value names is there, and is what it is said to be.
fn verify_files(plan: &Plan) -> Checked {
    let mut sizes: HashMap<&str, u64> = HashMap::new();
    for file in &plan.files {
        let right = blake3::hash(&file.content.0).to_hex().as_str() == file.hash;
        ensure(right, || format!("the file `{}` is another", file.hash))?;
        sizes.insert(&file.hash, file.content.0.len() as u64);
    }
    let mut checked = Ok(());
    plan.files_named(&mut |file| {
        if sizes.get(file.hash.as_str()) != Some(&file.size) {
            checked = Err(invalid(format!("the content of the file `{}` is not there", file.name)));
        }
    });
    checked
}

/// Each member has an action for it, and gets an argument for each parameter without a default.
fn verify_members(plan: &Plan, pool: &Pool, action: &PoolAction) -> Checked {
    ensure(action.members.len() == pool.members.len(), || "not every member has an action for it".into())?;
    for (agent, member) in pool.members.iter().zip(&action.members) {
        let found = plan.agents[agent.index()].actions.get(member.action as usize);
        let own = found.ok_or_else(|| invalid("a member's action is not there"))?;
        let fits = member.args.len() == own.params.len() && own.effects <= action.effects;
        ensure(fits, || format!("the action of `{}` is another", plan.agents[agent.index()].name))?;
        let given = member.args.iter().zip(&own.params).all(|(arg, param)| match arg {
            Some(position) => (*position as usize) < action.params.len(),
            None => param.default.is_some() || param.ty.is_optional(),
        });
        ensure(given, || format!("`{}` is given an argument that is not there", plan.agents[agent.index()].name))?;
    }
    Ok(())
}

fn verify_params(plan: &Plan, params: &[Param]) -> Checked {
    let mut names = HashSet::new();
    for param in params {
        ensure(names.insert(&param.name), || format!("two parameters are called `{}`", param.name))?;
        let Some(default) = &param.default else { continue };
        expr::verify(plan, default, Sees::default())?;
        if let ExprKind::Literal(value) = &default.kind {
            json::decode(&json::encode(value), &param.ty)
                .map_err(|e| invalid(format!("the default of `{}` does not fit its type: {e}", param.name)))?;
        }
    }
    Ok(())
}

/// No workflow calls itself, and calls do not nest too deeply.
fn verify_calls(plan: &Plan) -> Checked {
    let mut depth = vec![0usize; plan.workflows.len()];
    // In an acyclic plan every callee comes before its callers; a cycle is seen as a callee that has no depth yet.
    for id in definition::callees_first(plan) {
        let mut deepest = 0;
        for callee in plan.workflows[id.index()].callees() {
            let inner = depth[callee.index()];
            ensure(inner > 0, || calls_itself(plan, callee))?;
            deepest = deepest.max(inner);
        }
        depth[id.index()] = deepest + 1;
    }
    let too_deep = depth[0] > CALL_DEPTH_MAX;
    ensure(!too_deep, || format!("workflows call each other more than {CALL_DEPTH_MAX} deep"))
}

fn calls_itself(plan: &Plan, id: WorkflowId) -> String {
    format!("workflow `{}` calls itself, perhaps through others", plan.workflows[id.index()].name)
}

/// A span lies inside its source, on character boundaries.
fn verify_span(plan: &Plan, span: Span) -> Checked {
    let inside = |source: &SourceFile| source.text.get(span.range()).is_some();
    let found = span.start <= span.end && plan.sources.get(span.file.index()).is_some_and(inside);
    ensure(found, || format!("bytes {} to {} of source {} are not there", span.start, span.end, span.file.0))
}

fn verify_duration(what: &str, ms: Option<i64>) -> Checked {
    let fits = ms.is_none_or(|ms| (0..=DURATION_MS_MAX).contains(&ms));
    ensure(fits, || format!("its {what} is out of range"))
}

fn invalid(problem: impl Into<String>) -> Invalid {
    Invalid { at: String::new(), problem: problem.into() }
}

fn ensure(holds: bool, problem: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(invalid(problem())) }
}

impl Invalid {
    fn within(mut self, outer: String) -> Self {
        self.at = if self.at.is_empty() { outer } else { format!("{outer}, {}", self.at) };
        self
    }
}

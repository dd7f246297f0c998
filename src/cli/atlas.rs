//! Finds what the path of a stage (`a.b[3]#2`) means in a plan.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::plan::{ArmBody, Body, Call, Handler, HandlerAction, Plan, Stage, Target, Workflow, WorkflowId};
use crate::value::policy::Effects;

/// A plan with an index of the names in it.
#[derive(Debug, Clone)]
pub struct Atlas {
    plan: Arc<Plan>,
    /// For each workflow the positions of its stages by name.
    names: Arc<Vec<HashMap<String, usize>>>,
}

/// What a path leads to.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// The stage that its last name means.
    pub stage: &'a Stage,
    /// Its call; of a `match` the first of the arms that call something.
    pub call: Option<&'a Call>,
}

impl Atlas {
    /// Indexes a plan.
    pub fn new(plan: Arc<Plan>) -> Self {
        let index =
            |workflow: &Workflow| workflow.stages.iter().enumerate().map(|(i, s)| (s.name.clone(), i)).collect();
        let names = Arc::new(plan.workflows.iter().map(index).collect());
        Self { plan, names }
    }

    /// The plan.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// The stages of the workflow that runs, each with its place in [`top`](Self::top).
    pub fn stages(&self) -> &[Stage] {
        self.plan.workflows.first().map_or(&[], |workflow| &workflow.stages)
    }

    /// The place of the first name of a path among [`stages`](Self::stages).
    pub fn top(&self, path: &str) -> Option<usize> {
        let first = names(path).next()?;
        self.names.first()?.get(first).copied()
    }

    /// What a path leads to; `None` where it does not belong to this plan.
    pub fn find(&self, path: &str) -> Option<Found<'_>> {
        let mut workflows = vec![WorkflowId(0)];
        let mut found = None;
        for name in names(path) {
            let (workflow, at) = workflows.iter().find_map(|id| {
                let at = self.names.get(id.index())?.get(name)?;
                Some((*id, *at))
            })?;
            let stage = &self.plan.workflows[workflow.index()].stages[at];
            let calls = calls(stage);
            workflows = calls.iter().filter_map(|call| inner(call)).collect();
            found = Some(Found { stage, call: calls.first().copied() });
        }
        found
    }

    /// Whether whatever stands in for a failure of a stage is calculated, rather than done.
    pub fn uses_value(&self, path: &str) -> bool {
        let is_call = |handler: &Handler| matches!(handler.action, HandlerAction::Call(_));
        self.find(path).is_some_and(|found| !found.stage.handlers.iter().any(is_call))
    }

    /// Whether a path leads to a `fail`.
    pub fn is_fail(&self, path: &str) -> bool {
        self.find(path).is_some_and(|found| matches!(found.stage.body, Body::Fail(_)))
    }

    /// The stages that the condition of a `fail` reads, as paths beside its own; nothing where the path leads to no `fail`.
    pub fn read_by_fail(&self, path: &str) -> Option<Vec<String>> {
        let stage = self.find(path)?.stage;
        let Body::Fail(_) = stage.body else { return None };
        let workflow = self.plan.workflows.iter().find(|of| of.stages.iter().any(|one| std::ptr::eq(one, stage)))?;
        let conditions = stage.guard.iter().filter_map(|term| workflow.conditions.get(term.condition as usize));
        let read: BTreeSet<usize> = conditions.flat_map(|condition| &condition.needs).map(|id| id.index()).collect();
        let holder = parent(path).map(|holder| format!("{holder}.")).unwrap_or_default();
        Some(read.into_iter().map(|id| format!("{holder}{}", workflow.stages[id].name)).collect())
    }

    /// Whether a path leads to a stage of a `finally`: it is done again whenever the run ends.
    pub fn is_finally(&self, path: &str) -> bool {
        self.find(path).is_some_and(|found| found.stage.finally)
    }

    /// Whether a path leads to a map as a whole, rather than an item of it.
    pub fn is_whole_map(&self, path: &str) -> bool {
        let own = path.rsplit('.').next().unwrap_or_default();
        !own.contains('[') && self.find(path).is_some_and(|found| matches!(found.stage.body, Body::Map(_)))
    }

    /// `agent.action` of a call, or the name of the workflow that it calls.
    pub fn callee(&self, call: &Call) -> Option<String> {
        match &call.target {
            Target::Action { agent, action } => {
                let agent = self.plan.agents.get(agent.index())?;
                Some(format!("{}.{}", agent.name, agent.actions.get(*action as usize)?.name))
            }
            Target::Pool { pool, action } => {
                let pool = self.plan.pools.get(pool.index())?;
                Some(format!("{}.{}", pool.name, pool.actions.get(*action as usize)?.name))
            }
            Target::Workflow(id) => self.plan.workflows.get(id.index()).map(|workflow| workflow.name.clone()),
            Target::Ask(_) => Some("ask".to_owned()),
            Target::Wait(_) => Some("wait".to_owned()),
            Target::Event(event) => Some(format!("event {}", event.name)),
        }
    }

    /// The call that a path leads to. What undoes a stage has its path with `.undo` behind it.
    pub fn call(&self, path: &str) -> Option<&Call> {
        match (self.find(path), path.strip_suffix(".undo")) {
            (Some(found), _) => found.call,
            (None, Some(of)) => self.find(of)?.stage.undo.as_deref(),
            (None, None) => None,
        }
    }

    /// What a path leads to may do to the world: of a pool, what any of its members may.
    pub fn effects(&self, path: &str) -> Effects {
        let carriers = self.call(path).into_iter().flat_map(|call| self.plan.carriers(&call.target));
        let effects = carriers.map(|(agent, action)| self.plan.action(agent, action).effects);
        effects.max().unwrap_or(Effects::None)
    }
}

/// The names in a path, without the items and rounds between them.
pub fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('.').map(|part| part.split(['[', '#']).next().unwrap_or(part))
}

/// How many names a path has.
pub fn depth(path: &str) -> usize {
    path.matches('.').count() + 1
}

/// What holds a stage, item or round: `a.b[3]#2` is in `a.b[3]`, that in `a.b`, that in `a`.
pub fn parent(path: &str) -> Option<&str> {
    path.rfind(['.', '[', '#']).map(|at| &path[..at])
}

/// The first two names of a path with their items and rounds.
pub fn shown(path: &str) -> &str {
    path.match_indices('.').nth(1).map_or(path, |(at, _)| &path[..at])
}

fn calls(stage: &Stage) -> Vec<&Call> {
    let mut calls: Vec<&Call> = match &stage.body {
        Body::Call(call) => vec![call],
        Body::Map(map) => vec![&map.call],
        Body::Match(body) => body.arms.iter().filter_map(|arm| arm_call(&arm.body)).collect(),
        Body::Race(race) => race.alternatives.iter().map(|alternative| &alternative.call).collect(),
        Body::Fail(_) => Vec::new(),
    };
    calls.extend(stage.handlers.iter().filter_map(|handler| match &handler.action {
        HandlerAction::Call(call) => Some(call),
        _ => None,
    }));
    calls
}

fn arm_call(arm: &ArmBody) -> Option<&Call> {
    match arm {
        ArmBody::Call(call) => Some(call),
        ArmBody::Use(_) | ArmBody::Skip => None,
    }
}

fn inner(call: &Call) -> Option<WorkflowId> {
    match call.target {
        Target::Workflow(id) => Some(id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_fall_into_names_and_holders() {
        assert_eq!(names("a.b[3]#2.c").collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(parent("a.b[3]#2"), Some("a.b[3]"));
        assert_eq!(parent("a.b"), Some("a"));
        assert_eq!(parent("a"), None);
        assert_eq!((shown("a[1].b#2.c.d"), shown("a"), depth("a.b[0].c")), ("a[1].b#2", "a", 3));
    }
}

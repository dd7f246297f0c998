//! Definitions: what a result depends on beside the values that it read, as hashes that survive edits elsewhere.
//!
//! Invariant: a definition holds no position of any table. What an expression names is written down by what it is: a stage and
//! a parameter by their names, a `let`, an action and a workflow by their own definitions, a secret by its name.

use std::collections::HashMap;

use serde::Serialize;

use super::{
    Action, Body, Call, Handler, HandlerAction, Param, Plan, Pool, PoolAction, Settings, Stage, Target, Term, Workflow,
    WorkflowId, canonical, flow,
};
use crate::base::stack::on_large_stack;
use crate::value::expr::{Expr, ExprKind, Var};
use crate::value::settings::Tool;
use crate::value::types::{Kind, Type};

impl Plan {
    /// Fills in all definitions and the hash, from the rest. The plan must have passed the checks of indexes and cycles.
    pub fn define(&mut self) {
        on_large_stack(|| self.define_here());
    }

    fn define_here(&mut self) {
        for Tool { agent, action } in tools_first(self) {
            let definition = of_action(self, &self.agents[agent as usize].actions[action as usize]);
            self.agents[agent as usize].actions[action as usize].definition = definition;
        }
        for index in 0..self.pools.len() {
            let definitions: Vec<String> =
                self.pools[index].actions.iter().map(|action| of_pool(self, &self.pools[index], action)).collect();
            for (action, definition) in self.pools[index].actions.iter_mut().zip(definitions) {
                action.definition = definition;
            }
        }
        for id in callees_first(self) {
            let (stages, definition) = of_workflow(self, &self.workflows[id.index()]);
            let workflow = &mut self.workflows[id.index()];
            workflow.definition = definition;
            for (stage, definition) in workflow.stages.iter_mut().zip(stages) {
                stage.definition = definition;
            }
        }
        self.hash = canonical::hash(self);
    }
}

/// The workflows, each after those that it calls; in a circle of calls one of them comes before what it calls.
pub(super) fn callees_first(plan: &Plan) -> Vec<WorkflowId> {
    let mut seen = vec![false; plan.workflows.len()];
    let mut order = Vec::with_capacity(seen.len());
    for root in 0..plan.workflows.len() {
        let mut stack = vec![(WorkflowId::new(root), false)];
        while let Some((id, expanded)) = stack.pop() {
            if expanded {
                order.push(id);
            } else if !std::mem::replace(&mut seen[id.index()], true) {
                stack.push((id, true));
                stack.extend(plan.workflows[id.index()].callees().into_iter().map(|callee| (callee, false)));
            }
        }
    }
    order
}

impl Workflow {
    /// The workflows that it calls, ascending.
    pub fn callees(&self) -> Vec<WorkflowId> {
        let mut callees = Vec::new();
        for stage in &self.stages {
            stage.all_calls(&mut |call| {
                if let Target::Workflow(callee) = call.target {
                    callees.push(callee);
                }
            });
        }
        callees.sort_unstable();
        callees.dedup();
        callees
    }
}

/// The actions, each after its tools; in a circle of tools one of them comes before.
pub(super) fn tools_first(plan: &Plan) -> Vec<Tool> {
    let mut seen: Vec<Vec<bool>> = plan.agents.iter().map(|agent| vec![false; agent.actions.len()]).collect();
    let mut order = Vec::new();
    let mut stack = Vec::new();
    for (agent, of) in (0..).zip(&plan.agents) {
        stack.extend((0..).zip(&of.actions).map(|(action, _)| (Tool { agent, action }, false)));
        while let Some((tool, expanded)) = stack.pop() {
            if expanded {
                order.push(tool);
            } else if !std::mem::replace(&mut seen[tool.agent as usize][tool.action as usize], true) {
                stack.push((tool, true));
                stack.extend(plan.tools(tool).iter().map(|inner| (*inner, false)));
            }
        }
    }
    order
}

impl Plan {
    /// What an action hands to its model.
    pub(super) fn tools(&self, of: Tool) -> &[Tool] {
        match &self.agents[of.agent as usize].actions[of.action as usize].settings {
            Settings::Llm(llm) => &llm.tools,
            _ => &[],
        }
    }
}

fn of_action(plan: &Plan, action: &Action) -> String {
    let mut action = Action {
        definition: String::new(),
        probe: None,
        timeout: None,
        retry: None,
        cache: None,
        cost: None,
        ..action.clone()
    };
    let mut names = Vec::new();
    if let Settings::Llm(llm) = &mut action.settings {
        llm.price = None;
        for tool in std::mem::take(&mut llm.tools) {
            let agent = &plan.agents[tool.agent as usize];
            let action = &agent.actions[tool.action as usize];
            names.push(format!("{}.{} {}", agent.name, action.name, action.definition));
        }
    }
    action.settings.exprs_mut(&mut |expr| {
        expr.walk_mut(|part| {
            if let ExprKind::Var(Var::Secret(secret)) = &mut part.kind {
                names.push(plan.secrets[*secret as usize].name.clone());
                *secret = 0;
            }
        });
    });
    canonical::hash(&(action, names))
}

/// Which member is picked changes no result that is there, and neither does the name of the pool.
fn of_pool(plan: &Plan, pool: &Pool, action: &PoolAction) -> String {
    let members =
        pool.members.iter().zip(&action.members).map(|(agent, member)| {
            (&plan.agents[agent.index()].actions[member.action as usize].definition, &member.args)
        });
    canonical::hash(&(&action.name, &action.params, &action.result, members.collect::<Vec<_>>()))
}

/// The definitions of the stages, and that of the whole.
fn of_workflow(plan: &Plan, workflow: &Workflow) -> (Vec<String>, String) {
    let mut parts = Parts::new(plan, workflow);
    parts.define_lets_and_conditions();
    let stages: Vec<String> = workflow.stages.iter().map(|stage| parts.of_stage(stage)).collect();
    let whole = parts.of_whole(&stages);
    (stages, whole)
}

/// The definitions of the parts of one workflow, as far as they are known.
struct Parts<'a> {
    plan: &'a Plan,
    workflow: &'a Workflow,
    conditions: Vec<Option<String>>,
    lets: Vec<String>,
}

impl<'a> Parts<'a> {
    fn new(plan: &'a Plan, workflow: &'a Workflow) -> Self {
        let lets = vec![String::new(); workflow.lets.len()];
        Self { plan, workflow, conditions: vec![None; workflow.conditions.len()], lets }
    }

    /// A condition may read a `let`, and the guard of a `let` a condition: conditions are defined when first needed.
    fn define_lets_and_conditions(&mut self) {
        let order = flow::let_order(self.workflow).expect("no `let` of a checked plan reads itself");
        for index in order {
            let item = &self.workflow.lets[index];
            for term in &item.guard {
                self.define_condition(term.condition as usize);
            }
            self.lets[index] = self.of_expr(&item.value, &item.guard);
        }
        for index in 0..self.workflow.conditions.len() {
            self.define_condition(index);
        }
    }

    fn define_condition(&mut self, index: usize) {
        if self.conditions[index].is_none() {
            self.conditions[index] = Some(self.of_expr(&self.workflow.conditions[index].value, &[]));
        }
    }

    fn of_expr(&self, expr: &Expr, guard: &[Term]) -> String {
        let mut names = Names::default();
        let mut expr = expr.clone();
        names.rename(self, &mut expr);
        canonical::hash(&(expr, self.guard(guard), names.table))
    }

    fn guard(&self, guard: &[Term]) -> Vec<(Option<&str>, bool)> {
        guard.iter().map(|term| (self.conditions[term.condition as usize].as_deref(), term.holds)).collect()
    }

    /// Policies, texts for people and order without data are not in it: changing those keeps a result.
    fn of_stage(&self, stage: &Stage) -> String {
        let mut names = Names::default();
        let mut stage = Stage { label: None, undo: None, lock: None, budget: None, ..stage.clone() };
        if let Body::Map(map) = &mut stage.body {
            map.parallel = None;
        }
        stage.calls_mut(&mut |call| {
            strip(call);
            names.rename_target(self, &mut call.target);
        });
        stage.exprs_mut(&mut |_, expr| names.rename(self, expr));
        for handler in &mut stage.handlers {
            if let HandlerAction::Ask(wait) = &mut handler.action {
                *wait = 0;
            }
        }
        canonical::hash(&StageDefinition {
            body: &stage.body,
            handlers: &stage.handlers,
            guard: self.guard(&stage.guard),
            ty: present(&stage.ty),
            finally: stage.finally,
            names: names.table,
        })
    }

    fn of_whole(&self, stages: &[String]) -> String {
        let mut names = Names::default();
        let mut returns = self.workflow.returns.clone();
        if let Some(returns) = &mut returns {
            names.rename(self, returns);
        }
        let named = self.workflow.stages.iter().map(|stage| stage.name.as_str());
        let mut stages: Vec<(&str, &str)> = named.zip(stages.iter().map(String::as_str)).collect();
        stages.sort_unstable();
        canonical::hash(&WorkflowDefinition {
            params: &self.workflow.params,
            result: &self.workflow.result,
            stages,
            returns,
            names: names.table,
        })
    }
}

#[derive(Serialize)]
struct StageDefinition<'a> {
    body: &'a Body,
    handlers: &'a [Handler],
    guard: Vec<(Option<&'a str>, bool)>,
    ty: &'a Type,
    finally: bool,
    names: Vec<String>,
}

#[derive(Serialize)]
struct WorkflowDefinition<'a> {
    params: &'a [Param],
    result: &'a Type,
    stages: Vec<(&'a str, &'a str)>,
    returns: Option<Expr>,
    names: Vec<String>,
}

/// Takes out what only bounds a call. Of an `ask` every clause counts (rulings 3), and of an event.
fn strip(call: &mut Call) {
    call.retry = None;
    call.deadline = None;
    call.cache = None;
    if !matches!(call.target, Target::Ask(_) | Target::Event(_)) {
        call.timeout = None;
    }
}

/// Whether a reader sees `T` or `T?` depends on other stages, so the `?` does not count.
fn present(ty: &Type) -> &Type {
    match &ty.kind {
        Kind::Optional(inner) => inner,
        _ => ty,
    }
}

#[derive(PartialEq, Eq, Hash)]
enum Named {
    Stage(u32),
    Let(u32),
    Param(u32),
    Action(u32, u32),
    Pool(u32, u32),
    Workflow(u32),
}

/// Positions are replaced by positions in a table of what is named, in the order in which it is first named.
#[derive(Default)]
struct Names {
    table: Vec<String>,
    known: HashMap<Named, u32>,
}

impl Names {
    fn rename(&mut self, parts: &Parts<'_>, expr: &mut Expr) {
        expr.walk_mut(|part| match &mut part.kind {
            ExprKind::Var(Var::Stage(stage)) | ExprKind::Observe(_, stage) => {
                let name = &parts.workflow.stages[*stage as usize].name;
                *stage = self.position(Named::Stage(*stage), || format!("stage {name}"));
            }
            ExprKind::Var(Var::Let(item)) => {
                let definition = &parts.lets[*item as usize];
                *item = self.position(Named::Let(*item), || format!("let {definition}"));
            }
            ExprKind::Var(Var::Param(param)) => {
                let name = &parts.workflow.params[*param as usize].name;
                *param = self.position(Named::Param(*param), || format!("param {name}"));
            }
            _ => {}
        });
    }

    fn rename_target(&mut self, parts: &Parts<'_>, target: &mut Target) {
        match target {
            Target::Action { agent, action } => {
                let definition = &parts.plan.agents[agent.index()].actions[*action as usize].definition;
                agent.0 = self.position(Named::Action(agent.0, *action), || format!("action {definition}"));
                *action = 0;
            }
            Target::Pool { pool, action } => {
                let definition = &parts.plan.pools[pool.index()].actions[*action as usize].definition;
                pool.0 = self.position(Named::Pool(pool.0, *action), || format!("pool {definition}"));
                *action = 0;
            }
            Target::Workflow(id) => {
                let definition = &parts.plan.workflows[id.index()].definition;
                id.0 = self.position(Named::Workflow(id.0), || format!("workflow {definition}"));
            }
            Target::Ask(_) | Target::Wait(_) | Target::Event(_) => {}
        }
    }

    fn position(&mut self, named: Named, text: impl FnOnce() -> String) -> u32 {
        *self.known.entry(named).or_insert_with(|| {
            self.table.push(text());
            u32::try_from(self.table.len() - 1).expect("tables are bounded by the size of a source")
        })
    }
}

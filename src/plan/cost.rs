//! What attempts, stages and workflows cost at most: on their way, and for the end (`undo` and `finally`).

use std::collections::BTreeMap;

use super::{Action, AgentId, ArmBody, Body, Call, HandlerAction, Plan, Settings, Stage, Target, Workflow, WorkflowId};
use crate::value::length::items_max;
use crate::value::settings::Llm;

/// An amount of money and of tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Millionths of a dollar.
    pub money: i64,
    /// Tokens.
    pub tokens: i64,
}

impl Cost {
    /// Both.
    pub fn and(self, other: Self) -> Self {
        self.each(other, i64::saturating_add)
    }

    /// The dearer one, in each of the two.
    pub fn or(self, other: Self) -> Self {
        self.each(other, i64::max)
    }

    /// What is left, down to nothing.
    pub fn less(self, other: Self) -> Self {
        self.each(other, |a, b| a.saturating_sub(b).max(0))
    }

    /// The cheaper one, in each of the two.
    pub fn at_most(self, other: Self) -> Self {
        self.each(other, i64::min)
    }

    fn each(self, other: Self, of: fn(i64, i64) -> i64) -> Self {
        Self { money: of(self.money, other.money), tokens: of(self.tokens, other.tokens) }
    }

    fn times(self, count: i64) -> Self {
        Self { money: self.money.saturating_mul(count), tokens: self.tokens.saturating_mul(count) }
    }
}

/// A worst case.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Worst {
    /// What leads to a result.
    pub way: Cost,
    /// What comes after it: undoing, and `finally`.
    pub end: Cost,
}

impl Worst {
    fn and(self, other: Self) -> Self {
        Self { way: self.way.and(other.way), end: self.end.and(other.end) }
    }

    fn or(self, other: Self) -> Self {
        Self { way: self.way.or(other.way), end: self.end.or(other.end) }
    }

    fn times(self, count: i64) -> Self {
        Self { way: self.way.times(count), end: self.end.times(count) }
    }

    /// All of it belongs to the end of something.
    fn at_the_end(self) -> Self {
        Self { way: Cost::default(), end: self.way.and(self.end) }
    }
}

/// What one attempt of an action costs at most. Of what states nothing that is nothing.
pub fn of_action(plan: &Plan, action: &Action) -> Cost {
    of_action_within(plan, action, TOOLS_DEEP_MAX)
}

/// Tools that use tools: the checker knows of no circle, a plan from elsewhere may.
const TOOLS_DEEP_MAX: u32 = 16;

fn of_action_within(plan: &Plan, action: &Action, deep: u32) -> Cost {
    let stated = Cost { money: action.cost.unwrap_or(0), tokens: 0 };
    match &action.settings {
        Settings::Llm(llm) => stated.and(of_model(plan, llm, deep)),
        _ => stated,
    }
}

fn of_model(plan: &Plan, llm: &Llm, deep: u32) -> Cost {
    let turns = if llm.tools.is_empty() { 1 } else { i64::from(llm.max_turns) };
    // A repair round counts.
    let calls = turns.saturating_add(1);
    let own = Cost {
        money: llm.price.map_or(0, |price| price.of(llm.max_input, llm.max_output, calls)),
        tokens: llm.max_input.saturating_add(llm.max_output).saturating_mul(calls),
    };
    let tools = llm.tools.iter().filter_map(|tool| {
        let action = plan.agents.get(tool.agent as usize)?.actions.get(tool.action as usize)?;
        let attempts = action.retry.as_ref().map_or(1, |retry| i64::from(retry.attempts));
        Some(of_action_within(plan, action, deep.checked_sub(1)?).times(attempts))
    });
    own.and(tools.fold(Cost::default(), Cost::or).times(turns))
}

/// What a run of a workflow costs at most.
pub fn of_workflow(plan: &Plan, id: WorkflowId) -> Worst {
    let known = known(plan, id);
    known.get(&id.0).copied().unwrap_or_default()
}

/// What a stage of a workflow costs at most.
pub fn of_stage(plan: &Plan, workflow: WorkflowId, stage: &Stage) -> Worst {
    stage_worst(plan, &known(plan, workflow), &plan.workflows[workflow.index()], stage)
}

/// The worst cases of a workflow and of all that it calls, those that are called first.
fn known(plan: &Plan, id: WorkflowId) -> BTreeMap<u32, Worst> {
    let mut known = BTreeMap::new();
    let mut open = vec![(id, false)];
    while let Some((id, seen)) = open.pop() {
        let workflow = &plan.workflows[id.index()];
        if seen {
            let stages: Vec<&Stage> = workflow.stages.iter().collect();
            let worst = of_stages(plan, &known, workflow, &stages, 0);
            known.insert(id.0, worst);
        } else if !known.contains_key(&id.0) {
            open.push((id, true));
            for stage in &workflow.stages {
                stage.all_calls(&mut |call| {
                    if let Target::Workflow(inner) = call.target {
                        open.push((inner, false));
                    }
                });
            }
        }
    }
    known
}

/// Stages under the same first `depth` conditions. Of the two sides of a further condition only one is run.
fn of_stages(plan: &Plan, known: &BTreeMap<u32, Worst>, workflow: &Workflow, stages: &[&Stage], depth: usize) -> Worst {
    let mut total = Worst::default();
    let mut sides: BTreeMap<u32, [Vec<&Stage>; 2]> = BTreeMap::new();
    for stage in stages {
        match stage.guard.get(depth) {
            Some(term) => sides.entry(term.condition).or_default()[usize::from(term.holds)].push(stage),
            None => total = total.and(stage_worst(plan, known, workflow, stage)),
        }
    }
    for [otherwise, then] in sides.values() {
        let [then, otherwise] = [then, otherwise].map(|side| of_stages(plan, known, workflow, side, depth + 1));
        total = total.and(then.or(otherwise));
    }
    total
}

fn stage_worst(plan: &Plan, known: &BTreeMap<u32, Worst>, workflow: &Workflow, stage: &Stage) -> Worst {
    let of = |call: &Call| of_call(plan, known, call);
    let handled = stage.handlers.iter().filter_map(|handler| match &handler.action {
        HandlerAction::Call(call) => Some(of(call)),
        _ => None,
    });
    let handled = handled.fold(Worst::default(), Worst::or);
    let undone = stage.undo.as_deref().map_or_else(Worst::default, |call| of(call).at_the_end());
    let around = |call: &Call| of(call).and(handled).and(undone.times(rounds(call)));
    let worst = match &stage.body {
        Body::Call(call) => around(call),
        Body::Map(map) => {
            let most = items_max(&map.source, map.up_to, workflow);
            let most = most.map_or(i64::MAX, |most| i64::try_from(most).unwrap_or(i64::MAX));
            around(&map.call).times(most)
        }
        Body::Match(branches) => {
            let arms = branches.arms.iter().filter_map(|arm| match &arm.body {
                ArmBody::Call(call) => Some(of(call)),
                _ => None,
            });
            arms.fold(Worst::default(), Worst::or).and(handled).and(undone)
        }
        Body::Race(race) => race.alternatives.iter().fold(handled, |worst, one| worst.and(of(&one.call))),
        Body::Fail(_) => Worst::default(),
    };
    if stage.finally { worst.at_the_end() } else { worst }
}

/// An attempt, and its probe as often as that may be asked.
fn with_probe(plan: &Plan, agent: AgentId, action: u32) -> Cost {
    let actions = &plan.agents[agent.index()].actions;
    let action = &actions[action as usize];
    let probe = action.probe.and_then(|probe| actions.get(probe as usize)).map(|probe| {
        let attempts = probe.retry.as_ref().map_or(1, |retry| i64::from(retry.attempts));
        of_action(plan, probe).times(attempts)
    });
    of_action(plan, action).and(probe.unwrap_or_default())
}

fn rounds(call: &Call) -> i64 {
    call.repeat.as_ref().map_or(1, |repeat| i64::from(repeat.up_to))
}

fn of_call(plan: &Plan, known: &BTreeMap<u32, Worst>, call: &Call) -> Worst {
    let way = |way| Worst { way, end: Cost::default() };
    let once = match call.target {
        Target::Action { agent, action } => way(with_probe(plan, agent, action)),
        Target::Pool { pool, action } => {
            let pool = &plan.pools[pool.index()];
            let members = pool.members.iter().zip(&pool.actions[action as usize].members);
            way(members.map(|(agent, member)| with_probe(plan, *agent, member.action)).fold(Cost::default(), Cost::or))
        }
        Target::Workflow(id) => known.get(&id.0).copied().unwrap_or_default(),
        Target::Ask(_) | Target::Wait(_) | Target::Event(_) => Worst::default(),
    };
    let attempts = call.retry.as_ref().map_or(1, |retry| i64::from(retry.attempts));
    once.times(attempts).times(rounds(call))
}

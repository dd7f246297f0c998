//! What stages and calls cost at most, in one instance of a workflow.

use std::collections::BTreeSet;

use crate::base::unit::Price;
use crate::sema::budget::instance::Instances;
use crate::sema::budget::worst::{Prices, Worst};
use crate::sema::hir::{Action, ActionKind, Agent, AgentId, Body, Call, Map, Role, Stage, Target, Workflow};
use crate::sema::inside::{arm_call, handler_call};
use crate::value::length::items_max;

/// What is known of costs, seen from one instance.
pub struct Costs<'a, 'k> {
    /// The workflow.
    pub workflow: &'a Workflow,
    /// All agents.
    pub agents: &'a [Agent],
    /// Those that stand for the agent parameters of the instance.
    pub bound: &'k [AgentId],
    /// All instances.
    pub instances: &'k Instances,
    /// By instance, its worst case; of those that it calls it is known.
    pub known: &'k [Worst<'a>],
    /// Models whose price nobody states: the table says it.
    pub listed: &'k BTreeSet<&'a str>,
}

impl<'a> Costs<'a, '_> {
    /// What a stage costs at most.
    pub fn of_stage(&self, stage: &'a Stage) -> Worst<'a> {
        let handled = stage.handlers.iter().filter_map(handler_call).map(|call| self.of_call(call));
        let handled = handled.fold(Worst::NOTHING, Worst::or);
        let undone = stage.undo.as_deref().map_or(Worst::NOTHING, |call| self.of_call(call));
        let around = |call: &'a Call| self.of_call(call).and(handled).and(undone.times(rounds(call)));
        match &stage.body {
            Body::Call(call) => around(call),
            Body::Map(map) => self.of_items(map, around(&map.call)),
            Body::Match(of) => {
                let arms = of.arms.iter().filter_map(|arm| arm_call(&arm.body)).map(|call| self.of_call(call));
                arms.fold(Worst::NOTHING, Worst::or).and(handled).and(undone)
            }
            Body::Race(race) => {
                let all = race.alternatives.iter().map(|one| self.of_call(&one.call));
                all.fold(Worst::NOTHING, Worst::and).and(handled)
            }
            Body::Fail(_) => Worst::NOTHING,
        }
    }

    fn of_items(&self, map: &Map, item: Worst<'a>) -> Worst<'a> {
        match items_max(&map.source, map.up_to, self.workflow) {
            Some(most) => item.times(i64::try_from(most).unwrap_or(i64::MAX)),
            None => item.without_bound(map.source.span),
        }
    }

    fn of_call(&self, call: &'a Call) -> Worst<'a> {
        let attempts = match call.target {
            Target::Action(agent, action) => self.of_carriers(call, agent, agent, action),
            Target::Bound { param, interface, action } => {
                self.of_carriers(call, self.bound.get(param).copied().unwrap_or(interface), interface, action)
            }
            Target::Workflow(_) => {
                let once = self.instances.called(call, self.bound).map_or(Worst::NOTHING, |at| self.known[at]);
                once.times(attempts(call, &[]))
            }
            Target::Ask(_) | Target::Wait(_) | Target::Event(_) => Worst::NOTHING,
        };
        attempts.times(rounds(call))
    }

    /// All attempts by the dearest of those who may carry an action out.
    fn of_carriers(&self, call: &'a Call, agent: AgentId, model: AgentId, action: usize) -> Worst<'a> {
        let model = self.agents.get(model.index()).and_then(|agent| agent.actions.get(action));
        let groups = model.map_or_else(Vec::new, |model| self.carriers(agent, &model.name));
        let all = groups.iter().map(|group| {
            let once = group.iter().map(|(agent, action)| self.of_attempt(agent, action, call));
            once.fold(Worst::NOTHING, Worst::or).times(attempts(call, group))
        });
        all.fold(Worst::NOTHING, Worst::or)
    }

    /// One attempt, and the probe that may find out what became of it.
    fn of_attempt(&self, agent: &'a Agent, action: &'a Action, call: &Call) -> Worst<'a> {
        let of = |action: &'a Action| Worst::of_action(action.cost, self.prices(action), call.span);
        let probe = action.probe.and_then(|probe| agent.actions.get(probe));
        probe.map_or(Worst::NOTHING, |probe| of(probe).times(own_attempts(probe))).and(of(action))
    }

    fn prices(&self, action: &'a Action) -> Prices<'a> {
        let models = models(self.agents, action);
        Prices {
            missing: models.iter().find(|(_, price)| price.is_none()).map(|(model, _)| *model),
            listed: models.iter().map(|(model, _)| *model).find(|model| self.listed.contains(model)),
        }
    }

    /// Who may carry out an action of this name: one of these groups, each attempt by any of its members. A pool is a group, of an
    /// interface each agent that implements it.
    fn carriers(&self, agent: AgentId, name: &str) -> Vec<Vec<(&'a Agent, &'a Action)>> {
        let own = |agent: &'a Agent| Some((agent, agent.actions.iter().find(|action| action.name == name)?));
        match self.agents.get(agent.index()) {
            Some(Agent { role: Role::Pool(pool), .. }) => {
                vec![pool.members.iter().filter_map(|member| own(self.agents.get(member.index())?)).collect()]
            }
            Some(Agent { role: Role::Interface, .. }) => {
                let stands = |of: &&Agent| matches!(of.role, Role::Agent(Some(interface)) if interface == agent);
                self.agents.iter().filter(stands).filter_map(own).map(|one| vec![one]).collect()
            }
            Some(of) => vec![own(of).into_iter().collect()],
            None => Vec::new(),
        }
    }
}

fn rounds(call: &Call) -> i64 {
    call.repeat.as_ref().map_or(1, |repeat| i64::from(repeat.up_to))
}

/// By the policy of the call, else by that of those who carry it out.
fn attempts(call: &Call, carriers: &[(&Agent, &Action)]) -> i64 {
    match &call.retry {
        Some(retry) => i64::from(retry.attempts),
        // A retry may go to another of them: it happens by the policy that all of them share.
        None => match carriers {
            [(_, first), others @ ..] if others.iter().all(|(_, other)| other.retry == first.retry) => {
                own_attempts(first)
            }
            _ => 1,
        },
    }
}

fn own_attempts(action: &Action) -> i64 {
    action.retry.as_ref().map_or(1, |retry| i64::from(retry.attempts))
}

/// The models that an action calls, itself or through its tools, with their prices.
fn models<'a>(agents: &'a [Agent], action: &'a Action) -> Vec<(&'a str, Option<Price>)> {
    let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
    let mut open = vec![action];
    while let Some(action) = open.pop() {
        let ActionKind::Llm(llm) = &action.kind else { continue };
        found.push((&*llm.model, llm.price));
        let tools = llm.tools.iter().filter(|tool| seen.insert(**tool));
        open.extend(tools.filter_map(|tool| agents.get(tool.agent as usize)?.actions.get(tool.action as usize)));
    }
    found
}

//! Results that answer equal calls again: which calls may be, and what makes two calls equal.
//!
//! What a call gives depends on its definition and its arguments, and for a program on the project that it runs in. Mocks
//! never count, nor does anything that writes or waits for somebody.

use std::collections::BTreeSet;

use crate::engine::state::{Call as RunCall, Run};
use crate::engine::step::call::plan_call;
use crate::plan::{AgentId, Call, Plan, Target};
use crate::value::policy::Effects;
use crate::value::{Value, json};

/// What is looked for before a call starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recall {
    /// BLAKE3 (hexadecimal) of what is called and the arguments: equal calls have equal keys.
    pub key: String,
    /// How old a result may be, milliseconds.
    pub max_age: i64,
}

/// What is looked for before this call starts; `None` where it is not to be answered from what is kept. Of a pool that is what
/// the member that was picked has given.
pub fn recall(plan: &Plan, run: &Run, call: &RunCall) -> Option<Recall> {
    let planned = plan_call(plan, run, call.place);
    let max_age = planned.cache?;
    let (what, definition) = match (run.doer(plan, call), &planned.target) {
        (Some((agent, action)), _) => {
            (plan.agents[agent.index()].name.as_str(), plan.action(agent, action).definition.as_str())
        }
        (None, Target::Workflow(id)) => ("", plan.workflows[id.index()].definition.as_str()),
        (None, _) => return None,
    };
    if !only_reads(plan, planned, run.doer(plan, call)) {
        return None;
    }
    let args = json::canonical(&Value::list(run.arguments(plan, call)));
    let mut hasher = blake3::Hasher::new();
    for part in [what, definition, &args] {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    Some(Recall { key: hasher.finalize().to_hex().to_string(), max_age })
}

/// The key in a store, which may serve several projects: programs of two of them are two programs.
pub fn in_project(key: &str, root: &str) -> String {
    blake3::hash(format!("{key} {root}").as_bytes()).to_hex().to_string()
}

/// Whether a call with all that is called inside has no effects, asks and awaits nobody, and is carried out by no mock. Of the
/// call itself the one who carries it out counts; inside any member of a pool may.
fn only_reads(plan: &Plan, call: &Call, doer: Option<(AgentId, u32)>) -> bool {
    if let Some((agent, action)) = doer {
        return reads(plan, agent, action);
    }
    let mut seen = BTreeSet::new();
    let mut open = vec![call];
    while let Some(call) = open.pop() {
        match &call.target {
            Target::Workflow(id) if seen.insert(*id) => {
                plan.workflows[id.index()].stages.iter().for_each(|stage| stage.all_calls(&mut |call| open.push(call)));
            }
            Target::Workflow(_) | Target::Wait(_) => {}
            Target::Ask(_) | Target::Event(_) => return false,
            carried_out if !plan.carriers(carried_out).all(|(agent, action)| reads(plan, agent, action)) => {
                return false;
            }
            Target::Action { .. } | Target::Pool { .. } => {}
        }
    }
    true
}

fn reads(plan: &Plan, agent: AgentId, action: u32) -> bool {
    plan.agents[agent.index()].kind != "mock" && plan.action(agent, action).effects <= Effects::Reads
}

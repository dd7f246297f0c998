//! Results that answer equal calls again: which calls may be, and what makes two calls equal.
//!
//! What a call gives depends on its definition and its arguments, and for a program on the project that it runs in. Mocks
//! never count, nor does anything that writes or waits for somebody.

use std::collections::BTreeSet;

use crate::plan::{Call, Plan, Target};
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

/// What is looked for before this call starts; `None` where it is not to be answered from what is kept.
pub fn recall(plan: &Plan, planned: &Call, args: &[Value]) -> Option<Recall> {
    let max_age = planned.cache?;
    let (what, definition) = match planned.target {
        Target::Action { agent, action } => {
            let agent = &plan.agents[agent.index()];
            (agent.name.as_str(), agent.actions[action as usize].definition.as_str())
        }
        Target::Workflow(id) => ("", plan.workflows[id.index()].definition.as_str()),
        _ => return None,
    };
    if !only_reads(plan, planned) {
        return None;
    }
    let args = json::canonical(&Value::list(args.to_vec()));
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

/// Whether a call with all that is called inside has no effects, asks and awaits nobody, and is carried out by no mock.
fn only_reads(plan: &Plan, call: &Call) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![call];
    while let Some(call) = open.pop() {
        match &call.target {
            Target::Action { agent, action } => {
                let agent = &plan.agents[agent.index()];
                if agent.kind == "mock" || agent.actions[*action as usize].effects > Effects::Reads {
                    return false;
                }
            }
            Target::Workflow(id) if seen.insert(*id) => {
                plan.workflows[id.index()].stages.iter().for_each(|stage| stage.all_calls(&mut |call| open.push(call)));
            }
            Target::Workflow(_) | Target::Wait(_) => {}
            Target::Pool { .. } | Target::Ask(_) | Target::Event(_) => return false,
        }
    }
    true
}

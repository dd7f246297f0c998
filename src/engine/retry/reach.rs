//! The strongest effects that something reaches, through all that it calls.

use std::collections::BTreeSet;

use crate::plan::{self, Plan, Stage, Target};
use crate::value::policy::Effects;

/// The strongest effects of a stage's calls.
pub(super) fn strongest(plan: &Plan, stage: &Stage) -> Effects {
    let mut strongest = Effects::None;
    stage.calls(&mut |call| strongest = strongest.max(of_call(plan, call)));
    strongest
}

/// The strongest effects of a call, those inside the workflow that it calls included.
pub(super) fn of_call(plan: &Plan, call: &plan::Call) -> Effects {
    let mut strongest = Effects::None;
    let mut seen = BTreeSet::new();
    let mut open = vec![call];
    while let Some(call) = open.pop() {
        match call.target {
            Target::Action { agent, action } => {
                strongest = strongest.max(plan.agents[agent.index()].actions[action as usize].effects);
            }
            Target::Pool { pool, action } => {
                strongest = strongest.max(plan.pools[pool.index()].actions[action as usize].effects);
            }
            Target::Workflow(id) if seen.insert(id) => {
                plan.workflows[id.index()].stages.iter().for_each(|stage| stage.calls(&mut |call| open.push(call)));
            }
            Target::Workflow(_) | Target::Ask(_) | Target::Wait(_) | Target::Event(_) => {}
        }
    }
    strongest
}

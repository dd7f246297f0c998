//! The shipped kinds of agents, one file or folder each.

mod contents;
pub mod exec;
mod handed;
pub mod mock;
pub mod secrets;
mod settings;
mod shell;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::agent::secret::Secrets;
use crate::agent::{Agent, Sleep};
use crate::agents::exec::ExecAgent;
use crate::agents::exec::pool::Supervisors;
use crate::agents::mock::MockAgent;
use crate::plan::{self, Plan, Settings};

/// Who does the work of kinds that the program around registers, by the name of the kind.
pub type Registered = BTreeMap<String, Arc<dyn Agent>>;

/// Nobody registers the kind of an agent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("agent `{agent}` is of the kind `{kind}`, which the program that made the plan carries out itself")]
pub struct Unregistered {
    /// The agent.
    pub agent: String,
    /// Its kind.
    pub kind: String,
}

/// What [`bind`] takes beside a plan.
pub struct Binding<'a> {
    /// Tells secrets to those who are handed them.
    pub secrets: Arc<dyn Secrets>,
    /// Watch over processes.
    pub supervisors: Arc<Supervisors>,
    /// What mocks sleep by.
    pub sleep: Arc<dyn Sleep>,
    /// Kinds of the program around.
    pub registered: &'a Registered,
}

/// Sees whether somebody carries out the agents of a plan.
///
/// # Errors
/// Names the first of which nobody does.
pub fn check_registered(plan: &Plan, registered: &Registered) -> Result<(), Unregistered> {
    let of =
        |agent: &&plan::Agent| agent.actions.iter().any(|action| matches!(action.settings, Settings::Registered(_)));
    match plan.agents.iter().filter(of).find(|agent| !registered.contains_key(&agent.kind)) {
        Some(agent) => Err(Unregistered { agent: agent.name.clone(), kind: agent.kind.clone() }),
        None => Ok(()),
    }
}

/// Makes those who do the work: one for each agent of the plan, in its order.
///
/// # Errors
/// As [`check_registered`].
pub fn bind(plan: &Plan, binding: Binding<'_>) -> Result<Vec<Arc<dyn Agent>>, Unregistered> {
    check_registered(plan, binding.registered)?;
    let Binding { secrets, supervisors, sleep, registered } = binding;
    let names: Arc<[String]> = plan.secrets.iter().map(|secret| secret.name.clone()).collect();
    let program = |agent| ExecAgent::new(agent, names.clone(), secrets.clone(), supervisors.clone());
    let bind_one = |agent: &crate::plan::Agent| -> Arc<dyn Agent> {
        let bound: Arc<dyn Agent> = match agent.kind.as_str() {
            "mock" => Arc::new(MockAgent::new(agent.clone(), sleep.clone())),
            "shell" => Arc::new(program(shell::as_programs(agent.clone()))),
            kind => registered.get(kind).cloned().unwrap_or_else(|| Arc::new(program(agent.clone()))),
        };
        handed::told(bound, agent, &secrets)
    };
    Ok(plan.agents.iter().map(bind_one).collect())
}

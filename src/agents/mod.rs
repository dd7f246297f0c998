//! The shipped kinds of agents, one file or folder each.

pub mod exec;
mod handed;
pub mod mock;
pub mod secrets;
mod settings;
mod shell;

use std::path::PathBuf;
use std::sync::Arc;

use crate::agent::secret::Secrets;
use crate::agent::{Agent, Sleep};
use crate::agents::exec::ExecAgent;
use crate::agents::mock::MockAgent;
use crate::plan::Plan;

/// Makes those who do the work: one for each agent of the plan, in its order.
///
/// `supervisor` is the program that watches over processes: `wfc` itself, which does so when it is called with
/// [`SUPERVISE`](exec::SUPERVISE). `sleep` is what mocks sleep by.
pub fn bind(plan: &Plan, secrets: Arc<dyn Secrets>, supervisor: PathBuf, sleep: Arc<dyn Sleep>) -> Vec<Arc<dyn Agent>> {
    let names: Arc<[String]> = plan.secrets.iter().map(|secret| secret.name.clone()).collect();
    let program = |agent| ExecAgent::new(agent, names.clone(), secrets.clone(), supervisor.clone());
    let bind_one = |agent: &crate::plan::Agent| -> Arc<dyn Agent> {
        let bound: Arc<dyn Agent> = match agent.kind.as_str() {
            "mock" => Arc::new(MockAgent::new(agent.clone(), sleep.clone())),
            "shell" => Arc::new(program(shell::as_programs(agent.clone()))),
            _ => Arc::new(program(agent.clone())),
        };
        handed::told(bound, agent, &secrets)
    };
    plan.agents.iter().map(bind_one).collect()
}

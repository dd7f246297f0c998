//! Kinds of agents that are not carried out yet.

use super::not_yet;
use crate::diag::Diagnostic;
use crate::plan::Plan;

/// The kinds that are not carried out. One that a program registers is for whoever binds agents to know.
const KINDS: [&str; 3] = ["http", "llm", "mcp"];

pub(super) fn check(plan: &Plan, found: &mut Vec<Diagnostic>) {
    let refused = plan.agents.iter().filter(|agent| KINDS.contains(&agent.kind.as_str()));
    found.extend(refused.map(|agent| not_yet(&format!("uses {}", agent.kind), agent.span)));
}

//! What can be said of declarations alone.

use crate::diag::Bag;
use crate::sema::hir::{Action, Program, Role};
use crate::sema::labels::report;
use crate::value::policy::Effects;

/// Reports actions that ought to want an approval.
pub fn check(program: &Program, bag: &mut Bag) {
    for agent in &program.agents {
        // Once for an interface, not again for each agent that keeps it.
        let model = match &agent.role {
            Role::Agent(interface) => interface.and_then(|interface| program.agents.get(interface.index())),
            Role::Interface => None,
            Role::Pool(_) => continue,
        };
        let said = |action: &Action| {
            model.is_some_and(|model| {
                model.actions.iter().any(|other| other.name == action.name && wants_approval(other))
            })
        };
        for action in agent.actions.iter().filter(|action| wants_approval(action) && !said(action)) {
            bag.push(report::without_approval(&format!("{}.{}", agent.name, action.name), action.span));
        }
    }
}

fn wants_approval(action: &Action) -> bool {
    action.effects == Effects::Irreversible && !action.params.iter().any(|param| param.ty.has_approved())
}

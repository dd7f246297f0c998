//! What can be said of declarations alone.

use crate::diag::Bag;
use crate::sema::hir::{Action, Program};
use crate::sema::labels::report;
use crate::value::policy::Effects;

/// Reports actions that ought to want an approval.
pub fn check(program: &Program, bag: &mut Bag) {
    for agent in &program.agents {
        for action in agent.actions.iter().filter(|action| wants_approval(action)) {
            bag.push(report::without_approval(&format!("{}.{}", agent.name, action.name), action.span));
        }
    }
}

fn wants_approval(action: &Action) -> bool {
    action.effects == Effects::Irreversible && !action.params.iter().any(|param| param.ty.has_approved())
}

//! One workflow to a plan: the way on from a checked program.

use super::{Checked, check_with};
use crate::base::nearest::suggestion;
use crate::base::world::World;
use crate::diag::lint::Lints;
use crate::plan::Plan;
use crate::sema::hir::{AgentParam, WorkflowId};

/// What compiling gives: what was found on the way in any case, and the plan if there is one.
#[derive(Debug)]
pub struct Compiled {
    /// The program, with all that was found in it.
    pub checked: Checked,
    /// The plan.
    pub plan: Result<Plan, NoPlan>,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPlan {
    /// The file cannot be read: that is among what was found.
    #[error("the file cannot be read")]
    Unreadable,
    /// There are errors among what was found.
    #[error("the program has errors")]
    Mistakes,
    /// The file defines no workflow.
    #[error("`{file}` defines no workflow")]
    NoWorkflow {
        /// The file.
        file: String,
    },
    /// It defines none of this name.
    #[error("`{file}` has no workflow `{name}`{near}")]
    UnknownWorkflow {
        /// The file.
        file: String,
        /// The name that was asked for.
        name: String,
        /// Words that name a near one, or none.
        near: String,
    },
    /// Agents that the workflow takes are known to its callers only.
    #[error("`{name}` cannot start by itself: it takes the agent{} {}", if agents.len() == 1 { "" } else { "s" }, taken(agents))]
    Unbound {
        /// The workflow.
        name: String,
        /// The parameters that nothing stands for, each with its interface.
        agents: Vec<(String, String)>,
    },
    /// It defines several, none is called `main`, and none was named.
    #[error("`{file}` has several workflows: `{}`", names.join("`, `"))]
    SeveralWorkflows {
        /// The file.
        file: String,
        /// Their names.
        names: Vec<String>,
    },
}

fn taken(agents: &[(String, String)]) -> String {
    agents.iter().map(|(param, interface)| format!("`{param}: {interface}`")).collect::<Vec<_>>().join(", ")
}

/// Compiles one workflow of the file at `path` (relative to the root of `world`): the one that is named, the only one, or `main`.
pub fn compile(world: &dyn World, path: &str, workflow: Option<&str>, lints: &Lints) -> Compiled {
    let checked = check_with(world, &[path.to_owned()], lints);
    let plan = plan(&checked, path, workflow);
    Compiled { checked, plan }
}

fn plan(checked: &Checked, path: &str, workflow: Option<&str>) -> Result<Plan, NoPlan> {
    if checked.unreadable {
        return Err(NoPlan::Unreadable);
    }
    if checked.has_errors() {
        return Err(NoPlan::Mistakes);
    }
    checked.plan(choose(checked, path, workflow)?).ok_or(NoPlan::Mistakes)
}

fn choose(checked: &Checked, path: &str, name: Option<&str>) -> Result<WorkflowId, NoPlan> {
    let workflows = checked.program.workflows.iter().enumerate().filter(|(_, workflow)| !workflow.inline);
    let own: Vec<(WorkflowId, &str)> = workflows
        .filter(|(_, workflow)| checked.mains.first() == Some(&workflow.span.file))
        .map(|(at, workflow)| (WorkflowId::new(at), workflow.name.as_str()))
        .collect();
    let file = || path.to_owned();
    let names = || own.iter().map(|(_, name)| *name);
    let of_name = |name: &str| own.iter().find(|(_, own)| *own == name).map(|(id, _)| *id);
    // Without a name those are meant that can start.
    let startable: Vec<WorkflowId> =
        own.iter().map(|(id, _)| *id).filter(|id| unbound(checked, *id).is_empty()).collect();
    match (name, own.as_slice()) {
        (Some(name), _) => match of_name(name) {
            Some(id) => start(checked, id),
            None => {
                Err(NoPlan::UnknownWorkflow { file: file(), name: name.to_owned(), near: suggestion(name, names()) })
            }
        },
        (None, []) => Err(NoPlan::NoWorkflow { file: file() }),
        (None, [(only, _)]) => start(checked, *only),
        (None, _) if startable.len() == 1 => Ok(startable[0]),
        (None, _) => match of_name("main") {
            Some(main) => start(checked, main),
            None => Err(NoPlan::SeveralWorkflows { file: file(), names: names().map(str::to_owned).collect() }),
        },
    }
}

/// The agent parameters of a workflow that nothing stands for unless a call gives it.
fn unbound(checked: &Checked, id: WorkflowId) -> Vec<&AgentParam> {
    checked.program.workflows[id.index()].agents.iter().filter(|param| param.default.is_none()).collect()
}

/// A workflow that can start by itself: who stands for its agents is known.
fn start(checked: &Checked, id: WorkflowId) -> Result<WorkflowId, NoPlan> {
    let program = &checked.program;
    let interface = |param: &AgentParam| program.agents[param.interface.index()].name.clone();
    let agents: Vec<_> = unbound(checked, id).iter().map(|param| (param.name.clone(), interface(param))).collect();
    match agents.is_empty() {
        true => Ok(id),
        false => Err(NoPlan::Unbound { name: program.workflows[id.index()].name.clone(), agents }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::world::MemoryWorld;

    fn compiled(text: &str, workflow: Option<&str>) -> Result<String, NoPlan> {
        let world = MemoryWorld::default().with("a.wf", text);
        compile(&world, "a.wf", workflow, &Lints::default()).plan.map(|plan| plan.name)
    }

    #[test]
    fn the_workflow_that_is_meant_is_compiled() {
        let one = "workflow one() -> int {\n    return 1\n}\n";
        let main = "workflow main() -> int {\n    return 2\n}\n";
        let two = "workflow two() -> int {\n    return 2\n}\n";
        assert_eq!(compiled(one, None), Ok("one".into()));
        assert_eq!(compiled(&[one, main].concat(), None), Ok("main".into()));
        assert_eq!(compiled(&[one, main].concat(), Some("one")), Ok("one".into()));
        let several = compiled(&[one, two].concat(), None).unwrap_err();
        assert_eq!(several.to_string(), "`a.wf` has several workflows: `one`, `two`");
        let near = compiled(one, Some("once")).unwrap_err();
        assert_eq!(near.to_string(), "`a.wf` has no workflow `once`; did you mean `one`?");
        assert_eq!(compiled("type T = int\n", None), Err(NoPlan::NoWorkflow { file: "a.wf".into() }));
    }

    #[test]
    fn what_is_wrong_gives_no_plan() {
        assert_eq!(compiled("workflow one() -> int {\n    return missing\n}\n", None), Err(NoPlan::Mistakes));
        let none = compile(&MemoryWorld::default(), "a.wf", None, &Lints::default());
        assert_eq!((none.plan, none.checked.diagnostics.len()), (Err(NoPlan::Unreadable), 1));
    }
}

//! `--profile NAME`: chosen among those of `wf.toml`; its agents looked for in the program, and in all of the project.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::base::nearest::suggestion;
use crate::base::source::Sources;
use crate::cli::check::files;
use crate::cli::project::{CONFIG_FILE, Project};
use crate::cli::report::Problem;
use crate::diag::{Bag, Code, Diagnostic};
use crate::pipeline::Checked;
use crate::plan::{self, Plan};
use crate::sema::hir::Role;
use crate::syntax::{self, ast};

/// Chooses a profile of a project.
///
/// # Errors
/// There is none of this name: wrong use.
pub fn choose(project: &mut Project, name: &str) -> Result<(), Problem> {
    match project.config.profiles.get(name) {
        Some(profile) => project.profile = Some(profile.clone()),
        None => {
            let there = project.config.profiles.keys().map(String::as_str);
            let file = project.shown(CONFIG_FILE);
            let near = suggestion(name, there);
            let problem = Problem::usage(format!("`{file}` has no profile `{name}`{near}"));
            return Err(match project.config.profiles.is_empty() {
                true => problem.help("state one: `[profiles.NAME.agents.AGENT]` with `uses = \"mock\"`"),
                false => problem,
            });
        }
    }
    Ok(())
}

/// Which agents of a plan only make their answers up, in a line for people.
pub fn made_up(project: &Project, plan: &Plan) -> Option<String> {
    let profile = project.profile.as_ref()?;
    let mocked = |agent: &&plan::Agent| {
        agent.kind == "mock" && profile.agents.get(&agent.name).is_some_and(|rebinding| rebinding.mock)
    };
    let names: Vec<&str> = plan.agents.iter().filter(mocked).map(|agent| agent.name.as_str()).collect();
    (!names.is_empty()).then(|| format!("profile {}: made-up answers from {}\n", profile.name, names.join(", ")))
}

/// What is wrong with the agents of the chosen profile: names that neither the program nor another file of the project has.
pub fn strangers(project: &Project, checked: &Checked) -> Vec<Diagnostic> {
    let Some(profile) = &project.profile else { return Vec::new() };
    let agents = checked.program.agents.iter().filter(|agent| matches!(agent.role, Role::Agent(_)));
    let mut known: BTreeSet<String> = agents.map(|agent| agent.name.clone()).collect();
    if profile.agents.keys().all(|name| known.contains(name)) {
        return Vec::new();
    }
    known.extend(of_other_files(project));
    let strange = profile.agents.iter().filter(|(name, _)| !known.contains(*name));
    let wrong = strange.map(|(name, rebinding)| {
        let others = checked.program.agents.iter().find(|agent| agent.name == *name);
        let message = format!("the profile `{}` names no agent: `{name}`", profile.name);
        let wrong = Diagnostic::new(Code::WF0903, rebinding.at, message);
        match others.map(|agent| &agent.role) {
            Some(Role::Pool(_)) => wrong.label("this is a pool").help("name its members"),
            Some(Role::Interface) => wrong.label("this is an interface").help("name the agents that implement it"),
            _ => wrong.label("unknown agent").did_you_mean(name, rebinding.at, known.iter().map(String::as_str)),
        }
    });
    wrong.collect()
}

/// The agents of all files of the project, as far as they can be read: a profile speaks of all of them.
fn of_other_files(project: &Project) -> Vec<String> {
    let source = project.root.join(project.config.source.as_deref().unwrap_or("."));
    let paths: [PathBuf; 1] = [source];
    let found = files::find(&paths, project.limits).unwrap_or_default();
    let programs = found.programs.into_iter().filter(|program| program.project.root == project.root);
    let texts = programs.flat_map(|program| program.files).filter_map(|file| {
        let bytes = crate::base::world::World::read(&project.world(), &file).ok()?;
        String::from_utf8(bytes).ok()
    });
    texts.flat_map(|text| agents_in(&text)).collect()
}

fn agents_in(text: &str) -> Vec<String> {
    let (mut sources, mut bag) = (Sources::default(), Bag::default());
    let file = sources.add("", text);
    let tree = syntax::parse(file, &sources.get(file).text, &mut bag);
    let agents = tree.items.iter().filter_map(|item| match item {
        ast::Item::Agent(agent) => Some(agent.name.text.clone()),
        _ => None,
    });
    agents.collect()
}

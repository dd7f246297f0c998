//! Puts a profile into a program: its settings before the check, so that they are judged as written ones; its mocks after it, so
//! that what an agent takes, gives and does to the world is what its declaration says.

use crate::base::profile::{Profile, Rebinding};
use crate::diag::Bag;
use crate::pipeline::load::Loaded;
use crate::sema::hir::{self, ActionKind, Cost, Mock, Role};
use crate::syntax::{self, ast};
use crate::value::example::example;

/// Lets the settings of a profile replace those of its agents and of their actions.
pub(super) fn state(profile: &Profile, loaded: &mut Loaded, bag: &mut Bag) {
    for (agent, rebinding) in profile.agents.iter().filter(|(_, rebinding)| !rebinding.settings.is_empty()) {
        let settings = parse(profile, agent, rebinding, loaded, bag);
        for item in loaded.modules.iter_mut().flat_map(|module| &mut module.ast.items) {
            if let ast::Item::Agent(found) = item
                && found.name.text == *agent
            {
                replace(found, &settings);
            }
        }
    }
}

/// The settings as the language has them. They get a source of their own: a mistake in one is shown in its words.
fn parse(
    profile: &Profile,
    agent: &str,
    rebinding: &Rebinding,
    loaded: &mut Loaded,
    bag: &mut Bag,
) -> Vec<ast::Setting> {
    let lines: String = rebinding.settings.iter().map(|(name, value)| format!("    {name} {value}\n")).collect();
    let text = format!("agent `{agent}` uses mock {{\n{lines}}}\n");
    let file = loaded.sources.add(format!("wf.toml[profiles.{}.agents.{agent}]", profile.name), text);
    let tree = syntax::parse(file, &loaded.sources.get(file).text, bag);
    let agents = tree.items.into_iter().filter_map(|item| match item {
        ast::Item::Agent(agent) => Some(agent.settings),
        _ => None,
    });
    agents.flatten().collect()
}

fn replace(agent: &mut ast::Agent, settings: &[ast::Setting]) {
    let stated = |setting: &ast::Setting| settings.iter().any(|new| new.name.text == setting.name.text);
    agent.settings.retain(|setting| !stated(setting));
    agent.actions.iter_mut().for_each(|action| action.settings.retain(|setting| !stated(setting)));
    agent.settings.extend(settings.iter().cloned());
}

/// Lets the agents that a profile mocks make their answers up. One that is a mock already answers as it was told.
pub(super) fn mock(profile: &Profile, program: &mut hir::Program) {
    for agent in program.agents.iter_mut().filter(|agent| matches!(agent.role, Role::Agent(_))) {
        if !profile.agents.get(&agent.name).is_some_and(|rebinding| rebinding.mock) {
            continue;
        }
        for action in agent.actions.iter_mut().filter(|action| !matches!(action.kind, ActionKind::Mock(_))) {
            let text = format!("mock {}.{}", agent.name, action.name);
            let returns = Some(example(&action.result, &text, action.span));
            action.kind = ActionKind::Mock(Mock { takes: None, returns, fails: None });
            action.cost = Cost::NOTHING;
        }
    }
}

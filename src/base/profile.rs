//! A profile of a project, chosen for one run: who stands for which agent, and with which settings.

use std::collections::BTreeMap;

use crate::base::span::Span;

/// `[profiles.NAME]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// By the name of the agent.
    pub agents: BTreeMap<String, Rebinding>,
}

/// `[profiles.NAME.agents.AGENT]`: changes who carries its actions out and how, never what they take, give or do to the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebinding {
    /// `uses = "mock"`: made-up answers that fit the types.
    pub mock: bool,
    /// Settings that replace those of the agent and of its actions: name, and value as it is written in the language.
    pub settings: Vec<(String, String)>,
    /// The agent's name in `wf.toml`.
    pub at: Span,
}

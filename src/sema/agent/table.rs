//! Which settings there are: of every kind, and of each.

use crate::sema::context::Context;
use crate::sema::errors::{agents, kinds as errors};
use crate::syntax::ast::Setting;

/// Where a setting may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sema) enum At {
    /// Among those of an agent.
    Agent,
    /// Among those of an action.
    Action,
    /// Among either; that of an action wins.
    Both,
    /// Among those of an unnamed probe.
    Probe,
}

impl At {
    fn allows(self, place: At) -> bool {
        self == place || self == At::Both || (place == At::Probe && self == At::Action)
    }
}

type Known = (&'static str, At);

const COMMON: [Known; 11] = [
    ("effects", At::Both),
    ("raises", At::Both),
    ("timeout", At::Both),
    ("retry", At::Both),
    ("cache", At::Both),
    ("cost", At::Both),
    ("endorses", At::Both),
    ("probe", At::Action),
    ("parallel", At::Agent),
    ("rate", At::Agent),
    ("capabilities", At::Agent),
];

/// What an action does that stands for itself; an unnamed probe does not.
const OF_CALLS: [&str; 4] = ["raises", "endorses", "probe", "cache"];

const PROCESS: [Known; 6] = [
    ("command", At::Both),
    ("stdin", At::Both),
    ("output", At::Both),
    ("cwd", At::Both),
    ("env", At::Both),
    ("pass", At::Both),
];

const HTTP: [Known; 7] = [
    ("method", At::Both),
    ("url", At::Both),
    ("path", At::Action),
    ("headers", At::Both),
    ("query", At::Both),
    ("body", At::Action),
    ("output", At::Both),
];

const LLM: [Known; 11] = [
    ("model", At::Both),
    ("provider", At::Both),
    ("url", At::Both),
    ("api_key", At::Both),
    ("system", At::Both),
    ("prompt", At::Action),
    ("temperature", At::Both),
    ("max_input", At::Both),
    ("max_output", At::Both),
    ("tools", At::Both),
    ("max", At::Both),
];

const MCP: [Known; 8] = [
    ("command", At::Agent),
    ("cwd", At::Agent),
    ("env", At::Agent),
    ("pass", At::Agent),
    ("url", At::Agent),
    ("headers", At::Agent),
    ("tool", At::Action),
    ("output", At::Both),
];

const MOCK: [Known; 3] = [("takes", At::Action), ("returns", At::Action), ("fails", At::Action)];

fn own(kind: &str) -> &'static [Known] {
    match kind {
        "exec" | "shell" => &PROCESS,
        "http" => &HTTP,
        "llm" => &LLM,
        "mcp" => &MCP,
        "mock" => &MOCK,
        _ => &[],
    }
}

/// Reports settings that no kind, or another one, has, and those of the other level. What is left is legal.
pub(super) fn check(ctx: &mut Context<'_>, kind: &str, settings: &[Setting], place: At) {
    for (index, setting) in settings.iter().enumerate() {
        let name = setting.name.text.as_str();
        let known = own(kind).iter().chain(&COMMON).find(|(known, _)| *known == name);
        let first = settings[..index].iter().find(|other| other.name.text == name);
        match (known, first) {
            (_, Some(first)) => ctx.report(errors::stated_twice(setting, first)),
            (Some((_, at)), None) if at.allows(place) && is_for(kind, name, place) => {}
            (Some((_, at)), None) if !at.allows(place) => ctx.report(errors::of_other_level(kind, setting, *at)),
            (Some(_), None) if kind == "llm" && name == "endorses" => ctx.report(errors::model_endorses(setting.span)),
            _ => {
                let legal: Vec<&str> = legal(kind, place).filter(|legal| *legal != name).collect();
                ctx.report(crate::sema::errors::agents::unknown_setting(kind, name, setting.name.span, &legal));
            }
        }
    }
}

/// What a model costs is known from its price, and it is never believed.
fn is_for(kind: &str, name: &str, place: At) -> bool {
    let of_models = kind == "llm" && matches!(name, "cost" | "endorses");
    let of_calls = place == At::Probe && OF_CALLS.contains(&name);
    !of_models && !of_calls
}

fn legal(kind: &str, place: At) -> impl Iterator<Item = &'static str> {
    let all = own(kind).iter().chain(&COMMON);
    all.filter(move |(name, at)| at.allows(place) && is_for(kind, name, place)).map(|(name, _)| *name)
}

/// Whether one of the settings that no kind has is a setting of this name with a slip: reported already.
pub(super) fn is_misspelt(kind: &str, settings: &[Setting], name: &str) -> bool {
    settings.iter().any(|setting| {
        let written = setting.name.text.as_str();
        let known = own(kind).iter().chain(&COMMON).any(|(known, _)| *known == written);
        let elsewhere = agents::other_word_for_a_setting(written) == Some(name);
        !known && (elsewhere || crate::base::nearest::nearest(written, &[name]).is_some())
    })
}

/// The first setting of a name.
pub(super) fn find<'s>(settings: &'s [Setting], name: &str) -> Option<&'s Setting> {
    settings.iter().find(|setting| setting.name.text == name)
}

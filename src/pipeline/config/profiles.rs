//! `[profiles.NAME.agents.AGENT]`: who stands for an agent, with which settings. That there is such an agent only a program knows.

use toml::de::{DeTable, DeValue};

use super::{Key, Reader, Value};
use crate::base::profile::{Profile, Rebinding};
use crate::base::unit::{parse_duration, parse_tokens};
use crate::diag::{Code, Diagnostic};
use crate::value::types::write_literal;

/// What a profile may say of an agent, with the form of its value.
const SETTINGS: [(&str, Form); 8] = [
    ("model", Form::Text),
    ("provider", Form::Text),
    ("url", Form::Text),
    ("temperature", Form::Number),
    ("max_input", Form::Tokens),
    ("max_output", Form::Tokens),
    ("timeout", Form::Duration),
    ("parallel", Form::Number),
];

/// What belongs to the declaration: a profile leaves it as it is.
const DECLARED: [&str; 7] = ["effects", "raises", "endorses", "probe", "tools", "capabilities", "actions"];

/// What a mock has of them.
const OF_MOCKS: [&str; 2] = ["timeout", "parallel"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Number,
    Duration,
    Tokens,
}

impl Reader<'_> {
    /// `[profiles.NAME]`.
    pub(super) fn profile(&mut self, key: &Key<'_>, value: &Value<'_>) {
        let name = key.get_ref().to_string();
        let Some(table) = value.get_ref().as_table() else {
            return self.wrong(value, &format!("profile `{name}`"), "a table with `agents`");
        };
        let mut agents = std::collections::BTreeMap::new();
        for (key, value) in table {
            match (key.get_ref().as_ref(), value.get_ref().as_table()) {
                ("agents", Some(table)) => {
                    for (key, value) in table {
                        let rebinding = self.rebinding(key, value);
                        agents.extend(rebinding.map(|rebinding| (key.get_ref().to_string(), rebinding)));
                    }
                }
                ("agents", None) => self.wrong(value, "`agents`", "a table with a name of an agent for each"),
                _ => self.unknown(key, "key", &["agents"]),
            }
        }
        self.config.profiles.insert(name.clone(), Profile { name, agents });
    }

    fn rebinding(&mut self, key: &Key<'_>, value: &Value<'_>) -> Option<Rebinding> {
        let Some(table) = value.get_ref().as_table() else {
            self.wrong(value, &format!("agent `{}`", key.get_ref()), "a table with `uses` or settings");
            return None;
        };
        let mock = table.get("uses").is_some_and(|uses| self.is_mock(uses));
        let mut settings = Vec::new();
        for (key, value) in table.iter().filter(|(key, _)| key.get_ref().as_ref() != "uses") {
            let name = key.get_ref().as_ref();
            match SETTINGS.iter().find(|(known, _)| *known == name) {
                Some(_) if mock && !OF_MOCKS.contains(&name) => self.of_no_mock(key),
                Some((known, form)) => {
                    let written = self.setting(value, known, *form);
                    settings.extend(written.map(|written| ((*known).to_owned(), written)));
                }
                None if DECLARED.contains(&name) => self.declared(key),
                None => self.unknown(key, "key", &legal(table, mock)),
            }
        }
        Some(Rebinding { mock, settings, at: self.span(key.span()) })
    }

    fn is_mock(&mut self, uses: &Value<'_>) -> bool {
        let mock = uses.get_ref().as_str() == Some("mock");
        if !mock {
            let at = self.span(uses.span());
            let wrong = Diagnostic::new(Code::WF0903, at, "a profile can let an agent use `mock` and nothing else");
            let help = "write `uses = \"mock\"`, or leave it out and state settings such as `model`";
            self.bag.push(wrong.label("not another kind").help(help));
        }
        mock
    }

    /// A value as the language writes it.
    fn setting(&mut self, value: &Value<'_>, name: &str, form: Form) -> Option<String> {
        let text = value.get_ref().as_str();
        let (written, wanted) = match form {
            Form::Text => (text.map(literal), "text"),
            Form::Number => (number(value.get_ref()), "a number"),
            Form::Duration => {
                (text.filter(|text| parse_duration(text).is_ok()).map(str::to_owned), "a duration, such as \"30s\"")
            }
            Form::Tokens => {
                (text.filter(|text| parse_tokens(text).is_ok()).map(str::to_owned), "tokens, such as \"4000tok\"")
            }
        };
        if written.is_none() {
            self.wrong(value, &format!("`{name}`"), wanted);
        }
        written
    }

    fn of_no_mock(&mut self, key: &Key<'_>) {
        let message = format!("a mock has no `{}`", key.get_ref());
        let wrong = Diagnostic::new(Code::WF0903, self.span(key.span()), message);
        self.bag.push(wrong.label("does nothing").help("remove it, or `uses = \"mock\"`"));
    }

    fn declared(&mut self, key: &Key<'_>) {
        let message = format!("a profile cannot change `{}`", key.get_ref());
        let wrong = Diagnostic::new(Code::WF0903, self.span(key.span()), message).label("fixed by the declaration");
        let note = "what an agent may do holds in every profile: what was checked and approved stays true";
        self.bag.push(wrong.help("change it in the agent").note(note));
    }
}

fn legal(table: &DeTable<'_>, mock: bool) -> Vec<&'static str> {
    let settings = SETTINGS.into_iter().map(|(name, _)| name).filter(|name| !mock || OF_MOCKS.contains(name));
    settings.chain(["uses"]).filter(|name| !table.contains_key(*name)).collect()
}

fn number(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        _ => None,
    }
}

/// Text as a string of the language, in which nothing is interpolated.
fn literal(text: &str) -> String {
    let mut literal = String::new();
    // Writing to a string cannot fail.
    let _ = write_literal(&mut literal, text);
    literal
}

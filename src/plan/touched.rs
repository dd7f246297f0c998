//! What a run of a plan may touch: agents, programs, hosts, files, secrets. Whoever shows it finds out what of it is there.

use std::collections::{BTreeMap, BTreeSet};

use super::text::Names;
use super::{Action, Agent, Body, Call, Plan, Settings, Stage, Target};
use crate::value::Value;
use crate::value::eval::known;
use crate::value::expr::{Expr, ExprKind, Part, Var};
use crate::value::settings::{SecretFrom, Server, Word};

/// What a run may touch, each with those who do: names of agents, or `secret NAME`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Touched {
    /// The agents by kind.
    pub agents: BTreeMap<String, BTreeSet<String>>,
    /// The programs that are started.
    pub commands: BTreeMap<Thing, BTreeSet<String>>,
    /// The hosts that are spoken to.
    pub hosts: BTreeMap<Thing, BTreeSet<String>>,
    /// The files and folders that are named: relative to the project's root.
    pub files: BTreeMap<Thing, BTreeSet<String>>,
    /// The secrets (positions in the plan's table).
    pub secrets: BTreeMap<usize, BTreeSet<String>>,
}

/// Something outside the run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thing {
    /// Its name is written in the program.
    Known {
        /// Its name.
        name: String,
        /// The folder where it is meant, if it is a program that is started elsewhere than in the root.
        folder: Option<String>,
    },
    /// It is known when it is used: what is written, `${x}` where an expression stands.
    Open(String),
}

impl Thing {
    fn named(name: &str) -> Self {
        Self::Known { name: name.to_owned(), folder: None }
    }
}

impl Plan {
    /// What a run of it may touch.
    pub fn touched(&self) -> Touched {
        let mut touched = Touched::default();
        for agent in &self.agents {
            touched.agents.entry(agent.kind.clone()).or_default().insert(agent.name.clone());
            for action in &agent.actions {
                touched.action(self, agent, action);
            }
        }
        self.touch_secrets(&mut touched);
        touched
    }

    /// What no run of it that goes well can do without: what is called under no condition, whose failure nobody handles or
    /// observes, whose result cannot lie in the cache, and which is one of no choice.
    pub fn surely_touched(&self) -> Touched {
        let (mut touched, mut seen, mut open) = (Touched::default(), BTreeSet::from([0]), vec![0]);
        while let Some(workflow) = open.pop().and_then(|at| self.workflows.get(at)) {
            let sure = |stage: &&Stage| stage.guard.is_empty() && stage.handlers.is_empty() && !stage.observed;
            for call in
                workflow.stages.iter().filter(sure).filter_map(Stage::only_call).filter(|call| call.cache.is_none())
            {
                match &call.target {
                    Target::Action { agent, action } => {
                        let agent = &self.agents[agent.index()];
                        touched.action(self, agent, &agent.actions[*action as usize]);
                    }
                    Target::Workflow(id) if seen.insert(id.index()) => open.push(id.index()),
                    _ => {}
                }
            }
        }
        touched
    }

    fn touch_secrets(&self, touched: &mut Touched) {
        for (index, secret) in self.secrets.iter().enumerate() {
            touched.secrets.entry(index).or_default();
            let by = format!("secret {}", secret.name);
            match &secret.from {
                SecretFrom::Env(_) => {}
                SecretFrom::File(path) => drop(touched.files.entry(Thing::named(path)).or_default().insert(by)),
                SecretFrom::Command(words) => {
                    let program = words.first().map_or("", String::as_str);
                    touched.commands.entry(Thing::named(program)).or_default().insert(by);
                }
            }
        }
    }
}

impl Stage {
    /// What is called at it, or for each of its items, where that is one thing.
    fn only_call(&self) -> Option<&Call> {
        match &self.body {
            Body::Call(call) => Some(call),
            Body::Map(map) => Some(&map.call),
            Body::Match(_) | Body::Race(_) | Body::Fail(_) => None,
        }
    }
}

impl Touched {
    fn action(&mut self, plan: &Plan, agent: &Agent, action: &Action) {
        let names = Names::of_action(&action.params, &plan.secrets);
        let by = agent.name.clone();
        action.settings.exprs(&mut |expr| {
            expr.walk(|part| {
                if let ExprKind::Var(Var::Secret(index)) = part.kind {
                    self.secrets.entry(index as usize).or_default().insert(by.clone());
                }
            });
        });
        match &action.settings {
            // Where it is looked for is known to the agent alone.
            Settings::Exec(exec) if exec.env.iter().any(|(name, _)| name == "PATH") => {}
            Settings::Exec(exec) => self.command(&exec.command, exec.cwd.as_ref(), &names, &by),
            Settings::Shell(_) => drop(self.commands.entry(Thing::named("sh")).or_default().insert(by)),
            Settings::Http(http) => self.host(&http.url, &names, &by),
            Settings::Llm(llm) => {
                let host = llm.url.as_deref().map_or(llm.provider.usual_host(), host_of);
                self.hosts.entry(Thing::named(host)).or_default().insert(by);
            }
            Settings::Mcp(mcp) => match &mcp.server {
                Server::Stdio(process) => self.command(&process.command, process.cwd.as_ref(), &names, &by),
                Server::Http(remote) => self.host(&remote.url, &names, &by),
            },
            Settings::Mock(_) | Settings::Registered(_) => {}
        }
    }

    fn command(&mut self, words: &[Word], cwd: Option<&Expr>, names: &Names<'_>, by: &str) {
        let folder = cwd.map(|cwd| text_of(cwd).ok_or_else(|| open(cwd, names)));
        let Some(Word { value, .. }) = words.first() else { return };
        let program = match folder {
            None => thing(value, names, None),
            Some(Ok(folder)) => {
                self.files.entry(Thing::named(&folder)).or_default().insert(by.to_owned());
                thing(value, names, Some(&folder))
            }
            // A program beside an open folder is open itself; one on the path is not.
            Some(Err(folder)) => match text_of(value) {
                Some(name) if name.contains('/') => Thing::Open(format!("{name} in {folder}")),
                _ => thing(value, names, None),
            },
        };
        self.commands.entry(program).or_default().insert(by.to_owned());
    }

    fn host(&mut self, url: &Expr, names: &Names<'_>, by: &str) {
        let begun = match &url.kind {
            // What follows belongs to the host unless a path has begun.
            ExprKind::Interpolate(parts) => beginning(parts).filter(|url| after_scheme(url).contains(['/', '?', '#'])),
            _ => None,
        };
        let known = text_of(url).or(begun);
        let host = known.map_or_else(|| Thing::Open(open(url, names)), |url| Thing::named(host_of(&url)));
        self.hosts.entry(host).or_default().insert(by.to_owned());
    }
}

fn thing(expr: &Expr, names: &Names<'_>, folder: Option<&str>) -> Thing {
    match text_of(expr) {
        Some(name) => Thing::Known { name, folder: folder.map(str::to_owned) },
        None => Thing::Open(open(expr, names)),
    }
}

/// As it is written: `${x}`, `./${x}/bin`.
fn open(expr: &Expr, names: &Names<'_>) -> String {
    let ExprKind::Interpolate(parts) = &expr.kind else { return format!("${{{}}}", names.expr(expr)) };
    let part = |part: &Part| match part {
        Part::Text(text) => text.to_string(),
        Part::Value(value) => text_of(value).unwrap_or_else(|| format!("${{{}}}", names.expr(value))),
    };
    parts.iter().map(part).collect()
}

/// The text of an expression of constants.
fn text_of(expr: &Expr) -> Option<String> {
    match known(expr)? {
        Value::String(text) => Some(text.to_string()),
        _ => None,
    }
}

/// How an interpolated text begins: up to the first part that is no constant.
fn beginning(parts: &[Part]) -> Option<String> {
    let part = |part: &Part| match part {
        Part::Text(text) => Some(text.to_string()),
        Part::Value(value) => text_of(value),
    };
    let begun: Vec<String> = parts.iter().map_while(part).collect();
    (!begun.is_empty()).then(|| begun.concat())
}

fn after_scheme(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest)
}

/// The host of an address, with its port.
fn host_of(url: &str) -> &str {
    let rest = after_scheme(url);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_an_address_is_what_is_dialled() {
        assert_eq!(host_of("https://api.github.com/repos/x"), "api.github.com");
        assert_eq!(host_of("http://me@localhost:8080?x=1"), "localhost:8080");
        assert_eq!(host_of("localhost"), "localhost");
    }
}

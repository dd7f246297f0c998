//! What a run needs from outside, and whether it is there. Nothing is started: of a secret's program only that it exists is known.

use std::collections::BTreeSet;
use std::path::Path;

use super::people;
use crate::agents::exec::program;
use crate::plan::Plan;
use crate::plan::touched::{Thing, Touched};
use crate::value::settings::SecretFrom;

/// Said of what is not there.
const MISSING: &str = "NOT FOUND";

/// One thing.
#[derive(Debug, Clone)]
pub struct Need {
    /// How it is called.
    pub name: String,
    /// Who needs it.
    pub by: BTreeSet<String>,
    /// What is said of it where it is there.
    pub there: &'static str,
    /// Whether it is there, or why not. Nothing where nobody can know before the run.
    pub found: Option<Result<(), String>>,
}

/// All of them.
#[derive(Debug, Clone)]
pub struct Needs {
    /// Agents by kind.
    pub agents: Vec<Need>,
    /// Programs.
    pub commands: Vec<Need>,
    /// Hosts.
    pub hosts: Vec<Need>,
    /// Files and folders.
    pub files: Vec<Need>,
    /// Secrets.
    pub secrets: Vec<Need>,
    /// People.
    pub people: Vec<Need>,
}

impl Needs {
    /// What a plan needs whose project's root is `root`.
    pub fn of(plan: &Plan, root: &Path) -> Self {
        let Touched { agents, commands, hosts, files, secrets } = plan.touched();
        let unknown = |name: String, by: BTreeSet<String>| Need { name, by, there: "", found: None };
        Self {
            agents: agents.into_iter().map(|(kind, by)| unknown(kind, by)).collect(),
            commands: commands
                .into_iter()
                .map(|(thing, by)| needed(&thing, by, |name, folder| command(name, folder, root)))
                .collect(),
            hosts: hosts.into_iter().map(|(thing, by)| unknown(name(&thing), by)).collect(),
            files: files.into_iter().map(|(thing, by)| needed(&thing, by, |name, _| file(&root.join(name)))).collect(),
            secrets: secrets.into_iter().map(|(index, by)| secret(plan, index, by, root)).collect(),
            people: people::of(plan, root),
        }
    }

    /// How many of them are not there.
    pub fn missing(&self) -> usize {
        let all = [&self.commands, &self.files, &self.secrets, &self.people];
        all.into_iter().flatten().filter(|need| matches!(need.found, Some(Err(_)))).count()
    }
}

/// Programs that a run cannot do without, and that no stage of it can make: what is to be said of each that is not there.
pub fn missing_programs(plan: &Plan, root: &Path) -> Vec<String> {
    let missing = |(thing, by): (Thing, BTreeSet<String>)| match &thing {
        Thing::Known { name, folder } if !name.contains('/') => {
            let why = command(name, folder.as_deref(), root).err()?;
            Some(format!("{why}, and {} needs it", by.into_iter().collect::<Vec<_>>().join(", ")))
        }
        _ => None,
    };
    plan.surely_touched().commands.into_iter().filter_map(missing).collect()
}

fn needed(thing: &Thing, by: BTreeSet<String>, look: impl Fn(&str, Option<&str>) -> Result<(), String>) -> Need {
    let found = match thing {
        Thing::Known { name, folder } => Some(look(name, folder.as_deref())),
        Thing::Open(_) => None,
    };
    Need { name: name(thing), by, there: "found", found }
}

fn name(thing: &Thing) -> String {
    match thing {
        Thing::Known { name, .. } => name.clone(),
        Thing::Open(written) => written.clone(),
    }
}

fn command(name: &str, folder: Option<&str>, root: &Path) -> Result<(), String> {
    let cwd = folder.map_or_else(|| root.to_owned(), |folder| root.join(folder));
    if name.contains('/') && !cwd.join(name).exists() {
        return Err(MISSING.to_owned());
    }
    program::find(name, std::env::var("PATH").ok().as_deref(), &cwd).map(drop)
}

fn file(path: &Path) -> Result<(), String> {
    match path.try_exists() {
        Ok(true) => Ok(()),
        Ok(false) => Err(MISSING.to_owned()),
        Err(error) => Err(format!("cannot be reached: {error}")),
    }
}

fn secret(plan: &Plan, index: usize, by: BTreeSet<String>, root: &Path) -> Need {
    let secret = &plan.secrets[index];
    let (name, there, found) = match &secret.from {
        SecretFrom::Env(variable) => {
            let set = std::env::var_os(variable).is_some_and(|value| !value.is_empty());
            (variable.clone(), "set", set.then_some(()).ok_or_else(|| "NOT SET".to_owned()))
        }
        SecretFrom::File(path) => (format!("{} from file `{path}`", secret.name), "found", file(&root.join(path))),
        SecretFrom::Command(words) => {
            let word = words.first().map_or("", String::as_str);
            (format!("{} from `{word}`", secret.name), "found", command(word, None, root))
        }
    };
    Need { name, by, there, found: Some(found) }
}

/// A line for each thing, those of one kind together.
pub(super) fn lines(needs: &Needs) -> Vec<(&'static str, String)> {
    let section = |label: &'static str, of: &[Need]| {
        let lines: Vec<String> = of.iter().map(line).collect();
        (!lines.is_empty()).then(|| (label, lines.join("\n")))
    };
    let all = [
        section("agents", &needs.agents),
        section("commands", &needs.commands),
        section("hosts", &needs.hosts),
        section("files", &needs.files),
        section("secrets", &needs.secrets),
        section("people", &needs.people),
    ];
    all.into_iter().flatten().collect()
}

/// `git  found: shop`, `TOKEN  NOT SET: writer`.
fn line(need: &Need) -> String {
    let by: Vec<&str> = need.by.iter().map(String::as_str).collect();
    let by = by.join(", ");
    let state = match &need.found {
        Some(Ok(())) => need.there.to_owned(),
        Some(Err(why)) => why.clone(),
        None => String::new(),
    };
    match (state.is_empty(), by.is_empty()) {
        (true, _) => format!("{}: {by}", need.name),
        (false, true) => format!("{}  {state}", need.name),
        (false, false) => format!("{}  {state}: {by}", need.name),
    }
}

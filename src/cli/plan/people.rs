//! Who has to answer what a run asks: roles, and how many of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::needs::Need;
use crate::base::nearest::listed;
use crate::cli::account;
use crate::cli::roles::Roles;
use crate::plan::{Ask, Plan, Target};

/// A role, if one is named, how many that have it have to allow something, and whether who starts the run is none of them.
type Wanted = (Option<String>, u32, bool);

/// Those of whom more is to be said than that a person is asked, whose project's root is `root`.
pub fn of(plan: &Plan, root: &Path) -> Vec<Need> {
    let wanted = wanted(plan);
    if wanted.is_empty() {
        return Vec::new();
    }
    let roles = Roles::of(root);
    let requester = account::name();
    let barred = |not: bool| not.then_some(requester.as_str());
    wanted.into_iter().map(|((role, quorum, not), by)| need(&roles, role.as_deref(), quorum, barred(not), by)).collect()
}

/// What is asked that can never be answered, as too few have the role: what is to be said of each.
pub fn impossible(plan: &Plan, root: &Path) -> Vec<String> {
    let never = |need: Need| {
        let why = need.found?.err()?;
        Some(format!("{} can never be allowed: {}; {why}", listed(&quoted(&need.by)), need.name))
    };
    of(plan, root).into_iter().filter_map(never).collect()
}

fn quoted(names: &BTreeSet<String>) -> Vec<String> {
    names.iter().map(|name| format!("`{name}`")).collect()
}

fn wanted(plan: &Plan) -> BTreeMap<Wanted, BTreeSet<String>> {
    let mut wanted: BTreeMap<Wanted, BTreeSet<String>> = BTreeMap::new();
    for stage in plan.workflows.iter().flat_map(|workflow| &workflow.stages) {
        stage.all_calls(&mut |call| {
            if let Target::Ask(ask) = &call.target {
                let Ask { role, approves, .. } = &**ask;
                let quorum = approves.as_ref().map_or(1, |approval| approval.quorum);
                let not_requester = approves.as_ref().is_some_and(|approval| approval.not_requester);
                if role.is_some() || quorum > 1 {
                    wanted.entry((role.clone(), quorum, not_requester)).or_default().insert(stage.name.clone());
                }
            }
        });
    }
    wanted
}

fn need(roles: &Roles, role: Option<&str>, quorum: u32, barred: Option<&str>, by: BTreeSet<String>) -> Need {
    let accounts = role.and_then(|role| roles.accounts(role));
    let who = match (role, &accounts) {
        (None, _) => "anybody".to_owned(),
        (Some(role), None) => roles.told(role),
        (Some(role), Some(accounts)) => {
            let accounts: Vec<String> = accounts.iter().map(|&account| account.to_owned()).collect();
            let accounts = if accounts.is_empty() { "nobody has it".to_owned() } else { accounts.join(", ") };
            format!("{} ({accounts})", roles.told(role))
        }
    };
    let who = barred.map_or_else(|| who.clone(), |barred| format!("{who}, not who starts the run ({barred})"));
    let name = if quorum > 1 { format!("{who}, {quorum} have to allow it") } else { who };
    let may = |account: &&&str| barred != Some(**account);
    let found = accounts.map(|accounts| match accounts.iter().filter(may).count() {
        have if have >= quorum as usize => Ok(()),
        have => Err(format!("NOT ENOUGH: {have} of {quorum}")),
    });
    Need { name, by, there: "", found }
}

//! `wfc test --paths`: the ways through each workflow, and which of them a test takes; `--skeleton` begins a test for one.

use std::fmt::Write;

use serde_json::json;

use super::{Group, Ran};
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::report::Problem;
use crate::cli::words::count;
use crate::plan::Plan;
use crate::sema::hir::WorkflowId;
use crate::testing::paths::{Path, paths, takes, words};
use crate::testing::skeleton::skeleton;

/// The ways through one workflow.
struct Ways<'a> {
    name: &'a str,
    /// A plan that has it, and where.
    plan: Plan,
    at: u32,
    paths: Vec<Path>,
    /// There are more than are looked at.
    more: bool,
}

/// Prints the ways, each with the first test that takes it.
pub(super) fn report(groups: &[Group], ran: &[Ran<'_>], as_json: bool, console: &Console) {
    for group in groups.iter().filter(|group| !group.checked.has_errors()) {
        for ways in all(group) {
            let by = |path: &Path| ran.iter().find(|one| takes_one(one, group, &ways, path));
            let taken: Vec<Option<&Ran<'_>>> = ways.paths.iter().map(by).collect();
            console.out(&if as_json { objects(&ways, &taken) } else { table(&ways, &taken) });
        }
    }
}

fn all(group: &Group) -> Vec<Ways<'_>> {
    let checked = &group.checked;
    let workflows = checked.program.workflows.iter().enumerate();
    let own = workflows.filter(|(_, workflow)| !workflow.inline && checked.mains.contains(&workflow.span.file));
    own.filter_map(|(index, workflow)| {
        let (plan, at) = match checked.plan(WorkflowId::new(index)) {
            Some(plan) => (plan, 0),
            // What takes agents is known from a test that gives it some.
            None => group.cases.iter().filter_map(|case| case.plan()).find_map(|plan| {
                let at = plan.workflows.iter().position(|one| one.span == workflow.span)?;
                Some((plan.clone(), u32::try_from(at).ok()?))
            })?,
        };
        let (paths, more) = paths(&plan, at);
        Some(Ways { name: &workflow.name, plan, at, paths, more })
    })
    .collect()
}

/// Whether the run of a test took a way, wherever the workflow stands in its plan.
fn takes_one(one: &Ran<'_>, group: &Group, ways: &Ways<'_>, path: &Path) -> bool {
    let Some(plan) = one.case.plan().filter(|_| std::ptr::eq(one.group, group)) else { return false };
    let span = ways.plan.workflows[ways.at as usize].span;
    let instances = (0_u32..).zip(&plan.workflows).filter(|(_, workflow)| workflow.span == span);
    instances.into_iter().any(|(at, _)| takes(plan, at, path, &one.verdict.marks))
}

fn table(ways: &Ways<'_>, taken: &[Option<&Ran<'_>>]) -> String {
    let number = ways.paths.len() as u64;
    let hit = taken.iter().flatten().count();
    let more = if ways.more { ", and more that are not looked at" } else { "" };
    let mut text = format!("\n{}: {}{more}, {hit} taken\n", ways.name, count(number, "way", "ways"));
    for ((number, path), by) in (1..).zip(&ways.paths).zip(taken) {
        let mark = if by.is_some() { "ok" } else { "  " };
        let _ = writeln!(text, "  {mark} {number:>3}  {}", words(&ways.plan, ways.at, path));
        if let Some(by) = by {
            let _ = writeln!(text, "          by \"{}\"", by.case.name);
        }
    }
    if let Some(first) = taken.iter().position(Option::is_none).filter(|_| ways.at == 0) {
        let _ = writeln!(text, "  to begin a test: wfc test --skeleton {}:{}", ways.name, first + 1);
    }
    text
}

fn objects(ways: &Ways<'_>, taken: &[Option<&Ran<'_>>]) -> String {
    let object = |(number, (path, by)): (usize, (&Path, &Option<&Ran<'_>>))| {
        let object = json!({
            "event": "path",
            "workflow": ways.name,
            "number": number,
            "path": words(&ways.plan, ways.at, path),
            "test": by.map(|by| &by.case.name),
        });
        format!("{object}\n")
    };
    (1..).zip(ways.paths.iter().zip(taken)).map(object).collect()
}

/// Prints a test to begin with, for `WORKFLOW:N`.
///
/// # Errors
/// There is no such workflow, or no such way through it.
pub(super) fn begin(groups: &[Group], wanted: &str, console: &Console) -> Result<Exit, Problem> {
    let (name, number) = wanted.split_once(':').unwrap_or((wanted, "1"));
    let number: usize = number.parse().map_err(|_| {
        Problem::usage(format!("`{wanted}` names no way")).help("write `WORKFLOW:NUMBER`, as `--paths` lists them")
    })?;
    let ways = groups.iter().flat_map(all).find(|ways| ways.name == name && ways.at == 0);
    let Some(ways) = ways else {
        return Err(Problem::usage(format!("there is no workflow `{name}` that can be run by itself")));
    };
    let path = number.checked_sub(1).and_then(|index| ways.paths.get(index));
    let Some(path) = path else {
        let ways = count(ways.paths.len() as u64, "way", "ways");
        return Err(Problem::usage(format!("`{name}` has {ways}, and no way {number}")));
    };
    console.out(&skeleton(&ways.plan, path, number));
    Ok(Exit::Good)
}

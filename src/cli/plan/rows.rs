//! The stages of the workflow that runs, front after front.

use super::amounts::Unit;
use super::{COLUMNS, Outlook};
use crate::base::text::{fold, width};
use crate::cli::table::table;
use crate::cli::words::{count, grouped};
use crate::plan::bounds::{Amount, OfStage};
use crate::plan::graph::widest;
use crate::plan::{Body, Call, Stage, Target};

/// Before the names: the number of the front.
const FRONT: usize = 5;
/// Widest column of names; a longer one has a line to itself.
const NAME_MAX: usize = 24;
/// Fewer columns do not tell what a stage does.
const WHAT_MIN: usize = 16;
/// Lines that what a stage does takes at most.
const WHAT_LINES: usize = 4;

/// A heading, and a row for each stage.
pub(super) fn text(outlook: &Outlook<'_>) -> String {
    let workflow = outlook.workflow();
    let fronts = workflow.fronts();
    let stages = count(workflow.stages.len() as u64, "stage", "stages");
    let front = match widest(&fronts) {
        0 | 1 => String::new(),
        wide => format!(", widest front {wide}"),
    };
    let mut out = format!("{}  {stages}{front}, nothing has been run\n\n", workflow.name);
    for finally in [false, true] {
        let mut order: Vec<usize> =
            (0..workflow.stages.len()).filter(|index| workflow.stages[*index].finally == finally).collect();
        order.sort_by_key(|&index| (fronts[index], index));
        if finally && !order.is_empty() {
            out.push_str("  finally\n");
        }
        out.push_str(&section(outlook, &order, &fronts));
    }
    out
}

/// What a stage does stands beside its figures if that leaves room for it, else above them; what does not fit goes on below.
fn section(outlook: &Outlook<'_>, order: &[usize], fronts: &[usize]) -> String {
    let workflow = outlook.workflow();
    let figures = figures_of(outlook, order);
    let names = order.iter().map(|&index| width(&workflow.stages[index].name)).filter(|wide| *wide <= NAME_MAX);
    let names = names.max().unwrap_or(0);
    let left = COLUMNS - FRONT - names - 2;
    let beside = figures.iter().map(|line| width(line) + 2).max().unwrap_or(0);
    let room = left.checked_sub(beside).filter(|room| *room >= WHAT_MIN);
    let whats: Vec<Vec<String>> = order.iter().map(|&index| what(outlook, index, room.unwrap_or(left))).collect();
    let wide = whats.iter().flatten().map(|line| width(line)).max().unwrap_or(0);
    let (mut out, mut last) = (String::new(), 0);
    for ((&index, figures), what) in order.iter().zip(&figures).zip(whats) {
        let same = std::mem::replace(&mut last, fronts[index]) == fronts[index];
        let front = if same { String::new() } else { fronts[index].to_string() };
        let mut head = format!("{front:>3}  {}", padded(&workflow.stages[index].name, names));
        if width(&head) > FRONT + names {
            line(&mut out, &head);
            head = " ".repeat(FRONT + names);
        }
        for (at, part) in what.into_iter().enumerate() {
            let figures = figures.as_str();
            let figures = if at == 0 && room.is_some() { format!("  {figures}") } else { String::new() };
            line(&mut out, &format!("{head}  {}{figures}", padded(&part, wide)));
            head = " ".repeat(FRONT + names);
        }
        if room.is_none() && !figures.is_empty() {
            line(&mut out, &format!("{}{figures}", " ".repeat(FRONT + 4)));
        }
    }
    out
}

/// What a stage does, in at most so many columns.
fn what(outlook: &Outlook<'_>, index: usize, columns: usize) -> Vec<String> {
    let workflow = outlook.workflow();
    let mut lines = fold(&outlook.plan.stage_text(workflow, &workflow.stages[index]), columns);
    if lines.len() > WHAT_LINES {
        lines.truncate(WHAT_LINES);
        lines.push("…".to_owned());
    }
    if lines.is_empty() { vec![String::new()] } else { lines }
}

fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

fn line(out: &mut String, text: &str) {
    out.push_str(text.trim_end());
    out.push('\n');
}

/// The figures of each stage, below each other.
fn figures_of(outlook: &Outlook<'_>, order: &[usize]) -> Vec<String> {
    let stages =
        order.iter().map(|&index| (&outlook.workflow().stages[index], &outlook.bounds.workflows[0].stages[index]));
    let rows: Vec<Vec<String>> = stages.map(|(stage, of)| figures(outlook, stage, of)).collect();
    table(&rows).lines().map(str::to_owned).collect()
}

/// Kind, effects, attempts, time.
fn figures(outlook: &Outlook<'_>, stage: &Stage, of: &OfStage) -> Vec<String> {
    let attempts = match of.spent.attempts.number() {
        Some(0) => String::new(),
        Some(1) => "1 attempt".to_owned(),
        Some(number) => format!("{} attempts", grouped(number)),
        None => format!(
            "{} attempts",
            outlook.sizes.formula(&of.spent.attempts, Unit::Count).unwrap_or_else(|| "endless".to_owned())
        ),
    };
    let time = match &of.time {
        time if time.is_nothing() => String::new(),
        Amount::Endless(_) => "no bound".to_owned(),
        time => outlook.sizes.bound(time, Unit::Time),
    };
    let effects = of.effects.map_or("", |effects| effects.as_str());
    vec![kind(outlook, stage), effects.to_owned(), attempts, time]
}

/// Who does the work of a stage.
fn kind(outlook: &Outlook<'_>, stage: &Stage) -> String {
    match &stage.body {
        Body::Call(call) => called(outlook, call),
        Body::Map(map) => called(outlook, &map.call),
        Body::Match(_) => "match".to_owned(),
        Body::Race(_) => "race".to_owned(),
        Body::Fail(_) => String::new(),
    }
}

fn called(outlook: &Outlook<'_>, call: &Call) -> String {
    match &call.target {
        Target::Action { agent, .. } => outlook.plan.agents[agent.index()].kind.clone(),
        Target::Pool { .. } => "pool".to_owned(),
        Target::Workflow(_) => "workflow".to_owned(),
        Target::Ask(_) => "person".to_owned(),
        Target::Wait(_) => "timer".to_owned(),
        Target::Event(_) => "event".to_owned(),
    }
}

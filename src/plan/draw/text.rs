//! A plan as text: front after front, each stage with what it waits for.

use std::fmt::Write;

use super::{Picture, ShapeKind};
use crate::base::text::{cut, width, wrap};
use crate::plan::graph::widest;
use crate::plan::{Plan, Stage, StageId, Workflow};

/// Columns of the screen.
const COLUMNS: usize = 80;
/// Widest column of names.
const NAME_MAX: usize = 28;
/// Before the names: the number of the front.
const FRONT: usize = 5;

/// The workflows one after the other, the one that runs first.
pub fn text(plan: &Plan) -> String {
    let mut out = String::new();
    for picture in plan.pictures() {
        if !out.is_empty() {
            out.push('\n');
        }
        draw(&mut out, &picture);
    }
    out
}

fn draw(out: &mut String, picture: &Picture<'_>) {
    let workflow = picture.workflow;
    let levels = workflow.fronts();
    let order = fronts(workflow, &levels);
    let _infallible = writeln!(out, "{}", heading(workflow, &levels));
    let names = workflow.stages.iter().map(|stage| width(&stage.name)).max().unwrap_or(0).min(NAME_MAX);
    let mut front = None;
    for index in order {
        let stage = &workflow.stages[index];
        let key = (stage.finally, levels[index]);
        let number = match front.replace(key) {
            Some(last) if last == key => String::new(),
            Some((false, _)) if stage.finally => {
                out.push_str("  finally\n");
                levels[index].to_string()
            }
            None if stage.finally => {
                out.push_str("  finally\n");
                levels[index].to_string()
            }
            _ => levels[index].to_string(),
        };
        row(out, picture, index, &number, names);
    }
}

/// Front after front, in each the order of the file; those of `finally` last.
fn fronts(workflow: &Workflow, levels: &[usize]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..workflow.stages.len()).collect();
    order.sort_by_key(|&index| (workflow.stages[index].finally, levels[index], index));
    order
}

fn heading(workflow: &Workflow, levels: &[usize]) -> String {
    let count = workflow.stages.len();
    let widest = widest(levels);
    let plural = if count == 1 { "stage" } else { "stages" };
    let front = if widest > 1 { format!(", widest front {widest}") } else { String::new() };
    let body = if workflow.inline { " { … }" } else { "" };
    format!("{}{body}  {count} {plural}{front}", workflow.name)
}

fn row(out: &mut String, picture: &Picture<'_>, index: usize, number: &str, names: usize) {
    let (stage, shape) = (&picture.workflow.stages[index], &picture.shapes[index]);
    let what = if shape.kind == ShapeKind::Fail { format!("fail {}", shape.what) } else { shape.what.clone() };
    let name = cut(&stage.name, NAME_MAX);
    let pad = " ".repeat(names.saturating_sub(width(&name)));
    let start = format!("{number:>3}  {name}{pad}  ");
    let indent = " ".repeat(FRONT + names + 2);
    let room = COLUMNS.saturating_sub(width(&indent)).max(24);
    let mut lines = wrap(&what, room);
    let mut add = |text: String| match lines.last_mut() {
        Some(last) if width(last) + 2 + width(&text) <= room => {
            last.push_str("  ");
            last.push_str(&text);
        }
        _ => lines.extend(wrap(&text, room)),
    };
    if let Some(arrows) = arrows(picture.workflow, stage) {
        add(arrows);
    }
    let guards = guards(picture, stage);
    if !guards.is_empty() {
        add(guards.join(", "));
    }
    for (at, line) in lines.iter().enumerate() {
        let lead = if at == 0 { &start } else { &indent };
        let _infallible = writeln!(out, "{}", format!("{lead}{line}").trim_end());
    }
}

/// `<- a, b  after c  below fail`: what flows in, then what only comes before.
fn arrows(workflow: &Workflow, stage: &Stage) -> Option<String> {
    let name = |id: &StageId| workflow.stages[id.index()].name.as_str();
    let reads: Vec<&str> = stage.reads.iter().map(name).collect();
    let order = stage.needs.iter().filter(|need| stage.reads.binary_search(need).is_err());
    let order: Vec<&str> = order.map(name).collect();
    let mut parts = Vec::new();
    if !reads.is_empty() {
        parts.push(format!("<- {}", reads.join(", ")));
    }
    if !order.is_empty() {
        parts.push(format!("after {}", order.join(", ")));
    }
    if !stage.exits.is_empty() {
        parts.push(format!("below {}", stage.exits.iter().map(name).collect::<Vec<_>>().join(", ")));
    }
    (!parts.is_empty()).then(|| parts.join("  "))
}

/// `when risk == "high"`, `unless …` for an `else`.
pub(super) fn guards(picture: &Picture<'_>, stage: &Stage) -> Vec<String> {
    let text = |condition: u32| {
        let found = picture.conditions.binary_search_by_key(&condition, |(index, _)| *index);
        found.map_or("", |at| picture.conditions[at].1.as_str())
    };
    let guard = stage.guard.iter();
    guard.map(|term| format!("{} {}", if term.holds { "when" } else { "unless" }, text(term.condition))).collect()
}

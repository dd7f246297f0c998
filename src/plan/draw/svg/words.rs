//! A stage in words, for those who listen to the picture, and as its tooltip.

use crate::plan::draw::text::guards;
use crate::plan::draw::{Picture, ShapeKind};
use crate::plan::{Stage, StageId, Workflow};

/// `built: workflow`.
pub fn title(picture: &Picture<'_>, stage: usize) -> String {
    let kind = picture.shapes[stage].kind;
    let kind = if kind == ShapeKind::Call { "stage" } else { kind.word() };
    format!("{}: {kind}", picture.workflow.stages[stage].name)
}

/// What it does, what it waits for, what else is said of it.
pub fn description(picture: &Picture<'_>, stage: usize) -> String {
    let shape = &picture.shapes[stage];
    let mut parts = vec![shape.what.clone()];
    let written = &picture.workflow.stages[stage];
    parts.extend(waits(picture.workflow, written));
    parts.extend(guards(picture, written));
    parts.extend(shape.notes.iter().cloned());
    parts.extend(written.doc.clone());
    parts.join("; ")
}

/// `8 stages in 2 workflows`.
pub fn sizes(pictures: &[Picture<'_>]) -> String {
    let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let stages = pictures.iter().map(|picture| picture.shapes.len()).sum();
    format!("{} in {}", count(stages, "stage"), count(pictures.len(), "workflow"))
}

fn waits(workflow: &Workflow, stage: &Stage) -> Vec<String> {
    let name = |id: &StageId| workflow.stages[id.index()].name.as_str();
    let order = stage.needs.iter().filter(|need| stage.reads.binary_search(need).is_err());
    let lists = [
        ("reads", stage.reads.iter().map(name).collect::<Vec<_>>()),
        ("after", order.map(name).collect()),
        ("below", stage.exits.iter().map(name).collect()),
    ];
    let said = lists.into_iter().filter(|(_, names)| !names.is_empty());
    said.map(|(how, names)| format!("{how} {}", names.join(", "))).collect()
}

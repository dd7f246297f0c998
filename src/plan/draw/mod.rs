//! Pictures of a plan: what all formats show, and one file for each format.

mod dot;
mod json;
mod mermaid;
mod notes;
mod svg;
mod text;

use std::collections::BTreeSet;

use super::graph::Node;
use super::text::{Names, patterns};
use super::{ArmBody, Body, Call, Plan, Race, RaceKind, Stage, StageId, Target, Workflow, WorkflowId};
use crate::base::span::Span;
use crate::base::text::cut;

pub use dot::dot;
pub use json::json;
pub use mermaid::mermaid;
pub use svg::svg;
pub use text::text;

/// Longest text of an expression in a picture, in columns.
const TEXT_MAX: usize = 60;

/// One workflow as it is drawn.
struct Picture<'a> {
    id: WorkflowId,
    workflow: &'a Workflow,
    /// By position of the stage.
    shapes: Vec<Shape>,
    /// Conditions that guard a stage: position and text.
    conditions: Vec<(u32, String)>,
    links: Vec<Link>,
}

/// A stage as it is drawn.
struct Shape {
    kind: ShapeKind,
    /// What it does: `agent.action`, `for each of files: agent.action`.
    what: String,
    /// Rounds, what is done about a failure, what undoes it, `finally`.
    notes: Vec<String>,
    /// Workflows that it calls.
    calls: Vec<WorkflowId>,
    finally: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ShapeKind {
    Call,
    Workflow,
    Ask,
    Map,
    Match,
    Race,
    Wait,
    Event,
    Fail,
}

impl ShapeKind {
    fn word(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Workflow => "workflow",
            Self::Ask => "ask",
            Self::Map => "map",
            Self::Match => "match",
            Self::Race => "race",
            Self::Wait => "wait",
            Self::Event => "event",
            Self::Fail => "fail",
        }
    }
}

/// A line of the picture, from what is awaited to what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Link {
    from: Node,
    to: Node,
    kind: LinkKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum LinkKind {
    /// A value flows, also into a condition.
    Data,
    /// Only the order matters.
    Order,
    /// What a condition leads to, by its truth.
    Branch(bool),
    /// Goes on if the `fail` is not reached.
    Exit,
}

impl Plan {
    fn pictures(&self) -> Vec<Picture<'_>> {
        let ids = (0..self.workflows.len()).map(WorkflowId::new);
        ids.zip(&self.workflows).map(|(id, workflow)| self.picture(id, workflow)).collect()
    }

    fn picture<'a>(&'a self, id: WorkflowId, workflow: &'a Workflow) -> Picture<'a> {
        let guards: BTreeSet<u32> =
            workflow.stages.iter().flat_map(|stage| &stage.guard).map(|term| term.condition).collect();
        let conditions = guards.into_iter().map(|index| (index, self.condition_text(workflow, index))).collect();
        let shapes = workflow.stages.iter().map(|stage| self.shape(workflow, stage)).collect();
        Picture { id, workflow, shapes, conditions, links: links(workflow) }
    }

    /// A condition as it is written, cut to one line.
    pub fn condition_text(&self, workflow: &Workflow, index: u32) -> String {
        let value = &workflow.conditions[index as usize].value;
        self.source_text(value.span).unwrap_or_else(|| cut(&Names::of_workflow(workflow).expr(value), TEXT_MAX))
    }

    /// The text under a span on one line, cut; `None` if there is none.
    fn source_text(&self, span: Span) -> Option<String> {
        let text = self.sources.get(span.file.index())?.text.get(span.range())?;
        let words: Vec<&str> = text.split_whitespace().collect();
        (!words.is_empty()).then(|| cut(&words.join(" "), TEXT_MAX))
    }

    /// What a stage does on one line, cut: `shop.build`, `for each of files: git.blame`.
    pub fn stage_text(&self, workflow: &Workflow, stage: &Stage) -> String {
        let shape = self.shape(workflow, stage);
        if shape.kind == ShapeKind::Fail { format!("fail {}", shape.what) } else { shape.what }
    }

    fn shape(&self, workflow: &Workflow, stage: &Stage) -> Shape {
        let names = Names::of_workflow(workflow);
        let (kind, what) = match &stage.body {
            Body::Call(call) => (call_kind(call), self.target_drawn(&names, call)),
            Body::Map(map) => {
                let source = cut(&names.expr(&map.source), TEXT_MAX);
                (ShapeKind::Map, format!("for each of {source}: {}", self.target_drawn(&names, &map.call)))
            }
            Body::Match(matched) => {
                let arm =
                    |arm: &super::Arm| format!("{} => {}", patterns(&arm.patterns), self.arm_drawn(&names, &arm.body));
                let arms: Vec<String> = matched.arms.iter().map(arm).collect();
                let subject = cut(&names.expr(&matched.subject), TEXT_MAX);
                (ShapeKind::Match, format!("match {subject}: {}", arms.join(", ")))
            }
            Body::Race(race) => (ShapeKind::Race, self.race_drawn(&names, race)),
            Body::Fail(message) => (ShapeKind::Fail, cut(&names.expr(message), TEXT_MAX)),
        };
        let mut calls = Vec::new();
        stage.all_calls(&mut |call| {
            if let Target::Workflow(callee) = call.target
                && !calls.contains(&callee)
            {
                calls.push(callee);
            }
        });
        Shape { kind, what, notes: self.notes(&names, stage), calls, finally: stage.finally }
    }

    fn race_drawn(&self, names: &Names<'_>, race: &Race) -> String {
        let alternative = |one: &super::Alternative| {
            let what = self.target_drawn(names, &one.call);
            one.tag.as_ref().map_or_else(|| what.clone(), |tag| format!("{tag}: {what}"))
        };
        let alternatives: Vec<String> = race.alternatives.iter().map(alternative).collect();
        match race.kind {
            RaceKind::First | RaceKind::Tagged => format!("first of {}", alternatives.join(", ")),
            RaceKind::Any(count) => format!("any {count} of {}", alternatives.join(", ")),
        }
    }

    fn target_drawn(&self, names: &Names<'_>, call: &Call) -> String {
        match &call.target {
            Target::Workflow(id) if self.workflows[id.index()].inline => "{ … }".into(),
            Target::Wait(duration) => format!("wait {}", cut(&names.expr(duration), TEXT_MAX)),
            target => self.target_name(target),
        }
    }

    fn arm_drawn(&self, names: &Names<'_>, body: &ArmBody) -> String {
        match body {
            ArmBody::Call(call) => self.target_drawn(names, call),
            ArmBody::Use(_) => "use".into(),
            ArmBody::Skip => "skip".into(),
        }
    }
}

fn call_kind(call: &Call) -> ShapeKind {
    match call.target {
        Target::Action { .. } | Target::Pool { .. } => ShapeKind::Call,
        Target::Workflow(_) => ShapeKind::Workflow,
        Target::Ask(_) => ShapeKind::Ask,
        Target::Wait(_) => ShapeKind::Wait,
        Target::Event(_) => ShapeKind::Event,
    }
}

/// The lines of a workflow. Conditions form chains from the outside in; a `fail` is linked to the first of what stands below
/// it.
fn links(workflow: &Workflow) -> Vec<Link> {
    let mut links = BTreeSet::new();
    let used: BTreeSet<u32> = workflow.stages.iter().flat_map(|s| &s.guard).map(|term| term.condition).collect();
    for &index in &used {
        for &stage in &workflow.conditions[index as usize].needs {
            links.insert(Link { from: Node::Stage(stage), to: Node::Condition(index), kind: LinkKind::Data });
        }
    }
    for (index, stage) in workflow.stages.iter().enumerate() {
        let to = Node::Stage(StageId::new(index));
        for &need in &stage.needs {
            let data = stage.reads.binary_search(&need).is_ok();
            let kind = if data { LinkKind::Data } else { LinkKind::Order };
            links.insert(Link { from: Node::Stage(need), to, kind });
        }
        for pair in stage.guard.windows(2) {
            let (from, to) = (Node::Condition(pair[0].condition), Node::Condition(pair[1].condition));
            links.insert(Link { from, to, kind: LinkKind::Branch(pair[0].holds) });
        }
        if let Some(last) = stage.guard.last() {
            links.insert(Link { from: Node::Condition(last.condition), to, kind: LinkKind::Branch(last.holds) });
        }
        if let Some(&exit) = stage.exits.last()
            && !waits_beyond(workflow, stage, exit)
        {
            links.insert(Link { from: Node::Stage(exit), to, kind: LinkKind::Exit });
        }
    }
    links.into_iter().collect()
}

/// Whether a stage waits for another one that itself waits for the `fail`.
fn waits_beyond(workflow: &Workflow, stage: &Stage, exit: StageId) -> bool {
    let below = |awaited: &StageId| workflow.stages[awaited.index()].exits.contains(&exit);
    let guards = stage.guard.iter().flat_map(|term| &workflow.conditions[term.condition as usize].needs);
    stage.needs.iter().chain(guards).any(below)
}

//! A plan as a Mermaid flow chart, as documentation and code hosts draw it.

use std::fmt::Write;

use super::{LinkKind, Picture, Shape, ShapeKind};
use crate::plan::graph::Node;
use crate::plan::{Plan, WorkflowId};

/// The chart: one cluster for each workflow that is called, linked with dots to the stages that call it.
pub fn mermaid(plan: &Plan) -> String {
    let mut out = String::from("flowchart TD\n");
    let pictures = plan.pictures();
    for picture in &pictures {
        cluster(&mut out, picture);
    }
    for picture in &pictures {
        for (index, shape) in picture.shapes.iter().enumerate() {
            for callee in &shape.calls {
                let from = name(picture.id, Node::Stage(crate::plan::StageId::new(index)));
                let _infallible = writeln!(out, "    {from} -. calls .-> w{}", callee.0);
            }
        }
    }
    out
}

fn cluster(out: &mut String, picture: &Picture<'_>) {
    let _infallible = writeln!(out, "    subgraph w{} [\"{}\"]", picture.id.0, label(&picture.workflow.name));
    for (index, (stage, shape)) in (0..).zip(picture.workflow.stages.iter().zip(&picture.shapes)) {
        let (open, close) = brackets(shape.kind);
        let node = name(picture.id, Node::Stage(crate::plan::StageId(index)));
        let _infallible = writeln!(out, "        {node}{open}\"{}\"{close}", stage_label(&stage.name, shape));
    }
    for (index, text) in &picture.conditions {
        let node = name(picture.id, Node::Condition(*index));
        let _infallible = writeln!(out, "        {node}{{\"{}\"}}", label(text));
    }
    for link in &picture.links {
        let arrow = match link.kind {
            LinkKind::Data => "-->",
            LinkKind::Order => "-.->",
            LinkKind::Branch(true) => "-->|yes|",
            LinkKind::Branch(false) => "-->|no|",
            LinkKind::Exit => "-.->|else|",
        };
        let (from, to) = (name(picture.id, link.from), name(picture.id, link.to));
        let _infallible = writeln!(out, "        {from} {arrow} {to}");
    }
    out.push_str("    end\n");
}

fn name(workflow: WorkflowId, node: Node) -> String {
    match node {
        Node::Stage(stage) => format!("w{}s{}", workflow.0, stage.0),
        Node::Condition(condition) => format!("w{}c{condition}", workflow.0),
    }
}

fn brackets(kind: ShapeKind) -> (&'static str, &'static str) {
    match kind {
        ShapeKind::Call => ("[", "]"),
        ShapeKind::Workflow => ("[[", "]]"),
        ShapeKind::Ask => ("([", "])"),
        ShapeKind::Map => ("[/", "/]"),
        ShapeKind::Match => ("{{", "}}"),
        ShapeKind::Race => ("[\\", "/]"),
        ShapeKind::Wait => ("((", "))"),
        ShapeKind::Event => ("[(", ")]"),
        ShapeKind::Fail => (">", "]"),
    }
}

fn stage_label(name: &str, shape: &Shape) -> String {
    let notes: String = shape.notes.iter().map(|note| format!("<br/>{}", label(note))).collect();
    format!("{}<br/>{}{notes}", label(name), label(&shape.what))
}

/// Characters that mean something to Mermaid or to the HTML that it makes become its entities.
fn label(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' | '#' | '<' | '>' | '&' | '`' | '\\' | ';' => {
                let _infallible = write!(out, "#{};", u32::from(letter));
            }
            '\n' => out.push_str("<br/>"),
            hidden if crate::base::text::is_hidden(hidden) => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

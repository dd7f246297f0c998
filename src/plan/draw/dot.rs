//! A plan in the language of Graphviz.

use std::fmt::Write;

use super::{LinkKind, Picture, Shape, ShapeKind};
use crate::plan::graph::Node;
use crate::plan::{Plan, StageId, WorkflowId};

/// The graph: one cluster for each workflow, linked with dots to the stages that call it.
pub fn dot(plan: &Plan) -> String {
    let mut out = format!("digraph {} {{\n    rankdir=TB\n    compound=true\n", quoted(&plan.name));
    out.push_str("    node [shape=box, fontname=\"Helvetica\"]\n    edge [fontname=\"Helvetica\"]\n");
    let pictures = plan.pictures();
    for picture in &pictures {
        cluster(&mut out, picture);
    }
    for picture in &pictures {
        for (index, shape) in picture.shapes.iter().enumerate() {
            for &callee in &shape.calls {
                let from = name(picture.id, Node::Stage(StageId::new(index)));
                let _infallible = writeln!(
                    out,
                    "    {from} -> w{0}start [style=dotted, label=\"calls\", lhead=cluster_w{0}]",
                    callee.0
                );
            }
        }
    }
    out.push_str("}\n");
    out
}

fn cluster(out: &mut String, picture: &Picture<'_>) {
    let id = picture.id.0;
    let _infallible = writeln!(out, "    subgraph cluster_w{id} {{\n        label={}", quoted(&picture.workflow.name));
    // Where calls of the workflow end: a workflow without stages has a node too.
    let _infallible = writeln!(out, "        w{id}start [shape=point, width=0.1]");
    for (index, (stage, shape)) in (0..).zip(picture.workflow.stages.iter().zip(&picture.shapes)) {
        let node = name(picture.id, Node::Stage(StageId(index)));
        let notes: String = shape.notes.iter().map(|note| format!("\n{note}")).collect();
        let text = quoted(&format!("{}\n{}{notes}", stage.name, shape.what));
        let _infallible = writeln!(out, "        {node} [label={text}{}]", style(shape));
    }
    for (index, text) in &picture.conditions {
        let node = name(picture.id, Node::Condition(*index));
        let _infallible = writeln!(out, "        {node} [shape=diamond, label={}]", quoted(text));
    }
    for link in &picture.links {
        let style = match link.kind {
            LinkKind::Data => "",
            LinkKind::Order => " [style=dashed]",
            LinkKind::Branch(true) => " [label=\"yes\"]",
            LinkKind::Branch(false) => " [label=\"no\"]",
            LinkKind::Exit => " [style=dashed, label=\"else\"]",
        };
        let (from, to) = (name(picture.id, link.from), name(picture.id, link.to));
        let _infallible = writeln!(out, "        {from} -> {to}{style}");
    }
    out.push_str("    }\n");
}

fn name(workflow: WorkflowId, node: Node) -> String {
    match node {
        Node::Stage(stage) => format!("w{}s{}", workflow.0, stage.0),
        Node::Condition(condition) => format!("w{}c{condition}", workflow.0),
    }
}

fn style(shape: &Shape) -> String {
    let kind = match shape.kind {
        ShapeKind::Call => "",
        ShapeKind::Workflow => ", peripheries=2",
        ShapeKind::Ask => ", shape=oval",
        ShapeKind::Map => ", shape=parallelogram",
        ShapeKind::Match => ", shape=hexagon",
        ShapeKind::Race => ", shape=trapezium",
        ShapeKind::Wait => ", shape=circle",
        ShapeKind::Event => ", shape=cds",
        ShapeKind::Fail => ", shape=octagon",
    };
    format!("{kind}{}", if shape.finally { ", style=dashed" } else { "" })
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            hidden if crate::base::text::is_hidden(hidden) => out.push(' '),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

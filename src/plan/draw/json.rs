//! The graph of a plan as JSON, for programs that draw it themselves.

use serde::Serialize;

use super::{LinkKind, Picture};
use crate::plan::Plan;
use crate::plan::graph::Node;

#[derive(Serialize)]
struct Graph<'a> {
    name: &'a str,
    hash: &'a str,
    workflows: Vec<Cluster<'a>>,
}

#[derive(Serialize)]
struct Cluster<'a> {
    name: &'a str,
    /// A body in braces.
    inline: bool,
    stages: Vec<Stage<'a>>,
    conditions: Vec<Condition<'a>>,
    edges: Vec<Edge>,
}

#[derive(Serialize)]
struct Stage<'a> {
    name: &'a str,
    kind: &'static str,
    what: &'a str,
    /// Rounds, what is done about a failure, what undoes it, `finally`.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'a [String],
    /// The front in which it can start, from 1.
    level: usize,
    finally: bool,
    /// Positions of the workflows that it calls.
    calls: Vec<u32>,
}

#[derive(Serialize)]
struct Condition<'a> {
    id: u32,
    text: &'a str,
}

/// Ends are `stage N` and `condition N`, N a position.
#[derive(Serialize)]
struct Edge {
    from: String,
    to: String,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    holds: Option<bool>,
}

/// One object, pretty.
pub fn json(plan: &Plan) -> String {
    let pictures = plan.pictures();
    let graph = Graph { name: &plan.name, hash: &plan.hash, workflows: pictures.iter().map(cluster).collect() };
    serde_json::to_string_pretty(&graph).expect("a graph always serialises")
}

fn cluster<'a>(picture: &'a Picture<'a>) -> Cluster<'a> {
    let workflow = picture.workflow;
    let stages = workflow.stages.iter().zip(&picture.shapes).zip(workflow.fronts());
    let stage = |((stage, shape), level): ((&'a crate::plan::Stage, &'a super::Shape), usize)| Stage {
        name: &stage.name,
        kind: shape.kind.word(),
        what: &shape.what,
        notes: &shape.notes,
        level,
        finally: shape.finally,
        calls: shape.calls.iter().map(|callee| callee.0).collect(),
    };
    let edge = |link: &super::Link| {
        let (kind, holds) = match link.kind {
            LinkKind::Data => ("data", None),
            LinkKind::Order => ("order", None),
            LinkKind::Branch(holds) => ("guard", Some(holds)),
            LinkKind::Exit => ("exit", None),
        };
        Edge { from: end(link.from), to: end(link.to), kind, holds }
    };
    Cluster {
        name: &workflow.name,
        inline: workflow.inline,
        stages: stages.map(stage).collect(),
        conditions: picture.conditions.iter().map(|(id, text)| Condition { id: *id, text }).collect(),
        edges: picture.links.iter().map(edge).collect(),
    }
}

fn end(node: Node) -> String {
    match node {
        Node::Stage(stage) => format!("stage {}", stage.0),
        Node::Condition(condition) => format!("condition {condition}"),
    }
}

//! A workflow laid out: boxes with their places, the bodies inside them, and the lines between.

use super::card::{COLUMN, Card, LINE, PADDING};
use super::claims::Claims;
use super::layers::{Layers, Net, Size, Wire, layers};
use super::order::{Near, order};
use super::picture_of;
use super::place::{Places, place};
use crate::base::text::width;
use crate::plan::WorkflowId;
use crate::plan::draw::Picture;
use crate::plan::graph::Node;

/// The height of a panel's heading.
pub const HEADING: f64 = 34.0;
/// Between the border of a panel and what is in it.
pub const INSET: f64 = 16.0;
/// Between bodies inside one box.
const BETWEEN: f64 = 12.0;

/// One workflow, ready to be painted.
pub struct Panel {
    pub id: WorkflowId,
    pub heading: String,
    /// Stages first, by position, then conditions.
    pub boxes: Vec<Box>,
    pub layers: Layers,
    pub places: Places,
    pub width: f64,
    pub height: f64,
}

/// A stage or a condition.
pub struct Box {
    pub card: Card,
    pub size: Size,
    /// Bodies, and where they stand from the upper left corner.
    pub inside: Vec<(Panel, f64, f64)>,
}

impl Panel {
    /// Lays a workflow out with all that is drawn inside it.
    pub fn of(pictures: &[Picture<'_>], claims: &Claims, id: WorkflowId) -> Self {
        let picture = picture_of(pictures, id);
        let stages = picture.workflow.stages.iter().zip(&picture.shapes).zip(&claims.inside[id.index()]);
        let mut boxes: Vec<Box> = stages
            .map(|((stage, shape), inside)| {
                let inside = inside.iter().map(|&body| Self::of(pictures, claims, body)).collect();
                Box::new(Card::stage(&stage.name, shape), inside)
            })
            .collect();
        boxes.extend(picture.conditions.iter().map(|(_, text)| Box::condition(text)));
        let net = net(picture, &boxes);
        let mut layers = layers(&net);
        let near = Near::of(&layers);
        order(&mut layers, &near);
        let places = place(&net, &layers, &near);
        let body = if picture.workflow.inline { " { … }" } else { "" };
        let heading = format!("{}{body}", picture.workflow.name);
        let width = places.width.max(width(&heading) as f64 * COLUMN * 1.15).max(120.0) + 2.0 * INSET;
        let height = places.height.max(LINE) + HEADING + INSET;
        Self { id, heading, boxes, layers, places, width, height }
    }

    /// The upper left corner of a box, from that of the panel.
    pub fn corner(&self, index: usize) -> (f64, f64) {
        let left = (self.width - self.places.width) / 2.0;
        let x = left + self.places.middles[index] - self.boxes[index].size.width / 2.0;
        (x, HEADING + self.places.rows[self.places.row_of[index]].0)
    }
}

impl Box {
    fn new(card: Card, bodies: Vec<Panel>) -> Self {
        let mut size = card.size();
        let (mut x, top) = (PADDING, card.bottom());
        let mut inside = Vec::with_capacity(bodies.len());
        for body in bodies {
            let (width, height) = (body.width, body.height);
            inside.push((body, x, top));
            x += width + BETWEEN;
            size.width = size.width.max(x - BETWEEN + PADDING);
            size.height = size.height.max(top + height + PADDING);
        }
        let spare = ((size.width - (x - BETWEEN + PADDING)) / 2.0).max(0.0);
        inside.iter_mut().for_each(|(_, x, _)| *x += spare);
        Self { card, size, inside }
    }

    fn condition(text: &str) -> Self {
        let mut made = Self::new(Card::condition(text), Vec::new());
        // Room for the points at both sides.
        made.size.width += made.size.height;
        made
    }
}

fn net(picture: &Picture<'_>, boxes: &[Box]) -> Net {
    let stages = picture.shapes.len();
    let index = |node: Node| match node {
        Node::Stage(stage) => stage.index(),
        Node::Condition(condition) => {
            stages + picture.conditions.partition_point(|(position, _)| *position < condition)
        }
    };
    let wire = |link: &super::super::Link| Wire { from: index(link.from), to: index(link.to), kind: link.kind };
    let late = picture.shapes.iter().map(|shape| shape.finally);
    Net {
        sizes: boxes.iter().map(|one| one.size).collect(),
        late: late.chain(picture.conditions.iter().map(|_| false)).collect(),
        wires: picture.links.iter().map(wire).collect(),
    }
}

//! A plan as a picture that stands alone: SVG without scripts and fonts of its own, for light and dark, the same bytes each time.
//!
//! A body in braces is drawn inside the stage that holds it, every other workflow as a panel of its own.

mod card;
mod claims;
mod layers;
mod order;
mod outline;
mod paint;
mod panel;
mod place;
mod wires;
mod words;

use super::Picture;
use crate::plan::{Plan, WorkflowId};
use claims::Claims;
use paint::Paper;
use panel::Panel;

/// Around and between panels.
const MARGIN: f64 = 24.0;
/// Panels stand beside each other up to this width.
const SHELF: f64 = 1_600.0;

/// The picture. Costs little more than the stages and lines that it shows.
pub fn svg(plan: &Plan) -> String {
    let pictures = plan.pictures();
    let claims = Claims::of(&pictures);
    let roots = claims.roots.iter().map(|&id| Panel::of(&pictures, &claims, id)).collect();
    let (shelved, width, height) = shelve(roots);
    let mut paper = Paper::new(plan, &pictures, (width, height));
    for (panel, x, y) in &shelved {
        paper.root(panel, *x, *y);
    }
    paper.done()
}

type Shelved = Vec<(Panel, f64, f64)>;

/// Puts the panels side by side, and below where a row is full; with the size of all.
fn shelve(roots: Vec<Panel>) -> (Shelved, f64, f64) {
    let limit = roots.iter().map(|panel| panel.width).fold(SHELF, f64::max);
    let (mut x, mut y, mut row, mut wide) = (MARGIN, MARGIN, 0.0_f64, 0.0_f64);
    let mut shelved = Vec::with_capacity(roots.len());
    for panel in roots {
        if x > MARGIN && x + panel.width > limit + MARGIN {
            (x, y, row) = (MARGIN, y + row + MARGIN, 0.0);
        }
        let (width, height) = (panel.width, panel.height);
        shelved.push((panel, x, y));
        x += width + MARGIN;
        (row, wide) = (row.max(height), wide.max(x));
    }
    (shelved, wide, y + row + MARGIN)
}

/// The workflow's picture, by its id.
fn picture_of<'a, 'b>(pictures: &'b [Picture<'a>], id: WorkflowId) -> &'b Picture<'a> {
    &pictures[id.index()]
}

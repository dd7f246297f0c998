//! The lines of a panel: down from the bottom of a box, through the points on the way, to the top of another.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::layers::Wire;
use super::paint::text;
use super::panel::{HEADING, Panel};
use crate::plan::draw::LinkKind;

/// Between two lines that leave the same box, and two that reach it.
const LEAVING: f64 = 44.0;
const REACHING: f64 = 16.0;
/// How far from its sides lines leave and reach a box.
const CORNER: f64 = 20.0;
/// How high the tip of an arrow is.
const TIP: f64 = 7.0;

/// Paints all lines, a path for each kind from a box.
pub fn paint(out: &mut String, panel: &Panel) {
    let ends = Ends::of(panel);
    let mut tips = String::new();
    for (at, strand) in panel.layers.strands.iter().enumerate() {
        let (from, to) = (ends.start(panel, strand), ends.end(panel, at, strand));
        ends.strand(out, panel, strand, from, to);
        if strand.to < panel.boxes.len() {
            tip(&mut tips, to);
        }
    }
    for wire in &panel.layers.direct {
        let (from, to) = (ends.start(panel, wire), (panel.middle(wire.to), panel.top(wire.to)));
        direct(out, from, to);
        tip(&mut tips, to);
    }
    for (&(node, kind), &x) in &ends.leaving {
        if let Some(word) = word(kind).filter(|_| node < panel.boxes.len()) {
            text(out, "side", x + 5.0, panel.bottom(node) + 14.0, word);
        }
    }
    if !tips.is_empty() {
        let _infallible = writeln!(out, "<path class=\"tip\" d=\"{tips}\"/>");
    }
}

type Point = (f64, f64);

/// Where lines leave and reach boxes: spread, so that they can be told apart.
struct Ends {
    leaving: BTreeMap<(usize, LinkKind), f64>,
    /// By position of the strand.
    reaching: Vec<f64>,
}

impl Ends {
    fn of(panel: &Panel) -> Self {
        let nodes = panel.boxes.len();
        let mut starts: BTreeMap<usize, BTreeMap<LinkKind, (f64, f64)>> = BTreeMap::new();
        let mut reaching: Vec<f64> = panel.layers.strands.iter().map(|strand| panel.middle(strand.to)).collect();
        let mut arriving = vec![Vec::new(); nodes];
        for (at, strand) in panel.layers.strands.iter().enumerate() {
            if strand.from < nodes {
                let sum = starts.entry(strand.from).or_default().entry(strand.kind).or_default();
                *sum = (sum.0 + panel.middle(strand.to), sum.1 + 1.0);
            }
            if let Some(list) = arriving.get_mut(strand.to) {
                list.push((panel.middle(strand.from), at));
            }
        }
        for (node, list) in arriving.into_iter().enumerate() {
            spread(panel, node, list, REACHING, |at, x| reaching[at] = x);
        }
        let mut leaving = BTreeMap::new();
        for (node, kinds) in starts {
            let list = kinds.into_iter().map(|(kind, (sum, count))| (sum / count, kind)).collect();
            spread(panel, node, list, LEAVING, |kind, x| {
                leaving.insert((node, kind), x);
            });
        }
        Self { leaving, reaching }
    }

    fn start(&self, panel: &Panel, wire: &Wire) -> Point {
        let x = self.leaving.get(&(wire.from, wire.kind)).copied();
        (x.unwrap_or_else(|| panel.middle(wire.from)), panel.bottom(wire.from))
    }

    fn end(&self, panel: &Panel, at: usize, wire: &Wire) -> Point {
        (self.reaching[at], panel.top(wire.to))
    }

    /// Straight down to the end of the row, and over to the next one; through that one, if it is a point on the way.
    fn strand(&self, out: &mut String, panel: &Panel, wire: &Wire, from: Point, to: Point) {
        let foot = panel.row(wire.from).1;
        let middle = ((foot + to.1) / 2.0).round();
        let through = if wire.to < panel.boxes.len() { String::new() } else { format!("V{:.0}", panel.row(wire.to).1) };
        let (class, (x, y), (end, bottom)) = (class(wire.kind), from, to);
        let _infallible = writeln!(
            out,
            "<path class=\"line{class}\" d=\"M{x:.0} {y:.0}V{foot:.0}C{x:.0} {middle:.0} {end:.0} {middle:.0} {end:.0} \
             {bottom:.0}{through}\"/>"
        );
    }
}

/// Spreads things over a side of a box, in the order of where they come from or go to.
fn spread<T: Copy>(panel: &Panel, node: usize, mut list: Vec<(f64, T)>, apart: f64, mut put: impl FnMut(T, f64)) {
    list.sort_by(|a, b| a.0.total_cmp(&b.0));
    let room = (panel.boxes[node].size.width - 2.0 * CORNER).max(0.0);
    let gaps = list.len().saturating_sub(1).max(1) as f64;
    let apart = apart.min(room / gaps);
    let first = panel.middle(node) - apart * list.len().saturating_sub(1) as f64 / 2.0;
    for (index, (_, what)) in list.into_iter().enumerate() {
        put(what, (first + apart * index as f64).round());
    }
}

impl Panel {
    fn middle(&self, point: usize) -> f64 {
        (self.width - self.places.width) / 2.0 + self.places.middles[point]
    }

    /// Top and bottom of the row in which a point is.
    fn row(&self, point: usize) -> (f64, f64) {
        let (top, bottom) = self.places.rows[self.places.row_of[point]];
        (HEADING + top, HEADING + bottom)
    }

    fn top(&self, point: usize) -> f64 {
        self.row(point).0
    }

    fn bottom(&self, point: usize) -> f64 {
        self.boxes.get(point).map_or(self.row(point).1, |one| self.row(point).0 + one.size.height)
    }
}

fn direct(out: &mut String, (x, y): Point, (end, bottom): Point) {
    let middle = ((y + bottom) / 2.0).round();
    let _infallible = writeln!(
        out,
        "<path class=\"line far\" d=\"M{x:.0} {y:.0}C{x:.0} {middle:.0} {end:.0} {middle:.0} {end:.0} {bottom:.0}\"/>"
    );
}

fn tip(out: &mut String, (x, y): Point) {
    let _infallible = write!(out, "M{x:.0} {y:.0}l-4 -{TIP}h8z");
}

fn class(kind: LinkKind) -> &'static str {
    match kind {
        LinkKind::Data | LinkKind::Branch(_) => "",
        LinkKind::Order => " order",
        LinkKind::Exit => " exit",
    }
}

fn word(kind: LinkKind) -> Option<&'static str> {
    match kind {
        LinkKind::Data | LinkKind::Order => None,
        LinkKind::Branch(true) => Some("yes"),
        LinkKind::Branch(false) => Some("no"),
        LinkKind::Exit => Some("else"),
    }
}

//! A graph in rows: each node below all that it waits for, and a point in every row that a line passes.
//!
//! Knows sizes and lines, nothing of plans.

use std::collections::{BTreeMap, VecDeque};

use crate::plan::draw::LinkKind;

/// How large a node is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub width: f64,
    pub height: f64,
}

/// What is to be drawn: nodes, and lines between them by position.
pub struct Net {
    pub sizes: Vec<Size>,
    /// Nodes that stand below all others.
    pub late: Vec<bool>,
    pub wires: Vec<Wire>,
}

/// A line from one node, or point on its way, to another.
#[derive(Debug, Clone, Copy)]
pub struct Wire {
    pub from: usize,
    pub to: usize,
    pub kind: LinkKind,
}

/// Invariant: strands go from one row to the next; nodes come first, points that lines pass after them.
pub struct Layers {
    /// Points from left to right.
    pub rows: Vec<Vec<usize>>,
    pub strands: Vec<Wire>,
    /// Lines without points on the way: those that would need too many, and those of a circle.
    pub direct: Vec<Wire>,
    pub points: usize,
}

/// A row is about so wide before the next one is begun.
const ROW: f64 = 1_800.0;
/// Points on the way, in all: some, and so many for each node and line. A line from each node to a far one would need their product.
const POINTS_FREE: usize = 5_000;
const POINTS_EACH: usize = 3;

/// Finds the rows.
pub fn layers(net: &Net) -> Layers {
    let ranks = ranks(net);
    let count = ranks.iter().max().map_or(0, |last| last + 1);
    let mut rows = vec![Vec::new(); count];
    for (node, &rank) in ranks.iter().enumerate() {
        rows[rank].push(node);
    }
    let mut layers = Layers { rows, strands: Vec::new(), direct: Vec::new(), points: net.sizes.len() };
    let mut left = POINTS_EACH * (net.sizes.len() + net.wires.len()) + POINTS_FREE;
    for bundle in bundles(net, &ranks, &mut layers.direct) {
        match left.checked_sub(bundle.points()) {
            Some(rest) => {
                left = rest;
                layers.lay(&bundle, &ranks);
            }
            None => layers.direct.extend(bundle.wires()),
        }
    }
    layers
}

/// Lines of one kind from one node: they share their way.
struct Bundle {
    from: usize,
    kind: LinkKind,
    to: Vec<usize>,
    /// Rows from the node to the furthest end.
    span: usize,
}

impl Bundle {
    fn points(&self) -> usize {
        self.span.saturating_sub(1)
    }

    fn wires(&self) -> impl Iterator<Item = Wire> {
        self.to.iter().map(|&to| Wire { from: self.from, to, kind: self.kind })
    }
}

/// The shortest first; what does not go down is put aside.
fn bundles(net: &Net, ranks: &[usize], aside: &mut Vec<Wire>) -> Vec<Bundle> {
    let mut ends: BTreeMap<(usize, LinkKind), Vec<usize>> = BTreeMap::new();
    for wire in &net.wires {
        match ranks[wire.from] < ranks[wire.to] {
            true => ends.entry((wire.from, wire.kind)).or_default().push(wire.to),
            false => aside.push(*wire),
        }
    }
    let bundle = |((from, kind), to): ((usize, LinkKind), Vec<usize>)| {
        let span = to.iter().map(|&end| ranks[end] - ranks[from]).max().unwrap_or(0);
        Bundle { from, kind, to, span }
    };
    let mut bundles: Vec<Bundle> = ends.into_iter().map(bundle).collect();
    bundles.sort_by_key(|bundle| bundle.span);
    bundles
}

impl Layers {
    fn lay(&mut self, bundle: &Bundle, ranks: &[usize]) {
        let (from, kind, start) = (bundle.from, bundle.kind, ranks[bundle.from]);
        let mut way = vec![from];
        for row in 1..bundle.span {
            self.strands.push(Wire { from: way[row - 1], to: self.points, kind });
            self.rows[start + row].push(self.points);
            way.push(self.points);
            self.points += 1;
        }
        self.strands.extend(bundle.to.iter().map(|&to| Wire { from: way[ranks[to] - start - 1], to, kind }));
    }
}

/// The row of each node: below all that it waits for, and the next one where a row is full.
fn ranks(net: &Net) -> Vec<usize> {
    let depths = depths(net);
    let mut order: Vec<usize> = (0..net.sizes.len()).collect();
    order.sort_by_key(|&node| (net.late[node], depths[node], node));
    let mut above = vec![Vec::new(); net.sizes.len()];
    for wire in &net.wires {
        above[wire.to].push(wire.from);
    }
    let mut room = Room::new(net);
    let mut ranks = vec![0; net.sizes.len()];
    let (mut last, mut floor) = (0, None);
    for node in order {
        let below = above[node].iter().filter(|&&from| depths[from] < depths[node]).map(|&from| ranks[from] + 1);
        let start = if net.late[node] { *floor.get_or_insert(room.begun()) } else { 0 };
        ranks[node] = room.take(below.fold(start, usize::max), net.sizes[node].width);
        last = last.max(ranks[node]);
    }
    ranks
}

/// For each node the lines of the longest way to it.
fn depths(net: &Net) -> Vec<usize> {
    let mut below = vec![Vec::new(); net.sizes.len()];
    let mut awaited = vec![0usize; net.sizes.len()];
    for wire in &net.wires {
        below[wire.from].push(wire.to);
        awaited[wire.to] += 1;
    }
    let mut open: VecDeque<usize> = (0..net.sizes.len()).filter(|&node| awaited[node] == 0).collect();
    let mut depths = vec![0; net.sizes.len()];
    while let Some(node) = open.pop_front() {
        for &next in &below[node] {
            depths[next] = depths[next].max(depths[node] + 1);
            awaited[next] -= 1;
            if awaited[next] == 0 {
                open.push_back(next);
            }
        }
    }
    depths
}

/// What is free in each row.
struct Room {
    limit: f64,
    used: Vec<f64>,
    /// From a row that is full to one that may not be.
    next: Vec<usize>,
}

impl Room {
    /// Many nodes at once become about as wide as they become high.
    fn new(net: &Net) -> Self {
        let area: f64 = net.sizes.iter().map(|size| size.width * (size.height + 60.0)).sum();
        Self { limit: ROW.max(area.sqrt()), used: Vec::new(), next: Vec::new() }
    }

    fn begun(&self) -> usize {
        self.used.len()
    }

    fn take(&mut self, from: usize, width: f64) -> usize {
        let mut row = self.open(from);
        while self.used[row] > 0.0 && self.used[row] + width > self.limit {
            self.next[row] = row + 1;
            row = self.open(row + 1);
        }
        self.used[row] += width;
        row
    }

    /// The first row from this one on that is not full. Halves the way for who comes after.
    fn open(&mut self, mut row: usize) -> usize {
        while self.used.len() <= row {
            self.next.push(self.used.len());
            self.used.push(0.0);
        }
        while self.next[row] != row {
            let next = self.next[row];
            if next == self.used.len() {
                self.next.push(next);
                self.used.push(0.0);
            }
            self.next[row] = self.next[next];
            row = next;
        }
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(nodes: usize, wires: impl Iterator<Item = (usize, usize)>) -> Net {
        let sizes = vec![Size { width: 100.0, height: 40.0 }; nodes];
        let wires = wires.map(|(from, to)| Wire { from, to, kind: LinkKind::Data }).collect();
        Net { sizes, late: vec![false; nodes], wires }
    }

    #[test]
    fn nodes_stand_below_what_they_wait_for_and_lines_have_a_point_in_each_row() {
        let layers = layers(&net(4, [(0, 1), (1, 2), (0, 2), (0, 3)].into_iter()));
        assert_eq!(layers.rows, [vec![0], vec![1, 3, 4], vec![2]]);
        let strands: Vec<(usize, usize)> = layers.strands.iter().map(|strand| (strand.from, strand.to)).collect();
        assert_eq!(strands, [(1, 2), (0, 4), (0, 1), (4, 2), (0, 3)]);
    }

    #[test]
    fn a_full_row_is_followed_by_another() {
        let layers = layers(&net(40, (1..40).map(|to| (0, to))));
        assert!(layers.rows.len() > 2 && layers.rows.iter().all(|row| row.len() <= 20), "{:?}", layers.rows);
    }

    #[test]
    fn long_lines_beyond_all_measure_are_drawn_without_points() {
        let chain = (1..4_000).map(|to| (to - 1, to));
        let far = (0..2_000).map(|from| (from, 3_999 - from)).filter(|(from, to)| to > from);
        let layers = layers(&net(4_000, chain.chain(far)));
        assert!(layers.points < 40_000 && !layers.direct.is_empty(), "{}", layers.points);
    }

    #[test]
    fn a_circle_does_not_hold_it_up() {
        let layers = layers(&net(3, [(0, 1), (1, 2), (2, 1)].into_iter()));
        assert!(!layers.direct.is_empty());
    }
}

//! From left to right in each row: so that few lines cross.

use super::layers::Layers;

/// Passes over the rows, down and up in turn.
const PASSES: usize = 16;
/// Passes without a gain before it is left at that.
const PATIENCE: usize = 4;

/// The neighbours of each point in the row above and in the row below.
pub struct Near {
    pub above: Vec<Vec<usize>>,
    pub below: Vec<Vec<usize>>,
}

impl Near {
    /// Of all points.
    pub fn of(layers: &Layers) -> Self {
        let mut near = Self { above: vec![Vec::new(); layers.points], below: vec![Vec::new(); layers.points] };
        for strand in &layers.strands {
            near.above[strand.to].push(strand.from);
            near.below[strand.from].push(strand.to);
        }
        near
    }
}

/// Puts each point near the middle of its neighbours, again and again, and keeps the order with the fewest crossings.
pub fn order(layers: &mut Layers, near: &Near) {
    let mut places = places(layers);
    let mut best = (crossings(layers, near, &places), layers.rows.clone());
    let mut idle = 0;
    for pass in 0..PASSES {
        if best.0 == 0 || idle == PATIENCE {
            break;
        }
        sweep(layers, near, &mut places, pass % 2 == 0);
        let count = crossings(layers, near, &places);
        idle = if count < best.0 { 0 } else { idle + 1 };
        if count < best.0 {
            best = (count, layers.rows.clone());
        }
    }
    layers.rows = best.1;
}

fn places(layers: &Layers) -> Vec<usize> {
    let mut places = vec![0; layers.points];
    for row in &layers.rows {
        row.iter().enumerate().for_each(|(place, &point)| places[point] = place);
    }
    places
}

fn sweep(layers: &mut Layers, near: &Near, places: &mut [usize], down: bool) {
    let count = layers.rows.len();
    for step in 0..count {
        let row = &mut layers.rows[if down { step } else { count - 1 - step }];
        let beside = if down { &near.above } else { &near.below };
        let middle = |&point: &usize| (middle(&beside[point], places).unwrap_or(places[point] as f64), point);
        let mut keyed: Vec<(f64, usize)> = row.iter().map(middle).collect();
        // Stable: what is equal stays in the order of the file.
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (place, (_, point)) in keyed.into_iter().enumerate() {
            row[place] = point;
            places[point] = place;
        }
    }
}

fn middle(points: &[usize], places: &[usize]) -> Option<f64> {
    let sum: usize = points.iter().map(|&point| places[point]).sum();
    (!points.is_empty()).then(|| sum as f64 / points.len() as f64)
}

/// How many lines cross, counted with a tree of sums for each pair of rows.
fn crossings(layers: &Layers, near: &Near, places: &[usize]) -> u64 {
    let mut count = 0;
    for pair in layers.rows.windows(2) {
        let mut seen = Sums::new(pair[1].len());
        let mut all = 0;
        for &point in &pair[0] {
            let ends = || near.below[point].iter().map(|&end| places[end]);
            count += ends().map(|end| all - seen.up_to(end)).sum::<u64>();
            ends().for_each(|end| seen.add(end));
            all += near.below[point].len() as u64;
        }
    }
    count
}

/// A Fenwick tree.
struct Sums(Vec<u64>);

impl Sums {
    fn new(len: usize) -> Self {
        Self(vec![0; len + 1])
    }

    fn add(&mut self, at: usize) {
        let mut at = at + 1;
        while at < self.0.len() {
            self.0[at] += 1;
            at += at & at.wrapping_neg();
        }
    }

    fn up_to(&self, at: usize) -> u64 {
        let (mut at, mut sum) = (at + 1, 0);
        while at > 0 {
            sum += self.0[at];
            at -= at & at.wrapping_neg();
        }
        sum
    }
}

//! Where each point stands: over and under its neighbours as far as there is room.

use super::layers::{Layers, Net};
use super::order::Near;

/// Between two boxes of a row.
const BESIDE: f64 = 32.0;
/// Between a box and a line that passes it, or two lines.
const PASSING: f64 = 18.0;
/// Between two rows, at least and at most.
const BETWEEN: (f64, f64) = (48.0, 160.0);
/// Passes over the rows, down and up in turn.
const PASSES: usize = 12;

/// Where all stands.
pub struct Places {
    /// The middle of each point.
    pub middles: Vec<f64>,
    /// Top and bottom of each row.
    pub rows: Vec<(f64, f64)>,
    /// The row of each point.
    pub row_of: Vec<usize>,
    pub width: f64,
    pub height: f64,
}

/// Places the points of layers that are in order.
pub fn place(net: &Net, layers: &Layers, near: &Near) -> Places {
    let half = |point: usize| net.sizes.get(point).map_or(0.0, |size| size.width / 2.0);
    let mut middles = vec![0.0; layers.points];
    for row in &layers.rows {
        let offsets = offsets(net, row);
        let centre = offsets.last().map_or(0.0, |last| last / 2.0);
        row.iter().zip(offsets).for_each(|(&point, offset)| middles[point] = offset - centre);
    }
    for pass in 0..PASSES {
        sweep(net, layers, near, &mut middles, pass % 2 == 0);
    }
    let left = (0..layers.points).map(|point| middles[point] - half(point)).fold(f64::INFINITY, f64::min);
    let left = if left.is_finite() { left } else { 0.0 };
    middles.iter_mut().for_each(|middle| *middle = (*middle - left).round());
    let width = (0..layers.points).map(|point| middles[point] + half(point)).fold(0.0, f64::max);
    let (rows, height) = rows(net, layers, near, &middles);
    let mut row_of = vec![0; layers.points];
    for (number, row) in layers.rows.iter().enumerate() {
        row.iter().for_each(|&point| row_of[point] = number);
    }
    Places { middles, rows, row_of, width, height }
}

/// How far each middle of a row is from the first, at least.
fn offsets(net: &Net, row: &[usize]) -> Vec<f64> {
    let half = |point: usize| net.sizes.get(point).map_or(0.0, |size| size.width / 2.0);
    let mut at = 0.0;
    let mut offsets = Vec::with_capacity(row.len());
    for (index, &point) in row.iter().enumerate() {
        if let Some(&before) = index.checked_sub(1).and_then(|before| row.get(before)) {
            let nodes = before < net.sizes.len() && point < net.sizes.len();
            at += half(before) + half(point) + if nodes { BESIDE } else { PASSING };
        }
        offsets.push(at);
    }
    offsets
}

fn sweep(net: &Net, layers: &Layers, near: &Near, middles: &mut [f64], down: bool) {
    let count = layers.rows.len();
    let bend = |point: usize| point >= net.sizes.len();
    for step in 0..count {
        let row = &layers.rows[if down { step } else { count - 1 - step }];
        let beside = if down { &near.above } else { &near.below };
        let wish = |&point: &usize| {
            // Long lines are to be straight before boxes are in the middle.
            let weight = |other: usize| if bend(point) && bend(other) { 8.0 } else { 1.0 };
            let sums = beside[point]
                .iter()
                .fold((0.0, 0.0), |(sum, all), &other| (sum + middles[other] * weight(other), all + weight(other)));
            match sums.1 > 0.0 {
                true => (sums.0 / sums.1, if bend(point) { 4.0 } else { 1.0 }),
                false => (middles[point], 0.1),
            }
        };
        let wishes: Vec<(f64, f64)> = row.iter().map(wish).collect();
        let settled = settle(&wishes, &offsets(net, row));
        row.iter().zip(settled).for_each(|(&point, middle)| middles[point] = middle);
    }
}

/// The places nearest to the wishes (place and weight; least squares) that keep the distances: pool adjacent violators.
fn settle(wishes: &[(f64, f64)], offsets: &[f64]) -> Vec<f64> {
    // Mean, weight, how many.
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for (&(wish, weight), offset) in wishes.iter().zip(offsets) {
        let mut pool = (wish - offset, weight, 1);
        while let Some(&before) = pools.last().filter(|before| before.0 > pool.0) {
            let weight = before.1 + pool.1;
            pool = ((before.0 * before.1 + pool.0 * pool.1) / weight, weight, before.2 + pool.2);
            pools.pop();
        }
        pools.push(pool);
    }
    let starts = pools.iter().flat_map(|&(mean, _, count)| std::iter::repeat_n(mean, count));
    starts.zip(offsets).map(|(start, offset)| start + offset).collect()
}

/// Rows from top to bottom; the wider the lines between two go, the more room they have.
fn rows(net: &Net, layers: &Layers, near: &Near, middles: &[f64]) -> (Vec<(f64, f64)>, f64) {
    let (mut y, mut bottom) = (0.0, 0.0);
    let mut rows = Vec::with_capacity(layers.rows.len());
    for row in &layers.rows {
        let height = row.iter().filter_map(|&point| net.sizes.get(point)).map(|size| size.height).fold(0.0, f64::max);
        bottom = y + height;
        rows.push((y, bottom));
        let reach = |&point: &usize| {
            let far = |&end: &usize| (middles[end] - middles[point]).abs();
            near.below[point].iter().map(far).fold(0.0, f64::max)
        };
        let widest = row.iter().map(reach).fold(0.0, f64::max);
        y = bottom + (widest / 8.0).clamp(BETWEEN.0, BETWEEN.1).round();
    }
    (rows, bottom)
}

#[cfg(test)]
mod tests {
    use super::settle;

    #[test]
    fn wishes_are_met_where_there_is_room() {
        assert_eq!(settle(&[(0.0, 1.0), (50.0, 1.0)], &[0.0, 20.0]), [0.0, 50.0]);
    }

    #[test]
    fn who_wishes_for_the_same_place_stands_around_it() {
        assert_eq!(settle(&[(50.0, 1.0), (50.0, 1.0)], &[0.0, 20.0]), [40.0, 60.0]);
        assert_eq!(settle(&[(50.0, 3.0), (50.0, 1.0)], &[0.0, 20.0]), [45.0, 65.0]);
    }
}

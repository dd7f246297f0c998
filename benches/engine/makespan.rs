//! How long runs take whose stages compete for few slots: in the order of the engine, in other orders, and at best.
//!
//! Random layered graphs on a virtual clock. The bound is `max(critical path, work / slots)`: no order comes below it, and often
//! none reaches it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::path::Path;
use std::sync::Arc;

use wfc::engine::clock::{Clock, VirtualClock};
use wfc::plan::graph::heights;
use wfc::plan::{Plan, WorkflowId};
use wfc::store::memory::MemoryStore;

use crate::plans::{self, Timed};
use crate::runs;

const GRAPHS: u64 = 40;
const LAYERS: usize = 12;
const WIDTH_MAX: u64 = 32;
const SLOTS: [usize; 4] = [2, 4, 8, 16];
/// Of the longest stage of a graph to the shortest: almost equal, and as uneven as calls of models and programs are.
const SPREADS: [(&str, u64); 2] = [("even", 2), ("uneven", 100)];

/// Milliseconds of each order.
struct Spans {
    bound: u64,
    engine: u64,
    file_order: u64,
    first_come: u64,
    /// Longest path first, where it is known beforehand how long each stage takes.
    foreseen: u64,
}

/// Prints how much longer than the bound each order takes, on the mean of all graphs.
#[expect(clippy::print_stdout, reason = "a bench prints")]
pub async fn compare() {
    println!(
        "{:<12}{:>6}{:>14}{:>14}{:>14}{:>16}{:>22}",
        "takes", "slots", "engine", "first come", "file order", "times foreseen", "worse than first come"
    );
    for (name, spread) in SPREADS {
        for slots in SLOTS {
            let mut all = Vec::new();
            for seed in 0..GRAPHS {
                all.push(spans(&random(seed, spread), slots).await);
            }
            let over = |of: fn(&Spans) -> u64| {
                let ratios = all.iter().map(|spans| of(spans) as f64 / spans.bound as f64);
                format!("+{:.1} %", 100.0 * (ratios.sum::<f64>() / GRAPHS as f64 - 1.0))
            };
            let worse = all.iter().filter(|spans| spans.engine > spans.first_come).count();
            println!(
                "{name:<12}{slots:>6}{:>14}{:>14}{:>14}{:>16}{:>22}",
                over(|spans| spans.engine),
                over(|spans| spans.first_come),
                over(|spans| spans.file_order),
                over(|spans| spans.foreseen),
                format!("{worse} of {GRAPHS}"),
            );
        }
    }
}

async fn spans(stages: &[Timed], slots: usize) -> Spans {
    let paths = paths(stages);
    let critical = paths.iter().copied().max().unwrap_or(0);
    let work: u64 = stages.iter().map(|stage| stage.takes).sum();
    let equal = plans::of_timed(stages);
    let mut by_height = equal.clone();
    set_heights(&mut by_height);
    let mut foreseen = equal.clone();
    for (stage, path) in foreseen.workflows[0].stages.iter_mut().zip(&paths) {
        stage.priority = i64::try_from(*path).expect("a length fits");
    }
    Spans {
        bound: critical.max(work.div_ceil(slots as u64)),
        engine: engine(by_height, slots).await,
        file_order: engine(equal, slots).await,
        first_come: first_come(stages, slots),
        foreseen: engine(foreseen, slots).await,
    }
}

/// As the compiler does.
fn set_heights(plan: &mut Plan) {
    let heights = heights(&plan.graph(WorkflowId(0))).expect("a graph without circles");
    plan.workflows[0].stages.iter_mut().zip(heights).for_each(|(stage, height)| stage.height = height);
}

async fn engine(plan: Plan, slots: usize) -> u64 {
    let clock = Arc::new(VirtualClock::new(0));
    runs::go(plan, Arc::new(MemoryStore::new()), Path::new(""), clock.clone(), u32::try_from(slots).ok()).await;
    u64::try_from(clock.now_ms()).expect("time goes on")
}

/// Stages start in the order in which they become ready.
fn first_come(stages: &[Timed], slots: usize) -> u64 {
    let mut left: Vec<usize> = stages.iter().map(|stage| stage.needs.len()).collect();
    let mut ready: VecDeque<usize> = (0..stages.len()).filter(|stage| left[*stage] == 0).collect();
    let mut running = BinaryHeap::new();
    let mut now = 0;
    loop {
        while running.len() < slots
            && let Some(stage) = ready.pop_front()
        {
            running.push(Reverse((now + stages[stage].takes, stage)));
        }
        let Some(Reverse((at, ended))) = running.pop() else { return now };
        now = at;
        for (next, stage) in stages.iter().enumerate().filter(|(_, stage)| stage.needs.contains(&ended)) {
            left[next] -= 1;
            if left[next] == 0 && !stage.needs.is_empty() {
                ready.push_back(next);
            }
        }
    }
}

/// Of each stage the longest path that begins with it, in milliseconds.
fn paths(stages: &[Timed]) -> Vec<u64> {
    let mut paths = vec![0; stages.len()];
    // Needs lie in earlier layers, so as many rounds as there are layers reach everything.
    for _ in 0..LAYERS {
        for (stage, timed) in stages.iter().enumerate() {
            paths[stage] = timed.takes.max(paths[stage]);
            for need in &timed.needs {
                paths[*need] = paths[*need].max(stages[*need].takes + paths[stage]);
            }
        }
    }
    paths
}

/// Layers of random width; each stage needs one to three of the layer before. They stand in the file in any order.
fn random(seed: u64, spread: u64) -> Vec<Timed> {
    let mut chance = Chance(seed);
    let mut layers: Vec<Vec<usize>> = Vec::new();
    let mut stages: Vec<Timed> = Vec::new();
    for _ in 0..LAYERS {
        let width = 1 + chance.below(WIDTH_MAX);
        let layer = (0..width).map(|_| {
            let before = layers.last().map_or(&[] as &[usize], Vec::as_slice);
            let count = if before.is_empty() { 0 } else { 1 + chance.below(3) };
            let mut needs: Vec<usize> =
                (0..count).map(|_| before[chance.below(before.len() as u64) as usize]).collect();
            needs.sort_unstable();
            needs.dedup();
            let takes = 1_000 + chance.below(1_000 * (spread - 1));
            stages.push(Timed { takes, needs });
            stages.len() - 1
        });
        let layer = layer.collect();
        layers.push(layer);
    }
    shuffled(stages, &mut chance)
}

fn shuffled(stages: Vec<Timed>, chance: &mut Chance) -> Vec<Timed> {
    let mut order: Vec<usize> = (0..stages.len()).collect();
    for last in (1..order.len()).rev() {
        order.swap(last, chance.below(last as u64 + 1) as usize);
    }
    let mut place = vec![0; order.len()];
    order.iter().enumerate().for_each(|(new, old)| place[*old] = new);
    let moved = |old: &usize| {
        let mut needs: Vec<usize> = stages[*old].needs.iter().map(|need| place[*need]).collect();
        needs.sort_unstable();
        Timed { takes: stages[*old].takes, needs }
    };
    order.iter().map(moved).collect()
}

/// SplitMix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

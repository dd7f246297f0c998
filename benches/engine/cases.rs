//! The cases: what each does, its sizes, and the case that nothing which does the same work can be faster than.

use crate::measure::Figures;
use crate::plans::Shape;
use crate::{bare, runs};

/// One row of the table for each size.
pub struct Case {
    pub name: &'static str,
    pub sizes: &'static [usize],
    /// The case that it is held against.
    pub limit: Option<&'static str>,
}

const MEMORY: &[usize] = &[1_000, 10_000, 100_000, 1_000_000];
const DISK: &[usize] = &[1_000, 10_000];
const PROGRAMS: &[usize] = &[400];
const LOCKED: &[usize] = &[1_000, 8_000];
const RESUMED: &[usize] = &[100_000];

pub static CASES: [Case; 14] = [
    case("chain, in memory", MEMORY, Some("chain, bare tokio tasks")),
    case("chain, bare tokio tasks", MEMORY, None),
    case("fan-out, in memory", MEMORY, Some("fan-out, bare tokio tasks")),
    case("fan-out, bare tokio tasks", MEMORY, None),
    case("chain, durable", DISK, Some("chain, bare commits")),
    case("chain, bare commits", DISK, None),
    case("fan-out, durable", DISK, Some("fan-out, bare commits")),
    case("fan-out, bare commits", DISK, None),
    case("under one lock, in memory", LOCKED, None),
    case("programs, durable", PROGRAMS, Some("programs, bare spawn loop")),
    case("programs, bare spawn loop", PROGRAMS, None),
    case("programs, under a supervisor", PROGRAMS, Some("programs, bare spawn loop")),
    case("resume what has ended", RESUMED, Some("bare reading of its records")),
    case("bare reading of its records", RESUMED, None),
];

const fn case(name: &'static str, sizes: &'static [usize], limit: Option<&'static str>) -> Case {
    Case { name, sizes, limit }
}

/// Carries a case out.
pub async fn carry_out(name: &str, size: usize) -> Figures {
    let shape = if name.starts_with("chain") { Shape::Chain } else { Shape::FanOut };
    match name {
        "chain, in memory" | "fan-out, in memory" => runs::in_memory(size, shape).await,
        "under one lock, in memory" => runs::in_memory(size, Shape::Locked).await,
        "chain, durable" | "fan-out, durable" => runs::durable(size, shape).await,
        "chain, bare tokio tasks" | "fan-out, bare tokio tasks" => bare::tasks(size, shape).await,
        "chain, bare commits" | "fan-out, bare commits" => bare::commits(size, shape).await,
        "programs, durable" => runs::programs(size).await,
        "programs, bare spawn loop" => bare::programs(size).await,
        "programs, under a supervisor" => bare::supervised(size).await,
        "resume what has ended" => runs::resume(size).await,
        "bare reading of its records" => bare::reading(size).await,
        other => unreachable!("no case `{other}`"),
    }
}

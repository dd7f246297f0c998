//! What a stage costs, each case next to its limit in the same run: bare tokio tasks, bare SQLite commits, a bare spawn loop.
//!
//! `cargo bench --bench engine`, or `-- 'chain, in memory' 1000 10000` for some cases and other sizes; last `--times 5` for more
//! repetitions; `-- makespan` for the order of stages that wait for a slot. Each case runs in a process of its own, so that
//! peaks of memory do not mix. Only Linux tells them.

mod bare;
mod cases;
mod makespan;
mod measure;
mod plans;
mod runs;
mod table;

use std::process::ExitCode;

fn main() -> ExitCode {
    // The supervisors of programs are this program too.
    if let Some(code) = wfc::embed::supervise() {
        return code;
    }
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--alone", case, size] => table::alone(case, size.parse().expect("a size is a number")),
        ["--around", program] => bare::around(program),
        ["makespan"] => runs::runtime().block_on(makespan::compare()),
        words => table::compare(words),
    }
    ExitCode::SUCCESS
}

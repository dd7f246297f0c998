//! How fast programs become plans: `cargo bench --bench plan`. Reading and checking of the source is not measured.

use std::fmt::Write;

use divan::{Bencher, black_box};

use wfc::base::world::MemoryWorld;
use wfc::diag::Bag;
use wfc::lower;
use wfc::pipeline::{self, Checked};
use wfc::plan::Plan;
use wfc::sema::hir::WorkflowId;

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

fn main() {
    divan::main();
}

/// Each stage reads the one before it.
fn chain(size: usize) -> Checked {
    program(size, |stage| format!("tool.run(s{})", stage - 1))
}

/// All stages read the first.
fn fan_out(size: usize) -> Checked {
    program(size, |_| "tool.run(s0)".to_owned())
}

/// Each stage reads ten before it through a `let`.
fn dense(size: usize) -> Checked {
    program(size, |stage| {
        let read: Vec<String> = (stage.saturating_sub(10)..stage).map(|before| format!("s{before}")).collect();
        format!("tool.run(join([{}], \" \"))", read.join(", "))
    })
}

fn program(size: usize, call: impl Fn(usize) -> String) -> Checked {
    let mut text = String::from("agent tool uses mock { action run(x: string) -> string { returns x } }\n");
    text.push_str("workflow main() -> string {\n    stage s0 = tool.run(\"x\")\n");
    for stage in 1..size {
        let _infallible = writeln!(text, "    stage s{stage} = {}", call(stage));
    }
    let _infallible = writeln!(text, "    return s{}\n}}", size - 1);
    let checked = pipeline::check(&MemoryWorld::default().with("main.wf", &text), &["main.wf".to_owned()]);
    assert!(!checked.has_errors(), "{:#?}", checked.diagnostics.first());
    checked
}

fn plan(checked: &Checked) -> Plan {
    checked.plan(WorkflowId(0)).expect("the program is sound")
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn graphs_of_a_chain(bencher: Bencher, size: usize) {
    graphs(bencher, chain(size));
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn graphs_of_a_fan_out(bencher: Bencher, size: usize) {
    graphs(bencher, fan_out(size));
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn graphs_of_a_dense_one(bencher: Bencher, size: usize) {
    graphs(bencher, dense(size));
}

fn graphs(bencher: Bencher, checked: Checked) {
    bencher.bench_local(|| lower::check(black_box(&checked.program), &checked.sources, &mut Bag::default()));
}

/// With all definitions and the hash.
#[divan::bench(args = SIZES, sample_count = 10)]
fn plan_of_a_chain(bencher: Bencher, size: usize) {
    let checked = chain(size);
    bencher.bench_local(|| plan(black_box(&checked)));
}

/// With all definitions and the hash.
#[divan::bench(args = SIZES, sample_count = 10)]
fn plan_of_a_fan_out(bencher: Bencher, size: usize) {
    let checked = fan_out(size);
    bencher.bench_local(|| plan(black_box(&checked)));
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn written(bencher: Bencher, size: usize) {
    let plan = plan(&chain(size));
    bencher.bench_local(|| black_box(&plan).to_json());
}

/// With verification.
#[divan::bench(args = SIZES, sample_count = 10)]
fn read(bencher: Bencher, size: usize) {
    let text = plan(&chain(size)).to_json();
    bencher.bench_local(|| Plan::from_json(black_box(&text)).expect("it is sound"));
}

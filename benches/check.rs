//! What checking costs a stage, next to what pest alone takes for the same text: `cargo bench --bench check`, or
//! `-- 1000 10000` for other sizes.
//!
//! Each size runs in a process of its own, so that peaks of memory do not mix. Processor time is
//! measured, as Linux tells it.

use std::fmt::Write;
use std::hint::black_box;
use std::process::Command;

use wfc::base::span::FileId;
use wfc::base::world::{MemoryWorld, World};
use wfc::diag::Bag;
use wfc::fmt;
use wfc::lower;
use wfc::pipeline;
use wfc::sema::{self, Module};
use wfc::syntax;

/// The same grammar, without anything that is made from its nodes.
mod bare {
    use pest::Parser;

    #[derive(pest_derive::Parser)]
    #[grammar = "../grammar/wf.pest"]
    struct Grammar;

    /// How many nodes the items of a text have; each item of this bench begins at the margin.
    pub fn parse(text: &str) -> usize {
        let items = text.split_inclusive("\n}\n");
        items.map(|item| Grammar::parse(Rule::only_item, item).expect("it parses").tokens().len()).sum()
    }
}

const SIZES: [usize; 4] = [100, 1_000, 10_000, 100_000];

/// Stages that are checked in all rounds of one size together, at least: processor time is counted in steps of 10 ms.
const EFFORT: usize = 200_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [one, size] = arguments.as_slice()
        && one == "one"
    {
        return measure(size.parse().expect("a size is a number"));
    }
    let sizes: Vec<usize> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    all(if sizes.is_empty() { &SIZES } else { &sizes });
}

#[expect(clippy::print_stdout, reason = "a bench prints")]
fn all(sizes: &[usize]) {
    println!(
        "nanoseconds of processor time for each stage, `fmt` with a parse of its own; the share of pest in all of it; peak memory of `whole`"
    );
    println!(
        "{:>8}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>8}{:>8}{:>9}",
        "stages", "pest", "parse", "check", "lower", "fmt", "whole", "share", "times", "MiB"
    );
    for size in sizes {
        let this = std::env::current_exe().expect("a running program has a path");
        let ran = Command::new(this).args(["one", &size.to_string()]).status().expect("it can run itself");
        assert!(ran.success(), "{size} stages: {ran}");
    }
}

/// Prints the row of one size.
#[expect(clippy::print_stdout, reason = "a bench prints")]
fn measure(size: usize) {
    let text = program(size);
    let world = MemoryWorld::default().with("main.wf", &text);
    let rounds = (EFFORT / size).max(3);
    let mean = |work: &mut dyn FnMut()| mean_nanoseconds(rounds, work);
    let whole = mean(&mut || {
        let checked = pipeline::check(&world, &["main.wf".to_owned()]);
        assert!(checked.diagnostics.is_empty(), "{:#?}", checked.diagnostics.first());
    });
    let peak = peak_memory();
    let file = FileId::new(0);
    let parsed = || syntax::parse(file, &text, &mut Bag::default());
    let pest = mean(&mut || _ = black_box(bare::parse(&text)));
    let parse = mean(&mut || drop(black_box(parsed())));
    let modules = [Module { file, path: "main.wf".into(), ast: parsed(), imports: Vec::new() }];
    let check = mean(&mut || drop(black_box(sema::check(&modules, &world as &dyn World, &mut Bag::default()))));
    let checked = pipeline::check(&world, &["main.wf".to_owned()]);
    let lower = mean(&mut || drop(black_box(lower::check(&checked.program, &checked.sources, &mut Bag::default()))));
    let fmt = mean(&mut || drop(black_box(fmt::format(file, &text, &mut Bag::default()))));
    let each = |nanoseconds: u64| nanoseconds / size as u64;
    println!(
        "{size:>8}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>7}%{:>8.2}{:>9}",
        each(pest),
        each(parse),
        each(check),
        each(lower),
        each(fmt),
        each(whole),
        pest * 100 / whole.max(1),
        whole as f64 / pest.max(1) as f64,
        peak >> 10
    );
}

/// Processor time of a round, that of threads which have ended included, and of what it drops.
fn mean_nanoseconds(rounds: usize, work: &mut dyn FnMut()) -> u64 {
    work();
    let before = ticks();
    (0..rounds).for_each(|_| work());
    (ticks() - before) * TICK_NANOSECONDS / rounds as u64
}

/// What Linux counts processor time in, for programs.
const TICK_NANOSECONDS: u64 = 10_000_000;

fn ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the name, which may hold anything: user and system time are the 12th and 13th field.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace();
    fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
}

/// Of this process so far, in KiB; 0 where nobody tells.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// A program of so many stages, with what people write between them.
fn program(size: usize) -> String {
    let mut text = String::from(
        "retry patient {\n    attempts 4\n    backoff exponential(1s, factor: 2, max: 1m)\n}\nagent tool uses mock {\n    \
         action run(x: string, kinds: list<string> = []) -> string { returns x }\n}\nworkflow main(topic: string) -> \
         string {\n    stage s0 = tool.run(topic)\n",
    );
    for n in 1..size {
        let before = n - 1;
        let written = match n % 5 {
            0 => writeln!(text, "    stage s{n} = tool.run(s{before})"),
            1 => writeln!(text, "    stage s{n} = tool.run(s{before}) {{ retry patient  timeout 5m }}"),
            2 => writeln!(text, "    let t{n} = \"${{s{before}}} of ${{topic}}\"\n    stage s{n} = tool.run(t{n})"),
            3 => writeln!(
                text,
                "    // Why it is done again.\n    stage s{n} = tool.run(trim(s{before}), kinds: [\"unit\", topic])"
            ),
            _ => writeln!(
                text,
                "    stage s{n} = tool.run(if len(s{before}) > 3 then s{before} else \"x\") {{ after s0 }}"
            ),
        };
        written.expect("a string takes all that is written to it");
    }
    writeln!(text, "    return s{}\n}}", size - 1).expect("a string takes all that is written to it");
    text
}

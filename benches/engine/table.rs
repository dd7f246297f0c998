//! Each case in a process of its own, by turns with the others, and the medians in a table.

use std::collections::BTreeMap;

use crate::cases::{CASES, Case, carry_out};
use crate::measure::Figures;
use crate::runs;

/// The median of so many is told, unless `--times` says otherwise.
const TIMES: usize = 3;

/// What is measured, by case and size.
type Measured = BTreeMap<(&'static str, usize), Vec<Figures>>;

/// What the words of the command ask for.
struct Wanted {
    cases: Vec<&'static Case>,
    /// In the place of those of the cases, unless there are none.
    sizes: Vec<usize>,
    times: usize,
}

impl Wanted {
    fn of(words: &[&str]) -> Self {
        let (words, times) = match words {
            [words @ .., "--times", times] => (words, times.parse().expect("repetitions are a number")),
            words => (words, TIMES),
        };
        let is_named = |name: &str| words.contains(&name);
        let all = !CASES.iter().any(|case| is_named(case.name));
        let is_limit = |name| CASES.iter().any(|case| is_named(case.name) && case.limit == Some(name));
        let cases = CASES.iter().filter(|case| all || is_named(case.name) || is_limit(case.name)).collect();
        Self { cases, sizes: words.iter().filter_map(|word| word.parse().ok()).collect(), times }
    }

    fn sizes(&self, case: &'static Case) -> &[usize] {
        if self.sizes.is_empty() { case.sizes } else { &self.sizes }
    }
}

/// Runs the cases that are named with their limits, or all, and prints a table.
pub fn compare(words: &[&str]) {
    let wanted = Wanted::of(words);
    let mut measured = Measured::new();
    for _ in 0..wanted.times {
        for case in &wanted.cases {
            for size in wanted.sizes(case) {
                measured.entry((case.name, *size)).or_default().push(apart(case.name, *size));
            }
        }
    }
    print(&wanted, &measured);
}

#[expect(clippy::print_stdout, reason = "a bench prints")]
fn print(wanted: &Wanted, measured: &Measured) {
    println!(
        "{:<30}{:>9}{:>11}{:>11}{:>10}{:>9}{:>12}{:>10}",
        "", "stages", "stages/s", "of limit", "CPU µs", "of limit", "CPU growth", "bytes"
    );
    for case in &wanted.cases {
        let mut first = None;
        for size in wanted.sizes(case) {
            let found = &measured[&(case.name, *size)];
            let each = |of: fn(&Figures) -> f64| median(found, of) / *size as f64;
            let limit = case.limit.map(|limit| &measured[&(limit, *size)]);
            let share = |of: fn(&Figures) -> f64| {
                limit.map_or("".into(), |limit| format!("{:.0} %", 100.0 * median(limit, of) / median(found, of)))
            };
            let (seconds, cpu) = (|f: &Figures| f.seconds, |f: &Figures| f.cpu_seconds);
            let growth = each(cpu) / *first.get_or_insert(each(cpu)) - 1.0;
            println!(
                "{:<30}{size:>9}{:>11.0}{:>11}{:>10.1}{:>9}{:>10.0} %{:>10.0}",
                case.name,
                1.0 / each(seconds),
                share(seconds),
                each(cpu) * 1e6,
                share(cpu),
                growth * 100.0,
                each(|f| f.bytes)
            );
        }
    }
}

fn median(figures: &[Figures], of: fn(&Figures) -> f64) -> f64 {
    let mut all: Vec<f64> = figures.iter().map(of).collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// Runs a case in a process of its own.
fn apart(case: &str, size: usize) -> Figures {
    let program = std::env::current_exe().expect("a program knows its own path");
    let output = std::process::Command::new(program).args(["--alone", case, &size.to_string()]).output();
    let output = output.expect("this program can be started again");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let figures: Vec<f64> = text.split_whitespace().filter_map(|figure| figure.parse().ok()).collect();
    match figures.as_slice() {
        [seconds, cpu_seconds, bytes] => Figures { seconds: *seconds, cpu_seconds: *cpu_seconds, bytes: *bytes },
        _ => unreachable!("{case}: {}", String::from_utf8_lossy(&output.stderr)),
    }
}

/// Runs one case and prints its figures.
#[expect(clippy::print_stdout, reason = "a bench prints")]
pub fn alone(case: &str, size: usize) {
    let Figures { seconds, cpu_seconds, bytes } = runs::runtime().block_on(carry_out(case, size));
    println!("{seconds} {cpu_seconds} {bytes}");
}

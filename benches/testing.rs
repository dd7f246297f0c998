//! How long tests of programs take: `cargo bench --bench testing`.
//!
//! A workflow with nine days of timers and back-off, alone; then a thousand tests, one after the other and killed at every commit.

use std::time::Instant;

use wfc::base::world::MemoryWorld;
use wfc::pipeline::check;
use wfc::testing::{Options, cases, run};

const PROGRAM: &str = r#"
agent post uses exec {
    action send(to: string) -> string { effects writes idempotent  command ["./send", to]  output json }
}

workflow remind(to: string) -> string {
    stage first = post.send(to) { retry { attempts 5  backoff exponential(1h, factor: 2, max: 1d, jitter: false) } }
    stage later = wait(7d) { after first }
    stage second = post.send("${first}!") { after later  timeout 10h  retry { attempts 3  backoff fixed(12h) } }
    return second
}
"#;

const TEST: &str = r#"
test "nine days NUMBER" {
    run remind("a")
    mock post.send(to: "a") fails unavailable 4 times, then returns "b"
    mock post.send fails temporary twice, then takes 9h returns "c"
    expect result == "c"
    expect elapsed == 9d
}
"#;

/// Tests that are run.
const TESTS: usize = 1_000;

#[expect(clippy::print_stdout, reason = "a bench prints")]
fn main() {
    let tests: String = (0..TESTS).map(|number| TEST.replace("NUMBER", &number.to_string())).collect();
    let world = MemoryWorld::default().with("a.wf", format!("{PROGRAM}{tests}").as_str());
    let begun = Instant::now();
    let checked = check(&world, &["a.wf".to_owned()]);
    let cases = cases(&checked, &world);
    assert!(!checked.has_errors() && cases.len() == TESTS, "{:?}", checked.diagnostics.first());
    let micros = |begun: Instant, number: usize| begun.elapsed().as_secs_f64() * 1e6 / number as f64;
    println!("checked and made ready        {:>9.1} µs a test", micros(begun, TESTS));
    for (what, crash_everywhere) in [("run", false), ("run, killed at every commit", true)] {
        let begun = Instant::now();
        let mut points = 0;
        for case in &cases {
            let verdict = run(case, Options { crash_everywhere, seed: 0 });
            assert!(verdict.passed(), "{:?} {:?}", verdict.problems, verdict.trace);
            points += verdict.crashes.unwrap_or_default();
        }
        println!("{what:<30}{:>9.1} µs a test, {} deaths each", micros(begun, TESTS), 2 * points / TESTS);
    }
    let verdict = run(&cases[0], Options::default());
    let days = verdict.elapsed_ms as f64 / 86_400_000.0;
    println!("{days} days of timers and pauses take {:.3} ms", verdict.took.as_secs_f64() * 1e3);
}

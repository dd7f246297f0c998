//! How tests went, for people; or one JSON object a line.

use std::time::Duration;

use super::{Group, Ran, TestArgs, json};
use crate::base::unit::format_duration;
use crate::cli::commands::quoted;
use crate::cli::console::{Console, Loudness};
use crate::cli::findings::look_of_out;
use crate::cli::words::count;
use crate::diag::render::human;

/// Lines of the trace of a test that failed that are shown, unless all are asked for.
const TRACE_SHOWN: usize = 20;

/// Where results are printed.
pub(super) struct Output<'a> {
    json: bool,
    /// There are tests of several files: each says of which it is.
    several: bool,
    console: &'a Console,
}

impl<'a> Output<'a> {
    pub fn new(json: bool, groups: &[Group], console: &'a Console) -> Self {
        let mut files: Vec<&str> =
            groups.iter().flat_map(|group| group.cases.iter().map(|case| case.file.as_str())).collect();
        files.dedup();
        Self { json, several: files.len() > 1, console }
    }

    /// What one test came to.
    pub fn one(&self, ran: &Ran<'_>) {
        if self.json {
            self.console.out(&json::one(ran));
            return;
        }
        let passed = ran.verdict.passed();
        if !passed || self.console.loudness > Loudness::Quiet {
            self.console.out(&self.line(ran));
        }
        if !passed {
            let drawn = human::render(&ran.group.checked.sources, &ran.verdict.problems, &look_of_out(self.console));
            self.console.out(&format!("\n{drawn}{}\n", self.trace(ran)));
        } else if self.console.loudness == Loudness::Verbose {
            self.console.out(&format!("\n{}\n", self.trace(ran)));
        }
    }

    fn line(&self, ran: &Ran<'_>) -> String {
        let word = self.word(ran.verdict.passed());
        let file = if self.several { format!("{}: ", ran.case.file) } else { String::new() };
        let crashes = ran.verdict.crashes.filter(|_| ran.verdict.passed());
        let crashes = crashes.map(|points| format!("  (crashed at {})", count(points as u64, "point", "points")));
        let name = crate::base::text::escape(&format!("{file}{}", ran.case.name));
        format!("{word}  {name}{}\n", crashes.unwrap_or_default())
    }

    fn word(&self, passed: bool) -> String {
        match (passed, self.console.colours_out()) {
            (true, true) => "\x1b[32mok\x1b[0m  ".into(),
            (true, false) => "ok  ".into(),
            (false, true) => "\x1b[1;31mFAIL\x1b[0m".into(),
            (false, false) => "FAIL".into(),
        }
    }

    /// What happened in the run of a test.
    fn trace(&self, ran: &Ran<'_>) -> String {
        let lines = &ran.verdict.trace;
        if lines.is_empty() {
            return String::new();
        }
        let shown = if self.console.loudness == Loudness::Verbose { lines.len() } else { TRACE_SHOWN };
        let left = lines.len().saturating_sub(shown);
        let mut text = String::from("the run, with the time since its start:\n");
        if left > 0 {
            text += &format!("  … {} before; -v shows all\n", count(left as u64, "line", "lines"));
        }
        for line in &lines[left..] {
            let at = crate::base::text::escape(&line.text);
            text += &format!("  {:>8}  {at}\n", format_duration(line.at_ms));
        }
        text
    }

    /// The line that sums up. `all` tests there are; `broken` is whether a program has mistakes.
    pub fn end(&self, ran: &[Ran<'_>], (all, broken): (usize, bool), args: &TestArgs, took: Duration) {
        let failed: Vec<&Ran<'_>> = ran.iter().filter(|one| !one.verdict.passed()).collect();
        if self.json {
            self.console.out(&json::summary(ran.len(), failed.len(), all, took));
            return;
        }
        let tests = count(ran.len() as u64, "test", "tests");
        let left_out = match all - ran.len() {
            0 => String::new(),
            more => format!(", {more} not chosen"),
        };
        let took = format!("{:.1}s", took.as_secs_f64());
        let line = match failed.as_slice() {
            [] if ran.is_empty() && broken => "no test was run: there are mistakes in the program\n".into(),
            [] if ran.is_empty() => "there is no test\n".into(),
            [] => format!("{tests} passed in {took}{left_out}\n"),
            [first, ..] => {
                let again = again(args, first);
                let which = if failed.len() > 1 { "the first again" } else { "again" };
                format!("{} of {tests} failed in {took}{left_out}; {which}: {again}\n", failed.len())
            }
        };
        self.console.say(&line);
    }
}

fn again(args: &TestArgs, first: &Ran<'_>) -> String {
    let mut words = vec!["wfc test".to_owned()];
    words.extend(args.paths.iter().map(|path| quoted(&path.display().to_string())));
    words.push(format!("--filter {}", quoted_as_text(&first.case.name)));
    if args.crash_everywhere {
        words.push("--crash-everywhere".into());
    }
    if args.seed != 0 {
        words.push(format!("--seed {}", args.seed));
    }
    words.join(" ")
}

/// As people quote: with double quotes where a shell leaves the text alone in them.
fn quoted_as_text(text: &str) -> String {
    match text.contains(['"', '$', '`', '\\', '!']) {
        true => quoted(text),
        false => format!("\"{text}\""),
    }
}

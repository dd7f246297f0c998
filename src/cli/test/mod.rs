//! `wfc test`: the `test` items of files, folders or the project.

mod coverage;
mod json;
mod junit;
mod output;
mod paths;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use clap::Args;

use crate::cli::check::files;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::findings::draw_on_err;
use crate::cli::report::Problem;
use crate::cli::sources::SourceArgs;
use crate::diag::{Diagnostic, Severity};
use crate::pipeline::{self, Checked};
use crate::testing::{self, Case, Options, Verdict};

/// `wfc test`.
#[derive(Debug, Clone, Args)]
pub struct TestArgs {
    /// .wf files and folders [default: `source` of the project, else the current folder]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Only tests whose name has this in it; of several, any of them
    #[arg(long, value_name = "TEXT")]
    pub filter: Vec<String>,
    /// Kill and resume the run of every test at each commit to the store
    #[arg(long)]
    pub crash_everywhere: bool,
    /// All chance of the runs, such as the spread of pauses between attempts, comes from this number
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// One test a line, as JSON
    #[arg(long)]
    pub json: bool,
    /// Say what no test reaches: stages, guards, arms, failure handlers, outcomes; `=html` as a page
    #[arg(long, value_enum, value_name = "FORM", num_args = 0..=1, require_equals = true, default_missing_value = "text")]
    pub coverage: Option<CoverageForm>,
    /// Fail if the tests reach less than so many percent of all that
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub min: Option<u32>,
    /// List the ways through each workflow, by guard, arm, failure and outcome, and which of them a test takes
    #[arg(long = "paths", id = "ways")]
    pub ways: bool,
    /// Print a test to begin with, for one of those ways, and run nothing
    #[arg(long, value_name = "WORKFLOW:N", conflicts_with_all = ["ways", "json", "junit", "coverage", "min"])]
    pub skeleton: Option<String>,
    /// Also write the results as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// How much is read.
    #[command(flatten)]
    pub sources: SourceArgs,
}

/// `90` or `90%`.
fn percent(text: &str) -> Result<u32, String> {
    let number = text.strip_suffix('%').unwrap_or(text).parse();
    number.ok().filter(|number| *number <= 100).ok_or_else(|| "a number from 0 to 100 is expected".into())
}

/// How coverage is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum CoverageForm {
    /// A table, and what is not reached.
    Text,
    /// The same, and the sources as a page.
    Html,
}

/// The tests of a program.
struct Group {
    /// The folder of its project.
    root: PathBuf,
    /// The program.
    checked: Checked,
    cases: Vec<Case>,
}

/// A test that was carried out.
struct Ran<'a> {
    group: &'a Group,
    case: &'a Case,
    verdict: Verdict,
}

/// Runs tests and prints how they went. Results go to standard output, their number to standard error.
///
/// # Errors
/// When a path leads to no file, no test is chosen, or a report cannot be written.
pub fn run(args: &TestArgs, console: &Console) -> Result<Exit, Problem> {
    let begun = Instant::now();
    let groups = groups(args, console)?;
    if let Some(wanted) = &args.skeleton {
        return paths::begin(&groups, wanted, console);
    }
    let broken = groups.iter().any(|group| group.checked.has_errors());
    let all: usize = groups.iter().map(|group| group.cases.len()).sum();
    let chosen = chosen(&groups, &args.filter);
    if chosen.is_empty() && !broken && !args.ways {
        return Err(nothing_to_run(all, &args.filter));
    }
    let options = Options { crash_everywhere: args.crash_everywhere, seed: args.seed };
    let output = output::Output::new(args.json, &groups, console);
    let ran = in_parallel(&chosen, options, |ran| output.one(ran));
    if let Some(file) = &args.junit {
        junit::write(file, &ran)?;
    }
    let covered = match args.coverage.is_some() || args.min.is_some() {
        true => coverage::report(&groups, &ran, args, console)?,
        false => true,
    };
    if args.ways {
        paths::report(&groups, &ran, args.json, console);
    }
    output.end(&ran, (all, broken), args, begun.elapsed());
    Ok(match exit(&groups, &ran) {
        Exit::Good if !covered => Exit::No,
        exit => exit,
    })
}

/// Checks the programs and finds their tests. What keeps a program from being run is drawn.
fn groups(args: &TestArgs, console: &Console) -> Result<Vec<Group>, Problem> {
    let mut groups = Vec::new();
    for program in files::find(&args.paths, args.sources.limits())?.programs {
        draw_on_err(&program.project.sources, &errors(&program.project.diagnostics), console);
        let files: Vec<String> = program.files.iter().cloned().collect();
        let world = program.project.world();
        let checked = pipeline::check_with(&world, &files, &program.project.config.lints);
        draw_on_err(&checked.sources, &errors(&checked.diagnostics), console);
        let cases = if checked.has_errors() { Vec::new() } else { testing::cases(&checked, &world) };
        groups.push(Group { root: program.project.root.clone(), checked, cases });
    }
    Ok(groups)
}

fn errors(found: &[Diagnostic]) -> Vec<Diagnostic> {
    found.iter().filter(|one| one.severity == Severity::Error).cloned().collect()
}

fn chosen<'a>(groups: &'a [Group], filter: &[String]) -> Vec<(&'a Group, &'a Case)> {
    let all = groups.iter().flat_map(|group| group.cases.iter().map(move |case| (group, case)));
    let named = |case: &Case| filter.is_empty() || filter.iter().any(|text| case.name.contains(text.as_str()));
    all.filter(|(_, case)| named(case)).collect()
}

fn nothing_to_run(all: usize, filter: &[String]) -> Problem {
    if all == 0 {
        let problem = Problem::usage("there are no tests");
        return problem.help("write `test \"…\" { run …  mock …  expect … }` beside a workflow");
    }
    let words: Vec<String> = filter.iter().map(|text| format!("`{text}`")).collect();
    Problem::usage(format!("no name of the {all} tests has {} in it", words.join(" or ")))
}

/// Runs tests on all processors; what they came to is told, and given, in their order.
fn in_parallel<'a>(
    chosen: &[(&'a Group, &'a Case)],
    options: Options,
    mut tell: impl FnMut(&Ran<'a>) + Send,
) -> Vec<Ran<'a>> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(chosen.len().max(1));
    let next = AtomicUsize::new(0);
    let (sender, receiver) = std::sync::mpsc::channel();
    let mut ran: Vec<Option<Ran<'a>>> = chosen.iter().map(|_| None).collect();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some((group, case)) = chosen.get(index) else { break };
                    let verdict = testing::run(case, options);
                    // The receiver lives as long as this scope.
                    let _ = sender.send((index, Ran { group, case, verdict }));
                }
            });
        }
        // What is left of the senders is in the threads: where one of them dies, the others still come to an end.
        drop(sender);
        let mut told = 0;
        for (index, one) in receiver.iter() {
            ran[index] = Some(one);
            while let Some(Some(one)) = ran.get(told) {
                tell(one);
                told += 1;
            }
        }
    });
    ran.into_iter().flatten().collect()
}

fn exit(groups: &[Group], ran: &[Ran<'_>]) -> Exit {
    let broken = groups.iter().any(|group| group.checked.has_errors());
    match groups.iter().any(|group| group.checked.unreadable) {
        true => Exit::Environment,
        false if broken || ran.iter().any(|one| !one.verdict.passed()) => Exit::No,
        false => Exit::Good,
    }
}

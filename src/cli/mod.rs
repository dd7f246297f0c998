//! The command line: the only place that knows clap, the terminal and exit codes.

mod account;
mod args;
mod ask;
mod atlas;
mod build;
mod candidates;
mod check;
mod commands;
mod compile;
mod completions;
mod console;
mod exit;
mod explain;
mod files;
mod findings;
mod fmt;
mod graph;
mod ids;
mod kept_files;
mod man;
mod meant;
mod new;
mod place;
mod plan;
mod profile;
mod project;
mod render;
mod report;
mod roles;
mod run;
mod runs;
mod sources;
mod table;
mod test;
mod usage;
mod words;

use std::process::ExitCode;

use crate::agents::exec::supervisor::supervise;

use clap::Parser;

use args::{Cli, Command};
use console::Console;
use exit::Exit;
use report::Problem;

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    std::panic::set_hook(Box::new(own_bug));
    if let Some(exit) = completions::answer(std::env::args_os()) {
        return exit.into();
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage::answer(&error).into(),
    };
    if let Command::Supervise(args) = &cli.command {
        return supervise(&args.dir);
    }
    let console = Console::open(cli.global.color, cli.global.loudness());
    match dispatch(cli, &console) {
        Ok(exit) => exit.into(),
        Err(problem) => {
            console.err(&report::render(&problem, &console));
            problem.exit.into()
        }
    }
}

fn dispatch(cli: Cli, console: &Console) -> Result<Exit, Problem> {
    match cli.command {
        Command::New(args) => new::run(&args, console),
        Command::Check(args) => check::run(&args, console),
        Command::Fmt(args) => fmt::run(&args, console),
        Command::Explain(args) => explain::run(&args, console),
        Command::Build(args) => build::run(&args, console),
        Command::Graph(args) => graph::run(&args, console),
        Command::Plan(args) => plan::run(&args, console),
        Command::Test(args) => test::run(&args, console),
        Command::Run(args) => run::start::run(&args, &cli.global, console),
        Command::Resume(args) => runs::retry::resume(&args, &cli.global, console),
        // Done with before there is a console.
        Command::Supervise(_) => Ok(Exit::Good),
        Command::Completions(args) => completions::run(&args, console),
        Command::Man(args) => man::run(&args, console),
        Command::Runs { command } => runs::command(command, &cli.global, console),
    }
}

/// Says where, never with which values: those may be secret. The process then ends as after `kill -9`, and a run goes on
/// with `wfc resume`.
fn own_bug(panic: &std::panic::PanicHookInfo<'_>) {
    use std::io::Write;
    let place = panic.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
    let _ = writeln!(std::io::stderr(), "error: wfc itself failed{place}: this is a bug, please report it");
    // Also where panics unwind: no thread goes on with what another has left half done.
    std::process::abort();
}

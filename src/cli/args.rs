//! What can be typed: the definitions for clap. An option that is not carried out is not here.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::engine::ArgValueCompleter;

use crate::cli::build::BuildArgs;
use crate::cli::candidates;
use crate::cli::check::CheckArgs;
use crate::cli::completions::CompletionsArgs;
use crate::cli::console::{ColorChoice, Loudness};
use crate::cli::explain::ExplainArgs;
use crate::cli::fmt::FmtArgs;
use crate::cli::graph::GraphArgs;
use crate::cli::man::ManArgs;
use crate::cli::new::NewArgs;
use crate::cli::plan::PlanArgs;
use crate::cli::sources::ProgramArgs;
use crate::cli::test::TestArgs;

const NEW_EXAMPLES: &str = "\
Examples:
  wfc new hello bot                     a first workflow, in the folder `bot`
  wfc new feature_development shop      specify, build, verify, until it passes
  wfc new bug_fix .                     in the current folder, if it is empty
  wfc new research                      into a folder of the same name
  wfc new bot                           as `wfc new hello bot`

Templates: hello, feature_development, bug_fix, research, release.

A folder that holds something is left as it is. Nothing is fetched: the templates are in the program.";

const CHECK_EXAMPLES: &str = "\
Examples:
  wfc check                                    the project
  wfc check flows/ship.wf --fix                one file; mend what is clear
  wfc check --watch                            again and again, while you edit
  wfc check --format sarif > wfc.sarif         for a code-scanning host

Findings go to standard output, their number to standard error. In GitHub Actions they become notes beside the lines. `[lints]` in `wf.toml` raises and lowers warnings; `// allow(unused_stage): reason` silences one.

Exit codes: 0 no errors, 1 errors, 2 wrong use, 3 a file cannot be read or written, 130 ended by Ctrl-C.";

const PLAN_EXAMPLES: &str = "\
Examples:
  wfc plan flows/ship.wf                       order, bounds, what is missing
  wfc plan --json | jq .spent.money_usd_millionths

Bounds are numbers, or formulas in the sizes of lists that are known later. Waiting for slots, rates and locks is not in them.

Exit codes: 0 all that the run needs is there, 1 something is missing or the program has mistakes, 2 wrong use.";

const PRUNE_EXAMPLES: &str = "\
Examples:
  wfc runs prune --older-than 30d              runs that ended a month ago
  wfc runs prune --status succeeded --keep 20  all but 20 that went well
  wfc runs prune                               only what no run needs any more

A run that has not ended, or that a process drives, is never touched. A failed run that is removed can no longer be retried.";

const VERIFY_EXAMPLES: &str = "\
Examples:
  wfc runs verify                              all that there is
  wfc runs verify --json | jq -r '.damage[] | .run'

Nothing is changed, and runs may go on meanwhile. A run that is not named is whole and usable.

Exit codes: 0 all is whole, 1 something is damaged, 2 wrong use, 3 there is no store, or it cannot be read at all.";

const FILE_EXAMPLES: &str = "\
Examples:
  wfc runs file @latest                        the files of the latest run
  wfc runs file m4xk result.report -o out/     under its own name into a folder
  wfc runs file m4xk made.page | wc -c         what a stage gave, to a program

Names are those of the workflow: a parameter, a stage (`docs[2].page`, `round#3`), `result`. Where one file stands inside, the beginning is enough: `result`.";

const TEST_EXAMPLES: &str = "\
Examples:
  wfc test                                     the project
  wfc test flows/ship.wf --filter \"refused\"   some of a file
  wfc test --crash-everywhere                  killed and resumed at each commit
  wfc test --junit results.xml                 for a CI service

Nothing outside is called: whoever is not mocked fails the test by name. Time is virtual, so that days pass at once.

Exit codes: 0 all pass, 1 a test fails or a program has mistakes, 2 wrong use, 3 a file cannot be read or written.";

const RUN_EXAMPLES: &str = "\
Examples:
  wfc run                                      the project around this folder
  wfc run flows/ship.wf -i version=2.1.0       one file, with an input
  wfc run deploy --inputs prod.yaml            a workflow of the project
  wfc run --dry-run                            only look; nothing starts
  wfc run --id nightly-0611                    start it once, however often
  wfc run flows/ship.wf --help                 the inputs of its workflow

The result goes to standard output, all else to standard error. A run that was interrupted goes on with `wfc resume`.

Exit codes: 0 it succeeded, 1 it failed or the program has mistakes, 2 wrong use, 3 the environment failed (store, file, secret, missing program), 75 it waits for a person or an event, 130 suspended by Ctrl-C, 143 by TERM.";

const RESUME_EXAMPLES: &str = "\
Examples:
  wfc resume @latest                           the run that was started last
  wfc resume m4xk                              by the beginning of its id
  wfc resume m4xk --plan flows/ship.wf         go on with a changed workflow
  wfc resume m4xk --plan flows/ship.wf --check
                                               only what that would keep

It goes on with the plan that it was started with, whatever became of the file. A run that has failed goes on with `wfc runs retry`; what a run waits for is told by `wfc runs show`.

Exit codes: as `wfc run`; 1 also if the run has ended or the changed workflow is refused, 3 also if another process drives the run.";

const ANSWER_EXAMPLES: &str = "\
Examples:
  wfc runs answer @latest                show the question, and ask
  wfc runs answer m4xk review '{\"ok\": true}'
                                         the answer to an `ask`, as JSON
  wfc runs answer m4xk colour red        one of several words, as it stands
  wfc runs answer m4xk release --approve
                                         allow it; or --refuse --because TEXT
  wfc runs answer m4xk deploy --happened '\"https://x\"'
                                         unknown outcome: it did, and gave this
  wfc runs answer m4xk deploy --did-not-happen
                                         it did not: it runs again
  wfc runs answer m4xk tests --retry     after a failure; or --skip, --fail,
                                         --value JSON

What is asked and by which commands it is answered: `wfc runs show RUN`. A run that nobody drives then goes on with `wfc resume RUN`.

Exit codes: 0 answered, 1 nothing is asked there, it is too late, or it is not yours to answer, 2 wrong use or an answer that does not fit, 3 somebody else was first or the store fails, 75 left without an answer.";

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  wfc completions bash > ~/.local/share/bash-completion/completions/wfc
  wfc completions zsh > ~/.zfunc/_wfc
  wfc completions fish > ~/.config/fish/completions/wfc.fish";

const MAN_EXAMPLES: &str = "\
Examples:
  wfc man ~/.local/share/man/man1              a page for each command
  wfc man | man -l -                           the page of `wfc`, at once

`man wfc`, `man wfc-runs-answer` then find them; where they do not, the folder above `man1` belongs into MANPATH. Fetch them again after an update.";

/// Compiles and carries out workflows of agents, written in `.wf` files.
#[derive(Debug, Parser)]
#[command(name = "wfc", version, subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// When to use colour
    #[arg(
        long,
        global = true,
        help_heading = "Options of every command",
        value_enum,
        default_value_t,
        value_name = "WHEN",
        hide_possible_values = false
    )]
    pub color: ColorChoice,
    /// Say only what failed and what is asked
    #[arg(short, long, global = true, help_heading = "Options of every command", conflicts_with = "verbose")]
    pub quiet: bool,
    /// Also say what starts, what is skipped and what is printed
    #[arg(short, long, global = true, help_heading = "Options of every command")]
    pub verbose: bool,
    /// The folder of the store [default: `.wfc` beside `wf.toml` or the .wf file]
    #[arg(long, global = true, help_heading = "Options of every command", value_name = "PATH")]
    pub store: Option<PathBuf>,
}

impl Global {
    /// How much is said.
    pub fn loudness(&self) -> Loudness {
        match (self.quiet, self.verbose) {
            (true, _) => Loudness::Quiet,
            (_, true) => Loudness::Verbose,
            _ => Loudness::Usual,
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a project that runs at once
    #[command(after_long_help = NEW_EXAMPLES)]
    New(NewArgs),
    /// Find what is wrong with .wf files
    #[command(after_long_help = CHECK_EXAMPLES)]
    Check(CheckArgs),
    /// Format .wf files
    Fmt(FmtArgs),
    /// Say what a message means: the page of its code
    Explain(ExplainArgs),
    /// Write the plan of a workflow: what an engine is given
    Build(BuildArgs),
    /// Say what a run would do, take at most, and need: nothing is executed
    #[command(after_long_help = PLAN_EXAMPLES)]
    Plan(PlanArgs),
    /// Draw the plan of a workflow
    Graph(GraphArgs),
    /// Run the tests of .wf files: offline, on a virtual clock
    #[command(after_long_help = TEST_EXAMPLES)]
    Test(TestArgs),
    /// Run a workflow
    #[command(after_help = RUN_EXAMPLES)]
    Run(RunArgs),
    /// Go on with a run that has not ended
    #[command(after_long_help = RESUME_EXAMPLES)]
    Resume(ResumeArgs),
    /// Look at runs, answer their questions, cancel them, go on after a failure
    Runs {
        /// What is done.
        #[command(subcommand)]
        command: RunsCommand,
    },
    /// Print what a shell needs to complete commands
    #[command(after_long_help = COMPLETIONS_EXAMPLES)]
    Completions(CompletionsArgs),
    /// Print the manual page of `wfc`, or write those of all commands
    #[command(after_long_help = MAN_EXAMPLES)]
    Man(ManArgs),
    /// Watch over one process of an agent
    #[command(hide = true)]
    Supervise(SuperviseArgs),
}

/// `wfc supervise`: what `wfc` calls itself with, to watch over the processes of agents.
#[derive(Debug, Clone, Args)]
pub struct SuperviseArgs {
    /// The folder in which those of the attempts are
    pub dir: PathBuf,
}

/// `wfc run`.
#[derive(Debug, Clone, Args)]
#[command(disable_help_flag = true)]
pub struct RunArgs {
    /// A .wf file, a folder with a `wf.toml` or a single .wf file, a plan that `wfc build` wrote, or the name of a workflow of the project
    /// here [default: the project around this folder]
    #[arg(value_name = "FILE|FOLDER|WORKFLOW", add = ArgValueCompleter::new(candidates::programs))]
    pub path: Option<PathBuf>,
    /// The workflow, where the file has several
    #[arg(add = ArgValueCompleter::new(candidates::workflows))]
    pub workflow: Option<String>,
    /// An input: text for a `string`, a literal or JSON for all else; `name=@FILE` reads a file, `@@` is an `@`
    #[arg(short, long = "input", value_name = "NAME=VALUE")]
    pub input: Vec<String>,
    /// A file of inputs in JSON, YAML or TOML; `-` is standard input, JSON or YAML
    #[arg(long, value_name = "FILE|-")]
    pub inputs: Option<String>,
    /// Name the run: the same plan and inputs go on with it or give its recorded end
    #[arg(long, value_name = "NAME")]
    pub id: Option<String>,
    /// Only look: check all that a start checks, say what would run, and start nothing
    #[arg(long)]
    pub dry_run: bool,
    /// `virtual`: time jumps to the next timer
    #[arg(long, value_enum, default_value_t, value_name = "CLOCK")]
    pub clock: ClockChoice,
    /// How it is read.
    #[command(flatten)]
    pub program: ProgramArgs,
    /// How it is driven.
    #[command(flatten)]
    pub drive: DriveArgs,
    /// Show this, or with a FILE the inputs of its workflow
    #[arg(short, long)]
    pub help: bool,
}

/// Which clock a run goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ClockChoice {
    /// That of the machine.
    #[default]
    Real,
    /// Jumps to the next timer.
    Virtual,
}

/// How a run is driven.
#[derive(Debug, Clone, Default, Args)]
pub struct DriveArgs {
    /// Attempts at once in the whole run
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub parallel: Option<u32>,
    /// Wait for people [default on a terminal]
    #[arg(long, conflicts_with = "no_wait")]
    pub wait: bool,
    /// Park when only people are left, with exit code 75 [default without a terminal]
    #[arg(long)]
    pub no_wait: bool,
    /// Print one event a line on standard output instead of the result
    #[arg(long)]
    pub json: bool,
}

/// `wfc resume`.
#[derive(Debug, Clone, Args)]
pub struct ResumeArgs {
    /// The run: its id, the beginning of it, or `@latest`
    #[arg(add = ArgValueCompleter::new(candidates::runs))]
    pub run: String,
    /// Take the run from a process that is stuck
    #[arg(long)]
    pub takeover: bool,
    /// Go on on this plan: one that `wfc build` wrote, or a .wf file
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// Only say what the other plan would keep, run again or forbid
    #[arg(long, requires = "plan")]
    pub check: bool,
    /// Run this stage again although it wrote and succeeded
    #[arg(long, value_name = "STAGE", requires = "plan", add = ArgValueCompleter::new(candidates::stages))]
    pub again: Vec<String>,
    /// How it is read.
    #[command(flatten)]
    pub program: ProgramArgs,
    /// How it is driven.
    #[command(flatten)]
    pub drive: DriveArgs,
}

/// `wfc runs …`.
#[derive(Debug, Subcommand)]
pub enum RunsCommand {
    /// List runs, newest first
    List(ListArgs),
    /// Show how a run and its stages stand
    Show {
        /// The run: its id, the beginning of it, or `@latest`
        #[arg(add = ArgValueCompleter::new(candidates::runs))]
        run: String,
        /// As one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Print what the stages of a run have printed
    Logs(LogsArgs),
    /// Print what happened in a run, one event a line as `wfc run --json` does
    Events {
        /// The run: its id, the beginning of it, or `@latest`
        #[arg(add = ArgValueCompleter::new(candidates::runs))]
        run: String,
        /// As without it: events are JSON
        #[arg(long)]
        json: bool,
    },
    /// Answer what a run asks, or settle an attempt of unknown outcome
    #[command(after_long_help = ANSWER_EXAMPLES)]
    Answer(AnswerArgs),
    /// Send an event to every run that waits for it
    Send(SendArgs),
    /// Cancel a run: what runs is killed, what succeeded is undone, `finally` runs
    Cancel {
        /// The run: its id, the beginning of it, or `@latest`
        #[arg(add = ArgValueCompleter::new(candidates::runs))]
        run: String,
    },
    /// Go on with a run that failed or was cancelled: what succeeded is kept
    Retry(RetryArgs),
    /// Write a file that a run was given or made; without a place list its files
    #[command(after_long_help = FILE_EXAMPLES)]
    File(FileArgs),
    /// Write all that is known of a run into one JSON file
    Export {
        /// The run: its id, the beginning of it, or `@latest`
        #[arg(add = ArgValueCompleter::new(candidates::runs))]
        run: String,
        /// Write to this file instead of standard output
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Make room: remove ended runs, and all that no run needs any more
    #[command(after_long_help = PRUNE_EXAMPLES)]
    Prune(PruneArgs),
    /// Check all that the store holds against its checksums, and name what is damaged
    #[command(after_long_help = VERIFY_EXAMPLES)]
    Verify {
        /// As one JSON object
        #[arg(long)]
        json: bool,
    },
}

/// `wfc runs file`.
#[derive(Debug, Clone, Args)]
pub struct FileArgs {
    /// The run: its id, the beginning of it, or `@latest`
    #[arg(add = ArgValueCompleter::new(candidates::runs))]
    pub run: String,
    /// Where the file stands, as the workflow says it: a parameter, a stage, or `result`, and the way to it
    #[arg(add = ArgValueCompleter::new(candidates::stages))]
    pub place: Option<String>,
    /// Write to this file, or under its own name into this folder, instead of standard output; `-` is standard output
    #[arg(short, long, value_name = "PATH|-")]
    pub output: Option<PathBuf>,
}

/// `wfc runs prune`.
#[derive(Debug, Clone, Args)]
pub struct PruneArgs {
    /// Remove runs that ended so; may be given several times
    #[arg(long, value_name = "STATE", value_parser = ["succeeded", "failed", "cancelled"])]
    pub status: Vec<String>,
    /// Remove runs that ended before that: a duration like `30d`, or a date
    #[arg(long, value_name = "WHEN")]
    pub older_than: Option<String>,
    /// Of the runs that would be removed keep the N newest
    #[arg(long, value_name = "N")]
    pub keep: Option<usize>,
    /// Only say what would be removed
    #[arg(long)]
    pub dry_run: bool,
    /// As one JSON object
    #[arg(long)]
    pub json: bool,
}

/// `wfc runs list`.
#[derive(Debug, Clone, Args)]
pub struct ListArgs {
    /// Only runs in this state; `interrupted`: running, and no process drives it
    #[arg(long, value_name = "STATE", value_parser = ["running", "interrupted", "waiting", "suspended", "succeeded", "failed", "cancelled"])]
    pub status: Option<String>,
    /// Only runs of this workflow
    #[arg(long, value_name = "NAME")]
    pub workflow: Option<String>,
    /// Only runs started since: a duration like `2d`, or a date
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// One run a line, as JSON
    #[arg(long)]
    pub json: bool,
}

/// `wfc runs logs`.
#[derive(Debug, Clone, Args)]
pub struct LogsArgs {
    /// The run: its id, the beginning of it, or `@latest`
    #[arg(add = ArgValueCompleter::new(candidates::runs))]
    pub run: String,
    /// Only this stage: its path, like `a.b[3]#2`
    #[arg(add = ArgValueCompleter::new(candidates::stages))]
    pub stage: Option<String>,
    /// Go on until the run stops, or no process drives it
    #[arg(short, long)]
    pub follow: bool,
    /// One line of output a line, as JSON
    #[arg(long)]
    pub json: bool,
}

/// `wfc runs answer`.
#[derive(Debug, Clone, Args)]
pub struct AnswerArgs {
    /// The run: its id, the beginning of it, or `@latest`
    #[arg(add = ArgValueCompleter::new(candidates::runs))]
    pub run: String,
    /// The stage that waits: its path, like `a.b[3]#2` [default: the only one that asks]
    #[arg(allow_negative_numbers = true, add = ArgValueCompleter::new(candidates::asked))]
    pub stage: Option<String>,
    /// What is answered.
    #[command(flatten)]
    pub form: AnswerForm,
    /// Why it is not allowed, with `--refuse`
    #[arg(long, alias = "reason", value_name = "TEXT")]
    pub because: Option<String>,
}

/// `wfc runs send`.
#[derive(Debug, Clone, Args)]
pub struct SendArgs {
    /// The event's name, as in `event("payment.received", …)`
    pub name: String,
    /// What the event says, as JSON
    #[arg(value_name = "JSON", default_value = "null")]
    pub payload: String,
    /// Its key: runs that wait for this name with this key take it
    #[arg(long, value_name = "KEY")]
    pub key: String,
    /// Of two events with the same name, key and id a run takes the first only
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
}

/// What is answered: one of these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[group(multiple = false)]
pub struct AnswerForm {
    /// The answer to an `ask`: JSON, or the bare word where one of several is wanted
    #[arg(allow_negative_numbers = true, add = ArgValueCompleter::new(candidates::answers))]
    pub value: Option<String>,
    /// Allow what is asked for, as it was shown
    #[arg(long)]
    pub approve: bool,
    /// Do not allow it
    #[arg(long)]
    pub refuse: bool,
    /// The attempt of unknown outcome happened, with this result, written like an answer
    #[arg(long, value_name = "JSON")]
    pub happened: Option<String>,
    /// The attempt of unknown outcome did not happen: it runs again
    #[arg(long)]
    pub did_not_happen: bool,
    /// Try the failed stage again
    #[arg(long)]
    pub retry: bool,
    /// Leave the failed stage out
    #[arg(long)]
    pub skip: bool,
    /// Go on with this value instead of the failed stage's result, written like an answer
    #[arg(long = "value", value_name = "JSON")]
    pub replace: Option<String>,
    /// Let the stage fail
    #[arg(long)]
    pub fail: bool,
}

/// `wfc runs retry`.
#[derive(Debug, Clone, Args)]
pub struct RetryArgs {
    /// The run: its id, the beginning of it, or `@latest`
    #[arg(add = ArgValueCompleter::new(candidates::runs))]
    pub run: String,
    /// Go on on this plan: one that `wfc build` wrote, or a .wf file
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// Run this stage again although it wrote and succeeded
    #[arg(long, value_name = "STAGE")]
    pub again: Vec<String>,
    /// How it is read.
    #[command(flatten)]
    pub program: ProgramArgs,
    /// How it is driven.
    #[command(flatten)]
    pub drive: DriveArgs,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::base::text::width;

    /// Examples are not broken where a terminal ends, and paragraphs are: clap breaks them.
    #[test]
    fn examples_fit_eighty_columns() {
        let mut open = vec![Cli::command()];
        while let Some(command) = open.pop() {
            let texts = [command.get_after_long_help(), command.get_after_help()].into_iter().flatten();
            for line in texts.flat_map(|text| text.to_string().lines().map(str::to_owned).collect::<Vec<_>>()) {
                assert!(!line.starts_with(' ') || width(&line) <= 80, "{}: {line}", command.get_name());
            }
            open.extend(command.get_subcommands().cloned());
        }
    }
}

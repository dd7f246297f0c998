//! `wfc completions`: what a shell needs to complete commands, options and files.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::cli::args::Cli;
use crate::cli::console::Console;
use crate::cli::exit::Exit;

/// `wfc completions`.
#[derive(Debug, Clone, Args)]
pub struct CompletionsArgs {
    /// The shell that is to complete
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Prints the script; the shell reads it where its manual says.
pub fn run(args: &CompletionsArgs, console: &Console) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "wfc", &mut script);
    console.out(&String::from_utf8_lossy(&script));
    Exit::Good
}

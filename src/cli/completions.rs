//! `wfc completions`: what a shell needs to complete commands, options, files, and names that only `wfc` knows.

use std::ffi::OsString;

use clap::{Args, CommandFactory};
use clap_complete::CompleteEnv;
use clap_complete::env::Shells;

use crate::cli::args::Cli;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::report::Problem;

/// The variable by which a shell asks `wfc` what could stand at a place.
const VARIABLE: &str = "WFC_COMPLETE";

/// `wfc completions`.
#[derive(Debug, Clone, Args)]
pub struct CompletionsArgs {
    /// The shell that is to complete
    #[arg(value_enum)]
    pub shell: Shell,
}

/// A shell that can complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

impl Shell {
    fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Elvish => "elvish",
            Self::Fish => "fish",
            Self::Powershell => "powershell",
            Self::Zsh => "zsh",
        }
    }
}

/// Prints the script; the shell reads it where its manual says. It asks `wfc` each time that something is to be completed.
///
/// # Errors
/// There is no script for the shell, which only a bug can bring about.
pub fn run(args: &CompletionsArgs, console: &Console) -> Result<Exit, Problem> {
    let mut script = Vec::new();
    let shells = Shells::builtins();
    let written = shells
        .completer(args.shell.name())
        .map(|shell| shell.write_registration(VARIABLE, "wfc", "wfc", "wfc", &mut script));
    match written {
        Some(Ok(())) => {}
        Some(Err(error)) => return Err(Problem::environment(format!("the script cannot be written: {error}"))),
        None => return Err(Problem::environment("there is no script for this shell")),
    }
    console.out(&String::from_utf8_lossy(&script));
    Ok(Exit::Good)
}

/// Answers a shell, if it is one that asks.
pub fn answer(words: impl IntoIterator<Item = OsString>) -> Option<Exit> {
    let here = std::env::current_dir().ok();
    let asked = CompleteEnv::with_factory(Cli::command).var(VARIABLE).try_complete(words, here.as_deref());
    match asked {
        Ok(true) => Some(Exit::Good),
        Ok(false) => None,
        // Nothing that is printed would reach a person.
        Err(_) => Some(Exit::Usage),
    }
}

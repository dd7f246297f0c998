//! `wfc completions`: what a shell needs to complete commands, options, files, and names that only `wfc` knows.

mod bash;
mod typed;
mod words;

use std::ffi::OsString;
use std::path::Path;

use clap::{Args, CommandFactory};
use clap_complete::CompleteEnv;
use clap_complete::env::{Elvish, Fish, Powershell, Shells, Zsh};

pub use self::typed::Typed;
use crate::cli::args::Cli;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::report::Problem;

/// The variable by which a shell asks `wfc` what could stand at a place.
const VARIABLE: &str = "WFC_COMPLETE";

/// A script in the folder of functions is read at the first TAB, as the function that is to answer it.
const ZSH_FIRST: &str = "[[ $funcstack[1] == _wfc ]] && _clap_dynamic_completer_wfc \"$@\"\n";

const SHELLS: Shells<'_> = Shells(&[&bash::Bash, &Elvish, &Fish, &Powershell, &Zsh]);

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
    let written = SHELLS
        .completer(args.shell.name())
        .map(|shell| shell.write_registration(VARIABLE, "wfc", "wfc", "wfc", &mut script));
    match written {
        Some(Ok(())) => {}
        Some(Err(error)) => return Err(Problem::environment(format!("the script cannot be written: {error}"))),
        None => return Err(Problem::environment("there is no script for this shell")),
    }
    if args.shell == Shell::Zsh {
        script.extend_from_slice(ZSH_FIRST.as_bytes());
    }
    console.out(&String::from_utf8_lossy(&script));
    Ok(Exit::Good)
}

/// Answers a shell, if it is one that asks.
pub fn answer(words: impl IntoIterator<Item = OsString>) -> Option<Exit> {
    let shell = std::env::var_os(VARIABLE)?;
    let here = std::env::current_dir().ok();
    let shell = Path::new(&shell).file_stem().unwrap_or_default().to_string_lossy();
    let words = typed::taken(&shell, words.into_iter().collect());
    let env = CompleteEnv::with_factory(Cli::command).var(VARIABLE).shells(SHELLS);
    let asked = env.try_complete(words, here.as_deref());
    match asked {
        Ok(true) => Some(Exit::Good),
        Ok(false) => None,
        // Nothing that is printed would reach a person.
        Err(_) => Some(Exit::Usage),
    }
}

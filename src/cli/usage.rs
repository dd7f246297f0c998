//! What clap refuses, in our words where ours are better.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory};

use crate::base::nearest::suggestion;
use crate::cli::args::Cli;
use crate::cli::console::{ColorChoice, Console, Loudness};
use crate::cli::exit::Exit;

/// Prints help, version or what is wrong with the words that were typed.
pub fn answer(error: &clap::Error) -> Exit {
    let console = Console::open(ColorChoice::Auto, Loudness::Usual);
    let rendered = error.render();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let text = if console.colours_out() { rendered.ansi().to_string() } else { rendered.to_string() };
            console.out(&text);
            Exit::Good
        }
        ErrorKind::InvalidSubcommand => {
            console.err(&unknown_command(error));
            Exit::Usage
        }
        _ => {
            console.err(&if console.colours_err() { rendered.ansi().to_string() } else { rendered.to_string() });
            Exit::Usage
        }
    }
}

/// The help of `wfc run` itself.
pub fn of_run(console: &Console) -> String {
    let mut root = Cli::command();
    root.build();
    let Some(run) = root.find_subcommand_mut("run") else { return String::new() };
    let help = run.render_help();
    if console.colours_out() { help.ansi().to_string() } else { help.to_string() }
}

fn unknown_command(error: &clap::Error) -> String {
    let typed = match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(typed)) => typed.as_str(),
        _ => return error.render().to_string(),
    };
    let (inner, names) = legal_names(error);
    let of_runs = Cli::command().find_subcommand("runs").map(visible).unwrap_or_default();
    if inner.is_none() && of_runs.iter().any(|name| name == typed) {
        return format!("error: no command `{typed}`; did you mean `wfc runs {typed}`?\n");
    }
    format!("error: no command `{typed}`{}\n", suggestion(typed, names.iter().map(String::as_str)))
}

/// The commands that could have stood there. clap does not say which level refused the word, but its usage line does.
fn legal_names(error: &clap::Error) -> (Option<String>, Vec<String>) {
    let usage = match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) => usage.to_string(),
        _ => String::new(),
    };
    let root = Cli::command();
    let inner = root.get_subcommands().find(|inner| usage.contains(&format!("wfc {} ", inner.get_name())));
    (inner.map(|inner| inner.get_name().to_owned()), visible(inner.unwrap_or(&root)))
}

fn visible(command: &Command) -> Vec<String> {
    command.get_subcommands().filter(|c| !c.is_hide_set()).map(|c| c.get_name().to_owned()).collect()
}

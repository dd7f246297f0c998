//! What stands on the command line before the word that is being typed.

use std::ffi::OsString;
use std::sync::OnceLock;

use clap::{Arg, Command, CommandFactory};

use crate::cli::args::Cli;
use crate::cli::completions::words::{split, unquoted};

/// What was typed so far, told apart as the command line will be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// The command, then that inside it.
    pub commands: Vec<String>,
    /// What belongs to no option.
    pub operands: Vec<String>,
    options: Vec<(String, String)>,
}

/// Those who find candidates are handed one word and nothing else.
static HERE: OnceLock<Typed> = OnceLock::new();

impl Typed {
    /// What was typed in the shell that asks.
    pub fn here() -> Self {
        HERE.get().cloned().unwrap_or_default()
    }

    /// Of the words of a line without the one that is being typed, the program first.
    fn of(words: &[String]) -> Self {
        let mut cli = Cli::command();
        cli.build();
        let (mut found, mut at, mut options_end) = (Self::default(), &cli, false);
        let mut words = words.iter().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--" if !options_end => options_end = true,
                word if !options_end && is_option(word) => {
                    let Some(name) = takes_value(at, word) else { continue };
                    let own = word.split_once('=').map(|(_, value)| value.to_owned());
                    found.options.extend(own.or_else(|| words.next().cloned()).map(|value| (name, value)));
                }
                word => match at.find_subcommand(word) {
                    Some(inner) if found.operands.is_empty() => {
                        at = inner;
                        found.commands.push(inner.get_name().to_owned());
                    }
                    _ => found.operands.push(word.to_owned()),
                },
            }
        }
        found
    }

    /// The command, of `wfc runs` the inner one.
    pub fn command(&self) -> Option<&str> {
        self.commands.last().map(String::as_str)
    }

    /// The value of an option, by its long name.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().rfind(|(option, _)| option == name).map(|(_, value)| value.as_str())
    }
}

/// The words that a shell hands over behind `--`, as clap is to see them; what they say is kept for [`Typed::here`].
pub fn taken(shell: &str, words: Vec<OsString>) -> Vec<OsString> {
    let Some(start) = words.iter().position(|word| word == "--").map(|at| at + 1) else { return words };
    let line: Vec<String> = words[start..].iter().map(|word| word.to_string_lossy().into_owned()).collect();
    if line.is_empty() {
        return words;
    }
    let index = std::env::var("_CLAP_COMPLETE_INDEX").ok().and_then(|index| index.parse().ok());
    let last = index.unwrap_or(line.len() - 1).min(line.len());
    let (line, before) = match shell {
        "bash" => {
            let before = split(&line[0]).words;
            (line, before[..before.len() - 1].to_vec())
        }
        "zsh" => plain(line, 0, last),
        // Fish has taken the quotes off all words but the last.
        "fish" => plain(line, last, last),
        _ => plain(line, usize::MAX, last),
    };
    HERE.get_or_init(|| Typed::of(&before));
    words[..start].iter().cloned().chain(line.into_iter().map(Into::into)).collect()
}

/// The words without quotes from one on, and those before the last.
fn plain(line: Vec<String>, from: usize, last: usize) -> (Vec<String>, Vec<String>) {
    let words = line.into_iter().enumerate();
    let words: Vec<String> = words.map(|(at, word)| if at < from { word } else { unquoted(&word) }).collect();
    let before = words[..last].to_vec();
    (words, before)
}

/// A number below zero is none.
fn is_option(word: &str) -> bool {
    word.len() > 1 && word.starts_with('-') && !word[1..].starts_with(|c: char| c.is_ascii_digit())
}

/// The long name of an option that takes a value.
fn takes_value(command: &Command, word: &str) -> Option<String> {
    let long = word.strip_prefix("--").map(|long| long.split('=').next().unwrap_or(long));
    let is = |arg: &&Arg| match long {
        Some(long) => arg.get_long() == Some(long) || arg.get_all_aliases().is_some_and(|all| all.contains(&long)),
        None => arg.get_short().is_some_and(|short| word.ends_with(short)),
    };
    let arg = command.get_arguments().find(is)?;
    let takes = arg.get_num_args().is_some_and(|number| number.takes_values());
    takes.then(|| arg.get_long().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(line: &str) -> [String; 3] {
        let found = Typed::of(&split(line).words);
        [found.commands.join(" "), found.operands.join(" "), found.option("store").unwrap_or_default().to_owned()]
    }

    #[test]
    fn values_of_options_are_no_operands() {
        let cases = [
            ("wfc runs answer --store x m4xk colour", ["runs answer", "m4xk colour", "x"]),
            ("wfc --store=y runs answer m4xk", ["runs answer", "m4xk", "y"]),
            ("wfc -q runs file m4xk -o out/ report", ["runs file", "m4xk report", ""]),
            ("wfc run flows/ship.wf -i version=2 deploy", ["run", "flows/ship.wf deploy", ""]),
            ("wfc resume --color never -- -x resume", ["resume", "-x resume", ""]),
            ("wfc runs answer m4xk -1", ["runs answer", "m4xk -1", ""]),
        ];
        for (line, expected) in cases {
            assert_eq!(typed(line), expected, "{line}");
        }
    }
}

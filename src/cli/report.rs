//! Failures that have no place in a source: what the commands return, and how it is shown.

use anstyle::{AnsiColor, Style};

use crate::cli::commands::{Commands, quoted};
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::diag::Code;
use crate::engine::RunError;
use crate::store::StoreError;

/// Why a command could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    /// One line, lower case, no full stop.
    pub message: String,
    /// An instruction; may have several lines.
    pub help: Option<String>,
    /// Its page, if there is one.
    pub code: Option<Code>,
    /// How the command ends.
    pub exit: Exit,
    /// What else is wrong.
    pub more: Vec<Problem>,
}

impl Problem {
    /// Wrong use: exit 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(message, Exit::Usage)
    }

    /// The environment failed: exit 3.
    pub fn environment(message: impl Into<String>) -> Self {
        Self::new(message, Exit::Environment)
    }

    /// It is possible, but the state of things says no: exit 1.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(message, Exit::No)
    }

    /// What is wrong has been said already.
    pub fn said(exit: Exit) -> Self {
        Self::new("", exit)
    }

    fn new(message: impl Into<String>, exit: Exit) -> Self {
        Self { message: message.into(), help: None, code: None, exit, more: Vec::new() }
    }

    /// Several as one, which ends as the first; `None` where there is none.
    pub fn all(problems: Vec<Problem>) -> Option<Self> {
        let mut problems = problems.into_iter();
        let first = problems.next()?;
        Some(Self { more: problems.collect(), ..first })
    }

    /// Names its page.
    pub fn code(mut self, code: Code) -> Self {
        self.code = Some(code);
        self
    }

    /// Says what to do.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Why a run could not be driven; where another process drives it, with the command that takes it from that one.
pub fn not_driven(error: RunError, commands: &Commands) -> Problem {
    match error {
        RunError::Store(StoreError::Busy { pid, .. }) => {
            let takeover = format!("{} --takeover", commands.resume());
            let help = format!("wait for it, end process {pid}, or take the run from it: {takeover}");
            Problem::environment(error.to_string()).help(help)
        }
        error => error.into(),
    }
}

/// A run that is not there is a wrong use, all else is the environment.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let message = error.to_string();
        match error {
            StoreError::NoRun { near, .. } if !near.is_empty() => {
                Self::usage(message).help(format!("did you mean `{}`?", near.join("`, `")))
            }
            StoreError::NoRun { .. }
            | StoreError::Ambiguous(..)
            | StoreError::Exists(_)
            | StoreError::BadName { .. } => Self::usage(message),
            StoreError::Busy { pid, .. } => {
                Self::environment(message).help(format!("wait for it, or end process {pid}"))
            }
            _ => Self::environment(message),
        }
    }
}

/// What says no to going on is a refusal, an input of another plan a wrong use, all else the environment.
impl From<RunError> for Problem {
    fn from(error: RunError) -> Self {
        let message = error.to_string();
        match error {
            RunError::Store(error) => error.into(),
            RunError::Input { .. } => Self::usage(message),
            RunError::Ended { .. } | RunError::NotEnded { .. } | RunError::Unsupported(_) => Self::refused(message),
            RunError::Refused { stages, .. } => {
                let again: Vec<String> =
                    stages.iter().map(|stage| format!("--again {}", quoted(&stage.path))).collect();
                Self::refused(message).help(format!("to run it again all the same, add {}", again.join(" ")))
            }
            _ => Self::environment(message),
        }
    }
}

/// The problem as it goes to standard error, with a newline at its end: `error: …` and `help: …`, a line each, on a terminal and
/// elsewhere.
pub fn render(problem: &Problem, console: &Console) -> String {
    all(problem, console.colours_err())
}

fn all(problem: &Problem, colour: bool) -> String {
    if problem.message.is_empty() {
        return String::new();
    }
    problem.more.iter().fold(one(problem, colour), |text, more| text + &all(more, colour))
}

fn one(problem: &Problem, colour: bool) -> String {
    let code = problem.code.map(|code| format!("[{}]", code.as_str())).unwrap_or_default();
    let error = styled(&format!("error{code}"), AnsiColor::Red.on_default().bold(), colour);
    let help = styled("help", AnsiColor::Green.on_default().bold(), colour);
    let help = match problem.help.as_deref() {
        None => String::new(),
        Some(text) if text.contains('\n') => format!("{help}:\n{text}\n"),
        Some(text) => format!("{help}: {text}\n"),
    };
    format!("{error}: {}\n{help}", problem.message)
}

fn styled(text: &str, style: Style, colour: bool) -> String {
    if colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_all_that_a_terminal_adds() {
        let problem = Problem::usage("there is no file `a.wf`").code(Code::WF0904).help("name a .wf file");
        let both = Problem::all(vec![problem, Problem::refused("b")]).expect("two");
        let plain = "error[WF0904]: there is no file `a.wf`\nhelp: name a .wf file\nerror: b\n";
        assert_eq!(all(&both, false), plain);
        let coloured = all(&both, true);
        assert!(coloured.starts_with("\u{1b}[1m\u{1b}[31merror[WF0904]\u{1b}[0m: there"), "{coloured:?}");
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
    }
}

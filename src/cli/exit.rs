//! Exit codes: an interface of the command line.

use std::process::ExitCode;

/// How a command ended, as its exit code says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All is well.
    Good,
    /// The run, check or test says no.
    No,
    /// Wrong use.
    Usage,
    /// The environment failed: store, file, network.
    Environment,
    /// The run waits for a person or an event.
    Waiting,
    /// Ctrl-C.
    Interrupted,
    /// TERM.
    Terminated,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::No => 1,
            Self::Usage => 2,
            Self::Environment => 3,
            Self::Waiting => 75,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

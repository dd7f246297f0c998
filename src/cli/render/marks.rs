//! The mark before a stage, and the colour that goes with it. A mark never stands without a word.

use anstyle::{AnsiColor, Style};

use crate::cli::render::model::How;

/// How a stage stands, in one character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Ended well.
    Done,
    /// Its result is kept from before.
    Kept,
    /// Runs again.
    Again,
    /// Failed, and is tried again or handled.
    Trouble,
    /// Runs.
    Running,
    /// Has not started, or never will.
    Idle,
    /// Failed.
    Failed,
    /// Waits for a person.
    Asks,
}

impl Mark {
    /// The mark of a stage that has ended.
    pub fn of(how: &How) -> Self {
        match how {
            How::Succeeded(_) => Self::Done,
            How::Kept | How::Cached => Self::Kept,
            How::Failed { .. } => Self::Failed,
            How::Skipped(_) | How::Cancelled { .. } => Self::Idle,
        }
    }

    /// As it is printed.
    pub fn text(self, unicode: bool) -> &'static str {
        match (self, unicode) {
            (Self::Done, true) => "✓",
            (Self::Done, false) => "ok",
            (Self::Kept, _) => "=",
            (Self::Again, _) => "+",
            (Self::Trouble, _) => "!",
            (Self::Running, true) => "●",
            (Self::Running, false) => "*",
            (Self::Idle, true) => "○",
            (Self::Idle, false) => ".",
            (Self::Failed, _) => "x",
            (Self::Asks, _) => "?",
        }
    }

    /// Its colour.
    pub fn style(self) -> Style {
        let colour = match self {
            Self::Done | Self::Kept => AnsiColor::Green,
            Self::Again | Self::Running => AnsiColor::Blue,
            Self::Trouble | Self::Asks => AnsiColor::Yellow,
            Self::Failed => AnsiColor::Red,
            Self::Idle => return Style::new().dimmed(),
        };
        colour.on_default()
    }
}

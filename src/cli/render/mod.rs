//! One log of events, three renderers of it that cannot disagree: terminal, plain lines, JSON lines.

pub mod backlog;
mod held;
pub mod json;
pub mod layout;
pub mod marks;
pub mod model;
pub mod outlet;
pub mod plain;
pub mod row;
#[cfg(test)]
pub mod samples;
pub mod summary;
pub mod tally;
pub mod terminal;

use crate::engine::report::Report;
use model::{Ended, Model};

/// Shows a run while it is under way. Nothing here waits for who reads it: only when the renderer is dropped, all that is to be
/// said has been written.
pub trait Renderer: Send {
    /// One report, already folded into `model`, with the stage that it ended.
    fn report(&mut self, report: &Report, ended: Option<&Ended>, model: &Model);

    /// Called about ten times a second, at time `now`, and after the last report.
    fn tick(&mut self, model: &Model, now: i64);

    /// Text that somebody else wants on standard error, whole lines: it must not tear what is drawn.
    fn say(&mut self, text: &str);

    /// Text for a person who is asked, at once.
    fn prompt(&mut self, text: &str);

    /// Stops drawing while a person types, or goes on.
    fn pause(&mut self, _paused: bool) {}

    /// Takes away what is only drawn for the moment.
    fn clear(&mut self);
}

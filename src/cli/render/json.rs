//! `--json`: one event a line on standard output, nothing else there.

use crate::cli::commands::Commands;
use crate::cli::console::Console;
use crate::cli::render::Renderer;
use crate::cli::render::model::{Ended, Model};
use crate::cli::render::outlet::Outlet;
use crate::engine::report::{Event, Report};

/// Bytes that are gathered before they are written at the latest.
const GATHERED_MAX: usize = 64 * 1024;

/// Writes JSON lines. What reads them may count on each of them: for a reader who stands still they are all kept.
pub struct Json {
    commands: Commands,
    out: Outlet,
    err: Outlet,
    gathered: String,
}

impl Json {
    /// Writes to standard output of `console`; commands that go on are those that work from here.
    ///
    /// # Errors
    /// No thread can be made.
    pub fn new(console: &Console, commands: Commands) -> std::io::Result<Self> {
        let (out, err) = (Outlet::out_json(console)?, Outlet::err(console)?);
        Ok(Self { commands, out, err, gathered: String::new() })
    }

    fn flush(&mut self) {
        self.out.give(std::mem::take(&mut self.gathered));
    }
}

impl Renderer for Json {
    fn report(&mut self, report: &Report, _ended: Option<&Ended>, _model: &Model) {
        let mut report = report.clone();
        if let Event::RunWaiting { waits } | Event::RunSuspended { waits, .. } = &mut report.event {
            for wait in waits {
                wait.command = match wait.kind.as_str() {
                    "person" => self.commands.answer(&wait.stage, "JSON"),
                    "event" => self.commands.here(&wait.command),
                    _ => self.commands.resume(),
                };
            }
        }
        // A report holds text and numbers only: there is nothing in it that JSON cannot say.
        let line = serde_json::to_string(&report).unwrap_or_default();
        self.gathered.push_str(&line);
        self.gathered.push('\n');
        if self.gathered.len() > GATHERED_MAX && self.out.is_free() {
            self.flush();
        }
    }

    fn tick(&mut self, _model: &Model, _now: i64) {
        if self.out.is_free() {
            self.flush();
        }
    }

    fn say(&mut self, text: &str) {
        self.err.give(text.to_owned());
    }

    fn prompt(&mut self, text: &str) {
        self.say(text);
    }

    fn clear(&mut self) {
        self.flush();
    }
}

//! `--json`: one event a line on standard output, nothing else there.

use crate::cli::commands::Commands;
use crate::cli::console::Console;
use crate::cli::render::Renderer;
use crate::cli::render::model::{Ended, Model};
use crate::engine::report::{Event, Report};

/// Bytes that are gathered before they are written at the latest.
const GATHERED_MAX: usize = 64 * 1024;

/// Writes JSON lines.
pub struct Json {
    console: Console,
    commands: Commands,
    gathered: String,
    /// Nobody reads standard output any more. The run goes on all the same.
    broken: bool,
}

impl Json {
    /// Writes to standard output of `console`; commands that go on are those that work from here.
    pub fn new(console: Console, commands: Commands) -> Self {
        Self { console, commands, gathered: String::new(), broken: false }
    }

    fn flush(&mut self) {
        if !self.gathered.is_empty() && !self.broken {
            self.broken = !self.console.out_json(&self.gathered);
        }
        self.gathered.clear();
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
        if self.gathered.len() > GATHERED_MAX {
            self.flush();
        }
    }

    fn tick(&mut self, _model: &Model, _now: i64) {
        self.flush();
    }

    fn say(&mut self, text: &str) {
        self.console.err(text);
    }

    fn clear(&mut self) {
        self.flush();
    }
}

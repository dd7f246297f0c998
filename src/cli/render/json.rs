//! `--json`: one event a line on standard output, nothing else there.

use std::path::Path;

use crate::cli::commands::Commands;
use crate::cli::console::Console;
use crate::cli::render::Renderer;
use crate::cli::render::held::{Held, Part};
use crate::cli::render::model::{Ended, Model};
use crate::cli::render::outlet::Outlet;
use crate::engine::report::{Event, Report};

/// Bytes that are gathered before they are written at the latest.
const GATHERED_MAX: usize = 64 * 1024;

/// Parts that are given at once to a reader who has come back: each is read only when the one before is written.
const PARTS_AT_ONCE: usize = 16;

/// Writes JSON lines. What reads them may count on each of them: for a reader who stands still they are all kept.
pub struct Json {
    commands: Commands,
    console: Console,
    out: Outlet,
    err: Outlet,
    gathered: Held,
}

impl Json {
    /// Writes to standard output of `console`; commands that go on are those that work from here. What nobody reads is kept in
    /// a file in `folder`, which has no name and goes with the process.
    ///
    /// # Errors
    /// No thread can be made.
    pub fn new(console: &Console, commands: Commands, folder: &Path) -> std::io::Result<Self> {
        let (out, err) = (Outlet::out_json(console)?, Outlet::err(console)?);
        Ok(Self { commands, console: console.clone(), out, err, gathered: Held::new(folder) })
    }

    /// Gives the oldest of what is held to who reads; gives whether there was something.
    fn flush(&mut self) -> bool {
        let Some(part) = self.gathered.take() else { return false };
        let console = self.console.clone();
        self.out.give_made(move || read(part, &console));
        true
    }
}

/// The text of a part.
fn read(part: Part, console: &Console) -> String {
    part.read().unwrap_or_else(|error| {
        console.err(&format!("error: events that were kept for a slow reader are lost: {error}\n"));
        String::new()
    })
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
        self.gathered.push(&line);
        self.gathered.push("\n");
        if self.gathered.in_memory() > GATHERED_MAX && self.out.is_free() {
            self.flush();
        }
        self.gathered.put_away();
    }

    fn tick(&mut self, _model: &Model, _now: i64) {
        if self.out.is_free() {
            let _ = (0..PARTS_AT_ONCE).all(|_| self.flush());
        }
    }

    fn say(&mut self, text: &str) {
        self.err.give(text.to_owned());
    }

    fn prompt(&mut self, text: &str) {
        self.say(text);
    }

    fn clear(&mut self) {
        while self.flush() {}
    }
}

//! On a terminal: finished stages scroll up, below them a live region is drawn again and again.

use std::time::{Duration, Instant};

use crossterm::Command;
use crossterm::cursor::MoveToPreviousLine;
use crossterm::terminal::{BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate};

use crate::base::text::escape;
use crate::cli::atlas::depth;
use crate::cli::commands::Commands;
use crate::cli::console::{Console, Loudness};
use crate::cli::render::Renderer;
use crate::cli::render::backlog::{Backlog, Worth};
use crate::cli::render::layout::{region, waits as waits_for};
use crate::cli::render::marks::Mark;
use crate::cli::render::model::{Ended, How, Model, Wanted};
use crate::cli::render::outlet::Outlet;
use crate::cli::render::row::{Look, Row};
use crate::cli::render::tally::Naming;
use crate::cli::run::{failure, waits};
use crate::cli::words;
use crate::engine::report::{Event, Report, WaitReason};

/// Between two drawings.
const FRAME: Duration = Duration::from_millis(100);

/// Draws on standard error.
pub struct Terminal {
    console: Console,
    look: Look,
    /// Commands about the run.
    commands: Commands,
    err: Outlet,
    /// Lines for the history above the region, not printed yet.
    backlog: Backlog,
    /// Widths of the lines of the region as it stands on the screen.
    drawn: Vec<usize>,
    last: Option<Instant>,
    /// The region is taken away and nothing is printed: a person is typing.
    paused: bool,
}

impl Terminal {
    /// Draws on standard error of `console`.
    ///
    /// # Errors
    /// No thread can be made.
    pub fn new(console: Console, commands: Commands) -> std::io::Result<Self> {
        let look = Look { unicode: console.unicode(), colour: console.colours_err() };
        let (err, backlog) = (Outlet::err(&console)?, Backlog::default());
        Ok(Self { console, look, commands, err, backlog, drawn: Vec::new(), last: None, paused: false })
    }

    fn line(&mut self, worth: Worth, row: &Row) {
        if self.console.loudness > Loudness::Quiet {
            self.backlog.push(worth, format!("{}\n", row.whole(self.look)));
        }
    }

    fn ended(&mut self, ended: &Ended, model: &Model) {
        let verbose = self.console.loudness == Loudness::Verbose;
        let quiet_end = matches!(ended.how, How::Skipped(_) | How::Kept) && !verbose;
        let one_line = ended.items.is_some() && depth(&ended.stage) <= 2;
        let shown = if verbose { !ended.holds } else { is_shown(ended, model) };
        if quiet_end || !shown && !ended.own_failure() && !one_line {
            return;
        }
        if !verbose && !one_line && !self.names(ended, model) {
            return;
        }
        let worth = if failed(ended) { Worth::Kept } else { Worth::Progress };
        self.line(worth, &ended_row(ended, model, self.look));
    }

    /// Whether the end of a stage inside a map of many is worth a line: the first failures are.
    fn names(&mut self, ended: &Ended, model: &Model) -> bool {
        let Some((map, tally)) = model.maps.crowd(&ended.stage) else { return true };
        failed(ended) && self.is_named(tally.names_failure(), map, "failures")
    }

    /// Says once that there is more of its kind.
    fn is_named(&mut self, naming: Naming, map: &str, what: &str) -> bool {
        if naming == Naming::First {
            let row = Row::stage(Mark::Trouble, map, None, self.look).fact(format!("more {what}: only counted"));
            self.line(Worth::Kept, &row);
        }
        naming == Naming::Named
    }

    fn retrying(&mut self, stage: &str, class: &str, model: &Model, now: i64) {
        let Some(live) = model.live.get(stage) else { return };
        let crowd = model.maps.crowd(stage).filter(|_| self.console.loudness < Loudness::Verbose);
        if let Some((map, tally)) = crowd
            && !self.is_named(tally.names_retry(), map, "attempts that failed")
        {
            return;
        }
        let attempt = words::attempt(live.attempt, model.attempts(stage));
        let row = Row::stage(Mark::Trouble, stage, live.label.as_deref(), self.look)
            .fact(words::took(now - live.since))
            .fact(format!("{attempt}: {class}"));
        self.line(Worth::Progress, &row);
    }

    /// What only `-v` tells.
    fn detail(&mut self, report: &Report, stage: Option<&str>, model: &Model, now: i64) {
        if self.console.loudness < Loudness::Verbose {
            return;
        }
        let label = stage.and_then(|stage| model.live.get(stage)?.label.as_deref());
        let name = stage.unwrap_or(self.commands.run());
        let row = match &report.event {
            Event::StageStarted { attempt, adopted, .. } => {
                let does = if *adopted { ": what became of it is asked" } else { " started" };
                Row::stage(Mark::Running, name, label, self.look).fact(format!("attempt {attempt}{does}"))
            }
            Event::StageWaiting { reason, until, .. } if *reason != WaitReason::Retry => {
                let until = until.as_deref().map(words::parse_time);
                Row::stage(Mark::Idle, name, label, self.look).fact(waits_for(*reason, &Wanted::Nothing, until, now))
            }
            Event::Log { line, .. } => Row::plain(format!("  {name} | {}", escape(line))),
            _ => return,
        };
        self.line(Worth::Progress, &row);
    }

    /// What somebody has to do, with commands to copy: not cut.
    fn told_whole(&mut self, text: Option<String>, from: Loudness) {
        if self.console.loudness >= from {
            self.backlog.push(Worth::Kept, text.unwrap_or_default());
        }
    }

    /// What takes the region off the screen, whatever became of the terminal's width since it was drawn: to be made at the moment
    /// at which it is written.
    fn erase(&mut self) -> impl FnOnce() -> String + Send + 'static {
        let (console, drawn) = (self.console.clone(), std::mem::take(&mut self.drawn));
        move || {
            let columns = usize::from(console.size().columns.max(1));
            let rows: usize = drawn.into_iter().map(|width| width.div_ceil(columns).max(1)).sum();
            let mut text = String::new();
            // Line by line: a terminal that is cleared from its first line on may keep what stood there in its history.
            for _ in 0..rows {
                push(&mut text, Clear(ClearType::CurrentLine));
                push(&mut text, MoveToPreviousLine(1));
            }
            if rows > 0 {
                push(&mut text, Clear(ClearType::CurrentLine));
            }
            text
        }
    }

    fn draw(&mut self, model: &Model, now: i64) {
        let (mut begin, erase) = (String::new(), self.erase());
        push(&mut begin, BeginSynchronizedUpdate);
        let mut text = self.backlog.take(&self.commands.show());
        if !model.run.is_empty() && self.console.loudness > Loudness::Quiet {
            for line in region(model, now, self.console.size(), self.look) {
                text.push_str(&line.text);
                text.push('\n');
                self.drawn.push(line.width);
            }
        }
        push(&mut text, EndSynchronizedUpdate);
        self.err.give_made(move || begin + &erase() + &text);
        self.last = Some(Instant::now());
    }
}

impl Renderer for Terminal {
    fn report(&mut self, report: &Report, ended: Option<&Ended>, model: &Model) {
        let at = words::parse_time(&report.time);
        match (&report.event, ended, report.stage.as_deref()) {
            (_, Some(ended), _) => self.ended(ended, model),
            (Event::StageRetrying { error, .. }, _, Some(stage)) => self.retrying(stage, &error.class, model, at),
            (Event::StageWaiting { reason: WaitReason::Event, .. }, _, Some(stage)) => {
                self.told_whole(waits::told(model, stage, &self.commands), Loudness::Usual);
            }
            (Event::StageWaiting { reason: WaitReason::Lock, .. }, _, Some(stage)) => {
                self.told_whole(waits::told(model, stage, &self.commands), Loudness::Quiet);
            }
            (Event::StageWaiting { .. }, _, None) => {
                self.told_whole(waits::of_run(model, &self.commands), Loudness::Quiet);
            }
            (Event::RunStarted { workflow, resumed: false, .. }, ..) => {
                let head = format!("run {}  {workflow}  {}", self.commands.run(), words::clock(at));
                self.line(Worth::Kept, &Row::plain(head));
            }
            (_, _, stage) => self.detail(report, stage, model, at),
        }
    }

    fn tick(&mut self, model: &Model, now: i64) {
        // What is drawn while nobody reads would be old when it is read.
        if !self.paused && self.err.is_free() && self.last.is_none_or(|last| last.elapsed() >= FRAME) {
            self.draw(model, now);
        }
    }

    fn say(&mut self, text: &str) {
        self.backlog.push(Worth::Kept, text.to_owned());
    }

    fn prompt(&mut self, text: &str) {
        self.err.give(text.to_owned());
    }

    fn pause(&mut self, paused: bool) {
        if paused {
            self.clear();
        }
        self.paused = paused;
    }

    fn clear(&mut self) {
        let (erase, text) = (self.erase(), self.backlog.take(&self.commands.show()));
        self.err.give_made(move || erase() + &text);
        self.last = None;
    }
}

/// Whether the end of a stage is shown: of what is deeper than two names the holder is, of what holds others the others are.
fn is_shown(ended: &Ended, model: &Model) -> bool {
    match ended.holds {
        true => depth(&ended.stage) == 2 && !failed(ended) && !model.atlas().is_whole_map(&ended.stage),
        false => depth(&ended.stage) <= 2,
    }
}

fn failed(ended: &Ended) -> bool {
    matches!(ended.how, How::Failed { .. })
}

/// A stage that has ended: `  ✓ issues                   0.8s`.
pub fn ended_row(ended: &Ended, model: &Model, look: Look) -> Row {
    let mut row = Row::stage(Mark::of(&ended.how), &ended.stage, ended.label.as_deref(), look);
    if let (Some(took), false) = (ended.took, matches!(ended.how, How::Kept | How::Cached | How::Skipped(_))) {
        row = row.fact(words::took(took));
    }
    if let Some(items) = &ended.items {
        row = row.fact(items.told());
    }
    match &ended.how {
        How::Succeeded(usage) => {
            if ended.attempt > 1 {
                row = row.fact(words::attempt(ended.attempt, model.attempts(&ended.stage)));
            }
            words::usage(*usage).into_iter().fold(row, |row, usage| row.fact(usage))
        }
        How::Kept => row.fact("kept"),
        How::Cached => row.fact("cached"),
        How::Skipped(because) => row.fact(format!("skipped: {because}")),
        How::Cancelled { maybe: false } => row.fact("cancelled"),
        How::Cancelled { maybe: true } => row.fact("cancelled; maybe happened"),
        // Why, is said of the item.
        How::Failed { .. } if ended.items.is_some() && !ended.own_failure() => row,
        How::Failed { error, handled } => row.fact(format!("{}{}", error.class, failure::left(error, *handled))),
    }
}

fn push(text: &mut String, command: impl Command) {
    // Writing to a string cannot fail.
    let _ = command.write_ansi(text);
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::cli::console::ColorChoice;
    use crate::cli::render::samples::{atlas, log, of_run, on, ready, retrying, run_started, started, succeeded};

    /// Lines of the history.
    fn said(loudness: Loudness) -> String {
        let commands = Commands::new("m4xk", Path::new(".wfc"), Some(".wfc".into()));
        let mut terminal = Terminal::new(Console::open(ColorChoice::Never, loudness), commands).unwrap();
        terminal.look.unicode = true;
        let mut model = Model::new(atlas(["deep"]));
        let skipped = Event::StageSkipped { because: "x is false".into() };
        let reports = [
            of_run(0, run_started()),
            on("deep", 0, ready()),
            on("deep.mid", 0, ready()),
            on("deep.mid.leaf", 0, ready()),
            on("deep.mid.leaf", 0, started(1)),
            on("deep.mid.leaf", 500, log("\u{1b}[2Jready")),
            on("deep.mid.leaf", 800, retrying(1, "timeout", 200)),
            on("deep.mid.leaf", 1_000, started(2)),
            on("deep.mid.leaf", 1_900, succeeded(0)),
            on("deep.mid.last", 1_900, skipped),
            on("deep.mid", 2_000, succeeded(0)),
            on("deep", 2_000, succeeded(0)),
        ];
        for report in reports {
            let ended = model.apply(&report);
            terminal.report(&report, ended.as_ref(), &model);
        }
        terminal.backlog.take("").lines().skip(1).map(|line| format!("{line}\n")).collect()
    }

    /// What holds what is too deep to be shown stands for it; attempts that failed are told however deep.
    #[test]
    fn what_is_deep_is_told_by_its_holder() {
        insta::assert_snapshot!(said(Loudness::Usual), @r#"
        ! deep.mid.leaf            0.8s  attempt 1: timeout
        ✓ deep.mid                 2.0s
        "#);
    }

    #[test]
    fn more_is_said_if_that_is_wanted() {
        insta::assert_snapshot!(said(Loudness::Verbose), @r#"
        ● deep.mid.leaf            attempt 1 started
        deep.mid.leaf | \u{1b}[2Jready
        ! deep.mid.leaf            0.8s  attempt 1: timeout
        ● deep.mid.leaf            attempt 2 started
        ✓ deep.mid.leaf            0.9s
        ○ deep.mid.last            skipped: x is false
        "#);
    }
}

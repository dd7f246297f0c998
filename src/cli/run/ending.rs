//! What is printed when a run stands still: the result, or why there is none and how to go on.

use crate::agent::Lack;
use crate::cli::commands::Commands;
use crate::cli::console::{Console, Loudness};
use crate::cli::exit::Exit;
use crate::cli::findings::look_of_err;
use crate::cli::render::marks::Mark;
use crate::cli::render::model::Model;
use crate::cli::render::row::{Look, Row};
use crate::cli::render::summary;
use crate::cli::run::{failure, goon, waits};
use crate::cli::{kept_files, words};
use crate::engine::Outcome;
use crate::engine::report::{ErrorInfo, Question, QuestionKind, Wait};

/// How a run is shown: it decides what is left to be said at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Drawn.
    Terminal,
    /// A line an event.
    Plain,
    /// Events on standard output.
    Json,
}

/// A run that stands still.
pub struct Ending<'a> {
    /// What was told of it.
    pub model: &'a Model,
    /// How it was shown.
    pub view: View,
    /// Commands about it.
    pub commands: &'a Commands,
    /// The file that it was started from.
    pub file: &'a str,
    /// The last lines of the stage that it failed with, as the store has them.
    pub last_words: Vec<String>,
    /// Where it is said.
    pub console: &'a Console,
}

impl Ending<'_> {
    /// Says how it ended or why it stopped.
    pub fn say(&self, outcome: &Outcome, stopped: Exit) -> Exit {
        match outcome {
            Outcome::Succeeded(result) => self.succeeded(result),
            Outcome::Failed(error) => self.failed(error),
            Outcome::Cancelled => self.cancelled(),
            Outcome::Waiting(waits) => self.waiting(waits),
            Outcome::Suspended(_) => self.suspended(stopped),
        }
    }

    fn succeeded(&self, result: &serde_json::Value) -> Exit {
        if self.view == View::Terminal {
            let usage = words::usage(self.model.usage).map(|usage| format!("  {usage}")).unwrap_or_default();
            self.head(Mark::Done, &format!("succeeded in {}{usage}", self.took()));
            self.console.say(&format!("  {}\n", summary::stages(self.model)));
        }
        if self.view != View::Json {
            self.console.out_json(&format!("{result}\n"));
            self.console.say(&self.open());
            let files = kept_files::of_result(self.model.atlas().plan(), result);
            self.console.say(&kept_files::told(&files, self.commands));
        }
        Exit::Good
    }

    /// What may have happened although the run went on without it.
    fn open(&self) -> String {
        let open = self.model.effects.iter().filter(|(effect, _)| effect.maybe);
        let open: Vec<String> = open.map(|(effect, times)| counted(&effect.stage, *times)).collect();
        if open.is_empty() { String::new() } else { format!("  maybe happened: {}\n", open.join(", ")) }
    }

    fn failed(&self, error: &ErrorInfo) -> Exit {
        let drawn =
            failure::draw(self.model.atlas(), error, self.last_words(error), self.commands, &look_of_err(self.console));
        self.console.err(&drawn);
        let stage = error.stage.as_deref().map(|stage| format!("{stage}, ")).unwrap_or_default();
        self.head(Mark::Failed, &format!("failed after {}: {stage}{}", self.took(), error.class));
        self.console.err(&self.facts());
        if error.class == "budget" {
            // What is spent stays spent: on its own plan it fails alike.
            self.console.err(&format!("  larger budget: {}\n", self.commands.retry_changed(self.file)));
            return Exit::No;
        }
        if let Some(retry) = goon::retry(self.model.atlas(), error.stage.as_deref(), self.commands) {
            self.console.err(&format!("  go on:         {retry}\n"));
        }
        self.console.err(&format!("  with changes:  {}\n", self.commands.retry_changed(self.file)));
        Exit::No
    }

    /// The last lines of output of the stage that failed; a failed round is told with its stage.
    fn last_words(&self, error: &ErrorInfo) -> &[String] {
        let stage = error.stage.as_deref().unwrap_or_default();
        let told = [Some(stage), crate::cli::atlas::parent(stage)].into_iter().flatten();
        let heard = told.filter_map(|path| self.model.last_words.get(path)).find(|lines| !lines.is_empty());
        // What the stage had printed before this process began is not what it failed with now.
        heard.map_or(&[], |heard| if self.last_words.is_empty() { heard } else { &self.last_words })
    }

    fn cancelled(&self) -> Exit {
        // Quiet plain lines have not said it.
        let quiet = self.view == View::Plain && self.console.loudness == Loudness::Quiet;
        if quiet {
            self.mark(Mark::Failed, &format!("cancelled after {}", self.took()));
        }
        self.head(Mark::Failed, &format!("cancelled after {}", self.took()));
        self.console.err(&self.facts());
        self.console.err(&format!("  go on:         {}\n", self.commands.retry()));
        Exit::No
    }

    fn waiting(&self, waits: &[Wait]) -> Exit {
        for wait in waits {
            self.console.err(&self.wait(wait));
        }
        self.head(Mark::Asks, &format!("waits for {}; nothing else runs", waits::what(waits)));
        self.console.err(&format!("then go on: {}\n", self.commands.resume()));
        Exit::Waiting
    }

    /// What is asked at a stage, and the commands that answer it.
    fn wait(&self, wait: &Wait) -> String {
        let unknown = |question: &Question| question.kind == QuestionKind::UnknownOutcome;
        let drawn = match waits::question(self.model, &wait.stage).is_some_and(unknown) {
            true => failure::draw_unknown(self.model.atlas(), &wait.stage, &look_of_err(self.console)),
            false => String::new(),
        };
        if let Some(lack) = [Lack::Secret, Lack::Disk].into_iter().find(|lack| lack.word() == wait.kind) {
            let lines = self.model.live.get(&wait.stage).and_then(|live| live.said.as_ref());
            let missing = lines.map(|line| format!("    {line}\n")).unwrap_or_default();
            return format!("  {} waits for {}\n{missing}", wait.stage, lack.phrase());
        }
        let told = waits::told(self.model, &wait.stage, self.commands);
        drawn + &told.unwrap_or_else(|| format!("  {} goes on when the run is resumed\n", wait.stage))
    }

    fn suspended(&self, stopped: Exit) -> Exit {
        if let Some(killed) = some(&self.model.killed.iter().map(String::as_str).collect::<Vec<_>>()) {
            self.console.err(&format!("killed, outcome unknown: {killed}\n"));
        }
        self.console.err(&format!("run {} suspended; go on: {}\n", self.commands.run(), self.commands.resume()));
        stopped
    }

    /// `kept: a, b    not started: c    effects so far: none`.
    fn facts(&self) -> String {
        let never: Vec<&str> = self.model.untouched().collect();
        let done: Vec<&str> = self.model.done.iter().map(String::as_str).collect();
        let parts = [("kept", some(&done)), ("not started", some(&never))];
        let parts = parts.into_iter().filter_map(|(word, list)| Some(format!("{word}: {}", list?)));
        let effects = format!("effects so far: {}", effects(self.model, &[]));
        format!("  {}\n", parts.chain([effects]).collect::<Vec<_>>().join("    "))
    }

    /// A line on the run, unless plain lines have said it already.
    fn head(&self, mark: Mark, text: &str) {
        if self.view != View::Plain {
            self.mark(mark, text);
        }
    }

    fn mark(&self, mark: Mark, text: &str) {
        let look = Look { unicode: self.console.unicode(), colour: self.console.colours_err() };
        let row = Row::default()
            .with(mark.style(), mark.text(look.unicode))
            .with(anstyle::Style::new(), format!(" run {} {text}", self.commands.run()));
        self.console.err(&format!("{}\n", row.whole(look)));
    }

    fn took(&self) -> String {
        words::took(self.model.now - self.model.started)
    }
}

/// Stages that did something to the world, or may have; so may have those of the stages in `open` that write.
pub fn effects(model: &Model, open: &[&str]) -> String {
    let told = model.effects.iter().map(|(effect, times)| said(&effect.stage, effect.maybe, *times));
    let open = open.iter().filter(|stage| model.is_write(stage)).map(|stage| said(stage, true, 1));
    let told: Vec<String> = told.chain(open).collect();
    if told.is_empty() { "none".to_owned() } else { told.join(", ") }
}

/// Names, as many as a reader takes in.
pub fn some(names: &[&str]) -> Option<String> {
    const NAMED_MAX: usize = 8;
    let named = names[..names.len().min(NAMED_MAX)].join(", ");
    match names.len() {
        0 => None,
        n if n > NAMED_MAX => Some(format!("{named} and {} more", n - NAMED_MAX)),
        _ => Some(named),
    }
}

fn said(stage: &str, maybe: bool, times: u64) -> String {
    let told = counted(stage, times);
    if maybe { format!("{told} (maybe happened)") } else { told }
}

fn counted(stage: &str, times: u64) -> String {
    if times > 1 { format!("{stage} ({times})") } else { stage.to_owned() }
}

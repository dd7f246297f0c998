//! Without a terminal: a line an event, each of which stands alone, with the time of day.

use std::collections::HashMap;

use crate::cli::commands::Commands;
use crate::cli::console::{Console, Loudness};
use crate::cli::render::backlog::{Backlog, Worth};
use crate::cli::render::layout::a_person;
use crate::cli::render::model::{Ended, How, Model, State, Wanted};
use crate::cli::render::outlet::Outlet;
use crate::cli::render::row::{Look, Row};
use crate::cli::render::tally::Naming;
use crate::cli::render::{Renderer, summary};
use crate::cli::run::failure;
use crate::cli::run::waits::lock_told;
use crate::cli::words;
use crate::engine::report::{AwaitedLock, ErrorInfo, Event, Report, WaitReason};

/// How often a stage that runs is heard of, milliseconds.
const HEARTBEAT_MS: i64 = 10_000;

/// How many stages a heartbeat names; of more it gives the number.
const HEARTBEAT_NAMES: usize = 8;

/// A cause that is cut to less than so many bytes says nothing.
const CAUSE_MIN: usize = 12;

/// Writes plain lines.
pub struct Plain {
    console: Console,
    /// Commands about the run.
    commands: Commands,
    err: Outlet,
    /// Lines that are not written yet.
    backlog: Backlog,
    /// When a stage that runs was last heard of.
    heard: HashMap<String, i64>,
    /// A run that goes on does so to be cancelled.
    cancels: bool,
}

impl Plain {
    /// Writes to standard error of `console`.
    ///
    /// # Errors
    /// No thread can be made.
    pub fn new(console: Console, commands: Commands) -> std::io::Result<Self> {
        let err = Outlet::err(&console)?;
        Ok(Self { console, commands, err, backlog: Backlog::default(), heard: HashMap::new(), cancels: false })
    }

    /// A run that goes on only to be cancelled is told so.
    pub fn of_cancelled(self, cancels: bool) -> Self {
        Self { cancels, ..self }
    }

    /// That it goes on.
    fn line(&mut self, at: i64, text: &str) {
        self.push(Worth::Progress, at, text);
    }

    /// What a reader wants to find however late.
    fn kept(&mut self, at: i64, text: &str) {
        self.push(Worth::Kept, at, text);
    }

    fn push(&mut self, worth: Worth, at: i64, text: &str) {
        if self.console.loudness > Loudness::Quiet {
            self.backlog.push(worth, format!("{} {text}\n", words::clock(at)));
        }
    }

    /// The first line of a message; on a terminal in what is left of a line of which so many bytes are taken.
    fn cause(&self, error: &ErrorInfo, taken: usize) -> String {
        let whole = failure::cause(error);
        if !self.console.err_terminal() {
            return if whole.is_empty() { whole } else { format!(": {whole}") };
        }
        let taken = taken + "HH:MM:SS ".len() + ": ".len();
        let room = usize::from(self.console.size().columns).saturating_sub(taken);
        let look = Look { unicode: self.console.unicode(), colour: false };
        let cause = Row::plain(whole).fit(room, look).text;
        if cause.len() < CAUSE_MIN.min(error.message.len()) { String::new() } else { format!(": {cause}") }
    }

    fn detail(&mut self, at: i64, text: &str) {
        if self.console.loudness == Loudness::Verbose {
            self.line(at, text);
        }
    }

    fn flush(&mut self) {
        let text = self.backlog.take(&self.commands.show());
        self.err.give(text);
    }

    /// Where nothing goes on before somebody goes on with another run, that is said in any case.
    fn locked_out(&mut self, who: &str, lock: &AwaitedLock, at: i64) {
        let told = format!("{who} {}", lock_told(lock));
        match lock.stands_still() {
            None => self.line(at, &told),
            Some(run) => {
                let resume = self.commands.of(run).resume();
                let told = format!("{} {told}; go on with it: {resume}\n", words::clock(at));
                self.backlog.push(Worth::Kept, told);
            }
        }
    }

    fn run_event(&mut self, report: &Report, model: &Model, at: i64) {
        let short = self.commands.run().to_owned();
        match &report.event {
            Event::StageWaiting { lock: Some(lock), .. } => self.locked_out(&format!("run {short}"), lock, at),
            Event::RunStarted { workflow, plan, resumed, .. } => {
                let verb = match (resumed, self.cancels) {
                    (false, _) => "started",
                    (true, false) => "goes on",
                    (true, true) => "is cancelled",
                };
                let plan = plan.get(..8).unwrap_or(plan);
                self.kept(at, &format!("run {short} {verb}: {workflow}, plan {plan}"));
            }
            Event::RunSucceeded { .. } => {
                let took = words::took(at - model.started);
                self.kept(at, &format!("run {short} succeeded in {took}: {}", summary::counts(model)));
            }
            Event::RunFailed { error } => {
                let stage = error.stage.as_deref().map(|stage| format!("{stage}, ")).unwrap_or_default();
                let took = words::took(at - model.started);
                self.kept(at, &format!("run {short} failed after {took}: {stage}{}", error.class));
            }
            Event::RunCancelled { .. } => self.kept(at, &format!("run {short} cancelled")),
            Event::RunWaiting { waits } => {
                self.kept(at, &format!("run {short} waits for {}", crate::cli::run::waits::what(waits)));
            }
            Event::RunSuspended { .. } => self.kept(at, &format!("run {short} suspended")),
            Event::Log { line, .. } => self.detail(at, &format!("run {short} | {}", crate::base::text::escape(line))),
            _ => {}
        }
    }

    fn stage_event(&mut self, report: &Report, stage: &str, model: &Model, at: i64) {
        let named = || named(stage, model.live.get(stage).and_then(|live| live.label.as_deref()));
        match &report.event {
            Event::StageStarted { attempt, adopted: true, .. } => {
                self.heard.insert(stage.to_owned(), at);
                self.line(at, &format!("{} attempt {attempt}: what became of it is asked", named()));
            }
            Event::StageStarted { attempt, .. } => {
                self.heard.insert(stage.to_owned(), at);
                self.detail(at, &format!("{} attempt {attempt} started", named()));
            }
            Event::StageRetrying { attempt, error, delay } => {
                if !self.names_retry(stage, model, at) {
                    return;
                }
                let attempt = words::attempt(*attempt, model.attempts(stage));
                let said = format!("{} {attempt} failed{}", named(), class_of(error));
                let next = format!("; next in {}", words::pause(*delay));
                let cause = self.cause(error, said.len() + next.len());
                self.line(at, &format!("{said}{cause}{next}"));
            }
            Event::StageWaiting { reason: WaitReason::Person, until, question, .. } => {
                let who = a_person(question.as_ref());
                let until = until.as_deref().map(|until| words::near(words::parse_time(until), at));
                let until = until.map(|until| format!(" until {until}")).unwrap_or_default();
                let text = question.as_ref().map(|q| format!(": {}", crate::base::text::escape(&q.text)));
                self.kept(at, &format!("{} waits for {who}{until}{}", named(), text.unwrap_or_default()));
            }
            Event::StageWaiting { lock: Some(lock), .. } => self.locked_out(&named(), lock, at),
            Event::StageWaiting { reason, until, awaited, .. } => {
                let until = until.as_deref().map(words::parse_time);
                let wanted = awaited.clone().map_or(Wanted::Nothing, |awaited| Wanted::Event(Box::new(awaited)));
                let line = format!("{} {}", named(), super::layout::waits(*reason, &wanted, until, at));
                match awaited {
                    Some(awaited) => {
                        let send = self.commands.send(&awaited.name, &awaited.key);
                        self.kept(at, &format!("{line}: {send}"));
                    }
                    None => self.detail(at, &line),
                }
            }
            Event::Log { line, .. } => {
                let line = crate::base::text::escape(line);
                self.detail(at, &format!("{} | {line}", named()));
            }
            _ => {}
        }
    }

    fn ended(&mut self, ended: &Ended, model: &Model, at: i64) {
        self.heard.remove(&ended.stage);
        let name = named(&ended.stage, ended.label.as_deref());
        let inner = ended.holds && !ended.own_failure() && ended.items.is_none();
        if inner || !self.names(ended, model, at) {
            return;
        }
        let took = ended.took.map(|took| format!(" in {}", words::took(took))).unwrap_or_default();
        let took = ended.items.map_or(took.clone(), |items| format!("{took}: {}", items.told()));
        match &ended.how {
            How::Succeeded(_) => self.line(at, &format!("{name} succeeded{took}")),
            How::Cached => self.line(at, &format!("{name} cached")),
            How::Kept => self.detail(at, &format!("{name} kept")),
            How::Skipped(because) => self.detail(at, &format!("{name} skipped: {because}")),
            How::Cancelled { maybe: false } => self.line(at, &format!("{name} cancelled")),
            How::Cancelled { maybe: true } => self.line(at, &format!("{name} cancelled; maybe happened")),
            // Why, is said of the item.
            How::Failed { .. } if ended.items.is_some() && !ended.own_failure() => {
                self.kept(at, &format!("{name} failed{took}"));
            }
            How::Failed { error, handled } => {
                let end = failure::left(error, *handled);
                let said = format!("{name} failed{}", class_of(error));
                let cause = self.cause(error, said.len() + end.len());
                self.kept(at, &format!("{said}{cause}{end}"));
            }
        }
    }
}

/// Of maps of many items only the first that goes wrong is named, and the whole.
impl Plain {
    /// Whether the end of a stage is worth a line.
    fn names(&mut self, ended: &Ended, model: &Model, at: i64) -> bool {
        let crowd = model.maps.crowd(&ended.stage).filter(|_| self.console.loudness < Loudness::Verbose);
        let Some((map, tally)) = crowd else { return true };
        let failed = matches!(ended.how, How::Failed { .. });
        failed && self.is_named(tally.names_failure(), &format!("{map}: more failures are only counted"), at)
    }

    fn names_retry(&mut self, stage: &str, model: &Model, at: i64) -> bool {
        let crowd = model.maps.crowd(stage).filter(|_| self.console.loudness < Loudness::Verbose);
        let Some((map, tally)) = crowd else { return true };
        self.is_named(tally.names_retry(), &format!("{map}: more attempts that failed are only counted"), at)
    }

    fn is_named(&mut self, naming: Naming, otherwise: &str, at: i64) -> bool {
        if naming == Naming::First {
            self.kept(at, otherwise);
        }
        naming == Naming::Named
    }
}

impl Renderer for Plain {
    fn report(&mut self, report: &Report, ended: Option<&Ended>, model: &Model) {
        let at = words::parse_time(&report.time);
        match (ended, report.stage.as_deref()) {
            (Some(ended), _) => self.ended(ended, model, at),
            (None, Some(stage)) => self.stage_event(report, stage, model, at),
            (None, None) => self.run_event(report, model, at),
        }
    }

    fn tick(&mut self, model: &Model, now: i64) {
        self.beat(model, now);
        if self.err.is_free() {
            self.flush();
        }
    }

    fn say(&mut self, text: &str) {
        self.backlog.push(Worth::Kept, text.to_owned());
    }

    fn prompt(&mut self, text: &str) {
        self.flush();
        self.err.give(text.to_owned());
    }

    fn clear(&mut self) {
        self.flush();
    }
}

impl Plain {
    /// Says of stages that have run for long that they still do, and of maps of many items how far they are.
    fn beat(&mut self, model: &Model, now: i64) {
        let mut due: Vec<(u64, String)> = Vec::new();
        for (stage, heard) in &mut self.heard {
            let live = model.live.get(stage).filter(|live| live.state == State::Running && !live.holds);
            let live = live.filter(|_| now - *heard >= HEARTBEAT_MS && model.maps.crowd(stage).is_none());
            if let Some(live) = live {
                *heard = now;
                let name = named(stage, live.label.as_deref());
                // What the runtime said last may be why.
                let why = live.said.as_ref().filter(|_| live.by_runtime).map(|said| format!(": {said}"));
                let since = words::about(now - live.since);
                due.push((live.order, format!("{name} still running, {since}{}", why.unwrap_or_default())));
            }
        }
        self.beat_of_crowds(model, now);
        due.sort_unstable();
        if due.len() > HEARTBEAT_NAMES {
            self.line(now, &format!("{} stages still running", due.len()));
        } else {
            due.into_iter().for_each(|(_, line)| self.line(now, &line));
        }
    }

    fn beat_of_crowds(&mut self, model: &Model, now: i64) {
        for (map, tally) in model.maps.crowds() {
            let heard = self.heard.entry(map.to_owned()).or_insert(model.live.get(map).map_or(now, |live| live.since));
            if now - *heard >= HEARTBEAT_MS {
                *heard = now;
                self.line(now, &format!("{map}: {}", model.progress(map, tally)));
            }
        }
    }
}

/// The class of a failure, after `failed`: that of those that have no other says nothing more.
fn class_of(error: &ErrorInfo) -> String {
    if error.class == "failed" { String::new() } else { format!(": {}", error.class) }
}

fn named(stage: &str, label: Option<&str>) -> String {
    label.map_or_else(|| stage.to_owned(), |label| format!("{stage} ({label})"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::cli::console::ColorChoice;
    use crate::cli::render::samples::{
        atlas, failed, log, noon, of_run, on, ready, retrying, run_started, started, succeeded,
    };

    /// What is said of these reports and at these times, with times of day left out.
    fn said(loudness: Loudness, reports: Vec<Report>, beats: &[i64]) -> String {
        let commands = Commands::new("m4xk", Path::new(".wfc"), Some(".wfc".into()));
        let mut plain = Plain::new(Console::open(ColorChoice::Never, loudness), commands).unwrap();
        let mut model = Model::new(atlas(["issues", "triaged"]));
        for report in reports {
            let ended = model.apply(&report);
            plain.report(&report, ended.as_ref(), &model);
        }
        for beat in beats {
            plain.beat(&model, noon(*beat));
        }
        plain.backlog.take("").lines().map(|line| format!("{}\n", &line["HH:MM:SS ".len()..])).collect()
    }

    fn reports() -> Vec<Report> {
        vec![
            of_run(0, run_started()),
            on("issues", 0, ready()),
            on("issues", 0, started(1)),
            on("issues", 700, log("\u{1b}]52;c;evil\u{7}")),
            on("issues", 800, succeeded(0)),
            on("triaged", 800, ready()),
            on("triaged[0].kind", 800, started(1)),
            on("triaged[0].kind", 1_800, retrying(1, "rate_limited", 3_000)),
            on("triaged[0].kind", 4_800, started(2)),
            on("triaged[1].kind", 4_900, started(1)),
            on("triaged[1].kind", 5_000, failed("invalid_output", true)),
        ]
    }

    #[test]
    fn every_line_stands_alone_and_long_attempts_are_heard_of() {
        insta::assert_snapshot!(said(Loudness::Usual, reports(), &[9_000, 15_000, 16_000, 25_000]), @r#"
        run m4xk started: triage, plan 9f31c07a
        issues succeeded in 0.8s
        triaged[0].kind attempt 1 of 4 failed: rate_limited: it rate_limited; next in 3s
        triaged[1].kind failed: invalid_output: it invalid_output; handled
        triaged[0].kind still running, 10s
        triaged[0].kind still running, 20s
        "#);
    }

    #[test]
    fn more_is_said_if_that_is_wanted_and_nothing_commands_the_terminal() {
        insta::assert_snapshot!(said(Loudness::Verbose, reports(), &[]), @r#"
        run m4xk started: triage, plan 9f31c07a
        issues attempt 1 started
        issues | \u{1b}]52;c;evil\u{7}
        issues succeeded in 0.8s
        triaged[0].kind attempt 1 started
        triaged[0].kind attempt 1 of 4 failed: rate_limited: it rate_limited; next in 3s
        triaged[0].kind attempt 2 started
        triaged[1].kind attempt 1 started
        triaged[1].kind failed: invalid_output: it invalid_output; handled
        "#);
    }

    /// What goes on counts what ends now, and takes as long as the run has taken since it began.
    #[test]
    fn a_run_that_goes_on_counts_no_stage_that_holds_others() {
        let resumed = Event::RunStarted {
            format: 1,
            workflow: "triage".into(),
            plan: "9f31c07a".into(),
            inputs: Default::default(),
            resumed: true,
        };
        let reports = [
            of_run(60_000, resumed),
            on("triaged", 60_000, ready()),
            on("triaged[1].kind", 61_000, succeeded(0)),
            on("triaged", 61_000, succeeded(0)),
        ];
        let mut model = Model::new(atlas(["triaged"])).since(noon(0));
        reports.iter().for_each(|report| _ = model.apply(report));
        assert_eq!(summary::counts(&model), "1 succeeded");
        assert_eq!(model.now - model.started, 61_000);
    }

    #[test]
    fn a_map_of_many_items_says_how_far_it_is() {
        let begun =
            |n: usize, at| on(&format!("triaged[{n}]"), at, Event::StageReady { label: None, items: Some(5_000) });
        let mut reports = vec![on("triaged", 0, ready()), begun(0, 0), on("triaged[0]", 0, started(1))];
        reports.extend([
            on("triaged[0]", 500, failed("timeout", true)),
            begun(1, 500),
            on("triaged[1]", 500, started(1)),
        ]);
        insta::assert_snapshot!(said(Loudness::Usual, reports, &[9_000, 10_000, 12_000, 20_000]), @r#"
        triaged[0] failed: timeout: it timeout; handled
        triaged: 1 of 5_000 done, 1 failed
        triaged: 1 of 5_000 done, 1 failed
        "#);
    }

    #[test]
    fn many_long_attempts_are_counted() {
        let stages: Vec<String> = (0..9).map(|n| format!("s{n}")).collect();
        let reports = stages.iter().map(|stage| on(stage, 0, started(1))).collect();
        assert_eq!(said(Loudness::Usual, reports, &[10_000]), "9 stages still running\n");
        assert_eq!(said(Loudness::Quiet, super::tests::reports(), &[99_000]), "");
    }
}

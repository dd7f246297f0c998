//! What a runner tells: reports in their order, lines of output, what is known already when a run goes on.

use std::sync::atomic::Ordering;

use crate::agent::Stream;
use crate::engine::locks;
use crate::engine::report::{self, Awaited, Report};
use crate::engine::runner::Runner;
use crate::engine::state::AttemptId;
use crate::engine::step::attempt::Attempt;
use crate::engine::step::event::Listener;
use crate::engine::step::notice::{error_info, rfc3339};
use crate::engine::worker::Line;
use crate::value::json::Plain;

impl Runner {
    pub(super) fn report(&mut self, stage: Option<String>, event: report::Event) {
        if self.told_at.0 != self.run.at || self.told_at.1.is_empty() {
            self.told_at = (self.run.at, rfc3339(self.run.at).into());
        }
        let time = self.told_at.1.clone();
        let report = Report { run: self.run.id.clone(), seq: self.next_report, time, stage, event };
        self.next_report += 1;
        self.setup.reporter.report(&report);
    }

    pub(super) fn show_lines(&mut self) {
        while let Ok(line) = self.lines.try_recv() {
            self.show_line(line);
        }
        let dropped = self.lines_dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            let line = format!("{dropped} lines came too fast to be shown");
            self.report(None, report::Event::Log { attempt: 0, stream: Stream::Runtime, line });
        }
    }

    pub(super) fn show_line(&mut self, line: Line) {
        let event = report::Event::Log { attempt: line.attempt, stream: line.stream, line: line.line };
        self.report(Some(line.stage), event);
    }

    /// Tells what is known already when a run goes on: stages that hold others and are under way, results that are kept, failures
    /// that there have been, people who are asked, messages and locks that are awaited.
    pub(super) fn report_kept(&mut self) {
        for stage in self.run.holders(&self.setup.plan) {
            self.report(Some(stage), report::Event::StageReady { label: None, items: None });
        }
        for (stage, attempt, value) in self.run.results(&self.setup.plan) {
            let result = Plain(value);
            let (usage, cache) = Default::default();
            self.report(Some(stage), report::Event::StageSucceeded { attempt, result, kept: true, cache, usage });
        }
        for (stage, error, handled) in self.run.failures(&self.setup.plan) {
            let (attempt, error) = (error.attempts, error_info(&error, Some(&stage)));
            self.report(Some(stage), report::Event::StageFailed { attempt, error, handled, kept: true });
        }
        for open in self.run.questions(&self.setup.plan) {
            self.report(Some(open.stage), report::Event::asks(open.question, open.until.map(rfc3339)));
        }
        for Listener { stage, address: (name, key), until, .. } in self.run.listeners(&self.setup.plan) {
            self.report(Some(stage), report::Event::listens(Awaited { name, key }, until.map(rfc3339)));
        }
        for (stage, lock, until) in locks::awaited(&self.setup.plan, &self.run) {
            self.report(stage, report::Event::locked_out(lock, Some(rfc3339(until))));
        }
    }

    /// Tells that an attempt which another process began is asked after: until its end is known it counts as running.
    pub(super) fn report_adopted(&mut self, id: AttemptId) {
        let Some(attempt) = self.run.attempt(&self.setup.plan, id) else { return };
        let agent = self.action_name(&attempt);
        let Attempt { stage, attempt, key, .. } = attempt;
        self.report(Some(stage), report::Event::StageStarted { attempt, agent, key, adopted: true });
    }
}

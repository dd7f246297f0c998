//! The thread that shows a run: takes its reports, draws, asks. It never waits for who reads, so that the engine may wait for it.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::cli::render::Renderer;
use crate::cli::render::model::{LINES_KEPT, Model, State};
use crate::cli::run::asker::Asker;
use crate::cli::words;
use crate::engine::report::{AwaitedLock, Event, Report, Reporter, WaitReason};

/// How long nothing may happen before the screen is drawn again.
const TICK: Duration = Duration::from_millis(100);

/// Messages that wait to be taken in at most; of lines of output beyond that the last of each stage are shown (the store has
/// more), for all else the engine waits the moment that it takes.
const QUEUE_MAX: usize = 8_192;

/// Messages that are taken in before the screen is drawn at the latest.
const BATCH_MAX: usize = 1_024;

/// Gives the id by which people know a run.
pub type Short = Box<dyn Fn(&str) -> String + Send>;

/// What the thread is told.
pub enum Message {
    /// Something happened.
    Report(Box<Report>),
    /// A person typed a line; `None` at the end of the input.
    Line(Option<String>),
    /// Ctrl-C or TERM: so many times.
    Interrupted(u32),
    /// The run stands still.
    End,
}

/// A run that is being shown.
pub struct Screen {
    sender: SyncSender<Message>,
    thread: JoinHandle<Model>,
}

impl Screen {
    /// Starts to show a run. `time` gives the time by which what is under way is measured; without it the reports' own is taken.
    /// The first question at a stage that is `answered` is not shown; ids of other runs are told as `short` has them.
    pub fn start(
        model: Model,
        renderer: Box<dyn Renderer>,
        asker: Option<Asker>,
        time: Option<fn() -> i64>,
        answered: HashSet<String>,
        short: Option<Short>,
    ) -> std::io::Result<Self> {
        let (sender, receiver) = sync_channel(QUEUE_MAX);
        let lines = sender.clone();
        let stage = Stage { model, renderer, asker, lines, receiver, time, answered, short };
        let thread = std::thread::Builder::new().name("screen".into()).spawn(move || stage.show())?;
        Ok(Self { sender, thread })
    }

    /// Whom the engine tells.
    pub fn reporter(&self) -> Box<dyn Reporter> {
        Box::new(Sender { screen: self.sender.clone(), late: BTreeMap::new() })
    }

    /// A way to tell the thread more.
    pub fn sender(&self) -> SyncSender<Message> {
        self.sender.clone()
    }

    /// Shows what is left, takes away what is drawn only for the moment, gives what is known of the run.
    ///
    /// `None` if the thread is gone, which only a bug in it can bring about.
    pub fn end(self) -> Option<Model> {
        // The last of it is written when somebody reads it: the end of the thread may be long in coming.
        let _ = self.sender.send(Message::End);
        self.thread.join().ok()
    }
}

/// Reports to the screen. Lines of output wait here while it has too much to do, of each stage the last ones.
struct Sender {
    screen: SyncSender<Message>,
    late: BTreeMap<Option<String>, VecDeque<Report>>,
}

impl Reporter for Sender {
    fn report(&mut self, report: &Report) {
        match report.event {
            Event::Log { .. } => self.line(report),
            _ => {
                for line in std::mem::take(&mut self.late).into_values().flatten().chain([report.clone()]) {
                    let _ = self.screen.send(Message::Report(Box::new(line)));
                }
            }
        }
    }
}

impl Sender {
    fn line(&mut self, report: &Report) {
        if self.late.is_empty() && self.screen.try_send(Message::Report(Box::new(report.clone()))).is_ok() {
            return;
        }
        let lines = self.late.entry(report.stage.clone()).or_default();
        if lines.len() == LINES_KEPT {
            lines.pop_front();
        }
        lines.push_back(report.clone());
        self.catch_up();
    }

    /// Sends on what the screen can take.
    fn catch_up(&mut self) {
        while let Some(mut stage) = self.late.first_entry() {
            while let Some(line) = stage.get_mut().pop_front() {
                if let Err(TrySendError::Full(_)) = self.screen.try_send(Message::Report(Box::new(line.clone()))) {
                    stage.get_mut().push_front(line);
                    return;
                }
            }
            stage.remove();
        }
    }
}

struct Stage {
    model: Model,
    renderer: Box<dyn Renderer>,
    asker: Option<Asker>,
    lines: SyncSender<Message>,
    receiver: Receiver<Message>,
    time: Option<fn() -> i64>,
    /// Stages whose question is told once more before its answer is taken.
    answered: HashSet<String>,
    /// Nothing where ids are to be told whole.
    short: Option<Short>,
}

impl Stage {
    fn show(mut self) -> Model {
        while self.wait() {
            let now = self.now();
            self.renderer.tick(&self.model, now);
        }
        if let Some(asker) = &mut self.asker {
            asker.stop(self.renderer.as_mut());
        }
        let now = self.now();
        self.renderer.tick(&self.model, now);
        self.renderer.clear();
        self.model
    }

    /// Takes in what there is, waiting a moment for the first; gives whether there can be more.
    fn wait(&mut self) -> bool {
        let mut next = match self.receiver.recv_timeout(TICK) {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return false,
        };
        for _ in 0..BATCH_MAX {
            let Some(message) = next else { return true };
            if !self.take(message) {
                return false;
            }
            next = self.receiver.try_recv().ok();
        }
        next.is_none_or(|message| self.take(message))
    }

    fn take(&mut self, message: Message) -> bool {
        match message {
            Message::End => return false,
            Message::Report(report) => self.report(&report),
            Message::Interrupted(times) => self.interrupted(times),
            Message::Line(line) => {
                let now = self.now();
                if let Some(asker) = &mut self.asker {
                    asker.line(line.as_deref(), self.renderer.as_mut(), &self.lines, now);
                }
            }
        }
        true
    }

    fn report(&mut self, report: &Report) {
        let report = &self.shortened(report);
        let ended = self.model.apply(report);
        if self.is_answered(report) {
            return;
        }
        self.renderer.report(report, ended.as_ref(), &self.model);
        let now = self.now();
        if let Some(asker) = &mut self.asker {
            asker.report(report, ended.as_ref(), &self.model, self.renderer.as_mut(), &self.lines, now);
        }
    }

    /// Of the run that holds a lock people are told the id that they know.
    fn shortened<'a>(&self, report: &'a Report) -> Cow<'a, Report> {
        let (Event::StageWaiting { lock: Some(AwaitedLock { run: Some(run), .. }), .. }, Some(short)) =
            (&report.event, &self.short)
        else {
            return Cow::Borrowed(report);
        };
        let (told, mut report) = (short(run), report.clone());
        if let Event::StageWaiting { lock: Some(lock), .. } = &mut report.event {
            lock.run = Some(told);
        }
        Cow::Owned(report)
    }

    /// Whether a question is told that has its answer already.
    fn is_answered(&mut self, report: &Report) -> bool {
        let asks = matches!(report.event, Event::StageWaiting { reason: WaitReason::Person, .. });
        asks && report.stage.as_ref().is_some_and(|stage| self.answered.remove(stage))
    }

    fn interrupted(&mut self, times: u32) {
        if times > 1 {
            return;
        }
        let running = self.model.live.iter().filter(|(_, live)| live.state == State::Running && !live.holds);
        let limits: Vec<Option<i64>> =
            running.map(|(path, _)| self.model.atlas().find(path).and_then(|found| found.call?.timeout)).collect();
        let longest = limits.iter().copied().collect::<Option<Vec<i64>>>().and_then(|all| all.into_iter().max());
        let bound = longest.map(|ms| format!(" (at most {})", words::about(ms))).unwrap_or_default();
        let text = match limits.len() as u64 {
            0 => "suspending: nothing new starts\n".to_owned(),
            n => {
                let attempts = words::count(n, "attempt", "attempts");
                format!("suspending: {attempts} may end{bound}, nothing new starts\nCtrl-C again kills them\n")
            }
        };
        self.renderer.say(&text);
    }

    fn now(&self) -> i64 {
        self.time.map_or(self.model.now, |time| time().max(self.model.now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::render::samples::{failed, log, on};

    /// However far the screen is behind, what was said last before a failure is heard before it.
    #[test]
    fn the_last_lines_are_heard_however_many_there_are() {
        let (screen, heard) = sync_channel(4);
        let mut sender = Sender { screen, late: BTreeMap::new() };
        for n in 0..100 {
            sender.report(&on("loud", 0, log(&n.to_string())));
        }
        let take = std::thread::spawn(move || heard.into_iter().collect::<Vec<_>>());
        sender.report(&on("loud", 1, failed("failed", false)));
        drop(sender);
        let line = |message: Message| match message {
            Message::Report(report) => match report.event {
                Event::Log { line, .. } => line,
                _ => "end".to_owned(),
            },
            _ => String::new(),
        };
        let told: Vec<String> = take.join().unwrap().into_iter().map(line).collect();
        let last: Vec<String> = (90..100).map(|n| n.to_string()).chain(["end".to_owned()]).collect();
        assert_eq!(told[told.len() - 11..], last);
        assert_eq!(told[..4], ["0", "1", "2", "3"]);
    }
}

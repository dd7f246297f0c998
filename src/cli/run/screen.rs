//! The thread that shows a run: takes its reports, draws, asks. It never waits for who reads, so that the engine may wait for it.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::cli::render::Renderer;
use crate::cli::render::model::{Model, State};
use crate::cli::run::asker::Asker;
use crate::cli::words;
use crate::engine::report::{Event, Report, Reporter};

/// How long nothing may happen before the screen is drawn again.
const TICK: Duration = Duration::from_millis(100);

/// Messages that wait to be taken in at most; lines of output beyond that are not shown (the store has them), for all else the
/// engine waits the moment that it takes.
const QUEUE_MAX: usize = 8_192;

/// Messages that are taken in before the screen is drawn at the latest.
const BATCH_MAX: usize = 1_024;

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
    pub fn start(
        model: Model,
        renderer: Box<dyn Renderer>,
        asker: Option<Asker>,
        time: Option<fn() -> i64>,
    ) -> std::io::Result<Self> {
        let (sender, receiver) = sync_channel(QUEUE_MAX);
        let lines = sender.clone();
        let stage = Stage { model, renderer, asker, lines, receiver, time };
        let thread = std::thread::Builder::new().name("screen".into()).spawn(move || stage.show())?;
        Ok(Self { sender, thread })
    }

    /// Whom the engine tells.
    pub fn reporter(&self) -> Box<dyn Reporter> {
        Box::new(Sender(self.sender.clone()))
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

struct Sender(SyncSender<Message>);

impl Reporter for Sender {
    fn report(&mut self, report: &Report) {
        let message = Message::Report(Box::new(report.clone()));
        match self.0.try_send(message) {
            Err(TrySendError::Full(Message::Report(report))) if !matches!(report.event, Event::Log { .. }) => {
                let _ = self.0.send(Message::Report(report));
            }
            _ => {}
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
        let ended = self.model.apply(report);
        self.renderer.report(report, ended.as_ref(), &self.model);
        let now = self.now();
        if let Some(asker) = &mut self.asker {
            asker.report(report, ended.as_ref(), &self.model, self.renderer.as_mut(), &self.lines, now);
        }
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

//! Drives the run of a test: in memory, on a virtual clock, one process after the other. A recorded run that was stopped, or went
//! on after its end, is stopped and goes on at the same times.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

use super::actor::Actor;
use super::case::Ready;
use super::crash;
use super::lives::{Retried, Turn};
use super::people::{Mailbox, People};
use super::script::{Call, NEVER, Trouble, World};
use super::trace::{self, Line};
use crate::agent::secret::Redactor;
use crate::agent::{Agent, Usage};
use crate::engine::clock::{Clock, VirtualClock};
use crate::engine::marks::{self, Marks, Retraced};
use crate::engine::report::{Event, Report};
use crate::engine::{self, Control, Mode, Options, Outcome, RunError, Setup};
use crate::store::memory::{Commit, Crash, Hook, MemoryStore, Verdict};
use crate::store::{RunInfo, Status, Store};

/// The run of every test.
pub(super) const RUN: &str = "test";
/// Who starts it, but for a recorded one.
const TESTER: &str = "tester";
/// When it starts: 2026-01-01T00:00:00Z, milliseconds since 1970.
pub(super) const START_MS: i64 = 1_767_225_600_000;
/// Virtual time after which nothing can be waited for any more: a thousand years.
const END_MS: i64 = START_MS + 1_000 * 365 * 86_400_000;

/// A run that has come to an end, or got stuck.
pub(super) struct Ended {
    /// How; a run that cannot go on says why.
    pub outcome: Result<Outcome, String>,
    pub troubles: Vec<Trouble>,
    pub calls: Vec<Call>,
    /// Mocks that nothing met.
    pub unmatched: Vec<usize>,
    pub reports: Vec<Report>,
    pub trace: Vec<Line>,
    /// Where it has been.
    pub marks: Marks,
    pub elapsed_ms: i64,
    pub spent: Usage,
    /// To which length each commit of the engine brought the journal.
    pub commits: Vec<u64>,
}

/// A run with its world; the store is what a process that dies leaves behind.
pub(super) struct Stage {
    ready: Arc<Ready>,
    world: Arc<World>,
    mailbox: Arc<Mailbox>,
    store: MemoryStore,
    hook: Arc<Mutex<Hook>>,
    now_ms: i64,
    seed: u64,
    /// Turns of a recorded run that are behind it.
    turned: usize,
}

/// How a process begins.
struct Beginning {
    mode: Mode,
    /// All chance of the run, where it is known.
    seed: Option<u64>,
    account: String,
}

/// How a process came to its end.
enum Over {
    /// By itself.
    Ended(Result<Outcome, RunError>),
    /// At this time its recording says so.
    Stopped,
}

/// Runs it from start to end in one process.
pub(super) fn whole(ready: &Arc<Ready>, seed: u64) -> Ended {
    alone(async {
        let mut stage = Stage::new(ready, seed);
        let commits = Arc::new(Mutex::new(Vec::new()));
        let (seen, mut length) = (commits.clone(), 0);
        stage.set_hook(move |commit| {
            let own = crash::length(commit);
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            // A new run has no journal yet, and what comes from outside is not the engine's.
            if own > 0 || seen.is_empty() {
                length += own;
                seen.push(length);
            }
            Verdict::Commit
        });
        let outcome = stage.process().await;
        let ended = stage.ended(outcome).await;
        let commits = commits.lock().map(|commits| commits.clone()).unwrap_or_default();
        Ended { commits, ..ended }
    })
}

/// A thread of its own for the tasks of a run: they take turns, the same each time.
pub(super) fn alone<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime without I/O needs nothing from the system").block_on(work)
}

impl Stage {
    pub fn new(ready: &Arc<Ready>, seed: u64) -> Self {
        Self {
            ready: ready.clone(),
            world: World::new(ready),
            mailbox: Arc::new(Mailbox::of(ready.recording.as_ref())),
            store: MemoryStore::new(),
            hook: Arc::new(Mutex::new(Box::new(|_: &Commit<'_>| Verdict::Commit))),
            now_ms: START_MS,
            seed,
            turned: 0,
        }
    }

    /// Asks `hook` before each commit from now on, of every process.
    pub fn set_hook(&mut self, hook: impl FnMut(&Commit<'_>) -> Verdict + Send + 'static) {
        self.hook = Arc::new(Mutex::new(Box::new(hook)));
        self.listen();
    }

    fn listen(&self) {
        let hook = self.hook.clone();
        self.store.set_hook(move |commit| hook.lock().unwrap_or_else(PoisonError::into_inner)(commit));
    }

    /// What the next process finds after the one before it has died.
    pub fn reopen(&mut self) {
        self.store = self.store.reopen(Crash::Kill);
        self.listen();
    }

    /// Begins the run, or goes on with it, until it or its process ends otherwise than its recording says.
    pub async fn process(&mut self) -> Result<Outcome, RunError> {
        loop {
            let stop = self.turn().filter(|turn| turn.retried.is_none()).map(|turn| START_MS + turn.stopped + 1);
            match self.one(stop).await {
                Over::Stopped => self.take_turn(),
                Over::Ended(outcome) if self.goes_on_after(&outcome) => self.take_turn(),
                Over::Ended(outcome) => return outcome,
            }
            self.reopen();
        }
    }

    /// What comes next of a recorded run.
    fn turn(&self) -> Option<&Turn> {
        self.ready.recording.as_ref()?.lives.turns.get(self.turned)
    }

    fn take_turn(&mut self) {
        let Some(turn) = self.turn().cloned() else { return };
        self.turned += 1;
        self.now_ms = self.now_ms.max(START_MS + turn.at);
        self.world.begin_life(self.turned);
        if turn.retried.is_some() {
            self.mailbox.begin_anew(self.now_ms);
        }
    }

    /// Whether its recording goes on after an end; up to there it is not stopped any more.
    fn goes_on_after(&mut self, outcome: &Result<Outcome, RunError>) -> bool {
        let ended = match outcome {
            Ok(Outcome::Failed(_) | Outcome::Cancelled) => true,
            // Its process died right after it had written the end.
            Err(RunError::Ended { status, .. }) => *status != Status::Succeeded,
            _ => false,
        };
        let Some(recording) = self.ready.recording.as_ref().filter(|_| ended && self.world.troubles().is_empty())
        else {
            return false;
        };
        let next = recording.lives.turns.iter().skip(self.turned).position(|turn| turn.retried.is_some());
        self.turned += next.unwrap_or_default();
        next.is_some()
    }

    /// One process; it is stopped at this time.
    async fn one(&mut self, stop: Option<i64>) -> Over {
        let clock = Arc::new(VirtualClock::new(self.now_ms));
        let (sender, control) = mpsc::unbounded_channel();
        let people = People {
            world: self.world.clone(),
            mailbox: self.mailbox.clone(),
            store: self.store.clone(),
            clock: clock.clone(),
            control: sender.clone(),
            carriers: Arc::new(Mutex::new(Vec::new())),
            resuming: false,
        };
        let carriers = people.carriers.clone();
        people.carry_on();
        let watch = tokio::spawn(watch(self.world.clone(), clock.clone(), sender.clone())).abort_handle();
        tokio::task::yield_now().await;
        let over = tokio::select! {
            biased;
            outcome = self.drive(&clock, sender, control, people) => Over::Ended(outcome),
            () = until(&clock, stop) => Over::Stopped,
        };
        watch.abort();
        carriers.lock().unwrap_or_else(PoisonError::into_inner).drain(..).for_each(|carrier| carrier.abort());
        self.now_ms = clock.now_ms();
        over
    }

    /// How the next process takes up a run that was begun.
    fn continuation(&self) -> Beginning {
        let made = self.store.journal(RUN).iter().filter(|record| record.body.starts_with("{\"retried\"")).count();
        let turns = self.ready.recording.iter().flat_map(|recording| recording.lives.turns.iter().take(self.turned));
        match turns.filter_map(|turn| turn.retried.as_ref()).nth(made) {
            Some(Retried { again, by, seed }) => {
                let mode = Mode::Retry { run: RUN.into(), again: again.clone() };
                Beginning { mode, seed: Some(*seed), account: by.clone() }
            }
            None => {
                let mode = Mode::Resume { run: RUN.into(), takeover: false };
                Beginning { mode, seed: None, account: TESTER.into() }
            }
        }
    }

    async fn drive(
        &self,
        clock: &Arc<VirtualClock>,
        sender: mpsc::UnboundedSender<Control>,
        control: mpsc::UnboundedReceiver<Control>,
        people: People,
    ) -> Result<Outcome, RunError> {
        let Beginning { mode, seed, account } = match self.store.find(RUN).await {
            Ok(_) => self.continuation(),
            Err(_) => {
                for content in self.ready.files.values() {
                    self.store.put_blob(content.to_vec()).await?;
                }
                self.store.create(&self.info(), &self.ready.text).await?;
                let seed = self.ready.recording.as_ref().and_then(|recording| recording.lives.seed);
                Beginning { mode: Mode::Start { run: RUN.into() }, seed, account: TESTER.into() }
            }
        };
        let (mut chance, mut recorded) = (self.seed, seed);
        let limits = self.ready.recording.as_ref().and_then(|recording| recording.lives.limits.clone());
        let actor = |agent| -> Arc<dyn Agent> {
            let (world, clock) = (self.world.clone(), clock.clone());
            Arc::new(Actor { world, agent, clock, control: sender.clone() })
        };
        let setup = Setup {
            plan: self.ready.plan.clone(),
            agents: (0..self.ready.plan.agents.len()).map(actor).collect(),
            store: Arc::new(self.store.clone()),
            clock: clock.clone(),
            random: Box::new(move || {
                chance = chance.wrapping_add(0x9e37_79b9_7f4a_7c15);
                recorded.take().unwrap_or(chance)
            }),
            redactor: Redactor::default(),
            reporter: Box::new(people),
            control,
            options: Options { account, wait: true, limits, ..Options::default() },
        };
        engine::rehearse(setup, mode).await
    }

    fn info(&self) -> RunInfo {
        RunInfo {
            id: RUN.into(),
            key: "test".into(),
            workflow: self.ready.plan.name.clone(),
            plan: self.ready.plan.hash.clone(),
            inputs: self.ready.inputs.clone(),
            status: Status::Running,
            started: START_MS,
            ended: None,
            because: None,
            result: None,
            requester: self.ready.recording.as_ref().map_or(TESTER, |recording| &recording.requester).into(),
            root: String::new(),
            file: String::new(),
            call_dir: String::new(),
        }
    }

    /// What became of it, as the journal has it.
    pub async fn ended(self, outcome: Result<Outcome, RunError>) -> Ended {
        let retraced = match self.store.find(RUN).await {
            Ok(info) => marks::retrace(&self.store, &info, &self.ready.plan).await,
            Err(error) => Err(error.into()),
        };
        let outcome = match (outcome, &retraced) {
            (Ok(_), Err(error)) => Err(error.to_string()),
            // Its process died right after it had written the end.
            (Err(RunError::Ended { .. }), Ok(told)) => end(&told.reports).ok_or("its end is not in its journal".into()),
            (outcome, _) => outcome.map_err(|error| error.to_string()),
        };
        let Retraced { reports, marks, usage } = retraced.unwrap_or_default();
        let troubles = self.world.troubles();
        let last = self.store.journal(RUN).last().map_or(START_MS, |record| record.at);
        Ended {
            outcome,
            calls: self.world.calls(),
            unmatched: self.world.unmatched(),
            trace: trace::of(&reports, troubles.is_empty()),
            troubles,
            marks,
            reports,
            elapsed_ms: last - START_MS,
            spent: usage,
            commits: Vec::new(),
        }
    }
}

fn end(reports: &[Report]) -> Option<Outcome> {
    reports.iter().rev().find_map(|report| match &report.event {
        Event::RunSucceeded { result, .. } => Some(Outcome::Succeeded(result.json())),
        Event::RunFailed { error } => Some(Outcome::Failed(error.clone())),
        Event::RunCancelled { .. } => Some(Outcome::Cancelled),
        _ => None,
    })
}

/// Waits until this time, or for ever.
async fn until(clock: &VirtualClock, at_ms: Option<i64>) {
    match at_ms {
        Some(at_ms) => clock.sleep_until(at_ms).await,
        None => std::future::pending().await,
    }
}

/// Ends a run in which nothing happens any more.
async fn watch(world: Arc<World>, clock: Arc<VirtualClock>, control: mpsc::UnboundedSender<Control>) {
    clock.sleep_until(END_MS.min(NEVER)).await;
    world.trouble(Trouble::Stuck);
    // Whoever drove the run may be gone.
    let _ = control.send(Control::Kill);
}

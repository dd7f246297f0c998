//! Drives a run: gathers what happened, steps, commits, and only then carries out what follows.
//!
//! Invariant: an effect is carried out only after the records that led to it are durable.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::agent::{Context, Failure, Request};
use crate::engine::context::Shared;
use crate::engine::files;
use crate::engine::journal::{Event, FORMAT, Limits, Payload};
use crate::engine::mail::Letters;
use crate::engine::recall::{Beginning, Equals};
use crate::engine::state::{Address, AttemptId, Run};
use crate::engine::step::attempt::Attempt;
use crate::engine::step::{Effect, Notice, step};
use crate::engine::worker::{Done, Line, Worker};
use crate::engine::{Control, Mode, Outcome, RunError, Setup, begin};
use crate::store::locks::Claims;
use crate::store::{Lease, Message, Record, RunInfo};

/// How long an attempt may take to end after it was told to, milliseconds.
const GRACE_MS: i64 = 15_000;
/// How long an attempt that another process began may take to say what became of it, milliseconds.
const RECOVERY_MS: i64 = 5_000;
/// Ends of attempts that are committed at once.
const BATCH: usize = 4_096;
/// Lines of output that wait to be shown.
pub(super) const LINES: usize = 1_024;
/// How often words from outside are looked for.
const POLL: Duration = Duration::from_millis(200);

/// Drives a run until it ends, parks or is suspended.
///
/// # Errors
/// The store's; a journal that does not fit; a mode that does not fit the run.
pub async fn run(setup: Setup, mode: Mode) -> Result<Outcome, RunError> {
    // A task of its own: it and the attempts that it starts then take turns on one thread, rather than wake each other across
    // threads for every stage.
    let mut task = JoinSet::new();
    task.spawn(drive(setup, mode));
    match task.join_next().await {
        Some(Ok(outcome)) => outcome,
        Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // The task is neither cancelled nor joined elsewhere; dropping the set ends it.
        _ => Err(RunError::Stopped),
    }
}

async fn drive(setup: Setup, mode: Mode) -> Result<Outcome, RunError> {
    let mut runner = begin::begin(setup, mode).await?;
    loop {
        let outcome = match runner.turn().await? {
            Turn::Go => continue,
            Turn::Stop(outcome) => outcome,
        };
        runner.run.check_shelf()?;
        while runner.forgetting.join_next().await.is_some() {}
        return Ok(outcome);
    }
}

/// A run that this process drives.
pub(super) struct Runner {
    pub setup: Setup,
    pub lease: Lease,
    pub shared: Shared,
    pub info: RunInfo,
    pub run: Run,
    /// Number of the next record.
    pub next_record: u64,
    /// What the clock is behind the journal: the journal's time goes on where it was.
    pub ahead_ms: i64,
    /// Number of the next report.
    pub next_report: u64,
    pub running: BTreeMap<AttemptId, Running>,
    /// When attempts have to end.
    pub dues: BTreeSet<(i64, AttemptId)>,
    pub done_sender: mpsc::UnboundedSender<(AttemptId, Done)>,
    pub done: mpsc::UnboundedReceiver<(AttemptId, Done)>,
    pub lines: mpsc::Receiver<Line>,
    pub lines_dropped: Arc<AtomicU64>,
    pub forgetting: JoinSet<()>,
    /// The channel of signals is open.
    pub controlled: bool,
    /// Attempts are being killed, and the run suspended then.
    pub killing: bool,
    pub killed: Vec<String>,
    /// Look for words from outside.
    pub look: bool,
    /// When they are looked for again, however busy the run is.
    pub next_look: Instant,
    /// Ask whether claims to locks hold now.
    pub look_for_locks: bool,
    /// A process that drives another run keeps this one waiting for a lock.
    pub kept_waiting: bool,
    pub inputs: VecDeque<Event>,
    /// Whether the plan reads the content of files.
    pub reads_texts: bool,
    /// Names of the events that the plan waits for.
    pub events: BTreeSet<String>,
    /// Messages to every run that nobody waits for yet.
    pub letters: Letters,
    /// Attempts that are planned and did not come to start: in the process before this one, or because an equal call is under
    /// way. They are looked at again in each turn.
    pub planned: Vec<AttemptId>,
    pub equals: Equals,
    /// Id of the run in traces.
    pub trace: String,
    /// The time of the latest report, also as text.
    pub told_at: (i64, Arc<str>),
}

/// A runner that gives up watches nothing any more. What its attempts have started is not killed: whoever drives the run next
/// asks what became of it.
impl Drop for Runner {
    fn drop(&mut self) {
        self.running.values().for_each(|running| running.task.abort());
    }
}

/// An attempt under way in this process.
pub(super) struct Running {
    cancel: CancellationToken,
    task: AbortHandle,
    context: Arc<Context>,
    agent: usize,
    due: Option<i64>,
    timeout: Option<i64>,
    ending: Option<Ending>,
    /// Its end has been taken in; it stays here until that is durable.
    over: bool,
}

/// Why an attempt was told to end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// It took too long.
    Timeout,
    /// The run wants it no longer.
    Unwanted,
    /// The process is to stop: nobody will know what became of it.
    Killed,
}

pub(super) enum Turn {
    Go,
    Stop(Outcome),
}

/// What is written and done at once.
#[derive(Default)]
struct Batch {
    records: Vec<Record>,
    starts: Vec<AttemptId>,
    /// Those of them whose intent is recorded.
    intended: Vec<(AttemptId, Attempt)>,
    kills: Vec<AttemptId>,
    reports: Vec<Notice>,
    forget: Vec<AttemptId>,
    /// Keys of results that are to answer equal calls.
    results: Vec<String>,
    /// Names and keys of messages that may be waited for now.
    listens: Vec<Address>,
    claims: Claims,
}

impl Batch {
    fn give_up(&mut self, id: u64) {
        let before = self.claims.made.len();
        self.claims.made.retain(|claim| claim.id != id);
        if self.claims.made.len() == before {
            self.claims.given_up.push(id);
        }
    }
}

impl Runner {
    /// Takes in what has happened, or waits for it; commits it; carries out what follows.
    pub(super) async fn turn(&mut self) -> Result<Turn, RunError> {
        self.gather().await?;
        if self.inputs.is_empty() && !self.running.is_empty() {
            // Attempts that end at once have ended after this, and nothing needs to be waited for.
            tokio::task::yield_now().await;
            self.gather().await?;
        }
        if self.inputs.is_empty() {
            if let Some(outcome) = self.rest().await? {
                return Ok(Turn::Stop(outcome));
            }
            self.idle().await;
            return Ok(Turn::Go);
        }
        let mut batch = Batch { starts: std::mem::take(&mut self.planned), ..Batch::default() };
        while let Some(event) = self.inputs.pop_front() {
            self.take(&mut batch, event).await?;
        }
        self.intend(&mut batch).await?;
        self.commit(&mut batch).await?;
        self.carry_out(batch);
        Ok(self.ended().map_or(Turn::Go, Turn::Stop))
    }

    /// Takes in all that has happened, without waiting.
    async fn gather(&mut self) -> Result<(), RunError> {
        self.show_lines();
        while let Ok(control) = self.setup.control.try_recv() {
            self.control(control);
        }
        let due = self.run.next_due().is_some_and(|due| due <= self.now());
        // What was said before something was due counts, although it is seen only now.
        if std::mem::take(&mut self.look) || Instant::now() >= self.next_look || due && self.listens() {
            self.next_look = Instant::now() + POLL;
            self.read_messages().await?;
            self.look_for_locks = true;
        }
        if std::mem::take(&mut self.look_for_locks) {
            self.take_locks().await?;
        }
        while self.inputs.len() < BATCH
            && let Ok((id, done)) = self.done.try_recv()
        {
            self.attempt_done(id, done);
        }
        self.expire_attempts();
        if due {
            self.inputs.push_back(Event::Tick);
        }
        Ok(())
    }

    /// Whether a word from outside may answer something.
    fn listens(&self) -> bool {
        !self.events.is_empty() || !self.run.questions.is_empty()
    }

    pub(super) async fn read_messages(&mut self) -> Result<(), RunError> {
        let messages: Vec<Message> = self.setup.store.messages(&self.info.id, self.run.taken).await?;
        self.inputs.extend(messages.into_iter().map(Event::Message));
        if self.events.is_empty() {
            return Ok(());
        }
        self.read_letters().await
    }

    /// Waits until something happens.
    async fn idle(&mut self) {
        let due = self.dues.first().map(|(due, _)| *due);
        let next = [due, self.run.next_due()].into_iter().flatten().min();
        let next = next.map(|at| at.saturating_sub(self.ahead_ms));
        // What another process does takes real time.
        let running = self.running.len() + usize::from(self.kept_waiting);
        tokio::select! {
            biased;
            control = self.setup.control.recv(), if self.controlled => match control {
                Some(control) => self.control(control),
                None => self.controlled = false,
            },
            Some(line) = self.lines.recv() => self.show_line(line),
            Some((id, done)) = self.done.recv() => self.attempt_done(id, done),
            () = self.setup.clock.idle_until(next, running) => {}
            () = tokio::time::sleep_until(self.next_look) => self.look = true,
        }
    }

    /// The run's time: the clock's, but never behind the journal.
    pub(super) fn now(&self) -> i64 {
        self.setup.clock.now_ms().saturating_add(self.ahead_ms).max(self.run.at)
    }

    fn control(&mut self, control: Control) {
        match control {
            Control::Suspend => self.suspend(),
            Control::Kill => self.kill(),
            Control::Look => self.look = true,
            Control::Park => self.setup.options.wait = false,
        }
    }

    fn suspend(&mut self) {
        if !self.run.held {
            self.inputs.push_back(Event::Suspended);
        }
    }

    fn kill(&mut self) {
        self.suspend();
        self.killing = true;
        let ids: Vec<AttemptId> = self.running.keys().copied().collect();
        for id in ids {
            self.end_attempt(id, Ending::Killed);
        }
    }

    /// Tells an attempt to end now.
    fn end_attempt(&mut self, id: AttemptId, ending: Ending) {
        let due = self.now().saturating_add(GRACE_MS);
        let Some(running) = self.running.get_mut(&id).filter(|running| !running.over) else { return };
        // What nobody will know of is never taken for a failure of its own.
        if running.ending.is_none() || ending == Ending::Killed {
            running.ending = Some(ending);
        }
        if let Some(before) = running.due.replace(due) {
            self.dues.remove(&(before, id));
        }
        self.dues.insert((due, id));
        self.setup.clock.disturb(id);
        running.cancel.cancel();
    }

    /// Ends attempts whose time is over; those that were told so and do not end are given up.
    fn expire_attempts(&mut self) {
        let now = self.now();
        while let Some((due, id)) = self.dues.first().copied()
            && due <= now
        {
            self.dues.pop_first();
            let Some(running) = self.running.get_mut(&id) else { continue };
            running.due = None;
            if running.ending.is_some() {
                running.task.abort();
                self.attempt_done(id, Done::Failed(Failure::new("timeout", "it did not end when it was told to")));
            } else {
                self.end_attempt(id, Ending::Timeout);
            }
        }
    }

    /// An attempt has ended: what that means depends on why.
    fn attempt_done(&mut self, id: AttemptId, done: Done) {
        let Some(running) = self.running.get_mut(&id).filter(|running| !running.over) else { return };
        running.over = true;
        if let Some(due) = running.due.take() {
            self.dues.remove(&(due, id));
        }
        let event = match (done, running.ending) {
            (Done::Succeeded(value, usage), _) => Event::Succeeded { id, result: Payload::Value(value), usage },
            (Done::NotStarted, _) => Event::NotStarted { id },
            (Done::Failed(Failure { lacking: Some(lack), message, .. }), _) => {
                Event::Lacking { id, lack, because: message }
            }
            (Done::Failed(_), Some(Ending::Killed)) => {
                self.killed.push(running.context.stage.clone());
                Event::Lost { id, because: "it was killed when the run was suspended".into() }
            }
            (Done::Failed(failure), Some(Ending::Timeout)) => {
                Event::Failed { id, failure: timed_out(failure, running.timeout) }
            }
            (Done::Failed(failure), Some(Ending::Unwanted)) => Event::Failed { id, failure: unwanted(failure) },
            (Done::Failed(failure), None) => Event::Failed { id, failure },
            (Done::Unknown, _) => Event::Lost { id, because: "the process that drove it died".into() },
        };
        self.inputs.push_back(event);
    }

    /// Steps one event and notes what follows.
    async fn take(&mut self, batch: &mut Batch, event: Event) -> Result<(), RunError> {
        if let Event::Succeeded { id, .. }
        | Event::Failed { id, .. }
        | Event::Lost { id, .. }
        | Event::NotStarted { id }
        | Event::Lacking { id, .. } = &event
        {
            if matches!(event, Event::NotStarted { .. } | Event::Lacking { .. }) {
                // Nothing of it is kept, and the next attempt has its number and its folder.
                self.running.remove(id);
            } else {
                batch.forget.push(*id);
            }
        }
        // No lock was taken while the run was held.
        self.look_for_locks |= matches!(event, Event::Resumed { .. } | Event::Moved(_));
        batch.listens.extend(self.heard(&event));
        let at = self.now();
        if self.reads_texts {
            files::fetch_texts(&*self.setup.store, &event, &mut self.run.texts).await?;
        }
        let body = self.encode(&event).await?;
        batch.records.push(Record { seq: self.next_record, at, body });
        self.next_record += 1;
        let mut made = Vec::new();
        for effect in step(&self.setup.plan, &mut self.run, at, event) {
            match effect {
                Effect::Start(id) => batch.starts.push(id),
                Effect::Kill(id) => batch.kills.push(id),
                Effect::Keep { text, .. } => made.push(text),
                Effect::Remember { recall, value } => batch.results.extend(self.remember(&recall, &value)),
                Effect::Claim(claim) => batch.claims.made.push(claim),
                Effect::GiveUp(claim) => batch.give_up(claim),
                Effect::Listen(address) => batch.listens.push(*address),
                Effect::Report(notice) => batch.reports.push(notice),
            }
        }
        for text in made {
            // Durable with the batch, before anybody is told of it.
            self.setup.store.put_blob(text.as_bytes().to_vec()).await?;
        }
        match self.run.mismatch.take() {
            // Nothing of the batch has been written: the run stays as it was.
            Some(what) => Err(RunError::Damaged { run: self.info.id.clone(), record: self.next_record - 1, what }),
            None => Ok(()),
        }
    }

    /// Records the intent of each attempt that is about to start. One that an equal call has answered never does; what follows
    /// from that answer may start in its turn.
    async fn intend(&mut self, batch: &mut Batch) -> Result<(), RunError> {
        if self.run.held {
            // They stay planned: the process that resumes the run starts them.
            batch.starts.clear();
        }
        let mut next = 0;
        while let Some(id) = batch.starts.get(next).copied() {
            next += 1;
            // One that was planned and taken back within the batch never starts.
            if !self.run.is_planned(id) {
                continue;
            }
            match self.beginning(id).await {
                Beginning::Starts => {}
                Beginning::Waits => {
                    self.planned.push(id);
                    continue;
                }
                Beginning::Recorded(event) => {
                    self.take(batch, event).await?;
                    continue;
                }
            }
            let Some(attempt) = self.run.attempt(&self.setup.plan, id) else { continue };
            let (stage, key, call) = (attempt.stage.clone(), attempt.key.clone(), self.action_name(&attempt));
            self.take(batch, Event::Intent { id, stage, attempt: attempt.attempt, key, call }).await?;
            let since = Some(self.run.at);
            batch.intended.push((id, Attempt { since, ..attempt }));
        }
        Ok(())
    }

    /// Writes all of a batch in one transaction. Nothing of it has been told or started before that.
    async fn commit(&mut self, batch: &mut Batch) -> Result<(), RunError> {
        let decided = self.decide();
        self.run.check_shelf()?;
        let records = std::mem::take(&mut batch.records);
        let claims = std::mem::take(&mut batch.claims);
        self.look_for_locks |= claims != Claims::default();
        let info = decided.then_some(&self.info);
        self.setup.store.append_with(&self.lease, records, info, claims, true).await?;
        Ok(())
    }

    fn carry_out(&mut self, batch: Batch) {
        for key in batch.results {
            self.keep_result(key);
        }
        for id in batch.forget {
            self.forget(id);
        }
        for notice in batch.reports {
            let (stage, event) = notice.spell(&self.setup.plan);
            self.report(stage, event);
        }
        for address in batch.listens {
            self.deliver(&address);
        }
        for id in batch.kills {
            self.end_attempt(id, Ending::Unwanted);
        }
        for (id, attempt) in batch.intended {
            // What followed in its batch may have ended it.
            if self.run.is_running(id) {
                let stopping = self.run.is_stopping(id);
                self.start(id, Attempt { stopping, ..attempt }, false);
            }
        }
    }

    /// The end of an attempt is durable: its agent need keep nothing of it.
    fn forget(&mut self, id: AttemptId) {
        let Some(running) = self.running.remove(&id) else { return };
        while self.forgetting.try_join_next().is_some() {}
        let agent = &self.setup.agents[running.agent];
        if !agent.keeps() {
            return;
        }
        let agent = agent.clone();
        self.forgetting.spawn(async move { agent.forget(&running.context).await });
    }

    /// Starts an attempt, or asks what became of one that another process began.
    pub(super) fn start(&mut self, id: AttemptId, attempt: Attempt, recover: bool) {
        let cancel = CancellationToken::new();
        let context = Arc::new(self.context(&attempt, cancel.clone()));
        let worker = Worker {
            id,
            agent: self.setup.agents[attempt.agent].clone(),
            request: Request {
                action: attempt.action,
                name: self.setup.plan.agents[attempt.agent].actions[attempt.action].name.clone(),
                arguments: attempt.arguments,
                result: attempt.result,
            },
            context: context.clone(),
            redactor: self.setup.redactor.clone(),
            recover,
            done: self.done_sender.clone(),
        };
        let task = tokio::spawn(worker.run()).abort_handle();
        let since = attempt.since.unwrap_or(self.run.at);
        let due = attempt.timeout.map(|timeout| since.saturating_add(timeout));
        // What has ended while nobody watched must have its chance to say so.
        let due = if recover { due.map(|due| due.max(self.now().saturating_add(RECOVERY_MS))) } else { due };
        self.dues.extend(due.map(|due| (due, id)));
        let running = Running {
            cancel,
            task,
            context,
            agent: attempt.agent,
            due,
            timeout: attempt.timeout,
            ending: None,
            over: false,
        };
        self.running.insert(id, running);
        if attempt.stopping {
            self.end_attempt(id, Ending::Unwanted);
        }
    }

    /// `agent.action`.
    pub(super) fn action_name(&self, attempt: &Attempt) -> String {
        let agent = &self.setup.plan.agents[attempt.agent];
        format!("{}.{}", agent.name, agent.actions[attempt.action].name)
    }

    /// Limits that this process brings along.
    pub(super) fn limits(setup: &Setup) -> Limits {
        let head = setup.plan.workflows.first().and_then(|workflow| workflow.parallel);
        let parallel = setup.options.parallel.or(head).unwrap_or(64).max(1);
        let cores = std::thread::available_parallelism().map_or(2, |cores| cores.get().max(2));
        let cores = u32::try_from(cores).unwrap_or(u32::MAX);
        let of = |agent: &crate::plan::Agent| match agent.runs_processes() && !setup.clock.is_virtual() {
            true => cores,
            false => 16,
        };
        let given = setup.options.limits.as_ref();
        let parallel = given.map_or(parallel, |given| given.parallel);
        let given = given.filter(|given| given.agents.len() == setup.plan.agents.len());
        let limit = |(place, agent): (usize, &crate::plan::Agent)| {
            let other = || given.map_or_else(|| of(agent), |given| given.agents[place]);
            agent.parallel.unwrap_or_else(other)
        };
        Limits { parallel, agents: setup.plan.agents.iter().enumerate().map(limit).collect() }
    }

    /// The version that this process writes.
    pub(super) const JOURNAL: u32 = FORMAT;
}

fn timed_out(failure: Failure, timeout: Option<i64>) -> Failure {
    let message = timeout.map_or_else(|| "it took too long".into(), Run::timeout_message);
    Failure { class: "timeout".into(), message, outcome_known: false, retry_after: None, ..failure }
}

/// Whether the effect happened all the same is for the agent to say.
fn unwanted(failure: Failure) -> Failure {
    Failure { class: "cancelled".into(), retry_after: None, ..failure }
}

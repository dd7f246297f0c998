//! What surrounds a run in tests: scripted agents, a virtual clock, a store in memory, and a record of what was told.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value as Json, json};
use tokio::sync::Notify;

use super::prefixes;
use crate::agent::secret::Redactor;
use crate::agent::{Agent, Answer, Context, Failure, Lack, Recovery, Reply, Request, Sleep, Usage};
use crate::engine::clock::{Clock, ClockSleep, VirtualClock};
use crate::engine::report::{Event, Report, Reporter};
use crate::engine::retry::{Going, StageDecision};
use crate::engine::{Control, Mode, Options, Outcome, RunError, Setup, run};
use crate::plan::Plan;
use crate::store::memory::MemoryStore;
use crate::store::{MessageBody, RunInfo, Status, Store};
use crate::value::json;
use crate::value::shelf::Shelf;
use crate::value::shelf::tests::{Paper, shelf};

pub const START_MS: i64 = 1_000_000;

/// What an agent does in one attempt.
#[derive(Clone)]
pub struct Step {
    pub takes: i64,
    /// What it does to the world happens at once, and gives this, whatever it answers in the end.
    pub early: Option<Json>,
    /// Another process takes the run over meanwhile.
    pub seizes: Option<MemoryStore>,
    /// It goes on when it is told to.
    pub until: Option<Arc<Notify>>,
    /// What it says that it has spent.
    pub usage: Usage,
    pub answer: Result<Json, Failure>,
}

pub fn gives(value: impl Into<Json>) -> Step {
    Step { takes: 0, early: None, seizes: None, until: None, usage: Usage::default(), answer: Ok(value.into()) }
}

pub fn fails(class: &str) -> Step {
    Step {
        takes: 0,
        early: None,
        seizes: None,
        until: None,
        usage: Usage::default(),
        answer: Err(Failure::new(class, "as told")),
    }
}

/// Cannot start: a secret is missing.
pub fn lacks(what: &str) -> Step {
    Step { answer: Err(Failure::lacking(Lack::Secret, what)), ..gives(0) }
}

/// Cannot start: the disk is full.
pub fn has_no_room(what: &str) -> Step {
    Step { answer: Err(Failure::lacking(Lack::Disk, what)), ..gives(0) }
}

impl Step {
    pub fn costs(mut self, money: i64) -> Self {
        self.usage.money = money;
        self
    }

    pub fn until(mut self, told: &Arc<Notify>) -> Self {
        self.until = Some(told.clone());
        self
    }

    pub fn takes(mut self, takes: i64) -> Self {
        self.takes = takes;
        self
    }

    pub fn early(mut self, result: impl Into<Json>) -> Self {
        self.early = Some(result.into());
        self
    }
}

/// One call that an agent got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub stage: String,
    pub attempt: u32,
    pub key: String,
    pub at: i64,
    pub given: Vec<Json>,
    /// It came to its end.
    pub ended: bool,
}

/// Tells what an attempt does by its key.
type Teller = Arc<dyn Fn(&str) -> Step + Send + Sync>;

/// What agents do, by stage, and what they did. Without a script a stage answers with the plain JSON of its argument.
#[derive(Clone, Default)]
pub struct Script {
    steps: Arc<Mutex<BTreeMap<String, Vec<Step>>>>,
    by_key: bool,
    told_by: Option<Teller>,
    running: Arc<Mutex<(usize, usize)>>,
    pub calls: Arc<Mutex<Vec<Call>>>,
    /// What was done to the world: the key of each effect, and what it gave.
    pub effects: Arc<Mutex<Vec<(String, Json)>>>,
    pub recovery: Arc<Mutex<BTreeMap<String, &'static str>>>,
}

impl Script {
    /// Attempts of this stage do this, one after the other; the last step goes on for ever.
    pub fn on(self, stage: &str, steps: impl IntoIterator<Item = Step>) -> Self {
        let mut steps: Vec<Step> = steps.into_iter().collect();
        steps.reverse();
        self.steps.lock().unwrap().insert(stage.into(), steps);
        self
    }

    /// From now on the step is told by the key alone: the same answer to the same key, whatever happened before.
    pub fn by_key(mut self) -> Self {
        self.by_key = true;
        self
    }

    /// Every step is told by this function of the key.
    pub fn told_by(mut self, told_by: impl Fn(&str) -> Step + Send + Sync + 'static) -> Self {
        self.told_by = Some(Arc::new(told_by));
        self
    }

    /// What the probe about a stage is told to do, if it is: `stage?`.
    fn probed(&self, stage: &str) -> Option<Step> {
        let mut steps = self.steps.lock().unwrap();
        let steps = steps.get_mut(&format!("{stage}?"))?;
        if steps.len() > 1 { steps.pop() } else { steps.last().cloned() }
    }

    /// The most calls that were under way at once.
    pub fn most_at_once(&self) -> usize {
        self.running.lock().unwrap().1
    }

    fn next(&self, stage: &str, key: &str) -> Option<Step> {
        if let Some(told_by) = &self.told_by {
            return Some(told_by(key));
        }
        let mut steps = self.steps.lock().unwrap();
        let steps = steps.get_mut(stage)?;
        if self.by_key {
            let known: usize = key.rsplit('/').next().unwrap().parse().unwrap();
            let number = known + usize::from(key.contains("@use"));
            return steps.iter().rev().nth(number).or(steps.first()).cloned();
        }
        if steps.len() > 1 { steps.pop() } else { steps.last().cloned() }
    }

    /// How often something was done to the world under keys that begin so.
    pub fn done(&self, key: &str) -> usize {
        self.effects.lock().unwrap().iter().filter(|(done, _)| done.starts_with(key)).count()
    }

    /// What a probe sees: whether the effect of this key is there.
    fn look(&self, key: &str) -> Step {
        let effects = self.effects.lock().unwrap();
        let found = effects.iter().find(|(done, _)| done == key);
        gives(found.map_or(json!({ "kind": "not_done" }), |(_, result)| json!({ "kind": "done", "result": result })))
    }

    pub fn stages(&self) -> Vec<String> {
        self.calls.lock().unwrap().iter().map(|call| call.stage.clone()).collect()
    }

    pub fn of(&self, stage: &str) -> Vec<Call> {
        self.calls.lock().unwrap().iter().filter(|call| call.stage == stage).cloned().collect()
    }
}

/// A call under way.
struct Counted(Arc<Mutex<(usize, usize)>>);

impl Counted {
    fn new(running: &Arc<Mutex<(usize, usize)>>) -> Self {
        let mut counts = running.lock().unwrap();
        counts.0 += 1;
        counts.1 = counts.1.max(counts.0);
        Self(running.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.lock().unwrap().0 -= 1;
    }
}

struct Scripted {
    script: Script,
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl Agent for Scripted {
    async fn call(&self, request: Request, context: &Context) -> Result<Reply, Failure> {
        let _counted = Counted::new(&self.script.running);
        let at = self.clock.now_ms();
        let (stage, key) = (context.stage.clone(), context.key.clone());
        let number = {
            let mut calls = self.script.calls.lock().unwrap();
            let given = request.arguments.iter().map(json::encode).collect();
            calls.push(Call { stage, attempt: context.attempt, key, at, given, ended: false });
            calls.len() - 1
        };
        let echo = || gives(request.arguments.first().map(json::encode).unwrap_or(Json::Null));
        let asked = request.arguments.last().and_then(|key| key.as_str()).unwrap_or_default();
        let probes = context.key.contains("@probe");
        let step = match probes {
            true => self.script.probed(&context.stage).unwrap_or_else(|| self.script.look(asked)),
            false => self.script.next(&context.stage, &context.key).unwrap_or_else(echo),
        };
        let act = |result: &Json| self.script.effects.lock().unwrap().push((context.key.clone(), result.clone()));
        step.early.iter().for_each(act);
        if step.takes > 0 {
            let takes = Duration::from_millis(step.takes.unsigned_abs());
            let sleep = ClockSleep(self.clock.clone());
            tokio::select! {
                biased;
                () = context.cancel.cancelled() => return Err(Failure::new("crashed", "killed")),
                () = sleep.sleep(takes) => {}
            }
        }
        if let Some(told) = &step.until {
            told.notified().await;
        }
        if let Some(store) = &step.seizes {
            // Its lease is given up again at once; the number that it got outdates the older one all the same.
            store.lease(RUN, true).await.unwrap();
        }
        if let Some(call) = self.script.calls.lock().unwrap().get_mut(number) {
            call.ended = true;
        }
        if let (Ok(answer), None, false) = (&step.answer, &step.early, probes) {
            act(answer);
        }
        step.answer.map(|answer| Reply { result: Answer::Json(answer), usage: step.usage })
    }

    async fn recover(&self, _request: Request, context: &Context) -> Recovery {
        match self.script.recovery.lock().unwrap().get(&context.stage) {
            Some(&"ended") => {
                Recovery::Ended(Ok(Reply { result: Answer::Json(json!("recovered")), usage: Usage::default() }))
            }
            Some(&"not started") => Recovery::NotStarted,
            _ => Recovery::Unknown,
        }
    }
}

/// Keeps what was told.
#[derive(Clone, Default)]
pub struct Told(pub Arc<Mutex<Vec<Report>>>);

impl Reporter for Told {
    fn report(&mut self, report: &Report) {
        self.0.lock().unwrap().push(report.clone());
    }
}

/// A run with all that surrounds it. The store and the script outlive each process.
pub struct World {
    pub id: &'static str,
    pub plan: Arc<Plan>,
    pub store: MemoryStore,
    pub script: Script,
    pub told: Told,
    pub options: Options,
    pub clock_ms: i64,
    pub inputs: Json,
    pub redactor: Redactor,
    pub seed: u64,
    /// A word to cancel comes right at the start.
    pub cancels: bool,
    /// Time passes as it does, as far as the run can tell.
    pub real: bool,
    /// After each process every prefix of the journal is replayed: not where there are thousands of worlds.
    pub replays: bool,
}

/// A virtual clock that does not say so.
struct Real(Arc<VirtualClock>);

#[async_trait]
impl Clock for Real {
    fn now_ms(&self) -> i64 {
        self.0.now_ms()
    }

    async fn sleep_until(&self, at_ms: i64) {
        self.0.sleep_until(at_ms).await;
    }

    async fn idle_until(&self, at_ms: Option<i64>, running: usize) {
        self.0.idle_until(at_ms, running).await;
    }

    fn disturb(&self, attempt: u64) {
        self.0.disturb(attempt);
    }
}

pub const RUN: &str = "run-1";

impl World {
    pub fn new(plan: Plan, script: Script) -> Self {
        Self {
            id: RUN,
            plan: Arc::new(plan),
            store: MemoryStore::new().with_shelves(every_other()),
            script,
            told: Told::default(),
            options: Options::default(),
            clock_ms: START_MS,
            inputs: json!({}),
            redactor: Redactor::default(),
            seed: 7,
            cancels: false,
            real: false,
            replays: true,
        }
    }

    pub fn info(&self) -> RunInfo {
        RunInfo {
            id: self.id.into(),
            key: "K".into(),
            workflow: self.plan.name.clone(),
            plan: self.plan.hash.clone(),
            inputs: self.inputs.clone(),
            status: Status::Running,
            started: START_MS,
            ended: None,
            because: None,
            result: None,
            requester: "alice".into(),
            root: String::new(),
            file: String::new(),
            call_dir: String::new(),
        }
    }

    pub async fn start(&mut self) -> Result<Outcome, RunError> {
        self.start_with(&[]).await
    }

    /// Starts; the signals come at these times of the clock.
    pub async fn start_with(&mut self, signals: &[(i64, Control)]) -> Result<Outcome, RunError> {
        let text = serde_json::to_string(&*self.plan).unwrap();
        self.store.create(&self.info(), &text).await.unwrap();
        if self.cancels {
            self.send(MessageBody::Cancel).await;
        }
        self.drive(Mode::Start { run: self.id.into() }, signals).await
    }

    /// Begins the run, or goes on with it.
    pub async fn start_or_resume(&mut self) -> Outcome {
        match self.store.journal(RUN).is_empty() {
            true => self.start().await.unwrap(),
            false => self.resume().await.unwrap(),
        }
    }

    pub async fn resume(&mut self) -> Result<Outcome, RunError> {
        self.drive(Mode::Resume { run: self.id.into(), takeover: false }, &[]).await
    }

    pub async fn retry(&mut self, again: &[&str]) -> Result<Outcome, RunError> {
        let again = again.iter().map(|stage| (*stage).to_owned()).collect();
        self.drive(Mode::Retry { run: self.id.into(), again }, &[]).await
    }

    /// Moves a run that has not ended to this plan, and goes on.
    pub async fn move_to(&mut self, plan: Arc<Plan>, again: &[&str]) -> Result<Outcome, RunError> {
        match self.drive(Mode::Settle { run: self.id.into(), takeover: false }, &[]).await? {
            Outcome::Suspended(_) => {}
            ended => return Ok(ended),
        }
        let again = again.iter().map(|stage| (*stage).to_owned()).collect();
        let before = std::mem::replace(&mut self.plan, plan);
        let outcome = self.drive(Mode::Move { run: self.id.into(), again }, &[]).await;
        if matches!(outcome, Err(RunError::Refused { .. } | RunError::Unmovable { .. })) {
            self.plan = before;
        }
        outcome
    }

    /// Runs in a process of its own. The signals come at these times of the clock.
    pub async fn drive(&mut self, mode: Mode, signals: &[(i64, Control)]) -> Result<Outcome, RunError> {
        let clock = Arc::new(VirtualClock::new(self.clock_ms));
        let (sender, control) = tokio::sync::mpsc::unbounded_channel();
        for (at, signal) in signals.iter().cloned() {
            let (clock, sender) = (clock.clone(), sender.clone());
            tokio::spawn(async move {
                clock.sleep_until(at).await;
                let _ = sender.send(signal);
            });
        }
        tokio::task::yield_now().await;
        let setup = self.setup(clock.clone(), control);
        let before = self.told.0.lock().unwrap().len();
        let live = (self.replays && matches!(mode, Mode::Start { .. })).then_some(before);
        let outcome = run(setup, mode).await;
        self.clock_ms = clock.now_ms();
        if self.replays && outcome.is_ok() {
            prefixes::each_tells_what_was_told(self, live).await;
        }
        outcome
    }

    fn setup(&self, clock: Arc<VirtualClock>, control: tokio::sync::mpsc::UnboundedReceiver<Control>) -> Setup {
        let agent = || -> Arc<dyn Agent> { Arc::new(Scripted { script: self.script.clone(), clock: clock.clone() }) };
        let agents = self.plan.agents.iter().map(|_| agent()).collect();
        let mut chance = self.seed;
        Setup {
            plan: self.plan.clone(),
            agents,
            store: Arc::new(self.store.clone()),
            clock: if self.real { Arc::new(Real(clock)) } else { clock },
            random: Box::new(move || {
                chance += 1;
                chance
            }),
            redactor: self.redactor.clone(),
            reporter: Box::new(self.told.clone()),
            control,
            options: self.options.clone(),
        }
    }

    pub async fn send(&self, body: MessageBody) {
        self.store.send(self.id, "bob", body).await.unwrap();
    }

    pub async fn find(&self) -> RunInfo {
        self.store.find(self.id).await.unwrap()
    }

    pub fn journal(&self) -> Vec<String> {
        self.store.journal(self.id).iter().map(|record| format!("{} {}", record.at, record.body)).collect()
    }

    /// What was told, in short lines.
    pub fn events(&self) -> Vec<String> {
        self.told.0.lock().unwrap().iter().map(line).collect()
    }
}

fn line(report: &Report) -> String {
    let stage = report.stage.clone().unwrap_or_default();
    let what = match &report.event {
        Event::RunStarted { resumed, .. } => format!("run started{}", if *resumed { " again" } else { "" }),
        Event::StageReady { .. } => "ready".into(),
        Event::StageSkipped { because } => format!("skipped: {because}"),
        Event::StageCancelled { maybe_happened } => {
            format!("cancelled{}", if *maybe_happened { ", maybe happened" } else { "" })
        }
        Event::StageStarted { attempt, .. } => format!("attempt {attempt}"),
        Event::StageWaiting { reason, .. } => format!("waits for {reason:?}"),
        Event::StageRetrying { attempt, error, delay } => format!("{attempt} failed: {}, next in {delay}", error.class),
        Event::StageSucceeded { result, cache: Some(_), .. } => format!("gave {result}, cached"),
        Event::StageSucceeded { result, kept, .. } => format!("gave {result}{}", if *kept { ", kept" } else { "" }),
        Event::StageFailed { error, handled, .. } => {
            format!("failed: {}{}", error.class, if *handled { ", handled" } else { "" })
        }
        Event::Log { line, .. } => format!("log {line}"),
        Event::RunSucceeded { result, .. } => format!("run succeeded: {result}"),
        Event::RunFailed { error } => format!("run failed: {}", error.class),
        Event::RunCancelled { .. } => "run cancelled".into(),
        Event::RunWaiting { waits } => format!("run waits for {}", waits.len()),
        Event::RunSuspended { waits, killed } => format!("run suspended, {} wait, killed {killed:?}", waits.len()),
    };
    format!("{stage} {what}").trim().to_owned()
}

/// Of those who take a run up, every other one lays all results aside, however small: nobody can tell the difference.
fn every_other() -> impl Fn() -> Option<Arc<Shelf>> {
    let asked = AtomicUsize::new(0);
    move || asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(2).then(|| shelf(Paper::default()))
}

/// What becomes of each stage of a run without inputs on another plan.
pub fn decisions(old_plan: &Plan, run: &crate::engine::state::Run, plan: &Plan, moves: bool) -> Vec<StageDecision> {
    Going { old_plan, plan, inputs: &[], again: &[], moves }.decisions(run)
}

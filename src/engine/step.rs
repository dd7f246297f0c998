//! Advances a run by one recorded event. Pure: no clock, no I/O, no randomness.
//!
//! Replay, recovery, virtual time and crash tests are this one function, fed from elsewhere.

pub mod ask;
pub mod attempt;
mod budget;
mod cache;
pub(super) mod call;
pub mod event;
mod guard;
mod handler;
mod instance;
mod keep;
mod lock;
mod map;
mod mark;
pub mod notice;
pub(super) mod pool;
mod probe;
mod race;
mod rate;
mod repeat;
mod residue;
mod settle;
mod stage;
mod timer;
mod undo;
mod wait;

use std::sync::Arc;

use crate::engine::RunError;
use crate::engine::cache::Recall;
use crate::engine::journal::{Event, Limits};
use crate::engine::limits::{Entry, Queues, Startable};
use crate::engine::rates::Rates;
use crate::engine::report;
use crate::engine::retry::memory;
use crate::engine::scope::{self, Fault, Local};
use crate::engine::slab::Slab;
use crate::engine::state::{Address, AttemptId, CallState, InstanceId, NONE, Place, Run, Work};
use crate::plan::{Plan, Target, WorkflowId};
use crate::store::locks::Claim;
use crate::value::eval::EvalError;
use crate::value::expr::Expr;
use crate::value::shelf::Slot;
use crate::value::{FileRef, Value};

/// Something to be carried out once the event that led to it is committed.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Record the intent of this attempt, then start it.
    Start(AttemptId),
    /// End this attempt now.
    Kill(AttemptId),
    /// Keep the content of a file that was made.
    Keep {
        /// The file.
        file: Box<FileRef>,
        /// Its content.
        text: Arc<str>,
    },
    /// Let this result answer equal calls.
    Remember {
        /// Which calls are equal.
        recall: Box<Recall>,
        /// The result.
        value: Value,
    },
    /// Lay claim to a lock, with the record of what led to it.
    Claim(Claim),
    /// Give this claim up, with the record of what led to it.
    GiveUp(u64),
    /// A call waits for a message of this name and key from here on.
    Listen(Box<Address>),
    /// Tell the reporter.
    Report(Notice),
}

/// Something to be told, in little room: of stages that are ready there may be as many at once as the run has.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// A stage without a label is ready.
    Ready {
        /// What stands before its name in its path.
        prefix: Arc<str>,
        /// Its workflow.
        workflow: WorkflowId,
        /// Its position there.
        stage: u32,
    },
    /// Anything else.
    Of {
        /// Path of the stage that it concerns.
        stage: Option<String>,
        /// What happened.
        event: Box<report::Event>,
    },
}

impl Notice {
    /// The path of the stage that it concerns, and what happened.
    pub fn spell(self, plan: &Plan) -> (Option<String>, report::Event) {
        match self {
            Self::Ready { prefix, workflow, stage } => {
                let name = &plan.workflows[workflow.index()].stages[stage as usize].name;
                (Some(format!("{prefix}{name}")), report::Event::StageReady { label: None, items: None })
            }
            Self::Of { stage, event } => (stage, *event),
        }
    }
}

/// Advances a run by one recorded event that happened at `at` (milliseconds since 1970).
///
/// Ids of attempts are dense and given in the order of starts. An event that does not fit the state changes nothing and is noted
/// as a mismatch.
pub fn step(plan: &Plan, run: &mut Run, at: i64, event: Event) -> Vec<Effect> {
    run.at = run.at.max(at);
    let mut core = Core { plan, run, effects: Vec::new(), picked: None };
    core.take(event);
    core.work_off();
    core.give_up_claims_before();
    core.bury();
    core.effects
}

/// Takes attempts back that were to start and did not.
pub(super) fn take_back_planned(plan: &Plan, run: &mut Run) {
    let planned: Vec<AttemptId> = run.attempts().filter(|id| run.is_planned(*id)).collect();
    let mut core = Core { plan, run, effects: Vec::new(), picked: None };
    for attempt in planned {
        let id = core.run.attempts[&attempt];
        core.unplan(attempt, id);
        core.run.calls[id].state = CallState::Ready;
    }
}

/// A step under way.
struct Core<'a> {
    plan: &'a Plan,
    run: &'a mut Run,
    effects: Vec<Effect>,
    /// The member of a pool that what starts now is for.
    picked: Option<u32>,
}

impl Core<'_> {
    fn take(&mut self, event: Event) {
        self.run.journal = event.journal().unwrap_or(self.run.journal);
        match event {
            Event::Started { inputs, seed, limits, by, .. } => {
                self.run.requesters.insert(by);
                self.start_run(inputs, seed, &limits, None);
            }
            Event::Resumed { limits, .. } => self.resume(&limits),
            Event::Retried(next) | Event::Moved(next) => match self.run.memory.take() {
                Some(memory) => {
                    self.run.requesters.insert(next.by);
                    self.run.taken = self.run.taken.max(next.taken);
                    self.start_run(next.inputs, next.seed, &next.limits, Some(memory));
                }
                None => self.mismatch("another life in the middle of a run"),
            },
            Event::Intent { id, key, .. } => self.intent(id, &key),
            Event::Recalled { id, key, result } => self.recalled(id, &key, result),
            Event::Succeeded { id, result, usage } => self.attempt_succeeded(id, result, usage),
            Event::Failed { id, failure } => self.attempt_failed(id, &failure),
            Event::Lost { id, because } => self.attempt_lost(id, &because),
            Event::NotStarted { id } => self.attempt_not_started(id),
            Event::Lacking { id, lack, because } => self.attempt_lacking(id, lack, &because),
            Event::Tick => self.fire_timers(),
            Event::Message(message) => self.message(message),
            Event::Heard(message) => self.hear(message),
            Event::Locked { claim } => self.locked(claim),
            Event::Behind { claim, by, driven } => self.behind(claim, &by, driven),
            Event::Suspended => self.run.held = true,
        }
    }

    fn start_run(&mut self, inputs: Vec<Value>, seed: u64, limits: &Limits, memory: Option<Arc<memory::Instance>>) {
        self.run.seed = seed;
        self.run.queues = Queues::default();
        self.run.queues.add_limit(limits.parallel);
        for agent in 0..self.plan.agents.len() {
            self.run.queues.add_limit(limits.agents.get(agent).copied().unwrap_or(1));
        }
        self.run.rates = Rates::of(self.plan, &self.run.begun_before);
        self.run.root = self.make_instance(WorkflowId(0), None, inputs, memory);
    }

    fn resume(&mut self, limits: &Limits) {
        self.run.held = false;
        self.bring();
        // What was planned begins now rather than then.
        for agent in self.planned_agents() {
            self.run.rates.begin(agent, self.run.at);
        }
        self.run.queues.set_max(0, limits.parallel);
        for (index, max) in (1..).zip(&limits.agents) {
            self.run.queues.set_max(index, *max);
        }
    }

    /// Does what is queued until nothing is left to do before the next event.
    fn work_off(&mut self) {
        loop {
            while let Some(work) = self.run.work.pop_front() {
                match work {
                    Work::Advance(instance, entity) => self.advance(instance, entity),
                    Work::Settle(instance) => self.settle(instance),
                    Work::Stop(instance, stop) => self.stop_instance(instance, stop),
                    Work::Undo(instance) => self.undo_next(instance),
                }
            }
            if self.run.held || !(self.start_next() || self.wake_purses() || self.wake_rates()) {
                return;
            }
        }
    }

    /// Starts the first of those that wait for their turn. Gives whether there was one.
    fn start_next(&mut self) -> bool {
        if let Some(entry) = self.run.queues.pop_free() {
            if is_wanted(self.run, &entry) {
                self.start_entry(entry, true);
            }
            return true;
        }
        let Run { queues, calls, maps, .. } = &mut *self.run;
        let Some(entry) = queues.pop_ready(|entry| is_wanted_in(calls, maps, entry)) else { return false };
        let place = self.place_of(&entry);
        if let Target::Pool { pool, .. } = self.planned(place).target {
            self.start_from_pool(entry, place, pool);
            return true;
        }
        let limits = self.limits_at(place, None);
        if self.run.queues.have_room(&limits) && self.waits_for_rate(entry) {
            self.run.queues.pass(&limits);
        } else if self.run.queues.take(entry, &limits) {
            self.start_entry(entry, false);
        }
        true
    }

    /// Starts what has its turn; where it needs slots, they are taken.
    fn start_entry(&mut self, entry: Entry, free: bool) {
        match entry.what {
            Startable::Call(call) if free => self.start_free(call),
            Startable::Call(call) => self.plan_attempt(call),
            Startable::Item(map) => self.start_item(map, !free),
        }
    }

    fn place_of(&self, entry: &Entry) -> Place {
        match entry.what {
            Startable::Call(call) => self.run.calls[call].place,
            Startable::Item(map) => self.item_place(map),
        }
    }

    /// Evaluates an expression of an instance. A failure of a `let` or condition on the way is the instance's.
    fn evaluate(&mut self, instance: InstanceId, local: &Local, expr: &Expr) -> Result<Value, Fault> {
        let (value, learned) = scope::evaluate(self.plan, self.run, &self.run.instances[instance], local, expr);
        self.keep_files(learned.made);
        let slots = &mut self.run.instances[instance];
        for (index, value) in learned.lets {
            slots.lets[index as usize] = Some(value);
        }
        for (index, truth) in learned.conditions {
            self.decide(instance, index, truth);
        }
        if let Err(Fault::Shared(error)) = &value {
            self.fail_at(instance, error);
        }
        value
    }

    fn keep_files(&mut self, made: Vec<(FileRef, Arc<str>)>) {
        for (file, text) in made {
            let readable = file.text(text.as_bytes());
            self.run.texts.insert(file.hash.clone(), readable);
            if !self.run.quiet {
                self.effects.push(Effect::Keep { file: Box::new(file), text });
            }
        }
    }

    fn evaluate_bool(&mut self, instance: InstanceId, local: &Local, expr: &Expr) -> Result<bool, Fault> {
        self.evaluate(instance, local, expr).map(|value| value == Value::Bool(true))
    }

    fn fail_at(&mut self, instance: InstanceId, error: &EvalError) {
        let error = self.calculation_error(self.instance_path(instance), error);
        self.fail_instance(instance, error);
    }

    fn next_id(&mut self) -> u64 {
        self.run.next_id += 1;
        self.run.next_id
    }

    fn mismatch(&mut self, what: impl Into<String>) {
        self.run.mismatch.get_or_insert(what.into());
    }

    /// Frees what has ended, now that nothing queued can mean it any more.
    fn bury(&mut self) {
        for instance in std::mem::take(&mut self.run.graveyard) {
            self.free_instance(instance);
        }
    }
}

fn is_wanted(run: &Run, entry: &Entry) -> bool {
    is_wanted_in(&run.calls, &run.maps, entry)
}

fn is_wanted_in(
    calls: &Slab<crate::engine::state::Call>,
    maps: &Slab<crate::engine::state::MapState>,
    entry: &Entry,
) -> bool {
    match entry.what {
        Startable::Call(call) => {
            calls.get(call).is_some_and(|call| call.stamp == entry.stamp && call.state == CallState::Ready)
        }
        Startable::Item(map) => maps.get(map).is_some_and(|map| map.stamp == entry.stamp && map.queued),
    }
}

impl Run {
    /// A run that nothing has happened to yet.
    pub fn new(id: &str, key: &str, started_ms: i64) -> Self {
        Self {
            id: id.into(),
            key: key.into(),
            started: notice::rfc3339(started_ms).into(),
            at: started_ms,
            end: None,
            held: false,
            taken: 0,
            usage: Default::default(),
            journal: 1,
            life: 1,
            seed: 0,
            next_id: 0,
            attempts_made: 0,
            cancelled: false,
            root: NONE,
            instances: Slab::default(),
            calls: Slab::default(),
            maps: Slab::default(),
            races: Slab::default(),
            attempts: Default::default(),
            timers: Default::default(),
            deadlines: Default::default(),
            requesters: Default::default(),
            questions: Default::default(),
            lacking: Default::default(),
            mail: Default::default(),
            texts: Default::default(),
            queues: Queues::default(),
            rates: Default::default(),
            begun_before: Default::default(),
            purses: Default::default(),
            turns: Default::default(),
            locks: Default::default(),
            claims_before: Default::default(),
            work: Default::default(),
            graveyard: Vec::new(),
            memory: None,
            mismatch: None,
            quiet: false,
            marks: None,
            shelf: None,
        }
    }

    /// Takes a value over that is kept for long: it may be laid aside.
    pub(super) fn lay(&self, value: Value) -> Slot {
        match &self.shelf {
            Some(shelf) => shelf.lay(value),
            None => Slot::Here(value),
        }
    }

    /// The value of a slot that [`lay`](Self::lay) gave.
    pub(super) fn look(&self, slot: &Slot) -> Value {
        match (slot, &self.shelf) {
            (Slot::Here(value), _) => value.clone(),
            (aside, Some(shelf)) => shelf.look(aside).into_owned(),
            (Slot::Aside(_), None) => unreachable!("only a shelf lays aside"),
        }
    }

    /// Whether all that was computed so far is what it should be.
    ///
    /// # Errors
    /// Something that was laid aside could not be read: nothing that follows from it may be recorded, begun or told.
    pub(super) fn check_shelf(&self) -> Result<(), RunError> {
        let failure = self.shelf.as_ref().and_then(|shelf| shelf.failure());
        failure.map_or(Ok(()), |why| Err(RunError::Shelf { run: self.id.to_string(), what: why.to_owned() }))
    }
}

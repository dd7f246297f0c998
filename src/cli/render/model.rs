//! What the renderers know of a run: its reports, folded. Holds what is under way, of the rest only counts.

use std::collections::{BTreeMap, HashSet, VecDeque};

use indexmap::IndexMap;

use crate::agent::{Stream, Usage};
use crate::base::text::escape;
use crate::cli::atlas::{Atlas, depth, names, parent};
use crate::cli::render::tally::{Tallies, Tally};
use crate::cli::roles::Roles;
use crate::cli::words;
use crate::engine::report::{Awaited, AwaitedLock, ErrorInfo, Event, Question, Report, WaitReason};

/// How many lines of a stage's output are kept for the case that it fails.
pub const LINES_KEPT: usize = 10;

/// How many failed stages' last lines are kept: after an unhandled failure few follow.
const LAST_WORDS_MAX: usize = 64;

/// A run as its reports tell it.
#[derive(Debug)]
pub struct Model {
    /// Id of the run; empty before the first report.
    pub run: String,
    /// Name of the workflow.
    pub workflow: String,
    /// When the run began, milliseconds since 1970: with the first report, unless that is known better.
    pub started: i64,
    /// The latest time that is known.
    pub now: i64,
    /// What is under way, by path.
    pub live: BTreeMap<String, Live>,
    /// The lock that the run itself waits for before any of its stages.
    pub lock: Option<AwaitedLock>,
    /// How many have ended, and how.
    pub counts: Counts,
    /// What all of it cost.
    pub usage: Usage,
    /// Paths of the workflow's own stages that ended well, in the order of their ends.
    pub done: Vec<String>,
    /// What was done to the world, in the order of the first time.
    pub effects: IndexMap<Effect, u64>,
    /// Its beginning was heard: what is kept later was counted when it was done.
    complete: bool,
    /// Attempts that were killed when the run was suspended: paths of their stages.
    pub killed: Vec<String>,
    /// The last lines of output, escaped, of stages that failed.
    pub last_words: BTreeMap<String, Vec<String>>,
    /// Maps under way.
    pub maps: Tallies,
    /// Paths whose failure was handled, until they end: by what is used in its place they succeed.
    handled: HashSet<String>,
    /// Items of maps that have ended, of which nothing was heard.
    never: u64,
    /// Who may answer what it asks.
    pub roles: Roles,
    atlas: Atlas,
    /// The workflow's own stages of which something was heard.
    touched: HashSet<usize>,
    order: u64,
}

/// Something that was done to the world by a stage above `reads`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Effect {
    /// Names of the stage, without items and rounds: there may be a million.
    pub stage: String,
    /// It failed, and may have happened all the same.
    pub maybe: bool,
}

/// A stage that is under way.
#[derive(Debug, Clone)]
pub struct Live {
    /// Its place in the order of what was heard of first.
    pub order: u64,
    /// The text for people.
    pub label: Option<String>,
    /// What it does now.
    pub state: State,
    /// The attempt, from 1; 0 before the first.
    pub attempt: u32,
    /// When the attempt, or else the stage, began.
    pub since: i64,
    /// The last lines of its output, escaped.
    pub lines: VecDeque<String>,
    /// The last that was said at it, escaped: by itself, or by the runtime about it.
    pub said: Option<String>,
    /// That was the runtime.
    pub by_runtime: bool,
    /// Whether inner stages were heard of: then it is no stage of its own in counts and lists.
    pub holds: bool,
}

/// What a stage does now.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// Waits for its turn.
    Ready,
    /// An attempt runs, or its inner stages do.
    Running,
    /// Waits for the next attempt after this failure.
    Retrying {
        /// Class of the failure.
        class: String,
        /// When it is due.
        until: i64,
    },
    /// Waits for something else.
    Waiting {
        /// For what.
        reason: WaitReason,
        /// Until when.
        until: Option<i64>,
        /// What exactly.
        wanted: Wanted,
    },
}

/// What a stage waits for, where there is more to say than why.
#[derive(Debug, Clone, PartialEq)]
pub enum Wanted {
    /// The reason says it.
    Nothing,
    /// A person's answer.
    Answer(Box<Question>),
    /// A message.
    Event(Box<Awaited>),
    /// A lock.
    Lock(Box<AwaitedLock>),
}

impl Wanted {
    fn of(question: Option<&Question>, awaited: Option<&Awaited>, lock: Option<&AwaitedLock>) -> Self {
        match (question, awaited, lock) {
            (Some(question), ..) => Self::Answer(Box::new(question.clone())),
            (_, Some(awaited), _) => Self::Event(Box::new(awaited.clone())),
            (.., Some(lock)) => Self::Lock(Box::new(lock.clone())),
            _ => Self::Nothing,
        }
    }
}

impl Wanted {
    /// What a person is asked, if that is it.
    pub fn question(&self) -> Option<&Question> {
        if let Self::Answer(question) = self { Some(question) } else { None }
    }
}

impl Live {
    fn hear(&mut self, line: String, stream: Stream) {
        (self.said, self.by_runtime) = (Some(line.clone()), stream == Stream::Runtime);
        // What the runtime says is no output of a program.
        if self.by_runtime {
            return;
        }
        if self.lines.len() == LINES_KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    /// Whether it waits for a lock: what is heard of inside it says that it has it.
    pub fn waits_for_a_lock(&self) -> bool {
        matches!(self.state, State::Waiting { reason: WaitReason::Lock, .. })
    }
}

/// How many stages have ended, and how. Stages that hold others are not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Well.
    pub succeeded: u64,
    /// Well, in an earlier process.
    pub kept: u64,
    /// By the result of an equal call.
    pub cached: u64,
    /// Badly.
    pub failed: u64,
    /// Badly, and the workflow says what then.
    pub handled: u64,
    /// By a false guard.
    pub skipped: u64,
    /// With the run.
    pub cancelled: u64,
}

impl Counts {
    /// All of them.
    pub fn ended(&self) -> u64 {
        self.succeeded + self.kept + self.cached + self.failed + self.handled + self.skipped + self.cancelled
    }
}

/// A stage that has just ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// Its path.
    pub stage: String,
    /// The text for people.
    pub label: Option<String>,
    /// How.
    pub how: How,
    /// How long its last attempt took.
    pub took: Option<i64>,
    /// The last attempt.
    pub attempt: u32,
    /// How many it might have had.
    pub attempts: Option<u32>,
    /// Whether inner stages were heard of.
    pub holds: bool,
    /// Its items, where they are told as one.
    pub items: Option<Tally>,
}

impl Ended {
    /// Whether it holds others and failed for a reason of its own, rather than with one of them.
    pub fn own_failure(&self) -> bool {
        is_own_failure(&self.how, &self.stage)
    }
}

fn is_own_failure(how: &How, stage: &str) -> bool {
    matches!(how, How::Failed { error, .. } if error.stage.as_deref().is_none_or(|of| of == stage))
}

/// How a stage ended.
#[derive(Debug, Clone, PartialEq)]
pub enum How {
    /// Well, at this cost.
    Succeeded(Usage),
    /// Well, in an earlier process.
    Kept,
    /// By the result of an equal call.
    Cached,
    /// Badly.
    Failed {
        /// Why.
        error: ErrorInfo,
        /// Whether the workflow says what then.
        handled: bool,
    },
    /// By a false guard, as it was written.
    Skipped(String),
    /// With the run.
    Cancelled {
        /// Whether its effect may have happened all the same.
        maybe: bool,
    },
}

impl Model {
    /// Nothing is known yet but the plan.
    pub fn new(atlas: Atlas) -> Self {
        Self {
            run: String::new(),
            workflow: atlas.plan().name.clone(),
            started: 0,
            now: 0,
            live: BTreeMap::new(),
            lock: None,
            counts: Counts::default(),
            usage: Usage::default(),
            done: Vec::new(),
            effects: IndexMap::new(),
            complete: false,
            killed: Vec::new(),
            last_words: BTreeMap::new(),
            maps: Tallies::default(),
            never: 0,
            handled: HashSet::new(),
            roles: Roles::default(),
            atlas,
            touched: HashSet::new(),
            order: 0,
        }
    }

    /// The same of a run that began then, milliseconds since 1970, whenever the first report is made.
    pub fn since(self, started: i64) -> Self {
        Self { started, ..self }
    }

    /// The same in a project with these roles.
    pub fn of_roles(self, roles: Roles) -> Self {
        Self { roles, ..self }
    }

    /// Where paths are looked up.
    pub fn atlas(&self) -> &Atlas {
        &self.atlas
    }

    /// A stage that was skipped or cancelled before the run went on: no report tells of it again.
    pub fn was_over(&mut self, stage: &str, cancelled: bool) {
        let how = if cancelled { How::Cancelled { maybe: false } } else { How::Skipped(String::new()) };
        self.hear_of(stage, self.started);
        self.end(stage, self.started, 0, how);
    }

    /// Takes a report in; gives the stage that it ends.
    pub fn apply(&mut self, report: &Report) -> Option<Ended> {
        let at = words::parse_time(&report.time);
        self.now = self.now.max(at);
        if self.run.is_empty() {
            self.run = report.run.to_string();
            self.started = if self.started == 0 { at } else { self.started };
        }
        self.complete |= matches!(report.event, Event::RunStarted { resumed: false, .. });
        if let Event::RunSuspended { killed, .. } = &report.event {
            self.killed.clone_from(killed);
        }
        self.lock = match &report.event {
            Event::StageWaiting { lock: Some(lock), .. } if report.stage.is_none() => Some(lock.clone()),
            Event::RunSucceeded { .. } | Event::RunFailed { .. } | Event::RunCancelled { .. } => None,
            _ => self.lock.take().filter(|_| report.stage.is_none()),
        };
        let stage = report.stage.as_deref()?;
        self.hear_of(stage, at);
        match &report.event {
            Event::StageReady { label, items } => {
                if let Some(items) = items {
                    self.maps.item_ready(stage, *items);
                }
                let live = self.live(stage, at);
                live.label = label.as_deref().map(escape).or(live.label.take());
            }
            Event::StageStarted { attempt, .. } => {
                let live = self.live(stage, at);
                (live.attempt, live.since, live.state) = (*attempt, at, State::Running);
            }
            // Told already, with the failure that led to it.
            Event::StageWaiting { reason: WaitReason::Retry, .. } => {}
            Event::StageWaiting { reason, until, question, awaited, lock } => {
                let until = until.as_deref().map(words::parse_time);
                let wanted = Wanted::of(question.as_ref(), awaited.as_ref(), lock.as_ref());
                self.live(stage, at).state = State::Waiting { reason: *reason, until, wanted };
            }
            Event::StageRetrying { attempt, error, delay } => {
                self.maps.retried(stage);
                let live = self.live(stage, at);
                live.attempt = *attempt;
                live.state = State::Retrying { class: error.class.clone(), until: at.saturating_add(*delay) };
            }
            Event::Log { line, stream, .. } => self.live(stage, at).hear(escape(line), *stream),
            Event::StageSucceeded { cache: Some(_), .. } => return Some(self.end(stage, at, 0, How::Cached)),
            Event::StageSucceeded { kept: true, .. } => return Some(self.end(stage, at, 0, How::Kept)),
            Event::StageSucceeded { attempt, usage, .. } => {
                return Some(self.end(stage, at, *attempt, How::Succeeded(*usage)));
            }
            // It was told when it came about: it only counts.
            Event::StageFailed { kept: true, handled: true, error, .. } => {
                self.end(stage, at, 0, How::Failed { error: error.clone(), handled: true });
            }
            Event::StageFailed { kept: true, .. } => {}
            Event::StageFailed { attempt, error, handled, .. } => {
                let how = How::Failed { error: error.clone(), handled: *handled };
                return Some(self.end(stage, at, *attempt, how));
            }
            Event::StageSkipped { because } => return Some(self.end(stage, at, 0, How::Skipped(escape(because)))),
            Event::StageCancelled { maybe_happened } => {
                return Some(self.end(stage, at, 0, How::Cancelled { maybe: *maybe_happened }));
            }
            _ => {}
        }
        None
    }

    /// How many stages there are, as far as is known.
    pub fn total(&self) -> u64 {
        self.counts.ended() + self.not_ended()
    }

    /// How many have not ended: those under way, the workflow's own and items of which nothing was heard.
    pub fn not_ended(&self) -> u64 {
        let live = self.live.values().filter(|live| !live.holds).count();
        live as u64 + self.untouched().count() as u64 + self.untouched_items()
    }

    /// Items of maps of which nothing was heard.
    pub fn untouched_items(&self) -> u64 {
        self.never + self.maps.untouched()
    }

    /// How far a map under way has come.
    pub fn progress(&self, map: &str, tally: &Tally) -> String {
        let items = format!("{map}[");
        let inside = self.live.range(items.clone()..).take_while(|(path, _)| path.starts_with(&items));
        tally.progress(inside.filter(|(path, _)| parent(path) == Some(map)).count() as u64)
    }

    /// The workflow's own stages of which nothing was heard, in the order of the file. A `fail` is none.
    pub fn untouched(&self) -> impl Iterator<Item = &str> {
        let stages = self.atlas.stages().iter().enumerate();
        let real = stages.filter(|(_, stage)| !matches!(stage.body, crate::plan::Body::Fail(_)));
        real.filter(|(at, _)| !self.touched.contains(at)).map(|(_, stage)| stage.name.as_str())
    }

    /// How many attempts the stage of a path may have.
    pub fn attempts(&self, stage: &str) -> Option<u32> {
        Some(self.atlas.find(stage)?.call?.retry.as_ref()?.attempts)
    }

    fn hear_of(&mut self, stage: &str, at: i64) {
        if let Some(at) = self.atlas.top(stage) {
            self.touched.insert(at);
        }
        let mut holder = parent(stage);
        while let Some(path) = holder {
            match self.live.get_mut(path) {
                Some(live) if live.holds => break,
                Some(live) if live.state == State::Ready || live.waits_for_a_lock() => {
                    (live.holds, live.state, live.since) = (true, State::Running, at);
                }
                Some(live) => live.holds = true,
                None => {}
            }
            holder = parent(path);
        }
    }

    fn live(&mut self, stage: &str, at: i64) -> &mut Live {
        // What is inside an item is told apart by the item's label.
        let holder = parent(stage).filter(|_| !self.live.contains_key(stage)).and_then(|path| self.live.get(path));
        let label = holder.and_then(|holder| holder.label.clone());
        self.order += 1;
        let order = self.order;
        let new = || Live {
            order,
            label,
            state: State::Ready,
            attempt: 0,
            since: at,
            lines: VecDeque::new(),
            said: None,
            by_runtime: false,
            holds: false,
        };
        self.live.entry(stage.to_owned()).or_insert_with(new)
    }

    fn end(&mut self, stage: &str, at: i64, attempt: u32, how: How) -> Ended {
        let live = self.live.remove(stage);
        let holds = live.as_ref().is_some_and(|live| live.holds);
        let inner = if holds { self.end_inner(stage) } else { VecDeque::new() };
        let tally = self.maps.ended(stage, &how, holds && !is_own_failure(&how, stage));
        self.never += tally.map_or(0, |tally| tally.untouched());
        let own = live.as_ref().map(|live| live.lines.clone()).filter(|lines| !lines.is_empty());
        let lines: Vec<String> = own.unwrap_or(inner).into();
        if matches!(how, How::Failed { handled: false, .. }) && self.last_words.len() < LAST_WORDS_MAX {
            self.last_words.insert(stage.to_owned(), lines);
        }
        // A `fail` that was not come to is no stage that somebody waits for.
        let unmet = matches!(how, How::Skipped(_) | How::Cancelled { .. }) && self.atlas.is_fail(stage);
        let again = match how {
            How::Failed { handled: true, .. } => !self.handled.insert(stage.to_owned()),
            _ => self.handled.remove(stage),
        };
        if !holds && !unmet && !again {
            self.count(&how);
        }
        // What is used in place of a failure did nothing of its own.
        let used = again && matches!(how, How::Succeeded(_)) && self.atlas.uses_value(stage);
        if !used {
            self.note_effect(stage, &how, holds);
        }
        match (&how, self.undone(stage)) {
            (How::Succeeded(_), Some(undone)) => self.note_undone(undone),
            // How it stands is for a person to find out.
            (How::Failed { .. } | How::Cancelled { .. }, Some(undone)) => self.forget_done(undone),
            _ => {}
        }
        let is_own = depth(stage) == 1 && parent(stage).is_none() && !self.atlas.is_finally(stage);
        if is_own && matches!(how, How::Succeeded(_) | How::Kept | How::Cached) {
            self.done.push(stage.to_owned());
        }
        Ended {
            stage: stage.to_owned(),
            attempts: self.attempts(stage),
            took: live.as_ref().filter(|live| live.state != State::Ready).map(|live| at - live.since),
            label: live.and_then(|live| live.label),
            how,
            attempt,
            holds,
            items: tally.filter(Tally::is_crowd),
        }
    }

    /// What was inside a stage that has ended: rounds and attempts of which no end is told. Gives the last lines of output.
    fn end_inner(&mut self, stage: &str) -> VecDeque<String> {
        let mut lines = VecDeque::new();
        for sign in ['#', '.', '['] {
            let prefix = format!("{stage}{sign}");
            let inside = self.live.range(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix));
            let paths: Vec<String> = inside.map(|(path, _)| path.clone()).collect();
            for inner in paths.into_iter().filter_map(|path| self.live.remove(&path)) {
                lines = if inner.lines.is_empty() { lines } else { inner.lines };
            }
        }
        lines
    }

    fn count(&mut self, how: &How) {
        match how {
            How::Succeeded(usage) => {
                self.counts.succeeded += 1;
                self.usage.tokens = self.usage.tokens.saturating_add(usage.tokens);
                self.usage.money = self.usage.money.saturating_add(usage.money);
            }
            How::Kept => self.counts.kept += 1,
            How::Cached => self.counts.cached += 1,
            How::Failed { handled: true, .. } => self.counts.handled += 1,
            How::Failed { .. } => self.counts.failed += 1,
            How::Skipped(_) => self.counts.skipped += 1,
            How::Cancelled { .. } => self.counts.cancelled += 1,
        }
    }

    /// What a call undoes, if that is what it does: an inner stage may have that name too.
    fn undone<'p>(&self, path: &'p str) -> Option<&'p str> {
        path.strip_suffix(".undo").filter(|_| self.atlas.find(path).is_none())
    }

    /// Takes back what a success did, all that was inside it included.
    fn note_undone(&mut self, path: &str) {
        let stage = names(path).collect::<Vec<_>>().join(".");
        let inside = format!("{stage}.");
        for (effect, times) in &mut self.effects {
            let undone = !effect.maybe && (effect.stage == stage || effect.stage.starts_with(&inside));
            *times = times.saturating_sub(u64::from(undone));
        }
        self.effects.retain(|_, times| *times > 0);
        self.forget_done(path);
    }

    fn forget_done(&mut self, path: &str) {
        self.done.retain(|done| Some(done.as_str()) != names(path).next());
    }

    /// Whether what a stage calls does something to the world.
    pub fn is_write(&self, stage: &str) -> bool {
        self.atlas.effects(stage) > crate::value::policy::Effects::Reads
    }

    fn note_effect(&mut self, stage: &str, how: &How, holds: bool) {
        let maybe = match how {
            How::Kept if self.complete => return,
            How::Succeeded(_) | How::Kept | How::Cached => false,
            How::Failed { error, .. } if error.maybe_happened => true,
            How::Cancelled { maybe: true } => true,
            _ => return,
        };
        // The end of a round that did not succeed is that of its stage.
        let holds = holds && (!maybe || self.atlas.is_whole_map(stage));
        if !holds && self.is_write(stage) {
            let stage = names(stage).collect::<Vec<_>>().join(".");
            *self.effects.entry(Effect { stage, maybe }).or_default() += 1;
        }
    }
}

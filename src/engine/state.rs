//! The state of a run: a tree of workflow instances, their stages, and what is under way in them.
//!
//! Plain data. Made by [`step`](super::step::step) from the journal alone, and by nothing else.

mod error;
mod residue;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::agent::{Lack, Usage};
use crate::engine::budget::Purses;
use crate::engine::doubt::{Probe, Unsettled};
use crate::engine::files::Texts;
use crate::engine::limits::Queues;
use crate::engine::locks::{Claimed, Holder, Locks};
use crate::engine::marks::Marks;
use crate::engine::rates::Rates;
use crate::engine::report::Question;
use crate::engine::retry::memory;
use crate::engine::slab::Slab;
use crate::plan::WorkflowId;
use crate::plan::cost::Cost;
use crate::value::Value;
use crate::value::list::List;
use crate::value::shelf::{Shelf, Slot};

pub use error::StageError;
pub use residue::{Residue, Residues};

/// Stands for "none" where an index is kept in 32 bits.
pub const NONE: u32 = u32::MAX;

/// Number of an instance in [`Run::instances`].
pub type InstanceId = u32;
/// Number of a call in [`Run::calls`].
pub type CallId = u32;
/// Number of a map in [`Run::maps`].
pub type MapId = u32;
/// Number of a race in [`Run::races`].
pub type RaceId = u32;
/// Number of an attempt: dense over the run, never reused.
pub type AttemptId = u64;
/// When a timer is due and its number.
pub type TimerKey = (i64, u64);

/// A run, as far as it is recorded.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its id.
    pub id: Arc<str>,
    /// First part of every idempotency key.
    pub key: Arc<str>,
    /// RFC 3339, when it started.
    pub started: Arc<str>,
    /// Time of the last event, milliseconds since 1970. Never decreases.
    pub at: i64,
    /// How it ended.
    pub end: Option<End>,
    /// Nothing starts until it is resumed.
    pub held: bool,
    /// Number of the last message that was taken.
    pub taken: u64,
    /// What it cost so far.
    pub usage: Usage,
    /// The version of the journal from the latest start on.
    pub(super) journal: u32,
    /// Which end of the run this one leads to: 1, and one more with each retry.
    pub life: u32,
    pub(super) seed: u64,
    pub(super) next_id: u64,
    /// Attempts planned so far: the number of the latest.
    pub(super) attempts_made: AttemptId,
    pub(super) cancelled: bool,
    pub(super) root: InstanceId,
    pub(super) instances: Slab<Instance>,
    pub(super) calls: Slab<Call>,
    pub(super) maps: Slab<MapState>,
    pub(super) races: Slab<RaceState>,
    pub(super) attempts: BTreeMap<AttemptId, CallId>,
    pub(super) timers: BTreeMap<TimerKey, Timer>,
    /// Timers of the deadlines of stages under way.
    pub(super) deadlines: BTreeMap<(InstanceId, u32), TimerKey>,
    /// Who started or retried the run, or gave a value to it.
    pub(super) requesters: BTreeSet<String>,
    /// Calls that wait for something that only people can bring.
    pub(super) lacking: BTreeSet<CallId>,
    /// Questions to people by the path of their stage.
    pub(super) questions: BTreeMap<String, CallId>,
    /// Messages to every run that are recorded and that no stage has taken yet, and the stages that wait for one.
    pub(super) mail: Mail,
    /// What `text(file)` gives of the files that are known.
    pub(super) texts: Texts,
    pub(super) queues: Queues,
    pub(super) rates: Rates,
    /// When attempts began in the run that this one is a retry of, by agent.
    pub(super) begun_before: BTreeMap<String, VecDeque<i64>>,
    pub(super) purses: Purses,
    /// Whose turn it is in each pool.
    pub(super) turns: BTreeMap<u32, u32>,
    pub(super) locks: Locks,
    /// Claims from before the run moved to this plan, by the paths of their holders and their locks: whoever is there again has
    /// them.
    pub(super) claims_before: BTreeMap<(String, String), (u64, Claimed)>,
    pub(super) work: VecDeque<Work>,
    /// Ended instances: taken out when a step is over, so that no number is reused inside it.
    pub(super) graveyard: Vec<InstanceId>,
    /// What a retry keeps, until the run begins with it.
    pub(super) memory: Option<Arc<memory::Instance>>,
    /// An event that does not fit the state: the journal and the plan do not belong together.
    pub(super) mismatch: Option<String>,
    /// Replaying: nobody is told anything.
    pub(super) quiet: bool,
    /// Where it has been, if that is asked for.
    pub(super) marks: Option<Box<Marks>>,
    /// Where results lie that are not held in memory. What it holds is no part of the state: only how it is held.
    pub(super) shelf: Option<Arc<Shelf>>,
}

/// Name and key of a message to every run.
pub type Address = (String, String);

/// Messages to every run.
#[derive(Debug, Clone, Default)]
pub struct Mail {
    /// Recorded and not taken yet, oldest first: earlier versions recorded them before anybody waited for them.
    pub(super) untaken: BTreeMap<Address, VecDeque<serde_json::Value>>,
    /// Calls that wait, in the order in which they began to: by number of their stamp.
    pub(super) listening: BTreeMap<Address, BTreeMap<u64, CallId>>,
    /// Number of the last message that was taken.
    pub(super) taken: BTreeMap<Address, u64>,
    /// Ids that have been seen, with name and key.
    pub(super) seen: BTreeSet<(Address, String)>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// With this result.
    Succeeded(Value),
    /// Because of this.
    Failed(StageError),
    /// By a person; with the failure that came first, if one did.
    Cancelled(Option<StageError>),
}

/// Something that has to be done before a step is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// A stage, or above the stages a condition, may have got what it waited for.
    Advance(InstanceId, u32),
    /// An instance may have come to the end of its phase.
    Settle(InstanceId),
    /// An instance is to end, because the call that made it is.
    Stop(InstanceId, Stop),
    /// The newest success of an instance that is not undone yet is to be.
    Undo(InstanceId),
}

/// What a timer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timer {
    /// A call that pauses (back-off, `every`) goes on.
    Go(CallId),
    /// What a `wait` waits for has come.
    Passed(CallId),
    /// The `timeout` of a question to people, or of a `wait`.
    Answer(CallId),
    /// The `deadline` of a call.
    CallDeadline(CallId),
    /// The `deadline` of a stage.
    StageDeadline(InstanceId, u32),
    /// The `timeout` of an instance.
    InstanceTimeout(InstanceId),
    /// The longest wait for a lock.
    Lock(Holder),
    /// Another attempt of this agent may begin.
    Rate(u32),
}

impl Timer {
    /// Whether work goes on by itself when it fires; the others only bound a wait.
    pub fn goes_on(self) -> bool {
        matches!(self, Self::Go(_) | Self::Passed(_) | Self::Rate(_))
    }
}

/// A workflow under way.
#[derive(Debug, Clone)]
pub struct Instance {
    pub(super) workflow: WorkflowId,
    /// The call that made it; none for the root.
    pub(super) caller: Option<CallId>,
    /// What stands before the names of its stages in paths.
    pub(super) prefix: Arc<str>,
    /// What stands before them in keys.
    pub(super) key_prefix: Arc<str>,
    /// Order of creation.
    pub(super) order: u64,
    pub(super) args: Vec<Value>,
    pub(super) phase: Phase,
    pub(super) stages: Vec<StageSlot>,
    pub(super) conditions: Vec<ConditionSlot>,
    pub(super) lets: Vec<Option<Value>>,
    /// `errors(s)` of maps with failed items.
    pub(super) errors: BTreeMap<u32, Value>,
    /// Stages of the current part (body or `finally`) that have not ended.
    pub(super) open: u32,
    /// Stages that are under way.
    pub(super) active: u32,
    pub(super) failure: Option<Box<StageError>>,
    pub(super) result: Value,
    /// `outcome` in `finally`.
    pub(super) outcome: Value,
    /// Successes that wrote, and those that have an `undo`, in the order of the journal.
    pub(super) undo: Vec<Undoable>,
    /// Those of them that a failure has left as they are: nothing states how to undo them.
    pub(super) left: Vec<Undoable>,
    /// What calls that are over have left open.
    pub(super) residues: Residues,
    /// What is being undone, and by which call.
    pub(super) undoing: Option<(Undoable, CallId)>,
    /// The instance in whose order this one, which succeeded, is undone; with the stage and the item that called it.
    pub(super) undone_for: Option<(InstanceId, u32, u32)>,
    /// Limits on attempts inside it, those of the instances around included.
    pub(super) limits: Arc<[u32]>,
    pub(super) own_limit: Option<u32>,
    /// Since when its time runs.
    pub(super) since: i64,
    pub(super) timer: Option<TimerKey>,
    /// What a retry keeps of it.
    pub(super) memory: Option<Arc<memory::Instance>>,
}

impl Instance {
    /// Some of what it is to do was never begun, or ended without an outcome.
    pub(super) fn was_cut_short(&self) -> bool {
        let ends_early = self.phase != Phase::Running;
        self.open > 0 || ends_early && self.stages.iter().any(|stage| stage.state == StageState::Cancelled)
    }
}

/// A success that a later failure undoes, or would if the plan said how: it may do so by the time of that failure.
#[derive(Debug, Clone)]
pub struct Undoable {
    /// Its place in the order of successes: the end that the run led to, then a number.
    pub(super) seq: (u32, u32),
    pub(super) stage: u32,
    /// Of a map; [`NONE`] elsewhere.
    pub(super) item: u32,
    /// What the stage's own `undo` sees.
    pub(super) seen: Seen,
    /// The workflow that was called, where what it states inside may undo it.
    pub(super) inner: Option<InstanceId>,
    /// The plan says how it is undone.
    pub(super) stated: bool,
}

/// What an `undo` sees of the success.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Of a `repeat`; 0 elsewhere.
    pub round: u32,
    /// The item.
    pub item: Slot,
    /// The result.
    pub result: Slot,
}

/// What became of the effects of a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reversal {
    /// They stand.
    None,
    /// They were undone.
    Done,
    /// Undoing them failed: how they stand is for a person to find out.
    Failed,
}

/// How far an instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Stages start as they become ready.
    Running,
    /// Nothing starts; attempts under way may end.
    Draining,
    /// Nothing starts; what runs is being ended.
    Killing,
    /// What succeeded is undone, newest first.
    Undoing,
    /// The stages of `finally` run.
    Finally,
    /// Over.
    Ended,
}

/// How a stage stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageState {
    /// Waits for others, or never started.
    Pending,
    /// Under way, or waiting for a slot, a timer, a person.
    Active,
    /// Ended with a value.
    Succeeded,
    /// Ended with a failure that nobody handles.
    Failed,
    /// Ended with a failure that is handled; its value is `null`.
    Handled,
    /// Its guard was false.
    Skipped,
    /// Ended because the run or a call around it did.
    Cancelled,
}

impl StageState {
    /// Whether it has ended.
    pub fn ended(self) -> bool {
        !matches!(self, Self::Pending | Self::Active)
    }
}

/// A stage of an instance.
#[derive(Debug, Clone)]
pub struct StageSlot {
    pub(super) state: StageState,
    /// Its value came from before a retry.
    pub(super) kept: bool,
    pub(super) link: Link,
    pub(super) body: BodyRef,
    /// When it was ready.
    pub(super) since: i64,
    pub(super) attempts: u32,
    /// Results of it that a retry did not keep.
    pub(super) undone: u32,
    /// The strongest of its items and rounds.
    pub(super) reversal: Reversal,
    pub(super) value: Value,
    pub(super) error: Option<Box<StageError>>,
}

impl Default for StageSlot {
    fn default() -> Self {
        Self {
            state: StageState::Pending,
            kept: false,
            link: Link::default(),
            body: BodyRef::None,
            since: 0,
            attempts: 0,
            undone: 0,
            reversal: Reversal::None,
            value: Value::Null,
            error: None,
        }
    }
}

/// Where a stage or condition stands in what it waits for, and who waits for it: a list through the table, so that a wait costs
/// no allocation and each requirement is looked at once.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    /// Requirements that are met.
    pub(super) cursor: u32,
    /// First of those that wait for this one.
    pub(super) watchers: u32,
    /// Next in the list in which this one waits.
    pub(super) next: u32,
}

impl Default for Link {
    fn default() -> Self {
        Self { cursor: 0, watchers: NONE, next: NONE }
    }
}

/// What is under way for a stage; kept where it failed, for a retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyRef {
    /// Nothing.
    None,
    /// A call.
    Call(CallId),
    /// A map.
    Map(MapId),
    /// A race.
    Race(RaceId),
}

/// A condition of an instance.
#[derive(Debug, Clone, Copy, Default)]
pub struct ConditionSlot {
    pub(super) truth: Option<bool>,
    /// It stands in the list of something that it waits for.
    pub(super) waiting: bool,
    pub(super) link: Link,
}

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub(super) instance: InstanceId,
    pub(super) stage: u32,
    /// Of a map; [`NONE`] elsewhere.
    pub(super) item: u32,
    pub(super) site: Site,
}

/// Which call of the stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Site {
    /// The stage's own, or that of its map.
    Main,
    /// That of an arm.
    Arm(u32),
    /// An alternative of a race.
    Alternative(u32),
    /// That of a handler.
    Handler(u32),
    /// What undoes a success.
    Undo,
    /// None: the stage as a whole, about which a person is asked.
    Whole,
}

/// A call under way, with all its attempts and rounds. There is one for each stage that is ready: what few have is kept apart.
#[derive(Debug, Clone)]
pub struct Call {
    pub(super) place: Place,
    /// Tells it from an earlier call of the same number.
    pub(super) stamp: u64,
    /// When it was made.
    pub(super) began: i64,
    /// Since when it waits for a timer, an event or a person.
    pub(super) since: i64,
    pub(super) state: CallState,
    pub(super) args: Vec<Value>,
    /// The item, for expressions of a map.
    pub(super) item: Value,
    /// From 1; 0 without `repeat`.
    pub(super) round: u32,
    /// Rounds that had ended when a person let the bound of rounds begin anew.
    pub(super) spent: u32,
    /// The result of the round before this one.
    pub(super) previous: Option<Box<Value>>,
    /// The result of the latest round.
    pub(super) result: Option<Box<Value>>,
    /// Number of the latest attempt of this round.
    pub(super) attempt: u32,
    /// Failures that count for the policy.
    pub(super) counted: u32,
    /// Known failures: last part of the key.
    pub(super) known: u32,
    /// Results not kept: last but one part of the key.
    pub(super) undone: u32,
    /// Set when it is to end: its attempt is being awaited only.
    pub(super) stop: Option<Stop>,
    pub(super) deadline: Option<TimerKey>,
    /// The timer of its state.
    pub(super) timer: Option<TimerKey>,
    pub(super) error: Option<Box<StageError>>,
    /// An attempt of unknown outcome that has to be settled first.
    pub(super) unsettled: Option<Box<Unsettled>>,
    /// The probe that is asked about it.
    pub(super) probe: Option<Box<Probe>>,
    /// The result of an equal call was looked for.
    pub(super) looked: bool,
    /// The key under which its result was found.
    pub(super) recalled: Option<Arc<str>>,
    /// The workflow under way, or the failed one.
    pub(super) inner: Option<InstanceId>,
    /// The call that handles the failure of this one.
    pub(super) handler: Option<CallId>,
    pub(super) question: Option<Box<Question>>,
    /// The message that it waits for.
    pub(super) listens_to: Option<Box<Address>>,
    /// What its latest attempt cost.
    pub(super) usage: Usage,
    /// The member of its pool.
    pub(super) member: Option<u32>,
    /// Members that have failed at it, as bits, but not all of them: others come first.
    pub(super) avoided: u32,
    /// What is set aside for its attempt under way.
    pub(super) reserved: Cost,
    /// What a retry keeps of the workflow that it calls.
    pub(super) memory: Option<Arc<memory::Instance>>,
    /// Where it stood before its run moved to this plan, until it is there again.
    pub(super) standing: Option<Box<memory::Standing>>,
}

/// How a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallState {
    /// Waits for its turn.
    Ready,
    /// An attempt is to start, once that is recorded.
    Planned(AttemptId),
    /// An attempt runs, since then; after the death of the process until its end is found out.
    Running(AttemptId, i64),
    /// Waits before the next attempt or round.
    Pausing,
    /// A person is asked.
    Asking(Asked),
    /// A timer runs, and nothing else.
    Waiting,
    /// A message from outside is awaited.
    Listening,
    /// Waits for something that only people can bring.
    Lacking(Lack),
    /// A workflow is under way.
    Inside,
    /// Over; kept for a retry.
    Over,
}

/// Why a person is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It is what the stage does.
    Form,
    /// The same, for leave to go on with a value.
    Approval,
    /// `on failure ask`.
    Failure,
    /// An attempt of unknown outcome.
    Unknown,
}

/// Why a call is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// What is under way may end; nothing follows.
    Drain,
    /// It is killed because what is around it ends.
    Cancel,
    /// It is killed because its deadline has passed.
    Deadline,
}

/// A map under way.
#[derive(Debug, Clone)]
pub struct MapState {
    pub(super) instance: InstanceId,
    pub(super) stage: u32,
    pub(super) stamp: u64,
    pub(super) items: List,
    pub(super) results: Vec<Slot>,
    /// The next item to start.
    pub(super) next: u32,
    /// Items under way.
    pub(super) live: BTreeMap<u32, CallId>,
    pub(super) succeeded: u32,
    /// Failed items that are handled, in the order of their end.
    pub(super) errors: Vec<(u32, StageError)>,
    /// The failure of the whole.
    pub(super) failure: Option<Box<StageError>>,
    pub(super) stop: Option<Stop>,
    /// It stands in a queue to start its next item.
    pub(super) queued: bool,
    /// Calls of items that did not succeed, kept for a retry.
    pub(super) failed: BTreeMap<u32, CallId>,
    /// Items whose effects were undone, or were to be.
    pub(super) reversed: BTreeMap<u32, Reversal>,
    pub(super) attempts: u32,
    pub(super) memory: Option<Arc<memory::Map>>,
}

/// A race under way.
#[derive(Debug, Clone)]
pub struct RaceState {
    pub(super) instance: InstanceId,
    pub(super) stage: u32,
    /// One for each alternative, in order; kept until the stage has its value.
    pub(super) calls: Vec<CallId>,
    /// Alternatives that have not ended.
    pub(super) live: u32,
    /// Those that succeeded before it was decided, in the order of their success, with their values.
    pub(super) won: Vec<(u32, Value)>,
    /// The latest failure of an alternative, and which.
    pub(super) failure: Option<(u32, Box<StageError>)>,
    /// The others are being ended: enough have succeeded, or no longer can.
    pub(super) decided: bool,
    /// Its alternatives are being gone through: it does not come to its end meanwhile.
    pub(super) busy: bool,
    pub(super) stop: Option<Stop>,
    /// The call that handles the failure of the whole.
    pub(super) handler: Option<CallId>,
}

//! What is kept of a run when it is retried: a tree like that of its instances, by the names of stages.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::doubt::{Probe, Unsettled};
use crate::engine::report::Approval;
use crate::engine::state::{self, Residue, Site, StageError};
use crate::plan::cost::Cost;
use crate::value::Value;
use crate::value::list::List;
use crate::value::shelf::Slot;

/// What is kept of an instance.
#[derive(Debug, Clone, Default)]
pub struct Instance {
    /// Its arguments by the names of the parameters.
    pub args: BTreeMap<String, Value>,
    /// Its stages by name.
    pub stages: BTreeMap<String, Stage>,
    /// What is spent of its budget.
    pub spent: Cost,
    /// Since when its time runs, where it is under way.
    pub since: Option<i64>,
}

/// What is kept of a stage.
#[derive(Debug, Clone, Default)]
pub struct Stage {
    /// Its result, if that is kept.
    pub kept: Option<Kept>,
    /// Results of it that were not kept.
    pub undone: u32,
    /// What succeeded in it and is kept, as far as a later failure may undo it; by item, then in the order of successes.
    pub undo: Vec<Undo>,
    /// What was left open in it, by item: it stays so where its result is kept.
    pub residues: BTreeMap<u32, Residue>,
    /// Calls that did not succeed.
    pub calls: Calls,
    /// Its map, where that did not succeed.
    pub map: Option<Arc<Map>>,
    /// What is spent of its budget.
    pub spent: Cost,
    /// Since when its `deadline` runs, where it is under way.
    pub since: Option<i64>,
    /// How far its race was.
    pub race: Option<Race>,
    /// Where the failure of the whole is in hand: by a handler, or by a person who is asked about this failure.
    pub in_hand: Option<(Site, Option<Box<StageError>>)>,
}

/// A result that is kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The result.
    pub value: Value,
    /// How many attempts it took.
    pub attempts: u32,
    /// `errors(stage)` of a map.
    pub errors: Option<Value>,
    /// It failed, and that was handled.
    pub handled: Option<Box<StageError>>,
}

/// A call that did not succeed.
#[derive(Debug, Clone, Default)]
pub struct Call {
    /// Number of the latest attempt.
    pub attempt: u32,
    /// Known failures.
    pub known: u32,
    /// Results not kept.
    pub undone: u32,
    /// An attempt of unknown outcome that has to be settled first.
    pub unsettled: Option<Unsettled>,
    /// The member of its pool whose attempt is of unknown outcome.
    pub member: Option<u32>,
    /// Its latest failure.
    pub error: Option<StageError>,
    /// Where its `repeat` stood.
    pub rounds: Option<Rounds>,
    /// What is kept inside the workflow that it called.
    pub inner: Option<Arc<Instance>>,
    /// Where it stands, if it goes on from there rather than being tried anew.
    pub standing: Option<Box<Standing>>,
}

/// Where a call stands that is under way while its run moves to another plan.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// Tells it from other calls; who has waited longest has the lowest.
    pub stamp: u64,
    /// Failures that count for the policy.
    pub counted: u32,
    /// When it was made: its `deadline` runs since then.
    pub began: i64,
    /// Since when it waits for a timer, an event or a person.
    pub since: Option<i64>,
    /// Until when it pauses before it goes on.
    pub pause: Option<i64>,
    /// It has failed, and a handler or a person has that in hand.
    pub failed: bool,
    /// The probe that is asked about its latest attempt.
    pub probe: Option<Box<Probe>>,
    /// What was asked for, with those who have allowed it so far.
    pub approval: Option<Approval>,
}

/// How far a race was.
#[derive(Debug, Clone, Default)]
pub struct Race {
    /// Alternatives that had succeeded, in their order, with their values.
    pub won: Vec<(u32, Value)>,
    /// Alternatives that had failed, the latest last.
    pub failed: Vec<(u32, Box<StageError>)>,
}

/// Where a `repeat` stood.
#[derive(Debug, Clone)]
pub struct Rounds {
    /// The round.
    pub round: u32,
    /// Rounds that count for the bound no more.
    pub spent: u32,
    /// Its arguments.
    pub args: Vec<Value>,
    /// The result of the round before.
    pub previous: Option<Box<Value>>,
    /// The result of this round, if it has ended.
    pub result: Option<Box<Value>>,
}

/// A map that did not succeed, or is under way.
#[derive(Debug, Clone, Default)]
pub struct Map {
    /// Its items.
    pub items: List,
    /// Results by index.
    pub results: BTreeMap<u32, Slot>,
    /// Calls that did not succeed, by index.
    pub calls: BTreeMap<u32, Calls>,
    /// Items that failed, and whose failure was handled, in the order of their end.
    pub handled: Vec<(u32, StageError)>,
}

/// The calls of a stage or an item by their sites.
pub type Calls = BTreeMap<Site, Arc<Call>>;

/// A success that is kept and that a later failure may undo.
#[derive(Debug, Clone)]
pub struct Undo {
    /// Its place in the order of successes.
    pub seq: (u32, u32),
    /// Of a map; [`NONE`](state::NONE) elsewhere.
    pub item: u32,
    /// What the stage's own `undo` sees.
    pub seen: state::Seen,
    /// The workflow that was called, where what it states inside may undo it.
    pub inner: Option<Arc<Ended>>,
}

/// A workflow that has succeeded, with all that undoing it needs.
#[derive(Debug, Clone)]
pub struct Ended {
    /// The instance, without what was under way in it.
    pub instance: state::Instance,
    /// Name and definition of its workflow: where that stands in a plan differs from plan to plan.
    pub workflow: (String, String),
    /// Names of its stages, in the order of the slots of the instance.
    pub stages: Vec<String>,
    /// What may be undone inside, each with the name of its stage.
    pub undo: Vec<(String, Undo)>,
}

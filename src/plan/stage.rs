//! What stages of a plan do: calls, maps, arms, races, and what becomes of their failures.

use serde::{Deserialize, Serialize};

use super::{AgentId, Budget, Lock, PoolId, StageId, Term, WorkflowId};
use crate::base::span::Span;
use crate::value::expr::{Expr, Pattern};
use crate::value::policy::Retry;
use crate::value::types::Type;

/// A stage, or a `fail`. There may be a million of them: what few have is kept apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Its name: a part of the paths of all that runs for it.
    pub name: String,
    /// Documentation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// The type of its result, seen from where it has succeeded.
    #[serde(rename = "type")]
    pub ty: Type,
    /// Conditions from the outside in. A condition is looked at only if those before it hold; the first that does not
    /// have its truth skips the stage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guard: Vec<Term>,
    /// `fail`s that must have been decided (skipped) before the guard is looked at: the last ones, which wait for those before
    /// them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exits: Vec<StageId>,
    /// Stages that must have ended, in whatever state, before it starts: read (also through `let`s), `after`, read by its
    /// clauses. Ascending. Stages that only its guard reads are in [`Condition::needs`](super::Condition::needs).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<StageId>,
    /// The part of `needs` that carries data: what a kept result depends on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<StageId>,
    /// Runs at the end, whatever happened.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub finally: bool,
    /// What it does.
    pub body: Body,
    /// Of everything from ready on, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<i64>,
    /// Higher first: low -10, normal 0, high 10, critical 20.
    #[serde(default)]
    pub priority: i64,
    /// The longest path that hangs on it, in stages, itself included: the second order of ready stages.
    pub height: u32,
    /// A text for people; of a map it sees the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Box<Expr>>,
    /// Tried in order, after retries; the first that names the class applies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub handlers: Vec<Handler>,
    /// Carried out for each success, newest first, when the run fails later. It sees that success as the result of a round, and
    /// of a map the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Box<Call>>,
    /// The lock that it holds while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<Box<Lock>>,
    /// What it may cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Box<Budget>>,
    /// Its failure is observed, and so handled.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub observed: bool,
    /// Where its name stands; of a `fail` the statement.
    pub span: Span,
    /// BLAKE3 of what it is: body, guard, handlers, definitions of what it calls and of the `let`s that it reads; without
    /// documentation, spans, `after`, `priority`, `label`, `parallel`, retry, timeouts, `undo`, `lock`, `budget`, `cache`: changing
    /// those keeps a result.
    pub definition: String,
}

impl Stage {
    /// Whether the program can do without its result after a failure: a person who is asked may skip it then.
    pub fn may_be_skipped(&self) -> bool {
        self.observed || self.handlers.iter().any(|handler| matches!(handler.action, HandlerAction::Skip))
    }
}

/// What a stage does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// One call, perhaps repeated.
    Call(Call),
    /// One call for each element.
    Map(Box<Map>),
    /// One arm.
    Match(Match),
    /// The first of several, or the first few.
    Race(Race),
    /// Fails the run, class `failed`.
    Fail(Expr),
}

/// A call with its own clauses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// What is called.
    pub target: Target,
    /// One for each parameter of an action or workflow, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<Expr>,
    /// What it gives.
    pub result: Type,
    /// The policy; without one there is one attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Box<Retry>>,
    /// Of one attempt, milliseconds, defaults filled in (rulings 14); of an `ask` or event of the wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<i64>,
    /// Of all attempts of this call, milliseconds (in an arm or a race).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<i64>,
    /// Rounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Box<Repeat>>,
    /// How long a result answers the same call again, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<i64>,
    /// Where it stands.
    pub span: Span,
}

/// What is called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// An action.
    Action {
        /// The agent.
        agent: AgentId,
        /// Position in its actions.
        action: u32,
    },
    /// An action of a pool.
    Pool {
        /// The pool.
        pool: PoolId,
        /// Position in its actions.
        action: u32,
    },
    /// A workflow of this plan.
    Workflow(WorkflowId),
    /// People.
    Ask(Box<Ask>),
    /// A durable timer: a `duration`. It gives `null`.
    Wait(Box<Expr>),
    /// A message from outside.
    Event(Box<Event>),
}

/// A message from outside: the oldest of this name and key that no other stage of the run took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// A string.
    pub key: Expr,
}

/// A question to people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    /// A string.
    pub question: Expr,
    /// What is shown with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub show: Option<Expr>,
    /// Who may answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// What is allowed by the answer: then it is yes or no, and the result is this value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approves: Option<Approval>,
}

/// What people allow. One refusal is class `denied`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Approval {
    /// The value: shown whole.
    pub value: Expr,
    /// How many persons have to allow it.
    pub quorum: u32,
    /// Nobody who started the run may.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not_requester: bool,
}

/// `repeat`: `until` is tested after each round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Repeat {
    /// Rounds at most, the first included; passing them is class `exhausted`.
    pub up_to: u32,
    /// Durable pause between rounds, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<i64>,
    /// A `bool` over the round's result.
    pub until: Expr,
    /// Position of an argument, its value for the next round; others keep theirs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<(u32, Expr)>,
    /// Class `stalled` if it holds; not tested after the first round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_when: Option<Expr>,
}

/// `for`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Map {
    /// The list.
    pub source: Expr,
    /// Type of an element.
    pub item: Type,
    /// More elements fail the stage with `invalid_input`, before any call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<u64>,
    /// Its expressions see the item.
    pub call: Call,
    /// Items at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parallel: Option<u32>,
    /// How many must succeed, with a handler `skip`; unmet is `insufficient`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub need: Option<Need>,
}

/// How many items must succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// So many.
    Count(u64),
    /// So many in a hundred, rounded up.
    Percent(u64),
}

/// `match` as a stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Match {
    /// What is looked at.
    pub subject: Expr,
    /// The first that matches is taken; one does.
    pub arms: Vec<Arm>,
}

/// One arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// It is taken if one of them matches.
    pub patterns: Vec<Pattern>,
    /// What it does.
    pub body: ArmBody,
}

/// What an arm does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArmBody {
    /// A call.
    Call(Call),
    /// A value.
    Use(Expr),
    /// Nothing: the stage succeeds with `null`.
    Skip,
}

/// A race: its alternatives start together, and what has not ended when it is decided is cancelled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Race {
    /// Which of them win.
    pub kind: RaceKind,
    /// At least as many as have to succeed.
    pub alternatives: Vec<Alternative>,
    /// Where it stands.
    pub span: Span,
}

/// Which alternatives of a race win, and what it gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RaceKind {
    /// The first that succeeds: its result.
    First,
    /// The same: `{ won: tag, value: result }`.
    Tagged,
    /// So many: the list of their results, in the order in which they succeeded.
    Any(u32),
}

/// One alternative of a race.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alternative {
    /// Its tag, where all have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// What runs: above `reads` it is refused.
    pub call: Call,
}

/// What is done with a failure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Handler {
    /// The classes; `None` is all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<Vec<String>>,
    /// What is done.
    pub action: HandlerAction,
}

/// What is done with a failure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandlerAction {
    /// The failure stays unhandled.
    Fail,
    /// The stage ends as failed and handled, its value `null`; on a map: that item.
    Skip,
    /// A person decides within so many milliseconds; then the stage fails.
    Ask(i64),
    /// The stage succeeds with this value; it may see the last round's result.
    Use(Expr),
    /// The stage succeeds with what this call gives, or fails with it.
    Call(Call),
}

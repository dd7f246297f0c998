//! What stages of a checked program do: calls, maps, arms, races, and what becomes of their failures.

use super::{AgentArg, AgentId, Budget, Guard, Lock, StageId, WorkflowId};
use crate::base::span::Span;
use crate::value::expr::{Expr, Pattern};
use crate::value::policy::Retry;
use crate::value::types::Type;

/// A stage, or a `fail`.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Its name; of the n-th `fail` (from 1) `fail` or `fail_n`.
    pub name: String,
    /// Documentation.
    pub doc: Option<String>,
    /// What a reader under the same guard sees (`T`, or `T?` where even there it may be absent).
    pub ty: Type,
    /// When it runs: those of its blocks, then its own clause.
    pub guard: Guard,
    /// The last `fail`s before it in its own and the enclosing blocks: it waits until they are decided, and they until those
    /// before them are.
    pub exits: Vec<StageId>,
    /// `after`, with the places of the names.
    pub after: Vec<(StageId, Span)>,
    /// Stands in `finally`.
    pub finally: bool,
    /// What it does.
    pub body: Body,
    /// `deadline D`, milliseconds.
    pub deadline: Option<i64>,
    /// `priority`: low -10, normal 0, high 10, critical 20, or the number.
    pub priority: i64,
    /// `label "…"`; of a map it sees the item.
    pub label: Option<Box<Expr>>,
    /// `undo call`: sees what is undone as [`Var::Result`](crate::value::expr::Var::Result), of a map the item too.
    pub undo: Option<Box<Call>>,
    /// `lock "name"`.
    pub lock: Option<Box<Lock>>,
    /// `budget`.
    pub budget: Option<Box<Budget>>,
    /// `on failure`, in order.
    pub handlers: Vec<Handler>,
    /// Its failure is observed by `failed(s)` or `error(s)` somewhere that counts (rulings 4).
    pub observed: bool,
    /// The name's place; of a `fail` the whole statement.
    pub span: Span,
}

/// What a stage does.
#[derive(Debug, Clone)]
pub enum Body {
    /// One call, perhaps repeated.
    Call(Call),
    /// One call for each element.
    Map(Box<Map>),
    /// One arm.
    Match(Box<Match>),
    /// The first of several, or the first few.
    Race(Race),
    /// Ends the run as failed, class `failed`: the message.
    Fail(Expr),
}

/// A call with its own clauses.
#[derive(Debug, Clone)]
pub struct Call {
    /// What is called.
    pub target: Target,
    /// One for each parameter of an action or workflow.
    pub args: Vec<Expr>,
    /// One for each agent parameter of the workflow that is called.
    pub agents: Vec<AgentArg>,
    /// What it gives.
    pub result: Type,
    /// The policy.
    pub retry: Option<Box<Retry>>,
    /// Of one attempt, milliseconds; as written.
    pub timeout: Option<i64>,
    /// Of all attempts, milliseconds: written on an arm's call.
    pub deadline: Option<i64>,
    /// Rounds.
    pub repeat: Option<Box<Repeat>>,
    /// `cache D`, milliseconds.
    pub cache: Option<i64>,
    /// Its place, without clauses.
    pub span: Span,
}

impl Call {
    /// A call of something that takes no arguments, without clauses.
    pub fn of(target: Target, result: Type, span: Span) -> Self {
        Self {
            target,
            args: Vec::new(),
            agents: Vec::new(),
            result,
            retry: None,
            timeout: None,
            deadline: None,
            repeat: None,
            cache: None,
            span,
        }
    }
}

/// What is called.
#[derive(Debug, Clone)]
pub enum Target {
    /// An action: its agent or pool, its position there.
    Action(AgentId, usize),
    /// An action of an agent parameter.
    Bound {
        /// Position in [`Workflow::agents`](super::Workflow::agents).
        param: usize,
        /// Its interface.
        interface: AgentId,
        /// Position in the actions of the interface.
        action: usize,
    },
    /// A workflow.
    Workflow(WorkflowId),
    /// People.
    Ask(Box<Ask>),
    /// `wait(D)`: a `duration`. It gives `null`.
    Wait(Box<Expr>),
    /// A message from outside.
    Event(Box<Event>),
}

/// `event("name", key: e) -> T { timeout D }`. Its time limit is the call's `timeout`.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// Which of that name: a string.
    pub key: Expr,
}

/// `ask("Question?", show: x) -> T { to role "r" timeout D }`. Its time limit is the call's `timeout`.
#[derive(Debug, Clone)]
pub struct Ask {
    /// A string.
    pub question: Expr,
    /// What is shown.
    pub show: Option<Expr>,
    /// The role.
    pub role: Option<String>,
    /// `approves x`.
    pub approves: Option<Approval>,
}

/// `approves x { quorum N not requester }`: what people allow is the result.
#[derive(Debug, Clone)]
pub struct Approval {
    /// What they allow.
    pub value: Expr,
    /// How many persons have to.
    pub quorum: u32,
    /// Nobody who started the run is one of them.
    pub not_requester: bool,
}

/// `repeat …` (rulings 12).
#[derive(Debug, Clone)]
pub struct Repeat {
    /// Rounds at most.
    pub up_to: u32,
    /// Pause between rounds, milliseconds.
    pub every: Option<i64>,
    /// A `bool` over [`Var::Result`](crate::value::expr::Var::Result).
    pub until: Expr,
    /// Position of the parameter, next round's value.
    pub with: Vec<(usize, Expr)>,
    /// A `bool` over result and [`Var::Previous`](crate::value::expr::Var::Previous); not tested after the first round.
    pub stop_when: Option<Expr>,
}

/// `for item in list up to N => call`.
#[derive(Debug, Clone)]
pub struct Map {
    /// The list.
    pub source: Expr,
    /// Type of an element.
    pub item: Type,
    /// `up to N`.
    pub up_to: Option<u64>,
    /// Sees [`Var::Item`](crate::value::expr::Var::Item).
    pub call: Call,
    /// `parallel N`.
    pub parallel: Option<u32>,
    /// `need …`.
    pub need: Option<Need>,
}

/// How many items must succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// So many.
    Count(u64),
    /// So many in a hundred, rounded up.
    Percent(u64),
}

/// `match subject { arms }`.
#[derive(Debug, Clone)]
pub struct Match {
    /// What is looked at.
    pub subject: Expr,
    /// In order; exactly one matches.
    pub arms: Vec<Arm>,
}

/// One arm.
#[derive(Debug, Clone)]
pub struct Arm {
    /// It is taken if one of them matches.
    pub patterns: Vec<Pattern>,
    /// What it does.
    pub body: ArmBody,
    /// Its place.
    pub span: Span,
}

/// What an arm does.
#[derive(Debug, Clone)]
pub enum ArmBody {
    /// A call.
    Call(Call),
    /// `use expr`.
    Use(Expr),
    /// `skip`.
    Skip,
}

/// `first of …`, `any N of …`.
#[derive(Debug, Clone)]
pub struct Race {
    /// Which of them win.
    pub kind: RaceKind,
    /// In order; at least as many as have to succeed.
    pub alternatives: Vec<Alternative>,
    /// Its place, without clauses.
    pub span: Span,
}

/// Which alternatives of a race win, and what the race gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RaceKind {
    /// The first that succeeds: its result.
    First,
    /// The same: `{ won: tag, value: result }`.
    Tagged,
    /// So many of them: the list of their results, in the order in which they succeeded.
    Any(u32),
}

/// One alternative of a race.
#[derive(Debug, Clone)]
pub struct Alternative {
    /// Its tag, where all have one.
    pub tag: Option<String>,
    /// What runs.
    pub call: Call,
}

/// `on failure of … …`.
#[derive(Debug, Clone)]
pub struct Handler {
    /// The classes; `None` is all.
    pub of: Option<Vec<String>>,
    /// What is done.
    pub action: HandlerAction,
    /// Its place.
    pub span: Span,
}

/// What is done with a failure.
#[derive(Debug, Clone)]
pub enum HandlerAction {
    /// `fail`.
    Fail,
    /// `skip`.
    Skip,
    /// `ask { timeout D }`, milliseconds.
    Ask(i64),
    /// `use expr`.
    Use(Expr),
    /// `use call`.
    Call(Call),
}

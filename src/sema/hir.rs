//! The checked program: every name found, every type known, presence and effects decided.
//!
//! Bodies in braces (of maps and arms) have become workflows of their own whose parameters are what they capture, so every
//! expression sees exactly one workflow's tables. Defaults are filled in: a call has one argument for each parameter.

mod origins;
pub mod path;
pub mod property;
mod stage;
pub mod test;

use std::collections::BTreeMap;

use crate::base::span::Span;
use crate::value::cron::Cron;
use crate::value::expr::Expr;
use crate::value::file::Content;
use crate::value::policy::{Effects, Missed, Overlap, Retry, Strategy};
use crate::value::settings::{Exec, Http, Llm, Mcp, Rate, SecretFrom, Shell};
use crate::value::types::Type;

pub use stage::*;

crate::typed_id! {
    /// A workflow in [`Program::workflows`].
    WorkflowId
}
crate::typed_id! {
    /// An agent, interface or pool in [`Program::agents`].
    AgentId
}
crate::typed_id! {
    /// A stage in [`Workflow::stages`].
    StageId
}
crate::typed_id! {
    /// A `let` in [`Workflow::lets`].
    LetId
}
crate::typed_id! {
    /// A condition in [`Workflow::conditions`].
    ConditionId
}
crate::typed_id! {
    /// A secret in [`Program::secrets`].
    SecretId
}

/// All files of a compilation, checked.
#[derive(Debug, Clone, Default)]
pub struct Program {
    /// Every agent, interface and pool of every file.
    pub agents: Vec<Agent>,
    /// Every workflow of every file, and the bodies in braces.
    pub workflows: Vec<Workflow>,
    /// Every secret of every file.
    pub secrets: Vec<Secret>,
    /// Every schedule of every file.
    pub schedules: Vec<Schedule>,
    /// The tests of every file.
    pub tests: Vec<test::Test>,
    /// The properties of every file.
    pub properties: Vec<property::Property>,
    /// The content of the files that constants and `include_file` name, by hash.
    pub files: BTreeMap<String, Content>,
}

/// `secret name from …`.
#[derive(Debug, Clone)]
pub struct Secret {
    /// Its name.
    pub name: String,
    /// Where it comes from.
    pub from: SecretFrom,
    /// Its place.
    pub span: Span,
}

/// An agent, or what stands where one can: an interface, a pool.
#[derive(Debug, Clone)]
pub struct Agent {
    /// Its name.
    pub name: String,
    /// Documentation.
    pub doc: Option<String>,
    /// Which of them it is.
    pub role: Role,
    /// `capabilities "a", "b"`.
    pub capabilities: Vec<String>,
    /// `parallel N`.
    pub parallel: Option<u32>,
    /// `rate N per D`.
    pub rate: Option<Rate>,
    /// Its actions: those that are written, then unnamed probes, called `action.probe`.
    pub actions: Vec<Action>,
    /// The name's place.
    pub span: Span,
}

/// What an entry of [`Program::agents`] is.
#[derive(Debug, Clone)]
pub enum Role {
    /// `agent`, with the interface that it implements.
    Agent(Option<AgentId>),
    /// `interface`: only an agent parameter has one. Nothing carries its actions out.
    Interface,
    /// `pool`: its actions are those of its interface.
    Pool(Pool),
}

/// `pool name: Interface { members … strategy … }`.
#[derive(Debug, Clone)]
pub struct Pool {
    /// What its members implement.
    pub interface: AgentId,
    /// Agents of that interface, each once; at least one.
    pub members: Vec<AgentId>,
    /// Which of them is picked.
    pub strategy: Strategy,
}

/// An action.
#[derive(Debug, Clone)]
pub struct Action {
    /// Its name.
    pub name: String,
    /// Documentation.
    pub doc: Option<String>,
    /// Its parameters.
    pub params: Vec<Param>,
    /// Its result.
    pub result: Type,
    /// What it does to the world.
    pub effects: Effects,
    /// Classes of its own.
    pub raises: Vec<String>,
    /// Whether its answer is believed whatever it was given.
    pub endorses: bool,
    /// Position of the action of the same agent that finds out whether this one happened.
    pub probe: Option<usize>,
    /// Of one attempt, milliseconds, unless a call says otherwise. What an agent parameter stands for brings its own.
    pub timeout: Option<i64>,
    /// The policy unless a call says otherwise.
    pub retry: Option<Retry>,
    /// How long a result answers the same call again, milliseconds, unless a call says otherwise.
    pub cache: Option<i64>,
    /// What one attempt can cost at most.
    pub cost: Cost,
    /// How it is carried out.
    pub kind: ActionKind,
    /// The name's place.
    pub span: Span,
}

/// What one attempt can cost at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Millionths of a dollar; `None` where nobody knows (a model without a price).
    pub money: Option<i64>,
    /// Tokens.
    pub tokens: i64,
}

impl Cost {
    /// What costs nothing.
    pub const NOTHING: Self = Self { money: Some(0), tokens: 0 };
}

/// A parameter.
#[derive(Debug, Clone)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Documentation.
    pub doc: Option<String>,
    /// Its type.
    pub ty: Type,
    /// Its default: an expression without variables.
    pub default: Option<Expr>,
    /// The name's place.
    pub span: Span,
}

/// How an action is carried out. Expressions see the action's parameters ([`Var::Param`](crate::value::expr::Var::Param)) and
/// secrets; settings of the agent are merged in.
#[derive(Debug, Clone)]
pub enum ActionKind {
    /// A process.
    Exec(Exec),
    /// A script.
    Shell(Shell),
    /// A request.
    Http(Http),
    /// A model's answer.
    Llm(Llm),
    /// A tool of a server.
    Mcp(Mcp),
    /// An answer as told.
    Mock(Mock),
    /// By the program around, which registers this kind.
    Registered(String),
    /// By somebody else: an action of an interface by whoever is bound, that of a pool by a member.
    Other,
}

/// Settings of a `mock` action.
#[derive(Debug, Clone)]
pub struct Mock {
    /// How long it takes: a `duration`.
    pub takes: Option<Expr>,
    /// What it answers.
    pub returns: Option<Expr>,
    /// How it fails first: class, how many times (`None` is always).
    pub fails: Option<(String, Option<u32>)>,
}

/// A workflow, or a body in braces.
#[derive(Debug, Clone)]
pub struct Workflow {
    /// Its name; of a body that of its stage (`triaged`), with the arm's number after a dot (`spec.1`).
    pub name: String,
    /// Documentation.
    pub doc: Option<String>,
    /// Whether this is a body in braces.
    pub inline: bool,
    /// Its parameters; of a body what it captures. Agent parameters are not among them.
    pub params: Vec<Param>,
    /// Its agent parameters, bound at compile time; of a body those of the workflow around it.
    pub agents: Vec<AgentParam>,
    /// What it gives.
    pub result: Type,
    /// `timeout D`, milliseconds.
    pub timeout: Option<i64>,
    /// `parallel N`.
    pub parallel: Option<u32>,
    /// `on failure cancel`.
    pub cancel_on_failure: bool,
    /// `lock "name"`.
    pub lock: Option<Lock>,
    /// `budget`.
    pub budget: Option<Budget>,
    /// Its `let`s, in order.
    pub lets: Vec<Let>,
    /// Its stages in order, each `fail` among them.
    pub stages: Vec<Stage>,
    /// Its conditions: of `when` blocks and clauses.
    pub conditions: Vec<Condition>,
    /// `return expr`; `None` gives `null`.
    pub returns: Option<Expr>,
    /// The name's place.
    pub span: Span,
}

/// `name: Interface`: a parameter that stands for an agent.
#[derive(Debug, Clone)]
pub struct AgentParam {
    /// Its name.
    pub name: String,
    /// What an agent given for it implements.
    pub interface: AgentId,
    /// The agent or pool that stands for it where none is given.
    pub default: Option<AgentId>,
    /// The name's place.
    pub span: Span,
}

/// What a call gives for an agent parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AgentArg {
    /// An agent or a pool.
    Agent(AgentId),
    /// An agent parameter of the workflow that calls: its position.
    Param(usize),
}

/// `lock "name"`: one holder at a time, across runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// Its name.
    pub name: String,
    /// The clause's place.
    pub span: Span,
}

/// `budget 200_000tok, 5usd`: at least one of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Millionths of a dollar.
    pub money: Option<i64>,
    /// Tokens.
    pub tokens: Option<i64>,
    /// The clause's place.
    pub span: Span,
}

/// `let name = expr`.
#[derive(Debug, Clone)]
pub struct Let {
    /// Its name.
    pub name: String,
    /// What it holds where its guard is true.
    pub ty: Type,
    /// When it holds a value.
    pub guard: Guard,
    /// Stands in `finally`.
    pub finally: bool,
    /// Its value.
    pub value: Expr,
    /// The name's place.
    pub span: Span,
}

/// A condition of a `when`.
#[derive(Debug, Clone)]
pub struct Condition {
    /// A `bool`. It is evaluated only where the guard of its block holds.
    pub value: Expr,
    /// Its place.
    pub span: Span,
}

/// Conditions from the outside in, each with the truth it must have. The first that has it not decides.
pub type Guard = Vec<Term>;

/// One condition with the truth it must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Term {
    /// The condition.
    pub condition: ConditionId,
    /// `false` in `else`.
    pub holds: bool,
}

/// `schedule name = workflow(args) { … }`.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// Its name.
    pub name: String,
    /// Documentation.
    pub doc: Option<String>,
    /// What it starts.
    pub workflow: WorkflowId,
    /// One for each parameter: expressions without variables.
    pub args: Vec<Expr>,
    /// One for each agent parameter.
    pub agents: Vec<AgentId>,
    /// When.
    pub cron: Cron,
    /// Where the clock of `cron` hangs: a name of the IANA database.
    pub timezone: String,
    /// As of a stage.
    pub priority: i64,
    /// What becomes of a tick while the run of the one before goes on.
    pub overlap: Overlap,
    /// What becomes of ticks that nobody was there for.
    pub missed: Missed,
    /// The name's place.
    pub span: Span,
}

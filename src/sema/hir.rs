//! The checked program: every name found, every type known, presence and effects decided.
//!
//! Bodies in braces (of maps and arms) have become workflows of their own whose parameters are what they capture, so every
//! expression sees exactly one workflow's tables. Defaults are filled in: a call has one argument for each parameter.

pub mod path;
pub mod property;
pub mod test;

use crate::base::span::Span;
use crate::value::expr::{Expr, Pattern};
use crate::value::policy::{Effects, Retry};
use crate::value::types::Type;

crate::typed_id! {
    /// A workflow in [`Program::workflows`].
    WorkflowId
}
crate::typed_id! {
    /// An agent in [`Program::agents`].
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
    /// Every agent of every file.
    pub agents: Vec<Agent>,
    /// Every workflow of every file, and the bodies in braces.
    pub workflows: Vec<Workflow>,
    /// Every secret of every file.
    pub secrets: Vec<Secret>,
    /// The tests of every file.
    pub tests: Vec<test::Test>,
    /// The properties of every file.
    pub properties: Vec<property::Property>,
}

/// `secret name from env "NAME"`.
#[derive(Debug, Clone)]
pub struct Secret {
    /// Its name.
    pub name: String,
    /// The environment variable.
    pub env: String,
    /// Its place.
    pub span: Span,
}

/// An agent.
#[derive(Debug, Clone)]
pub struct Agent {
    /// Its name.
    pub name: String,
    /// Documentation.
    pub doc: Option<String>,
    /// `parallel N`.
    pub parallel: Option<u32>,
    /// Its actions.
    pub actions: Vec<Action>,
    /// The name's place.
    pub span: Span,
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
    /// How it is carried out.
    pub kind: ActionKind,
    /// The name's place.
    pub span: Span,
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
    /// An answer as told.
    Mock(Mock),
}

/// Settings of an `exec` action (rulings 30).
#[derive(Debug, Clone)]
pub struct Exec {
    /// The words; one of type `list<string>` is spliced.
    pub command: Vec<Word>,
    /// What arrives on standard input.
    pub stdin: Stdin,
    /// How standard output becomes the result.
    pub output: ExecOutput,
    /// The working folder.
    pub cwd: Option<Expr>,
    /// Variables that are set.
    pub env: Vec<(String, Expr)>,
    /// Variables that are let through.
    pub pass: Vec<String>,
}

/// A word of a command.
#[derive(Debug, Clone)]
pub struct Word {
    /// Its value: a string, or a list that is spliced.
    pub value: Expr,
    /// Whether it is a list.
    pub splice: bool,
}

/// What arrives on standard input.
#[derive(Debug, Clone)]
pub enum Stdin {
    /// The arguments as one JSON object.
    Json,
    /// Nothing.
    None,
    /// Text.
    Text(Expr),
}

/// How standard output becomes the result.
#[derive(Debug, Clone, PartialEq)]
pub enum ExecOutput {
    /// One JSON document, or one field of it.
    Json(Option<String>),
    /// Text, one trailing newline removed.
    Text,
    /// Its lines.
    Lines,
    /// The exit code.
    Status,
    /// Nothing: the result is `null`.
    Nothing,
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
    /// Its parameters; of a body what it captures.
    pub params: Vec<Param>,
    /// What it gives.
    pub result: Type,
    /// `timeout D`, milliseconds.
    pub timeout: Option<i64>,
    /// `parallel N`.
    pub parallel: Option<u32>,
    /// `on failure cancel`.
    pub cancel_on_failure: bool,
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
    /// `fail`s before it in its own and the enclosing blocks: it waits until they are decided.
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
    pub label: Option<Expr>,
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
    Map(Map),
    /// One arm.
    Match(Match),
    /// Ends the run as failed, class `failed`: the message.
    Fail(Expr),
}

/// A call with its own clauses.
#[derive(Debug, Clone)]
pub struct Call {
    /// What is called.
    pub target: Target,
    /// One for each parameter; none for `ask`.
    pub args: Vec<Expr>,
    /// What it gives.
    pub result: Type,
    /// The policy.
    pub retry: Option<Retry>,
    /// Of one attempt, milliseconds; as written.
    pub timeout: Option<i64>,
    /// Of all attempts, milliseconds: written on an arm's call.
    pub deadline: Option<i64>,
    /// Rounds.
    pub repeat: Option<Repeat>,
    /// Its place, without clauses.
    pub span: Span,
}

/// What is called.
#[derive(Debug, Clone)]
pub enum Target {
    /// An action: its agent, its position there.
    Action(AgentId, usize),
    /// A workflow.
    Workflow(WorkflowId),
    /// People.
    Ask(Ask),
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

//! The executable graph IR: plain data, serialisable, versioned, hashed.
//!
//! Does not know the language: whoever has a plan needs no source. Every engine takes nothing else.

pub mod canonical;
pub mod definition;
pub mod draw;
pub mod flow;
pub mod graph;
pub mod print;
#[cfg(test)]
mod sample;
pub mod stored;
#[cfg(test)]
mod tests;
pub mod text;
pub mod verify;
pub mod visit;

use serde::{Deserialize, Serialize};

use crate::base::source::Sources;
use crate::base::span::Span;
use crate::value::expr::{Expr, Pattern};
use crate::value::policy::{Effects, Retry};
use crate::value::types::Type;

/// Version of the form that this binary writes and the newest that it reads.
pub const FORMAT: u32 = 1;

crate::typed_id! {
    /// A workflow in [`Plan::workflows`].
    WorkflowId
}
crate::typed_id! {
    /// An agent in [`Plan::agents`].
    AgentId
}
crate::typed_id! {
    /// A stage in [`Workflow::stages`].
    StageId
}

/// What a program compiles to: an instance of one workflow with all that it calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// [`FORMAT`].
    pub format: u32,
    /// Name of the workflow that runs.
    pub name: String,
    /// The workflows; the first is the one that runs. No cycle among their calls.
    pub workflows: Vec<Workflow>,
    /// The agents that they call.
    pub agents: Vec<Agent>,
    /// The secrets that those need.
    pub secrets: Vec<Secret>,
    /// The files that spans point into, by [`FileId`](crate::base::span::FileId): path and text. Not part of the hash.
    pub sources: Vec<SourceFile>,
    /// BLAKE3 (hexadecimal) of the canonical form: sorted keys, without spans, documentation and sources.
    pub hash: String,
}

impl Plan {
    /// The sources as what diagnostics are drawn from.
    pub fn sources(&self) -> Sources {
        let mut sources = Sources::default();
        for file in &self.sources {
            sources.add(file.path.as_str(), file.text.as_str());
        }
        sources
    }
}

/// A source file as it was compiled: so that a failure can point into it, whatever became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Its path from the project's root.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A secret: where it comes from, never what it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Secret {
    /// Its name.
    pub name: String,
    /// The environment variable.
    pub env: String,
}

/// An agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Agent {
    /// Its name.
    pub name: String,
    /// Documentation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// Its kind: `exec`, `mock`.
    pub kind: String,
    /// Calls at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parallel: Option<u32>,
    /// Its actions; those that nothing calls are left out.
    pub actions: Vec<Action>,
}

/// An action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// Its name.
    pub name: String,
    /// Its parameters.
    pub params: Vec<Param>,
    /// Its result.
    pub result: Type,
    /// What it does to the world.
    pub effects: Effects,
    /// Classes of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub raises: Vec<String>,
    /// How it is carried out.
    pub settings: Settings,
    /// BLAKE3 of all of this without documentation and spans: part of the definition of every stage that calls it.
    pub definition: String,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Documentation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: Type,
    /// Its default: an expression without variables. Calls inside a plan have it filled in; a run's inputs need it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Expr>,
}

/// How an action is carried out. Expressions see the action's parameters and secrets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settings {
    /// A process.
    Exec(Exec),
    /// An answer as told.
    Mock(Mock),
}

impl Settings {
    /// The kind of agent that they are for.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Exec(_) => "exec",
            Self::Mock(_) => "mock",
        }
    }
}

/// Settings of an `exec` action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exec {
    /// The words.
    pub command: Vec<Word>,
    /// What arrives on standard input.
    pub stdin: Stdin,
    /// How standard output becomes the result.
    pub output: ExecOutput,
    /// The working folder; relative to the project's root, which is the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<Expr>,
    /// Variables that are set; a `null` is left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<(String, Expr)>,
    /// Variables that are let through.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pass: Vec<String>,
}

/// A word of a command: a string, or a list of strings that is spliced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// Its value.
    pub value: Expr,
    /// Whether it is a list.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub splice: bool,
}

/// What arrives on standard input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stdin {
    /// The arguments as one JSON object.
    Json,
    /// Nothing.
    None,
    /// Text.
    Text(Expr),
}

/// How standard output becomes the result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecOutput {
    /// One JSON document; with a name, that field of it.
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mock {
    /// How long it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub takes: Option<Expr>,
    /// What it answers; without it `null`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns: Option<Expr>,
    /// The class with which it fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fails: Option<String>,
    /// How many attempts of one call fail before it answers; without it all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fails_times: Option<u32>,
}

/// A workflow, or the body of a map or arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Workflow {
    /// Its name.
    pub name: String,
    /// Documentation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// Whether it is a body in braces.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inline: bool,
    /// Its parameters.
    pub params: Vec<Param>,
    /// What it gives.
    pub result: Type,
    /// Of a run of it, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<i64>,
    /// Attempts at once inside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parallel: Option<u32>,
    /// After an unhandled failure what runs is cancelled, rather than let end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cancel_on_failure: bool,
    /// Its conditions.
    pub conditions: Vec<Condition>,
    /// Its `let`s.
    pub lets: Vec<Let>,
    /// Its stages in the order of the file, each `fail` among them.
    pub stages: Vec<Stage>,
    /// Its result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns: Option<Expr>,
    /// Where its name stands.
    pub span: Span,
    /// BLAKE3 of parameters, result and stages with their definitions: part of the definition of every stage that calls it.
    pub definition: String,
}

/// A condition: decided once, when all that it needs has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// A `bool`.
    pub value: Expr,
    /// The stages that it reads, also through `let`s. Ascending.
    pub needs: Vec<StageId>,
}

/// `let name = expr`: evaluated once, by its first reader.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Let {
    /// Its name.
    pub name: String,
    /// What it holds where its guard is true; elsewhere it is `null`.
    #[serde(rename = "type")]
    pub ty: Type,
    /// When it holds a value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guard: Vec<Term>,
    /// Its value.
    pub value: Expr,
    /// The stages that value and guard read, also through other `let`s. Ascending.
    pub needs: Vec<StageId>,
}

/// One condition with the truth it must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// Position in [`Workflow::conditions`].
    pub condition: u32,
    /// The truth.
    pub holds: bool,
}

/// A stage, or a `fail`.
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
    /// `fail`s that must have been decided (skipped) before the guard is looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exits: Vec<StageId>,
    /// Stages that must have ended, in whatever state, before it starts: read (also through `let`s), `after`, read by its
    /// clauses. Ascending. Stages that only its guard reads are in [`Condition::needs`].
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
    pub label: Option<Expr>,
    /// Tried in order, after retries; the first that names the class applies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub handlers: Vec<Handler>,
    /// Its failure is observed, and so handled.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub observed: bool,
    /// Where its name stands; of a `fail` the statement.
    pub span: Span,
    /// BLAKE3 of what it is: body, guard, handlers, definitions of what it calls and of the `let`s that it reads; without
    /// documentation, spans, `after`, `priority`, `label`, `parallel`, retry, timeouts: changing those keeps a result.
    pub definition: String,
}

/// What a stage does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// One call, perhaps repeated.
    Call(Call),
    /// One call for each element.
    Map(Map),
    /// One arm.
    Match(Match),
    /// Fails the run, class `failed`.
    Fail(Expr),
}

/// A call with its own clauses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// What is called.
    pub target: Target,
    /// One for each parameter, in order; none for `ask`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<Expr>,
    /// What it gives.
    pub result: Type,
    /// The policy; without one there is one attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// Of one attempt, milliseconds, defaults filled in (rulings 14); for `ask` of the wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<i64>,
    /// Of all attempts of this call, milliseconds (on an arm).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<i64>,
    /// Rounds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Repeat>,
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
    /// A workflow of this plan.
    Workflow(WorkflowId),
    /// People.
    Ask(Ask),
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

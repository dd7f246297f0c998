//! The executable graph IR: plain data, serialisable, versioned, hashed.
//!
//! Does not know the language: whoever has a plan needs no source. Every engine takes nothing else.

pub mod bounds;
pub mod canonical;
pub mod cost;
pub mod definition;
pub mod draw;
pub mod flow;
pub mod graph;
mod origins;
pub mod print;
#[cfg(test)]
mod sample;
pub mod stage;
pub mod stored;
#[cfg(test)]
mod tests;
pub mod text;
pub mod touched;
pub mod verify;
pub mod visit;

use serde::{Deserialize, Serialize};

use crate::base::source::Sources;
use crate::base::span::Span;
use crate::value::expr::Expr;
use crate::value::file::Content;
use crate::value::policy::{Effects, Retry, Strategy};
use crate::value::settings::{Exec, Http, Llm, Mcp, Rate, SecretFrom, Shell};
use crate::value::types::Type;

pub use stage::*;

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
    /// A pool in [`Plan::pools`].
    PoolId
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
    /// The pools that they call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pools: Vec<Pool>,
    /// The secrets that those need.
    pub secrets: Vec<Secret>,
    /// The files that spans point into, by [`FileId`](crate::base::span::FileId): path and text. Not part of the hash.
    pub sources: Vec<SourceFile>,
    /// The files that values of the plan name, each once. Not part of the hash: those values hold the hash of each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<IncludedFile>,
    /// BLAKE3 (hexadecimal) of the canonical form: sorted keys, without spans, documentation and sources.
    pub hash: String,
}

impl Plan {
    /// What stands at a place in the sources, on one line; nothing where the place is none of theirs.
    pub fn written(&self, span: Span) -> String {
        let source = self.sources.get(span.file.index()).map(|source| source.text.as_str());
        let text = source.and_then(|text| text.get(span.range())).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The sources as what diagnostics are drawn from.
    pub fn sources(&self) -> Sources {
        let mut sources = Sources::default();
        for file in &self.sources {
            sources.add(file.path.as_str(), file.text.as_str());
        }
        sources
    }

    /// Who may carry a call out, with the action of each: one agent, any member of a pool, nobody for what is no action.
    pub fn carriers(&self, target: &Target) -> impl Iterator<Item = (AgentId, u32)> {
        let (agent, pool) = match *target {
            Target::Action { agent, action } => (Some((agent, action)), None),
            Target::Pool { pool, action } => (None, Some((&self.pools[pool.index()], action))),
            _ => (None, None),
        };
        let members = pool.into_iter().flat_map(|(pool, action)| {
            let actions = &pool.actions[action as usize].members;
            pool.members.iter().copied().zip(actions.iter().map(|member| member.action))
        });
        agent.into_iter().chain(members)
    }

    /// An action of an agent.
    pub fn action(&self, agent: AgentId, action: u32) -> &Action {
        &self.agents[agent.index()].actions[action as usize]
    }
}

/// A source file as it was compiled: so that a failure can point into it, whatever became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Its path as diagnostics name it: from the folder in which the plan was made, or else absolute; of the library `std/…`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A file that was there when the plan was made: whoever has the plan needs no other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncludedFile {
    /// BLAKE3 of the content, hexadecimal.
    pub hash: String,
    /// The content, in base 64.
    pub content: Content,
}

/// A secret: where it comes from, never what it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Secret {
    /// Its name.
    pub name: String,
    /// Where it comes from.
    pub from: SecretFrom,
}

/// An agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Agent {
    /// Its name.
    pub name: String,
    /// Documentation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// Its kind: `exec`, `shell`, `http`, `llm`, `mcp`, `mock`, or one that the program around registers.
    pub kind: String,
    /// Calls at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parallel: Option<u32>,
    /// How many calls may begin within a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// What it can do, in words of the program.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<String>,
    /// Its actions; those that nothing calls are left out.
    pub actions: Vec<Action>,
    /// Where its name stands.
    pub span: Span,
}

impl Agent {
    /// Whether each of its calls is a process on this machine: without `parallel` there are as many at once as cores.
    pub fn runs_processes(&self) -> bool {
        matches!(self.kind.as_str(), "exec" | "shell")
    }
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
    /// Whether its answer is believed whatever it was given.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub endorses: bool,
    /// Position of the action of the same agent that finds out whether this one happened: it takes the same parameters and
    /// the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<u32>,
    /// Of one attempt, milliseconds, the default of the kind filled in: for calls that no stage makes, of tools and probes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<i64>,
    /// The policy of such calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// How long an answer may be used again, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<i64>,
    /// What one attempt costs, millionths of a dollar; of a model its price says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<i64>,
    /// How it is carried out.
    pub settings: Settings,
    /// Where its name stands.
    pub span: Span,
    /// BLAKE3 of what a result of it depends on: all of this without documentation, spans, probe, times, policy and prices;
    /// of its tools their definitions. Part of the definition of every stage that calls it.
    pub definition: String,
}

/// A pool: one of its members carries a call out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pool {
    /// Its name.
    pub name: String,
    /// Documentation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// Which member is picked.
    pub strategy: Strategy,
    /// At least one.
    pub members: Vec<AgentId>,
    /// Its actions; those that nothing calls are left out.
    pub actions: Vec<PoolAction>,
}

/// An action of a pool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PoolAction {
    /// Its name.
    pub name: String,
    /// Its parameters: what a call gives.
    pub params: Vec<Param>,
    /// What it gives: the result of every member fits it as it is.
    pub result: Type,
    /// What it does to the world at most: a member may do less.
    pub effects: Effects,
    /// One for each member: what it does.
    pub members: Vec<MemberAction>,
    /// BLAKE3 of all of this and of what the members do.
    pub definition: String,
}

/// How a member carries out an action of its pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberAction {
    /// Position in the actions of the member.
    pub action: u32,
    /// For each of its parameters the position of the argument that it is given; `None` is its default, or `null`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<Option<u32>>,
}

impl Agent {
    /// An agent without limits, of the kind of its first action.
    pub fn new(name: &str, actions: Vec<Action>, span: Span) -> Self {
        let kind = actions.first().map_or("", |action| action.settings.kind()).to_owned();
        let (parallel, rate, capabilities) = (None, None, Vec::new());
        Self { name: name.to_owned(), doc: None, kind, parallel, rate, capabilities, actions, span }
    }
}

impl Action {
    /// An action of which nothing is said but how it is carried out: without parameters and effects.
    pub fn new(name: &str, result: Type, settings: Settings, span: Span) -> Self {
        Self {
            name: name.to_owned(),
            params: Vec::new(),
            result,
            effects: Effects::None,
            raises: Vec::new(),
            endorses: false,
            probe: None,
            timeout: None,
            retry: None,
            cache: None,
            cost: None,
            settings,
            span,
            definition: String::new(),
        }
    }
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
    /// By the program around, which registers this kind: it is handed the arguments, and there is nothing else to say.
    Registered(String),
}

impl Settings {
    /// The kind of agent that they are for.
    pub fn kind(&self) -> &str {
        match self {
            Self::Exec(_) => "exec",
            Self::Shell(_) => "shell",
            Self::Http(_) => "http",
            Self::Llm(_) => "llm",
            Self::Mcp(_) => "mcp",
            Self::Mock(_) => "mock",
            Self::Registered(kind) => kind,
        }
    }
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
    /// The lock that a run of it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lock: Option<Lock>,
    /// What a run of it may cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
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

/// A lock: one holder at a time, across runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// Its name.
    pub name: String,
    /// Where it is stated.
    pub span: Span,
}

/// A bound on what is spent; at least one of the two is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Millionths of a dollar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money: Option<i64>,
    /// Tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<i64>,
    /// Where it is stated.
    pub span: Span,
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

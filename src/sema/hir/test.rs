//! `test` items, checked: what is run, what answers in place of agents and people, what must hold at the end.
//!
//! Expressions see the `let`s of the test as [`Var::Let`](crate::value::expr::Var::Let). A
//! [`Var::Param`](crate::value::expr::Var::Param) is, in a mock, an argument of the call that it answers; in an expectation, one
//! of the [`Test::observations`].

use crate::base::span::Span;
use crate::sema::hir::path::StagePath;
use crate::sema::hir::{AgentId, Call, WorkflowId};
use crate::value::expr::Expr;

/// `test "…" { … }`.
#[derive(Debug, Clone)]
pub struct Test {
    /// What it is called.
    pub name: String,
    /// Documentation.
    pub doc: Option<String>,
    /// Its `let`s, each after those that it reads.
    pub lets: Vec<Let>,
    /// What runs.
    pub workflow: WorkflowId,
    /// `run workflow(args)`: the call of it.
    pub run: Call,
    /// What answers, the first that matches.
    pub answers: Answers,
    /// What must hold, in order.
    pub expectations: Vec<Expectation>,
    /// What the expectations look at.
    pub observations: Vec<Observation>,
    /// `crash everywhere`: the run is killed and resumed at each commit.
    pub crash_everywhere: bool,
    /// The name's place.
    pub span: Span,
}

/// `let name = expr`.
#[derive(Debug, Clone)]
pub struct Let {
    /// Its name.
    pub name: String,
    /// Which [`Var::Let`](crate::value::expr::Var::Let) it is.
    pub index: u32,
    /// Its value.
    pub value: Expr,
}

/// Who answers in place of agents and people.
#[derive(Debug, Clone)]
pub enum Answers {
    /// Mocks, in order.
    Mocks(Vec<Mock>),
    /// `replay "file"`: a recorded run, by its path from the root of the project.
    Replay(String),
}

/// `mock path(args) step, then step`.
#[derive(Debug, Clone)]
pub struct Mock {
    /// Its path as written.
    pub name: String,
    /// What it answers for.
    pub target: MockTarget,
    /// The arguments that a call must have: position of the parameter, value.
    pub matching: Vec<(usize, Expr)>,
    /// At least one, in order.
    pub steps: Vec<Step>,
    /// Its place.
    pub span: Span,
}

/// What a mock answers for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MockTarget {
    /// Calls of an action: its agent, its position there.
    Action(AgentId, usize),
    /// Calls of the unnamed probe of an action.
    Probe(AgentId, usize),
    /// The `ask`, `event` or `on failure ask` of a stage; with a tag, of that alternative.
    Stage(StagePath, Option<String>),
}

/// One step of a mock.
#[derive(Debug, Clone)]
pub struct Step {
    /// How long the answer takes: a `duration`.
    pub takes: Option<Expr>,
    /// The answer.
    pub answer: Answer,
    /// How many calls it answers; `None`, in the last step only, is every further one.
    pub times: Option<u32>,
    /// Its place.
    pub span: Span,
}

/// What a mock answers.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A value of the type that is wanted.
    Returns(Expr),
    /// A failure of this class.
    Fails(String),
    /// A person allows what was shown.
    Approves,
    /// A person who is asked about a failure has it tried again.
    Retries,
    /// A person who is asked about a failure does without.
    Skips,
    /// Nothing, ever.
    Never,
}

/// `expect expr`.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// A `bool`.
    pub value: Expr,
    /// Its place.
    pub span: Span,
}

/// What an expectation looks at once the run has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observation {
    /// `result`: what the workflow returned; there is none unless it succeeded.
    Result,
    /// `outcome`: `{ status, error }`.
    Outcome,
    /// `elapsed`: virtual time from start to end, a `duration`.
    Elapsed,
    /// `spent`: `{ tokens, money }`.
    Spent,
    /// `attempts(S)`: how many attempts the stage made, an `int`.
    Attempts(StagePath),
    /// `calls(agent.action)`: the arguments of each call, in order; of the action's unnamed probe where the last is true.
    Calls(AgentId, usize, bool),
    /// `order(A, B)`: A had ended before B began.
    Order(StagePath, StagePath),
    /// `undone(S)`: its `undo`, or those inside it, ran and succeeded.
    Undone(StagePath),
    /// `succeeded(S)`.
    Succeeded(StagePath),
    /// `failed(S)`.
    Failed(StagePath),
    /// `skipped(S)`.
    Skipped(StagePath),
}

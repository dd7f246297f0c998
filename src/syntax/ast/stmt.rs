//! Statements of workflows: stages, what they do, their clauses.

use super::{Broken, Doc, Expr, Name, Path, RetryUse, Spanned, Type};
use crate::base::span::Span;

/// A statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Stmt {
    /// `let name = expr`; also an item.
    Let(Let),
    /// `stage name = …`.
    Stage(Stage),
    /// `when cond { … } else { … }`.
    When(When),
    /// `fail "text"`.
    Fail(Fail),
    /// `finally { … }`.
    Finally(Block),
    /// `return expr`.
    Return(Return),
    /// What did not parse; a `let` or `stage` still binds its name.
    Broken(Broken),
}

/// `{ statements }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// The statements.
    pub body: Vec<Stmt>,
    /// With its braces (of `finally` with the word).
    pub span: Span,
}

/// `let name = expr`.
#[derive(Debug, Clone, PartialEq)]
pub struct Let {
    /// Documentation.
    pub doc: Doc,
    /// Its name.
    pub name: Name,
    /// Its value.
    pub value: Expr,
    /// All of it.
    pub span: Span,
}

/// `when cond { … } else { … }`; `else when` is a block with one statement.
#[derive(Debug, Clone, PartialEq)]
pub struct When {
    /// The condition.
    pub condition: Expr,
    /// If it holds.
    pub then: Block,
    /// If not.
    pub otherwise: Option<Block>,
    /// All of it.
    pub span: Span,
}

/// `fail "text"`.
#[derive(Debug, Clone, PartialEq)]
pub struct Fail {
    /// A string.
    pub message: Expr,
    /// All of it.
    pub span: Span,
}

/// `return expr`.
#[derive(Debug, Clone, PartialEq)]
pub struct Return {
    /// The value.
    pub value: Expr,
    /// All of it.
    pub span: Span,
}

/// `stage name = …`.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Documentation.
    pub doc: Doc,
    /// Its name.
    pub name: Name,
    /// What it does.
    pub body: StageBody,
    /// The clauses after it, in order.
    pub clauses: Clauses,
    /// All of it.
    pub span: Span,
}

/// What a stage does.
#[derive(Debug, Clone, PartialEq)]
pub enum StageBody {
    /// `agent.action(args)`, `workflow(args)`, `ask(…)`, `event(…)`, `wait(…)`.
    Leaf(Leaf),
    /// `for item in list up to N => …`.
    Map(Box<Map>),
    /// `match subject { arms }`.
    Match(Box<Match>),
    /// `first of [a, b]`, `first of { tag: a, … }`.
    FirstOf(FirstOf),
    /// `any N of [a, b, c]`.
    AnyOf(Box<AnyOf>),
}

/// One thing that is waited for.
#[derive(Debug, Clone, PartialEq)]
pub enum Leaf {
    /// A call of an action or workflow.
    Call(Call),
    /// A question to people.
    Ask(Box<Ask>),
    /// A message from outside.
    Event(Box<Event>),
    /// A durable timer.
    Wait(Wait),
}

/// `path(args)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// What is called.
    pub path: Path,
    /// With what.
    pub args: Vec<Arg>,
    /// All of it, without clauses.
    pub span: Span,
}

/// An argument.
#[derive(Debug, Clone, PartialEq)]
pub struct Arg {
    /// `name:`, if it is named.
    pub name: Option<Name>,
    /// Its value.
    pub value: Expr,
    /// All of it.
    pub span: Span,
}

/// `ask("Question?", show: x) -> T` or `… approves path`.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// Question and `show`.
    pub args: Vec<Arg>,
    /// `-> T`.
    pub answer: Option<Type>,
    /// `approves path`.
    pub approves: Option<Path>,
    /// All of it, without clauses.
    pub span: Span,
}

/// `event("name", key: k) -> T`.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Name and key.
    pub args: Vec<Arg>,
    /// What it brings.
    pub payload: Type,
    /// All of it, without clauses.
    pub span: Span,
}

/// `wait(duration)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Wait {
    /// How long.
    pub args: Vec<Arg>,
    /// All of it.
    pub span: Span,
}

/// `for item in list up to N => body`.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// The element.
    pub item: Name,
    /// The list.
    pub source: Expr,
    /// `up to N`.
    pub up_to: Option<Spanned<i64>>,
    /// What is done for each.
    pub body: MapBody,
    /// All of it, without clauses.
    pub span: Span,
}

/// What is done for each element.
#[derive(Debug, Clone, PartialEq)]
pub enum MapBody {
    /// A call, `ask` or `event`.
    Leaf(Leaf),
    /// `{ statements return expr }`.
    Inline(Block),
}

/// `match subject { arms }` as a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// What is looked at.
    pub subject: Expr,
    /// The arms, in order.
    pub arms: Vec<Arm>,
    /// All of it, without clauses.
    pub span: Span,
}

/// `"a" | "b" => …`.
#[derive(Debug, Clone, PartialEq)]
pub struct Arm {
    /// At least one.
    pub patterns: Vec<Pattern>,
    /// What is done.
    pub body: ArmBody,
    /// Clauses of the call.
    pub clauses: Clauses,
    /// All of it.
    pub span: Span,
}

/// What an arm does.
#[derive(Debug, Clone, PartialEq)]
pub enum ArmBody {
    /// A call, `ask`, `event` or `wait`.
    Leaf(Leaf),
    /// `{ statements return expr }`.
    Inline(Block),
    /// `skip`.
    Skip(Span),
    /// `use expr`.
    Use(Expr),
}

/// A pattern with its place.
pub type Pattern = Spanned<PatternKind>;

/// What a pattern matches.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words of the language")]
pub enum PatternKind {
    String(String),
    Int(i64),
    Bool(bool),
    Any,
}

/// `first of …`.
#[derive(Debug, Clone, PartialEq)]
pub struct FirstOf {
    /// The alternatives, each with a tag or none.
    pub alternatives: Vec<Alternative>,
    /// `{ tag: … }` rather than `[ … ]`.
    pub tagged: bool,
    /// All of it, without clauses.
    pub span: Span,
}

/// One alternative of a race.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    /// Its tag.
    pub tag: Option<Name>,
    /// What runs.
    pub leaf: Leaf,
    /// Its clauses.
    pub clauses: Clauses,
    /// All of it.
    pub span: Span,
}

/// `any N of [ … ]`.
#[derive(Debug, Clone, PartialEq)]
pub struct AnyOf {
    /// How many must succeed.
    pub count: Spanned<i64>,
    /// The alternatives.
    pub alternatives: Vec<Alternative>,
    /// All of it, without clauses.
    pub span: Span,
}

/// `{ clauses }`; empty and without a place where none was written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Clauses {
    /// In order of writing.
    pub list: Vec<Clause>,
    /// With its braces.
    pub span: Option<Span>,
}

/// A clause with its place.
pub type Clause = Spanned<ClauseKind>;

/// What a clause says.
#[derive(Debug, Clone, PartialEq)]
pub enum ClauseKind {
    /// `after a, b`.
    After(Vec<Name>),
    /// `when cond`.
    When(Expr),
    /// `retry name`, `retry { … }`.
    Retry(RetryUse),
    /// `timeout D`.
    Timeout(Expr),
    /// `deadline D`.
    Deadline(Expr),
    /// `priority high`, `priority 7`.
    Priority(Priority),
    /// `parallel N`.
    Parallel(Spanned<i64>),
    /// `cache D`.
    Cache(Expr),
    /// `label "text"`.
    Label(Expr),
    /// `repeat up to N …`.
    Repeat(Box<Repeat>),
    /// `on failure [of classes] …`.
    OnFailure(Box<OnFailure>),
    /// `on failure cancel | drain` of a workflow: true for `cancel`.
    OnFailureMode(bool),
    /// `need 80%`, `need 3`.
    Need(Need),
    /// `undo call { clauses }`.
    Undo(Box<Call>, Clauses),
    /// `lock "name"`.
    Lock(Expr),
    /// `budget 200_000tok, 5usd`.
    Budget(Vec<Expr>),
    /// `to role "name"`.
    ToRole(Spanned<String>),
    /// `quorum N`.
    Quorum(Spanned<i64>),
    /// `not requester`.
    NotRequester,
}

/// `priority …`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words of the language")]
pub enum Priority {
    Low,
    Normal,
    High,
    Critical,
    Number(i64),
}

/// `repeat up to N [every D] until C [with a: e, …] [stop when C]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Repeat {
    /// Rounds at most, the first included.
    pub up_to: Spanned<i64>,
    /// Pause between rounds.
    pub every: Option<Expr>,
    /// Tested after each round.
    pub until: Expr,
    /// The next round's arguments.
    pub with: Vec<Arg>,
    /// Ends a loop without progress.
    pub stop_when: Option<Expr>,
}

/// `on failure [of a, b] …`.
#[derive(Debug, Clone, PartialEq)]
pub struct OnFailure {
    /// The classes; `None` is all.
    pub of: Option<Vec<Name>>,
    /// What is done.
    pub then: FailureAction,
}

/// What is done with a failure.
#[derive(Debug, Clone, PartialEq)]
pub enum FailureAction {
    /// `fail`.
    Fail,
    /// `skip`.
    Skip,
    /// `ask { timeout D }`.
    Ask(Clauses),
    /// `use expr`, `use call { clauses }`: a call of an action or workflow is a [`ExprKind::Call`](super::ExprKind::Call).
    Use(Expr, Clauses),
}

/// `need …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// `need 3`.
    Count(i64),
    /// `need 80%`.
    Percent(i64),
}

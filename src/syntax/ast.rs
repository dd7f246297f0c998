//! The tree as written: names are text, nothing is resolved. Whole grammar, including what is not carried out yet.

mod expr;
mod stmt;

pub use expr::*;
pub use stmt::*;

use crate::base::span::Span;

/// A word with its place. Back-quotes are removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The word.
    pub text: String,
    /// Its place, back-quotes included.
    pub span: Span,
}

/// `a.b.c`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// At least one.
    pub parts: Vec<Name>,
    /// All of it.
    pub span: Span,
}

/// Something with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Spanned<T> {
    /// The thing.
    pub value: T,
    /// Its place.
    pub span: Span,
}

/// A `///` comment block that stands right before something: its text without the slashes.
pub type Doc = Option<String>;

/// One file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct File {
    /// The items in order, broken ones left out (they are diagnostics).
    pub items: Vec<Item>,
    /// Every comment, in order: for the formatter.
    pub comments: Vec<Comment>,
}

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// From its slashes to the end of the line.
    pub span: Span,
    /// `///`.
    pub doc: bool,
}

/// A top-level item.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each variant holds the struct that says what it is")]
pub enum Item {
    Import(Import),
    Type(TypeItem),
    Constant(Let),
    Interface(Interface),
    Agent(Agent),
    Pool(Pool),
    Retry(RetryItem),
    Secret(Secret),
    Workflow(Workflow),
    Schedule(Schedule),
    Test(Test),
    Property(Property),
    /// What did not parse but begins like an item with a name: the name exists, its meaning is unknown.
    Broken(Broken),
}

impl Item {
    /// Its place.
    pub fn span(&self) -> Span {
        match self {
            Self::Import(item) => item.span,
            Self::Type(item) => item.span,
            Self::Constant(item) => item.span,
            Self::Interface(item) => item.span,
            Self::Agent(item) => item.span,
            Self::Pool(item) => item.span,
            Self::Retry(item) => item.span,
            Self::Secret(item) => item.span,
            Self::Workflow(item) => item.span,
            Self::Schedule(item) => item.span,
            Self::Test(item) => item.span,
            Self::Property(item) => item.span,
            Self::Broken(item) => item.span,
        }
    }
}

/// An item that did not parse.
#[derive(Debug, Clone, PartialEq)]
pub struct Broken {
    /// The word it begins with: `agent`, `workflow`, ….
    pub keyword: String,
    /// Its name, if that much could be read.
    pub name: Option<Name>,
    /// All of it.
    pub span: Span,
}

/// `import { a, b } from "path"` or `import "path" as name`.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// The names, or the alias.
    pub what: ImportWhat,
    /// The path, as written.
    pub path: Spanned<String>,
    /// All of it.
    pub span: Span,
}

/// What an import brings.
#[derive(Debug, Clone, PartialEq)]
pub enum ImportWhat {
    /// `{ a, b }`.
    Names(Vec<Name>),
    /// `as name`.
    Alias(Name),
}

/// `type Name = T`.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeItem {
    /// Documentation.
    pub doc: Doc,
    /// Its name.
    pub name: Name,
    /// What it stands for.
    pub ty: Type,
    /// All of it.
    pub span: Span,
}

/// `interface Name { action… }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Interface {
    /// Documentation.
    pub doc: Doc,
    /// Its name.
    pub name: Name,
    /// Its actions.
    pub actions: Vec<Action>,
    /// All of it.
    pub span: Span,
}

/// `agent name: Interface uses KIND { settings… actions… }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Agent {
    /// Documentation.
    pub doc: Doc,
    /// Its name.
    pub name: Name,
    /// The interface it implements.
    pub interface: Option<Path>,
    /// `exec`, `llm`, ….
    pub kind: Name,
    /// Settings, in order.
    pub settings: Vec<Setting>,
    /// Actions, in order.
    pub actions: Vec<Action>,
    /// All of it.
    pub span: Span,
}

/// `action name(params) -> T { settings }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// Documentation.
    pub doc: Doc,
    /// Its name.
    pub name: Name,
    /// Its parameters; `None` where left out (an implementation of an interface).
    pub params: Option<Vec<Param>>,
    /// Its result; `None` is `null`, or that of the interface.
    pub result: Option<Type>,
    /// Settings, in order.
    pub settings: Vec<Setting>,
    /// All of it.
    pub span: Span,
}

/// `name: T = default`.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// Documentation.
    pub doc: Doc,
    /// Its name; any word.
    pub name: Name,
    /// Its type.
    pub ty: Type,
    /// Its default.
    pub default: Option<Expr>,
    /// All of it.
    pub span: Span,
}

/// A setting of an agent or action.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// The word it begins with.
    pub name: Name,
    /// The rest.
    pub value: SettingValue,
    /// All of it.
    pub span: Span,
}

/// The rest of a setting, by form.
#[derive(Debug, Clone, PartialEq)]
pub enum SettingValue {
    /// `effects writes idempotent`.
    Effects(Effects),
    /// `rate 60 per 1m`: count, milliseconds.
    Rate(Spanned<i64>, Spanned<i64>),
    /// `retry name` or `retry { … }`.
    Retry(RetryUse),
    /// `raises a, b`.
    Raises(Vec<Name>),
    /// `capabilities "a", "b"`.
    Capabilities(Vec<Spanned<String>>),
    /// `endorses`.
    Endorses,
    /// `max turns 8`.
    MaxTurns(Spanned<i64>),
    /// `output json at "result"`.
    Output(Output),
    /// `stdin none`, `stdin json`; `stdin EXPR` is `Expr`.
    StdinWord(Name),
    /// `method POST`.
    Method(Name),
    /// `probe NAME`.
    Probe(Path),
    /// `probe { settings }`.
    ProbeInline(Vec<Setting>),
    /// `tools [a.b, c.d]`.
    Tools(Vec<Path>),
    /// `pass "A", "B"`.
    Pass(Vec<Spanned<String>>),
    /// `fails CLASS [once | twice | N times]` of a mock action.
    Fails(Name, Option<Spanned<i64>>),
    /// `WORD EXPR`.
    Expr(Expr),
}

/// What an action does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words of the language")]
pub enum Effects {
    None,
    Reads,
    WritesIdempotent,
    Writes,
    Irreversible,
}

/// `output …`.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the words of the language")]
pub enum Output {
    /// With the field of the envelope that is taken.
    Json(Option<Spanned<String>>),
    Text,
    Lines,
    Status,
    Response,
}

/// `pool name: Interface { … }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    /// Documentation.
    pub doc: Doc,
    /// Its name.
    pub name: Name,
    /// What its members implement.
    pub interface: Path,
    /// Its members by name.
    pub members: Vec<Name>,
    /// `members with capability "…"`.
    pub capability: Option<Spanned<String>>,
    /// `least_busy`, `round_robin`, `first_available`.
    pub strategy: Option<Name>,
    /// All of it.
    pub span: Span,
}

/// `retry name { … }`.
#[derive(Debug, Clone, PartialEq)]
pub struct RetryItem {
    /// Documentation.
    pub doc: Doc,
    /// Its name.
    pub name: Name,
    /// The policy.
    pub body: RetryBody,
    /// All of it.
    pub span: Span,
}

/// The policy of a retry.
#[derive(Debug, Clone, PartialEq)]
pub struct RetryBody {
    /// `attempts N`.
    pub attempts: Option<Spanned<i64>>,
    /// `backoff EXPR`: a call of `fixed`, `linear`, `exponential`.
    pub backoff: Option<Expr>,
    /// `on a, b`; `default` among them stands for the default classes.
    pub on: Option<Vec<Name>>,
    /// `not on a, b`.
    pub not_on: Option<Vec<Name>>,
    /// All of it, with its braces.
    pub span: Span,
}

/// `retry name` or `retry { … }`.
#[derive(Debug, Clone, PartialEq)]
pub enum RetryUse {
    /// A declared policy.
    Named(Path),
    /// One written in place.
    Inline(Box<RetryBody>),
}

/// `secret name from …`.
#[derive(Debug, Clone, PartialEq)]
pub struct Secret {
    /// Documentation.
    pub doc: Doc,
    /// Its name.
    pub name: Name,
    /// Where it comes from.
    pub from: SecretFrom,
    /// All of it.
    pub span: Span,
}

/// Where a secret comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum SecretFrom {
    /// `env "NAME"`.
    Env(Spanned<String>),
    /// `file "path"`.
    File(Spanned<String>),
    /// `command ["pass", "show", "x"]`.
    Command(Expr),
}

/// `workflow name(params) -> T { clauses statements }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Workflow {
    /// Documentation.
    pub doc: Doc,
    /// Its name.
    pub name: Name,
    /// Its parameters.
    pub params: Vec<Param>,
    /// Its result.
    pub result: Option<Type>,
    /// `timeout`, `budget`, `parallel`, `lock`, `on failure cancel | drain`.
    pub clauses: Vec<Clause>,
    /// Its statements.
    pub body: Vec<Stmt>,
    /// All of it.
    pub span: Span,
}

/// `schedule name = call { … }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// Documentation.
    pub doc: Doc,
    /// Its name.
    pub name: Name,
    /// What it starts.
    pub call: Call,
    /// Word and value of each clause, as written.
    pub clauses: Vec<ScheduleClause>,
    /// All of it.
    pub span: Span,
}

/// A clause of a schedule.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the words of the language")]
pub enum ScheduleClause {
    Cron(Spanned<String>),
    Timezone(Spanned<String>),
    Priority(Spanned<Priority>),
    Overlap(Name),
    Missed(Name),
}

/// `test "…" { … }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// Documentation.
    pub doc: Doc,
    /// What it is called.
    pub name: Spanned<String>,
    /// Its statements.
    pub body: Vec<TestStmt>,
    /// All of it.
    pub span: Span,
}

/// A statement of a test.
#[derive(Debug, Clone, PartialEq)]
pub enum TestStmt {
    /// `let name = expr`.
    Let(Let),
    /// `run workflow(args)`.
    Run(Call),
    /// `mock path(args) steps`.
    Mock(Mock),
    /// `expect expr`.
    Expect(Expr),
    /// `replay "file"`.
    Replay(Spanned<String>),
    /// `crash everywhere`.
    CrashEverywhere(Span),
}

/// `mock path(args) step, then step`.
#[derive(Debug, Clone, PartialEq)]
pub struct Mock {
    /// What is answered for.
    pub path: Path,
    /// Which calls; `None` is all.
    pub args: Option<Vec<Arg>>,
    /// At least one.
    pub steps: Vec<MockStep>,
    /// All of it.
    pub span: Span,
}

/// One step of a mock.
#[derive(Debug, Clone, PartialEq)]
pub struct MockStep {
    /// `takes D`.
    pub takes: Option<Expr>,
    /// What it answers.
    pub answer: MockAnswer,
    /// All of it.
    pub span: Span,
}

/// What a mock answers.
#[derive(Debug, Clone, PartialEq)]
pub enum MockAnswer {
    /// `returns expr`.
    Returns(Expr),
    /// `fails class [N times]`.
    Fails(Name, Option<Spanned<i64>>),
    /// `approves`.
    Approves,
    /// `retries`: what failed is tried again.
    Retries,
    /// `skips`: what failed is done without.
    Skips,
    /// `never answers`.
    NeverAnswers,
}

/// `property "…" in workflow { formula }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    /// Documentation.
    pub doc: Doc,
    /// What it is called.
    pub name: Spanned<String>,
    /// Of which workflow.
    pub workflow: Path,
    /// What must hold.
    pub formula: Formula,
    /// All of it.
    pub span: Span,
}

/// What a property claims.
#[derive(Debug, Clone, PartialEq)]
pub enum Formula {
    /// `never (e)`.
    Never(Expr),
    /// `a requires b`.
    Requires(Expr, Expr),
    /// `a leads to b`.
    LeadsTo(Expr, Expr),
}

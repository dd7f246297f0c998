//! The tree as written: names are text, nothing is resolved. Whole grammar, including what is not carried out yet.

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
    Inline(RetryBody),
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
    Map(Map),
    /// `match subject { arms }`.
    Match(Match),
    /// `first of [a, b]`, `first of { tag: a, … }`.
    FirstOf(FirstOf),
    /// `any N of [a, b, c]`.
    AnyOf(AnyOf),
}

/// One thing that is waited for.
#[derive(Debug, Clone, PartialEq)]
pub enum Leaf {
    /// A call of an action or workflow.
    Call(Call),
    /// A question to people.
    Ask(Ask),
    /// A message from outside.
    Event(Event),
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
    Repeat(Repeat),
    /// `on failure [of classes] …`.
    OnFailure(OnFailure),
    /// `on failure cancel | drain` of a workflow: true for `cancel`.
    OnFailureMode(bool),
    /// `need 80%`, `need 3`.
    Need(Need),
    /// `undo call { clauses }`.
    Undo(Call, Clauses),
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
    /// `use expr`, `use call { clauses }`: a call of an action or workflow is a [`ExprKind::Call`].
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

/// A type as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Type {
    /// Its form.
    pub kind: TypeKind,
    /// Its place.
    pub span: Span,
}

/// The form of a type.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeKind {
    /// `string`, `Spec`, `templates.Spec`, `null`.
    Path(Path),
    /// `"low"`.
    Literal(String),
    /// `list<T>`, `map<T>`; other words are an error of the checker.
    Generic(Name, Box<Type>),
    /// `{ a: T, b?: T }`.
    Record(Vec<RecordField>),
    /// `T?`.
    Optional(Box<Type>),
    /// `A | B`.
    Union(Vec<Type>),
    /// `secret T`.
    Labelled(Vec<Spanned<Label>>, Box<Type>),
    /// What did not parse.
    Broken,
}

/// A label of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words of the language")]
pub enum Label {
    Secret,
    Untrusted,
    Trusted,
    Approved,
}

/// A field of a record type.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordField {
    /// Documentation.
    pub doc: Doc,
    /// Its name.
    pub name: Name,
    /// `name?:`.
    pub optional: bool,
    /// Its type.
    pub ty: Type,
}

/// An expression as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// Its form.
    pub kind: ExprKind,
    /// Its place, without comments around it.
    pub span: Span,
}

/// The form of an expression.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the forms of the language, named as everywhere")]
pub enum ExprKind {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// Milliseconds.
    Duration(i64),
    /// Millionths of a dollar.
    Money(i64),
    Tokens(i64),
    /// Bytes.
    Size(i64),
    /// Any string: plain, block (indentation removed) or raw, in parts.
    String(Vec<StringPart>),
    Name(String),
    Field(Box<Expr>, Name),
    OptionalField(Box<Expr>, Name),
    Index(Box<Expr>, Box<Expr>),
    /// `f(args)`, `a.b(args)`; what is called is an expression of names and fields.
    Call(Box<Expr>, Vec<Arg>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    /// With the place of the operator.
    Binary(BinaryOp, Span, Box<Expr>, Box<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    Match(Box<Expr>, Vec<ExprArm>),
    List(Vec<Expr>),
    Comprehension(Box<Comprehension>),
    Record(Vec<RecordEntry>),
    As(Box<Expr>, Type),
    /// In parentheses: kept, so that negative patterns and the formatter can tell.
    Paren(Box<Expr>),
    /// What did not parse.
    Broken,
}

/// A binary operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the operators say themselves what they are")]
pub enum BinaryOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    And,
    Or,
    Coalesce,
}

/// An arm of a `match` expression.
#[derive(Debug, Clone, PartialEq)]
pub struct ExprArm {
    /// At least one.
    pub patterns: Vec<Pattern>,
    /// Its value.
    pub value: Expr,
    /// All of it.
    pub span: Span,
}

/// `[body for item in source if condition]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Comprehension {
    /// What each becomes.
    pub body: Expr,
    /// The element.
    pub item: Name,
    /// What is gone through.
    pub source: Expr,
    /// Which are kept.
    pub condition: Option<Expr>,
}

/// An entry of a record literal.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordEntry {
    /// `name: value`.
    Field(Name, Expr),
    /// `name` alone: `name: name`.
    Short(Name),
    /// `..value`.
    Spread(Expr),
}

/// A part of a string.
#[derive(Debug, Clone, PartialEq)]
pub enum StringPart {
    /// Escapes already replaced.
    Text(String),
    /// `${expr}`.
    Expr(Expr),
}

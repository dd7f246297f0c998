//! Types and expressions.

use super::{Arg, Doc, Name, Path, Pattern, Spanned};
use crate::base::span::Span;

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
    As(Box<Expr>, Box<Type>),
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

impl BinaryOp {
    /// As it is written: `??`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "in",
            Self::And => "&&",
            Self::Or => "||",
            Self::Coalesce => "??",
        }
    }
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

//! Types with their labels. Structural: the name of an alias is kept for messages only.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// A type: its shape, the labels that travel with it, the alias under which it was written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Type {
    /// The shape.
    pub kind: Kind,
    /// Labels of this node. `untrusted` sits on leaves, `secret` and `approved` on the whole value.
    #[serde(default, skip_serializing_if = "Labels::is_clean")]
    pub labels: Labels,
    /// The alias, for messages. Not part of equality, and left out of plans.
    #[serde(skip)]
    pub name: Option<Arc<str>>,
}

/// Equality of types is that of shape and labels; a name makes no difference.
impl PartialEq for Type {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.labels == other.labels
    }
}

/// The shape of a type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The type of what is already reported: fits everything, silences what follows.
    Unknown,
    /// Only `null`.
    Null,
    /// `bool`.
    Bool,
    /// `int`, 64 bits with sign.
    Int,
    /// `float`, finite IEEE 754 double.
    Float,
    /// `string`.
    String,
    /// `duration`.
    Duration,
    /// `money`.
    Money,
    /// `tokens`.
    Tokens,
    /// `size`.
    Size,
    /// `file`.
    File,
    /// `json`: any value that JSON can say.
    Json,
    /// One string: `"low"`.
    Literal(Arc<str>),
    /// `list<T>`. The element of `[]` is [`Kind::Never`].
    List(Arc<Type>),
    /// `map<T>`, with string keys.
    Map(Arc<Type>),
    /// A record.
    Record(Arc<IndexMap<Arc<str>, Field>>),
    /// `T?`. Never of `T?`, nor of `null`.
    Optional(Arc<Type>),
    /// Two or more literals, or records told apart by one literal field; in order of writing, no unions inside.
    Union(Arc<Vec<Type>>),
    /// The type without values: fits everything.
    Never,
}

/// One field of a record type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Its type, without the `?` of an optional field.
    #[serde(rename = "type")]
    pub ty: Type,
    /// Written `name?: T`: may be left out, read as `T?`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// What travels with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Labels {
    /// May not be seen.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub secret: bool,
    /// May not be believed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub untrusted: bool,
    /// On parameters: refuses what is untrusted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub trusted: bool,
    /// A person has allowed this very value.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub approved: bool,
}

impl Labels {
    /// Whether there is none.
    pub fn is_clean(&self) -> bool {
        *self == Self::default()
    }
}

impl Type {
    /// A type without labels or name.
    pub fn of(kind: Kind) -> Self {
        Self { kind, labels: Labels::default(), name: None }
    }
}

/// As it is written in a program: `{ ok: bool }?`. The alias wins where there is one.
impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.name {
            Some(name) => f.write_str(name),
            None => write!(f, "{:?}", self.kind),
        }
    }
}

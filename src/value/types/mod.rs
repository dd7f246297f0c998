//! Types with their labels. Structural: the name of an alias is kept for messages only.

mod display;
mod fits;
mod join;
mod label;
mod narrow;
#[cfg(test)]
mod properties;
mod union;

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

pub(crate) use display::write_literal;
pub use fits::{Difference, Reason};
pub use join::join;
#[cfg(test)]
pub(crate) use properties::any_type;
pub use union::UnionError;
pub(crate) use union::{discriminant, meant};

/// How deep types may nest, and of how many parts they may consist: what walks them recurses, and aliases that use
/// others twice grow by powers. The checker refuses what is larger ([`Type::is_too_large`]).
pub const DEPTH_MAX: usize = 64;
/// See [`DEPTH_MAX`].
pub const PARTS_MAX: usize = 10_000;

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

    /// The type of what is already reported.
    pub fn unknown() -> Self {
        Self::of(Kind::Unknown)
    }

    /// The type without values.
    pub fn never() -> Self {
        Self::of(Kind::Never)
    }

    /// `null`.
    pub fn null() -> Self {
        Self::of(Kind::Null)
    }

    /// `bool`.
    pub fn bool() -> Self {
        Self::of(Kind::Bool)
    }

    /// `int`.
    pub fn int() -> Self {
        Self::of(Kind::Int)
    }

    /// `float`.
    pub fn float() -> Self {
        Self::of(Kind::Float)
    }

    /// `string`.
    pub fn string() -> Self {
        Self::of(Kind::String)
    }

    /// `duration`.
    pub fn duration() -> Self {
        Self::of(Kind::Duration)
    }

    /// `money`.
    pub fn money() -> Self {
        Self::of(Kind::Money)
    }

    /// `tokens`.
    pub fn tokens() -> Self {
        Self::of(Kind::Tokens)
    }

    /// `size`.
    pub fn size() -> Self {
        Self::of(Kind::Size)
    }

    /// `file`.
    pub fn file() -> Self {
        Self::of(Kind::File)
    }

    /// `json`.
    pub fn json() -> Self {
        Self::of(Kind::Json)
    }

    /// One string.
    pub fn literal(text: impl Into<Arc<str>>) -> Self {
        Self::of(Kind::Literal(text.into()))
    }

    /// `list<element>`.
    pub fn list(element: Type) -> Self {
        Self::of(Kind::List(Arc::new(element)))
    }

    /// `map<element>`.
    pub fn map(element: Type) -> Self {
        Self::of(Kind::Map(Arc::new(element)))
    }

    /// A record of fields.
    pub fn record<K: Into<Arc<str>>>(fields: impl IntoIterator<Item = (K, Field)>) -> Self {
        Self::of(Kind::Record(Arc::new(fields.into_iter().map(|(name, field)| (name.into(), field)).collect())))
    }

    /// `T?`. `T??` is `T?`; `null` and what is already reported stay as they are. Labels of the whole value move to the `?`.
    pub fn optional(mut self) -> Self {
        match self.kind {
            Kind::Optional(_) | Kind::Null | Kind::Unknown => self,
            Kind::Never => Self { kind: Kind::Null, ..self },
            _ => {
                let whole = self.labels.of_whole();
                self.labels = self.labels.of_leaf();
                Self { kind: Kind::Optional(Arc::new(self)), labels: whole, name: None }
            }
        }
    }

    /// The same under an alias, for messages.
    pub fn named(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// `T` of `T?`; [`Kind::Never`] of `null`; any other type itself.
    pub fn without_null(&self) -> Type {
        match &self.kind {
            Kind::Optional(inner) => {
                let mut inner = (**inner).clone();
                inner.labels = inner.labels.or(self.labels);
                inner
            }
            Kind::Null => Self { kind: Kind::Never, labels: self.labels, name: None },
            _ => self.clone(),
        }
    }

    /// Whether `null` is among the values: `T?` and `null` itself.
    pub fn is_optional(&self) -> bool {
        matches!(self.kind, Kind::Optional(_) | Kind::Null)
    }

    /// Whether this is already reported.
    pub fn is_unknown(&self) -> bool {
        matches!(self.kind, Kind::Unknown)
    }

    /// Whether anything inside is already reported.
    pub fn has_unknown(&self) -> bool {
        self.any_part(&mut |part| part.is_unknown())
    }

    /// The element of a list.
    pub fn element(&self) -> Option<&Type> {
        match &self.kind {
            Kind::List(element) => Some(element),
            _ => None,
        }
    }

    /// The type of `x.name`: of a field that a record, or every member of a union, has; `T?` of an optional one.
    /// The whole value's `secret` stays on it. `None` where there is no such field; a `T?` has none (`?.` goes through
    /// [`Type::without_null`]).
    pub fn field(&self, name: &str) -> Option<Type> {
        let found = match &self.kind {
            Kind::Unknown | Kind::Never => Type::unknown(),
            Kind::Record(fields) => fields.get(name)?.read(),
            Kind::File => file_field(name)?.with_labels(self.labels.of_leaf()),
            Kind::Union(members) => {
                let fields = members.iter().map(|member| member.field(name)).collect::<Option<Vec<_>>>()?;
                Type::join_all(&fields)?
            }
            _ => return None,
        };
        Some(found.with_labels(Labels { secret: self.labels.secret, ..Labels::default() }))
    }

    /// The names of the fields that can be read: those of a record, those that all members of a union share.
    pub fn field_names(&self) -> Vec<Arc<str>> {
        match &self.kind {
            Kind::Record(fields) => fields.keys().cloned().collect(),
            Kind::File => ["name", "size", "hash"].map(Arc::from).into(),
            Kind::Union(members) => {
                let Some((first, rest)) = members.split_first() else { return Vec::new() };
                let mut names = first.field_names();
                names.retain(|name| rest.iter().all(|member| member.field(name).is_some()));
                names
            }
            _ => Vec::new(),
        }
    }

    /// The strings of a literal or a union of literals, in order of writing.
    pub fn as_literals(&self) -> Option<Vec<Arc<str>>> {
        match &self.kind {
            Kind::Literal(text) => Some(vec![text.clone()]),
            Kind::Union(members) => members.iter().map(Type::as_literal).collect(),
            _ => None,
        }
    }

    /// The string of a literal.
    pub(crate) fn as_literal(&self) -> Option<Arc<str>> {
        match &self.kind {
            Kind::Literal(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// Whether this passes [`DEPTH_MAX`] or [`PARTS_MAX`]. Looks at no more parts than that.
    pub fn is_too_large(&self) -> bool {
        let mut parts = 0;
        self.exceeds(DEPTH_MAX, &mut parts)
    }

    fn exceeds(&self, depth_left: usize, parts: &mut usize) -> bool {
        *parts += 1;
        *parts > PARTS_MAX || depth_left == 0 || self.parts().any(|part| part.exceeds(depth_left - 1, parts))
    }

    /// Whether this or any type inside passes a test.
    pub(crate) fn any_part(&self, test: &mut dyn FnMut(&Type) -> bool) -> bool {
        test(self) || self.parts().any(|part| part.any_part(test))
    }

    /// The types directly inside.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &Type> {
        let (one, many, fields) = match &self.kind {
            Kind::List(inner) | Kind::Map(inner) | Kind::Optional(inner) => (Some(&**inner), None, None),
            Kind::Union(members) => (None, Some(members.iter()), None),
            Kind::Record(fields) => (None, None, Some(fields.values().map(|field| &field.ty))),
            _ => (None, None, None),
        };
        one.into_iter().chain(many.into_iter().flatten()).chain(fields.into_iter().flatten())
    }

    /// The same with each type directly inside replaced. Keeps the name only if nothing changed.
    pub(crate) fn map_parts(&self, change: &mut dyn FnMut(&Type) -> Type) -> Type {
        let kind = match &self.kind {
            Kind::List(inner) => Kind::List(Arc::new(change(inner))),
            Kind::Map(inner) => Kind::Map(Arc::new(change(inner))),
            Kind::Optional(inner) => Kind::Optional(Arc::new(change(inner))),
            Kind::Union(members) => Kind::Union(Arc::new(members.iter().map(&mut *change).collect())),
            Kind::Record(fields) => {
                let changed = fields
                    .iter()
                    .map(|(name, field)| (name.clone(), Field { ty: change(&field.ty), optional: field.optional }));
                Kind::Record(Arc::new(changed.collect()))
            }
            other => other.clone(),
        };
        Self { kind, labels: self.labels, name: self.name.clone() }
    }
}

/// What can be read of a file without its content.
fn file_field(name: &str) -> Option<Type> {
    match name {
        "name" | "hash" => Some(Type::string()),
        "size" => Some(Type::size()),
        _ => None,
    }
}

impl Field {
    /// A field that is always there.
    pub fn required(ty: Type) -> Self {
        Self { ty, optional: false }
    }

    /// A field that may be left out.
    pub fn optional(ty: Type) -> Self {
        Self { ty, optional: true }
    }

    /// Whether a record without it is as good as one where it is `null`: absent equals `null`.
    pub fn may_be_absent(&self) -> bool {
        self.optional || self.ty.is_optional()
    }

    /// Its type when it is read: `T?` if it may be left out.
    pub fn read(&self) -> Type {
        if self.optional { self.ty.clone().optional() } else { self.ty.clone() }
    }
}

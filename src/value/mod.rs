//! Values, their types and units, resolved expression trees with their total evaluator, the table of built-ins.
//!
//! What checker, engine, harness and docs share. Knows neither the syntax nor the plan.

pub mod builtin;
pub mod compare;
pub mod cron;
pub mod eval;
pub mod example;
pub mod expr;
pub mod file;
pub mod input;
pub mod json;
pub mod length;
pub mod list;
pub mod operator;
pub mod policy;
pub mod schema;
pub mod settings;
pub mod shelf;
pub mod text;
pub mod tick;
pub mod types;
pub mod walk;
pub mod widen;

use std::sync::Arc;

use indexmap::IndexMap;

use crate::value::list::List;

/// The fields of a record or map, in order of writing. Equality ignores the order.
pub type Fields = IndexMap<Arc<str>, Value>;

/// A value of the language. Cheap to clone.
///
/// Records and maps look alike here: their types tell them apart.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`, and every absent value.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A finite number.
    Float(f64),
    /// Text.
    String(Arc<str>),
    /// Milliseconds.
    Duration(i64),
    /// Millionths of a US dollar.
    Money(i64),
    /// Tokens of a model.
    Tokens(i64),
    /// Bytes.
    Size(i64),
    /// The content of a file, by hash.
    File(Arc<FileRef>),
    /// A list.
    List(List),
    /// A record or map.
    Record(Arc<Fields>),
}

/// A file whose bytes lie in the store.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct FileRef {
    /// Its name, without folders.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// BLAKE3 of the content, hexadecimal.
    pub hash: String,
}

/// Equality of files is that of their content.
impl PartialEq for FileRef {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash
    }
}

impl Value {
    /// Text.
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::String(text.into())
    }

    /// A list.
    pub fn list(items: Vec<Value>) -> Self {
        Self::List(List::from(items))
    }

    /// A record of the given fields.
    pub fn record<K: Into<Arc<str>>>(fields: impl IntoIterator<Item = (K, Value)>) -> Self {
        Self::Record(Arc::new(fields.into_iter().map(|(key, value)| (key.into(), value)).collect()))
    }

    /// A field of a record; `None` where there is none or this is no record.
    pub fn field(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Record(fields) => fields.get(name),
            _ => None,
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Calls `visit` with each file in it.
    pub fn files(&self, visit: &mut dyn FnMut(&FileRef)) {
        match self {
            Self::File(file) => visit(file),
            Self::List(items) => items.iter().for_each(|item| item.files(visit)),
            Self::Record(fields) => fields.values().for_each(|field| field.files(visit)),
            _ => {}
        }
    }

    /// Why a part of it could not be read that was laid aside, if one could not: what was made of it is worth nothing.
    pub fn failure(&self) -> Option<&str> {
        match self {
            Self::List(items) => match items.here() {
                Some(here) => here.iter().find_map(Self::failure),
                None => items.failure(),
            },
            Self::Record(fields) => fields.values().find_map(Self::failure),
            _ => None,
        }
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

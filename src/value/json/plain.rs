//! A value that becomes plain JSON when it is written, and not before: a large one that is passed on is not copied.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value as Json;

use crate::base::unit;
use crate::value::Value;
use crate::value::json::encode;
use crate::value::json::sequence::sequence;

/// Serializes as [`encode`] has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Plain(pub Value);

impl Plain {
    /// It as JSON.
    pub fn json(&self) -> Json {
        encode(&self.0)
    }
}

/// `null`.
impl Default for Plain {
    fn default() -> Self {
        Self(Value::Null)
    }
}

impl fmt::Display for Plain {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}", self.json())
    }
}

impl From<&Value> for Plain {
    fn from(value: &Value) -> Self {
        Self(value.clone())
    }
}

impl Serialize for Plain {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Element(Cow::Borrowed(&self.0)).serialize(to)
    }
}

struct Element<'a>(Cow<'a, Value>);

impl Serialize for Element<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match &*self.0 {
            Value::Null => to.serialize_unit(),
            Value::Bool(b) => to.serialize_bool(*b),
            Value::Int(n) => to.serialize_i64(*n),
            Value::Float(x) => to.serialize_f64(*x),
            Value::String(text) => to.serialize_str(text),
            Value::Duration(ms) => to.serialize_str(&unit::format_duration(*ms)),
            Value::Money(micros) => to.serialize_str(&unit::format_money(*micros)),
            Value::Tokens(n) => to.serialize_str(&unit::format_tokens(*n)),
            Value::Size(bytes) => to.serialize_str(&unit::format_size(*bytes)),
            file @ Value::File(_) => encode(file).serialize(to),
            Value::List(items) => sequence(items, to, Element),
            Value::Record(fields) => {
                to.collect_map(fields.iter().map(|(name, value)| (name, Element(Cow::Borrowed(value)))))
            }
        }
    }
}

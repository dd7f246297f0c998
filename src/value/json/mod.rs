//! Values as JSON, in two forms.
//!
//! - *Plain*: what agents and people see. Units are spelled as literals; reading needs the type.
//! - *Tagged* (`Serialize` and `Deserialize` of [`Value`]): what plans and journals hold. It reads back without a type:
//!   `{"$duration": "30s"}`.

mod canonical;
mod files;
#[cfg(test)]
mod outputs;
mod plain;
#[cfg(test)]
mod properties;
mod sequence;
mod strict;
mod tagged;

use std::sync::Arc;

use serde_json::Value as Json;

use crate::base::unit;
use crate::value::text::quoted;
use crate::value::types::{Kind, Type, discriminant, meant};
use crate::value::{Fields, FileRef, Value};

pub use canonical::{canonical, canonical_within};
pub use files::{holds_file, put_files};
pub use plain::Plain;
#[cfg(test)]
pub(crate) use properties::typed_value;
pub use strict::{DEPTH_MAX, JsonError, VALUES_MAX, parse_strict};

/// A value in the plain form.
pub fn encode(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(b) => Json::from(*b),
        Value::Int(n) => Json::from(*n),
        Value::Float(x) => Json::from(*x),
        Value::String(text) => Json::from(&**text),
        Value::Duration(ms) => Json::from(unit::format_duration(*ms)),
        Value::Money(micros) => Json::from(unit::format_money(*micros)),
        Value::Tokens(n) => Json::from(unit::format_tokens(*n)),
        Value::Size(bytes) => Json::from(unit::format_size(*bytes)),
        Value::File(file) => serde_json::json!({ "name": file.name, "size": file.size, "hash": file.hash }),
        Value::List(items) => items.iter().map(|item| encode(&item)).collect(),
        Value::Record(fields) => Json::Object(fields.iter().map(|(k, v)| (k.to_string(), encode(v))).collect()),
    }
}

/// Why JSON does not fit a type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", if .path.is_empty() { String::new() } else { format!("at `{}`: ", .path) })]
pub struct Mismatch {
    /// Where: `steps[2].name`; empty for the whole.
    pub path: String,
    /// What is wrong there: `"critical" is not one of "low", "high"`.
    pub message: String,
}

impl Mismatch {
    fn new(message: impl Into<String>) -> Self {
        Self { path: String::new(), message: message.into() }
    }

    fn under_field(mut self, name: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{name}{dot}{}", self.path);
        self
    }

    fn under_index(mut self, index: usize) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("[{index}]{dot}{}", self.path);
        self
    }
}

/// Reads plain JSON as a type. Unknown fields of records are dropped; absent optional fields stay absent.
///
/// # Errors
/// The first place that does not fit.
pub fn decode(json: &Json, ty: &Type) -> Result<Value, Mismatch> {
    match (&ty.kind, json) {
        (Kind::Unknown | Kind::Json, _) => decode_any(json),
        (Kind::Null, Json::Null) | (Kind::Optional(_), Json::Null) => Ok(Value::Null),
        (Kind::Optional(inner), _) => decode(json, inner),
        (Kind::Bool, Json::Bool(b)) => Ok(Value::Bool(*b)),
        (Kind::Int, Json::Number(n)) => decode_int(n),
        (Kind::Float, Json::Number(n)) => match n.as_f64().filter(|x| x.is_finite()) {
            // `-0.0` equals `0.0`, but would not read like it.
            Some(x) => Ok(Value::Float(x + 0.0)),
            None => Err(Mismatch::new(format!("{n} is out of the range of `float`"))),
        },
        (Kind::String, Json::String(text)) => Ok(Value::text(text.as_str())),
        (Kind::Literal(want), Json::String(text)) if **want == **text => Ok(Value::String(want.clone())),
        (Kind::Duration, Json::String(text)) => unit_value(text, ty, unit::parse_duration, Value::Duration),
        (Kind::Money, Json::String(text)) => unit_value(text, ty, unit::parse_money, Value::Money),
        (Kind::Tokens, Json::String(text)) => unit_value(text, ty, unit::parse_tokens, Value::Tokens),
        (Kind::Size, Json::String(text)) => unit_value(text, ty, unit::parse_size, Value::Size),
        (Kind::File, Json::Object(_)) => serde_json::from_value::<FileRef>(json.clone())
            .map(|file| Value::File(Arc::new(file)))
            .map_err(|_| Mismatch::new("expected a file with `name`, `size` and `hash`")),
        (Kind::List(element), Json::Array(items)) => {
            let decoded = items.iter().enumerate().map(|(i, item)| decode(item, element).map_err(|e| e.under_index(i)));
            decoded.collect::<Result<Vec<_>, _>>().map(Value::list)
        }
        (Kind::Map(element), Json::Object(fields)) => {
            let decoded = fields.iter().map(|(name, field)| {
                let value = decode(field, element).map_err(|e| e.under_field(name))?;
                Ok((Arc::from(name.as_str()), value))
            });
            decoded.collect::<Result<Fields, Mismatch>>().map(|fields| Value::Record(Arc::new(fields)))
        }
        (Kind::Record(_), Json::Object(fields)) => decode_record(fields, ty),
        (Kind::Union(members), _) => decode_union(json, members, ty),
        _ => Err(Mismatch::new(format!("expected `{ty}`, found {}", describe(json)))),
    }
}

fn decode_int(number: &serde_json::Number) -> Result<Value, Mismatch> {
    if let Some(n) = number.as_i64() {
        return Ok(Value::Int(n));
    }
    // `3.0` is how some languages print a whole number.
    match number.as_f64() {
        Some(x) if x.fract() == 0.0 && x.abs() < 9_007_199_254_740_992.0 => Ok(Value::Int(x as i64)),
        _ => Err(Mismatch::new(format!("{number} is not a whole number that fits `int`"))),
    }
}

fn unit_value(text: &str, ty: &Type, parse: ParseUnit, value: fn(i64) -> Value) -> Result<Value, Mismatch> {
    signed(text, parse).map(value).map_err(|_| Mismatch::new(format!("{} is not a `{ty}`", quoted(text))))
}

type ParseUnit = fn(&str) -> Result<i64, unit::UnitError>;

/// Reads a unit literal that may have a sign: amounts can be negative, literals cannot.
pub(crate) fn signed(text: &str, parse: ParseUnit) -> Result<i64, unit::UnitError> {
    match text.strip_prefix('-') {
        Some(amount) => parse(amount).map(|amount| -amount),
        None => parse(text),
    }
}

fn decode_record(fields: &serde_json::Map<String, Json>, ty: &Type) -> Result<Value, Mismatch> {
    let Kind::Record(wanted) = &ty.kind else { return Err(Mismatch::new("expected a record")) };
    let mut decoded = Fields::new();
    for (name, field) in wanted.iter() {
        match fields.get(&**name) {
            Some(Json::Null) | None if field.optional => {}
            Some(json) => {
                let value = decode(json, &field.ty).map_err(|e| e.under_field(name))?;
                decoded.insert(name.clone(), value);
            }
            None if matches!(field.ty.kind, Kind::Optional(_) | Kind::Null) => {
                decoded.insert(name.clone(), Value::Null);
            }
            None => return Err(Mismatch::new(format!("field `{name}` is missing"))),
        }
    }
    Ok(Value::Record(Arc::new(decoded)))
}

fn decode_union(json: &Json, members: &[Type], ty: &Type) -> Result<Value, Mismatch> {
    if let (Some(literals), Json::String(text)) = (ty.as_literals(), json) {
        let found = literals.iter().find(|literal| ***literal == **text);
        return found.map(|literal| Value::String(literal.clone())).ok_or_else(|| none_of(json, &literals));
    }
    let (Some(tag), Json::Object(fields)) = (discriminant(members), json) else {
        return Err(Mismatch::new(format!("expected `{ty}`, found {}", describe(json))));
    };
    let text = |name: &str| fields.get(name).and_then(Json::as_str).map(str::to_owned);
    match (meant(members, text), fields.get(&*tag)) {
        (Some(member), _) => decode(json, member),
        (None, None) => Err(Mismatch::new(format!("field `{tag}` is missing"))),
        (None, Some(other)) => {
            let literals: Vec<Arc<str>> =
                members.iter().filter_map(|member| member.field(&tag)?.as_literals()).flatten().collect();
            Err(none_of(other, &literals).under_field(&tag))
        }
    }
}

fn none_of(json: &Json, literals: &[Arc<str>]) -> Mismatch {
    let listed: Vec<String> = literals.iter().map(|literal| quoted(literal)).collect();
    Mismatch::new(format!("{} is not one of {}", describe(json), listed.join(", ")))
}

pub(super) fn decode_any(json: &Json) -> Result<Value, Mismatch> {
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => match (n.as_i64(), n.as_f64()) {
            (Some(n), _) => Value::Int(n),
            (None, Some(x)) if x.is_finite() => Value::Float(x + 0.0),
            _ => return Err(Mismatch::new(format!("{n} is out of range"))),
        },
        Json::String(text) => Value::text(text.as_str()),
        Json::Array(items) => {
            let decoded = items.iter().enumerate().map(|(i, item)| decode_any(item).map_err(|e| e.under_index(i)));
            Value::list(decoded.collect::<Result<_, _>>()?)
        }
        Json::Object(fields) => {
            let decoded = fields.iter().map(|(name, field)| {
                let value = decode_any(field).map_err(|e| e.under_field(name))?;
                Ok((Arc::from(name.as_str()), value))
            });
            Value::Record(Arc::new(decoded.collect::<Result<_, Mismatch>>()?))
        }
    })
}

/// A short description of a JSON value for messages: short scalars are shown.
fn describe(json: &Json) -> String {
    match json {
        Json::Null => "null".into(),
        Json::Bool(b) => b.to_string(),
        Json::Number(n) => n.to_string(),
        Json::String(text) => quoted(text),
        Json::Array(_) => "a list".into(),
        Json::Object(_) => "a record".into(),
    }
}

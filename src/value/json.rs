//! Values as JSON, in two forms.
//!
//! - *Plain*: what agents and people see. Units are spelled as literals; reading needs the type.
//! - *Tagged* (`Serialize` and `Deserialize` of [`Value`]): what plans and journals hold. It reads back without a type:
//!   `{"$duration": "30s"}`.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;

use crate::base::unit;
use crate::value::types::{Kind, Type};
use crate::value::{Fields, FileRef, Value};

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
        Value::List(items) => items.iter().map(encode).collect(),
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
            Some(x) => Ok(Value::Float(x)),
            None => Err(Mismatch::new(format!("{n} is out of the range of `float`"))),
        },
        (Kind::String, Json::String(text)) => Ok(Value::text(text.as_str())),
        (Kind::Literal(want), Json::String(text)) if **want == **text => Ok(Value::String(want.clone())),
        (Kind::Duration, Json::String(text)) => unit_value(text, ty, unit::parse_duration(text).map(Value::Duration)),
        (Kind::Money, Json::String(text)) => unit_value(text, ty, unit::parse_money(text).map(Value::Money)),
        (Kind::Tokens, Json::String(text)) => unit_value(text, ty, unit::parse_tokens(text).map(Value::Tokens)),
        (Kind::Size, Json::String(text)) => unit_value(text, ty, unit::parse_size(text).map(Value::Size)),
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

fn unit_value(text: &str, ty: &Type, value: Result<Value, unit::UnitError>) -> Result<Value, Mismatch> {
    value.map_err(|_| Mismatch::new(format!("{} is not a `{ty}`", quoted(text))))
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
    let mut records = Vec::new();
    for member in members {
        match decode(json, member) {
            Ok(value) => return Ok(value),
            Err(error) if matches!(member.kind, Kind::Record(_)) => records.push((member, error)),
            Err(_) => {}
        }
    }
    // The member whose literals fit is the one that was meant: its complaint is the useful one.
    let meant = records.into_iter().find(|(member, _)| literals_fit(json, member));
    let all_literals = members.iter().all(|m| matches!(m.kind, Kind::Literal(_)));
    match meant {
        Some((_, error)) => Err(error),
        None if all_literals => {
            let listed: Vec<String> = members.iter().map(|m| m.to_string()).collect();
            Err(Mismatch::new(format!("{} is not one of {}", describe(json), listed.join(", "))))
        }
        None => Err(Mismatch::new(format!("expected `{ty}`, found {}", describe(json)))),
    }
}

fn literals_fit(json: &Json, member: &Type) -> bool {
    let Kind::Record(fields) = &member.kind else { return false };
    let mut literals = fields.iter().filter(|(_, field)| matches!(field.ty.kind, Kind::Literal(_))).peekable();
    literals.peek().is_some()
        && literals.all(|(name, field)| json.get(&**name).is_some_and(|value| decode(value, &field.ty).is_ok()))
}

fn decode_any(json: &Json) -> Result<Value, Mismatch> {
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => match (n.as_i64(), n.as_f64()) {
            (Some(n), _) => Value::Int(n),
            (None, Some(x)) if x.is_finite() => Value::Float(x),
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

fn quoted(text: &str) -> String {
    const SHOWN: usize = 60;
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    Json::from(shown).to_string()
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        tagged(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        untagged(Json::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

fn tagged(value: &Value) -> Json {
    let unit = |tag: &str, text: String| Json::Object([(tag.to_owned(), Json::from(text))].into_iter().collect());
    match value {
        Value::Duration(ms) => unit("$duration", unit::format_duration(*ms)),
        Value::Money(micros) => unit("$money", unit::format_money(*micros)),
        Value::Tokens(n) => unit("$tokens", unit::format_tokens(*n)),
        Value::Size(bytes) => unit("$size", unit::format_size(*bytes)),
        Value::File(_) => Json::Object([("$file".to_owned(), encode(value))].into_iter().collect()),
        Value::List(items) => items.iter().map(tagged).collect(),
        Value::Record(fields) => {
            let object = Json::Object(fields.iter().map(|(k, v)| (k.to_string(), tagged(v))).collect());
            let looks_tagged = fields.len() == 1 && fields.keys().all(|key| key.starts_with('$'));
            if looks_tagged { Json::Object([("$record".to_owned(), object)].into_iter().collect()) } else { object }
        }
        _ => encode(value),
    }
}

fn untagged(json: Json) -> Result<Value, String> {
    match json {
        Json::Array(items) => items.into_iter().map(untagged).collect::<Result<_, _>>().map(Value::list),
        Json::Object(fields) if fields.len() == 1 && fields.keys().all(|key| key.starts_with('$')) => {
            let (tag, inner) = fields.into_iter().next().ok_or("an object of one field has one")?;
            untagged_unit(&tag, inner)
        }
        Json::Object(fields) => untagged_fields(fields),
        scalar => decode_any(&scalar).map_err(|e| e.to_string()),
    }
}

fn untagged_fields(fields: serde_json::Map<String, Json>) -> Result<Value, String> {
    let decoded = fields.into_iter().map(|(name, field)| Ok((Arc::from(name), untagged(field)?)));
    decoded.collect::<Result<Fields, String>>().map(|fields| Value::Record(Arc::new(fields)))
}

fn untagged_unit(tag: &str, inner: Json) -> Result<Value, String> {
    if tag == "$file" {
        return serde_json::from_value(inner).map(|file| Value::File(Arc::new(file))).map_err(|e| e.to_string());
    }
    if tag == "$record" {
        return match inner {
            Json::Object(fields) => untagged_fields(fields),
            _ => Err("`$record` holds a record".into()),
        };
    }
    let text = inner.as_str().ok_or_else(|| format!("`{tag}` holds text"))?;
    let (negative, amount) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let parsed = match tag {
        "$duration" => unit::parse_duration(amount).map(|n| Value::Duration(n * negative)),
        "$money" => unit::parse_money(amount).map(|n| Value::Money(n * negative)),
        "$tokens" => unit::parse_tokens(amount).map(|n| Value::Tokens(n * negative)),
        "$size" => unit::parse_size(amount).map(|n| Value::Size(n * negative)),
        _ => return Err(format!("unknown tag `{tag}`")),
    };
    parsed.map_err(|_| format!("`{text}` is no {}", &tag[1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tagged_form_reads_back_without_a_type() {
        let value = Value::record([
            ("wait", Value::Duration(-1_500)),
            ("price", Value::Money(4_200_000)),
            ("whole", Value::Float(3.0)),
            ("odd", Value::record([("$duration", Value::text("30s"))])),
            ("list", Value::list(vec![Value::Tokens(5), Value::Size(1 << 20), Value::Null])),
        ]);
        let text = serde_json::to_string(&value).expect("values serialise");
        assert_eq!(serde_json::from_str::<Value>(&text).expect("and read back"), value);
    }
}

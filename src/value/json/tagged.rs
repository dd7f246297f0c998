//! The tagged form: what plans and journals hold. `{"$duration": "30s"}` reads back without a type.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;

use crate::base::unit;
use crate::value::json::sequence::sequence;
use crate::value::json::{Plain, decode_any, signed};
use crate::value::{Fields, Value};

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Tagged(Cow::Borrowed(self)).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        untagged(Json::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// A value that becomes tagged JSON when it is written, part by part.
struct Tagged<'a>(Cow<'a, Value>);

impl Serialize for Tagged<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match &*self.0 {
            Value::Duration(ms) => to.collect_map([("$duration", unit::format_duration(*ms))]),
            Value::Money(micros) => to.collect_map([("$money", unit::format_money(*micros))]),
            Value::Tokens(n) => to.collect_map([("$tokens", unit::format_tokens(*n))]),
            Value::Size(bytes) => to.collect_map([("$size", unit::format_size(*bytes))]),
            file @ Value::File(_) => to.collect_map([("$file", Plain(file.clone()))]),
            Value::List(items) => sequence(items, to, Tagged),
            Value::Record(fields) => {
                // One field with a `$` would read as a tag: a second `$` says that it is none. Deeper nesting would not read back.
                let escape = if looks_tagged(fields.keys().map(|key| &**key)) { "$" } else { "" };
                let name =
                    |key: &'_ Arc<str>| if escape.is_empty() { key.clone() } else { format!("{escape}{key}").into() };
                to.collect_map(fields.iter().map(|(key, field)| (name(key), Tagged(Cow::Borrowed(field)))))
            }
            scalar => Plain(scalar.clone()).serialize(to),
        }
    }
}

fn untagged(json: Json) -> Result<Value, String> {
    match json {
        Json::Array(items) => items.into_iter().map(untagged).collect::<Result<_, _>>().map(Value::list),
        Json::Object(fields) if looks_tagged(fields.keys().map(String::as_str)) => {
            let (tag, inner) = fields.into_iter().next().ok_or("an object of one field has one")?;
            match tag.strip_prefix("$$") {
                Some(name) => Ok(Value::record([(format!("${name}"), untagged(inner)?)])),
                None => untagged_unit(&tag, inner),
            }
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
    let text = inner.as_str().ok_or_else(|| format!("`{tag}` holds text"))?;
    let parsed = match tag {
        "$duration" => signed(text, unit::parse_duration).map(Value::Duration),
        "$money" => signed(text, unit::parse_money).map(Value::Money),
        "$tokens" => signed(text, unit::parse_tokens).map(Value::Tokens),
        "$size" => signed(text, unit::parse_size).map(Value::Size),
        _ => return Err(format!("unknown tag `{tag}`")),
    };
    parsed.map_err(|_| format!("`{text}` is no {}", &tag[1..]))
}

fn looks_tagged<'a>(mut keys: impl ExactSizeIterator<Item = &'a str>) -> bool {
    keys.len() == 1 && keys.all(|key| key.starts_with('$'))
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
            ("odder", Value::record([("$$", Value::record([("$", Value::Null)]))])),
            ("list", Value::list(vec![Value::Tokens(5), Value::Size(1 << 20), Value::Null])),
        ]);
        let text = serde_json::to_string(&value).expect("values serialise");
        assert_eq!(serde_json::from_str::<Value>(&text).expect("and read back"), value);
    }
}

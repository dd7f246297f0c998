//! The one spelling of a value as JSON: sorted keys, no white space. What `to_json` gives and `hash` hashes.

use crate::value::Value;
use crate::value::json::encode;

/// The canonical text of the plain form.
pub fn canonical(value: &Value) -> String {
    canonical_within(value, usize::MAX).unwrap_or_default()
}

/// The canonical text, if it has at most `bytes_max` bytes.
pub fn canonical_within(value: &Value, bytes_max: usize) -> Option<String> {
    let mut text = String::new();
    write(&mut text, value, bytes_max)?;
    Some(text)
}

fn write(text: &mut String, value: &Value, bytes_max: usize) -> Option<()> {
    match value {
        Value::List(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(text, &item, bytes_max)?;
            }
            text.push(']');
        }
        Value::Record(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (index, (name, field)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&serde_json::Value::from(&**name).to_string());
                text.push(':');
                write(text, field, bytes_max)?;
            }
            text.push('}');
        }
        Value::File(file) => write(text, &file_record(file), bytes_max)?,
        scalar => text.push_str(&encode(scalar).to_string()),
    }
    (text.len() <= bytes_max).then_some(())
}

fn file_record(file: &crate::value::FileRef) -> Value {
    Value::record([
        ("hash", Value::text(file.hash.as_str())),
        ("name", Value::text(file.name.as_str())),
        ("size", Value::Int(i64::try_from(file.size).unwrap_or(i64::MAX))),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_and_nothing_is_spaced() {
        let value = Value::record([
            ("b", Value::list(vec![Value::Float(3.0), Value::Null])),
            ("a \"", Value::Duration(90_000)),
            ("é", Value::Bool(true)),
        ]);
        assert_eq!(canonical(&value), r#"{"a \"":"1m30s","b":[3.0,null],"é":true}"#);
        assert_eq!(canonical_within(&value, 10), None);
    }
}

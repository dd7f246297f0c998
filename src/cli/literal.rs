//! What a person types for a value of a known type: text for strings, a literal or JSON for all else (rulings 35).

use serde_json::Value as Json;

use crate::value::Value;
use crate::value::json::decode;
use crate::value::types::{Kind, Type};

/// Reads `text` as a value of type `ty`.
///
/// # Errors
/// What does not fit, lower case, without a full stop.
pub fn read(text: &str, ty: &Type) -> Result<Value, String> {
    match &ty.without_null().kind {
        Kind::String => return Ok(Value::text(text)),
        Kind::Json => return json(text).and_then(|json| decode(&json, ty).map_err(|e| e.to_string())),
        _ => {}
    }
    // A literal (`30s`, `low`) is the text of a JSON string: what JSON itself cannot read is taken as one.
    let as_text = || decode(&Json::from(text), ty);
    match serde_json::from_str::<Json>(text) {
        Ok(json) => decode(&json, ty).or_else(|error| as_text().map_err(|_| error.to_string())),
        Err(_) if structured(ty) => json(text).map(|_| Value::Null),
        Err(_) => as_text().map_err(|error| error.to_string()),
    }
}

/// Reads JSON as a value of type `ty`.
///
/// # Errors
/// As [`read`].
pub fn read_json(text: &str, ty: &Type) -> Result<Value, String> {
    decode(&json(text)?, ty).map_err(|error| error.to_string())
}

/// Reads JSON.
///
/// # Errors
/// Where it ends to be JSON.
pub fn json(text: &str) -> Result<Json, String> {
    serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))
}

/// Whether a value of the type can only be written as JSON.
fn structured(ty: &Type) -> bool {
    match &ty.kind {
        Kind::List(_) | Kind::Map(_) | Kind::Record(_) => true,
        Kind::Optional(inner) => structured(inner),
        Kind::Union(members) => members.iter().all(structured),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_for_strings_literals_or_json_for_all_else() {
        let literals = Type::union(vec![Type::literal("low"), Type::literal("1")]).expect("a union of literals");
        let reads = |text: &str, ty: &Type| read(text, ty).map_err(|e| e.to_string());
        assert_eq!(reads("\"x\" 1", &Type::string()), Ok(Value::text("\"x\" 1")));
        assert_eq!(reads("null", &Type::string().optional()), Ok(Value::text("null")));
        assert_eq!(reads("1h30m", &Type::duration()), Ok(Value::Duration(5_400_000)));
        assert_eq!(reads("\"30s\"", &Type::duration()), Ok(Value::Duration(30_000)));
        assert_eq!(reads("1", &literals), Ok(Value::text("1")));
        assert_eq!(reads("low", &literals), Ok(Value::text("low")));
        assert_eq!(reads("4", &Type::int()), Ok(Value::Int(4)));
        assert_eq!(reads("[1, 2]", &Type::list(Type::int())), Ok(Value::list(vec![Value::Int(1), Value::Int(2)])));
        assert_eq!(reads("null", &Type::int().optional()), Ok(Value::Null));
        for (wrong, ty) in
            [("x", Type::int()), ("[1", Type::list(Type::int())), ("high", literals), ("x", Type::json())]
        {
            assert!(reads(wrong, &ty).is_err(), "{wrong}");
        }
    }
}

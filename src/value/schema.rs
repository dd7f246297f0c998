//! Types as JSON Schema: what a form or a program of another language reads.

use serde_json::{Value as Json, json};

use crate::value::types::{Field, Kind, Type};

/// The schema (draft 2020-12) of the plain JSON of a type.
pub fn schema(ty: &Type) -> Json {
    match &ty.kind {
        Kind::Unknown | Kind::Json => json!({}),
        Kind::Never => json!({ "not": {} }),
        Kind::Null => json!({ "type": "null" }),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Int => json!({ "type": "integer" }),
        Kind::Float => json!({ "type": "number" }),
        Kind::String => json!({ "type": "string" }),
        Kind::Duration => unit("a duration: 1h30m", "^-?([0-9]+(d|h|ms|m|s))+$"),
        Kind::Money => unit("an amount: 4.20usd", r"^-?[0-9]+(\.[0-9]{1,6})?usd$"),
        Kind::Tokens => unit("tokens: 2000tok", "^-?[0-9]+tok$"),
        Kind::Size => unit("a size: 16MiB", "^-?[0-9]+(B|KiB|MiB|GiB)$"),
        Kind::File => file(),
        Kind::Literal(text) => json!({ "const": &**text }),
        Kind::List(element) => json!({ "type": "array", "items": schema(element) }),
        Kind::Map(element) => json!({ "type": "object", "additionalProperties": schema(element) }),
        Kind::Record(fields) => record(fields.iter().map(|(name, field)| (&**name, field))),
        Kind::Optional(inner) => json!({ "anyOf": [schema(inner), { "type": "null" }] }),
        Kind::Union(members) => union(members),
    }
}

fn unit(description: &str, pattern: &str) -> Json {
    json!({ "type": "string", "description": description, "pattern": pattern })
}

fn file() -> Json {
    json!({
        "type": "object",
        "properties": { "name": { "type": "string" }, "size": { "type": "integer" }, "hash": { "type": "string" } },
        "required": ["name", "size", "hash"],
    })
}

fn record<'a>(fields: impl Iterator<Item = (&'a str, &'a Field)>) -> Json {
    let (mut properties, mut required) = (serde_json::Map::new(), Vec::new());
    for (name, field) in fields {
        properties.insert(name.to_owned(), schema(&field.ty));
        if !field.optional && !matches!(field.ty.kind, Kind::Optional(_) | Kind::Null) {
            required.push(Json::from(name));
        }
    }
    json!({ "type": "object", "properties": properties, "required": required })
}

fn union(members: &[Type]) -> Json {
    let literals: Option<Vec<&str>> = members
        .iter()
        .map(|member| match &member.kind {
            Kind::Literal(text) => Some(&**text),
            _ => None,
        })
        .collect();
    match literals {
        Some(literals) => json!({ "enum": literals }),
        None => json!({ "anyOf": members.iter().map(schema).collect::<Vec<_>>() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_requires_what_may_not_be_left_out() {
        let field = |kind, optional| Field { ty: Type::of(kind), optional };
        let risk = Kind::Union(std::sync::Arc::new(vec![
            Type::of(Kind::Literal("low".into())),
            Type::of(Kind::Literal("high".into())),
        ]));
        let fields =
            [("ok".into(), field(Kind::Bool, false)), ("risk".into(), field(risk, true))].into_iter().collect();
        let expected = json!({
            "type": "object",
            "properties": { "ok": { "type": "boolean" }, "risk": { "enum": ["low", "high"] } },
            "required": ["ok"],
        });
        assert_eq!(schema(&Type::of(Kind::Record(std::sync::Arc::new(fields)))), expected);
    }
}

//! Types as JSON Schema (draft 2020-12): what agents are told about the form of their answer.

use serde_json::{Map, Value as Json, json};

use crate::value::types::{Kind, Type};

/// The schema of a type's plain JSON. Objects are closed: what a type does not name would be dropped anyway.
pub fn json_schema(ty: &Type) -> Json {
    let mut schema = schema(ty);
    if let Json::Object(fields) = &mut schema {
        fields.shift_insert(0, "$schema".into(), Json::from("https://json-schema.org/draft/2020-12/schema"));
    }
    schema
}

/// The same without the line that names the draft: to stand inside other JSON.
pub fn schema(ty: &Type) -> Json {
    if let Some(literals) = ty.as_literals() {
        let literals: Vec<&str> = literals.iter().map(|literal| &**literal).collect();
        return json!({ "type": "string", "enum": literals });
    }
    match &ty.kind {
        Kind::Unknown | Kind::Json => json!({}),
        Kind::Never => json!({ "not": {} }),
        Kind::Null => json!({ "type": "null" }),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Int => json!({ "type": "integer" }),
        Kind::Float => json!({ "type": "number" }),
        Kind::String | Kind::Literal(_) => json!({ "type": "string" }),
        Kind::Duration => unit("a duration, such as \"1h30m\" or \"90s\"", DURATION),
        Kind::Money => unit("an amount of US dollars, such as \"4.20usd\"", MONEY),
        Kind::Tokens => unit("a number of tokens, such as \"200000tok\"", "^-?[0-9]+(_[0-9]+)*tok$"),
        Kind::Size => unit("a size, such as \"16MiB\"", "^-?[0-9]+(_[0-9]+)*(B|KiB|MiB|GiB)$"),
        Kind::File => file(),
        Kind::List(element) => json!({ "type": "array", "items": schema(element) }),
        Kind::Map(element) => json!({ "type": "object", "additionalProperties": schema(element) }),
        Kind::Record(_) => record(ty),
        Kind::Optional(inner) => or_null(schema(inner)),
        Kind::Union(members) => json!({ "anyOf": members.iter().map(schema).collect::<Vec<_>>() }),
    }
}

const DURATION: &str =
    "^-?([0-9]+(_[0-9]+)*d)?([0-9]+(_[0-9]+)*h)?([0-9]+(_[0-9]+)*m)?([0-9]+(_[0-9]+)*s)?([0-9]+(_[0-9]+)*ms)?$";
const MONEY: &str = "^-?[0-9]+(_[0-9]+)*(\\.[0-9]{1,6})?usd$";

fn unit(description: &str, pattern: &str) -> Json {
    json!({ "type": "string", "description": description, "pattern": pattern })
}

fn file() -> Json {
    json!({
        "type": "object",
        "properties": {
            "name": { "type": "string" },
            "size": { "type": "integer", "minimum": 0 },
            "hash": { "type": "string" },
        },
        "required": ["name", "size", "hash"],
        "additionalProperties": false,
    })
}

fn record(ty: &Type) -> Json {
    let Kind::Record(fields) = &ty.kind else { return json!({}) };
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, field) in fields.iter() {
        properties.insert(name.to_string(), schema(&field.read()));
        if !field.may_be_absent() {
            required.push(name.to_string());
        }
    }
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn or_null(schema: Json) -> Json {
    json!({ "anyOf": [schema, { "type": "null" }] })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::value::json::{encode, typed_value};
    use crate::value::types::Field;

    #[test]
    fn a_record_is_a_closed_object() {
        let risk = Type::union(vec![Type::literal("low"), Type::literal("high")]).expect("literals");
        let ty = Type::record([
            ("id", Field::required(Type::string())),
            ("risk", Field::required(risk)),
            ("notes", Field::optional(Type::list(Type::string()))),
            ("parent", Field::required(Type::int().optional())),
        ]);
        let expected = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {
                "id": { "type": "string" },
                "risk": { "type": "string", "enum": ["low", "high"] },
                "notes": { "anyOf": [{ "type": "array", "items": { "type": "string" } }, { "type": "null" }] },
                "parent": { "anyOf": [{ "type": "integer" }, { "type": "null" }] },
            },
            "required": ["id", "risk"],
            "additionalProperties": false,
        });
        assert_eq!(json_schema(&ty), expected);
    }

    #[test]
    fn scalars_and_unions() {
        assert_eq!(schema(&Type::json()), json!({}));
        assert_eq!(
            schema(&Type::map(Type::bool())),
            json!({ "type": "object", "additionalProperties": { "type": "boolean" } })
        );
        let member = |tag: &str| Type::record([("kind", Field::required(Type::literal(tag)))]);
        let union = schema(&Type::union(vec![member("a"), member("b")]).expect("told apart"));
        assert_eq!(union["anyOf"][1]["properties"]["kind"], json!({ "type": "string", "enum": ["b"] }));
    }

    /// Whether JSON is valid, for the words that schemas here use; patterns are not looked at.
    fn valid(json: &Json, schema: &Json) -> bool {
        let kind_fits = schema.get("type").and_then(Json::as_str).is_none_or(|kind| match kind {
            "null" => json.is_null(),
            "boolean" => json.is_boolean(),
            "integer" => json.is_i64(),
            "number" => json.is_number(),
            "string" => json.is_string(),
            "array" => json.is_array(),
            _ => json.is_object(),
        });
        let listed = |word: &str| schema.get(word).and_then(Json::as_array);
        let items_fit = || match (json.as_array(), schema.get("items")) {
            (Some(items), Some(wanted)) => items.iter().all(|item| valid(item, wanted)),
            _ => true,
        };
        let field_fits =
            |name: &String, value: &Json| match (&schema["properties"][name], schema.get("additionalProperties")) {
                (Json::Null, None) => true,
                (Json::Null, Some(Json::Bool(open))) => *open,
                (Json::Null, Some(rest)) => valid(value, rest),
                (wanted, _) => valid(value, wanted),
            };
        kind_fits
            && schema.get("not").is_none()
            && listed("enum").is_none_or(|words| words.contains(json))
            && listed("anyOf").is_none_or(|any| any.iter().any(|one| valid(json, one)))
            && listed("required")
                .is_none_or(|names| names.iter().all(|name| json.get(name.as_str().unwrap_or_default()).is_some()))
            && items_fit()
            && json.as_object().is_none_or(|fields| fields.iter().all(|(name, value)| field_fits(name, value)))
    }

    proptest! {
        #[test]
        fn every_value_is_valid_by_the_schema_of_its_type((ty, value) in typed_value()) {
            prop_assert!(valid(&encode(&value), &json_schema(&ty)), "{} by {}", encode(&value), json_schema(&ty));
        }
    }
}

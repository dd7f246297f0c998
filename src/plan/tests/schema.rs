//! The published schema says what plans are made of, no more and no less.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::plan::sample::rich;

/// Goes through the schema and a document side by side, and remembers which properties and alternatives occurred.
struct Walk<'a> {
    schema: &'a Json,
    seen: BTreeSet<String>,
}

impl Walk<'_> {
    fn resolve<'b>(&'b self, node: &'b Json) -> (&'b Json, Option<String>) {
        match node["$ref"].as_str() {
            Some(reference) => {
                (self.schema.pointer(&reference[1..]).expect("a known reference"), Some(reference.into()))
            }
            None => (node, None),
        }
    }

    fn fits(&mut self, node: &Json, document: &Json, place: &str) -> Result<(), String> {
        let (node, reference) = {
            let (node, reference) = self.resolve(node);
            (node.clone(), reference)
        };
        let place = reference.as_deref().unwrap_or(place).to_owned();
        let wrong = |what: &str| {
            Err(format!("{place}: {what}: {}", document.to_string().chars().take(120).collect::<String>()))
        };
        if let Some(alternatives) = node["oneOf"].as_array() {
            for (index, alternative) in alternatives.iter().enumerate() {
                let before = self.seen.clone();
                let inner = format!("{place}/oneOf/{index}");
                if self.fits(alternative, document, &inner).is_ok() {
                    self.seen.insert(inner);
                    return Ok(());
                }
                self.seen = before;
            }
            return wrong("no alternative fits");
        }
        if let Some(constant) = node.get("const") {
            return if constant == document { Ok(()) } else { wrong("another constant") };
        }
        if let Some(allowed) = node["enum"].as_array() {
            return if allowed.contains(document) { Ok(()) } else { wrong("not in the list") };
        }
        match (node["type"].as_str(), document) {
            (None, _)
            | (Some("null"), Json::Null)
            | (Some("boolean"), Json::Bool(_))
            | (Some("string"), Json::String(_)) => Ok(()),
            (Some("integer"), Json::Number(n)) if n.is_i64() || n.is_u64() => Ok(()),
            (Some("number"), Json::Number(_)) => Ok(()),
            (Some("array"), Json::Array(items)) => {
                let prefix = node["prefixItems"].as_array().cloned().unwrap_or_default();
                for (index, item) in items.iter().enumerate() {
                    let (schema, inner) = match prefix.get(index) {
                        Some(schema) => (schema, format!("{place}/prefixItems/{index}")),
                        None => (&node["items"], format!("{place}/items")),
                    };
                    if schema == &Json::Bool(false) {
                        return wrong("too many items");
                    }
                    self.fits(schema, item, &inner)?;
                }
                Ok(())
            }
            (Some("object"), Json::Object(fields)) => {
                for required in node["required"].as_array().into_iter().flatten() {
                    if !fields.contains_key(required.as_str().unwrap_or_default()) {
                        return wrong(&format!("no {required}"));
                    }
                }
                for (name, field) in fields {
                    match node["properties"].get(name) {
                        Some(property) => {
                            self.seen.insert(format!("{place}/properties/{name}"));
                            self.fits(property, field, &format!("{place}/properties/{name}"))?;
                        }
                        None if node["additionalProperties"].is_object() => {
                            self.fits(&node["additionalProperties"], field, &place)?;
                        }
                        None => return wrong(&format!("unknown property {name}")),
                    }
                }
                Ok(())
            }
            _ => wrong("another type"),
        }
    }
}

/// Every place of the schema that a document can take.
fn places(node: &Json, place: &str, found: &mut Vec<String>) {
    match node {
        Json::Object(fields) => {
            for (name, field) in fields {
                let inner = format!("{place}/{name}");
                if place.ends_with("/properties") || place.ends_with("/oneOf") {
                    found.push(inner.clone());
                }
                places(field, &inner, found);
            }
        }
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let inner = format!("{place}/{index}");
                if place.ends_with("/oneOf") {
                    found.push(inner.clone());
                }
                places(item, &inner, found);
            }
        }
        _ => {}
    }
}

#[test]
fn the_schema_describes_plans_and_nothing_else() {
    let schema: Json =
        serde_json::from_str(include_str!("../../../docs/plan.schema.json")).expect("the schema is JSON");
    let document: Json = serde_json::from_str(&rich().to_json()).expect("a plan is JSON");
    let mut walk = Walk { schema: &schema, seen: Default::default() };
    walk.fits(&schema, &document, "#").expect("the plan fits the schema");
    let mut all = Vec::new();
    places(&schema, "#", &mut all);
    let missing: Vec<&String> = all.iter().filter(|place| !walk.seen.contains(*place)).collect();
    assert!(missing.is_empty(), "the schema has what no plan has: {missing:#?}");
}

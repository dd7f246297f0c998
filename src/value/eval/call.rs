//! Calls of built-ins: which function carries out which row of the table.

use std::borrow::Cow;
use std::sync::Arc;

use crate::value::builtin::Builtin;
use crate::value::eval::limits::{Limits, TEXT_BYTES_MAX};
use crate::value::eval::{Made, Scope, lists, numbers, texts};
use crate::value::json;
use crate::value::list::List;
use crate::value::text::{show, to_text};
use crate::value::{Fields, FileRef, Value};

/// Calls a built-in; arguments that were left out are not there.
pub(super) fn call(builtin: Builtin, args: &[Value], limits: &mut Limits, scope: &dyn Scope) -> Made {
    let arg = |index: usize| args.get(index).unwrap_or(&Value::Null);
    let (a, b) = (arg(0), arg(1));
    match builtin {
        Builtin::Len => len(a, limits),
        Builtin::Join => texts::join(a, args.get(1), limits),
        Builtin::Split => texts::split(a, b, limits),
        Builtin::Lines => texts::lines(a, limits),
        Builtin::Trim => limits.text(text(a)?.trim()),
        Builtin::Lower => texts::cased(a, str::to_lowercase, limits),
        Builtin::Upper => texts::cased(a, str::to_uppercase, limits),
        Builtin::Replace => texts::replace(a, b, arg(2), limits),
        Builtin::StartsWith => Ok(Value::Bool(text(a)?.starts_with(text(b)?))),
        Builtin::EndsWith => Ok(Value::Bool(text(a)?.ends_with(text(b)?))),
        Builtin::Contains => lists::contains(a, b, limits),
        Builtin::Slice => slice(a, b, args.get(2), limits),
        Builtin::Chunk => lists::chunk(a, b, limits),
        Builtin::Keys => lists::keys(a, limits),
        Builtin::Values => lists::values(a, limits),
        Builtin::Sort => lists::sort(a, args.get(1), limits),
        Builtin::Unique => lists::unique(a, limits),
        Builtin::Reverse => lists::reverse(a, limits),
        Builtin::Flatten => lists::flatten(a, limits),
        Builtin::Zip => lists::zip(a, b, limits),
        Builtin::Range => lists::range(a, args.get(1), limits),
        Builtin::Min => numbers::extreme(a, args.get(1), std::cmp::Ordering::is_lt, limits),
        Builtin::Max => numbers::extreme(a, args.get(1), std::cmp::Ordering::is_gt, limits),
        Builtin::Sum => numbers::sum(a, args.get(1), limits),
        Builtin::Any => lists::bools(a, limits).map(|all| Value::Bool(all.contains(&true))),
        Builtin::All => lists::bools(a, limits).map(|all| Value::Bool(!all.contains(&false))),
        Builtin::First => Ok(list(a)?.first().map(Cow::into_owned).unwrap_or(Value::Null)),
        Builtin::Last => Ok(list(a)?.last().map(Cow::into_owned).unwrap_or(Value::Null)),
        Builtin::ToJson => to_json(a, limits).and_then(|json| limits.text(json)),
        Builtin::FromJson => from_json(a, limits),
        Builtin::ToString => {
            to_text(a).ok_or_else(|| format!("{} has no text", show(a))).and_then(|text| limits.text(text))
        }
        Builtin::ToInt => numbers::to_int(a),
        Builtin::ToFloat => numbers::to_float(a),
        Builtin::Round => numbers::round(a, args.get(1)),
        Builtin::Hash => hash(a, limits),
        Builtin::Date => texts::date(a, args.get(1)),
        Builtin::Text => file(a).and_then(|file| scope.read_file(file)).map(Value::String),
        Builtin::File => make_file(text(a)?, text(b)?, scope),
    }
}

fn len(value: &Value, limits: &mut Limits) -> Made {
    let count = match value {
        Value::String(text) => {
            limits.read(text.len())?;
            text.chars().count()
        }
        Value::List(items) => items.len(),
        Value::Record(fields) => fields.len(),
        other => return Err(format!("{} has no length", show(other))),
    };
    Ok(Value::Int(i64::try_from(count).unwrap_or(i64::MAX)))
}

fn slice(value: &Value, from: &Value, to: Option<&Value>, limits: &mut Limits) -> Made {
    let (from, to) = (int(from)?, to.map(int).transpose()?);
    match value {
        Value::String(text) => texts::slice(text, from, to, limits),
        _ => lists::slice(list(value)?, from, to, limits),
    }
}

fn to_json(value: &Value, limits: &mut Limits) -> Result<String, String> {
    limits.measure(value)?;
    json::canonical_within(value, TEXT_BYTES_MAX).ok_or_else(|| "the text is longer than 64 MiB".into())
}

fn from_json(value: &Value, limits: &mut Limits) -> Made {
    let text = text(value)?;
    limits.read(text.len())?;
    let parsed = json::parse_strict(text.as_bytes()).map_err(|error| format!("{} is no JSON: {error}", show(value)))?;
    let value = json::decode(&parsed, &crate::value::types::Type::json()).map_err(|mismatch| mismatch.to_string())?;
    limits.measure(&value)?;
    Ok(value)
}

fn hash(value: &Value, limits: &mut Limits) -> Made {
    match value {
        Value::File(file) => Ok(Value::text(file.hash.as_str())),
        _ => Ok(Value::text(blake3::hash(to_json(value, limits)?.as_bytes()).to_hex().as_str())),
    }
}

fn make_file(name: &str, text: &str, scope: &dyn Scope) -> Made {
    scope.make_file(name, text).map(|file| Value::File(Arc::new(file)))
}

pub(super) fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| format!("expected a string, found {}", show(value)))
}

pub(super) fn int(value: &Value) -> Result<i64, String> {
    match value {
        Value::Int(n) => Ok(*n),
        other => Err(format!("expected an `int`, found {}", show(other))),
    }
}

pub(super) fn list(value: &Value) -> Result<&List, String> {
    match value {
        Value::List(items) => Ok(items),
        other => Err(format!("expected a list, found {}", show(other))),
    }
}

pub(super) fn fields(value: &Value) -> Result<&Fields, String> {
    match value {
        Value::Record(fields) => Ok(fields),
        other => Err(format!("expected a map, found {}", show(other))),
    }
}

fn file(value: &Value) -> Result<&FileRef, String> {
    match value {
        Value::File(file) => Ok(file),
        other => Err(format!("expected a file, found {}", show(other))),
    }
}

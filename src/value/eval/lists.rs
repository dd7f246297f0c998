//! Built-ins over lists and maps.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::value::Value;
use crate::value::compare::{equal, order};
use crate::value::eval::Made;
use crate::value::eval::call::{fields, int, list, text};
use crate::value::eval::limits::{LIST_ELEMENTS_MAX, Limits};
use crate::value::json::canonical;
use crate::value::list::List;
use crate::value::text::show;

pub(super) fn contains(whole: &Value, part: &Value, limits: &mut Limits) -> Made {
    if let Value::String(whole) = whole {
        limits.read(whole.len())?;
        return Ok(Value::Bool(whole.contains(text(part)?)));
    }
    let items = list(whole)?;
    limits.work(items.len())?;
    if matches!(part, Value::List(_) | Value::Record(_)) {
        limits.measure(whole)?;
        limits.measure(part)?;
    }
    Ok(Value::Bool(items.iter().any(|item| equal(&item, part))))
}

/// A range of positions, negative ones counted from the end, both within `0..=len` and in order.
pub(super) fn clamp(len: usize, from: i64, to: Option<i64>) -> (usize, usize) {
    let place = |at: i64| {
        let distance = usize::try_from(at.unsigned_abs()).unwrap_or(usize::MAX);
        if at < 0 { len.saturating_sub(distance) } else { distance.min(len) }
    };
    let from = place(from);
    (from, to.map_or(len, place).max(from))
}

pub(super) fn slice(items: &List, from: i64, to: Option<i64>, limits: &mut Limits) -> Made {
    let (from, to) = clamp(items.len(), from, to);
    limits.whole(items.pick(from..to))
}

pub(super) fn chunk(items: &Value, size: &Value, limits: &mut Limits) -> Made {
    let (items, size) = (list(items)?, int(size)?);
    if size < 1 {
        return Err(format!("`chunk` makes pieces of at least 1 element, not {size}"));
    }
    limits.parts(items.len())?;
    let size = usize::try_from(size).unwrap_or(usize::MAX).min(items.len().max(1));
    let piece = |from: usize| Value::List(items.pick(from..(from + size).min(items.len())));
    limits.list((0..items.len()).step_by(size).map(piece).collect())
}

pub(super) fn keys(map: &Value, limits: &mut Limits) -> Made {
    let mut keys: Vec<_> = fields(map)?.keys().cloned().collect();
    keys.sort_unstable();
    limits.list(keys.into_iter().map(Value::String).collect())
}

pub(super) fn values(map: &Value, limits: &mut Limits) -> Made {
    let mut entries: Vec<_> = fields(map)?.iter().collect();
    entries.sort_unstable_by_key(|(key, _)| *key);
    limits.list(entries.into_iter().map(|(_, value)| value.clone()).collect())
}

pub(super) fn sort(items: &Value, by: Option<&Value>, limits: &mut Limits) -> Made {
    let field = by.map(text).transpose()?;
    let key = |item: &Value| match field {
        Some(name) => item.field(name).cloned().unwrap_or(Value::Null),
        None => item.clone(),
    };
    let items = list(items)?;
    let mut keyed: Vec<(Value, usize)> = items.iter().map(|item| key(&item)).zip(0..).collect();
    let odd = keyed.first().and_then(|(first, _)| keyed.iter().find(|(key, _)| order(first, key).is_none()));
    if let (Some((first, _)), Some((odd, _))) = (keyed.first(), odd) {
        return Err(format!("{} and {} have no order", show(first), show(odd)));
    }
    let rounds = usize::try_from(keyed.len().checked_ilog2().unwrap_or(0)).unwrap_or(0);
    limits.work(keyed.len() * rounds)?;
    keyed.sort_by(|(a, _), (b, _)| order(a, b).unwrap_or(std::cmp::Ordering::Equal));
    limits.whole(items.pick(keyed.into_iter().map(|(_, place)| place)))
}

pub(super) fn unique(items: &Value, limits: &mut Limits) -> Made {
    limits.measure(items)?;
    let mut seen = HashSet::new();
    let items = list(items)?;
    let fresh: Vec<bool> = items.iter().map(|item| seen.insert(canonical(&without_null(&item)))).collect();
    limits.whole(items.pick((0..items.len()).filter(|place| fresh[*place])))
}

/// Equal values in one form: an absent field equals `null`, files are their content.
fn without_null(value: &Value) -> Value {
    match value {
        Value::List(items) => Value::List(items.iter().map(|item| without_null(&item)).collect()),
        Value::Record(fields) => {
            let present = fields.iter().filter(|(_, value)| !value.is_null());
            Value::record(present.map(|(name, value)| (name.clone(), without_null(value))))
        }
        Value::File(file) => Value::text(file.hash.as_str()),
        scalar => scalar.clone(),
    }
}

pub(super) fn reverse(items: &Value, limits: &mut Limits) -> Made {
    let items = list(items)?;
    limits.whole(items.pick((0..items.len()).rev()))
}

pub(super) fn flatten(items: &Value, limits: &mut Limits) -> Made {
    let mut flat = Vec::new();
    for item in list(items)? {
        let inner = list(&item)?;
        limits.work(1)?;
        if flat.len() + inner.len() > LIST_ELEMENTS_MAX {
            return limits.list_of(flat.len() + inner.len()).map(|()| Value::Null);
        }
        flat.extend(inner.iter().map(Cow::into_owned));
    }
    limits.list(flat)
}

pub(super) fn zip(left: &Value, right: &Value, limits: &mut Limits) -> Made {
    let (left, right) = (list(left)?, list(right)?);
    limits.parts(2 * left.len().min(right.len()))?;
    let pairs = left.iter().zip(right);
    let pairs = pairs.map(|(left, right)| Value::record([("left", left.into_owned()), ("right", right.into_owned())]));
    limits.list(pairs.collect())
}

pub(super) fn range(from: &Value, to: Option<&Value>, limits: &mut Limits) -> Made {
    let (from, to) = match to {
        Some(to) => (int(from)?, int(to)?),
        None => (0, int(from)?),
    };
    let count = i128::from(to) - i128::from(from);
    if count > LIST_ELEMENTS_MAX as i128 {
        return Err(format!("`range` from {from} to {to} has more than 1,000,000 numbers"));
    }
    limits.list((from..to).map(Value::Int).collect())
}

pub(super) fn bools(items: &Value, limits: &mut Limits) -> Result<Vec<bool>, String> {
    let items = list(items)?;
    limits.work(items.len())?;
    let bool = |item: &Value| match item {
        Value::Bool(b) => Ok(*b),
        other => Err(format!("expected a `bool`, found {}", show(other))),
    };
    items.iter().map(|item| bool(&item)).collect()
}

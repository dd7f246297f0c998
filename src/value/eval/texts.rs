//! Built-ins over text.

use jiff::fmt::temporal::Pieces;
use jiff::{SignedDuration, Timestamp};

use crate::value::Value;
use crate::value::eval::Made;
use crate::value::eval::call::{list, text};
use crate::value::eval::limits::{LIST_ELEMENTS_MAX, Limits};
use crate::value::eval::lists::clamp;
use crate::value::text::show;

pub(super) fn join(parts: &Value, sep: Option<&Value>, limits: &mut Limits) -> Made {
    let sep = sep.map_or(Ok(""), text)?;
    let parts = list(parts)?;
    limits.work(parts.len())?;
    let seps = sep.len().saturating_mul(parts.len().saturating_sub(1));
    let bytes = parts.iter().try_fold(seps, |sum, part| text(&part).map(|text| sum.saturating_add(text.len())))?;
    limits.text_of(bytes)?;
    let mut joined = String::with_capacity(bytes);
    for (place, part) in parts.iter().enumerate() {
        joined.push_str(if place > 0 { sep } else { "" });
        joined.push_str(text(&part)?);
    }
    Ok(Value::text(joined))
}

pub(super) fn split(whole: &Value, sep: &Value, limits: &mut Limits) -> Made {
    let (whole, sep) = (text(whole)?, text(sep)?);
    if sep.is_empty() {
        return Err("`split` has no separator: the text is empty".into());
    }
    list_of_parts(whole, whole.split(sep), limits)
}

pub(super) fn lines(whole: &Value, limits: &mut Limits) -> Made {
    let whole = text(whole)?;
    list_of_parts(whole, whole.lines(), limits)
}

fn list_of_parts<'a>(whole: &str, parts: impl Iterator<Item = &'a str>, limits: &mut Limits) -> Made {
    limits.text_of(whole.len())?;
    // One more than fits is enough to know that it does not.
    limits.list(parts.take(LIST_ELEMENTS_MAX + 1).map(Value::text).collect())
}

pub(super) fn cased(value: &Value, change: fn(&str) -> String, limits: &mut Limits) -> Made {
    let text = text(value)?;
    limits.read(text.len())?;
    limits.text(change(text))
}

pub(super) fn replace(whole: &Value, old: &Value, new: &Value, limits: &mut Limits) -> Made {
    let (whole, old, new) = (text(whole)?, text(old)?, text(new)?);
    if old.is_empty() {
        return Err("`replace` has nothing to look for: the old text is empty".into());
    }
    limits.read(whole.len())?;
    let places = whole.matches(old).count();
    let kept = whole.len() - places * old.len();
    limits.text_of(kept.saturating_add(places.saturating_mul(new.len())))?;
    Ok(Value::text(whole.replace(old, new)))
}

pub(super) fn slice(whole: &str, from: i64, to: Option<i64>, limits: &mut Limits) -> Made {
    limits.read(whole.len())?;
    let (from, to) = clamp(whole.chars().count(), from, to);
    let mut places = whole.char_indices().map(|(at, _)| at).chain([whole.len()]);
    let start = places.nth(from).unwrap_or(whole.len());
    let end = if to == from { start } else { places.nth(to - from - 1).unwrap_or(whole.len()) };
    limits.text(&whole[start..end])
}

/// The date as it stands in the text, in the text's own offset, moved.
pub(super) fn date(time: &Value, offset: Option<&Value>) -> Made {
    let unreadable = || format!("{} is no time as in RFC 3339, such as \"2026-05-01T12:30:00Z\"", show(time));
    let text = text(time)?;
    let _instant: Timestamp = text.parse().map_err(|_| unreadable())?;
    let pieces = Pieces::parse(text).map_err(|_| unreadable())?;
    let moved_ms = match offset {
        None => 0,
        Some(Value::Duration(ms)) => *ms,
        Some(other) => return Err(format!("expected a `duration`, found {}", show(other))),
    };
    let local = pieces.date().to_datetime(pieces.time().unwrap_or_default());
    let moved = local.checked_add(SignedDuration::from_millis(moved_ms));
    let moved =
        moved.map_err(|_| format!("{} moved by {} is out of range", show(time), show(&Value::Duration(moved_ms))))?;
    Ok(Value::text(moved.date().to_string()))
}

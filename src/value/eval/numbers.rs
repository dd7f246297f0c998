//! Built-ins over numbers and units.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::value::Value;
use crate::value::compare::order;
use crate::value::eval::Made;
use crate::value::eval::arithmetic::{add, finite, to_whole};
use crate::value::eval::call::{int, list};
use crate::value::eval::limits::Limits;
use crate::value::text::show;

/// Decimals that `round` can keep: as many as a `float` has for sure.
const DIGITS_MAX: i64 = 15;

/// `min` and `max`: of a list, or of two. The first of equal ones stays.
pub(super) fn extreme(a: &Value, b: Option<&Value>, wins: fn(Ordering) -> bool, limits: &mut Limits) -> Made {
    let Some(b) = b else {
        let items = list(a)?;
        limits.work(items.len())?;
        let mut items = items.iter();
        let Some(first) = items.next() else { return Ok(Value::Null) };
        return items
            .try_fold(first, |best, item| Ok(if is_better(&best, &item, wins)? { item } else { best }))
            .map(Cow::into_owned);
    };
    let best = if is_better(a, b, wins)? { b } else { a };
    // Of a whole number and a float the result is a float.
    let mixed = matches!((a, b), (Value::Float(_), Value::Int(_)) | (Value::Int(_), Value::Float(_)));
    Ok(match best {
        Value::Int(n) if mixed => Value::Float(*n as f64),
        best => best.clone(),
    })
}

fn is_better(best: &Value, item: &Value, wins: fn(Ordering) -> bool) -> Result<bool, String> {
    let found = order(item, best).ok_or_else(|| format!("{} and {} have no order", show(best), show(item)))?;
    Ok(wins(found))
}

/// `sum`; `zero` stands for the sum of an empty list.
pub(super) fn sum(items: &Value, zero: Option<&Value>, limits: &mut Limits) -> Made {
    let items = list(items)?;
    limits.work(items.len())?;
    let mut items = items.iter().map(Cow::into_owned);
    let Some(first) = items.next() else { return Ok(zero.cloned().unwrap_or(Value::Int(0))) };
    if matches!(first, Value::String(_) | Value::List(_)) {
        return Err(format!("{} cannot be summed", show(&first)));
    }
    items.try_fold(first, |sum, item| add(&sum, &item, limits))
}

pub(super) fn to_int(value: &Value) -> Made {
    match value {
        Value::Int(n) => Ok(Value::Int(*n)),
        Value::Float(x) => {
            to_whole(x.trunc()).map(Value::Int).ok_or_else(|| format!("{} does not fit `int`", show(value)))
        }
        Value::String(text) => Ok(text.parse().map_or(Value::Null, Value::Int)),
        other => Err(format!("expected a string or a number, found {}", show(other))),
    }
}

pub(super) fn to_float(value: &Value) -> Made {
    match value {
        Value::Int(n) => Ok(Value::Float(*n as f64)),
        Value::Float(x) => Ok(Value::Float(*x)),
        Value::String(text) => Ok(number(text).map_or(Value::Null, Value::Float)),
        other => Err(format!("expected a string or a number, found {}", show(other))),
    }
}

/// A decimal number; words such as `inf` and `nan` are none.
fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse().ok().filter(|_| plain).and_then(finite)
}

/// Rounds the decimal digits that the number is written with, so that 1.005 gives 1.01 as a reader expects.
pub(super) fn round(number: &Value, digits: Option<&Value>) -> Made {
    let digits = digits.map_or(Ok(0), int)?;
    let x = match number {
        Value::Int(n) => *n as f64,
        Value::Float(x) => *x,
        other => return Err(format!("expected a number, found {}", show(other))),
    };
    if !(0..=DIGITS_MAX).contains(&digits) {
        return Err(format!("`round` keeps 0 to 15 decimals, not {digits}"));
    }
    let kept = usize::try_from(digits).unwrap_or(0);
    let result = rounded_decimals(&x.to_string(), kept).parse().ok().and_then(finite);
    result.map(Value::Float).ok_or_else(|| format!("{} does not fit `float` when rounded", show(number)))
}

fn rounded_decimals(written: &str, kept: usize) -> String {
    let (whole, decimals) = written.split_once('.').unwrap_or((written, ""));
    if decimals.len() <= kept {
        return written.to_owned();
    }
    let up = decimals.as_bytes()[kept] >= b'5';
    let mut digits: Vec<u8> = format!("{whole}{}", &decimals[..kept]).into_bytes();
    if up {
        increment(&mut digits);
    }
    let mut text = String::from_utf8(digits).unwrap_or_default();
    text.insert(text.len() - kept, '.');
    text
}

/// Adds one to decimal digits, which may have a sign in front.
fn increment(digits: &mut Vec<u8>) {
    let first = usize::from(digits.first() == Some(&b'-'));
    for digit in digits[first..].iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
    digits.insert(first, b'1');
}

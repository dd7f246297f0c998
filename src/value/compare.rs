//! Equality and order of values, as the language has them.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::value::{Fields, Value};

/// Whether two values are equal: by structure, whole numbers and floats by amount, files by content. An absent field equals `null`.
pub fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::List(a), Value::List(b)) => {
            a.is_same(b) || (a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| equal(&a, &b)))
        }
        (Value::Record(a), Value::Record(b)) => Arc::ptr_eq(a, b) || (covers(a, b) && covers(b, a)),
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => order(a, b) == Some(Ordering::Equal),
        _ => a == b,
    }
}

/// The order of two values of one ordered type; `None` for others. Text is ordered by its scalar values.
pub fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Int(a), Value::Int(b))
        | (Value::Duration(a), Value::Duration(b))
        | (Value::Money(a), Value::Money(b))
        | (Value::Tokens(a), Value::Tokens(b))
        | (Value::Size(a), Value::Size(b)) => Some(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::Int(a), Value::Float(b)) => Some(whole_to_float(*a, *b)),
        (Value::Float(a), Value::Int(b)) => Some(whole_to_float(*b, *a).reverse()),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// Every field of `a` is in `b` with an equal value, or `null`.
fn covers(a: &Fields, b: &Fields) -> bool {
    a.iter().all(|(name, value)| match b.get(name) {
        Some(other) => equal(value, other),
        None => value.is_null(),
    })
}

/// Exact, where a conversion to `f64` would round.
fn whole_to_float(whole: i64, float: f64) -> Ordering {
    const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
    if float >= TWO_TO_63 {
        return Ordering::Less;
    }
    if float < -TWO_TO_63 {
        return Ordering::Greater;
    }
    let rest = float.fract().partial_cmp(&0.0).unwrap_or(Ordering::Equal);
    whole.cmp(&(float.trunc() as i64)).then(rest.reverse())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_by_amount() {
        assert!(equal(&Value::Int(2), &Value::Float(2.0)));
        assert!(!equal(&Value::Int(9_007_199_254_740_993), &Value::Float(9_007_199_254_740_992.0)));
        assert_eq!(order(&Value::Int(-3), &Value::Float(-2.5)), Some(Ordering::Less));
        assert_eq!(order(&Value::Float(2.5), &Value::Int(2)), Some(Ordering::Greater));
        assert_eq!(order(&Value::Int(i64::MAX), &Value::Float(1e19)), Some(Ordering::Less));
        assert_eq!(order(&Value::Bool(true), &Value::Bool(false)), None);
    }

    #[test]
    fn absent_equals_null() {
        let with = Value::record([("a", Value::Int(1)), ("b", Value::Null)]);
        let without = Value::record([("a", Value::Float(1.0))]);
        assert!(equal(&with, &without) && equal(&without, &with));
        assert!(!equal(&with, &Value::record([("b", Value::Null)])));
    }
}

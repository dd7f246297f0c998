//! Operators on values. Nothing wraps, nothing is infinite: what does not fit fails with the values.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::value::Value;
use crate::value::compare::{equal, order};
use crate::value::eval::limits::Limits;
use crate::value::eval::{Made, lists};
use crate::value::expr::BinaryOp;
use crate::value::text::show;

/// `-x`.
pub(super) fn negate(value: &Value) -> Made {
    let unfit = || format!("`-{}` does not fit `int`", in_operation(value));
    Ok(match value {
        Value::Int(n) => Value::Int(n.checked_neg().ok_or_else(unfit)?),
        Value::Float(x) => Value::Float(0.0 - x),
        Value::Duration(n) => Value::Duration(n.checked_neg().ok_or_else(unfit)?),
        Value::Money(n) => Value::Money(n.checked_neg().ok_or_else(unfit)?),
        Value::Tokens(n) => Value::Tokens(n.checked_neg().ok_or_else(unfit)?),
        Value::Size(n) => Value::Size(n.checked_neg().ok_or_else(unfit)?),
        _ => return Err(format!("`-` does not take {}", show(value))),
    })
}

/// `left op right`, but for the operators that do not always evaluate their right side.
pub(super) fn binary(op: BinaryOp, left: &Value, right: &Value, limits: &mut Limits) -> Made {
    match op {
        BinaryOp::Equal => same(left, right, limits).map(Value::Bool),
        BinaryOp::NotEqual => same(left, right, limits).map(|same| Value::Bool(!same)),
        BinaryOp::Less => ordered(op, left, right, Ordering::is_lt),
        BinaryOp::LessOrEqual => ordered(op, left, right, Ordering::is_le),
        BinaryOp::Greater => ordered(op, left, right, Ordering::is_gt),
        BinaryOp::GreaterOrEqual => ordered(op, left, right, Ordering::is_ge),
        BinaryOp::In => lists::contains(right, left, limits),
        BinaryOp::Add => add(left, right, limits),
        BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Remainder => calculate(op, left, right),
        BinaryOp::And | BinaryOp::Or | BinaryOp::Coalesce => {
            Err("the operator decides before its right side is known".into())
        }
    }
}

/// Equality, accounted for.
pub(super) fn same(left: &Value, right: &Value, limits: &mut Limits) -> Result<bool, String> {
    limits.measure(left)?;
    limits.measure(right)?;
    Ok(equal(left, right))
}

fn ordered(op: BinaryOp, left: &Value, right: &Value, holds: fn(Ordering) -> bool) -> Made {
    let found = order(left, right).ok_or_else(|| refused(op, left, right))?;
    Ok(Value::Bool(holds(found)))
}

/// `left + right`.
pub(super) fn add(left: &Value, right: &Value, limits: &mut Limits) -> Made {
    match (left, right) {
        (Value::String(a), Value::String(b)) => {
            limits.text_of(a.len() + b.len())?;
            Ok(Value::text([&**a, &**b].concat()))
        }
        (Value::List(a), Value::List(b)) => {
            limits.list_of(a.len() + b.len())?;
            Ok(Value::List(a.iter().chain(b.iter()).map(Cow::into_owned).collect()))
        }
        _ => calculate(BinaryOp::Add, left, right),
    }
}

fn calculate(op: BinaryOp, left: &Value, right: &Value) -> Made {
    use Value::{Duration, Float, Int, Money, Size, Tokens};
    let fails = |reason: Failure| reason.text(op, left, right);
    match (left, right) {
        (Int(a), Int(b)) => whole(op, *a, *b).map(Int).map_err(fails),
        (Float(a), Float(b)) => float(op, *a, *b).map(Float).map_err(fails),
        (Int(a), Float(b)) => float(op, *a as f64, *b).map(Float).map_err(fails),
        (Float(a), Int(b)) => float(op, *a, *b as f64).map(Float).map_err(fails),
        (Duration(a), _) => unit(op, *a, amount(left, right), Duration).map_err(fails),
        (Money(a), _) => unit(op, *a, amount(left, right), Money).map_err(fails),
        (Tokens(a), _) => unit(op, *a, amount(left, right), Tokens).map_err(fails),
        (Size(a), _) => unit(op, *a, amount(left, right), Size).map_err(fails),
        // Multiplication takes its unit on either side.
        (Int(_) | Float(_), Duration(_) | Money(_) | Tokens(_) | Size(_)) if op == BinaryOp::Multiply => {
            calculate(op, right, left).map_err(|_| fails(Failure::Unfit))
        }
        _ => Err(refused(op, left, right)),
    }
}

/// Why an operation has no result.
enum Failure {
    ByZero,
    Unfit,
    Refused,
}

impl Failure {
    fn text(self, op: BinaryOp, left: &Value, right: &Value) -> String {
        let operation = format!("{} {} {}", in_operation(left), op.as_str(), in_operation(right));
        match self {
            Failure::ByZero => format!("`{operation}` divides by zero"),
            Failure::Unfit => format!("`{operation}` does not fit `{}`", result_word(left, right)),
            Failure::Refused => refused(op, left, right),
        }
    }
}

fn refused(op: BinaryOp, left: &Value, right: &Value) -> String {
    format!("`{}` does not take {} and {}", op.as_str(), show(left), show(right))
}

/// Negative numbers in parentheses where they follow an operator.
fn in_operation(value: &Value) -> String {
    let shown = show(value);
    if shown.starts_with('-') { format!("({shown})") } else { shown }
}

fn result_word(left: &Value, right: &Value) -> &'static str {
    let words = [left, right].map(|value| match value {
        Value::Duration(_) => "duration",
        Value::Money(_) => "money",
        Value::Tokens(_) => "tokens",
        Value::Size(_) => "size",
        Value::Float(_) => "float",
        _ => "int",
    });
    match words {
        ["int", right] => right,
        ["float", right] if right != "int" => right,
        [left, _] => left,
    }
}

fn whole(op: BinaryOp, a: i64, b: i64) -> Result<i64, Failure> {
    match op {
        BinaryOp::Divide | BinaryOp::Remainder if b == 0 => Err(Failure::ByZero),
        BinaryOp::Add => a.checked_add(b).ok_or(Failure::Unfit),
        BinaryOp::Subtract => a.checked_sub(b).ok_or(Failure::Unfit),
        BinaryOp::Multiply => a.checked_mul(b).ok_or(Failure::Unfit),
        BinaryOp::Divide => a.checked_div(b).ok_or(Failure::Unfit),
        // The remainder of the least number by -1 is 0, although the quotient does not fit.
        BinaryOp::Remainder => Ok(a.wrapping_rem(b)),
        _ => Err(Failure::Refused),
    }
}

fn float(op: BinaryOp, a: f64, b: f64) -> Result<f64, Failure> {
    let result = match op {
        BinaryOp::Divide | BinaryOp::Remainder if b == 0.0 => return Err(Failure::ByZero),
        BinaryOp::Add => a + b,
        BinaryOp::Subtract => a - b,
        BinaryOp::Multiply => a * b,
        BinaryOp::Divide => a / b,
        BinaryOp::Remainder => a % b,
        _ => return Err(Failure::Refused),
    };
    finite(result).ok_or(Failure::Unfit)
}

/// A result that is a number; `-0.0` equals `0.0`, but would not read like it.
pub(super) fn finite(result: f64) -> Option<f64> {
    result.is_finite().then_some(result + 0.0)
}

/// What stands to the right of an amount with a unit.
enum Right {
    SameUnit(i64),
    Whole(i64),
    Float(f64),
    Other,
}

fn amount(left: &Value, right: &Value) -> Right {
    use Value::{Duration, Float, Int, Money, Size, Tokens};
    match (left, right) {
        (_, Int(n)) => Right::Whole(*n),
        (_, Float(x)) => Right::Float(*x),
        (Duration(_), Duration(n)) | (Money(_), Money(n)) | (Tokens(_), Tokens(n)) | (Size(_), Size(n)) => {
            Right::SameUnit(*n)
        }
        _ => Right::Other,
    }
}

/// Results that are no whole number of the unit's smallest step are rounded to it, halves away from zero.
fn unit(op: BinaryOp, a: i64, right: Right, make: fn(i64) -> Value) -> Result<Value, Failure> {
    let steps = match (op, right) {
        (BinaryOp::Divide, Right::SameUnit(0) | Right::Whole(0)) => return Err(Failure::ByZero),
        (BinaryOp::Divide, Right::Float(0.0)) => return Err(Failure::ByZero),
        (BinaryOp::Divide, Right::SameUnit(b)) => return Ok(Value::Float(a as f64 / b as f64 + 0.0)),
        (BinaryOp::Add | BinaryOp::Subtract, Right::SameUnit(b)) => whole(op, a, b)?,
        (BinaryOp::Multiply, Right::Whole(b)) => whole(op, a, b)?,
        (BinaryOp::Divide, Right::Whole(b)) => rounded_quotient(a, b)?,
        (BinaryOp::Multiply | BinaryOp::Divide, Right::Float(b)) => {
            rounded(float(op, a as f64, b)?).ok_or(Failure::Unfit)?
        }
        _ => return Err(Failure::Refused),
    };
    // The least number has no literal: its amount without the sign does not fit.
    if steps == i64::MIN { Err(Failure::Unfit) } else { Ok(make(steps)) }
}

fn rounded_quotient(a: i64, b: i64) -> Result<i64, Failure> {
    let (a, b) = (i128::from(a), i128::from(b));
    let doubled = 2 * (a % b);
    let away = if doubled.abs() >= b.abs() { (a * b).signum() } else { 0 };
    i64::try_from(a / b + away).map_err(|_| Failure::Unfit)
}

/// The nearest whole number, halves away from zero, if it fits.
fn rounded(x: f64) -> Option<i64> {
    to_whole(x.round())
}

/// A float without fraction as a whole number, if it fits.
pub(super) fn to_whole(x: f64) -> Option<i64> {
    const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
    (-TWO_TO_63..TWO_TO_63).contains(&x).then_some(x as i64)
}

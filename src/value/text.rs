//! Values as text: what interpolation writes, and short forms for messages.

use crate::base::unit;
use crate::value::Value;
use crate::value::types::write_literal;

/// The text of a value that has one, as `${}` and `to_string` write it: strings as they are, floats with at least one decimal,
/// units as literals. `None` for `null`, files, lists and records.
pub fn to_text(value: &Value) -> Option<String> {
    Some(match value {
        Value::Bool(b) => b.to_string(),
        Value::Int(n) => n.to_string(),
        Value::Float(x) => float(*x),
        Value::String(text) => text.to_string(),
        Value::Duration(ms) => unit::format_duration(*ms),
        Value::Money(micros) => unit::format_money(*micros),
        Value::Tokens(tokens) => unit::format_tokens(*tokens),
        Value::Size(bytes) => unit::format_size(*bytes),
        Value::Null | Value::File(_) | Value::List(_) | Value::Record(_) => return None,
    })
}

/// A value in a message: scalars as they are written in a program, long text cut, the rest by its kind.
pub fn show(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::String(text) => quoted(text),
        Value::File(file) => format!("the file {}", quoted(&file.name)),
        Value::List(_) => "a list".into(),
        Value::Record(_) => "a record".into(),
        scalar => to_text(scalar).unwrap_or_default(),
    }
}

/// Text as a literal, cut after 60 characters.
pub fn quoted(text: &str) -> String {
    const SHOWN: usize = 60;
    let mut literal = String::new();
    match text.char_indices().nth(SHOWN) {
        None => write_literal(&mut literal, text),
        Some((end, _)) => write_literal(&mut literal, &format!("{}…", &text[..end])),
    }
    .expect("a string takes all that is written to it");
    literal
}

/// The shortest decimal digits that read back as the same number, at least one after the point, never an exponent.
fn float(x: f64) -> String {
    let digits = x.to_string();
    if digits.contains('.') { digits } else { digits + ".0" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_text() {
        let text = |value| to_text(&value).unwrap_or("none".into());
        assert_eq!(text(Value::Float(0.0)), "0.0");
        assert_eq!(text(Value::Float(3.5)), "3.5");
        assert_eq!(text(Value::Float(1e21)), "1000000000000000000000.0");
        assert_eq!(text(Value::Float(0.1 + 0.2)), "0.30000000000000004");
        assert_eq!(text(Value::Duration(-5_400_000)), "-1h30m");
        assert_eq!(text(Value::Money(4_200_000)), "4.20usd");
        assert_eq!(text(Value::Tokens(200_000)), "200000tok");
        assert_eq!(text(Value::Size(16 << 20)), "16MiB");
        assert_eq!(text(Value::text("a \"b\"")), "a \"b\"");
        assert_eq!(text(Value::Null), "none");
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(quoted(&"é".repeat(61)), format!("\"{}…\"", "é".repeat(60)));
        assert_eq!(show(&Value::text("a\nb")), r#""a\nb""#);
    }
}

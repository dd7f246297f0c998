//! Inputs as people type them: `-i name=text`, read by the type of the parameter.

use crate::base::unit;
use crate::value::Value;
use crate::value::json::{decode, parse_strict, signed};
use crate::value::text::quoted;
use crate::value::types::{Kind, Type};

/// Reads the text of an input: verbatim for `string`, a literal or JSON for everything else. `file` is not read here: its text is a path.
///
/// # Errors
/// What is wrong with the text, in words that follow "the input `name`:".
pub fn parse_input(text: &str, ty: &Type) -> Result<Value, String> {
    if let Some(literals) = ty.as_literals() {
        return one_of(text, ty, &literals);
    }
    let words = text.trim();
    match &ty.kind {
        Kind::String => Ok(Value::text(text)),
        Kind::Optional(inner) if words == "null" && inner.kind != Kind::String => Ok(Value::Null),
        Kind::Optional(inner) => parse_input(text, inner),
        Kind::Null if words == "null" => Ok(Value::Null),
        Kind::Bool => words.parse().map(Value::Bool).map_err(|_| wanted(text, "`true` or `false`")),
        Kind::Int => {
            number(words).and_then(|digits| digits.parse().ok()).map(Value::Int).ok_or_else(|| whole(text, words))
        }
        Kind::Float => float(words).ok_or_else(|| wanted(text, "a number, such as `3.5`")),
        Kind::Duration => amount(text, unit::parse_duration, Value::Duration, "a duration, such as `1h30m`"),
        Kind::Money => amount(text, unit::parse_money, Value::Money, "an amount, such as `4.20usd`"),
        Kind::Tokens => amount(text, unit::parse_tokens, Value::Tokens, "a number of tokens, such as `200_000tok`"),
        Kind::Size => amount(text, unit::parse_size, Value::Size, "a size, such as `16MiB`"),
        Kind::File => Err("a file is given by its path".into()),
        Kind::Null | Kind::Never | Kind::Literal(_) => Err(wanted(text, &format!("`{ty}`"))),
        Kind::Unknown | Kind::Json | Kind::List(_) | Kind::Map(_) | Kind::Record(_) | Kind::Union(_) => {
            parse_json(text, ty)
        }
    }
}

/// Reads JSON as a value of type `ty`.
///
/// # Errors
/// As [`parse_input`].
pub fn parse_json(text: &str, ty: &Type) -> Result<Value, String> {
    let parsed = parse_strict(text.as_bytes()).map_err(|error| format!("{} is no JSON: {error}", quoted(text)))?;
    decode(&parsed, ty).map_err(|mismatch| mismatch.to_string())
}

/// A bare word; in quotes, as in JSON, it is taken as well.
fn one_of(text: &str, ty: &Type, literals: &[std::sync::Arc<str>]) -> Result<Value, String> {
    let unquoted = || parse_strict(text.as_bytes()).ok()?.as_str().map(str::to_owned);
    let is = |word: &str| literals.iter().find(|literal| ***literal == *word).cloned();
    is(text).or_else(|| is(text.trim())).or_else(|| is(&unquoted()?)).map(Value::String).ok_or_else(|| match literals {
        [_] => wanted(text, &format!("{ty}")),
        _ => format!("{} is not one of {}", quoted(text), listed(literals)),
    })
}

fn listed(literals: &[std::sync::Arc<str>]) -> String {
    literals.iter().map(|literal| quoted(literal)).collect::<Vec<_>>().join(", ")
}

fn amount(
    text: &str,
    parse: fn(&str) -> Result<i64, unit::UnitError>,
    value: fn(i64) -> Value,
    expected: &str,
) -> Result<Value, String> {
    // In JSON a literal with a unit is text.
    let unquoted = parse_strict(text.as_bytes()).ok().and_then(|json| json.as_str().map(str::to_owned));
    signed(unquoted.as_deref().unwrap_or(text.trim()), parse).map(value).map_err(|error| match error {
        unit::UnitError::Malformed => wanted(text, expected),
        unit::UnitError::OutOfRange => format!("{} is out of range", quoted(text)),
    })
}

fn whole(text: &str, words: &str) -> String {
    match number(words) {
        Some(_) => format!("{} does not fit `int`", quoted(text)),
        None => wanted(text, "a whole number"),
    }
}

/// A whole number as in a program, without its underscores.
fn number(text: &str) -> Option<String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let groups_fit =
        digits.split('_').all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit()));
    groups_fit.then(|| text.replace('_', ""))
}

fn float(text: &str) -> Option<Value> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let fraction_fits = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let plain = number(whole).filter(|_| fraction_fits).map(|whole| format!("{whole}.{fraction}"));
    // JSON also has exponents.
    let read = match plain {
        Some(plain) => plain.parse().ok(),
        None => parse_strict(text.as_bytes()).ok()?.as_f64(),
    };
    read.filter(|x: &f64| x.is_finite()).map(|x| Value::Float(x + 0.0))
}

fn wanted(text: &str, expected: &str) -> String {
    format!("expected {expected}, found {}", quoted(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::json::encode;
    use crate::value::types::Field;

    fn read(text: &str, ty: &Type) -> String {
        parse_input(text, ty).map_or_else(|error| format!("error: {error}"), |value| encode(&value).to_string())
    }

    #[test]
    fn strings_are_verbatim() {
        for text in ["", " a \"b\" ", "null", "3", "{}"] {
            assert_eq!(parse_input(text, &Type::string()), Ok(Value::text(text)));
            assert_eq!(parse_input(text, &Type::string().optional()), Ok(Value::text(text)));
        }
    }

    #[test]
    fn literals_are_spelled_as_in_a_program() {
        assert_eq!(read("1_000", &Type::int()), "1000");
        assert_eq!(read(" -3 ", &Type::int()), "-3");
        assert_eq!(read("3", &Type::float()), "3.0");
        assert_eq!(read("-1_000.5", &Type::float()), "-1000.5");
        assert_eq!(read("1e3", &Type::float()), "1000.0");
        assert_eq!(read("true", &Type::bool()), "true");
        assert_eq!(read("1h30m", &Type::duration()), r#""1h30m""#);
        assert_eq!(read("4.2usd", &Type::money()), r#""4.20usd""#);
        assert_eq!(read("200_000tok", &Type::tokens().optional()), r#""200000tok""#);
        assert_eq!(read("null", &Type::size().optional()), "null");
        assert_eq!(read("\"30s\"", &Type::duration()), r#""30s""#);
    }

    #[test]
    fn one_of_several_words_needs_no_quotes() {
        let risk = Type::union(vec![Type::literal("low"), Type::literal("high")]).expect("literals");
        assert_eq!(read("low", &risk), r#""low""#);
        assert_eq!(read("\"high\"", &risk.clone().optional()), r#""high""#);
        assert_eq!(read("mid", &risk), r#"error: "mid" is not one of "low", "high""#);
    }

    #[test]
    fn the_rest_is_json() {
        let ty = Type::list(Type::record([("n", Field::required(Type::int()))]));
        assert_eq!(read(r#"[{"n": 1}]"#, &ty), r#"[{"n":1}]"#);
        assert_eq!(read(r#"[{"n": "1"}]"#, &ty), r#"error: at `[0].n`: expected `int`, found "1""#);
        assert_eq!(
            read(r#"[{"n": 1, "n": 2}]"#, &ty),
            r#"error: "[{\"n\": 1, \"n\": 2}]" is no JSON: the key "n" stands twice at byte 10"#
        );
        assert_eq!(
            read("[", &ty),
            r#"error: "[" is no JSON: a value is expected, found the end of the text at byte 1"#
        );
    }

    #[test]
    fn what_does_not_fit_is_said_in_words() {
        assert_eq!(read("many", &Type::int()), r#"error: expected a whole number, found "many""#);
        assert_eq!(read("99999999999999999999", &Type::int()), r#"error: "99999999999999999999" does not fit `int`"#);
        assert_eq!(read("yes", &Type::bool()), r#"error: expected `true` or `false`, found "yes""#);
        assert_eq!(read("90", &Type::duration()), r#"error: expected a duration, such as `1h30m`, found "90""#);
        assert_eq!(read("inf", &Type::float()), r#"error: expected a number, such as `3.5`, found "inf""#);
        assert_eq!(read("a.pdf", &Type::file()), "error: a file is given by its path");
    }
}

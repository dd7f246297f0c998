//! What `--inputs` and `name=@FILE` read: text, and names with values in JSON, YAML or TOML.

use std::io::Read;

use serde_json::{Map, Value as Json};

use crate::cli::report::Problem;
use crate::cli::run::inputs::problem;
use crate::value::json::parse_strict;

/// Largest file that is read for an input, in bytes.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// The text of a file, or of standard input (`-`).
///
/// # Errors
/// A sentence that names it.
pub fn read_text(path: &str) -> Result<String, String> {
    let mut text = String::new();
    let mut read = |source: &mut dyn Read| source.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map(drop);
    let result = match path {
        "-" => read(&mut std::io::stdin().lock()),
        path => std::fs::File::open(path).and_then(|mut file| read(&mut file)),
    };
    result.map_err(|error| format!("{path} cannot be read: {error}"))?;
    match text.len() as u64 > FILE_BYTES_MAX {
        true => Err(format!("{path} is larger than 16 MiB")),
        false => Ok(text),
    }
}

/// Names and values from a file, by its extension: `.toml`, `.yaml`, `.yml`, all else JSON; standard input is JSON or YAML.
///
/// # Errors
/// It cannot be read (the environment's), or is something else (wrong use).
pub fn read_fields(path: &str) -> Result<Map<String, Json>, Problem> {
    let text = read_text(path).map_err(Problem::environment)?;
    let shown = if path == "-" { "standard input" } else { path };
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    let parsed = match extension {
        "toml" => from_toml(&text),
        "yaml" | "yml" => from_yaml(&text),
        // All of JSON begins so that matters here; the words of its reader are the better ones then.
        _ if path == "-" && !text.trim_start().starts_with(['{', '[']) => from_yaml(&text),
        _ => from_json(&text),
    };
    match parsed {
        Ok(Json::Object(fields)) => Ok(fields),
        Ok(_) => Err(problem(format!("the inputs in {shown} are no object of names and values"))),
        Err(error) => Err(problem(format!("{shown}: {error}"))),
    }
}

fn from_json(text: &str) -> Result<Json, String> {
    parse_strict(text.as_bytes()).map_err(|error| format!("it is not JSON: {error}"))
}

fn from_toml(text: &str) -> Result<Json, String> {
    let table: toml::Table =
        text.parse().map_err(|error: toml::de::Error| format!("it is not TOML: {}", error.message()))?;
    serde_json::to_value(table).map_err(|error| error.to_string())
}

/// `no` is a word and not a bool, as YAML 1.2 has it; a key that stands twice is refused, as everywhere.
fn from_yaml(text: &str) -> Result<Json, String> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::Error,
        with_snippet: false,
    };
    let read: Json = serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        // The plain words name options of the reader.
        let said = error.render_with_formatter(&serde_saphyr::UserMessageFormatter);
        format!("it is not YAML that can be taken: {}", said.trim_end())
    })?;
    // The limits of JSON from outside are those of all values.
    from_json(&read.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_says_what_json_can_say() {
        let read = |text: &str| from_yaml(text).map(|json| json.to_string());
        assert_eq!(read("country: no\nsure: true\nn: 3\n"), Ok(r#"{"country":"no","sure":true,"n":3}"#.into()));
        assert_eq!(read("steps:\n- a\n- wait: 30s\n"), Ok(r#"{"steps":["a",{"wait":"30s"}]}"#.into()));
        assert_eq!(read("text: |\n  one\n  two\n"), Ok("{\"text\":\"one\\ntwo\\n\"}".into()));
        assert_eq!(read("a: &x [1]\nb: *x\n"), Ok(r#"{"a":[1],"b":[1]}"#.into()));
        assert_eq!(read("day: 2026-11-22\nnothing: ~\n"), Ok(r#"{"day":"2026-11-22","nothing":null}"#.into()));
    }

    #[test]
    fn yaml_that_is_a_trap_is_refused() {
        for text in ["a: 1\na: 2\n", "a: [1\n", "a: 1\n---\nb: 2\n"] {
            assert!(from_yaml(text).is_err(), "{text}: {:?}", from_yaml(text));
        }
        let bomb: String = (1..30).fold("a0: &a0 [x, x, x]\n".to_owned(), |text, n| {
            let before = n - 1;
            text + &format!("a{n}: &a{n} [*a{before}, *a{before}, *a{before}]\n")
        });
        assert!(from_yaml(&bomb).is_err());
        let deep = format!("a: {}1{}", "[".repeat(500), "]".repeat(500));
        assert!(from_yaml(&deep).is_err());
    }
}

//! The settings of an action with the arguments of one call filled in.

use std::cell::RefCell;

use secrecy::ExposeSecret;

use crate::agent::Failure;
use crate::agent::secret::Secrets;

use crate::value::Value;
use crate::value::eval::{self, Scope};
use crate::value::expr::{Expr, Observe, Var};
use crate::value::json;

/// What the expressions of settings see: the parameters of the action, and secrets where they are allowed.
pub struct Settings<'a> {
    arguments: &'a [Value],
    secrets: Option<(&'a [String], &'a dyn Secrets)>,
    /// What `result_schema` is: the path of the file.
    schema: Option<&'a str>,
    /// The first secret that could not be had.
    missing: RefCell<Option<String>>,
}

impl<'a> Settings<'a> {
    /// Without secrets: what is seen by everybody, as the words of a command are.
    pub fn open(arguments: &'a [Value]) -> Self {
        Self { arguments, secrets: None, schema: None, missing: RefCell::default() }
    }

    /// With secrets, by their position in `names`.
    pub fn with_secrets(arguments: &'a [Value], names: &'a [String], secrets: &'a dyn Secrets) -> Self {
        Self { arguments, secrets: Some((names, secrets)), schema: None, missing: RefCell::default() }
    }

    /// With the path of the file that holds the schema of the result.
    pub fn with_schema(self, path: &'a str) -> Self {
        Self { schema: Some(path), ..self }
    }

    /// The value of a setting.
    ///
    /// # Errors
    /// It cannot be calculated, or a secret is missing.
    pub fn value(&self, setting: &Expr) -> Result<Value, Failure> {
        let value = eval::eval(setting, self);
        if let Some(missing) = self.missing.borrow_mut().take() {
            return Err(Failure::lacking(missing));
        }
        value.map_err(|error| Failure::new("invalid_value", error.message))
    }

    /// A setting as text; `None` for `null`.
    ///
    /// # Errors
    /// As [`value`](Self::value); also where the text holds a NUL character, which no program can be given.
    pub fn text(&self, setting: &Expr) -> Result<Option<String>, Failure> {
        spell(&self.value(setting)?)
    }

    fn secret(&self, index: u32) -> Value {
        let found = match self.secrets {
            None => Err("a secret stands where everybody can see it: in the words of a command".to_owned()),
            Some((names, secrets)) => match names.get(index as usize) {
                Some(name) => secrets.get(name),
                None => Err(format!("the plan has no secret {index}")),
            },
        };
        match found {
            Ok(secret) => Value::text(secret.expose_secret()),
            Err(missing) => {
                self.missing.borrow_mut().get_or_insert(missing);
                Value::Null
            }
        }
    }
}

impl Scope for Settings<'_> {
    fn get(&self, var: Var) -> Value {
        match var {
            Var::Param(index) => self.arguments.get(index as usize).cloned().unwrap_or(Value::Null),
            Var::Secret(index) => self.secret(index),
            Var::ResultSchema => self.schema.map_or(Value::Null, Value::text),
            _ => Value::Null,
        }
    }

    fn observe(&self, _what: Observe, _stage: u32) -> Value {
        Value::Null
    }
}

/// A value as a program is given it: text as it is, units as literals, records as JSON.
///
/// # Errors
/// As [`Settings::text`].
pub fn spell(value: &Value) -> Result<Option<String>, Failure> {
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) => text.to_string(),
        other => match json::encode(other) {
            serde_json::Value::String(text) => text,
            json => json.to_string(),
        },
    };
    match text.find('\0') {
        Some(at) => {
            Err(Failure::new("invalid_input", format!("there is a NUL character at byte {at} of a text for a program")))
        }
        None => Ok(Some(text)),
    }
}

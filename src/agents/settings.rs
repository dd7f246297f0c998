//! The settings of an action with the arguments of one call filled in.

use std::cell::RefCell;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use crate::agent::secret::Secrets;
use crate::agent::{Failure, Lack};
use crate::agents::contents::Contents;

use crate::value::eval::{self, Scope};
use crate::value::expr::{Expr, Observe, Var};
use crate::value::json;
use crate::value::{FileRef, Value};

/// What the expressions of settings see: the parameters of the action, and secrets where they are allowed.
pub struct Settings<'a> {
    arguments: &'a [Value],
    secrets: Option<(&'a [String], &'a dyn Secrets)>,
    /// What `result_schema` is: the path of the file.
    schema: Option<&'a str>,
    /// The content of the files among the arguments.
    contents: Option<&'a Contents>,
    /// Files that were made: whoever evaluates keeps them.
    made: RefCell<Vec<(FileRef, Vec<u8>)>>,
    /// The first secret that could not be had.
    missing: RefCell<Option<String>>,
    /// Values of secrets that were used.
    used: RefCell<Vec<SecretString>>,
}

impl<'a> Settings<'a> {
    /// Without secrets: what is seen by everybody, as the words of a command are.
    pub fn open(arguments: &'a [Value]) -> Self {
        let (made, missing, used) = Default::default();
        Self { arguments, secrets: None, schema: None, contents: None, made, missing, used }
    }

    /// With secrets, by their position in `names`.
    pub fn with_secrets(arguments: &'a [Value], names: &'a [String], secrets: &'a dyn Secrets) -> Self {
        Self { secrets: Some((names, secrets)), ..Self::open(arguments) }
    }

    /// With the path of the file that holds the schema of the result.
    pub fn with_schema(self, path: &'a str) -> Self {
        Self { schema: Some(path), ..self }
    }

    /// With the content of the files among the arguments.
    pub fn with_contents(self, contents: &'a Contents) -> Self {
        Self { contents: Some(contents), ..self }
    }

    /// The files that were made by what was evaluated so far.
    pub fn take_made(&self) -> Vec<(FileRef, Vec<u8>)> {
        self.made.take()
    }

    /// The secrets that stand in what was evaluated so far.
    pub fn take_used(&self) -> Vec<SecretString> {
        self.used.take()
    }

    /// The value of a setting.
    ///
    /// # Errors
    /// It cannot be calculated, or a secret is missing.
    pub fn value(&self, setting: &Expr) -> Result<Value, Failure> {
        let value = eval::eval(setting, self);
        if let Some(missing) = self.missing.borrow_mut().take() {
            return Err(Failure::lacking(Lack::Secret, missing));
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
            Ok(secret) => {
                let value = Value::text(secret.expose_secret());
                self.used.borrow_mut().push(secret);
                value
            }
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

    fn read_file(&self, file: &FileRef) -> Result<Arc<str>, String> {
        let made = self.made.borrow();
        let made = made.iter().find(|(known, _)| known == file);
        match (made, self.contents) {
            (Some((_, content)), _) => Ok(String::from_utf8_lossy(content).into()),
            (None, Some(contents)) => contents.text(file),
            (None, None) => Err(format!("the content of the file `{}` is not at hand here", file.name)),
        }
    }

    fn make_file(&self, name: &str, text: &str) -> Result<FileRef, String> {
        let file = FileRef::of(name, text.as_bytes())?;
        self.made.borrow_mut().push((file.clone(), text.as_bytes().to_vec()));
        Ok(file)
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

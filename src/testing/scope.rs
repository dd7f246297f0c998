//! What the expressions of a test see: its `let`s, and either the arguments of a call or what became of the run.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::value::eval::Scope;
use crate::value::expr::{Observe, Var};
use crate::value::{FileRef, Value};

/// Content by hash: of files that a test makes, and of those that its program includes.
pub type Contents = BTreeMap<String, Arc<[u8]>>;

/// Where an expression of a test finds its variables.
pub struct TestScope<'a> {
    lets: &'a [Value],
    params: &'a [Value],
    known: [&'a Contents; 2],
    made: RefCell<Contents>,
}

impl<'a> TestScope<'a> {
    /// With these `let`s and these arguments (or observations), and files whose content is known.
    pub fn new(lets: &'a [Value], params: &'a [Value], known: [&'a Contents; 2]) -> Self {
        Self { lets, params, known, made: RefCell::default() }
    }

    /// The files that were made by what was evaluated so far.
    pub fn into_made(self) -> Contents {
        self.made.into_inner()
    }
}

impl Scope for TestScope<'_> {
    fn get(&self, var: Var) -> Value {
        let found = match var {
            Var::Let(index) => self.lets.get(index as usize),
            Var::Param(index) => self.params.get(index as usize),
            _ => None,
        };
        found.cloned().unwrap_or(Value::Null)
    }

    fn observe(&self, _what: Observe, _stage: u32) -> Value {
        Value::Null
    }

    fn read_file(&self, file: &FileRef) -> Result<Arc<str>, String> {
        let made = self.made.borrow();
        let content = made.get(&file.hash).or_else(|| self.known.iter().find_map(|known| known.get(&file.hash)));
        match content {
            Some(content) => file.text(content),
            None => Err(format!("the content of the file `{}` is not at hand here", file.name)),
        }
    }

    fn make_file(&self, name: &str, text: &str) -> Result<FileRef, String> {
        let file = FileRef::of(name, text.as_bytes())?;
        self.made.borrow_mut().insert(file.hash.clone(), text.as_bytes().into());
        Ok(file)
    }
}

//! The built-ins: what they are called, what they take, what they give. All of it stands in one [`table`].

mod rules;
mod table;

use std::fmt::Write;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::value::Value;
use crate::value::types::{Kind, Labels, Type};

pub use table::{FORMS, Form, Param};

/// A built-in function. `run.id` and the like are variables, `succeeded(s)` and its kin are
/// [`Observe`](crate::value::expr::Observe); `unchanged(path)` is resolved to a comparison with the round before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the table says what each does")]
pub enum Builtin {
    Len,
    Join,
    Split,
    Trim,
    Lower,
    Upper,
    StartsWith,
    EndsWith,
    Contains,
    Replace,
    Lines,
    Slice,
    Chunk,
    Keys,
    Values,
    Sort,
    Unique,
    Reverse,
    Flatten,
    Zip,
    Range,
    Min,
    Max,
    Sum,
    Any,
    All,
    First,
    Last,
    ToJson,
    FromJson,
    ToString,
    ToInt,
    ToFloat,
    Round,
    Hash,
    Date,
    Text,
    File,
}

/// Why arguments do not fit a built-in.
#[derive(Debug, Clone, PartialEq)]
pub enum CallError {
    /// Too few or too many; what is wanted, in words ("one or two arguments").
    Count(String),
    /// The argument at `index` has the wrong type.
    Argument {
        /// Position, from 0.
        index: usize,
        /// What is wanted there, in the user's words (`string` in back-ticks, "a list of numbers").
        expected: String,
        /// What to write instead, where that is sure: an instruction.
        help: Option<String>,
    },
    /// `sort(…, by: "field")` names a field that the records do not have.
    Field {
        /// Position of the name, from 0.
        index: usize,
        /// The name.
        name: Arc<str>,
        /// The fields that there are.
        known: Vec<Arc<str>>,
    },
}

/// What is known of one argument when a call is typed.
#[derive(Debug, Clone)]
pub struct Argument<'a> {
    /// Its type.
    pub ty: &'a Type,
    /// Its text where it is a string literal (`sort(…, by: "field")`).
    pub literal: Option<&'a str>,
}

impl Builtin {
    /// The built-in of a name.
    pub fn lookup(name: &str) -> Option<Builtin> {
        table::TABLE.iter().find(|row| row.name == name).map(|row| row.builtin)
    }

    /// All built-ins, in the order of the documentation.
    pub fn all() -> impl Iterator<Item = Builtin> {
        table::TABLE.iter().map(|row| row.builtin)
    }

    /// The names of all of them; those of [`FORMS`] are called alike, but belong to the checker.
    pub fn names() -> impl Iterator<Item = &'static str> {
        table::TABLE.iter().map(|row| row.name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Its parameters. Only the last may be left out.
    pub fn params(self) -> &'static [Param] {
        self.row().params
    }

    /// One line of documentation.
    pub fn doc(self) -> &'static str {
        self.row().doc
    }

    /// `slice(value: string | list<T>, from: int, to: int = end) -> string | list<T>`.
    pub fn signature(self) -> String {
        let row = self.row();
        let mut text = format!("{}(", row.name);
        for (index, param) in row.params.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            let mark = if param.optional && param.default.is_empty() { "?" } else { "" };
            let default = if param.default.is_empty() { String::new() } else { format!(" = {}", param.default) };
            write!(text, "{comma}{}{mark}: {}{default}", param.name, param.ty)
                .expect("a string takes all that is written to it");
        }
        write!(text, ") -> {}", row.result).expect("a string takes all that is written to it");
        text
    }

    /// The type of a call. `args` stand in the order of the parameters; one that is left out is not there.
    ///
    /// What is already reported ([`Kind::Unknown`]) fits everywhere. No argument may be a `T?`: the error is the same as for any
    /// wrong type, and whoever reports it can see that [`Type::without_null`] would have fitted. The result carries the labels of all
    /// arguments and is never approved.
    ///
    /// # Errors
    /// The first argument that does not fit.
    pub fn result(self, args: &[Argument<'_>]) -> Result<Type, CallError> {
        let row = self.row();
        let least = row.params.iter().filter(|param| !param.optional).count();
        if args.len() < least || args.len() > row.params.len() {
            return Err(CallError::Count(count_in_words(least, row.params.len())));
        }
        let shape = (row.rule)(args)?;
        let labels = args.iter().fold(Labels::NONE, |labels, arg| labels.or(arg.ty.carried()));
        Ok(shape.without_approved().with_labels(labels))
    }

    /// A value that the checker appends to the arguments of a call that has type-checked: the zero of its type, which the `sum`
    /// of an empty list is. Values do not know the type of what is not in them.
    pub fn implied(self, args: &[Argument<'_>]) -> Option<Value> {
        let element = match (self, args) {
            (Builtin::Sum, [list]) => list.ty.element()?,
            _ => return None,
        };
        Some(match element.kind {
            Kind::Float => Value::Float(0.0),
            Kind::Duration => Value::Duration(0),
            Kind::Money => Value::Money(0),
            Kind::Tokens => Value::Tokens(0),
            Kind::Size => Value::Size(0),
            _ => Value::Int(0),
        })
    }

    fn row(self) -> &'static table::Row {
        let found = table::TABLE.iter().find(|row| row.builtin == self);
        found.expect("every built-in has its row: a test goes through them")
    }
}

/// The table for the documentation, in Markdown: built-ins, then what is called alike.
pub fn table_markdown() -> String {
    let mut text = String::from("| built-in | says |\n|---|---|\n");
    let rows = Builtin::all().map(|builtin| (builtin.signature(), builtin.doc()));
    let forms = FORMS.iter().map(|form| (form.signature.to_owned(), form.doc));
    for (signature, doc) in rows.chain(forms) {
        let signature = signature.replace('|', "\\|");
        writeln!(text, "| `{signature}` | {doc} |").expect("a string takes all that is written to it");
    }
    text
}

fn count_in_words(least: usize, most: usize) -> String {
    let word = |count: usize| ["no", "one", "two", "three"].get(count).copied().unwrap_or("four");
    match (least, most) {
        (1, 1) => "one argument".into(),
        (least, most) if least == most => format!("{} arguments", word(most)),
        (least, most) => format!("{} or {} arguments", word(least), word(most)),
    }
}

#[cfg(test)]
mod tests;

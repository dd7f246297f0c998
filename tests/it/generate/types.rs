//! The types of the values that are made.

/// A type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ty {
    Text,
    Int,
    Bool,
    List,
    Record,
    Float,
    Duration,
    Money,
    Tokens,
    Size,
    /// A map of numbers.
    Map,
    /// A list of numbers.
    Ints,
    Json,
    /// One of two words.
    Level,
    /// One of two records.
    Case,
    File,
    /// A text, or nothing.
    Maybe,
}

impl Ty {
    /// Those of which a value can be made of nothing.
    pub const MADE: [Ty; 11] = [
        Ty::Text,
        Ty::Int,
        Ty::Bool,
        Ty::List,
        Ty::Float,
        Ty::Duration,
        Ty::Money,
        Ty::Tokens,
        Ty::Size,
        Ty::Ints,
        Ty::Json,
    ];

    pub const PRESENT: [Ty; 16] = [
        Ty::Text,
        Ty::Int,
        Ty::Bool,
        Ty::List,
        Ty::Record,
        Ty::Float,
        Ty::Duration,
        Ty::Money,
        Ty::Tokens,
        Ty::Size,
        Ty::Map,
        Ty::Ints,
        Ty::Json,
        Ty::Level,
        Ty::Case,
        Ty::File,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Ty::Text => "string",
            Ty::Int => "int",
            Ty::Bool => "bool",
            Ty::List => "list< string >",
            Ty::Record => "Record",
            Ty::Float => "float",
            Ty::Duration => "duration",
            Ty::Money => "money",
            Ty::Tokens => "tokens",
            Ty::Size => "size",
            Ty::Map => "map< int >",
            Ty::Ints => "list< int >",
            Ty::Json => "json",
            Ty::Level => "Level",
            Ty::Case => "Case",
            Ty::File => "file",
            Ty::Maybe => "string ?",
        }
    }

    /// What stands for a value that is absent, if there is something simple.
    pub fn instead(self) -> Option<&'static str> {
        Some(match self {
            Ty::Text => "\"none\"",
            Ty::Int => "0",
            Ty::Bool => "false",
            Ty::List | Ty::Ints => "[ ]",
            Ty::Float => "0.5",
            Ty::Duration => "0s",
            Ty::Money => "0usd",
            Ty::Tokens => "0tok",
            Ty::Size => "0B",
            Ty::Level => "\"low\"",
            Ty::Record | Ty::Map | Ty::Json | Ty::Case | Ty::File | Ty::Maybe => return None,
        })
    }
}

/// Something that can be used: its tokens and its type.
#[derive(Debug, Clone)]
pub struct Value {
    pub tokens: String,
    pub ty: Ty,
}

impl Value {
    pub fn new(tokens: impl Into<String>, ty: Ty) -> Self {
        Self { tokens: tokens.into(), ty }
    }

    /// What can be had of a value, itself included.
    pub fn with_parts(tokens: &str, ty: Ty) -> Vec<Value> {
        let mut all = vec![Value::new(tokens, ty)];
        match ty {
            Ty::Record => {
                all.push(Value::new(format!("{tokens} . id"), Ty::Text));
                all.push(Value::new(format!("{tokens} . count"), Ty::Int));
                all.push(Value::new(format!("{tokens} . note"), Ty::Maybe));
            }
            Ty::File => all.push(Value::new(format!("{tokens} . size"), Ty::Size)),
            _ => {}
        }
        all
    }

    /// The same where the value may be absent.
    pub fn of_absent(tokens: &str, ty: Ty) -> Vec<Value> {
        match (ty, ty.instead()) {
            (Ty::Record, _) => vec![
                Value::new(format!("( {tokens} ?. id ?? \"none\" )"), Ty::Text),
                Value::new(format!("{tokens} ?. note"), Ty::Maybe),
            ],
            (Ty::Maybe, _) => vec![Value::new(tokens, Ty::Maybe)],
            (_, Some(instead)) => vec![Value::new(format!("( {tokens} ?? {instead} )"), ty)],
            (_, None) => vec![Value::new(format!("( {tokens} != null )"), Ty::Bool)],
        }
    }

    /// A text that reads the value.
    pub fn text(&self) -> String {
        let tokens = &self.tokens;
        match self.ty {
            Ty::List => format!("join ( {tokens} )"),
            Ty::Record | Ty::Map | Ty::Json | Ty::Case | Ty::Ints => format!("to_json ( {tokens} )"),
            Ty::Maybe => format!("( {tokens} ?? \"\" )"),
            Ty::File => format!("{tokens} . name"),
            _ => tokens.clone(),
        }
    }
}

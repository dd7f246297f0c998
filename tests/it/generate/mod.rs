//! Programs made by chance that are sound: they check and lower without a diagnostic. What stands between their tokens is made
//! by chance too.
//!
//! A program is text from the start: parts are put together with one space between any two tokens. Items are made where they
//! are needed, so that a program holds what it uses.

mod blocks;
mod choices;
mod claims;
mod clauses;
#[cfg(test)]
mod coverage;
mod items;
mod kinds;
mod outside;
mod races;
mod stages;
mod tokens;
mod types;
mod values;
mod workflows;

use choices::Choices;
use types::{Ty, Value};

/// A sound program.
pub struct Program {
    /// With one space between any two tokens.
    pub plain: String,
    /// With anything between them.
    pub noisy: String,
    /// Its items one by one.
    pub items: Vec<String>,
}

/// The files that a program may import or include, by their paths.
pub const OTHER_FILES: [(&str, &str); 3] =
    [("team/agents.wf", items::TEAM), ("notes/note.md", "A note.\n"), ("runs/main.jsonl", "")];

/// The program that these numbers stand for.
pub fn program(numbers: &[u16]) -> Program {
    let mut maker = Maker::new(numbers);
    maker.main();
    let text = maker.items.join(" ");
    let tokens = tokens::tokens(&text);
    let (plain, noisy) = (tokens.join(" ") + "\n", tokens::noisy(&tokens, &mut maker.choices));
    Program { plain, noisy, items: maker.items }
}

/// Numbers from a seed.
pub fn numbers(seed: u64) -> Vec<u16> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        u16::try_from(state >> 48).unwrap()
    };
    (0..400).map(|_| next()).collect()
}

/// What makes a program.
struct Maker<'a> {
    choices: Choices<'a>,
    items: Vec<String>,
    /// The workflow or body that is being made.
    scope: Scope,
    /// How many names were given.
    count: usize,
    /// What a test may speak of.
    told: claims::Told,
    /// Every map states how many elements it takes: a budget stands above it.
    bounded: bool,
    /// Nobody is waited for: a lock stands above it.
    alone: bool,
    /// `r.kind` is known: an arm of a `match` stands above it.
    decided: bool,
}

/// What can be used where something is made.
#[derive(Default)]
struct Scope {
    values: Vec<Value>,
    /// Stages and `let`s since the block that is open began.
    declared: Vec<(String, Ty)>,
    /// Stages that always run.
    stages: Vec<String>,
    /// How many blocks and bodies are around.
    depth: usize,
}

impl<'a> Maker<'a> {
    fn new(numbers: &'a [u16]) -> Self {
        Self {
            choices: Choices::new(numbers),
            items: items::TYPES.map(str::to_owned).into(),
            scope: Scope::default(),
            count: 0,
            told: claims::Told::default(),
            bounded: false,
            alone: false,
            decided: false,
        }
    }

    /// A name that nothing has yet.
    fn name(&mut self, start: &str) -> String {
        self.count += 1;
        format!("{start}{}", self.count)
    }

    /// A stage or `let` that has a value from here on.
    fn declare(&mut self, name: &str, ty: Ty) {
        self.scope.values.extend(Value::with_parts(name, ty));
        self.scope.declared.push((name.to_owned(), ty));
    }

    /// A stage that always runs.
    fn declare_stage(&mut self, name: &str, ty: Ty) {
        self.declare(name, ty);
        self.scope.stages.push(name.to_owned());
        if self.scope.depth == 0 {
            self.told.stages.push(name.to_owned());
        }
    }

    /// A stage whose value may be absent.
    fn declare_absent(&mut self, name: &str, ty: Ty) {
        self.scope.values.extend(Value::of_absent(name, ty));
        self.scope.declared.push((name.to_owned(), ty));
        self.scope.stages.push(name.to_owned());
    }

    /// Makes something in a block: what it declares may be absent afterwards.
    fn in_block<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> T {
        let (values, stages) = (self.scope.values.len(), self.scope.stages.len());
        let declared = std::mem::take(&mut self.scope.declared);
        self.scope.depth += 1;
        let made = make(self);
        self.scope.depth -= 1;
        self.scope.values.truncate(values);
        self.scope.stages.truncate(stages);
        let inner = std::mem::replace(&mut self.scope.declared, declared);
        for (name, ty) in inner {
            self.scope.values.extend(Value::of_absent(&name, ty));
            self.scope.declared.push((name, ty));
        }
        made
    }

    /// Makes something in a body in braces, which sees what is around and keeps what it declares.
    fn in_body<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> T {
        let outer = Scope {
            values: self.scope.values.clone(),
            declared: Vec::new(),
            stages: Vec::new(),
            depth: self.scope.depth + 1,
        };
        self.in_scope(outer, make)
    }

    /// Makes something in a scope of its own.
    fn in_scope<T>(&mut self, scope: Scope, make: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.scope, scope);
        let made = make(self);
        self.scope = outer;
        made
    }

    /// A text that reads all that was declared since a place in the list of values, so that nothing is unused.
    fn all_since(&self, start: usize) -> String {
        let parts: Vec<String> =
            self.scope.values[start..].iter().map(|value| format!("${{{}}}", value.text())).collect();
        format!("\"{}\"", parts.concat())
    }
}

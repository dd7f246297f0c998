//! What is left behind by calls that are over, and that nobody has settled.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::report::MAYBE_HAPPENED;
use crate::engine::state::StageError;

/// Residues of the stages of an instance, by stage and item: none for almost all of them.
pub type Residues = BTreeMap<(u32, u32), Residue>;

/// What a call that is over leaves open, with all that was inside it: until somebody has settled that, nothing around it is
/// tried again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Residue {
    /// The first effect of which nobody knows whether it happened.
    maybe: Option<String>,
    /// How many more of them there are.
    more: u32,
    /// What was to be undone and was not, and why.
    not_undone: Vec<String>,
}

impl Residue {
    /// An effect that may have happened, at this path.
    pub fn maybe(path: String) -> Self {
        Self { maybe: Some(path), ..Self::default() }
    }

    /// What was to be undone at this path, and was not because of this.
    pub fn not_undone(path: &str, error: &StageError) -> Self {
        let detail = format!("undo_incomplete: `{path}`: {}, {}", error.class, error.message);
        Self { not_undone: vec![detail], ..Self::default() }
    }

    /// What is left open by something of which nothing but its failure is known.
    pub fn of_failure(path: String, error: &StageError) -> Self {
        let mut residue = if error.undo_incomplete { Self::not_undone(&path, error) } else { Self::default() };
        residue.maybe = error.maybe_happened.then_some(path);
        residue
    }

    /// All of them in one.
    pub fn sum<'a>(residues: impl Iterator<Item = &'a Self>) -> Self {
        let mut sum = Self::default();
        residues.for_each(|residue| sum.add(residue.clone()));
        sum
    }

    /// Adds another one.
    pub fn add(&mut self, other: Self) {
        self.more += match self.maybe {
            Some(_) => u32::from(other.maybe.is_some()) + other.more,
            None => other.more,
        };
        self.maybe = self.maybe.take().or(other.maybe);
        self.not_undone.extend(other.not_undone);
    }

    /// Leaves out what may have happened.
    pub fn forget_maybe(&mut self) {
        (self.maybe, self.more) = (None, 0);
    }

    /// Whether nothing is open.
    pub fn is_empty(&self) -> bool {
        !self.maybe_happened() && !self.undo_incomplete()
    }

    /// Whether an effect may have happened.
    pub fn maybe_happened(&self) -> bool {
        self.maybe.is_some()
    }

    /// Whether something that was to be undone was not.
    pub fn undo_incomplete(&self) -> bool {
        !self.not_undone.is_empty()
    }

    /// Adds it to a failure, as far as that does not say it by itself.
    pub fn add_to(&self, error: &mut StageError) {
        error.maybe_happened |= self.maybe_happened();
        error.undo_incomplete |= self.undo_incomplete();
        let maybe = self.maybe.as_ref().filter(|path| self.more > 0 || **path != error.stage);
        let maybe = maybe.map(|path| match self.more {
            0 => format!("`{path}` {MAYBE_HAPPENED}"),
            more => format!("`{path}` and {more} more {MAYBE_HAPPENED}"),
        });
        let told: BTreeSet<String> = error.details.iter().cloned().collect();
        let news = maybe.iter().chain(&self.not_undone).filter(|detail| !told.contains(*detail));
        error.details.extend(news.cloned());
    }
}

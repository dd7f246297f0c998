//! What is known to hold where in a workflow: conditions with their truth, and what follows from them for values.
//!
//! Statements of a workflow are numbered. A fact holds for a range of them; facts of an expression (the right side of `&&`, a
//! branch of `if`) hold until they are taken back.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::base::span::Span;
use crate::sema::scope::Root;

/// A variable with the fields that lead on from it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Path {
    /// The variable.
    pub root: Root,
    /// The fields.
    pub fields: Vec<Arc<str>>,
}

/// What is known of the value at a path.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Narrow {
    /// It is not `null`.
    Present,
    /// It is `null`.
    Absent,
    /// It is one of these strings.
    OneOf(Vec<Arc<str>>),
    /// It is none of these strings.
    NoneOf(Vec<Arc<str>>),
    /// The same of a field of it.
    Field(Arc<str>, Box<Narrow>),
}

/// A condition that is not taken apart further, compared by its text after name resolution.
#[derive(Debug)]
pub(super) struct Atom {
    /// The text that is compared.
    pub key: String,
    /// Its place, for messages.
    pub span: Span,
    /// What follows if it holds.
    pub if_true: Vec<Consequence>,
    /// What follows if it does not.
    pub if_false: Vec<Consequence>,
}

/// What follows from a condition.
#[derive(Debug, Clone)]
pub(super) enum Consequence {
    /// Something about a value.
    Narrow(Path, Narrow),
    /// Another condition.
    Holds(Lit),
    /// One of these conditions at least.
    OneOf(Vec<Lit>),
}

/// A condition with the truth that it has.
#[derive(Debug, Clone)]
pub(super) struct Lit {
    /// The condition.
    pub atom: Rc<Atom>,
    /// Whether it holds.
    pub holds: bool,
    /// The same of the condition as it is written, which may be the opposite of the one that is compared.
    pub stated: bool,
}

impl Lit {
    /// The opposite.
    pub fn negated(&self) -> Lit {
        Lit { atom: self.atom.clone(), holds: !self.holds, stated: !self.stated }
    }

    /// Whether both say the same.
    pub fn same(&self, other: &Lit) -> bool {
        self.holds == other.holds && self.atom.key == other.atom.key
    }

    /// What follows from it.
    pub fn consequences(&self) -> &[Consequence] {
        if self.holds { &self.atom.if_true } else { &self.atom.if_false }
    }
}

/// First and last statement for which something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    /// The first.
    pub from: u32,
    /// The last.
    pub to: u32,
}

impl Range {
    /// One statement.
    pub fn at(at: u32) -> Self {
        Self { from: at, to: at }
    }

    /// Whether all of `other` is inside.
    pub fn covers(self, other: Range) -> bool {
        self.from <= other.from && other.to <= self.to
    }

    /// What both have in common.
    pub fn and(self, other: Range) -> Option<Range> {
        let both = Range { from: self.from.max(other.from), to: self.to.min(other.to) };
        (both.from <= both.to).then_some(both)
    }
}

/// A condition whose truth is known, and where it was stated.
#[derive(Debug, Clone, Copy)]
pub(super) struct Truth {
    /// Where it holds.
    pub range: Range,
    /// Whether it is true there.
    pub holds: bool,
    /// The condition that says so.
    pub span: Span,
}

/// All that is known in one frame.
#[derive(Debug, Default)]
pub(super) struct Facts {
    truths: HashMap<String, Vec<Truth>>,
    narrows: HashMap<Path, Vec<(Range, Narrow)>>,
    clauses: Vec<(Range, Vec<Lit>)>,
    clauses_of: HashMap<String, Vec<usize>>,
    log: Vec<Entry>,
}

#[derive(Debug)]
enum Entry {
    Truth(String),
    Narrow(Path),
    Clause,
}

/// A point to which facts can be taken back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark(usize);

impl Facts {
    /// The truth of a condition throughout a range.
    pub fn truth(&self, key: &str, over: Range) -> Option<Truth> {
        self.truths.get(key)?.iter().rev().find(|truth| truth.range.covers(over)).copied()
    }

    /// What is known of a path at a statement.
    pub fn narrows<'f>(&'f self, path: &Path, at: u32) -> impl Iterator<Item = &'f Narrow> {
        let known = self.narrows.get(path).map_or(&[] as &[_], Vec::as_slice);
        known.iter().filter(move |(range, _)| range.covers(Range::at(at))).map(|(_, narrow)| narrow)
    }

    /// The disjunctions in which a condition occurs, with their ranges: the last ones, so that a thousand early exits that
    /// share a condition stay cheap.
    pub fn clauses_with(&self, key: &str) -> impl Iterator<Item = (Range, &[Lit])> {
        const CLAUSES_MAX: usize = 32;
        let indexes = self.clauses_of.get(key).map_or(&[] as &[_], Vec::as_slice);
        let last = &indexes[indexes.len().saturating_sub(CLAUSES_MAX)..];
        last.iter().map(|&index| (self.clauses[index].0, self.clauses[index].1.as_slice()))
    }

    /// Adds a condition with its truth.
    pub fn add_truth(&mut self, key: &str, truth: Truth) {
        self.truths.entry(key.to_owned()).or_default().push(truth);
        self.log.push(Entry::Truth(key.to_owned()));
    }

    /// Adds something about the value at a path.
    pub fn add_narrow(&mut self, path: Path, range: Range, narrow: Narrow) {
        self.log.push(Entry::Narrow(path.clone()));
        self.narrows.entry(path).or_default().push((range, narrow));
    }

    /// Adds that one of several conditions holds.
    pub fn add_clause(&mut self, range: Range, lits: Vec<Lit>) {
        for lit in &lits {
            self.clauses_of.entry(lit.atom.key.clone()).or_default().push(self.clauses.len());
        }
        self.clauses.push((range, lits));
        self.log.push(Entry::Clause);
    }

    /// Where to go back to.
    pub fn mark(&self) -> Mark {
        Mark(self.log.len())
    }

    /// Takes back all that was added since.
    pub fn reset(&mut self, mark: Mark) {
        for entry in self.log.drain(mark.0..).rev() {
            match entry {
                Entry::Truth(key) => {
                    self.truths.get_mut(&key).and_then(Vec::pop);
                }
                Entry::Narrow(path) => {
                    self.narrows.get_mut(&path).and_then(Vec::pop);
                }
                Entry::Clause => {
                    let Some((_, lits)) = self.clauses.pop() else { continue };
                    for lit in lits {
                        self.clauses_of.get_mut(&lit.atom.key).and_then(Vec::pop);
                    }
                }
            }
        }
    }
}

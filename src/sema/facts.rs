//! What is known to hold where in a workflow: conditions with their truth, and what follows from them for values.
//!
//! Statements of a workflow are numbered. A fact holds for a range of them; facts of an expression (the right side of `&&`, a
//! branch of `if`) hold until they are taken back.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::base::span::Span;
use crate::sema::interval::Side;
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
    /// Of a comparison with a constant: the key of what is compared, and what is left of it if it holds.
    pub compared: Option<(String, Side)>,
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
    /// Nobody knows what: something in the condition is wrong, and said already.
    Doubt,
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

    /// Of a comparison with a constant: the key of what is compared, and what is left of it.
    pub fn compared(&self) -> Option<(&str, Side)> {
        let (key, side) = self.atom.compared.as_ref()?;
        Some((key, if self.holds { *side } else { side.opposite() }))
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

/// Of the many facts about one thing the last ones are looked at: a thousand early exits stay cheap.
const LATEST: usize = 32;

/// All that is known in one frame.
#[derive(Debug, Default)]
pub(super) struct Facts {
    truths: HashMap<String, Vec<Truth>>,
    narrows: HashMap<Path, Vec<(Range, Narrow)>>,
    sides: HashMap<String, Vec<(Range, Side, Span)>>,
    clauses: Vec<(Range, Vec<Lit>)>,
    clauses_of: HashMap<String, Vec<usize>>,
    doubts: Vec<Range>,
    log: Vec<Entry>,
}

#[derive(Debug)]
enum Entry {
    Truth(String),
    Narrow(Path),
    Side(String),
    Clause,
    Doubt,
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

    /// What comparisons with constants leave of a value at a statement, the last ones.
    pub fn sides(&self, key: &str, at: u32) -> impl Iterator<Item = (Side, Span)> {
        let known = self.sides.get(key).map_or(&[] as &[_], Vec::as_slice);
        let last = &known[known.len().saturating_sub(LATEST)..];
        last.iter().filter(move |(range, _, _)| range.covers(Range::at(at))).map(|(_, side, span)| (*side, *span))
    }

    /// The disjunctions in which a condition occurs, with their ranges: the last ones.
    pub fn clauses_with(&self, key: &str) -> impl Iterator<Item = (Range, &[Lit])> {
        let indexes = self.clauses_of.get(key).map_or(&[] as &[_], Vec::as_slice);
        let last = &indexes[indexes.len().saturating_sub(LATEST)..];
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

    /// Adds what a comparison with a constant leaves of a value.
    pub fn add_side(&mut self, key: &str, range: Range, side: Side, span: Span) {
        self.sides.entry(key.to_owned()).or_default().push((range, side, span));
        self.log.push(Entry::Side(key.to_owned()));
    }

    /// Adds that one of several conditions holds.
    pub fn add_clause(&mut self, range: Range, lits: Vec<Lit>) {
        for lit in &lits {
            self.clauses_of.entry(lit.atom.key.clone()).or_default().push(self.clauses.len());
        }
        self.clauses.push((range, lits));
        self.log.push(Entry::Clause);
    }

    /// Adds that nobody knows what holds.
    pub fn add_doubt(&mut self, range: Range) {
        self.doubts.push(range);
        self.log.push(Entry::Doubt);
    }

    /// Whether something that nobody knows holds at a statement.
    pub fn is_in_doubt(&self, at: u32) -> bool {
        self.doubts.iter().any(|range| range.covers(Range::at(at)))
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
                Entry::Side(key) => {
                    self.sides.get_mut(&key).and_then(Vec::pop);
                }
                Entry::Doubt => {
                    self.doubts.pop();
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

//! Conditions taken apart: into what can be compared with other conditions, and what follows from each.

use std::fmt::Write;
use std::rc::Rc;
use std::sync::Arc;

use crate::base::span::Span;
use crate::sema::expr::{Body, is_unknown};
use crate::sema::facts::{Atom, Consequence, Lit, Mark, Narrow, Path, Range, Truth};
use crate::sema::interval::{self, Interval};
use crate::sema::scope::{Origin, Root};
use crate::value::Value;
use crate::value::expr::{BinaryOp, Entry, Expr, ExprKind, Observe, Part, Pattern, Var};

impl Body<'_, '_> {
    /// The conditions that together say that `expr` is `holds`. `&&` that holds and `||` that does not are several.
    pub fn literals(&self, expr: &Expr, holds: bool) -> Vec<Lit> {
        match &expr.kind {
            ExprKind::Not(inner) => self.literals(inner, !holds),
            ExprKind::Binary(BinaryOp::And, a, b) if holds => self.both(a, b, true),
            ExprKind::Binary(BinaryOp::Or, a, b) if !holds => self.both(a, b, false),
            ExprKind::Literal(Value::Bool(value)) if *value == holds => Vec::new(),
            _ => vec![self.lit(expr, holds)],
        }
    }

    fn both(&self, a: &Expr, b: &Expr, holds: bool) -> Vec<Lit> {
        let mut lits = self.literals(a, holds);
        lits.extend(self.literals(b, holds));
        lits
    }

    /// A condition in its normal form: `!=`, `>=` and `>` are the opposites of `==`, `<` and `<=`.
    fn lit(&self, expr: &Expr, holds: bool) -> Lit {
        let (op, flipped) = match &expr.kind {
            ExprKind::Binary(BinaryOp::NotEqual, _, _) => (Some(BinaryOp::Equal), true),
            ExprKind::Binary(BinaryOp::GreaterOrEqual, _, _) => (Some(BinaryOp::Less), true),
            ExprKind::Binary(BinaryOp::Greater, _, _) => (Some(BinaryOp::LessOrEqual), true),
            ExprKind::Binary(op, _, _) => (Some(*op), false),
            _ => (None, false),
        };
        let atom = match (&expr.kind, op) {
            _ if is_doubtful(expr) => self.doubtful_atom(expr),
            (ExprKind::Binary(_, a, b), Some(op)) => self.binary_atom(expr, op, a, b),
            _ => self.plain_atom(expr),
        };
        Lit { atom: Rc::new(atom), holds: holds != flipped, stated: holds }
    }

    fn plain_atom(&self, expr: &Expr) -> Atom {
        let mut key = String::new();
        self.write_key(expr, &mut key);
        Atom { key, span: expr.span, if_true: Vec::new(), if_false: Vec::new(), compared: None }
    }

    /// A condition with something wrong in it: whatever it was to say may hold.
    fn doubtful_atom(&self, expr: &Expr) -> Atom {
        let doubt = || vec![Consequence::Doubt];
        Atom { if_true: doubt(), if_false: doubt(), ..self.plain_atom(expr) }
    }

    fn binary_atom(&self, whole: &Expr, op: BinaryOp, a: &Expr, b: &Expr) -> Atom {
        // What is compared with a constant stands on the left.
        let swap = op == BinaryOp::Equal && matches!(a.kind, ExprKind::Literal(_));
        let (a, b) = if swap { (b, a) } else { (a, b) };
        let mut key = format!("({op:?} ");
        self.write_key(a, &mut key);
        key.push(' ');
        self.write_key(b, &mut key);
        key.push(')');
        let (if_true, if_false) = match op {
            BinaryOp::Equal => self.equal(a, b),
            BinaryOp::In => (self.one_of(a, b), Vec::new()),
            BinaryOp::And => (holding(self.both(a, b, true)), vec![Consequence::OneOf(self.opposites(a, b, true))]),
            BinaryOp::Or => (vec![Consequence::OneOf(self.opposites(a, b, false))], holding(self.both(a, b, false))),
            _ => (Vec::new(), Vec::new()),
        };
        let compared = interval::compared(op, a, b).map(|(subject, side)| {
            let mut key = String::new();
            self.write_key(subject, &mut key);
            (key, side)
        });
        Atom { key, span: whole.span, if_true, if_false, compared }
    }

    /// Of `!(a && b)` the conditions `!a`, `!b`; of `a || b` the conditions `a`, `b`. Where one of them is itself several at
    /// once it stays whole.
    fn opposites(&self, a: &Expr, b: &Expr, and: bool) -> Vec<Lit> {
        let mut lits = Vec::new();
        for part in [a, b] {
            let both = self.literals(part, and);
            match both.as_slice() {
                [one] if and => lits.push(one.negated()),
                [_, _, ..] if and => lits.extend(both.iter().map(Lit::negated)),
                _ => {
                    let either = self.literals(part, !and);
                    match either.as_slice() {
                        [one] => lits.push(one.clone()),
                        _ => lits.push(Lit { atom: Rc::new(self.plain_atom(part)), holds: !and, stated: !and }),
                    }
                }
            }
        }
        lits
    }

    fn equal(&self, a: &Expr, b: &Expr) -> (Vec<Consequence>, Vec<Consequence>) {
        let (Some(path), ExprKind::Literal(value)) = (self.path_of(a), &b.kind) else { return Default::default() };
        match value {
            Value::Null => (narrowed(&path, Narrow::Absent), narrowed(&path, Narrow::Present)),
            Value::String(text) => {
                let one = vec![text.clone()];
                (narrowed(&path, Narrow::OneOf(one.clone())), narrowed(&path, Narrow::NoneOf(one)))
            }
            _ => (narrowed(&path, Narrow::Present), Vec::new()),
        }
    }

    fn one_of(&self, a: &Expr, b: &Expr) -> Vec<Consequence> {
        match (self.path_of(a), strings(b)) {
            (Some(path), Some(texts)) => narrowed(&path, Narrow::OneOf(texts)),
            _ => Vec::new(),
        }
    }

    /// The path that an expression of names and fields is.
    pub fn path_of(&self, expr: &Expr) -> Option<Path> {
        let mut fields = Vec::new();
        let mut expr = expr;
        loop {
            match &expr.kind {
                ExprKind::Field(base, name) | ExprKind::OptionalField(base, name) => {
                    fields.push(name.clone());
                    expr = base;
                }
                ExprKind::Widen(inner, _) => expr = inner,
                ExprKind::Var(var) => {
                    fields.reverse();
                    return match self.origin(*var) {
                        Origin::Variable(root) => Some(Path { root, fields }),
                        Origin::Observed { .. } => None,
                    };
                }
                _ => return None,
            }
        }
    }

    /// Where a variable of the innermost frame comes from.
    pub fn origin(&self, var: Var) -> Origin {
        let frame = self.frames.len() - 1;
        self.frames[frame].origin(frame, var)
    }

    /// Adds what holds for statements of the innermost frame, with all that follows from it.
    pub fn assume(&mut self, lits: &[Lit], range: Range) {
        let mut todo: Vec<(Lit, Range)> = lits.iter().map(|lit| (lit.clone(), range)).collect();
        while let Some((lit, range)) = todo.pop() {
            if self.truth_over(&lit.atom.key, range).is_some() {
                continue;
            }
            let truth = Truth { range, holds: lit.holds, span: lit.atom.span };
            let facts = &mut self.frame_mut().facts;
            facts.add_truth(&lit.atom.key, truth);
            if let Some((subject, side)) = lit.compared() {
                facts.add_side(subject, range, side, lit.atom.span);
            }
            for consequence in lit.consequences().to_vec() {
                match consequence {
                    Consequence::Narrow(path, narrow) => self.add_narrow(path, range, narrow),
                    Consequence::Holds(lit) => todo.push((lit, range)),
                    Consequence::Doubt => self.frame_mut().facts.add_doubt(range),
                    Consequence::OneOf(lits) => todo.extend(self.add_clause(range, lits)),
                }
            }
            todo.extend(self.propagated(&lit.atom.key, range));
        }
    }

    /// Adds that one of several conditions holds for a range of statements.
    pub fn assume_one_of(&mut self, lits: Vec<Lit>, range: Range) {
        if let Some((lit, range)) = self.add_clause(range, lits) {
            self.assume(&[lit], range);
        }
    }

    fn add_clause(&mut self, range: Range, lits: Vec<Lit>) -> Option<(Lit, Range)> {
        let last = self.last_possible(&lits, range);
        self.frame_mut().facts.add_clause(range, lits);
        last.map(|lit| (lit, range))
    }

    /// What follows from disjunctions now that one more condition is known.
    fn propagated(&self, key: &str, range: Range) -> Vec<(Lit, Range)> {
        let mut found = Vec::new();
        let innermost = self.frames.len() - 1;
        for (index, frame) in self.frames.iter().enumerate() {
            for (clause_range, lits) in frame.facts.clauses_with(key) {
                let holds_here = clause_range.covers(Range::at(frame.at));
                let both = if index == innermost { clause_range.and(range) } else { holds_here.then_some(range) };
                let Some(both) = both else { continue };
                found.extend(self.last_possible(lits, both).map(|lit| (lit, both)));
            }
        }
        found
    }

    /// The one condition of a disjunction that is left when all others are known to be false.
    fn last_possible(&self, lits: &[Lit], range: Range) -> Option<Lit> {
        let mut left = None;
        for lit in lits {
            match self.truth_over(&lit.atom.key, range) {
                Some(truth) if truth.holds == lit.holds => return None,
                Some(_) => {}
                None if left.is_some() => return None,
                None => left = Some(lit.clone()),
            }
        }
        left
    }

    fn add_narrow(&mut self, path: Path, range: Range, narrow: Narrow) {
        let facts = &mut self.frame_mut().facts;
        let present = matches!(narrow, Narrow::Present | Narrow::OneOf(_));
        for length in (0..path.fields.len()).rev() {
            let prefix = Path { root: path.root, fields: path.fields[..length].to_vec() };
            if present {
                facts.add_narrow(prefix.clone(), range, Narrow::Present);
            }
            if length + 1 == path.fields.len() && matches!(narrow, Narrow::OneOf(_) | Narrow::NoneOf(_)) {
                let field = Narrow::Field(path.fields[length].clone(), Box::new(narrow.clone()));
                facts.add_narrow(prefix, range, field);
            }
        }
        facts.add_narrow(path, range, narrow);
    }

    /// Assumes that `expr` is `holds` while the present expression or statement is checked further.
    pub fn assume_here(&mut self, expr: &Expr, holds: bool) -> Mark {
        let lits = self.literals(expr, holds);
        self.assume_lits_here(&lits)
    }

    /// The same of conditions.
    pub fn assume_lits_here(&mut self, lits: &[Lit]) -> Mark {
        let mark = self.frame().facts.mark();
        let here = Range::at(self.frame().at);
        self.assume(lits, here);
        mark
    }

    /// Whether a condition with something wrong in it holds here, so that nobody knows what is there and what is not.
    pub fn is_in_doubt(&self) -> bool {
        self.frames.iter().any(|frame| frame.facts.is_in_doubt(frame.at))
    }

    /// Takes back what was assumed.
    pub fn forget(&mut self, mark: Mark) {
        self.frame_mut().facts.reset(mark);
    }

    /// The truth of a condition at the present place.
    pub fn truth(&self, key: &str) -> Option<Truth> {
        self.truth_over(key, Range::at(self.frame().at))
    }

    /// Whether a comparison with a constant holds here, and the comparison that says so.
    pub fn truth_by_sides(&self, lit: &Lit) -> Option<(bool, Span)> {
        let (subject, side) = lit.compared()?;
        let mut left = Interval::default();
        for frame in &self.frames {
            frame.facts.sides(subject, frame.at).for_each(|(side, span)| left.add(side, span));
        }
        left.decides(side)
    }

    fn truth_over(&self, key: &str, range: Range) -> Option<Truth> {
        let (innermost, outer) = self.frames.split_last()?;
        let inside = innermost.facts.truth(key, range);
        inside.or_else(|| outer.iter().rev().find_map(|frame| frame.facts.truth(key, Range::at(frame.at))))
    }

    /// Whether all these conditions are known to hold here; the first that is not otherwise.
    pub fn unmet<'l>(&self, guard: &'l [Lit]) -> Option<&'l Lit> {
        guard.iter().find(|lit| self.truth(&lit.atom.key).is_none_or(|truth| truth.holds != lit.holds))
    }

    /// The key of how a stage ended.
    pub fn observation_key(&self, what: Observe, frame: usize, stage: u32) -> String {
        format!("{what:?}:{frame}:{stage};")
    }

    /// Writes an expression so that equal texts mean equal values: names by what they stand for, no places.
    fn write_key(&self, expr: &Expr, key: &mut String) {
        match &expr.kind {
            ExprKind::Literal(value) => put(write!(key, "{value:?}")),
            ExprKind::Var(var) => self.write_var(*var, key),
            ExprKind::Observe(what, stage) => {
                key.push_str(&self.observation_key(*what, self.frames.len() - 1, *stage));
            }
            // `x?.f` and `x.f` are the same where both can stand.
            ExprKind::Field(base, name) | ExprKind::OptionalField(base, name) => {
                self.write_key(base, key);
                key.push('.');
                key.push_str(name);
            }
            ExprKind::As(inner, ty) => {
                put(write!(key, "(as {ty:?} "));
                self.write_key(inner, key);
                key.push(')');
            }
            ExprKind::Widen(inner, _) => self.write_key(inner, key),
            other => self.write_compound(expr, other, key),
        }
    }

    fn write_compound(&self, expr: &Expr, kind: &ExprKind, key: &mut String) {
        key.push('(');
        match kind {
            ExprKind::Binary(op, _, _) => put(write!(key, "{op:?}")),
            ExprKind::Call(builtin, _) => put(write!(key, "{builtin:?}")),
            ExprKind::Comprehension { condition, .. } => put(write!(key, "for{}", condition.is_some())),
            ExprKind::Match(_, arms) => {
                let patterns: Vec<&[Pattern]> = arms.iter().map(|arm| arm.patterns.as_slice()).collect();
                put(write!(key, "match{patterns:?}"));
            }
            ExprKind::Record(entries) => {
                let names = entries.iter().map(|entry| match entry {
                    Entry::Field(name, _) => name,
                    Entry::Spread(_) => "..",
                });
                put(write!(key, "record{:?}", names.collect::<Vec<_>>()));
            }
            ExprKind::Interpolate(parts) => {
                let texts = parts.iter().map(|part| match part {
                    Part::Text(text) => Some(text),
                    Part::Value(_) => None,
                });
                put(write!(key, "text{:?}", texts.collect::<Vec<_>>()));
            }
            ExprKind::Not(_) => key.push('!'),
            ExprKind::Negate(_) => key.push('-'),
            ExprKind::Index(_, _) => key.push_str("index"),
            ExprKind::If(_, _, _) => key.push_str("if"),
            ExprKind::List(_) => key.push_str("list"),
            _ => {}
        }
        let mut parts = Vec::new();
        expr.children(&mut parts);
        for part in parts {
            key.push(' ');
            self.write_key(part, key);
        }
        key.push(')');
    }

    fn write_var(&self, var: Var, key: &mut String) {
        match self.origin(var) {
            Origin::Variable(Root { frame, var }) => put(write!(key, "{var:?}:{frame}")),
            Origin::Observed { frame, what, stage } => key.push_str(&self.observation_key(what, frame, stage)),
        }
    }
}

/// Whether something in an expression is wrong, and said already.
pub(super) fn is_doubtful(expr: &Expr) -> bool {
    let mut parts = Vec::new();
    expr.children(&mut parts);
    is_unknown(expr) || parts.into_iter().any(is_doubtful)
}

/// A string takes all that is written to it.
fn put(written: std::fmt::Result) {
    written.expect("a string takes all that is written to it");
}

fn narrowed(path: &Path, narrow: Narrow) -> Vec<Consequence> {
    vec![Consequence::Narrow(path.clone(), narrow)]
}

fn holding(lits: Vec<Lit>) -> Vec<Consequence> {
    lits.into_iter().map(Consequence::Holds).collect()
}

/// The strings of a list of string literals.
fn strings(expr: &Expr) -> Option<Vec<Arc<str>>> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        _ => None,
    };
    match &expr.kind {
        ExprKind::Literal(Value::List(values)) => values.iter().map(|value| text(&value)).collect(),
        ExprKind::List(items) => items
            .iter()
            .map(|item| match &item.kind {
                ExprKind::Literal(value) => text(value),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

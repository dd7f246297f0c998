//! Comparisons of one value with constants: what several of them leave of it.

use std::cmp::Ordering;

use crate::base::span::Span;
use crate::value::Value;
use crate::value::expr::{BinaryOp, Expr, ExprKind};

/// What a comparison with a constant leaves of a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Side {
    /// Nothing above this: not this itself where `closed` is false.
    UpTo(Amount, bool),
    /// Nothing below this, likewise.
    From(Amount, bool),
    /// This alone.
    Only(Amount),
    /// Anything but this.
    Not(Amount),
}

/// A number, or what a unit counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Amount {
    /// One of a row without gaps.
    Whole(i64),
    /// Between two of them there is always another.
    Real(f64),
}

impl Amount {
    fn of(expr: &Expr) -> Option<Self> {
        match &expr.kind {
            ExprKind::Literal(Value::Int(n) | Value::Duration(n) | Value::Money(n)) => Some(Self::Whole(*n)),
            ExprKind::Literal(Value::Tokens(n) | Value::Size(n)) => Some(Self::Whole(*n)),
            ExprKind::Literal(Value::Float(x)) => Some(Self::Real(*x)),
            _ => None,
        }
    }

    /// `None` where a whole number is too large to be compared with a fraction.
    fn cmp(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => Some(a.cmp(&b)),
            (a, b) => a.real()?.partial_cmp(&b.real()?),
        }
    }

    fn real(self) -> Option<f64> {
        const EXACT_MAX: i64 = 1 << 53;
        match self {
            Self::Real(x) => Some(x),
            Self::Whole(n) => (-EXACT_MAX..=EXACT_MAX).contains(&n).then_some(n as f64),
        }
    }
}

/// What is compared, and what the comparison leaves of it where it holds.
pub(super) fn compared<'e>(op: BinaryOp, a: &'e Expr, b: &'e Expr) -> Option<(&'e Expr, Side)> {
    let (subject, amount, left) = match (Amount::of(a), Amount::of(b)) {
        (None, Some(amount)) => (a, amount, true),
        (Some(amount), None) => (b, amount, false),
        _ => return None,
    };
    let side = match (op, left) {
        (BinaryOp::Less, true) | (BinaryOp::Greater, false) => Side::UpTo(amount, false),
        (BinaryOp::LessOrEqual, true) | (BinaryOp::GreaterOrEqual, false) => Side::UpTo(amount, true),
        (BinaryOp::Greater, true) | (BinaryOp::Less, false) => Side::From(amount, false),
        (BinaryOp::GreaterOrEqual, true) | (BinaryOp::LessOrEqual, false) => Side::From(amount, true),
        (BinaryOp::Equal, _) => Side::Only(amount),
        _ => return None,
    };
    Some((subject, side.closed()))
}

impl Side {
    /// The same with an end that belongs to it, where that can be said.
    fn closed(self) -> Self {
        match self {
            Self::UpTo(Amount::Whole(n), false) if n > i64::MIN => Self::UpTo(Amount::Whole(n - 1), true),
            Self::From(Amount::Whole(n), false) if n < i64::MAX => Self::From(Amount::Whole(n + 1), true),
            other => other,
        }
    }

    /// What is left where the comparison does not hold.
    pub fn opposite(self) -> Self {
        let opposite = match self {
            Self::UpTo(amount, closed) => Self::From(amount, !closed),
            Self::From(amount, closed) => Self::UpTo(amount, !closed),
            Self::Only(amount) => Self::Not(amount),
            Self::Not(amount) => Self::Only(amount),
        };
        opposite.closed()
    }
}

/// One end of what is left, whether it belongs to it, and the comparison that says so.
type End = Option<(Amount, bool, Span)>;

/// What several comparisons leave of a value.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Interval {
    from: End,
    to: End,
}

impl Interval {
    /// Adds a comparison that holds.
    pub fn add(&mut self, side: Side, span: Span) {
        match side {
            Side::UpTo(amount, closed) => tighten(&mut self.to, amount, closed, span, Ordering::Less),
            Side::From(amount, closed) => tighten(&mut self.from, amount, closed, span, Ordering::Greater),
            Side::Only(amount) => {
                tighten(&mut self.to, amount, true, span, Ordering::Less);
                tighten(&mut self.from, amount, true, span, Ordering::Greater);
            }
            Side::Not(_) => {}
        }
    }

    /// Whether a comparison holds, if that is known, and the one that says so.
    pub fn decides(&self, side: Side) -> Option<(bool, Span)> {
        match side {
            Side::UpTo(amount, closed) => {
                let all = self.to.filter(|(end, own, _)| below(*end, amount, closed || !own));
                let none = self.from.filter(|(end, own, _)| below(amount, *end, !(closed && *own)));
                all.map(|(_, _, span)| (true, span)).or(none.map(|(_, _, span)| (false, span)))
            }
            Side::From(amount, closed) => self.decides(Side::UpTo(amount, !closed)).map(|(holds, span)| (!holds, span)),
            Side::Only(amount) => {
                let outside = |side| self.decides(side).filter(|(holds, _)| !holds);
                let out = outside(Side::UpTo(amount, true)).or_else(|| outside(Side::From(amount, true)));
                out.or_else(|| match (self.from, self.to) {
                    (Some((from, true, span)), Some((to, true, _))) => {
                        let same = |end: Amount| end.cmp(amount) == Some(Ordering::Equal);
                        (same(from) && same(to)).then_some((true, span))
                    }
                    _ => None,
                })
            }
            Side::Not(amount) => self.decides(Side::Only(amount)).map(|(holds, span)| (!holds, span)),
        }
    }
}

/// Whether `a` lies below `b`, or at the same place where that is enough.
fn below(a: Amount, b: Amount, or_equal: bool) -> bool {
    match a.cmp(b) {
        Some(Ordering::Less) => true,
        Some(Ordering::Equal) => or_equal,
        _ => false,
    }
}

fn tighten(end: &mut End, amount: Amount, closed: bool, span: Span, tighter: Ordering) {
    let replaces = match end {
        None => true,
        Some((own, own_closed, _)) => match amount.cmp(*own) {
            Some(Ordering::Equal) => *own_closed && !closed,
            order => order == Some(tighter),
        },
    };
    if replaces {
        *end = Some((amount, closed, span));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::span::FileId;
    use Amount::{Real, Whole};
    use Side::{From, Not, Only, UpTo};

    fn decided(known: &[Side], side: Side) -> Option<bool> {
        let span = Span::start_of(FileId::new(0));
        let mut interval = Interval::default();
        known.iter().for_each(|side| interval.add(side.closed(), span));
        interval.decides(side.closed()).map(|(holds, _)| holds)
    }

    #[test]
    fn what_is_left_decides_what_lies_outside_and_around_it() {
        let whole = |from, to| [From(Whole(from), true), UpTo(Whole(to), true)];
        assert_eq!(decided(&whole(3, 5), UpTo(Whole(5), true)), Some(true));
        assert_eq!(decided(&whole(3, 5), UpTo(Whole(3), false)), Some(false));
        assert_eq!(decided(&whole(3, 5), UpTo(Whole(3), true)), None);
        assert_eq!(decided(&whole(3, 5), From(Whole(6), true)), Some(false));
        assert_eq!(decided(&whole(3, 5), Only(Whole(6))), Some(false));
        assert_eq!(decided(&whole(3, 3), Only(Whole(3))), Some(true));
        assert_eq!(decided(&whole(3, 3), Not(Whole(3))), Some(false));
        assert_eq!(decided(&[Not(Whole(3))], Only(Whole(3))), None);
    }

    #[test]
    fn between_neighbours_there_are_fractions_only() {
        assert_eq!(decided(&[From(Whole(5), false)], UpTo(Whole(6), false)), Some(false));
        assert_eq!(decided(&[From(Real(5.0), false)], UpTo(Real(6.0), false)), None);
        assert_eq!(decided(&[From(Real(5.0), false)], UpTo(Real(5.0), true)), Some(false));
        assert_eq!(decided(&[From(Real(5.0), true)], UpTo(Real(5.0), true)), None);
        assert_eq!(decided(&[From(Real(5.5), true)], UpTo(Whole(6), false)), Some(false));
    }

    /// Small numbers show by trying whether an answer is right.
    #[test]
    fn answers_hold_for_every_number() {
        let sides = |amount| {
            [
                UpTo(amount, true),
                UpTo(amount, false),
                From(amount, true),
                From(amount, false),
                Only(amount),
                Not(amount),
            ]
        };
        let all: Vec<Side> = (-2..=2).flat_map(|n| sides(Whole(n))).collect();
        let holds = |side: &Side, n: i64| match *side {
            UpTo(Whole(end), closed) => n < end || (closed && n == end),
            From(Whole(end), closed) => n > end || (closed && n == end),
            Only(Whole(end)) => n == end,
            Not(Whole(end)) => n != end,
            _ => unreachable!("whole numbers only"),
        };
        let count = all.len();
        for index in 0..count.pow(3) {
            let (a, b, side) = (&all[index % count], &all[index / count % count], &all[index / count / count]);
            let left: Vec<bool> = (-4..=4).filter(|n| holds(a, *n) && holds(b, *n)).map(|n| holds(side, n)).collect();
            if left.is_empty() {
                continue;
            }
            match decided(&[*a, *b], *side) {
                Some(answer) => assert!(left.iter().all(|one| *one == answer), "{a:?} {b:?} {side:?}"),
                None => {
                    let open = left.contains(&true) && left.contains(&false);
                    let by_gap = [a, b, side].iter().any(|side| matches!(side, Not(_)));
                    assert!(open || by_gap, "{a:?} {b:?} {side:?}");
                }
            }
        }
    }
}

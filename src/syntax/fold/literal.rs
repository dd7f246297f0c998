//! Strings and numbers.

use super::{Fold, children};
use crate::base::span::Span;
use crate::syntax::ast::{Expr, ExprKind, Pattern, PatternKind, Spanned, StringPart};
use crate::syntax::errors;
use crate::syntax::grammar::{Pair, Rule};
use crate::syntax::number;
use crate::syntax::string::{self, Part, Piece, Quotes};

impl Fold<'_> {
    /// Any string: its parts with the expressions between them.
    pub(super) fn string(&self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        let parts = self.string_parts(&pair);
        let mut holes: Vec<_> = holes(pair).map(Some).collect();
        let parts = parts.into_iter().map(|part| match part {
            Part::Text(text) => StringPart::Text(text),
            Part::Hole(index) => StringPart::Expr(self.interpolated(holes[index].take(), span)),
        });
        Expr { kind: ExprKind::String(parts.collect()), span }
    }

    /// `${expr}`.
    fn interpolated(&self, pair: Option<Pair<'_>>, span: Span) -> Expr {
        match pair.and_then(|pair| children(pair).next()) {
            Some(inner) => self.expr(inner),
            None => Expr { kind: ExprKind::Broken, span },
        }
    }

    /// A string without `${}`; one that has some is reported.
    pub(super) fn literal(&self, pair: &Pair<'_>, what: &str) -> Spanned<String> {
        if let Some(hole) = holes(pair.clone()).next() {
            self.report(errors::no_interpolation(self.span(&hole), what));
        }
        let texts = self.string_parts(pair).into_iter().filter_map(|part| match part {
            Part::Text(text) => Some(text),
            Part::Hole(_) => None,
        });
        Spanned { value: texts.collect(), span: self.span(pair) }
    }

    pub(super) fn literals(&self, pair: Pair<'_>, what: &str) -> Vec<Spanned<String>> {
        children(pair).map(|child| self.literal(&child, what)).collect()
    }

    fn string_parts(&self, pair: &Pair<'_>) -> Vec<Part> {
        let (text, base) = (pair.as_str(), pair.as_span().start());
        let quotes = Quotes::of(text);
        let (mut at, end) = (quotes.before(), text.len() - quotes.after());
        let mut pieces = Vec::new();
        for (index, hole) in holes(pair.clone()).enumerate() {
            let span = hole.as_span();
            pieces.push(Piece::Text(&text[at..span.start() - base], at));
            pieces.push(Piece::Hole(index));
            at = span.end() - base;
        }
        pieces.push(Piece::Text(&text[at..end], at));
        string::value(quotes, &pieces, &mut |bad| {
            let start = base + bad.start;
            let place = self.place(start, start + bad.len);
            self.report(errors::bad_escape(place, &text[bad.start..bad.start + bad.len], bad.code_point));
        })
    }

    pub(super) fn number(&self, pair: &Pair<'_>) -> ExprKind {
        self.read(pair, number::read(pair.as_str())).unwrap_or(ExprKind::Broken)
    }

    /// A bound: a whole number. One that cannot be read counts as 1 once it is reported.
    pub(super) fn whole(&self, pair: &Pair<'_>) -> Spanned<i64> {
        let value = self.read(pair, number::read_whole(pair.as_str())).unwrap_or(1);
        Spanned { value, span: self.span(pair) }
    }

    pub(super) fn duration(&self, pair: &Pair<'_>) -> Spanned<i64> {
        let value = self.read(pair, number::read_duration(pair.as_str())).unwrap_or(1_000);
        Spanned { value, span: self.span(pair) }
    }

    fn read<T>(&self, pair: &Pair<'_>, result: Result<T, number::BadNumber>) -> Option<T> {
        result.map_err(|problem| self.report(errors::bad_number(self.span(pair), problem))).ok()
    }

    pub(super) fn pattern(&self, pair: Pair<'_>) -> Pattern {
        let span = self.span(&pair);
        let mut negative = false;
        let mut value = PatternKind::Any;
        for child in children(pair) {
            value = match child.as_rule() {
                Rule::negate => {
                    negative = true;
                    continue;
                }
                Rule::number => {
                    let number = self.whole(&child).value;
                    PatternKind::Int(if negative { -number } else { number })
                }
                Rule::string => PatternKind::String(self.literal(&child, "a pattern").value),
                Rule::wildcard => PatternKind::Any,
                _ => self.word_pattern(&child),
            };
        }
        Spanned { value, span }
    }

    fn word_pattern(&self, pair: &Pair<'_>) -> PatternKind {
        match pair.as_str() {
            "true" => PatternKind::Bool(true),
            "false" => PatternKind::Bool(false),
            other => {
                self.report(errors::not_a_pattern(self.span(pair), other));
                PatternKind::Any
            }
        }
    }
}

/// The `${…}` of a string.
fn holes(pair: Pair<'_>) -> impl Iterator<Item = Pair<'_>> {
    pair.into_inner().filter(|part| part.as_rule() == Rule::interp)
}

//! Tests and properties.

use super::{Fold, child, children, presume};
use crate::base::span::Span;
use crate::syntax::ast::{
    Expr, ExprKind, Formula, Mock, MockAnswer, MockStep, Name, Property, Spanned, Test, TestStmt,
};
use crate::syntax::grammar::{Pair, Rule};

impl Fold<'_> {
    pub(super) fn test(&self, pair: Pair<'_>) -> Test {
        let (doc, span) = (self.doc(&pair), self.span(&pair));
        let mut parts = children(pair);
        let name = self.literal(&presume(&mut parts), "the name of a test");
        Test { doc, name, body: parts.filter_map(|part| self.test_statement(part)).collect(), span }
    }

    fn test_statement(&self, pair: Pair<'_>) -> Option<TestStmt> {
        Some(match pair.as_rule() {
            Rule::let_s => TestStmt::Let(self.let_s(pair)),
            Rule::run => TestStmt::Run(self.call(presume(&mut children(pair)))),
            Rule::mock => TestStmt::Mock(self.mock(pair)),
            Rule::expect => TestStmt::Expect(self.only_expr(&pair)),
            Rule::replay => TestStmt::Replay(self.literal(&presume(&mut children(pair)), "a path")),
            Rule::crash => TestStmt::CrashEverywhere(self.span(&pair)),
            _ => return None,
        })
    }

    fn mock(&self, pair: Pair<'_>) -> Mock {
        let span = self.span(&pair);
        let mut parts = children(pair).peekable();
        let path = self.path(presume(&mut parts));
        let args = parts.next_if(|part| part.as_rule() == Rule::args).map(|args| self.args(args));
        Mock { path, args, steps: parts.map(|step| self.mock_step(step)).collect(), span }
    }

    fn mock_step(&self, pair: Pair<'_>) -> MockStep {
        let span = self.span(&pair);
        let takes = child(&pair, Rule::takes).map(|takes| self.only_expr(&takes));
        let mut answer = MockAnswer::NeverAnswers;
        for part in children(pair) {
            answer = match part.as_rule() {
                Rule::returns => MockAnswer::Returns(self.only_expr(&part)),
                Rule::fails => {
                    let (class, times) = self.fails(part);
                    MockAnswer::Fails(class, times)
                }
                Rule::approves => MockAnswer::Approves,
                Rule::retries => MockAnswer::Retries,
                Rule::skips => MockAnswer::Skips,
                _ => answer,
            };
        }
        MockStep { takes, answer, span }
    }

    /// `fails CLASS [once | twice | N times]`.
    pub(super) fn fails(&self, pair: Pair<'_>) -> (Name, Option<Spanned<i64>>) {
        let mut parts = children(pair);
        let class = self.name(&presume(&mut parts));
        (class, parts.next().map(|times| self.times(times)))
    }

    fn times(&self, pair: Pair<'_>) -> Spanned<i64> {
        let span = self.span(&pair);
        let part = presume(&mut children(pair));
        let value = match part.as_str() {
            "once" => 1,
            "twice" => 2,
            _ => self.whole(&part).value,
        };
        Spanned { value, span }
    }

    pub(super) fn property(&self, pair: Pair<'_>) -> Property {
        let (doc, span) = (self.doc(&pair), self.span(&pair));
        let mut parts = children(pair);
        let name = self.literal(&presume(&mut parts), "the name of a property");
        let workflow = self.path(presume(&mut parts));
        Property { doc, name, workflow, formula: self.formula(presume(&mut parts)), span }
    }

    fn formula(&self, pair: Pair<'_>) -> Formula {
        let span = self.span(&pair);
        let mut parts = children(pair);
        let first = presume(&mut parts);
        match (first.as_rule(), parts.next()) {
            (Rule::never, _) => Formula::Never(self.only_expr(&first)),
            (Rule::expr, Some(second)) if second.as_rule() == Rule::requires => {
                Formula::Requires(self.expr(first), self.only_expr(&second))
            }
            (Rule::expr, Some(second)) => Formula::LeadsTo(self.expr(first), self.only_expr(&second)),
            _ => Formula::Never(unknown(span)),
        }
    }
}

fn unknown(span: Span) -> Expr {
    Expr { kind: ExprKind::Broken, span }
}

//! Statements of a workflow and what a stage does.

use super::{Fold, child, children, presume};
use crate::base::span::Span;
use crate::diag::Diagnostic;
use crate::syntax::ast::{
    Alternative, AnyOf, Arm, ArmBody, Ask, Block, Call, Clause, Clauses, Event, Expr, ExprKind, Fail, FirstOf, Leaf,
    Let, Map, MapBody, Match, PatternKind, Return, Spanned, Stage, StageBody, Stmt, Wait, When,
};
use crate::syntax::errors;
use crate::syntax::fold::clause::{Place, first_word};
use crate::syntax::grammar::{Pair, Pairs, Rule};

/// What a block of statements belongs to: it decides about `return` and clauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Workflow,
    /// `{ statements return expr }` of a map or arm.
    Inline,
    When,
    Finally,
}

impl Fold<'_> {
    /// The statements in braces, and the clauses at their head (of a workflow only; elsewhere they are reported).
    pub(super) fn body(&self, pair: Pair<'_>, owner: Owner) -> (Block, Vec<Clause>) {
        let span = self.span(&pair);
        let parts = self.deeper(1, span, || self.statements(pair, owner)).unwrap_or_default();
        (Block { body: parts.0, span }, parts.1)
    }

    fn block(&self, pair: Pair<'_>, owner: Owner) -> Block {
        self.body(pair, owner).0
    }

    /// Adds the statements that `pairs` are to a workflow that has some or none; gives what is wrong with them.
    pub(in crate::syntax) fn more_statements(self, pairs: Pairs<'_>, body: &mut Vec<Stmt>) -> Vec<Diagnostic> {
        self.deeper(1, self.place(0, 0), || {
            self.add(pairs.filter(|pair| pair.as_rule() != Rule::EOI), Owner::Workflow, body, &mut Vec::new());
        });
        self.finish_found()
    }

    /// What is wrong with the `return`s of a whole workflow.
    pub(in crate::syntax) fn returns_of(self, body: &[Stmt]) -> Vec<Diagnostic> {
        self.check_return(body, Owner::Workflow);
        self.finish_found()
    }

    fn statements(&self, pair: Pair<'_>, owner: Owner) -> (Vec<Stmt>, Vec<Clause>) {
        let (mut body, mut clauses) = (Vec::new(), Vec::new());
        self.add(children(pair), owner, &mut body, &mut clauses);
        self.check_return(&body, owner);
        self.check_twice(&clauses);
        (body, clauses)
    }

    fn add<'i>(
        &self,
        parts: impl Iterator<Item = Pair<'i>>,
        owner: Owner,
        body: &mut Vec<Stmt>,
        clauses: &mut Vec<Clause>,
    ) {
        // Where the last part ends, and whether it was a clause that stands among statements.
        let (mut last, mut beside) = (None, false);
        for part in parts {
            let span = self.span(&part);
            let same_line =
                |end: u32| !self.comments.text()[end as usize..span.start.max(end) as usize].contains(['\n', '\r']);
            let whole = body.last().is_some_and(|before| !matches!(before, Stmt::Broken(_)));
            let behind = whole && last.is_some_and(same_line);
            last = Some(span.end);
            let statement = self.statement(part.clone());
            let after_clause = std::mem::replace(&mut beside, statement.is_none());
            match statement {
                Some(statement) => body.push(statement),
                // Several clauses in a row are one slip.
                None if after_clause && !body.is_empty() => {}
                None if behind
                    || owner != Owner::Workflow
                    || !Place::Workflow.takes(first_word(part.as_str())) && !body.is_empty() =>
                {
                    self.report(errors::clause_in_block(span, first_word(part.as_str())))
                }
                None if body.iter().any(|statement| !matches!(statement, Stmt::Broken(_))) => {
                    self.report(errors::clause_after_statement(span, first_word(part.as_str())))
                }
                None => clauses.extend(self.clause(part, Place::Workflow)),
            }
        }
    }

    /// A statement; `None` for a clause.
    fn statement(&self, pair: Pair<'_>) -> Option<Stmt> {
        let span = self.span(&pair);
        Some(match pair.as_rule() {
            Rule::let_s => Stmt::Let(self.let_s(pair)),
            Rule::stage => self.stage(pair),
            Rule::when_s => self.when_s(pair),
            Rule::fail_s => Stmt::Fail(Fail { message: self.string(presume(&mut children(pair))), span }),
            Rule::return_s => Stmt::Return(Return { value: self.only_expr(&pair), span }),
            Rule::finally_s => {
                let block = self.block(presume(&mut children(pair)), Owner::Finally);
                Stmt::Finally(Block { span, ..block })
            }
            Rule::hole => Stmt::Broken(self.broken(&pair)),
            _ => return None,
        })
    }

    fn check_return(&self, body: &[Stmt], owner: Owner) {
        let returns: Vec<Span> = body
            .iter()
            .filter_map(|statement| if let Stmt::Return(found) = statement { Some(found.span) } else { None })
            .collect();
        if matches!(owner, Owner::When | Owner::Finally) {
            let inside = if owner == Owner::When { "when" } else { "finally" };
            returns.iter().for_each(|span| self.report(errors::return_in_block(*span, inside)));
        } else if let [first, rest @ ..] = returns.as_slice() {
            rest.iter().for_each(|again| self.report(errors::return_twice(*again, *first)));
            if rest.is_empty() && !matches!(body.last(), Some(Stmt::Return(_))) {
                self.report(errors::return_not_last(*first));
            }
        }
    }

    pub(super) fn let_s(&self, pair: Pair<'_>) -> Let {
        let (doc, span) = (self.doc(&pair), self.span(&pair));
        let mut parts = children(pair);
        let name = self.name(&presume(&mut parts));
        Let { doc, name, value: self.expr(presume(&mut parts)), span }
    }

    /// `when a { } else when b { } else { }`, which nests in the `else`.
    fn when_s(&self, pair: Pair<'_>) -> Stmt {
        let span = self.span(&pair);
        let broken = self.broken(&pair);
        let parts: Vec<Pair<'_>> = children(pair).collect();
        let chain = u32::try_from(parts.len() / 2).unwrap_or(u32::MAX);
        let built = self.deeper(chain, span, || self.when_chain(parts, span)).flatten();
        built.map_or(Stmt::Broken(broken), Stmt::When)
    }

    fn when_chain(&self, mut parts: Vec<Pair<'_>>, span: Span) -> Option<When> {
        let last = if parts.len() % 2 == 1 { parts.pop() } else { None };
        let mut otherwise = last.map(|block| self.block(block, Owner::When));
        let mut built: Option<When> = None;
        while let (Some(then), Some(condition)) = (parts.pop(), parts.pop()) {
            let then = self.block(then, Owner::When);
            let condition = self.expr(condition);
            // A `when` after `else` begins at its own word, which stands right before its condition.
            let start = if parts.is_empty() { span.start } else { self.word_before(condition.span) };
            let whole = Span { start, end: otherwise.as_ref().map_or(then.span.end, |block| block.span.end), ..span };
            let when = When { condition, then, otherwise: otherwise.take(), span: whole };
            if !parts.is_empty() {
                otherwise = Some(Block { body: vec![Stmt::When(when)], span: whole });
            } else {
                built = Some(when);
            }
        }
        built
    }

    /// Where the word `when` before a condition begins.
    fn word_before(&self, span: Span) -> u32 {
        let before = &self.comments.text()[..span.start as usize];
        before.rfind("when").and_then(|at| u32::try_from(at).ok()).unwrap_or(span.start)
    }

    fn stage(&self, pair: Pair<'_>) -> Stmt {
        let (doc, span) = (self.doc(&pair), self.span(&pair));
        let mut parts = children(pair);
        let name = self.name(&presume(&mut parts));
        let body = self.stage_body(presume(&mut parts));
        let place = if asks(&body) { Place::AskStage } else { Place::Stage };
        let clauses = self.clauses(parts.next(), place);
        Stmt::Stage(Stage { doc, name, body, clauses, span })
    }

    fn stage_body(&self, pair: Pair<'_>) -> StageBody {
        match pair.as_rule() {
            Rule::map => StageBody::Map(Box::new(self.map(pair))),
            Rule::match_s => StageBody::Match(Box::new(self.match_s(pair))),
            Rule::first_of => StageBody::FirstOf(self.first_of(pair)),
            Rule::any_of => StageBody::AnyOf(Box::new(self.any_of(pair))),
            _ => StageBody::Leaf(self.leaf(pair)),
        }
    }

    fn leaf(&self, pair: Pair<'_>) -> Leaf {
        let span = self.span(&pair);
        match pair.as_rule() {
            Rule::ask => Leaf::Ask(Box::new(self.ask(pair, span))),
            Rule::event => {
                let mut parts = children(pair);
                let args = self.args(presume(&mut parts));
                Leaf::Event(Box::new(Event { args, payload: self.ty(presume(&mut parts)), span }))
            }
            Rule::wait => Leaf::Wait(Wait { args: self.args(presume(&mut children(pair))), span }),
            _ => Leaf::Call(self.call(pair)),
        }
    }

    pub(super) fn call(&self, pair: Pair<'_>) -> Call {
        let span = self.span(&pair);
        let mut parts = children(pair);
        let path = self.path(presume(&mut parts));
        Call { path, args: self.args(presume(&mut parts)), span }
    }

    fn ask(&self, pair: Pair<'_>, span: Span) -> Ask {
        let mut ask = Ask { args: Vec::new(), answer: None, approves: None, span };
        for part in children(pair) {
            match part.as_rule() {
                Rule::args => ask.args = self.args(part),
                Rule::r#type => ask.answer = Some(self.ty(part)),
                _ => ask.approves = Some(self.path(part)),
            }
        }
        ask
    }

    fn map(&self, pair: Pair<'_>) -> Map {
        let span = self.span(&pair);
        let mut parts = children(pair);
        let item = self.name(&presume(&mut parts));
        let source = self.expr(presume(&mut parts));
        let mut next = presume(&mut parts);
        let mut up_to = None;
        if next.as_rule() == Rule::number {
            up_to = Some(self.whole(&next));
            next = presume(&mut parts);
        }
        let body = match next.as_rule() {
            Rule::body => MapBody::Inline(self.block(next, Owner::Inline)),
            _ => MapBody::Leaf(self.leaf(next)),
        };
        Map { item, source, up_to, body, span }
    }

    fn match_s(&self, pair: Pair<'_>) -> Match {
        let span = self.span(&pair);
        let mut parts = children(pair);
        let subject = self.expr(presume(&mut parts));
        Match { subject, arms: parts.map(|arm| self.arm(arm)).collect(), span }
    }

    fn arm(&self, pair: Pair<'_>) -> Arm {
        let span = self.span(&pair);
        let unknown = ArmBody::Use(Expr { kind: ExprKind::Broken, span });
        let mut arm = Arm { patterns: Vec::new(), body: unknown, clauses: Clauses::default(), span };
        for part in children(pair) {
            let place = self.span(&part);
            match part.as_rule() {
                Rule::pattern => arm.patterns.push(self.pattern(part)),
                Rule::hole if arm.patterns.is_empty() => arm.patterns.push(Spanned { value: PatternKind::Any, span }),
                Rule::hole => {}
                Rule::body => arm.body = ArmBody::Inline(self.block(part, Owner::Inline)),
                Rule::skip_arm => arm.body = ArmBody::Skip(place),
                Rule::use_arm => arm.body = ArmBody::Use(self.only_expr(&part)),
                Rule::clauses => arm.clauses = self.clauses(Some(part), inner_place(&arm.body)),
                _ => arm.body = ArmBody::Leaf(self.leaf(part)),
            }
        }
        arm
    }

    fn first_of(&self, pair: Pair<'_>) -> FirstOf {
        let span = self.span(&pair);
        let all = presume(&mut children(pair));
        let tagged = all.as_rule() == Rule::tagged;
        FirstOf { alternatives: children(all).map(|one| self.alternative(one)).collect(), tagged, span }
    }

    fn any_of(&self, pair: Pair<'_>) -> AnyOf {
        let span = self.span(&pair);
        let mut parts = children(pair);
        let count = self.whole(&presume(&mut parts));
        let all = presume(&mut parts);
        AnyOf { count, alternatives: children(all).map(|one| self.alternative(one)).collect(), span }
    }

    fn alternative(&self, pair: Pair<'_>) -> Alternative {
        let span = self.span(&pair);
        let tag = child(&pair, Rule::any_name).map(|tag| self.name(&tag));
        let mut parts = children(pair).filter(|part| part.as_rule() != Rule::any_name);
        let leaf = self.leaf(presume(&mut parts));
        let place = if matches!(leaf, Leaf::Ask(_)) { Place::InnerAsk } else { Place::InnerCall };
        Alternative { tag, leaf, clauses: self.clauses(parts.next(), place), span }
    }
}

fn inner_place(body: &ArmBody) -> Place {
    if matches!(body, ArmBody::Leaf(Leaf::Ask(_))) { Place::InnerAsk } else { Place::InnerCall }
}

/// Whether a stage asks, once or for each element.
fn asks(body: &StageBody) -> bool {
    match body {
        StageBody::Leaf(leaf) => matches!(leaf, Leaf::Ask(_)),
        StageBody::Map(map) => matches!(&map.body, MapBody::Leaf(Leaf::Ask(_))),
        _ => false,
    }
}

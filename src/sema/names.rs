//! The names that a piece of syntax mentions: what has to be known before it, and what counts as used by it.

use crate::base::span::Span;
use crate::syntax::ast::{
    Alternative, Arg, Arm, ArmBody, Block, Call, ClauseKind, Clauses, Comprehension, Expr, ExprKind, FailureAction,
    Leaf, MapBody, RecordEntry, Stage, StageBody, Stmt, StringPart,
};

/// Gathers names. Over-approximates: names that an inner scope binds are among them.
#[derive(Default)]
pub(super) struct Names<'a> {
    /// Every name that stands where a value or a callee can.
    pub found: Vec<&'a str>,
    /// The stages of `failed(s)` and `error(s)`, with the places of those calls.
    pub observed: Vec<(&'a str, Span)>,
}

impl<'a> Names<'a> {
    /// Those of an expression. Without recursion: chains of operators may be long.
    pub fn expr(&mut self, root: &'a Expr) {
        let mut stack = vec![root];
        while let Some(expr) = stack.pop() {
            match &expr.kind {
                ExprKind::Name(name) => self.found.push(name),
                ExprKind::Record(entries) => {
                    self.found.extend(entries.iter().filter_map(|entry| match entry {
                        RecordEntry::Short(name) => Some(name.text.as_str()),
                        _ => None,
                    }));
                    push_children(expr, &mut stack);
                }
                ExprKind::Call(callee, args) => {
                    self.observed.extend(observed(callee, args).map(|stage| (stage, expr.span)));
                    push_children(expr, &mut stack);
                }
                _ => push_children(expr, &mut stack),
            }
        }
    }

    /// Those of arguments.
    pub fn args(&mut self, args: &'a [Arg]) {
        args.iter().for_each(|arg| self.expr(&arg.value));
    }

    /// Those of a call: its path and its arguments.
    pub fn call(&mut self, call: &'a Call) {
        self.found.extend(call.path.parts.first().map(|part| part.text.as_str()));
        self.args(&call.args);
    }

    /// Those of a leaf.
    pub fn leaf(&mut self, leaf: &'a Leaf) {
        match leaf {
            Leaf::Call(call) => self.call(call),
            Leaf::Ask(ask) => {
                self.args(&ask.args);
                let approved = ask.approves.as_ref().and_then(|path| path.parts.first());
                self.found.extend(approved.map(|part| part.text.as_str()));
            }
            Leaf::Event(event) => self.args(&event.args),
            Leaf::Wait(wait) => self.args(&wait.args),
        }
    }

    /// Those of what a stage reads; `after` is an order, not a reading.
    pub fn stage(&mut self, stage: &'a Stage) {
        match &stage.body {
            StageBody::Leaf(leaf) => self.leaf(leaf),
            StageBody::Map(map) => {
                self.expr(&map.source);
                match &map.body {
                    MapBody::Leaf(leaf) => self.leaf(leaf),
                    MapBody::Inline(block) => self.block(block),
                }
            }
            StageBody::Match(found) => {
                self.expr(&found.subject);
                found.arms.iter().for_each(|arm| self.arm(arm));
            }
            StageBody::FirstOf(race) => self.alternatives(&race.alternatives),
            StageBody::AnyOf(race) => self.alternatives(&race.alternatives),
        }
        self.clauses(&stage.clauses);
    }

    /// Those of a block's statements.
    pub fn block(&mut self, block: &'a Block) {
        block.body.iter().for_each(|stmt| self.stmt(stmt));
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Let(item) => self.expr(&item.value),
            Stmt::Stage(stage) => self.stage(stage),
            Stmt::When(when) => {
                self.expr(&when.condition);
                self.block(&when.then);
                when.otherwise.iter().for_each(|block| self.block(block));
            }
            Stmt::Fail(fail) => self.expr(&fail.message),
            Stmt::Finally(block) => self.block(block),
            Stmt::Return(value) => self.expr(&value.value),
            Stmt::Broken(_) => {}
        }
    }

    fn arm(&mut self, arm: &'a Arm) {
        match &arm.body {
            ArmBody::Leaf(leaf) => self.leaf(leaf),
            ArmBody::Inline(block) => self.block(block),
            ArmBody::Skip(_) => {}
            ArmBody::Use(value) => self.expr(value),
        }
        self.clauses(&arm.clauses);
    }

    fn alternatives(&mut self, alternatives: &'a [Alternative]) {
        for alternative in alternatives {
            self.leaf(&alternative.leaf);
            self.clauses(&alternative.clauses);
        }
    }

    /// Those of clauses, without `after`.
    pub fn clauses(&mut self, clauses: &'a Clauses) {
        clauses.list.iter().for_each(|clause| self.clause(&clause.value));
    }

    /// Those of one clause, without `after`.
    pub fn clause(&mut self, clause: &'a ClauseKind) {
        match clause {
            ClauseKind::When(value)
            | ClauseKind::Timeout(value)
            | ClauseKind::Deadline(value)
            | ClauseKind::Cache(value)
            | ClauseKind::Label(value)
            | ClauseKind::Lock(value) => self.expr(value),
            ClauseKind::Repeat(repeat) => {
                repeat.every.iter().for_each(|value| self.expr(value));
                self.expr(&repeat.until);
                self.args(&repeat.with);
                repeat.stop_when.iter().for_each(|value| self.expr(value));
            }
            ClauseKind::OnFailure(handler) => self.handler(&handler.then),
            ClauseKind::Undo(call, clauses) => {
                self.call(call);
                self.clauses(clauses);
            }
            ClauseKind::Budget(values) => values.iter().for_each(|value| self.expr(value)),
            _ => {}
        }
    }

    fn handler(&mut self, action: &'a FailureAction) {
        match action {
            FailureAction::Fail | FailureAction::Skip => {}
            FailureAction::Ask(clauses) => self.clauses(clauses),
            FailureAction::Use(value, clauses) => {
                self.expr(value);
                self.clauses(clauses);
            }
        }
    }
}

/// The stage whose failure a call observes.
fn observed<'a>(callee: &Expr, args: &'a [Arg]) -> Option<&'a str> {
    match (&callee.kind, args) {
        (ExprKind::Name(function), [Arg { value: Expr { kind: ExprKind::Name(stage), .. }, .. }])
            if matches!(function.as_str(), "failed" | "error") =>
        {
            Some(stage)
        }
        _ => None,
    }
}

/// Adds the direct parts of an expression.
fn push_children<'a>(expr: &'a Expr, stack: &mut Vec<&'a Expr>) {
    match &expr.kind {
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::Duration(_)
        | ExprKind::Money(_)
        | ExprKind::Tokens(_)
        | ExprKind::Size(_)
        | ExprKind::Name(_)
        | ExprKind::Broken => {}
        ExprKind::String(parts) => stack.extend(parts.iter().filter_map(|part| match part {
            StringPart::Expr(value) => Some(value),
            StringPart::Text(_) => None,
        })),
        ExprKind::Field(value, _)
        | ExprKind::OptionalField(value, _)
        | ExprKind::Not(value)
        | ExprKind::Negate(value)
        | ExprKind::As(value, _)
        | ExprKind::Paren(value) => stack.push(value),
        ExprKind::Index(a, b) | ExprKind::Binary(_, _, a, b) => stack.extend([&**a, &**b]),
        ExprKind::Call(callee, args) => {
            stack.push(callee);
            stack.extend(args.iter().map(|arg| &arg.value));
        }
        ExprKind::If(a, b, c) => stack.extend([&**a, &**b, &**c]),
        ExprKind::Match(subject, arms) => {
            stack.push(subject);
            stack.extend(arms.iter().map(|arm| &arm.value));
        }
        ExprKind::List(items) => stack.extend(items),
        ExprKind::Comprehension(comprehension) => {
            let Comprehension { body, source, condition, .. } = &**comprehension;
            stack.extend([body, source]);
            stack.extend(condition);
        }
        ExprKind::Record(entries) => stack.extend(entries.iter().filter_map(|entry| match entry {
            RecordEntry::Field(_, value) | RecordEntry::Spread(value) => Some(value),
            RecordEntry::Short(_) => None,
        })),
    }
}

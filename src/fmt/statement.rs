//! Statements of a workflow and what a stage does.

use crate::fmt::walk::Walk;
use crate::syntax::ast::{
    Alternative, Arg, Arm, ArmBody, Block, Call, Leaf, Let, Map, MapBody, Pattern, Stage, StageBody, Stmt, When,
};

impl Walk<'_> {
    pub(super) fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Let(constant) => self.let_s(constant),
            Stmt::Stage(stage) => self.stage(stage),
            Stmt::When(when) => self.when_s(when),
            Stmt::Fail(fail) => {
                self.word("fail");
                self.space();
                self.expr(&fail.message);
            }
            Stmt::Finally(block) => {
                self.word("finally");
                self.space();
                self.statements(block);
            }
            Stmt::Return(end) => {
                self.word("return");
                self.space();
                self.expr(&end.value);
            }
            Stmt::Broken(_) => self.lost = true,
        }
    }

    fn statements(&mut self, block: &Block) {
        self.block(&block.body, |walk, statement| walk.statement(statement));
    }

    pub(super) fn let_s(&mut self, constant: &Let) {
        self.head("let", &constant.name);
        self.assign();
        self.expr(&constant.value);
    }

    fn when_s(&mut self, when: &When) {
        self.word("when");
        self.space();
        self.expr(&when.condition);
        self.space();
        self.statements(&when.then);
        let Some(otherwise) = &when.otherwise else { return };
        self.space_or_line();
        self.word("else");
        self.space();
        match otherwise.body.as_slice() {
            [Stmt::When(next)] if self.sees("when") => self.when_s(next),
            _ => self.statements(otherwise),
        }
    }

    fn stage(&mut self, stage: &Stage) {
        self.head("stage", &stage.name);
        self.assign();
        match &stage.body {
            StageBody::Leaf(leaf) => self.leaf(leaf),
            StageBody::Map(map) => self.map(map),
            StageBody::Match(found) => {
                self.word("match");
                self.space();
                self.expr(&found.subject);
                self.space();
                self.block(&found.arms, |walk, arm| walk.arm(arm));
            }
            StageBody::FirstOf(race) => {
                self.words(&["first", "of"]);
                self.space();
                let (brackets, pad) = if race.tagged { (["{", "}"], " ") } else { (["[", "]"], "") };
                self.list(brackets, pad, &race.alternatives, |walk, one| walk.alternative(one));
            }
            StageBody::AnyOf(race) => {
                self.word("any");
                self.space();
                self.token(race.count.span);
                self.space();
                self.word("of");
                self.space();
                self.list(["[", "]"], "", &race.alternatives, |walk, one| walk.alternative(one));
            }
        }
        self.clauses(&stage.clauses);
    }

    fn leaf(&mut self, leaf: &Leaf) {
        match leaf {
            Leaf::Call(call) => self.call(call),
            Leaf::Ask(ask) => {
                self.open();
                self.word("ask");
                self.args_of_group(&ask.args);
                if ask.answer.is_some() {
                    self.result();
                }
                if let Some(path) = &ask.approves {
                    self.space();
                    self.word("approves");
                    self.space();
                    self.path(path);
                }
                self.close();
            }
            Leaf::Event(event) => {
                self.open();
                self.word("event");
                self.args_of_group(&event.args);
                self.result();
                self.close();
            }
            Leaf::Wait(wait) => {
                self.word("wait");
                self.args(&wait.args);
            }
        }
    }

    pub(super) fn call(&mut self, call: &Call) {
        self.path(&call.path);
        self.args(&call.args);
    }

    pub(super) fn args(&mut self, args: &[Arg]) {
        self.open();
        self.args_of_group(args);
        self.close();
    }

    fn args_of_group(&mut self, args: &[Arg]) {
        self.list_of_group(["(", ")"], "", args, |walk, arg| walk.arg(arg));
    }

    fn map(&mut self, map: &Map) {
        self.head("for", &map.item);
        self.space();
        self.word("in");
        self.space();
        self.expr(&map.source);
        self.space();
        if let Some(count) = &map.up_to {
            self.words(&["up", "to"]);
            self.space();
            self.token(count.span);
            self.space();
        }
        self.word("=>");
        self.space();
        match &map.body {
            MapBody::Leaf(leaf) => self.leaf(leaf),
            MapBody::Inline(block) => self.statements(block),
        }
    }

    fn arm(&mut self, arm: &Arm) {
        self.patterns(&arm.patterns);
        match &arm.body {
            ArmBody::Leaf(leaf) => self.leaf(leaf),
            ArmBody::Inline(block) => self.statements(block),
            ArmBody::Skip(_) => self.word("skip"),
            ArmBody::Use(value) => {
                self.word("use");
                self.space();
                self.expr(value);
            }
        }
        self.clauses(&arm.clauses);
    }

    /// `"a" | "b" => `.
    pub(super) fn patterns(&mut self, patterns: &[Pattern]) {
        let Some((first, rest)) = patterns.split_first() else { return };
        self.open();
        self.pattern(first);
        self.indent();
        for pattern in rest {
            self.operator("|");
            self.pattern(pattern);
        }
        self.outdent();
        self.space();
        self.word("=>");
        self.close();
        self.space();
    }

    fn pattern(&mut self, pattern: &Pattern) {
        let bracketed = self.sees("(");
        if bracketed {
            self.word("(");
        }
        if self.sees("-") {
            self.word("-");
            self.number();
        } else {
            self.token(pattern.span);
        }
        if bracketed {
            self.word(")");
        }
    }

    fn alternative(&mut self, alternative: &Alternative) {
        if let Some(tag) = &alternative.tag {
            self.name(tag);
            self.word(":");
            self.space();
        }
        self.leaf(&alternative.leaf);
        self.clauses(&alternative.clauses);
    }
}

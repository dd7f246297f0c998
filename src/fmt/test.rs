//! Tests and properties.

use crate::fmt::walk::Walk;
use crate::syntax::ast::{Formula, Mock, MockAnswer, MockStep, Property, Test, TestStmt};

impl Walk<'_> {
    pub(super) fn test(&mut self, test: &Test) {
        self.word("test");
        self.space();
        self.token(test.name.span);
        self.space();
        self.block(&test.body, |walk, statement| walk.test_statement(statement));
    }

    fn test_statement(&mut self, statement: &TestStmt) {
        match statement {
            TestStmt::Let(constant) => self.let_s(constant),
            TestStmt::Run(call) => {
                self.word("run");
                self.space();
                self.call(call);
            }
            TestStmt::Mock(mock) => self.mock(mock),
            TestStmt::Expect(value) => {
                self.word("expect");
                self.space();
                self.expr(value);
            }
            TestStmt::Replay(path) => {
                self.word("replay");
                self.space();
                self.token(path.span);
            }
            TestStmt::CrashEverywhere(_) => self.words(&["crash", "everywhere"]),
        }
    }

    /// Breaks between its steps first.
    fn mock(&mut self, mock: &Mock) {
        let several = mock.steps.len() > 1;
        if several {
            self.open();
        }
        self.word("mock");
        self.space();
        self.path(&mock.path);
        if let Some(args) = &mock.args {
            self.args(args);
        }
        self.space();
        for (index, step) in mock.steps.iter().enumerate() {
            if index == 1 {
                self.indent();
            }
            if index > 0 {
                self.comma();
                self.line(" ");
                self.word("then");
                self.space();
            }
            self.mock_step(step);
        }
        if several {
            self.outdent();
            self.close();
        }
    }

    fn mock_step(&mut self, step: &MockStep) {
        if let Some(time) = &step.takes {
            self.word("takes");
            self.space();
            self.expr(time);
            self.space();
        }
        match &step.answer {
            MockAnswer::Returns(value) => {
                self.word("returns");
                self.space();
                self.expr(value);
            }
            MockAnswer::Fails(class, times) => {
                self.word("fails");
                self.space();
                self.class_and_times(class, times.as_ref());
            }
            MockAnswer::Approves => self.word("approves"),
            MockAnswer::Retries => self.word("retries"),
            MockAnswer::Skips => self.word("skips"),
            MockAnswer::NeverAnswers => self.words(&["never", "answers"]),
        }
    }

    /// Breaks at its braces first.
    pub(super) fn property(&mut self, property: &Property) {
        self.word("property");
        self.space();
        self.token(property.name.span);
        self.space();
        self.word("in");
        self.space();
        self.path(&property.workflow);
        self.space();
        self.open();
        self.word("{");
        self.indent();
        self.line(" ");
        self.formula(&property.formula);
        self.end_of_list("}", " ");
        self.close();
    }

    fn formula(&mut self, formula: &Formula) {
        self.open();
        match formula {
            Formula::Never(value) => {
                self.word("never");
                self.space();
                self.word("(");
                self.expr(value);
                self.word(")");
            }
            Formula::Requires(left, right) => {
                self.expr(left);
                self.operator("requires");
                self.expr(right);
            }
            Formula::LeadsTo(left, right) => {
                self.expr(left);
                self.operator("leads");
                self.word("to");
                self.space();
                self.expr(right);
            }
        }
        self.close();
    }
}

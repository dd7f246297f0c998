//! Tests and properties of the workflow that was made.

use std::collections::BTreeSet;

use super::Maker;
use super::types::Ty;
use super::workflows::ARGUMENTS;

/// What a mock of a stage answers.
#[derive(Debug, Clone, Copy)]
pub enum Answer {
    Value(Ty),
    Approval,
    /// Of the person whom a failure asks.
    Failure,
}

/// What a test may speak of.
#[derive(Default)]
pub(super) struct Told {
    /// Actions of `tool` that are called.
    calls: BTreeSet<&'static str>,
    /// Stages of the workflow that wait for a person or an event.
    waits: Vec<(String, Answer)>,
    /// Stages of the workflow that always run.
    pub stages: Vec<String>,
}

impl Told {
    pub fn call(&mut self, action: &'static str) {
        self.calls.insert(action);
    }
}

impl Maker<'_> {
    /// A test may speak of a stage of the workflow itself that waits.
    pub(super) fn tell_of(&mut self, name: &str, answer: Answer) {
        if self.scope.depth == 0 {
            self.told.waits.push((name.to_owned(), answer));
        }
    }

    /// Tests and properties of `main`, and a schedule.
    pub(super) fn speak_of_main(&mut self) {
        if self.choices.below(2) == 1 {
            self.test();
        }
        if self.choices.below(3) == 1 {
            self.replay();
        }
        self.schedule("main");
        for _ in 0..self.choices.below(3) {
            self.property();
        }
    }

    fn test(&mut self) {
        let mut statements = vec![format!("run main ( {ARGUMENTS} )"), "let wanted = \"x\"".to_owned()];
        statements.push("expect outcome . status == \"succeeded\" && result . f0 != wanted".to_owned());
        let calls: Vec<&str> = self.told.calls.iter().copied().collect();
        for action in self.choices.some_of(calls) {
            statements.push(self.mock_of_call(action));
        }
        let waits = self.told.waits.clone();
        for (name, answer) in self.choices.some_of(waits) {
            statements.push(self.mock_of_wait(&name, answer));
        }
        for _ in 0..self.choices.below(4) {
            statements.push(self.expectation());
        }
        statements.push(self.choices.of(&["", "crash everywhere"]).to_owned());
        self.items.push(format!("test \"t\" {{ {} }}", statements.join(" ")));
    }

    fn mock_of_call(&mut self, action: &str) -> String {
        let value = match action {
            "text" => "\"${ a }!\"",
            "number" => "len ( a )",
            "flag" => "true",
            "list" => "[ wanted ]",
            _ => "{ id : a , count : 1 , kind : \"low\" }",
        };
        let which = self.choices.of(&["", "( a : \"a\" )", "( a : wanted )"]);
        let steps = self.choices.of(&[
            format!("returns {value}"),
            format!("fails unavailable twice , then takes 1m returns {value}"),
            format!("takes 2 * 3s returns {value} , then fails timeout once , then returns {value}"),
            "fails crashed 4 times".to_owned(),
        ]);
        format!("mock tool . {action} {which} {steps}")
    }

    fn mock_of_wait(&mut self, name: &str, answer: Answer) -> String {
        let steps = match answer {
            Answer::Approval => {
                self.choices.of(&["approves", "takes 2h approves", "fails denied", "never answers"]).to_owned()
            }
            Answer::Failure => self
                .choices
                .of(&["retries", "takes 2h retries , then returns \"x\"", "retries , then skips", "fails failed"])
                .to_owned(),
            Answer::Value(ty) => {
                let value = match ty {
                    Ty::Text => "wanted",
                    Ty::Bool => "true",
                    Ty::Level => "\"high\"",
                    _ => "{ id : \"a\" , count : 2 , kind : \"high\" }",
                };
                self.choices.of(&[
                    format!("returns {value}"),
                    format!("takes 2m returns {value}"),
                    "never answers".to_owned(),
                ])
            }
        };
        format!("mock {name} {steps}")
    }

    fn expectation(&mut self) -> String {
        let stages = self.told.stages.clone();
        let general = [
            "expect elapsed < 90d",
            "expect spent . money <= 5usd && spent . tokens < 5tok",
            "expect outcome . error ?. class == \"timeout\"",
            "expect outcome . error == null",
        ];
        match stages.as_slice() {
            _ if self.choices.below(3) == 2 => self.choices.of(&general).to_owned(),
            [] => self.choices.of(&general).to_owned(),
            [first, .., last] if first != last && self.choices.below(2) == 1 => {
                format!("expect order ( {first} , {last} )")
            }
            [first, ..] => {
                let function = self.choices.of(&["succeeded", "failed", "! failed", "0 < attempts"]);
                format!("expect {function} ( {first} )")
            }
        }
    }

    fn replay(&mut self) {
        self.items.push(format!(
            "test \"as it was\" {{ run main ( {ARGUMENTS} ) replay \"runs/main.jsonl\" expect outcome . status == \"succeeded\" }}"
        ));
    }

    fn property(&mut self) {
        let stages = self.told.stages.clone();
        let [first, .., last] = stages.as_slice() else { return };
        let claim = match self.choices.below(4) {
            _ if first == last => return,
            0 => format!("{last} requires {first}"),
            1 => format!("{first} leads to {last}"),
            2 => format!("never ( {first} && ! {last} )"),
            _ => format!("never ( ( {first} || {last} ) && {last} )"),
        };
        let title = self.name("claim ");
        self.items.push(format!("property \"{title}\" in main {{ {claim} }}"));
    }
}

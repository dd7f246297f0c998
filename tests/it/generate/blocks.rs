//! Statements in a row, under conditions, and at the end.

use super::Maker;
use super::kinds::Effects;
use super::types::{Ty, Value};

/// How deep blocks and bodies stand in each other.
const DEPTH_MAX: usize = 3;

impl Maker<'_> {
    /// Some statements.
    pub(super) fn statements(&mut self, most: usize) -> String {
        let count = 1 + self.choices.below(most);
        let statements: Vec<String> = (0..count).map(|_| self.statement()).collect();
        statements.join(" ")
    }

    fn statement(&mut self) -> String {
        if self.scope.depth >= DEPTH_MAX || !self.choices.more() {
            return if self.choices.below(2) == 1 { self.call() } else { self.binding() };
        }
        match self.choices.below(31) {
            0 | 1 => self.binding(),
            2 => self.call(),
            3 | 4 => self.call_of_a_new_agent(),
            5 | 6 => self.map(),
            7 | 8 => self.choice(),
            9 | 10 => self.condition(),
            11 => self.exit(),
            12 => self.observed(),
            13 | 14 => self.repetition(),
            15 | 16 => self.fallback(),
            17 => self.skipped(),
            18 | 19 => self.race(),
            20 | 21 => self.question(),
            22 => self.approval(),
            23 => self.message(),
            24 => self.timer(),
            25 => self.undone(),
            26 => self.of_a_template(),
            27 => self.imported(),
            28 => self.with_labels(),
            29 => self.of_a_service(),
            _ => self.call_of_a_workflow(),
        }
    }

    fn binding(&mut self) -> String {
        let ty = self.choices.of(&Ty::MADE);
        let value = self.expr(ty, 3);
        self.bound(&value, ty)
    }

    /// A `let` of this value.
    pub(super) fn bound(&mut self, value: &str, ty: Ty) -> String {
        let name = self.name("v");
        self.declare(&name, ty);
        format!("let {name} = {value}")
    }

    /// A body in braces that gives a text.
    pub(super) fn body(&mut self) -> String {
        self.body_with(None)
    }

    /// The same, where something more has a name.
    pub(super) fn body_with(&mut self, element: Option<(&str, Ty)>) -> String {
        self.in_body(|maker| {
            let start = maker.scope.values.len();
            if let Some((name, ty)) = element {
                maker.scope.values.extend(Value::with_parts(name, ty));
            }
            let statements = maker.statements(2);
            format!("{{ {statements} return {} }}", maker.all_since(start))
        })
    }

    fn condition(&mut self) -> String {
        let mut text = format!("when {} {{ {} }}", self.condition_text(), self.block());
        if self.choices.below(2) == 1 {
            let block = self.block();
            text += &format!(" else when {} {{ {block} }}", self.condition_text());
        }
        if self.choices.below(2) == 1 {
            text += &format!(" else {{ {} }}", self.block());
        }
        text
    }

    fn block(&mut self) -> String {
        self.in_block(|maker| maker.statements(2))
    }

    fn exit(&mut self) -> String {
        let (condition, text) = (self.condition_text(), self.string(1));
        format!("when {condition} {{ fail {text} }}")
    }

    /// A stage whose failure another one makes good, or ends the run.
    fn observed(&mut self) -> String {
        let (name, other) = (self.name("s"), self.name("s"));
        let (one, two) = (self.expr(Ty::Text, 1), self.expr(Ty::Text, 1));
        let stage = format!("stage {name} = tool . text ( {one} )");
        self.told.call("text");
        match self.choices.below(3) {
            0 => {
                let either = self.bound(&format!("{name} ?? {other} ?? \"x\""), Ty::Text);
                format!("{stage} when failed ( {name} ) {{ stage {other} = tool . text ( {two} ) }} {either}")
            }
            1 => {
                self.declare(&name, Ty::Text);
                format!("{stage} when failed ( {name} ) {{ fail \"${{ error ( {name} ) ?. class ?? \"why\" }}\" }}")
            }
            _ => {
                let either = self.bound(&format!("{name} ?? {other} ?? \"x\""), Ty::Text);
                let more = self.name("s");
                self.declare_absent(&more, Ty::Text);
                format!(
                    "{stage} when error ( {name} ) != null {{ stage {other} = tool . text ( {two} ) }} \
                     when succeeded ( {name} ) {{ stage {more} = tool . text ( {name} ) }} {either}"
                )
            }
        }
    }

    /// What runs at the end.
    pub(super) fn finally(&mut self) -> String {
        if self.choices.below(3) != 1 {
            return String::new();
        }
        let (agent, name) = (self.agent(Ty::Text, Effects::Idempotent), self.name("_told"));
        let said = self.choices.of(&[
            "outcome . status",
            "\"${ outcome . status } ${ outcome . error ?. class ?? \"\" }\"",
            "( outcome . error ?. message ?? \"well\" )",
        ]);
        let tell = format!("stage {name} = {agent} . run ( {said} )");
        let condition = match self.scope.stages.first() {
            Some(stage) => format!("succeeded ( {stage} )"),
            None => "outcome . status == \"failed\"".to_owned(),
        };
        match self.choices.below(3) {
            0 => format!("finally {{ {tell} }}"),
            1 => format!("finally {{ when {condition} {{ {tell} }} }}"),
            _ => format!("finally {{ let why = outcome . status {tell} {{ when why != \"cancelled\" timeout 5m }} }}"),
        }
    }
}

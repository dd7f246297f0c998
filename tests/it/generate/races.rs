//! The first of several, and the first few.

use super::Maker;
use super::clauses::Form;
use super::kinds::Effects;
use super::types::Ty;

impl Maker<'_> {
    pub(super) fn race(&mut self) -> String {
        match self.choices.below(3) {
            0 => self.first(),
            1 => self.first_few(),
            _ => self.tagged(),
        }
    }

    /// A call that changes nothing and gives a text.
    fn alternative(&mut self) -> String {
        let value = self.expr(Ty::Text, 1);
        let call = match self.choices.below(3) {
            0 => format!("tool . text ( {value} )"),
            1 => format!("{} . run ( {value} )", self.agent(Ty::Text, Effects::Reads)),
            _ => format!("tool . text ( {value} , n : 5 )"),
        };
        let clauses =
            vec!["timeout 5m".to_owned(), "deadline 2h".to_owned(), format!("retry {}", self.policy(Effects::Reads))];
        let clauses = self.choices.some_of(clauses).join(" ");
        if clauses.is_empty() { call } else { format!("{call} {{ {clauses} }}") }
    }

    fn alternatives(&mut self) -> String {
        let count = 2 + self.choices.below(3);
        let all: Vec<String> = (0..count).map(|_| self.alternative()).collect();
        format!("[ {} {} ]", all.join(" , "), self.choices.of(&["", ","]))
    }

    fn first(&mut self) -> String {
        let (name, alternatives) = (self.name("s"), self.alternatives());
        let (clauses, absent) = self.clauses(Form::Several, "");
        self.declare_if(absent, &name, Ty::Text);
        format!("stage {name} = first of {alternatives} {clauses}")
    }

    fn first_few(&mut self) -> String {
        let (name, alternatives) = (self.name("s"), self.alternatives());
        let (clauses, absent) = self.clauses(Form::Several, "");
        self.declare_if(absent, &name, Ty::List);
        format!("stage {name} = any 2 of {alternatives} {clauses}")
    }

    fn tagged(&mut self) -> String {
        let (name, other, key) = (self.name("s"), self.name("s"), self.expr(Ty::Text, 1));
        let other_one = if self.alone {
            "tool . number ( p )"
        } else {
            self.choices.of(&[
                "ask ( \"How many?\" ) -> int",
                "ask ( \"How many?\" ) -> int { to role \"lead\" timeout 4h }",
                "tool . number ( p ) { timeout 1m }",
            ])
        };
        let paid = if self.alone { self.alternative() } else { format!("event ( \"paid\" , key : {key} ) -> string") };
        let clauses = self.clauses(Form::Several, "").0;
        let absent = clauses.contains("when");
        if absent {
            let there = self.bound(&format!("{name} != null"), Ty::Bool);
            return format!(
                "stage {name} = first of {{ paid : {paid} , other : {other_one} , late : wait ( 3d ) , }} {clauses} {there}"
            );
        }
        self.declare_stage(&other, Ty::Text);
        let won = format!("match {name} . won {{ \"paid\" => {name} . value \"late\" | \"other\" => \"late\" }}");
        let won = self.bound(&won, Ty::Text);
        format!(
            "stage {name} = first of {{ paid : {paid} , other : {other_one} , late : wait ( 3d ) }} {clauses} \
             stage {other} = match {name} . won {{ \"paid\" => tool . text ( {name} . value ) \
             \"other\" => use to_string ( {name} . value ) \"late\" => use \"late\" }} {won}"
        )
    }
}

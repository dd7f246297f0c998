//! Stages that wait: for a person, for the world, for time.

use super::Maker;
use super::claims::Answer;
use super::clauses::Form;
use super::types::Ty;

impl Maker<'_> {
    pub(super) fn question(&mut self) -> String {
        if self.alone {
            return self.call();
        }
        let (name, text, show) = (self.name("s"), self.string(1), self.choices.of(&["r", "p", "xs", "{ p , n }"]));
        let (ty, form) = self.choices.of(&[
            (Ty::Record, "Record"),
            (Ty::Text, "string"),
            (Ty::Bool, "bool"),
            (Ty::Level, "\"low\" | \"high\""),
        ]);
        let mut fixed = "timeout 1h".to_owned();
        if self.choices.below(2) == 1 {
            fixed += " to role \"lead\"";
        }
        if let Some(instead) = ty.instead().filter(|_| self.choices.one_in(3)) {
            fixed += &format!(" on failure of timeout use {instead}");
        }
        let (clauses, absent) = self.clauses(Form::Wait, &fixed);
        self.declare_if(absent, &name, ty);
        self.tell_of(&name, Answer::Value(ty));
        format!("stage {name} = ask ( {text} , show : {show} ) -> {form} {clauses}")
    }

    /// Something that only a person may allow.
    pub(super) fn approval(&mut self) -> String {
        if self.alone {
            return self.call();
        }
        let (agent, allowed, name) = (self.name("agent_"), self.name("s"), self.name("s"));
        let effects = self.choices.of(&["irreversible", "writes", "reads"]);
        self.items.push(format!(
            "agent {agent} uses exec {{ action run ( what : approved Record , why : string = \"\" ) -> string \
             {{ effects {effects} command [ \"./ship\" , what . id ] }} }}"
        ));
        let more = vec!["to role \"release\"", "quorum 2", "not requester", "priority high", "label \"ship\""];
        let more = self.choices.some_of(more).join(" ");
        let text = self.string(1);
        self.tell_of(&allowed, Answer::Approval);
        self.declare_stage(&allowed, Ty::Record);
        self.declare_stage(&name, Ty::Text);
        format!(
            "stage {allowed} = ask ( {text} ) approves r {{ timeout 1d {more} }} stage {name} = {agent} . run ( {allowed} )"
        )
    }

    pub(super) fn message(&mut self) -> String {
        if self.alone {
            return self.call();
        }
        let (name, key) = (self.name("s"), self.expr(Ty::Text, 1));
        let instead =
            self.choices.of(&["", "on failure of timeout use { id : \"none\" , count : 0 , kind : \"low\" }"]);
        let (clauses, absent) = self.clauses(Form::Wait, &format!("timeout 7d {instead}"));
        self.declare_if(absent, &name, Ty::Record);
        self.tell_of(&name, Answer::Value(Ty::Record));
        format!("stage {name} = event ( \"order.paid\" , key : {key} ) -> Record {clauses}")
    }

    pub(super) fn timer(&mut self) -> String {
        let name = self.name("s");
        let length = self.choices.of(&["10m", "2 * 30s", "1h30m"]);
        let (clauses, _) = self.clauses(Form::Wait, "");
        let (next, argument) = (self.name("s"), self.known(Ty::Text));
        self.declare_stage(&next, Ty::Text);
        format!(
            "stage {name} = wait ( {length} ) {clauses} stage {next} = tool . text ( {argument} ) {{ after {name} }}"
        )
    }
}

//! Whole workflows: parameters, head, statements, result.

use std::fmt::Write;

use super::types::{Ty, Value};
use super::{Maker, Scope};

/// What every workflow takes.
const PARAMS: [(&str, Ty, &str); 5] = [
    ("p", Ty::Text, ""),
    ("n", Ty::Int, "= 3"),
    ("xs", Ty::List, "= [ ]"),
    ("b", Ty::Bool, "= true"),
    ("r", Ty::Record, ""),
];

/// What some take.
const MORE_PARAMS: [(&str, Ty, &str); 10] = [
    ("number", Ty::Float, "= 1.5"),
    ("length", Ty::Duration, "= 1h30m"),
    ("price", Ty::Money, "= 2.50usd"),
    ("count", Ty::Tokens, "= 10_000tok"),
    ("bytes", Ty::Size, "= 4KiB"),
    ("table", Ty::Map, "= { }"),
    ("raw", Ty::Json, "= from_json ( \"null\" )"),
    ("level", Ty::Level, "= \"low\""),
    ("outcome_of", Ty::Case, "= { kind : \"ok\" , value : 1 }"),
    ("maybe", Ty::Maybe, "= null"),
];

/// What a call of any workflow here hands over.
pub const ARGUMENTS: &str = "p : \"a\" , r : { id : \"a\" , count : 1 , kind : \"low\" }";

impl Maker<'_> {
    /// The workflow that is looked at, and what speaks of it.
    pub(super) fn main(&mut self) {
        let head = self.head();
        let scope = self.params();
        let params = params_text(&scope);
        let (result, body) = self.in_scope(scope, |maker| {
            let statements = maker.statements(9);
            let end = maker.finally();
            let fields: Vec<(String, Ty)> =
                maker.scope.values.iter().map(|value| (value.tokens.clone(), value.ty)).collect();
            (result_type(&fields), format!("{{ {head} {statements} {end} {} }}", result_value(&fields)))
        });
        self.items.push(format!("workflow main ( {params} ) -> {result} {body}"));
        self.speak_of_main();
        let turns = self.choices.below(self.items.len().max(1));
        self.items.rotate_left(turns);
    }

    /// A workflow of its own that gives a text, and its name. It takes `p`, `n`, `xs`, `b`, `r`.
    pub(super) fn workflow(&mut self) -> String {
        let name = self.name("flow_");
        let scope = Scope { depth: self.scope.depth + 1, ..self.params() };
        let params = params_text(&scope);
        let body = self.in_scope(scope, |maker| {
            let statements = maker.statements(2);
            format!("{{ {statements} return {} }}", maker.all_since(0))
        });
        self.items.push(format!("workflow {name} ( {params} ) -> string {body}"));
        name
    }

    /// A scope with parameters.
    fn params(&mut self) -> Scope {
        let mut scope = Scope::default();
        let more = self.choices.below(4);
        let first = self.choices.below(MORE_PARAMS.len());
        let more = MORE_PARAMS.iter().cycle().skip(first).take(more);
        for (name, ty, _) in PARAMS.iter().chain(more) {
            scope.values.extend(Value::with_parts(name, *ty));
        }
        scope
    }

    fn head(&mut self) -> String {
        self.bounded = self.choices.one_in(4);
        self.alone = self.choices.one_in(4);
        let mut clauses: Vec<String> =
            ["timeout 90d", "parallel 8", "on failure cancel", "on failure drain"].map(str::to_owned).into();
        if self.choices.below(2) == 1 {
            clauses.swap(2, 3);
        }
        clauses.pop();
        let mut clauses = self.choices.some_of(clauses);
        if self.bounded {
            clauses.push(self.choices.of(&["budget 900_000usd", "budget 900_000_000_000tok , 900_000usd"]).to_owned());
        }
        if self.alone {
            clauses.push("lock \"a\"".to_owned());
        }
        clauses.join(" ")
    }
}

/// The parameters of a scope that nothing was declared in.
fn params_text(scope: &Scope) -> String {
    let named = |value: &Value| PARAMS.iter().chain(&MORE_PARAMS).find(|(name, ..)| *name == value.tokens);
    let params = scope.values.iter().filter_map(named);
    let texts: Vec<String> = params.map(|(name, ty, default)| format!("{name} : {} {default}", ty.name())).collect();
    texts.join(" , ")
}

fn result_type(fields: &[(String, Ty)]) -> String {
    let mut out = String::from("{");
    for (index, (_, ty)) in fields.iter().enumerate() {
        let _ = write!(out, " f{index} : {} ,", ty.name());
    }
    out + " }"
}

fn result_value(fields: &[(String, Ty)]) -> String {
    let fields: Vec<String> =
        fields.iter().enumerate().map(|(index, (value, _))| format!("f{index} : {value}")).collect();
    format!("return {{ {} }}", fields.join(" , "))
}

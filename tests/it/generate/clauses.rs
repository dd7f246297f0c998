//! Clauses of stages, in any order.

use super::Maker;
use super::kinds::Effects;

/// What a stage is, as far as its clauses go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A call of an action.
    Call(Effects),
    /// A call of a workflow, or of one that only a body in braces is.
    Flow,
    /// A stage with arms or alternatives.
    Several,
    /// An event or a timer.
    Wait,
}

impl Maker<'_> {
    /// Some clauses for a stage, and whether it may be skipped for one of them. `fixed` are those that it has in any case.
    pub(super) fn clauses(&mut self, form: Form, fixed: &str) -> (String, bool) {
        let mut clauses = vec!["priority high".to_owned(), format!("label {}", self.label())];
        clauses
            .push(self.choices.of(&["priority low", "priority normal", "priority critical", "priority 7"]).to_owned());
        clauses.swap_remove(if self.choices.below(2) == 1 { 0 } else { 2 });
        if let Some(stage) = self.scope.stages.last() {
            let first = &self.scope.stages[0];
            clauses.push(if first == stage { format!("after {stage}") } else { format!("after {first} , {stage}") });
        }
        if form != Form::Wait {
            clauses.push("deadline 30d".to_owned());
        }
        if let Form::Call(effects) = form {
            clauses.push(format!("retry {}", self.policy(effects)));
            clauses.push(self.limit("timeout", "5m"));
            clauses.push(self.choices.of(&["budget 90_000_000tok , 9_000usd", "budget 9_000usd"]).to_owned());
            self.count += 1;
            clauses.push(format!("lock \"b{:06}\"", self.count));
            if effects == Effects::Reads {
                clauses.push("cache 2h".to_owned());
            }
        }
        if form == Form::Flow {
            clauses.push(self.limit("timeout", "10d"));
        }
        let condition = format!("when {}", self.condition_text());
        clauses.push(condition.clone());
        let rounds = fixed.contains("repeat");
        clauses.retain(|clause| !states(fixed, clause) && (!rounds || !clause.starts_with("deadline")));
        let clauses = self.choices.some_of(clauses);
        let absent = clauses.contains(&condition);
        let text = format!("{fixed} {}", clauses.join(" "));
        (if text.trim().is_empty() { String::new() } else { format!("{{ {text} }}") }, absent)
    }

    /// A limit in a constant or as it is.
    fn limit(&mut self, clause: &str, literal: &str) -> String {
        match self.choices.below(3) {
            0 => format!("{clause} {literal}"),
            1 => format!("{clause} {}", self.constant(literal)),
            _ => format!("{clause} 2 * {literal}"),
        }
    }

    fn label(&mut self) -> String {
        if self.choices.below(2) == 1 { "\"of ${ p }\"".to_owned() } else { "\"a label\"".to_owned() }
    }

    /// A policy that a call with these effects may have: its name, or what it holds.
    pub(super) fn policy(&mut self, effects: Effects) -> String {
        let backoff = self.choices.of(&[
            "",
            "backoff fixed ( 1s )",
            "backoff linear ( 1s , max : 1m )",
            "backoff exponential ( 1s , factor : 2 , max : 1m , jitter : true )",
        ]);
        let on = match effects {
            Effects::Writes => self.choices.of(&["", "on unavailable", "not on temporary", "on default"]),
            _ => self.choices.of(&[
                "",
                "on timeout , crashed",
                "on default , invalid_output",
                "not on rate_limited , timeout",
            ]),
        };
        let body = format!("{{ attempts 3 {backoff} {on} }}");
        if self.choices.below(2) == 0 {
            return body;
        }
        let name = self.name("policy_");
        self.items.push(format!("retry {name} {body}"));
        name
    }
}

/// Whether a clause of this word is there already.
fn states(fixed: &str, clause: &str) -> bool {
    let word = clause.split(' ').next().unwrap_or_default();
    fixed.split(' ').any(|there| there == word)
}

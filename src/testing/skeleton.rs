//! A test to begin with, for one way through a workflow: it checks, and says what is to be filled in.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::paths::{Choice, Path, words};
use crate::base::span::Span;
use crate::engine::marks::Word;
use crate::plan::{Body, Call, Plan, Stage, Target, Workflow};
use crate::value::Value;
use crate::value::example::example;
use crate::value::expr::{Entry, Expr, ExprKind};
use crate::value::text::to_text;
use crate::value::types::{Type, write_literal};

/// The text of a `test` item for a way through the workflow that a plan runs. `number` tells its name from others.
pub fn skeleton(plan: &Plan, path: &Path, number: usize) -> String {
    let workflow = &plan.workflows[0];
    let span = workflow.span;
    let given: Vec<String> = workflow
        .params
        .iter()
        .filter(|param| param.default.is_none())
        .map(|param| format!("{}: {}", param.name, made(&param.ty, span)))
        .collect();
    let mut text = format!("test \"{}, way {number}\" {{\n", plan.name);
    let _ = writeln!(text, "    // {}", words(plan, 0, path));
    let _ = writeln!(text, "    run {}({})", plan.name, given.join(", "));
    let mut writer = Writer { plan, path, lines: Vec::new(), seen: BTreeSet::new() };
    writer.workflow(workflow, "", true);
    writer.lines.iter().for_each(|line| text += line);
    let status = if path.fails_at.is_some() { "failed" } else { "succeeded" };
    let _ = writeln!(text, "    expect outcome.status == \"{status}\"\n}}");
    text
}

struct Writer<'a> {
    plan: &'a Plan,
    path: &'a Path,
    lines: Vec<String>,
    /// What has a mock already.
    seen: BTreeSet<String>,
}

impl Writer<'_> {
    fn workflow(&mut self, workflow: &Workflow, prefix: &str, outermost: bool) {
        for (index, stage) in (0_u32..).zip(&workflow.stages) {
            // Where the run has failed nothing more begins but what tidies up.
            let over = outermost && !stage.finally && self.path.fails_at.is_some_and(|at| index > at);
            if !over && (!outermost || self.comes_to(stage)) {
                self.stage(stage, prefix, outermost.then_some(index));
            }
        }
    }

    /// Whether the way leads to a stage of the workflow that runs.
    fn comes_to(&self, stage: &Stage) -> bool {
        let decided = |condition: u32, holds: bool| {
            self.path.choices.iter().all(|choice| *choice != Choice::Condition(condition, !holds))
        };
        stage.guard.iter().all(|term| decided(term.condition, term.holds))
    }

    fn stage(&mut self, stage: &Stage, prefix: &str, index: Option<u32>) {
        let chosen = |choice: &&Choice| match **choice {
            Choice::Handled(at, _) | Choice::Said(at, ..) | Choice::Fails(at) => Some(at) == index,
            _ => false,
        };
        let fails = self.path.choices.iter().find(chosen).map(|choice| match *choice {
            Choice::Handled(_, nth) | Choice::Said(_, nth, _) => {
                stage.handlers[nth as usize].of.as_ref().and_then(|of| of.first().cloned()).unwrap_or("failed".into())
            }
            _ if is_ask(stage) => "denied".into(),
            _ => "failed".into(),
        });
        let mut calls: Vec<(&Call, Option<String>)> = Vec::new();
        match &stage.body {
            Body::Call(call) => calls.push((call, None)),
            Body::Map(map) => calls.push((&map.call, None)),
            Body::Match(branches) => {
                let taken = self.path.choices.iter().find_map(|choice| match *choice {
                    Choice::Arm(at, arm) if Some(at) == index => Some(arm),
                    _ => None,
                });
                let arms = (0_u32..).zip(&branches.arms).filter(|(arm, _)| taken.is_none_or(|taken| taken == *arm));
                if taken.is_some() {
                    let subject = self.plan.written(branches.subject.span);
                    self.lines.push(format!("    // `{subject}` decides the arm of `{}`\n", stage.name));
                }
                calls.extend(arms.filter_map(|(_, arm)| match &arm.body {
                    crate::plan::ArmBody::Call(call) => Some((call, None)),
                    _ => None,
                }));
            }
            Body::Race(race) => calls.extend(race.alternatives.iter().map(|one| (&one.call, one.tag.clone()))),
            Body::Fail(_) => {}
        }
        let said = self.path.choices.iter().filter(chosen).find_map(|choice| match *choice {
            Choice::Said(_, _, word) => Some(word),
            _ => None,
        });
        let person = said.zip(calls.first()).map(|(word, (call, _))| match word {
            Word::Retry => "retries".into(),
            Word::Skip => "skips".into(),
            Word::Value => format!("returns {}", made(&call.result, call.span)),
            Word::Fail => "fails failed".into(),
        });
        for (call, tag) in calls {
            let tag = tag.map(|tag| format!(".{tag}")).unwrap_or_default();
            let path = format!("{prefix}{}{tag}", stage.name);
            match said {
                Some(Word::Retry) => self.call_twice(call, &path, fails.as_deref()),
                _ => self.call(call, &path, fails.as_deref()),
            }
        }
        if let Some(answer) = person {
            self.mock(&format!("{prefix}{}", stage.name), &answer);
        }
    }

    /// A call that fails once, and then goes well.
    fn call_twice(&mut self, call: &Call, path: &str, fails: Option<&str>) {
        let class = fails.unwrap_or("failed");
        self.answered(call, path, |ty| format!("fails {class}, then returns {}", made(ty, call.span)), fails);
    }

    fn call(&mut self, call: &Call, path: &str, fails: Option<&str>) {
        let answer = |ty: &Type| match fails {
            Some(class) => format!("fails {class}"),
            None => format!("returns {}", made(ty, call.span)),
        };
        self.answered(call, path, answer, fails);
    }

    fn answered(&mut self, call: &Call, path: &str, answer: impl Fn(&Type) -> String, fails: Option<&str>) {
        match &call.target {
            Target::Action { agent, action } => {
                let agent = &self.plan.agents[agent.index()];
                let action = &agent.actions[*action as usize];
                self.mock(&format!("{}.{}", agent.name, action.name), &answer(&action.result));
            }
            Target::Pool { pool, action } => {
                let pool = &self.plan.pools[pool.index()];
                let action = &pool.actions[*action as usize];
                self.mock(&format!("{}.{}", pool.name, action.name), &answer(&action.result));
            }
            Target::Ask(ask) if ask.approves.is_some() && fails.is_none() => self.mock(path, "approves"),
            Target::Ask(_) | Target::Event(_) => self.mock(path, &answer(&call.result)),
            Target::Workflow(id) => {
                let inner = &self.plan.workflows[id.index()];
                self.workflow(inner, &format!("{path}."), false);
            }
            Target::Wait(_) => {}
        }
    }

    fn mock(&mut self, name: &str, answer: &str) {
        if self.seen.insert(name.to_owned()) {
            self.lines.push(format!("    mock {name} {answer}\n"));
        }
    }
}

fn is_ask(stage: &Stage) -> bool {
    matches!(&stage.body, Body::Call(call) if matches!(call.target, Target::Ask(_)))
}

/// A made-up value of a type, as it is written.
fn made(ty: &Type, span: Span) -> String {
    let mut text = String::new();
    write(&example(ty, "…", span), &mut text);
    text
}

fn write(expr: &Expr, text: &mut String) {
    match &expr.kind {
        ExprKind::Literal(Value::String(literal)) => quoted(literal, text),
        ExprKind::Literal(value) => text.push_str(&to_text(value).unwrap_or_else(|| "null".into())),
        ExprKind::List(items) => {
            text.push('[');
            separated(items, text, write);
            text.push(']');
        }
        ExprKind::Record(entries) if entries.is_empty() => text.push_str("{}"),
        ExprKind::Record(entries) => {
            text.push_str("{ ");
            separated(entries, text, |entry, text| {
                if let Entry::Field(name, value) = entry {
                    let word = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
                    if word {
                        text.push_str(name)
                    } else {
                        quoted(name, text)
                    }
                    text.push_str(": ");
                    write(value, text);
                }
            });
            text.push_str(" }");
        }
        ExprKind::Call(_, parts) => {
            text.push_str("file(");
            separated(parts, text, write);
            text.push(')');
        }
        _ => text.push_str("null"),
    }
}

fn separated<T>(items: &[T], text: &mut String, one: impl Fn(&T, &mut String)) {
    for (index, item) in items.iter().enumerate() {
        text.push_str(if index > 0 { ", " } else { "" });
        one(item, text);
    }
}

fn quoted(literal: &str, text: &mut String) {
    // Writing to a string cannot fail.
    let _ = write_literal(text, literal);
}

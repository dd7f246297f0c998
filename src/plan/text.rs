//! Expressions and values of a plan as text, much as they were written: for people and for tests.

use super::{Param, Secret, Workflow};
use crate::base::text::push_escaped;
use crate::value::Value;
use crate::value::expr::{Entry, Expr, ExprKind, MatchArm, Observe, Part, Pattern, Var};
use crate::value::text::to_text;

/// The names of what variables stand for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Names<'a> {
    params: &'a [Param],
    secrets: &'a [Secret],
    workflow: Option<&'a Workflow>,
}

impl<'a> Names<'a> {
    /// Inside a workflow.
    pub fn of_workflow(workflow: &'a Workflow) -> Self {
        Self { params: &workflow.params, secrets: &[], workflow: Some(workflow) }
    }

    /// Inside the settings of an action.
    pub fn of_action(params: &'a [Param], secrets: &'a [Secret]) -> Self {
        Self { params, secrets, workflow: None }
    }

    /// An expression as text. Operators inside operators stand in parentheses.
    pub fn expr(&self, expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Literal(value) => literal(value),
            ExprKind::Var(var) => self.var(*var),
            ExprKind::Field(of, name) => format!("{}.{name}", self.inner(of)),
            ExprKind::OptionalField(of, name) => format!("{}?.{name}", self.inner(of)),
            ExprKind::Index(of, at) => format!("{}[{}]", self.inner(of), self.expr(at)),
            ExprKind::Not(of) => format!("!{}", self.inner(of)),
            ExprKind::Negate(of) => format!("-{}", self.inner(of)),
            ExprKind::Binary(op, left, right) => format!("{} {} {}", self.inner(left), op.as_str(), self.inner(right)),
            ExprKind::If(condition, then, otherwise) => {
                format!("if {} then {} else {}", self.expr(condition), self.expr(then), self.expr(otherwise))
            }
            ExprKind::Match(subject, arms) => self.matched(subject, arms),
            ExprKind::List(items) => format!("[{}]", self.all(items)),
            ExprKind::Comprehension { local, source, condition, body } => {
                let kept = condition.as_ref().map(|c| format!(" if {}", self.expr(c))).unwrap_or_default();
                format!("[{} for x{local} in {}{kept}]", self.expr(body), self.expr(source))
            }
            ExprKind::Record(entries) => self.record(entries),
            ExprKind::Interpolate(parts) => self.interpolated(parts),
            ExprKind::Call(builtin, args) => format!("{}({})", builtin.name(), self.all(args)),
            ExprKind::As(of, ty) => format!("{} as {ty}", self.inner(of)),
            ExprKind::Widen(of, _) => self.expr(of),
            ExprKind::Observe(what, stage) => format!("{}({})", observed(*what), self.var(Var::Stage(*stage))),
        }
    }

    fn all(&self, list: &[Expr]) -> String {
        list.iter().map(|expr| self.expr(expr)).collect::<Vec<_>>().join(", ")
    }

    fn inner(&self, expr: &Expr) -> String {
        let text = self.expr(expr);
        match expr.kind {
            ExprKind::Binary(..) | ExprKind::If(..) | ExprKind::As(..) | ExprKind::Not(_) | ExprKind::Negate(_) => {
                format!("({text})")
            }
            _ => text,
        }
    }

    fn var(&self, var: Var) -> String {
        let unknown = || format!("{var:?}");
        match var {
            Var::Param(at) => self.params.get(at as usize).map_or_else(unknown, |param| param.name.clone()),
            Var::Let(at) => {
                let item = self.workflow.and_then(|workflow| workflow.lets.get(at as usize));
                item.map_or_else(unknown, |item| item.name.clone())
            }
            Var::Stage(at) => {
                let stage = self.workflow.and_then(|workflow| workflow.stages.get(at as usize));
                stage.map_or_else(unknown, |stage| stage.name.clone())
            }
            Var::Secret(at) => self.secrets.get(at as usize).map_or_else(unknown, |secret| secret.name.clone()),
            Var::Local(at) => format!("x{at}"),
            Var::Item => "item".into(),
            Var::ItemIndex => "item index".into(),
            Var::Result => "result".into(),
            Var::Previous => "previous".into(),
            Var::Outcome => "outcome".into(),
            Var::RunId => "run.id".into(),
            Var::RunWorkflow => "run.workflow".into(),
            Var::RunStarted => "run.started".into(),
            Var::ResultSchema => "result_schema".into(),
        }
    }

    fn matched(&self, subject: &Expr, arms: &[MatchArm]) -> String {
        let arm = |arm: &MatchArm| format!("{} => {}", patterns(&arm.patterns), self.expr(&arm.value));
        let arms: Vec<String> = arms.iter().map(arm).collect();
        format!("match {} {{ {} }}", self.expr(subject), arms.join(" "))
    }

    fn record(&self, entries: &[Entry]) -> String {
        let entry = |entry: &Entry| match entry {
            Entry::Field(name, value) => format!("{name}: {}", self.expr(value)),
            Entry::Spread(of) => format!("..{}", self.inner(of)),
        };
        braces(entries.iter().map(entry).collect())
    }

    fn interpolated(&self, parts: &[Part]) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => escaped(text),
            Part::Value(value) => format!("${{{}}}", self.expr(value)),
        };
        format!("\"{}\"", parts.iter().map(part).collect::<String>())
    }
}

/// A value as a literal.
pub fn literal(value: &Value) -> String {
    match value {
        Value::String(text) => format!("\"{}\"", escaped(text)),
        Value::File(file) => format!("file \"{}\"", escaped(&file.name)),
        Value::List(items) => format!("[{}]", items.iter().map(|item| literal(&item)).collect::<Vec<_>>().join(", ")),
        Value::Record(fields) => {
            braces(fields.iter().map(|(name, value)| format!("{name}: {}", literal(value))).collect())
        }
        scalar => to_text(scalar).unwrap_or_else(|| "null".into()),
    }
}

fn braces(entries: Vec<String>) -> String {
    if entries.is_empty() { "{}".into() } else { format!("{{ {} }}", entries.join(", ")) }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' | '\\' => escaped.extend(['\\', letter]),
            other => push_escaped(&mut escaped, other),
        }
    }
    escaped
}

/// Patterns as they are written.
pub fn patterns(patterns: &[Pattern]) -> String {
    let pattern = |pattern: &Pattern| match pattern {
        Pattern::String(text) => format!("\"{}\"", escaped(text)),
        Pattern::Int(number) => number.to_string(),
        Pattern::Bool(truth) => truth.to_string(),
        Pattern::Any => "_".into(),
    };
    patterns.iter().map(pattern).collect::<Vec<_>>().join(" | ")
}

fn observed(what: Observe) -> &'static str {
    match what {
        Observe::Succeeded => "succeeded",
        Observe::Failed => "failed",
        Observe::Skipped => "skipped",
        Observe::Error => "error",
        Observe::Errors => "errors",
    }
}

//! What expectations and properties ask of a run: functions that only they have, and names of stages.

use crate::base::span::Span;
use crate::sema::errors::{graph, testing as errors};
use crate::sema::expr::{Body, Typed};
use crate::sema::hir::path::StagePath;
use crate::sema::hir::property::Atom;
use crate::sema::hir::test::Observation;
use crate::sema::hir::{self, WorkflowId};
use crate::sema::names::Names;
use crate::sema::testing::path::{Part, Purpose, may_be_undone, parts, stage_at};
use crate::syntax::ast::{self, Arg, ExprKind as Written, Name, Path};
use crate::value::expr::{Expr, ExprKind, Var};
use crate::value::types::{Field, Kind, Type};

/// Who asks, and what has been asked so far: the expressions name it by its position.
pub(in crate::sema) enum Asking {
    /// The expectations of a test that runs this workflow.
    Expectation(WorkflowId, Vec<Observation>),
    /// A property of this workflow.
    Property(Claimed),
}

/// What a property speaks of.
pub(in crate::sema) struct Claimed {
    /// Of which workflow.
    pub workflow: WorkflowId,
    /// Whether a name means that the stage was attempted, rather than that it succeeded.
    pub attempted: bool,
    /// In the order of their first mention.
    pub atoms: Vec<Atom>,
}

impl Body<'_, '_> {
    /// An expression that means something to whoever asks, and nothing elsewhere.
    pub fn asked(&mut self, written: &ast::Expr) -> Option<Typed> {
        match (&self.asking, &written.kind) {
            (Some(Asking::Expectation(workflow, _)), Written::Call(callee, args)) => {
                let Written::Name(function) = &callee.kind else { return None };
                self.observation(*workflow, function, args, written.span)
            }
            (Some(Asking::Property(_)), _) => self.of_property(written),
            _ => None,
        }
    }

    fn observation(&mut self, of: WorkflowId, function: &str, args: &[Arg], span: Span) -> Option<Typed> {
        let (observation, ty) = match function {
            "attempts" => (self.one_stage(of, function, args, span).map(Observation::Attempts), Type::int()),
            "succeeded" => (self.one_stage(of, function, args, span).map(Observation::Succeeded), Type::bool()),
            "failed" => (self.one_stage(of, function, args, span).map(Observation::Failed), Type::bool()),
            "skipped" => (self.skipped_stage(of, args, span).map(Observation::Skipped), Type::bool()),
            "undone" => (self.undone_stage(of, args, span).map(Observation::Undone), Type::bool()),
            "order" => (self.two_stages(of, args, span), Type::bool()),
            "calls" => return Some(self.calls_of(args, span)),
            "error" | "errors" => return Some(self.wrong(errors::asks_why(function, span), span)),
            _ => return None,
        };
        Some(match observation {
            Some(observation) => self.observed_as_param(observation, ty, span),
            None => Typed { ty, ..Typed::unknown(span) },
        })
    }

    fn one_stage(&mut self, of: WorkflowId, function: &str, args: &[Arg], span: Span) -> Option<StagePath> {
        let [Arg { name: None, value, .. }] = args else {
            self.report(errors::wrong_count(function, "one stage", span));
            return None;
        };
        self.stage_named(of, function, value)
    }

    fn stage_named(&mut self, of: WorkflowId, function: &str, value: &ast::Expr) -> Option<StagePath> {
        let Some(parts) = parts(value) else {
            self.report(errors::not_a_path(function, value.span));
            return None;
        };
        self.stage_path(of, &parts, value.span, Purpose::Look)
    }

    fn skipped_stage(&mut self, of: WorkflowId, args: &[Arg], span: Span) -> Option<StagePath> {
        let path = self.one_stage(of, "skipped", args, span)?;
        let stage = stage_at(self.ctx, path.steps.last()?.stages[0])?;
        if stage.guard.is_empty() {
            let found = graph::never_skipped_in_a_run(&stage.name, span, stage.span);
            self.report(found);
        }
        Some(path)
    }

    fn undone_stage(&mut self, of: WorkflowId, args: &[Arg], span: Span) -> Option<StagePath> {
        let path = self.one_stage(of, "undone", args, span)?;
        let stage = stage_at(self.ctx, path.steps.last()?.stages[0])?;
        if !self.ctx.wrong.contains(&stage.span.file) && !may_be_undone(self.ctx, &path.steps.last()?.stages) {
            let found = errors::no_undo(&stage.name, path.span, stage.span);
            self.report(found);
        }
        Some(path)
    }

    fn two_stages(&mut self, of: WorkflowId, args: &[Arg], span: Span) -> Option<Observation> {
        let [Arg { name: None, value: a, .. }, Arg { name: None, value: b, .. }] = args else {
            self.report(errors::wrong_count("order", "two stages", span));
            return None;
        };
        let (first, second) = (self.stage_named(of, "order", a), self.stage_named(of, "order", b));
        let (first, second) = (first?, second?);
        if first.steps == second.steps {
            self.report(errors::order_of_one(b.span, a.span));
            return None;
        }
        Some(Observation::Order(first, second))
    }

    /// `calls(agent.action)`: a list of the arguments of each call.
    fn calls_of(&mut self, args: &[Arg], span: Span) -> Typed {
        let path = match args {
            [Arg { name: None, value, .. }] => action_path(value),
            _ => None,
        };
        let Some(path) = path else {
            let at = args.first().map_or(span, |arg| arg.value.span);
            let mut names = Names::default();
            names.args(args);
            self.touch(&names.found);
            return self.wrong(errors::calls_of_what(at), span);
        };
        let Some(found) = self.mocked_action(&path) else { return Typed::unknown(span) };
        let fields = found.params.iter().filter(|param| !param.ty.labels.secret);
        let fields = fields.map(|param| (param.name.as_str(), Field::required(param.ty.without_labels())));
        let ty = Type::list(Type::record(fields));
        self.observed_as_param(Observation::Calls(found.agent, found.action, found.probe), ty, span)
    }

    fn observed_as_param(&mut self, observation: Observation, ty: Type, span: Span) -> Typed {
        let Some(Asking::Expectation(_, observations)) = &mut self.asking else { return Typed::unknown(span) };
        let position = push(observations, observation);
        Typed { expr: Expr { kind: ExprKind::Var(Var::Param(position)), span }, ty }
    }

    /// In a property, a name or path: that the stage succeeded, or what it gave.
    fn of_property(&mut self, written: &ast::Expr) -> Option<Typed> {
        match &written.kind {
            Written::Name(_) | Written::Field(_, _) | Written::Index(_, _) => self.path_in_property(written),
            Written::OptionalField(base, name) => {
                let value = self.value_before(base)?;
                Some(self.field_of(value, name, written.span))
            }
            Written::Call(_, args) => {
                let mut names = Names::default();
                names.args(args);
                self.touch(&names.found);
                Some(self.wrong(errors::not_in_a_property(written.span), written.span))
            }
            _ => None,
        }
    }

    fn path_in_property(&mut self, written: &ast::Expr) -> Option<Typed> {
        let parts = parts(written)?;
        let Some(Asking::Property(claimed)) = &self.asking else { return None };
        let (root, attempted) = (claimed.workflow, claimed.attempted);
        let walk = super::path::walk(self.ctx, root, &parts);
        let span = written.span;
        if walk.steps.len() == parts.len() {
            let path = self.stage_path(root, &parts, span, Purpose::All)?;
            let atom = if attempted { Atom::Attempted(path) } else { Atom::Succeeded(path) };
            return Some(self.atom(atom, Type::bool(), span));
        }
        if walk.steps.is_empty() {
            self.report_no_stage(root, &parts);
            return Some(Typed::unknown(span));
        }
        // What is left are fields: of the value that the rest of the path gives.
        let Written::Field(base, name) = &written.kind else { return None };
        if walk.steps.len() + 1 < parts.len() {
            let value = self.value_before(base)?;
            return Some(self.field_of(value, name, span));
        }
        let ty = walk.steps.last().and_then(|step| stage_at(self.ctx, step.stages[0]))?.ty.without_null();
        let has_fields = !matches!(ty.kind, Kind::Null | Kind::Never);
        if !has_fields || (!walk.inside.is_empty() && ty.field(&name.text).is_none()) {
            self.report_lost(root, &parts, &walk);
            return Some(Typed::unknown(span));
        }
        let value = self.value_of_path(base)?;
        Some(self.field_of(value, name, span))
    }

    /// What stands before a `.`: the result of a stage, or a field of one.
    fn value_before(&mut self, written: &ast::Expr) -> Option<Typed> {
        let parts = parts(written)?;
        let Some(Asking::Property(claimed)) = &self.asking else { return None };
        let walk = super::path::walk(self.ctx, claimed.workflow, &parts);
        match walk.steps.len() == parts.len() {
            true => self.value_of_path(written),
            false => self.path_in_property(written),
        }
    }

    /// The result of the stage that a path leads to.
    fn value_of_path(&mut self, written: &ast::Expr) -> Option<Typed> {
        let parts = parts(written)?;
        let Some(Asking::Property(claimed)) = &self.asking else { return None };
        let path = self.stage_path(claimed.workflow, &parts, written.span, Purpose::All)?;
        let stage = stage_at(self.ctx, path.steps.last()?.stages[0])?;
        let ty = stage.ty.without_null().without_labels();
        Some(self.atom(Atom::Value(path), ty, written.span))
    }

    fn field_of(&mut self, value: Typed, name: &Name, span: Span) -> Typed {
        if value.ty.is_unknown() {
            return Typed::unknown(span);
        }
        let ty = self.field_type(&value.ty.without_null(), name).without_null();
        let kind = ExprKind::OptionalField(Box::new(value.expr), name.text.as_str().into());
        Typed { expr: Expr { kind, span }, ty }
    }

    fn atom(&mut self, atom: Atom, ty: Type, span: Span) -> Typed {
        let Some(Asking::Property(claimed)) = &mut self.asking else { return Typed::unknown(span) };
        let position = push(&mut claimed.atoms, atom);
        Typed { expr: Expr { kind: ExprKind::Var(Var::Param(position)), span }, ty }
    }

    /// A name in a property that is no stage: a `let` or parameter of the workflow, or nothing at all.
    fn report_no_stage(&mut self, root: WorkflowId, parts: &[Part<'_>]) {
        let Some(first) = parts.first() else { return };
        let body = self.ctx.bodies[root.index()].as_ref();
        let value = body.and_then(|body| {
            let of_let = |one: &&hir::Let| one.name == first.name;
            let of_param = |one: &&hir::Param| one.name == first.name;
            let found_let = body.lets.iter().find(of_let).map(|one| (one.span, "a `let`"));
            found_let.or_else(|| body.params.iter().find(of_param).map(|one| (one.span, "a parameter")))
        });
        match value {
            Some((declared, noun)) => self.report(errors::not_of_stages(first.name, first.span, declared, noun)),
            None => {
                let walk = super::path::walk(self.ctx, root, parts);
                self.report_lost(root, parts, &walk);
            }
        }
    }
}

/// Adds to what is asked; gives its position.
fn push<T>(asked: &mut Vec<T>, one: T) -> u32 {
    asked.push(one);
    u32::try_from(asked.len() - 1).unwrap_or(u32::MAX)
}

/// `agent.action` as the path that it is.
fn action_path(written: &ast::Expr) -> Option<Path> {
    let parts = parts(written)?;
    let parts: Vec<Name> = parts.iter().map(|part| Name { text: part.name.to_owned(), span: part.span }).collect();
    Some(Path { parts, span: written.span })
}

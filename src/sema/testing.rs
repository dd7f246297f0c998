//! `test` items: one workflow is run, mocks answer, expectations look at what became of it.

mod asking;
mod lets;
mod mock;
mod path;
mod question;
mod reach;

use std::collections::HashMap;
use std::rc::Rc;

use crate::base::span::Span;
use crate::sema::call::Callee;
use crate::sema::clause::Clauses;
use crate::sema::context::Context;
use crate::sema::errors::testing as errors;
use crate::sema::expr::{Body, Secrets, outcome_type};
use crate::sema::hir::test::{Answers, Expectation, Observation, Test};
use crate::sema::hir::{self, Target, WorkflowId};
use crate::sema::include;
use crate::sema::scope::{Binding, Frame, FrameKind};
use crate::sema::signature::Signature;
use crate::sema::stage::limit::Around;
use crate::sema::testing::reach::{Reach, Reached};
use crate::syntax::ast::{self, Item, Spanned, TestStmt};
use crate::value::expr::{Expr, ExprKind, Var};
use crate::value::types::{Field, Type};

pub(super) use asking::{Asking, Claimed};

/// Checks every test, once all workflows are checked.
pub(super) fn check_all(ctx: &mut Context<'_>) {
    let asks = |item: &Item| matches!(item, Item::Test(_) | Item::Property(_));
    if ctx.modules.iter().any(|module| module.ast.items.iter().any(asks)) {
        ctx.stages = path::by_name(&ctx.bodies);
    }
    let files = ctx.modules.iter().map(|module| module.file);
    ctx.wrong = files.filter(|&file| ctx.before.has_errors_in(file) || ctx.bag.has_errors_in(file)).collect();
    let modules = ctx.modules;
    let mut reach = Reach::default();
    for (module, parsed) in modules.iter().enumerate() {
        let mut titles = HashMap::new();
        for item in &parsed.ast.items {
            let Item::Test(test) = item else { continue };
            check_title(ctx, "tests", &test.name, &mut titles);
            let found = check(ctx, module, test, &mut reach);
            ctx.tests.extend(found);
        }
    }
}

/// Names of tests, and of properties, are told apart within a file.
pub(super) fn check_title<'a>(
    ctx: &mut Context<'_>,
    what: &str,
    title: &'a Spanned<String>,
    titles: &mut HashMap<&'a str, Span>,
) {
    match titles.get(title.value.as_str()) {
        Some(first) => ctx.report(errors::same_title(what, &title.value, title.span, *first)),
        None => drop(titles.insert(&title.value, title.span)),
    }
}

/// The statements of a test by kind.
#[derive(Default)]
struct Parts<'a> {
    lets: Vec<&'a ast::Let>,
    runs: Vec<&'a ast::Call>,
    mocks: Vec<&'a ast::Mock>,
    replays: Vec<&'a Spanned<String>>,
    expectations: Vec<&'a ast::Expr>,
    crashes: Vec<Span>,
}

impl<'a> Parts<'a> {
    fn of(test: &'a ast::Test) -> Self {
        let mut parts = Self::default();
        for statement in &test.body {
            match statement {
                TestStmt::Let(item) => parts.lets.push(item),
                TestStmt::Run(call) => parts.runs.push(call),
                TestStmt::Mock(mock) => parts.mocks.push(mock),
                TestStmt::Replay(file) => parts.replays.push(file),
                TestStmt::Expect(value) => parts.expectations.push(value),
                TestStmt::CrashEverywhere(span) => parts.crashes.push(*span),
            }
        }
        parts
    }
}

fn check<'a>(ctx: &mut Context<'a>, module: usize, test: &'a ast::Test, reach: &mut Reach) -> Option<Test> {
    let parts = Parts::of(test);
    check_statements(ctx, test, &parts);
    let mut body = Body::new(ctx, module, Frame::new(FrameKind::Test));
    body.secrets = Secrets::Forbidden("a test");
    let lets = body.test_lets(&parts.lets);
    let run = body.run(&parts);
    let Some((workflow, run)) = run else {
        body.touch_rest(&parts);
        body.report_unused_lets(parts.lets.len());
        return None;
    };
    let answers = body.answers(&parts, workflow, &run, reach);
    let (expectations, observations) = body.expectations(&parts, workflow);
    body.report_unused_lets(parts.lets.len());
    Some(Test {
        name: test.name.value.clone(),
        doc: test.doc.clone(),
        lets,
        workflow,
        run,
        answers,
        expectations,
        observations,
        crash_everywhere: !parts.crashes.is_empty(),
        span: test.name.span,
    })
}

/// What is missing, and what stands twice. Of a test with a statement that did not parse nobody knows what is missing.
fn check_statements(ctx: &mut Context<'_>, test: &ast::Test, parts: &Parts<'_>) {
    let (title, at) = (test.name.value.as_str(), test.name.span);
    let whole = !ctx.before.has_errors_within(test.span);
    if parts.runs.is_empty() && whole {
        ctx.report(errors::runs_nothing(title, at));
    }
    for again in parts.runs.iter().skip(1) {
        ctx.report(errors::runs_again(again.span, parts.runs[0].span));
    }
    if parts.expectations.is_empty() && whole {
        ctx.report(errors::expects_nothing(title, at));
    }
    for again in parts.replays.iter().skip(1) {
        ctx.report(errors::stated_twice("replay", again.span, parts.replays[0].span));
    }
    for again in parts.crashes.iter().skip(1) {
        ctx.report(errors::stated_twice("crash everywhere", *again, parts.crashes[0]));
    }
}

impl<'a> Body<'_, 'a> {
    /// The workflow that a test runs, with the call of it.
    fn run(&mut self, parts: &Parts<'a>) -> Option<(WorkflowId, hir::Call)> {
        let written = *parts.runs.first()?;
        let Some(Callee { target, signature }) = self.callee(&written.path) else {
            self.arguments_of_nobody(&written.args);
            return None;
        };
        let Target::Workflow(workflow) = target else {
            self.report(errors::runs_an_action(&signature.name, written.path.span));
            self.arguments_of_nobody(&written.args);
            return None;
        };
        // A test stands for whoever could start or call it: what it hands over counts as allowed.
        let signature = Rc::new(unlabelled(&signature));
        let callee = Callee { target: Target::Workflow(workflow), signature };
        let called = self.called(callee, &written.args, written.span, &Clauses::default(), Around::default());
        Some((workflow, called.call))
    }

    fn answers(&mut self, parts: &Parts<'a>, workflow: WorkflowId, run: &hir::Call, reach: &mut Reach) -> Answers {
        let Some(replay) = parts.replays.first() else {
            let mut reached = Reached::new(self.ctx, workflow, run, reach);
            let mocks = parts.mocks.iter().filter_map(|written| {
                let mock = self.mock(written, workflow)?;
                let every = written.args.as_ref().is_none_or(Vec::is_empty);
                self.check_reached(&mock, every, &mut reached);
                Some(mock)
            });
            return Answers::Mocks(mocks.collect());
        };
        for mock in &parts.mocks {
            self.report(errors::mock_beside_replay(mock.span, replay.span));
            self.touch_mock(mock);
        }
        match include::existing(self.ctx, self.module, &replay.value, replay.span) {
            Ok(path) => Answers::Replay(path),
            Err(found) => {
                self.report(*found);
                Answers::Replay(replay.value.clone())
            }
        }
    }

    fn expectations(&mut self, parts: &Parts<'a>, workflow: WorkflowId) -> (Vec<Expectation>, Vec<Observation>) {
        let around = self.frame().scoped.len();
        let observed = self.open_observed(workflow);
        self.asking = Some(Asking::Expectation(workflow, observed));
        let found = parts.expectations.iter().map(|written| self.expectation(written)).collect();
        self.frame_mut().scoped.truncate(around);
        let observations = match self.asking.take() {
            Some(Asking::Expectation(_, observations)) => observations,
            _ => Vec::new(),
        };
        (found, observations)
    }

    fn expectation(&mut self, written: &'a ast::Expr) -> Expectation {
        let value = self.condition(written, "`expect`");
        if !looks_at_run(&value) {
            self.report(errors::looks_at_nothing(written.span));
        }
        Expectation { value, span: written.span }
    }

    /// The names that only expectations see.
    fn open_observed(&mut self, workflow: WorkflowId) -> Vec<Observation> {
        let result = self.ctx.workflows[workflow.index()].result.without_labels();
        let spent = [("tokens", Field::required(Type::tokens())), ("money", Field::required(Type::money()))];
        let named = [
            ("result", result, Observation::Result),
            ("outcome", outcome_type().without_labels(), Observation::Outcome),
            ("elapsed", Type::duration(), Observation::Elapsed),
            ("spent", Type::record(spent), Observation::Spent),
        ];
        let span = Span::start_of(self.ctx.modules[self.module].file);
        let mut observations = Vec::new();
        for (index, (name, ty, observation)) in (0..).zip(named) {
            self.frame_mut().open(Binding::given(name, span, Var::Param(index), ty));
            observations.push(observation);
        }
        observations
    }

    /// Of a test that runs nothing: what it mentions counts as used.
    fn touch_rest(&mut self, parts: &Parts<'a>) {
        parts.mocks.iter().for_each(|mock| self.touch_mock(mock));
        let mut names = crate::sema::names::Names::default();
        parts.expectations.iter().for_each(|written| names.expr(written));
        self.touch(&names.found);
    }
}

/// How a test calls a workflow: labels bind those who hand over what comes from outside.
fn unlabelled(signature: &Signature) -> Signature {
    let mut signature = signature.clone();
    for param in &mut signature.params {
        param.ty = if param.ty.labels.secret { param.ty.clone() } else { param.ty.without_labels() };
    }
    signature
}

/// Whether an expression depends on the run, or on something that is wrong already.
fn looks_at_run(value: &Expr) -> bool {
    let mut looks = false;
    value.walk(|part| looks |= matches!(part.kind, ExprKind::Var(Var::Param(_) | Var::Local(_))));
    looks
}

//! What the runs of tests have reached of the workflows that they run, and what not.
//!
//! Everything is known by its place in the sources: tests of one program, and instances of one template, add up.

use std::collections::{BTreeMap, BTreeSet};

use super::case::Case;
use super::paths::{pattern_text, said, words_about};
use crate::base::span::{FileId, Span};
use crate::engine::marks::{Mark, Marks};
use crate::pipeline::Checked;
use crate::plan::{ArmBody, Body, HandlerAction, Plan, Stage, Target, Workflow};
use crate::sema::hir::WorkflowId;

/// More than a stage has handlers: points of words come after those of handlers.
const HANDLERS_MAX: u32 = 1_000;

/// What kind of thing is to be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A stage ran.
    Stage,
    /// A condition was true, or false.
    Guard,
    /// An arm of a `match` was taken.
    Arm,
    /// An `on failure` applied.
    Handler,
    /// A stage whose failure means something failed; a workflow returned, or failed.
    Outcome,
}

impl Kind {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::Stage, Self::Guard, Self::Arm, Self::Handler, Self::Outcome];

    /// As people call them.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stage => "stages",
            Self::Guard => "guards",
            Self::Arm => "arms",
            Self::Handler => "handlers",
            Self::Outcome => "outcomes",
        }
    }
}

/// Something to be reached.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// Where.
    pub span: Span,
    /// What kind.
    pub kind: Kind,
    /// Which of several at one place.
    nth: u32,
}

/// What became of a point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// The workflow that it is in: for a body in braces the one around.
    pub workflow: String,
    /// What would have to happen: `` `spec` fails ``.
    pub what: String,
    /// Whether it did.
    pub hit: bool,
}

/// A workflow: several files may have one of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named<'a> {
    /// Where it stands.
    pub file: FileId,
    /// What it is called.
    pub name: &'a str,
}

/// Points with what became of them, in the order of the sources.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    /// The files that count.
    files: BTreeSet<FileId>,
    /// By place.
    pub points: BTreeMap<Point, Reached>,
}

/// How many were reached of how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    /// Reached.
    pub hit: usize,
    /// All.
    pub all: usize,
}

impl Share {
    /// In percent, rounded down; of nothing all.
    pub fn percent(self) -> usize {
        (self.hit * 100).checked_div(self.all).unwrap_or(100)
    }
}

impl Coverage {
    /// All that is to be reached in the workflows of the files that were asked for, and of those whose workflows their tests run:
    /// nothing of it is yet.
    pub fn of(checked: &Checked) -> Self {
        let mut coverage = Self { files: tested(checked), ..Self::default() };
        let workflows = checked.program.workflows.iter().enumerate();
        for (index, workflow) in workflows.filter(|(_, workflow)| !workflow.inline) {
            match checked.plan(WorkflowId::new(index)) {
                Some(plan) => coverage.add_plan(&plan, &Marks::new()),
                // What takes agents is only ever called: its parts are known once a test does.
                None => {
                    let what = || format!("`{}` returns", workflow.name);
                    coverage.point(workflow.span, (Kind::Outcome, 0), &workflow.name, false, what);
                }
            }
        }
        coverage
    }

    /// Adds what the run of a test has reached.
    pub fn add(&mut self, case: &Case, marks: &Marks) {
        if let Some(ready) = &case.ready {
            self.add_plan(&ready.plan, marks);
        }
    }

    fn add_plan(&mut self, plan: &Plan, marks: &Marks) {
        let owners = owners(plan);
        for (index, workflow) in (0_u32..).zip(&plan.workflows) {
            let owner = &owners[index as usize];
            let mut look = Looker { coverage: self, marks, workflow: index, owner };
            look.workflow(workflow);
        }
    }

    fn point(&mut self, span: Span, (kind, nth): (Kind, u32), owner: &str, hit: bool, what: impl FnOnce() -> String) {
        if self.files.contains(&span.file) {
            let new = || Reached { workflow: owner.to_owned(), what: what(), hit: false };
            self.points.entry(Point { span, kind, nth }).or_insert_with(new).hit |= hit;
        }
    }

    /// How much was reached, of one kind or of all.
    pub fn share(&self, workflow: Option<Named<'_>>, kind: Option<Kind>) -> Share {
        let mut share = Share::default();
        for (point, reached) in &self.points {
            let named = Named { file: point.span.file, name: &reached.workflow };
            if workflow.is_none_or(|one| one == named) && kind.is_none_or(|kind| kind == point.kind) {
                share.all += 1;
                share.hit += usize::from(reached.hit);
            }
        }
        share
    }

    /// The workflows, each once, in the order of the sources.
    pub fn workflows(&self) -> Vec<Named<'_>> {
        let mut seen = BTreeSet::new();
        let named = self.points.iter().map(|(point, one)| Named { file: point.span.file, name: &one.workflow });
        named.filter(|one| seen.insert(*one)).collect()
    }
}

/// What was asked for, and what it tests: tests may stand in a file of their own.
fn tested(checked: &Checked) -> BTreeSet<FileId> {
    let tests = checked.program.tests.iter().filter(|test| checked.mains.contains(&test.span.file));
    let run = tests.map(|test| checked.program.workflows[test.workflow.index()].span.file);
    checked.mains.iter().copied().chain(run).collect()
}

/// For each workflow of a plan the name of the one that people know it by.
fn owners(plan: &Plan) -> Vec<String> {
    let mut callers: Vec<Option<usize>> = vec![None; plan.workflows.len()];
    for (index, workflow) in plan.workflows.iter().enumerate() {
        for stage in &workflow.stages {
            stage.all_calls(&mut |call| {
                if let Target::Workflow(inner) = call.target
                    && plan.workflows[inner.index()].inline
                {
                    callers[inner.index()] = Some(index);
                }
            });
        }
    }
    // Calls go in no circle.
    let outermost = |index: usize| std::iter::successors(Some(index), |&at| callers[at]).last().unwrap_or(index);
    (0..callers.len()).map(|index| plain(&plan.workflows[outermost(index)].name)).collect()
}

/// A template without its agents.
fn plain(name: &str) -> String {
    name.split('[').next().unwrap_or(name).to_owned()
}

struct Looker<'a> {
    coverage: &'a mut Coverage,
    marks: &'a Marks,
    workflow: u32,
    owner: &'a str,
}

impl Looker<'_> {
    fn workflow(&mut self, workflow: &Workflow) {
        let id = self.workflow;
        if !workflow.inline {
            let name = plain(&workflow.name);
            self.point(workflow.span, Kind::Outcome, 0, Mark::Returned(id), || format!("`{name}` returns"));
            if may_fail(workflow) {
                self.point(workflow.span, Kind::Outcome, 1, Mark::Broken(id), || format!("`{name}` fails"));
            }
        }
        let decided: BTreeSet<u32> =
            workflow.stages.iter().flat_map(|stage| stage.guard.iter().map(|term| term.condition)).collect();
        for condition in decided {
            let span = workflow.conditions[condition as usize].value.span;
            for (nth, truth) in [(0, true), (1, false)] {
                let mark = Mark::Condition(id, condition, truth);
                self.point(span, Kind::Guard, nth, mark, || format!("the condition is {truth}"));
            }
        }
        for (index, stage) in (0..).zip(&workflow.stages) {
            self.stage(index, stage);
        }
    }

    fn stage(&mut self, index: u32, stage: &Stage) {
        let id = self.workflow;
        let (good, bad) = (Mark::Succeeded(id, index), Mark::Failed(id, index));
        if matches!(stage.body, Body::Fail(_)) {
            return self.point(stage.span, Kind::Outcome, 0, bad, || "this `fail` is reached".into());
        }
        let ran = if self.marks.contains(&bad) { bad } else { good };
        self.point(stage.span, Kind::Stage, 0, ran, || format!("`{}` runs", stage.name));
        if failure_means_something(stage) {
            self.point(stage.span, Kind::Outcome, 1, bad, || format!("`{}` fails", stage.name));
        }
        if let Body::Match(branches) = &stage.body {
            for (nth, arm) in (0..).zip(&branches.arms) {
                let span = match &arm.body {
                    ArmBody::Call(call) => call.span,
                    ArmBody::Use(value) => value.span,
                    ArmBody::Skip => stage.span,
                };
                let what = || format!("the arm `{}` of `{}` is taken", pattern_text(&arm.patterns), stage.name);
                self.point(span, Kind::Arm, nth, Mark::Arm(id, index, nth), what);
            }
        }
        for (nth, handler) in (0..).zip(&stage.handlers) {
            if matches!(handler.action, HandlerAction::Fail) {
                continue;
            }
            let of = handler.of.as_ref().map(|of| format!(" of {}", of.join(", "))).unwrap_or_default();
            if let HandlerAction::Ask(_) = handler.action {
                self.words(index, stage, nth, &of);
                continue;
            }
            let what = || format!("`on failure{of}` of `{}` applies", stage.name);
            self.point(stage.span, Kind::Handler, nth, Mark::Handler(id, index, nth), what);
        }
    }

    /// What a person says whom an `on failure ask` asks.
    fn words(&mut self, index: u32, stage: &Stage, handler: u32, of: &str) {
        let applied = Mark::Handler(self.workflow, index, handler);
        for word in words_about(stage) {
            let mark = match self.marks.contains(&applied) {
                true => Mark::Said(self.workflow, index, word),
                false => applied,
            };
            let nth = (handler + 1) * HANDLERS_MAX + word as u32;
            let what = || format!("`on failure{of} ask` of `{}`: a person {}", stage.name, said(word));
            self.point(stage.span, Kind::Handler, nth, mark, what);
        }
    }

    fn point(&mut self, span: Span, kind: Kind, nth: u32, mark: Mark, what: impl FnOnce() -> String) {
        self.coverage.point(span, (kind, nth), self.owner, self.marks.contains(&mark), what);
    }
}

/// Whether a run of it can fail by what it does itself: a stage whose failure nobody takes.
fn may_fail(workflow: &Workflow) -> bool {
    let takes_all = |stage: &Stage| {
        stage.observed
            || stage
                .handlers
                .iter()
                .any(|handler| handler.of.is_none() && !matches!(handler.action, HandlerAction::Fail))
    };
    workflow.stages.iter().any(|stage| !takes_all(stage))
}

/// Whether the program does something about a failure of the stage, or people say no by it.
fn failure_means_something(stage: &Stage) -> bool {
    let approval = |target: &Target| matches!(target, Target::Ask(ask) if ask.approves.is_some());
    let asks = matches!(&stage.body, Body::Call(call) if approval(&call.target));
    stage.observed || asks
}

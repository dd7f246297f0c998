//! The ways that a run of a workflow can take, by guard, arm, failure and outcome; and which of them tests take.
//!
//! What is decided inside maps, rounds and called workflows does not make ways of its own: those workflows have theirs.

use std::collections::BTreeMap;

use crate::engine::marks::{Mark, Marks, Word};
use crate::plan::{Body, HandlerAction, Plan, Stage, Target, Workflow};
use crate::value::expr::{BinaryOp, Expr, ExprKind, Observe, Pattern};

/// Ways of one workflow that are looked at; beyond that nobody reads them.
pub const PATHS_MAX: usize = 256;

/// One way through a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// What is decided on it, in the order of the stages.
    pub choices: Vec<Choice>,
    /// The stage at which the workflow fails; without it it returns.
    pub fails_at: Option<u32>,
}

/// Something that is decided on the way, by positions in the workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// A condition has this truth.
    Condition(u32, bool),
    /// A `match` stage takes this arm.
    Arm(u32, u32),
    /// The stage fails, and this `on failure` of it applies.
    Handled(u32, u32),
    /// The stage fails, this `on failure ask` of it applies, and the person says that.
    Said(u32, u32, Word),
    /// The stage fails, and the program goes on with that; or people refuse what it asks.
    Fails(u32),
    /// A stage with which one of those could happen goes well.
    Succeeds(u32),
}

/// The ways through a workflow of a plan, at most [`PATHS_MAX`], and whether there are more.
pub fn paths(plan: &Plan, workflow: u32) -> (Vec<Path>, bool) {
    let workflow = &plan.workflows[workflow as usize];
    let mut finder = Finder { workflow, order: order(workflow), found: Vec::new(), more: false };
    finder.follow(0, &Way::default());
    (finder.found, finder.more)
}

/// Whether a run that has been at these places took a way through that workflow of its plan.
pub fn takes(plan: &Plan, workflow: u32, path: &Path, marks: &Marks) -> bool {
    let handlers = |stage: u32| plan.workflows[workflow as usize].stages[stage as usize].handlers.len();
    let is = |choice: &Choice| match *choice {
        Choice::Condition(condition, truth) => marks.contains(&Mark::Condition(workflow, condition, truth)),
        Choice::Arm(stage, arm) => marks.contains(&Mark::Arm(workflow, stage, arm)),
        Choice::Handled(stage, handler) => marks.contains(&Mark::Handler(workflow, stage, handler)),
        Choice::Said(stage, handler, word) => {
            let asked = marks.contains(&Mark::Handler(workflow, stage, handler));
            asked && marks.contains(&Mark::Said(workflow, stage, word))
        }
        Choice::Fails(stage) => marks.contains(&Mark::Failed(workflow, stage)),
        Choice::Succeeds(stage) => {
            let handled =
                (0_u32..).take(handlers(stage)).any(|nth| marks.contains(&Mark::Handler(workflow, stage, nth)));
            marks.contains(&Mark::Succeeded(workflow, stage)) && !handled
        }
    };
    let end = match path.fails_at {
        None => marks.contains(&Mark::Returned(workflow)),
        Some(stage) => marks.contains(&Mark::Broken(workflow)) && marks.contains(&Mark::Failed(workflow, stage)),
    };
    end && path.choices.iter().all(is)
}

/// A way in words: `` `price.cents > 1_000` is true; `allowed` is refused ``.
pub fn words(plan: &Plan, workflow: u32, path: &Path) -> String {
    let workflow = &plan.workflows[workflow as usize];
    let name = |stage: u32| workflow.stages[stage as usize].name.as_str();
    let of = |stage: u32, handler: u32| {
        let of = workflow.stages[stage as usize].handlers[handler as usize].of.as_ref();
        of.map(|of| format!(" with {}", of.join(" or "))).unwrap_or_default()
    };
    let mut words: Vec<String> = Vec::new();
    for choice in &path.choices {
        words.push(match *choice {
            Choice::Condition(condition, truth) => {
                format!("`{}` is {truth}", plan.written(workflow.conditions[condition as usize].value.span))
            }
            Choice::Arm(stage, arm) => {
                format!("`{}` takes {}", name(stage), arm_words(&workflow.stages[stage as usize], arm))
            }
            Choice::Handled(stage, handler) => {
                format!("`{}` fails{}, which is handled", name(stage), of(stage, handler))
            }
            Choice::Said(stage, handler, word) => {
                format!("`{}` fails{}, and a person {}", name(stage), of(stage, handler), said(word))
            }
            Choice::Fails(stage) if path.fails_at == Some(stage) => format!("`{}` is refused", name(stage)),
            Choice::Fails(stage) => format!("`{}` fails", name(stage)),
            Choice::Succeeds(_) => continue,
        });
    }
    words.push(match path.fails_at.map(|stage| &workflow.stages[stage as usize]) {
        None => "returns".into(),
        Some(Stage { body: Body::Fail(message), .. }) => format!("`fail {}`", plan.written(message.span)),
        Some(_) => "fails".into(),
    });
    words.join("; ")
}

/// What a person does about a failure.
pub(super) fn said(word: Word) -> &'static str {
    match word {
        Word::Retry => "has it tried again",
        Word::Skip => "does without it",
        Word::Value => "gives a value",
        Word::Fail => "lets it fail",
    }
}

/// What a person may say about a failure of a stage.
pub(super) fn words_about(stage: &Stage) -> impl Iterator<Item = Word> {
    let may_be_skipped = stage.may_be_skipped();
    Word::ALL.into_iter().filter(move |word| may_be_skipped || *word != Word::Skip)
}

fn arm_words(stage: &Stage, arm: u32) -> String {
    let Body::Match(branches) = &stage.body else { return String::new() };
    let patterns = branches.arms.get(arm as usize).map(|arm| arm.patterns.as_slice()).unwrap_or_default();
    format!("the arm `{}`", pattern_text(patterns))
}

/// The patterns of an arm as they are written.
pub(super) fn pattern_text(patterns: &[Pattern]) -> String {
    let one = |pattern: &Pattern| match pattern {
        Pattern::String(text) => crate::value::text::quoted(text),
        Pattern::Int(number) => number.to_string(),
        Pattern::Bool(truth) => truth.to_string(),
        Pattern::Any => "_".into(),
    };
    patterns.iter().map(one).collect::<Vec<_>>().join(" | ")
}

/// The stages as a run comes to them: the body in the order of the file, then `finally`.
fn order(workflow: &Workflow) -> Vec<u32> {
    let all = || (0_u32..).zip(&workflow.stages);
    let body = all().filter(|(_, stage)| !stage.finally);
    body.chain(all().filter(|(_, stage)| stage.finally)).map(|(index, _)| index).collect()
}

/// How a stage ended on a way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Succeeded,
    Failed,
    Skipped,
}

#[derive(Clone, Default)]
struct Way {
    choices: Vec<Choice>,
    truths: BTreeMap<u32, bool>,
    states: BTreeMap<u32, State>,
}

impl Way {
    fn with(&self, choice: Option<Choice>, stage: u32, state: State) -> Self {
        let mut way = self.clone();
        way.choices.extend(choice);
        way.states.insert(stage, state);
        way
    }
}

struct Finder<'a> {
    workflow: &'a Workflow,
    order: Vec<u32>,
    found: Vec<Path>,
    more: bool,
}

impl Finder<'_> {
    /// Goes on with the stage at this place of the order.
    fn follow(&mut self, at: usize, way: &Way) {
        let Some(&index) = self.order.get(at) else { return self.end(way, None) };
        let stage = &self.workflow.stages[index as usize];
        self.guard(at, index, stage, 0, way);
    }

    /// Decides what is left of the guard of a stage.
    fn guard(&mut self, at: usize, index: u32, stage: &Stage, term: usize, way: &Way) {
        if self.found.len() >= PATHS_MAX {
            self.more = true;
            return;
        }
        let Some(term_here) = stage.guard.get(term) else { return self.run(at, index, stage, way) };
        let condition = term_here.condition;
        let known = way.truths.get(&condition).copied();
        let value = &self.workflow.conditions[condition as usize].value;
        let derived = known.is_none().then(|| truth(value, way)).flatten();
        let truths = match known.or(derived) {
            Some(truth) => vec![truth],
            None => vec![true, false],
        };
        for truth in truths {
            let mut next = way.clone();
            if known.is_none() {
                next.truths.insert(condition, truth);
            }
            if known.is_none() && derived.is_none() {
                next.choices.push(Choice::Condition(condition, truth));
            }
            match truth == term_here.holds {
                true => self.guard(at, index, stage, term + 1, &next),
                false => self.follow(at + 1, &next.with(None, index, State::Skipped)),
            }
        }
    }

    fn run(&mut self, at: usize, index: u32, stage: &Stage, way: &Way) {
        if matches!(stage.body, Body::Fail(_)) {
            return self.end(way, Some(index));
        }
        if let Body::Match(branches) = &stage.body {
            for arm in (0_u32..).take(branches.arms.len()) {
                self.follow(at + 1, &way.with(Some(Choice::Arm(index, arm)), index, State::Succeeded));
            }
        } else {
            let decided = is_open(stage).then_some(Choice::Succeeds(index));
            self.follow(at + 1, &way.with(decided, index, State::Succeeded));
        }
        for (nth, handler) in (0_u32..).zip(&stage.handlers) {
            let state = match handler.action {
                HandlerAction::Fail => continue,
                HandlerAction::Skip => State::Failed,
                HandlerAction::Ask(_) => {
                    self.asked(at, index, nth, stage, way);
                    continue;
                }
                HandlerAction::Use(_) | HandlerAction::Call(_) => State::Succeeded,
            };
            self.follow(at + 1, &way.with(Some(Choice::Handled(index, nth)), index, state));
        }
        if stage.observed {
            self.follow(at + 1, &way.with(Some(Choice::Fails(index)), index, State::Failed));
        } else if approves(stage) && stage.handlers.is_empty() {
            let refused = way.with(Some(Choice::Fails(index)), index, State::Failed);
            self.end(&refused, Some(index));
        }
    }

    /// A failure asks a person.
    fn asked(&mut self, at: usize, index: u32, nth: u32, stage: &Stage, way: &Way) {
        for word in words_about(stage) {
            let state = match word {
                Word::Retry | Word::Value => State::Succeeded,
                Word::Skip | Word::Fail => State::Failed,
            };
            let next = way.with(Some(Choice::Said(index, nth, word)), index, state);
            match word == Word::Fail && !stage.observed {
                true => self.end(&next, Some(index)),
                false => self.follow(at + 1, &next),
            }
        }
    }

    fn end(&mut self, way: &Way, fails_at: Option<u32>) {
        match self.found.len() < PATHS_MAX {
            true => self.found.push(Path { choices: way.choices.clone(), fails_at }),
            false => self.more = true,
        }
    }
}

/// Whether a stage may end in a way that makes another path.
fn is_open(stage: &Stage) -> bool {
    let handled = stage.handlers.iter().any(|handler| !matches!(handler.action, HandlerAction::Fail));
    handled || stage.observed || approves(stage)
}

fn approves(stage: &Stage) -> bool {
    matches!(&stage.body, Body::Call(call) if matches!(&call.target, Target::Ask(ask) if ask.approves.is_some()))
}

/// The truth of a condition that follows from how stages ended.
fn truth(expr: &Expr, way: &Way) -> Option<bool> {
    match &expr.kind {
        ExprKind::Observe(what, stage) => {
            let state = way.states.get(stage)?;
            match what {
                Observe::Succeeded => Some(*state == State::Succeeded),
                Observe::Failed => Some(*state == State::Failed),
                Observe::Skipped => Some(*state == State::Skipped),
                Observe::Error | Observe::Errors => None,
            }
        }
        ExprKind::Not(inner) => truth(inner, way).map(|truth| !truth),
        ExprKind::Binary(BinaryOp::And, left, right) => match (truth(left, way), truth(right, way)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        },
        ExprKind::Binary(BinaryOp::Or, left, right) => match (truth(left, way), truth(right, way)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
        _ => None,
    }
}

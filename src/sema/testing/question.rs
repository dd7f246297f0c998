//! What a mock of a stage answers: its `ask` or `event`, that of an alternative, or its `on failure ask`.

use crate::base::span::Span;
use crate::sema::errors::testing as errors;
use crate::sema::expr::Body;
use crate::sema::hir::path::StagePath;
use crate::sema::hir::{self, HandlerAction, RaceKind, Target, WorkflowId};
use crate::sema::inside::calls;
use crate::sema::testing::path::{Part, Purpose, stage_at, walk};
use crate::syntax::ast::Path;
use crate::value::types::Type;

/// Something of a stage that waits for an answer from outside.
pub(super) struct Question {
    /// The stage.
    pub stage: StagePath,
    /// The alternative of a race.
    pub tag: Option<String>,
    /// As it is written.
    pub name: String,
    /// What an answer is.
    pub answer: Awaited,
    /// The place of the stage.
    pub declared: Span,
}

/// An answer that is waited for.
pub(super) struct Awaited {
    /// Its type.
    pub result: Type,
    /// Whether it is yes or no.
    pub approves: bool,
    /// The classes that a question ends with where it is not answered as was hoped. None where a person is asked what becomes of
    /// a failure: that may be any.
    pub classes: Option<&'static [&'static str]>,
}

impl Body<'_, '_> {
    /// The question that a path leads to; reports where it does not.
    pub(super) fn question_at(&mut self, path: &Path, root: WorkflowId) -> Option<Question> {
        let parts: Vec<Part<'_>> =
            path.parts.iter().map(|part| Part { name: &part.text, span: part.span, item: None }).collect();
        let name = path.parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(".");
        if let Some((last, before)) = parts.split_last()
            && let Some(race) = self.race_at(root, before)
        {
            return self.alternative(race, last, name);
        }
        let stage = self.stage_path(root, &parts, path.span, Purpose::All)?;
        let places = stage.steps.last().map(|step| step.stages.clone()).unwrap_or_default();
        let stages: Vec<&hir::Stage> = places.iter().filter_map(|&place| stage_at(self.ctx, place)).collect();
        let asked = stages.iter().find_map(|stage| asked(stage));
        let declared = stages.first()?.span;
        match asked {
            Some(answer) => Some(Question { stage, tag: None, name, answer, declared }),
            None => {
                self.report_no_question(&stage, path.span, &name);
                None
            }
        }
    }

    /// The race that a path leads to, if its alternatives have tags.
    fn race_at(&self, root: WorkflowId, parts: &[Part<'_>]) -> Option<StagePath> {
        let (first, last) = (parts.first()?, parts.last()?);
        let steps = walk(self.ctx, root, parts).steps;
        let stage = stage_at(self.ctx, steps.last()?.stages[0])?;
        let tagged = matches!(&stage.body, hir::Body::Race(race) if race.kind == RaceKind::Tagged);
        (tagged && steps.len() == parts.len()).then(|| StagePath { steps, span: first.span.to(last.span) })
    }

    /// The question of one alternative of a race.
    fn alternative(&mut self, race: StagePath, tag: &Part<'_>, name: String) -> Option<Question> {
        let stage = stage_at(self.ctx, race.steps.last()?.stages[0])?;
        let hir::Body::Race(of) = &stage.body else { return None };
        let declared = stage.span;
        let found = of.alternatives.iter().find(|one| one.tag.as_deref() == Some(tag.name));
        let Some(found) = found else {
            let legal: Vec<String> = of.alternatives.iter().filter_map(|one| one.tag.clone()).collect();
            let legal: Vec<&str> = legal.iter().map(String::as_str).collect();
            let found = errors::no_tag(&stage.name, tag.name, tag.span, declared, &legal);
            self.report(found);
            return None;
        };
        match answer_to(&found.call) {
            Some(answer) => {
                let tag = Some(tag.name.to_owned());
                Some(Question { stage: race, tag, name, answer, declared })
            }
            None => {
                let target = found.call.target.clone();
                self.report_no_answer(Some(&target), race.span.to(tag.span), &name, declared);
                None
            }
        }
    }

    fn report_no_question(&mut self, path: &StagePath, at: Span, name: &str) {
        let Some(place) = path.steps.last().map(|step| step.stages[0]) else { return };
        let Some(stage) = stage_at(self.ctx, place) else { return };
        let declared = stage.span;
        if let hir::Body::Race(race) = &stage.body
            && race.kind == RaceKind::Tagged
        {
            let tags: Vec<String> = race.alternatives.iter().filter_map(|one| one.tag.clone()).collect();
            let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
            self.report(errors::mocks_a_race(name, at, declared, &tags));
            return;
        }
        let target = calls(stage).first().map(|call| call.target.clone());
        self.report_no_answer(target.as_ref(), at, name, declared);
    }

    /// Says what is called where nobody is asked.
    fn report_no_answer(&mut self, target: Option<&Target>, at: Span, name: &str, declared: Span) {
        // What is called may be what is wrong.
        if self.ctx.wrong.contains(&declared.file) {
            return;
        }
        let found = match target {
            Some(Target::Action(agent, action)) => match self.action_name(agent.index(), *action) {
                Some(action) => errors::mocks_a_call(name, at, declared, &action),
                None => return,
            },
            Some(Target::Workflow(id)) => {
                let body = self.ctx.bodies[id.index()].as_ref();
                let inner = match body.filter(|body| !body.inline) {
                    Some(body) => format!("the workflow `{}`", body.name),
                    None => "its body".to_owned(),
                };
                errors::mocks_a_workflow(name, at, declared, &inner)
            }
            Some(Target::Wait(_)) => errors::mocks_a_wait(name, at, declared),
            _ => errors::mocks_nothing(name, at, declared),
        };
        self.report(found);
    }

    fn action_name(&self, agent: usize, action: usize) -> Option<String> {
        let agent = self.ctx.agents.get(agent)?.as_ref()?;
        let (name, _) = agent.actions.get_index(action)?;
        Some(format!("{}.{name}", agent.name))
    }
}

/// What answers to a stage are.
fn asked(stage: &hir::Stage) -> Option<Awaited> {
    // Which alternative of a race is meant has to be said, unless none has a tag.
    let tagged = matches!(&stage.body, hir::Body::Race(race) if race.kind == RaceKind::Tagged);
    let asked = calls(stage).into_iter().filter(|_| !tagged).find_map(answer_to);
    if !stage.handlers.iter().any(|handler| matches!(handler.action, HandlerAction::Ask(_))) {
        return asked;
    }
    let result = match &stage.body {
        hir::Body::Map(map) => map.call.result.clone(),
        _ => stage.ty.clone(),
    };
    let on_failure = Awaited { result: result.without_labels(), approves: false, classes: None };
    Some(asked.map_or(on_failure, |asked| Awaited { classes: None, ..asked }))
}

/// What an answer to a call is that waits for somebody outside.
fn answer_to(call: &hir::Call) -> Option<Awaited> {
    let (approves, classes): (bool, &[&str]) = match &call.target {
        Target::Ask(ask) if ask.approves.is_some() => (true, &["denied", "timeout"]),
        Target::Ask(_) | Target::Event(_) => (false, &["timeout"]),
        _ => return None,
    };
    Some(Awaited { result: call.result.without_labels(), approves, classes: Some(classes) })
}

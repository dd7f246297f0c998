//! What people are asked, with the commands that answer it.

use crate::base::text::escape;
use crate::cli::ask::form::to_be_allowed;
use crate::cli::commands::Commands;
use crate::cli::render::model::{Model, State};
use crate::engine::report::{Question, QuestionKind, Wait};

/// What a run that stands still waits for, in words.
pub fn what(waits: &[Wait]) -> &'static str {
    let all = |kind: &str| waits.iter().all(|wait| wait.kind == kind);
    match waits {
        _ if all("event") => "an event",
        _ if all("secret") => "a secret",
        _ if all("disk") => "the disk",
        _ => "a person",
    }
}

/// What is asked at the stage of a run that stands still; `None` where nothing is.
pub fn told(model: &Model, stage: &str, commands: &Commands) -> Option<String> {
    question(model, stage).map(|question| asked(stage, question, commands))
}

/// The question that is open at a stage.
pub fn question<'a>(model: &'a Model, stage: &str) -> Option<&'a Question> {
    match &model.live.get(stage)?.state {
        State::Waiting { question, .. } => question.as_deref(),
        _ => None,
    }
}

/// A question and the commands that answer it.
pub fn asked(stage: &str, question: &Question, commands: &Commands) -> String {
    let role = question.role.as_deref().map(|role| format!("  role {role}")).unwrap_or_default();
    let text: String = question.text.lines().map(|line| format!("    {}\n", escape(line))).collect();
    let shown = question.approval.iter().flat_map(to_be_allowed);
    let shown: String = shown.map(|line| format!("    {line}\n")).collect();
    let forms = forms(question);
    let wide = forms.iter().map(|(name, ..)| name.len()).max().unwrap_or(0);
    let lines: String = forms
        .iter()
        .map(|(name, form, note)| format!("    {name:<wide$}  {}{note}\n", commands.answer(stage, form)))
        .collect();
    format!("  ? {stage}{role}\n{text}{shown}{lines}")
}

/// What may be answered: in words, as words of a command, and what stands for `JSON` there.
fn forms(question: &Question) -> Vec<(&'static str, &'static str, String)> {
    let of_type = format!("   (JSON: {})", question.answer);
    match question.kind {
        QuestionKind::Ask => vec![("answer", "JSON", of_type)],
        QuestionKind::Approval => {
            vec![("allow it", "--approve", String::new()), ("do not", "--refuse", String::new())]
        }
        QuestionKind::Failure => {
            let skip = question.may_skip.then(|| ("leave it out", "--skip", String::new()));
            let again = ("try again", "--retry", String::new());
            let value = ("take a value", "--value JSON", of_type);
            [again].into_iter().chain(skip).chain([value, ("give up", "--fail", String::new())]).collect()
        }
        QuestionKind::UnknownOutcome => vec![
            ("it happened", "--happened JSON", of_type),
            ("it did not", "--did-not-happen", "  (runs again)".to_owned()),
            ("give up", "--fail", String::new()),
        ],
    }
}

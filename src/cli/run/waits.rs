//! What people are asked, with the commands that answer it.

use crate::base::text::escape;
use crate::cli::ask::form::goes_with;
use crate::cli::commands::Commands;
use crate::cli::render::layout::waits;
use crate::cli::render::model::{Model, State, Wanted};
use crate::cli::roles::Roles;
use crate::cli::words::near;
use crate::engine::report::{AwaitedLock, Question, QuestionKind, Wait};
use crate::plan::Target;

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

/// What is waited for at a stage, with the commands that bring it; `None` where nobody can.
pub fn told(model: &Model, stage: &str, commands: &Commands) -> Option<String> {
    let State::Waiting { reason, until, wanted } = &model.live.get(stage)?.state else { return None };
    match wanted {
        Wanted::Answer(question) => {
            Some(asked(stage, question, until.map(|until| (until, model.now)), &model.roles, commands))
        }
        Wanted::Event(awaited) => {
            let what = waits(*reason, wanted, *until, model.now);
            let command = commands.send(&awaited.name, &awaited.key);
            Some(format!("  {stage} {what}\n    {command}{}\n", of_type(model, stage)))
        }
        Wanted::Lock(lock) => locked_out(stage, lock, commands),
        Wanted::Nothing => None,
    }
}

/// The lock that the run itself waits for, if somebody has to go on with another run first.
pub fn of_run(model: &Model, commands: &Commands) -> Option<String> {
    locked_out("the run", model.lock.as_ref()?, commands)
}

fn locked_out(who: &str, lock: &AwaitedLock, commands: &Commands) -> Option<String> {
    let resume = commands.of(lock.stands_still()?).resume();
    Some(format!("  {who} {}\n    go on with it: {resume}\n", lock_told(lock)))
}

/// Which lock is waited for, and who comes first.
pub fn lock_told(lock: &AwaitedLock) -> String {
    format!("waits for lock `{}`: {}", escape(&lock.name), lock.who())
}

/// The type of the message that a stage waits for.
fn of_type(model: &Model, stage: &str) -> String {
    let call = model.atlas().find(stage).and_then(|found| found.call);
    let call = call.filter(|call| matches!(call.target, Target::Event(_)));
    call.map(|call| format!("   (JSON: {})", call.result)).unwrap_or_default()
}

/// The question that is open at a stage.
pub fn question<'a>(model: &'a Model, stage: &str) -> Option<&'a Question> {
    match &model.live.get(stage)?.state {
        State::Waiting { wanted: Wanted::Answer(question), .. } => Some(question),
        _ => None,
    }
}

/// A question and the commands that answer it; `until` is its end with the time that it is now.
pub fn asked(
    stage: &str,
    question: &Question,
    until: Option<(i64, i64)>,
    roles: &Roles,
    commands: &Commands,
) -> String {
    let late = until.filter(|(until, now)| until < now);
    let role = question.role.as_deref().map(|role| roles.told(role));
    let end = until.filter(|_| late.is_none()).map(|(until, now)| format!("until {}", near(until, now)));
    let facts: Vec<String> = role.into_iter().chain(end).collect();
    let facts = if facts.is_empty() { String::new() } else { format!("  {}", facts.join(", ")) };
    let text: String = question.text.lines().map(|line| format!("    {}\n", escape(line))).collect();
    if let Some((until, now)) = late {
        let since = near(until, now);
        return format!("  ? {stage}{facts}\n{text}    too late since {since}: the run goes on without an answer\n");
    }
    let shown: String = goes_with(question).iter().map(|line| format!("    {line}\n")).collect();
    let forms = forms(question);
    let wide = forms.iter().map(|(name, ..)| name.len()).max().unwrap_or(0);
    let logs = match question.kind {
        QuestionKind::Failure | QuestionKind::UnknownOutcome => {
            format!("    {:<wide$}  {}\n", "its output", commands.logs(stage))
        }
        QuestionKind::Ask | QuestionKind::Approval => String::new(),
    };
    let lines: String = forms
        .iter()
        .map(|(name, form, note)| format!("    {name:<wide$}  {}{note}\n", commands.answer(stage, form)))
        .collect();
    format!("  ? {stage}{facts}\n{text}{shown}{logs}{lines}")
}

/// What may be answered: in words, as words of a command, and what stands for `JSON` or `WORD` there.
pub fn forms(question: &Question) -> Vec<(&'static str, &'static str, String)> {
    // One of several words is taken as it stands, everything else is written as JSON.
    let bare = is_word(&question.schema);
    let of_type = format!("   ({}: {})", if bare { "WORD" } else { "JSON" }, question.answer);
    let (happened, value) =
        if bare { ("--happened WORD", "--value WORD") } else { ("--happened JSON", "--value JSON") };
    match question.kind {
        QuestionKind::Ask => vec![("answer", if bare { "WORD" } else { "JSON" }, of_type)],
        QuestionKind::Approval => {
            let why = "  (and why: --because TEXT)".to_owned();
            vec![("allow it", "--approve", String::new()), ("do not", "--refuse", why)]
        }
        QuestionKind::Failure if question.open => {
            let skip = question.may_skip.then(|| ("leave it out", "--skip", String::new()));
            let happened = ("it happened", happened, of_type.clone());
            let not = ("it did not", "--did-not-happen", "  (runs again)".to_owned());
            let rest = [("take a value", value, of_type), ("give up", "--fail", String::new())];
            [happened, not].into_iter().chain(skip).chain(rest).collect()
        }
        QuestionKind::Failure => {
            let skip = question.may_skip.then(|| ("leave it out", "--skip", String::new()));
            let again = ("try again", "--retry", String::new());
            let value = ("take a value", value, of_type);
            [again].into_iter().chain(skip).chain([value, ("give up", "--fail", String::new())]).collect()
        }
        QuestionKind::UnknownOutcome => vec![
            ("it happened", happened, of_type),
            ("it did not", "--did-not-happen", "  (runs again)".to_owned()),
            ("give up", "--fail", String::new()),
        ],
    }
}

/// Whether an answer of this schema is one of several words, or absent.
fn is_word(schema: &serde_json::Value) -> bool {
    let inner = schema.pointer("/anyOf/0").unwrap_or(schema);
    inner.get("enum").is_some() && schema.pointer("/anyOf/2").is_none()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_question_says_until_when_and_one_that_is_over_no_command() {
        let question = Question {
            kind: QuestionKind::Ask,
            text: "Calm?".into(),
            show: None,
            answer: "bool".into(),
            schema: serde_json::Value::Null,
            role: Some("lead".into()),
            may_skip: false,
            open: false,
            approval: None,
        };
        let commands = Commands::new("m4xk", Path::new(".wfc"), Some(".wfc".into()));
        let (end, clock) = (1_795_000_000_000, near(1_795_000_000_000, 1_795_000_000_000));
        let told = asked("calm", &question, Some((end, end - 1)), &Roles::default(), &commands);
        assert!(
            told.starts_with(&format!("  ? calm  role lead (anybody: no [roles] in wf.toml), until {clock}\n    Calm?\n    answer  wfc runs answer")),
            "{told}"
        );
        let told = asked("calm", &question, Some((end, end + 1)), &Roles::default(), &commands);
        let late = format!(
            "  ? calm  role lead (anybody: no [roles] in wf.toml)\n    Calm?\n    too late since {clock}: the run goes on without an answer\n"
        );
        assert_eq!(told, late);
    }
}

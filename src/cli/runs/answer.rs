//! `wfc runs answer`: a person decides. The answer is checked, then left in the store for whoever drives the run.

use std::io::BufRead;
use std::path::Path;

use crate::base::nearest::few;
use crate::base::text::escape;
use crate::cli::account;
use crate::cli::args::{AnswerArgs, AnswerForm, Global};
use crate::cli::ask::form::{Form, Step};
use crate::cli::commands::Commands;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::report::Problem;
use crate::cli::roles::Roles;
use crate::cli::run::waits;
use crate::cli::runs::Opened;
use crate::cli::runs::untaken::{Standing, Untaken};
use crate::cli::words::rfc3339;
use crate::engine::clock::{Clock, SystemClock};
use crate::engine::report::{Question, QuestionKind};
use crate::engine::state::Run;
use crate::engine::step::ask::OpenQuestion;
use crate::store::{Decision, Message, MessageBody, Status};
use crate::value::input::{parse_input, parse_json};
use crate::value::json::encode;
use crate::value::types::Type;

/// Checks an answer and leaves it.
pub fn answer(args: &AnswerArgs, global: &Global, console: &Console) -> Result<Exit, Problem> {
    let opened = Opened::to_write(global, console)?;
    let info = opened.find(&args.run)?;
    let commands = opened.commands(&info)?;
    if info.status.ended() {
        let state = super::list::ended(info.status);
        return Err(Problem::refused(format!("run {} {state}: nothing is asked", commands.run())));
    }
    let untaken = opened.untaken(&info)?;
    let (stage, form) = told_apart(args);
    let open = find(untaken.questions(), stage, &commands)?;
    let now = SystemClock::default().now_ms();
    if let Some(until) = open.until.filter(|until| *until < now) {
        let late = format!("`{}` of run {} was to be answered until {}", open.stage, commands.run(), rfc3339(until));
        return Err(Problem::refused(late).help(format!("go on without an answer: {}", commands.resume())));
    }
    let by = account::name();
    let roles = Roles::of(Path::new(&info.root));
    roles.admit(open.question.role.as_deref(), &by).map_err(Problem::refused)?;
    if let (Some(_), false) = (&args.because, args.form.refuse) {
        return Err(Problem::usage("a reason goes with `--refuse`"));
    }
    let decision = match decision(&form, &args.because, &open)? {
        Some(decision) => decision,
        None if console.asks() => match asked(&open, &roles, console) {
            Some(decision) => decision,
            None => return Ok(Exit::Waiting),
        },
        None => {
            let until = open.until.map(|until| (until, now));
            let forms = waits::asked(&open.stage, &open.question, until, &roles, &commands);
            return Err(Problem::usage(format!("what is the answer to `{}`?", open.stage)).help(forms.trim_end()));
        }
    };
    let answered = allowed(&untaken.heard(), &open, &decision, &by)?;
    let body = MessageBody::Answer { stage: open.stage.clone(), decision };
    let sent = opened.world.wait(opened.world.store.send(&info.id, &by, body))?;
    let untaken = untaken.again(opened.world.store.as_ref(), &info);
    was_first(opened.world.wait(untaken)?.before(sent), &open, &commands)?;
    let next = match info.status {
        Status::Running => "whoever drives the run takes it up".to_owned(),
        _ => format!("go on: {}", commands.resume()),
    };
    console.say(&format!("run {} {} {answered}; {next}\n", commands.run(), open.stage));
    Ok(Exit::Good)
}

/// What is said of an answer; of a leave to go on that several have to give, how many have given it.
fn allowed(run: &Run, open: &OpenQuestion, decision: &Decision, by: &str) -> Result<String, Problem> {
    let (Decision::Approve { .. }, Some(approval)) = (decision, &open.question.approval) else {
        return Ok("answered".to_owned());
    };
    if let Some(why) = run.why_not_approve(approval, by) {
        return Err(Problem::refused(format!("`{by}` cannot allow it: {why}")));
    }
    Ok(match approval.quorum {
        0 | 1 => "answered".to_owned(),
        quorum => format!("answered: {} of {quorum} have allowed it", approval.given.len() + 1),
    })
}

/// Of several who answer at once the first counts.
fn was_first(before: Untaken, open: &OpenQuestion, commands: &Commands) -> Result<(), Problem> {
    let same = before.questions().into_iter().find(|(asked, _)| asked.stage == open.stage);
    match same {
        Some((_, Standing::Answered(first))) => Err(too_late(&open.stage, &first, commands)),
        _ => Ok(()),
    }
}

/// Whoever comes later is told whose answer counts.
fn too_late(stage: &str, first: &Message, commands: &Commands) -> Problem {
    let (by, at) = (escape(&first.by), rfc3339(first.at));
    let said = format!("`{stage}` of run {} was answered already, by {by} at {at}", commands.run());
    Problem::refused(said).help("the first answer counts")
}

/// The stage and the answer: one word that can only be JSON is an answer, to the only question that is open.
fn told_apart(args: &AnswerArgs) -> (Option<&str>, AnswerForm) {
    let form = args.form.clone();
    let json = |word: &&str| {
        word.starts_with(['{', '[', '"', '-'])
            || word.starts_with(|c: char| c.is_ascii_digit())
            || matches!(*word, "true" | "false" | "null")
    };
    match (args.stage.as_deref().filter(json), form == AnswerForm::default()) {
        (Some(value), true) => (None, AnswerForm { value: Some(value.to_owned()), ..form }),
        _ => (args.stage.as_deref(), form),
    }
}

/// The question that is meant, if it is open.
fn find(
    questions: Vec<(OpenQuestion, Standing)>,
    stage: Option<&str>,
    commands: &Commands,
) -> Result<OpenQuestion, Problem> {
    let meant: Vec<_> = match stage {
        Some(stage) => questions.iter().filter(|(asked, _)| asked.stage == stage).collect(),
        None => questions.iter().collect(),
    };
    let open: Vec<&OpenQuestion> = meant.iter().filter_map(|(_, standing)| standing.open()).collect();
    match (open.as_slice(), meant.as_slice()) {
        ([only], _) => Ok((*only).clone()),
        ([], [(asked, Standing::Answered(first))]) => Err(too_late(&asked.stage, first, commands)),
        ([], [_, ..]) if stage.is_none() => {
            let told = Problem::refused(format!("all that run {} asks is answered", commands.run()));
            Err(told.help(format!("go on: {}", commands.resume())))
        }
        ([], _) => Err(asks_nothing(&questions, stage, commands)),
        _ => Err(Problem::usage(format!("run {} asks at several stages", commands.run()))
            .help(format!("say at which: {}", commands.show()))),
    }
}

fn asks_nothing(questions: &[(OpenQuestion, Standing)], stage: Option<&str>, commands: &Commands) -> Problem {
    let of = stage.map(|stage| format!("`{}` of ", escape(stage))).unwrap_or_default();
    let problem = Problem::refused(format!("{of}run {} asks nothing", commands.run()));
    let open: Vec<&OpenQuestion> = questions.iter().filter_map(|(_, standing)| standing.open()).collect();
    match few(&open.iter().map(|open| open.stage.as_str()).collect::<Vec<_>>()) {
        Some(list) => problem.help(format!("a person is asked at {list}")),
        None => problem.help(format!("how it stands: {}", commands.show())),
    }
}

/// The decision that was typed; `None` where none was.
fn decision(form: &AnswerForm, because: &Option<String>, open: &OpenQuestion) -> Result<Option<Decision>, Problem> {
    use QuestionKind::{Approval, Ask, Failure, UnknownOutcome};
    let value = |text: &str| read(text, &open.answer);
    let one_of = |kinds: &[QuestionKind]| match kinds.contains(&open.question.kind) {
        true => Ok(()),
        false => Err(misplaced(&open.question)),
    };
    // Nobody knows how what failed has left the world: that is to be said first.
    let open_failure = open.question.open;
    let what_happened = if open_failure { Failure } else { UnknownOutcome };
    let decision = match form {
        AnswerForm { value: Some(text), .. } => one_of(&[Ask]).and_then(|()| value(text)).map(Decision::Value),
        AnswerForm { approve: true, .. } => one_of(&[Approval]).map(|()| Decision::Approve { hash: hash(open) }),
        AnswerForm { refuse: true, .. } => one_of(&[Approval]).map(|()| Decision::Refuse { because: because.clone() }),
        AnswerForm { happened: Some(text), .. } => {
            one_of(&[what_happened]).and_then(|()| value(text)).map(Decision::Happened)
        }
        AnswerForm { replace: Some(text), .. } => one_of(&[Failure]).and_then(|()| value(text)).map(Decision::Replace),
        AnswerForm { did_not_happen: true, .. } => one_of(&[what_happened]).map(|()| Decision::DidNotHappen),
        AnswerForm { retry: true, .. } if open_failure => Err(misplaced(&open.question)),
        AnswerForm { retry: true, .. } => one_of(&[Failure]).map(|()| Decision::Retry),
        AnswerForm { skip: true, .. } if !open.question.may_skip => Err(misplaced(&open.question)),
        AnswerForm { skip: true, .. } => one_of(&[Failure]).map(|()| Decision::Skip),
        AnswerForm { fail: true, .. } => one_of(&[Failure, UnknownOutcome]).map(|()| Decision::Fail),
        _ => return Ok(None),
    };
    decision.map(Some)
}

/// Of what is shown: the approval is one of this very value.
fn hash(open: &OpenQuestion) -> String {
    open.question.approval.as_ref().map(|approval| approval.hash.clone()).unwrap_or_default()
}

fn read(text: &str, ty: &Type) -> Result<serde_json::Value, Problem> {
    // Of several words one is meant, with or without quotes: nothing else can be.
    let bare = ty.without_null().as_literals().is_some();
    let read = if bare { parse_input(text, ty) } else { parse_json(text, ty) };
    let value = read.map_err(|why| {
        let wanted = if bare { "one of the words of" } else { "JSON of the type" };
        Problem::usage(format!("the answer does not fit: {why}")).help(format!("it is {wanted} {ty}"))
    })?;
    Ok(encode(&value))
}

fn misplaced(question: &Question) -> Problem {
    let (asked, forms) = match question.kind {
        QuestionKind::Ask => ("a form is asked for here", "write the answer itself, without an option"),
        QuestionKind::Approval => {
            ("leave to go on is asked for here", "write `--approve`, or `--refuse` and why: `--because TEXT`")
        }
        QuestionKind::UnknownOutcome => {
            ("whether it happened is asked here", "write `--happened JSON`, `--did-not-happen` or `--fail`")
        }
        QuestionKind::Failure if question.open => (
            "it may have happened all the same: whether it did is asked here",
            "write `--happened JSON` or `--did-not-happen` (it runs again), or else `--value JSON` or `--fail`",
        ),
        QuestionKind::Failure if question.may_skip => {
            ("what to do about a failure is asked here", "write `--retry`, `--skip`, `--value JSON` or `--fail`")
        }
        QuestionKind::Failure => {
            ("what to do about a failure is asked here", "write `--retry`, `--value JSON` or `--fail`")
        }
    };
    Problem::usage(asked).help(forms)
}

/// Asks at the terminal.
fn asked(open: &OpenQuestion, roles: &Roles, console: &Console) -> Option<Decision> {
    let mut form = Form::new(open.question.clone(), open.answer.clone());
    let head: String = form.head().iter().map(|line| format!("    {line}\n")).collect();
    let role = open.question.role.as_deref().map(|role| format!("  {}", roles.told(role))).unwrap_or_default();
    console.err(&format!("  ? {}{role}\n{head}", open.stage));
    let mut lines = std::io::stdin().lock().lines();
    loop {
        console.err(&format!("    {}", form.prompt()));
        let line = lines.next().and_then(Result::ok);
        match form.line(line.as_deref()) {
            Step::Again(complaint) => console.err(&complaint.map(|text| format!("    {text}\n")).unwrap_or_default()),
            Step::Done(decision) => return Some(decision),
            Step::Leave => {
                console.err(if line.is_none() { "\n" } else { "" });
                return None;
            }
        }
    }
}

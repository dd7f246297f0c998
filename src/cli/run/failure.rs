//! A failure as a diagnostic in the user's file: where, what, which attempt, the last lines of output.

use crate::agent::secret::LEAKED;
use crate::base::source::Sources;
use crate::base::span::{FileId, Span};
use crate::base::text::escape;
use crate::cli::atlas::Atlas;
use crate::cli::commands::Commands;
use crate::cli::words;
use crate::diag::render::{Look, human};
use crate::diag::{Code, Diagnostic};
use crate::engine::report::{ErrorInfo, MAYBE_HAPPENED};
use crate::plan::{Call, Target};

/// Lines of output that are shown.
pub const LINES_SHOWN: usize = 10;

/// Classes that the runtime gives: they say nothing of how a process ended.
const NOT_OF_PROCESSES: [&str; 5] = ["timeout", "cancelled", "stalled", "exhausted", "budget"];

/// Draws the failure, with an empty line at its end; without the sources of the plan it is told in plain words.
pub fn draw(atlas: &Atlas, error: &ErrorInfo, log: &[String], commands: &Commands, look: &Look) -> String {
    let stage = error.stage.as_deref().unwrap_or_default();
    let found = atlas.find(stage).map(|found| found.call.map_or(found.stage.span, |call| call.span));
    draw_at(atlas, error.span.or(found), &diagnostic(atlas, stage, error, log, commands), look)
}

/// Draws that nobody knows whether an attempt happened.
pub fn draw_unknown(atlas: &Atlas, stage: &str, look: &Look) -> String {
    let call = atlas.call(stage);
    let effects = atlas.effects(stage).as_str();
    let unknown = |span| {
        Diagnostic::new(Code::WF0806, span, format!("nobody knows whether `{stage}` happened"))
            .label("no answer came")
            .note(format!("an action with `effects {effects}` is never repeated unasked"))
    };
    draw_at(atlas, call.map(|call| call.span), &unknown, look)
}

fn draw_at(atlas: &Atlas, span: Option<Span>, diagnostic: &dyn Fn(Span) -> Diagnostic, look: &Look) -> String {
    let sources = atlas.plan().sources();
    match span.filter(|span| fits(*span, &sources)) {
        Some(span) => human::render(&sources, &[diagnostic(span)], look),
        None => told(&diagnostic(Span::start_of(FileId(0)))),
    }
}

/// A plan may come from anywhere: its spans are not believed.
fn fits(span: Span, sources: &Sources) -> bool {
    let file = sources.iter().find(|(id, _)| *id == span.file).map(|(_, source)| source);
    file.is_some_and(|source| source.text.get(span.range()).is_some())
}

fn diagnostic<'a>(
    atlas: &'a Atlas,
    stage: &'a str,
    error: &'a ErrorInfo,
    log: &'a [String],
    commands: &'a Commands,
) -> impl Fn(Span) -> Diagnostic + 'a {
    move |span| {
        let call = atlas.find(stage).and_then(|found| found.call);
        let callee = call.and_then(|call| atlas.callee(call));
        let (code, message, label) = words(atlas, stage, callee.as_deref(), call, error);
        let diagnostic = Diagnostic::new(code, span, message).label(label);
        notes(stage, call, error, log, commands).into_iter().fold(diagnostic, Diagnostic::note)
    }
}

fn words(
    atlas: &Atlas,
    stage: &str,
    callee: Option<&str>,
    call: Option<&Call>,
    error: &ErrorInfo,
) -> (Code, String, String) {
    let what = one_line(&error.message);
    let process = call.is_some_and(|call| is_process(atlas, call));
    let ty = || call.map(|call| short_type(&call.result.to_string())).unwrap_or_default();
    match (error.class.as_str(), callee) {
        ("invalid_output", Some(callee)) if error.message == LEAKED => {
            let message = format!("a secret stands in the answer of `{callee}`; nothing of it is kept");
            (Code::WF0803, message, "asked here".into())
        }
        ("invalid_output", Some(callee)) => {
            if let Some(Target::Event(event)) = call.map(|call| &call.target) {
                let message = format!("the event `{}` does not fit{}", escape(&event.name), ty());
                return (Code::WF0803, message, "awaited here".into());
            }
            let ty = ty();
            (Code::WF0803, format!("the answer of `{callee}` does not fit{ty}"), "asked here".into())
        }
        ("invalid_value", _) => (Code::WF0804, what, "calculated here".into()),
        (class, Some(callee)) if process && !NOT_OF_PROCESSES.contains(&class) => {
            (Code::WF0805, ended_badly(callee, &what), format!("class `{class}`"))
        }
        (class, _) if stage.is_empty() => (Code::WF0801, what, format!("class `{class}`")),
        (class, _) => (Code::WF0801, format!("`{stage}` failed: {what}"), format!("class `{class}`")),
    }
}

/// A process says of itself how it ended: the name of its action in that is that of the call.
fn ended_badly(callee: &str, what: &str) -> String {
    let action = callee.rsplit('.').next().unwrap_or(callee);
    match what.strip_prefix(&format!("the program of `{action}` ")) {
        Some(how) => format!("`{callee}` {how}"),
        None => format!("`{callee}` ended badly: {what}"),
    }
}

fn is_process(atlas: &Atlas, call: &Call) -> bool {
    match call.target {
        Target::Action { agent, .. } => {
            atlas.plan().agents.get(agent.index()).is_some_and(|agent| agent.runs_processes())
        }
        _ => false,
    }
}

/// A type in a message, if it is short.
fn short_type(ty: &str) -> String {
    const LONGEST: usize = 40;
    if ty.chars().count() <= LONGEST { format!(" `{ty}`") } else { " its type".to_owned() }
}

fn notes(stage: &str, call: Option<&Call>, error: &ErrorInfo, log: &[String], commands: &Commands) -> Vec<String> {
    let shown = last_output(error, &log[log.len().saturating_sub(LINES_SHOWN)..]);
    // An agent may tell the last lines of its output as facts: they are shown once.
    let details = error.details.iter().map(|detail| detail.lines().map(escape).collect::<Vec<_>>());
    let details = details.filter(|lines| !lines.iter().all(|line| shown.contains(line)));
    let mut notes: Vec<String> = unsaid(call, error).into_iter().collect();
    notes.extend(details.map(|lines| lines.join("\n")));
    if !shown.is_empty() {
        let lines: Vec<String> = shown.iter().map(|line| format!("  {line}")).collect();
        notes.push(format!("its last output:\n{}", lines.join("\n")));
    }
    notes.extend(attempts(call, error));
    if is_open(error) {
        notes.push(format!("its effect {MAYBE_HAPPENED}"));
    }
    if !log.is_empty() {
        notes.push(format!("what it printed: {}", commands.logs(stage)));
    }
    notes
}

/// Whether what failed may have happened all the same. It may be something beside or inside it: then the details say what.
pub fn is_open(error: &ErrorInfo) -> bool {
    error.maybe_happened && !error.details.iter().any(|detail| detail.ends_with(MAYBE_HAPPENED))
}

/// How a failure is left, behind its class and cause: `; maybe happened; handled`.
pub fn left(error: &ErrorInfo, handled: bool) -> String {
    let open = if is_open(error) { "; maybe happened" } else { "" };
    format!("{open}{}", if handled { "; handled" } else { "" })
}

/// The last lines that were printed. A program's own come with its end: of much output those that were kept are not the last.
fn last_output(error: &ErrorInfo, kept: &[String]) -> Vec<String> {
    let of_program = error.message.starts_with("the program of ") && !kept.is_empty();
    let is_line = |detail: &&String| !detail.ends_with(MAYBE_HAPPENED) && !detail.starts_with("could not confirm that");
    let own: Vec<String> = error.details.iter().filter(is_line).map(|line| escape(line)).collect();
    if of_program && !own.iter().all(|line| kept.contains(line)) { own } else { kept.to_vec() }
}

/// What happened, where the headline only says that an answer does not fit.
fn unsaid(call: Option<&Call>, error: &ErrorInfo) -> Option<String> {
    let said = call.is_none() || error.class != "invalid_output" || is_unfit(error);
    let in_details = error.details.iter().any(|detail| error.message.contains(detail.as_str()));
    (!said && !in_details).then(|| one_line(&error.message))
}

/// It says no more than that the answer does not fit its type: in what, is a fact below.
fn is_unfit(error: &ErrorInfo) -> bool {
    error.message.starts_with("the answer does not fit") && !error.details.is_empty()
}

/// Why it failed, as part of a line.
pub fn cause(error: &ErrorInfo) -> String {
    match error.details.first().filter(|_| is_unfit(error)) {
        Some(detail) => format!("the answer does not fit: {}", one_line(detail)),
        None => one_line(&error.message),
    }
}

/// Which attempt it was, and why there was no other.
fn attempts(call: Option<&Call>, error: &ErrorInfo) -> Option<String> {
    // People, timers and messages are not tried again.
    let is_tried = |call: &&Call| !matches!(call.target, Target::Ask(_) | Target::Wait(_) | Target::Event(_));
    // For an attempt that no budget allows no `retry` could help: the spend is kept.
    let call = call.filter(|call| error.attempts > 0 && error.class != "budget" && is_tried(call))?;
    let Some(retry) = &call.retry else {
        return Some(format!("attempt {} of 1: no `retry` stands here", error.attempts))
            .filter(|_| error.attempts == 1);
    };
    let count = words::attempt(error.attempts, Some(retry.attempts));
    Some(match retry.on.contains(&error.class) {
        true => count,
        false => format!("{count}; its `retry` does not take up `{}`", error.class),
    })
}

fn one_line(text: &str) -> String {
    escape(text.lines().next().unwrap_or_default().trim_end_matches('.'))
}

fn told(diagnostic: &Diagnostic) -> String {
    let notes: String = diagnostic.notes.iter().map(|note| format!("  = {note}\n")).collect();
    format!("error[{}]: {}\n{notes}\n", diagnostic.code.as_str(), diagnostic.message)
}

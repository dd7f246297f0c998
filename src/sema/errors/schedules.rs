//! 054x: schedules.

use crate::base::span::Span;
use crate::diag::{Code, Diagnostic};
use crate::value::cron::{CronError, Field, Problem};

const FIVE: &str = "write minute, hour, day, month, weekday: `0 2 * * *`";

pub(crate) fn no_cron(name: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0503, at, format!("the schedule `{name}` does not say when"))
        .label("needs `cron`")
        .help("state it: `cron \"0 2 * * *\"` is every night at two")
}

/// `at` is the wrong part, `whole` the expression with its quotes.
pub(crate) fn cron(text: &str, error: &CronError, at: Span, whole: Span) -> Diagnostic {
    let part = text.get(error.at.clone()).unwrap_or_default().escape_debug().to_string();
    let new = |message: String, label: &str| Diagnostic::new(Code::WF0540, at, message).label(label.to_owned());
    match &error.problem {
        Problem::Fields(6 | 7) => {
            new("a cron expression has no field for seconds or years".to_owned(), "not five fields").help(FIVE)
        }
        Problem::Fields(count) => {
            new(format!("a cron expression has five fields, this one has {count}"), "not five fields").help(FIVE)
        }
        Problem::Nickname(Some(same)) => new(format!("`{part}` is written out here"), "not five fields")
            .help(format!("write \"{same}\""))
            .fix_safe(format!("write \"{same}\""), whole, format!("\"{same}\"")),
        Problem::Nickname(None) => new(format!("`{part}` is no time"), "not five fields").help(FIVE),
        Problem::Value(field) => new(format!("`{part}` is no {}", field.name), "cannot be read").help(legal(field)),
        Problem::OutOfRange(field) => {
            new(format!("there is no {} {part}", field.name), "out of range").help(legal(field))
        }
        Problem::Backwards(forwards) => new(format!("the range `{part}` goes backwards"), "ends before it begins")
            .help(format!("write `{forwards}`")),
        Problem::Step(field) => new(format!("`{part}` is no step"), "not a step")
            .help(format!("a step is a number from 1 to {}", field.max)),
        Problem::Sign(sign) => new(format!("`{sign}` has no meaning here"), "of another program").help(instead(*sign)),
    }
}

fn instead(sign: char) -> &'static str {
    match sign {
        '?' => "write `*`",
        'L' => "start every day, and let the workflow look at `run.started`",
        _ => "name the days or weekdays themselves",
    }
}

fn legal(field: &Field) -> String {
    let Field { name, min, max, .. } = field;
    let article = if *name == "hour" { "an" } else { "a" };
    match field.names {
        [first, .., last] => {
            format!("{article} {name} is a number from {min} to {max}, or a name from `{first}` to `{last}`")
        }
        _ => format!("{article} {name} is a number from {min} to {max}"),
    }
}

pub(crate) fn never_ticks(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0541, at, "this schedule never starts anything")
        .label("no year has such a day")
        .help("February has at most 29 days; April, June, September and November have 30")
}

pub(crate) fn unknown_timezone(name: &str, at: Span, near: Option<&str>) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0542, at, format!("there is no time zone \"{}\"", name.escape_debug()))
        .label("unknown time zone");
    match near {
        Some(near) => found.help(format!("did you mean \"{near}\"?")).fix_suggested(
            format!("write \"{near}\""),
            at,
            format!("\"{near}\""),
        ),
        None => found.help("name a place as the IANA database does, \"Europe/Berlin\", or \"UTC\""),
    }
}

pub(crate) fn not_startable(workflow: &str, at: Span, param: &str, label: &str, declared: Span) -> Diagnostic {
    let because = match label {
        "secret" => "a secret is given by a workflow that calls, never from outside",
        _ => "a person allows a value while a run goes on",
    };
    Diagnostic::new(Code::WF0543, at, format!("no schedule can start `{workflow}`: `{param}` is `{label}`"))
        .label("is only called")
        .related(declared, format!("declared `{label}`"))
        .help("schedule a workflow that calls it")
        .note(because)
}

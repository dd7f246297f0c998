//! From the end of a program to an answer or a failure.

use crate::agent::secret::{LEAKED, REDACTED};
use crate::agent::{Answer, Failure, Reply, Usage};
use crate::agents::exec::end::{End, Stopped};
use crate::plan::Action;
use crate::value::json::{self, parse_strict};
use crate::value::policy::CLASSES;
use crate::value::settings::{Exec, Output};
use crate::value::types::{Kind, Type};

/// How the end of a program is read.
pub struct Reading<'a> {
    /// What was called.
    pub action: &'a Action,
    /// Its settings.
    pub exec: &'a Exec,
    /// What is wanted.
    pub result: &'a Type,
}

/// Lines of standard error below a failure.
const LINES_SHOWN: usize = 10;

/// Characters of an answer that does not fit that are shown.
const EXCERPT_MAX: usize = 160;

impl Reading<'_> {
    /// The answer.
    ///
    /// # Errors
    /// The program failed, or its output cannot be read.
    pub fn reply(&self, end: &End) -> Result<Reply, Failure> {
        let result = self.answer(end).map_err(|failure| with_facts(failure, end))?;
        Ok(Reply { result: Answer::Json(result), usage: Usage::default() })
    }

    fn answer(&self, end: &End) -> Result<serde_json::Value, Failure> {
        if let Some(why) = &end.not_started {
            return Err(Failure::new("failed", why.clone()));
        }
        if let Some(stopped) = end.stopped {
            return Err(self.stopped(stopped));
        }
        if let Some(failure) = self.unkept(end) {
            return Err(failure);
        }
        match (end.code, end.signal) {
            (Some(0), _) if end.leaked => match self.output(&end.stdout) {
                // What stands beside the answer is of no concern.
                Ok(answer) if !answer.to_string().contains(REDACTED) => Ok(answer),
                _ => Err(Failure::new("invalid_output", LEAKED)),
            },
            (Some(0), _) => self.output(&end.stdout),
            (Some(code), _) if self.exec.output == Output::Status => Ok(code.into()),
            (Some(code), _) => Err(self.failure_told(&end.stdout).unwrap_or_else(|| self.failure_of(code))),
            (None, Some(signal)) => {
                Err(Failure::new("crashed", format!("{} was ended by {}", self.name(), name_of(signal))))
            }
            (None, None) => Err(Failure::new("crashed", format!("nobody knows how {} ended", self.name()))),
        }
    }

    fn name(&self) -> String {
        format!("the program of `{}`", self.action.name)
    }

    fn stopped(&self, stopped: Stopped) -> Failure {
        let limit = "more than 16MiB";
        match stopped {
            Stopped::Cancelled => {
                Failure { outcome_known: false, ..Failure::new("cancelled", "the attempt was cancelled") }
            }
            Stopped::Late => Failure::new("timeout", format!("{} ran longer than it may", self.name())),
            Stopped::TooMuchStdout => {
                Failure::new("invalid_output", format!("{} printed {limit} on standard output", self.name()))
            }
            Stopped::TooMuchStderr => {
                Failure::new("invalid_output", format!("{} printed {limit} on standard error", self.name()))
            }
        }
    }

    /// It ended well, but its answer was not kept.
    fn unkept(&self, end: &End) -> Option<Failure> {
        let why = end.unkept.as_ref().filter(|_| end.code == Some(0))?;
        let is_read = !matches!(self.exec.output, Output::Status | Output::Nothing);
        let message = format!("{} ended with status 0, but {why}", self.name());
        is_read.then(|| Failure::new("invalid_output", message))
    }

    fn failure_of(&self, code: i32) -> Failure {
        let class = match code {
            64 | 65 => "invalid_input",
            69 => "unavailable",
            75 => "temporary",
            77 => "denied",
            _ => "failed",
        };
        let hint = match code {
            126 => " (cannot be executed)",
            127 => " (a command was not found)",
            _ => "",
        };
        Failure::new(class, format!("{} ended with status {code}{hint}", self.name()))
    }

    /// The failure that the program itself tells: `{"error": {"class": …, "message": …}}`.
    fn failure_told(&self, stdout: &[u8]) -> Option<Failure> {
        let told = parse_strict(stdout).ok()?;
        let error = told.get("error")?.as_object()?;
        let class = error.get("class").and_then(serde_json::Value::as_str).unwrap_or("failed");
        let message = error.get("message").and_then(serde_json::Value::as_str);
        let message = message.map_or_else(|| format!("{} failed", self.name()), |text| shown(text, EXCERPT_MAX * 4));
        let standard = CLASSES.contains(&class) && !["cancelled", "budget"].contains(&class);
        let declared = self.action.raises.iter().any(|raised| raised == class);
        if standard || declared {
            return Some(Failure::new(class, message));
        }
        let detail = format!("it told the class `{}`, which `{}` does not declare", shown(class, 40), self.action.name);
        Some(Failure::new("failed", message).detail(detail))
    }

    fn output(&self, stdout: &[u8]) -> Result<serde_json::Value, Failure> {
        match &self.exec.output {
            Output::Status => Ok(0.into()),
            Output::Nothing => Ok(serde_json::Value::Null),
            Output::Text => Ok(without_newline(self.text(stdout)?).into()),
            Output::Lines => Ok(self.text(stdout)?.lines().collect()),
            Output::Json(None) => self.json(stdout),
            Output::Json(Some(field)) => self.field(self.json(stdout)?, field),
            Output::Response | Output::File => {
                Err(Failure::new("failed", format!("{} cannot answer in the form that is wanted", self.name())))
            }
        }
    }

    fn text<'t>(&self, stdout: &'t [u8]) -> Result<&'t str, Failure> {
        std::str::from_utf8(stdout).map_err(|error| {
            let at = error.valid_up_to();
            self.unreadable(stdout, &format!("the output of {} is not UTF-8 at byte {at}", self.name()))
        })
    }

    fn json(&self, stdout: &[u8]) -> Result<serde_json::Value, Failure> {
        if stdout.trim_ascii().is_empty() {
            return Err(Failure::new(
                "invalid_output",
                format!("{} printed nothing, where JSON was expected", self.name()),
            ));
        }
        parse_strict(stdout).map_err(|why| {
            self.unreadable(stdout, &format!("the output of {} is not one JSON document: {why}", self.name()))
        })
    }

    /// One field of an envelope. A string found there is a document of its own, unless a string is wanted.
    fn field(&self, envelope: serde_json::Value, name: &str) -> Result<serde_json::Value, Failure> {
        let found = match envelope {
            serde_json::Value::Object(mut fields) => fields.swap_remove(name),
            _ => None,
        };
        let missing = || Failure::new("invalid_output", format!("the output of {} has no field `{name}`", self.name()));
        match found.ok_or_else(missing)? {
            serde_json::Value::String(text) if !self.takes_text(&text) => {
                parse_strict(text.as_bytes()).map_err(|why| {
                    let message =
                        format!("field `{name}` of the output of {} is not one JSON document: {why}", self.name());
                    self.unreadable(text.as_bytes(), &message)
                })
            }
            found => Ok(found),
        }
    }

    /// Whether a text fits the result as it is: a string, one of some literals, a duration.
    fn takes_text(&self, text: &str) -> bool {
        !matches!(self.result.kind, Kind::Json | Kind::Unknown) && json::decode(&text.into(), self.result).is_ok()
    }

    fn unreadable(&self, output: &[u8], message: &str) -> Failure {
        Failure::new("invalid_output", message).detail(format!("it begins: {}", excerpt(output)))
    }
}

/// Adds what helps to see why: the last lines of standard error, processes that are left.
fn with_facts(mut failure: Failure, end: &End) -> Failure {
    if end.not_started.is_some() {
        return failure;
    }
    failure.details.extend(end.unkept.clone().filter(|_| end.code != Some(0)));
    let from = end.last_lines.len().saturating_sub(LINES_SHOWN);
    failure.details.extend(end.last_lines[from..].iter().map(|line| shown(line, EXCERPT_MAX * 2)));
    if !end.survivors.is_empty() {
        let pids: Vec<String> = end.survivors.iter().map(u32::to_string).collect();
        failure.details.push(format!("could not confirm that these processes ended: {}", pids.join(", ")));
    }
    failure
}

/// The start of an output with what is not printable escaped.
fn excerpt(output: &[u8]) -> String {
    let head = &output[..output.len().min(EXCERPT_MAX)];
    let mut shown: String = head.escape_ascii().to_string();
    if let Ok(text) = std::str::from_utf8(head) {
        shown = text.chars().flat_map(visible).collect();
    }
    if output.len() > head.len() {
        shown.push('…');
    }
    shown
}

/// A text of at most `limit` characters on one line, without control characters.
fn shown(text: &str, limit: usize) -> String {
    let mut shown: String = text.chars().take(limit).flat_map(visible).collect();
    if text.chars().nth(limit).is_some() {
        shown.push('…');
    }
    shown
}

fn visible(character: char) -> Vec<char> {
    if character.is_control() && character != '\t' { character.escape_default().collect() } else { vec![character] }
}

fn without_newline(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

fn name_of(signal: i32) -> String {
    let name = match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        31 => "SIGSYS",
        _ => return format!("signal {signal}"),
    };
    format!("signal {signal} ({name})")
}

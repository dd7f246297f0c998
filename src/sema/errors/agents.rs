//! 05xx: agents and their settings.

use crate::base::nearest;
use crate::base::span::Span;
use crate::diag::{Code, Diagnostic};
use crate::sema::agent::unexpanded::Sign;
use crate::sema::errors::suggest;

pub(crate) fn unknown_kind(kind: &str, at: Span, legal: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0501, at, format!("there is no kind of agent `{kind}`")).label("unknown kind");
    suggest(found, kind, at, legal)
}

pub(crate) fn unknown_setting(kind: &str, name: &str, at: Span, legal: &[&str]) -> Diagnostic {
    let found =
        Diagnostic::new(Code::WF0502, at, format!("`{kind}` has no setting `{name}` here")).label("unknown setting");
    match nearest::nearest(name, legal) {
        _ if matches!(name, "tool" | "tools") && kind == "llm" => {
            found.help("the model of an action is given tools by `tools [agent.action, …]`, in its braces")
        }
        _ if let Some(here) = other_word_for_a_setting(name).filter(|here| legal.contains(here)) => {
            found.help(format!("it is called `{here}`")).fix_suggested(format!("write `{here}`"), at, here)
        }
        Some(_) => suggest(found, name, at, legal),
        None => {
            let names: Vec<String> = legal.iter().map(|name| format!("`{name}`")).collect();
            let verb = if names.len() == 1 { "is" } else { "are" };
            found.help(format!("there {verb} {}", nearest::listed(&names)))
        }
    }
}

/// A word that only a shell would have read otherwise.
pub(crate) fn not_expanded(word: &str, at: Span, sign: Sign) -> Diagnostic {
    let (message, help) = match sign {
        Sign::Glob => {
            ("no shell looks for files here", "let an agent `uses shell` expand it, or hand the names over as a list")
        }
        Sign::Home => ("no shell replaces `~` here", "write the whole path"),
        Sign::Variable => (
            "no shell replaces variables here",
            "hand the value over as a parameter, `\"${name}\"`, or as a `secret`; `pass \"NAME\"` lets a variable through",
        ),
        Sign::Pipe => ("no shell reads signs here", "let an agent `uses shell` run it, or make each program an action"),
    };
    Diagnostic::new(Code::WF0516, at, format!("{message}: the program gets `{word}` as it is written"))
        .label("not expanded")
        .help(help)
}

/// What a setting is called elsewhere.
pub(crate) fn other_word_for_a_setting(name: &str) -> Option<&'static str> {
    Some(match name {
        "cmd" | "run" | "exec" | "args" | "argv" | "program" | "script" | "entrypoint" => "command",
        "environment" | "variables" | "vars" => "env",
        "dir" | "workdir" | "working_directory" | "working_dir" => "cwd",
        "retries" => "retry",
        _ => return None,
    })
}

pub(crate) fn setting_missing(setting: &str, action: &str, at: Span) -> Diagnostic {
    let help = match setting {
        "command" => "say what is run: `command [\"program\", \"argument\"]`".to_owned(),
        "prompt" => "say what the model is asked: `prompt \"…\"`".to_owned(),
        "model" => "say which model answers, here or at its agent: `model \"…\"`".to_owned(),
        "url" => "say where it is sent, here or at its agent: `url \"https://…\"`".to_owned(),
        _ => format!("say what it answers: `{setting} …`"),
    };
    Diagnostic::new(Code::WF0503, at, format!("the action `{action}` has no `{setting}`"))
        .label(format!("needs `{setting}`"))
        .help(help)
}

pub(crate) fn record_form(setting: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0504, at, format!("`{setting}` takes names with their values"))
        .label("not of this form")
        .help(format!("write `{setting} {{ NAME: value }}`"))
}

pub(crate) fn not_a_variable(name: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0504, at, format!("`{}` is not the name of a variable", name.escape_debug()))
        .label("not a name of a variable")
        .help("a name is not empty and has no `=` in it")
}

pub(crate) fn empty_command(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0504, at, "a command has at least one word")
        .label("no program named")
        .help("name the program first: `command [\"program\"]`")
}

pub(crate) fn command_in_one(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0504, at, "a command is a list of words, never one line")
        .label("nobody takes it apart")
        .help("write each word by itself: `command [\"program\", \"argument\"]`")
}

pub(crate) fn not_a_number(setting: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0504, at, format!("`{setting}` takes a whole number"))
        .label("not a number")
        .help(format!("write the number out: `{setting} 4`"))
}

pub(crate) fn output_of_http(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0504, at, "a process has no response")
        .label("belongs to `http`")
        .help("write `output json`, `text`, `lines` or `status`")
}

pub(crate) fn output_does_not_fit(gives: &str, at: Span, result: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0201, at, format!("this output is `{gives}`, the result is `{result}`"))
        .label(format!("gives `{gives}`"))
        .related(declared, "the result of the action")
        .help(format!("let the action give `{gives}`, or take the output as JSON: `output json`"))
}

pub(crate) fn action_without_parameters(name: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0505, at, format!("the action `{name}` does not say what it takes"))
        .label("no parameters")
        .help(format!("write `action {name}()`, with its parameters in the parentheses"))
}

pub(crate) fn raises_standard(class: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0407, at, format!("every action can fail with `{class}`"))
        .label("a standard class")
        .help("leave it out, or declare a name of its own")
}

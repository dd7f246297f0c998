//! 05xx: settings that one kind of agent has, tools, probes.

use crate::base::nearest;
use crate::base::span::Span;
use crate::diag::{Code, Diagnostic};
use crate::sema::agent::At;
use crate::sema::errors::suggest;
use crate::syntax::ast::Setting;
use crate::value::policy::Effects;

pub(crate) fn stated_twice(again: &Setting, first: &Setting) -> Diagnostic {
    Diagnostic::new(Code::WF0008, again.span, format!("`{}` is stated twice", again.name.text))
        .label("stated again here")
        .related(first.span, "first stated here")
        .help("keep one of the two")
}

pub(crate) fn of_other_level(kind: &str, setting: &Setting, at: At) -> Diagnostic {
    let name = setting.name.text.as_str();
    let (here, there, help) = match at {
        At::Agent => {
            ("an action", "an agent", format!("move `{name}` out of the action: it holds for the whole agent"))
        }
        _ => ("an agent", "an action", format!("move `{name}` into each action that it is meant for")),
    };
    Diagnostic::new(Code::WF0502, setting.name.span, format!("`{name}` is a setting of {there}, not of {here}"))
        .label(format!("stands on {here} of kind `{kind}`"))
        .help(help)
}

pub(crate) fn script_missing(action: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0503, at, format!("the action `{action}` has no `command`"))
        .label("needs `command`")
        .help("say what `sh` runs: `command \"sort | uniq -c\"`")
}

pub(crate) fn server_missing(agent: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0503, at, format!("`{agent}` does not say where its server is"))
        .label("needs `command` or `url`")
        .help("start one with `command [\"program\"]`, or name one with `url \"https://…\"`")
}

pub(crate) fn tool_missing(action: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0503, at, format!("the action `{action}` has no `tool`"))
        .label("needs `tool`")
        .help(format!("say what the server calls it: `tool \"{action}\"`"))
}

pub(crate) fn not_a_header(name: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0504, at, format!("`{}` is not the name of a header", name.escape_debug()))
        .label("not a name of a header")
        .help("a name consists of letters, digits and signs such as `-`, without spaces")
}

pub(crate) fn unknown_method(method: &str, at: Span, legal: &[&str]) -> Diagnostic {
    let upper = method.to_ascii_uppercase();
    if legal.contains(&upper.as_str()) {
        return Diagnostic::new(Code::WF0504, at, format!("methods are written in capitals: `{upper}`"))
            .label("not in capitals")
            .help(format!("write `method {upper}`"))
            .fix_safe(format!("write `{upper}`"), at, upper);
    }
    let found = Diagnostic::new(Code::WF0504, at, format!("there is no method `{method}`")).label("unknown method");
    suggest(found, &upper, at, legal)
}

pub(crate) fn unknown_provider(name: &str, at: Span) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0504, at, format!("there is no provider `{}`", name.escape_debug()))
        .label("unknown provider");
    match nearest::nearest(name, &["openai", "anthropic"]) {
        Some(near) => found.help(format!("did you mean `{near}`?")).fix_suggested(
            format!("write `\"{near}\"`"),
            at,
            format!("\"{near}\""),
        ),
        None => {
            found.help("write `provider \"openai\"` for all that is compatible with it, or `provider \"anthropic\"`")
        }
    }
}

pub(crate) fn status_of_process(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0504, at, "only a process has an exit code")
        .label("belongs to `exec` and `shell`")
        .help("write `output json`, `text` or `lines`; the status of an answer over HTTP is in `output response`")
}

pub(crate) fn empty_text(word: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0504, at, format!("`{word}` is empty")).label("nothing in it").help("write its name")
}

pub(crate) fn empty_tool(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0504, at, "no tool has an empty name")
        .label("nothing in it")
        .help("write what the server calls it")
}

pub(crate) fn not_a_file(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0504, at, "this is not the path of a file")
        .label("no file can be called so")
        .help("write a path: `from file \"/run/secrets/token\"`")
}

pub(crate) fn home_of_nobody(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0504, at, "`~` is a name like any other here")
        .label("no home folder is looked up")
        .help("write the whole path, or one relative to the project")
}

pub(crate) fn tool_twice(tool: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0504, at, format!("`{tool}` is a tool already")).label("named again").help("name it once")
}

pub(crate) fn temperature_range(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0403, at, "`temperature` takes a number from 0 to 2")
        .label("out of range")
        .help("write 0 for the same answer as often as can be, 1 for the usual")
}

pub(crate) fn tokens_range(word: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0403, at, format!("`{word}` takes from 1tok to 1_000_000_000tok"))
        .label("out of range")
        .help(format!("write how many tokens a call may have: `{word} 20_000tok`"))
}

pub(crate) fn cost_range(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0403, at, "`cost` takes an amount from 0usd on")
        .label("below zero")
        .help("write what one attempt costs at most")
}

pub(crate) fn text_in_script(param: &str, at: Span) -> Diagnostic {
    let variable = param.to_ascii_uppercase();
    Diagnostic::new(Code::WF0506, at, format!("`{param}` would become a part of the script"))
        .label("could be a command of its own")
        .help(format!(
            "hand it over as a variable: `env {{ {variable}: {param} }}`, and read `\"${variable}\"` in the script"
        ))
        .note("text is never pasted into a shell: whoever can choose it could run anything")
}

/// `${1}`, which a shell would read as its first argument.
pub(crate) fn number_in_script(number: i64, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0506, at, format!("`${{{number}}}` is the number {number}, not what a shell calls so"))
        .label(format!("always `{number}`"))
        .help("a script has no arguments here: hand the value over as a variable, `env { NAME: … }`, and read `\"$NAME\"`")
}

/// `command ["ls", x]` of a `shell`.
pub(crate) fn script_in_words(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0504, at, "the `command` of a `shell` is one text, not a list of words")
        .label("words of a program")
        .help("write it as the shell reads it, `command \"ls -l\"`, or let the agent use `exec`")
}

/// A file where a program is given text.
pub(crate) fn told_of_a_file(found: &mut Diagnostic) {
    if found.code == Code::WF0201 {
        found.help = Some(
            "a program finds the path of the file in the JSON on its standard input, under the name of the parameter"
                .into(),
        );
    }
}

/// An unknown name in the `${}` of a script is most likely a variable of the shell.
pub(crate) fn told_of_a_script(found: &mut Diagnostic) {
    const SHELL: &str = "a variable of the shell is written `$NAME`; `${NAME}` is one of the program";
    match found.code {
        Code::WF0102 if found.fix.is_some() => found.notes.push(SHELL.into()),
        Code::WF0102 => found.help = Some(SHELL.into()),
        _ => {}
    }
}

pub(crate) fn tools_in_a_circle(from: &str, back: &str, at: Span, declared: Span) -> Diagnostic {
    let message = match from == back {
        true => format!("`{from}` is a tool of itself"),
        false => format!("the tools of `{from}` lead back to `{back}`"),
    };
    Diagnostic::new(Code::WF0507, at, message)
        .label("goes in a circle")
        .related(declared, "the model that it leads back to")
        .help("take this tool out: a model that calls itself has no end")
}

pub(crate) fn weaker_than_tools(own: Effects, at: Span, tools: Effects, tool: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0508, at, format!("a tool of this model does more than `{}`", own.as_str()))
        .label("weaker than its tools")
        .related(tool, format!("effects `{}`", tools.as_str()))
        .help(format!("write `effects {}`, or take the tool out", tools.as_str()))
        .fix_suggested(format!("write `effects {}`", tools.as_str()), at, format!("effects {}", tools.as_str()))
}

pub(crate) fn no_tool(name: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0509, at, format!("`{name}` cannot be a tool"))
        .label("not an action of an agent")
        .help("name actions of agents: `tools [agent.action]`")
}

pub(crate) fn tool_of_people(tool: &str, param: &str, label: &str, at: Span, declared: Span) -> Diagnostic {
    let why = match label {
        "secret" => "a model never sees a secret",
        _ => "no model can make an approval",
    };
    Diagnostic::new(Code::WF0509, at, format!("`{tool}` cannot be a tool: its `{param}` is `{label}`"))
        .label("cannot be called by a model")
        .related(declared, format!("`{label}` here"))
        .help("call it from a stage of the workflow, or offer the model an action without this parameter")
        .note(why)
}

pub(crate) fn no_probe(problem: &str, at: Span, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0510, at, format!("this is no probe of the action: {problem}"))
        .label("cannot tell what happened")
        .related(declared, "declared here")
        .help(
            "a probe takes the parameters of the action and `key: string`, reads, and answers \
             `{ kind: \"done\", result: T } | { kind: \"not_done\" } | { kind: \"unknown\" }`",
        )
}

pub(crate) fn probe_elsewhere(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0510, at, "a probe is an action of the same agent")
        .label("stands elsewhere")
        .help("write its name alone: `probe find_it`")
}

pub(crate) fn probe_writes(effects: Effects, at: Span, insert: Option<Span>) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0510, at, format!("a probe cannot have effects `{}`", effects.as_str()))
        .label(if insert.is_some() { "says nothing of its effects" } else { "a probe only looks" });
    found.help("write `effects reads`, and let it look without changing anything")
}

pub(crate) fn key_of_probe(at: Span, probe: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0510, at, "the probe of this action has a parameter `key` of its own")
        .label("the same name")
        .related(probe, "an unnamed probe")
        .help("give the parameter another name, or name an action as the probe: `probe find_it`")
}

pub(crate) fn cache_of_write(action: &str, effects: Effects, at: Span, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0511, at, format!("an answer of `{action}` cannot be used again"))
        .label("would leave out a write")
        .related(declared, format!("effects `{}`", effects.as_str()))
        .help("leave `cache` out, or say `effects reads` if the action changes nothing")
}

pub(crate) fn model_endorses(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0512, at, "a model never `endorses`")
        .label("believed without a reason")
        .help("let a person allow it (`ask … approves`), or narrow the answer to a few literals")
        .note("what a model answers may have been said to it by whoever wrote what it has read")
}

pub(crate) fn body_of_reading(method: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0513, at, format!("a request with `{method}` has no body"))
        .label("would not be sent")
        .help("put it into `query`, or say `method POST`")
}

pub(crate) fn two_servers(again: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0513, again, "an agent has one server")
        .label("a second one")
        .related(first, "the first")
        .help("keep `command` for one that is started here, or `url` for one elsewhere")
}

pub(crate) fn of_other_server(word: &str, server: &str, at: Span) -> Diagnostic {
    let kind = if server == "url" { "is elsewhere" } else { "is a process" };
    Diagnostic::new(Code::WF0513, at, format!("a server that {kind} has no `{word}`"))
        .label(format!("nothing to do with `{server}`"))
        .help(if server == "url" { "send it in `headers`" } else { "hand it over in `env`" })
}

pub(crate) fn not_an_address(problem: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0514, at, format!("this is not an address: {problem}"))
        .label("cannot be sent to")
        .help("write scheme and host out, and what follows in `path`: `url \"https://api.example.com\"`")
}

pub(crate) fn path_without_slash(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0514, at, "`path` begins with `/`")
        .label("no `/` at its beginning")
        .help("write `path \"/…\"`; what is interpolated is one segment of it")
}

pub(crate) fn query_in_path(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0514, at, "`path` ends before the `?`")
        .label("more than a path")
        .help("put names and values into `query { name: value }`")
}

pub(crate) fn gives_no_file(kind: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0515, at, format!("an action of kind `{kind}` cannot give a `file`"))
        .label("a file in the result")
        .help("let an `exec` or `http` action give it, or answer its text")
}

pub(crate) fn key_written_out(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0603, at, "a key is written out")
        .label("anyone who reads this has it")
        .help("declare it, and name it here: `secret key from env \"KEY\"`")
        .note("whoever has seen the file has the key: have it replaced")
}

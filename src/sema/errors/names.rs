//! 01xx: names.

use crate::base::nearest;
use crate::base::span::Span;
use crate::diag::{Applicability, Code, Diagnostic, Edit, Fix};
use crate::sema::errors::suggest;
use crate::syntax::ast::Name;
use crate::value::builtin::Builtin;
use crate::value::types::Type;

/// A name that is legal where another was written, with its place.
pub(crate) struct Near {
    /// The name.
    pub name: String,
    /// Where it is declared.
    pub span: Option<Span>,
    /// `a parameter`, `a stage`.
    pub noun: &'static str,
}

pub(crate) fn duplicate(name: &str, again: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0101, again, format!("`{name}` is declared twice"))
        .label("declared again here")
        .related(first, "first declared here")
        .help("give one of them another name")
}

/// The element of a `for`, named like something that can be seen there.
pub(crate) fn hides(name: &str, at: Span, other: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0101, at, format!("`{name}` is declared twice"))
        .label("an element here")
        .related(other, "declared here as well")
        .help("give one of them another name")
}

/// A stage or `let` of two blocks: there is a form for what was probably meant.
pub(crate) fn duplicate_in_blocks(name: &str, again: Span, first: Span) -> Diagnostic {
    duplicate(name, again, first).help(format!(
        "one name may stand for either of two: `stage {name} = match condition {{ true => … false => … }}`"
    ))
}

/// What elsewhere is a value, or holds all of them; and where that takes more than a word, what to do.
fn other_word_for_a_value(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "None" | "nil" | "undefined" | "NULL" | "Null" => ("null", ""),
        "True" | "TRUE" => ("true", ""),
        "False" | "FALSE" => ("false", ""),
        "params" | "inputs" | "args" | "var" | "local" | "self" | "this" => {
            ("", "parameters and constants are read by their names alone: `region`, not `var.region`")
        }
        "stages" | "steps" | "needs" | "tasks" => {
            ("", "results are read by the names of their stages alone: `build.url`, not `steps.build.url`")
        }
        "github" | "env" | "environ" | "process" => {
            ("", "a workflow sees no environment: hand it over as a parameter, or as a `secret`")
        }
        "secrets" => ("", "a secret is an item of the file, read by its name alone: `secret token from env \"TOKEN\"`"),
        "sleep" | "delay" | "pause" => ("", "a pause is a stage of its own: `stage pause = wait(10s)`"),
        "signal" | "receive" => {
            ("", "what comes from outside is waited for: `stage paid = event(\"paid\", key: k) -> T`")
        }
        "map" | "foreach" => ("", "one call for each item of a list: `stage all = for item in list => f(item)`"),
        "execute" | "exec" | "shell" | "system" | "subprocess" => {
            ("", "programs are run by an action of an agent: `agent name uses exec { action … }`")
        }
        "now" | "today" => ("", "when the run began is `run.started`"),
        _ => return None,
    })
}

/// A method of a value.
pub(crate) fn no_methods(value: &str, name: &str, at: Span) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0115, at, format!("`{value}` has no method `{name}`: values have fields only"))
        .label("not a function");
    match name {
        "format" => found.help("write the values into the text: `\"${a} and ${b}\"`"),
        "map" | "filter" | "forEach" => found.help("write a comprehension: `[f(x) for x in xs if x.ok]`"),
        "get" => found.help(format!("write `{value}[\"key\"] ?? other`")),
        "append" | "push" | "extend" | "concat" => found.help(format!("lists are joined by `+`: `{value} + [x]`")),
        _ => found.help(format!("functions come first: `len({value})`, `trim({value})`, `split({value}, \",\")`")),
    }
}

/// A method of a value that is too long to be repeated; `function` is the built-in that was meant.
pub(crate) fn method_of_a_kind(ty: &Type, name: &str, function: Option<&str>, at: Span) -> Diagnostic {
    let message = match ty.is_unknown() {
        true => format!("a value has no method `{name}`: values have fields only"),
        false => format!("`{}` has no method `{name}`: values have fields only", super::shown(ty)),
    };
    let found = Diagnostic::new(Code::WF0115, at, message).label("not a function");
    match (function, name) {
        (Some(function), _) => {
            found.help(format!("functions come first: `{function}(…)`, with the value in the brackets"))
        }
        (None, "map" | "filter" | "forEach") => found.help("write a comprehension: `[f(x) for x in xs if x.ok]`"),
        (None, "format") => found.help("write the values into the text: `\"${a} and ${b}\"`"),
        _ => found.help("functions come first: `len(…)`, `trim(…)`, `split(…, \",\")`"),
    }
}

pub(crate) fn unknown(name: &str, at: Span, legal: &[Near]) -> Diagnostic {
    let names: Vec<&str> = legal.iter().map(|near| near.name.as_str()).collect();
    let found = Diagnostic::new(Code::WF0102, at, format!("nothing here is called `{name}`")).label("unknown name");
    // A name of the program is more likely meant than a word of another language.
    let near = nearest::nearest(name, &names).and_then(|near| legal.iter().find(|legal| legal.name == near));
    if let Some((right, because)) = other_word_for_a_value(name).filter(|_| near.is_none()) {
        return match because {
            "" => found.help(format!("write `{right}`")).fix_suggested(format!("write `{right}`"), at, right),
            because => found.help(because),
        };
    }
    let found = suggest(found, name, at, &names);
    match near {
        Some(Near { span: Some(span), noun, .. }) => found.related(*span, format!("{noun} with a near name")),
        _ => found,
    }
}

/// A name that another file declares: where, and the text that imports it.
pub(crate) struct Elsewhere {
    /// The path of the file, as it is written here.
    pub path: String,
    /// Where it is declared.
    pub declared: Span,
    /// Where the import goes, with its text.
    pub edit: (Span, String),
}

pub(crate) fn not_imported(code: Code, name: &str, at: Span, elsewhere: Elsewhere) -> Diagnostic {
    let (place, text) = elsewhere.edit;
    Diagnostic::new(code, at, format!("nothing here is called `{name}`"))
        .label("not known in this file")
        .related(elsewhere.declared, "declared in another file")
        .help(format!("import it: `import {{ {name} }} from \"{}\"`", elsewhere.path))
        .fix_suggested(format!("import `{name}`"), place, text)
}

pub(crate) fn wrong_sort(name: &str, at: Span, is: &str, declared: Option<Span>, wanted: &str) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0102, at, format!("`{name}` is {is}, not {wanted}"))
        .label(format!("{wanted} is wanted"));
    match declared {
        Some(span) => found.related(span, "declared here"),
        None => found,
    }
}

pub(crate) fn agent_as_value(name: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0102, at, format!("`{name}` is an agent, not a value"))
        .label("not a value")
        .help(format!("call one of its actions in a stage: `stage … = {name}.…(…)`"))
}

pub(crate) fn call_of_interface(interface: &str, at: Span, action: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0102, at, format!("`{interface}` is an interface: nobody carries its actions out"))
        .label("no agent")
        .help(format!("take an agent as a parameter, `agent: {interface}`, and call `agent.{action}(…)`"))
}

pub(crate) fn unknown_type(name: &str, at: Span, legal: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0103, at, format!("there is no type `{name}`")).label("unknown type");
    suggest(found, name, at, legal)
}

/// What other languages call it.
pub(crate) fn foreign_type(name: &str, at: Span, ours: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0103, at, format!("there is no type `{name}`"))
        .label("unknown type")
        .help(format!("here it is called `{ours}`"))
        .fix_suggested(format!("write `{ours}`"), at, ours)
}

/// `Optional<T>`.
pub(crate) fn foreign_optional(name: &str, at: Span, element: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0103, at, format!("there is no type `{name}`"))
        .label("unknown type")
        .help(format!("what may be absent is spelled `{element}?`"))
}

pub(crate) fn bare_generic(name: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0103, at, format!("`{name}` needs the type of what it holds"))
        .label("of what?")
        .help(format!("write `{name}<string>`, or whatever it holds"))
}

pub(crate) fn not_generic(name: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0103, at, format!("`{name}` takes no type in `<>`"))
        .label("only `list` and `map` do")
        .help("write `list<T>` or `map<T>`")
}

pub(crate) fn unknown_action(agent: &str, name: &str, at: Span, declared: Span, legal: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0104, at, format!("`{agent}` has no action `{name}`"))
        .label("unknown action")
        .related(declared, "the agent");
    suggest(found, name, at, legal)
}

/// An action without the agent that has it.
pub(crate) fn action_without_its_agent(name: &str, at: Span, path: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0102, at, format!("nothing here is called `{name}`"))
        .label("an action without its agent")
        .help(format!("write `{path}`"))
        .fix_suggested(format!("write `{path}`"), at, path)
}

pub(crate) fn action_missing(agent: &str, at: Span, legal: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0104, at, format!("`{agent}` is an agent: which of its actions is meant?"))
        .label("no action named");
    match nearest::there(legal) {
        Some(list) => found.help(format!("write `{agent}.` and the action; {list}")),
        None => found.help(format!("write `{agent}.` and the action")),
    }
}

pub(crate) fn unknown_field(ty: &str, name: &str, at: Span, legal: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0105, at, format!("`{ty}` has no field `{name}`")).label("unknown field");
    suggest(found, name, at, legal)
}

/// A field of some members of a union.
pub(crate) fn field_of_some(ty: &str, name: &str, at: Span, tag: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0105, at, format!("only some of `{ty}` have a field `{name}`"))
        .label("not always there")
        .help(format!("find out which it is first, by `match` or by comparing `{tag}`"))
}

pub(crate) fn no_fields(ty: &str, name: &str, at: Span) -> Diagnostic {
    let found =
        Diagnostic::new(Code::WF0105, at, format!("`{ty}` has no fields")).label(format!("no field `{name}` here"));
    match name {
        "length" | "size" | "count" => found.help("how long it is says the function `len(…)`"),
        _ if Builtin::lookup(name).is_some() => found.help(format!("`{name}` is a function: `{name}(…)`")),
        _ => found,
    }
}

pub(crate) fn field_of_json(name: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0105, at, format!("nobody knows whether this `json` has a field `{name}`"))
        .label("no fields before `as`")
        .help(format!("say what it is: `… as {{ {name}: string }}`, or a type of yours"))
}

pub(crate) fn field_of_map(name: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0105, at, "a `map` has keys, not fields")
        .label("not a field")
        .help(format!("write `[\"{name}\"]`; it is absent where the key is"))
}

pub(crate) fn unknown_argument(callee: &str, name: &str, at: Span, declared: Span, legal: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0106, at, format!("`{callee}` has no parameter `{name}`"))
        .label("unknown argument")
        .related(declared, "declared here");
    if CLAUSES.contains(&name) && nearest::nearest(name, legal).is_none() {
        return found.help(format!("clauses stand in braces behind the call: `{callee}(…) {{ {name} … }}`"));
    }
    suggest(found, name, at, legal)
}

/// Clauses of a stage that elsewhere are arguments.
const CLAUSES: [&str; 10] =
    ["timeout", "retry", "after", "when", "cache", "lock", "priority", "deadline", "budget", "parallel"];

pub(crate) fn tag_twice(tag: &str, at: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0110, at, format!("two alternatives are called `{tag}`"))
        .label("again")
        .related(first, "the first one")
        .help("rename one of them, so that it can be told which one won")
}

pub(crate) fn unknown_argument_of_builtin(callee: &str, name: &str, at: Span, legal: &[&str]) -> Diagnostic {
    let found =
        Diagnostic::new(Code::WF0106, at, format!("`{callee}` has no argument `{name}`")).label("unknown argument");
    suggest(found, name, at, legal)
}

pub(crate) fn unknown_function(name: &str, at: Span, legal: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0107, at, format!("there is no function `{name}`")).label("unknown function");
    let elsewhere = ELSEWHERE.iter().find(|(names, _)| names.contains(&name));
    match (elsewhere, nearest::nearest(name, legal)) {
        (Some((_, here)), _) if legal.contains(here) => {
            found.help(format!("it is called `{here}`")).fix_suggested(format!("write `{here}`"), at, *here)
        }
        (Some((_, here)), _) => found.help(format!("write `{here}`")),
        (None, Some(_)) => suggest(found, name, at, legal),
        (None, None) => match other_word_for_a_value(name) {
            Some((_, because)) if !because.is_empty() => found.help(because),
            _ => found.help("functions are built in; what an agent does is a stage"),
        },
    }
}

/// Functions of other languages, and what stands for them here.
const ELSEWHERE: [(&[&str], &str); 9] = [
    (&["not"], "!value"),
    (&["length", "size", "count"], "len"),
    (&["str", "string", "tostring", "toString"], "to_string"),
    (&["int", "parseInt"], "to_int"),
    (&["float", "parseFloat"], "to_float"),
    (&["includes", "has"], "contains"),
    (&["strip"], "trim"),
    (&["map", "filter"], "[… for x in list if condition]"),
    (&["format", "concat"], "\"text ${value}\""),
];

pub(crate) fn import_of_nothing(name: &str, at: Span, path: &str, legal: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0108, at, format!("\"{path}\" declares no `{name}`")).label("not there");
    suggest(found, name, at, legal)
}

pub(crate) fn field_twice(again: &Name, first: &Name) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0110, again.span, format!("the field `{}` stands twice", again.text))
        .label("again here")
        .related(first.span, "first here")
        .help("remove one of the two");
    match again.text == first.text {
        true => found,
        false => found.note("they are made of different characters, and nobody sees a difference"),
    }
}

pub(crate) fn taken(name: &str, at: Span, because: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0111, at, format!("`{name}` cannot be a name here: {because}"))
        .label("this name is taken")
        .help("give it another name")
}

pub(crate) fn unusual(name: &str, at: Span, style: &str, better: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0112, at, format!("`{name}` is not written in {style}"))
        .label("unusual spelling")
        .help(format!("call it `{better}`"))
}

/// A name and one before it are the same but for capital letters.
pub(crate) fn differs_in_case(name: &str, at: Span, first: &str, first_at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0130, at, format!("`{name}` differs from `{first}` in capital letters only"))
        .label("easily taken for the other")
        .related(first_at, "the other one")
        .help("give one of them a name that says what sets it apart")
}

/// Adds the renaming of a name and of all its uses.
pub(crate) fn renaming(mut found: Diagnostic, at: Span, uses: &[Span], better: &str) -> Diagnostic {
    let mut places: Vec<Span> = uses.to_vec();
    places.push(at);
    places.sort();
    places.dedup();
    let edits = places.into_iter().map(|span| Edit { span, text: better.to_owned() }).collect();
    found.fix = Some(Fix { title: format!("rename to `{better}`"), applicability: Applicability::Suggested, edits });
    found
}

pub(crate) fn never_used(what: &str, name: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0113, at, format!("{what} `{name}` is never used"))
        .label("never used")
        .help(format!("remove it, or call it `_{name}`"))
}

/// What a failure is called elsewhere.
fn other_word_for_a_class(name: &str) -> Option<&'static str> {
    Some(match name {
        "crash" | "panic" | "killed" | "signal" | "oom" => "crashed",
        "timed_out" | "time_out" | "deadline_exceeded" => "timeout",
        "error" | "errors" | "failure" | "exception" | "fail" => "failed",
        "throttled" | "rate_limit" | "ratelimit" | "too_many_requests" => "rate_limited",
        "network" | "connection" | "offline" | "unreachable" => "unavailable",
        "transient" | "flaky" | "retryable" => "temporary",
        "forbidden" | "unauthorized" | "refused" | "rejected" | "permission_denied" => "denied",
        "bad_output" | "parse_error" | "invalid_response" | "invalid_result" => "invalid_output",
        "bad_request" | "invalid_argument" | "bad_input" => "invalid_input",
        "over_budget" | "budget_exceeded" => "budget",
        _ => return None,
    })
}

/// `own` are those of `legal` that actions declare: one of them is more likely meant than a word of another language.
pub(crate) fn unknown_class(name: &str, at: Span, legal: &[&str], own: &[&str]) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0114, at, format!("there is no failure class `{name}`")).label("unknown class");
    if nearest::nearest(name, own).is_some() {
        return suggest(found, name, at, own);
    }
    match (other_word_for_a_class(name), nearest::nearest(name, legal)) {
        (Some(right), _) => found.help(format!("write `{right}`")).fix_suggested(format!("write `{right}`"), at, right),
        (None, Some(_)) => suggest(found, name, at, legal),
        (None, None) => found.help(format!("a class of its own is declared by the action: `raises {name}`")),
    }
}

pub(crate) fn class_not_raised(name: &str, at: Span, callee: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0114, at, format!("`{callee}` never fails with `{name}`"))
        .label("not one of its classes")
        .related(declared, format!("raises no `{name}`"))
        .help(format!("declare it there: `raises {name}`"))
}

pub(crate) fn call_in_expression(callee: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0115, at, format!("`{callee}` is called inside an expression"))
        .label("only stages call")
        .help(format!("make it a stage: `stage … = {callee}(…)`, and use its name here"))
}

/// `value.function(…)` of a built-in; `alone` without further arguments.
pub(crate) fn function_as_method(value: &str, name: &str, at: Span, alone: bool) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0115, at, format!("`{name}` is a function, not a part of `{value}`"))
        .label("called otherwise");
    match alone {
        true => found.help(format!("write `{name}({value})`")).fix_suggested(
            format!("write `{name}({value})`"),
            at,
            format!("{name}({value})"),
        ),
        false => found.help(format!("write `{name}({value}, …)`")),
    }
}

pub(crate) fn hidden(name: &str, at: Span, declared: Span, why: &str, help: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0116, at, format!("`{name}` cannot be seen from here"))
        .label(why)
        .related(declared, "declared here")
        .help(help)
}

/// `result`, `outcome`, `run`: names that exist in certain places only.
pub(crate) fn only_there(name: &str, at: Span, place: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0116, at, format!("there is no `{name}` here")).label(format!("only {place}"))
}

pub(crate) fn constant_needs_itself(name: &str, at: Span, user: Span) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0117, at, format!("the constant `{name}` needs itself")).label("needs itself");
    let found = if user == at { found } else { found.related(user, "is needed here, and needs it") };
    found.help("write the value of one of them out")
}

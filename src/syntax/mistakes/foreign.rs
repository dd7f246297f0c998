//! Shapes of Python, TypeScript, Terraform, Airflow and the like that this language says in another way.

use super::Found;
use super::phrases::{respelled, written};
use crate::syntax::draft::Patch;
use crate::syntax::errors;
use crate::syntax::grammar::Rule;
use crate::syntax::repair::Failure;
use crate::syntax::scan::Kind;
use crate::syntax::split::Tokens;

/// `stage a = [f(x) for x in xs]`.
pub(super) fn comprehension_as_a_stage(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, open) = (failure.tokens, failure.found);
    let stage = failure.text(0) == "[" && failure.text(-1) == "=" && failure.text(-3) == "stage";
    let close = tokens.closing(open).filter(|_| stage)?;
    let on_top =
        |word: &str| (open + 1..close).find(|index| tokens.text(*index) == word && depth(tokens, open, *index) == 1);
    let (from, call) = (on_top("for")?, on_top("(")?);
    if on_top("if").is_some() || call > from || tokens.text(from + 2) != "in" {
        return None;
    }
    let instead = format!("{} => {}", written(tokens, from, close - 1), written(tokens, open + 1, from - 1));
    Some(respelled(failure, (open, close), &instead))
}

/// How many brackets are open before a token, from one on.
fn depth(tokens: Tokens<'_>, open: usize, index: usize) -> usize {
    let inside = &tokens.list[open..index];
    let opened = inside.iter().filter(|token| token.opens()).count();
    opened - inside.iter().filter(|token| token.closes()).count().min(opened)
}

/// `[for x in xs : f(x)]`.
pub(super) fn comprehension_that_begins_with_for(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    let open = found.checked_sub(1).filter(|_| failure.text(0) == "for" && failure.text(-1) == "[")?;
    let close = tokens.closing(open)?;
    let colon = (found..close).find(|index| matches!(tokens.text(*index), ":" | "=>"))?;
    let value = (colon + 1 < close && colon > found + 1)
        .then(|| (written(tokens, colon + 1, close - 1), written(tokens, found, colon - 1)));
    let (value, rest) = value?;
    Some(respelled(failure, (open, close), &format!("[{value} {rest}]")))
}

/// `enum Level { Low, High }` as an item.
pub(super) fn enum_item(failure: &Failure<'_>) -> Option<Found> {
    let tokens = failure.tokens;
    let head = failure.found == 0 && failure.text(0) == "enum" && tokens.text(2) == "{";
    let close = tokens.closing(2).filter(|_| head)?;
    // What a name stands for elsewhere has no meaning here.
    let given = |index: usize| tokens.text(index) == "=" || tokens.text(index - 1) == "=";
    let names: Vec<String> = (3..close)
        .filter(|index| tokens.kind(*index) == Some(Kind::Word) && !given(*index))
        .map(|index| format!("\"{}\"", tokens.text(index)))
        .collect();
    let plain = (3..close).all(|index| {
        let word = tokens.kind(index) == Some(Kind::Word) || tokens.text(index) == ",";
        word || given(index) && !tokens.list[index].opens()
    });
    let instead = format!("type {} = {}", tokens.text(1), names.join(" | "));
    (plain && !names.is_empty()).then(|| respelled(failure, (0, close), &instead))
}

/// `from agents import coder, git`.
pub(super) fn import_from(failure: &Failure<'_>) -> Option<Found> {
    let tokens = failure.tokens;
    let import = (2..20).find(|index| tokens.text(*index) == "import").filter(|_| failure.text(0) == "from")?;
    if failure.found != 0 || tokens.list[import].first || tokens.list.get(import + 1).is_none_or(|next| next.first) {
        return None;
    }
    let on_line = |index: &usize| !tokens.list[*index].first;
    let last = (import + 1..tokens.list.len()).take_while(on_line).last()?;
    let module = written(tokens, 1, import - 1);
    let Some(names) = names_of_an_import(tokens, import + 1, last) else {
        return Some((errors::foreign::module(failure.span(0, last), &path_of_a_module(module)), Vec::new()));
    };
    let path = match path_of_a_module(module) {
        path if path.is_empty() || path.ends_with('/') => {
            return Some((errors::foreign::module(failure.span(0, last), &format!("{path}{}", names[0])), Vec::new()));
        }
        path => path,
    };
    let instead = format!("import {{ {} }} from \"{path}.wf\"", names.join(", "));
    Some(respelled(failure, (0, last), &instead))
}

/// The names between two tokens, in brackets or not; nothing if there is anything else, such as `*` or `as`.
fn names_of_an_import<'a>(tokens: Tokens<'a>, first: usize, last: usize) -> Option<Vec<&'a str>> {
    let bracketed = tokens.text(first) == "(" && tokens.text(last) == ")" && last > first + 1;
    let (first, last) = if bracketed { (first + 1, last - 1) } else { (first, last) };
    let name = |index: usize| (tokens.kind(index) == Some(Kind::Word)).then(|| tokens.text(index));
    let comma = |index: usize| tokens.text(index) == ",";
    (first..=last).all(|index| (index - first) % 2 == 0 || comma(index)).then_some(())?;
    (first..=last).step_by(2).map(name).collect()
}

/// `agents.coder` as `agents/coder`, `..coder` as `../coder`; empty for `.`.
fn path_of_a_module(module: &str) -> String {
    let name = module.trim_start_matches('.');
    let up = (module.len() - name.len()).saturating_sub(1);
    format!("{}{}", "../".repeat(up), name.replace('.', "/"))
}

/// `import json`.
pub(super) fn import_of_a_module(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    let module = found == 1 && tokens.text(0) == "import" && tokens.kind(1) == Some(Kind::Word);
    let alone = module && !tokens.list[1].first && tokens.list.get(2).is_none_or(|next| next.first);
    alone.then(|| (errors::foreign::module(failure.here(), failure.text(0)), Vec::new()))
}

/// `class Spec:` and what stands below it.
pub(super) fn class_item(failure: &Failure<'_>) -> Option<Found> {
    let class = failure.found == 0
        && matches!(failure.text(0), "class" | "dataclass")
        && matches!(failure.text(2), ":" | "(" | "{");
    class.then(|| (errors::foreign::class(failure.here(), failure.text(1)), Vec::new()))
}

/// `stage a = f(x).name`, `stage a = f(x).catch(…)`.
pub(super) fn part_of_a_call(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    let dot = matches!(failure.text(0), "." | "?.") && failure.text(-1) == ")" && failure.expected.statement();
    let first = (0..found).rev().find(|index| tokens.list[*index].first).filter(|_| dot)?;
    let name = if tokens.text(first) == "stage" { tokens.text(first + 1) } else { "a" };
    let mut last = found + 1;
    while matches!(tokens.text(last + 1), "." | "?." | "(" | "[") && !tokens.list[last + 1].first {
        last = match tokens.text(last + 1) {
            "." | "?." => last + 2,
            _ => tokens.closing(last + 1)?,
        };
    }
    let fault = errors::foreign::part_of_a_call(failure.span(found, last), name, failure.text(1));
    Some((fault, vec![failure.replace(found, last, " ")]))
}

/// `a >> b` as a statement, `stage a = f(x) -> stage b = g(a)`.
pub(super) fn chained_stages(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    let sign = |index: usize| matches!(tokens.text(index), "->" | ">" | ">>" | "=>" | "|" | "|>");
    let line_end =
        |from: usize| (from..tokens.list.len()).take_while(|index| *index == from || !tokens.list[*index].first).last();
    if failure.at_line_start()
        && failure.expected.statement()
        && tokens.kind(found) == Some(Kind::Word)
        && sign(found + 1)
    {
        let last = line_end(found)?;
        let fault = errors::foreign::chained(failure.span(found, last), tokens.text(found));
        return Some((fault, vec![failure.replace(found, last, " ")]));
    }
    let behind = sign(found) && failure.text(-1) == ")" && failure.text(1) == "stage" && failure.expected.statement();
    behind.then(|| (errors::foreign::chained(failure.here(), "a"), vec![failure.replace(found, found, "\n")]))
}

/// `interface Reviewer { review(diff: string) -> Review }`.
pub(super) fn action_without_its_word(failure: &Failure<'_>) -> Option<Found> {
    let (tokens, found) = (failure.tokens, failure.found);
    let entry = tokens.kind(found) == Some(Kind::Word) && failure.text(1) == "(";
    let interface = tokens.text(0) == "interface" && failure.expected.words().contains(&"action");
    (entry && interface).then(|| {
        let fault = errors::unexpected(failure.here(), "`action`", &super::quote(failure.text(0)));
        let at = failure.here();
        let start = crate::base::span::Span { end: at.start, ..at };
        let fault = fault.fix_suggested("insert `action`", start, "action ");
        (fault, vec![Patch::insert(tokens.list[found].start, "action ")])
    })
}

/// Words that begin a statement or a clause elsewhere, where this language has another place for what they say.
pub(super) fn word_with_another_place(failure: &Failure<'_>) -> Option<Found> {
    let word = failure.text(0);
    if failure.tokens.kind(failure.found) != Some(Kind::Word) || failure.text(1) == "=" {
        return None;
    }
    let begins = failure.at_line_start() || matches!(failure.text(-1), "{" | "}");
    if begins && failure.expected.statement() && failure.tokens.text(0) == "workflow" {
        let help = match word {
            "input" | "inputs" | "params" | "parameters" | "args" => {
                "parameters stand behind the name of the workflow: `workflow name(text: string) -> string {`"
            }
            "output" | "outputs" => "the last statement gives the result: `return { name: value }`",
            "switch" | "case" | "choose" => "a choice has a name: `stage a = match x { \"one\" => f(x)  _ => skip }`",
            "scatter" | "each" | "map" | "parallel_for" => {
                "a map has a name: `stage results = for item in items => f(item)`"
            }
            "schedule_interval" | "cron" | "schedule" => {
                "a schedule is an item beside the workflow: `schedule nightly = name() { cron \"0 2 * * *\" }`"
            }
            "print" | "log" | "echo" | "console" => {
                "a stage shows what it does by its `label`, and `return` gives the result"
            }
            "with" | "using" => "a stage holds a lock by a clause: `stage a = f(x) { lock \"name\" }`",
            "join" | "sync" | "barrier" => {
                "a stage waits for others by a clause: `after a, b`, or by using their results"
            }
            "continue" | "break" | "pass" => {
                "nothing is left early: what depends on a condition stands in `when x { … }`"
            }
            "sleep" | "delay" | "pause" => "a pause is a stage: `stage pause = wait(10s)`",
            "signal" | "receive" => "what comes from outside is waited for by a stage: `event(\"paid\", key: k) -> T`",
            "execute" | "exec" | "shell" | "system" => {
                "programs are run by an action of an agent: `agent name uses exec { action … }`"
            }
            _ => return None,
        };
        return Some((errors::foreign::other_place(failure.here(), word, "statement", help), Vec::new()));
    }
    let help = match word {
        _ if !failure.expected.clause() => return None,
        "options" | "choices" | "buttons" => {
            "what may be answered stands behind the question: `ask(\"…\") -> \"yes\" | \"no\"`"
        }
        "retry_delay" | "delay" | "retry_interval" => {
            "the pause is a part of the retry: `retry { attempts 3  backoff fixed(5m) }`"
        }
        "execution_timeout" | "time_limit" | "max_time" => "write `timeout 1h`",
        "env" | "environment" => "variables are given by the agent: `env { NAME: value }` in its action",
        "trigger_rule" | "continue_on_error" | "continue" | "allow_failure" | "ignore_errors" => {
            "`after a` waits whatever becomes of a; a failure is borne by `on failure skip` at the stage that fails"
        }
        _ => return None,
    };
    Some((errors::foreign::other_place(failure.here(), word, "clause", help), Vec::new()))
}

/// `stage a = scatter x in xs => f(x)`.
pub(super) fn other_word_for_for(failure: &Failure<'_>) -> Option<Found> {
    let loops =
        matches!(failure.text(-1), "scatter" | "foreach" | "each" | "map" | "forall") && failure.text(1) == "in";
    let before = failure.found.checked_sub(1).filter(|_| loops)?;
    Some(respelled(failure, (before, before), "for"))
}

/// `when x then {`.
pub(super) fn then_before_a_block(failure: &Failure<'_>) -> Option<Found> {
    let then =
        matches!(failure.text(0), "then" | "do") && failure.text(1) == "{" && failure.expected.has(Rule::curly_open);
    then.then(|| {
        let fault = errors::foreign::then(failure.here(), failure.text(0));
        (fault, vec![failure.replace(failure.found, failure.found, " ")])
    })
}

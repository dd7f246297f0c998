//! Words that begin something else elsewhere, or nothing here.

use super::{Found, quote};
use crate::syntax::draft::{HOLE, NAMELESS, Patch};
use crate::syntax::errors;
use crate::syntax::grammar::Rule;
use crate::syntax::repair::Failure;
use crate::syntax::scan::Kind;
use crate::syntax::split::{ITEM_WORDS, STATEMENT_WORDS};

/// Words that begin statements elsewhere.
const OTHER_STATEMENTS: [(&str, &str); 25] = [
    ("step", "stage"),
    ("task", "stage"),
    ("job", "stage"),
    ("node", "stage"),
    ("activity", "stage"),
    ("phase", "stage"),
    ("var", "let"),
    ("const", "let"),
    ("val", "let"),
    ("set", "let"),
    ("if", "when"),
    ("unless", "when"),
    ("elif", "else when"),
    ("elsif", "else when"),
    ("elseif", "else when"),
    ("throw", "fail"),
    ("raise", "fail"),
    ("panic", "fail"),
    ("always", "finally"),
    ("ensure", "finally"),
    ("defer", "finally"),
    ("while", "repeat up to"),
    ("loop", "repeat up to"),
    ("try", "on failure"),
    ("await", ""),
];

pub(super) fn statement_word(failure: &Failure<'_>) -> Option<Found> {
    let word = failure.text(0);
    let (previous, next) = (failure.text(-1), failure.text(1));
    if word == "if" && previous == "else" && !failure.expected.expression() {
        let patch = failure.replace(failure.found, failure.found, "when");
        return Some((errors::other_word(failure.here(), "else if", "else when", "if", "when"), vec![patch]));
    }
    if word == "await" && failure.text(-1) == "=" {
        return Some((errors::no_await(failure.here()), vec![failure.replace(failure.found, failure.found, "")]));
    }
    if word == "{" && previous == "parallel" && failure.tokens.list[failure.found - 1].first {
        let index = failure.found - 1;
        return Some((errors::no_parallel_block(failure.span(index, index)), Vec::new()));
    }
    if !failure.expected.statement() || !failure.at_line_start() && !matches!(previous, "{" | "}") {
        return None;
    }
    if word == "for" || word == "foreach" {
        return Some((errors::map_is_a_stage(failure.here()), Vec::new()));
    }
    if word == "match" || word == "ask" || word == "event" || word == "wait" {
        return Some((errors::has_to_be_a_stage(failure.here(), word), Vec::new()));
    }
    if failure.tokens.kind(failure.found) == Some(Kind::Word) && next == "=" {
        return Some(assignment(failure, word));
    }
    if failure.tokens.kind(failure.found) == Some(Kind::Word)
        && !OTHER_STATEMENTS.iter().any(|(other, _)| *other == word)
    {
        let call = matches!(next, "(" | ".") && !errors::is_reserved(word);
        return call.then(|| (errors::has_to_be_a_stage(failure.here(), &call_text(failure)), Vec::new()));
    }
    let (_, right) = OTHER_STATEMENTS.iter().find(|(other, _)| *other == word)?;
    if word == "await" {
        return Some((errors::no_await(failure.here()), Vec::new()));
    }
    let fault = match *right {
        "repeat up to" => errors::no_loop(failure.here(), word),
        "on failure" => errors::no_try(failure.here(), word),
        right => errors::other_word(failure.here(), word, right, word, right),
    };
    let known = matches!(*right, "stage" | "let" | "when" | "fail" | "finally" | "else when");
    let patches = if known { vec![failure.replace(failure.found, failure.found, *right)] } else { Vec::new() };
    Some((fault, patches))
}

/// `agent.action` of a bare call.
fn call_text(failure: &Failure<'_>) -> String {
    let path =
        (0..6).take_while(|offset| !matches!(failure.text(*offset), "(" | "")).map(|offset| failure.text(offset));
    format!("{}(…)", path.collect::<String>())
}

/// `a = f(x)` without `stage` or `let`.
fn assignment(failure: &Failure<'_>, word: &str) -> Found {
    let value = failure.found + 2;
    let arm = (value..value + 40).find(|index| failure.tokens.text(*index) == "=>").map(|arrow| arrow + 1);
    let calls = match failure.text(2) {
        "for" | "ask" | "event" | "wait" => true,
        "match" => arm.is_some_and(|arm| begins_call(failure, arm)),
        _ => failure.text(3) == "of" || begins_call(failure, value),
    };
    let keyword = if calls { "stage" } else { "let" };
    let at = failure.tokens.list[failure.found].start;
    (errors::assignment(failure.here(), word, keyword), vec![Patch::insert(at, format!("{keyword} "))])
}

/// Whether a call of an agent or workflow, or what else a stage does, begins at a token.
fn begins_call(failure: &Failure<'_>, index: usize) -> bool {
    if matches!(failure.tokens.text(index), "skip" | "use" | "ask" | "event" | "wait" | "{") {
        return true;
    }
    let named = failure.tokens.kind(index) == Some(Kind::Word);
    let rest = (index + 1..index + 8).map(|index| failure.tokens.text(index));
    named && rest.into_iter().find(|text| *text != "." && text.len() < 2) == Some("(")
}

/// Words that begin items elsewhere.
const OTHER_ITEMS: [(&str, &str); 20] = [
    ("fn", "workflow"),
    ("def", "workflow"),
    ("func", "workflow"),
    ("function", "workflow"),
    ("flow", "workflow"),
    ("pipeline", "workflow"),
    ("dag", "workflow"),
    ("process", "workflow"),
    ("enum", "type"),
    ("struct", "type"),
    ("record", "type"),
    ("typedef", "type"),
    ("const", "let"),
    ("var", "let"),
    ("include", "import"),
    ("use", "import"),
    ("tool", "agent"),
    ("bot", "agent"),
    ("trait", "interface"),
    ("cron", "schedule"),
];

pub(super) fn item_word(failure: &Failure<'_>) -> Option<Found> {
    let word = failure.text(0);
    if failure.found != 0 || STATEMENT_WORDS.contains(&word) {
        return None;
    }
    if failure.tokens.kind(0) == Some(Kind::Word) && failure.text(1) == "=" {
        let keyword = if word.starts_with(|c: char| c.is_ascii_uppercase()) { "type" } else { "let" };
        let fault = errors::assignment(failure.here(), word, keyword);
        return Some((fault, vec![Patch::insert(failure.tokens.list[0].start, format!("{keyword} "))]));
    }
    let (_, right) = OTHER_ITEMS.iter().find(|(other, _)| *other == word)?;
    let fault = errors::other_word(failure.here(), word, right, word, right);
    Some((fault, vec![failure.replace(0, 0, *right)]))
}

/// `type = …`, `agent uses …`, `workflow(…)`.
pub(super) fn item_without_a_name(failure: &Failure<'_>) -> Option<Found> {
    let tokens = failure.tokens;
    let goes_on = matches!(failure.text(0), "=" | ":" | "{" | "(");
    let missing = failure.found == 1 && goes_on && failure.expected.has(Rule::name);
    // The word after the name was taken for it.
    let taken =
        failure.found == 2 && matches!((tokens.text(0), tokens.text(1)), ("agent", "uses") | ("secret", "from"));
    let continues = taken && tokens.kind(2).is_some_and(|kind| kind == Kind::Word) && failure.text(0) != tokens.text(1);
    if !(missing || continues) || !ITEM_WORDS.contains(&tokens.text(0)) {
        return None;
    }
    let fault = errors::missing(failure.span(0, 0).after(), "a name", &quote(tokens.text(0)));
    Some((fault, vec![Patch::insert(failure.tokens.list[0].end, format!(" {NAMELESS} "))]))
}

/// `"A", "B"` on a line of its own, where `pass` was to stand before it.
pub(super) fn values_without_their_word(failure: &Failure<'_>) -> Option<Found> {
    let string = failure.tokens.kind(failure.found) == Some(Kind::String);
    if !string || !failure.at_line_start() || failure.text(1) != "," || !failure.expected.setting() {
        return None;
    }
    let tokens = failure.tokens;
    let listed = |comma: &usize| tokens.text(*comma) == "," && tokens.kind(comma + 1) == Some(Kind::String);
    let commas = (failure.found + 1..tokens.list.len()).step_by(2).take_while(listed).count();
    let fault = errors::unexpected(failure.here(), &failure.expected.describe(), &quote(failure.text(0)));
    Some((fault, vec![failure.replace(failure.found, failure.found + 2 * commas, HOLE)]))
}

/// A statement at the top of a file.
pub(super) fn outside_of_a_workflow(failure: &Failure<'_>) -> Option<Found> {
    let word = failure.text(0);
    let statement = STATEMENT_WORDS.contains(&word) && word != "let";
    (failure.found == 0 && statement).then(|| (errors::statement_outside(failure.here(), word), Vec::new()))
}

/// `import a from "path"`.
pub(super) fn import_without_braces(failure: &Failure<'_>) -> Option<Found> {
    let names = failure.text(-1) == "import" && failure.found == 1;
    let from = (1..40).find(|offset| failure.text(*offset) == "from")?;
    // `from` on a line of its own is the next import, as Python has it.
    let last = failure.found.checked_add_signed(from)?;
    if !names || failure.tokens.list[last].first || (0..from).any(|offset| failure.text(offset) == "{") {
        return None;
    }
    let last = failure.found.checked_add_signed(from - 1)?;
    let text =
        &failure.tokens.text[failure.tokens.list[failure.found].start as usize..failure.tokens.list[last].end as usize];
    let instead = format!("{{ {} }}", text.trim_start_matches('*').trim());
    let fault = errors::import_without_braces(failure.span(failure.found, last), &instead);
    Some((fault, vec![failure.replace(failure.found, last, instead)]))
}

/// `acton build(x: string) -> T`, which reads as a setting up to its `->`.
pub(super) fn misspelled_action(failure: &Failure<'_>) -> Option<Found> {
    let first = (0..failure.found).rev().find(|index| failure.tokens.list[*index].first)?;
    let word = failure.tokens.text(first);
    let near =
        strsim::osa_distance(word, "action") <= 2 || matches!(word, "fn" | "def" | "method" | "tool" | "function");
    if !failure.expected.setting() || !matches!(failure.text(0), "->" | ":" | "{" | "(") || word == "action" || !near {
        return None;
    }
    let fault = errors::misspelled(failure.span(first, first), "`action`", word, "action");
    Some((fault, vec![failure.replace(first, first, "action")]))
}

/// `reads` on a line of its own, which takes the setting on the next line for its value.
pub(super) fn effects_without_its_word(failure: &Failure<'_>) -> Option<Found> {
    // The end of the text begins a line too.
    let first = |index: &usize| failure.tokens.list.get(*index).is_none_or(|token| token.first);
    let mut lines = (0..failure.found.min(failure.tokens.list.len())).rev().filter(first);
    let index = lines.by_ref().take(4).find(|index| {
        matches!(failure.tokens.text(*index), "none" | "reads" | "writes" | "irreversible")
            && (first(&(index + 1)) || failure.tokens.text(index + 1) == "idempotent")
    })?;
    let word = failure.tokens.text(index);
    let at = failure.tokens.list[index].start;
    Some((errors::effects_without_its_word(failure.span(index, index), word), vec![Patch::insert(at, "effects ")]))
}

/// A setting without a value takes the next word for it: `model` on one line, `parallel 2` on the next.
pub(super) fn swallowed_setting(failure: &Failure<'_>) -> Option<Found> {
    let value = failure.found.checked_sub(1)?;
    let setting = value.checked_sub(1)?;
    let first = |index: usize| failure.tokens.list[index].first && failure.tokens.kind(index) == Some(Kind::Word);
    if !failure.expected.setting() || failure.at_line_start() || !first(value) || !first(setting) {
        return None;
    }
    let at = failure.span(setting, setting).after();
    let fault = errors::missing(at, "a value", &quote(failure.tokens.text(setting)));
    Some((fault, vec![Patch::insert(failure.tokens.list[setting].end, format!(" {HOLE}"))]))
}

/// `2nd`.
pub(super) fn name_with_a_digit(failure: &Failure<'_>) -> Option<Found> {
    let number = failure.tokens.kind(failure.found) == Some(Kind::Number);
    let declared = failure.expected.has(Rule::name) && !failure.expected.expression();
    if !number || !declared {
        return None;
    }
    let instead = format!("_{}", failure.text(0).replace('.', "_"));
    let fault = errors::name_with_a_digit(failure.here(), failure.text(0));
    Some((fault, vec![failure.replace(failure.found, failure.found, instead)]))
}

/// `let a: int = 1`.
pub(super) fn let_with_a_type(failure: &Failure<'_>) -> Option<Found> {
    let keyword = failure.text(-2);
    if failure.text(0) != ":" || !matches!(keyword, "let" | "stage") {
        return None;
    }
    let found = failure.found;
    let mut line = (found + 1..failure.tokens.list.len()).take_while(|index| !failure.tokens.list[*index].first);
    let sign = line.find(|index| failure.tokens.text(*index) == "=")?;
    let fault = errors::no_type_here(failure.span(found, sign - 1), keyword);
    Some((fault, vec![failure.replace(found, sign - 1, " ")]))
}

/// `stage in = …`.
pub(super) fn reserved_name(failure: &Failure<'_>) -> Option<Found> {
    let word = failure.text(0);
    let wanted = failure.expected.name() && !failure.expected.expression();
    let previous = failure.text(-1);
    let next = failure.text(1);
    let starts = failure.at_line_start() && STATEMENT_WORDS.contains(&word) && !matches!(next, "=" | "in" | "(" | "{");
    if !wanted || !errors::is_reserved(word) || starts || matches!(previous, "" | ".") {
        return None;
    }
    let span = failure.here();
    let instead = if word == "_" { "__".to_owned() } else { format!("`{word}`") };
    Some((errors::reserved_name(span, word), vec![failure.replace(failure.found, failure.found, instead)]))
}

/// `secret s = env("NAME")`.
pub(super) fn called_source(failure: &Failure<'_>) -> Option<Found> {
    let call = matches!(failure.text(-1), "env" | "file") && failure.text(0) == "(" && failure.text(2) == ")";
    if !call {
        return None;
    }
    let (found, text) = (failure.found, failure.text(1));
    let at = failure.span(found, found + 2);
    let fault = errors::without_brackets(at, failure.text(-1), text);
    let fault = fault.fix_safe("remove the brackets", at, format!(" {text}"));
    Some((fault, vec![failure.replace(found, found + 2, format!(" {text}"))]))
}

/// `after [a, b]`.
pub(super) fn bracketed_names(failure: &Failure<'_>) -> Option<Found> {
    let word = failure.text(-1);
    let takes_names = matches!(word, "after" | "on" | "of" | "raises" | "members" | "capabilities" | "pass" | "budget");
    let close = failure.tokens.list.get(failure.found).and_then(|_| failure.tokens.closing(failure.found))?;
    if !takes_names || failure.text(0) != "[" || close == failure.found + 1 || failure.expected.expression() {
        return None;
    }
    let inside = failure.tokens.list[failure.found].end as usize..failure.tokens.list[close].start as usize;
    let text = failure.tokens.text[inside].trim().trim_end_matches(',').to_owned();
    let fault = errors::without_brackets(failure.span(failure.found, close), word, &text);
    Some((fault, vec![failure.replace(failure.found, close, text)]))
}

/// Words that begin clauses elsewhere.
const OTHER_CLAUSES: [(&str, &str); 16] = [
    ("depends_on", "after"),
    ("dependsOn", "after"),
    ("needs", "after"),
    ("requires", "after"),
    ("if", "when"),
    ("unless", "when"),
    ("retries", "retry"),
    ("on_failure", "on failure"),
    ("on_error", "on failure"),
    ("catch", "on failure"),
    ("rescue", "on failure"),
    ("fallback", "on failure use"),
    ("concurrency", "parallel"),
    ("mutex", "lock"),
    ("rollback", "undo"),
    ("compensate", "undo"),
];

/// `depends_on a` among the clauses of a stage.
pub(super) fn clause_word(failure: &Failure<'_>) -> Option<Found> {
    let word = failure.text(0);
    let (_, right) = OTHER_CLAUSES.iter().find(|(other, _)| *other == word).filter(|_| failure.expected.clause())?;
    let fault = errors::other_word(failure.here(), word, right, word, right);
    Some((fault, vec![failure.replace(failure.found, failure.found, *right)]))
}

/// `case "a" => …`.
pub(super) fn case_word(failure: &Failure<'_>) -> Option<Found> {
    let case = failure.text(-1) == "case" && failure.expected.has(Rule::fat_arrow);
    let index = failure.found.checked_sub(1).filter(|_| case)?;
    Some((errors::no_case(failure.span(index, index)), vec![failure.replace(index, index, " ")]))
}

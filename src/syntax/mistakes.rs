//! What people write who come from other tools, told by the token where the parse stops and its neighbours.

use crate::diag::Diagnostic;
use crate::syntax::draft::{HOLE, Patch};
use crate::syntax::errors;
use crate::syntax::number;
use crate::syntax::repair::Failure;
use crate::syntax::scan::Kind;
use crate::syntax::split::{ITEM_WORDS, STATEMENT_WORDS};

/// The fault and what to patch so that the parse goes on (nothing: leave out a part).
type Found = (Diagnostic, Vec<Patch>);

/// A known mistake at the place where the parse stopped.
pub(super) fn recognise(failure: &Failure<'_>) -> Option<Found> {
    let all: [fn(&Failure<'_>) -> Option<Found>; 18] = [
        effects_without_its_word,
        name_with_a_digit,
        reserved_name,
        swallowed_setting,
        misspelled_action,
        import_without_braces,
        statement_word,
        item_word,
        outside_of_a_workflow,
        word_operator,
        single_equals,
        arrows,
        sign_after_word,
        comma_between,
        ternary,
        other_type,
        unit_apart,
        misspelled,
    ];
    all.iter().find_map(|known| known(failure))
}

/// A word in back-quotes, or what else a token is.
pub(super) fn quote(text: &str) -> String {
    match text.chars().next() {
        None => "the end".to_owned(),
        Some('\u{1}') => "this".to_owned(),
        Some('"') => "a string".to_owned(),
        Some('r') if text.starts_with("r\"") => "a string".to_owned(),
        Some('}') if text.len() > 1 => "a string".to_owned(),
        Some('`') => text.to_owned(),
        _ if text.len() > 40 => format!("`{}…`", text.chars().take(30).collect::<String>()),
        _ => format!("`{text}`"),
    }
}

/// `stage in = …`.
fn reserved_name(failure: &Failure<'_>) -> Option<Found> {
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

/// `2nd`.
fn name_with_a_digit(failure: &Failure<'_>) -> Option<Found> {
    let number = failure.tokens.kind(failure.found) == Some(Kind::Number);
    if !number || !failure.expected.name() || failure.expected.expression() {
        return None;
    }
    let instead = format!("_{}", failure.text(0).replace('.', "_"));
    let fault = errors::name_with_a_digit(failure.here(), failure.text(0));
    Some((fault, vec![failure.replace(failure.found, failure.found, instead)]))
}

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

fn statement_word(failure: &Failure<'_>) -> Option<Found> {
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

fn item_word(failure: &Failure<'_>) -> Option<Found> {
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

/// A statement at the top of a file.
fn outside_of_a_workflow(failure: &Failure<'_>) -> Option<Found> {
    let word = failure.text(0);
    let statement = STATEMENT_WORDS.contains(&word) && word != "let";
    (failure.found == 0 && statement).then(|| (errors::statement_outside(failure.here(), word), Vec::new()))
}

/// `and`, `or`, `not`, `is`.
fn word_operator(failure: &Failure<'_>) -> Option<Found> {
    let previous = failure.text(-1);
    if previous == "not" && failure.expected.operator() && !failure.at_line_start() {
        let index = failure.found - 1;
        if failure.text(0) == "in" {
            return None;
        }
        let fault = errors::other_word(failure.span(index, index), "not", "!", "not", "!");
        return Some((fault, vec![failure.replace(index, index, "!")]));
    }
    if !failure.expected.operator() || failure.at_line_start() && !matches!(failure.text(0), "and" | "or") {
        return None;
    }
    let right = match failure.text(0) {
        "and" => "&&",
        "or" => "||",
        "is" | "eq" | "equals" => "==",
        "mod" => "%",
        "<>" => "!=",
        _ => return None,
    };
    let word = failure.text(0);
    let fault = errors::other_word(failure.here(), word, right, word, right);
    Some((fault, vec![failure.replace(failure.found, failure.found, right)]))
}

/// `a = b` in a condition.
fn single_equals(failure: &Failure<'_>) -> Option<Found> {
    if failure.text(0) != "=" || !failure.expected.operator() {
        return None;
    }
    Some((errors::single_equals(failure.here()), vec![failure.replace(failure.found, failure.found, "==")]))
}

/// One of `=` `:` `->` `=>` in the place of another.
fn arrows(failure: &Failure<'_>) -> Option<Found> {
    use crate::syntax::grammar::Rule;
    let wrong = failure.text(0);
    if !matches!(wrong, "=" | ":" | "->" | "=>" | "==") {
        return None;
    }
    let wanted =
        [(Rule::fat_arrow, "=>"), (Rule::arrow, "->"), (Rule::eq, "="), (Rule::colon, ":"), (Rule::k_uses, "uses")];
    let (_, right) = wanted.iter().find(|(rule, sign)| failure.expected.has(*rule) && *sign != wrong)?;
    let fault = errors::other_word(failure.here(), wrong, right, wrong, right);
    Some((fault, vec![failure.replace(failure.found, failure.found, *right)]))
}

/// `model: "x"`, `timeout = 5m`.
fn sign_after_word(failure: &Failure<'_>) -> Option<Found> {
    let sign = failure.text(0);
    let previous = failure.found.checked_sub(1)?;
    let word = failure.tokens.text(previous);
    let begins = failure.tokens.list[previous].first || failure.tokens.text(previous.wrapping_sub(1)) == "{";
    let is_word = failure.tokens.kind(previous) == Some(Kind::Word) && !STATEMENT_WORDS.contains(&word);
    let listed = failure.expected.has(crate::syntax::grammar::Rule::comma);
    if !matches!(sign, ":" | "=") || !begins || !is_word || listed {
        return None;
    }
    Some((
        errors::sign_after_word(failure.here(), word, sign),
        vec![failure.replace(failure.found, failure.found, " ")],
    ))
}

/// A comma between clauses, settings, statements or arms.
fn comma_between(failure: &Failure<'_>) -> Option<Found> {
    let expected = &failure.expected;
    let block =
        expected.statement() || expected.clause() || expected.setting() || expected.operator() || expected.arm();
    if failure.text(0) != "," || !block || failure.expected.has(crate::syntax::grammar::Rule::comma) {
        return None;
    }
    let around = failure.tokens.enclosing(failure.found).first().copied();
    if around.is_some_and(|open| failure.tokens.text(open) != "{") {
        return None;
    }
    Some((errors::comma_between(failure.here()), vec![failure.replace(failure.found, failure.found, " ")]))
}

/// `a ? b : c`.
fn ternary(failure: &Failure<'_>) -> Option<Found> {
    let wanted = failure.text(0) == "?" && failure.expected.operator();
    wanted.then(|| (errors::ternary(failure.here()), Vec::new()))
}

/// `string[]`, `[string]`, `List<string>`.
fn other_type(failure: &Failure<'_>) -> Option<Found> {
    use crate::syntax::grammar::Rule;
    let found = failure.found;
    if failure.text(0) == "[" && failure.text(1) == "]" && failure.expected.has(Rule::optional) && found > 0 {
        let element = failure.text(-1);
        let fault = errors::other_list(failure.span(found - 1, found + 1), element);
        return Some((fault, vec![failure.replace(found - 1, found + 1, format!("list<{element}>"))]));
    }
    if failure.text(0) == "[" && failure.text(2) == "]" && failure.expected.ty() {
        let element = failure.text(1);
        let fault = errors::other_list(failure.span(found, found + 2), element);
        return Some((fault, vec![failure.replace(found, found + 2, format!("list<{element}>"))]));
    }
    None
}

/// `5 minutes`.
fn unit_apart(failure: &Failure<'_>) -> Option<Found> {
    let previous = failure.found.checked_sub(1)?;
    let (number, unit) = (failure.tokens.text(previous), failure.text(0));
    let plain =
        failure.tokens.kind(previous) == Some(Kind::Number) && number.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let word = failure.tokens.kind(failure.found) == Some(Kind::Word) && !failure.at_line_start();
    let language =
        errors::is_reserved(unit) || matches!(unit, "of" | "per" | "times" | "until" | "every" | "with" | "tok");
    if !plain || !word || (language && number::nearest_unit(unit).is_none()) || failure.expected.words().contains(&unit)
    {
        return None;
    }
    let near = number::nearest_unit(unit);
    if near.is_none() && !failure.expected.operator() {
        return None;
    }
    let instead = near.map(|near| format!("{number}{near}"));
    let with = instead.clone().unwrap_or_else(|| format!("{number}s"));
    let fault = errors::unit_apart(failure.span(previous, failure.found), number, unit, instead);
    Some((fault, vec![failure.replace(previous, failure.found, with)]))
}

/// A word of the language with a slip in it.
fn misspelled(failure: &Failure<'_>) -> Option<Found> {
    let word = failure.text(0);
    if failure.tokens.kind(failure.found) != Some(Kind::Word) || word.len() < 2 {
        return None;
    }
    let mut words = failure.expected.words();
    if failure.found == 0 {
        words.extend(ITEM_WORDS);
    }
    let most = (word.len() / 3).max(1);
    let near = words.into_iter().map(|known| (strsim::osa_distance(&word.to_ascii_lowercase(), known), known));
    let (_, right) = near.filter(|(distance, known)| *distance <= most && *known != word).min()?;
    let fault = errors::misspelled(failure.here(), &failure.expected.describe(), word, right);
    Some((fault, vec![failure.replace(failure.found, failure.found, right)]))
}

/// A setting without a value takes the next word for it: `model` on one line, `parallel 2` on the next.
fn swallowed_setting(failure: &Failure<'_>) -> Option<Found> {
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

/// `reads` on a line of its own, which takes the setting on the next line for its value.
fn effects_without_its_word(failure: &Failure<'_>) -> Option<Found> {
    let first = |index: &usize| failure.tokens.list[*index].first;
    let mut lines = (0..failure.found.min(failure.tokens.list.len())).rev().filter(first);
    let index = lines.by_ref().take(2).find(|index| {
        matches!(failure.tokens.text(*index), "none" | "reads" | "writes" | "irreversible")
            && (first(&(index + 1)) || failure.tokens.text(index + 1) == "idempotent")
    })?;
    let word = failure.tokens.text(index);
    let at = failure.tokens.list[index].start;
    Some((errors::effects_without_its_word(failure.span(index, index), word), vec![Patch::insert(at, "effects ")]))
}

/// `acton build(x: string) -> T`, which reads as a setting up to its `->`.
fn misspelled_action(failure: &Failure<'_>) -> Option<Found> {
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

/// `import a from "path"`.
fn import_without_braces(failure: &Failure<'_>) -> Option<Found> {
    let names = failure.text(-1) == "import" && failure.found == 1;
    let from = (1..40).find(|offset| failure.text(*offset) == "from")?;
    if !names || (0..from).any(|offset| failure.text(offset) == "{") {
        return None;
    }
    let last = failure.found.checked_add_signed(from - 1)?;
    let text =
        &failure.tokens.text[failure.tokens.list[failure.found].start as usize..failure.tokens.list[last].end as usize];
    let instead = format!("{{ {} }}", text.trim_start_matches('*').trim());
    let fault = errors::import_without_braces(failure.span(failure.found, last), &instead);
    Some((fault, vec![failure.replace(failure.found, last, instead)]))
}

//! What the syntax has to say: one constructor for each kind of message.

pub(super) mod calls;
pub(super) mod declared;
pub(super) mod foreign;
pub(super) mod slips;

use crate::base::span::Span;
use crate::diag::{Code, Diagnostic};
use crate::syntax::fold::Place;
use crate::syntax::number::BadNumber;
use crate::syntax::strange::looks_like;

/// Words that cannot be names unless they are back-quoted (rulings 37).
pub(super) const RESERVED: [&str; 17] = [
    "let", "stage", "when", "fail", "finally", "return", "match", "if", "then", "else", "for", "in", "as", "true",
    "false", "null", "_",
];

/// Whether a word is reserved.
pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word)
}

pub(super) fn unexpected(at: Span, expected: &str, found: &str) -> Diagnostic {
    let label = if expected.len() <= 30 { format!("expected {expected}") } else { "not expected here".to_owned() };
    Diagnostic::new(Code::WF0001, at, format!("expected {expected}, found {found}")).label(label)
}

pub(super) fn missing(at: Span, expected: &str, after: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0001, at, format!("expected {expected} after {after}")).label("missing here")
}

pub(super) fn unreadable(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0001, at, "this file cannot be read as a program").label("somewhere from here on")
}

pub(super) fn unclosed_string(open: Span, quotes: &str) -> Diagnostic {
    let end = if quotes.len() > 1 { "the end of the file" } else { "the end of the line" };
    Diagnostic::new(Code::WF0003, open, format!("this string is not closed before {end}"))
        .label("opened here")
        .help(format!("close it with `{quotes}`"))
}

pub(super) fn bad_escape(at: Span, text: &str, code_point: bool) -> Diagnostic {
    if code_point {
        return Diagnostic::new(Code::WF0004, at, format!("`{text}` is not a character"))
            .label("no such code point")
            .help("write one to six hexadecimal digits, at most `10FFFF` and no surrogate");
    }
    let known = r#"the escapes are `\n \t \r \" \\ \$ \u{…}`; write `\\` for a backslash"#;
    Diagnostic::new(Code::WF0004, at, format!("there is no escape `{text}`")).label("unknown escape").help(known)
}

pub(super) fn bad_number(at: Span, problem: BadNumber) -> Diagnostic {
    let code = if problem.unit { Code::WF0006 } else { Code::WF0005 };
    let mut diagnostic = Diagnostic::new(code, at, problem.message).label(problem.label);
    diagnostic.help = problem.help;
    match problem.instead {
        Some(text) => diagnostic.fix_suggested(format!("write `{text}`"), at, text),
        None => diagnostic,
    }
}

pub(super) fn too_deep_tree(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0007, at, "this is nested too deeply, or its chain of operators is too long")
        .label("more than 512 levels")
        .help("name parts of it with `let`, or use `join` or `sum` on a list")
}

pub(super) fn too_deep_brackets(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0007, at, "brackets are nested more than 256 deep")
        .label("one level too many")
        .help("name inner parts with `let`, or move them into a workflow of their own")
}

pub(super) fn twice(word: &str, again: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0008, again, format!("`{word}` is stated twice"))
        .label("stated again here")
        .related(first, "first stated here")
        .help("keep one of the two")
}

pub(super) fn return_not_last(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0009, at, "`return` is the last statement")
        .label("statements follow")
        .help("move it to the end of the block")
}

pub(super) fn return_twice(again: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0009, again, "a block has one `return`")
        .label("a second `return`")
        .related(first, "the first one")
        .help("choose the value with `if … then … else …` in one `return`")
}

pub(super) fn return_in_block(at: Span, inside: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0009, at, format!("`return` cannot stand inside `{inside}`"))
        .label("not the end of the workflow")
        .help("return at the end of the workflow: `return if … then … else …`")
}

pub(super) fn chained_comparison(second: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0010, second, "comparisons do not chain")
        .label("a second comparison")
        .related(first, "the first one")
        .help("join two comparisons with `&&`: `a < b && b < c`")
}

pub(super) fn reserved_name(at: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0011, at, format!("`{word}` is a word of the language and cannot be a name"))
        .label("reserved word")
        .help(format!("choose another name, or write `` `{word}` `` in back-quotes"))
        .fix_suggested("put it in back-quotes", at, format!("`{word}`"))
}

pub(super) fn name_with_a_digit(at: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0001, at, format!("expected a name, found `{text}`"))
        .label("not a name")
        .help("a name begins with a letter")
}

pub(super) fn key_without_value(at: Span, key: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0001, at.after(), format!("expected `:` and a value after the key `{key}`"))
        .label("value is missing")
}

pub(super) fn misplaced_clause(at: Span, word: &str, place: Place) -> Diagnostic {
    let (owner, allowed) = match place {
        Place::Stage | Place::AskStage => {
            ("a stage that asks nobody", "`to`, `quorum` and `not requester` belong to an `ask`")
        }
        Place::InnerCall => {
            ("an inner call", "only `timeout`, `retry` and `deadline` can stand here; others go on the stage")
        }
        Place::InnerAsk => (
            "an inner `ask`",
            "only `to`, `quorum`, `not requester`, `timeout`, `retry` and `deadline` can stand here; others go on the stage",
        ),
        Place::FailureAsk => ("`on failure ask`", "only `timeout` can stand here"),
        Place::Workflow => {
            ("a workflow", "a workflow takes `timeout`, `budget`, `parallel`, `lock` and `on failure cancel | drain`")
        }
    };
    Diagnostic::new(Code::WF0012, at, format!("`{word}` cannot stand on {owner}"))
        .label("no clause of this place")
        .help(allowed)
}

pub(super) fn clause_in_block(at: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0012, at, format!("`{word}` is a clause and cannot stand among statements"))
        .label("a clause, not a statement")
        .help("put it in braces after the stage: `stage a = f(x) { … }`")
}

pub(super) fn clause_after_statement(at: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0012, at, format!("`{word}` of a workflow stands before its statements"))
        .label("comes too late")
        .help("move it to the head of the workflow, or into the braces of a stage")
}

pub(super) fn other_on_failure(at: Span, cancels: bool) -> Diagnostic {
    let (message, help) = if cancels {
        (
            "`on failure cancel` and `on failure drain` are clauses of a workflow",
            "a stage takes `on failure fail | skip | ask | use …`",
        )
    } else {
        ("a workflow takes `on failure cancel` or `on failure drain` only", "put a handler on the stage that may fail")
    };
    Diagnostic::new(Code::WF0012, at, message).label("no clause of this place").help(help)
}

pub(super) fn clauses_without_call(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0012, at, "clauses after `use` need a call")
        .label("no call before it")
        .help("remove the clauses")
}

pub(super) fn at_without_json(at: Span, form: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0012, at, format!("`at` belongs to `output json`, not to `output {form}`"))
        .label("no field to take")
        .help("write `output json at \"…\"`, or leave `at` out")
}

pub(super) fn idempotent_without_writes(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0012, at, "`idempotent` belongs to `effects writes`")
        .label("no writes here")
        .help("remove it, or write `effects writes idempotent`")
}

pub(super) fn positional_after_named(at: Span, named: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0015, at, "a positional argument cannot follow a named one")
        .label("has no name")
        .related(named, "named here")
        .help("name it, or move it before the named ones")
}

pub(super) fn no_interpolation(at: Span, what: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0016, at, format!("{what} is fixed text: it takes no `${{}}`"))
        .label("interpolation here")
        .help("write the text out; `\\${` is a literal `${`")
}

pub(super) fn not_a_pattern(at: Span, word: &str) -> Diagnostic {
    let instead = match word {
        "default" | "otherwise" | "other" | "rest" => "_".to_owned(),
        _ => format!("\"{word}\""),
    };
    Diagnostic::new(Code::WF0001, at, format!("`{word}` is not a pattern"))
        .label("not a literal")
        .help("a pattern is a string, a whole number, `true`, `false` or `_`")
        .fix_suggested(format!("write `{instead}`"), at, instead)
}

pub(super) fn unclosed_bracket(open: Span, sign: &str, by: Span, close: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0002, open, format!("`{sign}` is never closed"))
        .label("opened here")
        .related(by, format!("`{close}` is expected by here"))
        .fix_suggested(format!("insert `{close}`"), by, close)
}

pub(super) fn unclosed_brackets(open: Span, count: usize) -> Diagnostic {
    Diagnostic::new(Code::WF0002, open, format!("{count} brackets are opened from here on and never closed"))
        .label("the first of them")
        .help("close them, or remove them")
}

pub(super) fn missing_brace(at: Span, after: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0001, at, format!("expected `{{` after `{after}`")).label("missing here").fix_suggested(
        "insert `{`",
        at,
        " {",
    )
}

pub(super) fn stray_bracket(at: Span, sign: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0002, at, format!("`{sign}` closes nothing"))
        .label("no bracket is open")
        .help("remove it, or look for the opening one before it")
}

pub(super) fn merge_conflict(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0013, at, "this looks like an unfinished merge, not like a `.wf` program")
        .label("a conflict marker")
        .help("resolve the conflict: keep one side and remove the marker lines")
}

pub(super) fn hash_comment(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, "comments begin with `//`, not with `#`")
        .label("not a comment here")
        .help("write `//`")
        .fix_safe("write `//`", at, "//")
}

pub(super) fn block_comment(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, "there are no `/* … */` comments")
        .label("not a comment here")
        .help("begin each line with `//`")
}

pub(super) fn semicolon(at: Span, field: bool) -> Diagnostic {
    let (message, help, instead) = if field {
        ("fields are separated by `,`, not by `;`", "write `,`", ",")
    } else {
        ("statements are not ended by `;`", "remove it: a new line is enough", "")
    };
    Diagnostic::new(Code::WF0017, at, message).label("not used here").help(help).fix_safe(help, at, instead)
}

pub(super) fn other_quotes(at: Span, open: char, instead: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, format!("strings stand in `\"`, not in `{open}`"))
        .label("not a string here")
        .help(format!("write `{instead}`"))
        .fix_safe("use double quotes", at, instead)
}

pub(super) fn dollar(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, "names need no `$` outside of strings")
        .label("not needed")
        .help("write the name alone")
}

pub(super) fn other_sign(at: Span, wrong: &str, right: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, format!("`{wrong}` is spelled `{right}`"))
        .label("sign of another language")
        .help(format!("write `{right}`"))
        .fix_safe(format!("write `{right}`"), at, right)
}

pub(super) fn hidden(at: Span, c: char) -> Diagnostic {
    Diagnostic::new(Code::WF0014, at, format!("{} cannot stand in a program", hidden_name(c)))
        .label("cannot be seen")
        .help("remove it")
        .fix_safe("remove it", at, "")
}

pub(super) fn hidden_in_string(at: Span, c: char) -> Diagnostic {
    let escape = format!("\\u{{{:X}}}", u32::from(c));
    Diagnostic::new(Code::WF0014, at, format!("{} must be visible in a string", hidden_name(c)))
        .label("cannot be seen")
        .help(format!("remove it, or write `{escape}` if it is meant"))
        .fix_suggested("write it as an escape", at, escape)
}

/// A row of characters that can be missed, not mistaken.
pub(super) fn invisible(at: Span, first: char, count: usize, row: &str) -> Diagnostic {
    let what = match count {
        1 => format!("an invisible character (U+{:04X})", u32::from(first)),
        _ => format!("{count} invisible characters (U+{:04X} and on)", u32::from(first)),
    };
    const ESCAPED_MAX: usize = 8;
    let found = Diagnostic::new(Code::WF0018, at, format!("this text holds {what}")).label("cannot be seen");
    let escapes: String = row.chars().map(|c| format!("\\u{{{:X}}}", u32::from(c))).collect();
    let found = if count <= ESCAPED_MAX {
        found.help(format!("remove it, or write `{escapes}` if it is meant")).fix_suggested("remove it", at, "")
    } else {
        found.help("remove them").fix_suggested("remove them", at, "")
    };
    found.note("a model reads such characters, and people who look at the text do not")
}

fn hidden_name(c: char) -> String {
    let what = match c {
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{61C}' => {
            "a character that changes the direction of text"
        }
        _ if c.is_control() => "a control character",
        _ => "an invisible character",
    };
    format!("{what} (U+{:04X})", u32::from(c))
}

pub(super) fn odd_space(at: Span, c: char) -> Diagnostic {
    Diagnostic::new(Code::WF0014, at, format!("U+{:04X} looks like a space and is none", u32::from(c)))
        .label("not a plain space")
        .help("write a plain space")
        .fix_safe("write a plain space", at, " ")
}

/// `latin` is what the word looks like, if every letter of it looks like one of ours.
pub(super) fn not_ascii(at: Span, word: &str, c: char, latin: Option<&str>) -> Diagnostic {
    let c = word.chars().find(|c| !c.is_ascii()).unwrap_or(c);
    let shown = shorten(word);
    if let Some(latin) = latin {
        let like = looks_like(c).unwrap_or('_');
        let message =
            format!("`{shown}` contains `{c}` (U+{:04X}), which looks like `{like}` and is none", u32::from(c));
        return Diagnostic::new(Code::WF0001, at, message)
            .label("not the letter that it seems")
            .help(format!("write `{}`", shorten(latin)))
            .fix_suggested("write it in ASCII", at, latin);
    }
    Diagnostic::new(Code::WF0001, at, format!("`{shown}` contains `{c}` (U+{:04X})", u32::from(c)))
        .label("not an ASCII name")
        .help("names are made of the letters `a` to `z`, digits and `_`; text of any kind stands in strings")
}

/// A word as messages show it.
fn shorten(word: &str) -> String {
    const SHOWN_MAX: usize = 40;
    if word.chars().nth(SHOWN_MAX).is_none() {
        return word.to_owned();
    }
    word.chars().take(SHOWN_MAX).chain(['…']).collect()
}

/// So much is wrong below the grammar that it is no program.
pub(super) fn no_program(at: Span, most: usize) -> Diagnostic {
    Diagnostic::new(Code::WF0013, at, format!("more than {most} characters of this file have no place in a program"))
        .label("the rest is not looked at")
        .help("is this a `.wf` program?")
}

pub(super) fn strange_character(at: Span, c: char) -> Diagnostic {
    Diagnostic::new(Code::WF0001, at, format!("`{c}` has no meaning here")).label("unknown sign").help("remove it")
}

pub(super) fn other_word(at: Span, wrong: &str, right: &str, from: &str, to: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, format!("`{wrong}` is spelled `{right}`"))
        .label("spelling of another language")
        .help(format!("write `{right}`"))
        .fix_suggested(format!("replace `{from}` by `{to}`"), at, to)
}

pub(super) fn no_await(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, "there is no `await`: using the result of a stage waits for it")
        .label("not needed")
        .help("remove it")
        .fix_safe("remove it", at, "")
}

pub(super) fn no_parallel_block(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, "there is no `parallel` block: stages that do not use each other run in parallel")
        .label("not needed")
        .help("write the stages one after the other, without the block")
}

pub(super) fn repeat_bound(at: Span, instead: Option<&str>) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0001, at, "a `repeat` says how many rounds there are at most");
    match instead {
        Some(text) => found.label("no bound yet").help(format!("write `repeat {text} until …`")).fix_suggested(
            format!("write `{text}`"),
            at,
            text,
        ),
        None => found.label("no bound here").help("write `repeat up to 3 until …`").note("everything ends"),
    }
}

pub(super) fn negative_bound(at: Span, word: &str, written: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0005, at, format!("`{word}` takes a whole number from 1 on, not `{written}`"))
        .label("below zero")
        .help("write a number such as `3`")
}

pub(super) fn bound_of_a_name(at: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0005, at, format!("`{word}` takes a number that is written out"))
        .label("known only during the run")
        .help("write a number such as `3`: it bounds what a run may cost, and has to be known before")
}

pub(super) fn bare_fraction(at: Span, instead: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0005, at, "a decimal point stands between two digits")
        .label("digit missing")
        .help(format!("write `{instead}`"))
        .fix_safe(format!("write `{instead}`"), at, instead)
}

pub(super) fn function_without_a_name(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, "there are no functions without a name")
        .label("not used here")
        .help("write a comprehension: `[x.name for x in xs if x.ok]`")
}

pub(super) fn source_of_a_secret(at: Span, instead: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, "a secret says where it comes from, it is not assigned")
        .label("not a source")
        .help(format!("write `{instead}`"))
        .fix_safe(format!("write `{instead}`"), at, instead)
}

pub(super) fn map_is_a_stage(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, "a `for` is part of a stage")
        .label("not a statement")
        .help("name it: `stage results = for item in items => agent.action(item)`")
}

pub(super) fn no_loop(at: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, format!("there is no `{word}`: a stage repeats itself, with a bound"))
        .label("not a statement")
        .help("write `stage a = f(x) { repeat up to 3 until result.done }`")
}

pub(super) fn no_try(at: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, format!("there is no `{word}`: a stage says itself what follows its failure"))
        .label("not a statement")
        .help("write `stage a = f(x) { on failure use … }`")
}

pub(super) fn has_to_be_a_stage(at: Span, what: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0001, at, format!("`{what}` is not a statement by itself"))
        .label("needs a name")
        .help(format!("make it a stage: `stage name = {what}`"))
}

pub(super) fn wait_is_a_stage(at: Span, call: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0001, at, "a pause is a stage: others may wait for it")
        .label("not a statement")
        .help(format!("write `stage pause = {call}`, and `after pause` in what comes later"))
}

pub(super) fn assignment(at: Span, name: &str, keyword: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, format!("`{name} = …` needs `{keyword}` before it"))
        .label("not a statement")
        .help(format!("write `{keyword} {name} = …`"))
        .fix_suggested(format!("insert `{keyword}`"), Span { end: at.start, ..at }, format!("{keyword} "))
}

pub(super) fn statement_outside(at: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0001, at, format!("`{word}` stands inside a workflow"))
        .label("not at the top of a file")
        .help("move it into `workflow name() { … }`")
}

pub(super) fn no_type_here(at: Span, keyword: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, format!("`{keyword}` takes no type: it has that of its value"))
        .label("not stated here")
        .help("remove it")
        .fix_safe("remove it", at, "")
}

pub(super) fn single_equals(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, "`=` gives a name; values are compared with `==`")
        .label("not a comparison")
        .help("write `==`")
        .fix_safe("write `==`", at, "==")
}

pub(super) fn sign_after_word(at: Span, word: &str, sign: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, format!("`{word}` takes its value without `{sign}`"))
        .label("not used here")
        .help("remove it")
        .fix_safe("remove it", at, "")
}

pub(super) fn comma_between(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, "no commas stand between clauses, settings, statements and arms")
        .label("not used here")
        .help("remove it")
        .fix_safe("remove it", at, "")
}

/// Clauses written as the fields of a record: all signs that are too many.
pub(super) fn record_of_clauses(signs: &[Span]) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0017, signs[0], "clauses and settings stand without `:` and without `,`")
        .label("not used here")
        .help("remove them")
        .fix_safe("remove them", signs[0], "");
    signs[1..].iter().fold(found, |found, sign| found.and_edit(*sign, ""))
}

pub(super) fn ternary(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, "there is no `? :`")
        .label("sign of another language")
        .help("write `if condition then value else other`")
}

pub(super) fn other_list(at: Span, element: &str) -> Diagnostic {
    let instead = format!("list<{element}>");
    Diagnostic::new(Code::WF0017, at, format!("a list of `{element}` is spelled `{instead}`"))
        .label("spelling of another language")
        .help(format!("write `{instead}`"))
        .fix_safe(format!("write `{instead}`"), at, instead)
}

pub(super) fn unit_apart(at: Span, number: &str, unit: &str, instead: Option<String>) -> Diagnostic {
    match instead {
        Some(text) => Diagnostic::new(Code::WF0006, at, "a unit stands right behind its number")
            .label("written apart")
            .help(format!("write `{text}`"))
            .fix_safe(format!("write `{text}`"), at, text),
        None => Diagnostic::new(Code::WF0006, at, format!("there is no unit `{unit}` for `{number}`"))
            .label("unknown unit")
            .help("the units are `ms s m h d`, `usd`, `tok` and `B KiB MiB GiB`"),
    }
}

pub(super) fn misspelled(at: Span, expected: &str, word: &str, right: &str) -> Diagnostic {
    unexpected(at, expected, &format!("`{word}`")).help(format!("did you mean `{right}`?")).fix_suggested(
        format!("write `{right}`"),
        at,
        right,
    )
}

pub(super) fn effects_without_its_word(at: Span, word: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0001, at, format!("expected `effects` before `{word}`"))
        .label("not a setting")
        .help(format!("write `effects {word}`"))
        .fix_suggested("insert `effects`", Span { end: at.start, ..at }, "effects ")
}

pub(super) fn import_without_braces(at: Span, instead: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, "imported names stand in braces")
        .label("needs braces")
        .help(format!("write `{instead}`"))
        .fix_suggested(format!("write `{instead}`"), at, instead)
}

pub(super) fn without_brackets(at: Span, word: &str, text: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, format!("what follows `{word}` stands without brackets"))
        .label("not used here")
        .help(format!("write `{word} {text}`"))
        .fix_safe("remove the brackets", at, text)
}

pub(super) fn no_case(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, "an arm begins with its pattern, without `case`")
        .label("not used here")
        .help("remove it")
        .fix_safe("remove it", at, "")
}

pub(super) fn condition_behind(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, "the condition of an `if` comes first")
        .label("comes too late")
        .help("write `if condition then value else other`")
}

pub(super) fn braces_of_if(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0017, at, "an `if` in an expression has no braces")
        .label("not used here")
        .help("write `if condition then value else other`")
}

//! `docs/grammar.md` is the grammar for people: made from `grammar/wf.pest`, without what only the parser needs.

use std::fmt::Write;

use crate::program::root;

const HEAD: &str = "# The grammar of `.wf`

Made from `grammar/wf.pest` by a test. What stands side by side comes one after the other, with white space and comments between; `|` is
a choice, of which the first that fits is taken; `?` may be left out, `*` may be repeated, `+` stands once or more; `!x` means that no `x`
begins here. A rule after which `:=` stands is one word or sign, without white space in it. `ASCII_ALPHA` is a letter, `ASCII_DIGIT` a digit,
`idc` a letter, a digit or `_`, `ANY` any character. Words are checked beyond this page: which of them may stand where, and how often, is
said in [the language](language.md).
";

/// Left out: what recovery puts where something does not parse, and what only helps it to say what was expected.
const SCAFFOLD: [&str; 5] = ["hole", "statement_here", "clause_here", "operator_here", "test_here"];

/// `UPDATE_DOCS=1` writes the page anew.
#[test]
fn the_page_of_the_grammar_is_the_grammar() {
    let pest = std::fs::read_to_string(root().join("grammar/wf.pest")).unwrap();
    let (page, wanted) = (root().join("docs/grammar.md"), page(&pest));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(page, wanted).unwrap();
        return;
    }
    assert_eq!(std::fs::read_to_string(page).unwrap(), wanted, "run this test with UPDATE_DOCS=1");
}

/// A part of the grammar.
enum Part {
    /// `// ---------- items`.
    Chapter(String),
    /// A line of comment.
    Comment(String),
    Rule(Rule),
}

struct Rule {
    name: String,
    /// Without white space in it.
    token: bool,
    body: Vec<String>,
}

fn page(pest: &str) -> String {
    let parts = parts(pest);
    let signs = signs(&parts);
    let mut out = HEAD.to_owned();
    let mut open = false;
    let mut comments: Vec<&str> = Vec::new();
    // What stands before the first chapter is about the file, and its rules are about white space.
    for part in parts.iter().skip_while(|part| !matches!(part, Part::Chapter(name) if name == "words")) {
        match part {
            Part::Chapter(name) => {
                let close = if open { "```\n" } else { "" };
                let (first, rest) = name.split_at(1);
                let _ = write!(out, "{close}\n## {}{rest}\n\n```text\n", first.to_uppercase());
                open = true;
                comments.clear();
            }
            Part::Comment(text) if text.contains("pest") => {}
            Part::Comment(text) => comments.push(text),
            Part::Rule(rule) => {
                let whole_text = rule.body.iter().any(|token| token == "SOI");
                if !whole_text && !SCAFFOLD.contains(&rule.name.as_str()) {
                    for comment in comments.drain(..) {
                        let _ = writeln!(out, "// {comment}");
                    }
                    out.push_str(&shown(rule, &signs));
                }
                comments.clear();
            }
        }
    }
    out + "```\n"
}

fn parts(pest: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut lines = pest.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(chapter) = line.strip_prefix("// ---------- ") {
            parts.push(Part::Chapter(chapter.split(':').next().unwrap().to_owned()));
        } else if let Some(comment) = line.strip_prefix("// ") {
            parts.push(Part::Comment(comment.to_owned()));
        } else if let Some((name, rest)) = line.split_once('=').filter(|(name, _)| is_name(name.trim())) {
            let (rest, comment) = split_comment(rest);
            parts.extend(comment.map(|comment| Part::Comment(comment.to_owned())));
            let mut text = rest.trim().to_owned();
            while !text.ends_with('}') || open_braces(&text) > 0 {
                text.push(' ');
                text.push_str(split_comment(lines.next().unwrap()).0.trim());
            }
            let inner = text[text.find('{').unwrap() + 1..text.len() - 1].trim();
            let token = text.starts_with(['@', '$']);
            parts.push(Part::Rule(Rule { name: name.trim().to_owned(), token, body: tokens(inner) }));
        }
    }
    parts
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn split_comment(line: &str) -> (&str, Option<&str>) {
    match line.split_once("   // ").or_else(|| line.split_once(" // ")) {
        Some((rule, comment)) => (rule, Some(comment)),
        None => (line, None),
    }
}

/// How many braces of the rule itself are open.
fn open_braces(text: &str) -> usize {
    let all = tokens(text);
    all.iter().filter(|token| *token == "{").count() - all.iter().filter(|token| *token == "}").count()
}

/// Strings, names and signs.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => {
                let mut escaped = false;
                let end = rest[1..].find(|c| {
                    let ends = c == '"' && !escaped;
                    escaped = c == '\\' && !escaped;
                    ends
                });
                end.unwrap() + 2
            }
            c if c.is_ascii_alphanumeric() || c == '_' => {
                rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len())
            }
            c => c.len_utf8(),
        };
        tokens.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    tokens
}

/// What the rules between the markers of noise stand for: keywords and signs.
fn signs(parts: &[Part]) -> Vec<(String, String)> {
    let noise = parts.iter().skip_while(|part| !matches!(part, Part::Chapter(name) if name == "noise"));
    let until = noise.skip(1).take_while(|part| !matches!(part, Part::Chapter(_)));
    until
        .filter_map(|part| match part {
            Part::Rule(rule) => Some((rule.name.clone(), rule.body.first()?.clone())),
            _ => None,
        })
        .collect()
}

fn shown(rule: &Rule, signs: &[(String, String)]) -> String {
    let mut body = if rule.name == "reserved" { spelled(&rule.body) } else { without_scaffold(&rule.body) };
    for token in &mut body {
        if let Some((_, sign)) = signs.iter().find(|(name, _)| name == token) {
            sign.clone_into(token);
        }
    }
    let head = format!("{} {} ", rule.name, if rule.token { ":=" } else { "=" });
    wrapped(&head, &joined(&body))
}

/// Without looking ahead at what follows anyway, and without the alternatives of recovery.
fn without_scaffold(body: &[String]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut index = 0;
    while index < body.len() {
        let after = operand_end(body, index + 1);
        let looked = body.get(index + 1).map_or("", String::as_str);
        match body[index].as_str() {
            "&" => index = after + usize::from(body.get(after).is_some_and(|next| next == "~")),
            "!" if looked == "\"}\"" || looked == "idc" => {
                index = after + usize::from(body.get(after).is_some_and(|next| next == "~"));
                if out.last().is_some_and(|last| last == "~")
                    && body.get(index).is_none_or(|next| next == ")" || next == "|")
                {
                    out.pop();
                }
            }
            "~" => index += 1,
            word if SCAFFOLD.contains(&word) => {
                if out.last().is_some_and(|last| last == "|") {
                    out.pop();
                } else if body.get(index + 1).is_some_and(|next| next == "|") {
                    index += 1;
                }
                index += 1;
            }
            word => {
                out.push(word.to_owned());
                index += 1;
            }
        }
    }
    unwrapped(out)
}

/// Where the operand that begins at `start` ends.
fn operand_end(body: &[String], start: usize) -> usize {
    let mut depth = 0_i32;
    for (index, token) in body.iter().enumerate().skip(start) {
        match token.as_str() {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return index + 1;
        }
    }
    body.len()
}

/// Without brackets that say nothing: around all of an alternative, or around a single word.
fn unwrapped(mut body: Vec<String>) -> Vec<String> {
    let at =
        |body: &[String], index: Option<usize>| index.and_then(|index| body.get(index)).cloned().unwrap_or_default();
    let mut index = 0;
    while index < body.len() {
        let end = operand_end(&body, index);
        let (before, after) = (at(&body, index.checked_sub(1)), at(&body, Some(end)));
        let alternative = ["", "(", "|"].contains(&before.as_str()) && ["", ")", "|"].contains(&after.as_str());
        if body[index] == "(" && (alternative || end == index + 3) {
            body.remove(end - 1);
            body.remove(index);
        } else {
            index += 1;
        }
    }
    body
}

/// Words whose first letters are written once for several of them.
fn spelled(body: &[String]) -> Vec<String> {
    let text = |token: &str| token.trim_matches('"').to_owned();
    let mut words = Vec::new();
    let (mut head, mut grouped) = (String::new(), false);
    for token in body.iter().take_while(|token| *token != "!") {
        match token.as_str() {
            "(" if !head.is_empty() => grouped = true,
            ")" if grouped => {
                grouped = false;
                head.clear();
            }
            "|" if !grouped => words.extend(Some(std::mem::take(&mut head)).filter(|word| !word.is_empty())),
            "|" | "~" | "(" | ")" => {}
            token if grouped => {
                words.push(head.clone() + &text(token));
            }
            token => head += &text(token),
        }
    }
    words.extend(Some(head).filter(|word| !word.is_empty()));
    let quoted = words.iter().map(|word| format!("\"{word}\""));
    quoted.flat_map(|word| ["|".to_owned(), word]).skip(1).collect()
}

fn joined(body: &[String]) -> String {
    let mut out = String::new();
    for token in body {
        let tight = matches!(token.as_str(), ")" | "?" | "*" | "+") || out.is_empty() || out.ends_with(['(', '!']);
        if !tight {
            out.push(' ');
        }
        out.push_str(token);
    }
    out
}

/// Broken before a `|` or a word where the line is too long.
fn wrapped(head: &str, body: &str) -> String {
    const WIDTH: usize = 110;
    let mut out = head.to_owned();
    let mut column = head.len();
    for (index, word) in body.split(' ').enumerate() {
        if column + word.len() + 1 > WIDTH && !word.starts_with(')') {
            out.push_str("\n   ");
            column = 3;
        }
        if index > 0 {
            out.push(' ');
        }
        out.push_str(word);
        column += word.len() + 1;
    }
    out.trim_end().to_owned() + "\n"
}

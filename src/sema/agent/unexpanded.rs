//! Words and variables written for a shell to expand, where none reads them.

use crate::sema::errors::agents as errors;
use crate::sema::expr::Body;
use crate::syntax::ast::{Expr, ExprKind, StringPart};

/// What was to be expanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sema) enum Sign {
    /// `*.txt`.
    Glob,
    /// `~/bin`.
    Home,
    /// `$NAME`, `${NAME}`.
    Variable,
    /// `a | b`, `>`.
    Pipe,
}

/// Programs that read such signs themselves, or hand them to a shell; and those that search for them.
const READERS: [&str; 41] = [
    "sh",
    "bash",
    "dash",
    "zsh",
    "ksh",
    "fish",
    "busybox",
    "ssh",
    "mosh",
    "scp",
    "sftp",
    "rsync",
    "su",
    "watch",
    "parallel",
    "tmux",
    "screen",
    "systemd-run",
    "envsubst",
    "expr",
    "test",
    "[",
    "awk",
    "gawk",
    "mawk",
    "nawk",
    "sed",
    "gsed",
    "jq",
    "yq",
    "gojq",
    "grep",
    "egrep",
    "fgrep",
    "rg",
    "ag",
    "tr",
    "vi",
    "vim",
    "nvim",
    "emacs",
];

/// Programs that take the names of files and nothing else: a pattern among them is meant to be expanded.
const TAKE_FILES: [&str; 20] = [
    "ls",
    "cat",
    "rm",
    "cp",
    "mv",
    "wc",
    "head",
    "tail",
    "sort",
    "uniq",
    "gzip",
    "gunzip",
    "chmod",
    "chown",
    "touch",
    "du",
    "stat",
    "file",
    "md5sum",
    "sha256sum",
];

/// Reports the words of a command in which something was to be expanded.
pub(super) fn in_a_command(body: &mut Body<'_, '_>, words: &[Expr]) {
    let texts: Vec<Option<&str>> = words.iter().map(text).collect();
    if is_read(&texts) {
        return;
    }
    for (index, written) in words.iter().enumerate() {
        if let Some((word, sign)) = texts[index].and_then(|word| Some((word, sign_among(&texts, index)?))) {
            body.report(errors::not_expanded(word, written.span, sign));
        }
    }
}

/// Whether one of the words is a program that reads the others its own way, or what follows is a script.
fn is_read(words: &[Option<&str>]) -> bool {
    let mut known = words.iter().flatten();
    let git = known.clone().any(|word| program(word) == "git") && known.clone().any(|word| *word == "config");
    git || known.any(|word| READERS.contains(&program(word)) || is_script_flag(word))
}

/// What was to be expanded in the word at this place.
fn sign_among(words: &[Option<&str>], index: usize) -> Option<Sign> {
    let word = words[index]?;
    let before = index.checked_sub(1).and_then(|index| words[index]);
    let joins = || joins_programs(word, words.get(index + 1).copied().flatten()) && before.is_some_and(is_operand);
    let line = || index == 0 && [" | ", " > ", " && "].iter().any(|sign| word.contains(sign));
    let takes_files = || words[0].is_some_and(|first| TAKE_FILES.contains(&program(first)));
    if word == "2>&1" || line() || joins() {
        Some(Sign::Pipe)
    } else if index > 0 && is_glob(word) && takes_files() && !before.is_some_and(takes_a_pattern) {
        Some(Sign::Glob)
    } else {
        sign(word)
    }
}

/// A sign with what a shell wants after it: a program, or a file. `cut -d "|"` and `price ">" 10` are no such thing.
fn joins_programs(word: &str, next: Option<&str>) -> bool {
    let starts =
        |more: &[char]| next.is_some_and(|next| next.starts_with(|c: char| c.is_alphabetic() || more.contains(&c)));
    match word {
        "|" | "&&" | "||" => starts(&['/', '.']),
        ">" | ">>" => starts(&['/', '.', '~', '_']),
        _ => false,
    }
}

/// What is no option, whose value would follow.
fn is_operand(word: &str) -> bool {
    !word.starts_with('-')
}

/// Options after which a pattern or a sign stands that is no file: `ls -I "*.o"`, `sort -t "*"`.
fn takes_a_pattern(word: &str) -> bool {
    matches!(word, "-I" | "-t") || (word.len() > 2 && word.starts_with("--"))
}

/// Reports the value of a variable in which another was to be expanded.
pub(super) fn in_a_variable(body: &mut Body<'_, '_>, value: &Expr) {
    // Of a home nothing is said: a good many programs replace it in their variables themselves.
    if let Some(text) = text(value).filter(|text| sign(text) == Some(Sign::Variable)) {
        body.report(errors::not_expanded(text, value.span, Sign::Variable));
    }
}

/// What plainly has a meaning to a shell alone.
fn sign(word: &str) -> Option<Sign> {
    let braced = word.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    if word.starts_with("~/") && !word.contains(char::is_whitespace) {
        return Some(Sign::Home);
    }
    braced.or_else(|| word.strip_prefix('$')).is_some_and(is_name).then_some(Sign::Variable)
}

fn is_name(text: &str) -> bool {
    let letters = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    letters && text.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
}

fn is_glob(word: &str) -> bool {
    word.contains('*') && !word.contains(char::is_whitespace) && !word.starts_with('-')
}

/// `-c`, `-lc`: a script follows.
fn is_script_flag(word: &str) -> bool {
    matches!(word, "-c" | "-lc" | "-ec" | "-e")
}

/// The name of a program without its folder.
fn program(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// A text without anything put into it.
fn text(written: &Expr) -> Option<&str> {
    match &written.kind {
        ExprKind::String(parts) => match parts.as_slice() {
            [StringPart::Text(text)] => Some(text),
            _ => None,
        },
        _ => None,
    }
}

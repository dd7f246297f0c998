//! Programs with something cut out, doubled or put in: whatever is left, checking it ends, and what it says can be drawn.

use std::ops::Range;

use wfc::base::source::Sources;
use wfc::diag::render::{Look, human, json, short};
use wfc::diag::{Bag, Diagnostic};

use crate::program::{Program, check, files_below, parse, root};

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap()
    }
}

fn programs() -> Vec<Program> {
    let mut all = Vec::new();
    for path in files_below(&root().join("tests/suite"), "wf") {
        all.extend(parse(&std::fs::read_to_string(path).unwrap()).unwrap());
    }
    all
}

/// Pieces of the language, to be put where they do not belong.
const PIECES: [&str; 16] =
    ["{", "}", "(", ")", "\"", "\"\"\"", "${", "stage ", "when ", " => ", " as ", "?.", "..", "0", "null", "\u{202e}"];

fn mutilated(text: &str, dice: &mut Dice) -> String {
    let mut out = text.to_owned();
    for _ in 0..=dice.below(2) {
        let (a, b) = (out.floor_char_boundary(dice.below(out.len())), out.floor_char_boundary(dice.below(out.len())));
        let (start, end) = (a.min(b), a.max(b).min(out.floor_char_boundary(a.min(b) + 40)));
        match dice.below(4) {
            0 => out.replace_range(start..end.max(start), ""),
            1 => out.insert_str(start, PIECES[dice.below(PIECES.len())]),
            2 => {
                out.insert_str(start, &text[text.floor_char_boundary(start)..text.floor_char_boundary(end.max(start))])
            }
            _ => out.truncate(start.max(1).min(out.len())),
        }
    }
    out
}

#[test]
fn nothing_brings_the_compiler_down() {
    let rounds: usize = std::env::var("MUTILATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(4);
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for program in programs() {
        for _ in 0..rounds {
            let mut files = program.files.clone();
            let which = dice.below(files.len());
            files[which].1 = mutilated(&files[which].1, &mut dice);
            let caught = std::panic::catch_unwind(|| {
                let checked = check(&files);
                let drawn = human::render(&checked.sources, &checked.diagnostics, &Look::default());
                short::render(&checked.sources, &checked.diagnostics);
                json::render([(&checked.sources, checked.diagnostics.as_slice())].into_iter(), files.len());
                let fits = drawn.lines().all(|line| line.chars().count() <= 80);
                fits && drawn.chars().all(|c| c == '\n' || !c.is_control())
            });
            assert!(matches!(caught, Ok(true)), "{}:\n{}", program.heading, files[which].1);
        }
    }
}

/// What the parser says about a text.
fn syntax(text: &str) -> Vec<Diagnostic> {
    let mut sources = Sources::default();
    let mut bag = Bag::default();
    wfc::syntax::parse(sources.add("main.wf", text), text, &mut bag);
    bag.into_sorted()
}

/// The places of words, numbers, signs, and of each piece of a string between its quotes and `${}`.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let length = match first {
            c if word(c) => rest.find(|c| !word(c)).unwrap_or(rest.len()),
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '"' if rest.starts_with("\"\"\"") => 3,
            _ if ["=>", "->", "==", "!=", "<=", ">=", "&&", "||", "??", "?.", "..", "${"]
                .iter()
                .any(|sign| rest.starts_with(sign)) =>
            {
                2
            }
            c => c.len_utf8(),
        };
        if !first.is_whitespace() && !rest.starts_with("//") {
            tokens.push(at..at + length);
        }
        at += length;
    }
    tokens
}

/// Every so many tokens of a program are left out, one at a time; `MUTILATIONS=all` leaves out each.
const STEP: usize = 17;

/// One missing token gives at most so many messages.
const MESSAGES_MAX: usize = 3;

/// Of all tokens of all programs, so many may give more (a sign before a brace or bracket, which then means another thing).
const MORE: usize = 12;

#[test]
fn one_missing_token_gives_few_messages() {
    let step = if std::env::var("MUTILATIONS").is_ok_and(|rounds| rounds == "all") { 1 } else { STEP };
    let (mut cases, mut single, mut many) = (0, 0, Vec::new());
    let folders = ["tests/samples", "examples/bug_fix", "examples/feature_development", "examples/repo_health"];
    for path in folders.iter().flat_map(|folder| files_below(&root().join(folder), "wf")) {
        let text = std::fs::read_to_string(&path).unwrap();
        for token in tokens(&text).into_iter().skip(cases % step).step_by(step) {
            let mut broken = text.clone();
            broken.replace_range(token.clone(), "");
            let found = syntax(&broken);
            let said: Vec<&str> = found.iter().map(|problem| problem.message.as_str()).collect();
            let place = format!(
                "{}:{} without `{}`: {said:#?}",
                path.display(),
                text[..token.start].lines().count(),
                &text[token]
            );
            let internal =
                |message: &&str| message.contains("_here") || message.contains('\u{1}') || message.contains("Rule::");
            assert!(!said.iter().any(internal), "{place}");
            cases += 1;
            single += usize::from(found.len() <= 1);
            many.extend((found.len() > MESSAGES_MAX).then_some(place));
        }
    }
    assert!(single * 10 >= cases * 9, "only {single} of {cases} are one message");
    assert!(many.len() <= MORE, "more than {MESSAGES_MAX} messages:\n{}", many.join("\n"));
}

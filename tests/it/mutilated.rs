//! Programs with something cut out, doubled or put in: whatever is left, checking it ends, and what it says can be drawn.

use wfc::diag::render::{Look, human, json, short};

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
            _ => out.truncate(out.ceil_char_boundary(start.max(1))),
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

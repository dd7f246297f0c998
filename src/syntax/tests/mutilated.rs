//! Programs with something missing, doubled or garbled: what is said is little, soon, and never a crash.

use proptest::prelude::{ProptestConfig, proptest};
use proptest::sample::Index;

use super::{parsed, report, samples};
use crate::diag::Severity;
use crate::syntax::scan;

/// Every so many tokens are left out, one at a time.
const STEP: usize = 23;

/// Leaving out a token gives few messages, most often one. (None where the grammar does without it, as without a label.)
#[test]
fn a_missing_token_gives_few_messages() {
    let (mut cases, mut silent, mut single) = (0, 0, 0);
    for (name, text) in samples() {
        for token in scan::tokens(&text).into_iter().step_by(STEP) {
            let mut broken = text.clone();
            broken.replace_range(token.range(), "");
            let found = parsed(&broken).1;
            assert!(found.len() <= 6, "{name} without `{}`:\n{}", &text[token.range()], report(&broken));
            cases += 1;
            silent += usize::from(found.is_empty());
            single += usize::from(found.len() == 1);
        }
    }
    assert!(silent * 10 <= cases, "{silent} of {cases} say nothing");
    assert!((silent + single) * 10 >= cases * 9, "only {single} of {cases} are one message");
}

/// A change of a program.
fn change(text: &mut String, kind: u8, at: Index, with: Index) {
    const SCRAPS: [&str; 24] = [
        "{", "}", "(", ")", "[", "]", "\"", "\"\"\"", "${", ",", ":", "=", "=>", "->", "when ", "stage ", "\n", "\r",
        "'", ";", "é", "\u{1}", "\u{202E}", "r\"",
    ];
    let tokens = scan::tokens(text);
    if tokens.is_empty() {
        return;
    }
    let token = *at.get(&tokens);
    let scrap: &str = SCRAPS[with.index(SCRAPS.len())];
    match kind {
        0 => text.replace_range(token.range(), ""),
        1 => text.insert_str(token.end as usize, scrap),
        2 => text.replace_range(token.range(), scrap),
        3 => {
            let other = text[with.get(&tokens).range()].to_owned();
            text.replace_range(token.range(), &other);
        }
        _ => text.truncate(token.end as usize),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutilated_programs_are_survived(
        sample: Index,
        changes in proptest::collection::vec((0..5_u8, proptest::prelude::any::<Index>(), proptest::prelude::any::<Index>()), 1..6),
    ) {
        let samples = samples();
        let mut text = sample.get(&samples).1.clone();
        for (kind, at, with) in changes {
            change(&mut text, kind, at, with);
        }
        let (_, found, sources) = parsed(&text);
        for problem in found {
            let span = problem.primary.span;
            assert!(sources.text(span).len() <= text.len());
            assert_eq!(problem.severity, Severity::Error);
            assert!(!problem.message.contains('\u{1}') && !problem.message.contains("_here"), "{}", problem.message);
        }
    }

    #[test]
    fn any_text_is_survived(text in "\\PC{0,200}") {
        parsed(&text);
    }

    #[test]
    fn any_row_of_tokens_is_survived(
        words in proptest::collection::vec(proptest::sample::select(WORDS.as_slice()), 0..60),
    ) {
        parsed(&words.join(" "));
    }
}

const WORDS: [&str; 42] = [
    "agent", "workflow", "stage", "when", "let", "return", "match", "if", "then", "else", "for", "in", "as", "a", "T",
    "uses", "exec", "action", "test", "\"s\"", "\"${", "\"\"\"", "1", "5m", "{", "}", "(", ")", "[", "]", "<", ">",
    "=", "=>", "->", ":", ",", ".", "!", "-", "??", "\n",
];

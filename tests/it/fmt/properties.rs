//! What holds of all programs, tried on programs made by chance.

use proptest::prelude::{ProptestConfig, any, proptest};
use proptest::sample::Index;

use wfc::sema::hir::WorkflowId;

use super::generate::program;
use super::{check, formatted};
use crate::program::{MAIN, check as compile};

/// The plan of `main` as it is printed; the program has no diagnostic.
#[track_caller]
fn plan(text: &str) -> String {
    let checked = compile(&[(MAIN.to_owned(), text.to_owned())]);
    assert!(checked.diagnostics.is_empty(), "{:#?}\n{text}", checked.diagnostics);
    let index = checked.program.workflows.iter().position(|workflow| workflow.name == "main").unwrap();
    checked.plan(WorkflowId::new(index)).unwrap().to_string()
}

fn numbers() -> impl proptest::strategy::Strategy<Value = Vec<u16>> {
    proptest::collection::vec(any::<u16>(), 0..500)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// What was made sound is sound, however it is laid out, and always becomes the same plan.
    #[test]
    fn sound_programs_keep_their_plan(numbers in numbers()) {
        let (plain, noisy) = program(&numbers);
        let wanted = plan(&plain);
        assert_eq!(plan(&noisy), wanted);
        check("noisy", &noisy);
        let (out, kept) = formatted(&noisy);
        assert!(!kept);
        assert_eq!(plan(&out), wanted);
        assert!(formatted(&plain).0.lines().all(|line| line == line.trim_end()));
    }

    /// Some of a program is cut out or put elsewhere: what is left is formatted once and for all.
    #[test]
    fn mutilated_programs_are_formatted_once(
        numbers in numbers(),
        cuts in proptest::collection::vec((any::<Index>(), 0..12_usize, any::<Index>()), 1..4),
    ) {
        let (_, mut text) = program(&numbers);
        for (at, length, to) in cuts {
            let at = text.floor_char_boundary(at.index(text.len()));
            let piece: String = text[at..].chars().take(length).collect();
            text.replace_range(at..at + piece.len(), "");
            let to = text.floor_char_boundary(to.index(text.len().max(1)));
            if length % 2 == 0 {
                text.insert_str(to, &piece);
            }
        }
        check("mutilated", &text);
    }
}

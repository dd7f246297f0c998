//! What holds of all programs, tried on programs made by chance.

use proptest::prelude::{ProptestConfig, any, proptest};
use proptest::sample::Index;

use wfc::diag::render::{Look, human};
use wfc::plan::{Plan, verify};
use wfc::sema::hir::WorkflowId;

use super::{check, formatted};
use crate::generate::{OTHER_FILES, Program, program};
use crate::program::{MAIN, check as compile};

/// The plan of `main`; the program has no diagnostic, and what it becomes can be carried out and stored.
#[track_caller]
fn plan(text: &str) -> Plan {
    let mut files = vec![(MAIN.to_owned(), text.to_owned())];
    files.extend(OTHER_FILES.map(|(path, text)| (path.to_owned(), text.to_owned())));
    let checked = compile(&files);
    let look = Look::default();
    assert!(checked.diagnostics.is_empty(), "{}", human::render(&checked.sources, &checked.diagnostics, &look));
    let index = checked.program.workflows.iter().position(|workflow| workflow.name == "main").unwrap();
    let plan = checked.plan(WorkflowId::new(index)).unwrap();
    assert_eq!(verify::verify(&plan), Ok(()), "{text}");
    assert_eq!(Plan::from_json(&plan.to_json()).unwrap(), plan, "{text}");
    plan
}

/// Two plans of which one may have other places.
#[track_caller]
fn same_plan(one: &Plan, other: &Plan) {
    if one.hash != other.hash {
        assert_eq!(one.to_string(), other.to_string());
        panic!("two hashes of\n{one}");
    }
}

fn numbers() -> impl proptest::strategy::Strategy<Value = Vec<u16>> {
    proptest::collection::vec(any::<u16>(), 0..500)
}

/// A few programs, or as many as `PROPTEST_CASES` says.
fn cases() -> u32 {
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default().cases,
        None => 24,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// What was made sound is sound, however it is laid out, and always becomes the same plan.
    #[test]
    fn sound_programs_keep_their_plan(numbers in numbers()) {
        let Program { plain, noisy, .. } = program(&numbers);
        let wanted = plan(&plain);
        same_plan(&plan(&noisy), &wanted);
        check("noisy", &noisy);
        let (out, kept) = formatted(&noisy);
        assert!(!kept);
        same_plan(&plan(&out), &wanted);
        assert!(formatted(&plain).0.lines().all(|line| line == line.trim_end()));
    }

    /// Some of a program is cut out or put elsewhere: what is left is formatted once and for all.
    #[test]
    fn mutilated_programs_are_formatted_once(
        numbers in numbers(),
        cuts in proptest::collection::vec((any::<Index>(), 0..12_usize, any::<Index>()), 1..4),
    ) {
        let mut text = program(&numbers).noisy;
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

//! Runs every program of `tests/suite` and compares what is found with what is written into it.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::program::{check, difference, files_below, parse, root};

#[test]
fn every_program_says_what_is_written_into_it() {
    let mut failures = String::new();
    let mut headings: BTreeMap<String, String> = BTreeMap::new();
    for path in files_below(&root().join("tests/suite"), "wf") {
        let shown = path.strip_prefix(root()).unwrap().display().to_string();
        let programs = match parse(&std::fs::read_to_string(&path).unwrap()) {
            Ok(programs) => programs,
            Err(message) => {
                let _ = writeln!(failures, "{shown}: {message}");
                continue;
            }
        };
        for program in programs {
            let place = format!("{shown}:{}", program.line);
            if let Some(other) = headings.insert(program.heading.clone(), place.clone()) {
                let _ = writeln!(failures, "{place}: `{}` is also the heading of {other}", program.heading);
            }
            let difference = difference(&program.expected, &check(&program.files));
            if !difference.is_empty() {
                let _ = write!(failures, "{place} --- {}\n{difference}", program.heading);
            }
        }
    }
    assert!(headings.len() >= 60, "the suite has only {} programs", headings.len());
    assert!(failures.is_empty(), "\n{failures}");
}

mod runner {
    //! The runner itself: it must see what is missing, unexpected or in another place.

    use wfc::base::source::Sources;
    use wfc::base::span::Span;
    use wfc::diag::{Code, Diagnostic};
    use wfc::pipeline::Checked;

    use crate::program::{Program, difference, parse};

    const PROGRAM: &str = "\
--- one
type A = string
type A = int
//   ^ WF0101
let b = é + c
//      ^ WF0102 ^ WF0103
--- file other.wf
???
//@ 1..4 WF0001
//@ 1:2..3 WF0002
--- two
";

    fn only(text: &str) -> Program {
        parse(text).unwrap().swap_remove(0)
    }

    fn checked(program: &Program, found: &[(u32, usize, usize, Code)]) -> Checked {
        let mut sources = Sources::default();
        let ids: Vec<_> = program.files.iter().map(|(path, text)| sources.add(path, text)).collect();
        let diagnostics = found
            .iter()
            .map(|&(file, start, end, code)| {
                let span = Span::new(ids[file as usize], start.try_into().unwrap(), end.try_into().unwrap());
                Diagnostic::new(code, span, "wrong")
            })
            .collect();
        Checked { sources, diagnostics, ..Checked::default() }
    }

    #[test]
    fn marks_are_read_with_their_places() {
        let program = only(PROGRAM);
        let expected: Vec<String> = program.expected.iter().map(ToString::to_string).collect();
        assert_eq!(
            expected,
            [
                "main.wf:2:6..7 WF0101",
                "main.wf:4:9..10 WF0102",
                "main.wf:4:18..19 WF0103",
                "other.wf:1:1..4 WF0001",
                "other.wf:1:2..3 WF0002"
            ]
        );
    }

    #[test]
    fn what_agrees_gives_no_difference() {
        let program = only("--- a\ntype é = ab\n//   ^ WF0101\n");
        let start = "type ".len();
        assert_eq!(difference(&program.expected, &checked(&program, &[(0, start, start + 2, Code::WF0101)])), "");
    }

    #[test]
    fn what_is_missing_unexpected_or_shifted_is_named() {
        let program = only("--- a\ntype A = B\n//   ^ WF0101\n");
        assert_eq!(difference(&program.expected, &checked(&program, &[])), "  missing     main.wf:1:6..7 WF0101\n");
        let other =
            difference(&program.expected, &checked(&program, &[(0, 5, 6, Code::WF0101), (0, 9, 10, Code::WF0103)]));
        assert!(other.starts_with("  unexpected  main.wf:1:10..11 WF0103\n      error[WF0103]: wrong\n"), "{other}");
        assert!(!other.contains("missing"), "{other}");
        for wrong in [(0, 5, 7, Code::WF0101), (0, 4, 6, Code::WF0101), (0, 5, 6, Code::WF0102)] {
            let shifted = difference(&program.expected, &checked(&program, &[wrong]));
            assert!(shifted.contains("unexpected") && shifted.contains("missing"), "{shifted}");
        }
        let twice =
            difference(&program.expected, &checked(&program, &[(0, 5, 6, Code::WF0101), (0, 5, 6, Code::WF0101)]));
        assert!(twice.contains("unexpected"), "{twice}");
    }

    #[test]
    fn marks_that_cannot_be_read_are_refused() {
        for text in ["--- a\nx\n// ^^ WF01\n", "--- a\nx\n//@ 1-2 WF0101\n", "x\n", "--- A b\n", "--- file a.wf\n"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}

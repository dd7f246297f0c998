//! Whole programs through the parser.

mod depth;
mod mutilated;
mod pieces;
mod tree;

use crate::base::source::Sources;
use crate::diag::{Bag, Diagnostic};
use crate::syntax::{ast, parse};

/// The tree of a text and its diagnostics in order.
fn parsed(text: &str) -> (ast::File, Vec<Diagnostic>, Sources) {
    let mut sources = Sources::default();
    let file = sources.add("test.wf", text);
    let mut bag = Bag::default();
    let tree = parse(file, text, &mut bag);
    (tree, bag.into_sorted(), sources)
}

/// Diagnostics as `code line:column-line:column message`.
fn report(text: &str) -> String {
    let (_, found, sources) = parsed(text);
    let mut out = String::new();
    for diagnostic in found {
        let source = sources.get(diagnostic.primary.span.file);
        let (from, to) = (source.place(diagnostic.primary.span.start), source.place(diagnostic.primary.span.end));
        let help = diagnostic.help.map(|help| format!(" ({help})")).unwrap_or_default();
        out += &format!(
            "{} {}:{}-{}:{} {}{help}\n",
            diagnostic.code.as_str(),
            from.line,
            from.column,
            to.line,
            to.column,
            diagnostic.message
        );
    }
    out
}

fn samples() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples");
    let mut samples: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder of samples")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wf"))
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).expect("a readable sample"))
        })
        .collect();
    samples.sort();
    samples
}

#[test]
fn samples_parse_without_a_diagnostic() {
    let samples = samples();
    assert_eq!(samples.len(), 12);
    for (name, text) in samples {
        let report = report(&text);
        assert!(report.is_empty(), "{name}:\n{report}");
        let (tree, ..) = parsed(&text);
        let broken = tree.items.iter().filter(|item| matches!(item, ast::Item::Broken(_))).count();
        assert_eq!(broken, 0, "{name}");
    }
}

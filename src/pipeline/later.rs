//! What a test says of types is told once what it tests is right: one mistake in a type shows in every mock of it.

use std::collections::BTreeSet;

use super::echoes::item_around;
use crate::base::source::Sources;
use crate::base::span::FileId;
use crate::diag::{Code, Diagnostic, Severity};

/// What was found, without errors of types in the tests of files that have others.
pub(super) fn without_tests(found: Vec<Diagnostic>, sources: &Sources) -> Vec<Diagnostic> {
    let in_test = |one: &Diagnostic| {
        let source = sources.get(one.primary.span.file);
        let item = item_around(source, source.place(one.primary.span.start).line);
        source.line(*item.start()).starts_with("test \"")
    };
    let held: Vec<bool> = found.iter().map(|one| is_of_types(one) && in_test(one)).collect();
    let others = found.iter().zip(&held).filter(|(one, held)| is_of_types(one) && !**held);
    let wrong: BTreeSet<FileId> = others.map(|(one, _)| one.primary.span.file).collect();
    let told = |(one, held): &(Diagnostic, bool)| !held || !wrong.contains(&one.primary.span.file);
    found.into_iter().zip(held).filter(told).map(|(one, _)| one).collect()
}

/// Whether a value is said to be of another type than wanted.
fn is_of_types(one: &Diagnostic) -> bool {
    one.severity == Severity::Error && (Code::WF0201..Code::WF0301).contains(&one.code)
}

//! One slip that shows in many places is told once, at the first, with the lines of the others.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::source::Sources;
use crate::base::span::FileId;
use crate::diag::{Code, Diagnostic};

/// How many lines are listed.
const LISTED_MAX: usize = 5;

/// From so many on: two are as soon read as a list of lines.
const TIMES_MIN: usize = 3;

/// From so many on where a record is told with its type: that takes a screen each.
const RECORDS_MIN: usize = 2;

/// What was found, in order, with what says the same of the same text of a file told once.
pub(super) fn once(found: Vec<Diagnostic>, sources: &Sources) -> Vec<Diagnostic> {
    let mut places: BTreeMap<(FileId, Code, String, Option<&str>), Vec<usize>> = BTreeMap::new();
    for (index, one) in found.iter().enumerate() {
        let text = sources.text(one.primary.span);
        // Of a record it is told what it lacks, or what it is: its text may be any.
        let text = if text.starts_with('{') { "" } else { text };
        if is_of_a_name(one.code, text) {
            let (said, text) =
                record_that_fits_nowhere(one).map_or((one.message.as_str(), Some(text)), |said| (said, None));
            places.entry((one.primary.span.file, one.code, said.to_owned(), text)).or_default().push(index);
        }
    }
    places.retain(|(.., text), places| places.len() >= if text.is_some() { TIMES_MIN } else { RECORDS_MIN });
    let line =
        |index: &usize| sources.get(found[*index].primary.span.file).place(found[*index].primary.span.start).line;
    let notes: BTreeMap<usize, String> =
        places.values().map(|places| (places[0], note(places[1..].iter().map(line).collect()))).collect();
    let again: BTreeSet<usize> = places.values().flat_map(|places| &places[1..]).copied().collect();
    let mut told = Vec::with_capacity(found.len());
    for (index, mut one) in found.into_iter().enumerate().filter(|(index, _)| !again.contains(index)) {
        one.notes.extend(notes.get(&index).cloned());
        told.push(one);
    }
    told
}

/// What is said of a record with a type that it does not fit, whoever takes it and by whatever name: the slip is in one of the two.
fn record_that_fits_nowhere(one: &Diagnostic) -> Option<&str> {
    let (_, said) = one.message.split_once(" takes ").filter(|_| one.code == Code::WF0201)?;
    said.contains("not `{").then_some(said)
}

/// Whether something is said of what a name stands for, so that it holds wherever the name stands.
fn is_of_a_name(code: Code, text: &str) -> bool {
    let name = text.len() <= 80 && !text.contains(['\n', '(', '{']);
    let names = (Code::WF0102..=Code::WF0108).contains(&code);
    name && (names || matches!(code, Code::WF0114 | Code::WF0201 | Code::WF0202 | Code::WF0209))
}

/// `the same stands 3 times more: lines 12, 15 and 20`; `once more: line 12`.
fn note(mut lines: Vec<u32>) -> String {
    let count = lines.len();
    lines.dedup();
    let listed: Vec<String> = lines.iter().take(LISTED_MAX).map(u32::to_string).collect();
    let rest = lines.len().saturating_sub(LISTED_MAX);
    let places = match (listed.as_slice(), rest) {
        ([only], _) => format!("line {only}"),
        ([before @ .., last], 0) => format!("lines {} and {last}", before.join(", ")),
        (all, rest) => format!("lines {} and {rest} more", all.join(", ")),
    };
    let times = if count == 1 { "once".to_owned() } else { format!("{count} times") };
    format!("the same stands {times} more: {places}")
}

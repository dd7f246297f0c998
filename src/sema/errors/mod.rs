//! What the checker says: one function per kind of message.

pub(super) mod agents;
pub(super) mod bounds;
pub(super) mod graph;
pub(super) mod items;
pub(super) mod kinds;
pub(super) mod labels;
pub(super) mod names;
pub(super) mod people;
pub(super) mod policies;
pub(super) mod presence;
pub(super) mod races;
pub(super) mod schedules;
pub(super) mod testing;
pub(super) mod types;

use crate::base::nearest;
use crate::base::span::Span;
use crate::diag::Diagnostic;
use crate::value::types::Type;

/// A type as a message shows it: as it is written, cut where it would fill the screen.
pub(super) fn shown(ty: &Type) -> String {
    const CHARS_MAX: usize = 60;
    let text = ty.to_string();
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Adds what was probably meant: the nearest legal name with its correction, or all of them if they are few.
fn suggest(diagnostic: Diagnostic, typed: &str, at: Span, legal: &[&str]) -> Diagnostic {
    match (nearest::nearest(typed, legal), nearest::there(legal)) {
        (Some(near), _) => diagnostic.help(format!("did you mean `{near}`?")).fix_suggested(
            format!("write `{near}`"),
            at,
            near.to_owned(),
        ),
        (None, Some(list)) => diagnostic.help(list),
        (None, None) => diagnostic,
    }
}
